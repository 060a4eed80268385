// Prints a cost table of round numbers: with it the same suite gives the same bytes on every machine. For tests and
// comparisons only; `consensus-bench kernels --cost-table FILE` measures a real one.
const batch = [2, 4, 8, 16, 32, 64, 256, 1024].map((size) => ({ size, seconds: 0.0001 + size * 0.00004 }));
const table = {
  version: 2,
  backend: 'wasm-simd',
  machine: 'fixed numbers, no machine',
  node: 'none',
  watts_per_core: 10,
  watts_source: 'fixed',
  seconds: {
    sha256d_nonce: 1.25e-7,
    sha256_byte: 2.5e-9,
    hmac_sha256: 1e-6,
    sha512_evaluation: 1e-6,
    ed25519_key: 0.00004,
    ed25519_sign: 0.00004,
    ed25519_verify: 0.0001,
    ed25519_batch: batch,
    bls_share: 0.004,
    bls_add: 0.001,
    bls_verify: 0.02,
    bls_add_key: 0.00002,
    tally_vote: 5e-9,
    persist: 0.00003,
  },
  kernels: [],
};
console.log(JSON.stringify(table, null, 2));
