// What PBFT's two programs share: sizes, quorums, times.
import { ABSENT_KINDS, horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import { checkSignatures_ns } from '../../harness/simulate/core/certificates.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { departOffset_us, longestLink_us, slowestUpload_ns } from '../../harness/simulate/core/network.ts';
import { byzantineBound, byzantineQuorum } from '../../harness/simulate/core/quorum.ts';
import { totalWeight, votingWeights, weightWhere, type Weights } from '../../harness/simulate/core/weights.ts';
import type { Cell } from '../../harness/model/cell.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { type PbftMessage, type Proposal, type ViewChange } from './messages.ts';
import { autoTimeout_us } from '../parts/auto-timeout.ts';
import { HEADER_BYTES, MAC_BYTES, NULL_DIGEST, REQUEST_HEADER_BYTES, SIGNATURE_BYTES } from '../parts/messages.ts';
import type { PbftParameters } from './parameters.ts';

export interface Rules {
  readonly nodes: number;
  /** What each replica's vote weighs. Where votes weigh, f, the quorum and the client's replies are weights. */
  readonly weights: Weights;
  readonly total: number;
  /** f and the quorum. */
  readonly bound: number;
  readonly quorum: number;
  /** Replicas (or weight) that hold a decision before it is reported: the quorum that the parameters name, whatever a replica waits for. */
  readonly commitQuorum: number;
  /** Votes of one's own and others that a quorum has at most. */
  readonly quorumVotes: number;
  /** Matching replies that a client waits for. */
  readonly replies: number;
  /** Requests are executed when they are prepared and all before them are committed. */
  readonly isTentative: boolean;
  /** Requests change nothing, and nothing is agreed on. */
  readonly isReadOnly: boolean;
  readonly client: number;
  readonly mac: boolean;
  readonly batch_bytes: number;
  readonly vote_bytes: number;
  /** A message to one receiver without a body, such as a reply. */
  readonly reply_bytes: number;
  readonly request_bytes: number;
  readonly prePrepare_bytes: number;
  readonly authenticator_bytes: number;
  readonly timeout_us: number;
  readonly clientTimeout_us: number;
  /** How long a replica waits in the view that it has come to by so many changes in a row. */
  wait_us(attempts: number): number;
  /** How long a replica that misses a checkpoint waits for what is under way: about one decision. */
  readonly catchUp_us: number;
  readonly checkpointInterval: number;
  readonly window: number;
  /** Processing times, nanoseconds; all but the view change's in both programs. Those of a full batch have its clients' signatures in them. */
  readonly propose_ns: number;
  readonly acceptPrePrepare_ns: number;
  /** The same for a batch of so many bytes, which may be less than a full one; without its clients' signatures. */
  proposing_ns(batch_bytes: number): number;
  accepting_ns(batch_bytes: number): number;
  quorumEvent_ns(verified: number): number;
  /** By the VIEW-CHANGEs in the NEW-VIEW. */
  enterView_ns(viewChanges: number): number;
}

/** What sizes, quorums and times depend on. */
export type Sized = Pick<Setup<PbftParameters>, 'nodes' | 'network' | 'parameters'> & {
  readonly cell: Pick<Cell, 'transactions' | 'node'>;
};

export function rulesOf(setup: Sized): Rules {
  const { cell, nodes, network, parameters } = setup;
  const weights = votingWeights(parameters.weights);
  const total = totalWeight(weights, nodes);
  const bound = byzantineBound(total);
  const quorum = { optimal: byzantineQuorum(total, bound), '2f+1': 2 * bound + 1, '2n/3': Math.ceil((2 * total) / 3) }[parameters.quorum];
  const quorumVotes = weights === null ? quorum : nodes;
  const mac = parameters.authentication === 'mac';
  const isTentative = parameters.execution === 'tentative';
  const isReadOnly = parameters.requests === 'read-only';
  const authenticator_bytes = mac ? MAC_BYTES * (nodes - 1) : SIGNATURE_BYTES;
  const batch_bytes = cell.transactions.bytes * cell.transactions.per_decision;
  const request_bytes = REQUEST_HEADER_BYTES + batch_bytes;
  const prePrepare_bytes = HEADER_BYTES + authenticator_bytes + request_bytes;
  const upload_us = departOffset_us(slowestUpload_ns(network, prePrepare_bytes), nodes - 2);
  const clients_ns = checkFull_ns(cell);
  const { sign_ns, verify_ns, verify_batched_ns, mac_ns, hash_ns_per_byte } = cell.node;
  const makeAuthenticator_ns = mac ? mac_ns * (nodes - 1) : sign_ns;
  const check_ns = (count: number): number => (mac ? count * mac_ns : checkSignatures_ns(cell.node, count));
  const proposing_ns = (bytes: number): number => hash_ns_per_byte * bytes + makeAuthenticator_ns;
  const accepting_ns = (bytes: number): number => check_ns(1) + hash_ns_per_byte * bytes + makeAuthenticator_ns;
  const quorumEvent_ns = (verified: number): number => check_ns(verified) + makeAuthenticator_ns;
  const timeout_us =
    parameters.view_change_timeout_ms === 'auto'
      ? autoTimeout_us(upload_us + 5 * network.maxDelay_us, clients_ns, 2 * quorumEvent_ns(quorumVotes))
      : Math.ceil(parameters.view_change_timeout_ms * 1000);
  return {
    nodes,
    weights,
    total,
    bound,
    quorum,
    commitQuorum: quorum,
    quorumVotes,
    // Section 4.1: f + 1 replies with the same result: one of them is from a correct replica.
    replies: bound + 1,
    isTentative,
    isReadOnly,
    client: nodes,
    mac,
    batch_bytes,
    vote_bytes: HEADER_BYTES + authenticator_bytes,
    reply_bytes: HEADER_BYTES + (mac ? MAC_BYTES : SIGNATURE_BYTES),
    request_bytes,
    prePrepare_bytes,
    authenticator_bytes,
    timeout_us,
    wait_us: (attempts) => waitAfter(attempts, parameters.timeout_growth, timeout_us),
    clientTimeout_us: parameters.client_timeout_ms === 'auto' ? timeout_us : Math.ceil(parameters.client_timeout_ms * 1000),
    catchUp_us: Math.ceil(timeout_us / 4),
    checkpointInterval: parameters.checkpoint_interval,
    window: parameters.log_window,
    propose_ns: proposing_ns(batch_bytes) + clients_ns,
    acceptPrePrepare_ns: accepting_ns(batch_bytes) + clients_ns,
    proposing_ns,
    accepting_ns,
    quorumEvent_ns,
    enterView_ns: (viewChanges) => verify_ns + viewChanges * verify_batched_ns,
  };
}

/** The wait after so many view changes in a row. PBFT doubles it from the second on: the first is the wait for the NEW-VIEW. */
function waitAfter(attempts: number, growth: PbftParameters['timeout_growth'], timeout_us: number): number {
  let power = 1;
  for (let k = growth === 'pbft' ? 1 : 0; k < attempts; k++) power *= 2;
  if (growth !== 'ibft') return timeout_us * power;
  return attempts === 0 ? timeout_us : timeout_us + power * 1_000_000;
}

/** (min-s, max-s] of section 4.4: the highest-view proposal for each sequence number, the null request for gaps. */
export function computeProposals(viewChanges: readonly ViewChange[]): { minS: number; proposals: Proposal[] } {
  let minS = 0;
  let maxS = 0;
  for (const { stable, prepared } of viewChanges) {
    minS = Math.max(minS, stable);
    for (const { prePrepare } of prepared) maxS = Math.max(maxS, prePrepare.sequence);
  }
  const proposals: Proposal[] = [];
  for (let sequence = minS + 1; sequence <= maxS; sequence++) {
    let best: PbftMessage | null = null;
    for (const { prepared } of viewChanges)
      for (const { prePrepare } of prepared)
        if (prePrepare.sequence === sequence && (best === null || prePrepare.view > best.view)) best = prePrepare;
    proposals.push({ sequence, digest: best?.digest ?? NULL_DIGEST });
  }
  return { minS, proposals };
}

/** Why no quorum of replicas can reach the client and each other any more; '' where one can, or may again. */
export function missingQuorum({ faults, nodes, horizon_us }: Setup<PbftParameters>, rules: Rules): string {
  if (!ABSENT_KINDS.has(faults.kind) || faults.count === 0 || faults.until_us < Infinity) return '';
  const left = rules.total - (rules.weights === null ? faults.count : weightWhere(rules.weights, faults.faulty));
  // What was sent before the fault may still decide something for a while.
  const over_us = faults.from_us === 0 ? 0 : faults.from_us + rules.timeout_us + rules.clientTimeout_us;
  if (left >= rules.quorum || horizon_us < over_us) return '';
  if (rules.weights !== null)
    return `replicas of weight ${left} of ${rules.total} are left for good, less than a quorum of ${rules.quorum}`;
  return `${left} of ${nodes} replicas are left for good, fewer than a quorum of ${rules.quorum}`;
}

/**
 * A decision is given the client's wait, then ten view changes with their doubling waits (T (1 + 1 + 2 + ... + 512) = 1024 T), and for
 * the way there and each view change nine messages (request, relay, VIEW-CHANGE, NEW-VIEW, fetched batch, the four of the normal
 * case) that take as long as one in 10^9 does, lost tries included. The clock for that starts after the last fault has begun or ended:
 * timers that doubled meanwhile are at most as long as that took, and may have to double twice more; so eight times that comes before.
 */
export function horizonOf(setup: Omit<Setup<PbftParameters>, 'horizon_us'>): number {
  const { network, faults, nodes, cell } = setup;
  const rules = rulesOf(setup);
  const link_us = longestLink_us(network) + faults.delay_us;
  const upload_us = (bytes: number, copies: number): number => departOffset_us(slowestUpload_ns(network, bytes), Math.max(1, copies) - 1);
  const viewChange_bytes = (2 * rules.quorumVotes + 2) * rules.vote_bytes;
  const round_us =
    9 * link_us +
    4 * upload_us(rules.request_bytes, nodes) +
    upload_us(rules.prePrepare_bytes, nodes) +
    3 * upload_us(rules.vote_bytes, nodes) +
    upload_us(viewChange_bytes, nodes) +
    upload_us(rules.quorumVotes * viewChange_bytes, nodes) +
    Math.ceil(
      (rules.propose_ns + rules.acceptPrePrepare_ns + 3 * rules.quorumEvent_ns(rules.quorumVotes) + rules.enterView_ns(rules.quorumVotes)) /
        1000,
    );
  let waits_us = rules.clientTimeout_us + rules.timeout_us;
  for (let change = 1; change <= FUTILE_VIEW_CHANGES; change++) waits_us += rules.wait_us(change);
  const decision_us = waits_us + (FUTILE_VIEW_CHANGES + 1) * round_us;
  return horizonAfter_us(faults, (cell.decisions + 1) * decision_us);
}
