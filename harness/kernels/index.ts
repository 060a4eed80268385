// Puts a backend together.
import type { Backend, Kernels } from './interface.ts';
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

/** Fresh instances: a Kernels object owns its memories and belongs to one thread. */
export function createKernels(backend: Backend, options: { debug?: boolean } = {}): Kernels {
  if (backend === 'reference') return { backend, ...referenceSha(), ed25519: referenceEd25519(), ...referenceQuorum() };
  const build: WasmBuild = { simd: backend === 'wasm-simd', debug: options.debug === true };
  return { backend, ...wasmSha(build), ed25519: wasmEd25519(build), ...wasmQuorum(build) };
}
