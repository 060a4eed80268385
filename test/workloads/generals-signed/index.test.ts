// SM(m): L. Lamport, R. Shostak, M. Pease, "The Byzantine Generals Problem", TOPLAS 1982, section 4. Counts against closed forms, the rules
// against drawn adversaries, faults within and past the bound, and signatures that are really made and checked.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKernels } from '../../../harness/kernels/index.ts';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import type { FaultSpec } from '../../../harness/model/fault.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { simulateCell, setupOf } from '../../../harness/simulate/core/simulate.ts';
import { suiteOf } from '../../../harness/suite/load.ts';
import type { EntryData } from '../../../harness/suite/types.ts';
import generalsOral from '../../../workloads/generals-oral/index.ts';
import generalsSigned from '../../../workloads/generals-signed/index.ts';
import { SignedLieutenant, signaturesOf, signedOrder, type SignedOrder } from '../../../workloads/generals-signed/lieutenant.ts';
import { signedRules } from '../../../workloads/generals-signed/mechanism.ts';
import type { GeneralsParameters } from '../../../workloads/parts/generals-rules.ts';
import { altered } from '../../../harness/simulate/messages/byzantine.ts';
import { OperationLog } from '../../../harness/simulate/core/operations.ts';
import { FREE, LINK, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';
import { ATTACK, LATER, isBroken, type Field } from './field.ts';
import { transcriptOf } from '../../support/transcript.ts';

const run = (options: CellOptions) => simulate(generalsSigned, options).outcome;
const rulesOf = (options: CellOptions) =>
  signedRules(setupOf(makeCell(generalsSigned, options), generalsSigned, { kernels: simulationKernels }) as Setup<GeneralsParameters>);

/** Messages of an order between generals, by its name. */
function messagesByOrder(options: CellOptions): Map<string, number> {
  const counts = new Map<string, number>();
  simulate(generalsSigned, options, {
    trace: ({ text }) => {
      const name = /(?:ORDER|RELAY) +order (\S+)/.exec(text)?.[1];
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  });
  return counts;
}

describe('G3: messages of SM(m)', () => {
  const each = [4, 5, 6, 7, 8, 9, 10];
  test.each(each)('n = %i, a loyal commander: (n-1)^2, whatever m is', (nodes) => {
    for (let m = 1; m <= nodes - 2; m++) {
      const { counts, state, safety, observations } = run({ nodes, parameters: { m }, decisions: 2 });
      expect({ state, safety, messages: counts.messages }).toEqual({
        state: 'done',
        safety: 'ok',
        messages: 2 * (nodes - 1) * (nodes - 1),
      });
      expect(observations).toEqual({ ic1_violations: 0, ic2_violations: 0, retreats: 0 });
      // The commander, each lieutenant that relays, and all that reply sign; each lieutenant checks what it did not know.
      expect(counts).toMatchObject({ signs: 2 * (2 * nodes), verifies: 2 * (nodes - 1), verifies_single: 2 * (nodes - 1) });
    }
  });
  const twoOrders = [12, 24, 40, 60, 84, 112, 144];
  test.each(each.map((nodes, at) => [nodes, twoOrders[at]!] as const))(
    'n = %i, a traitor commands two orders, half and half: (n-1)^2 with m = 1, (n-1) + (n-1)(n-2) + (n-1)(n-3) = %i with more',
    (nodes, messages) => {
      for (let m = 1; m <= Math.min(4, nodes - 2); m++) {
        const counts = messagesByOrder({ nodes, parameters: { m }, decisions: 1, fault: { kind: 'equivocate', count: 1 } });
        expect(counts.get('1.0')).toBe(m === 1 ? (nodes - 1) * (nodes - 1) : messages);
        expect(messages).toBe(nodes - 1 + (nodes - 1) * (nodes - 2) + (nodes - 1) * (nodes - 3));
      }
    },
  );
  test('n = 3 with one traitor: four messages solve it with signatures, and oral ones do not', () => {
    for (const kind of ['equivocate', 'wrong-vote', 'bad-signature', 'replay'] as const)
      for (const nodes of [[0], [1], [2]])
        if (kind !== 'equivocate' || nodes[0] === 0)
          expect(run({ nodes: 3, parameters: { m: 1 }, fault: { kind, nodes } })).toMatchObject({
            state: 'done',
            safety: 'ok',
            liveness: 'ok',
          });
    expect(run({ nodes: 3, parameters: { m: 1 }, decisions: 5 }).counts.messages).toBe(5 * 4);
    const oral = simulate(generalsOral, { nodes: 3, parameters: { m: 1 }, fault: { kind: 'wrong-vote', nodes: [2] } });
    expect(oral.outcome.safety).toBe('violated');
  });
  test('m = 0: the commander tells n - 1, and nobody waits for more', () => {
    expect(run({ nodes: 5, parameters: { m: 0 }, decisions: 1 })).toMatchObject({ counts: { messages: 4 }, latencies_us: [300_000] });
  });
});

test('m + 1 rounds: a decision takes m + 3 delays, the request and the reply among them', () => {
  for (const m of [0, 1, 2, 5]) expect(new Set(run({ nodes: 8, parameters: { m } }).latencies_us)).toEqual(new Set([(m + 3) * 100_000]));
});

test('bytes: a header of 49, a byte that says how many have signed, 66 for each of them, and the order in every message', () => {
  const options = { nodes: 5, decisions: 2, transactions: { bytes: 100, per_decision: 10 } };
  const order = 13 + 1000;
  expect(run(options).counts.bytes).toBe(2 * (4 * (50 + 66 + order) + 12 * (50 + 2 * 66 + order)));
  // Each general hashes it once.
  expect(run(options).counts.digest_bytes).toBe(2 * 5 * 1000);
});

describe('theorem 2: against the lieutenants of the mechanism, traitors that show what they can sign to whom they like', () => {
  const drawn = (most: number) =>
    fc
      .record({
        nodes: fc.integer({ min: 3, max: 6 }),
        m: fc.integer({ min: 1, max: 4 }),
        count: fc.integer({ min: 1, max: 5 }),
        order: fc.constantFrom(ATTACK, 0),
        seed: fc.integer(),
        often: fc.constantFrom(5, 20, 50),
        commands: fc.boolean(),
      })
      .filter(({ nodes, m, count }) => m <= nodes - 2 && count <= Math.min(m + most, nodes - 2))
      .map(({ nodes, m, count, order, seed, often, commands }): Field => {
        const first = commands ? 0 : 1;
        const traitors = Array.from({ length: nodes }, (_, general) => (general >= first && general < first + count ? 1 : 0));
        const shows = ({ path, digest }: SignedOrder, to: number, round: number): boolean => {
          let hash = seed;
          for (const one of [...path, digest, to, round]) {
            hash = Math.imul(hash ^ (one + 1), 0x9e3779b1);
            hash ^= hash >>> 15;
          }
          return (hash >>> 0) % 100 < often;
        };
        return { nodes, m, order, traitors, shows };
      });
  test('at most m of them break neither IC1 nor IC2, however many of n they are', () => {
    holds(
      fc.property(drawn(0), (field) => !isBroken(field)),
      { numRuns: inFull(3000, 500), seed: 5 },
    );
  });
  test('m + 1 of them do: what they show in the last round nobody can pass on', () => {
    const beyond = fc.sample(drawn(1), { numRuns: 1500, seed: 8 });
    const count = ({ traitors }: Field) => traitors.reduce((sum, one) => sum + one, 0);
    const broken = beyond.filter(isBroken);
    expect(broken.length).toBeGreaterThan(20);
    for (const field of broken) expect(count(field)).toBe(field.m + 1);
  });
});

describe('a lieutenant', () => {
  const rules = { m: 2, node: FREE, message_bytes: () => 0 };
  const order = { round: 1, commander: 0 };
  const chain = (digest: number, ...signers: readonly number[]): SignedOrder => {
    let last: SignedOrder | null = null;
    for (const signer of signers) last = signedOrder(rules, { round: 1, signer, digest, previous: last });
    return last!;
  };
  const stand = () => {
    const log = new OperationLog(null);
    const lieutenant = new SignedLieutenant(5, order, rules);
    return { log, lieutenant, end: (round: number) => lieutenant.endOf(round, { log, hash: () => {}, accept: () => {}, works: () => {} }) };
  };
  test('relays what it did not know, signed, and ignores what it knows without a check', () => {
    const { log, lieutenant, end } = stand();
    lieutenant.hear(chain(ATTACK, 0));
    expect(end(1).map(({ path }) => path)).toEqual([[0, 5]]);
    for (const signer of [1, 2, 3]) lieutenant.hear(chain(ATTACK, 0, signer));
    expect(end(2)).toEqual([]);
    expect(log).toMatchObject({ signs: 1, verifies: 1 });
    expect(lieutenant.choice()).toBe(ATTACK);
  });
  test('checks every signature of a chain, relays no further than m lieutenants, and obeys no two orders', () => {
    const { log, lieutenant, end } = stand();
    lieutenant.hear(chain(ATTACK, 0, 1, 2));
    expect(end(1)).toEqual([]);
    expect(end(2)).toEqual([]);
    // Three have signed, and round 3 is the last one.
    expect(end(3)).toEqual([]);
    expect(log).toMatchObject({ signs: 0, verifies: 3 });
    expect(lieutenant.choice()).toBe(ATTACK);
    const two = stand();
    two.lieutenant.hear(chain(ATTACK, 0));
    two.lieutenant.hear(chain(LATER, 0, 3));
    two.end(1);
    expect(two.end(2).map(({ path }) => path)).toEqual([[0, 3, 5]]);
    expect(two.lieutenant.choice()).toBe(0);
    expect(stand().lieutenant.choice()).toBe(0);
  });
  test('takes no chain with a bad signature in it, of two orders, or with a general in it twice', () => {
    const { log, lieutenant, end } = stand();
    const good = chain(ATTACK, 0, 1);
    lieutenant.hear(altered(good, { valid: false }));
    lieutenant.hear(signedOrder(rules, { round: 1, signer: 2, digest: ATTACK, previous: altered(chain(ATTACK, 0), { valid: false }) }));
    end(1);
    expect(end(2)).toEqual([]);
    expect(log.verifies).toBe(4);
    lieutenant.hear(altered(chain(LATER, 0, 3), { digest: ATTACK }));
    lieutenant.hear(chain(ATTACK, 0, 1, 1));
    lieutenant.hear(altered(chain(ATTACK, 0, 1, 3), { path: [0, 2, 3] }));
    expect(end(3)).toEqual([]);
    expect(log.verifies).toBe(4);
    expect(lieutenant.choice()).toBe(0);
    expect(signaturesOf(good)).toHaveLength(2);
  });
  test('hears two things of an order from anybody, and no third one', () => {
    const { log, lieutenant, end } = stand();
    for (const digest of [ATTACK, LATER, 4, 5]) lieutenant.hear(altered(chain(digest, 0, 1), { valid: false }));
    end(1);
    end(2);
    expect(log.verifies).toBe(4);
  });
});

const LIES: FaultSpec['kind'][] = ['equivocate', 'wrong-vote', 'bad-signature', 'replay'];
const LOSSY = { ...WAN, loss: 0.05 } as NetworkSpec;
const cells = fc.record({
  nodes: fc.integer({ min: 4, max: 13 }),
  network: fc.constantFrom<NetworkSpec>(fixed(100), WAN, LOSSY, { kind: 'normal', mean_ms: 80, sd_ms: 30, ...LINK }),
  node: fc.constantFrom(FREE, SERVER),
  placement: fc.constantFrom('worst' as const, 'worst' as const, 'random' as const),
  seed: fc.integer({ min: 0, max: 2 ** 52 }),
  kind: fc.constantFrom<FaultSpec['kind']>('crash', 'silent-leader', 'delay', ...LIES, ...LIES),
});

describe('faults', () => {
  test('of any kind in at most m generals: IC1, IC2, and every order of a client is carried in the end', () => {
    let retreats = 0;
    holds(
      fc.property(cells, fc.integer({ min: 0, max: 2 }), ({ placement, kind, ...cell }, more) => {
        // As many as leave a client f + 1 loyal generals that tell it.
        const m = Math.min(generalsSigned.bound.faults(cell.nodes) + more, Math.floor((cell.nodes - 1) / 2));
        const fault = { kind, placement, count: m, ...(kind === 'delay' ? { delay_ms: 900 } : {}) };
        const outcome = run({ ...cell, decisions: 5, fault, parameters: { m } });
        expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
        expect(outcome.observations).toMatchObject({ ic1_violations: 0, ic2_violations: 0 });
        retreats += outcome.observations!['retreats']!;
      }),
      { numRuns: inFull(300, 100), seed: 17 },
    );
    expect(retreats).toBeGreaterThan(enough(0));
  });
  test('more than half are traitors: IC1 and IC2 hold all the same (m = n - 2)', () => {
    for (const nodes of [4, 5, 6, 7])
      for (const kind of LIES) {
        const { safety, observations } = run({
          nodes,
          decisions: 3,
          parameters: { m: nodes - 2 },
          fault: { kind, count: nodes - 2 },
          horizon_s: 60,
        });
        expect(safety).toBe('ok');
        expect(observations).toMatchObject({ ic1_violations: 0, ic2_violations: 0 });
      }
  });
  test.each([4, 5, 7, 8, 10])('past the bound, n = %i: m + 1 traitors keep an order back until nobody can pass it on (IC1)', (nodes) => {
    const { safety, observations } = run({ nodes, fault: { kind: 'equivocate', count: generalsSigned.bound.faults(nodes) + 1 } });
    expect(safety).toBe('violated');
    expect(observations!['ic1_violations']).toBeGreaterThan(0);
  });
  test('no number of others keeps the loyal from a loyal commander: past the bound too (IC2)', () => {
    for (const kind of ['crash', 'wrong-vote', 'bad-signature', 'replay'] as const)
      expect(run({ nodes: 7, decisions: 3, fault: { kind, nodes: [2, 3, 4] }, horizon_s: 60 }).safety).toBe('ok');
  });
  test('chains with a bad signature are checked and thrown away', () => {
    const good = run({ nodes: 4, decisions: 3 });
    const outcome = run({ nodes: 4, decisions: 3, fault: { kind: 'bad-signature', nodes: [0] } });
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok', viewChanges: 1 });
    // Until another one commands nobody relays anything; what general 0 relays then is known, and not looked at.
    expect(outcome.counts.verifies).toBeGreaterThan(good.counts.verifies!);
    expect(outcome.observations).toMatchObject({ ic1_violations: 0 });
  });
  test('an order of a traitor that commands two is a decision of the null order, and another general commands', () => {
    const { observations, viewChanges, counts } = run({ nodes: 4, decisions: 1, fault: { kind: 'equivocate', count: 1 } });
    expect({ observations, viewChanges }).toEqual({ observations: { ic1_violations: 0, ic2_violations: 0, retreats: 1 }, viewChanges: 1 });
    expect(counts.messages).toBe(9 + 9);
  });
  test.each<[string, Partial<FaultSpec>]>([
    ['the commander goes down and comes back', { kind: 'crash', nodes: [0], from_s: 1, until_s: 3 }],
    ['silent commanders in a row', { kind: 'silent-leader', count: 2, from_s: 0, until_s: 5 }],
    ['all go down and come back', { kind: 'crash', nodes: [0, 1, 2, 3, 4, 5, 6], from_s: 1.05, until_s: 2 }],
    ['a partition that heals', { kind: 'partition', count: 3, from_s: 0.5, until_s: 4 }],
    ['a partition that loses what crosses it', { kind: 'partition', count: 3, from_s: 0.5, until_s: 4, crossing: 'lose' }],
    ['lost and late messages', { kind: 'loss', nodes: [0, 1], loss: 0.8, from_s: 0, until_s: 4 }],
  ])('%s: afterwards every order is carried', (_, fault) => {
    for (const seed of [1, 2, 3])
      expect(run({ nodes: 7, seed, network: WAN, node: SERVER, decisions: 12, fault })).toMatchObject({ state: 'done', liveness: 'ok' });
  });
  test('crashes that end, within the bound: IC1 and IC2 hold, and what clients were told is held by all loyal generals', () => {
    let persists = 0;
    holds(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 4 }),
        fc.integer({ min: 0, max: 2 ** 40 }),
        (nodes, seed) => {
          // Who is down at any time of an order is faulty in it: the next one goes down when the orders of the one before are over.
          const schedule = nodes.flatMap((node, at) => {
            const span = { placement: 'worst' as const, from_s: 0.4 + 3.2 * at, until_s: 1.6 + 3.2 * at };
            return [
              { kind: 'crash' as const, nodes: [node], ...span },
              { kind: 'silent-leader' as const, nodes: [(node + 2) % 7], ...span },
            ];
          });
          const outcome = run({ nodes: 7, seed, network: WAN, node: SERVER, decisions: 12, fault: { kind: 'schedule', schedule } });
          expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
          persists += outcome.counts.persists!;
        },
      ),
      { numRuns: inFull(120, 30), seed: 23 },
    );
    expect(persists).toBeGreaterThan(enough(0));
  });
  test('a client needs f + 1 loyal generals that tell it: with fewer than 2f + 1 generals f silent ones keep it waiting', () => {
    const outcome = run({ nodes: 4, parameters: { m: 2 }, fault: { kind: 'crash', count: 2 } });
    expect(outcome).toMatchObject({ state: 'stalled', safety: 'ok', liveness: 'violated' });
    expect(outcome.reason).toContain('2 of 4 generals are left for good, fewer than the 3 whose replies a client waits for');
  });
});

describe('rounds', () => {
  test('every message of a run without faults is in time, whatever the network: nothing retreats', () => {
    holds(
      fc.property(cells, ({ nodes, network, node, seed }) => {
        const outcome = run({ nodes, network, node, seed, decisions: 4 });
        expect(outcome).toMatchObject({ state: 'done', safety: 'ok' });
        expect(outcome.observations).toEqual({ ic1_violations: 0, ic2_violations: 0, retreats: 0 });
      }),
      { numRuns: inFull(200, 60), seed: 9 },
    );
  });
  test('shorter than the links they break safety', () => {
    expect(run({ network: fixed(100), parameters: { round_ms: 99 }, decisions: 2 }).safety).toBe('violated');
  });
  test('work between rounds is in them: a traitor can have each of m lieutenants check two bad chains', () => {
    expect(rulesOf({ node: SERVER }).round_us).toBe(100_000 + (125_000 * 3 * 4 + 4 * 2 * 40_000 + 3 * 35_000) / 1000);
  });
});

test('what a plan refuses', () => {
  const plan = (entry: EntryData, nodes: number) => () => suiteOf({ name: 'x', sweep: { nodes }, workloads: { 'generals-signed': entry } });
  expect(plan({ m: 3 }, 4)).toThrow('m: received 3; accepted: an integer from 0 to 2');
  expect(plan({ m: 1, decisions: 10 }, 3000)).not.toThrow();
  expect(plan({ decisions: 5 }, 2500)).toThrow(
    'an m of at most 1 with 2500 generals: an order takes 12485004 messages, and 10000000 is the most',
  );
  for (const [nodes, decisions] of [
    [4, 40],
    [40, 5],
  ] as const) {
    // prettier-ignore
    const options = { nodes, decisions, network: WAN };
    const expected = generalsSigned.expectedEvents!({
      ...makeCell(generalsSigned, options),
      parameters: generalsSigned.parameters.parse({}),
    });
    expect(run(options).events / expected).toBeGreaterThan(0.8);
    expect(run(options).events / expected).toBeLessThan(1.2);
  }
});

test('measured: chains are really signed and checked, every signature of them', () => {
  const kernels = createKernels('wasm');
  const fault = { kind: 'equivocate', count: 1 } as const;
  const cell = makeCell(generalsSigned, {
    crypto: 'measured',
    nodes: 5,
    decisions: 1,
    fault,
    transactions: { bytes: 20, per_decision: 5 },
  });
  const { outcome } = simulateCell(cell, generalsSigned, { engine: 'auto', kernels });
  const checks = outcome.operations!.flat().filter((operation) => operation.kind === 'verify');
  // Of the two orders one comes with the commander's signature, the other with that of a lieutenant beside it.
  const [alone, chains] = [checks.filter(({ items }) => items.length === 1), checks.filter(({ items }) => items.length === 2)];
  expect(chains.length).toBe(4);
  expect(alone.length).toBe(4 + 4);
  for (const { items } of chains) {
    expect(items[1]!.signer).toBe(0);
    expect(items[0]!.signer).not.toBe(0);
    // Header, then the path: 49 bytes and two a general.
    expect(items.map(({ message }) => message.length)).toEqual([49 + 4, 49 + 2]);
  }
});

describe('transcripts', () => {
  const transcript = (options: CellOptions): string =>
    transcriptOf((trace) => simulate(generalsSigned, options, { trace }), {
      name_chars: 9,
      // One clock for all.
      shows: (line) => (line.text === 'timer round expires' ? { node: '---------', text: 'a round begins' } : line),
      once: true,
    });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('one order of four generals', async () => {
    await expect(transcript({ decisions: 1 })).toMatchFileSnapshot('../../golden/generals-signed-normal-case.txt');
  });
  test('a silent commander', async () => {
    await expect(transcript({ decisions: 1, fault: { kind: 'silent-leader', count: 1 } })).toMatchFileSnapshot(
      '../../golden/generals-signed-leader-failure.txt',
    );
  });
  test('past the bound two traitors keep an order back', async () => {
    await expect(transcript({ decisions: 1, nodes: 5, fault: { kind: 'equivocate', count: 2 } })).toMatchFileSnapshot(
      '../../golden/generals-signed-equivocation.txt',
    );
  });
});
