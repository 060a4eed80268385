// Zab's common path as waves, for large n: a leader that nobody doubts, and others who write, acknowledge and are told.
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { waveEngine } from '../../harness/simulate/waves/common-path.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { FIRST_LEADER } from '../parts/leader-log.ts';
import { missingMajority } from '../parts/majorities.ts';
import { HEADER_BYTES } from '../parts/messages.ts';
import { programOf, type PhaseProgram } from '../parts/phase-program.ts';
import { phaseWaves, type PathDecision } from '../parts/phase-waves.ts';
import { ZXID_BYTES } from './messages.ts';
import type { ZabParameters } from './parameters.ts';
import { FIRST_EPOCH, rulesOf, type Rules } from './rules.ts';
import { LAST_COUNTER } from './zxid.ts';

/** PROPOSE, which the leader writes while it is on its way, ACK of those who have written it, COMMIT. */
export function programOfZab({ cell, nodes }: Pick<Setup, 'cell' | 'nodes'>, { majority }: Pick<Rules, 'majority'>): PhaseProgram {
  return programOf({
    nodes,
    node: cell.node,
    batch_bytes: cell.transactions.bytes * cell.transactions.per_decision,
    steps: [
      { name: 'PROPOSE', from: 'leader', to: 'all', hasBatch: true, need: 1, check: 'none', bytes: HEADER_BYTES + ZXID_BYTES },
      { name: 'ACK', from: 'all', to: 'leader', need: majority, check: 'none', persists: true },
      { name: 'COMMIT', from: 'leader', to: 'others', need: 1, check: 'none' },
    ],
    decides: 2,
    holds: 1,
    form: 'list',
    replies: { from: 'leader', need: 1 },
    commitQuorum: majority,
    rotates: false,
    view: FIRST_EPOCH,
    leaderOf: () => FIRST_LEADER,
    signs: false,
  });
}

export const waves = waveEngine<ZabParameters>(commonPath, ({ cell, parameters }) => {
  if (parameters.group_commit) return 'group commit';
  if (parameters.observers > 0) return 'observers';
  return parameters.first_counter + cell.decisions >= LAST_COUNTER ? 'zxids whose counter ends' : '';
});

function commonPath(setup: Setup<ZabParameters>): Outcome {
  const rules = rulesOf(setup);
  return phaseWaves(setup, programOfZab(setup, rules), {
    patience_us: rules.clientTimeout_us,
    hopeless: missingMajority(setup, rules.voters, rules.clientTimeout_us + rules.syncLimit_us),
    watch: timers(rules),
    log: { knows: 'all' },
  });
}

/** Looks whether a ping may be due, or somebody waits too long for a leader, a majority, or what was overtaken. */
function timers(rules: Rules): (decision: PathDecision) => void {
  let sent_us = 0;
  let proposedBefore_us = 0;
  return ({ proposed_us, accepted_us, steps: [propose, ack, commit], live }) => {
    const committed_us = ack.complete_us[FIRST_LEADER];
    const latest_us = Math.max(accepted_us, ...Array.from(live, (node) => (node === FIRST_LEADER ? 0 : commit.complete_us[node])));
    const longest_us = Math.max(proposed_us - sent_us, committed_us - proposed_us, accepted_us - committed_us);
    if (longest_us >= rules.ping_us) throw new NeedsMessages('a ping is due');
    if (committed_us - proposedBefore_us >= rules.syncLimit_us) throw new NeedsMessages('a leader may have heard too little');
    if (latest_us - proposed_us >= rules.patience_us) throw new NeedsMessages('a transaction is waited for too long');
    for (const node of live)
      if (propose.complete_us[node] - proposedBefore_us >= rules.syncLimit_us)
        throw new NeedsMessages('a follower may have heard too little');
    sent_us = committed_us;
    proposedBefore_us = proposed_us;
  };
}
