// Counts the cryptographic work that a simulation causes and, for measured cells, keeps it as data.
import { BATCH_CAPACITY } from '../../model/kernels.ts';
import type { Counts, Operation } from '../../model/outcome.ts';

/** 32 bytes: the digest of what a protocol names by a kind of its own and a small integer. */
export type DigestOf = (kind: string, name: number) => Uint8Array;

/** The seed of a node's signing key in a measured cell: SHA-256 of what it is for, the cell's seed and the node. */
export function signingSeed(sha256: (bytes: Uint8Array) => Uint8Array, cellSeed: number, node: number): Uint8Array {
  return sha256(new TextEncoder().encode(`signing key ${cellSeed} ${node}`));
}

/** A signed message as the log needs it: who signed, whether the signature is good, and its bytes on demand. */
export interface Signed {
  readonly signer: number;
  readonly valid: boolean;
  /** The bytes that are signed. */
  encode(digestOf: DigestOf): Uint8Array;
}

/** A vote as the log needs it; `digest` is a number that names the digest. */
export interface Ballot {
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  readonly signer: number;
  readonly digest: number;
}

/** What one replica received of one (view, sequence, phase). */
interface Instance {
  readonly operation: { readonly senders: number[]; readonly digests: number[]; readonly expected: number[] };
  /** Digests by what names them in a message, numbered as they come. */
  readonly numbers: Map<number, number>;
  readonly voted: Set<number>;
}

export class OperationLog {
  readonly #digestOf: DigestOf | null;
  readonly #perDecision: Operation[][] = [[]];
  readonly #encoded = new WeakMap<Signed, Uint8Array>();
  readonly #instances = new Map<string, Instance>();
  signs = 0;
  verifies = 0;
  verifies_single = 0;
  macs = 0;
  votes = 0;
  digest_bytes = 0;
  readonly batches = new Map<number, number>();

  /** Operations are collected with the digests of `digestOf`; null: only counted. */
  constructor(digestOf: DigestOf | null) {
    this.#digestOf = digestOf;
  }

  #push(operation: (digestOf: DigestOf) => Operation): void {
    if (this.#digestOf !== null) this.#perDecision[this.#perDecision.length - 1].push(operation(this.#digestOf));
  }

  /** A message's bytes are made once, however many nodes check it. */
  #encode(message: Signed, digestOf: DigestOf): Uint8Array {
    let bytes = this.#encoded.get(message);
    if (bytes === undefined) this.#encoded.set(message, (bytes = message.encode(digestOf)));
    return bytes;
  }

  #item(message: Signed, digestOf: DigestOf): { signer: number; message: Uint8Array; forged?: true } {
    const item = { signer: message.signer, message: this.#encode(message, digestOf) };
    return message.valid ? item : { ...item, forged: true };
  }

  /** Forgets what was counted so far: a window begins. */
  clear(): void {
    this.signs = this.verifies = this.verifies_single = this.macs = this.votes = this.digest_bytes = 0;
    this.batches.clear();
  }

  /** What follows belongs to the next decision. */
  nextDecision(): void {
    if (this.#digestOf !== null) this.#perDecision.push([]);
  }

  sign(message: Signed): void {
    this.signs += 1;
    this.#push((digestOf) => ({ kind: 'sign', ...this.#item(message, digestOf) }));
  }

  /**
   * Checks signatures together: one batch call (more than one equation takes are split), and where it fails bisection as the
   * kernels do it (verifyInChunks). One signature is checked singly. Returns those that are valid, in order.
   */
  verify<T extends Signed>(items: readonly T[]): T[] {
    this.verifies += items.length;
    let calls = 0;
    for (let start = 0; start < items.length; start += BATCH_CAPACITY)
      calls += this.#bisect(items, start, Math.min(start + BATCH_CAPACITY, items.length), false).calls;
    if (items.length > 0) this.#push((digestOf) => ({ kind: 'verify', items: items.map((item) => this.#item(item, digestOf)), calls }));
    return items.filter((item) => item.valid);
  }

  /** Is any of [low, high) bad? Counts the calls that find out; `told`: the other half of a bad batch was good. */
  #bisect(items: readonly Signed[], low: number, high: number, told: boolean): { bad: boolean; calls: number } {
    const size = high - low;
    if (size === 1) {
      this.verifies_single += 1;
      return { bad: !items[low].valid, calls: 1 };
    }
    if (!told) this.countBatch(size, 1);
    const calls = told ? 0 : 1;
    if (!items.slice(low, high).some((item) => !item.valid)) return { bad: false, calls };
    const middle = low + (size >> 1);
    const left = this.#bisect(items, low, middle, false);
    const right = this.#bisect(items, middle, high, !left.bad);
    return { bad: true, calls: calls + left.calls + right.calls };
  }

  /** `calls` times `size` good signatures checked together, as the kernels split them. */
  countBatch(size: number, calls: number): void {
    const rest = size % BATCH_CAPACITY;
    const whole = (size - rest) / BATCH_CAPACITY;
    const add = (part: number, times: number): void => {
      if (times > 0) this.batches.set(part, (this.batches.get(part) ?? 0) + times);
    };
    add(BATCH_CAPACITY, whole * calls);
    if (rest > 1) add(rest, calls);
    // One that is left over is checked by itself.
    else this.verifies_single += rest * calls;
  }

  mac(message: Signed, count: number): void {
    this.macs += count;
    this.#push((digestOf) => ({ kind: 'mac', message: this.#encode(message, digestOf), count }));
  }

  digest(bytes: number, encode: () => Uint8Array): void {
    this.digest_bytes += bytes;
    this.#push(() => ({ kind: 'digest', bytes: encode() }));
  }

  /**
   * A replica received a vote. All are tallied, those too that come early, late, twice or forged: each replica's of one view,
   * sequence and phase together, in the decision in which the first of them came.
   */
  vote(receiver: number, ballot: Ballot): void {
    this.votes += 1;
    if (this.#digestOf === null) return;
    const { type, view, sequence, signer, digest } = ballot;
    const key = `${receiver} ${view} ${sequence} ${type}`;
    let instance = this.#instances.get(key);
    if (instance === undefined) {
      const operation = { kind: 'tally' as const, view, sequence, phase: type, senders: [], digests: [], expected: [] };
      this.#instances.set(key, (instance = { operation, numbers: new Map(), voted: new Set() }));
      this.#push(() => operation);
    }
    const { operation, numbers, voted } = instance;
    let number = numbers.get(digest);
    if (number === undefined) {
      numbers.set(digest, (number = numbers.size));
      operation.expected.push(0);
    }
    operation.senders.push(signer);
    operation.digests.push(number);
    if (voted.has(signer)) return;
    voted.add(signer);
    operation.expected[number] = operation.expected[number] + 1;
  }

  get operations(): readonly (readonly Operation[])[] | undefined {
    return this.#digestOf === null ? undefined : this.#perDecision;
  }

  /** The counts with the engine's messages and bytes; fields that a mechanism does not have are left out by it. */
  counts(sent: { messages: number; bytes: number }): Required<Omit<Counts, 'mining_node_s' | 'evaluations' | 'persists'>> {
    return {
      messages: sent.messages,
      bytes: sent.bytes,
      signs: this.signs,
      verifies: this.verifies,
      verifies_single: this.verifies_single,
      batches: this.batches,
      macs: this.macs,
      votes: this.votes,
      digest_bytes: this.digest_bytes,
    };
  }
}
