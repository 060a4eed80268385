// consensus-bench run: every cell of a suite, with progress, then the summary.
import path from 'node:path';
import { EXIT } from '../errors.ts';
import type { ExportedRun } from '../export/export.ts';
import type { RunDocument } from '../export/json.ts';
import { warningText } from '../measure/costs.ts';
import { Progress } from '../run/progress.ts';
import { resumeRun, runSuite, type RunEvent, type RunResult } from '../run/run.ts';
import { terminalStyle } from '../run/terminal-style.ts';
import type { Suite } from '../suite/types.ts';
import { plural } from '../words.ts';
import { openReport } from './open.ts';
import { printRun } from './print-run.ts';
import type { RunFlags } from './run.ts';
import { backendOf, checkResume, costsFor, optional, suiteFor } from './run-flags.ts';

export async function runAll(file: string | undefined, flags: RunFlags): Promise<void> {
  if (flags.resume !== undefined) checkResume(file, flags);

  const { style, width } = terminalStyle(process.stderr, process.env);
  const progress = new Progress({ style, width, write: (text) => process.stderr.write(text) });
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const ticking = setInterval(() => progress.tick(), 1000).unref();
  let dir = '';
  let broken = 0;
  let exported: ExportedRun | null = null;
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'folder') dir = event.dir;
    else if (event.kind === 'exported') exported = event;
    else if (event.kind === 'cell' && (event.state === 'timeout' || event.state === 'failed')) broken += 1;
    report(event, { progress, dir, broken });
  };
  const common = {
    signal: stop.signal,
    onEvent,
    ...optional('threads', flags.threads),
    ...optional('cell_timeout_s', flags.cellTimeout),
  };
  const begin = (suite: Suite): Promise<RunResult> =>
    runSuite(suite, {
      ...common,
      backend: backendOf(flags),
      engine: flags.engine ?? 'auto',
      quick: flags.quick ?? false,
      ...optional('out', flags.out),
      ...optional('watts_per_core', flags.wattsPerCore),
      ...optional('costs', flags.costs === undefined ? undefined : costsFor(suite, flags.costs)),
    });
  let result: RunResult;
  try {
    result =
      flags.resume !== undefined
        ? await resumeRun(flags.resume, { ...common, ...optional('retry', flags.retry) })
        : await begin(await suiteFor(file, flags));
  } finally {
    clearInterval(ticking);
    progress.end();
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
  if (result.interrupted) {
    const { done, stalled, timeout, failed } = result.states;
    process.stderr.write(
      `interrupted: ${done + stalled + timeout + failed} of ${plural(result.cells, 'cell')} ${result.cells === 1 ? 'is' : 'are'} kept; go on with: npx consensus-bench run --resume ${result.dir}\n`,
    );
    if (flags.json === true) await printRun({ ...runOf(result), exit_reason: 'interrupted', report: null });
    // The kernel measurement has no switch: it would go on for seconds.
    process.exit(EXIT.interrupted);
  }
  const isBroken = result.states.timeout + result.states.failed > 0;
  const reportFile = path.join(result.dir, 'report.html');
  if (flags.json === true)
    await printRun({ ...runOf(result), exit_reason: isBroken ? 'cells timed out or failed' : 'done', report: reportFile });
  else await printResult(result, reportFile, exported);
  if (flags.open === true) await openReport(reportFile);
  if (isBroken) process.exitCode = EXIT.failed;
}

const MOST_BROKEN_SHOWN = 10;

function report(event: RunEvent, { progress, dir, broken }: { progress: Progress; dir: string; broken: number }): void {
  const seconds = (value: number): string => `${value} s`;
  switch (event.kind) {
    case 'folder':
      return;
    case 'plan': {
      const { cells } = event.size;
      return progress.say(`${plural(cells, 'cell')} on ${plural(event.threads, 'thread')}, into ${dir}`);
    }
    case 'torn line':
      return progress.say(`the last line of ${dir}/records.ndjson was torn (${event.bytes} bytes): cut off, its cell runs again`);
    case 'kernels':
      return progress.say(`measuring the kernels on this machine (at most ${seconds(event.budget_s)})`);
    case 'finished':
      return progress.say(
        `${dir} is finished (its last start was at ${event.taken_at}) and is left as it is; to write its exports again: npx consensus-bench report ${dir}`,
      );
    case 'noise': {
      // The first says the most: other load comes before single kernels.
      const [first, ...others] = event.warnings;
      return progress.say(
        `the measured costs are doubtful: ${warningText(first)}${others.length > 0 ? ` (and ${others.length} more like it)` : ''}`,
      );
    }
    case 'cells':
      return progress.start(event.total, event.done, event.left);
    case 'retry':
      return progress.say(`the worker of cell ${event.id} died (${event.reason}); the cell is tried once again`);
    case 'cell':
      if (event.state === 'timeout' || event.state === 'failed') {
        if (broken <= MOST_BROKEN_SHOWN)
          progress.say(`cell ${event.id} ${event.state}: ${event.reason}; replay: ${replayCommand(dir, event.id)}`);
        else if (broken === MOST_BROKEN_SHOWN + 1) progress.say('more cells timed out or failed: see state_reason in records.csv');
      }
      return progress.step(event.crypto);
    case 'exports':
      progress.end();
      return;
    case 'exported':
      return;
  }
}

function replayCommand(dir: string, id: string): string {
  return `npx consensus-bench run ${path.join(dir, 'suite.yaml')} --cell ${id}`;
}

const runOf = ({ dir, cells, states, cells_wall_s }: RunResult): Pick<RunDocument, 'dir' | 'cells' | 'states' | 'cells_wall_s'> => ({
  dir,
  cells,
  states,
  cells_wall_s,
});

/** `exported`: null where the run was finished before, and its folder was left as it is. */
async function printResult(result: RunResult, reportFile: string, exported: ExportedRun | null): Promise<void> {
  const { terminalTable } = await import('../export/terminal.ts');
  const style = terminalStyle(process.stdout, process.env);
  const text = exported === null ? terminalTable(await digestOf(result.dir), style) : terminalTable(exported.digest, style, exported.model);
  process.stdout.write(`${text.trimEnd()}\n`);
  const { done, stalled, timeout, failed } = result.states;
  const counts = [
    `${done} done`,
    `${stalled} stalled`,
    ...(timeout > 0 ? [`${timeout} timed out`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  process.stdout.write(`\n${plural(result.cells, 'cell')}: ${counts.join(', ')}\nreport: ${reportFile}\n`);
}

async function digestOf(dir: string): Promise<ExportedRun['digest']> {
  const { digestRun } = await import('../analysis/digest.ts');
  const { openRun } = await import('../folder/read.ts');
  return digestRun(openRun(dir));
}
