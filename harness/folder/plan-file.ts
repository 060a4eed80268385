// plan.json: {"version":2,"suite":…,"seed":…,"cells":[ … ]} with one cell a line, so that it is written, read and compared a
// line at a time. Matrices of many regions stand once, in "matrices" before "cells"; a cell has the number of its own as one_way_ms.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { planCells } from '../suite/plan.ts';
import type { Cell, CryptoMode } from '../model/cell.ts';
import { TABLE_REGIONS } from '../model/network.ts';
import type { Suite } from '../suite/types.ts';
import { NOTHING_NEEDED, withNeedsOf, type Needing } from '../workloads.ts';
import { OTHER_FOLDER, writeWhole } from './files.ts';
import { readLines } from './lines.ts';

/** 2: a cell's id and seed are hashes of what its suite says beside the defaults (version 0.2.0). */
const PLAN_VERSION = 2;

/** How many cells a plan has, and what they need. */
export interface PlanSize {
  cells: number;
  needing: Needing;
  readonly perWorkload: Map<string, number>;
  readonly perCrypto: Record<CryptoMode, number>;
}

function emptySize(): PlanSize {
  return { cells: 0, needing: NOTHING_NEEDED, perWorkload: new Map(), perCrypto: { modelled: 0, measured: 0 } };
}

function counted(size: PlanSize, cell: Cell): void {
  size.cells += 1;
  size.perWorkload.set(cell.workload, (size.perWorkload.get(cell.workload) ?? 0) + 1);
  size.perCrypto[cell.crypto] += 1;
  size.needing = withNeedsOf(cell, size.needing);
}

/** The lines of a suite's plan.json. */
function* planLines(suite: Suite, size: PlanSize): Generator<string> {
  const matrices = matricesOf(suite);
  const shared = matrices.length === 0 ? '' : `"matrices":${JSON.stringify(matrices)},`;
  yield `{"version":${PLAN_VERSION},"suite":${JSON.stringify(suite.name)},"seed":${suite.seed},${shared}"cells":[`;
  let previous: string | undefined;
  for (const cell of planCells(suite)) {
    counted(size, cell);
    if (previous !== undefined) yield `${previous},`;
    previous = JSON.stringify(withoutMatrix(cell, matrices));
  }
  if (previous !== undefined) yield previous;
  yield ']}';
}

type Matrix = readonly (readonly number[])[];

/** The matrices of many regions in a suite. */
function matricesOf({ network, workloads }: Suite): readonly Matrix[] {
  const networks = [network, ...Object.values(workloads).flatMap((entries) => entries.map((entry) => entry.network ?? []))].flat();
  return [...new Set(networks.flatMap((one) => (one.kind === 'matrix' && one.one_way_ms.length > TABLE_REGIONS ? [one.one_way_ms] : [])))];
}

function withoutMatrix(cell: Cell, matrices: readonly Matrix[]): object {
  const { network } = cell;
  const index = network.kind === 'matrix' ? matrices.indexOf(network.one_way_ms) : -1;
  return index < 0 ? cell : { ...cell, network: { ...network, one_way_ms: index } };
}

export function writePlan(file: string, suite: Suite): PlanSize {
  const size = emptySize();
  const lines = function* (): Generator<string> {
    for (const line of planLines(suite, size)) yield `${line}\n`;
  };
  writeWhole(file, lines(), OTHER_FOLDER);
  return size;
}

/** Compares plan.json with the plan of a suite; `visit` sees each cell. UserError where they differ. */
export function verifyPlan(file: string, suite: Suite, visit: (cell: Cell) => void): PlanSize {
  const { matrices } = planHead(file);
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
    if (isCell(expected)) visit(cellOf(expected, matrices));
  }
  if (lines.next().done !== true) throw differs(number + 1);
  return size;
}

/**
 * The suite and the seed that stand in a plan's first line.
 * @throws UserError for a file that is no plan, and for a plan of a version whose ids were computed otherwise
 */
export function planHead(file: string): { name: string; seed: number; matrices: readonly Matrix[] } {
  let head: { version?: unknown; suite?: unknown; seed?: unknown; matrices?: readonly Matrix[] } = {};
  for (const { text } of readLines(file)) {
    try {
      head = JSON.parse(`${text}]}`) as typeof head;
    } catch {
      // The message below says it.
    }
    break;
  }
  if (head.version === 1)
    throw new UserError(
      `${file}:1: a plan of version 0.1: the ids and seeds of all cells changed once since (see CHANGELOG.md), so its records can be neither continued nor read; ` +
        `accepted: a run of this version (npx consensus-bench run ${path.join(path.dirname(file), 'suite.yaml')} makes one)`,
    );
  if (head.version !== PLAN_VERSION || typeof head.suite !== 'string' || typeof head.seed !== 'number')
    throw new UserError(`${file}:1: not the plan of a run; accepted: the file as the run wrote it`);
  return { name: head.suite, seed: head.seed, matrices: head.matrices ?? [] };
}

/** The cells of a plan.json in plan order; with `every` only each so many-th, beginning `from`. */
export function* readPlan(file: string, { every = 1, from = 0 }: { every?: number; from?: number } = {}): Generator<Cell> {
  let index = 0;
  const { matrices } = planHead(file);
  for (const line of readLines(file)) {
    if (!isCell(line.text)) continue;
    if (index % every === from) yield cellOf(line.text, matrices);
    index += 1;
  }
}

function isCell(line: string): boolean {
  return line.startsWith('{"id":');
}

function cellOf(line: string, matrices: readonly Matrix[]): Cell {
  const cell = JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line) as Cell;
  const { network } = cell;
  if (network.kind !== 'matrix' || typeof network.one_way_ms !== 'number') return cell;
  return { ...cell, network: { ...network, one_way_ms: matrices[network.one_way_ms] } };
}

/** One cell of a plan by its id; UserError where the plan has none. */
export function findCell(cells: Iterable<Cell>, id: string, where: string): Cell {
  for (const cell of cells) if (cell.id === id) return cell;
  throw new UserError(
    `--cell: received ${id}; accepted: the id of a cell of ${where} (c and 12 hex digits, as in records.csv) with the flags of its run, or the suite.yaml in that run's folder`,
  );
}

/** UserError unless a folder looks like a run's, and one of this version. */
export function requireRunFolder(folder: string, flag: string): void {
  if (existsSync(`${folder}/suite.yaml`)) {
    const plan = path.join(folder, 'plan.json');
    if (existsSync(plan)) planHead(plan);
    return;
  }
  const what = existsSync(folder) ? 'holds no suite.yaml' : 'no such folder';
  throw new UserError(`${flag} ${folder}: ${what}; accepted: the folder of a run`);
}
