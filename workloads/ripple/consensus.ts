// The decisions of a round: when to close the open ledger, whether the round has a consensus, and whether to wait for those who lag
// (rippled, Consensus.cpp and Consensus.h).

/** rippled's ConsensusParms: microseconds and per cent. */
export interface Times {
  readonly idle_us: number;
  readonly leastOpen_us: number;
  readonly leastConsensus_us: number;
  readonly mostConsensus_us: number;
  readonly abandonFactor: number;
  readonly abandon_us: number;
  readonly least_percent: number;
}

/** Beyond it a clock is wrong, or the network has just come back. */
const ABSURD_US = 600_000_000;

export interface OpenLedger {
  readonly hasTransactions: boolean;
  /** Peers that took part in the last round. */
  readonly proposersBefore: number;
  /** Peers that have closed it, or count as if they had. */
  readonly closed: number;
  readonly roundBefore_us: number;
  readonly sinceClose_us: number;
  readonly open_us: number;
  readonly resolution_s: number;
}

export function shouldClose(times: Times, ledger: OpenLedger): boolean {
  const { hasTransactions, proposersBefore, closed, roundBefore_us, sinceClose_us, open_us, resolution_s } = ledger;
  if (roundBefore_us > ABSURD_US || sinceClose_us > ABSURD_US) return true;
  if (closed > Math.floor(proposersBefore / 2)) return true;
  if (!hasTransactions) return sinceClose_us >= Math.max(times.idle_us, 2e6 * resolution_s);
  return open_us >= times.leastOpen_us && open_us >= roundBefore_us / 2;
}

export type ConsensusState = 'no' | 'yes' | 'moved on' | 'expired';

export interface RoundSoFar {
  readonly proposersBefore: number;
  readonly roundBefore_us: number;
  readonly round_us: number;
  /** Peers with a position, and those of them whose position is one's own. */
  readonly proposers: number;
  readonly agreeing: number;
  /** Trusted validators that have validated a later ledger. */
  readonly finished: number;
  readonly stalled: boolean;
  /** It counts itself. */
  readonly proposing: boolean;
}

export function consensusState(times: Times, round: RoundSoFar): ConsensusState {
  const { proposersBefore, roundBefore_us, round_us, proposers, agreeing, finished, stalled, proposing } = round;
  if (round_us <= times.leastConsensus_us) return 'no';
  // Many of the last round's proposers are missing: it does not hurry.
  if (proposers < Math.floor((proposersBefore * 3) / 4) && round_us < roundBefore_us + times.leastConsensus_us) return 'no';
  const isAlone = proposers === 0;
  const reaches = (count: number, of: number): boolean => Math.floor((100 * count) / of) >= times.least_percent;
  if (isAlone) {
    if (round_us > times.mostConsensus_us) return 'yes';
  } else {
    const own = proposing ? 1 : 0;
    if (stalled || reaches(agreeing + own, proposers + own)) return 'yes';
    if (reaches(finished, proposers)) return 'moved on';
  }
  const most_us = Math.max(times.mostConsensus_us, Math.min(times.abandon_us, roundBefore_us * times.abandonFactor));
  return round_us > most_us ? 'expired' : 'no';
}

/** Of a validator's list: by what they have validated last. */
export interface Progress {
  readonly listed: number;
  readonly quorum: number;
  /** They have validated a ledger before the one that this round builds on. */
  readonly lagging: number;
  /** They have validated nothing for a while. */
  readonly offline: number;
}

/** Steps of the share that must have caught up, from a quorum to all. */
const PAUSE_STEPS = 4;

/** A validator whose ledgers are ahead of what is fully validated waits, so that others catch up. `ahead`: so many ledgers. */
export function shouldPause(ahead: number, { listed, quorum, lagging, offline }: Progress): boolean {
  if (ahead === 0 || lagging === 0) return false;
  const step = (ahead - 1) % (PAUSE_STEPS + 1);
  return PAUSE_STEPS * (listed - lagging - offline) < PAUSE_STEPS * quorum + (listed - quorum) * step;
}
