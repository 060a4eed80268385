// What HotStuff's programs share: quorums, leaders, sizes, times; and a view as phases.
import type { Cell } from '../../harness/model/cell.ts';
import { isDefaultLoad } from '../../harness/model/load.ts';
import { authenticator_bytes, certificate_bytes, type CertificateForm } from '../../harness/simulate/core/certificates.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { ABSENT_KINDS, horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { departOffset_us, longestLink_us, meanDelay_us, slowestUpload_ns, uplink_bps } from '../../harness/simulate/core/network.ts';
import { byzantineBound, byzantineQuorum } from '../../harness/simulate/core/quorum.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { autoTimeout_us } from '../parts/auto-timeout.ts';
import { programOf, type PhaseProgram, type StepShape } from '../parts/phase-program.ts';
import { PLAIN_BYTES, SIGNED_BYTES } from './messages.ts';
import type { HotStuffParameters } from './parameters.ts';

export interface Rules {
  readonly nodes: number;
  readonly variant: 'basic' | 'chained';
  readonly bound: number;
  /** n - f where n = 3f + 1. */
  readonly quorum: number;
  readonly form: CertificateForm;
  readonly certificate_bytes: number;
  readonly vote_bytes: number;
  /** Sizes and times of a view: of basic its eight arrows; of chained GENERIC and its votes, after a NEW-VIEW where one is needed. */
  readonly program: PhaseProgram;
  readonly leaderOf: (view: number) => number;
  /** How many leaders come before that of the view. */
  leadersBefore(view: number): number;
  /** Where a replica goes whose timer expires in a view: its leader's other views are left out. */
  viewOfNextLeader(view: number): number;
  readonly timeout_us: number;
  /** How long a replica stays in a view after so many in a row without a decision. */
  wait_us(attempts: number): number;
  /** From so many on waits do not grow any more. */
  readonly longestFrom: number;
  /** As long as a view takes at most: its longest wait, or slow messages where waits are too short for them and do not grow. */
  readonly view_us: number;
  /** How long who lacks a block, or a decision, waits for what is under way before it asks for it. */
  readonly underWay_us: number;
  readonly clientTimeout_us: number;
}

export type Sized = Pick<Setup<HotStuffParameters>, 'nodes' | 'network' | 'parameters'> & {
  readonly cell: Pick<Cell, 'transactions' | 'node' | 'load'>;
  readonly faults?: Pick<Setup['faults'], 'delay_us'>;
};

/** Chained: a block, two that extend it, and one that has the certificate of the second of them. */
const VIEWS_TO_DECIDE = 4;

export function rulesOf({ cell, nodes, network, parameters: p, faults }: Sized): Rules {
  const bound = byzantineBound(nodes);
  const quorum = byzantineQuorum(nodes);
  const isBasic = p.variant === 'basic';
  const form = p.certificates;
  const viewsPerLeader = p.views_per_leader === 'auto' ? (isBasic ? 1 : VIEWS_TO_DECIDE) : p.views_per_leader;
  const leaderOf = (view: number): number => Math.floor(view / viewsPerLeader) % nodes;
  const qc_bytes = certificate_bytes(form, quorum, nodes);
  const vote_bytes = PLAIN_BYTES + authenticator_bytes(form);
  const program = programOf({
    nodes,
    node: cell.node,
    batch_bytes: cell.transactions.bytes * cell.transactions.per_decision,
    steps: stepsOf(isBasic, { quorum, form, qc_bytes, vote_bytes }),
    decides: isBasic ? 7 : 2,
    holds: isBasic ? 6 : 2,
    form,
    replies: { from: 'all', need: bound + 1 },
    commitQuorum: quorum,
    rotates: true,
    leaderOf,
  });
  const proposal_bytes = Math.max(...program.steps.map(({ bytes }) => bytes));
  const upload_us = departOffset_us(slowestUpload_ns(network, proposal_bytes), Math.max(0, nodes - 2));
  const { load } = cell;
  const batch_us = isDefaultLoad(load) ? 0 : Math.ceil(load.batch_timeout_ms * 1000);
  let votes_ns = 0;
  for (const step of program.steps) votes_ns += step.work_ns(step.need, 0);
  const auto_us = (link_us: number): number => autoTimeout_us(upload_us + 5 * link_us, checkFull_ns(cell), votes_ns) + batch_us;
  const timeout_us = p.view_timeout_ms === 'auto' ? auto_us(network.maxDelay_us) : Math.ceil(p.view_timeout_ms * 1000);
  const slow_us = auto_us(longestLink_us(network) + (faults?.delay_us ?? 0));
  let longest_us = timeout_us;
  for (let k = 0; k < p.timeout_growths; k++) longest_us *= p.timeout_growth;
  longest_us = Math.ceil(Math.max(longest_us, p.timeout_growth > 1 ? slow_us : 0));
  const wait_us = (attempts: number): number => {
    let us = timeout_us;
    for (let k = 0; k < attempts && us < longest_us && p.timeout_growth > 1; k++) us *= p.timeout_growth;
    return Math.ceil(Math.min(us, longest_us));
  };
  let longestFrom = 0;
  while (wait_us(longestFrom) < longest_us && p.timeout_growth > 1) longestFrom += 1;
  return {
    nodes,
    variant: p.variant,
    bound,
    quorum,
    form,
    certificate_bytes: qc_bytes,
    vote_bytes,
    program,
    leaderOf,
    leadersBefore: (view) => Math.floor(view / viewsPerLeader),
    viewOfNextLeader: (view) => (Math.floor(view / viewsPerLeader) + 1) * viewsPerLeader,
    timeout_us,
    wait_us,
    longestFrom,
    view_us: Math.max(longest_us, slow_us),
    underWay_us: Math.ceil(timeout_us / 8),
    clientTimeout_us: p.client_timeout_ms === 'auto' ? timeout_us : Math.ceil(p.client_timeout_ms * 1000),
  };
}

function stepsOf(
  isBasic: boolean,
  {
    quorum,
    form,
    qc_bytes,
    vote_bytes,
  }: { readonly quorum: number; readonly form: CertificateForm; readonly qc_bytes: number; readonly vote_bytes: number },
): StepShape[] {
  const check = form === 'list' ? 'batch' : 'aggregate';
  const vote = (name: string): StepShape => ({ name, from: 'all', to: 'leader', need: quorum, check, bytes: vote_bytes });
  const proven = (name: string): StepShape => {
    return { name, from: 'leader', to: 'all', need: 1, check: 'none', signed: false, carries: quorum, bytes: PLAIN_BYTES };
  };
  // Who does not know its certificate yet checks that beside: of basic it came with the PRE-COMMIT of the view before.
  const proposal = (name: string): StepShape => {
    return { name, from: 'leader', to: 'all', hasBatch: true, need: 1, check: 'single', bytes: SIGNED_BYTES + qc_bytes };
  };
  const newView: StepShape = { name: 'NEW-VIEW', from: 'all', to: 'leader', need: quorum, check: 'batch', bytes: SIGNED_BYTES + qc_bytes };
  if (!isBasic) return [newView, proposal('GENERIC'), vote('vote')];
  return [
    newView,
    proposal('PREPARE'),
    vote('prepare vote'),
    proven('PRE-COMMIT'),
    vote('pre-commit vote'),
    proven('COMMIT'),
    vote('commit vote'),
    proven('DECIDE'),
  ];
}

/** Where the steps of a view stand in the program. */
export const STEP = { newView: 0, proposal: 1, vote: 2, proven: 3 } as const;

/** Why no quorum of replicas can come together any more; '' where one can, or may again. */
export function missingQuorum({ faults, nodes }: Setup<HotStuffParameters>, { quorum }: Rules): string {
  if (!ABSENT_KINDS.has(faults.kind) || faults.count === 0 || faults.from_us > 0 || faults.until_us < Infinity) return '';
  const left = nodes - faults.count;
  return left >= quorum ? '' : `${left} of ${nodes} replicas are left for good, fewer than a quorum of ${quorum}`;
}

/** Leaders in a row of which one is correct, and the next one too. */
export const turnsOf = ({ bound }: Rules): number => bound + 2;

/**
 * A decision is given views until waits do not grow any more, then of as many leaders as can be faulty in a row and two more, all with their
 * waits, four times over, since who decides may have to wait for who lags; and twice the client's wait. All together have as long as it takes
 * to see that they stand still. The clock for that starts after the last fault has begun or ended.
 */
export function horizonOf(setup: Omit<Setup<HotStuffParameters>, 'horizon_us'>): number {
  const { faults, cell } = setup;
  const rules = rulesOf(setup);
  let growing_us = 0;
  for (let k = 0; k < rules.longestFrom; k++) growing_us += rules.wait_us(k);
  const decision_us = 4 * (growing_us + (VIEWS_TO_DECIDE + turnsOf(rules)) * rules.view_us) + 2 * rules.clientTimeout_us;
  const futile_us = 4 * growing_us + 2 * (FUTILE_VIEW_CHANGES + 1) * turnsOf(rules) * rules.view_us + 2 * rules.clientTimeout_us;
  return horizonAfter_us(faults, Math.max((cell.decisions + 1) * decision_us, futile_us));
}

/**
 * Transactions a second that it cannot exceed, about: a decision of basic takes seven messages of a usual link, a block of chained two, what its
 * leader sends and its work. A search for the capacity begins at a tenth of it.
 */
export function bound_tps({ cell, network, nodes }: Sized, { program, quorum, variant }: Rules): number {
  const isBasic = variant === 'basic';
  const steps = isBasic ? program.steps : program.steps.slice(STEP.proposal);
  const sent_bytes = (nodes - 1) * steps.reduce((sum, { from, bytes }) => sum + (from === 'leader' ? bytes : 0), 0);
  const upload_s = network.bandwidth_bps > 0 ? (sent_bytes * 8) / uplink_bps(network, 0) : 0;
  const work_ns = steps.reduce((sum, step) => sum + step.work_ns(step.isVote ? quorum - 1 : 1, program.batch_bytes), 0);
  const serial_s = ((isBasic ? 7 : 2) * meanDelay_us(network)) / 1e6 + upload_s + (work_ns + checkFull_ns(cell)) / 1e9;
  return serial_s > 0 ? cell.transactions.per_decision / serial_s : 1e6;
}
