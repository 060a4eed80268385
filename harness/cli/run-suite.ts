// consensus-bench run: every cell of a suite, with progress, then the summary.
import path from 'node:path';
import { EXIT } from '../errors.ts';
import { warningText } from '../measure/costs.ts';
import { Progress } from '../run/progress.ts';
import { resumeRun, runSuite, type RunEvent, type RunResult } from '../run/run.ts';
import { terminalStyle } from '../run/terminal-style.ts';
import type { Suite } from '../suite/types.ts';
import { plural } from '../words.ts';
import { openReport } from './open.ts';
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
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'folder') dir = event.dir;
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
    // The kernel measurement has no switch: it would go on for seconds.
    process.exit(EXIT.interrupted);
  }
  await printResult(result, flags.json === true);
  if (flags.open === true) await openReport(path.join(result.dir, 'report.html'));
  if (result.states.timeout + result.states.failed > 0) process.exitCode = EXIT.failed;
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
  }
}

function replayCommand(dir: string, id: string): string {
  return `npx consensus-bench run ${path.join(dir, 'suite.yaml')} --cell ${id}`;
}

async function printResult(result: RunResult, json: boolean): Promise<void> {
  const reportFile = path.join(result.dir, 'report.html');
  if (json) {
    const { dir, cells, states, cells_wall_s } = result;
    process.stdout.write(`${JSON.stringify({ dir, cells, states, cells_wall_s, report: reportFile })}\n`);
    return;
  }
  const { terminalSummary } = await import('../export/export.ts');
  const text = await terminalSummary(result.dir, terminalStyle(process.stdout, process.env));
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
