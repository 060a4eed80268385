// Links that differ from node to node: what a suite may write, what each node gets, and engines that agree on it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createKernels } from '../../harness/kernels/index.ts';
import type { Bandwidth, LinkSpec, NetworkSpec } from '../../harness/model/cell.ts';
import { networkLabel } from '../../harness/record/make.ts';
import { linked } from '../../harness/simulate/core/bandwidth.ts';
import { buildNetwork, downlink_ns, placed, slowestUpload_ns, upload_ns } from '../../harness/simulate/core/network.ts';
import { parseSuite, suiteYaml } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import pbft from '../../workloads/pbft/index.ts';
import pow from '../../workloads/pow.ts';
import praos from '../../workloads/pos-praos.ts';
import { WAN, simulate } from '../cells.ts';
import { refusalOf } from './refusal.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'bandwidth-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wan = (more: Partial<LinkSpec>): NetworkSpec => ({ ...WAN, ...more }) as NetworkSpec;
/** Mbit/s of each node, from how long 1 Mbit takes. */
function linksOf(spec: NetworkSpec, nodes: number, { seed = 1, placement }: { seed?: number; placement?: readonly number[] } = {}) {
  const network = linked(placed(buildNetwork(spec), placement, nodes), spec, { seed, nodes });
  const mbps = (ns: number): number => Number((1e9 / ns).toPrecision(6));
  const each = Array.from({ length: nodes }, (_, node) => node);
  return {
    up: each.map((node) => mbps(upload_ns(network, 125_000, node))),
    down: each.map((node) => mbps(downlink_ns(network, 125_000, node))),
    network,
  };
}

describe('what each node gets', () => {
  test('of a list in turn; of regions by where it is placed', () => {
    expect(linksOf(wan({ bandwidth_mbps: [10, 100, 1000] }), 7).up).toEqual([10, 100, 1000, 10, 100, 1000, 10]);
    const regions = wan({ bandwidth_mbps: { regions: [10, 20, 30, 40, 50] } });
    expect(linksOf(regions, 7).up).toEqual([10, 20, 30, 40, 50, 10, 20]);
    expect(linksOf(regions, 4, { placement: [1, 0, 3] }).up).toEqual([10, 30, 30, 30]);
  });
  test('a downlink is as wide as the uplink unless it is said', () => {
    expect(linksOf(wan({ bandwidth_mbps: [10, 20] }), 3).down).toEqual([10, 20, 10]);
    expect(linksOf(wan({ bandwidth_mbps: [10, 20], downlink_mbps: 500 }), 3)).toMatchObject({ up: [10, 20, 10], down: [500, 500, 500] });
    expect(linksOf(wan({ downlink_mbps: [10, 20] }), 3)).toMatchObject({ up: [1000, 1000, 1000], down: [10, 20, 10] });
  });
  test('who is no node has the usual 1000 Mbit/s; one number stays the network’s', () => {
    const { network } = linksOf(wan({ bandwidth_mbps: [10, 20] }), 3);
    expect([upload_ns(network, 125_000, 3), downlink_ns(network, 125_000, 3)]).toEqual([1e6, 1e6]);
    expect(slowestUpload_ns(network, 125_000)).toBe(1e8);
    const plain = buildNetwork(wan({ bandwidth_mbps: 10 }));
    expect(linked(plain, wan({ bandwidth_mbps: 10 }), { seed: 1, nodes: 3 })).toBe(plain);
  });
});

describe('drawn links', () => {
  const NODES = 20_000;
  const drawn = (bandwidth_mbps: Bandwidth): number[] => linksOf(wan({ bandwidth_mbps }), NODES).up;
  const share = (values: readonly number[], below: number): number => values.filter((value) => value < below).length / values.length;
  /** Four standard deviations of a share of one half. */
  const near = 4 * Math.sqrt(0.25 / NODES);

  test('uniform: a quarter below the first quarter', () => {
    const values = drawn({ kind: 'uniform', min_mbps: 100, max_mbps: 500 });
    expect(Math.min(...values)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...values)).toBeLessThanOrEqual(500);
    for (const at of [0.25, 0.5, 0.75]) expect(Math.abs(share(values, 100 + 400 * at) - at)).toBeLessThan(near);
  });
  test('log-normal: half below the median, 84% below e^sigma times that', () => {
    const values = drawn({ kind: 'lognormal', median_mbps: 100, sigma: 0.5 });
    expect(Math.abs(share(values, 100) - 0.5)).toBeLessThan(near);
    expect(Math.abs(share(values, 100 * Math.exp(0.5)) - 0.84134)).toBeLessThan(near + 1 / 1024);
    expect(Math.abs(share(values, 100 * Math.exp(-1)) - 0.02275)).toBeLessThan(near);
    expect(drawn({ kind: 'lognormal', median_mbps: 100, sigma: 0 }).every((value) => value === 100)).toBe(true);
  });
  test('quantiles: a third between each two of four', () => {
    const values = drawn({ kind: 'quantiles', mbps: [10, 50, 100, 1000] });
    for (const [below, at] of [[50, 1 / 3], [100, 2 / 3], [550, 5 / 6]] as const) expect(Math.abs(share(values, below) - at)).toBeLessThan(near); // prettier-ignore
  });
  test('are the node’s, whatever the others; another seed draws others; both directions have one draw', () => {
    const spec = wan({
      bandwidth_mbps: { kind: 'uniform', min_mbps: 100, max_mbps: 500 },
      downlink_mbps: { kind: 'uniform', min_mbps: 200, max_mbps: 1000 },
    });
    const seven = linksOf(spec, 7);
    expect(linksOf(spec, 4).up).toEqual(seven.up.slice(0, 4));
    expect(linksOf(spec, 7, { seed: 2 }).up).not.toEqual(seven.up);
    seven.up.forEach((value, node) => expect(seven.down[node]! / value).toBeCloseTo(2, 3));
  });
});

describe('engines use the sender’s own uplink and agree', () => {
  const uneven: Partial<LinkSpec>[] = [
    { bandwidth_mbps: [20, 1000, 3] },
    { bandwidth_mbps: { regions: [5, 1000, 200, 20, 50] }, loss: 0.05 },
    { bandwidth_mbps: { kind: 'lognormal', median_mbps: 20, sigma: 1.5 } },
  ];
  test.each(uneven)('waves and messages: %o', (link) => {
    for (const backend of ['reference', 'wasm'] as const)
      for (const fault of [
        { kind: 'crash', count: 1 },
        { kind: 'silent-leader', count: 1 },
      ] as const) {
        const options = { nodes: 13, decisions: 5, network: wan(link), fault, parameters: { view_change_timeout_ms: 60_000 } };
        const kernels = createKernels(backend);
        const waves = simulate(pbft, options, { engine: 'waves', kernels }).outcome;
        const messages = simulate(pbft, options, { engine: 'messages', kernels }).outcome;
        expect(messages.state).toBe('done');
        expect(waves).toEqual({ ...messages, events: waves.events });
      }
  });
  test.each([pow, praos])('chain and messages: $id', (workload) => {
    for (const link of uneven) {
      const options = { nodes: 20, decisions: 5, network: wan(link) };
      const chain = simulate(workload, options, { engine: 'chain' }).outcome;
      const messages = simulate(workload, options, { engine: 'messages' }).outcome;
      expect(chain).toEqual({ ...messages, events: chain.events });
    }
  });
  test('a slow primary is slow: its batch to three backups takes three uploads longer', () => {
    const latency_ms = (bandwidth_mbps: Bandwidth): number => {
      const spec = wan({ bandwidth_mbps });
      return (
        simulate(pbft, { nodes: 4, decisions: 1, network: spec, parameters: { view_change_timeout_ms: 60_000 } }).outcome.latencies_us[0]! /
        1000
      );
    };
    // 125 kB of transactions at 10 Mbit/s are 100 ms and some for headers; a backup's quorum waits for two of three of them.
    const slower_ms = latency_ms([10, 1000, 1000, 1000]) - latency_ms(1000);
    expect(slower_ms).toBeGreaterThan(150);
    expect(slower_ms).toBeLessThan(320);
    // A slow backup keeps nobody from a quorum of three.
    expect(latency_ms([1000, 1000, 1000, 10]) - latency_ms(1000)).toBeLessThan(50);
  });
});

describe('suites', () => {
  const suite = (bandwidth: string, network = 'wan-5-regions'): string =>
    `name: x\nreplicates: 1\nsweep: { nodes: 4 }\nnetwork: { kind: ${network}, bandwidth_mbps: ${bandwidth} }\nworkloads: { pbft: {} }\n`;
  const specOf = (bandwidth: string, network?: string): Bandwidth => {
    const parsed = parseSuite(suite(bandwidth, network), { folder });
    expect(parseSuite(suiteYaml(parsed))).toEqual(parsed);
    return (parsed.network[0] as LinkSpec).bandwidth_mbps;
  };
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text);
    return `{ file: ${name} }`;
  };

  test.each([
    ['100', 100],
    ['[100, 1000]', [100, 1000]],
    ['[100, 100]', 100],
    ['{ regions: [1, 2, 3, 4, 5] }', { regions: [1, 2, 3, 4, 5] }],
    ['{ regions: { jp-tok: 50, us-east: 200 } }', { regions: [200, 1000, 50, 1000, 1000] }],
    ['{ regions: { us-east: 1000 } }', 1000],
    ['{ kind: lognormal, median_mbps: 100, sigma: 1 }', { kind: 'lognormal', median_mbps: 100, sigma: 1 }],
    ['{ kind: uniform, min_mbps: 10, max_mbps: 20 }', { kind: 'uniform', min_mbps: 10, max_mbps: 20 }],
    ['{ kind: quantiles, mbps: [10, 20, 50] }', { kind: 'quantiles', mbps: [10, 20, 50] }],
  ])('%s', (text, expected) => {
    expect(specOf(text)).toEqual(expected);
  });
  test('by region of a preset, and from files: by node in order, or by the names of regions', () => {
    expect(specOf('{ regions: { eu-west-1: 10 } }', 'aws-2022, regions: [us-east-1, eu-west-1]')).toEqual({ regions: [1000, 10] });
    expect(specOf(file('a.csv', 'mbps\n10\n20\n30\n'))).toEqual([10, 20, 30]);
    expect(specOf(file('b.csv', 'node,mbps\nalice,10\nbob,20\n'))).toEqual([10, 20]);
    expect(specOf(file('c.json', '{"us-east":10,"au-syd":20}'))).toEqual({ regions: [10, 1000, 1000, 1000, 20] });
  });
  test('the plain number is the same cell, with or without words; others have ids and labels of their own', () => {
    const cellOf = (text: string) => [...planCells(parseSuite(suite(text)))][0]!;
    const plain = [...planCells(parseSuite('name: x\nreplicates: 1\nsweep: { nodes: 4 }\nworkloads: { pbft: {} }\n'))][0]!;
    for (const text of ['1000', '[1000]', '{ regions: [1000, 1000, 1000, 1000, 1000] }']) expect(cellOf(text)).toEqual(plain);
    const texts = [
      '[100, 1000]',
      '[1000, 100]',
      '{ regions: [1, 2, 3, 4, 5] }',
      '[1, 2, 3, 4, 5]',
      '{ kind: uniform, min_mbps: 1, max_mbps: 2 }',
      '{ kind: quantiles, mbps: [1, 2] }',
      '{ kind: lognormal, median_mbps: 1, sigma: 2 }',
      '1000, downlink_mbps: 5',
      '1000, downlink_mbps: [5, 6]',
    ];
    const cells = texts.map(cellOf);
    expect(new Set([plain, ...cells].map(({ id }) => id)).size).toBe(texts.length + 1);
    expect(cells.map(({ network }) => networkLabel(network))).toEqual([
      'wan-5-regions bandwidth_mbps=100|1000',
      'wan-5-regions bandwidth_mbps=1000|100',
      'wan-5-regions bandwidth_mbps=regions(1|2|3|4|5)',
      'wan-5-regions bandwidth_mbps=1|2|3|4|5',
      'wan-5-regions bandwidth_mbps=uniform(1..2)',
      'wan-5-regions bandwidth_mbps=quantiles(1|2)',
      'wan-5-regions bandwidth_mbps=lognormal(1,2)',
      'wan-5-regions downlink_mbps=5',
      'wan-5-regions downlink_mbps=5|6',
    ]);
    const long = (last: number) => networkLabel(wan({ bandwidth_mbps: [...new Array<number>(40).fill(1), last] }));
    expect(long(2)).toMatch(/^wan-5-regions bandwidth_mbps=41 numbers #[0-9a-f]{8}$/);
    expect(long(3)).not.toBe(long(2));
  });

  const at = 's.yaml:4: network.bandwidth_mbps';
  test.each([
    ['0', `${at}: received 0; accepted: a number from 0.001 to 1000000 (Mbit/s)`],
    [
      'fast',
      `${at}: received "fast"; accepted: a number from 0.001 to 1000000 (Mbit/s), a list of them that nodes take in turn, { regions: … }`,
    ],
    ['[]', `${at}: received []; accepted: a number from 0.001`],
    ['[100, -1]', `${at}[1]: received -1; accepted: a number from 0.001 to 1000000 (Mbit/s)`],
    ['{ regions: [1, 2] }', `${at}.regions: received [1,2]; accepted: 5 numbers, one for each region of the network`],
    [
      '{ regions: { us-eas: 5 } }',
      `${at}.regions.us-eas: unknown key (did you mean us-east?); accepted: names of its regions: us-east, eu-de`,
    ],
    ['{ kind: pareto }', `${at}.kind: received "pareto"; accepted: `],
    ['{ kind: uniform, min_mbps: 5, max_mbps: 1 }', `${at}.min_mbps: received 5; accepted: at most max_mbps, 1`],
    ['{ kind: quantiles, mbps: [5, 1] }', `${at}.mbps: received [5,1]; accepted: ascending numbers`],
    ['{ kind: lognormal, median_mbps: 5 }', `${at}.sigma: received nothing; accepted: a number from 0 to 10`],
    ['{ file: none.csv }', `${at}.file: `],
    [file('zero.csv', '0\n1\n'), `${at}.file: received 0 in zero.csv; accepted: numbers from 0.001 to 1000000 (Mbit/s)`],
  ])('%s is refused in one line', (text, message) => {
    const said = refusalOf(suite(text), { folder });
    expect(said.slice(0, message.length)).toBe(message);
    expect(said).not.toContain('\n');
  });
});
