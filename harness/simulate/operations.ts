// Counts the cryptographic work that a simulation causes and, for measured cells, keeps it as data.
import type { Counts, Operation } from './types.ts';

/** A signed message as the log needs it: who signed, whether the signature is good, and its bytes on demand. */
export interface Signed {
  readonly signer: number;
  readonly valid: boolean;
  readonly encode: () => Uint8Array;
}

export class OperationLog {
  readonly #collect: boolean;
  readonly #perDecision: Operation[][] = [[]];
  signs = 0;
  verifies = 0;
  verifies_single = 0;
  macs = 0;
  votes = 0;
  digest_bytes = 0;
  readonly batches = new Map<number, number>();

  constructor(collect: boolean) {
    this.#collect = collect;
  }

  #push(operation: () => Operation): void {
    if (this.#collect) this.#perDecision[this.#perDecision.length - 1].push(operation());
  }

  /** What follows belongs to the next decision. */
  nextDecision(): void {
    if (this.#collect) this.#perDecision.push([]);
  }

  sign(message: Signed): void {
    this.signs += 1;
    this.#push(() => ({ kind: 'sign', signer: message.signer, message: message.encode() }));
  }

  /**
   * Checks signatures together: one batch call, and where it fails bisection as the kernels do it (verifyInChunks). One
   * signature is checked singly. Returns those that are valid, in order.
   */
  verify<T extends Signed>(items: readonly T[]): T[] {
    this.verifies += items.length;
    this.#bisect(items, 0, items.length, false);
    const valid = items.filter((item) => item.valid);
    // A forged signature cannot be made for real by the measured executor's honest keys: only good ones are executed.
    if (valid.length > 0)
      this.#push(() => ({
        kind: 'verify',
        items: valid.map((item) => ({ signer: item.signer, message: item.encode() })),
        batch: valid.length > 1,
      }));
    return valid;
  }

  /** Is any of [low, high) bad? Counts the calls that find out; `told`: the other half of a bad batch was good. */
  #bisect(items: readonly Signed[], low: number, high: number, told: boolean): boolean {
    const size = high - low;
    if (size <= 1) {
      this.verifies_single += size;
      return size === 1 && !items[low].valid;
    }
    if (!told) this.countBatch(size, 1);
    if (!items.slice(low, high).some((item) => !item.valid)) return false;
    const middle = low + (size >> 1);
    const left = this.#bisect(items, low, middle, false);
    this.#bisect(items, middle, high, !left);
    return true;
  }

  countBatch(size: number, calls: number): void {
    this.batches.set(size, (this.batches.get(size) ?? 0) + calls);
  }

  mac(message: Signed, count: number): void {
    this.macs += count;
    this.#push(() => ({ kind: 'mac', message: message.encode(), count }));
  }

  digest(bytes: number, encode: () => Uint8Array): void {
    this.digest_bytes += bytes;
    this.#push(() => ({ kind: 'digest', bytes: encode() }));
  }

  tally(votes: () => Extract<Operation, { kind: 'tally' }>): void {
    this.#push(votes);
  }

  get operations(): readonly (readonly Operation[])[] | undefined {
    return this.#collect ? this.#perDecision : undefined;
  }

  /** The counts with the engine's messages and bytes; fields that a mechanism does not have are left out by it. */
  counts(sent: { messages: number; bytes: number }): Required<Omit<Counts, 'mining_node_s' | 'evaluations'>> {
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
