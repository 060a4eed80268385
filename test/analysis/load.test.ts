// Curves of throughput and latency, their knees, and which load stands for a mechanism.
import { describe, expect, it } from 'vitest';
import { bottleneckText, kneeOf, rateMeaning, type RatePoint } from '../../harness/analysis/load.ts';
import { kneeText, kneeTexts } from '../../harness/analysis/load-texts.ts';
import { findings } from '../../harness/analysis/findings.ts';
import { faultFree, faultLabel, faultShare, headlines, modelOf, quietest, sweptRates } from '../../harness/analysis/model.ts';
import type { MeanSummary } from '../../harness/analysis/statistics.ts';
import type { FaultSpec } from '../../harness/model/fault.ts';
import { DEFAULT_LOAD, LOAD_RULES, loadLabel } from '../../harness/model/load.ts';
import { digestOf } from '../export/digest-of.ts';
import { condition, open, openAt, saturate, saturated, type Queue } from './loaded.ts';

const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');
const one = (mean: number): MeanSummary => ({ mean, count: 1, ci95: null });
const rate = (offered_tps: number, p99: number | null, achieved = offered_tps): RatePoint => ({
  offered_tps,
  achieved_tps: one(achieved),
  latency_ms_p50: one(1),
  latency_ms_p99: p99 === null ? null : one(p99),
  from: 'open',
});
const lan: Queue = { capacity: 10_000, base_ms: 20, limit: 'uplink' };

describe('a load in words', () => {
  it('names its kind, and the rules that differ from the defaults', () => {
    expect(
      [
        DEFAULT_LOAD,
        { ...DEFAULT_LOAD, in_flight: 8, queues: true },
        open(1000),
        { ...open(0.5), arrivals: 'constant', batch_timeout_ms: 100 } as const,
        saturate(),
        saturate(500),
      ].map(loadLabel),
    ).toEqual([
      'closed(1)',
      'closed(8) queues',
      'open(1000/s)',
      'open(0.5/s) batch_timeout_ms=100 arrivals=constant',
      'saturate',
      'saturate(p99=500ms)',
    ]);
  });

  it('only of a saturate row is the rate a capacity', () => {
    expect([DEFAULT_LOAD, { ...DEFAULT_LOAD, in_flight: 8 }, open(1), saturate()].map((load) => rateMeaning({ load }))).toEqual([
      'latency-bound',
      'with 8 in flight',
      'under the offered rate',
      'capacity',
    ]);
  });

  it('what limits it is named with its replicates where they differ', () => {
    expect(bottleneckText({ bottlenecks: { cpu: 1, 'block-space': 4 } })).toBe('block space (4 of 5), CPU (1 of 5)');
    expect(bottleneckText({ bottlenecks: { uplink: 5 } })).toBe('uplink');
    expect(bottleneckText({ bottlenecks: {} })).toBe('');
  });
});

describe('the knee of offered rates', () => {
  it('is the largest rate whose p99 is within 5 times that of the lowest', () => {
    expect(kneeOf([rate(1000, 10), rate(4000, 50, 3990), rate(8000, 50.1), rate(2000, 12)])).toMatchObject({
      kind: 'within',
      offered_tps: 4000,
      rate_tps: { mean: 3990 },
      latency_ms_p99: { mean: 50 },
    });
  });
  it('where the outcomes are not monotone, is below the lowest rate that fails', () => {
    expect(kneeOf([rate(1, 10), rate(2, 60), rate(3, 40)])).toMatchObject({ offered_tps: 1 });
  });
  it('a rate without a p99, where transactions still waited, fails', () => {
    expect(kneeOf([rate(1, 10), rate(2, null)])).toMatchObject({ kind: 'within', offered_tps: 1 });
  });
  it('is beyond the largest rate where none fails, and unknown with one rate or without a p99 at the lowest', () => {
    expect(kneeOf([rate(1, 10), rate(2, 11)])).toMatchObject({ kind: 'beyond', offered_tps: 2 });
    expect(kneeOf([rate(1, 10)])).toBeNull();
    expect(kneeOf([rate(1, null), rate(2, 10)])).toBeNull();
  });
});

describe('curves', () => {
  it('join the rates of one mechanism, n and network, and nothing else', () => {
    const conditions = [4, 16].flatMap((nodes) => [1000, 5000, 9000].map((tps) => openAt({ nodes }, tps, lan)));
    const wan = [100, 200].map((tps) => openAt({ nodes: 4, network: { kind: 'fixed', delay_ms: 100 } }, tps, lan));
    const { curves, series } = modelOf(digestOf([...conditions, ...wan]));
    expect(curves.map(({ label, nodes, points }) => [label, nodes, points.map(({ offered_tps }) => offered_tps)])).toEqual([
      ['pbft wan-5-regions', 4, [1000, 5000, 9000]],
      ['pbft wan-5-regions', 16, [1000, 5000, 9000]],
      ['pbft fixed(100ms)', 4, [100, 200]],
    ]);
    // Different loads are never one series.
    expect(series.map(({ label }) => label)).toEqual([
      'pbft wan-5-regions open(1000/s)',
      'pbft wan-5-regions open(5000/s)',
      'pbft wan-5-regions open(9000/s)',
      'pbft fixed(100ms) open(100/s)',
      'pbft fixed(100ms) open(200/s)',
    ]);
  });

  it('a condition with a fault is a curve of its own, and so is one with another rule of batches', () => {
    const crash = { fault: { kind: 'crash', ratio: 0.2, placement: 'worst' } } as const;
    const slow = (tps: number) =>
      condition({ load: { ...open(tps), batch_timeout_ms: 100 } }, [{ throughput_tps: tps, latency_ms_p99: 10 }]);
    const { curves } = modelOf(
      digestOf([
        ...[1000, 2000].map((tps) => openAt({}, tps, lan)),
        ...[1000, 2000].map((tps) => openAt(crash, tps, lan)),
        slow(1),
        slow(2),
      ]),
    );
    expect(curves.map(({ label }) => label)).toEqual(['pbft', 'pbft crash φ = 0.2', 'pbft batch_timeout_ms=100']);
  });

  it('the knee is the capacity of a saturate row, with what limits it and the bound that was asked', () => {
    const { curves } = modelOf(digestOf([openAt({}, 1000, lan), saturated({}, lan, 500)]));
    expect(curves).toHaveLength(1);
    expect(curves[0]!.points.filter(({ from }) => from === 'saturate')).toHaveLength(10);
    expect(kneeTexts(curves[0]!).map(spaced)).toEqual([
      'pbft, n = 10: capacity 9000 tx/s, limited by uplink (99th percentile 224 ms, bound 500 ms)',
    ]);
  });

  it('without one, it is computed of the open loads, and says what limits the rate beyond it', () => {
    const { curves } = modelOf(digestOf([1000, 5000, 9500, 12_000].map((tps) => openAt({}, tps, lan))));
    expect(curves[0]!.knees.map((knee) => spaced(kneeText(knee)))).toEqual([
      'knee at 5000 tx/s ±2.5%, beyond it limited by uplink (99th percentile 64 ms ±10%)',
    ]);
  });

  it('joins the replicates that tried the same rate; one without a p99 leaves none', () => {
    const point = (p99: number | null) => ({
      offered_tps: 10,
      achieved_tps: 10,
      latency_us_p50: 1000,
      latency_us_p99: p99,
      passed: p99 !== null,
    });
    const summary = condition({ load: saturate() }, [
      { throughput_tps: 10, curve: [point(2000), { ...point(3000), offered_tps: 5 }] },
      { throughput_tps: 10, curve: [point(null)] },
    ]);
    expect(
      summary.curve.map(({ offered_tps, achieved_tps, latency_ms_p99: p99 }) => [offered_tps, achieved_tps.count, p99?.mean ?? null]),
    ).toEqual([
      [5, 1, 3],
      [10, 2, null],
    ]);
  });
});

describe('a schedule of faults', () => {
  const at = (schedule: NonNullable<FaultSpec['schedule']>) =>
    condition({ fault: { kind: 'schedule', placement: 'worst', schedule } }, [{ throughput_tps: 5 }]);
  const crash = { kind: 'crash', count: 1, placement: 'worst', from_s: 1, until_s: 5 } as const;
  const cut = { kind: 'partition', groups: [[0, 1], [2]], placement: 'worst', until_s: 9 } as const;
  const conditions = [condition({}, [{ throughput_tps: 9 }]), at([crash]), at([crash, cut])];
  const model = modelOf(digestOf(conditions));

  it('is never taken for a condition without faults, though it may take links alone', () => {
    expect(conditions.map(faultShare).map((share) => share > 0)).toEqual([false, true, true]);
    expect(faultFree(model.series[0]!, 10)?.metrics.throughput_tps?.mean).toBe(9);
    expect(model.troubles).toEqual([]);
  });
  it('is named by its faults, and two of them are no variants of a mechanism', () => {
    expect(model.series.map(({ label }) => label)).toEqual(['pbft']);
    expect(conditions.slice(1).map(faultLabel)).toEqual([
      'crash count=1 from_s=1 until_s=5',
      'crash count=1 from_s=1 until_s=5; partition groups=0,1|2 until_s=9',
    ]);
  });
});

describe('headlines', () => {
  const plain = (nodes: number) => condition({ nodes, load: DEFAULT_LOAD }, [{ throughput_tps: 1200, joules_per_tx_provisioned: 1 }]);
  const digest = digestOf([
    plain(4),
    plain(10),
    openAt({ nodes: 10 }, 1000, lan),
    openAt({ nodes: 10 }, 9500, lan),
    saturated({ nodes: 10 }, lan),
  ]);
  const model = modelOf(digest);
  const at = (nodes: number, of = model) => headlines(of, nodes).map(({ series }) => series.label);

  it('take the saturate row, else the asked rate, else the default load', () => {
    expect(at(10)).toEqual(['pbft saturate']);
    expect(at(4)).toEqual(['pbft']);
    expect(at(10, modelOf(digestOf([plain(10), openAt({ nodes: 10 }, 1000, lan)])))).toEqual(['pbft open(1000/s)']);
  });
  it('of several asked rates the one at the knee', () => {
    expect(at(10, modelOf(digestOf([1000, 3000, 9500].map((tps) => openAt({ nodes: 10 }, tps, lan)))))).toEqual(['pbft open(3000/s)']);
  });
  it('say what a rate is, and mark the default load as bound by latency', () => {
    const other = condition({ workload: 'pow', nodes: 10, load: DEFAULT_LOAD }, [{ throughput_tps: 7, joules_per_tx_provisioned: 40 }]);
    const run = digestOf([...digest.conditions, other]);
    const found = findings(modelOf(run), run).map(spaced);
    expect(found.find((text) => text.startsWith('Capacity'))).toBe(
      'Capacity: with 10 nodes and no faults, at the most 9000 tx/s (limited by uplink; 99th percentile 224 ms) under pbft saturate.',
    );
    expect(found.find((text) => text.startsWith('Energy, provisioned'))).toMatch(/40 J \(latency-bound\) under pow/);
    expect(found.find((text) => text.startsWith('Rate: one'))).toMatch(
      /7 tx\/s under pow and 1200 tx\/s under pbft; that is bound by latency, and no capacity\.$/,
    );
  });
  it('what is said without a queue takes the default load', () => {
    expect(quietest(model).map(({ label }) => label)).toEqual(['pbft']);
    expect([...sweptRates(model)].map(({ label }) => label)).toEqual(['pbft open(1000/s)', 'pbft open(9500/s)']);
    expect(faultFree(model.series[0]!, 4)?.load).toEqual(DEFAULT_LOAD);
  });
  it('a load of its own rules is named after its rate', () => {
    const { series } = modelOf(digestOf([condition({ load: { ...open(5), ...LOAD_RULES, window_s: 60 } }, [{ throughput_tps: 5 }])]));
    expect(series[0]!.label).toBe('pbft open(5/s)');
  });
});
