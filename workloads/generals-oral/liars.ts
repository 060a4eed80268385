// What traitors say instead of what a loyal general would. Their own code is that of a loyal one.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { altered, changing, forking, halvesOf, replaying, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import { Reply, otherDigest, type SignedMessage } from '../parts/messages.ts';
import { TYPE } from '../parts/generals.ts';
import { OralMessage } from './lieutenant.ts';

/** null: it sends what a loyal general does. */
export function filterOf({ kind, faulty }: FaultEntry): OutboxFilter<SignedMessage> | null {
  switch (kind) {
    case 'wrong-vote':
      return changing(opposite);
    case 'equivocate': {
      const halfOf = halvesOf(faulty);
      // Whatever they have heard, all of them stand for one order to one half of the loyal, and for the other to the other.
      return forking(
        (message, half) => (message instanceof OralMessage ? altered(message, { digest: orderOf(message.digest, half) }) : message),
        halfOf,
      );
    }
    case 'replay':
      return replaying((message) => message instanceof OralMessage);
    default:
      return null;
  }
}

/** The two orders of the same transactions. */
const orderOf = (digest: number, half: 0 | 1): number => digest - (digest & 1) + half;

/** Relays the other order, and tells the client that it has obeyed that. */
function opposite(message: SignedMessage): SignedMessage {
  if (message.type === TYPE.relay) return altered(message, { digest: otherDigest(message.digest) });
  if (!(message instanceof Reply)) return message;
  const result = otherDigest(message.result);
  return altered<Reply>(message, { result, digest: result });
}
