// The WASM kernels together. A module is compiled, and its memory made, when it is first asked for: a modelled cell needs the waves
// at most.
import type { Ed25519, Kernels } from '../model/kernels.ts';
import { oneAtATime } from './border.ts';
import { requireModules } from './load.ts';
import { wasmDigests } from './wasm-digests.ts';
import { wasmEd25519 } from './wasm-ed25519.ts';
import { wasmNonceSearch } from './wasm-nonce-search.ts';
import { wasmQuorum } from './wasm-quorum.ts';

/** @throws Error where the modules are not built */
export function wasmKernels(backend: 'wasm' | 'wasm-simd', { debug }: { debug: boolean }): Kernels {
  const simd = backend === 'wasm-simd';
  const build = { simd, debug };
  requireModules(['sha256', ...['nonce-search', 'ed25519', 'quorum'].map((name) => (simd ? `${name}-simd` : name))], build);
  const alone = oneAtATime();
  let search: ReturnType<typeof wasmNonceSearch> | undefined;
  let digests: ReturnType<typeof wasmDigests> | undefined;
  let ed25519: Ed25519 | undefined;
  const searches = (): ReturnType<typeof wasmNonceSearch> => (search ??= wasmNonceSearch(build, alone));
  const hashing = (): ReturnType<typeof wasmDigests> => (digests ??= wasmDigests(build, alone));
  return {
    backend,
    get nonceSearch() {
      return searches().nonceSearch;
    },
    get rolledSearch() {
      return searches().rolledSearch;
    },
    forms: () => searches().forms(),
    racing: (kernel) => searches().racing(kernel),
    get sha256() {
      return hashing().sha256;
    },
    get sha512() {
      return hashing().sha512;
    },
    get hmacSha256() {
      return hashing().hmacSha256;
    },
    get ed25519() {
      return (ed25519 ??= wasmEd25519(build, alone));
    },
    ...wasmQuorum(build, alone),
  };
}
