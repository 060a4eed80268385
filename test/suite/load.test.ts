import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DEFAULT_LOAD } from '../../harness/model/load.ts';
import { UserError } from '../../harness/errors.ts';
import { loadSuite, parseSuite, suiteOf, suiteYaml } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'suite-'));
afterAll(() => rmSync(folder, { recursive: true }));

const minimal = `name: small
sweep:
  nodes: 4
workloads:
  pbft: {}
`;

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error('expected a UserError');
}

describe('DESIGN: a suite needs name, workloads and sweep.nodes; all else has defaults', () => {
  test('defaults', () => {
    const { workloads, ...rest } = parseSuite(minimal);
    expect(rest).toEqual({
      name: 'small',
      seed: 1,
      replicates: 5,
      decisions: 100,
      risk: 0.001,
      crypto: ['modelled'],
      network: [{ kind: 'wan-5-regions', bandwidth_mbps: 1000, loss: 0, rto_ms: 200 }],
      node: {
        name: 'server',
        sign_ns: 35000,
        verify_ns: 110000,
        verify_batched_ns: 40000,
        mac_ns: 1000,
        hash_ns_per_byte: 3,
        sign_share_ns: 230_000,
        decode_share_ns: 50_000,
        aggregate_ns: 1000,
        verify_aggregate_ns: 1_150_000,
        persist_ns: 1_000_000,
        cores: 4,
      },
      transactions: { bytes: 250, per_decision: 500, signed: false },
      load: [DEFAULT_LOAD],
      sweep: { nodes: [4], fault: [{ kind: 'crash', ratio: [0], placement: 'worst' }] },
    });
    expect(workloads['pbft']).toHaveLength(1);
  });

  test('suite.yaml writes the defaults out, those of the workload too, and loads as the same suite', () => {
    const suite = parseSuite(`
name: all-keys
seed: 9007199254740991
replicates: 2
decisions: 7
risk: 0.01
crypto: [modelled, measured]
network:
  - wan-5-regions
  - { kind: fixed, delay_ms: 100.5 }
  - { kind: normal, mean_ms: 50, sd_ms: 10, loss: 0.01 }
  - { kind: matrix, name: two, origin: made up, one_way_ms: [[0.5, 40], [40, 0.5]] }
node: { sign_ns: 1, verify_ns: 2, verify_batched_ns: 3, mac_ns: 4, hash_ns_per_byte: 5 }
transactions: { bytes: 100 }
horizon_s: 3600
prices: { usd_per_kwh: 0.25 }
sweep:
  nodes: [4, 7]
  fault: [{ kind: crash, ratio: [0, 0.1] }, { kind: delay, count: [f, f+1, 1], delay_ms: 30, from_s: 1, until_s: 2, placement: random }]
workloads:
  pbft:
    - { checkpoint_interval: [64, 128], transactions: { per_decision: 10 } }
    - { crypto: measured, nodes: 4, replicates: 1, decisions: 3, node: free, network: { kind: fixed, delay_ms: 1 }, risk: 0.5, horizon_s: 1, fault: { kind: crash, count: f } }
`);
    const text = suiteYaml(suite);
    expect(parseSuite(text)).toEqual(suite);
    expect(text).toContain('log_window: 256');
    expect(suite.workloads['pbft']![0]!.transactions).toEqual({ bytes: 100, per_decision: 10, signed: false });
  });

  test('JSON is YAML', () => {
    expect(parseSuite(JSON.stringify({ name: 'small', sweep: { nodes: [4] }, workloads: { pbft: {} } }))).toEqual(parseSuite(minimal));
  });
});

describe('bad input gets one clear message: file, line, key, value received, what is accepted', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['unknown key', `${minimal}sed: 3\n`, 's.yaml:6: sed: unknown key (did you mean seed?); accepted: the keys name, seed,'],
    [
      'unknown key inside',
      minimal.replace('  nodes: 4', '  nodes: 4\n  node: 4'),
      "s.yaml:4: sweep.node: unknown key (it belongs at the top of the suite, or in a workload's entry); accepted: the keys nodes, fault",
    ],
    ['missing key', minimal.replace('name: small\n', ''), 's.yaml:1: name: received nothing; accepted: a name of letters'],
    [
      'wrong type',
      minimal.replace('4', 'four'),
      's.yaml:3: sweep.nodes: received "four"; accepted: an integer from 1 to 100000, or a range like 4..64, 4..64:+4 (steps of 4) or 4..64:x2 (doubling)',
    ],
    [
      'out of range',
      minimal.replace('4', '[4, 0]'),
      's.yaml:3: sweep.nodes[1]: received 0; accepted: an integer from 1 to 100000, or a range like 4..64, 4..64:+4 (steps of 4) or 4..64:x2 (doubling)',
    ],
    ['no integer', `${minimal}decisions: 1.5\n`, 's.yaml:6: decisions: received 1.5; accepted: an integer from 1 to 100000000'],
    ['a risk of 0', `${minimal}risk: 0\n`, 's.yaml:6: risk: received 0; accepted: a probability above 0 and below 1'],
    ['empty axis', minimal.replace('4', '[]'), 's.yaml:3: sweep.nodes: received []; accepted: at least one value'],
    ['no workload', 'name: x\nsweep: { nodes: 4 }\nworkloads: {}\n', 's.yaml:3: workloads: received {}; accepted: at least one workload'],
    ['unknown workload', minimal.replace('pbft', 'pbtf'), 's.yaml:5: workloads.pbtf: unknown workload (did you mean pbft?); accepted: '],
    [
      'unknown parameter',
      minimal.replace('{}', '{ log_windw: 3 }'),
      's.yaml:5: workloads.pbft.log_windw: unknown key (did you mean log_window?); accepted: the parameters of pbft (',
    ],
    [
      'parameter of a wrong type',
      minimal.replace('{}', '{ log_window: [256, x] }'),
      's.yaml:5: workloads.pbft.log_window[1]: received "x"; accepted: ',
    ],
    [
      'parameter out of range',
      minimal.replace('{}', '[{ log_window: 0 }]'),
      's.yaml:5: workloads.pbft[0].log_window: received 0; accepted: ',
    ],
    [
      'empty parameter axis',
      minimal.replace('{}', '{ log_window: [] }'),
      's.yaml:5: workloads.pbft.log_window: received []; accepted: at least one value',
    ],
    [
      'unknown fault kind',
      minimal.replace('{}', '{ fault: { kind: crsh, ratio: 0 } }'),
      's.yaml:5: workloads.pbft.fault.kind: received "crsh" (did you mean crash?); accepted: one of crash,',
    ],
    [
      'a fault kind that the workload lacks',
      minimal.replace('4\n', '4\n  fault: { kind: selfish, ratio: 0.1 }\n'),
      's.yaml:4: sweep.fault.kind: received "selfish"; accepted: a fault kind that pbft has: crash,',
    ],
    [
      'ratio and count',
      minimal.replace('{}', '{ fault: { kind: crash, ratio: 0, count: 1 } }'),
      's.yaml:5: workloads.pbft.fault: received {"kind":"crash","ratio":[0],"count":[1]',
    ],
    [
      'a ratio of 1',
      minimal.replace('{}', '{ fault: [{ kind: crash, ratio: [0, 1] }] }'),
      's.yaml:5: workloads.pbft.fault[0].ratio[1]: received 1; accepted: a share from 0 to below 1',
    ],
    [
      'a ratio that is no short decimal',
      minimal.replace('{}', '{ fault: { kind: crash, ratio: 0.33333333333 } }'),
      'accepted: a share from 0 to below 1 with at most 6 decimal places',
    ],
    [
      'a count that no node survives',
      minimal.replace('{}', '{ fault: { kind: crash, count: [f, 4] } }'),
      's.yaml:5: workloads.pbft.fault.count[1]: received 4; accepted: fewer faulty nodes than nodes (4)',
    ],
    [
      'a count in words',
      minimal.replace('{}', '{ fault: { kind: crash, count: f+2 } }'),
      'received "f+2" (did you mean f+1?); accepted: an integer from 0 to 100000, f, or f+1',
    ],
    ['delay without delay_ms', minimal.replace('{}', '{ fault: { kind: delay, count: 1 } }'), 'accepted: kind delay with delay_ms'],
    [
      'until before from',
      minimal.replace('{}', '{ fault: { kind: crash, count: 1, from_s: 2, until_s: 1 } }'),
      'fault.until_s: received 1; accepted: an end after from_s',
    ],
    [
      'unknown network',
      `${minimal}network: moon\n`,
      's.yaml:6: network: received "moon"; accepted: a name (wan-5-regions, aws-2022, azure-2025, ibm-2024, lan, p2p-2015, p2p-2019) or an object with kind: one of',
    ],
    [
      'unknown network kind',
      `${minimal}network: [{ kind: fixe }]\n`,
      's.yaml:6: network[0].kind: received "fixe" (did you mean fixed?); accepted: one of wan-5-regions, fixed, normal, matrix',
    ],
    [
      'a key that the network kind lacks',
      `${minimal}network: { kind: fixed, delay_ms: 1, loss: 0.1 }\n`,
      's.yaml:6: network.loss: unknown key; accepted: the keys kind, delay_ms',
    ],
    [
      'a network out of range',
      `${minimal}network: { kind: fixed, delay_ms: -1 }\n`,
      's.yaml:6: network.delay_ms: received -1; accepted: a number from 0 to 600000 (ms)',
    ],
    [
      'unknown node profile',
      `${minimal}node: phone\n`,
      's.yaml:6: node: received "phone"; accepted: free, server, or an object like { cores: 8 }',
    ],
    ['a name that is no folder name', minimal.replace('small', '../x'), 's.yaml:1: name: received "../x"; accepted: a name of letters'],
    ['a list instead of a suite', '- 1\n', 's.yaml:1: received [1]; accepted: a suite: an object with name, sweep and workloads'],
    ['no YAML', 'name: [\n', 's.yaml:2: not YAML: '],
    ['a key twice', `${minimal}name: again\n`, 's.yaml:6: not YAML: Map keys must be unique'],
    ['an empty file', '', 'suite s.yaml: the file is empty; accepted: YAML or JSON'],
    ['a file with comments only', '# nothing\n', 'suite s.yaml: the file is empty; accepted: YAML or JSON'],
  ];
  test.each(cases)('%s', (_name, text, expected) => {
    const message = messageOf(() => parseSuite(text, { name: 's.yaml' }));
    expect(message).toContain(expected);
    expect(message.split('\n')).toHaveLength(1);
  });

  test('more nodes than the workload takes', () => {
    const text = minimal.replace('4\n', '[4, 100000]\n').replace('{}', '{ nodes: [100000, 4] }');
    const message = messageOf(() => parseSuite(text, { name: 's.yaml' }));
    expect(message).toMatch(/^s\.yaml:5: workloads\.pbft\.nodes\[0\]: received 100000; accepted: from \d+ to \d+ nodes, as pbft takes$/);
  });

  test('several mistakes: a line each, in the order of the file', () => {
    const message = messageOf(() =>
      parseSuite('name: x\nsede: 1\nsweep: { nodes: 0 }\nworkloads: { pbft: {} }\nrisk: 2\n', { name: 's.yaml' }),
    );
    expect(message.split('\n').map((line) => line.split(':').slice(0, 2).join(':'))).toEqual(['s.yaml:2', 's.yaml:3', 's.yaml:5']);
  });

  test('a missing file, and a folder', () => {
    expect(messageOf(() => loadSuite(path.join(folder, 'absent.yaml')))).toMatch(/^suite .*absent\.yaml: no such file$/);
    expect(messageOf(() => loadSuite(folder))).toMatch(/: is a folder, not a file$/);
  });

  test('a flag is named instead of the line that it replaces', () => {
    const large = messageOf(() => parseSuite(minimal, { name: 's.yaml', overrides: { nodes: [99999] } }));
    expect(large).toMatch(/^--nodes: received 99999; accepted: from \d+ to \d+ nodes, as pbft takes$/);
    expect(messageOf(() => parseSuite(minimal, { name: 's.yaml', overrides: { workloads: ['raft'] } }))).toBe(
      '--workload: received raft; accepted: a workload of s.yaml (pbft)',
    );
    expect(messageOf(() => parseSuite(minimal, { overrides: { engine: 'chain' } }))).toMatch(
      /^--engine: received chain, which pbft does not run on; accepted: .*messages.*, auto$/,
    );
    expect(messageOf(() => parseSuite(minimal, { overrides: { engine: 'messages', nodes: [500, 20_000] } }))).toMatch(
      /^--nodes: received 20000; accepted: numbers of nodes whose cells the messages engine can finish \(\d+ events expected on messages, budget 200000000\)$/,
    );
  });

  test.each(['pow', 'pos-praos'])('%s of a size that messages cannot finish is refused there, and by no other engine or load', (id) => {
    const suite = (load = ''): string =>
      `name: large\ndecisions: 1000\nsweep: { nodes: [1000, 100000] }\nworkloads: { ${id}: {} }\n${load}`;
    // 1 000 blocks at 100 000 nodes: at each a request, a body, a check, a choice and seven announcements, 1.1 * 10^9 in all.
    expect(messageOf(() => parseSuite(suite(), { overrides: { engine: 'messages' } }))).toMatch(
      /: received 100000; accepted: numbers of nodes whose cells the messages engine can finish \(1\d{9} events expected on messages, budget 200000000\)$/,
    );
    expect(parseSuite(suite()).sweep.nodes).toEqual([1000, 100_000]);
    expect(parseSuite(suite('load: { kind: open, rate_tps: 10 }\n')).sweep.nodes).toEqual([1000, 100_000]);
  });
});

describe('matrix networks come from a file beside the suite', () => {
  const suite = (network: string): string => `${minimal}network: ${network}\n`;
  const matrix = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text);
    return suite(`{ kind: matrix, file: ${name} }`);
  };
  test('read, with its origin, and inlined', () => {
    const text = matrix('two sites.yaml', 'origin: measured in May 2024\none_way_ms: [[0.5, 40], [41, 0.5]]\n');
    expect(parseSuite(text, { folder }).network).toEqual([
      {
        kind: 'matrix',
        name: 'two-sites',
        origin: 'measured in May 2024',
        one_way_ms: [
          [0.5, 40],
          [41, 0.5],
        ],
        jitter: 1,
        bandwidth_mbps: 1000,
        loss: 0,
        rto_ms: 200,
      },
    ]);
  });
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['not square', 'origin: x\none_way_ms: [[1, 2], [3]]\n', /bad\.yaml: row 2: received \[3\]; accepted: 2 numbers, one a region/],
    [
      'out of range',
      'origin: x\none_way_ms: [[10001]]\n',
      /bad\.yaml: from 0 to 0: received 10001; accepted: a number from 0 to 10000 \(ms\)/,
    ],
    ['no rows', 'origin: x\none_way_ms: []\n', /bad\.yaml: regions: received 0; accepted: a square matrix of 1 to 1000 regions/],
    ['without an origin', 'one_way_ms: [[1]]\n', /bad\.yaml:1: origin: received nothing; accepted: where the data comes from/],
    [
      'unknown key',
      'origin: x\none_way_ms: [[1]]\nunit: ms\n',
      /bad\.yaml:3: unit: unknown key; accepted: the keys name, origin, one_way_ms, jitter/,
    ],
    // As CSV: a million numbers take ten seconds to read as YAML.
    [
      '1001 regions',
      `origin: x\none_way_ms: |\n${`  ${Array(1001).fill(1).join()}\n`.repeat(1001)}`,
      /bad\.yaml: regions: received 1001; accepted: a square matrix of 1 to 1000 regions/,
    ],
  ];
  test.each(cases)('%s', (_name, text, expected) => {
    expect(messageOf(() => parseSuite(matrix('bad.yaml', text), { folder }))).toMatch(expected);
  });
  test('a file that is missing, and neither file nor data', () => {
    expect(messageOf(() => parseSuite(suite('{ kind: matrix, file: none.yaml }'), { folder }))).toMatch(
      /^suite:6: network\.file: matrix file .*none\.yaml: no such file; accepted: /,
    );
    expect(messageOf(() => parseSuite(suite('{ kind: matrix }')))).toContain('accepted: exactly one of file and one_way_ms');
  });
});

test('a suite from data names what is wrong without a line', () => {
  expect(messageOf(() => suiteOf({ name: 'x', sweep: { nodes: [0] }, workloads: { pbft: {} } }))).toBe(
    'suite: sweep.nodes[0]: received 0; accepted: an integer from 1 to 100000, or a range like 4..64, 4..64:+4 (steps of 4) or 4..64:x2 (doubling)',
  );
});

describe('transactions: { signed: true }', () => {
  const suite = (transactions: string, entry = '{}'): string =>
    `name: x\ntransactions: ${transactions}\nsweep: { nodes: 4 }\nworkloads:\n  pbft: ${entry}\n`;
  test('goes into the cells, an entry keeps what the suite says of the rest, and suite.yaml loads as the same', () => {
    const all = parseSuite(
      suite('{ bytes: 100, signed: true }', '[{}, { transactions: { per_decision: 7 } }, { transactions: { signed: false } }]'),
    );
    const cells = [...planCells(all)].filter(({ replicate }) => replicate === 1);
    expect(cells.map(({ transactions }) => transactions)).toEqual([
      { bytes: 100, per_decision: 500, signed: true },
      { bytes: 100, per_decision: 7, signed: true },
      { bytes: 100, per_decision: 500, signed: false },
    ]);
    expect(suiteYaml(all)).toContain('signed: true');
    expect(parseSuite(suiteYaml(all))).toEqual(all);
  });
  test.each([
    [suite('{ bytes: 67, signed: true }'), 's.yaml:2: transactions.bytes: received 67'],
    [suite('{ bytes: 67 }', '{ transactions: { signed: true } }'), 's.yaml:5: workloads.pbft.transactions.bytes: received 67'],
  ])('a transaction too small for a signature is refused: %s', (text, start) => {
    const accepted = "; accepted: at least 68 bytes where transactions are signed: the client's number and its signature are in them";
    expect(() => parseSuite(text, { name: 's.yaml' })).toThrow(start + accepted);
  });
  test('68 bytes are enough', () => {
    expect(() => parseSuite(suite('{ bytes: 68, signed: true }'))).not.toThrow();
  });
  test('what is neither true nor false is refused', () => {
    expect(() => parseSuite(suite('{ signed: maybe }'), { name: 's.yaml' })).toThrow(
      /^s\.yaml:2: transactions\.signed: received "maybe"; accepted: true or false/,
    );
  });
});
