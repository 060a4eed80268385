import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { SUITES_FOLDER, loadSuite } from '../../harness/suite/load.ts';
import { suiteJsonSchema } from '../../harness/suite/schema.ts';

const schemaFile = path.join(SUITES_FOLDER, 'suite.schema.json');

test('suites/suite.schema.json is what the schema gives (write it again: npx vitest run -u test/suite/schema.test.ts)', async () => {
  const options = { ...(await resolveConfig(schemaFile)), parser: 'json' };
  await expect(await format(JSON.stringify(suiteJsonSchema()), options)).toMatchFileSnapshot(schemaFile);
});

test.each(readdirSync(SUITES_FOLDER).filter((file) => file.endsWith('.yaml')))('%s loads and names the schema for editors', (file) => {
  const suite = loadSuite(path.join(SUITES_FOLDER, file));
  expect(suite.replicates).toBeGreaterThan(0);
  expect(readFileSync(path.join(SUITES_FOLDER, file), 'utf8')).toMatch(/^# yaml-language-server: \$schema=suite\.schema\.json\n/);
});
