// What tells the variants of a run apart, and what it is called.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelOf } from '../../harness/analysis/model.ts';
import { seriesOf, unnamedText } from '../../harness/analysis/series.ts';
import { LOAD_RULES, type LoadSpec } from '../../harness/model/load.ts';
import { workloads } from '../../harness/workloads.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { holds } from '../support/property.ts';
import { digestOf } from '../export/digest-of.ts';
import { DEFAULT_LOAD, condition, open, openAt, saturate, type Queue } from './loaded.ts';

const WAN = { network: { kind: 'fixed', delay_ms: 100 } } as const;
const at = (parameters: Cell['parameters'], load: LoadSpec = saturate(), more: Partial<Cell> = {}) =>
  condition({ parameters, load, ...more }, [{ throughput_tps: 1000, latency_ms_p99: 10 }]);
const looked = (warmup_s: number, window_s: number): LoadSpec => ({ ...saturate(), warmup_s, window_s });
const labels = (...conditions: ReturnType<typeof at>[]): string[] => seriesOf(conditions).map(({ label }) => label);

describe('a label names what tells the variants of a mechanism apart', () => {
  it('timers, warm-ups and windows that differ with the network are left out, and said once', () => {
    const conditions = [
      at({ client_timeout_ms: 20_000, view_change_timeout_ms: 20_000 }, looked(1, 4)),
      at({ client_timeout_ms: 60_000, view_change_timeout_ms: 60_000 }, looked(3, 10), WAN),
    ];
    expect(labels(...conditions)).toEqual(['pbft wan-5-regions saturate', 'pbft fixed(100ms) saturate']);
    expect(unnamedText(seriesOf(conditions))).toBe(
      'Settings that are no defaults and that names leave out: ' +
        'pbft wan-5-regions saturate: client_timeout_ms=20000 view_change_timeout_ms=20000 warmup_s=1 window_s=4; ' +
        'pbft fixed(100ms) saturate: client_timeout_ms=60000 view_change_timeout_ms=60000 warmup_s=3 window_s=10.',
    );
  });

  it('a timer is named where nothing else tells two rows apart, under each load of its variant; of two that go together one', () => {
    const timers = (ms: number) => ({ view_change_timeout_ms: ms, client_timeout_ms: ms });
    expect(labels(at(timers(100)), at(timers(200)), at(timers(200), DEFAULT_LOAD))).toEqual([
      'pbft client_timeout_ms=100 saturate',
      'pbft client_timeout_ms=200 saturate',
      'pbft client_timeout_ms=200',
    ]);
  });

  it('a parameter of the mechanism is named wherever its variants differ in it, whatever else does', () => {
    expect(labels(at({ authentication: 'mac' }), at({ authentication: 'signature' }, saturate(), WAN))).toEqual([
      'pbft authentication=mac wan-5-regions saturate',
      'pbft authentication=signature fixed(100ms) saturate',
    ]);
  });

  it('a value may have semicolons and equals signs: variants that differ behind one are rows of their own', () => {
    const written = ['leader>all batch; all>leader quorum', 'leader>all batch; all>all quorum; all>all quorum'];
    const of = (phases: string) => at({ phases }, DEFAULT_LOAD, { workload: 'phases' });
    const named = labels(...written.map(of));
    for (const [i, phases] of written.entries()) expect(named[i]).toContain(phases);
    const sets = ['2(0,1,2);2(1,2,3);3(0..3)', '2(0,1,2);2(1,2,3);2(0..3)'];
    expect(seriesOf(sets.map((quorum_set) => at({ quorum_set }, DEFAULT_LOAD, { workload: 'stellar-scp' })))).toHaveLength(2);
  });

  it('a window is named where two conditions differ in nothing else, and not where they are of other numbers of nodes', () => {
    expect(labels(at({}, looked(1, 4)), at({}, looked(1, 8)))).toEqual(['pbft saturate window_s=4', 'pbft saturate window_s=8']);
    const conditions = [at({}, looked(1, 4), { nodes: 4 }), at({}, looked(1, 8), { nodes: 16 })];
    expect(labels(...conditions)).toEqual(['pbft saturate']);
    expect(unnamedText(seriesOf(conditions))).toContain('pbft: warmup_s=1 window_s=4 or 8.');
  });

  it('decisions are named where two conditions differ in nothing else', () => {
    expect(labels(at({}, DEFAULT_LOAD, { decisions: 10 }), at({}, DEFAULT_LOAD, { decisions: 20 }))).toEqual([
      'pbft decisions=10',
      'pbft decisions=20',
    ]);
  });

  it('rates that were run with other timers are curves of their own', () => {
    const queue: Queue = { capacity: 10_000, base_ms: 20, limit: 'uplink' };
    const rates = (tps: number, log_window: number) => openAt({ parameters: { log_window } }, tps, queue);
    const { curves } = modelOf(digestOf([rates(100, 256), rates(200, 256), rates(400, 512), rates(800, 512)]));
    expect(curves.map(({ label, points }) => [label, points.length])).toEqual([
      ['pbft log_window=256', 2],
      ['pbft log_window=512', 2],
    ]);
  });

  it('nothing is said where every setting is a default', () => {
    for (const id of ['pbft', 'pow']) {
      const parameters = workloads.get(id)!.parameters.parse({}) as Cell['parameters'];
      expect(unnamedText(seriesOf([at(parameters, DEFAULT_LOAD, { workload: id })]))).toBeNull();
    }
  });

  it('different conditions have different labels, nodes or faults; no series is lost', () => {
    const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
    const one = fc.record({
      authentication: some('mac', 'signature'),
      log_window: some(256, 512),
      client_timeout_ms: some<'auto' | number>('auto', 100),
      network: some<Cell['network']>(WAN.network, { kind: 'fixed', delay_ms: 1 }),
      nodes: some(4, 16),
      decisions: some(10, 20),
      load: fc.oneof(
        fc.constant(DEFAULT_LOAD),
        fc.record({ window_s: some<'auto' | number>('auto', 5), batch_timeout_ms: some(50, 100) }).chain((rules) =>
          some<LoadSpec>(
            { ...open(10), ...rules },
            { ...open(20), ...rules },
            { ...saturate(), ...rules },
            {
              kind: 'closed',
              in_flight: 8,
              ...LOAD_RULES,
              ...rules,
            },
          ),
        ),
      ),
    });
    holds(
      fc.property(fc.array(one, { minLength: 1, maxLength: 12 }), (cells) => {
        const conditions = new Map(
          cells.map(({ nodes, load, network, decisions, ...parameters }) => {
            const cell = { nodes, load, network, parameters, decisions: load === DEFAULT_LOAD ? decisions : 10 };
            return [JSON.stringify(cell), condition(cell, [{ throughput_tps: 1, latency_ms_p99: 1 }])];
          }),
        );
        const series = seriesOf([...conditions.values()]);
        expect(new Set(series.map(({ label }) => label)).size).toBe(series.length);
        const rows = series.flatMap(({ label, conditions: own }) => own.map(({ keys }) => `${label} ${keys.nodes}`));
        expect(new Set(rows).size).toBe(conditions.size);
        const { curves } = modelOf(digestOf([...conditions.values()]));
        expect(new Set(curves.map(({ label, nodes }) => `${label} ${nodes}`)).size).toBe(curves.length);
      }),
      { numRuns: 100, seed: 31 },
    );
  });
});
