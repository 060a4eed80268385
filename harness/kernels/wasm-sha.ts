// The SHA kernels in WASM (assembly/sha256.ts, assembly/sha256-simd.ts): memory ownership and copying at the border.
import type { WasmBuild } from './index.ts';
import type { Kernels, NonceSearch, NonceSearchResult } from './interface.ts';
import { loadModule } from './load.ts';
import { NONCES, checkBytes, checkSearch } from './sha-border.ts';

type Exported = WebAssembly.Global<'i32'>;
interface ShaExports {
  readonly memory: WebAssembly.Memory;
  readonly HEADER: Exported;
  readonly TARGET: Exported;
  readonly begin: (rounds: number) => void;
  readonly find: (first: number, count: number) => number;

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

/** Nonces a call of the kernel: a call ends often enough for the engine to put optimised code in place, yet costs nothing. */
const NONCES_A_CALL = 2 ** 20;
/** A longer HMAC key is replaced by its digest (RFC 2104, section 2). */
const HMAC_BLOCK_BYTES = 64;

class ShaKernel {
  private readonly wasm: ShaExports;
  /** The memory never grows. */
  private readonly bytes: Uint8Array;
  private readonly input: number;
  private readonly output: number;
  private readonly piece: number;

  constructor({ simd, debug }: WasmBuild) {
    const abort = (_message: number, _file: number, line: number, column: number): never => {
      throw new Error(`SHA kernel: an assertion failed at line ${line}, column ${column}`);
    };
    const module = loadModule(simd ? 'sha256-simd' : 'sha256', { debug });
    this.wasm = new WebAssembly.Instance(module, { env: { abort } }).exports as unknown as ShaExports;
    this.bytes = new Uint8Array(this.wasm.memory.buffer);
    this.input = this.wasm.INPUT.value;
    this.output = this.wasm.OUTPUT.value;
    this.piece = this.wasm.PIECE.value;
  }

  nonceSearch(search: NonceSearch): NonceSearchResult {
    checkSearch(search);
    const { header, target, firstNonce, count, rounds } = search;
    this.bytes.set(header, this.wasm.HEADER.value);
    this.bytes.set(target, this.wasm.TARGET.value);
    this.wasm.begin(rounds);
    for (let done = 0; done < count; done += NONCES_A_CALL) {
      const first = (firstNonce + done) % NONCES;
      const position = this.wasm.find(first, Math.min(NONCES_A_CALL, count - done));
      if (position >= 0) return { nonce: (first + position) % NONCES, tried: done + position + 1 };
    }
    return { nonce: null, tried: count };
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

export function wasmSha(build: WasmBuild): Pick<Kernels, 'nonceSearch' | 'sha256' | 'sha512' | 'hmacSha256'> {
  const kernel = new ShaKernel(build);
  return {
    nonceSearch: (search) => kernel.nonceSearch(search),
    sha256: (message) => kernel.sha256(message),
    sha512: (message) => kernel.sha512(message),
    hmacSha256: (key, message) => kernel.hmacSha256(key, message),
  };
}
