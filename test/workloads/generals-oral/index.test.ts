// OM(m): L. Lamport, R. Shostak, M. Pease, "The Byzantine Generals Problem", TOPLAS 1982. Counts against closed forms, the rules against every
// adversary there is, faults within and past the bound.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntryData } from '../../../harness/suite/types.ts';
import { suiteOf } from '../../../harness/suite/load.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import type { FaultSpec } from '../../../harness/model/fault.ts';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import generalsOral from '../../../workloads/generals-oral/index.ts';
import { majority } from '../../../workloads/generals-oral/lieutenant.ts';
import { oralRules, type OralParameters } from '../../../workloads/generals-oral/mechanism.ts';
import { PathWalk, extended, messagesOf, pathsOf } from '../../../workloads/generals-oral/paths.ts';
import { FREE, LINK, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';
import { ATTACK, isBroken, decisions, type Field } from './field.ts';
import { transcriptOf } from '../../support/transcript.ts';

const run = (options: CellOptions) => simulate(generalsOral, options).outcome;
const rulesOf = (options: CellOptions) =>
  oralRules(setupOf(makeCell(generalsOral, options), generalsOral, { kernels: simulationKernels }) as Setup<OralParameters>);

describe('G1: messages of OM(m), the sum over k of (n-1)(n-2)...(n-k-1)', () => {
  const table: [number, number[]][] = [
    [4, [3, 9, 15]],
    [5, [4, 16, 40, 64]],
    [6, [5, 25, 85, 205]],
    [7, [6, 36, 156, 516]],
    [8, [7, 49, 259, 1099]],
    [9, [8, 64, 400, 2080]],
    [10, [9, 81, 585, 3609]],
  ];
  test.each(table)('n = %i: %j for m = 0, 1, 2, 3', (nodes, messages) => {
    messages.forEach((expected, m) => {
      const { counts, state, safety, observations } = run({ nodes, parameters: { m }, decisions: 3 });
      expect({ state, safety, messages: counts.messages / 3 }).toEqual({ state: 'done', safety: 'ok', messages: expected });
      // Each is a vote, but for the commander's.
      expect(counts.votes! / 3).toBe(expected - (nodes - 1));
      expect(observations).toEqual({ ic1_violations: 0, ic2_violations: 0, retreats: 0 });
      expect(messagesOf(nodes, m)).toBe(expected);
    });
  });
  test('n = 4, m = 3: as many as with m = 2, since nobody is left for a fourth general to tell; a plan refuses it', () => {
    expect(messagesOf(4, 3)).toBe(15);
  });
  test('m = 1 takes (n-1)^2 at any n', () => {
    for (const nodes of [20, 31])
      expect(run({ nodes, parameters: { m: 1 }, decisions: 2 }).counts.messages).toBe(2 * (nodes - 1) * (nodes - 1));
  });
  test('m is floor((n-1)/3) by default, at most 2', () => {
    for (const [nodes, m] of [
      [2, 0],
      [3, 0],
      [4, 1],
      [6, 1],
      [7, 2],
      [16, 2],
    ] as const)
      // prettier-ignore
      expect(run({ nodes, decisions: 1 }).counts.messages).toBe(messagesOf(nodes, m));
  });
});

test('m + 1 rounds: a decision takes m + 3 delays, the request and the reply among them', () => {
  for (const m of [0, 1, 2, 3]) expect(new Set(run({ nodes: 10, parameters: { m } }).latencies_us)).toEqual(new Set([(m + 3) * 100_000]));
});

test('bytes: a header of 49, a byte that says how many generals a message has passed and two for each; the order is 13 and the batch', () => {
  const options = { nodes: 7, decisions: 2, transactions: { bytes: 100, per_decision: 10 } };
  const order = 13 + 1000;
  const [first, second, third] = [6 * (49 + 3), 30 * (49 + 5), 120 * (49 + 7)];
  expect(run(options).counts.bytes).toBe(2 * (first + 6 * order + second + third));
  expect(run({ ...options, parameters: { relays: 'order' } }).counts.bytes).toBe(2 * (first + second + third + 156 * order));
  // Each general hashes the order once.
  expect(run(options).counts.digest_bytes).toBe(2 * 7 * 1000);
});

describe('G2: every traitor set, every binary message table, both orders, against the lieutenants of the mechanism', () => {
  /** Of OM(1): traitors tell each of the others one of two things, the commander n - 1 of them, a lieutenant n - 2. */
  function* fields(nodes: number, count: number): Generator<Field> {
    for (let set = 0; set < 1 << nodes; set++) {
      const traitors = Array.from({ length: nodes }, (_, general) => (set >> general) & 1);
      if (traitors.reduce((sum, one) => sum + one, 0) !== count) continue;
      const links = traitors.flatMap((is, from) =>
        is === 0 ? [] : traitors.flatMap((_, to) => (to === from || to === 0 ? [] : [`${from} ${to}`])),
      );
      for (let table = 0; table < 1 << links.length; table++)
        for (const order of [ATTACK, 0]) {
          const told = new Map(links.map((link, at) => [link, (table >> at) & 1 ? ATTACK : 0]));
          yield { nodes, m: 1, order, traitors, tell: (path, to) => told.get(`${path.at(-1)} ${to}`) ?? 0 };
        }
    }
  }
  test.each([
    [3, 1, 2, 16],
    [4, 1, 0, 40],
    [5, 1, 0, 96],
    [6, 1, 0, 224],
    [4, 2, 72, 288],
  ])('OM(1), n = %i, %i traitors: IC1 or IC2 is violated in %i of %i', (nodes, count, violated, all) => {
    const tried = [...fields(nodes, count)];
    expect(tried).toHaveLength(all);
    expect(tried.filter(isBroken)).toHaveLength(violated);
  });

  const drawn = (nodes: number, m: number, count: number) =>
    fc
      .record({
        set: fc.shuffledSubarray(
          Array.from({ length: nodes }, (_, general) => general),
          { minLength: count, maxLength: count },
        ),
        order: fc.constantFrom(ATTACK, 0),
        seed: fc.integer(),
        values: fc.constantFrom([0, ATTACK], [0, ATTACK, ATTACK + 1]),
      })
      .map(({ set, order, seed, values }): Field => {
        const traitors = Array.from({ length: nodes }, (_, general) => (set.includes(general) ? 1 : 0));
        const tell = (path: readonly number[], to: number): number => {
          let hash = seed;
          for (const one of [...path, to]) {
            hash = Math.imul(hash ^ one, 0x9e3779b1);
            hash ^= hash >>> 15;
          }
          return values[(hash >>> 0) % values.length]!;
        };
        return { nodes, m, order, traitors, tell };
      });
  test.each([
    [7, 2, 2],
    [8, 2, 2],
    [10, 3, 3],
    [7, 2, 1],
  ])('theorem 1, OM(m) with n = %i, m = %i: no drawn adversary of %i traitors breaks IC1 or IC2', (nodes, m, count) => {
    holds(
      fc.property(drawn(nodes, m, count), (field) => !isBroken(field)),
      { numRuns: nodes === 10 ? inFull(100, 15) : inFull(2000, 200), seed: 11 },
    );
  });
  test('with 3m generals drawn ones do', () => {
    const broken = fc.sample(drawn(6, 2, 2), { numRuns: 300, seed: 3 }).filter(isBroken);
    expect(broken.length).toBeGreaterThan(5);
  });
});

describe('majority', () => {
  const of = (...values: number[]): number => majority(Int32Array.from(values), values.length);
  test('is more than half, else RETREAT, and no first or second best', () => {
    expect(of(2, 2, 3)).toBe(2);
    expect(of(3, 2, 2, 3)).toBe(0);
    expect(of(2, 3, 4)).toBe(0);
    expect(of(2, 2, 3, 4)).toBe(0);
    expect(of(0, 0, 2)).toBe(0);
    expect(of(2)).toBe(2);
    expect(majority(Int32Array.of(2, 3, 3), 1)).toBe(2);
  });
  test('a lieutenant counts what it was told itself once: counted twice, general 1 would have a tie and retreat alone', () => {
    // General 1 alone is told ATTACK; of n - 1 = 3 values it has one.
    const field: Field = { nodes: 4, m: 1, order: 0, traitors: [1, 0, 0, 0], tell: (_, to) => (to === 1 ? ATTACK : 0) };
    expect(decisions(field)).toEqual([0, 0, 0, 0]);
    // Two of three.
    expect(decisions({ ...field, tell: (_, to) => (to === 1 ? 0 : ATTACK) })).toEqual([0, ATTACK, ATTACK, ATTACK]);
  });
  test('a tie of nine generals, four told ATTACK and four RETREAT: a vote of opinions splits, OM(2) does not', () => {
    const decided = decisions({ nodes: 9, m: 2, order: 0, traitors: [1, 0, 0, 0, 0, 0, 0, 0, 0], tell: (_, to) => (to <= 4 ? ATTACK : 0) });
    expect(new Set(decided.slice(1)).size).toBe(1);
  });
});

test('paths of one commander are numbered in a row, by length', () => {
  for (const [nodes, commander] of [
    [5, 0],
    [6, 3],
  ] as const)
    // prettier-ignore
    for (const length of [1, 2, 3, 4]) {
      const found: number[] = [];
      // No general is left out.
      const walk = new PathWalk(nodes, commander, nodes);
      const visit = (number: number): void => {
        if (walk.path.length < length) {
          walk.each(number, visit);
          return;
        }
        found.push(number);
        let again = 0;
        for (let k = 1; k < length; k++) again = extended(walk.path.slice(0, k), again, walk.path[k]!, nodes);
        expect(again).toBe(number);
      };
      visit(0);
      expect(found).toEqual(Array.from({ length: pathsOf(nodes, length) }, (_, number) => number));
    }
});

const LOSSY = { ...WAN, loss: 0.05 } as NetworkSpec;
const LIES: FaultSpec['kind'][] = ['equivocate', 'wrong-vote', 'replay'];
const cells = fc.record({
  nodes: fc.integer({ min: 4, max: 13 }),
  network: fc.constantFrom<NetworkSpec>(fixed(100), WAN, LOSSY, { kind: 'normal', mean_ms: 80, sd_ms: 30, ...LINK }),
  node: fc.constantFrom(FREE, SERVER),
  placement: fc.constantFrom('worst' as const, 'worst' as const, 'random' as const),
  seed: fc.integer({ min: 0, max: 2 ** 52 }),
  relays: fc.constantFrom('digest', 'order'),
  kind: fc.constantFrom<FaultSpec['kind']>('crash', 'silent-leader', 'delay', ...LIES, ...LIES),
});

describe('faults', () => {
  test('of any kind in at most m generals: IC1, IC2, and every order of a client is carried in the end', () => {
    let retreats = 0;
    holds(
      fc.property(cells, ({ placement, kind, relays, ...cell }) => {
        const fault = { kind, placement, count: generalsOral.bound.faults(cell.nodes), ...(kind === 'delay' ? { delay_ms: 700 } : {}) };
        const outcome = run({ ...cell, decisions: 6, fault, parameters: { relays } });
        expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
        expect(outcome.observations).toMatchObject({ ic1_violations: 0, ic2_violations: 0 });
        retreats += outcome.observations!['retreats']!;
      }),
      { numRuns: inFull(300, 100), seed: 7 },
    );
    // Commanders that lie are not obeyed, and others command what clients asked of them.
    expect(retreats).toBeGreaterThan(enough(0));
  });

  test('loss of what m generals send: what is late counts as RETREAT, and the others go on', () => {
    for (const nodes of [4, 7, 10])
      for (const seed of [1, 2, 3, 4, 5]) {
        const fault = { kind: 'loss', count: generalsOral.bound.faults(nodes), loss: 0.6 } as const;
        expect(run({ nodes, seed, network: WAN, fault })).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
      }
  });

  test.each([4, 5, 6, 7, 8, 10])('past the bound, n = %i: traitors that tell each half another order split the loyal (IC1)', (nodes) => {
    const { safety, observations } = run({ nodes, fault: { kind: 'equivocate', count: generalsOral.bound.faults(nodes) + 1 } });
    expect(safety).toBe('violated');
    expect(observations!['ic1_violations']).toBeGreaterThan(0);
  });
  test('past the bound, n = 4 and 7: lieutenants that relay another order keep the loyal from obeying a loyal commander (IC2)', () => {
    for (const nodes of [4, 7]) {
      const { safety, observations } = run({ nodes, fault: { kind: 'wrong-vote', count: generalsOral.bound.faults(nodes) + 1 } });
      expect(safety).toBe('violated');
      expect(observations).toMatchObject({ ic1_violations: 0 });
      expect(observations!['ic2_violations']).toBeGreaterThan(0);
    }
  });
  test('past the bound, n = 4: two that say nothing are enough, since silence is RETREAT (IC2)', () => {
    const { safety, observations } = run({ fault: { kind: 'crash', count: 2 } });
    expect(safety).toBe('violated');
    expect(observations!['ic2_violations']).toBeGreaterThan(0);
  });
  test('n = 3 with one traitor: OM(1) fails (figures 1 and 2), and by default nobody is borne', () => {
    expect(run({ nodes: 3, parameters: { m: 1 }, fault: { kind: 'wrong-vote', count: 1 } }).safety).toBe('violated');
    expect(generalsOral.bound.faults(3)).toBe(0);
  });

  test('an order that ends as RETREAT is a decision of the null order, and the request is commanded by the next whose turn it is', () => {
    // Ten generals, traitors 0 and 9: eight loyal ones are told two orders, four each.
    const { observations, viewChanges, safety } = run({ nodes: 10, decisions: 1, fault: { kind: 'equivocate', count: 2 } });
    expect({ observations, viewChanges, safety }).toEqual({
      observations: { ic1_violations: 0, ic2_violations: 0, retreats: 1 },
      viewChanges: 1,
      safety: 'ok',
    });
  });

  test('a lieutenant that was told another order fetches the one that was decided, from m + 1 that say to have it', () => {
    const options = { decisions: 1, fault: { kind: 'equivocate', count: 1 } } as const;
    // General 3 asks generals 1 and 2; with the order in every relay it has it.
    expect(run(options).counts.messages).toBe(9 + 2 + 2);
    expect(run({ ...options, parameters: { relays: 'order' } }).counts.messages).toBe(9);
    expect(run(options)).toMatchObject({ safety: 'ok', durability: 'ok', latencies_us: [400_000] });
  });

  test.each<[string, Partial<FaultSpec>]>([
    ['the commander goes down and comes back', { kind: 'crash', nodes: [0], from_s: 1, until_s: 3 }],
    ['silent commanders in a row', { kind: 'silent-leader', count: 2, from_s: 0, until_s: 5 }],
    ['all go down and come back', { kind: 'crash', nodes: [0, 1, 2, 3, 4, 5, 6], from_s: 1.05, until_s: 2 }],
    ['a partition that heals', { kind: 'partition', count: 3, from_s: 0.5, until_s: 4 }],
    ['a partition that loses what crosses it', { kind: 'partition', count: 3, from_s: 0.5, until_s: 4, crossing: 'lose' }],
    ['late commanders', { kind: 'delay', nodes: [0, 1], delay_ms: 900, from_s: 0, until_s: 4 }],
  ])('%s: afterwards every order is carried', (_, fault) => {
    for (const seed of [1, 2, 3])
      expect(run({ nodes: 7, seed, network: WAN, node: SERVER, decisions: 12, fault })).toMatchObject({ state: 'done', liveness: 'ok' });
  });

  test('drawn schedules of crashes within the bound: IC1 and IC2 hold, and what clients were told is held by enough', () => {
    const spans = fc.array(fc.record({ node: fc.integer({ min: 0, max: 6 }), length_s: fc.double({ min: 0.2, max: 2, noNaN: true }) }), {
      minLength: 2,
      maxLength: 4,
    });
    let persists = 0;
    holds(
      fc.property(spans, fc.integer({ min: 0, max: 2 ** 40 }), (drawn, seed) => {
        // Who is down at any time of an order is faulty in it: another pair goes down when the orders of the one before are over.
        let from_s = 0.3;
        const schedule = drawn.flatMap(({ node, length_s }) => {
          const entry = { placement: 'worst' as const, from_s, until_s: from_s + length_s };
          from_s += length_s + 2;
          return [
            { kind: 'crash' as const, nodes: [node], ...entry },
            { kind: 'crash' as const, nodes: [(node + 3) % 7], ...entry },
          ];
        });
        const outcome = run({ nodes: 7, seed, network: WAN, node: SERVER, decisions: 12, fault: { kind: 'schedule', schedule } });
        expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
        persists += outcome.counts.persists!;
      }),
      { numRuns: inFull(150, 40), seed: 21 },
    );
    expect(persists).toBeGreaterThan(enough(0));
  });

  test('who comes back keeps out of an order that began without it, and answers for what it had decided before', () => {
    const lines: string[] = [];
    const fault = { kind: 'crash', nodes: [2], from_s: 0.45, until_s: 0.65 } as const;
    const { outcome } = simulate(
      generalsOral,
      { decisions: 3, fault },
      { trace: ({ at_us, node, text }) => lines.push(`${at_us / 1000} ${node} ${text}`) },
    );
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok' });
    // Order 5 begins at 500 ms while it is down; it hears the relays of 700 ms and says and decides nothing of it.
    expect(lines).toContain('700 general 2 <- general 1  RELAY    order 5.0  path 0>1  digest 4');
    const replies = lines.filter((line) => line.includes('client <- general 2  REPLY'));
    expect(replies.map((line) => line.split(' ')[0])).toEqual(['400', '1200']);
    expect(outcome.counts.persists).toBeGreaterThan(0);
  });

  test('nothing is written where nobody comes back', () => {
    expect(run({ network: WAN, node: SERVER, fault: { kind: 'crash', count: 1 } }).counts).not.toHaveProperty('persists');
  });
});

describe('rounds', () => {
  test('auto: the longest link, tries that were lost included, twice the largest upload, and work', () => {
    expect(rulesOf({}).round_us).toBe(100_000);
    expect(rulesOf({ network: fixed(0) }).round_us).toBe(1000);
    // One message in 10^9 and fewer is lost more than six times at a loss of 0.05.
    const lossy = rulesOf({ network: LOSSY }).round_us;
    expect(lossy - rulesOf({ network: WAN }).round_us).toBe(6 * 200_000);
    // 6 orders of 125 062 + 13 bytes at 1 Gbit/s.
    const bytes = 49 + 3 + 13 + 125_000;
    expect(rulesOf({ nodes: 7, network: WAN }).round_us - rulesOf({ nodes: 4, network: WAN }).round_us).toBe(
      2 * (Math.ceil((6 * bytes * 8) / 1000) - Math.ceil((3 * bytes * 8) / 1000)),
    );
    expect(rulesOf({ network: fixed(100), node: SERVER }).round_us).toBe(100_000 + (2 * 125_000 * 3) / 1000);
  });
  test('every message of a run without faults is in time, whatever the network: nothing retreats', () => {
    holds(
      fc.property(cells, ({ nodes, network, node, seed, relays }) => {
        const cell = { nodes, network, node, seed };
        const outcome = run({ ...cell, decisions: 4, parameters: { relays } });
        expect(outcome).toMatchObject({ state: 'done', safety: 'ok' });
        const messages = 4 * messagesOf(cell.nodes, rulesOf(cell).m);
        if (cell.network === LOSSY) expect(outcome.counts.messages).toBeGreaterThanOrEqual(messages);
        else expect(outcome.counts.messages).toBe(messages);
        expect(outcome.observations).toEqual({ ic1_violations: 0, ic2_violations: 0, retreats: 0 });
      }),
      { numRuns: inFull(200, 60), seed: 9 },
    );
  });
  test('shorter than the links they break safety: who obeys a clock alone is not safe without synchrony', () => {
    const { safety, observations } = run({ network: fixed(100), parameters: { round_ms: 99 }, decisions: 3 });
    expect(safety).toBe('violated');
    expect(observations!['ic2_violations']).toBeGreaterThan(0);
    expect(run({ network: fixed(100), parameters: { round_ms: 100 }, decisions: 3 }).safety).toBe('ok');
  });
  test('a general that is cut off retreats alone: a partition lies outside the bound, and only the orders in it are broken', () => {
    const { safety, observations, liveness } = run({ fault: { kind: 'partition', count: 1, from_s: 0.5, until_s: 2 }, decisions: 20 });
    expect({ safety, liveness }).toEqual({ safety: 'violated', liveness: 'ok' });
    expect(observations!['ic2_violations']).toBeGreaterThan(0);
    expect(observations!['ic2_violations']).toBeLessThan(10);
  });
  test('a client accepts what m + 1 generals report', () => {
    expect(rulesOf({ nodes: 4 }).replies).toBe(2);
    expect(rulesOf({ nodes: 10 }).replies).toBe(3);
    expect(rulesOf({ nodes: 10, parameters: { m: 3 } }).replies).toBe(4);
    // With m above a third of the generals no more are borne.
    expect(rulesOf({ nodes: 5, parameters: { m: 3 } }).replies).toBe(2);
  });
});

describe('stalls', () => {
  test('fewer generals than replies that a client waits for: it says so', () => {
    const outcome = run({ nodes: 4, fault: { kind: 'crash', count: 3 } });
    expect(outcome).toMatchObject({ state: 'stalled', liveness: 'violated' });
    expect(outcome.reason).toContain('1 of 4 generals are left for good, fewer than the 2 whose replies a client waits for');
  });
  test('ten silent commanders in a row: generals are said to stand still, long before the horizon', () => {
    const outcome = run({ nodes: 30, fault: { kind: 'silent-leader', count: 22 } });
    expect(outcome).toMatchObject({ state: 'stalled', liveness: 'violated' });
    expect(outcome.reason).toContain('10 view changes in a row brought none');
    // Eight commanders in a row are borne.
    expect(run({ nodes: 30, fault: { kind: 'silent-leader', count: 8 }, decisions: 2 })).toMatchObject({ state: 'done', liveness: 'ok' });
  });
});

describe('what a plan refuses', () => {
  const plan = (entry: EntryData, nodes: number) => () => suiteOf({ name: 'x', sweep: { nodes }, workloads: { 'generals-oral': entry } });
  test('m of more than n - 2', () => {
    expect(plan({ m: 3 }, 4)).toThrow(
      'm: received 3; accepted: an integer from 0 to 2, like 1: with fewer than m + 2 generals there is nothing to solve',
    );
    expect(plan({ m: 2 }, 4)).not.toThrow();
  });
  test('more than 10^7 messages', () => {
    expect(plan({ decisions: 10 }, 218)).toThrow(
      'm: received "auto" (the default); accepted: an m of at most 1 with 218 generals: an order takes 10124569 messages, and 10000000 is the most',
    );
    expect(plan({ decisions: 10 }, 217)).not.toThrow();
    expect(plan({ m: 1, decisions: 10 }, 218)).not.toThrow();
    expect(plan({ decisions: 100 }, 217)).toThrow(/\d{9} events expected on messages, budget 200000000/);
  });
  test('any load but one order after another', () => {
    expect(plan({ load: { kind: 'open', rate_tps: 100 } }, 4)).toThrow('load');
  });
  test('events that are expected are near those that come', () => {
    for (const [nodes, decisions] of [
      [4, 40],
      [16, 10],
      [31, 3],
    ] as const) {
      // prettier-ignore
      const options = { nodes, decisions, network: WAN };
      const expected = generalsOral.expectedEvents!({ ...makeCell(generalsOral, options), parameters: generalsOral.parameters.parse({}) });
      expect(run(options).events / expected).toBeGreaterThan(0.8);
      expect(run(options).events / expected).toBeLessThan(1.2);
    }
  });
});

describe('transcripts', () => {
  const transcript = (options: CellOptions): string =>
    transcriptOf((trace) => simulate(generalsOral, options, { trace }), {
      name_chars: 9,
      // One clock for all.
      shows: (line) => (line.text === 'timer round expires' ? { node: '---------', text: 'a round begins' } : line),
      once: true,
    });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('one order of four generals', async () => {
    await expect(transcript({ decisions: 1 })).toMatchFileSnapshot('../../golden/generals-oral-normal-case.txt');
  });
  test('a silent commander', async () => {
    await expect(transcript({ decisions: 1, fault: { kind: 'silent-leader', count: 1 } })).toMatchFileSnapshot(
      '../../golden/generals-oral-leader-failure.txt',
    );
  });
  test('a traitor commands', async () => {
    await expect(transcript({ decisions: 1, fault: { kind: 'equivocate', count: 1 } })).toMatchFileSnapshot(
      '../../golden/generals-oral-equivocation.txt',
    );
  });
});
