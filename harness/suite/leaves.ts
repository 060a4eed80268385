// Leaves of the suite's schema: each carries the text that says what it accepts.
import { z } from 'zod';
import { MAX_REGIONS } from '../model/network.ts';
import { keysText } from './source.ts';

export const MAX_DELAY_MS = 10_000;
export const regionsText = `a square matrix of 1 to ${MAX_REGIONS} regions, one-way delays from 0 to ${MAX_DELAY_MS} ms`;

export const integer = (min: number, max: number) => {
  const error = `an integer from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
export const decimal = (min: number, max: number, unit = '') => {
  const error = `a number from ${min} to ${max}${unit}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
};
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });
export const flag = z.boolean({ error: 'true or false' });
/** What YAML takes for a number or for true and false is a text in quotes. */
export const quoted = (input: unknown, accepts: string): string =>
  typeof input === 'number' || typeof input === 'boolean' ? `a text in quotes, like "${input}": ${accepts}` : accepts;
export const text = (accepts: string, pattern?: RegExp) => {
  const schema = z.string({ error: ({ input }) => quoted(input, accepts) });
  return pattern === undefined ? schema.min(1, { error: accepts }) : schema.regex(pattern, { error: accepts });
};
/** An object without other keys than these; the message of an unknown one lists them. */
export const object = <T extends z.ZodRawShape>(shape: T, accepts: string) =>
  z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? keysText(Object.keys(shape)) : accepts) });
export const EMPTY_AXIS = 'at least one value: an empty axis has no cells';
/** A value, or a list of values that are swept. Always a list afterwards. */
export const oneOrMany = <T extends z.ZodType>(value: T) =>
  z
    .union([z.array(value).min(1, { error: EMPTY_AXIS }), value])
    .transform((input): z.output<T>[] => (Array.isArray(input) ? input : [input]) as z.output<T>[]);

export const seconds = decimal(0, 1e9, ' (seconds)');

/** Names go into file names and tables: no spaces, no other alphabets, nothing that a shell or a spreadsheet reads as its own. */
export const nameText = (most: number, what: string) =>
  text(
    `a name of letters (a to z, A to Z), digits and - _ . that begins with a letter or digit, at most ${most} characters, ${what}`,
    new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${most - 1}}$`),
  );
/** Of nodes: they come to stand in transcripts and drawings as they are. */
export const NODE_NAME = /^\P{C}{1,60}$/u;
export const nodeNamesText = 'different names of the nodes, at most 60 characters each and none of them a control character';
export const shortName = nameText(40, 'like two-sites');
