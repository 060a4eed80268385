// One node of SCP on a stand: five nodes, of which a slice has four and two are blocking, as in stellar-core's tests ("ballot protocol core5").
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import { Outbox, type Input } from '../../../harness/simulate/messages/engine.ts';
import { VotingRun, type Seat } from '../../../harness/simulate/messages/voting/run.ts';
import { Request, digestOf } from '../../../workloads/parts/messages.ts';
import scp from '../../../workloads/stellar-scp/index.ts';
import { scpMechanism } from '../../../workloads/stellar-scp/mechanism.ts';
import { viewOf, type Note, type ScpNode } from '../../../workloads/stellar-scp/node.ts';
import type { ScpParameters } from '../../../workloads/stellar-scp/parameters.ts';
import { Statement, TYPE, type Ballot, type Pledges } from '../../../workloads/stellar-scp/statements.ts';
import { makeCell, simulationKernels, type CellOptions } from '../../cells.ts';

/** Values in their order: batches 1, 2 and 3, which the node has. */
export const [X, Y, Z] = [digestOf(1), digestOf(2), digestOf(3)] as [number, number, number];

export const nominate = (voted: number[], accepted: number[] = []): Pledges => ({ kind: 'nominate', voted, accepted });
export function prepare(ballot: Ballot, more: { p?: Ballot; q?: Ballot; c?: number; h?: number } = {}): Pledges {
  const { p = null, q = null, c = 0, h = 0 } = more;
  return { kind: 'prepare', ballot, prepared: p, preparedPrime: q, hCounter: h, cCounter: c };
}
export const commit = (ballot: Ballot, preparedCounter: number, cCounter: number, hCounter: number): Pledges => {
  return { kind: 'commit', ballot, preparedCounter, hCounter, cCounter };
};
export const externalize = (ballot: Ballot, hCounter: number): Pledges => ({ kind: 'externalize', commit: ballot, hCounter });
export const ballot = (counter: number, value: number): Ballot => ({ counter, value });

export function stand(id = 0, options: CellOptions = {}) {
  const setup = setupOf(makeCell(scp, { nodes: 5, ...options }), scp, { kernels: simulationKernels }) as Setup<ScpParameters>;
  const mechanism = scpMechanism(setup);
  const run = new VotingRun<ScpNode, Note>(setup as unknown as Setup, mechanism, { from_us: 0, until_us: Infinity, rate_tps: null });
  const inner = run as unknown as { submit(client: number): number; makeBatch(items: readonly number[]): unknown };
  const seat = run.init(id) as Seat<ScpNode, Note>;
  const out = new Outbox<Note>();
  const timers = new Map<string, number>();
  const said: Pledges[] = [];
  let now_us = 0;
  const step = (input: Input<Note>): void => {
    run.step(seat, input, out);
    // Processing is free: work comes back at once.
    for (let action = out.actions.shift(); action !== undefined; action = out.actions.shift()) {
      if (action.kind === 'work') run.step(seat, { kind: 'work', now_us, token: action.token }, out);
      else if (action.kind === 'timer') timers.set(action.id, action.delay_us);
      else if (action.kind === 'cancel') timers.delete(action.id);
      else if (action.kind === 'multicast' && action.message instanceof Statement) said.push(action.message.pledges);
    }
  };
  const signers = (count: number): number[] => [0, 1, 2, 3, 4].filter((node) => node !== id).slice(0, count);
  for (const item of [1, 2, 3]) {
    inner.submit(0);
    inner.makeBatch([item]);
  }
  return {
    node: seat.state,
    mechanism,
    said,
    timers,
    /** It hears of a batch from a client, and has it then. */
    request: (item: number): void => {
      const message = new Request({ type: TYPE.request, view: 0, sequence: item, signer: 5, items: [item], bytes: 1 });
      step({ kind: 'message', now_us, from: 5, message });
    },
    hear: (signer: number, pledges: Pledges, sequence = 1): void => {
      const message = new Statement({ type: TYPE.nominate, view: viewOf(sequence), sequence, signer, pledges });
      step({ kind: 'message', now_us, from: signer, message });
    },
    /** The same of so many others, one after another. */
    hears(count: number, pledges: Pledges): void {
      for (const signer of signers(count)) this.hear(signer, pledges);
    },
    expire: (id: string): void => {
      now_us += timers.get(id)!;
      timers.delete(id);
      step({ kind: 'timer', now_us, id });
    },
    /** What it has said since it was asked last. */
    spoken: (): Pledges[] => said.splice(0),
  };
}

/** Others that, with the node, are a quorum; and those that block it. */
export const QUORUM = 3;
export const BLOCKING = 2;
