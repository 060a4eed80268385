// The race of a double spend where blocks of one height differ a little in weight, so that of two branches of as many blocks either may win:
// by coin age, where each block of the attacker's spends an output and nothing that it spends counts again for 30 days; by waits, whose local
// means follow the blocks before.

export interface WeighedRace {
  /** The attacker's share of the rate at which kernels are found, when it begins. */
  readonly q: number;
  /** Outputs of equal weight that it has, one spent by each block; Infinity: it spends none. */
  readonly outputs: number;
}

/** Deficits beyond this are lost: no number of confirmations is asked for where they matter. */
const DEFICITS = 400;
/** Chances below this are dropped: there are thousands of them, and no risk is asked for where they matter. */
const NOTHING = 1e-30;

/** Its chance to find the next block when it has found `made`. */
function nextChance({ q, outputs }: WeighedRace, made: number): number {
  if (outputs === Infinity) return q;
  const own = (q * Math.max(0, outputs - made)) / outputs;
  return own === 0 ? 0 : own / (own + 1 - q);
}

/** From so many blocks on each side two branches differ in weight: what their first ones weigh the block before both has set. */
const TIE = 2;

/** By its blocks m and its deficit d (0 to DEFICITS): the chance that an attacker who never gives up gets ahead, or level with two blocks or more. */
function catchingUp(next: Float64Array): Float64Array[] {
  const most = next.length - 1;
  const rows: Float64Array[] = Array.from({ length: most + 1 });
  const last = new Float64Array(DEFICITS + 2);
  const q = next[most];
  // As if nothing more were spent; 1 where it is the faster one.
  last[0] = most >= TIE ? 1 : q / (1 - q);
  for (let d = 1; d <= DEFICITS; d++) last[d] = q >= 0.5 ? 1 : last[d - 1] * (q / (1 - q));
  rows[most] = last;
  for (let made = most - 1; made >= 0; made--) {
    const row = new Float64Array(DEFICITS + 2);
    const own = next[made];
    const after = rows[made + 1];
    for (let d = DEFICITS; d >= 0; d--) row[d] = d === 0 && made >= TIE ? 1 : own * (d === 0 ? 1 : after[d - 1]) + (1 - own) * row[d + 1];
    rows[made] = row;
  }
  return rows;
}

/**
 * r(0..zMax): the attacker has one block when the payment is submitted, and never gives up. It wins with more blocks than the public chain, and
 * here also with as many from two on: then it is what all but the first block weigh that decides, by how soon blocks came, and that is counted
 * as the attacker's. So this is a bound from above, beside which rates are exact that change with the attacker's blocks alone: nobody
 * else's coins age, and there are no delays. r(0) is 1.
 */
export function weighedReversal(race: WeighedRace, zMax: number): Float64Array {
  const r = new Float64Array(zMax + 1).fill(1);
  if (race.q === 0) return r.fill(0, 1);
  const most = Math.min(race.outputs, zMax + DEFICITS);
  if (most < 1) return r.fill(0, 1);
  const chance = Float64Array.from({ length: most + 1 }, (_, made) => nextChance(race, made));
  if (chance[most] >= 0.5) return r;
  const rows = catchingUp(chance);
  // By the attacker's blocks, up to `top`: the chance of that many when the public chain has got its next.
  let arrived = new Float64Array(most + 1);
  let next = new Float64Array(most + 1);
  arrived[1] = 1;
  let [low, top] = [1, 1];
  for (let z = 1; z <= zMax; z++) {
    let here = 0;
    let reversed = 0;
    let last = most;
    for (let m = low; m <= most; m++) {
      here = (m > top ? 0 : arrived[m]) + (m === low ? 0 : here * chance[m - 1]);
      if (m > top && here < NOTHING) {
        last = m - 1;
        break;
      }
      // With all that it is followed to, it has won whatever z is asked, or has nothing left.
      next[m] = m === most && race.outputs > most ? here : here * (1 - chance[m]);
      const deficit = z - m;
      reversed += next[m] * (deficit < 0 ? 1 : deficit > DEFICITS ? 0 : rows[m][deficit]);
    }
    r[z] = reversed;
    top = last;
    while (low < top && next[low] < NOTHING) low += 1;
    [arrived, next] = [next, arrived];
  }
  return r;
}
