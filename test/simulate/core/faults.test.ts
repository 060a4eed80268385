// Who is faulty, and what that leaves to be said.
import { describe, expect, test } from 'vitest';
import { lastChange_us, resolveFaults } from '../../../harness/simulate/core/faults.ts';
import { AgreementChecker } from '../../../harness/simulate/check/agreement.ts';
import type { SingleFault } from '../../../harness/model/fault.ts';
import pow from '../../../workloads/pow.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { WAN, makeCell, simulate } from '../../cells.ts';

const faulty = (kind: 'crash' | 'silent-leader' | 'equivocate', count: number, nodes = 7): number[] =>
  [...resolveFaults(makeCell(pbft, { nodes, fault: { kind, count } }), []).faulty].flatMap((is, node) => (is === 1 ? [node] : []));

describe('placement: worst', () => {
  test('for silent leaders the worst is the next b leaders in a row', () => {
    expect([0, 1, 2, 3].map((count) => faulty('silent-leader', count))).toEqual([[], [0], [0, 1], [0, 1, 2]]);
  });
  test('for equivocators replica 0 and the others the highest-numbered', () => {
    expect([0, 1, 2, 3].map((count) => faulty('equivocate', count))).toEqual([[], [0], [0, 6], [0, 5, 6]]);
    expect(faulty('equivocate', 3, 3)).toEqual([0, 1, 2]);
  });
  test('for others the highest-numbered, so that the first leader is correct', () => {
    expect([0, 1, 2, 7].map((count) => faulty('crash', count))).toEqual([[], [6], [5, 6], [0, 1, 2, 3, 4, 5, 6]]);
  });
  test('PBFT changes the view once for each of them, at the cost of a doubled wait', () => {
    const run = (count: number) =>
      simulate(pbft, { nodes: 10, decisions: 5, network: WAN, fault: { kind: 'silent-leader', count } }).outcome;
    const outcomes = [0, 1, 2, 3].map(run);
    expect(outcomes.map(({ viewChanges }) => viewChanges)).toEqual([0, 1, 2, 3]);
    const first = outcomes.map(({ latencies_us }) => latencies_us[0]!);
    expect([...first].sort((x, y) => x - y)).toEqual(first);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
  });
});

describe('one correct replica left, or none: safety is unknown, not ok', () => {
  test.each(['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay'] as const)('%s', (kind) => {
    for (const nodes of [4, 7]) {
      const safety = (count: number) => simulate(pbft, { nodes, decisions: 3, fault: { kind, count } }).outcome.safety;
      expect(safety(nodes - 1)).toBe('unknown');
      expect(safety(nodes)).toBe('unknown');
      expect(safety(nodes - 2)).not.toBe('unknown');
    }
  });
  test('the rule stands in the checker, and a violation outweighs it', () => {
    const checker = new AgreementChecker({ faulty: Uint8Array.of(0, 0, 1, 1) });
    expect(checker.verdict).toBe('ok');
    checker.executed(0, 1, 5);
    checker.executed(2, 1, 6); // a faulty one may execute what it likes
    expect(checker.verdict).toBe('ok');
    checker.executed(1, 1, 6);
    expect(checker).toMatchObject({ verdict: 'violated', reason: 'replica 1 executed another digest at sequence number 1' });
    expect(new AgreementChecker({ faulty: Uint8Array.of(0, 1, 1, 1) }).verdict).toBe('unknown');
  });
});

test('the world changes no more after the last beginning or end of a fault', () => {
  const lastOf = (...faults: SingleFault[]): number =>
    lastChange_us(resolveFaults(makeCell(pbft, { fault: { kind: 'schedule', schedule: faults } }), []));
  const crash = { kind: 'crash', count: 1, placement: 'worst' } as const;
  expect(lastOf({ ...crash, from_s: 5 })).toBe(5e6);
  expect(lastOf({ ...crash, from_s: 5, until_s: 9 })).toBe(9e6);
  expect(lastOf({ ...crash, from_s: 5, until_s: 9 }, { ...crash, from_s: 7 })).toBe(9e6);
  expect(lastOf({ ...crash, count: 0, from_s: 5 })).toBe(0);
  const share = makeCell(pow, { fault: { kind: 'double-spend', ratio: 0.1, from_s: 5 } });
  expect(lastChange_us(resolveFaults(share, pow.exactKinds))).toBe(5e6);
});

test('a schedule has the union of its faulty nodes; a partition the groups that it names, the rest a group of their own', () => {
  const schedule: SingleFault[] = [
    { kind: 'crash', nodes: [1], placement: 'worst', until_s: 2 },
    { kind: 'partition', groups: [[0, 2], [3]], crossing: 'lose', placement: 'worst', from_s: 3, until_s: 4 },
  ];
  const faults = resolveFaults(makeCell(pbft, { nodes: 5, fault: { kind: 'schedule', schedule } }), []);
  expect([...faults.faulty]).toEqual([0, 1, 0, 1, 0]);
  expect(faults).toMatchObject({ kind: 'schedule', count: 2, from_us: 0, until_us: 4e6 });
  expect([...faults.entries[1]!.group]).toEqual([1, 0, 1, 2, 0]);
  expect(faults.entries[1]!.holds).toBe(false);
  const nobody = { kind: 'crash', nodes: [5], placement: 'worst' } as const;
  expect(() => resolveFaults(makeCell(pbft, { nodes: 5, fault: nobody }), [])).toThrow('received node 5; accepted: nodes from 0 to 4');
});
