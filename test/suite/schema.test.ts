import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { SUITES_FOLDER, loadSuite, parseSuite } from '../../harness/suite/load.ts';
import { suiteJsonSchema } from '../../harness/suite/schema.ts';

const schemaFile = path.join(SUITES_FOLDER, 'suite.schema.json');

test('suites/suite.schema.json is what the schema gives (write it again: npx vitest run test/suite/schema.test.ts -u)', async () => {
  const options = { ...(await resolveConfig(schemaFile)), parser: 'json' };
  await expect(await format(JSON.stringify(suiteJsonSchema()), options)).toMatchFileSnapshot(schemaFile);
});

test.each(readdirSync(SUITES_FOLDER).filter((file) => file.endsWith('.yaml')))('%s loads and names the schema for editors', (file) => {
  const suite = loadSuite(path.join(SUITES_FOLDER, file));
  expect(suite.replicates).toBeGreaterThan(0);
  expect(readFileSync(path.join(SUITES_FOLDER, file), 'utf8')).toMatch(/^# yaml-language-server: \$schema=suite\.schema\.json\n/);
});

test('docs/suites.md speaks of every key', () => {
  const text = readFileSync(path.join(SUITES_FOLDER, '../docs/suites.md'), 'utf8');
  const keys = new Set<string>();
  const collect = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties') for (const name of Object.keys(value as object)) keys.add(name);
      collect(value);
    }
  };
  collect(suiteJsonSchema());
  expect(keys.size).toBeGreaterThan(35);
  for (const key of keys) expect(text, key).toMatch(new RegExp(`\\b${key}\\b`));
});

test('the examples of docs/suites.md load', () => {
  const text = readFileSync(path.join(SUITES_FOLDER, '../docs/suites.md'), 'utf8');
  const suites = [...text.matchAll(/```yaml\n(name:[^]*?)```/g)].map(([, example]) => parseSuite(example!));
  expect(suites.map(({ sweep }) => sweep.nodes)).toEqual([
    [4, 7, 10, 16],
    [4, 7],
  ]);
});
