// The SHA kernels in WASM: the nonce search, and digests of messages.
import { oneAtATime, type OneAtATime } from './border.ts';
import type { ShaKernels } from '../model/kernels.ts';
import { wasmDigests } from './wasm-digests.ts';
import { wasmNonceSearch, type SearchBuild } from './wasm-nonce-search.ts';

export function wasmSha(build: SearchBuild, alone: OneAtATime = oneAtATime()): ShaKernels {
  return { ...wasmNonceSearch(build, alone), ...wasmDigests(build, alone) };
}
