// When a decision is reported, at least as many correct replicas hold it as the workload declares (its commit quorum less the faulty ones).
import { describe, expect, test } from 'vitest';
import { DurabilityChecker } from '../../../harness/simulate/check/durability.ts';
import type { FaultEntry } from '../../../harness/simulate/core/faults.ts';
import { workloads } from '../../../harness/workloads.ts';
import pbft from '../../../workloads/pbft/index.ts';
import type { Rules } from '../../../workloads/pbft/rules.ts';
import { pbftRun, pbftSetup } from '../../workloads/pbft/stand.ts';
import { WAN, fixed, simulate, type CellOptions } from '../../cells.ts';

const faults = (kind: 'crash' | 'equivocate', flags: number[]) => {
  const faulty = Uint8Array.from(flags);
  const entry = { kind, faulty } as FaultEntry;
  return { faulty, count: flags.filter((is) => is === 1).length, entries: [entry] };
};

describe('the checker', () => {
  test('counts distinct replicas that hold the decision when it is reported, not later ones', () => {
    const checker = new DurabilityChecker(faults('crash', [0, 0, 0, 0]), 3);
    for (const replica of [0, 1, 1, 1]) checker.persisted(replica, 7);
    checker.persisted(2, 8);
    checker.reported(7);
    checker.persisted(3, 7);
    expect(checker).toMatchObject({ verdict: 'violated', reason: 'decision 7 was reported when 2 correct replicas held it; it takes 3' });
    const enough = new DurabilityChecker(faults('crash', [0, 0, 0, 0]), 3);
    for (const replica of [3, 1, 2]) enough.persisted(replica, 7);
    enough.reported(7);
    enough.reported(7);
    expect(enough).toMatchObject({ verdict: 'ok', reason: '' });
  });
  test('replicas that are down but have it count, liars do not; the faulty are taken off what is needed, down to one', () => {
    const down = new DurabilityChecker(faults('crash', [0, 0, 0, 1]), 3);
    for (const replica of [0, 3]) down.persisted(replica, 1);
    down.reported(1);
    expect(down.verdict).toBe('ok');
    const lying = new DurabilityChecker(faults('equivocate', [1, 0, 0, 0]), 3);
    for (const replica of [0, 1]) lying.persisted(replica, 1);
    lying.reported(1);
    expect(lying.verdict).toBe('violated');
    const most = new DurabilityChecker(faults('equivocate', [1, 1, 1, 0]), 3);
    most.reported(1);
    expect(most.verdict).toBe('violated');
    expect(new DurabilityChecker(faults('equivocate', [1, 1, 1, 1]), 3).verdict).toBe('unknown');
  });
});

/** PBFT whose rules are changed by hand. */
function planted(change: Partial<Rules>, options: CellOptions) {
  const { outcome } = pbftRun(pbftSetup(options), change).run.run();
  expect(outcome.state).toBe('done');
  return outcome;
}

describe('bugs that are planted in PBFT', () => {
  const equivocator: CellOptions = { network: WAN, decisions: 20, fault: { kind: 'equivocate', count: 1 } };
  test('a client that accepts too few replies believes the one who lies', () => {
    expect(planted({}, equivocator).durability).toBe('ok');
    expect(planted({ replies: 1 }, equivocator).durability).toBe('violated');
  });
  test('replicas that report before their quorum', () => {
    const clean: CellOptions = { nodes: 7, network: WAN, decisions: 20 };
    expect(planted({}, clean).durability).toBe('ok');
    // One vote is taken for a quorum, and the first such reply for an answer; what has to hold is still 5 of 7.
    expect(planted({ quorum: 1, replies: 1 }, clean).durability).toBe('violated');
  });
});

test('every voting workload declares its commit quorum, and its rows say whether decisions were durable', () => {
  for (const workload of workloads.values()) {
    const { outcome } = simulate(workload, { decisions: 3, network: fixed(10) });
    const votes = workload.family !== 'lottery';
    if (votes) expect(workload.commitQuorum!(4)).toBeGreaterThan(2);
    else expect(workload.commitQuorum).toBeUndefined();
    expect(outcome.durability).toBe(votes ? 'ok' : undefined);
  }
});

test('waves and messages agree on it at every fault that both represent', () => {
  for (const count of [0, 1, 2, 3])
    for (const kind of ['crash', 'silent-leader'] as const) {
      const cell = { network: WAN, decisions: 5, fault: { kind, count } };
      expect(simulate(pbft, cell).outcome.durability).toBe(simulate(pbft, cell, { engine: 'messages' }).outcome.durability);
    }
});
