// Hand-made cells, outcomes and a cost table with round numbers, so that every expected value can be checked by hand.
import { DEFAULT_LOAD } from '../../harness/model/load.ts';
import type { CostTable } from '../../harness/measure/costs.ts';
import type { RecordedWorkload } from '../../harness/record/make.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { NODE_PROFILES, type Cell } from '../../harness/model/cell.ts';

export const costs: CostTable = {
  version: 2,
  backend: 'wasm',
  machine: 'Example CPU',
  node: 'v20.20.0',
  watts_per_core: 10,
  watts_source: 'a test',
  seconds: {
    sha256d_nonce: 1e-6,
    sha256_byte: 1e-9,
    hmac_sha256: 2e-6,
    sha512_evaluation: 3e-6,
    ed25519_key: 1e-5,
    ed25519_sign: 2e-5,
    ed25519_verify: 1e-4,
    ed25519_batch: [
      { size: 2, seconds: 1.5e-4 },
      { size: 4, seconds: 2.5e-4 },
      { size: 8, seconds: 4e-4 },
    ],
    tally_vote: 1e-8,
    persist: 3e-5,
  },
  kernels: [],
};

export const voting: RecordedWorkload = { id: 'pbft', family: 'voting', exactKinds: [] };
export const lottery: RecordedWorkload = { id: 'pow', family: 'lottery', exactKinds: ['crash', 'double-spend'] };

export const cell: Cell = {
  id: 'c0123456789ab',
  seed: 42,
  workload: 'pbft',
  parameters: { window: 256, checkpoint: 128 },
  nodes: 10,
  fault: { kind: 'crash', ratio: 0.34, placement: 'worst' },
  network: { kind: 'wan-5-regions', bandwidth_mbps: 1000, loss: 0, rto_ms: 200 },
  node: { ...NODE_PROFILES.server, sign_ns: 1, verify_ns: 1, verify_batched_ns: 1, mac_ns: 1, hash_ns_per_byte: 1 },
  transactions: { bytes: 250, per_decision: 500 },
  risk: 0.001,
  decisions: 4,
  crypto: 'modelled',
  load: DEFAULT_LOAD,
  replicate: 0,
};

export const done: Outcome = {
  state: 'done',
  reason: '',
  decisions: 4,
  divisor: 4,
  counts: { messages: 40, bytes: 4000 },
  latencies_us: [4000, 1000, 3000, 2001],
  finalities_us: [4000, 1000, 3000, 2001],
  elapsed_us: 2_000_000,
  confirmations: 1,
  safety: 'ok',
  liveness: 'ok',
  events: 1,
};
