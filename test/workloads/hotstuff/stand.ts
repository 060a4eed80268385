// HotStuff on a stand: one replica stepped by hand.
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { Request, digestOf, type SignedMessage } from '../../../workloads/parts/messages.ts';
import { Certificate, type Block } from '../../../workloads/hotstuff/blocks.ts';
import hotstuff from '../../../workloads/hotstuff/index.ts';
import { hotStuffMechanism } from '../../../workloads/hotstuff/mechanism.ts';
import { BlockMessage, NewView, Proposal, Proven, TYPE, Vote, aboutBlock } from '../../../workloads/hotstuff/messages.ts';
import type { HotStuffParameters } from '../../../workloads/hotstuff/parameters.ts';
import { Replica } from '../../../workloads/hotstuff/replica.ts';
import { makeCell, simulationKernels, type CellOptions } from '../../cells.ts';
import { nodeOf } from '../../support/stand.ts';

/** Batches that clients have submitted. */
export const [A, B, C] = [digestOf(1), digestOf(2), digestOf(3)] as const;
const BATCHES = 12;

export function replica(id: number, options: CellOptions = {}) {
  const setup = setupOf(makeCell(hotstuff, options), hotstuff, { kernels: simulationKernels }) as Setup<HotStuffParameters>;
  const mechanism = hotStuffMechanism(setup);
  const { state, clock, out, step, deliver, timers } = nodeOf(setup, mechanism, id, BATCHES);
  const it = state as Replica;
  const { blocks, rules } = it.run;
  const { nodes } = setup;
  const quorum = Array.from({ length: rules.quorum }, (_, signer) => signer);
  const certificate = (block: Block, type: number = TYPE.prepareVote): Certificate =>
    block === blocks.genesis
      ? it.run.first
      : new Certificate(
          type,
          block,
          quorum.map((signer) => vote(block, signer, type)),
        );
  return {
    it,
    run: it.run,
    log: mechanism.log,
    out,
    step,
    deliver,
    genesis: blocks.genesis,
    block: (view: number, parent: Block, digest: number): Block => blocks.of(view, parent, digest),
    certificate,
    /** By the leader of the block's view. */
    propose: (block: Block, justify = certificate(block.parent!), fields: { signer?: number; valid?: boolean } = {}): void =>
      deliver(
        new Proposal({
          type: TYPE.prepare,
          ...aboutBlock(block),
          signer: rules.leaderOf(block.view),
          bytes: 1000,
          block,
          justify,
          proof: [],
          ...fields,
        }),
      ),
    /** Its leader shows a certificate of the votes of a type. */
    show: (type: number, block: Block, votes: number, made = certificate(block, votes)): void =>
      deliver(new Proven({ type, ...aboutBlock(block), signer: rules.leaderOf(block.view), bytes: 300, certificate: made })),
    newView: (signer: number, view: number, justify: Certificate): void =>
      deliver(
        new NewView({
          type: TYPE.newView,
          view,
          sequence: justify.block.height + 1,
          signer,
          digest: 0,
          parent: justify.view,
          bytes: 300,
          justify,
        }),
      ),
    request: (batch = 1): void =>
      deliver(new Request({ type: TYPE.request, view: 0, sequence: batch, signer: nodes, items: [batch], bytes: 10 }), nodes),
    expire: (): void => {
      clock.now_us += 1e9;
      step({ kind: 'timer', now_us: clock.now_us, id: 'view' });
    },
    /** What it has said of a type, and to whom; all: -1. */
    said: (type: number): { to: number; message: SignedMessage }[] =>
      out.actions.flatMap((action) => {
        if (action.kind === 'multicast' && action.message.type === type) return [{ to: -1, message: action.message }];
        return action.kind === 'send' && action.message.type === type ? [{ to: action.to, message: action.message }] : [];
      }),
    timers,
  };
}

export function vote(block: Block, signer: number, type: number = TYPE.prepareVote, valid = true): Vote {
  return new Vote({ type, ...aboutBlock(block), signer, bytes: 117, block, valid });
}
/** The block as one who has it sends it. */
export function sent(block: Block): BlockMessage {
  return new BlockMessage({ type: TYPE.block, ...aboutBlock(block), signer: 0, bytes: 300, block });
}
