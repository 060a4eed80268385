// What liars of several mechanisms say alike.
import { altered } from '../../harness/simulate/messages/byzantine.ts';
import type { Reply } from './messages.ts';

/** A result of its own: each liar another one. */
export function otherResult(reply: Reply): Reply {
  const result = ~reply.result ^ (reply.signer << 8);
  return altered(reply, { result, digest: result });
}
