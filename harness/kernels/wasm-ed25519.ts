// The Ed25519 kernel: copies in and out of the module's memory, whose layout the module exports (assembly/lib/ed25519-batch.ts).
import { checkBytes, oneAtATime, type OneAtATime } from './border.ts';
import {
  COEFFICIENT_BYTES,
  checkMessage,
  coefficientsOf,
  readBatch,
  readKeys,
  readKnownBatch,
  readSecret,
  readSigned,
  verifyInChunks,
  type Batch,
} from './ed25519-border.ts';
import type { BatchResult, Ed25519, ExpandedKeys, SigningKey } from '../model/kernels.ts';
import { instantiate, type WasmBuild } from './load.ts';

type Exported = WebAssembly.Global<'i32'>;
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly ITEM: Exported;
  readonly KEY: Exported;
  readonly LENGTH: Exported;
  readonly MESSAGE: Exported;
  readonly SECRET: Exported;
  readonly SIGNATURE: Exported;
  readonly SIGNED: Exported;
  init(): void;
  ensure(end: number): number;
  itemsAt(): number;
  coefficientsAt(): number;
  messagesAt(): number;
  layKeys(count: number): number;
  expandKeys(): void;
  tableBytes(): number;
  prepare(from: number, to: number): void;
  decodeItems(count: number): void;
  equation(from: number, to: number): number;
  single(index: number): number;
  makeKey(): void;
  sign(): void;
}

/** Messages are copied in groups of about this many bytes; a longer one makes the memory grow. */
const MESSAGE_GROUP_BYTES = 1 << 20;

/** Bytes of an item and of a signing key's secret, and where the parts of an item lie in it. */
interface Layout {
  readonly item_bytes: number;
  readonly signature: number;
  readonly message: number;
  readonly length: number;
  readonly key: number;
  readonly secret_bytes: number;
  readonly signed: number;
}
function layoutOf({ ITEM, SIGNATURE, MESSAGE, LENGTH, KEY, SECRET, SIGNED }: Exports): Layout {
  return {
    item_bytes: ITEM.value,
    signature: SIGNATURE.value,
    message: MESSAGE.value,
    length: LENGTH.value,
    key: KEY.value,
    secret_bytes: SECRET.value,
    signed: SIGNED.value,
  };
}

class Kernel {
  private readonly wasm: Exports;
  private readonly layout: Layout;
  private readonly items: number;
  private readonly coefficients: number;
  private messages: number;
  private bytes: Uint8Array;
  private view: DataView;

  constructor({ simd, debug }: WasmBuild) {
    this.wasm = instantiate<Exports>(simd ? 'ed25519-simd' : 'ed25519', { debug });
    this.layout = layoutOf(this.wasm);
    this.wasm.init();
    this.items = this.wasm.itemsAt();
    this.coefficients = this.wasm.coefficientsAt();
    this.messages = this.wasm.messagesAt();
    this.bytes = new Uint8Array(this.wasm.memory.buffer);
    this.view = new DataView(this.wasm.memory.buffer);
  }

  /** Makes room for `length` bytes of messages. */
  private reserve(length: number): void {
    const end = this.messages + length;
    if (end > this.bytes.length && this.wasm.ensure(end) === 0) throw new RangeError(`message: no memory for ${length} bytes`);
    this.refresh();
  }

  /** Growing the memory detaches the buffers over it. */
  private refresh(): void {
    if (this.bytes.buffer !== this.wasm.memory.buffer) {
      this.bytes = new Uint8Array(this.wasm.memory.buffer);
      this.view = new DataView(this.wasm.memory.buffer);
    }
  }

  private putMessage(item: number, at: number, message: Uint8Array, length: number): void {
    this.bytes.set(message, at);
    this.view.setUint32(item + this.layout.message, at, true);
    this.view.setUint32(item + this.layout.length, length, true);
  }

  get secret_bytes(): number {
    return this.layout.secret_bytes;
  }

  key(seed: Uint8Array): SigningKey {
    this.bytes.set(seed, this.items);
    this.wasm.makeKey();
    const secret = this.bytes.slice(this.items, this.items + this.secret_bytes);
    return { publicKey: secret.slice(0, 32), secret };
  }

  sign(secret: Uint8Array, message: Uint8Array, length: number): Uint8Array {
    this.reserve(length);
    this.bytes.set(secret, this.items);
    this.putMessage(this.items, this.messages, message, length);
    this.wasm.sign();
    const signed = this.items + this.layout.signed;
    return this.bytes.slice(signed, signed + 64);
  }

  /** Expands the keys; from then on this instance verifies only items that name them. */
  expand(publicKeys: readonly Uint8Array[]): void {
    const at = this.wasm.layKeys(publicKeys.length);
    if (at === 0) throw new RangeError(`publicKeys: no memory for the tables of ${publicKeys.length} keys`);
    this.refresh();
    for (const [i, key] of publicKeys.entries()) this.bytes.set(key, at + 32 * i);
    this.wasm.expandKeys();
    this.messages = this.wasm.messagesAt();
  }

  tableBytes(): number {
    return this.wasm.tableBytes();
  }

  /** Copies items [start, end) in as items 0 .. end - start - 1 and prepares them, in groups that the message area holds. */
  prepare({ publicKeys, keys, messages, lengths, signatures }: Batch, start: number, end: number, coefficients: Uint8Array): void {
    const known = keys.length > 0;
    const { item_bytes, key, signature } = this.layout;
    this.bytes.set(coefficients.subarray(start * COEFFICIENT_BYTES, end * COEFFICIENT_BYTES), this.coefficients);
    let from = start;
    while (from < end) {
      let to = from;
      let length = 0;
      do length += lengths[to++];
      while (to < end && length + lengths[to] <= MESSAGE_GROUP_BYTES);
      this.reserve(length);
      let at = this.messages;
      for (let i = from; i < to; i++) {
        const item = this.items + (i - start) * item_bytes;
        if (known) this.view.setUint32(item + key, keys[i], true);
        else this.bytes.set(publicKeys[i], item);
        this.bytes.set(signatures[i], item + signature);
        this.putMessage(item, at, messages[i], lengths[i]);
        at += lengths[i];
      }
      this.wasm.prepare(from - start, to - start);
      from = to;
    }
    this.wasm.decodeItems(end - start);
  }

  verify(signed: Batch): boolean {
    this.prepare(signed, 0, 1, NO_COEFFICIENT);
    return this.wasm.single(0) !== 0;
  }

  verifyBatch(batch: Batch, coefficients: Uint8Array): BatchResult {
    return verifyInChunks(batch.count, (start, end) => {
      this.prepare(batch, start, end, coefficients);
      return {
        holds: (from, to) => this.wasm.equation(from, to) !== 0,
        valid: (index) => this.wasm.single(index) !== 0,
      };
    });
  }
}

const NO_COEFFICIENT = new Uint8Array(COEFFICIENT_BYTES);

/** Owns its memory and belongs to one thread. */
export function wasmEd25519(build: WasmBuild, alone: OneAtATime = oneAtATime()): Ed25519 {
  const kernel = new Kernel(build);
  return alone<Ed25519>({
    key(seed) {
      checkBytes('seed', seed, 32);
      return kernel.key(seed);
    },
    sign(key, message) {
      const secret = readSecret(key, kernel.secret_bytes);
      return kernel.sign(secret, message, checkMessage(message));
    },
    verify(item) {
      return kernel.verify(readSigned(item));
    },
    verifyBatch(items, coefficients) {
      const batch = readBatch(items);
      return kernel.verifyBatch(batch, coefficientsOf(batch.count, coefficients));
    },
    expand(publicKeys) {
      const expanded = readKeys(publicKeys);
      // An instance of its own: the tables go when the set is dropped.
      const keys = new Kernel(build);
      keys.expand(expanded);
      const count = expanded.length;
      return {
        count,
        bytes: keys.tableBytes(),
        ...alone<Pick<ExpandedKeys, 'verifyBatch'>>({
          verifyBatch(items, coefficients) {
            const batch = readKnownBatch(items, count);
            return keys.verifyBatch(batch, coefficientsOf(batch.count, coefficients));
          },
        }),
      };
    },
  });
}
