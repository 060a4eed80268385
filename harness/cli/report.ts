// consensus-bench report DIR: the exports and the report again, from the records.
import path from 'node:path';
import type { Command } from 'commander';
import { printRun } from './print-run.ts';
import { terminalStyle } from '../run/terminal-style.ts';

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('write the exports and the report of a run again, from its records')
    .argument('<dir>', 'the folder of a run')
    .option('--json', 'print the results as JSON')
    .action(async (dir: string, options: { json?: boolean }) => {
      const { exportRun } = await import('../export/export.ts');
      const { digest, model } = await exportRun(dir);
      for (const warning of digest.warnings) process.stderr.write(`${warning}\n`);
      const report = path.join(dir, 'report.html');
      if (options.json === true) {
        const { planned, states } = digest;
        return printRun({ exit_reason: 'done', dir, cells: planned, states, report });
      }
      const { terminalTable } = await import('../export/terminal.ts');
      process.stdout.write(`${terminalTable(digest, terminalStyle(process.stdout, process.env), model)}\nreport: ${report}\n`);
    });
}
