import { expect, test } from 'vitest';
import { faultLabel, faultPhrase, modelOf } from '../../harness/analysis/model.ts';
import type { Summary } from '../../harness/analysis/summarize.ts';
import { digestOf } from '../export/digest-of.ts';
import { condition } from './loaded.ts';

const crashed = (count: number, nodes = 15): Summary =>
  condition({ workload: 'raft', nodes, fault: { kind: 'crash', placement: 'worst', count } }, [{ safety: 'ok', liveness: 'ok' }]);

test('a count is called by the number that the suite says; only f and f+1, which a suite can say, have their names', () => {
  expect([0, 3, 5, 6, 7, 8, 9].map((count) => faultLabel(crashed(count)))).toEqual(['0', '3', '5', '6', 'f = 7', 'f+1 = 8', '9']);
  expect(faultPhrase(crashed(5))).toBe('5 faulty nodes');
  expect(faultPhrase(crashed(8))).toBe('f+1 = 8 faulty nodes');
  const [breaking] = modelOf(digestOf([0, 3, 4, 5].map((count) => crashed(count)))).breakings;
  expect(breaking!.holds).toMatchObject({ fault: '5', faulty: [{ faulty: 5, nodes: 15 }] });
});
