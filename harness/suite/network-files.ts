// Delays between regions as people have them: a matrix, a list of edges or a map of maps, as CSV, JSON or YAML, with or without names.
import { MAX_REGIONS } from '../model/network.ts';
import { MAX_DELAY_MS, regionsText } from './leaves.ts';

/** Delay inside a region where a matrix leaves its diagonal open, one way. */
export const INTRA_REGION_MS = 0.5;

export interface RegionDelays {
  /** Names of the regions, where there are some. */
  readonly regions?: readonly string[];
  readonly one_way_ms: readonly (readonly number[])[];
}
/** What is wrong, where (a row and column, a pair of names), and what is accepted. */
export class DelaysError extends Error {}

const fail = (where: string, received: unknown, accepted: string): never => {
  const text = received === undefined ? 'nothing' : JSON.stringify(received);
  throw new DelaysError(`${where}: received ${text.length > 60 ? `${text.slice(0, 57)}...` : text}; accepted: ${accepted}`);
};
const DELAY = `a number from 0 to ${MAX_DELAY_MS} (ms)`;
const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === '' || value === '-';
const numberOf = (value: unknown): number =>
  typeof value === 'string' && value.trim() !== '' ? Number(value) : typeof value === 'number' ? value : NaN;

/**
 * Delays from parsed data, or from a text of CSV: rows of numbers (the first row and column may be names), `[{ from, to, ms }]`, or `{ from: { to: ms } }`. Round-trip
 * times are halved. A pair that is given in one direction has that delay in both; an open diagonal is the delay inside a region.
 * @throws DelaysError
 */
export function delaysOf(data: unknown, { rtt, intra_ms }: { readonly rtt: boolean; readonly intra_ms: number }): RegionDelays {
  const { names, at } = read(typeof data === 'string' ? csvDelays(data) : data);
  if (names.length < 1 || names.length > MAX_REGIONS) fail('regions', names.length, regionsText);
  const places = names.map((_, index) => index);
  const one_way_ms = places.map((from) =>
    places.map((to) => {
      const value = isEmpty(at(from, to)) ? at(to, from) : at(from, to);
      if (isEmpty(value) && from === to) return intra_ms;
      const where = `from ${names[from]} to ${names[to]}`;
      const delay = numberOf(value);
      if (!(delay >= 0 && delay <= MAX_DELAY_MS)) fail(where, isEmpty(value) ? undefined : value, DELAY);
      return rtt ? delay / 2 : delay;
    }),
  );
  const named = names.every((name, index) => name === String(index));
  return { ...(named ? {} : { regions: names }), one_way_ms };
}

interface Delays {
  /** Numbers from 0 where there are no names. */
  readonly names: readonly string[];
  readonly at: (from: number, to: number) => unknown;
}

function read(data: unknown): Delays {
  if (Array.isArray(data)) return data.length > 0 && data.every((row) => Array.isArray(row)) ? matrix(data as unknown[][]) : edges(data);
  if (typeof data === 'object' && data !== null) return map(data as Record<string, unknown>);
  return fail('delays', data, 'rows of numbers, [{ from, to, ms }], or { from: { to: ms } }');
}

function matrix(rows: readonly (readonly unknown[])[]): Delays {
  const isName = (value: unknown): boolean => typeof value === 'string' && !isEmpty(value) && Number.isNaN(Number(value));
  const [first] = rows;
  // A name in the first cell alone may be the name of that row.
  const head = first.slice(1).some(isName) || (first.length === 1 && isName(first[0]));
  const side = rows.slice(head ? 1 : 0).some(([name]) => isName(name));
  const body = rows.slice(head ? 1 : 0).map((row) => row.slice(side ? 1 : 0));
  const names = head
    ? rows[0].slice(side && rows[0].length === rows[1]?.length ? 1 : 0).map(String)
    : body.map((_, index) => (side ? String(rows[index][0]) : String(index)));
  distinct(names);
  if (names.length !== body.length) fail('rows', body.length, `${names.length} rows, one for each name`);
  body.forEach((row, index) => {
    if (row.length !== body.length) fail(`row ${index + 1}`, row, `${body.length} numbers, one a region, as there are ${body.length} rows`);
    if (head && side && String(rows[index + 1][0]) !== names[index])
      fail(`row ${index + 1}`, rows[index + 1][0], `the name ${names[index]}: rows in the order of columns`);
  });
  return { names, at: (from, to) => body[from][to] };
}

function edges(list: readonly unknown[]): Delays {
  const delays = new Map<string, Map<string, unknown>>();
  const names = new Set<string>();
  list.forEach((edge, index) => {
    const { from, to, ms } = (typeof edge === 'object' && edge !== null ? edge : {}) as Record<string, unknown>;
    if (isEmpty(from) || isEmpty(to) || ms === undefined) fail(`edge ${index + 1}`, edge, '{ from, to, ms }');
    const [source, target] = [String(from), String(to)];
    names.add(source).add(target);
    const row = delays.get(source) ?? new Map<string, unknown>();
    if (row.has(target)) fail(`edge ${index + 1}`, edge, `one delay from ${source} to ${target}`);
    delays.set(source, row.set(target, ms));
  });
  const all = [...names];
  return { names: all, at: (from, to) => delays.get(all[from])?.get(all[to]) };
}

function map(data: Readonly<Record<string, unknown>>): Delays {
  const names = [...new Set([...Object.keys(data), ...Object.values(data).flatMap((row) => (typeof row === 'object' && row !== null ? Object.keys(row) : []))])]; // prettier-ignore
  for (const [name, row] of Object.entries(data))
    if (typeof row !== 'object' || row === null || Array.isArray(row)) fail(name, row, 'an object { region: ms }');
  const rows = new Map(Object.entries(data) as [string, Record<string, unknown>][]);
  const own = (row: Record<string, unknown> | undefined, name: string): unknown =>
    row !== undefined && Object.hasOwn(row, name) ? row[name] : undefined;
  return { names, at: (from, to) => own(rows.get(names[from]), names[to]) };
}

function distinct(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index || name === '');
  if (twice !== undefined) fail('names', twice, 'different names of regions');
}

/** A matrix as CSV; reading it gives the same numbers. */
export function delaysCsv(one_way_ms: readonly (readonly number[])[]): string {
  return one_way_ms.map((row) => `${row.join(',')}\n`).join('');
}

/** CSV as rows of cells (RFC 4180: quotes, and commas and line breaks inside them); a first row `from,to,ms` makes edges of the others. */
export function csvDelays(text: string): unknown {
  if (text.trim() === '') fail('delays', '', 'a matrix, or rows with from,to,ms');
  const rows = csvRows(text);
  const [head = [], ...rest] = rows;
  const keys = head.map((key) => key.toLowerCase());
  if (keys.length === 3 && keys[0] === 'from' && keys[1] === 'to') return rest.map(([from, to, ms]) => ({ from, to, ms }));
  return rows;
}

export function csvRows(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /[ \t]*(?:"((?:[^"]|"")*)"|([^",\r\n]*))[ \t]*(,|\r?\n|$)/y;
  const body = text.replace(/^\uFEFF/, '').trim();
  for (let at = 0; ;) {
    cell.lastIndex = at;
    const [whole, quoted, plain = '', end] = cell.exec(body) ?? [];
    if (whole === undefined)
      return fail(`row ${rows.length}`, body.slice(at, at + 20), 'CSV: commas between, quotes around text that has some');
    rows.at(-1)!.push((quoted?.replaceAll('""', '"') ?? plain).trim());
    at += whole.length;
    if (end === '' || at >= body.length) {
      if (end === ',') rows.at(-1)!.push('');
      return rows;
    }
    if (end !== ',') rows.push([]);
  }
}
