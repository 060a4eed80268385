// consensus-bench view DIR: where the report of a run is, opened. Nothing is served: the report is one file that needs no server.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { openReport } from './open.ts';

export function addViewCommand(program: Command): void {
  program
    .command('view')
    .description('print where the report of a run is, and open it in the browser; nothing is served')
    .argument('<dir>', 'the folder of a run or of a comparison')
    .action(async (dir: string) => {
      const report = reportIn(dir);
      process.stdout.write(`${path.resolve(report)}\n`);
      await openReport(report);
    });
}

/** @throws UserError where the folder has no report */
function reportIn(dir: string): string {
  const accepted = 'accepted: the folder of a run or of a comparison, as results/default';
  if (!existsSync(dir)) throw new UserError(`view ${dir}: no such folder; ${accepted}`);
  if (!statSync(dir).isDirectory()) throw new UserError(`view ${dir}: a file, not a folder; ${accepted}`);
  const report = path.join(dir, 'report.html');
  if (existsSync(report)) return report;
  const remedy = existsSync(path.join(dir, 'records.ndjson')) ? ` (npx consensus-bench report ${dir} writes it)` : '';
  throw new UserError(`view ${dir}: there is no report.html in it${remedy}; ${accepted}`);
}
