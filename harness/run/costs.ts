// A cost table for a run: read from a file, or measured.
import { readFileSync } from 'node:fs';
import { UserError, errorCode, readError } from '../errors.ts';
import { parseCostTable, type CostTable } from '../measure/costs.ts';
import type { Backend } from '../model/kernels.ts';
import type { TimingSample } from '../model/record.ts';

/** The cost table in a file: costs.json of a run, or what `kernels --cost-table` wrote. */
export function readCosts(file: string): CostTable {
  try {
    return parseCostTable(readFileSync(file, 'utf8'), file);
  } catch (error) {
    throw error instanceof UserError || errorCode(error) === undefined ? error : readError('cost table', file, error);
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
