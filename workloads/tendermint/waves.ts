// Tendermint's common path, decision after decision, as waves.
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { waveEngine, withoutDelay } from '../../harness/simulate/waves/common-path.ts';
import { votingWeights } from '../../harness/simulate/core/weights.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { phaseWaves, type PathDecision } from '../parts/phase-waves.ts';
import type { TendermintParameters } from './parameters.ts';
import { missingQuorum, rulesOf, type Rules } from './rules.ts';

/** @throws NeedsMessages for what is not round 0 of each height with all its steps, at every validator that is up */
export const waves = waveEngine<TendermintParameters>(commonPath, ({ cell, parameters }) =>
  votingWeights(parameters.powers) === null ? '' : withoutDelay(cell.network),
);

function commonPath(setup: Setup<TendermintParameters>): Outcome {
  const rules = rulesOf(setup);
  const outcome = phaseWaves(setup, rules.program, {
    patience_us: rules.clientTimeout_us,
    hopeless: missingQuorum(setup, rules),
    rest_us: rules.commit_us,
    startsRested: true,
    watch: (decision) => watch(decision, rules),
  });
  return { ...outcome, adversaryShare: rules.bound / rules.total };
}

function watch({ submitted_us, accepted_us, before_us, steps, decidable_us, live }: PathDecision, rules: Rules): void {
  const [proposal, prevotes, precommits] = steps;
  for (const node of live) {
    // It rests after the height before; others may be at this one from the request on.
    if (before_us[node] - rules.commit_us > submitted_us + rules.behind_us) throw new NeedsMessages('a validator lags behind');
    // Who rests when the last decision is accepted takes no part in it any more.
    if (rules.commit_us > 0 && before_us[node] >= accepted_us)
      throw new NeedsMessages('a validator rests for longer than others take to decide');
    const start_us = Math.max(before_us[node], submitted_us);
    // A PREVOTE ends the wait for the proposal; who has not decided by all timeouts together asks.
    if (proposal.through_us[node] >= start_us + rules.propose_us(0)) throw new NeedsMessages('a timeout expires');
    if (precommits.through_us[node] >= start_us + rules.patience_us(0)) throw new NeedsMessages('a validator asks others');
    // Line 48: from a quorum's PRECOMMITs on.
    if (precommits.through_us[node] >= decidable_us[node] + rules.precommit_us(0)) throw new NeedsMessages('a timeout expires');
    // Line 49: who has those of a quorum decides, with or without having voted itself.
    const polka_us = prevotes.complete_us[node];
    if (polka_us > proposal.through_us[node] && decidable_us[node] < polka_us)
      throw new NeedsMessages('a validator decides without the PREVOTEs of a quorum');
  }
}
