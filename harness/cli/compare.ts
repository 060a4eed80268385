// consensus-bench compare A B …: runs held against the first, with a verdict that a gate can use.
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { EXIT, UserError } from '../errors.ts';
import { openReport } from './open.ts';

interface CompareFlags {
  readonly threshold: number;
  readonly out?: string;
  readonly open?: boolean;
  readonly json?: boolean;
}

const ADVICE = { elsewhere: 'choose another folder with --out' };
const FILES = { markdown: 'comparison.md', data: 'comparison.json', report: 'report.html' } as const;

/** `5%` or `0.05`. */
function thresholdFlag(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const share = match === null ? NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (!(share >= 0 && share <= 10)) throw new InvalidArgumentError('Accepted: a share from 0 to 10, as 0.05 or 5%.');
  return share;
}

export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('hold runs against the first of them: ratios with intervals, tests and a verdict; exit status 1 where something is worse')
    .argument('<a>', 'the folder of the run that the others are held against')
    .argument('<b...>', 'the folders of one or more other runs')
    .option('--threshold <share>', 'a change up to this share is none that matters, as 5% or 0.05', thresholdFlag, 0.05)
    .option(
      '-o, --out <dir>',
      `write ${FILES.markdown}, ${FILES.data} and ${FILES.report}, which sets the runs side by side; must not exist`,
    )
    .option('--open', 'with --out: open the report')
    .option('--json', 'print the comparison as JSON instead of Markdown')
    .action(compare);
}

async function compare(a: string, others: readonly string[], flags: CompareFlags): Promise<void> {
  checkFlags([a, ...others], flags);
  const { comparedRun } = await import('../analysis/compared-run.ts');
  const { compareRuns } = await import('../analysis/compare.ts');
  const { MOST_RUNS } = await import('../analysis/compare-rows.ts');
  const { comparisonData, comparisonMarkdown } = await import('../export/comparison.ts');
  const dirs = [a, ...others];
  if (dirs.length > MOST_RUNS) throw new UserError(`compare: received ${dirs.length} folders; accepted: from 2 to ${MOST_RUNS}`);
  const comparison = compareRuns(
    dirs.map((dir) => comparedRun(dir, (message) => process.stderr.write(`${message}\n`))),
    flags,
  );
  for (const { run, matched, kernels } of comparison.others)
    if (matched === 0 && kernels.length === 0)
      throw new UserError(
        `compare ${a} ${run.dir}: no condition and no kernel in common (${comparison.base.suite} has ${comparison.base.conditions.length} conditions, ${run.suite} ${run.conditions.length}); accepted: runs of one suite, or of suites that share conditions`,
      );
  const data = `${JSON.stringify(comparisonData(comparison))}\n`;
  const markdown = comparisonMarkdown(comparison);
  if (flags.out !== undefined) {
    const { makeFolder, writeWhole } = await import('../folder/files.ts');
    const { comparisonHtml } = await import('../report/compare.ts');
    makeFolder(flags.out, ADVICE);
    for (const [file, text] of [
      [FILES.markdown, markdown],
      [FILES.data, data],
      [FILES.report, comparisonHtml(comparison)],
    ] as const)
      writeWhole(path.join(flags.out, file), [text], ADVICE);
  }
  process.stdout.write(flags.json === true ? data : markdown);
  if (flags.out !== undefined) {
    const report = path.join(flags.out, FILES.report);
    process.stderr.write(`report: ${report}\n`);
    if (flags.open === true) await openReport(report);
  }
  if (comparison.regression) process.exitCode = EXIT.failed;
}

function checkFlags(dirs: readonly string[], { out, open }: CompareFlags): void {
  if (open === true && out === undefined) throw new UserError('--open: received without --out; accepted: --out DIR --open');
  if (out === '') throw new UserError('--out: received an empty name; accepted: a new folder');
  if (out !== undefined && existsSync(out)) throw new UserError(`--out ${out}: exists already; accepted: a new folder`);
  const seen = new Set<string>();
  for (const dir of dirs) {
    const real = existsSync(dir) ? realpathSync(dir) : dir;
    if (seen.has(real)) throw new UserError(`compare: received ${dir} twice; accepted: folders of different runs`);
    seen.add(real);
  }
}
