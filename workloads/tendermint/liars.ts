// What a faulty validator says instead of what the algorithm has it say. Its own code is that of a correct one, which proposes, votes and counts;
// so liars know of each other's votes what the first half knows.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { altered, changing, forging, forking, halvesOf, replaying, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import { otherResult } from '../parts/liars.ts';
import { Reply, otherDigest, type SignedMessage } from '../parts/messages.ts';
import { NIL, TYPE } from './messages.ts';
import type { Run } from './state.ts';

const isVote = ({ type }: SignedMessage): boolean => type === TYPE.prevote || type === TYPE.precommit;

/** The filter on what a faulty validator sends; null: it sends what a correct one does. */
export function filterOf({ log, rules }: Run, node: number, { kind, faulty }: FaultEntry): OutboxFilter<SignedMessage> | null {
  /** The same transactions in another order, which it signs, too. What others have signed it can pass on alone. */
  const other = (message: SignedMessage): SignedMessage => {
    if (message.digest === NIL || message.signer !== node) return message;
    const said = altered(message, { digest: otherDigest(message.digest) });
    if (rules.form === 'aggregate' && isVote(said)) log.share(said);
    else log.sign(said);
    return said;
  };
  switch (kind) {
    case 'bad-signature':
      return forging();
    case 'replay':
      return replaying(isVote);
    case 'wrong-vote':
      // Votes for what nobody has proposed, and tells the client a result of its own; each liar another one.
      return changing((message) => {
        if (!(message instanceof Reply)) return isVote(message) ? other(message) : message;
        return otherResult(message);
      });
    case 'equivocate':
      // A proposer proposes one order to half of the correct validators and another to the others; voters vote for both.
      return forking(
        (message, half) => (half === 1 && (isVote(message) || message.type === TYPE.proposal) ? other(message) : message),
        halvesOf(faulty),
      );
    default:
      return null;
  }
}
