// What is timed: each kernel on each backend, on the same inputs. Inputs are made before the clock runs.
import { createHmac, createPrivateKey, createPublicKey, hash, randomBytes, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createKernels } from '../kernels/index.ts';
import {
  NEVER_US,
  type Backend,
  type FormChoice,
  type Kernels,
  type SignedMessage,
  type TallyShape,
  type VoteStream,
  type Wave,
} from '../model/kernels.ts';
import { PURPOSE, draw32, drawKey } from '../simulate/core/draws.ts';
import { buildNetwork, sendKeys, upload_ns } from '../simulate/core/network.ts';
import type { MeterTask } from './meter.ts';
import type { PeerName } from './peers.ts';

/** node:crypto is the yardstick, node:fs writes; the others are this project's backends, and packages that peers.ts measures by their names. */
export type MeasuredBackend = Backend | 'node-crypto' | 'node-fs' | PeerName;

/** One kernel on one backend. `units`, what one call does, is counted in `unit` (without the `/s` of kernels.csv). */
export interface KernelTask extends MeterTask {
  readonly kernel: string;
  readonly backend: MeasuredBackend;
  readonly unit: string;
  /** Before it is measured: has a kernel of several forms choose one, and calls so long that warming up is few of them compiled. */
  readonly settle?: () => void;
}

/** Headers a call of a search: 2 ms, of which what is worked out once (0.5 µs; 7 µs for 20 versions) is nothing. */
const NONCES = 16_384;
/** Each nonce with so many versions: passes take 5 or 10 at a time, and a row of the schedule then costs 1% of their work. */
const VERSIONS = 20;
/** node:crypto, the reference and the peers take about a microsecond a nonce. */
export const SLOW_NONCES = 256;
const DIGEST_BYTES = 65536;
/** About an encoded vote with its authenticator. */
const MESSAGE_BYTES = 128;
/** Distinct keys, each with one signature. Batches take them in turn, so that no cache of keys can help. */
const POOL = 2048;

export const WAVE_SIZES = [1000, 10_000] as const;
type WaveSize = (typeof WAVE_SIZES)[number];
/** Receivers evaluated a call; of 10 000 nodes all would take a quarter of a second, and on the reference minutes. */
const WAVE_RECEIVERS: Readonly<Record<WaveSize, number>> = { 1000: 1000, 10_000: 400 };
const REFERENCE_WAVE_RECEIVERS: Readonly<Record<WaveSize, number>> = { 1000: 40, 10_000: 10 };
/** One sender of so many never sends; what is not sent is not counted. */
const SILENT_OF = 10;
const TALLY_SENDERS = 100;

/** Signed messages as every backend wants them. */
interface Pool {
  readonly items: readonly SignedMessage[];
  readonly publicKeys: readonly KeyObject[];
}

/**
 * Made by node:crypto, so that no kernel under test makes its own input. Keys come from random seeds and not from
 * generateKeyPairSync: its finished job locks the mutex of its key when it is collected, and where the collector runs while the
 * key is exported as JWK, under that mutex, Node 20 stands still for ever (seen in one of four runs).
 */
function makePool(): Pool {
  const items: SignedMessage[] = [];
  const publicKeys: KeyObject[] = [];
  for (let i = 0; i < POOL; i++) {
    const privateKey = privateKeyOf(randomBytes(32));
    const publicKey = createPublicKey(privateKey);
    const message = new Uint8Array(randomBytes(MESSAGE_BYTES));
    const signature = new Uint8Array(sign(null, message, privateKey));
    items.push({ publicKey: rawPublicKey(publicKey), message, signature });
    publicKeys.push(publicKey);
  }
  return { items, publicKeys };
}

/** Of a public or a private key. */
function rawPublicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url'));
}

/** Node wants a public key in the JWK of a private one (RFC 8037), and computes its own. */
const ANY_PUBLIC_KEY = Buffer.alloc(32).toString('base64url');

/** As JWK: 32 us a key on Node 20, where PKCS #8 takes 320 (50 and 56 on Node 24). */
function privateKeyOf(seed: Uint8Array): KeyObject {
  const d = Buffer.from(seed.buffer, seed.byteOffset, seed.length).toString('base64url');
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x: ANY_PUBLIC_KEY, d }, format: 'jwk' });
}

/** The fastest way that Node has (since 20.12). */
const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
const sha512 = (bytes: Uint8Array): Uint8Array => hash('sha512', bytes, 'buffer');

/** Walks through `count` positions for good. */
export function cycle(count: number, step = 1): () => number {
  let at = count - step;
  return () => (at = (at + step) % count);
}

export const HEADER = Uint8Array.from({ length: 80 }, (_, i) => (i * 37 + 11) & 0xff);
/** No hash is 0: every search goes to its end. */
const NO_TARGET = new Uint8Array(32);
export const DIGEST_INPUT = Uint8Array.from({ length: DIGEST_BYTES }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
export const MESSAGE = Uint8Array.from({ length: MESSAGE_BYTES }, (_, i) => i);
/** A signature, as an eligibility evaluation hashes it. */
export const SIGNATURE = Uint8Array.from({ length: 64 }, (_, i) => (i * 29 + 7) & 0xff);
export const MAC_KEY = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);

/** Which of a backend's kernels are wanted, beside hashing, MACs and single signatures. */
export interface TaskChoice {
  /** Sizes of batch verification. */
  readonly batches: readonly number[];
  /** Also with the public keys known beforehand. */
  readonly knownKeys: boolean;
  /** Searches that roll versions. */
  readonly rolled: boolean;
  readonly waves: readonly WaveSize[];
  readonly tally: boolean;
}

/** The inputs that all backends share, each made when a task first asks for it. */
export class TaskFactory {
  #pool: Pool | undefined;
  #seeds: Uint8Array[] | undefined;
  readonly #kernels: Kernels[] = [];
  get #signed(): Pool {
    return (this.#pool ??= makePool());
  }
  /** Signatures of as many keys. */
  get signedMessages(): readonly SignedMessage[] {
    return this.#signed.items;
  }
  get keySeeds(): readonly Uint8Array[] {
    return (this.#seeds ??= Array.from({ length: 256 }, () => new Uint8Array(randomBytes(32))));
  }

  /** Which forms the kernels chose that tasks were made of. */
  forms(): readonly FormChoice[] {
    return this.#kernels.flatMap((kernels) => kernels.forms());
  }

  nodeCrypto(): KernelTask[] {
    const { items, publicKeys } = this.#signed;
    const seeds = this.keySeeds;
    const signingKey = privateKeyOf(seeds[0]);
    const macKey = Buffer.from(MAC_KEY);
    const nextSeed = cycle(seeds.length);
    const nextItem = cycle(POOL);
    const task = taskOn('node-crypto');
    return [
      task('sha256d-nonce-search', 'hashes', SLOW_NONCES, hashLoop(2)),
      task('sha256-nonce-search', 'hashes', SLOW_NONCES, hashLoop(1)),
      task('sha256-digest', 'bytes', DIGEST_BYTES, () => sha256(DIGEST_INPUT)),
      task('hmac-sha256', 'macs', 1, () => createHmac('sha256', macKey).update(MESSAGE).digest()),
      task('sha512-evaluation', 'evaluations', 1, () => sha512(SIGNATURE)),
      task('ed25519-key', 'keys', 1, () => rawPublicKey(privateKeyOf(seeds[nextSeed()]))),
      task('ed25519-sign', 'signatures', 1, () => sign(null, MESSAGE, signingKey)),
      task('ed25519-verify', 'signatures', 1, () => {
        const i = nextItem();
        const item = items[i];
        return verify(null, item.message, publicKeys[i], item.signature);
      }),
    ];
  }

  backend(backend: Backend, choice: TaskChoice): KernelTask[] {
    return [...this.makers(backend, choice).values()].map((make) => make());
  }

  /** The chosen tasks by kernel, not made yet: a thread makes those alone that it is asked for. */
  makers(backend: Backend, choice: TaskChoice): ReadonlyMap<string, () => KernelTask> {
    const kernels = createKernels(backend);
    this.#kernels.push(kernels);
    const { ed25519 } = kernels;
    const task = taskOn(backend);
    const nonces = backend === 'reference' ? SLOW_NONCES : NONCES;
    const makers = new Map<string, () => KernelTask>();
    const add = (kernel: string, unit: string, units: number, make: () => () => unknown): void => {
      makers.set(kernel, () => task(kernel, unit, units, make()));
    };
    const addSearch = (kernel: string, headers: number, run: () => unknown): void => {
      makers.set(kernel, () => ({ ...task(kernel, 'hashes', headers, run), settle: () => settle(kernels, kernel, run) }));
    };
    addSearch('sha256d-nonce-search', nonces, search(kernels, 2, nonces));
    if (choice.rolled) {
      const count = Math.ceil(nonces / VERSIONS);
      addSearch('sha256d-rolled-search', count * VERSIONS, rolledSearch(kernels, count));
    }
    addSearch('sha256-nonce-search', nonces, search(kernels, 1, nonces));
    add('sha256-digest', 'bytes', DIGEST_BYTES, () => () => kernels.sha256(DIGEST_INPUT));
    add('hmac-sha256', 'macs', 1, () => () => kernels.hmacSha256(MAC_KEY, MESSAGE));
    add('sha512-evaluation', 'evaluations', 1, () => () => kernels.sha512(SIGNATURE));
    add('ed25519-key', 'keys', 1, () => {
      const seeds = this.keySeeds;
      const next = cycle(seeds.length);
      return () => ed25519.key(seeds[next()]);
    });
    add('ed25519-sign', 'signatures', 1, () => {
      const signingKey = ed25519.key(this.keySeeds[0]);
      return () => ed25519.sign(signingKey, MESSAGE);
    });
    add('ed25519-verify', 'signatures', 1, () => {
      const items = this.signedMessages;
      const next = cycle(items.length);
      return () => must(ed25519.verify(items[next()]));
    });
    for (const size of choice.batches) {
      add(batchKernel(size), 'signatures', size, () => {
        const items = this.signedMessages;
        const batches = Array.from({ length: Math.floor(POOL / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
        const next = cycle(batches.length);
        return () => must(ed25519.verifyBatch(batches[next()]).ok);
      });
      if (!choice.knownKeys || size < KNOWN_FROM) continue;
      // The same keys round after round: one validator set, a batch from each of its members.
      add(`${batchKernel(size)}-known-keys`, 'signatures', size, () => {
        const items = this.signedMessages.slice(0, size);
        const known = ed25519.expand(items.map(({ publicKey }) => publicKey));
        const round = items.map(({ message, signature }, key) => ({ key, message, signature }));
        return () => must(known.verifyBatch(round).ok);
      });
    }
    for (const nodes of choice.waves) {
      const receivers = (backend === 'reference' ? REFERENCE_WAVE_RECEIVERS : WAVE_RECEIVERS)[nodes];
      add(`quorum-waves-${nodes}`, 'votes', (nodes - nodes / SILENT_OF) * receivers, () => wave(kernels, { nodes, receivers }));
    }
    for (const pattern of choice.tally ? (['windowed', 'random'] as const) : []) {
      const kernel = `quorum-tally-${pattern}`;
      makers.set(kernel, () => {
        const { units, run } = tally(kernels, pattern);
        return task(kernel, 'votes', units, run);
      });
    }
    return makers;
  }
}

/** Batches below this are for the cost table alone. */
const KNOWN_FROM = 64;

export function batchKernel(size: number): string {
  return `ed25519-verify-batch-${size}`;
}

export function taskOn(backend: MeasuredBackend) {
  return (kernel: string, unit: string, units: number, run: () => unknown): KernelTask => ({
    name: `${kernel}/${backend}`,
    kernel,
    backend,
    unit,
    units,
    run,
  });
}

/** A backend that turns good signatures down would be measured doing something else. */
export function must(ok: boolean): boolean {
  if (!ok) throw new Error('a kernel under measurement rejects a valid signature');
  return ok;
}

/** Node's way to try nonces: write the nonce, hash, once or twice. */
function hashLoop(rounds: 1 | 2): () => unknown {
  const header = Uint8Array.from(HEADER);
  const view = new DataView(header.buffer);
  let nonce = 0;
  return () => {
    let last: Uint8Array = header;
    for (let i = 0; i < SLOW_NONCES; i++) {
      view.setUint32(76, nonce++ >>> 0, true);
      last = sha256(header);
      if (rounds === 2) last = sha256(last);
    }
    return last;
  };
}

function search(kernels: Kernels, rounds: 1 | 2, count: number): () => unknown {
  let firstNonce = 0;
  return () => {
    firstNonce = (firstNonce + count) % 2 ** 32;
    return kernels.nonceSearch({ header: HEADER, target: NO_TARGET, firstNonce, count, rounds });
  };
}

function rolledSearch(kernels: Kernels, count: number): () => unknown {
  let firstNonce = 0;
  const versions = Uint32Array.from({ length: VERSIONS }, (_, i) => 0x20000000 + (i << 13));
  return () => {
    firstNonce = (firstNonce + count) % 2 ** 32;
    return kernels.rolledSearch({ header: HEADER, target: NO_TARGET, versions, firstNonce, count });
  };
}

/** A choice that takes longer is not waited for. */
const LONGEST_RACE_MS = 2000;

function settle(kernels: Kernels, kernel: string, run: () => unknown): void {
  const end_ms = performance.now() + LONGEST_RACE_MS;
  while (kernels.racing(kernel) && performance.now() < end_ms) run();
}

/**
 * One all-to-all phase on the five-region WAN, 1 Gbit/s uplinks: every tenth sender silent, the others up to 20 ms apart,
 * quorum of 2f + 1.
 */
function wave(kernels: Kernels, { nodes, receivers }: { nodes: number; receivers: number }): () => unknown {
  const network = buildNetwork({ kind: 'wan-5-regions', bandwidth_mbps: 1000, loss: 0, rto_ms: 200 });
  const field = kernels.openWaves(network, nodes);
  const start_us = new Int32Array(nodes);
  const keys = [0, 1, 2, 3].map(() => new Int32Array(nodes));
  const spread = drawKey(1, { purpose: PURPOSE.delay });
  for (let sender = 0; sender < nodes; sender++) {
    start_us[sender] = sender % SILENT_OF === 0 ? NEVER_US : draw32(spread, sender) % 20_000;
    const { delay, loss } = sendKeys(1, { type: 1, view: 0, sequence: 1, sender });
    [delay.a, delay.b, loss.a, loss.b].forEach((word, i) => (keys[i][sender] = word));
  }
  const [delayKeyA, delayKeyB, lossKeyA, lossKeyB] = keys as [Int32Array, Int32Array, Int32Array, Int32Array];
  const votes: Wave = {
    start_us,
    own_us: start_us,
    delayKeyA,
    delayKeyB,
    lossKeyA,
    lossKeyB,
    upload_ns: upload_ns(network, MESSAGE_BYTES, 0),
    receivers: Int32Array.from({ length: receivers }, (_, i) => i),
    need: 2 * Math.floor((nodes - 1) / 3) + 1,
  };
  const reached_us = new Int32Array(receivers);
  return () => field.reach(votes, reached_us);
}

/** PBFT's window of 256 sequence numbers, two phases, one view. */
const TALLY_SHAPE: TallyShape = { senders: TALLY_SENDERS, firstSequence: 1, sequences: 256, firstView: 0, views: 1, phases: 2 };
/** Of 100 votes so many are sent again: 15% of the stream are duplicates. */
const REPEATED_OF_100 = 18;

/**
 * A window full of votes: `windowed` in the order of sequence numbers, senders mixed; `random` over all instances at
 * once. The tally is emptied before each, as it is when its window moves.
 */
function tally(kernels: Kernels, pattern: 'windowed' | 'random'): { units: number; run: () => unknown } {
  const { senders, sequences, phases, firstSequence } = TALLY_SHAPE;
  const key = drawKey(1, { purpose: PURPOSE.loss });
  const votes: { sequence: number; phase: number; sender: number; rank: number }[] = [];
  for (let sequence = firstSequence; sequence < firstSequence + sequences; sequence++)
    for (let phase = 0; phase < phases; phase++)
      for (let sender = 0; sender < senders; sender++) {
        const id = votes.length;
        const place = pattern === 'windowed' ? (sequence * phases + phase) * 2 ** 32 : 0;
        const copies = draw32(key, id, 1) % 100 < REPEATED_OF_100 ? 2 : 1;
        for (let copy = 0; copy < copies; copy++) votes.push({ sequence, phase, sender, rank: place + draw32(key, id, 2 + copy) });
      }
  votes.sort((x, y) => x.rank - y.rank);
  const stream: VoteStream = {
    length: votes.length,
    view: new Int32Array(votes.length),
    sequence: Int32Array.from(votes, ({ sequence }) => sequence),
    phase: Uint8Array.from(votes, ({ phase }) => phase),
    sender: Int32Array.from(votes, ({ sender }) => sender),
    digest: Int32Array.from(votes, ({ sequence }) => sequence),
  };
  const counter = kernels.openTally(TALLY_SHAPE);
  return {
    units: votes.length,
    run: () => {
      counter.reset(TALLY_SHAPE.firstSequence, TALLY_SHAPE.firstView);
      return counter.add(stream);
    },
  };
}
