// Digests of messages in WASM (assembly/sha256.ts): memory ownership and copying at the border.
import { checkBytes, oneAtATime, partOf, type OneAtATime } from './border.ts';
import type { ShaKernels } from '../model/kernels.ts';
import { instantiate, type WasmBuild } from './load.ts';

type Exported = WebAssembly.Global<'i32'>;
interface DigestExports {
  readonly memory: WebAssembly.Memory;
  readonly PIECE: Exported;
  readonly INPUT: Exported;
  readonly OUTPUT: Exported;
  readonly begin256: () => void;
  readonly append256: (length: number) => void;
  readonly end256: () => void;
  readonly beginHmac: (keyLength: number) => void;
  readonly endHmac: () => void;
  readonly begin512: () => void;
  readonly append512: (length: number) => void;
  readonly end512: () => void;
}

/** A longer HMAC key is replaced by its digest (RFC 2104, section 2). */
const HMAC_BLOCK_BYTES = 64;

class Digests {
  private readonly wasm: DigestExports;
  /** The memory never grows. */
  private readonly bytes: Uint8Array;
  private readonly input: number;
  private readonly output: number;
  private readonly piece: number;

  constructor({ debug }: Pick<WasmBuild, 'debug'>) {
    this.wasm = instantiate<DigestExports>('sha256', { debug });
    this.bytes = new Uint8Array(this.wasm.memory.buffer);
    this.input = this.wasm.INPUT.value;
    this.output = this.wasm.OUTPUT.value;
    this.piece = this.wasm.PIECE.value;
  }

  private append(message: Uint8Array, length: number, take: (length: number) => void): void {
    if (length <= this.piece) {
      this.bytes.set(message, this.input);
      take(length);
      return;
    }
    for (let from = 0; from < length; from += this.piece) {
      const part = Math.min(this.piece, length - from);
      this.bytes.set(partOf(message, from, part), this.input);
      take(part);
    }
  }

  sha256(message: Uint8Array): Uint8Array {
    const length = checkBytes('message', message);
    this.wasm.begin256();
    this.append(message, length, this.wasm.append256);
    this.wasm.end256();
    return this.bytes.slice(this.output, this.output + 32);
  }

  sha512(message: Uint8Array): Uint8Array {
    const length = checkBytes('message', message);
    this.wasm.begin512();
    this.append(message, length, this.wasm.append512);
    this.wasm.end512();
    return this.bytes.slice(this.output, this.output + 64);
  }

  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
    const keyLength = checkBytes('key', key);
    const length = checkBytes('message', message);
    const isLong = keyLength > HMAC_BLOCK_BYTES;
    this.bytes.set(isLong ? this.sha256(key) : key, this.input);
    this.wasm.beginHmac(isLong ? 32 : keyLength);
    this.append(message, length, this.wasm.append256);
    this.wasm.endHmac();
    return this.bytes.slice(this.output, this.output + 32);
  }
}

/** Scalar in every build: one message has nothing to put side by side. */
export function wasmDigests(
  build: Pick<WasmBuild, 'debug'>,
  alone: OneAtATime = oneAtATime(),
): Pick<ShaKernels, 'sha256' | 'sha512' | 'hmacSha256'> {
  const digests = new Digests(build);
  return alone<Pick<ShaKernels, 'sha256' | 'sha512' | 'hmacSha256'>>({
    sha256: (message) => digests.sha256(message),
    sha512: (message) => digests.sha512(message),
    hmacSha256: (key, message) => digests.hmacSha256(key, message),
  });
}
