// What a faulty node says instead of what the protocol has it say. Its own code is that of a correct one, and so it is chosen as one is: nobody
// can choose how often. What a liar has said in one of its steps it cannot take back; it says something else to others.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { altered, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import { liesOf } from '../parts/liars.ts';
import { otherDigest, type SignedMessage } from '../parts/messages.ts';
import { BOTTOM, Proposal, Vote } from './messages.ts';
import type { Run } from './state.ts';

/** The filter on what a faulty node sends; null: it sends what a correct one does. */
export function filterOf({ log }: Run, node: number, entry: FaultEntry): OutboxFilter<SignedMessage> | null {
  const isVote = (message: SignedMessage): boolean => message instanceof Vote && !(message instanceof Proposal);
  /** The same for the block with its transactions in another order, which it signs, too. What others have signed it can pass on alone. */
  const other = (message: SignedMessage): SignedMessage => {
    if (message.digest === BOTTOM || message.signer !== node) return message;
    const said = altered(message, { digest: otherDigest(message.digest) });
    log.sign(said);
    return said;
  };
  return liesOf(entry, {
    isReplayed: isVote,
    wrong: (message) => (isVote(message) ? other(message) : message),
    // A proposer proposes one order to half of the correct nodes and another to the others; voters vote for both.
    forked: (message) => (message instanceof Vote ? other(message) : message),
  });
}
