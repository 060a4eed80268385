// Do any two quorums intersect? The search is after L. Lachowski, "Complexity of the quorum intersection property of the Federated Byzantine
// Agreement System" (arXiv:1902.06493): minimal quorums one by one, each against the largest quorum among the nodes that are left.
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import { SliceSystem, type SliceSet } from '../parts/quorum-systems.ts';

export type Intersection =
  | { readonly verdict: 'yes' }
  | { readonly verdict: 'no'; readonly disjoint: readonly [readonly number[], readonly number[]] }
  /** More steps than asked for. */
  | { readonly verdict: 'unknown' };

/** Of quorums among some nodes; where there are none, no two are disjoint. `steps`: of the search at most. */
export function quorumIntersection(
  system: SliceSystem,
  { among = system.slices.map((_, node) => node), steps = Infinity }: { among?: readonly number[]; steps?: number } = {},
): Intersection {
  // Every member of a minimal quorum is reachable from every other one, or it would not be minimal.
  const withQuorum = componentsOf(system, among).flatMap((component) => {
    const quorum = system.largestQuorum(BitSet.of(component));
    return quorum.length === 0 ? [] : [{ component, quorum }];
  });
  if (withQuorum.length > 1) return { verdict: 'no', disjoint: [withQuorum[0].quorum, withQuorum[1].quorum] };
  if (withQuorum.length === 0) return { verdict: 'yes' };
  return new Search(system, withQuorum[0].quorum, steps).run();
}

class Search {
  readonly #system: SliceSystem;
  readonly #all: readonly number[];
  /** How many of the others list each node, about: the nodes that decide most come first. */
  readonly #rank: ReadonlyMap<number, number>;
  #steps: number;

  constructor(system: SliceSystem, all: readonly number[], steps: number) {
    this.#system = system;
    this.#all = all;
    this.#steps = steps;
    const rank = new Map<number, number>(all.map((node) => [node, 0]));
    for (const node of all) for (const member of membersOf(system.slices[node])) rank.set(member, (rank.get(member) ?? 0) + 1);
    this.#rank = rank;
  }

  run(): Intersection {
    return this.#search([], [...this.#all]) ?? { verdict: 'yes' };
  }

  /** Minimal quorums that hold all of `committed` and of the others some of `open`; null: each meets every other quorum. */
  #search(committed: readonly number[], open: readonly number[]): Intersection | null {
    // Of two disjoint quorums the smaller one has at most half of all nodes.
    if (2 * committed.length > this.#all.length) return null;
    if (--this.#steps < 0) return { verdict: 'unknown' };
    const inside = this.#system.largestQuorum(BitSet.of(committed));
    if (inside.length > 0) {
      // What holds more than a quorum is not minimal.
      if (inside.length < committed.length) return null;
      const others = this.#system.largestQuorum(BitSet.of(this.#all.filter((node) => !committed.includes(node))));
      return others.length === 0 ? null : { verdict: 'no', disjoint: [inside, others] };
    }
    const reach = this.#system.largestQuorum(BitSet.of([...committed, ...open]));
    if (committed.some((node) => !reach.includes(node))) return null;
    const left = open.filter((node) => reach.includes(node));
    if (left.length === 0) return null;
    const next = left.reduce((best, node) => (this.#rank.get(node)! > this.#rank.get(best)! ? node : best));
    const rest = left.filter((node) => node !== next);
    return this.#search(committed, rest) ?? this.#search([...committed, next], rest);
  }
}

function* membersOf({ members, inner = [] }: SliceSet): Generator<number> {
  yield* members;
  for (const set of inner) yield* membersOf(set);
}

/** Strongly connected components of the graph in which a node points to those in its set (R. Tarjan, 1972). */
function componentsOf({ slices }: SliceSystem, among: readonly number[]): number[][] {
  const isAmong = BitSet.of(among);
  const index = new Int32Array(slices.length).fill(-1);
  const low = new Int32Array(slices.length);
  const open: number[] = [];
  const isOpen = new Uint8Array(slices.length);
  const components: number[][] = [];
  let count = 0;
  const visit = (node: number): void => {
    index[node] = low[node] = count++;
    open.push(node);
    isOpen[node] = 1;
    for (const to of membersOf(slices[node])) {
      if (!isAmong.has(to)) continue;
      if (index[to] < 0) {
        visit(to);
        low[node] = Math.min(low[node], low[to]);
      } else if (isOpen[to] === 1) low[node] = Math.min(low[node], index[to]);
    }
    if (low[node] !== index[node]) return;
    const component = open.splice(open.indexOf(node));
    for (const member of component) isOpen[member] = 0;
    components.push(component);
  };
  for (const node of among) if (index[node] < 0) visit(node);
  return components;
}

/**
 * Are there two disjoint slices of the set? Where all nodes have this one set, that is whether there are disjoint quorums; no search.
 * No member is in it twice.
 */
export function hasDisjointSlices({ threshold, members, inner = [] }: SliceSet): boolean {
  // A member serves one of two slices; an inner set both, where it has two disjoint slices itself.
  const both = inner.filter(hasDisjointSlices).length;
  return 2 * threshold <= members.length + inner.length + both;
}

/** Beyond this many nodes no search is begun, and after so many steps it is given up. */
const MOST_NODES = 64;
const MOST_STEPS = 5000;

/**
 * Quorum intersection despite some nodes (D. Mazieres, 2015, section 4): without them, and with what is left of the others' slices, any two
 * quorums intersect. It is what agreement among the others takes. null: the search was given up.
 */
export function intersectDespite({ slices }: SliceSystem, faulty: BitSet): boolean | null {
  const among = slices.map((_, node) => node).filter((node) => !faulty.has(node));
  const [first] = slices;
  if (slices.every((set) => set === first)) {
    const left = without(first, faulty);
    return left === null ? among.length < 2 : !hasDisjointSlices(left);
  }
  if (slices.length > MOST_NODES) return null;
  // Who needs nobody any more is a quorum by itself.
  const system = new SliceSystem(slices.map((set, node) => without(set, faulty) ?? { threshold: 1, members: [node] }));
  const { verdict } = quorumIntersection(system, { among, steps: MOST_STEPS });
  return verdict === 'unknown' ? null : verdict === 'yes';
}

/** What is left of a set where some nodes are deleted from all slices; null: nobody is needed any more. */
function without({ threshold, members, inner = [] }: SliceSet, deleted: BitSet): SliceSet | null {
  const left = members.filter((member) => !deleted.has(member));
  const sets = inner.map((set) => without(set, deleted)).filter((set) => set !== null);
  const need = threshold - (members.length - left.length) - (inner.length - sets.length);
  return need <= 0 ? null : { threshold: need, members: left, ...(sets.length === 0 ? {} : { inner: sets }) };
}
