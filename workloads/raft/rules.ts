// What Raft's two programs share: sizes, timeouts, quorums.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { PURPOSE, draw32, drawKey } from '../../harness/simulate/core/draws.ts';
import { horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { majorityQuorum } from '../../harness/simulate/core/quorum.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import { broadcast_us, type Sized as LogSized } from '../parts/leader-log.ts';
import { HEADER_BYTES, REQUEST_HEADER_BYTES } from '../parts/messages.ts';
import { ENTRY_BYTES } from './messages.ts';
import type { RaftParameters } from './parameters.ts';

/** Node 0 has been elected in it when a run begins. */
export const FIRST_TERM = 1;

/** Section 5.6: broadcastTime << electionTimeout, by an order of magnitude; section 9.3 recommends 150 to 300 ms. */
const BROADCASTS = 10;
const LEAST_TIMEOUT_US = 150_000;
/** A link is slower than what `auto` takes it for as rarely as this. */
const RARE = 1e-3;

export interface Rules {
  readonly nodes: number;
  readonly majority: number;
  /** An AppendEntries with one full batch. */
  readonly append_bytes: number;
  readonly request_bytes: number;
  readonly timeoutMin_us: number;
  readonly timeoutMax_us: number;
  readonly heartbeat_us: number;
  readonly clientTimeout_us: number;
  readonly groupCommit: boolean;
}

export type Sized = LogSized & Pick<Setup<RaftParameters>, 'parameters'>;

export function rulesOf(setup: Sized): Rules {
  const { cell, nodes, parameters: p } = setup;
  const request_bytes = REQUEST_HEADER_BYTES + cell.transactions.bytes * cell.transactions.per_decision;
  const append_bytes = HEADER_BYTES + ENTRY_BYTES + request_bytes;
  const us = (ms: number): number => Math.ceil(ms * 1000);
  const most_us = p.election_timeout_max_ms === 'auto' ? Infinity : us(p.election_timeout_max_ms);
  const timeoutMin_us =
    p.election_timeout_min_ms === 'auto'
      ? Math.min(most_us, Math.max(LEAST_TIMEOUT_US, BROADCASTS * broadcast_us(setup, append_bytes, RARE)))
      : us(p.election_timeout_min_ms);
  const timeoutMax_us = most_us < Infinity ? most_us : 2 * timeoutMin_us;
  return {
    nodes,
    majority: majorityQuorum(nodes),
    append_bytes,
    request_bytes,
    timeoutMin_us,
    timeoutMax_us,
    heartbeat_us: p.heartbeat_ms === 'auto' ? Math.ceil(timeoutMin_us / 2) : us(p.heartbeat_ms),
    clientTimeout_us: p.client_timeout_ms === 'auto' ? timeoutMax_us : us(p.client_timeout_ms),
    groupCommit: p.group_commit,
  };
}

/** Section 5.2: drawn uniformly, by each node anew in each term. */
export function electionTimeout_us({ timeoutMin_us, timeoutMax_us }: Rules, seed: number, node: number, term: number): number {
  const key = drawKey(seed, { purpose: PURPOSE.electionTimeout, view: term, sender: node });
  return timeoutMin_us + Math.floor((draw32(key, node) * (timeoutMax_us - timeoutMin_us + 1)) / 0x100000000);
}

/**
 * A decision is given the client's wait, ten elections in a row that bring none, one that does, and for each of them and the decision
 * itself a broadcast that is as slow as one in 10^9 is. Clients' waits that doubled during faults are at most as long as those took and
 * may double once more, so eight times the end of the last fault comes before.
 */
export function horizonOf(setup: Omit<Setup<RaftParameters>, 'horizon_us'>): number {
  const rules = rulesOf(setup);
  const round_us = 2 * broadcast_us(setup, rules.append_bytes, 1e-9) + 2 * setup.faults.delay_us;
  const decision_us = 2 * rules.clientTimeout_us + (FUTILE_VIEW_CHANGES + 2) * (rules.timeoutMax_us + round_us);
  return horizonAfter_us(setup.faults, (setup.cell.decisions + 1) * decision_us);
}
