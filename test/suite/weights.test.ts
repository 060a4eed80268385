// Weights of nodes as lists and files: every form gives the text that the parameter takes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { parseSuite, suiteYaml } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import pbft from '../../workloads/pbft/index.ts';
import pow from '../../workloads/pow.ts';
import { simulate } from '../cells.ts';
import { refusalOf } from './refusal.ts';

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
const namesOf = (text: string) => [...planCells(parseSuite(text, { folder }))].map(({ names }) => names);
test('names that weights have are names of the nodes, in no id', () => {
  const named = namesOf(suite('{ values: { First: 4, "Second, Inc.": 2.5, third: 1 } }'));
  expect(named[0]).toEqual(['First', 'Second, Inc.', 'third']);
  expect(namesOf(suite(file('names.csv', 'pool,share\nFirst,4\n"Second, Inc.",2.5\nthird,1\n')))).toEqual(named);
  expect(namesOf(suite('[[4, 2.5, 1]]'))[0]).toBeUndefined();
  const idOf = (shares: string): string => [...planCells(parseSuite(suite(shares), { folder }))][0]!.id;
  expect(idOf('{ values: { a: 4, b: 2.5, c: 1 } }')).toBe(idOf('[[4, 2.5, 1]]'));
});
test('a sweep of weights has names where they agree; a suite’s own names come first; other numbers of nodes have none', () => {
  expect(namesOf(suite('[{ values: { a: 4, b: 2, c: 1 } }, { values: { a: 1, b: 1, c: 1 } }]'))[0]).toEqual(['a', 'b', 'c']);
  expect(namesOf(suite('[{ values: { a: 4, b: 2, c: 1 } }, { values: { b: 1, a: 1, c: 1 } }]'))[0]).toBeUndefined();
  const own = suite('{ values: { a: 4, b: 2, c: 1 } }').replace('workloads:', 'names: [x, y, z]\nreplicates: 1\nworkloads:');
  expect(namesOf(own)).toEqual([['x', 'y', 'z']]);
  expect(namesOf('name: x\nreplicates: 1\nnames: [x, y, z]\nsweep: { nodes: [3, 4] }\nworkloads: { pow: {} }\n')).toEqual([
    ['x', 'y', 'z'],
    undefined,
  ]);
  expect(parseSuite(suiteYaml(parseSuite(own)))).toEqual(parseSuite(own));
});
test.each([
  ['[a, b]', 'received ["a","b"]; accepted: one name for each node, 3 (these are 2)'],
  [
    '[a, b, a]',
    'received ["a","b","a"]; accepted: different names of the nodes, at most 60 characters each and none of them a control character, like [alice, bob]',
  ],
  ['alice', 'received "alice"; accepted: different names'],
  ['[a, b, 3]', 'received 3; accepted: a text in quotes, like "3": different names'],
])('names: %s is refused in one line', (names, message) => {
  const text = `name: x\nnames: ${names}\nsweep: { nodes: 3 }\nworkloads: { pow: {} }\n`;
  const said = refusalOf(text);
  expect(said).toMatch(/^s\.yaml:2: names(\[\d\])?: /);
  expect(said).toContain(message);
  expect(said).not.toContain('\n');
});
test.each([
  ['messages', pbft, 'messages'],
  ['chains', pow, 'chain'],
] as const)('transcripts of %s call nodes by their names', (_name, workload, engine) => {
  const lines: string[] = [];
  simulate(
    workload,
    { decisions: 1, names: ['alice', 'bob', 'carol', 'dave'] },
    { engine, trace: ({ node, text }) => lines.push(`${node} ${text}`) },
  );
  expect(lines.join('\n')).toMatch(/^alice /m);
  expect(lines.join('\n')).not.toMatch(/(replica|node) [0-3]\b/);
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
  [
    'a name with a character that is not seen',
    '{ values: { a: 4, "b\\u202e": 2, c: 1 } }',
    /^s\.yaml:4: workloads\.pow\.hash_shares: received "b\u202e"; accepted: different names of the nodes, at most 60 characters each and none of them a control character$/,
  ],
  [
    'a name with a control character in a file',
    file('j.json', '{ "a": 4, "b\\u0007": 2, "c": 1 }'),
    /^s\.yaml:4: workloads\.pow\.hash_shares: received "b\\u0007"; accepted: different names/,
  ],
  [
    'a name of 61 characters',
    file('k.csv', `pool,share\na,4\n${'b'.repeat(61)},2\nc,1\n`),
    /hash_shares: received "b{56}\.\.\.; accepted: different names/,
  ],
  ['another key', '{ values: [1, 2, 3], unit: TH }', /^s\.yaml:4: .*accepted: /],
])('%s is refused', (_name, shares, expected) => {
  const message = refusal(shares);
  expect(message).toMatch(expected);
  expect(message.split('\n')).toHaveLength(1);
});
