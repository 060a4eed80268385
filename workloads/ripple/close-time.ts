// When a ledger closed: clocks that differ by seconds agree on a moment by rounding it to bins, which become coarser where that fails and
// finer where it works (rippled, LedgerTiming.h and updateOurPositions).
import { climb, type Rung, type Step } from './avalanche.ts';

export const RESOLUTIONS_S = [10, 20, 30, 60, 90, 120] as const;
/** A ledger in so many a finer one is tried. */
const FINER_EVERY = 8;
/** Virtual time 0, in seconds of the network's clock; a multiple of every bin, and above 0, which stands for no agreement. */
export const EPOCH_S = 597_600_000;
export const NO_CLOSE_TIME = 0;

export const networkTime_s = (now_us: number): number => EPOCH_S + Math.floor(now_us / 1e6);

export interface ClosedAt {
  /** Rounded; one second after the parent's where there was no agreement. */
  readonly close_s: number;
  readonly agrees: boolean;
  readonly resolution_s: number;
}

/** Of the ledger with this sequence number, by the one before it. */
export function nextResolution_s({ resolution_s, agrees }: ClosedAt, sequence: number): number {
  const at = RESOLUTIONS_S.findIndex((one) => one === resolution_s);
  if (!agrees) return RESOLUTIONS_S[at + 1] ?? resolution_s;
  return sequence % FINER_EVERY === 0 ? (RESOLUTIONS_S[at - 1] ?? resolution_s) : resolution_s;
}

/** To the nearest bin; half-way up. */
export function rounded_s(close_s: number, resolution_s: number): number {
  if (close_s === NO_CLOSE_TIME) return close_s;
  const up_s = close_s + Math.floor(resolution_s / 2);
  return up_s - (up_s % resolution_s);
}

/** What a ledger says of itself, by what its validators agreed on. */
export function closedAt(close_s: number, resolution_s: number, parent: ClosedAt): ClosedAt {
  if (close_s === NO_CLOSE_TIME) return { close_s: parent.close_s + 1, agrees: false, resolution_s };
  return { close_s: Math.max(rounded_s(close_s, resolution_s), parent.close_s + 1), agrees: true, resolution_s };
}

/** How many of so many make so many per cent; one at least. */
export function participantsNeeded(participants: number, percent: number): number {
  return Math.max(1, Math.floor((participants * percent + Math.floor(percent / 2)) / 100));
}

export interface CloseTimeVote {
  /** NO_CLOSE_TIME where no bin has enough votes. */
  readonly close_s: number;
  readonly isAgreed: boolean;
}

/** The vote on the bins that participants propose, one's own among them. Of bins with equally many votes the latest wins. */
export function voteOnCloseTime(
  bins_s: readonly number[],
  {
    ladder,
    rung,
    converge_percent,
    agreed_percent,
  }: { ladder: readonly Step[]; rung: Rung; converge_percent: number; agreed_percent: number },
): CloseTimeVote {
  const votes = new Map<number, number>();
  for (const bin_s of bins_s) votes.set(bin_s, (votes.get(bin_s) ?? 0) + 1);
  let most = participantsNeeded(bins_s.length, climb(ladder, rung, { converge_percent, leastRounds: 0 }));
  let close_s = NO_CLOSE_TIME;
  let isAgreed = false;
  for (const [bin_s, count] of [...votes].sort(([x], [y]) => x - y)) {
    if (count < most) continue;
    close_s = bin_s;
    most = count;
    if (count >= participantsNeeded(bins_s.length, agreed_percent)) isAgreed = true;
  }
  return { close_s, isAgreed };
}
