// Chains under a load: mempools, block space, and that nothing is lost or counted twice.
import { describe, expect, test } from 'vitest';
import { DEFAULT_LOAD, LOAD_RULES, type LoadOutcome, type LoadRules, type LoadSpec } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import type { Workload } from '../../../harness/simulate/core/contract.ts';
import praos from '../../../workloads/pos-praos.ts';
import pow from '../../../workloads/pow.ts';
import { SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';

type Under = Outcome & { readonly load: LoadOutcome };
const open = (rate_tps: number, rules: Partial<LoadRules> = {}): LoadSpec => ({
  kind: 'open',
  rate_tps,
  arrivals: 'poisson',
  ...LOAD_RULES,
  ...rules,
});
const run = (workload: Workload, options: CellOptions): Under =>
  simulate(workload, { nodes: 8, network: WAN, node: SERVER, ...options }).outcome as Under;
const BITCOIN: CellOptions = { transactions: { bytes: 250, per_decision: 4000 } };

describe("Bitcoin's block size and interval at 10 tx/s offered", () => {
  const window_s = 120_000;
  const warmup_s = 24_000;
  /** When blocks are found, of the transcript. */
  const findings = (load: LoadSpec, decisions: number): { outcome: Outcome; found_s: number[] } => {
    const found_s: number[] = [];
    const { outcome } = simulate(
      pow,
      { nodes: 8, network: WAN, node: SERVER, ...BITCOIN, load, decisions },
      { trace: ({ at_us, text }) => text.startsWith('finds') && found_s.push(at_us / 1e6) },
    );
    return { outcome, found_s };
  };
  const { outcome, found_s } = findings(open(10, { warmup_s, window_s, mempool_tx: 100_000 }), 1);
  const load = outcome.load!;
  const { stale, blocks } = outcome.stale!;
  const found = found_s.filter((at_s) => at_s >= warmup_s && at_s < warmup_s + window_s);

  test('10^6 B ÷ 250 B ÷ the gap of the findings in the window × (1 − stale) are committed a second, within 3%', () => {
    const gap_s = (found.at(-1)! - found[0]!) / (found.length - 1);
    expect(Math.abs(load.achieved_tps / ((1e6 / 250 / gap_s) * (1 - stale / blocks)) - 1)).toBeLessThan(0.03);
    expect(load.bottleneck).toBe('block-space');
  });
  test('and as many as a Poisson process of one block in 600 s allows', () => {
    // Blocks of a window are Poisson numbers of mean and variance window ÷ 600 s.
    const mean = window_s / 600;
    expect(Math.abs(found.length - mean) / Math.sqrt(mean)).toBeLessThan(4);
    const expected_tps = (1e6 / 250 / 600) * (1 - stale / blocks);
    expect(Math.abs(load.achieved_tps - expected_tps) / (expected_tps / Math.sqrt(mean))).toBeLessThan(4);
  });
  test('the load does not touch the lottery, whose mean gap is 600 s', () => {
    // 1 900 gaps, before difficulty is adjusted: known to 4.5%. An exponential gap's standard deviation is its mean.
    const long = findings(DEFAULT_LOAD, 1895).found_s;
    expect(long.slice(0, found_s.length)).toEqual(found_s);
    const gaps = long.length;
    expect(gaps).toBeLessThan(2016);
    expect(1.96 / Math.sqrt(gaps)).toBeLessThan(0.05);
    expect(Math.abs((long.at(-1)! / gaps / 600 - 1) * Math.sqrt(gaps))).toBeLessThan(4);
  });
  test('the mempool fills up, and what it does not hold is rejected', () => {
    expect(load.queue_tx_max).toBe(100_000);
    expect(load.rejected).toBeGreaterThan(100_000);
  });
  test('the outcome says when its window begins and how long it is', () => {
    expect(outcome).toMatchObject({ from_us: 24_000e6, elapsed_us: window_s * 1e6 });
  });
  test('submitted = committed + rejected + waiting', () => {
    expect(load.submitted).toBe(load.committed + load.rejected + load.waiting);
    expect(Math.abs(load.submitted / (10 * window_s) - 1)).toBeLessThan(0.01);
  });
});

describe.each([
  ['pow', pow, { block_interval_s: 10 }],
  ['pos-praos', praos, { slot_s: 0.5, active_slot_coefficient: 0.2 }],
] as const)('%s', (_, workload, parameters) => {
  const options: CellOptions = { parameters, transactions: { bytes: 250, per_decision: 200 } };
  test('below capacity everything is committed, at the offered rate', () => {
    const { load, latencies_us, finalities_us, state } = run(workload as Workload, { ...options, load: open(5) });
    expect(state).toBe('done');
    expect(load).toMatchObject({ rejected: 0, waiting: 0, bottleneck: 'latency' });
    expect(load.committed).toBe(load.submitted);
    expect(Math.abs(load.achieved_tps / 5 - 1)).toBeLessThan(0.05);
    expect(latencies_us.length).toBe(load.committed);
    expect(finalities_us.length).toBe(load.committed);
    expect(Math.min(...latencies_us.slice(0, 10_000))).toBeGreaterThan(0);
    // A Poisson process is seen in the middle of a gap: the mean wait is a mean gap, and a link's delay and the spread.
    const gap_us = load.latency_us_mean!;
    expect(gap_us / 1e6).toBeGreaterThan(workload === (pow as Workload) ? 8 : 2);
    expect(gap_us / 1e6).toBeLessThan(workload === (pow as Workload) ? 13 : 5);
  });
  test('above capacity the rest waits, and its ranks are empty', () => {
    const { load } = run(workload as Workload, { ...options, load: open(200, { window_s: 400 }) });
    expect(load.bottleneck).toBe('block-space');
    expect(load.waiting).toBeGreaterThan(0);
    expect(load.latency_us[2]).toBeNull();
    expect(load.submitted).toBe(load.committed + load.rejected + load.waiting);
  });
  test('forks lose no transaction and commit none twice', () => {
    const slow = { ...options, network: fixed(2000), load: open(4, { window_s: 1500 }) };
    const { load, stale } = run(workload as Workload, slow);
    expect(stale!.stale).toBeGreaterThan(20);
    expect(load.committed).toBe(load.submitted);
    // Each once: what was committed in the window is what was submitted but for its ends.
    expect(Math.abs(load.achieved_tps / 4 - 1)).toBeLessThan(0.06);
  });
  test('smaller blocks are sent as what they are: fewer bytes a block than at a higher rate', () => {
    const bytes = [1, 10].map((rate) => {
      const { counts, divisor } = run(workload as Workload, { ...options, load: open(rate, { window_s: 800 }) });
      return counts.bytes / divisor;
    });
    expect(bytes[1]!).toBeGreaterThan(3 * bytes[0]!);
  });
  test('the same bytes again', () => {
    const cell = { ...options, load: open(12, { window_s: 300 }) };
    expect(run(workload as Workload, cell)).toEqual(run(workload as Workload, cell));
  });
});

test('saturate: the largest rate lies below capacity, and block space is what limits it', () => {
  const outcome = run(pow, {
    parameters: { block_interval_s: 10 },
    transactions: { bytes: 250, per_decision: 100 },
    load: { kind: 'saturate', p99_ms: 'auto', arrivals: 'poisson', ...LOAD_RULES, window_s: 4000 },
  });
  expect(outcome.state).toBe('done');
  expect(outcome.load.offered_tps!).toBeGreaterThan(5);
  expect(outcome.load.offered_tps!).toBeLessThan(10.5);
  expect(outcome.load.bottleneck).toBe('block-space');
  expect(outcome.load.curve!.length).toBeGreaterThan(4);
});

test('an adversary fills its blocks with its own: users get the rest of the block space', () => {
  const load = open(100, { window_s: 4000, mempool_tx: 1000 });
  const base = { parameters: { block_interval_s: 10, merchant_confirmations: 6 }, transactions: { bytes: 250, per_decision: 100 }, load };
  const free = run(pow, { ...base, fault: { kind: 'double-spend', ratio: 0 } });
  const attacked = run(pow, { ...base, fault: { kind: 'double-spend', ratio: 0.3 } });
  expect(attacked.load.achieved_tps).toBeLessThan(0.9 * free.load.achieved_tps);
});

test('closed means full blocks: queues change nothing', () => {
  const queued = run(pow, { load: { ...DEFAULT_LOAD, queues: true } });
  expect(queued).toEqual(run(pow, {}));
});

test('messages say that they take no load of chains', () => {
  expect(() => simulate(pow, { load: open(1) }, { engine: 'messages' })).toThrow(
    'the messages engine cannot represent this cell: a load that is not closed; accepted: --engine auto, chain',
  );
});
