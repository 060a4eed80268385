// Who is drawn for a header: section 2 of the paper, "follow the satoshi".
import { PURPOSE, drawKey, drawUnit } from '../../harness/simulate/core/draws.ts';
import { firstAbove } from '../../harness/simulate/core/select.ts';

/** 21 million coins of 10^8 satoshi each: an exact double. */
export const SATOSHI = 2_100_000_000_000_000;

/** Whose each satoshi is: in place of the walk from the block that minted it through its spends stands a table of balances. */
export class Satoshi {
  readonly total: number;
  private readonly upTo: Float64Array;

  /** Balances are integers, one an owner. */
  constructor(balances: ArrayLike<number>) {
    this.upTo = new Float64Array(balances.length);
    let total = 0;
    for (let owner = 0; owner < balances.length; owner++) this.upTo[owner] = total += balances[owner];
    this.total = total;
  }

  /** Shares of SATOSHI, rounded so that they add up. */
  static ofShares(shares: Float64Array): Satoshi {
    let sum = 0;
    let before = 0;
    const last = shares.findLastIndex((share) => share > 0);
    return new Satoshi(
      shares.map((share, owner) => {
        sum += share;
        const upTo = owner >= last ? SATOSHI : Math.round(sum * SATOSHI);
        const balance = upTo - before;
        before = upTo;
        return balance;
      }),
    );
  }

  /** The owner of a satoshi, how many the owner has, and which of them it is (from 0). */
  follow(satoshi: number): { readonly owner: number; readonly balance: number; readonly place: number } {
    const { upTo } = this;
    const owner = firstAbove(upTo, satoshi);
    const first = owner === 0 ? 0 : upTo[owner - 1];
    return { owner, balance: upTo[owner] - first, place: satoshi - first };
  }
}

/** A part of a draw key. */
const STAKEHOLDER = 2;

/**
 * The satoshi that a header draws, with replacement. The header's hash and its parent's decide them in the paper; here its block's
 * number does, which stands for both.
 */
export function drawnSatoshi(seed: number, block: number, stakeholders: number, total: number): number[] {
  const key = drawKey(seed, { purpose: PURPOSE.eligibility, type: STAKEHOLDER, sequence: block });
  return Array.from({ length: stakeholders }, (_, i) => Math.floor(drawUnit(key, i) * total));
}
