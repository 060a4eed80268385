// consensus-bench run --cell ID, --trace and --tree: one cell, in this thread, and its record, its messages or its blocks, told or drawn.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { EXIT, UserError } from '../errors.ts';
import { makeFolder, writeWhole } from '../folder/files.ts';
import { findCell, readPlan, requireRunFolder } from '../folder/plan-file.ts';
import { loadKernels } from '../kernels/backend.ts';
import type { BlockTree } from '../model/block-tree.ts';
import type { Cell } from '../model/cell.ts';
import type { EngineId, Outcome, TraceLine } from '../model/outcome.ts';
import type { JournalLine } from '../model/record.ts';
import { blockTreeSvg } from '../report/block-tree.ts';
import { cellTitle, drawCell, isChain } from '../report/drawn-cell.ts';
import { MOST_LANES } from '../report/sequence.ts';
import { executeCell } from '../run/cell.ts';
import { measureTable, readCosts, requirePrices } from '../run/costs.ts';
import { readEnvironment } from '../run/environment.ts';
import { KERNEL_BUDGET_S } from '../run/settings.ts';
import { buildNetwork, placed, regionOf } from '../simulate/core/network.ts';
import { EngineLimit } from '../simulate/core/contract.ts';
import { simulateCell, type SimulateOptions } from '../simulate/core/simulate.ts';
import { regionsOf } from '../suite/placement.ts';
import { planCells } from '../suite/plan.ts';
import { plural } from '../words.ts';
import { needsPrice, workloads } from '../workloads.ts';
import type { RunFlags } from './run.ts';
import { STANDARD_INPUT, backendOf, checkResume, suiteFor } from './run-flags.ts';

export async function replay(file: string | undefined, flags: RunFlags): Promise<void> {
  const trace = flags.trace === true;
  if (flags.tree !== undefined) checkTreeFolder(flags.tree);
  if (flags.resume !== undefined) checkResume(file, flags);
  // A suite in a run's folder stands for that run: its plan, its cost table, its flags.
  const folder =
    flags.resume ??
    (file !== undefined && file !== STANDARD_INPUT && existsSync(path.join(path.dirname(file), 'plan.json'))
      ? path.dirname(file)
      : undefined);
  if (folder !== undefined) requireRunFolder(folder, '--cell');
  const fromFolder = flags.resume !== undefined;
  const suite = fromFolder
    ? undefined
    : await suiteFor(
        file,
        flags,
        file === undefined && flags.workload !== undefined && flags.cell === undefined
          ? { replicatesAtMost: 1, ...(trace ? { decisionsAtMost: 1 } : {}) }
          : {},
      );
  const cells = (): Iterable<Cell> => (suite === undefined ? readPlan(path.join(flags.resume!, 'plan.json')) : planCells(suite));
  const where = flags.resume ?? suite!.name;
  const cell = flags.cell === undefined ? onlyCell(cells(), where, trace ? '--trace' : '--tree') : findCell(cells(), flags.cell, where);
  const settings = folder === undefined ? undefined : readEnvironment(folder).run;
  const backend = flags.backend === undefined && settings !== undefined ? settings.backend : backendOf(flags);
  const engine = flags.engine ?? settings?.engine ?? 'auto';
  if (flags.tree !== undefined) checkTree(cell);
  const kernels = await loadKernels(backend);
  if (flags.svg !== undefined) return writeDrawing(cell, { to: flags.svg, engine, kernels });
  if (trace || flags.tree !== undefined) {
    // One JSON document, an event a line: a trace can be long.
    const asJson = flags.json === true;
    const head = `${JSON.stringify({ cell: cell.id, seed: cell.seed }).slice(0, -1)},`;
    let separator = `${head}"events":[`;
    const print = (line: TraceLine): void => {
      process.stdout.write(asJson ? `${separator}\n${JSON.stringify(line)}` : `${transcriptLine(line)}\n`);
      separator = asJson ? ',' : '';
    };
    let tree: TreeSize | undefined;
    const { outcome, engine: used } = limited(engine, () =>
      simulateCell(cell, workloads.get(cell.workload)!, {
        engine,
        kernels,
        ...(trace ? { trace: print } : {}),
        ...(flags.tree === undefined ? {} : { tree: (found) => (tree = writeTree(cell, found, flags.tree!)) }),
      }),
    );
    printOutcome(cell, outcome, used);
    if (trace) process.stderr.write(placesText(cell));
    if (asJson) {
      const { state, reason, decisions, safety, liveness } = outcome;
      const files = flags.tree === undefined ? {} : { files: Object.values(TREE_FILES).map((name) => path.join(flags.tree!, name)) };
      const ended = { engine: used, state, state_reason: reason, decisions, safety, liveness, ...tree, ...files };
      process.stdout.write(`${trace ? `${separator === ',' ? '' : separator}\n],` : head}${JSON.stringify(ended).slice(1)}\n`);
    }
    return;
  }
  const costsFile =
    flags.costs ?? (folder !== undefined && existsSync(path.join(folder, 'costs.json')) ? path.join(folder, 'costs.json') : undefined);
  if (costsFile === undefined)
    process.stderr.write(`measuring the kernels on this machine (at most ${KERNEL_BUDGET_S.quick} s; --costs FILE spares it)\n`);
  const measured = { quick: true, backend, budget_s: KERNEL_BUDGET_S.quick, aggregates: needsPrice(cell, 'aggregates') };
  const costs =
    costsFile === undefined
      ? (await measureTable({ ...measured, watts_per_core: flags.wattsPerCore ?? null })).table
      : readCosts(costsFile);
  if (costsFile !== undefined)
    requirePrices(costs, flags.costs === undefined ? costsFile : `--costs ${costsFile}`, (need) =>
      needsPrice(cell, need) ? cell.workload : null,
    );
  const finished = await executeCell(cell, { costs, backend, engine }, kernels);
  const { record } = JSON.parse(finished.line) as JournalLine;
  process.stdout.write(flags.json === true ? `${JSON.stringify(record)}\n` : recordText(record));
  if (finished.state === 'failed') process.exitCode = EXIT.failed;
}

/** @throws UserError where the engine that was named does not take the cell, or a trace of it */
function limited<T>(engine: SimulateOptions['engine'], simulated: () => T): T {
  try {
    return simulated();
  } catch (error) {
    if (error instanceof EngineLimit) throw new UserError(`--engine ${engine}: ${error.message}`, { cause: error });
    throw error;
  }
}

function printOutcome({ id, seed }: Cell, { state, reason, decisions, safety, liveness }: Outcome, engine: EngineId): void {
  const why = reason === '' ? '' : ` (${reason})`;
  process.stderr.write(
    `cell ${id}, seed ${seed}, engine ${engine}: ${state}${why}, ${decisions} decisions, safety ${safety}, liveness ${liveness}\n`,
  );
}

/** The cell's blocks, or the messages of one that has none, as SVG: to a file or to standard output. */
function writeDrawing(cell: Cell, { to, engine, kernels }: { to: string | true } & Pick<SimulateOptions, 'engine' | 'kernels'>): void {
  const workload = workloads.get(cell.workload)!;
  if (to !== true && existsSync(to)) throw new UserError(`--svg: received ${to}, which exists; accepted: a new file`);
  if (isChain(workload)) checkOneChain(cell, '--svg');
  else if (cell.nodes > MOST_LANES)
    throw new UserError(`--svg: received a cell of ${cell.nodes} nodes; accepted: at most ${MOST_LANES}, since each has a lane`);
  const { svg, outcome, engine: used } = limited(engine, () => drawCell(cell, workload, { engine, kernels }));
  if (to === true) process.stdout.write(svg);
  else writeWhole(to, [svg], { elsewhere: 'choose another file with --svg' });
  printOutcome(cell, outcome, used);
}

/** @throws UserError where a tree would not be written, or come among files that are another's */
function checkTreeFolder(dir: string): void {
  const refuse = (what: string, accepts = 'another folder'): UserError =>
    new UserError(`--tree: received ${dir === '' ? 'an empty name' : `${dir}, ${what}`}; accepted: ${accepts}`);
  if (dir === '') throw refuse('', 'a folder');
  if (!existsSync(dir)) return;
  if (!statSync(dir).isDirectory()) throw refuse('a file', 'a folder');
  if (existsSync(path.join(dir, 'plan.json'))) throw refuse('the folder of a run');
  for (const name of Object.values(TREE_FILES))
    if (existsSync(path.join(dir, name))) throw refuse(`where ${name} is already`, 'a folder without one');
}

/** @throws UserError where the cell has no tree of blocks, or not one alone */
function checkTree(cell: Cell): void {
  if (!isChain(workloads.get(cell.workload)!)) {
    const chains = [...workloads.values()].filter(isChain).map(({ id }) => id);
    throw new UserError(`--tree: ${cell.workload} makes no chain of blocks; accepted: a cell of ${chains.join(', ')}`);
  }
  checkOneChain(cell, '--tree');
}

function checkOneChain({ load }: Cell, flag: string): void {
  if (load.kind === 'saturate')
    throw new UserError(
      `${flag}: a search for saturation runs a chain for each rate that it tries; accepted: a cell whose load is closed or open`,
    );
}

const TREE_FILES = { json: 'tree.json', svg: 'tree.svg' } as const;
const TREE_ADVICE = { elsewhere: 'choose another folder with --tree' };

/** A block a line, so that trees of any size can be written and read in pieces. */
function* treeLines({ id, workload, nodes, seed }: Cell, { participants, blocks }: BlockTree): Generator<string> {
  yield `${JSON.stringify({ version: 1, cell: id, workload, nodes, seed, participants }).slice(0, -1)},"blocks":[\n`;
  for (const [index, block] of blocks.entries()) yield `${JSON.stringify(block)}${index < blocks.length - 1 ? ',' : ''}\n`;
  yield ']}\n';
}

/** How many blocks a tree has beside the genesis block, and how many of them are stale. */
interface TreeSize {
  readonly blocks: number;
  readonly stale: number;
}

function writeTree(cell: Cell, tree: BlockTree, dir: string): TreeSize {
  makeFolder(dir, TREE_ADVICE);
  writeWhole(path.join(dir, TREE_FILES.json), treeLines(cell, tree), TREE_ADVICE);
  const title = cellTitle(cell, workloads.get(cell.workload)!);
  writeWhole(path.join(dir, TREE_FILES.svg), [blockTreeSvg(tree, title)], TREE_ADVICE);
  const stale = tree.blocks.filter(({ fate }) => fate === 'stale').length;
  process.stderr.write(
    `${plural(tree.blocks.length - 1, 'block')}, ${stale} stale: ${path.join(dir, TREE_FILES.json)}, ${TREE_FILES.svg}\n`,
  );
  return { blocks: tree.blocks.length - 1, stale };
}

/** Who is where: each region that has a name and nodes. Of many nodes their numbers are enough. */
function placesText(cell: Cell): string {
  const { network, placement, nodes, names } = cell;
  const regions = regionsOf(network);
  const built = placed(buildNetwork(network), placement, nodes, workloads.get(cell.workload)!.roles?.(cell));
  const members = regions.map((): string[] => []);
  for (let node = 0; node < nodes; node++) members[regionOf(built, node)].push(names?.[node] ?? String(node));
  return regions
    .map((region, index) => {
      const list = members[index];
      const more = list.length > 20 ? `, … (${list.length} nodes)` : '';
      return region === '' || list.length === 0 ? '' : `${region}: ${list.slice(0, 20).join(', ')}${more}\n`;
    })
    .join('');
}

function onlyCell(cells: Iterable<Cell>, where: string, flag: string): Cell {
  let only: Cell | undefined;
  for (const cell of cells) {
    if (only !== undefined)
      throw new UserError(`${flag}: ${where} has more than one cell; accepted: --cell ID, or --workload ID --nodes N for a single one`);
    only = cell;
  }
  return only!; // A suite has at least one cell.
}

/** `   12.345 ms  replica 0  sends …` */
function transcriptLine({ at_us, node, text }: TraceLine): string {
  return `${(at_us / 1000).toFixed(3).padStart(12)} ms  ${node.padEnd(10)}  ${text}`;
}

function recordText(record: object): string {
  const members = Object.entries(record).filter(([key]) => key !== 'version');
  const width = Math.max(...members.map(([key]) => key.length));
  return members.map(([key, value]) => `${key.padEnd(width)}  ${value === null ? '' : String(value)}`.trimEnd() + '\n').join('');
}
