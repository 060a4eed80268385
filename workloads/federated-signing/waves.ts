// Federated signing's common path as waves, for large n.
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { waveEngine } from '../../harness/simulate/waves/common-path.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { phaseWaves, type PathDecision } from '../parts/phase-waves.ts';
import { GENERATOR } from './messages.ts';
import type { FederatedParameters } from './parameters.ts';
import { missingQuorum, nextTick_us, rulesOf } from './rules.ts';

export const waves = waveEngine<FederatedParameters>(commonPath);

function commonPath(setup: Setup<FederatedParameters>): Outcome {
  const rules = rulesOf(setup);
  const outcome = phaseWaves(setup, rules.program, {
    patience_us: rules.clientTimeout_us,
    hopeless: missingQuorum(setup, rules),
    proposesAt_us: (ready_us) => nextTick_us(rules.period_us, ready_us),
    watch: ({ proposed_us, steps, decidable_us, live }: PathDecision) => {
      const [requested, signed, published] = steps;
      if (!(signed.reached_us[GENERATOR] < proposed_us + rules.wait_us)) throw new NeedsMessages('the generator asks again');
      for (const node of live) {
        if (node === GENERATOR) continue;
        // A signer waits from its request on, or from the end of the block before.
        if (!(published.reached_us[node] < proposed_us + rules.wait_us)) throw new NeedsMessages('a signer asks for a block');
        if (rules.publishesBatch && decidable_us[node] < requested.reached_us[node])
          throw new NeedsMessages('a published block overtakes the request to sign it');
      }
    },
  });
  return { ...outcome, adversaryShare: rules.bound / setup.nodes };
}
