// What a faulty validator says instead of what the algorithm has it say. Its own code is that of a correct one, which proposes, votes and counts;
// so liars know of each other's votes what the first half knows.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { altered, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import { liesOf } from '../parts/liars.ts';
import { otherDigest, type SignedMessage } from '../parts/messages.ts';
import { NIL, TYPE } from './messages.ts';
import type { Run } from './state.ts';

const isVote = ({ type }: SignedMessage): boolean => type === TYPE.prevote || type === TYPE.precommit;

/** The filter on what a faulty validator sends; null: it sends what a correct one does. */
export function filterOf({ log, rules }: Run, node: number, entry: FaultEntry): OutboxFilter<SignedMessage> | null {
  /** The same transactions in another order, which it signs, too. What others have signed it can pass on alone. */
  const other = (message: SignedMessage): SignedMessage => {
    if (message.digest === NIL || message.signer !== node) return message;
    const said = altered(message, { digest: otherDigest(message.digest) });
    if (rules.form === 'aggregate' && isVote(said)) log.share(said);
    else log.sign(said);
    return said;
  };
  return liesOf(entry, {
    isReplayed: isVote,
    wrong: (message) => (isVote(message) ? other(message) : message),
    // A proposer proposes one order to half of the correct validators and another to the others; voters vote for both.
    forked: (message) => (isVote(message) || message.type === TYPE.proposal ? other(message) : message),
  });
}
