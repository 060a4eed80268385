// What faulty nodes say instead of what a correct one would. Equivocators have a plan of their own (equivocator.ts).
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { altered, changing, forging, replaying, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import { otherDigest } from '../parts/messages.ts';
import { TYPE } from './messages.ts';
import type { Note, Run } from './signer.ts';

const REPLAYED: ReadonlySet<number> = new Set([TYPE.signRequest, TYPE.signature, TYPE.block]);

/** null: as its state says. */
export function filterOf({ log }: Run, { kind }: FaultEntry): OutboxFilter<Note> | null {
  if (kind === 'bad-signature') return forging();
  if (kind === 'replay') return replaying(({ type }) => REPLAYED.has(type));
  if (kind !== 'wrong-vote') return null;
  return changing((message) => {
    if (message.type !== TYPE.signature) return message;
    const said = altered(message, { digest: otherDigest(message.digest) });
    log.sign(said);
    return said;
  });
}
