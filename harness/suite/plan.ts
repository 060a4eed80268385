// suite → cells, lazily and in a fixed order, each with its id and seed.
import type { Workload } from '../simulate/core/contract.ts';
import { workloads, type PriceNeed } from '../workloads.ts';
import { combinations, faultSpecs } from './check.ts';
import { IdSet, idNumber } from './id-set.ts';
import { identify, type CellData } from './identity.ts';
import { given } from './omit.ts';
import { cellPlacement, membersOf } from './placement.ts';
import type { Cell, ParameterValue } from '../model/cell.ts';
import type { Suite } from './types.ts';

/**
 * The cells of a suite, one at a time: workload in suite order, entry, parameters, nodes, network, fault, load, crypto, and replicate
 * innermost. A cell that two entries share comes once.
 */
export function* planCells(suite: Suite): Generator<Cell> {
  const seen = new IdSet();
  for (const cell of allCells(suite)) {
    // The seed stands beside the id: a second cell of the same id and seed is the same cell.
    if (seen.add(idNumber(cell.id), cell.seed)) yield cell;
    else if (seen.get(idNumber(cell.id)) !== cell.seed)
      throw new Error(`two cells with the id ${cell.id} (seed ${cell.seed}): a hash collision`);
  }
}

/** A condition of the plan: its first replicate, and how many there are. */
export interface PlannedCondition {
  readonly cell: Cell;
  readonly replicates: number;
}

/** The conditions of a suite in plan order; one that two entries share comes for each. */
export function* planConditions(suite: Suite): Generator<PlannedCondition> {
  for (const { data, workload, replicates } of grid(suite)) yield { cell: cellOf(data, workload, suite), replicates };
}

/** The first workload of a suite with a cell that has this need; null: there is none. No cell is identified. */
export function needingWorkload(suite: Suite, need: PriceNeed): string | null {
  const some = Object.entries(suite.workloads).filter(([id]) => workloads.get(id)?.[need] !== undefined);
  for (const { data, workload } of grid({ ...suite, workloads: Object.fromEntries(some) }))
    if (workload[need]!(data) === true) return workload.id;
  return null;
}

function* allCells(suite: Suite): Generator<Cell> {
  for (const { data, workload, replicates } of grid(suite))
    for (let replicate = 0; replicate < replicates; replicate++) yield cellOf({ ...data, replicate }, workload, suite);
}

function cellOf(data: CellData, workload: Workload, suite: Suite): Cell {
  return { ...identify(data, workload, suite.seed), ...data };
}

/** Each condition as its first replicate. */
function* grid(suite: Suite): Generator<{ data: CellData; workload: Workload; replicates: number }> {
  for (const [id, entries] of Object.entries(suite.workloads)) {
    const workload = workloads.get(id);
    if (workload === undefined) throw new RangeError(`unknown workload ${id}; known: ${[...workloads.keys()].join(', ')}`);
    for (const entry of entries) {
      const { parameters: axes, ...own } = entry;
      const { nodes, fault, crypto, network, replicates, node, transactions, load, placement, names, risk, decisions, horizon_s } = {
        ...suite,
        ...suite.sweep,
        ...own,
      };
      for (const values of combinations(axes)) {
        const parameters = workload.parameters.parse(values) as Readonly<Record<string, ParameterValue>>;
        for (const n of nodes)
          for (const net of network)
            for (const spec of faultSpecs(fault, n, workload))
              for (const one of load)
                for (const mode of crypto) {
                  const seen = { parameters, nodes: n, fault: spec, transactions, load: one, network: net, crypto: mode };
                  const data: CellData = {
                    workload: id,
                    parameters,
                    nodes: n,
                    fault: spec,
                    network: net,
                    node,
                    transactions,
                    risk,
                    decisions,
                    load: one,
                    crypto: mode,
                    replicate: 0,
                    ...given('placement', placement && cellPlacement(placement, net, membersOf(workload, seen))),
                    ...given('names', names?.length === n ? names : undefined),
                    ...(horizon_s === undefined ? {} : { horizon_s }),
                  };
                  yield { data, workload, replicates };
                }
      }
    }
  }
}
