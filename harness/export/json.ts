// Rows to JSON, one row a line, and the schemas that say what stands in it. Pure; docs/schemas/ is made from here.
import type { Column } from '../record/column.ts';
import { EXIT } from '../errors.ts';
import type { RecordState } from '../model/record.ts';
import { RECORD_COLUMNS } from '../record/columns.ts';
import { SUMMARY_COLUMNS } from '../record/summary-columns.ts';
import { escaped, visible } from '../words.ts';
import type { About, Row } from './rows.ts';

/** Rises when a reader of an earlier version would misread a file; new columns do not raise it. */
const VERSION = 1;

/**
 * JSON that is inert wherever it is shown, and reads back as the same value: also < > & are written as \uXXXX (the text may come to
 * stand in a page), and what cannot be seen.
 */
export const inertJson = (value: unknown, indent?: number): string =>
  visible(JSON.stringify(value, null, indent).replace(/[<>&]/g, escaped));

/** What does not exist is null, as it is empty in CSV; a text of no characters does not. */
export const present = (value: string | number | null | undefined): string | number | null => (value === '' ? null : (value ?? null));

export interface JsonTable {
  readonly head: string;
  /** `first`: no comma comes before it. */
  row(row: Row, first: boolean): string;
  readonly foot: string;
}

/** A file of one table: an object whose `rows` have a property for every column of which they have a value. */
export function jsonTable(table: 'records' | 'summary', columns: readonly Column[], { suite, seed }: About): JsonTable {
  return {
    head: `${inertJson({ table, version: VERSION, suite, seed }).slice(0, -1)},"rows":[`,
    row: (row, first) => {
      const fields: Record<string, string | number> = {};
      for (const { name } of columns) {
        const value = present(row[name]);
        // Absent, and not null: most of a condition's 270 columns have no value.
        if (value !== null) fields[name] = value;
      }
      return `${first ? '' : ','}\n${inertJson(fields)}`;
    },
    foot: '\n]}\n',
  };
}

/** Why a command about a run ended, with the exit status that says the same. */
export const RUN_ENDS = { done: EXIT.done, 'cells timed out or failed': EXIT.failed, interrupted: EXIT.interrupted } as const;

/** What `run --json` and `report --json` print beside the summary. */
export interface RunDocument {
  readonly exit_reason: keyof typeof RUN_ENDS;
  readonly dir: string;
  /** Planned. */
  readonly cells: number;
  readonly states: Readonly<Record<RecordState, number>>;
  /** Of the last start; absent where nothing ran. */
  readonly cells_wall_s?: number;
  /** Null: it was not written. */
  readonly report: string | null;
}

/** That document in two parts; between them stands the text of summary.json, or null. */
export function runDocument({ exit_reason, dir, cells, states, ...rest }: RunDocument): readonly [string, string] {
  const finished = Object.values(states).reduce((sum, count) => sum + count, 0);
  const head = { table: 'run', version: VERSION, exit_status: RUN_ENDS[exit_reason], exit_reason, dir, cells, finished, states, ...rest };
  return [`${inertJson(head).slice(0, -1)},"summary":`, '}\n'];
}

const TYPES: Readonly<Record<Column['type'], string>> = { text: 'string', integer: 'integer', number: 'number' };

const isAlwaysThere = ({ empty }: Column): boolean => empty === '' || empty.startsWith('never');

function property(column: Column): object {
  const { type, unit, description, empty } = column;
  const parts = [description, ...(unit === '' ? [] : [`Unit: ${unit}.`]), ...(isAlwaysThere(column) ? [] : [`Absent ${empty}.`])];
  return { description: parts.join(' '), type: TYPES[type] };
}

function schema(table: string, title: string, columns: readonly Column[], more: Readonly<Record<string, object>>): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `${table}.schema.json`,
    title,
    type: 'object',
    required: ['table', 'version', 'suite', 'seed', 'rows'],
    additionalProperties: false,
    properties: {
      table: { const: table },
      version: { const: VERSION },
      suite: { type: 'string', description: "The suite's name." },
      seed: { type: 'integer', description: "The suite's seed." },
      rows: {
        type: 'array',
        items: {
          type: 'object',
          required: columns.filter(isAlwaysThere).map(({ name }) => name),
          additionalProperties: false,
          properties: Object.fromEntries(columns.map((column) => [column.name, property(column)])),
          patternProperties: more,
        },
      },
    },
  };
}

const SWEPT = {
  '^p_': { description: 'A parameter that the plan sweeps. Absent for mechanisms without it.', type: ['string', 'number'] },
  '^s_': {
    description: 'Another setting that the plan sweeps, by its name with _ for dots. Absent where it is the default.',
    type: ['string', 'number'],
  },
};
const OBSERVED = 'What a mechanism observes of its own (list ID says what, with its unit)';

/** Of records.json. */
export const recordsSchema = (): object =>
  schema('records', 'records.json of consensus-bench: one row a finished cell, in plan order', RECORD_COLUMNS, {
    ...SWEPT,
    '^o_': { description: `${OBSERVED}. Absent unless state is done.`, type: 'number' },
  });

/** Of summary.json. */
export const summarySchema = (): object =>
  schema('summary', 'summary.json of consensus-bench: one row a condition, its replicates joined', SUMMARY_COLUMNS, {
    ...SWEPT,
    '^o_.*_(mean|ci95_low|ci95_high)$': {
      description: `${OBSERVED}: its mean over the done replicates, with the ends of its 95% interval.`,
      type: 'number',
    },
  });

/** Of what `run --cell --json` prints: a record as the journal has it, in which null stands for what does not apply. */
export const cellSchema = (): object => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'cell.schema.json',
  title: 'run --cell --json of consensus-bench: the record of a cell',
  type: 'object',
  required: ['version', ...RECORD_COLUMNS.filter(isAlwaysThere).map(({ name }) => name)],
  additionalProperties: false,
  properties: {
    version: { type: 'integer', description: 'Of the form of records.' },
    ...Object.fromEntries(RECORD_COLUMNS.map((column) => [column.name, { ...property(column), type: [TYPES[column.type], 'null'] }])),
    curve: {
      description: 'The rates that a search for saturation tried. Null for other loads.',
      type: ['array', 'null'],
      items: {
        type: 'object',
        required: ['offered_tps', 'achieved_tps', 'latency_us_p50', 'latency_us_p99', 'passed'],
        additionalProperties: false,
        properties: {
          offered_tps: { type: 'number' },
          achieved_tps: { type: 'number' },
          latency_us_p50: { type: ['number', 'null'] },
          latency_us_p99: { type: ['number', 'null'] },
          passed: { type: 'boolean' },
        },
      },
    },
    observations: { description: `${OBSERVED}.`, type: ['object', 'null'], additionalProperties: { type: ['number', 'null'] } },
  },
});
