// What Tendermint's two programs share: quorums, proposers, sizes, times; and the common path as data.
import type { Cell } from '../../harness/model/cell.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { CertificateForm } from '../../harness/simulate/core/certificates.ts';
import { ABSENT_KINDS, horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { departOffset_us, longestLink_us, meanDelay_us, slowestUpload_ns, uplink_bps } from '../../harness/simulate/core/network.ts';
import { byzantineBound, twoThirdsQuorum } from '../../harness/simulate/core/quorum.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { totalWeight, votingWeights, weightWhere, type Weights } from '../../harness/simulate/core/weights.ts';
import { programOf, type PhaseProgram, type Step } from '../parts/phase-program.ts';
import { PROPOSAL_BYTES } from './messages.ts';
import { LEAST_MS, type TendermintParameters } from './parameters.ts';
import { proposerOrder } from './proposers.ts';

export interface Rules {
  readonly nodes: number;
  /** Where validators have powers of their own, f, the quorum and the client's replies are powers. */
  readonly powers: Weights;
  readonly total: number;
  readonly bound: number;
  /** The paper's 2f + 1: more than two thirds. */
  readonly quorum: number;
  /** The paper's f + 1: one of them is correct. */
  readonly oneCorrect: number;
  /** How many of the others answer with decisions, so that one of them is correct. */
  readonly answers: number;
  readonly proposerOf: (view: number) => number;
  /** In so many rounds in a row one has a correct proposer, if no more than f are faulty. */
  readonly turns: number;
  /** PROPOSAL, PREVOTE, PRECOMMIT: sizes and times of the common path. */
  readonly program: PhaseProgram;
  /** Votes are signed one by one, or shares of aggregate signatures. */
  readonly form: CertificateForm;
  readonly vote_bytes: number;
  propose_us(round: number): number;
  prevote_us(round: number): number;
  precommit_us(round: number): number;
  /** Between a decision and the next height. */
  readonly commit_us: number;
  readonly clientTimeout_us: number;
  /** Longer than a round takes with all its timeouts and slow messages: who is still in it asks others what it has missed. */
  patience_us(round: number): number;
  /** How long who sees that a correct validator is at a later height waits for what is under way. */
  readonly behind_us: number;
  /** From this round on timeouts outlast the slowest messages of the network, and a correct proposer's round decides; or they grow no more. */
  readonly patientFrom: number;
}

export type Sized = Pick<Setup<TendermintParameters>, 'nodes' | 'network' | 'parameters'> & {
  readonly cell: Pick<Cell, 'transactions' | 'node'>;
};

const MOST_ROUNDS = 10_000;
/** A message is slower than what `auto` takes it for as rarely as this. */
const RARE = 1e-3;

export function rulesOf({ cell, nodes, network, parameters: p }: Sized): Rules {
  const powers = votingWeights(p.powers);
  const total = totalWeight(powers, nodes);
  const bound = byzantineBound(total);
  const quorum = twoThirdsQuorum(total);
  const proposerOf = proposerOrder(powers, nodes);
  const form = p.certificates;
  const check = form === 'list' ? 'batch' : 'aggregate';
  const program = programOf({
    nodes,
    node: cell.node,
    batch_bytes: cell.transactions.bytes * cell.transactions.per_decision,
    steps: [
      { name: 'PROPOSAL', from: 'leader', to: 'all', hasBatch: true, need: 1, check: 'single', bytes: PROPOSAL_BYTES },
      { name: 'PREVOTE', from: 'all', to: 'all', need: quorum, check },
      { name: 'PRECOMMIT', from: 'all', to: 'all', need: quorum, check },
    ],
    decides: 2,
    holds: 1,
    form,
    replies: { from: 'all', need: bound + 1 },
    commitQuorum: quorum,
    rotates: true,
    leaderOf: proposerOf,
    inOrder: true,
    weights: powers,
  });
  const growing_us =
    (first_ms: number, delta_ms: number) =>
    (round: number): number =>
      Math.ceil((first_ms + round * delta_ms) * 1000);
  const auto = autoTimeouts({ cell, nodes, network }, program, powers === null ? quorum : null);
  const propose_us = growing_us(orAuto_ms(p.timeout_propose_ms, auto.propose_ms), p.timeout_propose_delta_ms);
  const prevote_us = growing_us(p.timeout_prevote_ms, p.timeout_prevote_delta_ms);
  const precommit_us = growing_us(orAuto_ms(p.timeout_precommit_ms, auto.precommit_ms), p.timeout_precommit_delta_ms);
  const upload_us = (bytes: number): number => departOffset_us(slowestUpload_ns(network, bytes), Math.max(0, nodes - 2));
  const work_us = (ns: number): number => Math.ceil((ns + checkFull_ns(cell)) / 1000);
  const [proposal, vote] = program.steps;
  const link_us = longestLink_us(network);
  const proposed_us = 2 * link_us + upload_us(proposal.bytes) + work_us(program.propose_ns(program.batch_bytes));
  const voted_us = link_us + upload_us(vote.bytes) + work_us(vote.work_ns(powers === null ? quorum : nodes, program.batch_bytes));
  let patientFrom = 0;
  const grows = p.timeout_propose_delta_ms > 0;
  while (grows && patientFrom < MOST_ROUNDS && propose_us(patientFrom) < proposed_us + voted_us) patientFrom += 1;
  return {
    nodes,
    powers,
    total,
    bound,
    quorum,
    oneCorrect: bound + 1,
    answers: Math.min(nodes - 1, byzantineBound(nodes) + 1),
    proposerOf,
    turns: powers === null ? bound + 1 : nodes,
    program,
    form,
    vote_bytes: vote.bytes,
    propose_us,
    prevote_us,
    precommit_us,
    commit_us: Math.ceil(p.timeout_commit_ms * 1000),
    clientTimeout_us: Math.ceil(orAuto_ms(p.client_timeout_ms, auto.client_ms) * 1000),
    patience_us: (round) => propose_us(round) + prevote_us(round) + precommit_us(round) + proposed_us + 4 * voted_us,
    behind_us: Math.max(precommit_us(0), 4 * voted_us),
    patientFrom,
  };
}

const orAuto_ms = (timeout_ms: number | 'auto', auto_ms: number): number => (timeout_ms === 'auto' ? auto_ms : timeout_ms);

/**
 * What timeouts are by themselves: those of CometBFT's configuration, but where a round with a correct proposer and slow messages is still
 * under way then, as long as it is. `quorum`: validators that it takes at least; null: by power any number.
 */
function autoTimeouts({ cell, nodes, network }: Omit<Sized, 'parameters'>, program: PhaseProgram, quorum: number | null) {
  const { steps, batch_bytes } = program;
  const [proposal, vote] = steps;
  const link_us = longestLink_us(network, RARE);
  const upload_us = ({ bytes }: Step, copies: number): number => departOffset_us(slowestUpload_ns(network, bytes), Math.max(0, copies - 1));
  const clients_ns = checkFull_ns(cell);
  const checking_us = (proposal.work_ns(1, batch_bytes) + clients_ns) / 1000;
  const voting_us = vote.work_ns(quorum ?? nodes, 0) / 1000;
  // The client's request, as large as a proposal, and one to each other validator.
  const proposing_us = (program.propose_ns(batch_bytes) + clients_ns) / 1000;
  const proposed_us = 2 * link_us + upload_us(proposal, nodes) + proposing_us + checking_us;
  // A quorum may have PRECOMMITted once it has the proposal itself.
  const rest_us = link_us + upload_us(proposal, nodes - (quorum ?? 1)) + checking_us + 2 * voting_us;
  const voted_us = link_us + upload_us(vote, nodes - 1) + voting_us;
  const ms = (least_ms: number, us: number): number => Math.max(least_ms, Math.ceil(us / 1000));
  return {
    propose_ms: ms(LEAST_MS.propose, proposed_us),
    precommit_ms: ms(LEAST_MS.precommit, rest_us),
    client_ms: ms(LEAST_MS.client, proposed_us + 3 * voted_us),
  };
}

/** Why no quorum can come about any more; '' where one can, or may again. */
export function missingQuorum({ faults, nodes }: Pick<Setup, 'faults' | 'nodes'>, { powers, total, quorum }: Rules): string {
  if (!ABSENT_KINDS.has(faults.kind) || faults.count === 0 || faults.from_us > 0 || faults.until_us < Infinity) return '';
  const left = total - weightWhere(powers, faults.faulty);
  if (left >= quorum) return '';
  if (powers !== null) return `validators of power ${left} of ${total} are left for good, less than a quorum of ${quorum}`;
  return `${left} of ${nodes} validators are left for good, fewer than a quorum of ${quorum}`;
}

/**
 * A decision is given rounds until its timeouts outlast the slowest messages, a delay fault's included, and then one of each validator,
 * all with all their timeouts; the client's wait; and the rest before it; all together as long as it takes to see that they stand still. The clock for that starts after the last fault has begun or
 * ended: waits that doubled meanwhile are at most as long as that took, and may have to double twice more.
 */
export function horizonOf(setup: Omit<Setup<TendermintParameters>, 'horizon_us'>): number {
  const { network, faults, nodes, cell } = setup;
  const rules = rulesOf({ ...setup, network: { ...network, maxDelay_us: network.maxDelay_us + faults.delay_us } });
  // The sum of a growing wait is half the first and the last, so many times.
  const together_us = (rounds: number): number => (rounds * (rules.patience_us(0) + rules.patience_us(rounds - 1))) / 2;
  const decision_us = together_us(rules.patientFrom + nodes + 1) + 2 * rules.clientTimeout_us + rules.commit_us;
  const futile_us = together_us(rules.patientFrom + 1 + (FUTILE_VIEW_CHANGES + 1) * rules.turns);
  return horizonAfter_us(faults, Math.ceil(Math.max((cell.decisions + 1) * decision_us, futile_us + 2 * rules.clientTimeout_us)));
}

/**
 * Transactions a second that it cannot exceed, about: a height takes one message of a usual link (three of fast ones), what a proposer sends
 * and the rest after it, and a core's work. A search for the capacity begins at a tenth of it.
 */
export function bound_tps({ cell, network, nodes }: Sized, { program, quorum, powers, commit_us }: Rules): number {
  const votes = powers === null ? quorum : nodes;
  const sent_bytes = (nodes - 1) * program.steps[0].bytes;
  const upload_s = network.bandwidth_bps > 0 ? (sent_bytes * 8) / uplink_bps(network, 0) : 0;
  const serial_s = (meanDelay_us(network) + commit_us) / 1e6 + upload_s;
  const work_ns = program.steps.reduce((sum, step) => sum + step.work_ns(step.isVote ? votes - 1 : 1, program.batch_bytes), 0);
  const slowest_s = Math.max(serial_s, (work_ns + checkFull_ns(cell)) / 1e9 / cell.node.cores);
  return slowest_s > 0 ? cell.transactions.per_decision / slowest_s : 1e6;
}
