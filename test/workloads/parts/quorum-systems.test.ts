import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitSet } from '../../../harness/simulate/core/bit-set.ts';
import {
  SliceSystem,
  byzantine,
  hasSlice,
  majority,
  meetsAllSlices,
  uniqueNodeList,
  weightedByzantine,
  type QuorumSystem,
  type SliceSet,
} from '../../../workloads/parts/quorum-systems.ts';
import { enough, holds } from '../../support/property.ts';

const membersOf = (bits: number): number[] => Array.from({ length: 31 }, (_, member) => member).filter((member) => (bits >> member) & 1);
const setOf = (bits: number): BitSet => BitSet.of(membersOf(bits));
const sizeOf = (bits: number): number => membersOf(bits).length;
const allSets = (members: number): number[] => Array.from({ length: 1 << members }, (_, bits) => bits);

/** Slices drawn for small n: one level of inner sets, thresholds that can be met. */
const sliceSystems = fc.integer({ min: 1, max: 6 }).chain((nodes) => {
  const subset = fc.subarray(Array.from({ length: nodes }, (_, node) => node));
  const flat = subset.chain((members) =>
    fc.integer({ min: 1, max: Math.max(1, members.length) }).map((threshold) => ({ threshold, members })),
  );
  const filled = flat.filter(({ members }) => members.length > 0);
  const nested = fc.tuple(flat, fc.array(filled, { maxLength: 2 }), fc.nat()).map(([{ members }, inner, any]): SliceSet => {
    const entries = members.length + inner.length;
    return entries === 0 ? { threshold: 1, members: [0] } : { threshold: 1 + (any % entries), members, inner };
  });
  return fc.array(nested, { minLength: nodes, maxLength: nodes }).map((slices) => new SliceSystem(slices));
});

/** All slices of a set, one by one, as bits: what thresholds stand for. */
function slicesOf({ threshold, members, inner = [] }: SliceSet): number[] {
  const entries = [...members.map((member) => [1 << member]), ...inner.map(slicesOf)];
  const slices: number[] = [];
  for (const chosen of allSets(entries.length)) {
    if (sizeOf(chosen) !== threshold) continue;
    let made = [0];
    for (const entry of membersOf(chosen)) made = made.flatMap((bits) => entries[entry]!.map((more) => bits | more));
    slices.push(...made);
  }
  return slices;
}

/** The quorums by their definition. */
function quorumsOf({ slices }: SliceSystem): number[] {
  const perNode = slices.map((set, node) => slicesOf(set).map((slice) => slice | (1 << node)));
  const isQuorum = (bits: number): boolean => membersOf(bits).every((node) => perNode[node]!.some((slice) => (slice & ~bits) === 0));
  return allSets(slices.length).filter((bits) => bits !== 0 && isQuorum(bits));
}

describe('majority', () => {
  test('two quorums share a member, one member less is none, and what blocks meets every quorum: n up to 8', () => {
    for (let members = 1; members <= 8; members++) {
      const system = majority(members);
      const quorums = allSets(members).filter((bits) => system.isQuorum(setOf(bits)));
      expect(Math.min(...quorums.map(sizeOf))).toBe(Math.floor(members / 2) + 1);
      for (const one of quorums) for (const other of quorums) expect(one & other).not.toBe(0);
      for (const bits of allSets(members)) expect(system.isBlocking(setOf(bits))).toBe(quorums.every((quorum) => (quorum & bits) !== 0));
    }
  });
});

describe('Byzantine quorums', () => {
  test('two quorums share a member that is correct, whichever f are not; n - f correct members are a quorum: n up to 8', () => {
    for (let members = 1; members <= 8; members++) {
      const system = byzantine(members);
      const bound = Math.floor((members - 1) / 3);
      const quorums = allSets(members).filter((bits) => system.isQuorum(setOf(bits)));
      for (const faulty of allSets(members).filter((bits) => sizeOf(bits) === bound)) {
        expect(system.isQuorum(setOf(((1 << members) - 1) & ~faulty))).toBe(true);
        for (const one of quorums) for (const other of quorums) if ((one & other & ~faulty) === 0) expect.fail(`n = ${members}`);
      }
      for (const bits of allSets(members)) expect(system.isBlocking(setOf(bits))).toBe(quorums.every((quorum) => (quorum & bits) !== 0));
    }
  });

  test('by weight: the same wherever Byzantine members hold at most the bound', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 }).filter((list) => list.some((one) => one > 0));
    holds(
      fc.property(weights, (list) => {
        const system = weightedByzantine(list);
        const weigh = (bits: number): number => membersOf(bits).reduce((sum, member) => sum + list[member]!, 0);
        const bound = Math.floor((system.total - 1) / 3);
        const sets = allSets(list.length);
        const quorums = sets.filter((bits) => system.isQuorum(setOf(bits)));
        for (const faulty of sets.filter((bits) => weigh(bits) <= bound)) {
          expect(quorums).toContain(((1 << list.length) - 1) & ~faulty);
          for (const one of quorums) for (const other of quorums) if ((one & other & ~faulty) === 0) expect.fail(list.join());
        }
        for (const bits of sets) expect(system.isBlocking(setOf(bits))).toBe(quorums.every((quorum) => (quorum & bits) !== 0));
      }),
      { numRuns: 60, seed: 20261128 },
    );
  });

  test('equal weights give the quorums of heads; one member that holds two thirds decides alone', () => {
    for (const members of [1, 4, 5, 6, 7, 10, 15])
      expect(weightedByzantine(new Array<number>(members).fill(1)).quorum).toBe(byzantine(members).quorum);
    const heavy = weightedByzantine([8, 1, 1, 1]);
    expect([heavy.isQuorum(setOf(0b0001)), heavy.isQuorum(setOf(0b1110))]).toEqual([true, false]);
    expect(heavy.isBlocking(setOf(0b0001))).toBe(true);
  });
});

describe('lists of trusted nodes', () => {
  test('80% of the list, rounded up; others count nothing', () => {
    for (const [size, quorum] of [
      [1, 1],
      [4, 4],
      [5, 4],
      [6, 5],
      [10, 8],
      [28, 23],
      [35, 28],
    ] as const)
      expect(
        uniqueNodeList(
          40,
          Array.from({ length: size }, (_, member) => member),
        ).quorum,
      ).toBe(quorum);
    const system = uniqueNodeList(8, [0, 2, 4, 6, 7]);
    expect(system.isQuorum(BitSet.of([0, 2, 4, 6]))).toBe(true);
    expect(system.isQuorum(BitSet.of([0, 1, 2, 3, 4, 5]))).toBe(false);
    expect([system.isBlocking(BitSet.of([0, 2])), system.isBlocking(BitSet.of([0, 1, 3, 5]))]).toEqual([true, false]);
  });
});

describe('slices', () => {
  test('3 of 4: one is no slice and blocks nothing, two block, three are a slice', () => {
    const set = { threshold: 3, members: [0, 1, 2, 3] };
    const found = [[0], [0, 2], [0, 2, 3]].map((who) => [hasSlice(set, BitSet.of(who)), meetsAllSlices(set, BitSet.of(who))]);
    expect(found).toEqual([
      [false, false],
      [false, true],
      [true, true],
    ]);
  });

  test('the example of draft-mazieres-dinrg-scp: the quorums are {2, 3, 4} and {1, 2, 3, 4}', () => {
    const all = (members: number[]): SliceSet => ({ threshold: members.length, members });
    const system = new SliceSystem([all([0, 1, 2]), all([1, 2, 3]), all([1, 2, 3]), all([1, 2, 3])]);
    expect(quorumsOf(system)).toEqual([0b1110, 0b1111]);
    const decide = (node: number): number[] => allSets(4).filter((bits) => system.of(node).isQuorum(setOf(bits)));
    expect(decide(0)).toEqual([0b1111]);
    expect(decide(3)).toEqual([0b1110, 0b1111]);
  });

  test('five organisations of three, 4 of 5 and 2 of 3 inside: 8 nodes are the smallest quorum and 4 the smallest blocking set', () => {
    const inner = Array.from({ length: 5 }, (_, at) => ({ threshold: 2, members: [3 * at, 3 * at + 1, 3 * at + 2] }));
    const system = new SliceSystem(Array.from({ length: 15 }, () => ({ threshold: 4, members: [], inner }))).of(0);
    const sizes = (holdsIn: (who: BitSet) => boolean): number =>
      Math.min(
        ...allSets(15)
          .filter((bits) => holdsIn(setOf(bits)))
          .map(sizeOf),
      );
    expect(sizes((who) => system.isQuorum(who))).toBe(8);
    expect(sizes((who) => !who.has(0) && system.isBlocking(who))).toBe(4);
  });

  test('quorums and v-blocking sets are those of their definitions', () => {
    let quorate = 0;
    holds(
      fc.property(sliceSystems, (system) => {
        const quorums = quorumsOf(system);
        quorate += quorums.length;
        for (let node = 0; node < system.members; node++) {
          const view = system.of(node);
          const slices = slicesOf(system.slices[node]!).map((slice) => slice | (1 << node));
          for (const bits of allSets(system.members)) {
            expect(view.isQuorum(setOf(bits))).toBe(quorums.some((quorum) => (quorum >> node) & 1 && (quorum & ~bits) === 0));
            expect(view.isBlocking(setOf(bits))).toBe(slices.every((slice) => (slice & bits) !== 0));
          }
        }
      }),
      { numRuns: 60, seed: 20261129 },
    );
    expect(quorate).toBeGreaterThan(enough(100));
  });

  test('the nodes outside a set are a quorum exactly where it blocks none of them (Mazieres 2015, section 4.2)', () => {
    holds(
      fc.property(sliceSystems, (system) => {
        const quorums = quorumsOf(system);
        const everybody = (1 << system.members) - 1;
        for (const bits of allSets(system.members)) {
          const others = everybody & ~bits;
          if (others === 0) continue;
          const blocked = membersOf(others).some((node) => system.of(node).isBlocking(setOf(bits)));
          expect(quorums.includes(others)).toBe(!blocked);
        }
      }),
      { numRuns: 60, seed: 20261130 },
    );
  });

  test('a node has a quorum that avoids a set exactly where blocking does not spread to it', () => {
    holds(
      fc.property(sliceSystems, (system) => {
        const quorums = quorumsOf(system);
        for (const bits of allSets(system.members)) {
          let stopped = bits;
          for (let before = -1; before !== stopped;) {
            before = stopped;
            for (let node = 0; node < system.members; node++) if (system.of(node).isBlocking(setOf(stopped))) stopped |= 1 << node;
          }
          for (let node = 0; node < system.members; node++)
            expect(quorums.some((quorum) => (quorum >> node) & 1 && (quorum & bits) === 0)).toBe(((stopped >> node) & 1) === 0);
        }
      }),
      { numRuns: 60, seed: 20261131 },
    );
  });
});

test('a tally says after each vote what the system says of all that came', () => {
  const sizes = fc.integer({ min: 1, max: 40 });
  const systems: fc.Arbitrary<QuorumSystem> = fc.oneof(
    sizes.map(majority),
    sizes.map((members) => byzantine(members)),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 }).map((weights) => weightedByzantine(weights)),
    sizes.map((members) =>
      uniqueNodeList(
        members,
        Array.from({ length: Math.ceil(members / 2) }, (_, at) => 2 * at),
      ),
    ),
    sliceSystems.map((system) => system.of(system.members - 1)),
  );
  holds(
    fc.property(systems, fc.infiniteStream(fc.nat({ max: 39 })), (system, votes) => {
      const tally = system.tally();
      const who = new BitSet();
      for (let count = 0; count < 60; count++) {
        const voter = votes.next().value! % system.members;
        expect(tally.add(voter)).toBe(!who.has(voter));
        who.add(voter);
        expect([tally.isQuorum, tally.isBlocking]).toEqual([system.isQuorum(who), system.isBlocking(who)]);
      }
    }),
    { numRuns: 100, seed: 20261132 },
  );
});

test('what makes no system is refused, with what is accepted', () => {
  expect(() => weightedByzantine([1, 0.5])).toThrow('weight of member 1: received 0.5; accepted: integers from 0');
  expect(() => weightedByzantine([Number.MAX_SAFE_INTEGER, 1])).toThrow('accepted: sums below 2^53');
  expect(() => weightedByzantine([0, 0])).toThrow();
  expect(() => byzantine(4, 2)).toThrow('no quorum');
  expect(() => uniqueNodeList(4, [4])).toThrow('list: received member 4; accepted: integers from 0 to 3');
  expect(() => uniqueNodeList(4, [])).toThrow('quorum: received 0');
  expect(() => new SliceSystem([{ threshold: 0, members: [0] }])).toThrow('threshold 0; accepted: integers from 1 to 1');
  expect(() => new SliceSystem([{ threshold: 1, members: [1] }])).toThrow('member 1; accepted: integers from 0 to 0');
  expect(() => new SliceSystem([{ threshold: 1, members: [0, 0] }])).toThrow('each member once');
  expect(() => new SliceSystem([{ threshold: 1, members: [0] }]).of(1)).toThrow('node: received 1; accepted: integers from 0 to 0');
});
