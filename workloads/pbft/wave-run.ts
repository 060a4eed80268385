// What a run of PBFT's waves shares.
import { AgreementChecker } from '../../harness/simulate/check/agreement.ts';
import { DurabilityChecker } from '../../harness/simulate/check/durability.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { weightWhere } from '../../harness/simulate/core/weights.ts';
import { PhaseEngine } from '../../harness/simulate/waves/phase.ts';
import type { PbftParameters } from './parameters.ts';
import { rulesOf, type Rules } from './rules.ts';

/** The phases of a run, and PBFT's checkers. */
export class WaveRun extends PhaseEngine {
  readonly rules: Rules;
  readonly agreement: AgreementChecker;
  readonly durability: DurabilityChecker;
  /** Of the replicas that take part. */
  readonly liveWeight: number;
  view = 0;
  #backups: { readonly view: number; readonly replicas: Int32Array } | null = null;

  constructor(setup: Setup<PbftParameters>) {
    const rules = rulesOf(setup);
    super(setup, rules);
    this.rules = rules;
    this.liveWeight = weightWhere(rules.weights, this.isLive);
    this.agreement = new AgreementChecker(setup.faults);
    this.durability = new DurabilityChecker(setup.faults, rules.quorum, rules.weights);
  }

  get primary(): number {
    return this.view % this.rules.nodes;
  }

  /** Those that take part, but the primary. */
  get backups(): Int32Array {
    if (this.#backups?.view !== this.view)
      this.#backups = { view: this.view, replicas: this.live.filter((replica) => replica !== this.primary) };
    return this.#backups.replicas;
  }
}
