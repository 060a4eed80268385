// Cells of a run that show how its mechanisms work: the chain whose blocks forked most, and a vote.
import type { Cell } from '../model/cell.ts';
import type { CellRecord } from '../model/record.ts';
import { workloads } from '../workloads.ts';

/** More nodes than a drawing is worth simulating again. */
const MOST_NODES = 64;

export class Examples {
  /** Of the run's chains that were simulated in full: the one with most stale blocks. */
  chain: Cell | null = null;
  /** The first cell of a mechanism that votes, one whose leader can be silent before any other. */
  vote: Cell | null = null;
  #stale = -1;
  #silent = false;

  add(cell: Cell, record: CellRecord): void {
    const workload = workloads.get(cell.workload);
    if (workload === undefined) return;
    if (workload.engines.chain !== undefined) {
      const stale = record.state === 'done' ? (record.stale_rate ?? 0) : -1;
      if (stale <= this.#stale || cell.nodes > MOST_NODES || cell.load.kind === 'saturate') return;
      // Half the power wins for good: one fork, and no other.
      if ((cell.fault.ratio ?? 0) >= 0.5) return;
      this.chain = cell;
      this.#stale = stale;
    } else if (workload.engines.messages !== undefined && !this.#silent) {
      const silent = workload.faultKinds.includes('silent-leader');
      if (this.vote !== null && !silent) return;
      this.vote = cell;
      this.#silent = silent;
    }
  }
}
