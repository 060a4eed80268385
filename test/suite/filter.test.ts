import { describe, expect, test } from 'vitest';
import { parseSuite, suiteOf, suiteYaml } from '../../harness/suite/load.ts';
import { planSuite } from '../../harness/index.ts';
import type { Cell } from '../../harness/model/cell.ts';

const data = {
  name: 'filtered',
  replicates: 2,
  decisions: 3,
  crypto: ['modelled', 'measured'],
  sweep: { nodes: [4, 7, 10], fault: { kind: 'crash', ratio: [0, 0.25] } },
  workloads: {
    pbft: [
      {
        fault: [
          { kind: 'crash', ratio: [0, 0.25] },
          { kind: 'equivocate', count: [0, 'f'] },
        ],
      },
      { nodes: 16, network: 'lan' },
    ],
    pow: { miner: ['cpu', 'asic-s21'], crypto: 'modelled', load: [{ kind: 'closed' }, { kind: 'saturate' }] },
  },
} as const;
const all = [...planSuite(suiteOf(data))];
const cut = (...filter: string[]): Cell[] => [...planSuite(suiteOf(data, { overrides: { filter } }))];

describe('--filter leaves those cells of the suite that match, each as it was', () => {
  const cases: readonly (readonly [readonly string[], (cell: Cell) => boolean])[] = [
    [['pbft'], ({ workload }) => workload === 'pbft'],
    [['workload=pow'], ({ workload }) => workload === 'pow'],
    [['nodes=4,10'], ({ nodes }) => nodes === 4 || nodes === 10],
    [['nodes=5..16'], ({ nodes }) => nodes >= 5],
    [['fault=equivocate'], ({ fault }) => fault.kind === 'equivocate'],
    [['ratio=0'], ({ fault }) => fault.ratio === 0],
    [['count=f'], ({ fault, nodes }) => fault.kind === 'equivocate' && fault.count === Math.floor((nodes - 1) / 3)],
    [['miner=cpu'], ({ parameters }) => parameters['miner'] === 'cpu'],
    [['load=saturate'], ({ load }) => load.kind === 'saturate'],
    [['network=lan'], ({ nodes }) => nodes === 16],
    [['crypto=measured'], ({ crypto }) => crypto === 'measured'],
    [['pbft', 'nodes=7', 'ratio=0.25'], ({ workload, nodes, fault }) => workload === 'pbft' && nodes === 7 && fault.ratio === 0.25],
  ];
  test.each(cases)('%j', (filter, matches) => {
    const left = all.filter(matches);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(all.length);
    expect(cut(...filter)).toEqual(left);
  });

  test('the suite as written out is the filtered one, so that a run can be resumed', () => {
    const suite = suiteOf(data, { overrides: { filter: ['pbft', 'nodes=16', 'ratio=0'] } });
    expect([...planSuite(parseSuite(suiteYaml(suite)))]).toEqual([...planSuite(suite)]);
  });

  test('terms of one axis are all to match', () => {
    expect(cut('nodes=4..7', 'nodes=7..10').every(({ nodes }) => nodes === 7)).toBe(true);
  });

  test('a value with commas of its own is one value', () => {
    const weighted = { ...data, crypto: 'modelled', workloads: { pow: { nodes: 4, hash_shares: ['equal', '4,2,1,1'] } } } as const;
    const left = [...planSuite(suiteOf(weighted, { overrides: { filter: ['hash_shares=4,2,1,1'] } }))];
    expect(new Set(left.map(({ parameters }) => parameters['hash_shares']))).toEqual(new Set(['4,2,1,1']));
  });

  test('nothing left, or a term that no cell of the suite has, is an error that names what there is', () => {
    expect(() => cut('pbft', 'miner=cpu')).toThrow('--filter: no cell of filtered matches pbft and miner=cpu');
    expect(() => cut('fault=crsh')).toThrow(
      '--filter: received fault=crsh (did you mean crash?); accepted: fault=… of filtered: crash, equivocate',
    );
  });
});

test('replicates that a flag gives stand in place of the suite’s and its entries’', () => {
  const suite = suiteOf({ ...data, workloads: { pbft: [{}, { nodes: 16, replicates: 7 }] } }, { overrides: { replicates: 1 } });
  expect(new Set([...planSuite(suite)].map(({ replicate }) => replicate))).toEqual(new Set([0]));
});
