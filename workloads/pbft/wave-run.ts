// The waves of a run of PBFT.
import { AgreementChecker } from '../../harness/simulate/check/agreement.ts';
import { DurabilityChecker } from '../../harness/simulate/check/durability.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import { WaveEngine } from '../../harness/simulate/waves/engine.ts';
import type { PbftParameters } from './parameters.ts';
import { rulesOf, type Rules } from './rules.ts';

/** The waves of a run, and what PBFT counts beside them. */
export class WaveRun extends WaveEngine {
  readonly rules: Rules;
  readonly log = new OperationLog(null);
  readonly agreement: AgreementChecker;
  readonly durability: DurabilityChecker;
  view = 0;

  constructor(setup: Setup<PbftParameters>) {
    super(setup);
    this.rules = rulesOf(setup);
    this.agreement = new AgreementChecker(setup.faults);
    this.durability = new DurabilityChecker(setup.faults, this.rules.quorum);
  }

  get primary(): number {
    return this.view % this.rules.nodes;
  }

  /** Authenticators made for `senders` multicasts to `receivers` each. */
  authenticate(senders: number, receivers: number): void {
    if (this.rules.mac) this.log.macs += senders * receivers;
    else this.log.signs += senders;
  }

  /** `replicas` replicas each check `size` messages together. */
  check(replicas: number, size: number): void {
    if (this.rules.mac) {
      this.log.macs += replicas * size;
      return;
    }
    this.log.verifies += replicas * size;
    if (size === 1) this.log.verifies_single += replicas;
    else if (size > 1 && replicas > 0) this.log.countBatch(size, replicas);
  }
}
