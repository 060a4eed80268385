// What faulty nodes say instead. Their own code is that of a correct one.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import { altered, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import { liesOf } from '../parts/liars.ts';
import { otherDigest } from '../parts/messages.ts';
import type { Note } from './node.ts';
import { Statement, valueOf, type Ballot, type Pledges } from './statements.ts';

/** The filter on what a faulty node sends; null: it sends what a correct one does. */
export function filterOf(log: OperationLog, entry: FaultEntry): OutboxFilter<Note> | null {
  // What it says instead it signs, too.
  const other = (message: Note): Note => {
    if (!(message instanceof Statement)) return message;
    const pledges = otherPledges(message.pledges);
    const body = message.body === null ? null : otherDigest(message.body);
    const said = altered<Statement>(message, { pledges, body, digest: valueOf(pledges) });
    log.sign(said);
    return said;
  };
  return liesOf(entry, {
    isReplayed: (message) => message instanceof Statement,
    wrong: other,
    // It lives twice: what one half hears of it is true of one value, to the other half it is true of the other order of the same transactions,
    // from the nomination to the externalized value. Liars among themselves keep to the first half's.
    forked: other,
  });
}

/** The same of the other order of each batch. */
function otherPledges(pledges: Pledges): Pledges {
  const ballot = ({ counter, value }: Ballot): Ballot => ({ counter, value: otherDigest(value) });
  const optional = (one: Ballot | null): Ballot | null => (one === null ? null : ballot(one));
  switch (pledges.kind) {
    case 'nominate':
      return { ...pledges, voted: pledges.voted.map(otherDigest), accepted: pledges.accepted.map(otherDigest) };
    case 'prepare': {
      const { prepared, preparedPrime } = pledges;
      return { ...pledges, ballot: ballot(pledges.ballot), prepared: optional(prepared), preparedPrime: optional(preparedPrime) };
    }
    case 'commit':
      return { ...pledges, ballot: ballot(pledges.ballot) };
    case 'externalize':
      return { ...pledges, commit: ballot(pledges.commit) };
  }
}
