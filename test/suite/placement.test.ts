// Nodes in regions as a suite says: in order or by name; the numbers add up to the nodes of every cell.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { buildNetwork, placed, regionOf } from '../../harness/simulate/core/network.ts';
import { parseSuite, suiteOf, suiteYaml } from '../../harness/suite/load.ts';
import { placementCounts } from '../../harness/suite/placement.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { holds } from '../support/property.ts';

const text = (nodes: string, placement: string, more = ''): string =>
  `name: x\nreplicates: 1\nplacement: ${placement}\nsweep: { nodes: ${nodes} }\n${more}workloads: { pbft: {} }\n`;
const cells = (suite: string): Cell[] => [...planCells(parseSuite(suite))];
function refusal(suite: string, engine?: 'waves'): string {
  try {
    parseSuite(suite, { name: 's.yaml', ...(engine && { overrides: { engine } }) });
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return '';
}
const sites = 'network: { kind: matrix, origin: made up, one_way_ms: { us-east-1: { eu-west-1: 40 } } }\n';

describe('issue 8: a suite places nodes', () => {
  test('in order: 7, 5 and 3 nodes in the first three regions', () => {
    const [cell] = cells(text('15', '{ regions: [7, 5, 3] }'));
    expect(cell!.placement).toEqual([7, 5, 3]);
    const network = placed(buildNetwork(cell!.network), cell!.placement, 15);
    expect(Array.from({ length: 15 }, (_, node) => regionOf(network, node)).join('')).toBe('000000011111222');
  });

  test('by name, in any order, with no nodes where a region is not named: the same cell', () => {
    const [ordered] = cells(text('9', '{ regions: [0, 7, 0, 2] }'));
    expect(ordered!.placement).toEqual([0, 7, 0, 2]);
    for (const regions of ['{ br-sao: 2, eu-de: 7 }', '{ br-sao: 2, eu-de: 7, au-syd: 0 }', '[0, 7, 0, 2, 0]'])
      expect(cells(text('9', `{ regions: ${regions} }`))).toEqual([ordered]);
    expect(cells(text('9', '{ regions: { eu-west-1: 4, us-east-1: 5 } }', sites))[0]!.placement).toEqual([5, 4]);
  });

  test('names are those of each network of a sweep', () => {
    const other = sites.replace('us-east-1: { eu-west-1: 40 }', 'eu-west-1: { us-east-1: 40, x: 1 }, us-east-1: { x: 2 }').slice(9);
    const both = cells(text('4', '{ regions: { us-east-1: 3, eu-west-1: 1 } }', `network: [${sites.slice(9).trim()}, ${other.trim()}]\n`));
    expect(both.map(({ placement }) => placement)).toEqual([
      [3, 1],
      [1, 3],
    ]);
  });

  test('another placement is another cell with chances of its own; round robin, however it is said, is the cell without one', () => {
    const [plain] = cells(text('4', 'round-robin'));
    expect(plain).not.toHaveProperty('placement');
    expect(cells('name: x\nreplicates: 1\nsweep: { nodes: 4 }\nworkloads: { pbft: {} }\n')).toEqual([plain]);
    expect(cells(text('4', '{ regions: [1, 1, 1, 1] }'))).toEqual([plain]);
    const fixed = 'network: { kind: fixed, delay_ms: 1 }\n';
    expect(cells(text('4', '{ regions: [4] }', fixed))).toEqual(cells(text('4', 'round-robin', fixed)));
    const [placedCell] = cells(text('4', '{ regions: [4] }'));
    expect(placedCell!.id).not.toBe(plain!.id);
    expect(placedCell!.seed).not.toBe(plain!.seed);
  });

  test('what counts as round robin places every node as round robin does, and nothing else', () => {
    const network = cells(text('4', 'round-robin'))[0]!.network;
    const built = buildNetwork(network);
    holds(
      fc.property(fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }), (regions) => {
        const nodes = regions.reduce((sum, each) => sum + each, 0);
        fc.pre(nodes > 0);
        const counts = placementCounts({ regions }, network, nodes);
        const regionsWith = (placement: readonly number[] | undefined): string =>
          Array.from({ length: nodes }, (_, node) => regionOf(placed(built, placement, nodes), node)).join('');
        expect(regionsWith(counts)).toBe(regionsWith(regions));
        expect(counts === undefined).toBe(regionsWith(regions) === regionsWith(undefined));
      }),
      { seed: 8101 },
    );
  });

  test('an entry replaces the suite’s, also by round-robin; suite.yaml says the same suite', () => {
    const suite = parseSuite(`name: x
replicates: 1
placement: { regions: { us-east: 3, au-syd: 1 } }
sweep: { nodes: 4 }
workloads:
  pbft: [{}, { placement: round-robin }, { nodes: 7, placement: { regions: [4, 3] } }]
`);
    expect([...planCells(suite)].map(({ nodes, placement }) => [nodes, placement])).toEqual([
      [4, [3, 0, 0, 0, 1]],
      [4, undefined],
      [7, [4, 3]],
    ]);
    expect(parseSuite(suiteYaml(suite))).toEqual(suite);
  });

  test('a program places nodes too', () => {
    const suite = suiteOf({ name: 'x', sweep: { nodes: 4 }, workloads: { pow: { placement: { regions: { 'us-east': 4 } } } } });
    expect([...planCells(suite)][0]!.placement).toEqual([4]);
  });
});

describe('a placement that does not fit is one clear error', () => {
  const at = 's.yaml:3: placement.regions';
  test.each([
    ['a sum that is not n', text('[15, 16, 17]', '{ regions: [7, 5, 3] }'), `${at}: received [7,5,3]; accepted: numbers that add up to the number of nodes, 16 (these add up to 15)`],
    ['a sum by name', text('4', '{ regions: { us-east: 5 } }'), `${at}: received {"us-east":5}; accepted: numbers that add up to the number of nodes, 4 (these add up to 5)`],
    ['more regions than there are', text('6', '{ regions: [1, 1, 1, 1, 1, 1] }'), `${at}: received [1,1,1,1,1,1]; accepted: at most 5 numbers, as the network wan-5-regions has so many regions`],
    ['two in one region', text('4', '{ regions: [3, 1] }', 'network: { kind: fixed, delay_ms: 1 }\n'), `${at}: received [3,1]; accepted: at most 1 number, as the network fixed has so many regions`],
    ['a name that is none', text('4', '{ regions: { us-east: 3, eu-d: 1 } }'), `${at}.eu-d: unknown key (did you mean eu-de?); accepted: names of regions of the network wan-5-regions: us-east, eu-de, jp-tok, br-sao, au-syd`],
    ['names of a network without', text('4', '{ regions: { a: 4 } }', 'network: { kind: normal, mean_ms: 5, sd_ms: 1 }\n'), `${at}: received {"a":4}; accepted: a list of numbers, like [7, 5, 3]: the regions of the network normal have no names`],
    ['a negative number', text('4', '{ regions: [5, -1] }'), `${at}[1]: received -1; accepted: an integer from 0 to 100000`],
    ['no number', text('4', '{ regions: [] }'), `${at}: received []; accepted: numbers of nodes, one a region, like [7, 5, 3], or by name, like { us-east: 7, eu-de: 5 }`],
    ['another word', text('4', 'random'), 's.yaml:3: placement: received "random"; accepted: round-robin, or an object like { regions: [7, 5, 3] }'],
  ])('%s', (_name, suite, expected) => {
    expect(refusal(suite)).toBe(expected);
  }); // prettier-ignore

  test('the same error for two entries comes once, and an entry’s own at the entry', () => {
    const twice = text('4', '{ regions: [3] }').replace('{}', '[{}, { decisions: 5 }]');
    expect(refusal(twice).split('\n')).toHaveLength(1);
    expect(refusal(text('4', 'round-robin').replace('{}', '{ placement: { regions: [3] } }'))).toMatch(
      /^s\.yaml:5: workloads\.pbft\.placement\.regions: received \[3\]; /,
    );
  });

  test('waves do not take placed nodes, and what messages cannot finish is refused', () => {
    expect(refusal(text('4', '{ regions: [3, 1] }'), 'waves')).toMatch(
      /--engine: received waves, which cannot have placed nodes; accepted: messages, auto$/,
    );
    expect(refusal(text('4', '{ regions: [1, 1, 1, 1] }'), 'waves')).toBe('');
    expect(refusal(text('20000', 'round-robin'))).toBe('');
    expect(refusal(text('20000', '{ regions: [20000] }'))).toMatch(
      /sweep\.nodes: received 20000; accepted: numbers of nodes whose cells the messages engine/,
    );
  });
});
