// A cost table for a run: read from a file, or measured.
import { readFileSync } from 'node:fs';
import { UserError, errorCode, readError } from '../errors.ts';
import { AGGREGATE_PRICES, parseCostTable, type CostTable } from '../measure/costs.ts';
import type { Backend } from '../model/kernels.ts';
import type { TimingSample } from '../model/record.ts';
import { plural } from '../words.ts';

/** The cost table in a file: costs.json of a run, or what `kernels --cost-table` wrote. */
export function readCosts(file: string): CostTable {
  try {
    return parseCostTable(readFileSync(file, 'utf8'), file);
  } catch (error) {
    throw error instanceof UserError || errorCode(error) === undefined ? error : readError('cost table', file, error);
  }
}

/**
 * Refuses a table that cannot price cells which are about to run. Whether a cell writes shows in its run alone, so that a table without
 * the price of a write is no reason here.
 * @param from where the table comes from, as messages name it
 * @param aggregating a workload with cells that make or check aggregate signatures; null: there is none. Asked only where it matters
 * @throws UserError where prices of aggregate signatures are needed and not there
 */
export function requirePrices({ seconds }: Pick<CostTable, 'seconds'>, from: string, aggregating: () => string | null): void {
  const missing = AGGREGATE_PRICES.filter((name) => seconds[name] === undefined);
  const workload = missing.length === 0 ? null : aggregating();
  if (workload === null) return;
  throw new UserError(
    `${from}: has no${plural(missing.length, 'price', { shown: '' })} ${missing.join(', ')}, and cells of ${workload} make or check aggregate signatures; ` +
      'accepted: a table that has them: npx consensus-bench kernels --cost-table FILE makes one, and a new run without --costs measures its own',
  );
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
