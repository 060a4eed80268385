// Finds and compiles the WASM modules that scripts/build.mjs wrote to dist/wasm.
import { existsSync, readFileSync } from 'node:fs';

const base = new URL(import.meta.url.endsWith('.ts') ? '../../dist/wasm/' : '../../wasm/', import.meta.url);
const compiled = new Map<string, WebAssembly.Module>();

/** How a module was built: with SIMD, with assertions on. */
export interface WasmBuild {
  readonly simd: boolean;
  readonly debug: boolean;
}

const fileOf = (name: string, debug: boolean): string => (debug ? `debug/${name}.wasm` : `${name}.wasm`);

/** @throws Error where a module's file is not there */
export function requireModules(names: readonly string[], { debug }: { debug: boolean }): void {
  for (const file of names.map((name) => fileOf(name, debug)))
    if (!existsSync(new URL(file, base)))
      throw new Error(
        debug
          ? 'debug: the debug build of the kernels is not here; the package ships none, a checkout makes it with: node scripts/build.mjs --debug'
          : `the kernels are not built: dist/wasm/${file} is missing; in a checkout, run: npm run build`,
      );
}

/** A module by name (`sha256`, `quorum-simd` …), compiled once a thread. `debug`: assertions on. */
export function loadModule(name: string, options: { debug?: boolean } = {}): WebAssembly.Module {
  const debug = options.debug === true;
  const file = fileOf(name, debug);
  let module = compiled.get(file);
  if (module === undefined) {
    requireModules([name], { debug });
    module = new WebAssembly.Module(readFileSync(new URL(file, base)));
    compiled.set(file, module);
  }
  return module;
}

/** What a fresh instance of a module exports; it owns its memory. What its debug build asserts is thrown as an Error. */
export function instantiate<Exports>(name: string, options: { debug?: boolean } = {}): Exports {
  const abort = (_message: number, _file: number, line: number, column: number): never => {
    throw new Error(`${name} kernel: an assertion failed at line ${line}, column ${column}`);
  };
  return new WebAssembly.Instance(loadModule(name, options), { env: { abort } }).exports as unknown as Exports;
}

/** (module (func (result v128) i32.const 0 i8x16.splat)): does this engine have WASM SIMD? */
const SIMD_PROBE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11);

export function hasSimd(): boolean {
  return WebAssembly.validate(SIMD_PROBE);
}
