// What a faulty replica says instead of what the protocol has it say. The replica's own code is that of a correct one.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { altered, changing, forging, replaying, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import type { Action, Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Equivocator } from './equivocator.ts';
import { TYPE, type PbftMessage } from './messages.ts';
import { otherResult } from '../parts/liars.ts';
import { Reply, otherDigest } from '../parts/messages.ts';
import { Replica } from './replica.ts';
import { VOTES, authenticate, type Run } from './state.ts';

/** The filter on what a faulty replica sends; null: it sends what a correct one does. */
export function filterOf(run: Run, { kind }: FaultEntry): OutboxFilter<PbftMessage> | null {
  switch (kind) {
    case 'bad-signature':
      return forging();
    case 'replay':
      return replaying(({ type }) => ((VOTES >> type) & 1) === 1);
    case 'wrong-vote':
      return wrongVotes(run);
    default:
      return null;
  }
}

/** Votes for what nobody has proposed, and tells the client a result of its own; each liar another one. */
function wrongVotes(run: Run): OutboxFilter<PbftMessage> {
  const wrong = changing<PbftMessage>((message) => {
    if (message instanceof Reply) return otherResult(message);
    if (message.type !== TYPE.prepare && message.type !== TYPE.commit) return message;
    return altered(message, { digest: otherDigest(message.digest) });
  });
  return (actions, step) => {
    const said = wrong(actions, step);
    // Its own certificates show the PREPARE for what was proposed, so it signs both.
    for (const action of said) if (isPrepare(action)) authenticate(run, action.message, run.rules.nodes - 1);
    return said;
  };
}

const isPrepare = (action: Action<PbftMessage>): action is Extract<Action<PbftMessage>, { kind: 'multicast' }> =>
  action.kind === 'multicast' && action.message.type === TYPE.prepare;

/** A replica that equivocates from one moment to another: meanwhile it hears nothing as a correct one, and comes back behind. */
export class Turncoat {
  readonly replica: Replica;
  private readonly entry: FaultEntry;
  private equivocator: Equivocator | null = null;

  constructor(context: NodeContext<PbftMessage>, run: Run, entry: FaultEntry) {
    this.replica = new Replica(context, run);
    this.entry = entry;
  }

  step(input: NodeInput<PbftMessage>, out: Outbox<PbftMessage>): void {
    const { from_us, until_us } = this.entry;
    if (input.now_us >= from_us && input.now_us < until_us) {
      this.equivocator ??= new Equivocator(this.replica, this.entry.faulty);
      this.equivocator.step(input, out);
      return;
    }
    if (this.equivocator !== null) {
      this.equivocator = null;
      // Who comes back asks for what it has missed.
      this.replica.step({ kind: 'start', now_us: input.now_us }, out);
    }
    this.replica.step(input, out);
  }
}
