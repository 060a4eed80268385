// Run folders with invented but plausible results, for tests of what is made from records.
import { DEFAULT_LOAD } from '../../harness/model/load.ts';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CostTable, KernelMeasurement } from '../../harness/measure/costs.ts';
import { brokenRecord, makeRecord, type RecordedWorkload } from '../../harness/record/make.ts';
import type { CellRecord } from '../../harness/model/record.ts';
import { draw32, drawKey, type Purpose } from '../../harness/simulate/core/draws.ts';
import { faultCount } from '../../harness/simulate/core/faults.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { canonical } from '../../harness/suite/identity.ts';
import { omit } from '../../harness/suite/omit.ts';
import { NODE_PROFILES, type Cell } from '../../harness/model/cell.ts';
import type { FaultSpec } from '../../harness/model/fault.ts';
import { costs as plainCosts } from '../record/fixtures.ts';

const link = { bandwidth_mbps: 1000, loss: 0, rto_ms: 200 } as const;
const kernel = (name: string, backend: string, unit: string, rate: number, ratio: number | null): KernelMeasurement => ({
  kernel: name,
  backend,
  threads: 1,
  unit,
  rate_median: rate,
  rate_ci95_low: rate * 0.98,
  rate_ci95_high: rate * 1.01,
  rate_mad: rate * 0.01,
  p99_ms: 11.2,
  samples: 40,
  ratio_to_node_crypto: ratio,
  ratio_to_best_peer: null,
  warning: null,
});

export const costs: CostTable = {
  ...plainCosts,
  backend: 'wasm-simd',
  watts_source: 'documented default: 10 W a core',
  seconds: { ...plainCosts.seconds, sha256d_nonce: 1.3e-7 },
  kernels: [
    kernel('sha256d-nonce-search', 'wasm-simd', 'hashes/s', 7.7e6, 11.2),
    kernel('sha256d-nonce-search', 'node-crypto', 'hashes/s', 6.9e5, 1),
    kernel('ed25519-verify', 'wasm-simd', 'signatures/s', 9.8e3, 1.12),
    kernel('ed25519-verify-batch-64', 'wasm-simd', 'signatures/s', 2.4e4, 2.7),
    kernel('quorum-waves-1000', 'wasm-simd', 'votes/s', 5.1e8, null),
  ],
};

/** A uniform draw in [0, 1) that depends on the cell and a number. */
/** Of draws that no engine makes. */
const NO_PURPOSE = 9 as number as Purpose;
const unit = (cell: Cell, which: number): number => draw32(drawKey(cell.seed, { purpose: NO_PURPOSE }), which) / 2 ** 32;

interface Invented {
  readonly workload: RecordedWorkload;
  readonly parameters: Cell['parameters'];
  readonly faults: readonly FaultSpec[];
  outcome(cell: Cell): Outcome;
}

const worst = { placement: 'worst' } as const;
const ratios = [0, 0.1, 0.2, 0.3, 0.34, 0.4, 0.5];
const crash: readonly FaultSpec[] = ratios.map((ratio) => ({ kind: 'crash', ratio, ...worst }));
const doubleSpend: readonly FaultSpec[] = ratios.map((ratio) => ({ kind: 'double-spend', ratio, ...worst }));

function chain(cell: Cell, shape: { interval_s: number; confirmations: number; mines: boolean }): Outcome {
  const ratio = cell.fault.ratio ?? 0;
  const attacked = cell.fault.kind === 'double-spend';
  const latencies_us = Array.from({ length: cell.decisions }, (_, i) =>
    Math.round((shape.interval_s * 1e6 * (0.2 + 1.6 * unit(cell, i))) / (1 - (attacked ? 0 : ratio))),
  );
  const elapsed_us = latencies_us.reduce((sum, latency) => sum + latency, 0);
  const finite = !attacked || ratio < 0.5;
  const attacks = attacked && ratio > 0 ? 40 : 0;
  const reversals = Math.floor(attacks * Math.max(0, ratio - 0.25) * 2 * (0.5 + unit(cell, 1000)));
  const z = Math.ceil(shape.confirmations / (1 - 1.6 * Math.min(ratio, 0.45)));
  return {
    state: 'done',
    reason: '',
    decisions: cell.decisions,
    divisor: cell.decisions,
    counts: {
      messages: cell.decisions * cell.nodes * 8,
      bytes: cell.decisions * cell.nodes * 126_000,
      digest_bytes: cell.decisions * cell.nodes * 125_000,
      ...(shape.mines
        ? { mining_node_s: (cell.nodes * elapsed_us) / 1e6 }
        : {
            signs: (cell.nodes * elapsed_us) / 1e6,
            verifies: cell.decisions * cell.nodes * 2,
            verifies_single: cell.decisions * cell.nodes * 2,
          }),
    },
    latencies_us,
    finalities_us: finite ? latencies_us.map((latency) => latency * z) : [],
    elapsed_us,
    confirmations: finite ? z : null,
    stale: { stale: Math.floor(3 * unit(cell, 2000)), blocks: cell.decisions + 3 },
    ...(attacked ? { attacks, reversals } : {}),
    adversaryShare: attacked ? ratio : 0.1,
    safety: reversals > 0 ? 'violated' : 'ok',
    liveness: 'ok',
    events: 1,
  };
}

function votes(cell: Cell): Outcome {
  const { nodes, decisions, fault } = cell;
  const faulty = fault.count ?? faultCount(fault.ratio ?? 0, nodes);
  const claimed = Math.floor((nodes - 1) / 3);
  const beyond = faulty > claimed;
  const forks = beyond && fault.kind === 'equivocate';
  const stalls = beyond && !forks;
  const latencies_us = Array.from({ length: decisions }, (_, i) =>
    Math.round(380_000 + 60_000 * unit(cell, i) + 400 * nodes + 90_000 * (faulty / nodes)),
  );
  return {
    state: stalls ? 'stalled' : 'done',
    reason: stalls ? 'horizon of 600 s' : '',
    decisions: stalls ? 0 : decisions,
    divisor: decisions,
    counts: {
      messages: decisions * 2 * nodes * (nodes - 1),
      bytes: decisions * (nodes * 126_000 + 2 * nodes * nodes * 180),
      signs: decisions * nodes * 3,
      verifies: decisions * nodes * 2 * claimed + decisions * nodes,
      verifies_single: decisions * nodes,
      batches: claimed === 0 ? new Map() : new Map([[claimed, decisions * nodes * 2]]),
      votes: decisions * 2 * nodes * nodes,
      digest_bytes: decisions * nodes * 125_000,
    },
    latencies_us,
    finalities_us: latencies_us,
    elapsed_us: latencies_us.reduce((sum, latency) => sum + latency, 0),
    confirmations: 1,
    viewChanges: stalls ? 9 : 0,
    adversaryShare: claimed / nodes,
    durability: 'ok',
    safety: forks ? 'violated' : 'ok',
    liveness: stalls ? 'violated' : 'ok',
    events: 1,
  };
}

const miners = (nodes: number) => ({ cores_per_node: 1, network_hash_rate_hs: null, miners: nodes, pue: null });
const pow = (miner: 'cpu' | 'asic-s21'): Invented => ({
  workload: {
    id: 'pow',
    family: 'lottery',
    exactKinds: ['crash', 'double-spend'] as const,
    miningHardware: (_parameters, nodes) =>
      miner === 'asic-s21'
        ? { name: 'Example ASIC, 200 TH/s', hash_rate_hs: 2e14, joules_per_hash: 17.5e-12, ...miners(nodes) }
        : { name: 'CPU core', hash_rate_hs: null, joules_per_hash: null, ...miners(nodes) },
  },
  parameters: { block_interval_s: 600, miner, cores_per_node: 1, hash_rate_hs: 'auto' },
  faults: miner === 'asic-s21' ? crash.slice(0, 1) : [...crash, ...doubleSpend],
  outcome: (cell) => chain(cell, { interval_s: 600, confirmations: 5, mines: true }),
});
const praos: Invented = {
  workload: { id: 'pos-praos', family: 'lottery', exactKinds: ['crash', 'double-spend'] as const },
  parameters: { slot_s: 1, active_slot_coefficient: 0.05 },
  faults: [...crash, ...doubleSpend],
  outcome: (cell) => chain(cell, { interval_s: 20, confirmations: 9, mines: false }),
};
const pbft: Invented = {
  workload: { id: 'pbft', family: 'voting', exactKinds: [] },
  parameters: { checkpoint_interval: 128 },
  faults: crash,
  outcome: votes,
};

export interface SyntheticOptions {
  readonly nodes?: readonly number[];
  readonly replicates?: number;
  /** Journal lines are written in this order of the plan's cells; default: as planned. */
  readonly shuffled?: boolean;
  /** Leaves out the last so many cells. */
  readonly unfinished?: number;
  readonly mechanisms?: readonly ('pow' | 'pow-asic' | 'pos-praos' | 'pbft')[];
  readonly measured?: boolean;
  readonly text?: string;
  /** Every mechanism in so many variants, by a parameter of that name; default: one, without it. */
  readonly variants?: number;
}

function* cellsOf(options: SyntheticOptions): Generator<{ cell: Cell; invented: Invented }> {
  const { nodes = [4, 7, 10, 16, 31, 64, 100], replicates = 5, measured = true } = options;
  const known = { pow: pow('cpu'), 'pow-asic': pow('asic-s21'), 'pos-praos': praos, pbft };
  for (const name of options.mechanisms ?? (['pow', 'pow-asic', 'pos-praos', 'pbft'] as const)) {
    const invented = known[name];
    const grids: { nodes: readonly number[]; crypto: Cell['crypto']; faults: (n: number) => readonly FaultSpec[]; replicates: number }[] = [
      { nodes, crypto: 'modelled', faults: () => invented.faults, replicates },
    ];
    if (name === 'pbft') {
      const counts = (n: number): FaultSpec[] => {
        const f = Math.floor((n - 1) / 3);
        return [0, f, f + 1].map((count) => ({ kind: 'equivocate', count, ...worst }));
      };
      grids.push({ nodes, crypto: 'modelled', faults: counts, replicates });
      if (options.nodes === undefined) grids.push({ nodes: [1000], crypto: 'modelled', faults: () => crash, replicates });
    }
    if (measured) grids.push({ nodes: nodes.slice(0, 2), crypto: 'measured', faults: () => invented.faults.slice(0, 1), replicates: 2 });
    const texts = options.text === undefined ? {} : { text: options.text };
    const variants = options.variants === undefined ? [{}] : Array.from({ length: options.variants }, (_, variant) => ({ variant }));
    for (const parameters of variants.map((variant) => ({ ...invented.parameters, ...texts, ...variant })))
      for (const grid of grids)
        for (const n of grid.nodes)
          for (const fault of grid.faults(n))
            for (let replicate = 0; replicate < grid.replicates; replicate++) {
              const data = {
                workload: invented.workload.id,
                parameters,
                nodes: n,
                fault,
                network: { kind: 'wan-5-regions', ...link },
                node: NODE_PROFILES.server,
                transactions: { bytes: 250, per_decision: 500 },
                risk: 0.001,
                decisions: 20,
                crypto: grid.crypto,
                load: DEFAULT_LOAD,
                replicate,
              } as const satisfies Omit<Cell, 'id' | 'seed'>;
              yield { cell: { ...identityOf(data), ...data }, invented };
            }
  }
}

/** Ids and seeds of invented cells: of their data alone, so that invented results stay what they are. */
function identityOf(data: Omit<Cell, 'id' | 'seed'>): Pick<Cell, 'id' | 'seed'> {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  const node = omit(data.node, ['cores', 'persist_ns', 'sign_share_ns', 'decode_share_ns', 'aggregate_ns', 'verify_aggregate_ns']);
  const said = omit(data, ['load']);
  const chances = omit(said, ['crypto', 'decisions', 'risk']);
  const seed = hash(`1 ${canonical({ ...chances, node })}`);
  const id = hash(canonical({ ...said, node }));
  return { id: `c${id.toString('hex', 0, 6)}`, seed: (seed.readUInt32BE(0) & 0x1fffff) * 0x100000000 + seed.readUInt32BE(4) };
}

/** Writes a run's folder under the system's temporary folder, a cell at a time, and gives its path. */
export function syntheticRun(options: SyntheticOptions = {}): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'synthetic-run-'));
  mkdirSync(dir, { recursive: true });
  const file = (name: string): string => path.join(dir, name);
  writeFileSync(file('suite.yaml'), 'name: synthetic\nseed: 1\n');
  writeFileSync(file('costs.json'), JSON.stringify(costs));
  writeFileSync(
    file('environment.json'),
    JSON.stringify({ cpu_model: 'Example CPU', cores_usable: 2, node: 'v20.20.0', v8: '11.3', commit: '0123456', cells_wall_s: 12.5 }),
  );
  writeFileSync(file('samples.ndjson'), `${JSON.stringify({ source: 'ed25519-verify/wasm-simd', index: 0, seconds: 0.0101 })}\n`);
  writeFileSync(file('plan.json'), '{"version":2,"suite":"synthetic","seed":1,"cells":[\n');
  writeFileSync(file('records.ndjson'), '');

  let planned = '';
  let comma = '';
  let lines: string[] = [];
  const flush = (): void => {
    appendFileSync(file('plan.json'), planned);
    planned = '';
    if (options.shuffled !== true) {
      appendFileSync(file('records.ndjson'), lines.join(''));
      lines = [];
    }
  };
  for (const { cell, invented } of cellsOf(options)) {
    planned += `${comma}${JSON.stringify(cell)}`;
    comma = ',\n';
    const outcome = invented.outcome(cell);
    const measured = cell.crypto === 'measured' && outcome.state === 'done';
    let record: CellRecord = makeRecord(cell, invented.workload, { outcome, engine: 'messages' }, costs, null);
    const samples = [];
    if (measured && record.state === 'done') {
      const seconds = record.cpu_s_per_decision! * (1.02 + 0.1 * unit(cell, 3000));
      record = makeRecord(cell, invented.workload, { outcome, engine: 'messages' }, costs, {
        cpu_s_per_decision: seconds,
        seconds_per_hash: null,
      });
      samples.push({ source: cell.id, index: 0, seconds });
    }
    if (options.text !== undefined && cell.replicate === 0) record = brokenRecord(cell, invented.workload, 'failed', options.text);
    lines.push(`${JSON.stringify({ record, samples })}\n`);
    if (lines.length % 500 === 0) flush();
  }
  if (options.shuffled === true) lines.sort((a, b) => (a < b ? 1 : -1));
  if (options.unfinished !== undefined) lines.length -= options.unfinished;
  flush();
  appendFileSync(file('records.ndjson'), options.shuffled === true ? lines.join('') : '');
  appendFileSync(file('plan.json'), '\n]}\n');
  return dir;
}
