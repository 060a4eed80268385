// One pass over a run in plan order: each record and each condition goes to the sinks, and what the texts and the report
// need stays, in bounded memory.
import { createHash } from 'node:crypto';
import type { Cell, NetworkSpec, NodeProfile } from '../model/cell.ts';
import type { BrokenRecord, JournalLine, RecordState } from '../model/record.ts';
import { cellsOf, type RunFolder } from '../folder/read.ts';
import { NO_EXTRAS, type ExtraColumns } from '../record/extra-columns.ts';
import { Examples } from './examples.ts';
import { ConditionSummary, conditionOf, type Summary } from './summarize.ts';

/** Conditions kept for a mechanism: enough for every plot and table; summary.csv has all. */
export const MAX_CONDITIONS_PER_WORKLOAD = 1000;
/** Broken cells that a report names. */
const MAX_BROKEN = 20;
/** Node profiles, and networks, that a report describes; the suite has all. */
const MOST_SETTINGS = 20;

export interface RunDigest {
  readonly run: RunFolder;
  /** Columns beside the fixed ones. */
  readonly extras: ExtraColumns;
  readonly planned: number;
  readonly finished: number;
  readonly states: Readonly<Record<RecordState, number>>;
  /** In plan order, at most MAX_CONDITIONS_PER_WORKLOAD of each mechanism. */
  readonly conditions: readonly Summary[];
  /** Conditions beyond those. */
  readonly omitted: number;
  readonly broken: readonly BrokenRecord[];
  readonly settings: Settings;
  readonly examples: Pick<Examples, 'chain' | 'vote'>;
  /** Cells that failed or timed out and were tried again: how many, their tries in all, and how many have a result now. */
  readonly retried: { readonly cells: number; readonly tries: number; readonly recovered: number };
  /** Of the folder: a torn line. What makes costs doubtful is in `run.warnings`. */
  readonly warnings: readonly string[];
}

/** What cells say of their nodes' work and of their networks: each that differs once, up to MOST_SETTINGS, and how many more. */
export interface Settings {
  readonly nodes: readonly NodeProfile[];
  readonly networks: readonly NetworkSpec[];
  readonly more: number;
}

class SettingsSeen implements Settings {
  readonly nodes: NodeProfile[] = [];
  readonly networks: NetworkSpec[] = [];
  more = 0;
  readonly #seen = new Set<string>();

  add({ node, network }: Cell): void {
    this.#keep(node, this.nodes);
    this.#keep(network, this.networks);
  }
  #keep<T>(value: T, kept: T[]): void {
    const hash = createHash('sha256').update(JSON.stringify(value)).digest('base64');
    if (this.#seen.has(hash)) return;
    this.#seen.add(hash);
    if (kept.length < MOST_SETTINGS) kept.push(value);
    else this.more += 1;
  }
}

export interface DigestSinks {
  readonly line?: (line: JournalLine, cell: Cell) => void;
  /** `first`: the first cell of the condition. */
  readonly summary?: (summary: Summary, first: Cell) => void;
}

/** `extras`: those whose means the summaries have. */
export function digestRun(run: RunFolder, sinks: DigestSinks = {}, extras: ExtraColumns = NO_EXTRAS): RunDigest {
  const states = { done: 0, stalled: 0, timeout: 0, failed: 0 };
  const conditions: Summary[] = [];
  const kept = new Map<string, number>();
  const broken: BrokenRecord[] = [];
  const examples = new Examples();
  const settings = new SettingsSeen();
  const warnings: string[] = [];
  const retried = { cells: 0, tries: 0, recovered: 0 };
  let planned = 0;
  let finished = 0;
  let omitted = 0;

  let open = null as { readonly condition: string; readonly first: Cell; readonly summary: ConditionSummary } | null;
  const close = (): void => {
    if (open === null) return;
    const summary = open.summary.summary();
    sinks.summary?.(summary, open.first);
    const { workload } = summary.keys;
    const count = kept.get(workload) ?? 0;
    if (count < MAX_CONDITIONS_PER_WORKLOAD) conditions.push(summary);
    else omitted += 1;
    kept.set(workload, count + 1);
  };

  for (const { cell, line, tries } of cellsOf(run, (message) => warnings.push(message))) {
    planned += 1;
    if (line === null) continue;
    const { record } = line;
    finished += 1;
    states[record.state] += 1;
    if (tries > 1) {
      retried.cells += 1;
      retried.tries += tries;
      if (record.state === 'done' || record.state === 'stalled') retried.recovered += 1;
    }
    if ((record.state === 'timeout' || record.state === 'failed') && broken.length < MAX_BROKEN) broken.push(record);
    examples.add(cell, record);
    sinks.line?.(line, cell);
    const condition = conditionOf(cell);
    if (open?.condition !== condition) {
      close();
      settings.add(cell);
      open = { condition, first: cell, summary: new ConditionSummary(cell, record, extras.observations) };
    }
    open.summary.add(record);
  }
  close();
  return { run, extras, planned, finished, states, conditions, omitted, broken, settings, examples, retried, warnings };
}
