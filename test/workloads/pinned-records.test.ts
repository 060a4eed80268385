// Results that must not change by accident: the records of one small suite a workload, with a fixed cost table.
//
// Where a workload's results change on purpose, its `revision` is raised (HARNESS_REVISION where what all share has changed: defaults,
// presets, node profiles, rules of the engines), and the file is written again:
//   REWRITE_PINS=1 npx vitest run test/workloads/pinned-records.test.ts
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { executeCell } from '../../harness/run/cell.ts';
import type { JournalLine } from '../../harness/model/record.ts';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import { HARNESS_REVISION } from '../../harness/suite/identity.ts';
import type { SuiteData } from '../../harness/suite/types.ts';
import { suiteOf } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { workloads } from '../../harness/workloads.ts';
import { parseCostTable } from '../../harness/measure/costs.ts';
import { simulationKernels } from '../cells.ts';

const FILE = path.join(import.meta.dirname, '../golden/records.json');
const costs = parseCostTable(readFileSync(path.join(import.meta.dirname, '../support/costs.json'), 'utf8'), 'costs.json');

type Row = Readonly<Record<string, unknown>>;

/** Keys that say nothing of results beside the cell's id, prices, which the cost table and its rules make of the counts, and what follows from other columns. */
const LEFT_OUT =
  /^(version|workload|family|network|crypto|replicate|tx_per_decision|risk|parameters|load|in_flight|reversal_rate_measured|finality_ms_p95|(cpu_s|joules|usd|power|energy|co2|transactions)_.*)$/;

interface Pins {
  readonly harness_revision: number;
  readonly revision: number;
  /** What a record holds that is not empty. */
  readonly records: readonly Row[];
}

/** Two sizes, no fault and each fault kind that the workload has, and its defaults for all else. */
function smallSuite({ id, faultKinds, nodes }: Workload): SuiteData {
  const more: Readonly<Record<string, object>> = { delay: { delay_ms: 50 }, loss: { loss: 0.5, until_s: 2 }, partition: { until_s: 5 } };
  const schedule = [
    { kind: 'crash', count: 'f+1', from_s: 0.5, until_s: 3 },
    { kind: 'partition', count: 'f', from_s: 3, until_s: 4, crossing: 'lose' },
  ];
  return {
    name: id,
    replicates: 1,
    decisions: 10,
    sweep: {
      nodes: [Math.max(4, nodes.min), Math.max(7, nodes.min + 1)],
      fault: faultKinds.map((kind) =>
        kind === 'schedule' ? { schedule } : { kind, ratio: kind === 'crash' ? [0, 0.3] : 0.3, ...more[kind] },
      ) as never,
    },
    workloads: { [id]: {} },
  };
}

async function pinsOf(workload: Workload): Promise<Pins> {
  const records: Row[] = [];
  for (const cell of planCells(suiteOf(smallSuite(workload)))) {
    const { line } = await executeCell(cell, { costs, backend: 'reference', engine: 'auto' }, simulationKernels);
    const { record } = JSON.parse(line) as JournalLine;
    records.push(
      Object.fromEntries(Object.entries(record).filter(([key, value]) => !LEFT_OUT.test(key) && value !== null && value !== '')),
    );
  }
  return { harness_revision: HARNESS_REVISION, revision: workload.revision, records };
}

const pinned = (existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {}) as Readonly<Record<string, Pins>>;
const found: Record<string, Pins> = {};

test.each([...workloads.values()].map((workload) => [workload.id, workload] as const))(
  'the records of %s change only with a raised revision',
  async (id, workload) => {
    const now = (found[id] = await pinsOf(workload));
    if (process.env['REWRITE_PINS'] === '1') return;
    const before = pinned[id];
    const again = 'write the pins again: REWRITE_PINS=1 npx vitest run test/workloads/pinned-records.test.ts';
    expect(before, `${id} is not pinned yet; ${again}`).toBeDefined();
    const raised = before!.revision !== now.revision || before!.harness_revision !== now.harness_revision;
    const what = raised
      ? `the revision of ${id} was raised; ${again}`
      : `results of ${id} changed. By accident: repair it. On purpose: raise its revision (or HARNESS_REVISION, where what all workloads share changed) and ${again}`;
    expect(now, what).toEqual(before);
  },
);

test.runIf(process.env['REWRITE_PINS'] === '1')('the pins are written', () => {
  // One record a line: small to read, and a change shows its cell.
  const workloadText = ([id, { harness_revision, revision, records }]: [string, Pins]): string =>
    `${JSON.stringify(id)}: {"harness_revision": ${harness_revision}, "revision": ${revision}, "records": [\n${records.map((row) => JSON.stringify(row)).join(',\n')}\n]}`;
  writeFileSync(FILE, `{\n${Object.entries(found).map(workloadText).join(',\n')}\n}\n`);
});
