// The common path of basic HotStuff, decision after decision, as waves.
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { waveEngine } from '../../harness/simulate/waves/common-path.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { phaseWaves, type PathDecision } from '../parts/phase-waves.ts';
import type { HotStuffParameters } from './parameters.ts';
import { missingQuorum, rulesOf, type Rules } from './rules.ts';

/** @throws NeedsMessages for chained, and for what is not one view a decision with all its phases, at every replica that is up */
export const waves = waveEngine<HotStuffParameters>(commonPath, ({ parameters }) =>
  parameters.variant === 'basic' ? '' : 'blocks that several views decide',
);

function commonPath(setup: Setup<HotStuffParameters>): Outcome {
  const rules = rulesOf(setup);
  const outcome = phaseWaves(setup, rules.program, {
    patience_us: rules.clientTimeout_us,
    hopeless: missingQuorum(setup, rules),
    watch: (decision) => watch(decision, rules),
  });
  return { ...outcome, adversaryShare: rules.bound / rules.nodes };
}

function watch({ submitted_us, before_us, steps, live }: PathDecision, rules: Rules): void {
  let first_us = submitted_us;
  for (const node of live) first_us = Math.min(first_us, before_us[node]);
  const decided = steps[rules.program.decides];
  for (const node of live) {
    // From the first NEW-VIEW of this view on it may hear of it.
    if (before_us[node] >= first_us + rules.underWay_us) throw new NeedsMessages('a replica lags behind');
    // Its timer runs from when it hears of the request on, or from its view on.
    if (decided.through_us[node] >= Math.max(before_us[node], submitted_us) + rules.timeout_us) throw new NeedsMessages('a timer expires');
  }
}
