// The ledger of operations: every kind of work that is counted, with its unit, its price, its column and the job that does it for
// real. Counts, the cost table's prices, CPU-seconds, columns of records and measured cells all come from here: another kind of
// operation is another entry of OPERATIONS.
import { BATCH_CAPACITY, type Kernels, type ShaKernels, type SigningKey, type Tally } from './kernels.ts';
import { merkleDigestBytes, merkleRoot } from './merkle.ts';

/** A signature: of whom, over what. `forged`: made with a key that is not the signer's. */
export interface SignatureOf {
  readonly signer: number;
  readonly message: Uint8Array;
  readonly forged?: true;
}

interface Sign extends SignatureOf {
  readonly kind: 'sign';
}
/** One item is checked singly, several as a batch. `calls`: batch equations and single checks, bisection included. */
interface Verify {
  readonly kind: 'verify';
  readonly items: readonly SignatureOf[];
  readonly calls: number;
}
interface Mac {
  readonly kind: 'mac';
  readonly message: Uint8Array;
  readonly count: number;
}
interface Digest {
  readonly kind: 'digest';
  readonly bytes: Uint8Array;
}
/** The votes of one (view, sequence, phase) that one replica received; `expected`: by digest, distinct senders that named it first. */
interface TallyVotes {
  readonly kind: 'tally';
  readonly view: number;
  readonly sequence: number;
  readonly phase: number;
  readonly senders: readonly number[];
  /** Numbered from 0 as they come. */
  readonly digests: readonly number[];
  readonly expected: readonly number[];
}
/**
 * The header of a block, to be mined to the target that its `bits` say. Its previous hash is that of the mined header of block
 * `parent`, filled in then; null: it stands there.
 */
interface Search {
  readonly kind: 'search';
  readonly block: number;
  readonly parent: number | null;
  readonly header: Uint8Array;
}
/** A receiver checks the mined header of a block: its double SHA-256 is at most the target. */
interface CheckHeader {
  readonly kind: 'header';
  readonly block: number;
}
/** The Merkle root of transactions of `transaction_bytes` each, one after another. */
interface Merkle {
  readonly kind: 'merkle';
  readonly transactions: Uint8Array;
  readonly transaction_bytes: number;
  readonly root: Uint8Array;
}
/** SHA-512 of a signature, compared with a threshold (Praos eligibility). */
interface Evaluate {
  readonly kind: 'evaluate';
  readonly signer: number;
  readonly message: Uint8Array;
}

/** Counts by name; batches by size. Absent: none. */
export type Amounts = Readonly<Record<string, number | ReadonlyMap<number, number> | undefined>>;

/** The seconds of a cost table by name. */
export interface PriceList {
  readonly ed25519_batch: readonly { readonly size: number; readonly seconds: number }[];
  readonly [name: string]: number | PriceList['ed25519_batch'] | undefined;
}

/** A header with its nonce, its double SHA-256 and the target that its `bits` say. */
export interface MinedHeader {
  readonly header: Uint8Array;
  readonly hash: Uint8Array;
  readonly target: Uint8Array;
}

/** What measured execution hands to the jobs of one cell. */
export interface JobContext {
  readonly kernels: Kernels;
  /** The readable twin, which says what results must be. */
  readonly reference: ShaKernels;
  /** A check failed. */
  fail(what: string): never;
  /** For tests: a copy with one bit flipped at the first chance, else the same bytes. */
  flipOnce(what: 'signature' | 'message', bytes: Uint8Array): Uint8Array;
  publicKey(node: number): Uint8Array;
  /** The signer's, or its forger's. */
  signingKey(item: SignatureOf): SigningKey;
  /** The one that was made of this item; fails where it was never signed. */
  signatureOf(item: SignatureOf): Uint8Array;
  macKey(index: number): Uint8Array;
  /** The reference's SHA-256; many nodes hash the same bytes. */
  digestOf(bytes: Uint8Array): Uint8Array;
  /** Runs a check of these bytes unless it was run already. */
  checkOnce(bytes: Uint8Array, check: () => void): void;
  minedHeader(block: number): MinedHeader;
  /** One for all jobs: a job empties it. */
  tally(): Tally;
}

/** Work and its check, nothing else; may be run many times. */
export type Job = () => void;

/** How operations that a simulation collects are counted and done for real. */
export interface JobKind<O extends { readonly kind: string } = never> {
  /** What one adds to a run's counts. */
  count(operation: O): Amounts;
  /** Inputs and expected results are made here, outside what is timed. null: it is timed apart (a search, by the hash). */
  prepare(operation: O, context: JobContext): Job | null;
}

export interface OperationKind {
  readonly id: string;
  /** Of what is counted. */
  readonly unit: string;
  /** Names in Counts. */
  readonly counts: readonly string[];
  /** Names of the cost table's seconds that only this kind has, each with the kernel of kernels.csv whose rate it is. */
  readonly prices: readonly { readonly name: string; readonly kernel: string }[];
  /** CPU-seconds of a run's counts, as terms that are added one after another: sums do not depend on who adds them. */
  terms(counts: Amounts, prices: PriceList): readonly number[];
  /** The column of records.csv: counts[0] divided by decisions, batches as calls of whatever size. null: made elsewhere. */
  readonly column: { readonly name: string; readonly description: string; readonly empty: string } | null;
  /** By the `kind` of the operations that a measured cell collects. */
  readonly jobs: Readonly<Record<string, JobKind>>;
}

const perDecision = 'all nodes together, whole run divided by decisions';

const number = (value: Amounts[string] | PriceList[string]): number => (typeof value === 'number' ? value : 0);

/** So many of a count at so much each. */
export const each =
  (count: string, price: string): OperationKind['terms'] =>
  (counts, prices) => [number(counts[count]) * number(prices[price])];

/** The same where cost tables have no such price yet: nothing is free because nobody has measured it. */
const unmeasured =
  (count: string, price: string): OperationKind['terms'] =>
  (counts, prices) => {
    if (number(counts[count]) === 0) return [];
    if (prices[price] === undefined) throw new RangeError(`${count} cannot be priced: a cost table has no seconds of ${price}`);
    return each(count, price)(counts, prices);
  };

const batchesOf = ({ batches }: Amounts): ReadonlyMap<number, number> => (batches instanceof Map ? batches : new Map<number, number>());

/** Signatures checked singly: as counted, else what no batch covers. */
function singleVerifies(counts: Amounts): number {
  if (counts.verifies_single !== undefined) return number(counts.verifies_single);
  const verifies = number(counts.verifies);
  let batched = 0;
  for (const [size, calls] of batchesOf(counts)) batched += size * calls;
  const single = verifies - batched;
  if (single < 0) throw new RangeError(`batches hold ${batched} signatures but only ${verifies} were verified`);
  return single;
}

/**
 * Seconds of one batch verification of `size` signatures: piecewise linear through the measured sizes, size 1 being a
 * single verification; beyond the largest size the slope of the last segment. More than one batch equation takes is split as the
 * kernel splits it.
 */
export function batchSeconds(size: number, prices: PriceList): number {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`a batch has 1 or more signatures, got ${size}`);
  if (size > BATCH_CAPACITY) {
    const rest = size % BATCH_CAPACITY;
    const whole = ((size - rest) / BATCH_CAPACITY) * batchSeconds(BATCH_CAPACITY, prices);
    return rest === 0 ? whole : whole + batchSeconds(rest, prices);
  }
  const points = [{ size: 1, seconds: number(prices.ed25519_verify) }, ...prices.ed25519_batch];
  let segment = 1;
  while (segment < points.length - 1 && points[segment].size < size) segment += 1;
  const low = points[segment - 1];
  const high = points[segment];
  if (high === undefined) return low.seconds * size;
  return low.seconds + ((high.seconds - low.seconds) * (size - low.size)) / (high.size - low.size);
}

/** What checking signatures together takes: single checks, and batch equations by size. */
export class CheckCounts {
  single = 0;
  readonly batches = new Map<number, number>();

  /** `calls` times `size` good signatures checked together, as the kernels split them. */
  good(size: number, calls: number): void {
    const rest = size % BATCH_CAPACITY;
    const whole = (size - rest) / BATCH_CAPACITY;
    const add = (part: number, times: number): void => {
      if (times > 0) this.batches.set(part, (this.batches.get(part) ?? 0) + times);
    };
    add(BATCH_CAPACITY, whole * calls);
    if (rest > 1) add(rest, calls);
    // One that is left over is checked by itself.
    else this.single += rest * calls;
  }

  /** Any signatures, one batch call (more than one equation takes are split), and where it fails bisection as the kernels do it. Calls. */
  any(items: readonly { readonly valid: boolean }[]): number {
    let calls = 0;
    for (let start = 0; start < items.length; start += BATCH_CAPACITY)
      calls += this.#bisect(items, start, Math.min(start + BATCH_CAPACITY, items.length), false).calls;
    return calls;
  }

  /** Is any of [low, high) bad? Counts the calls that find out; `told`: the other half of a bad batch was good. */
  #bisect(items: readonly { readonly valid: boolean }[], low: number, high: number, told: boolean): { bad: boolean; calls: number } {
    const size = high - low;
    if (size === 1) {
      this.single += 1;
      return { bad: !items[low].valid, calls: 1 };
    }
    if (!told) this.good(size, 1);
    const calls = told ? 0 : 1;
    if (!items.slice(low, high).some((item) => !item.valid)) return { bad: false, calls };
    const middle = low + (size >> 1);
    const left = this.#bisect(items, low, middle, false);
    const right = this.#bisect(items, middle, high, !left.bad);
    return { bad: true, calls: calls + left.calls + right.calls };
  }
}

export function equalBytes(x: Uint8Array, y: Uint8Array): boolean {
  if (x.length !== y.length) return false;
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference |= x[i] ^ y[i];
  return difference === 0;
}

/** As 256-bit integers, little-endian. */
export function isAtMost(hash: Uint8Array, target: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) if (hash[i] !== target[i]) return hash[i] < target[i];
  return true;
}

/** A double SHA-256 of a header: its 80 bytes, and the 32 of the first hash. */
const HEADER_DIGEST_BYTES = 80 + 32;

function verifyJob({ items: signed, calls: counted }: Verify, context: JobContext): Job {
  const { ed25519 } = context.kernels;
  const items = signed.map((item) => ({
    publicKey: context.publicKey(item.signer),
    message: item.message,
    signature: context.flipOnce('signature', context.signatureOf(item)),
  }));
  const forged = [...signed.keys()].filter((position) => signed[position].forged === true);
  const signers = (bad: readonly number[]): string =>
    bad.length === 0 ? 'nobody' : `node ${bad.map((position) => signed[position].signer).join(', ')}`;
  if (items.length === 1) {
    const [item] = items;
    return () => {
      if (ed25519.verify(item) !== (forged.length === 0))
        context.fail(`the signature of ${signers([0])} is ${forged.length === 0 ? 'bad' : 'good, though it was forged'}`);
    };
  }
  return () => {
    const { bad, calls } = ed25519.verifyBatch(items);
    if (bad.length !== forged.length || bad.some((position, i) => position !== forged[i]))
      context.fail(`of a batch of ${items.length} signatures those of ${signers(bad)} are bad where ${signers(forged)} forged`);
    if (calls !== counted)
      context.fail(`a batch of ${items.length} signatures took ${calls} calls where the simulation counted ${counted}`);
  };
}

/** An empty tally, the votes that one replica received, and for each digest how many voted for it first. */
function tallyJob({ view, sequence, phase, senders, digests, expected }: TallyVotes, context: JobContext): Job {
  const length = senders.length;
  const stream = {
    length,
    view: new Int32Array(length).fill(view),
    sequence: new Int32Array(length).fill(sequence),
    phase: new Uint8Array(length).fill(phase),
    sender: Int32Array.from(senders),
    digest: Int32Array.from(digests),
  };
  const at = { view, sequence, phase };
  let voters = 0;
  for (const count of expected) voters += count;
  const tally = context.tally();
  return () => {
    tally.reset(sequence, view);
    const { accepted } = tally.add(stream);
    if (accepted !== voters) context.fail(`a tally counts ${accepted} voters where the simulation counted ${voters}`);
    for (let digest = 0; digest < expected.length; digest++) {
      const counted = tally.count({ ...at, digest });
      if (counted !== expected[digest]) context.fail(`a tally counts ${counted} votes where the simulation counted ${expected[digest]}`);
    }
  };
}

/** A search is timed apart, by the hash. */
const noJob: (operation: Search) => null = () => null;

/** In the order in which their CPU-seconds are added. */
export const OPERATIONS = [
  {
    id: 'search',
    unit: 'node-seconds',
    // Proof of work: node-seconds of mining (live share included); times hash rate gives hashes.
    counts: ['mining_node_s'],
    // One double SHA-256 of an 80-byte header in the nonce search.
    prices: [{ name: 'sha256d_nonce', kernel: 'sha256d-nonce-search' }],
    // Priced by the hardware that mines, and hashes_per_decision by its rate: harness/record/price.ts.
    terms: () => [],
    column: null,
    jobs: {
      // Its count is time, which the simulation alone knows.
      search: { count: (): Amounts => ({}), prepare: noJob },
    },
  },
  {
    id: 'sign',
    unit: 'signatures',
    counts: ['signs'],
    prices: [{ name: 'ed25519_sign', kernel: 'ed25519-sign' }],
    terms: each('signs', 'ed25519_sign'),
    column: {
      name: 'signs_per_decision',
      description: `Signatures made; ${perDecision}.`,
      empty: 'unless state is done; for mechanisms that do not sign',
    },
    jobs: {
      sign: {
        count: (): Amounts => ({ signs: 1 }),
        prepare(operation: Sign, context: JobContext): Job {
          const { ed25519 } = context.kernels;
          const key = context.signingKey(operation);
          const expected = context.signatureOf(operation);
          return () => {
            if (!equalBytes(ed25519.sign(key, operation.message), expected))
              context.fail(`node ${operation.signer} signed differently the second time`);
          };
        },
      },
    },
  },
  {
    id: 'verify',
    unit: 'signatures',
    // Signatures checked, singly or in a batch; and the part of them checked singly, for pricing.
    counts: ['verifies', 'verifies_single'],
    prices: [{ name: 'ed25519_verify', kernel: 'ed25519-verify' }],
    terms: (counts: Amounts, prices: PriceList): number[] => [singleVerifies(counts) * number(prices.ed25519_verify)],
    column: {
      name: 'verifies_per_decision',
      description: `Signatures checked, singly or in a batch. A vote is checked until its quorum is complete; one's own is not; ${perDecision}.`,
      empty: 'unless state is done; for mechanisms that do not sign',
    },
    jobs: {
      verify: {
        count({ items }: Verify): Amounts {
          const taken = new CheckCounts();
          taken.any(items.map(({ forged }) => ({ valid: forged !== true })));
          return { verifies: items.length, verifies_single: taken.single, batches: taken.batches };
        },
        prepare: verifyJob,
      },
    },
  },
  {
    id: 'batch',
    unit: 'batches',
    // Calls by number of signatures. Priced piecewise-linearly through ed25519_batch; the jobs are those of `verify`.
    counts: ['batches'],
    prices: [],
    terms: (counts: Amounts, prices: PriceList): number[] =>
      // Ascending sizes, so that the sum does not depend on the order in which an engine met them.
      [...batchesOf(counts)].sort((a, b) => a[0] - b[0]).map(([size, calls]) => calls * batchSeconds(size, prices)),
    column: {
      name: 'batches_per_decision',
      description: `Calls of batch verification; ${perDecision}.`,
      empty: 'unless state is done; for mechanisms that do not check in batches',
    },
    jobs: {},
  },
  {
    id: 'mac',
    unit: 'MACs',
    counts: ['macs'],
    prices: [{ name: 'hmac_sha256', kernel: 'hmac-sha256' }],
    terms: each('macs', 'hmac_sha256'),
    column: {
      name: 'macs_per_decision',
      description: `Message authentication codes made and checked; ${perDecision}.`,
      empty: 'unless state is done; for mechanisms without MACs',
    },
    jobs: {
      mac: {
        count: ({ count }: Mac): Amounts => ({ macs: count }),
        prepare(operation: Mac, context: JobContext): Job {
          const { kernels } = context;
          const keys = Array.from({ length: operation.count }, (_, i) => context.macKey(i));
          const expected = keys.map((key) => context.reference.hmacSha256(key, operation.message));
          const message = context.flipOnce('message', operation.message);
          return () => {
            for (let i = 0; i < keys.length; i++)
              if (!equalBytes(kernels.hmacSha256(keys[i], message), expected[i])) context.fail('a MAC differs from the reference');
          };
        },
      },
    },
  },
  {
    id: 'share',
    unit: 'shares',
    // Signatures that are made to be added up: one's own part of an aggregate or threshold signature.
    counts: ['shares'],
    prices: [],
    terms: unmeasured('shares', 'share_sign'),
    column: null,
    jobs: {},
  },
  {
    id: 'aggregate',
    unit: 'shares',
    // Shares added up to an aggregate signature.
    counts: ['aggregated'],
    prices: [],
    terms: unmeasured('aggregated', 'share_add'),
    column: null,
    jobs: {},
  },
  {
    id: 'aggregate verify',
    unit: 'aggregate signatures',
    // Aggregate signatures checked; and the keys of their signers, added up for that.
    counts: ['aggregate_verifies', 'aggregate_keys'],
    prices: [],
    terms: (counts: Amounts, prices: PriceList): number[] => [
      ...unmeasured('aggregate_verifies', 'aggregate_verify')(counts, prices),
      ...unmeasured('aggregate_keys', 'key_add')(counts, prices),
    ],
    column: null,
    jobs: {},
  },
  {
    id: 'evaluation',
    unit: 'evaluations',
    counts: ['evaluations'],
    // SHA-512 of a 64-byte signature.
    prices: [{ name: 'sha512_evaluation', kernel: 'sha512-evaluation' }],
    terms: each('evaluations', 'sha512_evaluation'),
    column: {
      name: 'evaluations_per_decision',
      description: `Eligibility evaluations (SHA-512 of a signature, against a threshold), a node a slot and a receiver a block; ${perDecision}.`,
      empty: 'unless state is done; for mechanisms without eligibility proofs',
    },
    jobs: {
      evaluate: {
        count: (): Amounts => ({ evaluations: 1 }),
        prepare(operation: Evaluate, context: JobContext): Job {
          const { kernels } = context;
          const signature = context.signatureOf(operation);
          const expected = context.reference.sha512(signature);
          const input = context.flipOnce('signature', signature);
          return () => {
            if (!equalBytes(kernels.sha512(input), expected))
              context.fail(`the eligibility value of node ${operation.signer} differs from the reference`);
          };
        },
      },
    },
  },
  {
    id: 'tally',
    unit: 'votes',
    counts: ['votes'],
    prices: [{ name: 'tally_vote', kernel: 'quorum-tally-windowed' }],
    terms: each('votes', 'tally_vote'),
    column: {
      name: 'votes_per_decision',
      description: `Votes counted towards a quorum; ${perDecision}.`,
      empty: 'unless state is done; for mechanisms that do not vote',
    },
    jobs: { tally: { count: ({ senders }: TallyVotes): Amounts => ({ votes: senders.length }), prepare: tallyJob } },
  },
  {
    id: 'digest',
    unit: 'bytes',
    counts: ['digest_bytes'],
    prices: [{ name: 'sha256_byte', kernel: 'sha256-digest' }],
    terms: each('digest_bytes', 'sha256_byte'),
    column: {
      name: 'digest_bytes_per_decision',
      description: `Bytes hashed for digests (mining not included); ${perDecision}.`,
      empty: 'unless state is done; for mechanisms that do not hash',
    },
    jobs: {
      digest: {
        count: ({ bytes }: Digest): Amounts => ({ digest_bytes: bytes.length }),
        prepare(operation: Digest, context: JobContext): Job {
          const { kernels } = context;
          const expected = context.digestOf(operation.bytes);
          const bytes = context.flipOnce('message', operation.bytes);
          return () => {
            if (!equalBytes(kernels.sha256(bytes), expected)) context.fail('a digest differs from the reference');
          };
        },
      },
      header: {
        count: (): Amounts => ({ digest_bytes: HEADER_DIGEST_BYTES }),
        prepare({ block }: CheckHeader, context: JobContext): Job {
          const { kernels } = context;
          const { header, hash: expected, target } = context.minedHeader(block);
          return () => {
            const hash = kernels.sha256(kernels.sha256(header));
            if (!equalBytes(hash, expected) || !isAtMost(hash, target)) context.fail(`the mined header of block ${block} does not hold`);
          };
        },
      },
      merkle: {
        count: ({ transactions, transaction_bytes }: Merkle): Amounts => ({
          digest_bytes: merkleDigestBytes(transactions.length / transaction_bytes, transaction_bytes),
        }),
        prepare({ transactions: given, transaction_bytes, root }: Merkle, context: JobContext): Job {
          const { kernels, reference } = context;
          context.checkOnce(given, () => {
            if (!equalBytes(merkleRoot(given, transaction_bytes, reference.sha256), root))
              context.fail('a header names another Merkle root than its transactions have');
          });
          const transactions = context.flipOnce('message', given);
          return () => {
            if (!equalBytes(merkleRoot(transactions, transaction_bytes, kernels.sha256), root))
              context.fail('a Merkle root differs from the reference');
          };
        },
      },
    },
  },
  {
    id: 'persist',
    unit: 'writes',
    // Writes that were made to survive a crash.
    counts: ['persists'],
    prices: [],
    terms: () => [],
    column: {
      name: 'persists_per_decision',
      description: `Writes made to survive a crash; ${perDecision}.`,
      empty: 'unless state is done; for mechanisms that persist nothing',
    },
    jobs: {},
  },
] as const satisfies readonly OperationKind[];

type Entry = (typeof OPERATIONS)[number];
type Union<T> = T extends unknown ? T[keyof T] : never;
/** The operations that jobs do. */
type OperationsOf<J> = J extends { prepare(operation: infer O, ...rest: never): unknown } ? O : never;

/** Work that a measured cell does for real: everything that its counts count. */
export type Operation = OperationsOf<Union<Entry['jobs']>>;
/** Names of counts that are plain numbers; `batches` is counted by size. */
export type CountName = Exclude<Entry['counts'][number], 'batches'>;
/** Names of the cost table's seconds that are plain numbers a unit. */
export type PriceName = Entry['prices'][number]['name'];
/** Columns of records that are counts. */
export type OperationColumn = Extract<Entry, { column: object }>['column']['name'];

/** How operations of a kind are counted and done. RangeError for a kind that no entry has. */
export function jobKind(kind: string, operations: readonly OperationKind[] = OPERATIONS): JobKind<{ readonly kind: string }> {
  for (const { jobs } of operations) if (Object.hasOwn(jobs, kind)) return jobs[kind];
  throw new RangeError(`no entry of the ledger of operations does '${kind}'`);
}

/** Adds amounts to counts. */
export function addAmounts(total: Record<string, number | Map<number, number>>, amounts: Amounts): void {
  for (const [name, amount] of Object.entries(amounts)) {
    if (typeof amount === 'number') total[name] = number(total[name]) + amount;
    else if (amount !== undefined) {
      const sizes = (total[name] ??= new Map<number, number>()) as Map<number, number>;
      for (const [size, calls] of amount) sizes.set(size, (sizes.get(size) ?? 0) + calls);
    }
  }
}

/** What operations add up to, kind by kind. */
export function countsOf(operations: readonly { readonly kind: string }[], kinds: readonly OperationKind[] = OPERATIONS): Amounts {
  const total: Record<string, number | Map<number, number>> = {};
  for (const operation of operations) addAmounts(total, jobKind(operation.kind, kinds).count(operation));
  return total;
}

/** CPU-seconds of all counted operations but mining, at the cost table's seconds; added in the order of the entries. */
export function operationSeconds(counts: Amounts, prices: PriceList, operations: readonly OperationKind[] = OPERATIONS): number {
  let cpu_s = 0;
  for (const kind of operations) for (const term of kind.terms(counts, prices)) cpu_s += term;
  return cpu_s;
}

/** The columns that are counts, each a decision; null where a mechanism has no such operations. */
export function countColumns(
  counts: Amounts,
  divisor: number,
  operations: readonly OperationKind[] = OPERATIONS,
): Readonly<Record<string, number | null>> {
  const columns: Record<string, number | null> = {};
  for (const { column, counts: names } of operations) {
    if (column === null) continue;
    const count = counts[names[0]];
    let total: number | undefined;
    if (typeof count === 'number') total = count;
    else if (count !== undefined) {
      total = 0;
      for (const calls of count.values()) total += calls;
    }
    columns[column.name] = total === undefined ? null : total / divisor;
  }
  return columns;
}
