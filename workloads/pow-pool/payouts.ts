// What a pool pays for shares: M. Rosenfeld, "Analysis of Bitcoin pooled mining reward systems", arXiv 1112.4980, 2011, sections 2 to 5.
// All schemes pay for the same shares side by side. The unit is a block's reward.
import type { ShareLog } from '../../harness/simulate/chain/share-log.ts';

export const SCHEMES = ['pps', 'proportional', 'pplns'] as const;
export type Scheme = (typeof SCHEMES)[number];

export interface PayoutRules {
  /** p: the chance that a share is a block. */
  readonly blocksPerShare: number;
  /** f. */
  readonly fee: number;
  /** Of PPLNS: shares that a block pays, itself among them. */
  readonly window_shares: number;
}

/** What one member gets by a scheme. Payments of a scheme come in the order of time. */
export interface Payment {
  readonly scheme: Scheme;
  readonly member: number;
  readonly amount: number;
  readonly at_us: number;
}

export interface PoolBooks {
  /** Shares that were credited, and that were not. */
  readonly credited: number;
  readonly stale: number;
  /** The pool's blocks on the final chain: its income. */
  readonly rewarded: number;
  /** PPLNS: what the first blocks do not pay, since there are not yet so many shares. */
  readonly unallotted: number;
  /** PPS: the operator's balance at the end, and at its lowest, of payments and rewards alone; it is never above 0. */
  readonly balance: number;
  readonly lowestBalance: number;
}

/** So many shares of each member among the last ones, or among all since a block. */
class Counts {
  total = 0;
  readonly byMember: Int32Array;

  constructor(participants: number) {
    this.byMember = new Int32Array(participants);
  }
  add(member: number, count: number): void {
    this.byMember[member] += count;
    this.total += count;
  }
  clear(): void {
    this.byMember.fill(0);
    this.total = 0;
  }
}

/**
 * Pays for what came to the operator, in its order. A share that is a block is a share too. `isRewarded`: is this block on the final chain? A
 * round whose block is not ends all the same, and is paid nothing but by PPS.
 */
export function payShares(
  shares: ShareLog,
  rules: PayoutRules,
  { participants, isRewarded, pay }: { participants: number; isRewarded: (block: number) => boolean; pay: (payment: Payment) => void },
): PoolBooks {
  const { blocksPerShare, fee, window_shares } = rules;
  const left = 1 - fee;
  const round = new Counts(participants);
  const window = new Counts(participants);
  /** Where the window begins. */
  let first = 0;
  let [credited, stale, rewarded, unallotted, balance, lowestBalance] = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < shares.count; at++) {
    if (shares.isStale(at)) {
      stale += 1;
      continue;
    }
    const member = shares.member(at);
    const at_us = shares.arrived_us(at);
    const block = shares.block(at);
    credited += 1;
    round.add(member, 1);
    window.add(member, 1);
    while (window.total > window_shares) {
      if (!shares.isStale(first)) window.add(shares.member(first), -1);
      first += 1;
    }
    const share = blocksPerShare * left;
    pay({ scheme: 'pps', member, amount: share, at_us });
    balance -= share;
    const isPaid = block !== 0 && isRewarded(block);
    if (isPaid) {
      rewarded += 1;
      balance += 1;
      unallotted += (left * (window_shares - window.total)) / window_shares;
      for (let node = 0; node < participants; node++) {
        if (round.byMember[node] > 0)
          pay({ scheme: 'proportional', member: node, amount: (left * round.byMember[node]) / round.total, at_us });
        if (window.byMember[node] > 0)
          pay({ scheme: 'pplns', member: node, amount: (left * window.byMember[node]) / window_shares, at_us });
      }
    }
    if (block !== 0) round.clear();
    lowestBalance = Math.min(lowestBalance, balance);
  }
  return { credited, stale, rewarded, unallotted, balance, lowestBalance };
}
