// consensus-bench report DIR: the exports and the report again, from the records.
import path from 'node:path';
import type { Command } from 'commander';
import { terminalStyle } from '../run/terminal-style.ts';

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('write the exports and the report of a run again, from its records')
    .argument('<dir>', 'the folder of a run')
    .option('--json', 'print machine-readable output')
    .action(async (dir: string, options: { json?: boolean }) => {
      const { exportRun } = await import('../export/export.ts');
      const { terminalTable } = await import('../export/terminal.ts');
      const digest = await exportRun(dir);
      for (const warning of digest.warnings) process.stderr.write(`${warning}\n`);
      const report = path.join(dir, 'report.html');
      if (options.json === true) {
        const { planned, finished, states } = digest;
        process.stdout.write(`${JSON.stringify({ dir, cells: planned, finished, states, report })}\n`);
        return;
      }
      process.stdout.write(`${terminalTable(digest, terminalStyle(process.stdout, process.env))}\nreport: ${report}\n`);
    });
}
