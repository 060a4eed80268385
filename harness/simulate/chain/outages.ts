// Faults of chains that take nodes or links away: who is down and who is cut off. docs/chains.md has their meaning.
import type { FaultKind } from '../../model/fault.ts';
import type { FaultEntry, FaultOutline } from '../core/faults.ts';
import type { ChainSpec, Span } from './spec.ts';

/** Kinds of fault that take nodes or links away, or slow them; the others concern who holds what. */
export const TAKING_AWAY: ReadonlySet<FaultKind> = new Set<FaultKind>(['crash', 'partition', 'delay', 'eclipse']);

const holdsFor = ({ from_us, until_us }: FaultOutline): boolean => from_us === 0 && until_us === Infinity;

/** When nodes are down (kind crash). */
export class Outages {
  readonly any: boolean;
  private readonly entries: readonly FaultEntry[];

  constructor(entries: readonly FaultEntry[]) {
    this.entries = entries.filter(({ kind, count, until_us, from_us }) => kind === 'crash' && count > 0 && until_us > from_us);
    this.any = this.entries.length > 0;
  }

  isDown(node: number, at_us: number): boolean {
    for (const { faulty, from_us, until_us } of this.entries) if (faulty[node] === 1 && at_us >= from_us && at_us < until_us) return true;
    return false;
  }

  /** In order, without overlap. */
  private spans(node: number): Span[] {
    const out: { from_us: number; until_us: number }[] = [];
    const own = this.entries.filter(({ faulty }) => faulty[node] === 1).sort((x, y) => x.from_us - y.from_us);
    for (const { from_us, until_us } of own) {
      const last = out.at(-1);
      if (last !== undefined && from_us <= last.until_us) last.until_us = Math.max(last.until_us, until_us);
      else out.push({ from_us, until_us });
    }
    return out;
  }

  /** How long a node is down before a time. */
  down_us(node: number, before_us: number): number {
    let sum_us = 0;
    for (const { from_us, until_us } of this.spans(node)) sum_us += Math.max(0, Math.min(until_us, before_us) - from_us);
    return sum_us;
  }

  /** Of the slots 1 to `slots`, slot s beginning at s * slot_us, those that begin while a node is down. */
  downSlots(node: number, slot_us: number, slots: number): number {
    let sum = 0;
    for (const { from_us, until_us } of this.spans(node)) {
      const first = Math.max(1, Math.ceil(from_us / slot_us));
      const last = Math.min(slots, Math.ceil(until_us / slot_us) - 1);
      sum += Math.max(0, last - first + 1);
    }
    return sum;
  }

  /** When a node goes down for good; Infinity: never. */
  lost_us(node: number): number {
    const last = this.spans(node).at(-1);
    return last?.until_us === Infinity ? last.from_us : Infinity;
  }
}

/** From then on everybody who holds something is down for good; Infinity: never. */
export function lastMaker_us({ shares }: ChainSpec, outages: Outages): number {
  if (!outages.any) return Infinity;
  let last_us = 0;
  for (let node = 0; node < shares.length; node++) if (shares[node] > 0) last_us = Math.max(last_us, outages.lost_us(node));
  return last_us;
}

/** The share of those whose blocks can reach node 0 in the end: not down, eclipsed or in another part for good. */
export function lastingShare({ shares, faults }: Pick<ChainSpec, 'shares' | 'faults'>): number {
  const lasting = faults.filter(({ until_us, count }) => until_us === Infinity && count > 0);
  if (lasting.length === 0) return 1;
  let sum = 0;
  for (let node = 0; node < shares.length; node++)
    if (lasting.every((entry) => (entry.kind === 'crash' ? entry.faulty[node] !== 1 : node === 0 || !isCut(entry, node, 0))))
      sum += shares[node];
  return sum;
}

/** Does this entry keep the two apart while it holds? */
export function isCut({ kind, faulty, group }: FaultEntry, x: number, y: number): boolean {
  if (kind === 'eclipse') return faulty[x] === 1 || faulty[y] === 1;
  return kind === 'partition' && (group[x] ?? 0) !== (group[y] ?? 0);
}

/** Is something lost on the way that was sent, so that it has to be asked for again? */
export function losesMessages(entries: readonly FaultOutline[]): boolean {
  return entries.some((entry) => {
    const { kind, count, until_us, from_us, holds } = entry;
    if (count === 0 || until_us <= from_us || holdsFor(entry)) return false;
    return kind === 'crash' || kind === 'eclipse' || (kind === 'partition' && (!holds || until_us === Infinity));
  });
}

/** Links between nodes as the fast engine follows them: for good there or not, or only slower for a time. */
export class Links {
  /** The part of the graph that each node is in for good; -1: it is down for good. */
  readonly part: Int32Array;
  readonly parts: number;
  /** Every link is there. */
  readonly whole: boolean;
  /** Entries that put off what is sent; null: there is none. */
  readonly slower: readonly FaultEntry[] | null;
  private readonly cuts: readonly FaultEntry[];
  private readonly outages: Outages;

  constructor(faults: readonly FaultEntry[], participants: number, neighboursOf: (node: number) => ArrayLike<number>) {
    const entries = faults.filter(({ count, until_us, from_us }) => count > 0 && until_us > from_us);
    this.outages = new Outages(entries);
    this.cuts = entries.filter((entry) => holdsFor(entry) && entry.kind !== 'crash');
    const slower = entries.filter((entry) => entry.kind === 'delay' || (entry.kind === 'partition' && !holdsFor(entry)));
    this.slower = slower.length === 0 ? null : slower;
    this.whole = this.cuts.length === 0 && !this.outages.any;
    this.part = new Int32Array(participants);
    if (this.whole) {
      this.parts = 1;
      return;
    }
    this.part.fill(-1);
    let parts = 0;
    for (let start = 0; start < participants; start++) {
      if (this.part[start] >= 0 || this.isDown(start)) continue;
      const reached = [start];
      this.part[start] = parts;
      for (const node of reached) {
        const neighbours = neighboursOf(node);
        for (let i = 0; i < neighbours.length; i++) {
          const to = neighbours[i];
          if (this.part[to] >= 0 || !this.joins(node, to)) continue;
          this.part[to] = parts;
          reached.push(to);
        }
      }
      parts += 1;
    }
    this.parts = parts;
  }

  private isDown(node: number): boolean {
    return this.outages.isDown(node, 0);
  }

  /** Can one hear the other at all? */
  joins(x: number, y: number): boolean {
    return !this.isDown(x) && !this.isDown(y) && this.cuts.every((entry) => !isCut(entry, x, y));
  }

  /** When what left its sender's uplink then gets on its way. */
  leaves_us(from: number, to: number, depart_us: number): number {
    let leave_us = depart_us;
    for (const { kind, faulty, toward, from_us, until_us, delay_us } of this.slower!)
      if (kind === 'delay' && faulty[from] === 1 && (toward === null || toward[to] === 1) && depart_us >= from_us && depart_us < until_us)
        leave_us += delay_us;
    // What one cut holds until it heals another may hold then.
    for (let held = true; held;) {
      held = false;
      for (const entry of this.slower!) {
        if (entry.kind !== 'partition' || !isCut(entry, from, to) || leave_us < entry.from_us || leave_us >= entry.until_us) continue;
        leave_us = entry.until_us;
        held = true;
      }
    }
    return leave_us;
  }
}
