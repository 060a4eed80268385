// Counts the cryptographic work that a simulation causes and, for measured cells, keeps it as data.
import { equalBytes, sharesTaken } from '../../model/jobs.ts';
import { CheckCounts, OPERATIONS, addAmounts, jobKind, type OperationKind } from '../../model/operations.ts';
import type { Counts, Operation, SignatureOf } from '../../model/outcome.ts';

/** 32 bytes: the digest of what a protocol names by a kind of its own and a small integer. */
export type DigestOf = (kind: string, name: number) => Uint8Array;

/** What a key of a measured cell is for. */
export type KeyPurpose = 'signing key' | 'client key' | 'forging key' | 'mac key' | 'share key';

/** The seed of a key in a measured cell: SHA-256 of what it is for, the cell's seed, and the number of whose it is. */
export function keySeed(sha256: (bytes: Uint8Array) => Uint8Array, purpose: KeyPurpose, cellSeed: number, number: number): Uint8Array {
  return sha256(new TextEncoder().encode(`${purpose} ${cellSeed} ${number}`));
}

/** A signed message as the log needs it: who signed, whether the signature is good, and its bytes on demand. */
export interface Signed {
  readonly signer: number;
  readonly valid: boolean;
  /** The bytes that are signed. */
  encode(digestOf: DigestOf): Uint8Array;
}

/** A signed message whose authenticator is a share of an aggregate signature. */
export interface Share extends Signed {
  /** The bytes that the share is of: the same for all who sign the same, so the signer is not in them. */
  statement(digestOf: DigestOf): Uint8Array;
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

/** What a mechanism with aggregate signatures names in its `counts`. */
export const AGGREGATE_COUNTS = ['shares', 'aggregated', 'aggregate_verifies', 'aggregate_keys'] as const;
type AggregateCount = (typeof AGGREGATE_COUNTS)[number];
/** What a log counts; work on aggregate signatures, and writes, where there were any. */
export type LoggedCounts = Required<Omit<Counts, 'mining_node_s' | 'evaluations' | 'persists' | AggregateCount>> &
  Pick<Counts, AggregateCount | 'persists' | 'evaluations'>;

export class OperationLog {
  readonly #digestOf: DigestOf | null;
  readonly #perDecision: Operation[][] = [[]];
  readonly #encoded = new WeakMap<Signed, Uint8Array>();
  readonly #statements = new WeakMap<Share, Uint8Array>();
  readonly #instances = new Map<string, Instance>();
  signs = 0;
  verifies = 0;
  macs = 0;
  votes = 0;
  digest_bytes = 0;
  #persists = 0;
  #evaluations = 0;
  #checks = new CheckCounts();
  /** Of operations that come by `perform`. */
  #performed: Record<string, number | Map<number, number>> = {};
  readonly #kinds: readonly OperationKind[];

  /** Operations are collected with the digests of `digestOf`; null: only counted. `kinds`: the ledger that knows those of `perform`. */
  constructor(digestOf: DigestOf | null, kinds: readonly OperationKind[] = OPERATIONS) {
    this.#digestOf = digestOf;
    this.#kinds = kinds;
  }

  /** Of `verifies` those checked singly. */
  get verifies_single(): number {
    return this.#checks.single;
  }
  /** Batch calls by number of signatures. */
  get batches(): ReadonlyMap<number, number> {
    return this.#checks.batches;
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

  #item(message: Signed, digestOf: DigestOf): SignatureOf {
    const item = { signer: message.signer, message: this.#encode(message, digestOf) };
    return message.valid ? item : { ...item, forged: true };
  }

  #shareItem(share: Share, digestOf: DigestOf): SignatureOf {
    let message = this.#statements.get(share);
    if (message === undefined) this.#statements.set(share, (message = share.statement(digestOf)));
    const item = { signer: share.signer, message };
    return share.valid ? item : { ...item, forged: true };
  }

  #shareItems(shares: readonly Share[], digestOf: DigestOf): SignatureOf[] {
    const items = shares.map((share) => this.#shareItem(share, digestOf));
    for (const { signer, message } of items)
      if (!equalBytes(message, items[0].message))
        throw new Error(`the shares of node ${items[0].signer} and node ${signer} are of different statements: they have no sum`);
    return items;
  }

  /** Forgets what was counted so far: a window begins. */
  clear(): void {
    this.signs = this.verifies = this.macs = this.votes = this.digest_bytes = 0;
    this.#checks = new CheckCounts();
    this.#performed = {};
    this.#persists = this.#evaluations = 0;
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
    const calls = this.#checks.any(items);
    if (items.length > 0) this.#push((digestOf) => ({ kind: 'verify', items: items.map((item) => this.#item(item, digestOf)), calls }));
    return items.filter((item) => item.valid);
  }

  /** `nodes` nodes each check the clients' signatures of `count` transactions together; `operation`: what a measured cell does for it. */
  checkTransactions(count: number, nodes: number, operation: (() => Operation) | null = null): void {
    this.countVerifies(count, nodes);
    if (operation !== null) this.#push(operation);
  }

  /** `calls` times `size` good signatures checked together, as the kernels split them: counted without the messages that they are of. */
  countVerifies(size: number, calls: number): void {
    this.verifies += size * calls;
    this.#checks.good(size, calls);
  }

  /** So many writes that survive a crash. By itself, since logs write with every message: by the ledger's entry a tenth of a run went into it. */
  persist(bytes: number, times = 1): void {
    this.#persists += times;
    for (let i = 0; i < times && this.#digestOf !== null; i++) this.#push(() => ({ kind: 'persist', bytes }));
  }

  /** A node hashes the proof of eligibility of its own or of somebody else's that this message is signed for. */
  evaluate(proof: Signed): void {
    this.#evaluations += 1;
    this.#push((digestOf) => ({ kind: 'evaluate', signer: proof.signer, message: this.#encode(proof, digestOf) }));
  }
  /** The same of so many, without their messages. */
  countEvaluations(evaluations: number): void {
    this.#evaluations += evaluations;
  }

  /** An operation of any kind of the ledger, counted as its entry says. */
  perform<O extends { readonly kind: string } = Operation>(operation: O): void {
    addAmounts(this.#performed, jobKind(operation.kind, this.#kinds).count(operation));
    this.#push(() => operation as unknown as Operation);
  }

  /** A node makes its share of an aggregate signature: the authenticator of this message, instead of a signature. */
  share(message: Share): void {
    addAmounts(this.#performed, { shares: 1 });
    this.#push((digestOf) => ({ kind: 'share', ...this.#shareItem(message, digestOf) }));
  }

  /**
   * Adds shares of one statement up, one's own among them, and checks the sum; where that is bad finds out which are (badShares). Returns
   * those that are valid, in order.
   */
  addShares<T extends Share>(shares: readonly T[]): T[] {
    if (shares.length === 0) return [];
    addAmounts(this.#performed, sharesTaken(shares.map(({ valid }) => valid)));
    this.#push((digestOf) => ({ kind: 'aggregate', shares: this.#shareItems(shares, digestOf) }));
    return shares.filter(({ valid }) => valid);
  }

  /** Checks an aggregate signature that came, the sum of these shares. Returns whether it is good. */
  checkAggregate(shares: readonly Share[]): boolean {
    if (shares.length === 0) throw new RangeError('an aggregate signature has a signer at least');
    addAmounts(this.#performed, { aggregate_verifies: 1, aggregate_keys: shares.length });
    this.#push((digestOf) => ({ kind: 'certificate', shares: this.#shareItems(shares, digestOf) }));
    return shares.every(({ valid }) => valid);
  }

  /**
   * Counts work on aggregate signatures without the messages that it is on: shares made, shares added up, aggregate signatures checked and
   * the keys that this took.
   * @throws Error where operations are collected
   */
  countAggregates(amounts: Partial<Record<AggregateCount, number>>): void {
    if (this.#digestOf !== null) throw new Error('what is counted without its messages cannot be done for real');
    addAmounts(this.#performed, amounts);
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
  counts(sent: { messages: number; bytes: number }): LoggedCounts {
    const counts = {
      messages: sent.messages,
      bytes: sent.bytes,
      signs: this.signs,
      verifies: this.verifies,
      verifies_single: this.verifies_single,
      batches: new Map(this.batches),
      macs: this.macs,
      votes: this.votes,
      digest_bytes: this.digest_bytes,
    };
    addAmounts(counts, this.#performed);
    if (this.#persists > 0) addAmounts(counts, { persists: this.#persists });
    if (this.#evaluations > 0) addAmounts(counts, { evaluations: this.#evaluations });
    return counts;
  }
}
