// Every mechanism whose common path is phases decides at n = 10 000, from a suite that says nothing but that: on waves, with default parameters.
import { describe, expect, test } from 'vitest';
import { createKernels } from '../../harness/kernels/index.ts';
import { simulateCell } from '../../harness/simulate/core/simulate.ts';
import { suiteOf } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { workloads } from '../../harness/workloads.ts';

const kernels = createKernels('wasm');
const n = 10_000;
/** Messages of a decision between nodes, by each mechanism's page. */
const MECHANISMS: [id: string, parameters: object, messages: number][] = [
  ['pbft', {}, 2 * n * (n - 1)],
  ['tendermint', {}, (n - 1) * (2 * n + 1)],
  ['tendermint', { certificates: 'aggregate' }, (n - 1) * (2 * n + 1)],
  ['hotstuff', {}, 8 * (n - 1)],
  ['stellar-scp', {}, 7 * n * (n - 1)],
  ['zab', {}, 3 * (n - 1)],
  ['raft', {}, 2 * (n - 1)],
  ['federated-signing', {}, 3 * (n - 1)],
  ['phases', {}, 2 * n * (n - 1)],
];

// On the last one checking the votes takes a hundred times as long as a message.
describe.each(['wan-5-regions', 'lan', { kind: 'fixed', delay_ms: 1 }] as const)('%j', (network) => {
  test.each(MECHANISMS)('%s %j', (id, parameters, messages) => {
    const suite = { name: 's', decisions: 1, replicates: 1, network, sweep: { nodes: [n] }, workloads: { [id]: parameters } };
    const [cell] = [...planCells(suiteOf(suite as never))];
    const { outcome } = simulateCell(cell!, workloads.get(id)!, { engine: 'waves', kernels });
    expect(outcome).toMatchObject({ state: 'done', decisions: 1, safety: 'ok', durability: 'ok', counts: { messages } });
  });
  // Equal stakes of many units: who is on a committee of tau is so with chance 1 - e^(-tau/n), and tells everybody.
  test('pos-algorand: who is on a committee speaks, and nobody else', () => {
    const suite = { name: 's', decisions: 1, replicates: 1, network, sweep: { nodes: [n] }, workloads: { 'pos-algorand': {} } };
    const [cell] = [...planCells(suiteOf(suite as never))];
    const { outcome } = simulateCell(cell!, workloads.get('pos-algorand')!, { engine: 'waves', kernels });
    expect(outcome).toMatchObject({ state: 'done', decisions: 1, safety: 'ok', durability: 'ok', viewChanges: 0 });
    const chances = [20, 2990, 1500].map((tau) => 1 - Math.exp(-tau / n));
    const speakers = outcome.counts.messages / (n - 1);
    expect(Number.isInteger(speakers)).toBe(true);
    const variance = chances.reduce((sum, p) => sum + n * p * (1 - p), 0);
    expect(Math.abs(speakers - chances.reduce((sum, p) => sum + n * p, 0)) / Math.sqrt(variance)).toBeLessThan(4);
  });
});
