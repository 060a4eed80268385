// Nodes in regions as a suite says: in order or by name; the numbers add up to the nodes of every cell.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import type { Cell, CellPlacement, NetworkSpec } from '../../harness/model/cell.ts';
import { buildNetwork, placed, regionOf } from '../../harness/simulate/core/network.ts';
import { parseSuite, suiteOf, suiteYaml } from '../../harness/suite/load.ts';
import { apportioned, cellPlacement, type Members } from '../../harness/suite/placement.ts';
import { makeRecord } from '../../harness/record/make.ts';
import { simulateCell } from '../../harness/simulate/core/simulate.ts';
import pbft from '../../workloads/pbft/index.ts';
import { simulationKernels } from '../cells.ts';
import { costs, done } from '../record/fixtures.ts';
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
        const counts = cellPlacement({ regions }, network, [{ id: 'node', count: nodes, counted: true }]);
        const regionsWith = (placement: CellPlacement | undefined): string =>
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

describe('shares, and the region of each node', () => {
  const placementOf = (nodes: string, placement: string, more = ''): (CellPlacement | undefined)[] =>
    cells(text(nodes, placement, more)).map((cell) => cell.placement);

  test('shares fit every number of nodes: the largest remainders', () => {
    // Hamilton's method, by hand: quotas at 7 are 3.5, 2.1 and 1.4.
    expect(placementOf('[7, 10, 11]', '{ shares: [0.5, 0.3, 0.2] }')).toEqual([[4, 2, 1], [5, 3, 2], [6, 3, 2]]); // prettier-ignore
    expect(placementOf('4', '{ shares: { au-syd: 1, us-east: 3 } }')).toEqual([[3, 0, 0, 0, 1]]);
    expect(placementOf('4', '{ shares: [60, 40] }')).toEqual(placementOf('4', '{ regions: [2, 2] }'));
  });
  test('shares add up, and none is off by one or more', () => {
    holds(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 5000 }),
        (shares, total) => {
          const sum = shares.reduce((all, share) => all + share, 0);
          fc.pre(sum > 0);
          const counts = apportioned(shares, total);
          expect(counts.reduce((all, each) => all + each, 0)).toBe(total);
          counts.forEach((each, region) => expect(Math.abs(each - (total * shares[region]!) / sum)).toBeLessThan(1));
        },
      ),
      { seed: 8102 },
    );
  });
  test('the region of each node, by name or number: said as counts where they are in order', () => {
    expect(placementOf('4', '{ nodes: [au-syd, us-east, 1, us-east] }')).toEqual([{ nodes: [4, 0, 1, 0] }]);
    expect(placementOf('4', '{ nodes: [us-east, us-east, eu-de, au-syd] }')).toEqual([[2, 1, 0, 0, 1]]);
    expect(placementOf('6', '{ nodes: [0, 1, 2, 3, 4, 0] }')).toEqual([undefined]);
    const network = placed(buildNetwork(cells(text('4', 'round-robin'))[0]!.network), { nodes: [4, 0, 1, 0] }, 4);
    expect([0, 1, 2, 3].map((node) => regionOf(network, node))).toEqual([4, 0, 1, 0]);
  });
  test('suite.yaml says the same suite', () => {
    for (const placement of [
      '{ shares: [0.5, 0.5] }',
      '{ nodes: [us-east, eu-de, us-east, 3] }',
      '{ roles: { client: { nodes: [au-syd] } } }',
    ]) {
      const suite = parseSuite(text('4', placement));
      expect(parseSuite(suiteYaml(suite))).toEqual(suite);
    }
  });
});

describe('roles', () => {
  const three: NetworkSpec = {
    ...{ kind: 'matrix', name: 'three', origin: 'test', jitter: 0, bandwidth_mbps: 1e6, loss: 0, rto_ms: 200, regions: ['a', 'b', 'c'] },
    one_way_ms: [[1, 10, 100], [10, 1, 200], [100, 200, 1]], // prettier-ignore
  };
  const members: Members[] = [
    { id: 'orderer', count: 2, counted: true },
    { id: 'peer', count: 4, counted: true },
    { id: 'client', count: 3, counted: false },
  ];
  test('each by itself; one that is not named is spread as before', () => {
    const placement = cellPlacement({ roles: { peer: { regions: { c: 3, b: 1 } }, client: { shares: [0, 1] } } }, three, members);
    expect(placement).toEqual({ roles: { peer: [0, 1, 3], client: [0, 3] } });
    const network = placed(buildNetwork(three), placement, 6, members);
    expect([...network.placement!]).toEqual([0, 1, 1, 2, 2, 2]);
    expect(network.others).toEqual({ client: Int32Array.of(1, 1, 1) });
    // No node is placed.
    const clients = placed(buildNetwork(three), { roles: { client: [0, 3] } }, 6, members);
    expect(clients.placement).toBeUndefined();
  });
  test('what says round robin is left out; all nodes of one role are plainly the nodes', () => {
    expect(cellPlacement({ roles: { peer: 'round-robin', client: { nodes: ['a', 'b', 'c'] } } }, three, members)).toBeUndefined();
    const [node] = [{ id: 'node', count: 4, counted: true }];
    expect(cellPlacement({ roles: { node: { regions: [3, 1] } } }, three, [node, members[2]!])).toEqual([3, 1]);
  });
  test('a client far away waits longer, whichever engine is asked for; the cell runs on messages', () => {
    const spec = (where: string) => cells(text('4', `{ roles: { client: { nodes: [${where}] } } }`))[0]!;
    const near = spec('us-east');
    const far = spec('au-syd');
    expect(near.placement).toBeUndefined();
    expect(far.placement).toEqual({ roles: { client: [0, 0, 0, 0, 1] } });
    const run = (cell: Cell) => simulateCell({ ...cell, decisions: 3 }, pbft, { engine: 'auto', kernels: simulationKernels });
    expect([run(near).engine, run(far).engine]).toEqual(['waves', 'messages']);
    // The client was beside replica 0: now its request and its replies cross 107 ms each.
    const mean_ms = (cell: Cell): number => run(cell).outcome.latencies_us.reduce((sum, each) => sum + each, 0) / 3000;
    expect(mean_ms(far) - mean_ms(near)).toBeGreaterThan(107);
    expect(mean_ms(far) - mean_ms(near)).toBeLessThan(2 * 107.25 * 1.5);
  });
  test('records show each role’s places', () => {
    const labels = [
      '{ regions: [3, 1] }',
      '{ nodes: [1, 0, 0, 0] }',
      '{ roles: { node: { regions: [3, 1] }, client: { nodes: [eu-de] } } }',
    ].map((placement) => makeRecord(cells(text('4', placement))[0]!, pbft, { outcome: done, engine: 'messages' }, costs, null).parameters);
    expect(labels.map((label) => /cell\.placement=([^;]*)/.exec(label)?.[1])).toEqual(['3,1', 'nodes:1,0,0,0', 'node:3,1|client:0,1']);
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
    ['another word', text('4', 'random'), 's.yaml:3: placement: received "random"; accepted: round-robin, or an object like { regions: [7, 5, 3] }, { shares: [0.5, 0.5] }, { nodes: [us-east, eu-de] } or { roles: { … } }'],
    ['two ways at once', text('4', '{ regions: [4], shares: [1] }'), 's.yaml:3: placement: received {"regions":[4],"shares":[1]}; accepted: round-robin, or an object like'],
    ['a share below 0', text('4', '{ shares: [1, -1] }'), 's.yaml:3: placement.shares[1]: received -1; accepted: a number from 0 to 1000000000'],
    ['shares of nothing', text('4', '{ shares: [0, 0] }'), 's.yaml:3: placement.shares: received [0,0]; accepted: shares of which one is above 0'],
    ['a share of no region', text('4', '{ shares: { us-eas: 1 } }'), 's.yaml:3: placement.shares.us-eas: unknown key (did you mean us-east?); accepted: names of regions of the network wan-5-regions: us-east, eu-de, jp-tok, br-sao, au-syd'],
    ['too few nodes', text('4', '{ nodes: [us-east, eu-de, jp-tok] }'), 's.yaml:3: placement.nodes: received ["us-east","eu-de","jp-tok"]; accepted: 4 regions, one for each node (these are 3)'],
    ['a node nowhere', text('4', '{ nodes: [us-east, eu-d, 0, 1] }'), 's.yaml:3: placement.nodes[1]: received "eu-d" (did you mean eu-de?); accepted: regions of the network wan-5-regions: us-east, eu-de, jp-tok, br-sao, au-syd, or numbers from 0 to 4'],
    ['a node in a region that is none', text('4', '{ nodes: [0, 1, 2, 5] }'), 's.yaml:3: placement.nodes[3]: received 5; accepted: regions of the network wan-5-regions: us-east, eu-de, jp-tok, br-sao, au-syd, or numbers from 0 to 4'],
    ['an unknown role', text('4', '{ roles: { orderer: { regions: [4] } } }'), 's.yaml:3: placement.roles.orderer: unknown key; accepted: roles of the workload: node, client'],
    ['a role that does not add up', text('4', '{ roles: { client: { regions: [0, 2] } } }'), 's.yaml:3: placement.roles.client.regions: received [0,2]; accepted: numbers that add up to the number of members of client, 1 (these add up to 2)'],
  ])('%s', (_name, suite, expected) => {
    const said = refusal(suite);
    expect(said.slice(0, expected.length)).toBe(expected);
    expect(said).not.toContain('\n');
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
