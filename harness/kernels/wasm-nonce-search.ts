// The nonce search in WASM (assembly/nonce-search.ts, assembly/nonce-search-simd.ts): memory ownership and copying at the border.
import { oneAtATime, type OneAtATime } from './border.ts';
import { FormRace } from './form-race.ts';
import type { FormChoice, NonceSearch, NonceSearchResult, RolledSearch, RolledSearchResult, ShaKernels } from '../model/kernels.ts';
import { instantiate, type WasmBuild } from './load.ts';
import { NONCES, readRolledSearch, readSearch } from './sha-border.ts';

type Exported = WebAssembly.Global<'i32'>;
interface SearchExports {
  readonly memory: WebAssembly.Memory;
  readonly HEADER: Exported;
  readonly TARGET: Exported;
  readonly begin: (rounds: number) => void;
  readonly find: (tall: number, deep: number, first: number, count: number) => number;
  readonly VERSIONS: Exported;
  readonly beginRolled: (versions: number) => void;
  readonly findRolled: (tall: number, deep: number, first: number, count: number) => number;
}

/** Headers a call of the kernel: a call ends often enough for the engine to put optimised code in place, yet costs nothing. */
const HEADERS_A_CALL = 2 ** 17;
/** While forms race: 2 ms of a form's work. And the fewest whose time says something. */
const HEADERS_A_PIECE = 2 ** 14;
const LEAST_HEADERS_A_PIECE = 2 ** 10;

/** Forms of the SIMD search; `tall` and `deep` are what the module's functions take. The scalar search has one form. */
const CHAIN = { name: 'chain', tall: 0, deep: 0 };
const TREE = { name: 'tree', tall: 1, deep: 0 };
const SIMD_FORMS = [CHAIN, TREE, { ...CHAIN, name: 'chain-deep', deep: 1 }, { ...TREE, name: 'tree-deep', deep: 1 }];
type Form = typeof CHAIN;
export type SearchForm = 'chain' | 'tree';

/** The searches race each for itself. */
type Races = ReturnType<typeof startRaces>;
function startRaces(forms: readonly Form[]) {
  return {
    'sha256d-nonce-search': new FormRace(forms),
    'sha256-nonce-search': new FormRace(forms),
    'sha256d-rolled-search': new FormRace(forms),
  };
}
/** One choice for a thread: instances share their module's code. Debug builds have none to make. */
let shared: Races | undefined;
function racesFor({ simd, debug, form }: SearchBuild): Races {
  if (!simd || debug || form !== undefined) return startRaces([form === 'tree' ? TREE : CHAIN]);
  return (shared ??= startRaces(SIMD_FORMS));
}

/** `form` fixes one, of a SIMD build, where tests and benchmarks want it. */
export type SearchBuild = WasmBuild & { readonly form?: SearchForm };

class NonceSearchKernel {
  private readonly wasm: SearchExports;
  /** The memory never grows. */
  private readonly bytes: Uint8Array;
  private readonly races: Races;

  constructor(build: SearchBuild) {
    this.wasm = instantiate<SearchExports>(build.simd ? 'nonce-search-simd' : 'nonce-search', build);
    this.bytes = new Uint8Array(this.wasm.memory.buffer);
    this.races = racesFor(build);
  }

  /**
   * Tries `count` nonces with `headers` headers each, piece after piece. The position, in headers, of the first hit, or -1.
   */
  private tryAll(
    race: FormRace<Form>,
    { firstNonce, count, headers }: { firstNonce: number; count: number; headers: number },
    find: (tall: number, deep: number, first: number, count: number) => number,
  ): number {
    for (let done = 0; done < count;) {
      const first = (firstNonce + done) % NONCES;
      const nonces = Math.min(Math.floor((race.decided ? HEADERS_A_CALL : HEADERS_A_PIECE) / headers), count - done);
      const piece = ({ tall, deep }: Form): number => find(tall, deep, first, nonces);
      const racing = nonces * headers >= LEAST_HEADERS_A_PIECE;
      const at = racing ? race.run(nonces * headers, piece, (position) => position >= 0) : piece(race.form);
      if (at >= 0) return done * headers + at;
      done += nonces;
    }
    return -1;
  }

  nonceSearch(search: NonceSearch): NonceSearchResult {
    const { header, target, firstNonce, count, rounds } = readSearch(search);
    this.bytes.set(header, this.wasm.HEADER.value);
    this.bytes.set(target, this.wasm.TARGET.value);
    this.wasm.begin(rounds);
    const race = this.races[rounds === 2 ? 'sha256d-nonce-search' : 'sha256-nonce-search'];
    const at = this.tryAll(race, { firstNonce, count, headers: 1 }, this.wasm.find);
    return at < 0 ? { nonce: null, tried: count } : { nonce: (firstNonce + at) % NONCES, tried: at + 1 };
  }

  rolledSearch(search: RolledSearch): RolledSearchResult {
    const { header, target, versions, firstNonce, count, headers } = readRolledSearch(search);
    this.bytes.set(header, this.wasm.HEADER.value);
    this.bytes.set(target, this.wasm.TARGET.value);
    new Uint32Array(this.bytes.buffer, this.wasm.VERSIONS.value, headers).set(versions);
    this.wasm.beginRolled(headers);
    const at = this.tryAll(this.races['sha256d-rolled-search'], { firstNonce, count, headers }, this.wasm.findRolled);
    if (at < 0) return { nonce: null, version: null, tried: count * headers };
    return { nonce: (firstNonce + Math.floor(at / headers)) % NONCES, version: versions[at % headers], tried: at + 1 };
  }

  racing(kernel: string): boolean {
    return Object.entries(this.races).some(([search, { decided }]) => search === kernel && !decided);
  }

  forms(): FormChoice[] {
    return Object.entries(this.races).flatMap(([kernel, { decided, form, rates }]) =>
      decided && Object.keys(rates).length > 0 ? [{ kernel, form: form.name, rates }] : [],
    );
  }
}

export function wasmNonceSearch(
  build: SearchBuild,
  alone: OneAtATime = oneAtATime(),
): Pick<ShaKernels, 'nonceSearch' | 'rolledSearch' | 'forms' | 'racing'> {
  const kernel = new NonceSearchKernel(build);
  return {
    ...alone<Pick<ShaKernels, 'nonceSearch' | 'rolledSearch'>>({
      nonceSearch: (search) => kernel.nonceSearch(search),
      rolledSearch: (search) => kernel.rolledSearch(search),
    }),
    forms: () => kernel.forms(),
    racing: (name) => kernel.racing(name),
  };
}
