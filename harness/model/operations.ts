// The ledger of operations: every kind of work that is counted, with its unit, its price, its column and the job that does it for
// real. Counts, the cost table's prices, CPU-seconds, columns of records and measured cells all come from here: another kind of
// operation is another entry of OPERATIONS.
import {
  addSharesJob,
  checkAggregateJob,
  equalBytes,
  isAtMost,
  shareJob,
  sharesTaken,
  tallyJob,
  transactionsJob,
  verifyJob,
  type AddShares,
  type Branch,
  type CheckAggregate,
  type CheckHeader,
  type CheckTransactions,
  type Digest,
  type Evaluate,
  type Job,
  type JobContext,
  type Mac,
  type Merkle,
  type Persist,
  type Search,
  type Sign,
  type TallyVotes,
  type Verify,
} from './jobs.ts';
import { BATCH_CAPACITY, BLS_BACKEND } from './kernels.ts';
import { branchDigestBytes, branchRoot, merkleDigestBytes, merkleTree, type MerkleTree } from './merkle.ts';

/** Counts by name; batches by size. Absent: none. */
export type Amounts = Readonly<Record<string, number | ReadonlyMap<number, number> | undefined>>;

/** The seconds of a cost table by name. */
export interface PriceList {
  readonly ed25519_batch: readonly { readonly size: number; readonly seconds: number }[];
  readonly [name: string]: number | PriceList['ed25519_batch'] | undefined;
}

/** How operations that a simulation collects are counted and done for real. */
export interface JobKind<O extends { readonly kind: string } = never> {
  /** Its jobs wait for a device: they are timed by the CPU time that they take, not by the clock. */
  readonly waits?: true;
  /** Its jobs make or check aggregate signatures, whose module is loaded for them alone. */
  readonly bls?: true;
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
  /**
   * Names of the cost table's seconds that only this kind has, each with the kernel of kernels.csv whose rate it is, and whose it is
   * (`of`) where that is not the backend of the run. `optional`: a table may lack it, and then prices no run that counts such work.
   */
  readonly prices: readonly { readonly name: string; readonly kernel: string; readonly of?: string; readonly optional?: true }[];
  /** CPU-seconds of a run's counts, as terms that are added one after another: sums do not depend on who adds them. */
  terms(counts: Amounts, prices: PriceList): readonly number[];
  /** The column of records.csv: counts[0] divided by decisions, batches as calls of whatever size. null: made elsewhere. */
  readonly column: { readonly name: string; readonly description: string; readonly empty: string } | null;
  /** By the `kind` of the operations that a measured cell collects. */
  readonly jobs: Readonly<Record<string, JobKind>>;
}

const perDecision = 'all nodes together, whole run divided by decisions';

const ofPackage = `Priced, and in measured cells done, at the speed of ${BLS_BACKEND}: no kernel of this project does it`;
const noAggregates = 'unless state is done; for mechanisms without aggregate signatures';

const number = (value: Amounts[string]): number => (typeof value === 'number' ? value : 0);

/** Work was counted that a cost table has no price of. */
export class MissingPrice extends RangeError {
  override name = 'MissingPrice';
}

function priceOf(name: string, prices: PriceList): number {
  const price = prices[name];
  if (typeof price === 'number') return price;
  throw new MissingPrice(
    `the cost table has no price \`${name}\`, and such work was counted: make a new table with \`npx consensus-bench kernels --cost-table FILE\``,
  );
}

const priced = (count: number, name: string, prices: PriceList): number => (count === 0 ? 0 : count * priceOf(name, prices));

/** So many of a count at so much each. @throws MissingPrice where some were counted and the price is not there */
export const each =
  (count: string, price: string): OperationKind['terms'] =>
  (counts, prices) => [priced(number(counts[count]), price, prices)];

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
  const points = [{ size: 1, seconds: priceOf('ed25519_verify', prices) }, ...prices.ed25519_batch];
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

/** A double SHA-256 of a header: its 80 bytes, and the 32 of the first hash. */
const HEADER_DIGEST_BYTES = 80 + 32;

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
    terms: (counts: Amounts, prices: PriceList): number[] => [priced(singleVerifies(counts), 'ed25519_verify', prices)],
    column: {
      name: 'verifies_per_decision',
      description: `Signatures checked, singly or in a batch. A vote is checked until its quorum is complete; one's own is not. Where clients sign their transactions (\`transactions: { signed: true }\`) each of those is in it once a node; ${perDecision}.`,
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
      transactions: {
        count({ transactions, transaction_bytes }: CheckTransactions): Amounts {
          const verifies = transactions.length / transaction_bytes;
          const taken = new CheckCounts();
          taken.good(verifies, 1);
          return { verifies, verifies_single: taken.single, batches: taken.batches };
        },
        prepare: transactionsJob,
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
    prices: [{ name: 'bls_share', kernel: 'bls-share', of: BLS_BACKEND, optional: true }],
    terms: each('shares', 'bls_share'),
    column: {
      name: 'shares_per_decision',
      description: `Shares of aggregate signatures (BLS) made, beside signs_per_decision. ${ofPackage}; ${perDecision}.`,
      empty: noAggregates,
    },
    jobs: { share: { bls: true, count: (): Amounts => ({ shares: 1 }), prepare: shareJob } },
  },
  {
    id: 'aggregate',
    unit: 'shares',
    // Shares added up to an aggregate signature.
    counts: ['aggregated'],
    // To decode it is most of it.
    prices: [{ name: 'bls_add', kernel: 'bls-aggregate', of: BLS_BACKEND, optional: true }],
    terms: each('aggregated', 'bls_add'),
    column: {
      name: 'shares_added_per_decision',
      description: `Shares added up to aggregate signatures, one's own among them. ${ofPackage}; ${perDecision}.`,
      empty: noAggregates,
    },
    jobs: {
      // Its sums are checked: that is counted by the entry below.
      aggregate: {
        bls: true,
        count: ({ shares }: AddShares): Amounts => sharesTaken(shares.map(({ forged }) => forged !== true)),
        prepare: addSharesJob,
      },
    },
  },
  {
    id: 'aggregate verify',
    unit: 'aggregate signatures',
    // Aggregate signatures checked; and the keys of their signers, added up for that.
    counts: ['aggregate_verifies', 'aggregate_keys'],
    prices: [
      { name: 'bls_verify', kernel: 'bls-verify', of: BLS_BACKEND, optional: true },
      { name: 'bls_add_key', kernel: 'bls-aggregate-keys', of: BLS_BACKEND, optional: true },
    ],
    terms: (counts: Amounts, prices: PriceList): number[] => [
      ...each('aggregate_verifies', 'bls_verify')(counts, prices),
      ...each('aggregate_keys', 'bls_add_key')(counts, prices),
    ],
    column: {
      name: 'aggregate_verifies_per_decision',
      description: `Aggregate signatures checked, beside verifies_per_decision: sums that a node made, and those that came with certificates. ${ofPackage}; ${perDecision}.`,
      empty: noAggregates,
    },
    jobs: {
      certificate: {
        bls: true,
        count: ({ shares }: CheckAggregate): Amounts => ({ aggregate_verifies: 1, aggregate_keys: shares.length }),
        prepare: checkAggregateJob,
      },
    },
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
          const holds = (tree: MerkleTree): boolean => equalBytes(tree.root, root) && !tree.mutated;
          context.checkOnce(given, () => {
            if (!holds(merkleTree(given, transaction_bytes, reference.sha256)))
              context.fail('a header names another Merkle root than its transactions have, or some of them are repeated');
          });
          const transactions = context.flipOnce('message', given);
          return () => {
            if (!holds(merkleTree(transactions, transaction_bytes, kernels.sha256)))
              context.fail('a Merkle root differs from the reference');
          };
        },
      },
      branch: {
        count: ({ first, branch }: Branch): Amounts => ({ digest_bytes: branchDigestBytes(2 ** branch.length, first.length) }),
        prepare({ first: given, branch, root }: Branch, context: JobContext): Job {
          const { kernels } = context;
          const first = context.flipOnce('message', given);
          return () => {
            if (!equalBytes(branchRoot(first, branch, kernels.sha256), root))
              context.fail('the Merkle root of a job is not that of its branch');
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
    // CPU-seconds of a small record's write and sync. The wait for the disk is virtual time: the node profile's persist_ns.
    prices: [{ name: 'persist', kernel: 'persist', of: 'node-fs', optional: true }],
    terms: each('persists', 'persist'),
    column: {
      name: 'persists_per_decision',
      description: `Writes made to survive a crash; ${perDecision}.`,
      empty: 'unless state is done; for mechanisms that persist nothing',
    },
    jobs: {
      persist: {
        waits: true,
        count: (): Amounts => ({ persists: 1 }),
        prepare({ bytes }: Persist, context: JobContext): Job {
          const append = context.appender(bytes);
          return () => {
            const written = append();
            if (written !== bytes) context.fail(`of a record of ${bytes} bytes ${written} were written`);
          };
        },
      },
    },
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
type Price = Entry['prices'][number];
/** Names of the cost table's seconds that are plain numbers a unit; of those, the ones that a table may lack. */
export type PriceName = Price['name'];
export type OptionalPriceName = Extract<Price, { optional: true }>['name'];
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
