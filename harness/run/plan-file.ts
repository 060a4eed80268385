// plan.json: {"version":1,"suite":…,"seed":…,"cells":[ … ]} with one cell a line, so that it is written, read and compared a
// line at a time.
import { existsSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { planCells } from '../suite/plan.ts';
import type { Cell, CryptoMode, Suite } from '../suite/schema.ts';
import { writeWhole } from './files.ts';
import { readLines } from './lines.ts';

/** How many cells a plan has. */
export interface PlanSize {
  cells: number;
  readonly perWorkload: Map<string, number>;
  readonly perCrypto: Record<CryptoMode, number>;
}

function emptySize(): PlanSize {
  return { cells: 0, perWorkload: new Map(), perCrypto: { modelled: 0, measured: 0 } };
}

function counted(size: PlanSize, cell: Cell): void {
  size.cells += 1;
  size.perWorkload.set(cell.workload, (size.perWorkload.get(cell.workload) ?? 0) + 1);
  size.perCrypto[cell.crypto] += 1;
}

export function measurePlan(suite: Suite): PlanSize {
  const size = emptySize();
  for (const cell of planCells(suite)) counted(size, cell);
  return size;
}

/** The lines of a suite's plan.json. */
function* planLines(suite: Suite, size: PlanSize): Generator<string> {
  yield `{"version":1,"suite":${JSON.stringify(suite.name)},"seed":${suite.seed},"cells":[`;
  let previous: string | undefined;
  for (const cell of planCells(suite)) {
    counted(size, cell);
    if (previous !== undefined) yield `${previous},`;
    previous = JSON.stringify(cell);
  }
  if (previous !== undefined) yield previous;
  yield ']}';
}

export function writePlan(file: string, suite: Suite): PlanSize {
  const size = emptySize();
  const lines = function* (): Generator<string> {
    for (const line of planLines(suite, size)) yield `${line}\n`;
  };
  writeWhole(file, lines(), 'Free some space or choose another folder with --out.');
  return size;
}

/** Compares plan.json with the plan of a suite; `visit` sees each cell. UserError where they differ. */
export function verifyPlan(file: string, suite: Suite, visit: (cell: Cell) => void): PlanSize {
  const size = emptySize();
  const lines = readLines(file);
  const differs = (number: number): UserError =>
    new UserError(
      `${file}:${number}: not the plan of the suite.yaml beside it (the suite, the workloads' parameters or this program's version changed); ` +
        `accepted: the folder of a run as it was written. Start a new run instead.`,
    );
  let number = 0;
  for (const expected of planLines(suite, size)) {
    number += 1;
    const line = lines.next();
    if (line.done === true || line.value.text !== expected) throw differs(number);
    if (isCell(expected)) visit(cellOf(expected));
  }
  if (lines.next().done !== true) throw differs(number + 1);
  return size;
}

/** The cells of a plan.json in plan order; with `every` only each so many-th, beginning `from`. */
export function* readPlan(file: string, { every = 1, from = 0 }: { every?: number; from?: number } = {}): Generator<Cell> {
  let index = 0;
  for (const line of readLines(file)) {
    if (!isCell(line.text)) continue;
    if (index % every === from) yield cellOf(line.text);
    index += 1;
  }
}

function isCell(line: string): boolean {
  return line.startsWith('{"id":');
}

function cellOf(line: string): Cell {
  return JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line) as Cell;
}

/** One cell of a plan by its id; UserError where the plan has none. */
export function findCell(cells: Iterable<Cell>, id: string, where: string): Cell {
  for (const cell of cells) if (cell.id === id) return cell;
  throw new UserError(`--cell: received ${id}; accepted: the id of a cell of ${where} (c and 12 hex digits, as in records.csv)`);
}

/** UserError unless a folder looks like a run's. */
export function requireRunFolder(folder: string, flag: string): void {
  if (existsSync(`${folder}/suite.yaml`)) return;
  const what = existsSync(folder) ? 'holds no suite.yaml' : 'no such folder';
  throw new UserError(`${flag} ${folder}: ${what}; accepted: the folder of a run`);
}
