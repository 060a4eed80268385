// Where clients sign their transactions each node checks those of a block once, together: who made it whole, and every other that receives
// it. Counts and, for measured cells, operations; the time that it takes is a part of a block's validation (common.ts).
import { blockTransactions, blocksByHeight } from './history.ts';
import { CheckCounts, addAmounts } from '../../model/operations.ts';
import type { Counts, Operation } from '../../model/outcome.ts';
import type { Setup } from '../core/contract.ts';
import type { ChainHistory } from './spec.ts';

/** What nodes have checked. */
export class ClientChecks {
  readonly #counts = new CheckCounts();
  #verifies = 0;

  /** Each of `nodes` nodes checks `transactions` of them together. */
  add(transactions: number, nodes: number): void {
    this.#verifies += transactions * nodes;
    this.#counts.good(transactions, nodes);
  }

  /** The counts of a mechanism, and these. */
  with(counts: Counts): Counts {
    const { verifies, verifies_single } = counts;
    const total: Record<string, number | Map<number, number>> = { ...counts, batches: new Map(counts.batches) };
    addAmounts(total, { verifies: this.#verifies, batches: this.#counts.batches });
    // What is checked singly may follow from the others (OPERATIONS).
    if (verifies === undefined || verifies_single !== undefined) addAmounts(total, { verifies_single: this.#counts.single });
    return total as unknown as Counts;
  }
}

/** Of full blocks: the operations of a mechanism by main-chain block, and the checks of each block's transactions at all who have it. */
export function withClientChecks(
  setup: Pick<Setup, 'cell' | 'kernels'>,
  history: ChainHistory,
  operations: readonly (readonly Operation[])[],
): (readonly Operation[])[] {
  const transaction_bytes = setup.cell.transactions.bytes;
  const checks = blocksByHeight(history).map((found) =>
    found.flatMap(({ number, receivers, publisher }) => {
      const check: Operation = { kind: 'transactions', transactions: blockTransactions(setup, number), transaction_bytes };
      return Array.from({ length: (publisher === null ? 0 : 1) + receivers }, () => check);
    }),
  );
  return operations.map((list, height) => [...list, ...checks[height]]);
}
