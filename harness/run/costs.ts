// A cost table for a run: read from a file, or measured.
import { readFileSync } from 'node:fs';
import { UserError, errorCode, readError } from '../errors.ts';
import { AGGREGATE_PRICES, parseCostTable, type CostTable } from '../measure/costs.ts';
import type { Backend } from '../model/kernels.ts';
import type { PriceName } from '../model/operations.ts';
import type { TimingSample } from '../model/record.ts';
import { plural } from '../words.ts';
import { PRICE_NEEDS, type PriceNeed } from '../workloads.ts';

/** The cost table in a file: costs.json of a run, or what `kernels --cost-table` wrote. */
export function readCosts(file: string): CostTable {
  try {
    return parseCostTable(readFileSync(file, 'utf8'), file);
  } catch (error) {
    throw error instanceof UserError || errorCode(error) === undefined ? error : readError('cost table', file, error);
  }
}

/** Which prices a need is of, and how messages name its cells. */
const NEEDED: Readonly<Record<PriceNeed, { readonly prices: readonly PriceName[]; readonly cells: string }>> = {
  aggregates: { prices: AGGREGATE_PRICES, cells: 'make or check aggregate signatures' },
  persists: { prices: ['persist'], cells: 'write what survives a crash' },
};

/**
 * Refuses a table that cannot price cells which are about to run.
 * @param from where the table comes from, as messages name it
 * @param needing a workload with cells that have a need; null: there is none. Asked only where it matters
 * @throws UserError where prices are needed and not there
 */
export function requirePrices({ seconds }: Pick<CostTable, 'seconds'>, from: string, needing: (need: PriceNeed) => string | null): void {
  for (const need of PRICE_NEEDS) {
    const { prices, cells } = NEEDED[need];
    const missing = prices.filter((name) => seconds[name] === undefined);
    const workload = missing.length === 0 ? null : needing(need);
    if (workload !== null)
      throw new UserError(
        `${from}: has no${plural(missing.length, 'price', { shown: '' })} ${missing.join(', ')}, and cells of ${workload} ${cells}; ` +
          'accepted: a table that has them: npx consensus-bench kernels --cost-table FILE makes one, and a new run without --costs measures its own',
      );
  }
}

/** Measures a cost table on this machine. */
export async function measureTable(how: {
  quick: boolean;
  backend: Backend;
  budget_s: number;
  aggregates: boolean;
  watts_per_core: number | null;
}): Promise<{ table: CostTable; samples: readonly TimingSample[] }> {
  const { measureCosts } = await import('../measure/kernels.ts');
  const { watts_per_core, ...rest } = how;
  return measureCosts({ ...rest, ...(watts_per_core === null ? {} : { watts_per_core }) });
}
