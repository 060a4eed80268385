// What commands print as JSON, held against the published schemas.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { expect } from 'vitest';
import type { Ended } from './copy.ts';

const SCHEMAS = path.join(import.meta.dirname, '../../docs/schemas');
const schemaOf = (name: string): object => JSON.parse(readFileSync(path.join(SCHEMAS, `${name}.schema.json`), 'utf8')) as object;
const ajv = new Ajv();
// Those that others refer to.
for (const name of ['summary', 'kernels']) ajv.addSchema(schemaOf(name));
/** Of docs/schemas/. */
export function validatorOf(name: string): Ajv.ValidateFunction {
  return ajv.getSchema(`${name}.schema.json`) ?? ajv.compile(schemaOf(name));
}

/** Why data do not keep to a schema; '' where they do. */
export function problemsOf(name: string, data: unknown): string {
  const validate = validatorOf(name);
  return validate(data) === true ? '' : ajv.errorsText(validate.errors);
}

/** The document that a command printed, which keeps to the schema. */
export function documentOf<T = Record<string, unknown>>(name: string, { stdout }: Pick<Ended, 'stdout'>): T {
  const data = JSON.parse(stdout) as T;
  expect(problemsOf(name, data)).toBe('');
  return data;
}
