// Lists of trusted validators (unique node lists) that overlap.
import { uniqueNodeList, type ThresholdSystem } from '../parts/quorum-systems.ts';

/**
 * Two lists of one size that share so many members, of which every validator has one. Those that both list are validator 0 and the
 * highest-numbered ones (where faults are placed first): they are on both sides' lists, and have the first list and the second in turn.
 * The others are on one list, which is their own: of 8 validators of which 2 are shared, the lists are 0 7 | 1 2 3 and 0 7 | 4 5 6.
 */
export interface Lists {
  readonly lists: readonly (readonly number[])[];
  /** By validator: the number of its list. */
  readonly listOf: readonly number[];
  readonly shared: number;
}

/** `overlap`: the share of a list that is on the other too. The lists have the sizes that come closest to that. */
export function overlappingLists(nodes: number, overlap: number): Lists {
  const all = Array.from({ length: nodes }, (_, node) => node);
  // m members each, of which s m are shared, are n = 2 m - s m.
  const shared = Math.round((nodes * overlap) / (2 - overlap));
  if (shared === nodes) return { lists: [all], listOf: all.map(() => 0), shared };
  const isShared = (node: number): boolean => shared > 0 && (node === 0 || node > nodes - shared);
  const own = all.filter((node) => !isShared(node));
  const middle = Math.ceil(own.length / 2);
  const first = new Set(own.slice(0, middle));
  let turn = 0;
  const listOf = all.map((node) => (isShared(node) ? turn++ % 2 : first.has(node) ? 0 : 1));
  return {
    lists: [0, 1].map((list) => all.filter((node) => isShared(node) || listOf[node] === list)),
    listOf,
    shared,
  };
}

export interface QuorumRules {
  readonly percent: number;
  readonly leastPercent: number;
  /** The negative UNL: so many validators, the highest-numbered ones, count for nothing. */
  readonly disabled: number;
}

/** Who counts on each list, and how many of them fully validate a ledger. */
export function quorumsOf(nodes: number, { lists }: Lists, { percent, leastPercent, disabled }: QuorumRules): ThresholdSystem[] {
  const off = Array.from({ length: disabled }, (_, i) => nodes - 1 - i);
  return lists.map((list) => uniqueNodeList(nodes, list, { percent, leastPercent, disabled: off }));
}

/**
 * How many validators two lists must share at least so that no two ledgers of one sequence number are fully validated, whatever the order in
 * which messages come: O > n_j / 2 + n_i - q_i + t (Chase and MacBrough, arXiv 1802.07242, Theorem 8). `faulty`: t, of those that both list.
 */
export function leastOverlap({ listed, other, quorum, faulty }: { listed: number; other: number; quorum: number; faulty: number }): number {
  return Math.floor(other / 2 + listed - quorum + faulty) + 1;
}
