// Networks with a name: what was published, halved; and what a suite may ask of them.
import { describe, expect, test } from 'vitest';
import type { NetworkSpec } from '../../harness/model/cell.ts';
import { parseSuite, suiteYaml } from '../../harness/suite/load.ts';
import { PRESETS, PRESET_NAMES } from '../../harness/suite/network-presets.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { refusalOf } from './refusal.ts';

type Matrix = Extract<NetworkSpec, { kind: 'matrix' }>;
const suite = (network: string, more = ''): string =>
  `name: x\nreplicates: 1\nsweep: { nodes: 4 }\nnetwork: ${network}\n${more}workloads: { pbft: {} }\n`;
const networkOf = (text: string): Matrix => parseSuite(suite(text)).network[0] as Matrix;

describe.each(PRESET_NAMES)('%s', (name) => {
  const { regions, rtt_ms, origin } = PRESETS[name];
  test('has one published number from each region to each, and its source and year', () => {
    expect(new Set(regions).size).toBe(regions.length);
    expect(rtt_ms).toHaveLength(regions.length);
    for (const row of rtt_ms) expect(row).toHaveLength(regions.length);
    expect(origin).toMatch(/ 20\d\d/);
    expect(origin).toMatch(/github\.com\//);
  });
  test('both directions were measured alike: a slip of the pen in one would show', () => {
    rtt_ms.forEach((row, from) => {
      row.forEach((there, to) => {
        const back = rtt_ms[to]![from]!;
        // Asymmetric routes of CloudPing's: up to 12% and 20 ms apart.
        if (there !== null) expect(Math.abs(there - back), `${regions[from]} ${regions[to]}`).toBeLessThan(Math.max(5, 0.12 * there));
      });
    });
  });
  test('is a matrix with its name, regions and origin; suite.yaml says the same suite', () => {
    const network = networkOf(name);
    expect(network).toMatchObject({ kind: 'matrix', name, origin, regions, jitter: 1 });
    if (!name.startsWith('p2p')) expect(network).toMatchObject({ bandwidth_mbps: 1000 });
    const parsed = parseSuite(suite(name));
    expect(parseSuite(suiteYaml(parsed))).toEqual(parsed);
    expect(networkOf(`{ kind: ${name} }`)).toEqual(network);
  });
});

test.each([
  // Half of the mean of both directions, as published.
  ['aws-2022', 'us-east-1', 'eu-west-1', (68.19 + 68.03) / 4],
  ['aws-2022', 'ap-northeast-1', 'sa-east-1', (257.76 + 257.85) / 4],
  ['aws-2022', 'eu-central-1', 'eu-central-1', 3.16 / 2],
  ['azure-2025', 'westeurope', 'northeurope', (18 + 19) / 4],
  ['azure-2025', 'japaneast', 'brazilsouth', (271 + 271) / 4],
  ['azure-2025', 'eastus', 'eastus', 0.5],
  ['ibm-2024', 'us-south', 'eu-de', (123 + 123) / 4],
  ['ibm-2024', 'jp-osa', 'jp-tok', 9 / 2],
  ['lan', 'site', 'site', 0.05],
  ['p2p-2015', 'europe', 'north-america', 119],
  ['p2p-2019', 'japan', 'australia', 126],
  ['p2p-2019', 'europe', 'europe', 11],
] as const)('%s: %s to %s', (name, from, to, delay_ms) => {
  const { one_way_ms, regions } = networkOf(name);
  expect(one_way_ms[regions!.indexOf(from)]![regions!.indexOf(to)]).toBeCloseTo(delay_ms, 2);
});

test('peers of a public chain have the links of their regions, unless others are asked for', () => {
  expect(networkOf('p2p-2019')).toMatchObject({
    bandwidth_mbps: { regions: [19.2, 20.7, 5.8, 15.7, 10.2, 11.3] },
    downlink_mbps: { regions: [52, 40, 18, 22.8, 22.8, 29.9] },
  });
  expect(networkOf('{ kind: p2p-2015, regions: [japan, europe] }')).toMatchObject({
    bandwidth_mbps: { regions: [3.4, 8.1] },
    downlink_mbps: { regions: [17.5, 24] },
  });
  const own = networkOf('{ kind: p2p-2015, bandwidth_mbps: 100 }');
  expect(own).toMatchObject({ bandwidth_mbps: 100 });
  expect(own).not.toHaveProperty('downlink_mbps');
});

test('some regions of a preset, in the order that is asked for, with links of one’s own', () => {
  const all = networkOf('aws-2022');
  const some = networkOf('{ kind: aws-2022, regions: [eu-west-1, us-east-1], bandwidth_mbps: 100, jitter: 0 }');
  const at = ['eu-west-1', 'us-east-1'].map((region) => all.regions!.indexOf(region));
  expect(some).toMatchObject({ regions: ['eu-west-1', 'us-east-1'], jitter: 0, bandwidth_mbps: 100 });
  expect(some.one_way_ms).toEqual(at.map((from) => at.map((to) => all.one_way_ms[from]![to])));
  expect(networkOf('{ kind: ibm-2024, regions: [eu-de], intra_region_ms: 0.2 }').one_way_ms).toEqual([[0.2]]);
});

test('nodes are placed by its names', () => {
  const [cell] = [...planCells(parseSuite(suite('azure-2025', 'placement: { regions: { westeurope: 3, eastus: 1 } }\n')))];
  expect(cell!.placement).toEqual([1, 0, 0, 0, 0, 0, 3]);
});

test.each([
  ['aws-2023', /^s\.yaml:4: network: received "aws-2023" \(did you mean aws-2022\?\); accepted: a name \(wan-5-regions, aws-2022, azure-2025, ibm-2024, lan, p2p-2015, p2p-2019\) or an object/],
  ['{ kind: azure }', /^s\.yaml:4: network\.kind: received "azure".*; accepted: one of wan-5-regions, fixed, normal, matrix, aws-2022, azure-2025, ibm-2024, lan, p2p-2015, p2p-2019$/],
  ['{ kind: aws-2022, regions: [us-east-1, eu-west-9] }', /^s\.yaml:4: network\.regions\[1\]: received "eu-west-9" \(did you mean eu-west-1\?\); accepted: different regions of aws-2022: af-south-1, /],
  ['{ kind: aws-2022, regions: [us-east-1, us-east-1] }', /^s\.yaml:4: network\.regions\[1\]: received "us-east-1".*accepted: different regions of aws-2022/],
  ['{ kind: lan, regions: [] }', /^s\.yaml:4: network\.regions: received \[\]; accepted: different regions of lan: site$/],
  ['{ kind: lan, delay_ms: 1 }', /^s\.yaml:4: network\.delay_ms: unknown key/],
])('%s is refused in one line', (network, message) => {
  const text = refusalOf(suite(network));
  expect(text).toMatch(message);
  expect(text).not.toContain('\n');
}); // prettier-ignore
