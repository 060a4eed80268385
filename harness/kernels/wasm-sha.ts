// The SHA kernels in WASM (assembly/sha256.ts, assembly/sha256-simd.ts): memory ownership and copying at the border.
import { FormRace } from './form-race.ts';
import type { WasmBuild } from './index.ts';
import type { FormChoice, NonceSearch, NonceSearchResult, RolledSearch, RolledSearchResult, ShaKernels } from './interface.ts';
import { loadModule } from './load.ts';
import { NONCES, checkBytes, checkRolledSearch, checkSearch } from './sha-border.ts';

type Exported = WebAssembly.Global<'i32'>;
interface ShaExports {
  readonly memory: WebAssembly.Memory;
  readonly HEADER: Exported;
  readonly TARGET: Exported;
  readonly begin: (rounds: number) => void;
  readonly find: (tall: number, first: number, count: number) => number;
  readonly VERSIONS: Exported;
  readonly beginRolled: (versions: number) => void;
  readonly findRolled: (tall: number, first: number, count: number) => number;

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

/** Headers a call of the kernel: a call ends often enough for the engine to put optimised code in place, yet costs nothing. */
const HEADERS_A_CALL = 2 ** 20;
/** While forms race: 2 ms of a form's work, and the fewest whose time says something. */
const HEADERS_A_PIECE = 2 ** 14;
const LEAST_HEADERS_A_PIECE = 2 ** 10;

/** A longer HMAC key is replaced by its digest (RFC 2104, section 2). */
const HMAC_BLOCK_BYTES = 64;

/** Forms of the SIMD search (scripts/make-sha256.mjs); the scalar one has no choice. `tall` is what the module's functions take. */
const CHAIN = { name: 'chain', tall: 0 };
const TREE = { name: 'tree', tall: 1 };
export type ShaForm = 'chain' | 'tree';

/** The searches that race, each for itself. */
const SEARCHES = ['sha256d-nonce-search', 'sha256-nonce-search', 'sha256d-rolled-search'] as const;
type Races = Readonly<Record<(typeof SEARCHES)[number], FormRace<typeof CHAIN>>>;

function startRaces(forms: readonly (typeof CHAIN)[]): Races {
  return {
    'sha256d-nonce-search': new FormRace(forms),
    'sha256-nonce-search': new FormRace(forms),
    'sha256d-rolled-search': new FormRace(forms),
  };
}
/** One choice for a thread: instances share their module's code. Debug builds have none to make. */
let shared: Races | undefined;
function racesFor({ simd, debug, form }: ShaBuild): Races {
  if (!simd || debug || form !== undefined) return startRaces([form === 'tree' ? TREE : CHAIN]);
  return (shared ??= startRaces([CHAIN, TREE]));
}

/** `form` fixes one, of a SIMD build, where tests and benchmarks want it. */
export type ShaBuild = WasmBuild & { readonly form?: ShaForm };

class ShaKernel {
  private readonly wasm: ShaExports;
  /** The memory never grows. */
  private readonly bytes: Uint8Array;
  private readonly input: number;
  private readonly output: number;
  private readonly piece: number;
  private readonly races: Races;

  constructor(build: ShaBuild) {
    const { simd, debug } = build;
    const abort = (_message: number, _file: number, line: number, column: number): never => {
      throw new Error(`SHA kernel: an assertion failed at line ${line}, column ${column}`);
    };
    const module = loadModule(simd ? 'sha256-simd' : 'sha256', { debug });
    this.wasm = new WebAssembly.Instance(module, { env: { abort } }).exports as unknown as ShaExports;
    this.bytes = new Uint8Array(this.wasm.memory.buffer);
    this.input = this.wasm.INPUT.value;
    this.output = this.wasm.OUTPUT.value;
    this.piece = this.wasm.PIECE.value;
    this.races = racesFor(build);
  }

  /**
   * Tries `count` nonces with `headers` headers each, piece after piece. The position, in headers, of the first hit, or -1.
   */
  private tryAll(
    race: Races[keyof Races],
    { firstNonce, count, headers }: { firstNonce: number; count: number; headers: number },
    find: (tall: number, first: number, count: number) => number,
  ): number {
    for (let done = 0; done < count;) {
      const first = (firstNonce + done) % NONCES;
      const nonces = Math.min(Math.floor((race.decided ? HEADERS_A_CALL : HEADERS_A_PIECE) / headers), count - done);
      const piece = ({ tall }: typeof CHAIN): number => find(tall, first, nonces);
      const racing = nonces * headers >= LEAST_HEADERS_A_PIECE;
      const at = racing ? race.run(nonces * headers, piece, (position) => position >= 0) : piece(race.form);
      if (at >= 0) return done * headers + at;
      done += nonces;
    }
    return -1;
  }

  nonceSearch(search: NonceSearch): NonceSearchResult {
    checkSearch(search);
    const { header, target, firstNonce, count, rounds } = search;
    this.bytes.set(header, this.wasm.HEADER.value);
    this.bytes.set(target, this.wasm.TARGET.value);
    this.wasm.begin(rounds);
    const race = this.races[rounds === 2 ? 'sha256d-nonce-search' : 'sha256-nonce-search'];
    const at = this.tryAll(race, { firstNonce, count, headers: 1 }, this.wasm.find);
    return at < 0 ? { nonce: null, tried: count } : { nonce: (firstNonce + at) % NONCES, tried: at + 1 };
  }

  rolledSearch(search: RolledSearch): RolledSearchResult {
    checkRolledSearch(search);
    const { header, target, versions, firstNonce, count } = search;
    const headers = versions.length;
    this.bytes.set(header, this.wasm.HEADER.value);
    this.bytes.set(target, this.wasm.TARGET.value);
    new Uint32Array(this.bytes.buffer, this.wasm.VERSIONS.value, headers).set(versions);
    this.wasm.beginRolled(headers);
    const at = this.tryAll(this.races['sha256d-rolled-search'], { firstNonce, count, headers }, this.wasm.findRolled);
    if (at < 0) return { nonce: null, version: null, tried: count * headers };
    return { nonce: (firstNonce + Math.floor(at / headers)) % NONCES, version: versions[at % headers], tried: at + 1 };
  }

  forms(): FormChoice[] {
    return SEARCHES.flatMap((kernel) => {
      const race = this.races[kernel];
      const rates = race.rates();
      return race.decided && Object.keys(rates).length > 0 ? [{ kernel, form: race.form.name, rates }] : [];
    });
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

export function wasmSha(build: ShaBuild): ShaKernels {
  const kernel = new ShaKernel(build);
  return {
    nonceSearch: (search) => kernel.nonceSearch(search),
    rolledSearch: (search) => kernel.rolledSearch(search),
    forms: () => kernel.forms(),
    sha256: (message) => kernel.sha256(message),
    sha512: (message) => kernel.sha512(message),
    hmacSha256: (key, message) => kernel.hmacSha256(key, message),
  };
}
