// Quorum sets: the cases of stellar-core's tests, the sizes that its thresholds give, and quorum intersection with its twin.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitSet } from '../../../harness/simulate/core/bit-set.ts';
import { SliceSystem, hasSlice, meetsAllSlices, type SliceSet } from '../../../workloads/parts/quorum-systems.ts';
import { hasDisjointSlices, intersectDespite, quorumIntersection } from '../../../workloads/stellar-scp/intersection.ts';
import {
  blockingDistance,
  flatSet,
  innerThreshold,
  organisationsSet,
  outerThreshold,
  parseSets,
  smallestSlice,
  weightIn,
} from '../../../workloads/stellar-scp/slices.ts';
import { enough, holds } from '../../support/property.ts';

const everybody = (nodes: number): BitSet => BitSet.of(Array.from({ length: nodes }, (_, node) => node));
const allAlike = (set: SliceSet, nodes: number): SliceSystem => new SliceSystem(new Array<SliceSet>(nodes).fill(set));
const subsets = (nodes: number): number[][] =>
  Array.from({ length: 1 << nodes }, (_, bits) =>
    Array.from({ length: nodes }, (_node, node) => node).filter((node) => (bits >> node) & 1),
  );

describe('S1: the cases of SCPTests.cpp', () => {
  test('"vblocking and quorum": of 3 of 4, {v0} is neither; {v0, v2} blocks; {v0, v2, v3} and all four are both', () => {
    const set = flatSet(4, 3);
    const both = (...who: number[]): boolean[] => [hasSlice(set, BitSet.of(who)), meetsAllSlices(set, BitSet.of(who))];
    expect(both(0)).toEqual([false, false]);
    expect(both(0, 2)).toEqual([false, true]);
    expect(both(0, 2, 3)).toEqual([true, true]);
    expect(both(0, 1, 2, 3)).toEqual([true, true]);
  });

  test('"v blocking distance": 0, 1, 2, 3, 3, 5, 6, 6, 6, 7, 2, 3, 4 in the order of the file', () => {
    const good: number[] = [];
    const distance = (set: SliceSet, ...more: number[]): number => blockingDistance(set, BitSet.of((good.push(...more), good)));
    const three = { members: [0, 1, 2] };
    const one = { threshold: 1, members: [3, 4, 5] };
    const two = { threshold: 2, members: [6, 7] };
    const found = [
      distance({ threshold: 2, ...three }, 0),
      distance({ threshold: 2, ...three }, 1),
      distance({ threshold: 2, ...three }, 2),
      distance({ threshold: 2, ...three, inner: [one] }, 3),
      distance({ threshold: 2, ...three, inner: [one] }, 4),
      distance({ threshold: 1, ...three, inner: [one] }),
      distance({ threshold: 1, ...three, inner: [one] }, 5),
      distance({ threshold: 1, ...three, inner: [one, two] }),
      distance({ threshold: 1, ...three, inner: [one, two] }, 6),
      distance({ threshold: 1, ...three, inner: [one, two] }, 7),
      distance({ threshold: 4, ...three, inner: [one, two] }),
      distance({ threshold: 3, ...three, inner: [one, two] }),
      distance({ threshold: 2, ...three, inner: [one, two] }),
    ];
    expect(found).toEqual([0, 1, 2, 3, 3, 5, 6, 6, 6, 7, 2, 3, 4]);
  });

  test('"nomination weight": 3 of 4 is .75; 1 of 2 inside 3 of 5 is .3; who is in no slice weighs nothing', () => {
    expect(weightIn(flatSet(4, 3), 2)).toBe(0.75);
    const nested = { threshold: 3, members: [0, 1, 2, 3], inner: [{ threshold: 1, members: [4, 5] }] };
    expect(weightIn(nested, 4)).toBeCloseTo(0.3, 15);
    expect(weightIn(nested, 9)).toBe(0);
  });
});

test('the distance to blocking is what taking nodes away one by one finds', () => {
  const sets = fc.integer({ min: 1, max: 3 }).chain((members) =>
    fc.tuple(fc.constant(members), fc.integer({ min: 0, max: 3 }), fc.nat(), fc.nat()).map(([m, inner, t, ti]): SliceSet => {
      const list = Array.from({ length: m }, (_, i) => i);
      const within = Array.from({ length: inner }, (_, i) => m + i);
      if (inner === 0) return { threshold: 1 + (t % m), members: list };
      return { threshold: 1 + (t % (m + 1)), members: list, inner: [{ threshold: 1 + (ti % inner), members: within }] };
    }),
  );
  holds(
    fc.property(sets, fc.integer({ min: 0, max: 63 }), (set, bits) => {
      const left = [0, 1, 2, 3, 4, 5].filter((node) => (bits >> node) & 1);
      const fewest = subsets(6)
        .filter((taken) => taken.every((node) => left.includes(node)))
        .filter((taken) => !hasSlice(set, BitSet.of(left.filter((node) => !taken.includes(node)))))
        .reduce((least, { length }) => Math.min(least, length), Infinity);
      expect(blockingDistance(set, BitSet.of(left))).toBe(fewest);
    }),
    { numRuns: 200, seed: 61 },
  );
});

describe('stellar-core’s thresholds: n - floor((n - 1) / 3) organisations, n - floor((n - 1) / 2) validators of each', () => {
  test.each([
    [3, 3, 6, 2, 0],
    [4, 3, 6, 4, 1],
    [5, 4, 8, 4, 1],
    [6, 5, 10, 4, 1],
    [7, 5, 10, 6, 2],
  ])(
    '%i organisations of three: threshold %i, quorums of %i nodes, %i block, and live without %i of them',
    (organisations, ...expected) => {
      const nodes = 3 * organisations;
      const set = organisationsSet(organisations, outerThreshold(organisations));
      const system = allAlike(set, nodes);
      const liveWithout = (count: number): boolean => system.largestQuorum(everybody(nodes - 3 * count)).length > 0;
      const most = [0, 1, 2, 3].filter(liveWithout).at(-1);
      expect([set.threshold, smallestSlice(set), blockingDistance(set, everybody(nodes)), most]).toEqual(expected);
    },
  );
  test('inside an organisation: 2 of 3, 3 of 4, 3 of 5', () => {
    expect([3, 4, 5].map(innerThreshold)).toEqual([2, 3, 3]);
  });
  test('smallest slices are smallest quorums where all have one set: n up to 9', () => {
    for (const set of [
      flatSet(7, 5),
      organisationsSet(3, 2),
      {
        threshold: 2,
        members: [0],
        inner: [
          { threshold: 2, members: [1, 2, 3] },
          { threshold: 1, members: [4, 5] },
        ],
      },
    ]) {
      const nodes = set === undefined ? 0 : Math.max(...[set.members, ...(set.inner ?? []).map(({ members }) => members)].flat()) + 1;
      const system = allAlike(set, nodes);
      const sizes = subsets(nodes).filter((who) => who.length > 0 && system.largestQuorum(BitSet.of(who)).length === who.length);
      expect(Math.min(...sizes.map(({ length }) => length))).toBe(smallestSlice(set));
    }
  });
});

describe('quorum intersection', () => {
  interface Fixture {
    readonly nodes: readonly { readonly node: string; readonly qset: { readonly t: number; readonly v: readonly string[] } }[];
  }
  const fixture = (name: string): SliceSystem => {
    const { nodes } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../vectors', name), 'utf8')) as Fixture;
    const number = new Map(nodes.map(({ node }, i) => [node, i]));
    return new SliceSystem(nodes.map(({ qset: { t, v } }) => ({ threshold: t, members: v.map((name) => number.get(name)!) })));
  };
  test('stellar-core’s files: 2 of the other 3 enjoy it, 1 of the other 3 do not', () => {
    expect(quorumIntersection(fixture('stellar-enjoys-intersection.json'))).toEqual({ verdict: 'yes' });
    expect(quorumIntersection(fixture('stellar-no-intersection.json'))).toMatchObject({ verdict: 'no' });
  });

  test('S2: k of n intersect if and only if 2k > n: n from 1 to 10', () => {
    for (let nodes = 1; nodes <= 10; nodes++)
      for (let threshold = 1; threshold <= nodes; threshold++) {
        const expected = 2 * threshold > nodes;
        expect(quorumIntersection(allAlike(flatSet(nodes, threshold), nodes)).verdict).toBe(expected ? 'yes' : 'no');
        expect(hasDisjointSlices(flatSet(nodes, threshold))).toBe(!expected);
      }
  });

  test("the draft's example (section 2.1): {v2, v3, v4} and all four are the quorums, and they intersect", () => {
    const system = new SliceSystem(parseSets('3(0,1,2);3(1,2,3);3(1,2,3);3(1,2,3)', 4) as SliceSet[]);
    const quorums = subsets(4).filter((who) => who.length > 0 && system.largestQuorum(BitSet.of(who)).length === who.length);
    expect(quorums).toEqual([
      [1, 2, 3],
      [0, 1, 2, 3],
    ]);
    expect(quorumIntersection(system)).toEqual({ verdict: 'yes' });
  });

  /** Each node its own set, one level of inner sets. */
  const systems = fc.integer({ min: 1, max: 6 }).chain((nodes) => {
    const members = fc.subarray(
      Array.from({ length: nodes }, (_, node) => node),
      { minLength: 1 },
    );
    const set = fc.tuple(members, fc.nat(), fc.boolean()).map(([list, any, nests]): SliceSet => {
      if (!nests || list.length < 3) return { threshold: 1 + (any % list.length), members: list };
      const [first, ...rest] = list as [number, ...number[]];
      return { threshold: 1 + (any % 2), members: [first], inner: [{ threshold: 1 + (any % rest.length), members: rest }] };
    });
    return fc.array(set, { minLength: nodes, maxLength: nodes });
  });

  test('the search finds what comparing all quorums with each other does, and disjoint quorums are quorums', () => {
    const found = { yes: 0, no: 0, unknown: 0 };
    holds(
      fc.property(systems, (slices) => {
        const system = new SliceSystem(slices);
        const isQuorum = (who: readonly number[]): boolean => who.length > 0 && system.largestQuorum(BitSet.of(who)).length === who.length;
        const quorums = subsets(slices.length).filter(isQuorum);
        const meets = quorums.every((one) => quorums.every((other) => one.some((node) => other.includes(node))));
        const answer = quorumIntersection(system);
        expect(answer.verdict).toBe(meets ? 'yes' : 'no');
        found[answer.verdict] += 1;
        if (answer.verdict !== 'no') return;
        const [one, other] = answer.disjoint;
        expect([isQuorum(one), isQuorum(other), one.some((node) => other.includes(node))]).toEqual([true, true, false]);
      }),
      { numRuns: 400, seed: 62 },
    );
    expect(Math.min(found.yes, found.no)).toBeGreaterThan(enough(50));
  });

  test('despite faulty nodes: k of n with b < 2k - n of them, and organisations as their sets say, by both ways', () => {
    for (const [nodes, threshold] of [
      [4, 3],
      [5, 4],
      [6, 5],
      [7, 5],
      [10, 7],
    ] as const)
      // prettier-ignore
      for (let faulty = 0; faulty < nodes - 1; faulty++)
        expect(intersectDespite(allAlike(flatSet(nodes, threshold), nodes), everybody(faulty))).toBe(faulty < 2 * threshold - nodes);
    // The same sets as objects of their own are searched.
    for (const organisations of [3, 4]) {
      const nodes = 3 * organisations;
      const own = new SliceSystem(Array.from({ length: nodes }, () => organisationsSet(organisations, outerThreshold(organisations))));
      for (const faulty of [[], [0], [0, 1], [0, 1, 2], [0, 3], [0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 3, 6], [0, 1, 3, 4, 6, 7]])
        expect(intersectDespite(own, BitSet.of(faulty))).toBe(intersectDespite(allAlike(own.slices[0]!, nodes), BitSet.of(faulty)));
    }
  });

  test('a search that takes too long is given up', () => {
    expect(quorumIntersection(allAlike(flatSet(16, 11), 16), { steps: 10 })).toEqual({ verdict: 'unknown' });
  });
});

describe('written quorum sets', () => {
  test('one for all nodes, or one a node', () => {
    expect(parseSets('2(2(0,1,2), 2(3,4,5))', 6)).toEqual(
      new Array(6).fill({
        threshold: 2,
        members: [],
        inner: [
          { threshold: 2, members: [0, 1, 2] },
          { threshold: 2, members: [3, 4, 5] },
        ],
      }),
    );
    expect(parseSets('1(1);1(0)', 2)).toEqual([
      { threshold: 1, members: [1] },
      { threshold: 1, members: [0] },
    ]);
  });
  test.each([
    ['3(0,1)', 'thresholds from 1 to the number of entries, here 2 (received 3)'],
    ['0(0,1)', 'thresholds from 1'],
    ['1(0,4)', 'nodes from 0 to 3, each once in a set (received 4)'],
    ['2(0,1(0,2))', 'nodes from 0 to 3, each once in a set (received 0)'],
    ['1(0);1(1)', 'one set, or one a node: 4 (received 2)'],
    ['1(0', 'threshold(entries)'],
    ['1(0))', 'threshold(entries)'],
    ['', 'threshold(entries)'],
  ])('%s is refused: %s', (text, says) => {
    expect(parseSets(text, 4)).toContain(says);
  });
});
