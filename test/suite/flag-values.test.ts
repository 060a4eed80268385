import { expect, test } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { faultsOfFlag, loadsOfFlag } from '../../harness/suite/flag-values.ts';
import { parseSuite } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';

const suite = `name: x
sweep: { nodes: 4, fault: { kind: crash, ratio: [0, 0.25] } }
workloads:
  pbft: [{ load: { kind: closed, in_flight: 2 } }, { fault: { kind: replay, count: 1 }, decisions: 7 }]
`;
const cellsOf = (overrides: object): object[] =>
  [...planCells(parseSuite(suite, { overrides }))].map(({ fault, load }) => ({ fault: fault.kind, load: load.kind }));

test('issue 11: --load and --fault stand for those of the suite and of its entries', () => {
  expect(cellsOf({ replicates: 1, load: loadsOfFlag('--load', '{ kind: saturate }') })).toEqual([
    { fault: 'crash', load: 'saturate' },
    { fault: 'crash', load: 'saturate' },
    { fault: 'replay', load: 'saturate' },
  ]);
  expect(
    cellsOf({ replicates: 1, fault: faultsOfFlag('--fault', '[{ kind: equivocate, count: 1 }, { kind: replay, count: f }]') }),
  ).toEqual([
    { fault: 'equivocate', load: 'closed' },
    { fault: 'replay', load: 'closed' },
    { fault: 'equivocate', load: 'closed' },
    { fault: 'replay', load: 'closed' },
  ]);
});

test.each([
  [() => loadsOfFlag('--load', 'fast'), /^--load: received "fast"; accepted: a load object with kind/],
  [() => loadsOfFlag('--load', '{ kind: open }'), /^--load: rate_tps: received nothing; accepted: /],
  [() => loadsOfFlag('--load', '{ kind: '), /^--load: received \{ kind: , which is not YAML \(.*\); accepted: what a suite takes$/],
  [() => faultsOfFlag('--fault', '{ kind: crsh, count: 1 }'), /^--fault: kind: received "crsh" \(did you mean crash\?\); accepted: /],
])('what is wrong in one is said with the flag', (read, message) => {
  expect(read).toThrow(UserError);
  expect(read).toThrow(message);
});

test('a workload without such a load or fault refuses it under the flag', () => {
  const of = (overrides: object): unknown =>
    parseSuite('name: x\nsweep: { nodes: 4 }\nworkloads: { generals-signed: {} }\n', { overrides });
  expect(() => of({ load: loadsOfFlag('--load', '{ kind: saturate }') })).toThrow(/^--load: received saturate; accepted: \{ kind: closed/);
  expect(() => of({ fault: faultsOfFlag('--fault', '{ kind: double-spend, ratio: 0.1 }') })).toThrow(
    /^--fault: .*accepted: a fault kind that generals-signed has/,
  );
});
