// Digests of messages in WASM (assembly/sha256.ts): memory ownership and copying at the border.
import type { WasmBuild } from './index.ts';
import type { ShaKernels } from './interface.ts';
import { instantiate } from './load.ts';
import { checkBytes } from './sha-border.ts';

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

  private append(message: Uint8Array, take: (length: number) => void): void {
    if (message.length <= this.piece) {
      this.bytes.set(message, this.input);
      take(message.length);
      return;
    }
    for (let from = 0; from < message.length; from += this.piece) {
      const part = message.subarray(from, from + this.piece);
      this.bytes.set(part, this.input);
      take(part.length);
    }
  }

  sha256(message: Uint8Array): Uint8Array {
    checkBytes('message', message);
    this.wasm.begin256();
    this.append(message, this.wasm.append256);
    this.wasm.end256();
    return this.bytes.slice(this.output, this.output + 32);
  }

  sha512(message: Uint8Array): Uint8Array {
    checkBytes('message', message);
    this.wasm.begin512();
    this.append(message, this.wasm.append512);
    this.wasm.end512();
    return this.bytes.slice(this.output, this.output + 64);
  }

  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
    checkBytes('key', key);
    checkBytes('message', message);
    const short = key.length > HMAC_BLOCK_BYTES ? this.sha256(key) : key;
    this.bytes.set(short, this.input);
    this.wasm.beginHmac(short.length);
    this.append(message, this.wasm.append256);
    this.wasm.endHmac();
    return this.bytes.slice(this.output, this.output + 32);
  }
}

/** Scalar in every build: one message has nothing to put side by side. */
export function wasmDigests(build: Pick<WasmBuild, 'debug'>): Pick<ShaKernels, 'sha256' | 'sha512' | 'hmacSha256'> {
  const digests = new Digests(build);
  return {
    sha256: (message) => digests.sha256(message),
    sha512: (message) => digests.sha512(message),
    hmacSha256: (key, message) => digests.hmacSha256(key, message),
  };
}
