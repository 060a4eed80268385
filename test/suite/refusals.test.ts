// What a suite says wrongly, walked through kind by kind: each refusal once, in this tool's words, and with what to write.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parametersOf, whatToWrite } from '../../harness/suite/accepted.ts';
import { parseSuite, suiteOf } from '../../harness/suite/load.ts';
import { nearest } from '../../harness/suite/near.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { workloads } from '../../harness/workloads.ts';
import { refusalOf } from './refusal.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'refusals-'));
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = (text: string): string => refusalOf(text, { folder });

/** Words of zod's own messages. */
const VALIDATOR = /invalid|expected|too (small|big)|unrecognized|pattern|regex|multiple of|not a finite|nan\b.*received nan/i;
const WRONG = ['[[1]]', '{ a: 1 }', 'null', '-1', '-0.5', '1e300', '.nan', '.inf', '-.inf', "''", 'x', 'true', '[]', '[[]]', '1.5'];
const base = { name: 'name: x', sweep: 'sweep: { nodes: 4 }', workloads: 'workloads: { pbft: {} }' };
const suiteWith = (key: keyof typeof base | 'more', text: string): string => Object.entries({ ...base, [key]: text }).map(([, line]) => `${line}\n`).join(''); // prettier-ignore

describe('issue 33: every refusal says what to write, in this tool’s words, with an example', () => {
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ['a wrong type', ['x', 'true', '3', '1.5']],
    ['a negative number', ['-1', '-0.001']],
    ['a number too large', ['1e300', '9007199254740993']],
    ['no number', ['.nan', '.inf', '-.inf', '[.nan]']],
    ['an empty text', ["''", "['']"]],
    ['a list in a list, or an object', ['[[1, 2]]', '{ a: 1 }', '[{}]', 'null', '[]']],
  ];
  const parameters = [...workloads.values()].flatMap((workload) =>
    parametersOf(workload).map((parameter) => ({ id: workload.id, parameter })),
  );
  test('there are parameters to walk', () => {
    expect(parameters.length).toBeGreaterThan(20);
  });
  test.each(parameters)('$id: $parameter.name', ({ id, parameter }) => {
    let refused = 0;
    for (const [kind, values] of kinds)
      for (const value of values) {
        const message = refusal(suiteWith('workloads', `workloads: { ${id}: { ${parameter.name}: ${value} } }`));
        if (message === '') continue; // the value is one that it takes
        refused += 1;
        expect(message.split('\n'), `${kind} ${value}`).toHaveLength(1);
        expect(message, `${kind} ${value}`).not.toMatch(VALIDATOR);
        expect(message).toMatch(new RegExp(`^s\\.yaml:3: workloads\\.${id}\\.${parameter.name}(\\[0\\]){0,2}: received .*; accepted: `));
        // In range, and against a rule across fields.
        if (
          /of at least checkpoint_interval|fewer than m \+ 2 generals|network_hash_rate_hs|miner: cpu|one weight for each|one for each of|a quarter of a list/.test(
            message,
          )
        )
          continue;
        if (value === '[]') expect(message).toContain('at least one value');
        else expect(message).toContain(`accepted: ${whatToWrite(parameter)}`);
      }
    expect(refused).toBeGreaterThan(5);
  });
  test.each(parameters)('$id: what $parameter.name accepts comes with an example or is a choice', ({ parameter }) => {
    expect(whatToWrite(parameter)).not.toMatch(VALIDATOR);
    expect(whatToWrite(parameter)).toMatch(/^one of |^true or false$|, like |^'/);
  });

  test('texts of the kinds of schemas', () => {
    const accepted = (id: string, name: string): string =>
      whatToWrite(parametersOf(workloads.get(id)!).find((parameter) => parameter.name === name)!);
    expect(accepted('pbft', 'authentication')).toBe('one of signature, mac');
    expect(accepted('pbft', 'checkpoint_interval')).toBe('an integer from 1 to 1000000, like 128');
    expect(accepted('pbft', 'view_change_timeout_ms')).toBe('auto, or a number above 0 and at most 86400000, like 10');
    expect(accepted('pos-praos', 'active_slot_coefficient')).toBe('a number from 0.0001 to below 1, like 0.05');
    expect(accepted('pow', 'hash_shares')).toBe(
      "equal, or one weight a node (digits, at most one point in each, commas between), like '4,2,1,1'",
    );
  });
});

describe('issue 24: no error prints twice', () => {
  test.each([
    [
      'a ratio of -0.1',
      suiteWith('sweep', 'sweep: { nodes: 4, fault: { kind: crash, ratio: -0.1 } }'),
      's.yaml:2: sweep.fault.ratio: received -0.1; accepted: a share from 0 to below 1 with at most 6 decimal places, like 0.25, 33% or 1/3',
    ],
    [
      'a seed above 2^53 - 1',
      suiteWith('more', 'seed: 9007199254740993'),
      's.yaml:4: seed: received 9007199254740992; accepted: an integer from 0 to 9007199254740991',
    ],
    [
      'one fault for two entries',
      suiteWith('sweep', 'sweep: { nodes: 4, fault: { kind: selfish, ratio: 0 } }').replace('{}', '[{}, { decisions: 5 }]'),
      's.yaml:2: sweep.fault.kind: received "selfish"; accepted: a fault kind that pbft has: crash, silent-leader, equivocate, wrong-vote, bad-signature, replay, delay, loss, partition',
    ],
    [
      'one node count for two entries',
      suiteWith('sweep', 'sweep: { nodes: 99999 }').replace('{}', '[{}, { decisions: 5 }]'),
      's.yaml:2: sweep.nodes: received 99999; accepted: from 1 to 20000 nodes, as pbft takes',
    ],
  ])('%s', (_name, text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  const places: readonly (readonly [string, (value: string) => string])[] = [
    ...[
      'name',
      'seed',
      'replicates',
      'decisions',
      'risk',
      'crypto',
      'network',
      'node',
      'transactions',
      'horizon_s',
      'prices',
      'sweep',
      'workloads',
    ].map((key) => [key, (value: string) => suiteWith(key in base ? (key as keyof typeof base) : 'more', `${key}: ${value}`)] as const),
    ...['nodes', 'fault', 'replicates', 'decisions', 'risk', 'crypto', 'network', 'node', 'transactions', 'horizon_s'].map(
      (key) => [`workloads.pbft.${key}`, (value: string) => suiteWith('workloads', `workloads: { pbft: { ${key}: ${value} } }`)] as const,
    ),
    ...['kind', 'ratio', 'count', 'placement', 'from_s', 'until_s', 'delay_ms'].map(
      (key) =>
        [
          `fault.${key}`,
          (value: string) =>
            suiteWith(
              'sweep',
              `sweep: { nodes: 4, fault: { ${key === 'kind' ? '' : 'kind: crash, '}${['ratio', 'count'].includes(key) ? '' : 'count: 1, '}${key}: ${value} } }`,
            ),
        ] as const,
    ),
    ...['kind', 'bandwidth_mbps', 'loss', 'rto_ms'].map(
      (key) =>
        [
          `network.${key}`,
          (value: string) => suiteWith('more', `network: { ${key === 'kind' ? '' : 'kind: wan-5-regions, '}${key}: ${value} }`),
        ] as const,
    ),
    ...['file', 'name', 'origin', 'one_way_ms', 'jitter'].map(
      (key) =>
        [
          `matrix.${key}`,
          (value: string) =>
            suiteWith(
              'more',
              `network: { kind: matrix, ${key === 'one_way_ms' ? '' : 'one_way_ms: [[1]], '}${key === 'origin' ? '' : 'origin: x, '}${key}: ${value} }`,
            ),
        ] as const,
    ),
    ...['mean_ms', 'sd_ms'].map(
      (key) =>
        [
          `normal.${key}`,
          (value: string) => suiteWith('more', `network: { kind: normal, ${key === 'sd_ms' ? 'mean_ms' : 'sd_ms'}: 1, ${key}: ${value} }`),
        ] as const,
    ),
    ['fixed.delay_ms', (value) => suiteWith('more', `network: { kind: fixed, delay_ms: ${value} }`)],
    ...['name', 'profile', 'sign_ns', 'cores'].map(
      (key) => [`node.${key}`, (value: string) => suiteWith('more', `node: { ${key}: ${value} }`)] as const,
    ),
    ...['bytes', 'per_decision'].map(
      (key) => [`transactions.${key}`, (value: string) => suiteWith('more', `transactions: { ${key}: ${value} }`)] as const,
    ),
    ...['usd_per_kwh', 'usd_per_gb'].map(
      (key) => [`prices.${key}`, (value: string) => suiteWith('more', `prices: { ${key}: ${value} }`)] as const,
    ),
    ['sweep.nodes', (value) => suiteWith('sweep', `sweep: { nodes: ${value} }`)],
    ['sweep.fault', (value) => suiteWith('sweep', `sweep: { nodes: 4, fault: ${value} }`)],
  ];
  test.each(places)('bad values of %s: each line once, and no validator text', (_name, text) => {
    let refused = 0;
    for (const value of WRONG)
      for (const given of [value, `[${value}, ${value}]`]) {
        const message = refusal(text(given));
        if (message === '') continue;
        refused += 1;
        const lines = message.split('\n');
        expect(new Set(lines).size, message).toBe(lines.length);
        // One line a place: no second complaint about the same value.
        const found = lines.map((line) => line.split(/: (?:received|unknown)/)[0]);
        expect(new Set(found).size, message).toBe(found.length);
        expect(message).not.toMatch(VALIDATOR);
        for (const line of lines) expect(line).toMatch(/^s\.yaml:\d+: .*accepted: \S/);
      }
    expect(refused).toBeGreaterThan(10);
  });
});

describe('issue 24: did you mean', () => {
  test.each([
    ['a key', suiteWith('more', 'sede: 1'), 'sede: unknown key (did you mean seed?); accepted: the keys name, seed'],
    ['a key inside', suiteWith('sweep', 'sweep: { nodes: 4, faults: 3 }'), 'sweep.faults: unknown key (did you mean fault?)'],
    ['a workload', suiteWith('workloads', 'workloads: { pbtf: {} }'), 'workloads.pbtf: unknown workload (did you mean pbft?); accepted: '],
    [
      'a parameter',
      suiteWith('workloads', 'workloads: { pbft: { log_windw: 3 } }'),
      'log_windw: unknown key (did you mean log_window?); accepted: the parameters of pbft (',
    ],
    [
      'a setting among parameters',
      suiteWith('workloads', 'workloads: { pbft: { decision: 3 } }'),
      'decision: unknown key (did you mean decisions?)',
    ],
    [
      'a choice of a parameter',
      suiteWith('workloads', 'workloads: { pbft: { authentication: sig nature } }'),
      'received "sig nature" (did you mean signature?); accepted: one of signature, mac',
    ],
    ['a fault kind', suiteWith('sweep', 'sweep: { nodes: 4, fault: { kind: crsh, ratio: 0 } }'), 'received "crsh" (did you mean crash?)'],
    ['a network', suiteWith('more', 'network: wan-5-region'), 'received "wan-5-region" (did you mean wan-5-regions?)'],
    ['a network kind', suiteWith('more', 'network: { kind: fixe }'), 'received "fixe" (did you mean fixed?)'],
    ['a node', suiteWith('more', 'node: sever'), 'received "sever" (did you mean server?)'],
    ['a crypto mode', suiteWith('more', 'crypto: [modeled]'), 'received "modeled" (did you mean modelled?)'],
    ['nothing near', suiteWith('workloads', 'workloads: { mencius: {} }'), 'workloads.mencius: unknown workload; accepted: '],
  ])('%s', (_name, text, expected) => {
    expect(refusal(text)).toContain(expected);
  });
  test('--workload', () => {
    const overrides = { workloads: ['pbtf'] };
    expect(() => parseSuite(suiteWith('more', ''), { name: 's.yaml', overrides })).toThrow(
      '--workload: received pbtf (did you mean pbft?); accepted: a workload of s.yaml (pbft)',
    );
  });
  test('letters added, left out, exchanged, swapped; short names are not each other', () => {
    const known = ['pbft', 'pow', 'pos-praos', 'wan-5-regions'];
    expect(['pbtf', 'bft', 'pbbft', 'POW', 'pos-paros', 'wan5regions'].map((name) => nearest(name, known))).toEqual([
      'pbft',
      'pbft',
      'pbft',
      'pow',
      'pos-praos',
      'wan-5-regions',
    ]);
    expect(['raft', 'zab', '', 'x', 'proof'].map((name) => nearest(name, known))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('issue 24: YAML << and x-… keys, which people use for anchors', () => {
  test('are accepted at the top, and merge as YAML says', () => {
    const text = `name: x
x-common: &common { checkpoint_interval: 64, log_window: 128 }
x-faults:
  - &crash { kind: crash, ratio: [0, 0.3] }
sweep:
  nodes: [4]
  fault: *crash
workloads:
  pbft:
    - { <<: *common, log_window: 512 }
    - { <<: [*common, { authentication: mac }] }
`;
    const [first, second] = parseSuite(text).workloads['pbft']!;
    expect(first!.parameters).toMatchObject({ checkpoint_interval: [64], log_window: [512], authentication: ['signature'] });
    expect(second!.parameters).toMatchObject({ checkpoint_interval: [64], log_window: [128], authentication: ['mac'] });
    expect([...planCells(parseSuite(text))].map(({ fault }) => fault.ratio)).toContain(0.3);
  });
  test('a mistake in an anchor is reported at the line that uses it, and x- is no key elsewhere', () => {
    expect(refusal('name: x\nx-a: &a { log_window: 0 }\nsweep: { nodes: 4 }\nworkloads:\n  pbft: { <<: *a }\n')).toMatch(
      /^s\.yaml:5: workloads\.pbft\.log_window: received 0;/,
    );
    expect(refusal(suiteWith('sweep', 'sweep: { nodes: 4, x-note: 1 }'))).toContain('sweep.x-note: unknown key');
  });
});

describe('issue 24: the rule for names said whole', () => {
  const rule = (most: number): string =>
    `a name of letters (a to z, A to Z), digits and - _ . that begins with a letter or digit, at most ${most} characters, like `;
  test.each(['name: größe', 'name: -x', 'name: a b', "name: ''", `name: ${'a'.repeat(65)}`])('%s', (line) => {
    expect(refusal(suiteWith('name', line))).toContain(`accepted: ${rule(64)}my-consortium`);
  });
  test('of nodes and matrices', () => {
    expect(refusal(suiteWith('more', 'node: { name: .x, cores: 2 }'))).toContain(`accepted: ${rule(40)}two-sites`);
    expect(parseSuite(suiteWith('name', `name: ${'a'.repeat(64)}`)).name).toHaveLength(64);
  });
  test('a profile’s name stands for its values', () => {
    expect(refusal(suiteWith('more', 'node: { name: server, sign_ns: 5 }'))).toBe(
      's.yaml:4: node.name: received "server"; accepted: a name of your own, like custom: sign_ns is not that of the profile server',
    );
  });
});

describe('issue 24: a missing matrix file’s error names the suite’s line', () => {
  test('missing, and no YAML', () => {
    writeFileSync(path.join(folder, 'broken.yaml'), 'origin: [\n');
    expect(refusal(suiteWith('more', 'network: { kind: matrix, file: none.yaml }'))).toMatch(
      /^s\.yaml:4: network\.file: matrix file .*none\.yaml: no such file; accepted: a YAML, JSON or CSV file, relative to the folder of the suite$/,
    );
    expect(refusal(suiteWith('more', 'network: [wan-5-regions, { kind: matrix, file: broken.yaml }]'))).toMatch(
      /^s\.yaml:4: network\[1\]\.file: .*broken\.yaml:2: not YAML/,
    );
  });
});

describe('issue 32: a workload declares rules across fields with its parameters, given n; they are said before anything runs', () => {
  const pow = (parameters: string, nodes = '4'): string => `name: x\nsweep:\n  nodes: ${nodes}\nworkloads:\n  pow:\n    ${parameters}\n`;
  const praos = (parameters: string): string => pow(parameters).replace('pow', 'pos-praos');
  const pbft = (parameters: string): string => pow(parameters).replace('pow', 'pbft');
  const coinAge = (parameters: string, nodes?: string): string => pow(`{ ${parameters} }`, nodes).replace('pow', 'pos-coin-age');
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'a share list of the wrong length',
      pow("hash_shares: '1,1'"),
      `s.yaml:6: workloads.pow.hash_shares: received "1,1"; accepted: equal, or one weight for each of 4 nodes, like 4,2,1,1 (received 2)`,
    ],
    [
      '… at one of several n',
      pow("hash_shares: [equal, '4,2,1,1']", '[4, 7]'),
      `s.yaml:6: workloads.pow.hash_shares[1]: received "4,2,1,1"; accepted: equal, or one weight for each of 7 nodes, like 4,2,1,1,1,1,1 (received 4)`,
    ],
    [
      '… of stakes',
      praos("stakes: '1,1'"),
      `s.yaml:6: workloads.pos-praos.stakes: received "1,1"; accepted: equal, or one weight for each of 4 nodes, like 4,2,1,1 (received 2)`,
    ],
    [
      'outputs of less than one coin',
      coinAge('coins: 1000, outputs: 1001'),
      's.yaml:6: workloads.pos-coin-age.outputs: received 1001; accepted: at most 1000, so that each has 1 PPC or more',
    ],
    [
      '… of one holder',
      coinAge("coins: 1000, outputs: 10, stakes: '4000,1,0,0'"),
      's.yaml:6: workloads.pos-coin-age.coins: received 1000; accepted: at least 4001, so that everybody who holds any has 1 PPC or more',
    ],
    [
      '… of an adversary',
      coinAge('coins: 1000, outputs: 10, fault: { kind: double-spend, ratio: 0.0001 }'),
      's.yaml:6: workloads.pos-coin-age.coins: received 1000; accepted: at least 10000, so that everybody who holds any has 1 PPC or more',
    ],
    [
      'nobody whom saved-up age could be compared with',
      coinAge('idle_days: 90', '1'),
      's.yaml:6: workloads.pos-coin-age.idle_days: received 90; accepted: 0, or another node than the highest-numbered that holds coins',
    ],
    ['exactly one coin each', coinAge('coins: 1000, outputs: 1000'), ''],
    [
      'all zero',
      pow("hash_shares: '0,0,0.0,0'"),
      `s.yaml:6: workloads.pow.hash_shares: received "0,0,0.0,0"; accepted: equal, or weights that are not all 0, like 4,2,1,1`,
    ],
    [
      'weights that are not finite',
      pow(`hash_shares: '${'9'.repeat(400)},1,1,1'`),
      'accepted: equal, or weights whose sum is a finite number, like 4,2,1,1',
    ],
    [
      'log_window below checkpoint_interval',
      pbft('log_window: 127'),
      's.yaml:6: workloads.pbft.log_window: received 127; accepted: an integer of at least checkpoint_interval (128), like 256: the log moves on at checkpoints alone',
    ],
    [
      'a checkpoint_interval above the default log_window',
      pbft('checkpoint_interval: 257'),
      's.yaml:5: workloads.pbft.log_window: received 256 (the default); accepted: an integer of at least checkpoint_interval (257), like 514: the log moves on at checkpoints alone',
    ],
    [
      'reads under a load that cuts batches',
      'name: s\nload: { kind: open, rate_tps: 100 }\nsweep: { nodes: 4 }\nworkloads:\n  pbft: { requests: read-only }',
      's.yaml:5: workloads.pbft.requests: received "read-only"; accepted: read-write beside a load that is not closed: who asks a single thing cuts no batch',
    ],
  ];
  test.each(cases)('%s', (_name, text, expected) => {
    const message = refusal(text);
    expect(message).toContain(expected);
    expect(message.split('\n')).toHaveLength(1);
  });
  test('log_window equal to checkpoint_interval is enough', () => {
    expect(refusal(pbft('{ log_window: 4, checkpoint_interval: 4 }'))).toBe('');
  });
  test('rules of each combination: a value that fits with one and not with another is said once', () => {
    const message = refusal(pbft('{ log_window: [64, 256], checkpoint_interval: [32, 128, 512] }'));
    expect(message.split('\n')).toHaveLength(2);
    expect(message).toContain('log_window[0]: received 64; accepted: an integer of at least checkpoint_interval (128)');
    expect(message).toContain('log_window[1]: received 256; accepted: an integer of at least checkpoint_interval (512)');
  });
  test('a suite from data too', () => {
    expect(() => suiteOf({ name: 'x', sweep: { nodes: 3 }, workloads: { pow: { hash_shares: '1,1' } } })).toThrow(
      'suite: workloads.pow.hash_shares: received "1,1"',
    );
  });
});

describe('what a reader took for something else', () => {
  const lines = (...more: readonly string[]): string => ['name: x', 'sweep: { nodes: 4 }', ...more, ''].join('\n');
  const POW = 'workloads: { pow: {} }';
  const TAKES = 'crash, partition, delay, eclipse';
  const NAMES = 'different names of the nodes, at most 60 characters each and none of them a control character, like [alice, bob]';
  const KEYS = /unknown key \(it belongs (.*)\); accepted: the keys /;
  test.each<[string, string, string]>([
    [
      'a schedule with selfish',
      lines('workloads: { pow: { fault: { schedule: [{ kind: crash, count: 1 }, { kind: selfish, ratio: 0.3 }] } } }'),
      `s.yaml:3: workloads.pow.fault: received "the schedule crash count=1; selfish ratio=0.3"; accepted: a schedule of ${TAKES}; selfish only by itself`,
    ],
    [
      '… under sweep',
      'name: x\nsweep: { nodes: 4, fault: { schedule: [{ kind: double-spend, ratio: 0.3 }] } }\nworkloads: { pow: {} }\n',
      `s.yaml:2: sweep.fault: received "the schedule double-spend ratio=0.3"; accepted: a schedule of ${TAKES}; double-spend only by itself`,
    ],
    [
      'a relay network beside a fault on links',
      lines('workloads: { pow: { relay: relay-network, fault: { kind: delay, count: 1, delay_ms: 5 } } }'),
      's.yaml:3: workloads.pow.relay: received "relay-network"; accepted: announce, compact, direct beside the fault delay',
    ],
    [
      'names that YAML takes for numbers',
      lines('names: [1, b, c, true]', POW),
      `s.yaml:3: names[0]: received 1; accepted: a text in quotes, like "1": ${NAMES}\ns.yaml:3: names[3]: received true; accepted: a text in quotes, like "true": ${NAMES}`,
    ],
    ['a name with a tab', lines('names: ["a\\tb", b, c, d]', POW), `s.yaml:3: names[0]: received "a\\tb"; accepted: ${NAMES}`],
    [
      'two documents',
      lines(POW, '---', 'name: y'),
      's.yaml:4: another document begins here; accepted: a single suite, without --- between its lines',
    ],
    [
      'an alias of nothing under <<',
      lines('workloads: { pow: { <<: *base } }'),
      's.yaml:3: received *base; accepted: an anchor that stands before it (none does)',
    ],
    [
      'a mistyped alias',
      lines('x-base: &base { block_interval_s: 5 }', 'workloads:', '  pow: *bse'),
      's.yaml:5: received *bse (did you mean base?); accepted: an anchor that stands before it (base)',
    ],
    [
      'an anchor that comes later',
      lines('workloads: { pow: *base }', 'x-base: &base {}'),
      's.yaml:3: received *base; accepted: an anchor that stands before it (none does)',
    ],
    [
      'no object under <<',
      lines('x-list: &list [1]', 'workloads: { pow: { <<: *list } }'),
      's.yaml:3: <<: received 1; accepted: an object whose keys are taken over, like *base',
    ],
    [
      'a threshold',
      lines("workloads: { stellar-scp: { quorum_set: '4(0,1,2)' } }"),
      's.yaml:3: workloads.stellar-scp.quorum_set: received "4(0,1,2)"; accepted: thresholds from 1 to the number of entries, here 3 (received 4), like 3(0,1,2,3), or 2(2(0,1,2),2(3,4,5))',
    ],
    [
      'a node of the second set',
      lines("workloads: { stellar-scp: { quorum_set: '2(0,1,2);2(0,1,9);2(0,1,2);2(0,1,2)' } }"),
      's.yaml:3: workloads.stellar-scp.quorum_set: received "2(0,1,2);2(0,1,9);2(0,1,2);2(0,1,2)"; accepted: nodes from 0 to 3, each once in a set (received 9 in "2(0,1,9)"), like 3(0,1,2,3), or 2(2(0,1,2),2(3,4,5))',
    ],
  ])('%s', (_, text, said) => {
    expect(refusal(text)).toBe(said);
  });
  test('a name that YAML takes for a number', () => {
    expect(refusal(`name: 123\nsweep: { nodes: 4 }\n${POW}\n`)).toMatch(
      /^s\.yaml:1: name: received 123; accepted: a text in quotes, like "123": a name of letters/,
    );
    expect(refusal(`name: "123"\nsweep: { nodes: 4 }\n${POW}\n`)).toBe('');
  });
  test('a key at another place', () => {
    for (const key of ['fault: { kind: crash, count: 1 }', 'nodes: 4'])
      expect(KEYS.exec(refusal(lines(key, POW)))?.[1]).toBe("under sweep, or in a workload's entry");
    expect(KEYS.exec(refusal(lines('pow: {}', POW)))?.[1]).toBe('under workloads');
    expect(KEYS.exec(refusal(`name: x\nsweep: { nodes: 4, load: { kind: closed } }\n${POW}\n`))?.[1]).toBe(
      "at the top of the suite, or in a workload's entry",
    );
  });
  test('anchors and merges that are good stay so', () => {
    expect(
      refusal(
        lines(
          'x-base: &base { block_interval_s: 5 }',
          'x-more: &more { decisions: 3 }',
          'workloads: { pow: { <<: [*base, *more] }, pow-pool: { <<: *more, decisions: 4 } }',
        ),
      ),
    ).toBe('');
  });
});
