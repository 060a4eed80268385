// Quorum sets of a cell: flat, by organisation, or written in the suite; how large quorums are, and what a member's word weighs in nomination.
import { byzantineBound } from '../../harness/simulate/core/quorum.ts';
import type { BitSet } from '../../harness/simulate/core/bit-set.ts';
import type { SliceSet } from '../parts/quorum-systems.ts';

/** Validators of one organisation. */
export const ORGANISATION = 3;

/** stellar-core's thresholds of n entries that are all critical (`computeDefaultThreshold`): organisations, and validators inside one. */
export const outerThreshold = (entries: number): number => entries - byzantineBound(entries);
export const innerThreshold = (entries: number): number => entries - Math.floor((entries - 1) / 2);

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** One set for all nodes: any `threshold` of them. */
export const flatSet = (nodes: number, threshold: number): SliceSet => ({ threshold, members: range(0, nodes) });

/** One set for all nodes: `threshold` organisations, of each the default number of its three validators. */
export function organisationsSet(organisations: number, threshold: number): SliceSet {
  const inner = range(0, organisations).map((organisation): SliceSet => {
    return { threshold: innerThreshold(ORGANISATION), members: range(ORGANISATION * organisation, ORGANISATION) };
  });
  return { threshold, members: [], inner };
}

const entriesOf = ({ members, inner = [] }: SliceSet): number => members.length + inner.length;

/** The fewest members that a slice of the set has, where no member is in it twice. */
export function smallestSlice({ threshold, members, inner = [] }: SliceSet): number {
  const sizes = [...members.map(() => 1), ...inner.map(smallestSlice)].sort((x, y) => x - y);
  return sizes.slice(0, threshold).reduce((sum, size) => sum + size, 0);
}

/**
 * The fewest of the members in `left` whose failure leaves no slice whole, where those outside have failed already: the v-blocking distance
 * of stellar-core (`findClosestVBlocking`). No member is in the set twice.
 */
export function blockingDistance({ threshold, members, inner = [] }: SliceSet, left: BitSet): number {
  const sizes = [...members.map((member) => (left.has(member) ? 1 : 0)), ...inner.map((set) => blockingDistance(set, left))];
  sizes.sort((x, y) => x - y);
  return sizes.slice(0, sizes.length - threshold + 1).reduce((sum, size) => sum + size, 0);
}

/** The fraction of slices that contain the member (draft, section 3.4), as stellar-core works it out: k of n, level by level; 0: it is in none. */
export function weightIn(set: SliceSet, member: number): number {
  const { threshold, members, inner = [] } = set;
  const share = threshold / entriesOf(set);
  if (members.includes(member)) return share;
  for (const one of inner) {
    const weight = weightIn(one, member);
    if (weight > 0) return share * weight;
  }
  return 0;
}

const EXAMPLE = '3(0,1,2,3), or 2(2(0,1,2),2(3,4,5))';

/**
 * Sets as a suite writes them: `threshold(entries)`, an entry being a node or a set; one for all nodes, or one a node with semicolons
 * between. Or what is wrong, as what to write instead.
 */
export function parseSets(text: string, nodes: number): readonly SliceSet[] | string {
  const sets: SliceSet[] = [];
  for (const part of text.split(';')) {
    const reader = new Reader(part.trim(), nodes);
    const set = reader.set();
    if (set === null) return `${reader.wrong} (${received(reader.received, part.trim(), text)}), like ${EXAMPLE}`;
    sets.push(set);
  }
  if (sets.length === 1) return new Array<SliceSet>(nodes).fill(sets[0]);
  return sets.length === nodes ? sets : `one set, or one a node: ${nodes} (received ${sets.length}), like ${EXAMPLE}`;
}

/** The number that is wrong, and the set that it stands in, where there are several. */
function received(number: number | null, part: string, text: string): string {
  if (number === null) return `received ${JSON.stringify(part)}`;
  return `received ${number}${part === text.trim() ? '' : ` in ${JSON.stringify(part)}`}`;
}

class Reader {
  wrong = 'threshold(entries), an entry being a node or a set';
  /** The number that is wrong; null: the text is. */
  received: number | null = null;
  readonly #text: string;
  readonly #nodes: number;
  readonly #seen = new Set<number>();
  #at = 0;

  constructor(text: string, nodes: number) {
    this.#text = text;
    this.#nodes = nodes;
  }

  /** All of the text. */
  set(): SliceSet | null {
    const threshold = this.#number();
    const set = threshold === null ? null : this.#entries(threshold);
    return set !== null && this.#at === this.#text.length ? set : null;
  }

  #number(): number | null {
    const digits = /^\s*\d{1,5}/.exec(this.#text.slice(this.#at))?.[0];
    if (digits === undefined) return null;
    this.#at += digits.length;
    return Number(digits);
  }
  #takes(sign: string): boolean {
    while (this.#text[this.#at] === ' ') this.#at += 1;
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #entries(threshold: number): SliceSet | null {
    if (!this.#takes('(')) return null;
    const members: number[] = [];
    const inner: SliceSet[] = [];
    do {
      const number = this.#number();
      if (number === null) return null;
      if (this.#text[this.#at] === '(') {
        const set = this.#entries(number);
        if (set === null) return null;
        inner.push(set);
        continue;
      }
      if (number >= this.#nodes || this.#seen.has(number)) {
        this.wrong = `nodes from 0 to ${this.#nodes - 1}, each once in a set`;
        this.received = number;
        return null;
      }
      this.#seen.add(number);
      members.push(number);
    } while (this.#takes(','));
    if (!this.#takes(')')) return null;
    const entries = members.length + inner.length;
    if (threshold < 1 || threshold > entries) {
      this.wrong = `thresholds from 1 to the number of entries, here ${entries}`;
      this.received = threshold;
      return null;
    }
    return { threshold, members, ...(inner.length === 0 ? {} : { inner }) };
  }
}
