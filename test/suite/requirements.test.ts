import { describe, expect, test } from 'vitest';
import { parseSuite, suiteYaml } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { requirementsIn } from '../../harness/suite/requirements.ts';
import { workloads } from '../../harness/workloads.ts';
import { SETTING_KINDS } from '../../harness/model/requirements.ts';
import { refusalOf } from './refusal.ts';

const plain = 'name: x\nsweep: { nodes: 4 }\nworkloads: { pbft: {} }\n';
const asking = (text: string): string => `${plain}requirements: ${text}\n`;
const all =
  '{ throughput_tps: 1000, finality_ms: 2000, byzantine_nodes: 1, crash_nodes: 1, usd_per_1000_tx: 0.01, kwh_per_tx: 1e-6, nodes: 4, settings: [consortium, private] }';

describe('issue 11: the question is in the suite', () => {
  test('every requirement, written out and read again', () => {
    const suite = parseSuite(asking(all));
    expect(suite.requirements).toEqual({
      throughput_tps: 1000,
      finality_ms: 2000,
      byzantine_nodes: 1,
      crash_nodes: 1,
      usd_per_1000_tx: 0.01,
      kwh_per_tx: 1e-6,
      nodes: 4,
      settings: ['consortium', 'private'],
    });
    expect(parseSuite(suiteYaml(suite))).toEqual(suite);
    expect(requirementsIn(suiteYaml(suite), 'suite.yaml')).toEqual(suite.requirements);
  });

  test('one setting stands for a list of one; a suite that asks nothing has no such key', () => {
    expect(parseSuite(asking('{ settings: public }')).requirements).toEqual({ settings: ['public'] });
    expect('requirements' in parseSuite(plain)).toBe(false);
    expect(suiteYaml(parseSuite(plain))).not.toContain('requirements');
    expect(requirementsIn(plain, 'suite.yaml')).toBeUndefined();
  });

  test('no part of ids and seeds', () => {
    expect([...planCells(parseSuite(asking(all)))]).toEqual([...planCells(parseSuite(plain))]);
  });

  test.each([
    ['{}', /^s\.yaml:4: requirements: received \{\}; accepted: an object with at least one requirement, like \{ throughput_tps: 1000/],
    ['fast', /^s\.yaml:4: requirements: received "fast"; accepted: an object with at least one requirement/],
    ['{ throughput: 5 }', /^s\.yaml:4: requirements\.throughput: unknown key.*; accepted: the keys throughput_tps, finality_ms, /],
    ['{ throughput_tps: 0 }', /^s\.yaml:4: requirements\.throughput_tps: received 0; accepted: a number from 0\.000001 to /],
    ['{ finality_ms: soon }', /^s\.yaml:4: requirements\.finality_ms: received "soon"; accepted: a number from 0\.001 to .* \(ms\)$/],
    ['{ byzantine_nodes: f }', /^s\.yaml:4: requirements\.byzantine_nodes: received "f"; accepted: an integer from 0 to 99999$/],
    ['{ crash_nodes: 4, nodes: 4 }', /^s\.yaml:4: requirements\.crash_nodes: received 4; accepted: fewer than requirements\.nodes \(4\)$/],
    ['{ kwh_per_tx: -1 }', /^s\.yaml:4: requirements\.kwh_per_tx: received -1; accepted: a number from 0 to .* \(kWh\)$/],
    ['{ nodes: [4, 7] }', /^s\.yaml:4: requirements\.nodes: received \[4,7\]; accepted: an integer from 1 to 100000$/],
    ['{ settings: open }', /^s\.yaml:4: requirements\.settings: received "open"; accepted: one of public, consortium, private$/],
    ['{ settings: [] }', /^s\.yaml:4: requirements\.settings: received .*; accepted: at least one value/],
  ])('%s', (text, message) => {
    expect(refusalOf(asking(text))).toMatch(message);
  });
});

describe('what no cell of the plan can answer is refused, in one line', () => {
  test('a number of nodes that no workload sweeps', () => {
    expect(refusalOf(asking('{ nodes: 9 }'))).toMatch(
      /^s\.yaml:4: requirements\.nodes: received 9; accepted: a number of nodes that the suite sweeps \(4\)$/,
    );
    const entries = 'name: x\nsweep: { nodes: 4 }\nrequirements: { nodes: 9 }\n';
    expect(parseSuite(`${entries}workloads: { pbft: [{}, { nodes: [7, 9] }], raft: {} }\n`).requirements).toEqual({ nodes: 9 });
    expect(refusalOf(`${entries}workloads: { pbft: [{}, { nodes: [7, 10] }], raft: { nodes: 1 } }\n`)).toMatch(/sweeps \(1, 4, 7, 10\)$/);
  });

  test('more faulty nodes than there are, at whatever number of nodes', () => {
    for (const key of ['crash_nodes', 'byzantine_nodes'])
      expect(refusalOf(asking(`{ ${key}: 99 }`))).toMatch(
        new RegExp(`^s\\.yaml:4: requirements\\.${key}: received 99; accepted: fewer than the most nodes that the suite sweeps \\(4\\)$`),
      );
    expect(parseSuite(asking('{ crash_nodes: 3 }')).requirements).toEqual({ crash_nodes: 3 });
    expect(
      refusalOf('name: x\nsweep: { nodes: 4 }\nworkloads: { pbft: {}, raft: {}, pow: {} }\nrequirements: { crash_nodes: 99, nodes: 4 }\n'),
    ).toMatch(/^[^\n]*fewer than requirements\.nodes \(4\)$/);
  });
});

test('requirements that were changed in the suite.yaml of a run are read from there; a mistake has its line', () => {
  const folder = (text: string): string => `name: x\nseed: 1\nrequirements:\n  ${text}\n\n  nodes: 7\nsweep:\n  nodes: 4\n`;
  expect(requirementsIn(folder('finality_ms: 500 # half a second'), 'suite.yaml')).toEqual({ finality_ms: 500, nodes: 7 });
  expect(() => requirementsIn(folder('finality_ms: none'), 'dir/suite.yaml')).toThrow(
    /^dir\/suite\.yaml:4: requirements\.finality_ms: received "none"; accepted: a number from/,
  );
});

test('every mechanism says who may take part, each setting once', () => {
  for (const { id, settings } of workloads.values()) {
    expect(settings.length, id).toBeGreaterThan(0);
    expect(settings, id).toEqual(SETTING_KINDS.filter((kind) => settings.includes(kind)));
  }
});
