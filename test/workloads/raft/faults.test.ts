// Safety first, then liveness: whoever crashes, is late, lossy or cut off, Raft is safe; and with a majority that hears each other it is live.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SingleFault } from '../../../harness/model/fault.ts';
import type { TraceLine } from '../../../harness/model/outcome.ts';
import { majorityBound } from '../../../workloads/parts/majorities.ts';
import raft from '../../../workloads/raft/index.ts';
import { broken } from '../../../workloads/raft/invariants.ts';
import { Appended } from '../../../workloads/raft/messages.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';
import { changedRun, type RaftMechanism } from './stand.ts';

const networks = fc.constantFrom(fixed(100), WAN, { ...WAN, loss: 0.05 }, { kind: 'normal' as const, mean_ms: 80, sd_ms: 30, ...LINK });
const run = (options: CellOptions) =>
  simulate(raft, { network: WAN, node: SERVER, decisions: 15, ...options }, { engine: 'messages' }).outcome;

test('at most f nodes down, late, lossy or cut off, for good or for a while: safe and live', () => {
  const cells = fc.record({
    nodes: fc.integer({ min: 3, max: 12 }),
    network: networks,
    node: fc.constantFrom(FREE, SERVER),
    kind: fc.constantFrom('crash' as const, 'silent-leader' as const, 'delay' as const, 'loss' as const, 'partition' as const),
    placement: fc.constantFrom('worst' as const, 'random' as const),
    first: fc.boolean(),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    from_ms: fc.integer({ min: 0, max: 3000 }),
    lasts_ms: fc.option(fc.integer({ min: 1, max: 20_000 })),
    group_commit: fc.boolean(),
  });
  holds(
    fc.property(cells, ({ kind, placement, first, from_ms, lasts_ms, group_commit, nodes, ...cell }) => {
      const count = majorityBound(nodes);
      const window = { from_s: from_ms / 1000, ...(lasts_ms === null ? {} : { until_s: (from_ms + lasts_ms) / 1000 }) };
      const who = first ? { nodes: Array.from({ length: count }, (_, node) => node) } : { count, placement };
      const more = {
        delay: { delay_ms: 700 },
        loss: { loss: 0.7 },
        crash: {},
        'silent-leader': {},
        partition: { crossing: 'lose' as const },
      }[kind];
      // A client beside a leader that nobody else hears waits for as long as that lasts.
      if (kind === 'partition' && lasts_ms === null) return;
      const outcome = run({ nodes, ...cell, fault: { kind, ...who, ...more, ...window }, parameters: { group_commit } });
      expect(outcome).toMatchObject({ state: 'done', liveness: 'ok', durability: 'ok' });
      expect(outcome.safety).not.toBe('violated');
    }),
    { numRuns: inFull(600, 150), seed: 51 },
  );
});

/** Windows in each of which any nodes are down, cut off, late or not heard, as many as there are, all over at the end. */
const schedules = fc
  .record({
    nodes: fc.integer({ min: 3, max: 7 }),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    network: fc.constantFrom(WAN, fixed(100), { ...WAN, loss: 0.05 }),
    node: fc.constantFrom(FREE, SERVER),
    windows: fc.array(
      fc.record({
        fault: fc.constantFrom(
          { kind: 'crash' as const },
          { kind: 'crash' as const },
          { kind: 'silent-leader' as const },
          { kind: 'partition' as const, crossing: 'lose' as const },
          { kind: 'partition' as const },
          { kind: 'loss' as const, loss: 1 },
          { kind: 'delay' as const, delay_ms: 2000 },
        ),
        from_ms: fc.integer({ min: 0, max: 12_000 }),
        lasts_ms: fc.integer({ min: 1, max: 8000 }),
        order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }),
        size: fc.integer({ min: 1, max: 7 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ windows, ...cell }) => {
    const schedule = windows.map(({ fault, from_ms, lasts_ms, order, size }): SingleFault => {
      const nodes = order.filter((node) => node < cell.nodes).slice(0, size);
      return { ...fault, placement: 'worst', nodes, from_s: from_ms / 1000, until_s: (from_ms + lasts_ms) / 1000 };
    });
    return { ...cell, fault: { kind: 'schedule' as const, schedule } };
  });

test('any schedule of faults, all over at the end, is safe at any moment, durable, and live when it is over', () => {
  let persists = 0;
  holds(
    fc.property(schedules, (cell) => {
      const outcome = run({ ...cell, decisions: 30 });
      expect(outcome).toMatchObject({ state: 'done', liveness: 'ok', durability: 'ok' });
      expect(outcome.safety).not.toBe('violated');
      persists += outcome.counts.persists!;
    }),
    { numRuns: inFull(400, 100), seed: 52 },
  );
  expect(persists).toBeGreaterThan(enough(0));
});

/** The schedules again with a changed mechanism: whether anything was found wrong, by whom. */
function found(change: (mechanism: RaftMechanism) => Partial<RaftMechanism>): Set<string> {
  const wrong = new Set<string>();
  const each = fc.property(schedules, (cell) => {
    let states: Parameters<typeof broken>[0] = [];
    const changed = (mechanism: RaftMechanism): Partial<RaftMechanism> => ({
      ...change(mechanism),
      lastly: (all) => {
        states = all;
        return {};
      },
    });
    try {
      const { outcome } = changedRun({ ...cell, decisions: 30 }, changed).run();
      if (outcome.safety === 'violated') wrong.add('safety');
      if (outcome.durability === 'violated') wrong.add('durability');
      if (broken(states) !== '') wrong.add('invariant');
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('decided')) throw error;
      wrong.add('invariant');
    }
  });
  holds(each, { numRuns: 100, seed: 52 });
  return wrong;
}

describe('what survives a crash', () => {
  test('what was acknowledged before it is there after it: a server that forgets its log is found out', () => {
    expect(found(() => ({}))).toEqual(new Set());
    const forgets = found((raft) => ({
      step: (node, input, out) => raft.step(node, input.kind === 'recover' ? { ...input, persisted: [] } : input, out),
    }));
    expect(forgets.size).toBeGreaterThan(0);
  });

  test('a server that answers before its write has ended is found out', () => {
    const slow: CellOptions = { nodes: 5, network: WAN, node: { ...SERVER, persist_ns: 1_000_000_000 } };
    const verdict = (change: Parameters<typeof changedRun>[1]) => changedRun(slow, change).run().outcome.durability;
    expect(verdict(() => ({}))).toBe('ok');
    const hurries = verdict((raft) => ({
      step: (node, input, out) => {
        raft.step(node, input, out);
        for (const action of [...out.actions]) {
          if (action.kind !== 'persist') continue;
          const { to, end } = action.token as { to: number; end: number };
          if (to !== node.id) out.send(to, new Appended(node, end, true));
        }
      },
    }));
    expect(hurries).toBe('violated');
  });
});

describe('past the bound', () => {
  test.each([3, 4, 5, 8])('n = %i: with f + 1 nodes down for good nothing is decided, and the row says why; nothing is unsafe', (nodes) => {
    const down = majorityBound(nodes) + 1;
    for (const first of [true, false]) {
      const who = first ? Array.from({ length: down }, (_, node) => node) : Array.from({ length: down }, (_, i) => nodes - 1 - i);
      const outcome = run({ nodes, fault: { kind: 'crash', nodes: who, from_s: first ? 1 : 0 } });
      expect(outcome).toMatchObject({ state: 'stalled', liveness: 'violated' });
      expect(outcome.reason).toContain(`${nodes - down} of ${nodes} nodes are left for good, fewer than a majority of`);
      expect(outcome.safety).not.toBe('violated');
    }
  });

  test('they come back, and it goes on', () => {
    for (const kind of ['crash', 'silent-leader'] as const)
      for (const count of [3, 4, 5])
        expect(run({ nodes: 5, fault: { kind, count, from_s: 1, until_s: 30 } })).toMatchObject({ state: 'done', durability: 'ok' });
  });

  test('two logs of one term fork where majorities need not meet: quorums of n/2 are too small', () => {
    // Two halves of four, each of which takes itself for a majority.
    const halves = (seed: number) =>
      changedRun(
        {
          nodes: 4,
          seed,
          decisions: 20,
          network: fixed(10),
          node: SERVER,
          fault: { kind: 'partition', nodes: [2, 3], from_s: 0.2, until_s: 8 },
        },
        () => ({}),
        { majority: 2 },
      );
    const verdicts = Array.from({ length: 10 }, (_, seed) => {
      try {
        return halves(seed).run().outcome.safety;
      } catch {
        return 'violated';
      }
    });
    expect(verdicts).toContain('violated');
  });
});

describe('a deposed leader', () => {
  const cut = { kind: 'partition', nodes: [1, 2, 3, 4], from_s: 1, until_s: 12 } as const;

  test.each(['hold', 'lose'] as const)(
    'that is cut off with its client answers nothing until it hears of the next one (crossing: %s)',
    (crossing) => {
      const lines: TraceLine[] = [];
      const options: CellOptions = { nodes: 5, decisions: 30, network: fixed(50), node: SERVER, fault: { ...cut, crossing } };
      const { outcome } = simulate(raft, options, { engine: 'messages', trace: (line) => lines.push(line) });
      expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
      expect(outcome.viewChanges).toBeGreaterThan(0);
      const replies_us = lines.filter(({ node, text }) => node === 'client' && text.includes('REPLY')).map(({ at_us }) => at_us);
      // What it had decided before is on its way for a delay.
      expect(replies_us.filter((at_us) => at_us > 1_100_000 && at_us < 12_000_000)).toEqual([]);
      // The first answer after it is the next leader's.
      const next = lines.find(({ node, text, at_us }) => node === 'client' && text.includes('REPLY') && at_us > 12_000_000)!;
      expect(next.text).not.toContain('<- node 0');
    },
  );

  test('gets nothing decided that the others do not have, under a load too', () => {
    const load = {
      kind: 'open',
      rate_tps: 200,
      arrivals: 'poisson',
      warmup_s: 0.5,
      window_s: 20,
      queues: true,
      batch_bytes: 1e6,
      batch_timeout_ms: 50,
      mempool_tx: 1e5,
    } as const;
    const { outcome } = simulate(raft, {
      nodes: 5,
      network: fixed(50),
      node: SERVER,
      transactions: { bytes: 100, per_decision: 20 },
      load,
      fault: { ...cut, nodes: [0] },
    });
    expect(outcome).toMatchObject({ safety: 'ok', durability: 'ok' });
    const { submitted, committed, rejected, waiting } = outcome.load!;
    expect(committed + rejected + waiting).toBe(submitted);
    expect(committed).toBeGreaterThan(0.9 * submitted);
  });
});

test('the downtime of a run is a column of its own', () => {
  const outcome = run({ nodes: 5, fault: { kind: 'crash', nodes: [0], from_s: 0.7 } });
  expect(outcome.viewChanges).toBe(1);
  // From the crash to the election: an election timeout, less what had passed of it, and a broadcast.
  expect(outcome.observations!['downtime_ms']).toBeGreaterThan(1000);
  expect(run({ nodes: 5 }).observations).toBeUndefined();
});
