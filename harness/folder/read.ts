// Reads a run's folder: the plan in its order, and for each cell its record from the journal, which is in completion order.
// Memory: about 20 bytes a cell for the index of the journal; cells and records pass one at a time.
import { closeSync, existsSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { EXIT, UserError, messageOf, readError } from '../errors.ts';
import { parseCostTable, type CostTable, type CostWarning } from '../measure/costs.ts';
import { RECORD_STATES, RECORD_VERSION, isRecordState, type CellRecord, type JournalLine, type TimingSample } from '../model/record.ts';
import { openLines, readLines } from './lines.ts';
import { planHead, readPlan } from './plan-file.ts';
import { IdSet, idNumber } from '../suite/id-set.ts';
import { requirementsIn } from '../suite/requirements.ts';
import { given } from '../suite/omit.ts';
import type { Requirements } from '../model/requirements.ts';
import type { Cell } from '../model/cell.ts';

export interface RunFolder {
  readonly dir: string;
  readonly suite: { readonly name: string; readonly seed: number; readonly text: string; readonly requirements?: Requirements };
  readonly costs: CostTable;
  /** environment.json as it stands. */
  readonly environment: Readonly<Record<string, unknown>>;
  /** What makes the costs doubtful: all of them first, then single rows of kernels.csv. */
  readonly warnings: readonly CostWarning[];
}

/** A cell of the plan with what the journal has of it; null: not finished. */
export interface JournaledCell {
  readonly cell: Cell;
  readonly line: JournalLine | null;
  /** Lines that the journal has of it: with --retry more than one. `line` is the last. */
  readonly tries: number;
}

function textOf(dir: string, name: string): string {
  const file = path.join(dir, name);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw readError('run folder:', file, error);
  }
}

function objectOf(dir: string, name: string): Record<string, unknown> {
  const text = textOf(dir, name);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path.join(dir, name)}: not JSON (${messageOf(error)}); accepted: the file as the run wrote it`, {
      cause: error,
    });
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new UserError(`${path.join(dir, name)}: not an object; accepted: the file as the run wrote it`);
  return data as Record<string, unknown>;
}

/** Files without which a folder is no run's. */
const NEEDED = ['suite.yaml', 'plan.json', 'records.ndjson', 'costs.json', 'environment.json'] as const;

/** @throws UserError for a folder that is missing or no run's */
export function openRun(dir: string): RunFolder {
  const accepted = 'accepted: the folder of a run, as results/default';
  if (!existsSync(dir)) throw new UserError(`${dir}: no such folder; ${accepted}`);
  if (!statSync(dir).isDirectory()) throw new UserError(`${dir}: a file, not a folder; ${accepted}`);
  const missing = NEEDED.filter((name) => !existsSync(path.join(dir, name)));
  if (missing.length > 0) throw new UserError(`${dir}: not the folder of a run (no ${missing.join(', ')} in it); ${accepted}`);
  // First: of a run of another version this is the sentence that says why nothing in it can be read.
  const head = planHead(path.join(dir, 'plan.json'));
  const costs = parseCostTable(textOf(dir, 'costs.json'), path.join(dir, 'costs.json'));
  const text = textOf(dir, 'suite.yaml');
  return {
    dir,
    suite: { ...head, text, ...given('requirements', requirementsIn(text, path.join(dir, 'suite.yaml'))) },
    costs,
    warnings: costs.warnings ?? [],
    environment: objectOf(dir, 'environment.json'),
  };
}

const CELL_ID = /"cell":"(c[0-9a-f]{12})"/;

function parseJournalLine(text: string): JournalLine {
  const line = JSON.parse(text) as JournalLine;
  const record = line.record as CellRecord | undefined;
  if (record?.version !== RECORD_VERSION || !Array.isArray(line.samples))
    throw new TypeError(`no record of version ${RECORD_VERSION} in it`);
  if (!isRecordState(record.state)) throw new TypeError(`its state is ${JSON.stringify(record.state)}, not ${RECORD_STATES.join(', ')}`);
  return line;
}

/**
 * Every cell of the plan, in plan order, with its journal line. `warn` is told of a torn last line, whose cell then counts
 * as not finished.
 * @throws UserError for a line that cannot be read, and for a journal of another plan
 */
export function* cellsOf({ dir }: Pick<RunFolder, 'dir'>, warn: (message: string) => void = () => {}): Generator<JournaledCell> {
  const file = path.join(dir, 'records.ndjson');
  const plan = path.join(dir, 'plan.json');
  const unreadable = (number: number, why: string): UserError =>
    new UserError(`${file}:${number}: not a journal line (${why}); accepted: one JSON record a line. The journal was changed.`, {
      exitStatus: EXIT.failed,
    });
  const descriptor = openLines(file);
  try {
    const read = lineReader(descriptor);
    const lineAt = (offset: number): JournalLine => {
      try {
        return parseJournalLine(read(offset));
      } catch (error) {
        throw unreadable(lineNumber(file, offset), messageOf(error));
      }
    };
    const offsets = new IdSet();
    /** Of cells that were tried more than once. */
    const tries = new Map<number, number>();
    for (const { text, number, offset, ended } of readLines(file)) {
      const match = CELL_ID.exec(text)?.[1];
      if (!ended) {
        warn(
          `${file}:${number}: the last line is torn (the run was cut off while it wrote); its cell counts as not finished. ` +
            `To run it: npx consensus-bench run --resume ${dir}`,
        );
        continue;
      }
      if (match === undefined) throw unreadable(number, 'no cell id');
      const id = idNumber(match);
      const earlier = offsets.get(id);
      if (earlier !== undefined) {
        const { state } = lineAt(earlier).record;
        if (state !== 'failed' && state !== 'timeout') throw unreadable(number, `cell ${match} has a result before: ${state}`);
        tries.set(id, (tries.get(id) ?? 1) + 1);
      }
      offsets.set(id, offset);
    }

    let found = 0;
    for (const cell of readPlan(plan)) {
      const id = idNumber(cell.id);
      const offset = offsets.get(id);
      if (offset === undefined) {
        yield { cell, line: null, tries: 0 };
        continue;
      }
      found += 1;
      yield { cell, line: lineAt(offset), tries: tries.get(id) ?? 1 };
    }
    if (found < offsets.size)
      throw new UserError(`${file}: the journal of another plan: ${offsets.size - found} of its ${offsets.size} cells are not in ${plan}`, {
        exitStatus: EXIT.failed,
      });
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The records of a run, in plan order; cells that have not finished yet are left out, and of a cell that was tried again the last
 * try counts. Memory: about 20 bytes a cell.
 * @throws UserError for a folder without plan.json or records.ndjson, a line that cannot be read, a journal of another plan
 */
export function* readRecords(dir: string): Generator<CellRecord> {
  for (const { line } of cellsOf({ dir })) if (line !== null) yield line.record;
}

/** Reads the line that begins at an offset, through one buffer that grows with the longest line. */
function lineReader(descriptor: number): (offset: number) => string {
  let buffer = Buffer.alloc(4096);
  return (offset) => {
    let filled = 0;
    for (;;) {
      const got = readSync(descriptor, buffer, filled, buffer.length - filled, offset + filled);
      const end = buffer.subarray(0, filled + got).indexOf(10, filled);
      if (end !== -1 || got === 0) return buffer.toString('utf8', 0, end === -1 ? filled : end);
      filled += got;
      if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    }
  };
}

function lineNumber(file: string, offset: number): number {
  for (const line of readLines(file)) if (line.offset >= offset) return line.number;
  return 0;
}

/** The kernels' raw samples; none where the cost table was given. */
export function* kernelSamplesOf(run: RunFolder): Generator<TimingSample> {
  const file = path.join(run.dir, 'samples.ndjson');
  if (!existsSync(file)) return;
  for (const { text, number } of readLines(file)) {
    try {
      yield JSON.parse(text) as TimingSample;
    } catch (error) {
      throw new UserError(`${file}:${number}: not a timing sample (${messageOf(error)})`, { exitStatus: EXIT.failed, cause: error });
    }
  }
}
