// How long will a suite take on this machine? One cell of each kind is run and timed, within a budget.
import { performance } from 'node:perf_hooks';
import { createKernels } from '../kernels/index.ts';
import type { Backend } from '../kernels/interface.ts';
import { executeOperations } from '../measure/measured.ts';
import { simulateCell } from '../simulate/simulate.ts';
import { planCells } from '../suite/plan.ts';
import type { Cell, Suite } from '../suite/schema.ts';
import { workloads } from '../workloads.ts';
import type { EngineChoice } from './cell.ts';

export interface Estimate {
  readonly cells: number;
  readonly perWorkload: Readonly<Record<string, number>>;
  /** Wall-clock seconds of all cells on `threads` threads; measured cells run one at a time. */
  readonly cells_s: number;
  /** Cells that were timed for this. */
  readonly sampled: number;
}

/** Cells that take about as long as each other. */
interface Kind {
  readonly sample: Cell;
  cells: number;
  seconds: number | null;
}

const MOST_KINDS = 2000;
/** A first run pays for compilation: shorter samples are run again. */
const AGAIN_BELOW_S = 0.05;

export async function estimateRun(
  suite: Suite,
  how: { threads: number; backend: Backend; engine: EngineChoice; budget_s: number },
): Promise<Estimate> {
  const kinds = new Map<string, Kind>();
  const perWorkload: Record<string, number> = {};
  let cells = 0;
  for (const cell of planCells(suite)) {
    cells += 1;
    perWorkload[cell.workload] = (perWorkload[cell.workload] ?? 0) + 1;
    const name = `${cell.workload} ${cell.crypto} ${cell.nodes} ${cell.fault.kind} ${cell.decisions}`;
    let kind = kinds.get(name);
    if (kind === undefined && kinds.size >= MOST_KINDS) kind = [...kinds.values()].find(({ sample }) => sample.workload === cell.workload);
    if (kind === undefined) kinds.set(name, (kind = { sample: cell, cells: 0, seconds: null }));
    kind.cells += 1;
  }

  const kernels = createKernels(how.backend);
  const seconds = async (cell: Cell): Promise<number> => {
    const started = performance.now();
    try {
      const workload = workloads.get(cell.workload)!;
      const { outcome } = simulateCell(cell, workload, { engine: how.engine, kernels });
      if (cell.crypto === 'measured' && outcome.state === 'done') await executeOperations(cell, workload, outcome, kernels);
    } catch {
      // A cell that fails takes the time until it failed; the run itself reports it.
    }
    return (performance.now() - started) / 1000;
  };
  const ordered = [...kinds.values()].sort((x, y) => x.sample.nodes - y.sample.nodes);
  const end = performance.now() + how.budget_s * 1000;
  let sampled = 0;
  for (const kind of ordered) {
    if (performance.now() > end) break;
    let time = await seconds(kind.sample);
    if (time < AGAIN_BELOW_S) time = await seconds(kind.sample);
    kind.seconds = time;
    sampled += 1;
  }

  let modelled_s = 0;
  let measured_s = 0;
  for (const kind of ordered) {
    const total = kind.cells * (kind.seconds ?? extrapolate(kind, ordered));
    if (kind.sample.crypto === 'measured') measured_s += total;
    else modelled_s += total;
  }
  return { cells, perWorkload, cells_s: modelled_s / how.threads + measured_s, sampled };
}

/** From the timed kind of the same workload and crypto with the most nodes, in proportion to the nodes. */
function extrapolate(kind: Kind, ordered: readonly Kind[]): number {
  const timed = ordered.filter(({ seconds }) => seconds !== null);
  const alike = timed.filter(({ sample }) => sample.workload === kind.sample.workload && sample.crypto === kind.sample.crypto);
  const from = alike.at(-1) ?? timed.at(-1);
  return from === undefined ? 0 : (from.seconds! * kind.sample.nodes) / from.sample.nodes;
}
