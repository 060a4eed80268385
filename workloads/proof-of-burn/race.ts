// The race of a double spend where a proof-of-work block may bring a burn block with it: exact, by the blocks of both sides.

export interface BurnRace {
  /** The adversary's share of the hash power that is left. */
  readonly q: number;
  /** The chances that the honest nodes, and the adversary, win a try on a block of their own. */
  readonly honest: number;
  readonly adversary: number;
}

/** Deficits beyond this are lost: no number of confirmations is asked for where they matter. */
const DEFICITS = 400;
const PRECISION = 1e-13;

/** By deficit from 0 on: the chance that an attacker who never gives up gets strictly ahead. */
function catchingUp({ q, honest, adversary }: BurnRace): Float64Array {
  const p = 1 - q;
  const chance = new Float64Array(DEFICITS + 3).fill(1, 0, DEFICITS + 1);
  const at = (deficit: number): number => (deficit < 0 ? 1 : chance[deficit]);
  for (let change = 1; change > PRECISION;) {
    change = 0;
    for (let d = 0; d <= DEFICITS; d++) {
      const now = q * ((1 - adversary) * at(d - 1) + adversary * at(d - 2)) + p * ((1 - honest) * at(d + 1) + honest * at(d + 2));
      change = Math.max(change, chance[d] - now);
      chance[d] = now;
    }
  }
  return chance;
}

/**
 * r(0..zMax): the attacker has one block when the payment is submitted, needs strictly more blocks than the public chain, and never gives up
 * (as in Rosenfeld's race, which this is without burn blocks). r(0) is 1.
 */
export function burnReversal(race: BurnRace, zMax: number): Float64Array {
  const { q, honest, adversary } = race;
  const p = 1 - q;
  const r = new Float64Array(zMax + 1).fill(1);
  if (q * (1 + adversary) >= p * (1 + honest)) return r;
  if (q === 0) return r.fill(0, 1);
  const chance = catchingUp(race);
  const caught = (deficit: number): number => (deficit < 0 ? 1 : deficit > DEFICITS ? 0 : chance[deficit]);
  // By the attacker's blocks: the chance of that many when the public chain has got its j-th, and its (j + 1)-th together with the j-th.
  const width = zMax + DEFICITS;
  let arrived = new Float64Array(width + 1);
  let later = new Float64Array(width + 1);
  arrived[1] = 1;
  for (let z = 1; z <= zMax; z++) {
    const next = later;
    const afterNext = new Float64Array(width + 1);
    let [one, two] = [0, 0];
    let reversed = 0;
    for (let m = 0; m <= width; m++) {
      // Times that it has m blocks while the public chain waits for its next.
      const here = arrived[m] + q * ((1 - adversary) * one + adversary * two);
      [one, two] = [here, one];
      next[m] += p * (1 - honest) * here;
      afterNext[m] += p * honest * here;
    }
    for (let m = 0; m <= width; m++) reversed += next[m] * caught(z - m) + afterNext[m] * caught(z + 1 - m);
    r[z] = reversed;
    arrived = next;
    later = afterNext;
  }
  return r;
}
