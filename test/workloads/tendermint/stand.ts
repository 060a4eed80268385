// Tendermint on a stand: one validator stepped by hand.
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { Request, SignedMessage, digestOf } from '../../../workloads/parts/messages.ts';
import tendermint from '../../../workloads/tendermint/index.ts';
import { tendermintMechanism } from '../../../workloads/tendermint/mechanism.ts';
import { Proposal, TYPE, viewOf } from '../../../workloads/tendermint/messages.ts';
import type { TendermintParameters } from '../../../workloads/tendermint/parameters.ts';
import { makeCell, simulationKernels, type CellOptions } from '../../cells.ts';
import { nodeOf } from '../../support/stand.ts';

/** Two batches that clients have submitted, and another order of each. */
export const [V, OTHER, W] = [digestOf(1), digestOf(1) + 1, digestOf(2)] as const;
const BATCHES = 8;

export function validator(id: number, options: CellOptions = {}) {
  const setup = setupOf(makeCell(tendermint, options), tendermint, { kernels: simulationKernels }) as Setup<TendermintParameters>;
  const mechanism = tendermintMechanism(setup);
  const { state, out, step, deliver, timers } = nodeOf(setup, mechanism, id, BATCHES);
  const { nodes } = setup;
  return {
    it: state,
    log: mechanism.log,
    out,
    step,
    deliver,
    request: (batch = 1): void =>
      deliver(new Request({ type: TYPE.request, view: 0, sequence: batch, signer: nodes, items: [batch], bytes: 10 }), nodes),
    expire: (timer: string): void => step({ kind: 'timer', now_us: 0, id: timer }),
    /** What it has said of a type. */
    said: (type: number): SignedMessage[] =>
      out.actions.flatMap((action) =>
        (action.kind === 'multicast' || action.kind === 'send') && action.message.type === type ? [action.message] : [],
      ),
    timers,
  };
}

export interface At {
  readonly height?: number;
  readonly round?: number;
}

export function proposal(
  digest: number,
  { height = 1, round = 0, validRound = -1, signer }: At & { validRound?: number; signer?: number } = {},
): Proposal {
  const view = viewOf(height, round);
  return new Proposal({ type: TYPE.proposal, view, sequence: height, signer: signer ?? view % 4, digest, bytes: 130, validRound });
}
export function vote(type: number, signer: number, digest: number, { height = 1, round = 0 }: At = {}): SignedMessage {
  return new SignedMessage({ type, view: viewOf(height, round), sequence: height, signer, digest, bytes: 113 });
}
