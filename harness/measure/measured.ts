// Measured execution (crypto: measured): the real work of the operations that a simulation produced, on the encoded bytes
// of its own messages. Signatures that were made are the ones that are checked; one flipped bit makes the cell fail.
import { setImmediate } from 'node:timers/promises';
import { Bench, type TimestampProvider } from 'tinybench';
import type { Kernels, SignedMessage, SigningKey } from '../kernels/interface.ts';
import { referenceSha } from '../kernels/reference-sha.ts';
import type { TimingSample } from '../record/schema.ts';
import type { Operation, Outcome, Workload } from '../simulate/types.ts';
import type { Cell } from '../suite/schema.ts';
import { ascending, median } from './statistics.ts';
import { sink } from './meter.ts';
import { atRandomDepth } from './stack-depth.ts';

export interface Measured {
  /** CPU-seconds of all operations but searches, at all nodes together: the sum over decisions of each one's median, divided by decisions. */
  readonly cpu_s_per_decision: number;
  /** CPU-seconds of one double SHA-256 in the searches; null where nothing was mined. Its price is made from it with the counts. */
  readonly seconds_per_hash: number | null;
  /** Source `<cell>`: seconds of one decision's operations; `<cell>/hash`: seconds a hash in one decision's searches. */
  readonly samples: readonly TimingSample[];
}

/** A check failed: a signature, digest, MAC, tally or mined header is not what it must be. */
export class MeasuredMismatch extends Error {
  override name = 'MeasuredMismatch';
}

export interface MeasuredOptions {
  /** Flips one bit, once: in a signature before it is checked, in a MAC's or digest's message, or in a mined header. For tests. */
  readonly flipBit?: 'signature' | 'message' | 'header';
  /** The clock; default process.hrtime.bigint(). */
  readonly clock?: TimestampProvider;
}

/** A sample lasts at least this long: 20 000 times the clock's resolution of some 50 ns. */
const SAMPLE_S = 0.001;
/** Compilers have settled after this much work (a WASM module tiers up within some 50 ms). */
const WARM_UP_S = 0.2;
/** Each decision is sampled five times, so that its median drops two disturbances; less often, at least once, beyond this time. */
const MOST_PASSES = 5;
const PASSES_S = 3;
/** Nonces a timed piece of a search: 8 ms at 8 MH/s. */
const PIECE = 1 << 16;
const NONCES = 2 ** 32;
/** Expected trials a block where the workload's parameters do not say. */
const DEFAULT_HASHES_PER_BLOCK = 2 ** 22;

type Job = () => void;
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
  const preparation = new Preparation(cell, kernels, options.flipBit);
  const decisions = preparation.prepare(outcome.operations).filter(({ length }) => length > 0);
  const timer = new Timer(options.clock);
  const samples: TimingSample[] = [];
  const take = (source: string, seconds: number): void => {
    samples.push({ source, index: samples.length, seconds });
  };

  const firstPass = decisions.map((jobs) => timer.seconds(() => runAll(jobs)));
  let warmed = sum(firstPass);
  for (let i = 0; warmed < WARM_UP_S && decisions.length > 0; i++) warmed += timer.seconds(() => runAll(decisions[i % decisions.length]));

  const passes = Math.max(1, Math.min(MOST_PASSES, Math.floor(PASSES_S / sum(firstPass))));
  const seconds: number[][] = decisions.map(() => []);
  for (let pass = 0; pass < passes; pass++) {
    for (const [decision, jobs] of decisions.entries()) {
      const once = pass === 0 ? firstPass[decision] : seconds[decision][pass - 1];
      const repeats = once > 0 ? Math.max(1, Math.ceil(SAMPLE_S / once)) : 1;
      const took = timer.seconds(() => {
        for (let i = 0; i < repeats; i++) runAll(jobs);
      });
      seconds[decision].push(took / repeats);
      take(cell.id, took / repeats);
    }
    // Signals get their turn.
    await setImmediate();
  }

  const mined = new Mining(cell, kernels, timer, options.flipBit === 'header');
  for (const operations of outcome.operations) {
    const searches = operations.filter((operation) => operation.kind === 'search');
    if (searches.length === 0) continue;
    take(`${cell.id}/hash`, mined.decision(searches));
    await setImmediate();
  }

  return {
    cpu_s_per_decision: outcome.decisions === 0 ? 0 : sum(seconds.map((values) => median(ascending(values)))) / outcome.decisions,
    seconds_per_hash: mined.secondsPerHash(),
    samples,
  };
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function runAll(jobs: readonly Job[]): void {
  for (const job of jobs) job();
}

/** One tinybench sample at a time, whatever is to be timed. */
class Timer {
  readonly #bench: Bench;
  #work: () => void = () => {};

  constructor(clock: TimestampProvider | undefined) {
    this.#bench = new Bench({
      iterations: 1,
      time: 0,
      warmup: false,
      retainSamples: true,
      throws: true,
      timestampProvider: clock ?? 'hrtimeNow',
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

function equal(x: Uint8Array, y: Uint8Array): boolean {
  if (x.length !== y.length) return false;
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference |= x[i] ^ y[i];
  return difference === 0;
}

function flipped(bytes: Uint8Array, bit = 0): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

/** Turns operations into jobs that do nothing but the work and its check; keys, first signatures and expected values are made here. */
class Preparation {
  readonly #cell: Cell;
  readonly #kernels: Kernels;
  readonly #sha = referenceSha();
  readonly #keys = new Map<number, SigningKey>();
  readonly #macKeys: Uint8Array[] = [];
  /** By signer and message. */
  readonly #signatures = new Map<string, Uint8Array>();
  /** Digests of the reference: many nodes hash the same bytes. */
  readonly #digests = new WeakMap<Uint8Array, Uint8Array>();
  #flip: MeasuredOptions['flipBit'];

  constructor(cell: Cell, kernels: Kernels, flipBit: MeasuredOptions['flipBit']) {
    this.#cell = cell;
    this.#kernels = kernels;
    this.#flip = flipBit;
  }

  prepare(operations: readonly (readonly Operation[])[]): Job[][] {
    // Signatures first: engines may list a check before the signature that it checks.
    for (const operation of operations.flat())
      if (operation.kind === 'sign') {
        const signature = this.#kernels.ed25519.sign(this.#key(operation.signer), operation.message);
        this.#signatures.set(nameOf(operation), signature);
      }
    return operations.map((list) => list.flatMap((operation) => (operation.kind === 'search' ? [] : [this.#job(operation)])));
  }

  #fail(what: string): never {
    throw new MeasuredMismatch(`cell ${this.#cell.id} (seed ${this.#cell.seed}): ${what}`);
  }

  /** The bit is flipped at the first chance only. */
  #flipOnce(what: MeasuredOptions['flipBit'], bytes: Uint8Array): Uint8Array {
    if (this.#flip !== what) return bytes;
    this.#flip = undefined;
    return flipped(bytes);
  }

  /** Key material: SHA-256 over purpose, seed and number. */
  #derive(purpose: string, index: number): Uint8Array {
    return this.#sha.sha256(new TextEncoder().encode(`${purpose} ${this.#cell.seed} ${index}`));
  }

  #key(node: number): SigningKey {
    let key = this.#keys.get(node);
    if (key === undefined) {
      key = this.#kernels.ed25519.key(this.#derive('signing key', node));
      this.#keys.set(node, key);
    }
    return key;
  }

  #signatureOf(item: { readonly signer: number; readonly message: Uint8Array }): Uint8Array {
    return this.#signatures.get(nameOf(item)) ?? this.#fail(`a message that node ${item.signer} never signed is to be checked`);
  }

  #digestOf(bytes: Uint8Array): Uint8Array {
    let digest = this.#digests.get(bytes);
    if (digest === undefined) {
      digest = this.#sha.sha256(bytes);
      this.#digests.set(bytes, digest);
    }
    return digest;
  }

  #job(operation: Exclude<Operation, Search>): Job {
    const kernels = this.#kernels;
    const { ed25519 } = kernels;
    switch (operation.kind) {
      case 'sign': {
        const key = this.#key(operation.signer);
        const expected = this.#signatureOf(operation);
        return () => {
          if (!equal(ed25519.sign(key, operation.message), expected))
            this.#fail(`node ${operation.signer} signed differently the second time`);
        };
      }
      case 'verify': {
        const items = operation.items.map((item): SignedMessage => ({
          publicKey: this.#key(item.signer).publicKey,
          message: item.message,
          signature: this.#flipOnce('signature', this.#signatureOf(item)),
        }));
        const signers = (bad: readonly number[]): string => bad.map((position) => operation.items[position].signer).join(', ');
        if (operation.batch)
          return () => {
            const { ok, bad } = ed25519.verifyBatch(items);
            if (!ok) this.#fail(`a batch of ${items.length} signatures has bad ones, of nodes ${signers(bad)}`);
          };
        return () => {
          for (let i = 0; i < items.length; i++) if (!ed25519.verify(items[i])) this.#fail(`the signature of node ${signers([i])} is bad`);
        };
      }
      case 'mac': {
        for (let i = this.#macKeys.length; i < operation.count; i++) this.#macKeys.push(this.#derive('mac key', i));
        const keys = this.#macKeys.slice(0, operation.count);
        const expected = keys.map((key) => this.#sha.hmacSha256(key, operation.message));
        const message = this.#flipOnce('message', operation.message);
        return () => {
          for (let i = 0; i < keys.length; i++)
            if (!equal(kernels.hmacSha256(keys[i], message), expected[i])) this.#fail('a MAC differs from the reference');
        };
      }
      case 'digest': {
        const expected = this.#digestOf(operation.bytes);
        const bytes = this.#flipOnce('message', operation.bytes);
        return () => {
          if (!equal(kernels.sha256(bytes), expected)) this.#fail('a digest differs from the reference');
        };
      }
      case 'evaluate': {
        const signature = this.#signatureOf(operation);
        const expected = this.#sha.sha512(signature);
        const input = this.#flipOnce('signature', signature);
        return () => {
          if (!equal(kernels.sha512(input), expected))
            this.#fail(`the eligibility value of node ${operation.signer} differs from the reference`);
        };
      }
      case 'tally':
        return this.#tallyJob(operation);
    }
  }

  /** Each quorum is one replica's: an empty tally, its votes, the count of the digest that it is about. */
  #tallyJob({ votes, expected }: Extract<Operation, { kind: 'tally' }>): Job {
    const [first] = votes;
    if (first === undefined) return () => expected === 0 || this.#fail(`a tally of no votes is expected to count ${expected}`);
    const column = <A extends Int32Array | Uint8Array>(into: A, field: 'view' | 'sequence' | 'phase' | 'sender' | 'digest'): A => {
      votes.forEach((vote, i) => (into[i] = vote[field]));
      return into;
    };
    const n = votes.length;
    const stream = {
      length: n,
      view: column(new Int32Array(n), 'view'),
      sequence: column(new Int32Array(n), 'sequence'),
      phase: column(new Uint8Array(n), 'phase'),
      sender: column(new Int32Array(n), 'sender'),
      digest: column(new Int32Array(n), 'digest'),
    };
    const at = { view: first.view, sequence: first.sequence, phase: first.phase, digest: stream.digest[0] };
    const tally = this.#tally();
    return () => {
      tally.reset(at.sequence, at.view);
      sink.last = tally.add(stream);
      const counted = tally.count(at);
      if (counted !== expected) this.#fail(`a tally counts ${counted} votes where the simulation counted ${expected}`);
    };
  }

  #openTally: ReturnType<Kernels['openTally']> | undefined;
  #tally(): ReturnType<Kernels['openTally']> {
    // Senders: replicas, and room for a client. Phases: every message type of one protocol (types.ts has 1..15).
    this.#openTally ??= this.#kernels.openTally({
      senders: this.#cell.nodes + 1,
      firstSequence: 0,
      sequences: 1,
      firstView: 0,
      views: 1,
      phases: 16,
    });
    return this.#openTally;
  }
}

function nameOf({ signer, message }: { readonly signer: number; readonly message: Uint8Array }): string {
  return `${signer} ${Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('latin1')}`;
}

/** Mines headers to a target with the cell's expected trials, and checks what it finds with the reference. */
class Mining {
  readonly #cell: Cell;
  readonly #kernels: Kernels;
  readonly #timer: Timer;
  readonly #flip: boolean;
  readonly #sha = referenceSha();
  readonly #target: Uint8Array;
  /** Seconds a hash of whole pieces: short ones at the end of a search say more of the call than of the hash. */
  readonly #pieces: number[] = [];
  #seconds = 0;
  #tried = 0;

  constructor(cell: Cell, kernels: Kernels, timer: Timer, flip: boolean) {
    this.#cell = cell;
    this.#kernels = kernels;
    this.#timer = timer;
    this.#flip = flip;
    const trials = cell.parameters['measured_hashes_per_block'] ?? DEFAULT_HASHES_PER_BLOCK;
    if (typeof trials !== 'number') throw new TypeError(`measured_hashes_per_block must be a number, got ${JSON.stringify(trials)}`);
    this.#target = targetOf(trials);
  }

  /** Mines one decision's headers; seconds a hash over all of them. */
  decision(searches: readonly Search[]): number {
    let seconds = 0;
    let tried = 0;
    for (const { header } of searches) {
      const result = this.#mine(Uint8Array.from(header));
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

  #mine(header: Uint8Array): { seconds: number; tried: number } {
    const target = this.#target;
    let seconds = 0;
    let tried = 0;
    for (let extraNonce = 1; ; extraNonce++) {
      for (let firstNonce = 0; firstNonce < NONCES; firstNonce += PIECE) {
        let found = { nonce: null as number | null, tried: 0 };
        const took = this.#timer.seconds(() => {
          found = this.#kernels.nonceSearch({ header, target, firstNonce, count: PIECE, rounds: 2 });
        });
        seconds += took;
        tried += found.tried;
        if (found.tried === PIECE) this.#pieces.push(took / PIECE);
        if (found.nonce === null) continue;
        new DataView(header.buffer).setUint32(76, found.nonce, true);
        this.#check(this.#flip ? flipped(header, 640 - 1) : header);
        return { seconds, tried };
      }
      // No nonce is left: a miner changes the coinbase transaction, and with it the Merkle root.
      const change = new Uint8Array(36);
      change.set(header.subarray(36, 68));
      new DataView(change.buffer).setUint32(32, extraNonce, true);
      header.set(this.#sha.sha256(this.#sha.sha256(change)), 36);
    }
  }

  #check(header: Uint8Array): void {
    const hash = this.#sha.sha256(this.#sha.sha256(header));
    for (let i = 31; i >= 0; i--) {
      if (hash[i] < this.#target[i]) return;
      if (hash[i] > this.#target[i])
        throw new MeasuredMismatch(`cell ${this.#cell.id} (seed ${this.#cell.seed}): a mined header's hash is above the target`);
    }
  }
}

/** The largest hash, little-endian, that `trials` expected trials reach: 2^256 ÷ trials - 1. */
export function targetOf(trials: number): Uint8Array {
  if (!(Number.isInteger(trials) && trials >= 1 && trials <= Number.MAX_SAFE_INTEGER))
    throw new RangeError(`expected trials must be an integer from 1 to 2^53 - 1, got ${trials}`);
  let target = (1n << 256n) / BigInt(trials) - 1n;
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i++) {
    bytes[i] = Number(target & 0xffn);
    target >>= 8n;
  }
  return bytes;
}
