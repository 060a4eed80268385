// Ripple as the harness runs it: what a ledger takes, faults within the bound and past it, lists that overlap, loads, transcripts.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FaultSpec } from '../../../harness/model/fault.ts';
import { LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import ripple from '../../../workloads/ripple/index.ts';
import { faultBound } from '../../../workloads/ripple/rules.ts';
import { FREE, LINK, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';
import { transcriptOf } from '../../support/transcript.ts';

const run = (options: CellOptions): Outcome => simulate(ripple, options).outcome;
const quorumOf = (nodes: number): number => Math.ceil(0.8 * nodes);

describe('a ledger', () => {
  test.each([3, 4, 7, 10, 20])(
    'n = %i: (2 + k) v (v - 1) messages, k = 0 position changes; each checks v - 1 positions together and q - 1 validations',
    (nodes) => {
      const decisions = 5;
      const { counts } = run({ nodes, decisions });
      const others = nodes - 1;
      expect(counts.messages).toBe(decisions * 2 * nodes * others);
      expect(counts.bytes).toBe(decisions * nodes * others * (149 + 118));
      // A position, a validation and a reply; every vote that comes is received, the last n - q validations are not checked.
      expect(counts.signs).toBe(decisions * 3 * nodes);
      expect(counts.votes).toBe(decisions * 2 * nodes * others);
      expect(counts.verifies).toBe(decisions * nodes * (others + quorumOf(nodes) - 1));
    },
  );

  test('n = 7, k = 1 at two validators: (2 + k) (v - 1) messages of each', () => {
    // Validators 5 and 6 close at 4.7 s, the others at 5 s, which is in the next bin of 10 s: 5 of 7 are for that one, and these two change theirs.
    const parameters = { offsets_ms: '0,0,0,0,0,700,700', close_with_validated: 'no', min_close_ms: 4300 };
    const { counts, observations } = run({ nodes: 7, decisions: 1, parameters, network: fixed(400) });
    expect(observations!['position_changes']).toBe(2);
    expect(counts.messages).toBe((5 * 2 + 2 * 3) * 6);
  });

  test('by the validations of the last ledger it is open for one heartbeat, and then takes the first one past 1.95 s: 3 s', () => {
    const { latencies_us } = run({ nodes: 7, decisions: 6 });
    // The first ledger has none before it: 2 s open; a request's way and a validation's and a reply's.
    expect(latencies_us).toEqual([4.2e6, 3e6, 3e6, 3e6, 3e6, 3e6]);
  });
  test('the least time between ledgers where they are open for at least 2 s: 2 s + the first heartbeat past 1.95 s = 4 s', () => {
    for (const node of [FREE, SERVER]) {
      const { latencies_us } = run({ nodes: 7, decisions: 6, node, parameters: { close_with_validated: 'no' } });
      for (const latency_us of latencies_us.slice(1)) expect(Math.abs(latency_us - 4e6)).toBeLessThan(2000);
    }
  });
  test('on a WAN, on servers: three seconds and the way of a validation and a reply', () => {
    const { latencies_us } = run({ nodes: 20, decisions: 6, network: WAN, node: SERVER });
    for (const latency_us of latencies_us.slice(1)) expect(Math.abs(latency_us - 3e6)).toBeLessThan(0.1e6);
  });
  test('a finer heartbeat ends rounds earlier: at the first one past 1.95 s', () => {
    const { latencies_us } = run({ nodes: 7, decisions: 3, parameters: { heartbeat_ms: 500 } });
    expect(latencies_us.slice(1)).toEqual([2.5e6, 2.5e6]);
  });
  test('a ledger without transactions is open for 15 s and two bins: whoever hears nothing meanwhile still comes to the next one', () => {
    const late = run({ nodes: 4, decisions: 1, parameters: { close_with_validated: 'no', min_close_ms: 60_000 } });
    expect(late.latencies_us[0]).toBeGreaterThan(60e6);
  });
  test('close times that part are agreed on: of two bins that of three validators of four, and then ledgers go on', () => {
    const { state, latencies_us } = run({ nodes: 4, decisions: 8, parameters: { offsets_ms: '0,250,500,750' } });
    expect(state).toBe('done');
    expect(Math.max(...latencies_us)).toBeLessThan(10e6);
  });
  test('Theorem 8 beside what lists share', () => {
    for (const [nodes, needed] of [
      [20, 19],
      [34, 30],
      [35, 32],
    ] as const)
      expect(run({ nodes, decisions: 1 }).observations).toMatchObject({ shared_validators: nodes, shared_validators_needed: needed });
  });
});

describe('the negative UNL', () => {
  test('of 7 validators 2 are down: no quorum of 6; with one of them on the negative UNL 5 of 6 are one', () => {
    const down: CellOptions = { nodes: 7, decisions: 3, fault: { kind: 'crash', count: 2 } };
    expect(run(down)).toMatchObject({
      state: 'stalled',
      liveness: 'violated',
      reason: '0 of 3 decisions: 5 of 7 validators are left for good, fewer than a quorum of 6',
    });
    expect(run({ ...down, parameters: { negative_unl: 1 } })).toMatchObject({ state: 'done', liveness: 'ok', safety: 'ok' });
  });
  test('60 per cent of the list are needed whatever is on it', () => {
    const down = (count: number) =>
      run({ nodes: 20, decisions: 2, fault: { kind: 'crash', count }, parameters: { negative_unl: 5 } }).state;
    expect([down(8), down(9)]).toEqual(['done', 'stalled']);
  });
  test.each<[Record<string, unknown>, string]>([
    [{ negative_unl: 2 }, 'negative_unl'],
    [{ offsets_ms: '1,2' }, 'offsets_ms'],
    [{ avalanche: '0:50,50:65,50:70' }, 'avalanche'],
  ])('%o is refused', (given, parameter) => {
    const cell = { ...makeCell(ripple, { nodes: 7 }), parameters: ripple.parameters.parse(given) };
    expect(ripple.problems!(cell).map((problem) => problem.parameter)).toEqual([parameter]);
  });
});

/** What makes each kind of fault felt. */
const FELT: Partial<Record<FaultSpec['kind'], Partial<FaultSpec>>> = {
  delay: { delay_ms: 3000 },
  loss: { loss: 0.5, until_s: 20 },
  partition: { until_s: 30 },
};

describe('faults within the bound', () => {
  const kinds = ripple.faultKinds.filter((kind) => kind !== 'schedule');
  test.each(kinds.flatMap((kind) => [6, 7, 11].map((nodes): [FaultSpec['kind'], number] => [kind, nodes])))(
    '%s, n = %i: f of them change nothing that clients see',
    (kind, nodes) => {
      const clean = run({ nodes, network: WAN, node: SERVER, decisions: 6 });
      const outcome = run({ nodes, network: WAN, node: SERVER, decisions: 6, fault: { kind, count: faultBound(nodes), ...FELT[kind] } });
      expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
      outcome.latencies_us.forEach((latency_us, i) => expect(Math.abs(latency_us - clean.latencies_us[i]!)).toBeLessThan(1e6));
    },
  );

  const network = fc.constantFrom(fixed(100), WAN, { ...WAN, loss: 0.05 }, { kind: 'normal' as const, mean_ms: 80, sd_ms: 30, ...LINK });
  const drawn = fc.record({
    nodes: fc.integer({ min: 4, max: 12 }),
    network,
    node: fc.constantFrom(FREE, SERVER),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    heartbeat_ms: fc.constantFrom(250, 1000),
    spread: fc.boolean(),
    liars: fc.constantFrom('wrong-vote' as const, 'bad-signature' as const, 'replay' as const, 'equivocate' as const, null),
    down: fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      from_s: fc.integer({ min: 0, max: 8 }),
      for_s: fc.integer({ min: 1, max: 30 }),
    }),
    cut: fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), for_s: fc.integer({ min: 1, max: 40 }), lose: fc.boolean() }),
  });
  test('liars up to f, crashes and partitions of any size that end: no fork, nothing reported is lost, and it goes on after them', () => {
    let decided = 0;
    holds(
      fc.property(drawn, ({ nodes, heartbeat_ms, spread, liars, down, cut, ...rest }) => {
        const others = Array.from({ length: nodes - faultBound(nodes) }, (_, node) => node);
        const some = (share: number): number[] => others.slice(0, Math.round(share * others.length));
        const schedule: NonNullable<FaultSpec['schedule']> = [
          ...(liars === null || faultBound(nodes) === 0
            ? []
            : [{ kind: liars, placement: 'worst' as const, nodes: Array.from({ length: faultBound(nodes) }, (_, i) => nodes - 1 - i) }]),
          { kind: 'crash', placement: 'worst', nodes: some(down.share), from_s: down.from_s, until_s: down.from_s + down.for_s },
          {
            kind: 'partition',
            placement: 'worst',
            nodes: some(cut.share),
            from_s: 10,
            until_s: 10 + cut.for_s,
            ...(cut.lose ? { crossing: 'lose' as const } : {}),
          },
        ].filter((entry) => entry.nodes.length > 0) as NonNullable<FaultSpec['schedule']>;
        const offsets_ms = spread
          ? others
              .concat(Array<number>(nodes - others.length).fill(0))
              .map((node) => 83 * node)
              .join(',')
          : 'none';
        if (schedule.length === 0) return;
        const outcome = run({
          nodes,
          ...rest,
          decisions: 8,
          parameters: { heartbeat_ms, offsets_ms },
          fault: { kind: 'schedule', schedule },
        });
        expect(outcome.safety).not.toBe('violated');
        expect(outcome.durability).not.toBe('violated');
        // One with two faces can keep two halves apart that a fault has made.
        if (liars === 'equivocate') return;
        expect(outcome).toMatchObject({ state: 'done', liveness: 'ok' });
        decided += 1;
      }),
      { numRuns: inFull(400, 60), seed: 6 },
    );
    expect(decided).toBeGreaterThan(enough(20));
  });

  test('a validator that was down has what it had validated, and validates no sequence number twice', () => {
    const said = new Map<string, string>();
    const fault = {
      kind: 'schedule' as const,
      schedule: [0, 1, 2, 3].map((node) => ({
        kind: 'crash' as const,
        placement: 'worst' as const,
        nodes: [node],
        from_s: 3 + 5 * node,
        until_s: 7 + 6 * node,
      })),
    };
    const options: CellOptions = { nodes: 7, network: WAN, node: SERVER, decisions: 12, fault };
    const outcome = simulate(ripple, options, {
      trace: ({ node, text }) => {
        const validation = /<- (validator \d+)\s+VALIDATION\s+ledger (\d+) {2}digest (\d+)/.exec(text);
        if (validation === null) return;
        const [, who, sequence, digest] = validation;
        const key = `${who} ${sequence}`;
        expect(said.get(key) ?? digest, `${key} at ${node}`).toBe(digest);
        said.set(key, digest!);
      },
    }).outcome;
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok', durability: 'ok' });
    expect(outcome.counts.persists).toBeGreaterThan(0);
    expect(said.size).toBeGreaterThan(60);
  });

  test('the whole network goes down at once and comes back: what clients were told stands, and the next ledgers follow', () => {
    const fault = { kind: 'crash' as const, count: 7, from_s: 8, until_s: 20 };
    const outcome = run({ nodes: 7, network: WAN, node: SERVER, decisions: 6, fault });
    expect(outcome).toMatchObject({ state: 'done', liveness: 'ok', durability: 'ok' });
    expect(Math.max(...outcome.latencies_us)).toBeGreaterThan(12e6);
  });

  test('halves of four and three, cut off from each other for half a minute, come to one branch when they meet', () => {
    const fault: Partial<FaultSpec> = { kind: 'partition', nodes: [4, 5, 6], until_s: 30, crossing: 'lose' };
    const outcome = run({ nodes: 7, network: WAN, node: SERVER, decisions: 8, fault });
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok' });
    expect(outcome.viewChanges).toBeGreaterThan(0);
    const longest_us = Math.max(...outcome.latencies_us);
    expect(longest_us).toBeGreaterThan(30e6);
    expect(longest_us).toBeLessThan(90e6);
  });
});

describe('past the bound, and what the bound does not promise', () => {
  test('f + 1 = 2 of 7 that lie or are down leave no quorum of 6: nothing is decided, and nothing forks', () => {
    for (const kind of ['crash', 'wrong-vote', 'bad-signature', 'equivocate'] as const)
      expect(run({ nodes: 7, network: WAN, decisions: 3, fault: { kind, count: 2 } })).toMatchObject({
        liveness: 'violated',
        safety: 'ok',
      });
  });
  test('two quorums of q of n share 2q - n: so many equivocators fork them, one fewer do not', () => {
    for (const nodes of [7, 8, 10, 11]) {
      const most = 2 * quorumOf(nodes) - nodes;
      const of = (count: number) => run({ nodes, network: WAN, decisions: 3, fault: { kind: 'equivocate', count } });
      // Halves of an odd number of correct validators are not equal: the smaller one lacks one for a quorum.
      const forks = Math.floor((nodes - most) / 2) + most >= quorumOf(nodes);
      expect(of(forks ? most : most + 1).safety, `n = ${nodes}`).toBe('violated');
      expect(of(most - 1).safety, `n = ${nodes}`).toBe('ok');
    }
  });
  test('one validator with two faces among 2m + 1 keeps two halves apart for good (Amores-Sesar, Cachin and Micic 2020): no ledger, no fork', () => {
    // All but it come up at once on what it alone has built, each half on another of its two chains.
    const schedule: NonNullable<FaultSpec['schedule']> = [
      { kind: 'equivocate', placement: 'worst', nodes: [0] },
      { kind: 'crash', placement: 'worst', nodes: [1, 2, 3, 4, 5, 6], from_s: 0.774, until_s: 16.981 },
    ];
    const outcome = run({ nodes: 7, decisions: 3, fault: { kind: 'schedule', schedule } });
    expect(outcome).toMatchObject({ state: 'stalled', safety: 'ok', liveness: 'violated' });
    // As one that is merely down it does no harm.
    const crashed = schedule.map((entry) => ({ ...entry, kind: 'crash' as const }));
    expect(run({ nodes: 7, decisions: 3, fault: { kind: 'schedule', schedule: crashed } })).toMatchObject({
      state: 'done',
      liveness: 'ok',
    });
  });
});

describe('lists that overlap less than all', () => {
  const forks = (unl_overlap: number, count: number): string =>
    run({ nodes: 20, network: WAN, node: SERVER, decisions: 10, parameters: { unl_overlap }, fault: { kind: 'equivocate', count } }).safety;
  test('f = 3 equivocators that both lists have fork lists of 11 that share 2 and of 12 that share 4, and none that share 9 and more', () => {
    expect([0.2, 0.3, 0.6, 0.8, 0.9, 1].map((overlap) => forks(overlap, 3))).toEqual(['violated', 'violated', 'ok', 'ok', 'ok', 'ok']);
  });
  test('more of them fork lists that share more', () => {
    expect([4, 6].map((count) => [0.4, 0.6, 0.8].map((overlap) => forks(overlap, count)))).toEqual([
      ['violated', 'ok', 'ok'],
      ['violated', 'violated', 'ok'],
    ]);
  });
  test('without any fault lists that share 40 per cent or less part over what is in flight when they close', () => {
    const load: LoadSpec = { ...LOAD_RULES, kind: 'open', rate_tps: 20, arrivals: 'poisson', window_s: 20, warmup_s: 2 };
    const parts = (unl_overlap: number): string => run({ nodes: 20, network: WAN, node: SERVER, load, parameters: { unl_overlap } }).safety;
    expect([0.2, 0.6, 1].map(parts)).toEqual(['violated', 'ok', 'ok']);
  });
});

describe('loads', () => {
  const rules = { ...LOAD_RULES, warmup_s: 6, window_s: 60 };
  const under = (load: LoadSpec, more: CellOptions = {}): Outcome => run({ network: WAN, node: SERVER, load, ...more });
  const adds = ({ load }: Outcome): void => expect(load!.committed + load!.rejected + load!.waiting).toBe(load!.submitted);

  test('closed, eight batches under way: a ledger takes one, every 3 s; each waits for those before it', () => {
    const outcome = under({ ...rules, kind: 'closed', in_flight: 8, queues: true });
    adds(outcome);
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok' });
    expect(outcome.load!.achieved_tps).toBeCloseTo(500 / 3, 0);
    expect(outcome.load!.latency_us[0]! / 1e6).toBeCloseTo(24, 0);
  });
  test('open: what is in flight when ledgers close is disputed, voted on, and committed', () => {
    const outcome = under({ ...rules, kind: 'open', rate_tps: 50, arrivals: 'poisson' });
    adds(outcome);
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok' });
    expect(outcome.load!.committed).toBe(outcome.load!.submitted);
    expect(outcome.observations!['position_changes']).toBeGreaterThan(10);
    // From half a ledger's time to two ledgers.
    expect(outcome.load!.latency_us[0]).toBeGreaterThan(3e6);
    expect(outcome.load!.latency_us[2]).toBeLessThan(9e6);
  });
  test('more than ledgers take waits; a mempool that is full turns it away', () => {
    const outcome = under(
      { ...rules, kind: 'open', rate_tps: 60, arrivals: 'constant', mempool_tx: 200 },
      { transactions: { bytes: 250, per_decision: 50 } },
    );
    adds(outcome);
    // What validator 0 turns away others may have, so ledgers carry some of it.
    expect(outcome.load!.achieved_tps).toBeGreaterThan(25 / 3);
    expect(outcome.load!.achieved_tps).toBeLessThan(50 / 3);
    expect(outcome.load!.rejected).toBeGreaterThan(1000);
  });
  test('saturated: a full ledger every 3 s, and latency is what limits it', () => {
    const outcome = under(
      { ...rules, kind: 'saturate', p99_ms: 10_000, arrivals: 'poisson' },
      { transactions: { bytes: 250, per_decision: 60 } },
    );
    adds(outcome);
    expect(outcome.load!.achieved_tps).toBeGreaterThan(17);
    expect(outcome.load!.achieved_tps).toBeLessThan(21);
    expect(outcome.load!.bottleneck).toBe('latency');
  });
  test('what is expected is near what comes', () => {
    for (const load of [
      { kind: 'closed', in_flight: 1 },
      { ...rules, kind: 'closed', in_flight: 8 },
      { ...rules, kind: 'open', rate_tps: 50, arrivals: 'poisson' },
    ] as LoadSpec[]) {
      const options: CellOptions = { nodes: 7, network: WAN, node: SERVER, decisions: 20, load: { ...LOAD_RULES, ...load } };
      const cell = { ...makeCell(ripple, options), parameters: ripple.parameters.parse({}) };
      const share = run(options).events / ripple.expectedEvents!(cell);
      expect(share).toBeGreaterThan(0.5);
      expect(share).toBeLessThan(2);
    }
  });
});

test('the horizon: a second more than the default changes nothing of a run that ends', () => {
  const cell = makeCell(ripple, { nodes: 7, network: WAN, fault: { kind: 'partition', count: 3, until_s: 20 } });
  const setup = setupOf(cell, ripple, { kernels: simulationKernels });
  expect(setup.horizon_us).toBeGreaterThan(8 * 20e6);
  const outcome = run({ nodes: 7, network: WAN, fault: { kind: 'partition', count: 3, until_s: 20 } });
  expect(outcome.state).toBe('done');
  expect(outcome.elapsed_us).toBeLessThan(setup.horizon_us / 4);
});

describe('transcripts', () => {
  const transcript = (options: CellOptions): string =>
    transcriptOf((trace) => simulate(ripple, options, { trace }), {
      name_chars: 11,
      shows: (line) => (line.text.includes('timer') ? null : line),
    });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('one decision of four validators', async () => {
    await expect(transcript({ decisions: 1 })).toMatchFileSnapshot('../../golden/ripple-normal-case.txt');
  });
  test('a validator that is down until 7 s, without whom four have no quorum: it follows the others for a ledger, and takes part in the next', async () => {
    const fault = { kind: 'crash' as const, count: 1, until_s: 7 };
    await expect(transcript({ decisions: 1, fault })).toMatchFileSnapshot('../../golden/ripple-validator-failure.txt');
  });
  test('one of six validators with two faces: positions and validations for 1 to 3, and others for 4 and 5, who follow the rest', async () => {
    await expect(transcript({ nodes: 6, decisions: 1, fault: { kind: 'equivocate', count: 1 } })).toMatchFileSnapshot(
      '../../golden/ripple-equivocation.txt',
    );
  });
});
