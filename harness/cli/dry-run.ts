// consensus-bench run --dry-run: how many cells, and about how long they take.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { readCosts, requirePrices } from '../run/costs.ts';
import { estimateRun, type Range } from '../run/estimate.ts';
import { duration } from '../run/progress.ts';
import { KERNEL_BUDGET_S } from '../run/settings.ts';
import { loadSuite } from '../suite/load.ts';
import { needingWorkload } from '../suite/plan.ts';
import type { Suite } from '../suite/types.ts';
import { plural } from '../words.ts';
import { NOTHING_NEEDED, withNeedsOf, type Needing, type PriceNeed } from '../workloads.ts';
import type { RunFlags } from './run.ts';
import { backendOf, checkResume, costsFor, suiteFor } from './run-flags.ts';

const ESTIMATE_BUDGET_S = 5;

/** What a run's folder has done: how many cells have a record, and for each need a workload of the others that has it (null: none). */
async function progressOf(dir: string, suite: Suite): Promise<{ finished: number; needing: (need: PriceNeed) => string | null }> {
  if (!existsSync(path.join(dir, 'plan.json')) || !existsSync(path.join(dir, 'records.ndjson')))
    return { finished: 0, needing: (need) => needingWorkload(suite, need) };
  const { cellsOf } = await import('../folder/read.ts');
  let finished = 0;
  let needing: Needing = NOTHING_NEEDED;
  for (const { cell, line } of cellsOf({ dir })) {
    if (line !== null) finished += 1;
    else needing = withNeedsOf(cell, needing);
  }
  return { finished, needing: (need) => needing[need] };
}

export async function dryRun(file: string | undefined, flags: RunFlags): Promise<void> {
  for (const [flag, given] of [
    ['--cell', flags.cell !== undefined],
    ['--trace', flags.trace === true],
    ['--tree', flags.tree !== undefined],
  ] as const)
    if (given) throw new UserError(`--dry-run: received ${flag} beside it; accepted: --dry-run, or ${flag} to run that one cell`);
  const { resume } = flags;
  if (resume !== undefined) checkResume(file, flags);
  const suite = resume === undefined ? await suiteFor(file, flags) : loadSuite(path.join(resume, 'suite.yaml'));
  if (flags.costs !== undefined) costsFor(suite, flags.costs);
  const { finished, needing } = resume === undefined ? { finished: 0, needing: () => null } : await progressOf(resume, suite);
  const kept = resume === undefined ? '' : path.join(resume, 'costs.json');
  const isKept = existsSync(kept);
  if (isKept) requirePrices(readCosts(kept), kept, needing);
  const threads = flags.threads ?? availableParallelism();
  const estimate = await estimateRun(suite, {
    threads,
    backend: backendOf(flags),
    engine: flags.engine ?? 'auto',
    budget_s: ESTIMATE_BUDGET_S,
  });
  const priced = flags.costs !== undefined || isKept;
  const kernels_s = priced ? 0 : flags.quick === true ? KERNEL_BUDGET_S.quick : KERNEL_BUDGET_S.full;
  const { cells, exact, perWorkload, sampled } = estimate;
  const share = cells === 0 ? 0 : (cells - finished) / cells;
  const cells_s = { low: estimate.cells_s.low * share, high: estimate.cells_s.high * share };
  if (flags.json === true) {
    process.stdout.write(
      `${JSON.stringify({ suite: suite.name, cells, exact, finished, perWorkload, threads, kernels_s, cells_s, sampled })}\n`,
    );
    return;
  }
  const atMost = exact ? '' : 'at most ';
  const digits = Math.max(7, String(cells).length);
  const width = Math.max(...Object.keys(perWorkload).map((id) => id.length), finished > 0 ? 8 : 5);
  const lines = Object.entries(perWorkload).map(
    ([id, count]) => `${id.padEnd(width)}  ${atMost}${plural(count, 'cell', { shown: String(count).padStart(digits) })}`,
  );
  lines.push(`${'total'.padEnd(width)}  ${atMost}${plural(cells, 'cell', { shown: String(cells).padStart(digits) })}`);
  if (finished > 0) lines.push(`${'finished'.padEnd(width)}  ${plural(finished, 'cell', { shown: String(finished).padStart(digits) })}`);
  const range = ({ low, high }: Range): string =>
    duration(low) === duration(high) ? duration(low) : `${duration(low)} to ${duration(high)}`;
  const all = { low: kernels_s + cells_s.low, high: kernels_s + cells_s.high };
  lines.push(
    '',
    `${range(all)} on ${plural(threads, 'thread')} (kernels ${duration(kernels_s)}, cells ${range(cells_s)}; from ${plural(sampled, 'cell')} timed now)`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}
