// The one JSON document of run --json and report --json: what became of the run, and its summary as summary.json has it.
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError, errorCode } from '../errors.ts';
import type { RunDocument } from '../export/json.ts';

/** @throws UserError before anything is printed, where the run has a report and no summary: another version wrote it */
export async function printRun(run: RunDocument): Promise<void> {
  const { runDocument } = await import('../export/json.ts');
  const [head, foot] = runDocument(run);
  if (run.report === null) {
    process.stdout.write(`${head}null${foot}`);
    return;
  }
  const summary = createReadStream(path.join(run.dir, 'summary.json'));
  summary.once('open', () => process.stdout.write(head));
  try {
    await pipeline(summary, process.stdout, { end: false });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new UserError(
      `${path.join(run.dir, 'summary.json')}: no such file; accepted: a run with its exports: npx consensus-bench report ${run.dir} writes them`,
      { cause: error },
    );
  }
  process.stdout.write(foot);
}
