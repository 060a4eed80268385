// What liars of several mechanisms say alike. Their own code is that of a correct node, and a filter changes what it sends.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { altered, changing, forging, forking, halvesOf, replaying, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import type { Message } from '../../harness/simulate/messages/protocol.ts';
import { Reply } from './messages.ts';

/** A result of its own: each liar another one. */
export function otherResult<R extends Reply>(reply: R): R {
  const result = ~reply.result ^ (reply.signer << 8);
  return altered<Reply>(reply, { result, digest: result }) as R;
}

/** What a mechanism's messages become; each function gives back what it does not change. */
export interface Lies<M> {
  readonly isReplayed: (message: M) => boolean;
  /** A vote for what nobody has proposed. */
  readonly wrong: (message: M) => M;
  /** What the second half of the correct nodes hears of an equivocator; absent: equivocators are programs of their own. */
  readonly forked?: (message: M) => M;
}

/** The filter on what a faulty node sends; null: it sends what a correct one does. Wrong voters tell clients a result of their own, too. */
export function liesOf<M extends Message & { readonly valid: boolean }>(
  { kind, faulty }: FaultEntry,
  { isReplayed, wrong, forked }: Lies<M>,
): OutboxFilter<M> | null {
  switch (kind) {
    case 'bad-signature':
      return forging();
    case 'replay':
      return replaying(isReplayed);
    case 'wrong-vote':
      return changing((message) => (message instanceof Reply ? otherResult(message) : wrong(message)));
    case 'equivocate':
      return forked === undefined ? null : forking((message, half) => (half === 1 ? forked(message) : message), halvesOf(faulty));
    default:
      return null;
  }
}
