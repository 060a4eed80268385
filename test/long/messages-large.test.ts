// Many nodes on messages: a linear protocol at n = 10 000, and PBFT at n = 1 000 with queues at cores and links.
import { expect, test } from 'vitest';
import { runMessages, type Message, type Protocol } from '../../harness/simulate/messages/engine.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { setupOf } from '../../harness/simulate/core/simulate.ts';
import { NODE_PROFILES } from '../../harness/model/cell.ts';
import pbft from '../../workloads/pbft/index.ts';
import type { PbftParameters } from '../../workloads/pbft/parameters.ts';
import { pbftRun } from '../workloads/pbft/stand.ts';
import { WAN, makeCell, simulationKernels, type CellOptions } from '../cells.ts';

const setup = (options: CellOptions): Setup =>
  setupOf(makeCell(pbft, { network: WAN, node: NODE_PROFILES.server, ...options }), pbft, { kernels: simulationKernels });

test('a leader and 9 999 followers: 100 rounds, each answered by a majority', () => {
  const nodes = 10_000;
  const rounds = 100;
  let round = 1;
  let answers = 0;
  const protocol: Protocol<number, Message> = {
    nodes,
    participants: nodes,
    init: (id) => id,
    done: () => round > rounds,
    step: (id, input, out) => {
      const append = (): void => out.multicast({ type: 1, view: 0, sequence: round, bytes: 500 });
      if (input.kind === 'start' && id === 0) append();
      if (input.kind !== 'message') return;
      const { type, sequence } = input.message;
      if (type === 1) out.send(0, { type: 2, view: 0, sequence, bytes: 50 });
      else if (sequence === round && ++answers === nodes / 2) {
        round += 1;
        answers = 0;
        if (round <= rounds) append();
      }
    },
  };
  const run = runMessages(protocol, { ...setup({ nodes }), resources: { from_us: 0, until_us: Infinity } });
  expect(run).toMatchObject({ stopped: 'done', messages: 2 * rounds * (nodes - 1) });
  // The leader's uplink carries 500 bytes to each follower.
  expect(run.use!.uplink_us[0]).toBeCloseTo(rounds * (nodes - 1) * 4, 3);
});

test('pbft with 1 000 replicas, cores and links queueing', () => {
  const made = {
    ...setup({ nodes: 1000, decisions: 2 }),
    resources: { from_us: 0, until_us: Infinity },
  } as unknown as Setup<PbftParameters>;
  const protocol = pbftRun(made).run;
  const run = runMessages(protocol, made);
  expect(run.stopped).toBe('done');
  expect(protocol.latencies_us).toHaveLength(2);
  expect(run.messages).toBe(2 * (999 + 999 * 999 + 1000 * 999));
});
