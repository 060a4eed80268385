// What holds of correct validators at any moment: what the paper's proof of agreement (section 4) rests on.
import { weightOf } from '../../harness/simulate/core/weights.ts';
import { NIL, TYPE, roundOf } from './messages.ts';
import type { Validator } from './validator.ts';

/** Above every round: a key is height * ROUNDS + round. */
const ROUNDS = 0x100000;

/** Heights below a validator's own at which its decisions are looked at: fewer are decided between two audits. */
const LOOKED_AT = 64;

interface Precommitted {
  readonly digest: number;
  power: number;
}

/** What does not hold of these validators; '' where all does. */
export function broken(validators: readonly Validator[]): string {
  const decided = new Map<number, number>();
  const polkas = new Map<number, number>();
  const precommitted = new Map<number, Precommitted>();
  for (const { id, height, decisions, locked, valid, said, rules } of validators) {
    for (let at = Math.max(1, height - LOOKED_AT); at < height; at++) {
      const digest = decisions.get(at)?.digest;
      if (digest === undefined) continue;
      if ((decided.get(at) ?? digest) !== digest) return `two values are decided at height ${at}`;
      decided.set(at, digest);
    }
    if (locked !== null && (valid === null || valid.round < locked.round))
      return `validator ${id} is locked on what it does not know to be valid`;
    for (const value of [locked, valid]) {
      if (value === null) continue;
      const key = height * ROUNDS + value.round;
      if ((polkas.get(key) ?? value.digest) !== value.digest)
        return `two values have the PREVOTEs of a quorum in round ${value.round} of height ${height}`;
      polkas.set(key, value.digest);
    }
    const once = new Set<number>();
    for (const message of said) {
      const { type, digest } = message;
      const round = roundOf(message);
      if (once.has(type * ROUNDS + round)) return `validator ${id} says two things in round ${round} of height ${height}`;
      once.add(type * ROUNDS + round);
      if (type !== TYPE.precommit || digest === NIL) continue;
      const key = height * ROUNDS + round;
      const votes = precommitted.get(key) ?? { digest, power: 0 };
      if (votes.digest !== digest) return `two values are PRECOMMITted in round ${round} of height ${height}`;
      votes.power += weightOf(rules.powers, id);
      precommitted.set(key, votes);
    }
  }
  for (const validator of validators) {
    const round = unlocked(validator);
    if (round >= 0) return `validator ${validator.id} PREVOTEs in round ${round} of height ${validator.height} against its lock`;
  }
  return validators.length === 0 ? '' : overtaken(validators[0], precommitted, polkas);
}

/** Where correct validators have PRECOMMITted so much that the faulty ones could complete a quorum, no other value has PREVOTEs of one later. */
function overtaken({ rules }: Validator, precommitted: ReadonlyMap<number, Precommitted>, polkas: ReadonlyMap<number, number>): string {
  for (const [key, { digest, power }] of precommitted) {
    if (power < rules.quorum - rules.bound) continue;
    const height = Math.floor(key / ROUNDS);
    for (const [later, other] of polkas)
      if (later > key && Math.floor(later / ROUNDS) === height && other !== digest)
        return `value ${digest} could be decided at height ${height}, and another has the PREVOTEs of a quorum in a later round`;
  }
  return '';
}

/**
 * Lines 23 and 29: who has PRECOMMITted a value PREVOTEs no other one in a later round, unless that has had the PREVOTEs of a quorum in this
 * round or one after it. Returns the round of such a PREVOTE; -1: there is none.
 */
function unlocked(validator: Validator): number {
  const { said } = validator;
  const locks = said.filter(({ type, digest }) => type === TYPE.precommit && digest !== NIL).sort((x, y) => roundOf(x) - roundOf(y));
  if (locks.length === 0) return -1;
  for (const vote of said) {
    if (vote.type !== TYPE.prevote || vote.digest === NIL || validator.isForgotten(vote)) continue;
    const round = roundOf(vote);
    const locked = locks.findLast((lock) => roundOf(lock) < round);
    if (locked === undefined || locked.digest === vote.digest) continue;
    let isJustified = false;
    for (let at = roundOf(locked); at < round; at++) isJustified ||= validator.hasPolka(at, vote.digest);
    if (!isJustified) return round;
  }
  return -1;
}
