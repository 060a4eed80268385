// The example run of version 0.2.0, from before loads, roles and recovery came: its cells and records are what the default load must
// still give, in every column whose meaning did not change.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { expect } from 'vitest';
import { executeCell } from '../../harness/run/cell.ts';
import type { CostTable } from '../../harness/measure/costs.ts';
import { NODE_PROFILES, type Cell } from '../../harness/model/cell.ts';
import { DEFAULT_LOAD } from '../../harness/model/load.ts';
import type { JournalLine } from '../../harness/model/record.ts';
import { workloads } from '../../harness/workloads.ts';
import { simulationKernels } from '../cells.ts';

type Before = Omit<Cell, 'load'>;
type Row = Readonly<Record<string, unknown>>;
interface Example {
  readonly costs: CostTable;
  readonly cells: readonly { readonly cell: Before; readonly record: Row }[];
}

const example = JSON.parse(
  brotliDecompressSync(readFileSync(path.join(import.meta.dirname, '../golden/example-0.2.0.json.br'))).toString(),
) as Example;

/**
 * Ids rise with revisions; what was measured on a machine is not compared, nor which of the two crypto modes, nor the engine that one of them needs;
 * parameters that came later stand in the text with their defaults.
 */
const NOT_COMPARED = new Set([
  'version',
  'cell',
  'crypto',
  'engine',
  'cpu_s_per_decision_measured',
  'parameters',
  'fault_kind',
  'fault_count',
  'faulty_nodes',
]);

/** A lottery's `crash` took power from every node; that is `power-loss` now, and means nothing without a ratio. */
function today({ fault, ...cell }: Before): Cell {
  const renamed = fault.kind === 'crash' && fault.ratio! > 0 && cell.workload !== 'pbft';
  return {
    ...cell,
    // Parameters that came later have their defaults.
    parameters: workloads.get(cell.workload)!.parameters.parse(cell.parameters) as Cell['parameters'],
    fault: renamed ? { ...fault, kind: 'power-loss' } : fault,
    crypto: 'modelled',
    load: DEFAULT_LOAD,
    node: { ...NODE_PROFILES.server, ...cell.node },
  };
}

/** Since revision 2 replicas of PBFT send status messages once a change of views has begun. */
const changesViews = ({ workload, fault }: Before): boolean => workload === 'pbft' && fault.kind === 'equivocate' && fault.count! > 0;

/** Runs every `step`-th cell of at most `nodes` nodes from the first on, and compares; returns how many. */
export async function compareWithExample({ first, step, nodes }: { first: number; step: number; nodes: number }): Promise<number> {
  const chosen = example.cells
    .filter(({ cell }) => cell.nodes <= nodes && !changesViews(cell))
    .filter((_, index) => index % step === first);
  for (const { cell, record: before } of chosen) {
    const { line } = await executeCell(today(cell), { costs: example.costs, backend: 'wasm', engine: 'auto' }, simulationKernels);
    const { record } = JSON.parse(line) as JournalLine;
    const now = record as unknown as Row;
    const compared = (row: Row): Row =>
      Object.fromEntries(
        Object.keys(before)
          .filter((key) => !NOT_COMPARED.has(key))
          .map((key) => [key, row[key]]),
      );
    expect(compared(now), `cell ${cell.id} of version 0.2.0: ${cell.workload}, n = ${cell.nodes}, ${JSON.stringify(cell.fault)}`).toEqual(
      compared(before),
    );
    const said = String(now['parameters']).split(';');
    for (const text of String(before['parameters']).split(';')) expect(said).toContain(text);
  }
  return chosen.length;
}
