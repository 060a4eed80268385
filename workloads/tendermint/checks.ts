// What a validator does to know that votes are good: signatures checked together; or shares of an aggregate signature added up, and the sum checked.
import type { NodeProfile } from '../../harness/model/cell.ts';
import {
  aggregateShares_ns,
  checkCertificate,
  checkCertificate_ns,
  checkSignatures_ns,
  type CertificateForm,
} from '../../harness/simulate/core/certificates.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { SignedMessage } from '../parts/messages.ts';

type Votes = readonly SignedMessage[];

export class VoteChecks {
  readonly form: CertificateForm;
  readonly #log: OperationLog;
  readonly #node: NodeProfile;
  #signatures = 0;
  #sums_ns = 0;
  /** Signatures, shares and certificates that were checked since `begin`. */
  count = 0;

  constructor(log: OperationLog, form: CertificateForm, node: NodeProfile) {
    this.#log = log;
    this.form = form;
    this.#node = node;
  }

  /** What follows is one job's. */
  begin(): void {
    this.#signatures = this.#sums_ns = this.count = 0;
  }
  /** How long all since `begin` takes: signatures are checked as one batch, sums one by one. */
  get taken_ns(): number {
    return checkSignatures_ns(this.#node, this.#signatures) + this.#sums_ns;
  }

  /** Those that are good; shares have to be of one statement. */
  readonly votes = (votes: Votes): Votes => {
    if (this.form === 'list') return this.signatures(votes);
    this.count += votes.length;
    this.#sums_ns += aggregateShares_ns(votes.length, this.#node);
    return this.#log.addShares(votes);
  };
  /** Of what is signed by itself in both forms those that are good. */
  signatures(messages: Votes): Votes {
    this.count += messages.length;
    this.#signatures += messages.length;
    return this.#log.verify(messages);
  }
  /** Of the votes of a certificate that came those that are good; of an aggregate all or none. */
  certificate(votes: Votes): Votes {
    if (this.form === 'list') return this.signatures(votes);
    this.count += 1;
    this.#sums_ns += checkCertificate_ns('aggregate', votes.length, this.#node);
    return checkCertificate(this.#log, 'aggregate', votes) ? votes : [];
  }
}
