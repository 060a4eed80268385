// Measured execution (crypto: measured): the real work of the operations that a simulation produced, on the encoded bytes
// of its own messages. Signatures that were made are the ones that are checked; one flipped bit makes the cell fail.
import { setImmediate } from 'node:timers/promises';
import { Bench, type TimestampProvider } from 'tinybench';
import type { Bls, BlsKey, Kernels, SignedMessage, SigningKey, Tally } from '../model/kernels.ts';
import { isAtMost, type Job, type JobContext, type MinedHeader } from '../model/jobs.ts';
import { OPERATIONS, jobKind, type OperationKind } from '../model/operations.ts';
import { referenceSha } from '../kernels/reference-sha.ts';
import type { TimingSample } from '../model/record.ts';
import { transactionsIn } from '../model/transactions.ts';
import { keySeed, type KeyPurpose } from '../simulate/core/operations.ts';
import { targetBytes, targetOfCompact } from '../simulate/core/target.ts';
import type { Workload } from '../simulate/core/contract.ts';
import type { Operation, Outcome, SignatureOf } from '../model/outcome.ts';
import type { Cell } from '../model/cell.ts';
import { CPU_CLOCK } from './cpu-clock.ts';
import { MOST_PASSES, PASSES_S, WARM_UP_S } from './measured-time.ts';
import { ascending, median } from './statistics.ts';
import { ScratchFile } from './scratch-file.ts';
import { atRandomDepth } from './stack-depth.ts';

export interface Measured {
  /**
   * CPU-seconds of all operations but searches, at all nodes together: the sum over the run of each decision's median, divided as its
   * counts are. Of writes it is the CPU time, not the wait for the disk.
   */
  readonly cpu_s_per_decision: number;
  /** CPU-seconds of one double SHA-256 in the searches; null where nothing was mined. Its price is made from it with the counts. */
  readonly seconds_per_hash: number | null;
  /** Source `<cell>`: CPU-seconds of one decision's operations; `<cell>/hash`: seconds a hash in one decision's searches. */
  readonly samples: readonly TimingSample[];
}

/** A check failed: a signature, digest, MAC, root, tally or mined header is not what it must be. */
export class MeasuredMismatch extends Error {
  override name = 'MeasuredMismatch';
}

export interface MeasuredOptions {
  /** Flips one bit, once: in a signature before it is checked, in what a MAC, digest or root is made of, or in a mined header. For tests. */
  readonly flipBit?: 'signature' | 'message' | 'header';
  /** The ledger that knows the operations; default OPERATIONS. */
  readonly operations?: readonly OperationKind[];
  /** The clock; default process.hrtime.bigint(). */
  readonly clock?: TimestampProvider;
  /** The clock of jobs that wait; default CPU_CLOCK. */
  readonly cpuClock?: TimestampProvider;
}

/** A sample lasts at least this long: 20 000 times the clock's resolution of some 50 ns. */
const SAMPLE_S = 0.001;
/** Nonces a timed piece of a search: 8 ms at 8 MH/s. */
const PIECE = 1 << 16;
const NONCES = 2 ** 32;

type Search = Extract<Operation, { kind: 'search' }>;

/**
 * Executes `outcome.operations` and times it in this thread. Decisions without operations cost nothing and give no sample.
 * Throws MeasuredMismatch where a check fails.
 */
export async function executeOperations(
  cell: Cell,
  workload: Workload,
  outcome: Outcome,
  kernels: Kernels,
  options: MeasuredOptions = {},
): Promise<Measured> {
  if (outcome.operations === undefined)
    throw new TypeError(`${workload.id} collected no operations for measured cell ${cell.id} (seed ${cell.seed})`);
  const timer = new Timer(options.clock ?? 'hrtimeNow');
  const samples: TimingSample[] = [];
  const take = (source: string, seconds: number): void => {
    samples.push({ source, index: samples.length, seconds });
  };

  // Headers first: receivers check the mined ones.
  const mined = new Mining(cell, kernels, timer, options.flipBit === 'header');
  for (const operations of outcome.operations) {
    const searches = operations.filter((operation) => operation.kind === 'search');
    if (searches.length === 0) continue;
    take(`${cell.id}/hash`, mined.decision(searches));
    await setImmediate();
  }

  const kinds = options.operations ?? OPERATIONS;
  const aggregates = outcome.operations.some((list) => list.some(({ kind }) => jobKind(kind, kinds).bls === true));
  const bls = aggregates ? (await import('../kernels/bls.ts')).blsKernel() : null;
  const preparation = new Preparation(cell, kernels, bls, mined.headers, options);
  try {
    const decisions = preparation.prepare(outcome.operations).filter(({ busy, waiting }) => busy.length + waiting.length > 0);
    const timing = new DecisionTimer(timer, new Timer(options.cpuClock ?? CPU_CLOCK));

    // A decision is cold where compilers may not have settled when its turn came.
    const cold: boolean[] = [];
    let warmed = 0;
    const firstPass = decisions.map((jobs, decision) => {
      cold[decision] = warmed < WARM_UP_S;
      const took = timing.once(jobs);
      warmed += took.busy_s;
      return took;
    });
    const warming = decisions.filter(({ busy }) => busy.length > 0);
    for (let i = 0; warmed < WARM_UP_S && warming.length > 0; i++) warmed += timing.busy_s(warming[i % warming.length], 1);

    const passes = Math.max(1, Math.min(MOST_PASSES, Math.floor(PASSES_S / sum(firstPass.map(({ elapsed_s }) => elapsed_s)))));
    const seconds: number[][] = decisions.map(() => []);
    let before = firstPass;
    for (let pass = 0; pass < passes; pass++) {
      const took: Took[] = [];
      for (const [decision, jobs] of decisions.entries()) {
        const { busy_s } = before[decision];
        // Where there is time for one pass alone, the first one was as good a sample of what was neither cold nor too short for the clock.
        if (passes === 1 && !cold[decision] && busy_s >= SAMPLE_S) took.push(firstPass[decision]);
        else took.push(timing.once(jobs, busy_s > 0 ? Math.max(1, Math.ceil(SAMPLE_S / busy_s)) : 1));
        const cpu_s = took[decision].busy_s + took[decision].waiting_s;
        seconds[decision].push(cpu_s);
        take(cell.id, cpu_s);
      }
      before = took;
      // Signals get their turn.
      await setImmediate();
    }

    return {
      cpu_s_per_decision: outcome.divisor === 0 ? 0 : sum(seconds.map((values) => median(ascending(values)))) / outcome.divisor,
      seconds_per_hash: mined.secondsPerHash(),
      samples,
    };
  } finally {
    preparation.close();
  }
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function runAll(jobs: readonly Job[]): void {
  for (const job of jobs) job();
}

/** The jobs of one decision: those that keep the thread busy, and those that wait for a device. */
interface DecisionJobs {
  readonly busy: Job[];
  readonly waiting: Job[];
}

/** What one execution of a decision took: by the clock, of the CPU while it waited, and altogether until it was done. */
interface Took {
  readonly busy_s: number;
  readonly waiting_s: number;
  readonly elapsed_s: number;
}

/** Busy jobs are timed by the clock, in samples that are long enough for it; jobs that wait once, by their CPU time. */
class DecisionTimer {
  readonly #clock: Timer;
  readonly #cpu: Timer;

  constructor(clock: Timer, cpu: Timer) {
    this.#clock = clock;
    this.#cpu = cpu;
  }

  busy_s({ busy }: DecisionJobs, repeats: number): number {
    if (busy.length === 0) return 0;
    const took = this.#clock.seconds(() => {
      for (let i = 0; i < repeats; i++) runAll(busy);
    });
    return took / repeats;
  }

  once(jobs: DecisionJobs, repeats = 1): Took {
    const busy_s = this.busy_s(jobs, repeats);
    if (jobs.waiting.length === 0) return { busy_s, waiting_s: 0, elapsed_s: busy_s };
    let waiting_s = 0;
    const waited_s = this.#clock.seconds(() => {
      waiting_s = this.#cpu.seconds(() => runAll(jobs.waiting));
    });
    return { busy_s, waiting_s, elapsed_s: busy_s + waited_s };
  }
}

/** One tinybench sample at a time, whatever is to be timed. */
class Timer {
  readonly #bench: Bench;
  #work: () => void = () => {};

  constructor(clock: TimestampProvider | 'hrtimeNow') {
    this.#bench = new Bench({
      iterations: 1,
      time: 0,
      warmup: false,
      retainSamples: true,
      throws: true,
      timestampProvider: clock,
    });
    this.#bench.add('work', () => this.#work(), { async: false });
  }

  seconds(work: () => void): number {
    this.#work = work;
    const task = this.#bench.getTask('work')!;
    task.reset(false);
    atRandomDepth(() => task.runSync());
    const { result } = task;
    if (result.state !== 'completed') throw new Error(`timing ended in state ${result.state}`);
    return result.latency.samples![0] / 1000;
  }
}

function flipped(bytes: Uint8Array, bit = 0): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

/** Turns operations into jobs that do nothing but the work and its check; keys, first signatures and expected values are made here. */
class Preparation implements JobContext {
  readonly kernels: Kernels;
  readonly reference = referenceSha();
  readonly #cell: Cell;
  readonly #kinds: readonly OperationKind[];
  readonly #bls: Bls | null;
  readonly #keys = new Map<number, SigningKey>();
  /** Keys that forgers sign with, by the node that they pass for. */
  readonly #forgers = new Map<number, SigningKey>();
  readonly #shareKeys = new Map<number, BlsKey>();
  readonly #shareForgers = new Map<number, BlsKey>();
  readonly #macKeys: Uint8Array[] = [];
  /** By signer, forger and message. */
  readonly #signatures = new Map<string, Uint8Array>();
  readonly #shares = new Map<string, Uint8Array>();
  /** By all their shares. */
  readonly #aggregates = new Map<string, Uint8Array>();
  readonly #digests = new WeakMap<Uint8Array, Uint8Array>();
  readonly #checked = new WeakSet<Uint8Array>();
  readonly #clientKeys = new Map<number, Uint8Array>();
  readonly #transactions = new WeakMap<Uint8Array, readonly SignedMessage[]>();
  readonly #headers: ReadonlyMap<number, MinedHeader>;
  #flip: MeasuredOptions['flipBit'];
  #openTally: Tally | undefined;
  #scratch: ScratchFile | undefined;

  constructor(cell: Cell, kernels: Kernels, bls: Bls | null, headers: ReadonlyMap<number, MinedHeader>, options: MeasuredOptions) {
    this.#cell = cell;
    this.kernels = kernels;
    this.#bls = bls;
    this.#headers = headers;
    this.#flip = options.flipBit;
    this.#kinds = options.operations ?? OPERATIONS;
  }

  prepare(operations: readonly (readonly Operation[])[]): DecisionJobs[] {
    // Signatures first: engines may list a check before the signature that it checks.
    for (const operation of operations.flat())
      if (operation.kind === 'sign') {
        const signature = this.kernels.ed25519.sign(this.signingKey(operation), operation.message);
        this.#signatures.set(nameOf(operation), signature);
      } else if (operation.kind === 'share') {
        this.#shares.set(nameOf(operation), this.bls.share(this.shareKey(operation), operation.message));
      }
    return operations.map((list) => {
      const jobs: DecisionJobs = { busy: [], waiting: [] };
      for (const operation of list) {
        const kind = jobKind(operation.kind, this.#kinds);
        const job = kind.prepare(operation, this);
        if (job !== null) (kind.waits === true ? jobs.waiting : jobs.busy).push(job);
      }
      return jobs;
    });
  }

  fail(what: string): never {
    throw new MeasuredMismatch(`cell ${this.#cell.id} (seed ${this.#cell.seed}): ${what}`);
  }

  flipOnce(what: 'signature' | 'message', bytes: Uint8Array): Uint8Array {
    if (this.#flip !== what) return bytes;
    this.#flip = undefined;
    return flipped(bytes);
  }

  #seed(purpose: KeyPurpose, number: number): Uint8Array {
    return keySeed(this.reference.sha256, purpose, this.#cell.seed, number);
  }

  #key(node: number): SigningKey {
    let key = this.#keys.get(node);
    if (key === undefined) {
      key = this.kernels.ed25519.key(this.#seed('signing key', node));
      this.#keys.set(node, key);
    }
    return key;
  }

  publicKey(node: number): Uint8Array {
    return this.#key(node).publicKey;
  }

  /** A forger's is good but for the key: its check takes as long as that of a good signature. */
  signingKey({ signer, forged }: SignatureOf): SigningKey {
    if (forged !== true) return this.#key(signer);
    let key = this.#forgers.get(signer);
    if (key === undefined) this.#forgers.set(signer, (key = this.kernels.ed25519.key(this.#seed('forging key', signer))));
    return key;
  }

  signatureOf(item: SignatureOf): Uint8Array {
    return this.#madeOf(this.#signatures, item, () => this.kernels.ed25519.sign(this.signingKey(item), item.message));
  }

  #madeOf(all: Map<string, Uint8Array>, item: SignatureOf, forge: () => Uint8Array): Uint8Array {
    const name = nameOf(item);
    const made = all.get(name);
    if (made !== undefined) return made;
    // Who sends a bad signature has signed, and sends another one instead.
    const { forged, ...signed } = item;
    if (forged !== true || !all.has(nameOf(signed))) this.fail(`a message that node ${item.signer} never signed is to be checked`);
    const signature = forge();
    all.set(name, signature);
    return signature;
  }

  get bls(): Bls {
    if (this.#bls === null) throw new Error('an operation on aggregate signatures whose entry in the ledger does not say so');
    return this.#bls;
  }

  shareKey({ signer, forged }: Pick<SignatureOf, 'signer' | 'forged'>): BlsKey {
    const keys = forged === true ? this.#shareForgers : this.#shareKeys;
    let key = keys.get(signer);
    if (key === undefined) keys.set(signer, (key = this.bls.key(this.#seed(forged === true ? 'forging key' : 'share key', signer))));
    return key;
  }

  shareOf(item: SignatureOf): Uint8Array {
    return this.#madeOf(this.#shares, item, () => this.bls.share(this.shareKey(item), item.message));
  }

  aggregateOf(shares: readonly SignatureOf[]): Uint8Array {
    const name = shares.map(nameOf).join();
    let aggregate = this.#aggregates.get(name);
    if (aggregate === undefined) {
      aggregate = this.bls.sum(shares.map((item) => this.shareOf(item))) ?? this.fail('shares cancel each other');
      this.#aggregates.set(name, aggregate);
    }
    return aggregate;
  }

  #clientKey(client: number): Uint8Array {
    let key = this.#clientKeys.get(client);
    if (key === undefined) {
      key = this.kernels.ed25519.key(this.#seed('client key', client)).publicKey;
      this.#clientKeys.set(client, key);
    }
    return key;
  }

  signedTransactions(transactions: Uint8Array, transaction_bytes: number): readonly SignedMessage[] {
    let items = this.#transactions.get(transactions);
    if (items === undefined) {
      items = transactionsIn(transactions, transaction_bytes).map(({ client, message, signature }) => ({
        publicKey: this.#clientKey(client),
        message,
        signature,
      }));
      this.#transactions.set(transactions, items);
    }
    return items;
  }

  macKey(index: number): Uint8Array {
    return (this.#macKeys[index] ??= this.#seed('mac key', index));
  }

  digestOf(bytes: Uint8Array): Uint8Array {
    let digest = this.#digests.get(bytes);
    if (digest === undefined) {
      digest = this.reference.sha256(bytes);
      this.#digests.set(bytes, digest);
    }
    return digest;
  }

  checkOnce(bytes: Uint8Array, check: () => void): void {
    if (this.#checked.has(bytes)) return;
    check();
    this.#checked.add(bytes);
  }

  minedHeader(block: number): MinedHeader {
    return this.#headers.get(block) ?? this.fail(`block ${block} was never mined`);
  }

  tally(): Tally {
    // Senders: replicas, and room for a client. Phases: every message type of one protocol (types.ts has 1..15).
    this.#openTally ??= this.kernels.openTally({
      senders: this.#cell.nodes + 1,
      firstSequence: 0,
      sequences: 1,
      firstView: 0,
      views: 1,
      phases: 16,
    });
    return this.#openTally;
  }

  appender(bytes: number): () => number {
    this.#scratch ??= new ScratchFile();
    return this.#scratch.appender(bytes);
  }

  close(): void {
    this.#scratch?.close();
  }
}

function nameOf({ signer, message, forged }: SignatureOf): string {
  const text = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('latin1');
  return `${signer}${forged === true ? ' forged' : ''} ${text}`;
}

/** Mines headers, each on the hash of the one that it follows, to their targets, and checks what it finds with the reference. */
class Mining {
  readonly headers = new Map<number, MinedHeader>();
  readonly #cell: Cell;
  readonly #kernels: Kernels;
  readonly #timer: Timer;
  readonly #flip: boolean;
  readonly #sha = referenceSha();
  /** Seconds a hash of whole pieces: short ones at the end of a search say more of the call than of the hash. */
  readonly #pieces: number[] = [];
  #seconds = 0;
  #tried = 0;

  constructor(cell: Cell, kernels: Kernels, timer: Timer, flip: boolean) {
    this.#cell = cell;
    this.#kernels = kernels;
    this.#timer = timer;
    this.#flip = flip;
  }

  /** Mines one decision's headers; seconds a hash over all of them. */
  decision(searches: readonly Search[]): number {
    let seconds = 0;
    let tried = 0;
    for (const search of searches) {
      const result = this.#mine(search);
      seconds += result.seconds;
      tried += result.tried;
    }
    this.#seconds += seconds;
    this.#tried += tried;
    return seconds / tried;
  }

  secondsPerHash(): number | null {
    if (this.#tried === 0) return null;
    return this.#pieces.length > 0 ? median(ascending(this.#pieces)) : this.#seconds / this.#tried;
  }

  #fail(what: string): never {
    throw new MeasuredMismatch(`cell ${this.#cell.id} (seed ${this.#cell.seed}): ${what}`);
  }

  #mine({ block, parent, header: given, share_bits }: Search): { seconds: number; tried: number } {
    const header = Uint8Array.from(given);
    const fields = new DataView(header.buffer);
    if (parent !== null) {
      const previous = this.headers.get(parent) ?? this.#fail(`block ${block} follows block ${parent}, which was never mined`);
      header.set(previous.hash, PREVIOUS_AT);
    }
    const ofBlock = targetBytes(targetOfCompact(fields.getUint32(BITS_AT, true)));
    const target = share_bits === undefined ? ofBlock : targetBytes(targetOfCompact(share_bits));
    let seconds = 0;
    let tried = 0;
    for (;;) {
      for (let firstNonce = 0; firstNonce < NONCES;) {
        const count = Math.min(PIECE, NONCES - firstNonce);
        let found = { nonce: null as number | null, tried: 0 };
        const took = this.#timer.seconds(() => {
          found = this.#kernels.nonceSearch({ header, target, firstNonce, count, rounds: 2 });
        });
        seconds += took;
        tried += found.tried;
        if (found.tried === PIECE) this.#pieces.push(took / PIECE);
        firstNonce = found.nonce === null ? firstNonce + count : found.nonce + 1;
        if (found.nonce === null) continue;
        fields.setUint32(NONCE_AT, found.nonce, true);
        // A share that would be a block is none of this search's.
        if (share_bits !== undefined && isAtMost(this.#sha.sha256(this.#sha.sha256(header)), ofBlock)) continue;
        const checked = this.#flip ? flipped(header, 8 * header.length - 1) : header;
        const hash = this.#sha.sha256(this.#sha.sha256(checked));
        if (!isAtMost(hash, target)) this.#fail("a mined header's hash is above the target");
        this.headers.set(block, { header, hash, target });
        return { seconds, tried };
      }
      // No nonce is left: the header's time moves on by a second, as miners let it.
      fields.setUint32(TIME_AT, fields.getUint32(TIME_AT, true) + 1, true);
    }
  }
}

/** Places in Bitcoin's header. */
const PREVIOUS_AT = 4;
const TIME_AT = 68;
const BITS_AT = 72;
const NONCE_AT = 76;
