// Observations of several workloads that share a name are one column of records.csv.
import { expect, test } from 'vitest';
import { extraColumns } from '../../../harness/record/extra-columns.ts';
import { observationsByName } from '../../../harness/simulate/core/observations.ts';
import type { Observation } from '../../../harness/simulate/core/contract.ts';
import { workloads } from '../../../harness/workloads.ts';

const fork: Observation = { name: 'forks', unit: 'forks', description: 'Forks that were seen.', kind: 'count' };

test('what two workloads of the registry call by one name has one unit, kind and description', () => {
  const all = [...workloads.values()].flatMap(({ observations = [] }) => observations);
  for (const one of all) for (const other of all.filter(({ name }) => name === one.name)) expect(other).toEqual(one);
});

test('the same observation of two workloads is one column', () => {
  expect(extraColumns({ parameters: [], settings: [], observations: [fork, { ...fork }] }).observations).toEqual([fork]);
});

test.each([
  ['unit', 'forks/s', 'forks'],
  ['kind', 'positive', 'count'],
  ['description', 'Forks.', 'Forks that were seen.'],
] as const)('another %s of the same name is refused, with both', (key, own, first) => {
  const message = `observation forks: received the ${key} "${own}" where another workload declares "${first}"; accepted: one unit, kind and description for a name, or another name`;
  for (const joined of [
    () => observationsByName([fork, { ...fork, [key]: own }]),
    () => extraColumns({ parameters: [], settings: [], observations: [fork, { ...fork, [key]: own }] }),
  ])
    expect(joined).toThrow(new TypeError(message));
});
