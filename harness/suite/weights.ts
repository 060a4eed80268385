// Weights of nodes (hash rates, stakes, votes) as people have them → the text that a parameter takes, `4,2,1,1`.
import path from 'node:path';
import { UserError } from '../errors.ts';
import { csvRows, DelaysError } from './network-files.ts';
import { readSource, readText } from './source.ts';

const ACCEPTED =
  'a CSV with a weight, or a name and a weight, in each row, or a JSON or YAML file like [4, 2, 1], { a: 4, b: 2 } or [{ name: a, weight: 4 }], relative to the folder of the suite';

/** JavaScript's number as digits: a text of weights has no exponents. */
const isWeight = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < 1e21 && !String(value).includes('e');

/** Weights, and their names where each has one of its own. */
export interface Weights {
  readonly text: string;
  readonly values: readonly number[];
  readonly names?: readonly string[];
}

/** The weights of a file; or what is wrong, as a sentence. */
export function weightsOf(file: string, folder: string): Weights | { readonly problem: string } {
  const place = path.resolve(folder, file);
  const shown = path.relative(process.cwd(), place) || place;
  try {
    const rows =
      path.extname(file).toLowerCase() === '.csv'
        ? fromCsv(readText('file of weights', shown))
        : fromData(readSource('file of weights', shown).data);
    const values = rows.map(({ weight }) => weight).filter(isWeight);
    if (rows.length > 0 && values.length === rows.length) return { text: values.join(','), values, ...namesOf(rows) };
    const wrong = rows.findIndex(({ weight }) => !isWeight(weight));
    const received = rows.length === 0 ? 'nothing' : JSON.stringify(rows[wrong].weight) || 'nothing';
    return { problem: `${shown}: weight ${wrong + 1}: received ${received.slice(0, 60)}; accepted: numbers of at least 0, in ${ACCEPTED}` };
  } catch (error) {
    if (error instanceof UserError || error instanceof DelaysError) return { problem: `${error.message}; accepted: ${ACCEPTED}` };
    throw error;
  }
}

interface Row {
  readonly weight: unknown;
  readonly name?: unknown;
}

function namesOf(rows: readonly Row[]): { readonly names?: readonly string[] } {
  const names = rows.flatMap(({ name }) => (typeof name === 'string' && name !== '' ? [name] : []));
  return names.length === rows.length && new Set(names).size === names.length ? { names } : {};
}

/** The first and the last cell of each row; a first row whose last cell is no number names the columns. */
function fromCsv(text: string): Row[] {
  const rows = csvRows(text);
  const lastOf = (row: readonly string[]): string => row.at(-1) ?? '';
  const hasHead = rows.length > 1 && Number.isNaN(Number(lastOf(rows[0])));
  return (hasHead ? rows.slice(1) : rows).map((row) => {
    const cell = lastOf(row);
    return { weight: cell === '' || Number.isNaN(Number(cell)) ? cell : Number(cell), ...(row.length > 1 ? { name: row[0] } : {}) };
  });
}

function fromData(data: unknown): Row[] {
  if (Array.isArray(data))
    return data.map((item: unknown): Row => (typeof item === 'object' && item !== null && 'weight' in item ? item : { weight: item }));
  return typeof data === 'object' && data !== null
    ? Object.entries(data).map(([name, weight]): Row => ({ name, weight }))
    : [{ weight: data }];
}
