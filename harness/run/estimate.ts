// How large is a suite, and how long will it take on this machine? Cells are counted by multiplication, and some of each kind are run
// and timed, within a budget.
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { loadKernels } from '../kernels/backend.ts';
import type { Backend } from '../model/kernels.ts';
import { MEASURED_CELL_S } from '../measure/measured-time.ts';
import { simulateCell } from '../simulate/core/simulate.ts';
import { planConditions, type PlannedCondition } from '../suite/plan.ts';
import { faultSpecs } from '../suite/check.ts';
import type { Cell } from '../model/cell.ts';
import { isDefaultLoad } from '../model/load.ts';
import type { Suite } from '../suite/types.ts';
import { workloads } from '../workloads.ts';
import type { EngineChoice } from './cell.ts';

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  readonly cells: number;
  /** False: entries of a workload may share cells, and there are too many to compare; there are at most so many. */
  readonly exact: boolean;
  readonly perWorkload: Readonly<Record<string, number>>;
  /** Wall-clock seconds of all cells on `threads` threads; measured cells run one at a time. */
  readonly cells_s: Range;
  /** Cells that were timed for this. */
  readonly sampled: number;
}

/** Cells that take about as long as each other. */
interface Kind {
  /** Few of them, spread over the kind. */
  readonly samples: Cell[];
  conditions: number;
  cells: number;
  /** Expected on messages, of all its cells; null where nobody knows. */
  events: number | null;
  /** Of a cell; where events are known, of an event. */
  seconds: Range | null;
}

/** So many conditions (replicates left out) are compared with each other and sorted into kinds: a second of hashing. */
const MOST_CONDITIONS = 40_000;
const MOST_KINDS = 2000;
/** Samples of a kind: its conditions differ in parameters, network and fault. */
const MOST_SAMPLES = 3;
/** A first run pays for compilation: shorter samples are run again, and the faster time counts. */
const AGAIN_BELOW_S = 0.5;
/** Of a measured cell with little to do: it warms up for 0.2 s. */
const LEAST_MEASURED_S = 0.25;
/** Runs of a search for saturation, as large as its largest: those below it are shorter. */
const SEARCH_RUNS = 6;
/** What an event takes on messages before any was timed: two to three million a second on a fast core alone, a tenth of that on a busy one. */
const EVENT_S: Range = { low: 4e-7, high: 4e-6 };
/** A cell that is expected to take so many times the budget is not timed. */
const LONGEST_SAMPLE_BUDGETS = 3;
/** Of the power of n, either way. */
const SPREAD = 0.4;
/** The machine may be busier, or less busy, when the run comes. */
const MARGIN = 1.5;

export async function estimateRun(
  suite: Suite,
  how: { threads: number; backend: Backend; engine: EngineChoice; budget_s: number },
): Promise<Estimate> {
  // What this process took to load is about what a worker thread takes.
  const start_s = process.uptime();
  const plan = surveyed(suite);
  const { perWorkload, exact } = cellsOf(suite, plan);
  const cells = Object.values(perWorkload).reduce((sum, count) => sum + count, 0);
  // Of a huge plan a sample that crosses each entry.
  const kinds = kindsOf(plan.conditions ?? planConditions(thinned(suite)), how.engine);

  const kernels = await loadKernels(how.backend);
  const realWork = [...kinds.values()].some(({ samples: [{ crypto }] }) => crypto === 'measured')
    ? await import('../measure/measured.ts')
    : null;
  const timed = async (cell: Cell): Promise<number> => {
    const started = performance.now();
    try {
      const workload = workloads.get(cell.workload)!;
      const { outcome } = simulateCell(cell, workload, { engine: how.engine, kernels });
      if (cell.crypto === 'measured' && outcome.state === 'done') await realWork!.executeOperations(cell, workload, outcome, kernels);
    } catch {
      // A cell that fails takes the time until it failed; the run itself reports it.
    }
    return (performance.now() - started) / 1000;
  };
  // A measured cell takes seconds, and how many is known beforehand: modelled ones come first.
  const rank = ({ samples: [{ crypto, nodes }] }: Kind): number => nodes + (crypto === 'measured' ? 1e9 : 0);
  const ordered = [...kinds.values()].sort((x, y) => rank(x) - rank(y));
  const end = performance.now() + how.budget_s * 1000;
  let sampled = 0;
  // Every kind once before any kind twice.
  for (let round = 0; round < MOST_SAMPLES; round++) {
    for (const kind of ordered) {
      if (performance.now() > end) break;
      const cell = kind.samples.at(round);
      if (cell === undefined || (round > 0 && kind.seconds === null)) continue;
      const events = eventsOf(cell, how.engine);
      if (events !== null && events * eventTime(kind, ordered).low > LONGEST_SAMPLE_BUDGETS * how.budget_s) continue;
      let time = await timed(cell);
      if (time < AGAIN_BELOW_S && cell.crypto === 'modelled') time = Math.min(time, await timed(cell));
      if (kind.events !== null) time /= events!;
      const { low, high } = kind.seconds ?? { low: time, high: time };
      kind.seconds = { low: Math.min(low, time), high: Math.max(high, time) };
      sampled += 1;
    }
  }

  // Kinds stand for what a huge plan has of its workload and crypto mode; their cells are scaled to the count.
  const counted = new Map<string, number>();
  for (const { samples, cells: of } of ordered) counted.set(samples[0].workload, (counted.get(samples[0].workload) ?? 0) + of);
  const modelled = { low: 0, high: 0 };
  const measured = { low: 0, high: 0 };
  for (const kind of ordered) {
    const { low, high } = secondsOf(kind, ordered);
    const { workload, crypto } = kind.samples[0];
    const number = (kind.cells * perWorkload[workload]) / counted.get(workload)!;
    const sum = crypto === 'measured' ? measured : modelled;
    sum.low += number * low;
    sum.high += number * high;
  }
  return {
    cells,
    exact,
    perWorkload,
    cells_s: {
      low: (modelled.low / how.threads + measured.low) / MARGIN + start_s / 2,
      high: (modelled.high / how.threads + measured.high) * MARGIN + start_s,
    },
    sampled,
  };
}

/** A suite's grids multiplied out, and its conditions one by one where there are at most MOST_CONDITIONS; else null. */
interface Survey {
  readonly multiplied: Record<string, number>;
  readonly conditions: readonly PlannedCondition[] | null;
}

function surveyed(suite: Suite): Survey {
  const { perWorkload, conditions } = multiply(suite);
  return { multiplied: perWorkload, conditions: conditions <= MOST_CONDITIONS ? [...planConditions(suite)] : null };
}

/** Cells by workload. Up to MOST_CONDITIONS a cell that two entries share counts once; beyond, it is multiplied out. */
export function countCells(suite: Suite): { perWorkload: Record<string, number>; exact: boolean } {
  return cellsOf(suite, surveyed(suite));
}

function cellsOf(suite: Suite, { multiplied, conditions }: Survey): { perWorkload: Record<string, number>; exact: boolean } {
  if (conditions === null)
    return { perWorkload: multiplied, exact: Object.values(suite.workloads).every((entries) => entries.length === 1) };
  const perWorkload: Record<string, number> = {};
  // Replicates of a condition are numbered from 0, so of two entries that share it the larger number counts.
  const replicates = new Map<string, number>();
  for (const { cell, replicates: count } of conditions) {
    const before = replicates.get(cell.id) ?? 0;
    if (count <= before) continue;
    replicates.set(cell.id, count);
    perWorkload[cell.workload] = (perWorkload[cell.workload] ?? 0) + count - before;
  }
  return { perWorkload, exact: true };
}

/** The sizes of the entries' grids, with equal values of an axis once. */
function multiply(suite: Suite): { perWorkload: Record<string, number>; conditions: number } {
  const distinct = (values: Iterable<unknown>): number => new Set([...values].map((value) => JSON.stringify(value))).size;
  const perWorkload: Record<string, number> = {};
  let conditions = 0;
  for (const [id, entries] of Object.entries(suite.workloads)) {
    const workload = workloads.get(id)!;
    let cells = 0;
    for (const { parameters, ...own } of entries) {
      const { nodes, fault, crypto, network, load, replicates } = { ...suite, ...suite.sweep, ...own };
      let alike = distinct(network) * distinct(load) * distinct(crypto);
      for (const values of Object.values(parameters)) alike *= distinct(values);
      let grid = 0;
      for (const n of new Set(nodes)) grid += alike * distinct(faultSpecs(fault, n, workload));
      conditions += grid;
      cells += grid * replicates;
    }
    perWorkload[id] = cells;
  }
  return { perWorkload, conditions };
}

/** Events that a cell is expected to cause, of all its runs; null where nobody knows, or where it is on another engine than messages. */
function eventsOf(cell: Cell, engine: EngineChoice): number | null {
  const { expectedEvents, engines } = workloads.get(cell.workload)!;
  if (expectedEvents === undefined || (isDefaultLoad(cell.load) && engine !== 'messages' && engines.waves !== undefined)) return null;
  return Math.max(1, expectedEvents(cell)) * (cell.load.kind === 'saturate' ? SEARCH_RUNS : 1);
}

/** What an event takes: in the kind, else in those of its workload that were timed, else anywhere. */
function eventTime(kind: Kind, ordered: readonly Kind[]): Range {
  if (kind.seconds !== null) return kind.seconds;
  const timed = ordered.flatMap(({ samples: [{ workload }], events, seconds }) =>
    events === null || seconds === null || workload !== kind.samples[0].workload ? [] : [seconds],
  );
  if (timed.length === 0) return EVENT_S;
  return { low: Math.min(...timed.map(({ low }) => low)), high: Math.max(...timed.map(({ high }) => high)) };
}

/** Of a cell of the kind. */
function secondsOf(kind: Kind, ordered: readonly Kind[]): Range {
  if (kind.events === null) return kind.seconds ?? extrapolate(kind, ordered);
  const each = kind.events / kind.cells;
  const { low, high } = eventTime(kind, ordered);
  return { low: low * each, high: high * each };
}

function kindsOf(conditions: Iterable<PlannedCondition>, engine: EngineChoice): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const { cell, replicates } of conditions) {
    const { workload, crypto, nodes, fault, load, decisions } = cell;
    const name = `${workload} ${crypto} ${nodes} ${fault.kind} ${decisions} ${load.kind}`;
    let kind = kinds.get(name);
    if (kind === undefined && kinds.size >= MOST_KINDS) kind = [...kinds.values()].find(({ samples }) => samples[0].workload === workload);
    if (kind === undefined) kinds.set(name, (kind = { samples: [cell], conditions: 0, cells: 0, events: 0, seconds: null }));
    kind.conditions += 1;
    kind.cells += replicates;
    const events = eventsOf(cell, engine);
    kind.events = kind.events === null || events === null ? null : kind.events + events * replicates;
    // The first, the last so far, and one in between (at a power of two, so that it moves seldom).
    if (kind.conditions === 2) kind.samples[1] = cell;
    else if (kind.conditions > 2) {
      if ((kind.conditions & (kind.conditions - 1)) === 0) kind.samples[2] = kind.samples[1];
      kind.samples[1] = cell;
    }
  }
  return kinds;
}

/** A suite of the same range with at most a few values of an axis. */
function thinned(suite: Suite): Suite {
  const few = <T>(values: readonly T[]): T[] => [...new Set([values[0], values[Math.floor(values.length / 2)], values[values.length - 1]])];
  const axes = <P extends Readonly<Record<string, readonly unknown[]>>>(parameters: P): P =>
    Object.fromEntries(Object.entries(parameters).map(([key, values]) => [key, few(values)])) as unknown as P;
  const grid = <G extends object>(of: G): G => {
    const { nodes, network, load, fault } = of as Partial<Pick<Suite, 'network' | 'load'> & Suite['sweep']>;
    return {
      ...of,
      ...(nodes === undefined ? {} : { nodes: few(nodes) }),
      ...(network === undefined ? {} : { network: few(network) }),
      ...(load === undefined ? {} : { load: few(load) }),
      ...(fault === undefined
        ? {}
        : {
            fault: fault.map((axis) => {
              const { ratio, count } = axis as { ratio?: readonly unknown[]; count?: readonly unknown[] };
              return {
                ...axis,
                ...(ratio === undefined ? {} : { ratio: few(ratio) }),
                ...(count === undefined ? {} : { count: few(count) }),
              };
            }),
          }),
    };
  };
  return {
    ...grid(suite),
    sweep: grid(suite.sweep),
    workloads: Object.fromEntries(
      Object.entries(suite.workloads).map(([id, entries]) => [
        id,
        entries.map((entry) => ({ ...grid(entry), parameters: axes(entry.parameters) })),
      ]),
    ),
  };
}

/**
 * Measured cells by what they usually take. Modelled ones from the timed kinds of the same workload, of the same fault where there are
 * some, by the power of n that those show.
 */
function extrapolate(kind: Kind, ordered: readonly Kind[]): Range {
  const [own] = kind.samples;
  if (own.crypto === 'measured') return { low: LEAST_MEASURED_S, high: MEASURED_CELL_S };
  const timed = ordered.filter(
    ({ seconds, events, samples: [sample] }) => seconds !== null && events === null && sample.crypto === 'modelled',
  );
  const alike = timed.filter(({ samples: [sample] }) => sample.workload === own.workload);
  const same = alike.filter(({ samples: [sample] }) => sample.fault.kind === own.fault.kind);
  const [first, last] = [same.at(0) ?? alike.at(0) ?? timed.at(0), same.at(-1) ?? alike.at(-1) ?? timed.at(-1)];
  if (first === undefined || last === undefined) return { low: 0, high: 0 };
  const [from, to] = [first.samples[0].nodes, last.samples[0].nodes];
  const power = from === to ? 1 : Math.log(last.seconds!.high / first.seconds!.high) / Math.log(to / from);
  const ratio = Math.max(1, own.nodes / to);
  const by = (exponent: number): number => ratio ** Math.min(2, Math.max(0, exponent));
  return { low: last.seconds!.low * by(power - SPREAD), high: last.seconds!.high * by(power + SPREAD) };
}
