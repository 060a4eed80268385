// What Zab's two programs share: sizes, timeouts, quorums.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { longestLink_us } from '../../harness/simulate/core/network.ts';
import { majorityQuorum } from '../../harness/simulate/core/quorum.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import { broadcast_us, type Sized as LogSized } from '../parts/leader-log.ts';
import { HEADER_BYTES, REQUEST_HEADER_BYTES } from '../parts/messages.ts';
import { ZXID_BYTES } from './messages.ts';
import type { ZabParameters } from './parameters.ts';

/** Node 0 leads it when a run begins. */
export const FIRST_EPOCH = 1;

const BROADCASTS = 10;
const LEAST_TIMEOUT_US = 200_000;
/** Of notifications: ZooKeeper's maxNotificationInterval. */
export const LONGEST_INTERVAL_US = 60_000_000;
/** A link is slower than what `auto` takes it for as rarely as this. */
const RARE = 1e-3;

export interface Rules {
  readonly nodes: number;
  /** Nodes below that vote. */
  readonly voters: number;
  readonly majority: number;
  /** A PROPOSE with a full batch. */
  readonly propose_bytes: number;
  readonly syncLimit_us: number;
  readonly initLimit_us: number;
  /** A leader that has sent nothing for so long sends pings. */
  readonly ping_us: number;
  /** A node that lacks what others have waits for it so long. */
  readonly patience_us: number;
  readonly finalizeWait_us: number;
  readonly notification_us: number;
  readonly clientTimeout_us: number;
  readonly firstCounter: number;
  readonly groupCommit: boolean;
}

export type Sized = LogSized & Pick<Setup<ZabParameters>, 'parameters'>;

export function rulesOf(setup: Sized): Rules {
  const { cell, nodes, network, parameters: p } = setup;
  const propose_bytes = HEADER_BYTES + ZXID_BYTES + REQUEST_HEADER_BYTES + cell.transactions.bytes * cell.transactions.per_decision;
  const or = (ms: number | 'auto', auto_us: number): number => (ms === 'auto' ? auto_us : Math.ceil(ms * 1000));
  const syncLimit_us = or(p.sync_limit_ms, Math.max(LEAST_TIMEOUT_US, BROADCASTS * broadcast_us(setup, propose_bytes, RARE)));
  const voters = nodes - p.observers;
  const finalizeWait_us = or(p.finalize_wait_ms, Math.max(LEAST_TIMEOUT_US, 2 * longestLink_us(network, RARE)));
  return {
    nodes,
    voters,
    majority: majorityQuorum(voters),
    propose_bytes,
    syncLimit_us,
    initLimit_us: or(p.init_limit_ms, 2 * syncLimit_us),
    ping_us: Math.ceil(syncLimit_us / 2),
    patience_us: Math.ceil(syncLimit_us / 2),
    finalizeWait_us,
    notification_us: or(p.notification_ms, Math.max(LEAST_TIMEOUT_US, 2 * longestLink_us(network, RARE))),
    clientTimeout_us: or(p.client_timeout_ms, 2 * syncLimit_us),
    firstCounter: p.first_counter,
    groupCommit: p.group_commit,
  };
}

/**
 * A decision is given the client's wait and twelve elections in a row, each with its wait, the limits of both phases, and broadcasts as slow
 * as one in 10^9 is. Clients' waits and intervals of notifications that doubled during faults are at most as long as those took and may
 * double once more, so eight times the end of the last fault comes before.
 */
export function horizonOf(setup: Omit<Setup<ZabParameters>, 'horizon_us'>): number {
  const rules = rulesOf(setup);
  const round_us = 4 * broadcast_us(setup, rules.propose_bytes, 1e-9) + 4 * setup.faults.delay_us;
  const election_us = rules.syncLimit_us + rules.initLimit_us + rules.finalizeWait_us + 4 * rules.notification_us + round_us;
  const decision_us = 2 * rules.clientTimeout_us + (FUTILE_VIEW_CHANGES + 2) * election_us;
  return horizonAfter_us(setup.faults, (setup.cell.decisions + 1) * decision_us);
}
