// Faults of a suite: ratios as people write them, schedules as one condition, ranges of nodes, and what is refused.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { scheduleText } from '../../harness/model/fault.ts';
import { exactRatio, parseRatio, ratioText } from '../../harness/model/ratio.ts';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import { faultCount, resolveFaults } from '../../harness/simulate/core/faults.ts';
import { parseSuite, suiteYaml } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { numbersOf } from '../../harness/suite/ranges.ts';
import { countCells } from '../../harness/run/estimate.ts';
import { workloads } from '../../harness/workloads.ts';
import { holds } from '../support/property.ts';

const pbft = workloads.get('pbft')!;
beforeEach(() => {
  const faultKinds = [...new Set([...pbft.faultKinds, 'loss', 'schedule'] as const)];
  (workloads as Map<string, Workload>).set('pbft', { ...pbft, faultKinds });
});
afterEach(() => {
  (workloads as Map<string, Workload>).set('pbft', pbft);
});

const suite = (fault: string, nodes = '4', id = 'pbft'): string =>
  `name: x\nreplicates: 1\nsweep:\n  nodes: ${nodes}\n  fault: ${fault}\nworkloads: { ${id}: {} }\n`;
const cellsOf = (text: string) => [...planCells(parseSuite(text))];
function refusal(text: string): string {
  try {
    parseSuite(text, { name: 's.yaml' });
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return '';
}

describe('a ratio is kept as the double nearest to it, which names it', () => {
  const fraction = fc
    .integer({ min: 1, max: 1_000_000 })
    .chain((below) => fc.tuple(fc.integer({ min: 0, max: below - 1 }), fc.constant(below)));
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  test('every fraction with a denominator up to 10^6 is found again', () => {
    holds(
      fc.property(fraction, ([above, below]) => {
        const common = gcd(above, below);
        expect(exactRatio(above / below)).toEqual({ numerator: BigInt(above / common), denominator: BigInt(below / common) });
        expect(parseRatio(`${above}/${below}`)).toBe(above / below);
        const text = ratioText(above / below);
        expect(text.includes('/') ? parseRatio(text) : Number(text)).toBe(above / below);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
  test('floor(ratio * n) is that of integer arithmetic', () => {
    holds(
      fc.property(fraction, fc.integer({ min: 1, max: 100_000 }), ([above, below], nodes) => {
        expect(faultCount(above / below, nodes)).toBe(Number((BigInt(above) * BigInt(nodes)) / BigInt(below)));
      }),
      { seed: 1, numRuns: 300 },
    );
    expect([3, 6, 7, 99, 100].map((n) => faultCount(1 / 3, n))).toEqual([1, 2, 2, 33, 33]);
  });
  test('1/3, 33% and 0.33 in a suite; suite.yaml writes what loads as the same', () => {
    const parsed = parseSuite(suite('{ kind: crash, ratio: [1/3, 33%, 0.33, 2/6, 12.5%] }'));
    expect(parsed.sweep.fault[0]!.ratio).toEqual([1 / 3, 0.33, 0.33, 1 / 3, 0.125]);
    expect(suiteYaml(parsed)).toContain('ratio: [ 1/3, 0.33, 0.33, 1/3, 0.125 ]');
    expect(parseSuite(suiteYaml(parsed))).toEqual(parsed);
    expect(cellsOf(suite('{ kind: crash, ratio: [1/3, 0.333333] }', '3')).map(({ fault }) => faultCount(fault.ratio!, 3))).toEqual([1, 0]);
    expect(cellsOf(suite('{ kind: crash, ratio: [33%, 0.33] }'))).toHaveLength(1);
  });
  const accepted = 'accepted: a share from 0 to below 1 with at most 6 decimal places, like 0.25, 33% or 1/3';
  test.each(['1/1', '4/3', '1/0', '-1/3', '100%', '1/2000001', '33 percent', '0.33333333333', '.5%', '1e-7', '1//3'])(
    '%s is refused',
    (value) => {
      const message = refusal(suite(`{ kind: crash, ratio: [0, ${value}] }`));
      expect(message).toContain(`s.yaml:5: sweep.fault.ratio[1]: received `);
      expect(message).toContain(accepted);
      expect(message.split('\n')).toHaveLength(1);
    },
  );
});

describe('ranges of nodes', () => {
  const nodesOf = (nodes: string): readonly number[] => parseSuite(suite('{ kind: crash, ratio: 0 }', nodes)).sweep.nodes;
  test('every number, steps, doubling, among numbers', () => {
    expect(nodesOf('4..8')).toEqual([4, 5, 6, 7, 8]);
    expect(nodesOf('4..17:+4')).toEqual([4, 8, 12, 16]);
    expect(nodesOf('4..64:x2')).toEqual([4, 8, 16, 32, 64]);
    expect(nodesOf('[4..6, 10, 16..70:x2]')).toEqual([4, 5, 6, 10, 16, 32, 64]);
    expect(numbersOf('7..7')).toEqual([7]);
    expect(parseSuite('name: x\nsweep: { nodes: 4 }\nworkloads: { pbft: { nodes: 4..6 } }\n').workloads['pbft']![0]!.nodes).toEqual([
      4, 5, 6,
    ]);
  });
  test.each(['8..4', '0..4', '4..', '4..8:x1', '4..8:+0', '4..8:*2', '4...8', '4..100001', 'x', '4..8:-1', '1e3..2e3'])(
    '%s is refused',
    (value) => {
      const message = refusal(suite('{ kind: crash, ratio: 0 }', value));
      expect(message).toContain('s.yaml:4: sweep.nodes: received ');
      expect(message).toContain(
        '; accepted: an integer from 1 to 100000, or a range like 4..64, 4..64:+4 (steps of 4) or 4..64:x2 (doubling)',
      );
      expect(message.split('\n')).toHaveLength(1);
    },
  );
  test('a number of a range that a workload does not take is said at the range', () => {
    expect(refusal(suite('{ kind: crash, ratio: 0 }', '[4..6, 19999..20001]'))).toBe(
      's.yaml:4: sweep.nodes[1]: received 20001; accepted: from 1 to 20000 nodes, as pbft takes',
    );
  });
});

describe('a schedule is one condition', () => {
  const schedule =
    '{ schedule: [{ kind: crash, count: f, from_s: 1, until_s: 5 }, { kind: partition, groups: [[1, 0], [3, 2]], from_s: 8, until_s: 9 }] }';
  test('counts are resolved at each n, and its text says it', () => {
    const cells = cellsOf(suite(schedule, '[4, 7]'));
    expect(cells.map(({ fault }) => scheduleText(fault))).toEqual([
      'crash count=1 from_s=1 until_s=5; partition groups=0,1|2,3 from_s=8 until_s=9',
      'crash count=2 from_s=1 until_s=5; partition groups=0,1|2,3 from_s=8 until_s=9',
    ]);
    expect(cells[0]!.fault).toMatchObject({ kind: 'schedule', placement: 'worst' });
    expect(cells[0]!.fault).not.toHaveProperty('ratio');
    expect(resolveFaults(cells[1]!, []).count).toBe(4);
    expect(countCells(parseSuite(suite(schedule, '[4, 7]'))).perWorkload).toEqual({ pbft: 2 });
  });
  test('beside other faults in a list; suite.yaml writes it and loads as the same', () => {
    const parsed = parseSuite(suite(`[{ kind: crash, ratio: [0, 1/3] }, ${schedule}, { kind: loss, nodes: [2, 1], loss: 0.5, toward: [3, 0], from_s: 1 }, { kind: partition, groups: [[0], [1]], crossing: lose }]`)); // prettier-ignore
    expect(parseSuite(suiteYaml(parsed))).toEqual(parsed);
    const cells = [...planCells(parsed)];
    expect(cells.map(({ fault }) => fault.kind)).toEqual(['crash', 'crash', 'schedule', 'loss', 'partition']);
    expect(cells[3]!.fault).toEqual({ kind: 'loss', nodes: [1, 2], loss: 0.5, toward: [0, 3], placement: 'worst', from_s: 1 });
  });
  test('what goes without saying is not said: ids are those of the text', () => {
    const id = (fault: string): string => cellsOf(suite(fault))[0]!.id;
    expect(id('{ kind: schedule, schedule: [{ kind: crash, count: f }] }')).toBe(id('{ schedule: [{ kind: crash, count: 1, placement: worst, from_s: 0 }] }')); // prettier-ignore
    expect(id('{ schedule: [{ kind: crash, count: f }] }')).not.toBe(id('{ kind: crash, count: f }'));
    expect(id('{ schedule: [{ kind: crash, nodes: [2, 1] }] }')).toBe(id('{ schedule: [{ kind: crash, nodes: [1, 2] }] }'));
  });
  const nine = `[${Array(9).fill('{ kind: crash, count: 1 }').join(', ')}]`;
  const cases: readonly (readonly [string, string, string])[] = [
    ['empty', '{ schedule: [] }', 's.yaml:5: sweep.fault.schedule: received []; accepted: a list of 1 to 8 faults, like'],
    ['nine faults', `{ schedule: ${nine} }`, 'accepted: a list of 1 to 8 faults, like'],
    ['no list', '{ schedule: crash }', 's.yaml:5: sweep.fault.schedule: received "crash"; accepted: a list of 1 to 8 faults'],
    ['a ratio beside it', '{ schedule: [{ kind: crash, count: 1 }], ratio: 0.1 }', 's.yaml:5: sweep.fault.ratio: received [0.1]; accepted: no ratio beside schedule'], // prettier-ignore
    ['a kind beside it', '{ kind: crash, schedule: [{ kind: crash, count: 1 }] }', 's.yaml:5: sweep.fault.kind: received "crash"; accepted: schedule, or no kind'], // prettier-ignore
    ['a schedule in a schedule', '{ schedule: [{ kind: schedule, count: 1 }] }', 's.yaml:5: sweep.fault.schedule[0].kind: received "schedule"; accepted: one of crash'], // prettier-ignore
    [
      'the kind alone',
      '{ kind: schedule }',
      's.yaml:5: sweep.fault.kind: received "schedule"; accepted: schedule with schedule, a list of faults',
    ],
    ['no kind', '{ ratio: 0.1 }', 's.yaml:5: sweep.fault.kind: received nothing; accepted: one of crash'],
    ['a list inside', '{ schedule: [{ kind: crash, count: [1, 2] }] }', 's.yaml:5: sweep.fault.schedule[0].count: received [1,2]; accepted: an integer from 0 to 100000, f, or f+1'], // prettier-ignore
    [
      'who twice',
      '{ schedule: [{ kind: crash, count: 1, nodes: [1] }] }',
      'accepted: exactly one of ratio, count, nodes and (of a partition) groups',
    ],
    ['nobody', '{ kind: crash }', 'accepted: exactly one of ratio, count, nodes and (of a partition) groups'],
    [
      'groups of a crash',
      '{ kind: crash, groups: [[0], [1]] }',
      's.yaml:5: sweep.fault.groups: received [[0],[1]]; accepted: groups only with kind partition',
    ],
    [
      'one group',
      '{ kind: partition, groups: [[0, 1]] }',
      's.yaml:5: sweep.fault.groups: received [[0,1]]; accepted: two or more groups of different nodes',
    ],
    ['a node in two groups', '{ kind: partition, groups: [[0, 1], [1]] }', 'accepted: two or more groups of different nodes'],
    [
      'a node twice',
      '{ kind: crash, nodes: [1, 1] }',
      's.yaml:5: sweep.fault.nodes: received [1,1]; accepted: a list of different numbers of nodes',
    ],
    [
      'a node that is not there',
      '{ kind: crash, nodes: [1, 4] }',
      's.yaml:5: sweep.fault.nodes: received 4; accepted: nodes from 0 to 3, as there are 4',
    ],
    [
      '… in a group',
      '{ schedule: [{ kind: partition, groups: [[0], [7]] }] }',
      's.yaml:5: sweep.fault.schedule[0].groups: received 7; accepted: nodes from 0 to 3',
    ],
    ['all nodes', '{ kind: crash, nodes: [0, 1, 2, 3] }', 'accepted: fewer faulty nodes than nodes (4)'],
    ['loss without a loss', '{ kind: loss, count: 1 }', 'accepted: kind loss with loss'],
    [
      'a loss of a crash',
      '{ kind: crash, count: 1, loss: 0.1 }',
      's.yaml:5: sweep.fault.loss: received 0.1; accepted: loss only with kind loss',
    ],
    ['toward of a crash', '{ kind: crash, count: 1, toward: [1] }', 'accepted: toward only with the kinds delay and loss'],
    ['too many at one n', '{ schedule: [{ kind: crash, count: 4 }] }', 's.yaml:5: sweep.fault.schedule[0].count: received 4; accepted: fewer faulty nodes than nodes (4)'], // prettier-ignore
    ['a kind that the workload lacks', '{ schedule: [{ kind: crash, count: 1 }, { kind: eclipse, count: 1 }] }', 's.yaml:5: sweep.fault.schedule[1].kind: received "eclipse"; accepted: a fault kind that pbft has'], // prettier-ignore
    ['until before from', '{ schedule: [{ kind: crash, count: 1, from_s: 3, until_s: 2 }] }', 'sweep.fault.schedule[0].until_s: received 2; accepted: an end after from_s'], // prettier-ignore
  ];
  test.each(cases)('%s', (_name, fault, expected) => {
    const message = refusal(suite(fault));
    expect(message).toContain(expected);
    expect(message.split('\n')).toHaveLength(1);
  });
  test('a workload without schedules', () => {
    (workloads as Map<string, Workload>).set('pbft', { ...pbft, faultKinds: ['crash'] });
    expect(refusal(suite('{ schedule: [{ kind: crash, count: 1 }] }'))).toContain('sweep.fault.schedule: received [');
    expect(refusal(suite('{ schedule: [{ kind: crash, count: 1 }] }'))).toContain('accepted: a single fault: pbft has no schedules');
  });
  test('an exact share of a lottery is a ratio', () => {
    expect(refusal(suite('{ kind: double-spend, nodes: [1] }', '4', 'pow'))).toContain(
      'sweep.fault.nodes: received 1; accepted: ratio, since',
    );
  });
});
