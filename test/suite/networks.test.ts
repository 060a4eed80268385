// Networks from files as people have them: one set of delays in every form gives one network; what is wrong is said in one line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { NetworkSpec } from '../../harness/model/cell.ts';
import { parseSuite, suiteYaml } from '../../harness/suite/load.ts';
import { csvRows, DelaysError } from '../../harness/suite/network-files.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { holds } from '../support/property.ts';
import { refusalOf } from './refusal.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'networks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const suite = (network: string): string => `name: x\nreplicates: 1\nsweep: { nodes: 4 }\nnetwork: ${network}\nworkloads: { pbft: {} }\n`;
const file = (name: string, text: string, more = ''): string => {
  writeFileSync(path.join(folder, name), text);
  return suite(`{ kind: matrix, file: ${name}${more} }`);
};
type Matrix = Extract<NetworkSpec, { kind: 'matrix' }>;
const networkOf = (text: string): Matrix => parseSuite(text, { folder }).network[0] as Matrix;
const refusal = (text: string): string => refusalOf(text, { folder });

const NAMES = ['us-east-1', 'eu-west-1', 'ap-south-1'];
const DELAYS = [
  [0.5, 35, 95],
  [35, 0.5, 61],
  [95, 61, 0.5],
];
describe('the same delays in every form', () => {
  const forms: readonly (readonly [string, string, string, boolean])[] = [
    ['CSV with names in row and column', 'a.csv', ',us-east-1,eu-west-1,ap-south-1\nus-east-1,,70,190\neu-west-1,70,,122\nap-south-1,190,122,\n', true],
    ['CSV with a header row', 'b.csv', 'us-east-1,eu-west-1,ap-south-1\n,70,190\n70,-,122\n190,122,1\n', true],
    ['CSV with names beside rows, quoted, with CRLF', 'c.csv', '"us-east-1",1,70,190\r\n"eu-west-1",70,1,122\r\n"ap-south-1",190,122,1\r\n', true],
    ['CSV of numbers, the upper triangle', 'd.csv', ',70,190\n,,122\n,,\n', false],
    ['CSV of edges', 'e.csv', 'from,to,ms\nus-east-1,eu-west-1,70\nus-east-1,ap-south-1,190\neu-west-1,ap-south-1,122\n', true],
    ['JSON of rows', 'f.json', '[[null,70,190],[70,null,122],[190,122,null]]', false],
    ['JSON of edges', 'g.json', '[{"from":"us-east-1","to":"eu-west-1","ms":70},{"from":"us-east-1","to":"ap-south-1","ms":190},{"from":"ap-south-1","to":"eu-west-1","ms":122}]', true],
    ['JSON of a map of maps', 'h.json', '{"us-east-1":{"eu-west-1":70,"ap-south-1":190},"eu-west-1":{"ap-south-1":122}}', true],
    ['YAML of a map of maps, described', 'i.yaml', 'origin: made up\none_way_ms:\n  us-east-1: { eu-west-1: 70, ap-south-1: 190 }\n  eu-west-1: { ap-south-1: 122 }\n', true],
  ]; // prettier-ignore
  test.each(forms)('%s', (_name, name, text, named) => {
    const network = networkOf(file(name, text, ', rtt: true'));
    expect(network.one_way_ms).toEqual(DELAYS);
    expect(network.regions).toEqual(named ? NAMES : undefined);
    expect(network.name).toBe(name[0]);
    expect(network.origin).toBe(name === 'i.yaml' ? 'made up' : name);
  });
  test('cells are the same cells, whatever the form; suite.yaml holds what was read', () => {
    const ids = new Set(forms.map(([, name, text]) => [...planCells(parseSuite(file(name, text, ', rtt: true'), { folder }))][0]!.id));
    expect(ids.size).toBe(1);
    const parsed = parseSuite(file('e.csv', forms[4]![2], ', rtt: true'), { folder });
    expect(parseSuite(suiteYaml(parsed))).toEqual(parsed);
  });
  test('one-way delays, asymmetric; the diagonal is 0.5 ms, or what intra_region_ms says', () => {
    expect(networkOf(file('j.csv', 'a,b\n,10\n20,\n')).one_way_ms).toEqual([[0.5, 10], [20, 0.5]]); // prettier-ignore
    expect(networkOf(file('j.csv', 'a,b\n,10\n20,\n', ', intra_region_ms: 0.1')).one_way_ms).toEqual([[0.1, 10], [20, 0.1]]); // prettier-ignore
  });
  test('in the suite itself, with names', () => {
    const network = networkOf(suite('{ kind: matrix, origin: x, one_way_ms: { a: { b: 7 } } }'));
    expect([network.regions, network.one_way_ms]).toEqual([['a', 'b'], [[0.5, 7], [7, 0.5]]]); // prettier-ignore
    expect(networkOf(suite('{ kind: matrix, origin: x, regions: [a, b], one_way_ms: [[1, 7], [7, 1]] }')).regions).toEqual(['a', 'b']);
  });
});

describe('what is wrong is said in one line', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['a missing pair', file('k.csv', 'from,to,ms\na,b,1\nb,c,2\n'), /^s\.yaml:4: network\.file: .*k\.csv: from a to c: received nothing; accepted: a number from 0 to 10000 \(ms\)$/],
    ['a word among numbers', file('l.csv', 'a,b\n1,x\n2,1\n'), /l\.csv: from a to b: received "x"; accepted: a number/],
    ['a short row', file('m.csv', '1,2\n3\n'), /m\.csv: row 2: received \["3"\]; accepted: 2 numbers/],
    ['an edge twice', file('n.csv', 'from,to,ms\na,b,1\na,b,2\n'), /n\.csv: edge 2: received .*; accepted: one delay from a to b/],
    ['a name twice', file('o.csv', 'a,a\n1,2\n2,1\n'), /o\.csv: names: received "a"; accepted: different names of regions/],
    ['rows in another order', file('p.csv', ',a,b\nb,1,2\na,2,1\n'), /p\.csv: row 1: received "b"; accepted: the name a: rows in the order of columns/],
    ['a quote that does not end', file('q.csv', '"a,b\n1,2\n'), /q\.csv: row 1: received .*; accepted: CSV/],
    ['an empty CSV', file('r.csv', ''), /r\.csv: .*received .*; accepted: /],
    ['a number', file('s.json', '5'), /s\.json: delays: received 5; accepted: rows of numbers/],
    ['an edge without ms', file('t.json', '[{"from":"a","to":"b"}]'), /t\.json: edge 1: received .*; accepted: \{ from, to, ms \}/],
    ['a map of numbers', file('u.json', '{"a":5}'), /u\.json: a: received 5; accepted: an object \{ region: ms \}/],
    ['a negative delay', file('v.json', '[[1,-1],[1,1]]'), /v\.json: from 0 to 1: received -1; accepted: a number/],
    ['a CSV that is not there', suite('{ kind: matrix, file: none.csv }'), /^s\.yaml:4: network\.file: matrix file .*none\.csv: no such file; accepted: a YAML, JSON or CSV file/],
    ['names that are too few', suite('{ kind: matrix, origin: x, regions: [a], one_way_ms: [[1, 7], [7, 1]] }'), /regions: received 1 names; accepted: 2 different ones/],
    ['rtt in words', suite('{ kind: matrix, origin: x, rtt: half, one_way_ms: [[1]] }'), /^s\.yaml:4: network\.rtt: received "half"; accepted: true or false$/],
  ]; // prettier-ignore
  test.each(cases)('%s', (_name, text, expected) => {
    const message = refusal(text);
    expect(message).toMatch(expected);
    expect(message.split('\n')).toHaveLength(1);
  });
  test('any text in a file is read or refused, never more', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '1',
      '-1',
      '2.5',
      ',',
      ',',
      '\n',
      '"',
      '{',
      '}',
      '[',
      ']',
      ':',
      ' ',
      'from,to,ms\n',
      'null',
      '1e999',
    );
    holds(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.constantFrom('x.csv', 'x.json', 'x.yaml'), (pieces, name) => {
        const message = refusal(file(name, pieces.join('')));
        expect(message).not.toMatch(/undefined|TypeError|\[object/);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

test('CSV: quotes, commas and line breaks inside them, empty cells at both ends', () => {
  expect(csvRows('a,"b, ""c""\nd",e\r\n,,\n1, 2 ,3\n')).toEqual([['a', 'b, "c"\nd', 'e'], ['', '', ''], ['1', '2', '3']]); // prettier-ignore
  expect(() => csvRows('"a')).toThrow(DelaysError);
});
