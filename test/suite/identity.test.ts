import { DEFAULT_LOAD } from '../../harness/model/load.ts';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import { HARNESS_REVISION, canonical, identify, type CellData } from '../../harness/suite/identity.ts';
import { parseSuite } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { NODE_PROFILES, type Cell } from '../../harness/model/cell.ts';
import { workloads } from '../../harness/workloads.ts';
import { WAN } from '../cells.ts';
import { holds } from '../support/property.ts';

const example: Pick<Workload, 'revision' | 'parameters'> = {
  revision: 3,
  parameters: z.strictObject({ interval_s: z.number().default(600), mode: z.enum(['a', 'b']).default('a'), size: z.int() }),
};
const data: CellData = {
  workload: 'example',
  parameters: { interval_s: 600, mode: 'b', size: 5 },
  nodes: 7,
  fault: { kind: 'crash', ratio: 0.1, placement: 'worst' },
  network: { kind: 'fixed', delay_ms: 100 },
  node: NODE_PROFILES.free,
  transactions: { bytes: 250, per_decision: 20 },
  risk: 0.001,
  decisions: 100,
  crypto: 'modelled',
  load: DEFAULT_LOAD,
  replicate: 3,
};
const usual: CellData = {
  ...data,
  parameters: { interval_s: 600, mode: 'a', size: 5 },
  fault: { kind: 'crash', ratio: 0, placement: 'worst' },
  network: WAN,
  node: NODE_PROFILES.server,
  transactions: { bytes: 250, per_decision: 500 },
};

const idOf = (cell: Partial<CellData>, workload = example, seed = 1): string => identify({ ...data, ...cell }, workload, seed).id;
const seedOf = (cell: Partial<CellData>, workload = example, seed = 1): number => identify({ ...data, ...cell }, workload, seed).seed;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('canonical JSON has sorted keys, no spaces and one form of a number', () => {
  expect(canonical({ b: [1.0, { d: 'x', c: 0.1 }], a: null })).toBe('{"a":null,"b":[1,{"c":0.1,"d":"x"}]}');
  expect(canonical([1e3, 1000, 0.1, 1e-7, -0])).toBe('[1000,1000,0.1,1e-7,0]');
});

describe('issue: hash only what a suite says that differs from the defaults, the workload and its revision', () => {
  const said =
    '{"fault":{"ratio":0.1},"network":{"delay_ms":100,"kind":"fixed"},"node":{"profile":"free"},"nodes":7,' +
    '"parameters":{"mode":"b","size":5},"replicate":3,"transactions":{"per_decision":20},"workload":"example"}';
  test('the id is c and 12 hex digits of it; pinned, so that results of different versions can be joined', () => {
    expect(idOf({})).toBe(`c${sha256(`[${HARNESS_REVISION},3,1,${said}]`).slice(0, 12)}`);
    expect(HARNESS_REVISION).toBe(1);
    expect(idOf({})).toBe('c43ad4c6042e1');
  });

  test('the seed is 53 bits of the same without revisions, crypto mode, decisions, risk and horizon; pinned', () => {
    expect(seedOf({})).toBe(Number(BigInt(`0x${sha256(`[1,${said}]`).slice(0, 16)}`) & 0x1fffffffffffffn));
    expect(seedOf({})).toBe(3523120953656333);
    expect(seedOf({ crypto: 'measured', decisions: 1, risk: 0.5, horizon_s: 3 }, { ...example, revision: 9 })).toBe(seedOf({}));
    for (let replicate = 0; replicate < 100; replicate++) expect(Number.isSafeInteger(seedOf({ replicate }))).toBe(true);
  });

  test('where nothing is said only the workload, the number of nodes and the replicate are left', () => {
    const { id } = identify(usual, { ...example, parameters: z.strictObject({ interval_s: z.number().default(600), mode: z.string().default('a'), size: z.int().default(5) }) }, 1); // prettier-ignore
    expect(id).toBe(`c${sha256(`[${HARNESS_REVISION},3,1,{"nodes":7,"replicate":3,"workload":"example"}]`).slice(0, 12)}`);
  });

  const changes: readonly (readonly [string, Partial<CellData>])[] = [
    ['workload', { workload: 'other' }],
    ['a parameter', { parameters: { interval_s: 601, mode: 'b', size: 5 } }],
    ['a parameter without a default', { parameters: { interval_s: 600, mode: 'b', size: 6 } }],
    ['nodes', { nodes: 8 }],
    ['fault ratio', { fault: { kind: 'crash', ratio: 0.2, placement: 'worst' } }],
    ['fault count', { fault: { kind: 'crash', count: 0, placement: 'worst' } }],
    ['fault kind', { fault: { kind: 'equivocate', ratio: 0.1, placement: 'worst' } }],
    ['placement', { fault: { kind: 'crash', ratio: 0.1, placement: 'random' } }],
    ['from_s', { fault: { kind: 'crash', ratio: 0.1, placement: 'worst', from_s: 1 } }],
    ['until_s', { fault: { kind: 'crash', ratio: 0.1, placement: 'worst', until_s: 1 } }],
    ['network kind', { network: WAN }],
    ['delay', { network: { kind: 'fixed', delay_ms: 101 } }],
    ['node', { node: NODE_PROFILES.server }],
    ['cores of a node', { node: { ...NODE_PROFILES.free, name: 'custom', profile: 'free', cores: 8 } }],
    ['transactions', { transactions: { bytes: 251, per_decision: 20 } }],
    ['signatures on transactions', { transactions: { bytes: 250, per_decision: 20, signed: true } }],
    ['replicate', { replicate: 4 }],
  ];
  test.each(changes)('another %s is another id and another seed', (_name, change) => {
    expect(idOf(change)).not.toBe(idOf({}));
    expect(seedOf(change)).not.toBe(seedOf({}));
  });

  const idOnly: readonly (readonly [string, Partial<CellData>])[] = [
    ['crypto', { crypto: 'measured' }],
    ['decisions', { decisions: 99 }],
    ['risk', { risk: 0.01 }],
    ['horizon_s', { horizon_s: 100 }],
  ];
  test.each(idOnly)('another %s is another id and the same seed', (_name, change) => {
    expect(idOf(change)).not.toBe(idOf({}));
    expect(seedOf(change)).toBe(seedOf({}));
  });

  test("the suite's seed is in both, a raised revision in the id alone", () => {
    expect(idOf({}, example, 2)).not.toBe(idOf({}));
    expect(seedOf({}, example, 2)).not.toBe(seedOf({}));
    const raised = { ...example, revision: 4 };
    expect(idOf({}, raised)).not.toBe(idOf({}));
    expect(seedOf({}, raised)).toBe(seedOf({}));
  });

  test('a matrix counts by its content, not by its name, origin or file', () => {
    const matrix = (name: string, origin: string, first: number): Partial<CellData> => ({
      network: { kind: 'matrix', name, origin, one_way_ms: [[first, 2], [3, 4]], jitter: 1, bandwidth_mbps: 1000, loss: 0, rto_ms: 200 }, // prettier-ignore
    });
    expect(idOf(matrix('a', 'here', 1))).toBe(idOf(matrix('b', 'there', 1)));
    expect(seedOf(matrix('a', 'here', 1))).toBe(seedOf(matrix('b', 'there', 1)));
    expect(seedOf(matrix('a', 'here', 1))).not.toBe(seedOf(matrix('a', 'here', 1.5)));
  });

  test('a node counts by its profile and the keys that differ, not by its name', () => {
    const custom = (name: string): Partial<CellData> => ({ node: { ...NODE_PROFILES.server, name, profile: 'server', cores: 8 } });
    expect(idOf(custom('a'))).toBe(idOf(custom('b')));
    const same: Partial<CellData> = { node: { ...NODE_PROFILES.free, name: 'mine', profile: 'free' } };
    expect(idOf(same)).toBe(idOf({}));
  });
});

const planned = (text: string): Cell[] => [...planCells(parseSuite(text))];
const head = 'name: x\nreplicates: 2\nsweep: { nodes: [4, 7] }\n';

describe('a value that is written out but equals its default counts as not said', () => {
  const bare = planned(`${head}workloads: { pbft: {}, pow: {}, pos-praos: {} }\n`).map(({ id, seed }) => [id, seed]);
  const written: readonly (readonly [string, string])[] = [
    ['fault', 'sweep: { nodes: [4, 7], fault: { kind: crash, ratio: 0, placement: worst, from_s: 0 } }\n'],
    ['network', 'network: { kind: wan-5-regions, bandwidth_mbps: 1000.0, loss: 0, rto_ms: 2e2 }\n'],
    ['node', 'node: server\n'],
    ['node with a key', 'node: { sign_ns: 35000 }\n'],
    ['node written out', `node: ${JSON.stringify(NODE_PROFILES.server)}\n`],
    ['crypto, risk, decisions', 'crypto: modelled\nrisk: 1e-3\ndecisions: 100\n'],
    ['transactions', 'transactions: { bytes: 250, per_decision: 500, signed: false }\n'],
  ];
  test.each(written)('%s', (_name, line) => {
    const lines = line.startsWith('sweep') ? head.replace(/sweep.*\n/, line) : head + line;
    expect(planned(`${lines}workloads: { pbft: {}, pow: {}, pos-praos: {} }\n`).map(({ id, seed }) => [id, seed])).toEqual(bare);
  });
  test('parameters, all of every workload', () => {
    for (const [id, workload] of workloads) {
      const defaults = JSON.stringify(workload.parameters.parse({}));
      const out = planned(`${head}workloads: { ${id}: ${defaults} }\n`);
      expect(out.map((cell) => [cell.id, cell.seed])).toEqual(
        planned(`${head}workloads: { ${id}: {} }\n`).map((cell) => [cell.id, cell.seed]),
      );
    }
  });
  test('a node over free', () => {
    const ids = (node: string): string[] => planned(`${head}node: ${node}\nworkloads: { pbft: {} }\n`).map(({ id }) => id);
    expect(ids('{ profile: free, sign_ns: 0 }')).toEqual(ids('free'));
    expect(ids('{ profile: free, cores: 8 }')).not.toEqual(ids('free'));
    expect(ids('{ cores: 8 }')).not.toEqual(ids('{ profile: free, cores: 8 }'));
    expect(ids('{ cores: 8, sign_ns: 35000 }')).toEqual(ids('{ cores: 8 }'));
  });
});

describe('adding an axis or a parameter with a default leaves other cells’ ids and seeds alone', () => {
  test('a parameter that comes to a workload, whatever the cell says', () => {
    for (const workload of workloads.values()) {
      const schema = workload.parameters as unknown as z.ZodObject;
      const grown = { ...workload, parameters: schema.extend({ later_s: z.number().default(7), later: z.enum(['x', 'y']).default('x') }) };
      const more = { later_s: 7, later: 'x' };
      const usualParameters = workload.parameters.parse({}) as CellData['parameters'];
      holds(
        fc.property(
          fc.integer({ min: 1, max: 1000 }),
          fc.nat(20),
          fc.constantFrom<CellData['crypto']>('modelled', 'measured'),
          (nodes, replicate, crypto) => {
            const cell: CellData = { ...usual, workload: workload.id, parameters: usualParameters, nodes, replicate, crypto };
            const later: CellData = { ...cell, parameters: { ...usualParameters, ...more } };
            expect(identify(later, grown, 1)).toEqual(identify(cell, workload, 1));
            const other: CellData = { ...cell, parameters: { ...usualParameters, ...more, later: 'y' } };
            expect(identify(other, grown, 1).seed).not.toBe(identify(cell, workload, 1).seed);
          },
        ),
        { seed: 1, numRuns: 30 },
      );
    }
  });

  test('axes and values that come to a suite', () => {
    const axis = fc.record({
      nodes: fc.uniqueArray(fc.constantFrom(4, 7, 10), { minLength: 1, maxLength: 3 }),
      ratios: fc.uniqueArray(fc.constantFrom(0, 0.1, 0.3), { minLength: 1, maxLength: 3 }),
      crypto: fc.constantFrom('modelled', '[modelled, measured]'),
      networks: fc.constantFrom('wan-5-regions', '[wan-5-regions, { kind: fixed, delay_ms: 5 }]'),
      intervals: fc.uniqueArray(fc.constantFrom(128, 64, 32), { minLength: 1, maxLength: 3 }),
      replicates: fc.integer({ min: 1, max: 3 }),
    });
    holds(
      fc.property(axis, ({ nodes, ratios, crypto, networks, intervals, replicates }) => {
        const small = planned(`name: x\nreplicates: 1\nsweep: { nodes: ${nodes[0]}, fault: { kind: crash, ratio: ${ratios[0]} } }\nworkloads: { pbft: { checkpoint_interval: ${intervals[0]} } }\n`); // prettier-ignore
        const large = planned(`name: y\nreplicates: ${replicates}\ncrypto: ${crypto}\nnetwork: ${networks}\nsweep: { nodes: [${nodes.join()}], fault: { kind: crash, ratio: [${ratios.join()}] } }\nworkloads: { pow: {}, pbft: { checkpoint_interval: [${intervals.join()}] } }\n`); // prettier-ignore
        const byId = new Map(large.map((cell) => [cell.id, cell]));
        expect(byId.size).toBe(large.length);
        for (const cell of small) expect(byId.get(cell.id)).toEqual(cell);
      }),
      { seed: 1, numRuns: 25 },
    );
  });
});

test('a part that many cells share is made into text once', () => {
  let reads = 0;
  const rows = new Proxy([[1]], { get: (target, key) => ((reads += 1), Reflect.get(target, key) as unknown) });
  const network = {
    kind: 'matrix',
    name: 'a',
    origin: 'b',
    one_way_ms: rows,
    jitter: 1,
    bandwidth_mbps: 1000,
    loss: 0,
    rto_ms: 200,
  } as const;
  for (let replicate = 0; replicate < 100; replicate++) idOf({ network, replicate });
  const once = reads;
  expect(once).toBeGreaterThan(0);
  for (let replicate = 0; replicate < 100; replicate++) idOf({ network, replicate });
  expect(reads).toBe(once);
});
