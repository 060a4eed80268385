// What holds of correct validators at any moment.
import type { Step } from './avalanche.ts';
import { isInChain } from './ledgers.ts';
import type { Round } from './round.ts';
import type { Validator } from './validator.ts';

/** The rule that does not hold of these validators; '' where all do. */
export function broken(validators: readonly Validator[], ladder: readonly Step[]): string {
  for (const validator of validators) {
    const { id, known, validated, issued, round } = validator;
    if (!validator.hasBegun) continue;
    if (!known.has(validated.digest)) return `validator ${id} takes a ledger for fully validated that it does not have`;
    // A quorum holds one correct validator that has validated it.
    if (validated.sequence > 0 && !validators.some((other) => other.issued >= validated.sequence))
      return `ledger ${validated.sequence} is fully validated at validator ${id}, and no correct one has come so far`;
    const wrong = wrongVote(round, ladder);
    if (wrong !== 0)
      return `validator ${id} votes on transaction ${wrong} of ledger ${round.previous.sequence + 1} against its peers' votes`;
    if (round.phase !== 'open' && round.position === null) return `validator ${id} has closed its ledger without a position`;
    if (issued > Math.max(...validators.map((other) => (other.hasBegun ? other.round.previous.sequence : 0))) + 1)
      return `validator ${id} has validated ledger ${issued}, which nobody has built`;
  }
  for (const one of validators)
    for (const other of validators) {
      const [lower, higher] =
        one.validated.sequence <= other.validated.sequence ? [one.validated, other.validated] : [other.validated, one.validated];
      if (!isInChain(lower, higher)) return `validators ${one.id} and ${other.id} have fully validated ledgers of two branches`;
    }
  return '';
}

/**
 * DisputedTx::updateVote, counted anew from the sets that were proposed: who proposes is for a transaction where more than the needed per cent
 * are, its own vote among them, rounded down; who follows others is for what more of them have than have not; and where all peers vote as it
 * does it goes on as before. What is needed is between the least and the most of the ladder. Returns a transaction on which the last vote
 * breaks that; 0: none.
 */
function wrongVote(round: Round, ladder: readonly Step[]): number {
  const { voted, position } = round;
  if (voted === null || position === null) return 0;
  const itemsOf = (set: number): ReadonlySet<number> => new Set(round.items(set));
  const [before, after, peers] = [itemsOf(voted.before), itemsOf(position.set), voted.sets.map(itemsOf)];
  const needed = ladder.map(({ needed_percent }) => needed_percent);
  for (const item of new Set([before, after, ...peers].flatMap((set) => [...set]))) {
    const own = before.has(item);
    const yays = peers.filter((set) => set.has(item)).length;
    const nays = peers.length - yays;
    const weight = Math.floor((100 * (yays + (own ? 1 : 0))) / (peers.length + 1));
    let may = [true, false];
    if ((own ? nays : yays) === 0) may = [own];
    else if (!voted.isProposing) may = [yays > nays];
    else if (weight <= Math.min(...needed)) may = [false];
    else if (weight > Math.max(...needed)) may = [true];
    if (!may.includes(after.has(item))) return item;
  }
  return 0;
}
