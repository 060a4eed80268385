import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planCells } from '../../harness/suite/plan.ts';
import { parseSuite } from '../../harness/suite/load.ts';
import { COSTS, copyDist, type Copy, type Ended } from '../support/copy.ts';

let copy: Copy;
const file = (name: string): string => path.join(copy.folder, name);

/** Cells without aggregate signatures first. */
const AGGREGATES = 'name: aggregates\nreplicates: 1\nsweep: { nodes: 4 }\nworkloads: { hotstuff: { certificates: [list, aggregate] } }\n';
const [withLists, withAggregates] = [...planCells(parseSuite(AGGREGATES))].map(({ id }) => id);
const UNPRICED =
  /^--costs costs-old\.json: has no prices bls_share, bls_add, bls_verify, bls_add_key, and cells of (hotstuff|pos-gasper) make or check aggregate signatures; accepted: a table that has them: npx consensus-bench kernels --cost-table FILE makes one, and a new run without --costs measures its own$/m;

/** A cost table as those were made before aggregate signatures had prices. */
function costsBefore(): object {
  const table = JSON.parse(readFileSync(COSTS, 'utf8')) as { seconds: object };
  return { ...table, seconds: Object.fromEntries(Object.entries(table.seconds).filter(([name]) => !name.startsWith('bls_'))) };
}

beforeAll(() => {
  copy = copyDist({ fixture: true });
  writeFileSync(file('empty.yaml'), '');
  writeFileSync(file('broken.yaml'), 'name: [\n');
  writeFileSync(file('unknown-key.yaml'), 'name: x\nsed: 1\nsweep: { nodes: 4 }\nworkloads: { fixture: {} }\n');
  mkdirSync(file('old'));
  writeFileSync(file('old/suite.yaml'), 'name: old\nsweep: { nodes: 4 }\nworkloads: { fixture: {} }\n');
  writeFileSync(file('old/plan.json'), '{"version":1,"suite":"old","seed":1,"cells":[\n]}\n');
  writeFileSync(file('shares.yaml'), "name: shares\nsweep: { nodes: 4 }\nworkloads: { pow: { hash_shares: '1,1' } }\n");
  writeFileSync(file('costs-broken.json'), '{"version":1}\n');
  writeFileSync(file('costs-old.json'), JSON.stringify(costsBefore()));
  writeFileSync(file('aggregates.yaml'), AGGREGATES);
  writeFileSync(file('small.yaml'), 'name: small\nsweep: { nodes: [4, 7] }\nworkloads: { fixture: {} }\n');
});
afterAll(() => copy.remove());

describe('bad input: one clear message, exit status 2, nothing on stdout, no stack trace', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a missing suite', ['run', 'none.yaml'], /^suite none\.yaml: no such file$/m],
    ['an empty suite', ['run', 'empty.yaml'], /^suite empty\.yaml: the file is empty; accepted: YAML or JSON$/m],
    ['no YAML', ['run', 'broken.yaml'], /^broken\.yaml:2: not YAML: /m],
    [
      'an unknown key',
      ['run', 'unknown-key.yaml'],
      /^unknown-key\.yaml:2: sed: unknown key \(did you mean seed\?\); accepted: the keys name, seed, /m,
    ],
    ['an --out that exists', ['run', 'small.yaml', '--out', 'suites'], /^--out suites: exists already; accepted: a new folder/m],
    [
      'an unknown workload',
      ['run', '--workload', 'pfbt'],
      /^--workload: workloads\.pfbt: unknown workload \(did you mean pbft\?\); accepted: .*pbft/m,
    ],
    [
      'a workload that the suite lacks',
      ['run', 'small.yaml', '--workload', 'pow'],
      /^--workload: received pow; accepted: a workload of small\.yaml \(fixture\)$/m,
    ],
    [
      'more nodes than the workload takes',
      ['run', 'small.yaml', '--nodes', '1001'],
      /^--nodes: received 1001; accepted: from 1 to 1000 nodes, as fixture takes$/m,
    ],
    [
      'an engine that the workload lacks',
      ['run', 'small.yaml', '--engine', 'waves'],
      /^--engine: received waves, which fixture does not run on; accepted: messages, auto$/m,
    ],
    [
      'a number of nodes that is none',
      ['run', '--nodes', '4', 'x'],
      /argument 'x' is invalid\. Accepted: an integer from 1 to 100000, or a range like 4\.\.64, /,
    ],
    ['no threads', ['run', 'small.yaml', '--threads', '0'], /argument '0' is invalid\. Accepted: an integer from 1 to 1024\./],
    [
      'no watts',
      ['run', 'small.yaml', '--watts-per-core', '0'],
      /argument '0' is invalid\. Accepted: a number from 0\.001 to 10000 \(watts\)\./,
    ],
    ['an empty --out', ['run', 'small.yaml', '--out', ''], /^--out: received an empty name; accepted: a new folder$/m],
    [
      'a --dry-run with a cost table that is missing',
      ['run', 'small.yaml', '--dry-run', '--costs', 'none.json'],
      /none\.json: no such file/,
    ],
    [
      '--dry-run beside a flag that it would ignore',
      ['run', 'small.yaml', '--dry-run', '--cell', 'c000000000000'],
      /^--dry-run: received --cell beside it; accepted: --dry-run, or --cell to run that one cell$/m,
    ],
    ['an unknown backend', ['run', 'small.yaml', '--backend', 'gpu'], /argument 'gpu' is invalid\. Allowed choices are wasm, reference\./],
    [
      'a filter by what no workload has',
      ['run', 'small.yaml', '--filter', 'node=4'],
      /^--filter: received node=4 \(did you mean nodes\?\); accepted: workload, nodes, fault, ratio, count, network, load, crypto, or a parameter of a workload of small$/m,
    ],
    [
      'a filter by a value that the suite lacks',
      ['run', 'small.yaml', '--filter', 'nodes=5'],
      /^--filter: received nodes=5; accepted: nodes=… of small: 4, 7$/m,
    ],
    [
      'a filter that is none',
      ['run', 'small.yaml', '--filter', '='],
      /^--filter: received "="; accepted: KEY=VALUE or KEY=VALUE,VALUE, or a workload$/m,
    ],
    ['no replicates', ['run', 'small.yaml', '--replicates', '0'], /argument '0' is invalid\. Accepted: an integer from 1 to 100000\./],
    [
      '--open of what writes no report',
      ['run', 'small.yaml', '--open', '--dry-run'],
      /^--open: received --dry-run beside it, which writes no report; accepted: --open with a run$/m,
    ],
    [
      'a report to view in a folder that is missing',
      ['view', 'none'],
      /^view none: no such folder; accepted: the folder of a run or of a comparison/m,
    ],
    ['a report to view in a file', ['view', 'small.yaml'], /^view small\.yaml: a file, not a folder; accepted: /m],
    ['a report to view where there is none', ['view', 'suites'], /^view suites: there is no report\.html in it; accepted: /m],
    ['an unknown flag', ['run', '--fast'], /unknown option '--fast'/],
    ['an unknown command', ['rum'], /unknown command 'rum'/],
    ['a cost table that is missing', ['run', 'small.yaml', '--costs', 'none.json'], /none\.json: no such file/],
    ['a cost table that is none', ['run', 'small.yaml', '--costs', 'costs-broken.json'], /costs-broken\.json/],
    ['cells that the cost table cannot price', ['run', 'aggregates.yaml', '--costs', 'costs-old.json'], UNPRICED],
    ['… from --dry-run on', ['run', 'aggregates.yaml', '--dry-run', '--costs', 'costs-old.json'], UNPRICED],
    ['… and of a workload whose cells all have them', ['run', '--workload', 'pbft', 'pos-gasper', '--costs', 'costs-old.json'], UNPRICED],
    ['one cell of those', ['run', 'aggregates.yaml', '--cell', withAggregates!, '--costs', 'costs-old.json'], UNPRICED],
    [
      'a cell that the suite lacks',
      ['run', 'small.yaml', '--cell', 'c000000000000'],
      /^--cell: received c000000000000; accepted: the id of a cell of small .* with the flags of its run/m,
    ],
    ['--svg without --trace', ['run', 'small.yaml', '--svg'], /^--svg: received without --trace; accepted: --trace --svg \[FILE\]/m],
    [
      '--svg of more lanes than find room',
      ['run', '--workload', 'pbft', '--nodes', '40', '--trace', '--svg'],
      /^--svg: received a cell of 40 nodes; accepted: at most 16/m,
    ],
    ['--tree of many cells', ['run', 'small.yaml', '--tree', 'tree'], /^--tree: small has more than one cell; accepted: --cell ID/m],
    [
      '--tree of a mechanism without blocks',
      ['run', '--workload', 'pbft', '--nodes', '4', '--tree', 'tree'],
      /^--tree: pbft makes no chain of blocks; accepted: a cell of .*\bpow\b/m,
    ],
    [
      '--tree into a file',
      ['run', '--workload', 'pow', '--nodes', '4', '--tree', 'small.yaml'],
      /^--tree: received small\.yaml, a file; accepted: a folder$/m,
    ],
    [
      '--tree into nothing',
      ['run', '--workload', 'pow', '--nodes', '4', '--tree', ''],
      /^--tree: received an empty name; accepted: a folder$/m,
    ],
    [
      "--tree into a run's folder",
      ['run', '--workload', 'pow', '--nodes', '4', '--tree', 'old'],
      /^--tree: received old, the folder of a run; accepted: another folder$/m,
    ],
    ['--tree beside --dry-run', ['run', 'small.yaml', '--dry-run', '--tree', 'tree'], /^--dry-run: received --tree beside it/m],
    ['--trace of many cells', ['run', 'small.yaml', '--trace'], /^--trace: small has more than one cell; accepted: --cell ID/m],
    [
      'a trace by an engine that has none',
      ['run', '--workload', 'pbft', '--nodes', '4', '--trace', '--engine', 'waves'],
      /^--engine waves: the waves engine cannot represent this cell: traces; accepted: --engine auto, messages/m,
    ],
    ['a folder to resume that is missing', ['run', '--resume', 'none'], /^--resume none: no such folder; accepted: the folder of a run$/m],
    [
      'a folder to resume that is no run',
      ['run', '--resume', 'suites'],
      /^--resume suites: holds no suite\.yaml; accepted: the folder of a run$/m,
    ],
    [
      'a mistyped workload to list',
      ['list', 'pbtf'],
      /^list: received pbtf \(did you mean pbft\?\); accepted: a workload \(.*fixture, .*pbft, /m,
    ],
    [
      'shares that do not fit the nodes, from --dry-run on',
      ['run', 'shares.yaml', '--dry-run'],
      /^shares\.yaml:3: workloads\.pow\.hash_shares: received "1,1"; accepted: equal, or one weight for each of 4 nodes, like 4,2,1,1 \(received 2\)$/m,
    ],
    [
      'a cell of a run of version 0.1',
      ['run', 'old/suite.yaml', '--cell', 'c000000000000'],
      /^old\/plan\.json:1: a plan of version 0\.1: the ids and seeds of all cells changed once since/m,
    ],
    ['a run of version 0.1 to resume', ['run', '--resume', 'old'], /^old\/plan\.json:1: a plan of version 0\.1: the ids and seeds/m],
    ['an unknown workload to list', ['list', 'mencius'], /^list: received mencius; accepted: a workload \(.*fixture, .*pbft, /m],
  ];
  let ended: readonly Ended[];
  beforeAll(() => {
    ended = copy.all(cases.map(([, args]) => args));
  });
  test.each(cases.map(([name, , expected], number) => [name, number, expected] as const))('%s', (_name, number, expected) => {
    const { status, stdout, stderr } = ended[number]!;
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/\n\s+at |internal error/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
  test('a process of its own says the same', async () => {
    expect(await copy.cli(...cases[0]![1])).toEqual(ended[0]);
  });
  test('what a cost table need not price it need not have', async () => {
    const commands = [
      ['aggregates.yaml', '--cell', withLists!],
      ['--workload', 'hotstuff', '--nodes', '4', '--dry-run'],
    ];
    for (const { status, stderr } of copy.all(commands.map((command) => ['run', ...command, '--costs', 'costs-old.json']))) {
      expect(stderr).toBe('');
      expect(status).toBe(0);
    }
  });
  test('… and no results folder', () => {
    expect(existsSync(file('results'))).toBe(false);
  });
});
