// Operations as plain data, and the jobs that do them for real and check what comes of it. Which of them there are, and what they
// count and cost, says the ledger (operations.ts).
import type { Bls, BlsKey, Kernels, ShaKernels, SignedMessage, SigningKey, Tally } from './kernels.ts';

/** A signature: of whom, over what. `forged`: made with a key that is not the signer's. */
export interface SignatureOf {
  readonly signer: number;
  readonly message: Uint8Array;
  readonly forged?: true;
}

export interface Sign extends SignatureOf {
  readonly kind: 'sign';
}
/** One item is checked singly, several as a batch. `calls`: batch equations and single checks, bisection included. */
export interface Verify {
  readonly kind: 'verify';
  readonly items: readonly SignatureOf[];
  readonly calls: number;
}
/** The clients' signatures of signed transactions of `transaction_bytes` each, one after another, are checked together. */
export interface CheckTransactions {
  readonly kind: 'transactions';
  readonly transactions: Uint8Array;
  readonly transaction_bytes: number;
}
export interface Mac {
  readonly kind: 'mac';
  readonly message: Uint8Array;
  readonly count: number;
}
export interface Digest {
  readonly kind: 'digest';
  readonly bytes: Uint8Array;
}
/** The votes of one (view, sequence, phase) that one replica received; `expected`: by digest, distinct senders that named it first. */
export interface TallyVotes {
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
export interface Search {
  readonly kind: 'search';
  /** Below 0: of a share, which is no block. */
  readonly block: number;
  readonly parent: number | null;
  readonly header: Uint8Array;
  /** Of a share: the bits of its target, which is easier than that of the header; the hash must be above that one, or it were a block. */
  readonly share_bits?: number;
}
/** A receiver checks the mined header of a block: its double SHA-256 is at most the target. */
export interface CheckHeader {
  readonly kind: 'header';
  readonly block: number;
}
/** The Merkle root of transactions of `transaction_bytes` each, one after another. */
export interface Merkle {
  readonly kind: 'merkle';
  readonly transactions: Uint8Array;
  readonly transaction_bytes: number;
  readonly root: Uint8Array;
}
/** The Merkle root of a job: of its first transaction, and what stands beside the way from there up (merkleBranch). */
export interface Branch {
  readonly kind: 'branch';
  readonly first: Uint8Array;
  readonly branch: readonly Uint8Array[];
  readonly root: Uint8Array;
}
/** SHA-512 of a signature, compared with a threshold (Praos eligibility). */
export interface Evaluate {
  readonly kind: 'evaluate';
  readonly signer: number;
  readonly message: Uint8Array;
}

/** A record of so many bytes is written and must survive a crash. */
export interface Persist {
  readonly kind: 'persist';
  readonly bytes: number;
}

/** A share of an aggregate signature, made on what all its signers sign alike. */
export interface MakeShare extends SignatureOf {
  readonly kind: 'share';
}
/** Shares on one message are added up, and the sum is checked; where it is bad the bad ones are found (badShares). */
export interface AddShares {
  readonly kind: 'aggregate';
  readonly shares: readonly SignatureOf[];
}
/** An aggregate signature that came, the sum of these shares, is checked. */
export interface CheckAggregate {
  readonly kind: 'certificate';
  readonly shares: readonly SignatureOf[];
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
  readonly bls: Bls;
  /** Of shares: the signer's, or its forger's. */
  shareKey(item: Pick<SignatureOf, 'signer' | 'forged'>): BlsKey;
  /** The one that was made of this item; fails where it was never made. */
  shareOf(item: SignatureOf): Uint8Array;
  /** The sum of shares; many nodes check the same one. */
  aggregateOf(shares: readonly SignatureOf[]): Uint8Array;
  /** What is to be checked of signed transactions; many nodes check the same ones. */
  signedTransactions(transactions: Uint8Array, transaction_bytes: number): readonly SignedMessage[];
  macKey(index: number): Uint8Array;
  /** The reference's SHA-256; many nodes hash the same bytes. */
  digestOf(bytes: Uint8Array): Uint8Array;
  /** Runs a check of these bytes unless it was run already. */
  checkOnce(bytes: Uint8Array, check: () => void): void;
  minedHeader(block: number): MinedHeader;
  /** One for all jobs: a job empties it. */
  tally(): Tally;
  /** Appends so many bytes to a file of the cell's own and waits until they would survive a crash; returns how many it wrote. */
  appender(bytes: number): () => number;
}

/** Work and its check, nothing else; may be run many times. */
export type Job = () => void;

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

export function verifyJob({ items: signed, calls: counted }: Verify, context: JobContext): Job {
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

export function transactionsJob({ transactions, transaction_bytes }: CheckTransactions, context: JobContext): Job {
  const { ed25519 } = context.kernels;
  const good = context.signedTransactions(transactions, transaction_bytes);
  const [first, ...others] = good;
  const signature = context.flipOnce('signature', first.signature);
  const message = context.flipOnce('message', first.message);
  const items = signature === first.signature && message === first.message ? good : [{ ...first, signature, message }, ...others];
  return () => {
    const bad = items.length === 1 ? (ed25519.verify(items[0]) ? [] : [0]) : ed25519.verifyBatch(items).bad;
    if (bad.length > 0) context.fail(`of ${items.length} transactions the signatures of number ${bad.join(', ')} are bad`);
  };
}

/**
 * Which of `count` shares are bad: their sum is checked, and where it is bad the sums of its halves, down to single shares. Where the
 * first half of a bad sum is good, the second is bad without a check of its own. Ascending.
 */
export function badShares(count: number, isGood: (from: number, to: number) => boolean): number[] {
  const bad: number[] = [];
  /** Are there bad ones in [from, to)? `isBad`: it is known that there are. */
  const search = (from: number, to: number, isBad: boolean): boolean => {
    if (!isBad && isGood(from, to)) return false;
    if (to - from === 1) bad.push(from);
    else {
      const middle = (from + to) >>> 1;
      search(middle, to, !search(from, middle, false));
    }
    return true;
  };
  if (count > 0) search(0, count, false);
  return bad;
}

/** What that takes: shares added up, sums checked, and keys added up for that. */
export function sharesTaken(good: readonly boolean[]): { aggregated: number; aggregate_verifies: number; aggregate_keys: number } {
  let sums = 0;
  let added = 0;
  badShares(good.length, (from, to) => {
    sums += 1;
    added += to - from;
    return good.slice(from, to).every(Boolean);
  });
  return { aggregated: added, aggregate_verifies: sums, aggregate_keys: added };
}

export function shareJob(operation: MakeShare, context: JobContext): Job {
  const { bls } = context;
  const key = context.shareKey(operation);
  const expected = context.shareOf(operation);
  return () => {
    if (!equalBytes(bls.share(key, operation.message), expected))
      context.fail(`node ${operation.signer} made another share the second time`);
  };
}

export function addSharesJob({ shares: given }: AddShares, context: JobContext): Job {
  const { bls } = context;
  const message = context.flipOnce('message', given[0].message);
  const shares = given.map((item) => context.flipOnce('signature', context.shareOf(item)));
  const keys = given.map(({ signer }) => context.shareKey({ signer }).publicKey);
  const forged = given.flatMap((item, position) => (item.forged === true ? [position] : []));
  const signers = (positions: readonly number[]): string =>
    positions.length === 0 ? 'nobody' : `node ${positions.map((position) => given[position].signer).join(', ')}`;
  return () => {
    const bad = badShares(shares.length, (from, to) => {
      const signature = bls.sum(shares.slice(from, to));
      return signature !== null && bls.verify({ signature, message, publicKey: bls.sumKeys(keys.slice(from, to)) });
    });
    if (bad.length !== forged.length || bad.some((position, i) => position !== forged[i]))
      context.fail(`of ${shares.length} shares those of ${signers(bad)} are bad where ${signers(forged)} forged`);
  };
}

export function checkAggregateJob({ shares }: CheckAggregate, context: JobContext): Job {
  const { bls } = context;
  const message = context.flipOnce('message', shares[0].message);
  const signature = context.flipOnce('signature', context.aggregateOf(shares));
  const keys = shares.map(({ signer }) => context.shareKey({ signer }).publicKey);
  const isGood = shares.every(({ forged }) => forged !== true);
  return () => {
    if (bls.verify({ signature, message, publicKey: bls.sumKeys(keys) }) !== isGood)
      context.fail(`an aggregate signature of ${shares.length} nodes is ${isGood ? 'bad' : 'good, though a share of it was forged'}`);
  };
}

/** An empty tally, the votes that one replica received, and for each digest how many voted for it first. */
export function tallyJob({ view, sequence, phase, senders, digests, expected }: TallyVotes, context: JobContext): Job {
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
