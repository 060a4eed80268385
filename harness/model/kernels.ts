// One interface for every backend: reference-*.ts (the readable twins, @noble/* and plain TypeScript) and wasm-*.ts. All run one test
// suite and agree to the bit, also in what they refuse. The rules of the border, for every call:
//
// - A wrong type is a TypeError, a wrong value a RangeError (a wrong length, a shared or detached buffer, an array that ends beyond a
//   buffer made smaller, a count beyond capacity); the message names what it was, what is accepted and what was received, and in a
//   batch the item: `item 17: signature: expected 64 bytes, received 63`. Never a trap or a wrong answer.
// - A typed array is what it is by its internal kind, not by its class: one of another realm (vm.createContext, a test runner's
//   sandbox), a Buffer or another subclass is taken like a plain one, and its own or inherited properties are not asked.
// - What a call is handed is read whole, each field once, before anything is checked or computed, and read in full before anything is
//   written: an output may be one of the inputs, or overlap them.
// - What is opened (a wave field, a tally, expanded keys, a signing key) keeps copies: later changes of what it was made from change nothing.
// - One call at a time on a Kernels object and all that it has opened. A call from a getter of what another call is reading is an Error.
// - What is returned is fresh, and no later call changes it.
import type { Network } from './network.ts';

export const BACKENDS = ['wasm-simd', 'wasm', 'reference'] as const;
export type Backend = (typeof BACKENDS)[number];

export interface NonceSearch {
  /** The 80-byte header; bytes 76..79 (the nonce, little-endian) are overwritten in the search, not in this buffer. */
  readonly header: Uint8Array;
  /** 32 bytes, little-endian as Bitcoin compares: a hit is hash <= target as 256-bit integers. */
  readonly target: Uint8Array;
  readonly firstNonce: number;
  /** How many nonces to try; they wrap at 2^32. */
  readonly count: number;
  /** 2: SHA-256 of SHA-256 (Bitcoin); 1: single SHA-256. */
  readonly rounds: 1 | 2;
}
export interface NonceSearchResult {
  /** The first nonce in search order whose hash meets the target, or null. */
  readonly nonce: number | null;
  /** Nonces decided: up to and including the hit, or all. */
  readonly tried: number;
}

/** Double SHA-256 of headers that differ in nonce and version: miners roll versions (BIP 320), which share a message schedule. */
export interface RolledSearch {
  /** As NonceSearch.header; bytes 0..3 (the version, little-endian) are overwritten too. */
  readonly header: Uint8Array;
  readonly target: Uint8Array;
  /** 1 to 64 versions. Each nonce is tried with all of them, in this order, before the next nonce. */
  readonly versions: Uint32Array;
  readonly firstNonce: number;
  /** How many nonces to try, each with all versions; they wrap at 2^32. */
  readonly count: number;
}
export interface RolledSearchResult {
  /** The first pair in search order whose hash meets the target, or null and null. */
  readonly nonce: number | null;
  readonly version: number | null;
  /** Headers decided: up to and including the hit, or all. */
  readonly tried: number;
}

/** A kernel that exists in several forms with equal results, of which the fastest on this machine was found by measurement. */
export interface FormChoice {
  readonly kernel: string;
  readonly form: string;
  /** Units a second of every form when the choice was made. */
  readonly rates: Readonly<Record<string, number>>;
}

/** An Ed25519 key with whatever the backend precomputes for signing. */
export interface SigningKey {
  readonly publicKey: Uint8Array;
  readonly secret: unknown;
}
export interface SignedMessage {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}
/** Items of one batch equation; a larger batch is split, in order, and one item that is left over is checked singly. */
export const BATCH_CAPACITY = 4096;

export interface BatchResult {
  readonly ok: boolean;
  /** Positions of the invalid signatures, ascending; found by bisection when the batch equation fails. */
  readonly bad: readonly number[];
  /** Batch equations (and single checks at the leaves) evaluated. */
  readonly calls: number;
}

/** As SignedMessage, with the public key named by its position in the expanded keys; it carries none of its own. */
export interface KnownSignedMessage {
  readonly key: number;
  readonly publicKey?: never;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}
/** A fixed set of public keys with whatever the backend precomputes for them; owns its memory, freed with the object. */
export interface ExpandedKeys {
  readonly count: number;
  /** Bytes of precomputed tables, all keys together. */
  readonly bytes: number;
  /** As Ed25519.verifyBatch, to the same result. */
  verifyBatch(items: readonly KnownSignedMessage[], coefficients?: Uint8Array): BatchResult;
}

/**
 * Ed25519 under the ZIP-215 rules: S < l, A and R any encodings that decode (non-canonical y allowed), cofactored
 * equation [8][S]B = [8]R + [8][k]A. Single and batch verification always agree.
 */
export interface Ed25519 {
  key(seed: Uint8Array): SigningKey;
  sign(key: SigningKey, message: Uint8Array): Uint8Array;
  verify(item: SignedMessage): boolean;
  /**
   * Random 128-bit coefficients; `coefficients` (16 bytes an item) only for tests, else a CSPRNG. Signatures under one key are
   * summed: a batch of few keys costs less than one of many.
   */
  verifyBatch(items: readonly SignedMessage[], coefficients?: Uint8Array): BatchResult;
  /** Keeps copies of the keys. For a validator set that signs every round. A key that does not decode is taken: every signature under it is bad. */
  expand(publicKeys: readonly Uint8Array[]): ExpandedKeys;
}

/** Whose aggregate signatures are: no kernel of this project makes them. */
export const BLS_BACKEND = '@noble/curves';

/** A point of G1, compressed. */
export const AGGREGATE_SIGNATURE_BYTES = 48;

/** A point of G2, ready to be added up: made by key() or sumKeys(). */
export interface BlsPublicKey {
  readonly point: unknown;
}
export interface BlsKey {
  readonly publicKey: BlsPublicKey;
  readonly secret: unknown;
}

/**
 * BLS signatures on BLS12-381 (draft-irtf-cfrg-bls-signature-05), the variant of small signatures with proofs of possession: signatures
 * are points of G1 (48 bytes, compressed), keys points of G2, messages are hashed under BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_
 * (section 4.2.3). What is summed signs one message (FastAggregateVerify): a signer whose key nobody has seen a proof of possession of
 * could cancel another's. Nodes of a simulation have shown theirs before it begins.
 */
export interface Bls {
  /** The secret is the seed's 32 bytes as a big-endian number modulo the order of the groups. */
  key(this: void, seed: Uint8Array): BlsKey;
  /** One's own part of an aggregate signature; by itself an aggregate of one. */
  share(this: void, key: BlsKey, message: Uint8Array): Uint8Array;
  /** An aggregate signature. null: not all are encodings of points of G1, or they cancel each other. */
  sum(this: void, shares: readonly Uint8Array[]): Uint8Array | null;
  sumKeys(this: void, keys: readonly BlsPublicKey[]): BlsPublicKey;
  /** Is it the sum of the shares of all whose keys `publicKey` is the sum of? */
  verify(this: void, signed: { readonly signature: Uint8Array; readonly message: Uint8Array; readonly publicKey: BlsPublicKey }): boolean;
}

/** Votes as parallel columns. `digest` is a small integer that names the digest. */
export interface VoteStream {
  readonly length: number;
  readonly view: Int32Array;
  readonly sequence: Int32Array;
  readonly phase: Uint8Array;
  readonly sender: Int32Array;
  readonly digest: Int32Array;
}
export interface TallyReport {
  /** First vote of its sender for (view, sequence, phase). */
  readonly accepted: number;
  /** Same sender, same digest again. */
  readonly duplicate: number;
  /** Same sender, another digest: equivocation; not counted for either digest again. */
  readonly conflicting: number;
  /** View or sequence outside the window. */
  readonly outside: number;
}
export interface TallyShape {
  readonly senders: number;
  /** The window: sequences [firstSequence, firstSequence + sequences), views [firstView, firstView + views). */
  readonly firstSequence: number;
  readonly sequences: number;
  readonly firstView: number;
  readonly views: number;
  readonly phases: number;
}
export interface Tally {
  add(votes: VoteStream): TallyReport;
  /** Distinct senders whose first vote for (view, sequence, phase) named this digest. */
  count(at: { view: number; sequence: number; phase: number; digest: number }): number;
  /** Empties the tally and moves the window. */
  reset(firstSequence: number, firstView: number): void;
}

/** Marks a sender that never sends, and a receiver that never reaches its quorum. */
export const NEVER_US = 0x7fffffff;

/** One all-to-all phase among `n` nodes, times relative to a base that the caller keeps, microseconds below 2^30. */
export interface Wave {
  /** When each sender's first message starts on its uplink; NEVER_US if it does not send. */
  readonly start_us: Int32Array;
  /** When each sender counts its own vote; NEVER_US if it does not. */
  readonly own_us: Int32Array;
  /** Draw keys of each sender's send (see harness/simulate/core/draws.ts): delay and loss. */
  readonly delayKeyA: Int32Array;
  readonly delayKeyB: Int32Array;
  readonly lossKeyA: Int32Array;
  readonly lossKeyB: Int32Array;
  /** Nanoseconds that one message occupies its sender's uplink (upload_ns of harness/simulate/core/network.ts); by sender where uplinks differ. */
  readonly upload_ns: number | Int32Array;
  /** Which nodes receive; others are not evaluated. */
  readonly receivers: Int32Array;
  /** The quorum: reached_us is the need-th smallest arrival, own included. */
  readonly need: number;
}

/**
 * The wave kernel bound to a network and a number of nodes. Sender s to receiver r (r != s), in receiver order:
 *   arrival = start_us[s] + ceil((position + 1) * upload_ns[s] / 1000) + quantile(region(s), region(r), draw(delayKey[s], r))
 *             + (tries - 1) * rto_us,    position = r - (r > s ? 1 : 0), tries from draw(lossKey[s], r, attempt)
 * exactly as harness/simulate/core/network.ts computes it message by message.
 */
export interface WaveField {
  /** Writes the time for each of wave.receivers, in their order; NEVER_US where fewer than `need` arrive. `reached_us` may be an array of the wave. */
  reach(wave: Wave, reached_us: Int32Array): void;
  /** Sum over all sends of all senders that send, to all n - 1 others, of (tries - 1). */
  extraTries(wave: Wave): number;
}

/** One lottery: everybody's draw of a key (see harness/simulate/core/draws.ts) against one limit. */
export interface Lots {
  readonly keyA: number;
  readonly keyB: number;
  /** Receivers 0 to receivers - 1 draw. */
  readonly receivers: number;
  /** From 0 to 2^32 - 1. */
  readonly most: number;
}

export interface ShaKernels {
  nonceSearch(search: NonceSearch): NonceSearchResult;
  rolledSearch(search: RolledSearch): RolledSearchResult;
  /** The choices made so far in this thread, by what its searches took. */
  forms(): readonly FormChoice[];
  /** Is it open which form of the kernel is fastest? */
  racing(kernel: string): boolean;
  /** SHA-256 of a message of any length. */
  sha256(this: void, message: Uint8Array): Uint8Array;
  sha512(message: Uint8Array): Uint8Array;
  /** HMAC-SHA-256. */
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;
}

/** The kernels of one module: draws, waves and the tally. */
export type QuorumKernels = Pick<Kernels, 'openTally' | 'openWaves' | 'drawnAtMost'>;

export interface Kernels extends ShaKernels {
  readonly backend: Backend;
  readonly ed25519: Ed25519;
  openTally(shape: TallyShape): Tally;
  /** Writes those whose draw is at most `most` to `found`, ascending; returns how many. `found` has room for all. */
  drawnAtMost(this: void, lots: Lots, found: Int32Array): number;
  /** Keeps a copy of the network's table; a loss above 0.999 (1000 tries a message on average) is a RangeError. */
  openWaves(network: Network, nodes: number): WaveField;
}
