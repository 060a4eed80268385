// Weights of nodes as lists and files: every form gives the text that the parameter takes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { parseSuite, suiteYaml } from '../../harness/suite/load.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'weights-'));
afterAll(() => rmSync(folder, { recursive: true }));
const suite = (shares: string): string => `name: x\nsweep: { nodes: 3 }\nworkloads:\n  pow: { hash_shares: ${shares} }\n`;
const sharesOf = (shares: string): readonly unknown[] | undefined =>
  parseSuite(suite(shares), { folder }).workloads['pow']![0]!.parameters['hash_shares'];
const file = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text);
  return `{ file: ${name} }`;
};
function refusal(shares: string): string {
  try {
    parseSuite(suite(shares), { name: 's.yaml', folder });
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return '';
}

test.each([
  ['a list in a list', '[[4, 2.5, 1]]'],
  ['an object', '{ values: [4, 2.5, 1] }'],
  ['CSV with names and a header', file('a.csv', 'pool,share\nFirst,4\n"Second, Inc.",2.5\nthird,1\n')],
  ['CSV of weights', file('b.csv', '4\n2.5\n1\n')],
  ['JSON list', file('c.json', '[4, 2.5, 1]')],
  ['JSON map', file('d.json', '{"a": 4, "b": 2.5, "c": 1}')],
  ['YAML list of objects', file('e.yaml', '- { name: a, weight: 4 }\n- { name: b, weight: 2.5 }\n- { name: c, weight: 1 }\n')],
])('%s', (_name, shares) => {
  expect(sharesOf(shares)).toEqual(['4,2.5,1']);
  const parsed = parseSuite(suite(shares), { folder });
  expect(parseSuite(suiteYaml(parsed))).toEqual(parsed);
});
test('several of them are a sweep', () => {
  expect(sharesOf(`[equal, [1, 1, 2], { values: [1, 2, 3] }, ${file('f.json', '[3, 2, 1]')}]`)).toEqual([
    'equal',
    '1,1,2',
    '1,2,3',
    '3,2,1',
  ]);
});
test.each([
  [
    'a file that is not there',
    '{ file: none.csv }',
    /^s\.yaml:4: workloads\.pow\.hash_shares\.file: file of weights .*none\.csv: no such file; accepted: a CSV with/,
  ],
  ['a word', file('g.csv', 'a,1\nb,much\nc,1\n'), /g\.csv: weight 2: received "much"; accepted: numbers of at least 0/],
  ['a negative weight', file('h.json', '[1, -1, 1]'), /h\.json: weight 2: received -1; accepted: numbers of at least 0/],
  ['an empty list', file('i.json', '[]'), /i\.json: weight 0: received nothing; accepted/],
  [
    'too few',
    '[[1, 2]]',
    /^s\.yaml:4: workloads\.pow\.hash_shares\[0\]: received "1,2"; accepted: equal, or one weight for each of 3 nodes/,
  ],
  ['another key', '{ values: [1, 2, 3], unit: TH }', /^s\.yaml:4: .*accepted: /],
])('%s is refused', (_name, shares, expected) => {
  const message = refusal(shares);
  expect(message).toMatch(expected);
  expect(message.split('\n')).toHaveLength(1);
});
