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

/** The weights of a file as a text; or what is wrong, as a sentence. */
export function weightsOf(file: string, folder: string): { readonly text: string } | { readonly problem: string } {
  const place = path.resolve(folder, file);
  const shown = path.relative(process.cwd(), place) || place;
  try {
    const rows =
      path.extname(file).toLowerCase() === '.csv'
        ? fromCsv(readText('file of weights', shown))
        : fromData(readSource('file of weights', shown).data);
    const wrong = rows.findIndex((weight) => !isWeight(weight));
    if (rows.length > 0 && wrong < 0) return { text: rows.join(',') };
    const received = rows.length === 0 ? 'nothing' : JSON.stringify(rows[wrong]) || 'nothing';
    return { problem: `${shown}: weight ${wrong + 1}: received ${received.slice(0, 60)}; accepted: numbers of at least 0, in ${ACCEPTED}` };
  } catch (error) {
    if (error instanceof UserError || error instanceof DelaysError) return { problem: `${error.message}; accepted: ${ACCEPTED}` };
    throw error;
  }
}

/** The last cell of each row; a first row whose last cell is no number names the columns. */
function fromCsv(text: string): unknown[] {
  const cells = csvRows(text).map((row) => row.at(-1) ?? '');
  const [head] = cells;
  const body = head !== undefined && cells.length > 1 && Number.isNaN(Number(head)) ? cells.slice(1) : cells;
  return body.map((cell) => (cell === '' || Number.isNaN(Number(cell)) ? cell : Number(cell)));
}

function fromData(data: unknown): unknown[] {
  if (Array.isArray(data))
    return data.map((item: unknown) => (typeof item === 'object' && item !== null && 'weight' in item ? item.weight : item));
  return typeof data === 'object' && data !== null ? Object.values(data) : [data];
}
