// Raft's common path as waves, for large n: a leader that nobody doubts, and others who write and answer.
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { waveEngine } from '../../harness/simulate/waves/common-path.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { FIRST_LEADER } from '../parts/leader-log.ts';
import { missingMajority } from '../parts/majorities.ts';
import { HEADER_BYTES } from '../parts/messages.ts';
import { programOf, type PhaseProgram } from '../parts/phase-program.ts';
import { phaseWaves, type PathDecision } from '../parts/phase-waves.ts';
import { ENTRY_BYTES } from './messages.ts';
import type { RaftParameters } from './parameters.ts';
import { FIRST_TERM, electionTimeout_us, rulesOf, type Rules } from './rules.ts';

/** AppendEntries with one entry, which the leader writes while it is on its way, and the answers of those who have written it. */
export function programOfRaft({ cell, nodes }: Pick<Setup, 'cell' | 'nodes'>, { majority }: Pick<Rules, 'majority'>): PhaseProgram {
  return programOf({
    nodes,
    node: cell.node,
    batch_bytes: cell.transactions.bytes * cell.transactions.per_decision,
    steps: [
      { name: 'APPEND', from: 'leader', to: 'all', hasBatch: true, need: 1, check: 'none', bytes: HEADER_BYTES + ENTRY_BYTES },
      { name: 'APPENDED', from: 'all', to: 'leader', need: majority, check: 'none', persists: true },
    ],
    decides: 1,
    holds: 1,
    form: 'list',
    replies: { from: 'leader', need: 1 },
    commitQuorum: majority,
    rotates: false,
    view: FIRST_TERM,
    leaderOf: () => FIRST_LEADER,
    signs: false,
  });
}

export const waves = waveEngine<RaftParameters>(commonPath, ({ parameters }) => (parameters.group_commit ? 'group commit' : ''));

function commonPath(setup: Setup<RaftParameters>): Outcome {
  const rules = rulesOf(setup);
  return phaseWaves(setup, programOfRaft(setup, rules), {
    patience_us: rules.clientTimeout_us,
    hopeless: missingMajority(setup, setup.nodes, rules.clientTimeout_us + rules.timeoutMax_us),
    watch: timers(setup, rules),
    log: { knows: 'leader' },
  });
}

/** Looks whether a heartbeat is due, an election timer expires, or somebody waits too long for what was overtaken. */
function timers({ cell, nodes }: Pick<Setup, 'cell' | 'nodes'>, rules: Rules): (decision: PathDecision) => void {
  const heard_us = new Float64Array(nodes);
  const timeouts_us = Float64Array.from(heard_us, (_, node) => electionTimeout_us(rules, cell.seed, node, FIRST_TERM));
  let sent_us = 0;
  return ({ proposed_us, accepted_us, steps: [append], live }) => {
    if (proposed_us > sent_us + rules.heartbeat_us || accepted_us > proposed_us + rules.heartbeat_us)
      throw new NeedsMessages('a heartbeat is due');
    sent_us = proposed_us;
    for (const node of live) {
      if (node === FIRST_LEADER) continue;
      const at_us = append.complete_us[node];
      if (at_us > heard_us[node] + timeouts_us[node] || accepted_us > at_us + timeouts_us[node])
        throw new NeedsMessages('an election timer expires');
      if (at_us > proposed_us + rules.timeoutMin_us) throw new NeedsMessages('an entry is waited for too long');
      heard_us[node] = at_us;
    }
  };
}
