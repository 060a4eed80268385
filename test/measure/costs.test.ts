import { describe, expect, it } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { TABLE_PRICES, parseCostTable, type CostTable } from '../../harness/measure/costs.ts';
import { DEFAULT_PRICES } from '../../harness/model/prices.ts';

const table: CostTable = {
  version: 2,
  backend: 'wasm-simd',
  machine: 'A CPU',
  node: '20.20.2',
  watts_per_core: 6.75,
  watts_source: 'default',
  seconds: {
    sha256d_nonce: 1.25e-7,
    sha256_byte: 4e-9,
    hmac_sha256: 1e-6,
    sha512_evaluation: 8e-7,
    ed25519_key: 3e-5,
    ed25519_sign: 3.5e-5,
    ed25519_verify: 1e-4,
    ed25519_batch: [
      { size: 2, seconds: 1.6e-4 },
      { size: 64, seconds: 2.6e-3 },
    ],
    tally_vote: 3e-9,
    persist: 3e-5,
  },
  warnings: [
    { figure: null, text: 'other load' },
    { figure: 'ed25519-sign/wasm-simd', text: 'noisy, ±9%' },
  ],
  kernels: [
    {
      kernel: 'ed25519-sign',
      backend: 'wasm-simd',
      threads: 1,
      unit: 'signatures/s',
      rate_median: 29000,
      rate_ci95_low: 28000,
      rate_ci95_high: 29500,
      rate_mad: 120,
      p99_ms: 0.04,
      samples: 80,
      ratio_to_node_crypto: 1.01,
      ratio_to_best_peer: null,
      warning: 'noisy, ±9%',
    },
  ],
};
/** The table with one place changed, as a file's text. */
function changed(change: (copy: any) => void): string {
  const copy = structuredClone(table);
  change(copy);
  return JSON.stringify(copy, null, 2);
}
function messageFor(text: string): string {
  try {
    parseCostTable(text, 'costs.json');
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

describe('a cost table given with --costs', () => {
  it('what is written is what is read', () => {
    expect(parseCostTable(JSON.stringify(table), 'costs.json')).toEqual(table);
    const chosen = { ...table, forms: [{ kernel: 'sha256d-nonce-search', form: 'tree', rates: { chain: 7e6, tree: 8e6 } }] };
    expect(parseCostTable(JSON.stringify(chosen), 'costs.json')).toEqual(chosen);
    const price = { value: 0.2, source: 'set by the suite', year: null };
    const priced = { ...table, prices: { ...DEFAULT_PRICES, usd_per_kwh: price, usd_per_gb: { ...price, value: 0, year: 2024 } } };
    expect(parseCostTable(JSON.stringify(priced, null, 2), 'costs.json')).toEqual(priced);
  });

  it('a table from before writes and aggregate signatures were priced is read as it is: without those prices, and of the same version', () => {
    const { persist, ...seconds } = table.seconds;
    expect(persist).toBe(3e-5);
    expect(parseCostTable(JSON.stringify({ ...table, seconds }), 'costs.json')).toEqual({ ...table, seconds });
    const later = ['bls_share', 'bls_add', 'bls_verify', 'bls_add_key', 'persist'];
    expect(TABLE_PRICES.filter(({ optional }) => optional).map(({ name }) => name)).toEqual(later);
    const priced = { ...table, seconds: { ...table.seconds, bls_share: 4e-3, bls_add: 1e-3, bls_verify: 2e-2, bls_add_key: 2e-5 } };
    expect(parseCostTable(JSON.stringify(priced), 'costs.json')).toEqual(priced);
  });

  it.each<[string, (copy: any) => void, RegExp]>([
    ['a write for nothing', (copy) => (copy.seconds.persist = 0), /: seconds\.persist: received 0; accepted: a number above 0$/],
    [
      'a site that gives energy back',
      (copy) => (copy.prices = { ...DEFAULT_PRICES, pue: { value: 0.9, source: 'x', year: null } }),
      /^costs\.json:\d+: prices\.pue\.value: received 0\.9; accepted: a number of at least 1$/,
    ],
    [
      'a value out of range',
      (copy) => (copy.seconds.ed25519_sign = -1),
      /^costs\.json:\d+: seconds\.ed25519_sign: received -1; accepted: a number above 0$/,
    ],
    ['a wrong type', (copy) => (copy.seconds.tally_vote = 'fast'), /: seconds\.tally_vote: received "fast"; accepted: a number above 0$/],
    ['a missing key', (copy) => delete copy.seconds.sha256_byte, /: seconds\.sha256_byte: received nothing; accepted: a number above 0$/],
    [
      'an unknown key',
      (copy) => (copy.seconds.sha3 = 1),
      /: seconds\.sha3: unknown key; accepted: sha256d_nonce, ed25519_sign, .*, ed25519_batch$/,
    ],
    [
      'a table from before evaluations were priced',
      (copy) => {
        copy.version = 1;
        delete copy.seconds.sha512_evaluation;
      },
      /^costs\.json:2: version: received 1; accepted: 2; a cost table of another version lacks .*: make a new one with `npx consensus-bench kernels --cost-table FILE`$/,
    ],
    ['a version that is no number', (copy) => (copy.version = 'new'), /^costs\.json:2: version: received "new"; accepted: 2$/],
    [
      'an unknown backend',
      (copy) => (copy.backend = 'gpu'),
      /^costs\.json:3: backend: received "gpu"; accepted: wasm-simd, wasm or reference$/,
    ],
    ['no watts', (copy) => (copy.watts_per_core = 0), /: watts_per_core: received 0; accepted: a number above 0$/],
    [
      'batch sizes out of order',
      (copy) => copy.seconds.ed25519_batch.reverse(),
      /: seconds\.ed25519_batch: received .*; accepted: a list of \{ size, seconds \} with ascending sizes$/,
    ],
    [
      'a batch of one',
      (copy) => (copy.seconds.ed25519_batch[0].size = 1),
      /ed25519_batch\[0\]\.size: received 1; accepted: an integer of at least 2$/,
    ],
    ['no batch', (copy) => (copy.seconds.ed25519_batch = []), /ed25519_batch: received \[\]; accepted: a list of/],
    [
      'a bad kernel row',
      (copy) => (copy.kernels[0].ratio_to_node_crypto = 'x'),
      /: kernels\[0\]\.ratio_to_node_crypto: received "x"; accepted: a number above 0, or null$/,
    ],
  ])('%s names file, line, key, value received and what is accepted', (_name, change, message) => {
    expect(messageFor(changed(change))).toMatch(message);
  });

  it('an empty file, no JSON, and something else than an object are told apart', () => {
    expect(messageFor('')).toMatch(/costs\.json: the file is empty/);
    expect(messageFor('{"version": 1,\n "backend": ')).toMatch(/^costs\.json:\d+: not YAML/);
    expect(messageFor('[1]')).toMatch(/^costs\.json:1: received \[1\]; accepted: an object with version, backend/);
  });
});
