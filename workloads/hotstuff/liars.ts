// What a faulty replica says instead of what the protocol has it say. Its own code is that of a correct one. Equivocators: turncoat.ts.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { altered, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import { liesOf } from '../parts/liars.ts';
import { NULL_DIGEST, otherDigest, type SignedMessage } from '../parts/messages.ts';
import { TYPE } from './messages.ts';
import type { Run } from './state.ts';

export const isVote = ({ type }: SignedMessage): boolean =>
  type === TYPE.prepareVote || type === TYPE.preCommitVote || type === TYPE.commitVote;

/** The filter on what a faulty replica sends; null: it sends what a correct one does. */
export function filterOf({ log, rules }: Run, node: number, entry: FaultEntry): OutboxFilter<SignedMessage> | null {
  return liesOf(entry, {
    isReplayed: (message) => isVote(message) || message.type === TYPE.newView,
    wrong: (message) => {
      if (!isVote(message) || message.digest === NULL_DIGEST || message.signer !== node) return message;
      const said = altered(message, { digest: otherDigest(message.digest) });
      if (rules.form === 'aggregate') log.share(said);
      else log.sign(said);
      return said;
    },
  });
}
