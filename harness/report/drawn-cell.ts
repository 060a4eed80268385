// One cell simulated and drawn: all its blocks where it is a chain, else its messages.
import { isDefaultLoad } from '../model/load.ts';
import type { BlockTree } from '../model/block-tree.ts';
import type { Cell } from '../model/cell.ts';
import { entriesOf, faultText } from '../model/fault.ts';
import type { Kernels } from '../model/kernels.ts';
import type { EngineId, Outcome } from '../model/outcome.ts';
import { simulateCell } from '../simulate/core/simulate.ts';
import type { Workload } from '../simulate/core/contract.ts';
import { plural } from '../words.ts';
import { blockTreeSvg } from './block-tree.ts';
import { SequenceLines, sequenceSvg, type Sequence } from './sequence.ts';

export interface DrawOptions {
  readonly kernels: Kernels;
  readonly engine: 'auto' | EngineId;
  /** Rows of a tree at most; absent: as many as a file of its own may have. */
  readonly rows?: number;
  /** Of a message sequence; two in one page are of two kinds. */
  readonly kind?: Sequence['kind'];
  /** Absent: mechanism, nodes, fault and cell. */
  readonly title?: string;
  /** Of the messages engine; absent: its own. */
  readonly eventBudget?: number;
}

export interface DrawnCell {
  readonly svg: string;
  readonly outcome: Outcome;
  readonly engine: EngineId;
}

export const isChain = ({ engines }: Pick<Workload, 'engines'>): boolean => engines.chain !== undefined;

/** `Proof of work, 16 nodes, double-spend 0.3, cell c…`. */
export function cellTitle({ id, nodes, fault }: Cell, { title }: Pick<Workload, 'title'>): string {
  const faults = entriesOf(fault).filter(({ ratio, count }) => ratio !== 0 && count !== 0);
  return [title, plural(nodes, 'node'), ...faults.map(faultText), `cell ${id}`].join(', ');
}

/** @throws EngineLimit where the engine does not take the cell, or a trace of it */
export function drawCell(cell: Cell, workload: Workload, options: DrawOptions): DrawnCell {
  const { kernels, engine: wanted, rows, kind = 'sequence', title = cellTitle(cell, workload), eventBudget } = options;
  if (isChain(workload)) {
    const trees: BlockTree[] = [];
    const { outcome, engine } = simulateCell(cell, workload, { engine: wanted, kernels, tree: (tree) => trees.push(tree) });
    return { svg: blockTreeSvg(trees[0], title, rows === undefined ? {} : { rows }), outcome, engine };
  }
  const kept = new SequenceLines();
  const { outcome, engine } = simulateCell(cell, workload, { engine: wanted, kernels, eventBudget, trace: (line) => kept.add(line) });
  let now_us = 0;
  // One decision after another: the client submits when the last one is accepted.
  const accepted_us = isDefaultLoad(cell.load) ? outcome.latencies_us.map((latency_us) => (now_us += latency_us)) : [];
  return { svg: sequenceSvg(kept, { title, kind, nodes: cell.nodes, accepted_us }), outcome, engine };
}
