// Networks of up to 1000 regions: delays as a table has them, engines that agree, and files that hold a matrix once.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { NetworkSpec } from '../../harness/model/cell.ts';
import { TABLE_REGIONS } from '../../harness/model/network.ts';
import { readPlan, verifyPlan, writePlan } from '../../harness/folder/plan-file.ts';
import { buildNetwork, delay_us, longestLink_us, meanDelay_us, quantile_us } from '../../harness/simulate/core/network.ts';
import { hopNetwork } from '../../harness/simulate/chain/rules.ts';
import { draw32 } from '../../harness/simulate/core/draws.ts';
import { parseSuite, suiteYaml } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { createKernels } from '../../harness/kernels/index.ts';
import pbft from '../../workloads/pbft/index.ts';
import pow from '../../workloads/pow.ts';
import praos from '../../workloads/pos-praos.ts';
import { LINK, simulate } from '../cells.ts';
import { refusalOf } from './refusal.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'regions-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Matrix = Extract<NetworkSpec, { kind: 'matrix' }>;
/** Points on a ring, the k-th pair off by some: all delays differ, in both directions. */
const delay_ms = (from: number, to: number): number => (from === to ? 0.25 : 1 + Math.abs(from - to) / 8 + ((7 * from + to) % 100) / 1000);
const ring = (regions: number, more: Partial<Matrix> = {}): Matrix => ({
  kind: 'matrix',
  name: 'ring',
  origin: 'made up',
  one_way_ms: Array.from({ length: regions }, (_, from) => Array.from({ length: regions }, (__, to) => delay_ms(from, to))),
  jitter: 1,
  ...LINK,
  ...more,
});

describe('delays of many regions', () => {
  test.each([0, 0.3, 1, 100])('are those of a table, to the bit, with jitter %f', (jitter) => {
    const few = buildNetwork(ring(TABLE_REGIONS, { jitter }));
    const many = buildNetwork(ring(TABLE_REGIONS + 1, { jitter }));
    expect(few.scaled).toBeUndefined();
    expect(many.quantiles_us).toHaveLength(0);
    const wrong: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      const key = { a: i, b: 3 * i + 1 };
      const [from, to] = [draw32(key, 1) % TABLE_REGIONS, draw32(key, 2) % TABLE_REGIONS];
      if (delay_us(many, key, from, to, i) !== delay_us(few, key, from, to, i)) wrong.push(i);
    }
    expect(wrong).toEqual([]);
  });
  test('the longest is the largest quantile of the longest link', () => {
    const network = buildNetwork(ring(200));
    let longest_us = 0;
    for (let pair = 0; pair < 200 * 200; pair++) longest_us = Math.max(longest_us, quantile_us(network, pair, 1023));
    expect(longestLink_us(network)).toBe(longest_us);
  });
  test('their mean is that of a table', () => {
    // All pairs of 65 regions alike: so is any smaller table of them.
    const alike = (regions: number): NetworkSpec =>
      ring(regions, { one_way_ms: Array.from({ length: regions }, () => new Array<number>(regions).fill(40)) });
    expect(meanDelay_us(buildNetwork(alike(TABLE_REGIONS + 1))) / meanDelay_us(buildNetwork(alike(3)))).toBeCloseTo(1, 4);
  });
  test('a hop of a chain takes a microsecond at least', () => {
    const none = ring(TABLE_REGIONS + 1).one_way_ms.map((row) => row.map(() => 0));
    const network = hopNetwork(buildNetwork(ring(TABLE_REGIONS + 1, { one_way_ms: none, jitter: 100 })));
    for (const quantile of [0, 1023]) expect(quantile_us(network, 0, quantile)).toBe(1);
  });
  test('1000 regions take megabytes, not gigabytes', () => {
    const network = buildNetwork(ring(1000));
    expect(network.regions).toBe(1000);
    expect(network.scaled!.base_us.byteLength + network.quantiles_us.byteLength).toBe(4_000_000);
    expect(network.scaled!.base_us[123 * 1000 + 456]).toBe(Math.round(1000 * delay_ms(123, 456)));
  });
});

describe('engines', () => {
  test.each([pow, praos])('chains run on both: $id', (workload) => {
    const options = { nodes: 150, decisions: 3, network: ring(120, { loss: 0.1 }) };
    const chain = simulate(workload, options, { engine: 'chain' }).outcome;
    const messages = simulate(workload, options, { engine: 'messages' }).outcome;
    expect(messages.state).toBe('done');
    expect(chain).toEqual({ ...messages, events: chain.events });
  });
  test.each(['reference', 'wasm'] as const)('waves take up to 64 regions that have nodes, of however many: %s', (backend) => {
    const kernels = createKernels(backend);
    for (const nodes of [40, TABLE_REGIONS]) {
      const options = { nodes, decisions: 1, network: ring(300) };
      const waves = simulate(pbft, options, { engine: 'waves', kernels }).outcome;
      const messages = simulate(pbft, options, { engine: 'messages', kernels }).outcome;
      expect(waves).toEqual({ ...messages, events: waves.events });
    }
  });
  test('nodes in more regions run on messages, which depends on the cell alone', () => {
    const options = { nodes: TABLE_REGIONS + 1, decisions: 1, network: ring(300) };
    expect(simulate(pbft, options).engine).toBe('messages');
    expect(() => simulate(pbft, options, { engine: 'waves' })).toThrow(
      'the waves engine cannot represent this cell: nodes in more than 64 regions; accepted: --engine auto, messages',
    );
  });
});

describe('suites', () => {
  const text = (nodes: string, file: string): string =>
    `name: x\nreplicates: 2\nsweep: { nodes: ${nodes} }\nnetwork: { kind: matrix, file: ${file} }\nworkloads: { pbft: {}, pow: {} }\n`;
  const edges = (regions: number): string => {
    const lines = ['from,to,ms'];
    for (let from = 0; from < regions; from++)
      for (let to = from + 1; to < regions; to++) lines.push(`r${from},r${to},${delay_ms(from, to)}`);
    return lines.join('\n');
  };
  const write = (name: string, content: string): string => {
    if (!existsSync(path.join(folder, name))) writeFileSync(path.join(folder, name), content);
    return name;
  };

  test('1000 regions are read from edges', () => {
    const suite = parseSuite(text('[16, 50]', write('all.csv', edges(1000))), { folder });
    const network = suite.network[0] as Matrix;
    expect(network.regions![999]).toBe('r999');
    expect(network.one_way_ms[999]![0]).toBe(delay_ms(0, 999));
  });
  test('suite.yaml says the same suite, whose matrix it has as CSV', () => {
    const suite = parseSuite(text('16', write('some.csv', edges(100))), { folder });
    const written = suiteYaml(suite);
    expect(written).toContain('one_way_ms: |');
    expect(parseSuite(written)).toEqual(suite);
  });

  test('plan.json has the matrix once, and its cells whole', () => {
    const suite = parseSuite(text('[16, 50]', write('some.csv', edges(100))), { folder });
    const file = path.join(folder, 'plan.json');
    writePlan(file, suite);
    expect(readFileSync(file, 'utf8').split(String(delay_ms(3, 77))).length - 1).toBe(2);
    expect(statSync(file).size).toBeLessThan(200_000);
    const planned = [...planCells(suite)];
    expect(planned).toHaveLength(8);
    expect([...readPlan(file)]).toEqual(planned);
    const seen: unknown[] = [];
    verifyPlan(file, suite, (cell) => seen.push(cell));
    expect(seen).toEqual(planned);
  });

  test('1001 are refused in one line', () => {
    expect(
      refusalOf(text('4', write('more.csv', ['from,to,ms', ...Array.from({ length: 1000 }, (_, i) => `r0,r${i + 1},1`)].join('\n'))), {
        folder,
      }),
    ).toMatch(
      /^s\.yaml:4: network\.file: \S*more\.csv: regions: received 1001; accepted: a square matrix of 1 to 1000 regions, one-way delays from 0 to 10000 ms$/,
    );
  });

  test('waves are refused, and so are cells that messages cannot finish, before anything runs', () => {
    const file = write('some.csv', edges(100));
    const only = (nodes: string): string => text(nodes, file).replace(', pow: {}', '');
    expect(refusalOf(only('64'), { folder, overrides: { engine: 'waves' } })).toBe('');
    expect(refusalOf(only('65'), { folder, overrides: { engine: 'waves' } })).toBe(
      '--engine: received waves, which cannot have nodes in more than 64 regions; accepted: messages, auto',
    );
    expect(refusalOf(only('2000'), { folder })).toMatch(
      /sweep\.nodes: received 2000; accepted: numbers of nodes whose cells the messages engine can/,
    );
    expect(refusalOf(only('2000').replace(/network: .*/, 'network: wan-5-regions'), { folder })).toBe('');
  });
});
