// Puts a backend together.
import { describe, oneAtATime } from './border.ts';
import { BACKENDS, type Backend, type Kernels } from '../model/kernels.ts';
import { hasSimd } from './load.ts';
import { referenceEd25519 } from './reference-ed25519.ts';
import { referenceQuorum } from './reference-quorum.ts';
import { referenceSha } from './reference-sha.ts';
import { wasmEd25519 } from './wasm-ed25519.ts';
import { wasmQuorum } from './wasm-quorum.ts';
import { wasmSha } from './wasm-sha.ts';

export interface WasmBuild {
  readonly simd: boolean;
  readonly debug: boolean;
}

/** The backend `wasm` means: SIMD where the engine has it, else scalar. */
export function wasmBackend(): Backend {
  return hasSimd() ? 'wasm-simd' : 'wasm';
}

function named(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 60)}'` : describe(value);
}

function checkBackend(backend: unknown): asserts backend is Backend {
  if (!BACKENDS.includes(backend as Backend))
    throw new RangeError(`backend: expected ${BACKENDS.map((name) => `'${name}'`).join(', ')}, received ${named(backend)}`);
  if (backend === 'wasm-simd' && !hasSimd())
    throw new RangeError("backend: this engine has no WASM SIMD, which 'wasm-simd' needs: take 'wasm', or what wasmBackend() says");
}

/**
 * Fresh instances: a Kernels object owns its memories and belongs to one thread. `debug`: the WASM builds with assertions on, which a
 * checkout makes and the package does not hold.
 */
export function createKernels(backend: Backend, options: { debug?: boolean } = {}): Kernels {
  checkBackend(backend);
  const debug: unknown = options.debug ?? false;
  if (typeof debug !== 'boolean') throw new TypeError(`debug: expected true or false, received ${named(debug)}`);
  const alone = oneAtATime();
  if (backend === 'reference') return { backend, ...referenceSha(alone), ed25519: referenceEd25519(alone), ...referenceQuorum(alone) };
  const build: WasmBuild = { simd: backend === 'wasm-simd', debug };
  return { backend, ...wasmSha(build, alone), ed25519: wasmEd25519(build, alone), ...wasmQuorum(build, alone) };
}
