// A backend by its name, and the modules that it needs.
import { BACKENDS, type Backend, type Kernels } from '../model/kernels.ts';
import { describe } from './border.ts';
import { hasSimd } from './load.ts';

/** The backend `wasm` means: SIMD where the engine has it, else scalar. */
export function wasmBackend(): Backend {
  return hasSimd() ? 'wasm-simd' : 'wasm';
}

function named(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 60)}'` : describe(value);
}

export function checkBackend(backend: unknown): asserts backend is Backend {
  if (!BACKENDS.includes(backend as Backend))
    throw new RangeError(`backend: expected ${BACKENDS.map((name) => `'${name}'`).join(', ')}, received ${named(backend)}`);
  if (backend === 'wasm-simd' && !hasSimd())
    throw new RangeError("backend: this engine has no WASM SIMD, which 'wasm-simd' needs: take 'wasm', or what wasmBackend() says");
}

export function checkDebug(debug: unknown): asserts debug is boolean {
  if (typeof debug !== 'boolean') throw new TypeError(`debug: expected true or false, received ${named(debug)}`);
}

/** As createKernels, and loads no other backend's modules: a worker of a run needs no reference. */
export async function loadKernels(backend: Backend): Promise<Kernels> {
  checkBackend(backend);
  if (backend === 'reference') return (await import('./reference.ts')).referenceKernels();
  return (await import('./wasm.ts')).wasmKernels(backend, { debug: false });
}
