// consensus-bench run --cell ID and --trace: one cell, in this thread, and its record or its messages.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { EXIT, UserError } from '../errors.ts';
import { findCell, readPlan, requireRunFolder } from '../folder/plan-file.ts';
import { loadKernels } from '../kernels/backend.ts';
import type { Cell } from '../model/cell.ts';
import type { TraceLine } from '../model/outcome.ts';
import type { JournalLine } from '../model/record.ts';
import { executeCell } from '../run/cell.ts';
import { measureTable, readCosts } from '../run/costs.ts';
import { readEnvironment } from '../run/environment.ts';
import { KERNEL_BUDGET_S } from '../run/settings.ts';
import { buildNetwork, placed, regionOf } from '../simulate/core/network.ts';
import { simulateCell } from '../simulate/core/simulate.ts';
import { regionsOf } from '../suite/placement.ts';
import { planCells } from '../suite/plan.ts';
import { workloads } from '../workloads.ts';
import type { RunFlags } from './run.ts';
import { backendOf, checkResume, suiteFor } from './run-flags.ts';

export async function replay(file: string | undefined, flags: RunFlags): Promise<void> {
  const trace = flags.trace === true;
  if (flags.resume !== undefined) checkResume(file, flags);
  // A suite in a run's folder stands for that run: its plan, its cost table, its flags.
  const folder =
    flags.resume ?? (file !== undefined && existsSync(path.join(path.dirname(file), 'plan.json')) ? path.dirname(file) : undefined);
  if (folder !== undefined) requireRunFolder(folder, '--cell');
  const fromFolder = flags.resume !== undefined;
  const suite = fromFolder
    ? undefined
    : suiteFor(
        file,
        flags,
        trace && file === undefined && flags.workload !== undefined && flags.cell === undefined
          ? { replicatesAtMost: 1, decisionsAtMost: 1 }
          : {},
      );
  const cells = (): Iterable<Cell> => (suite === undefined ? readPlan(path.join(flags.resume!, 'plan.json')) : planCells(suite));
  const where = flags.resume ?? suite!.name;
  const cell = flags.cell === undefined ? onlyCell(cells(), where) : findCell(cells(), flags.cell, where);
  const settings = folder === undefined ? undefined : readEnvironment(folder).run;
  const backend = flags.backend === undefined && settings !== undefined ? settings.backend : backendOf(flags);
  const engine = flags.engine ?? settings?.engine ?? 'auto';
  const kernels = await loadKernels(backend);
  if (trace) {
    const print = flags.json === true ? (line: TraceLine) => JSON.stringify(line) : transcriptLine;
    const { outcome, engine: used } = simulateCell(cell, workloads.get(cell.workload)!, {
      engine,
      kernels,
      trace: (line) => process.stdout.write(`${print(line)}\n`),
    });
    const { state, reason, decisions, safety, liveness } = outcome;
    process.stderr.write(
      `cell ${cell.id}, seed ${cell.seed}, engine ${used}: ${state}${reason === '' ? '' : ` (${reason})`}, ${decisions} decisions, safety ${safety}, liveness ${liveness}\n`,
    );
    process.stderr.write(placesText(cell));
    return;
  }
  const costsFile =
    flags.costs ?? (folder !== undefined && existsSync(path.join(folder, 'costs.json')) ? path.join(folder, 'costs.json') : undefined);
  if (costsFile === undefined)
    process.stderr.write(`measuring the kernels on this machine (at most ${KERNEL_BUDGET_S.quick} s; --costs FILE spares it)\n`);
  const costs =
    costsFile === undefined
      ? (await measureTable({ quick: true, backend, budget_s: KERNEL_BUDGET_S.quick, watts_per_core: flags.wattsPerCore ?? null })).table
      : readCosts(costsFile);
  const finished = await executeCell(cell, { costs, backend, engine }, kernels);
  const { record } = JSON.parse(finished.line) as JournalLine;
  process.stdout.write(flags.json === true ? `${JSON.stringify(record)}\n` : recordText(record));
  if (finished.state === 'failed') process.exitCode = EXIT.failed;
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

function onlyCell(cells: Iterable<Cell>, where: string): Cell {
  let only: Cell | undefined;
  for (const cell of cells) {
    if (only !== undefined)
      throw new UserError(`--trace: ${where} has more than one cell; accepted: --cell ID, or --workload ID --nodes N for a single one`);
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
