// Who nominates (draft, section 3.5): in each round of a slot the neighbour with the highest priority, by hashes of slot, round and node.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { concat } from '../../harness/simulate/core/bytes.ts';
import { keySeed } from '../../harness/simulate/core/operations.ts';
import type { SliceSet } from '../parts/quorum-systems.ts';
import { weightIn } from './slices.ts';

/** Whom a node echoes from a round on. */
export interface Round {
  /** It is its own neighbour, and its priority the highest. */
  readonly self: boolean;
  /** Of the other neighbours that with the highest priority; null: there is none. */
  readonly other: number | null;
}

/** Rounds that add no leader are passed over (as in stellar-core), but not more in a row: then all have led. */
const MOST_PASSED = 100;
/** Slots and rounds whose hashes are kept. */
const MOST_KEPT = 64;
/** How many leaders in a row are numbered as they come: more silent ones than that are a standstill. */
const NUMBERED = 12;
const TWO_TO_48 = 0x1000000000000;

/** Of a round's hashes the first 48 bits. */
interface Hashes {
  readonly neighbour: Float64Array;
  readonly priority: Float64Array;
}

export interface LeaderOptions {
  /** All nodes have one set, in which all weigh the same; then the leaders of slot 1, round after round, are nodes 0, 1, 2, and so on. */
  readonly alike: boolean;
  /** A node is always its own neighbour; else as its slices say. */
  readonly selfish: boolean;
}

export class Leaders {
  readonly #sha256: (bytes: Uint8Array) => Uint8Array;
  readonly #slices: readonly SliceSet[];
  readonly #selfish: boolean;
  /** By owner of the slices, where all have one set by 0. */
  readonly #weights = new Map<number, Float64Array>();
  readonly #shared: boolean;
  /** NodeIDs, by number: hashes that stand for public keys. */
  readonly #ids: readonly Uint8Array[];
  readonly #hashes = new Map<string, Hashes>();
  /** Rounds of a slot that add leaders, and those who lead them. */
  readonly #actuals = new Map<string, { readonly rounds: number[]; readonly led: Set<number> }>();
  readonly #first = new Map<number, number>();

  constructor({ cell, kernels }: Pick<Setup, 'cell' | 'kernels'>, slices: readonly SliceSet[], { alike, selfish }: LeaderOptions) {
    this.#sha256 = (bytes) => kernels.sha256(bytes);
    this.#slices = slices;
    this.#selfish = selfish;
    this.#shared = slices.every((set) => set === slices[0]);
    const ids = slices.map((_, node) => keySeed(this.#sha256, 'signing key', cell.seed, node));
    this.#ids = ids;
    if (alike) this.#ids = this.#firstLeaders(1).map((node) => ids[node]);
  }

  /** Leaders of a slot's first rounds in their order, then all others. */
  #firstLeaders(slot: number): number[] {
    const order = new Set<number>();
    const most = Math.min(NUMBERED, this.#slices.length);
    for (let count = 1; count <= most; count++) order.add(this.#top(slot, this.#actual(0, slot, count), 0, null) ?? 0);
    this.#slices.forEach((_, node) => order.add(node));
    this.#hashes.clear();
    this.#actuals.clear();
    return [...order];
  }

  /** Of the `count`-th round that is not passed over. */
  round(viewer: number, slot: number, count: number): Round {
    const round = this.#actual(viewer, slot, count);
    const other = this.#top(slot, round, viewer, viewer);
    if (!this.#selfish) return { self: this.#top(slot, round, viewer, null) === viewer, other };
    const { priority } = this.#of(slot, round);
    return { self: other === null || priority[viewer] > priority[other], other };
  }

  /** Whom a client asks: the leader of the first round, in the view of node 0 as one of many. */
  first(slot: number): number {
    let leader = this.#first.get(slot);
    if (leader === undefined) this.#first.set(slot, (leader = this.#top(slot, this.#actual(0, slot, 1), 0, null) ?? 0));
    return leader;
  }

  /** The number of the `count`-th round that adds a leader: another one leads it than those before. When all have led they lead again. */
  #actual(viewer: number, slot: number, count: number): number {
    const key = `${this.#shared ? 0 : viewer} ${slot}`;
    let known = this.#actuals.get(key);
    if (known === undefined) {
      if (this.#actuals.size >= MOST_KEPT) this.#actuals.clear();
      this.#actuals.set(key, (known = { rounds: [], led: new Set() }));
    }
    const { rounds, led } = known;
    for (let round = (rounds.at(-1) ?? 0) + 1, passed = 0; rounds.length < count; round++) {
      const top = this.#top(slot, round, viewer, null);
      const adds = top !== null && !led.has(top);
      if (!adds && passed < MOST_PASSED) {
        passed += 1;
        continue;
      }
      if (top !== null) led.add(top);
      rounds.push(round);
      passed = 0;
    }
    return rounds[count - 1];
  }

  /** The viewer's neighbour with the highest priority, `without` one; null: none. */
  #top(slot: number, round: number, viewer: number, without: number | null): number | null {
    const { neighbour, priority } = this.#of(slot, round);
    const weights = this.#weightsOf(viewer);
    let top: number | null = null;
    for (let node = 0; node < weights.length; node++)
      if (node !== without && neighbour[node] < weights[node] * TWO_TO_48 && (top === null || priority[node] > priority[top])) top = node;
    return top;
  }

  #weightsOf(viewer: number): Float64Array {
    const owner = this.#shared ? 0 : viewer;
    let weights = this.#weights.get(owner);
    if (weights === undefined) {
      const set = this.#slices[owner];
      weights = Float64Array.from(this.#slices, (_, node) => weightIn(set, node));
      // Who does not list itself is in its slices all the same.
      if (!this.#shared && weights[owner] === 0) weights[owner] = 1;
      this.#weights.set(owner, weights);
    }
    return weights;
  }

  /** G_i(1, n, v) and G_i(2, n, v): SHA-256 of slot, kind, round and node, as XDR writes them. */
  #of(slot: number, round: number): Hashes {
    const key = `${slot} ${round}`;
    let hashes = this.#hashes.get(key);
    if (hashes !== undefined) return hashes;
    const prefix = (kind: number): Uint8Array => {
      const out = new Uint8Array(20);
      const data = new DataView(out.buffer);
      data.setBigUint64(0, BigInt(slot));
      data.setInt32(8, kind);
      data.setInt32(12, round);
      // The last four: the type of the public key, 0.
      return out;
    };
    const column = (kind: number): Float64Array => {
      const before = prefix(kind);
      return Float64Array.from(this.#ids, (id) => {
        const hash = this.#sha256(concat([before, id]));
        const data = new DataView(hash.buffer, hash.byteOffset);
        return data.getUint32(0) * 0x10000 + data.getUint16(4);
      });
    };
    hashes = { neighbour: column(1), priority: column(2) };
    if (this.#hashes.size >= MOST_KEPT) this.#hashes.clear();
    this.#hashes.set(key, hashes);
    return hashes;
  }
}
