// Packages that others use for the same work, measured beside the kernels where they are installed. All but @noble/* are
// development dependencies: an installed package goes without them, and so must everything here.
import { errorCode } from '../errors.ts';
import { blsTasks } from './bls-tasks.ts';
import {
  DIGEST_INPUT,
  HEADER,
  MAC_KEY,
  MESSAGE,
  SIGNATURE,
  SLOW_NONCES,
  cycle,
  must,
  taskOn,
  type KernelTask,
  type TaskFactory,
} from './tasks.ts';

/** In the order of the rows of a kernel. */
export const PEERS = ['@noble/hashes', '@noble/curves', 'hash-wasm', '@chainsafe/as-sha256', 'libsodium-wrappers'] as const;
export type PeerName = (typeof PEERS)[number];

/** What a package offers of our work, each in the fastest way that it documents. */
type PeerTasks = (factory: TaskFactory) => Promise<readonly KernelTask[]>;

const MIDSTATE_BYTES = 64;

/** A header in two parts: the block that a midstate covers, and the rest, which ends with the nonce. */
function headerParts(): { first: Uint8Array; rest: Uint8Array; view: DataView } {
  const rest = HEADER.slice(MIDSTATE_BYTES);
  return { first: HEADER.slice(0, MIDSTATE_BYTES), rest, view: new DataView(rest.buffer, rest.length - 4) };
}

/** Tries SLOW_NONCES nonces in turn; `hash` hashes the header that `view`, at its nonce, belongs to. */
function tryNonces(view: DataView, hash: () => unknown): () => unknown {
  let nonce = 0;
  return () => {
    let last: unknown;
    for (let i = 0; i < SLOW_NONCES; i++) {
      view.setUint32(0, nonce++ >>> 0, true);
      last = hash();
    }
    return last;
  };
}

const peers: Readonly<Record<PeerName, PeerTasks>> = {
  // A cloned midstate: half again as fast as hashing the header anew.
  '@noble/hashes': async () => {
    const { sha256, sha512 } = await import('@noble/hashes/sha2.js');
    const { hmac } = await import('@noble/hashes/hmac.js');
    const task = taskOn('@noble/hashes');
    const { first, rest, view } = headerParts();
    const midstate = sha256.create().update(first);
    const scratch = sha256.create();
    const once = (): Uint8Array => midstate._cloneInto(scratch).update(rest).digest();
    return [
      task(
        'sha256d-nonce-search',
        'hashes',
        SLOW_NONCES,
        tryNonces(view, () => sha256(once())),
      ),
      task('sha256-nonce-search', 'hashes', SLOW_NONCES, tryNonces(view, once)),
      task('sha256-digest', 'bytes', DIGEST_INPUT.length, () => sha256(DIGEST_INPUT)),
      task('hmac-sha256', 'macs', 1, () => hmac(sha256, MAC_KEY, MESSAGE)),
      task('sha512-evaluation', 'evaluations', 1, () => sha512(SIGNATURE)),
    ];
  },
  '@noble/curves': async (factory) => {
    const { ed25519 } = await import('@noble/curves/ed25519.js');
    const signatures = signatureTasks('@noble/curves', factory, {
      key: (seed) => ed25519.getPublicKey(seed),
      sign: (message, seed) => ed25519.sign(message, seed),
      verify: (item) => ed25519.verify(item.signature, item.message, item.publicKey),
    });
    return [...signatures, ...(await blsTasks())];
  },
  // Loading its saved state takes longer than hashing the 64 bytes anew (0.80 against 0.91 Mhash/s on Node 20).
  'hash-wasm': async () => {
    const { createHMAC, createSHA256, createSHA512 } = await import('hash-wasm');
    const task = taskOn('hash-wasm');
    const hasher = await createSHA256();
    const wide = await createSHA512();
    const mac = await createHMAC(createSHA256(), MAC_KEY);
    const digest = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
    const header = HEADER.slice();
    const view = new DataView(header.buffer, header.length - 4);
    return [
      task(
        'sha256d-nonce-search',
        'hashes',
        SLOW_NONCES,
        tryNonces(view, () => digest(digest(header))),
      ),
      task(
        'sha256-nonce-search',
        'hashes',
        SLOW_NONCES,
        tryNonces(view, () => digest(header)),
      ),
      task('sha256-digest', 'bytes', DIGEST_INPUT.length, () => digest(DIGEST_INPUT)),
      task('hmac-sha256', 'macs', 1, () => mac.init().update(MESSAGE).digest('binary')),
      task('sha512-evaluation', 'evaluations', 1, () => wide.init().update(SIGNATURE).digest('binary')),
    ];
  },
  // Its SIMD batch takes four messages of 64 bytes and nothing else: two blocks each, as many as a double hash from a midstate
  // and as a single hash without one. It stands for both.
  '@chainsafe/as-sha256': async () => {
    const { batchHash4UintArray64s, digest } = await import('@chainsafe/as-sha256');
    const task = taskOn('@chainsafe/as-sha256');
    const lanes = [0, 1, 2, 3].map((lane) => Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + lane) & 0xff));
    const views = lanes.map(({ buffer }) => new DataView(buffer, 60));
    let nonce = 0;
    const search = (): unknown => {
      let last: unknown;
      for (let i = 0; i < SLOW_NONCES; i += 4) {
        for (const view of views) view.setUint32(0, nonce++ >>> 0, true);
        last = batchHash4UintArray64s(lanes);
      }
      return last;
    };
    return [
      task('sha256d-nonce-search', 'hashes', SLOW_NONCES, search),
      task('sha256-nonce-search', 'hashes', SLOW_NONCES, search),
      task('sha256-digest', 'bytes', DIGEST_INPUT.length, () => digest(DIGEST_INPUT)),
    ];
  },
  'libsodium-wrappers': async (factory) => {
    const { default: sodium } = await import('libsodium-wrappers');
    await sodium.ready;
    const secrets = new Map<Uint8Array, Uint8Array>();
    const secretOf = (seed: Uint8Array): Uint8Array => {
      let secret = secrets.get(seed);
      if (secret === undefined) secrets.set(seed, (secret = sodium.crypto_sign_seed_keypair(seed).privateKey));
      return secret;
    };
    return signatureTasks('libsodium-wrappers', factory, {
      key: (seed) => sodium.crypto_sign_seed_keypair(seed),
      sign: (message, seed) => sodium.crypto_sign_detached(message, secretOf(seed)),
      verify: (item) => sodium.crypto_sign_verify_detached(item.signature, item.message, item.publicKey),
    });
  },
};

interface Signatures {
  readonly key: (seed: Uint8Array) => unknown;
  readonly sign: (message: Uint8Array, seed: Uint8Array) => unknown;
  readonly verify: (item: { signature: Uint8Array; message: Uint8Array; publicKey: Uint8Array }) => boolean;
}

function signatureTasks(name: PeerName, factory: TaskFactory, { key, sign, verify }: Signatures): KernelTask[] {
  const task = taskOn(name);
  const { keySeeds, signedMessages } = factory;
  const nextSeed = cycle(keySeeds.length);
  const nextItem = cycle(signedMessages.length);
  return [
    task('ed25519-key', 'keys', 1, () => key(keySeeds[nextSeed()])),
    task('ed25519-sign', 'signatures', 1, () => sign(MESSAGE, keySeeds[0])),
    task('ed25519-verify', 'signatures', 1, () => must(verify(signedMessages[nextItem()]))),
  ];
}

/** The tasks of one package; none where it is not installed. */
export async function peerTasks(name: PeerName, factory: TaskFactory): Promise<readonly KernelTask[]> {
  try {
    return await peers[name](factory);
  } catch (error) {
    if (errorCode(error) === 'ERR_MODULE_NOT_FOUND') return [];
    throw error;
  }
}
