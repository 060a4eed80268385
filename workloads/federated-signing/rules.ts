// What the two programs of federated signing share: sizes, the quorum, times.
import type { Cell } from '../../harness/model/cell.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { ABSENT_KINDS, horizonAfter_us, type FaultEntry } from '../../harness/simulate/core/faults.ts';
import {
  departOffset_us,
  longestLink_us,
  meanDelay_us,
  slowestUpload_ns,
  uplink_bps,
  upload_ns,
} from '../../harness/simulate/core/network.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { HEADER_BYTES, REQUEST_HEADER_BYTES, SIGNATURE_BYTES } from '../parts/messages.ts';
import { programOf, type PhaseProgram, type Step } from '../parts/phase-program.ts';
import { BLOCK_HEADER_BYTES, GENERATOR } from './messages.ts';
import { defaultQuorum, downBorne, equivocatorsBorne, type FederatedParameters } from './parameters.ts';

/** On a network almost without delay, processing takes longer than 16 link delays. */
const MIN_WAIT_US = 100_000;

export interface Rules {
  readonly nodes: number;
  /** M. */
  readonly quorum: number;
  /** Faulty nodes under which it is safe and, where the generator is none of them, live. */
  readonly bound: number;
  /** The common path: request, M signatures, the signed block to all. */
  readonly program: PhaseProgram;
  readonly signRequest: Step;
  readonly signature: Step;
  readonly block: Step;
  /** The BLOCK has the transactions in it, too. */
  readonly publishesBatch: boolean;
  /** 0: whenever there is a batch. */
  readonly period_us: number;
  readonly wait_us: number;
  readonly clientTimeout_us: number;
  /** How many of the others send a block that somebody asks for. */
  readonly answers: number;
}

/** What sizes, quorums and times depend on. */
export type Sized = Pick<Setup<FederatedParameters>, 'nodes' | 'network' | 'parameters'> & {
  readonly cell: Pick<Cell, 'transactions' | 'node'>;
};

export function rulesOf({ nodes, network, parameters, cell }: Sized): Rules {
  const quorum = parameters.quorum === 'auto' ? defaultQuorum(nodes) : parameters.quorum;
  const batch_bytes = cell.transactions.bytes * cell.transactions.per_decision;
  const publishesBatch = parameters.publishes === 'block';
  const program = programOf({
    nodes,
    node: cell.node,
    batch_bytes,
    steps: [
      {
        name: 'SIGN-REQUEST',
        persists: true,
        from: 'leader',
        to: 'others',
        hasBatch: true,
        need: 1,
        check: 'single',
        bytes: HEADER_BYTES + SIGNATURE_BYTES + BLOCK_HEADER_BYTES,
      },
      { name: 'SIGNATURE', persists: true, from: 'all', to: 'leader', need: quorum, check: 'batch' },
      {
        name: 'BLOCK',
        persists: true,
        from: 'leader',
        to: 'others',
        need: 1,
        check: 'none',
        signed: false,
        carries: quorum,
        bytes: HEADER_BYTES + BLOCK_HEADER_BYTES + (publishesBatch ? REQUEST_HEADER_BYTES + batch_bytes : 0),
      },
    ],
    decides: 2,
    holds: 1,
    form: 'list',
    replies: { from: 'leader', need: 1 },
    commitQuorum: quorum,
    rotates: false,
    leaderOf: () => GENERATOR,
    inOrder: true,
  });
  const [signRequest, signature, block] = program.steps;
  const upload_us = departOffset_us(
    slowestUpload_ns(network, signRequest.bytes) + slowestUpload_ns(network, block.bytes),
    Math.max(0, nodes - 2),
  );
  const work_us = Math.ceil((checkFull_ns(cell) + signature.work_ns(quorum - 1, 0) + block.work_ns(1, 0)) / 1000);
  const auto_us = 4 * (upload_us + 4 * network.maxDelay_us + work_us);
  const period_us = Math.ceil(parameters.block_period_ms * 1000);
  const wait_us = parameters.retry_timeout_ms === 'auto' ? Math.max(MIN_WAIT_US, auto_us) : Math.ceil(parameters.retry_timeout_ms * 1000);
  const bound = Math.min(equivocatorsBorne(nodes, quorum), downBorne(nodes, quorum));
  return {
    nodes,
    quorum,
    bound,
    program,
    signRequest,
    signature,
    block,
    publishesBatch,
    period_us,
    wait_us,
    clientTimeout_us: parameters.client_timeout_ms === 'auto' ? period_us + wait_us : Math.ceil(parameters.client_timeout_ms * 1000),
    answers: Math.min(nodes - 1, bound + 1),
  };
}

/** When the generator, which could make a block at a time, makes it. */
export const nextTick_us = (period_us: number, at_us: number): number =>
  period_us === 0 ? at_us : Math.ceil(at_us / period_us) * period_us;

/** Why no block can follow any more; '' where one can, or may again. */
export function missingQuorum({ faults, nodes }: Pick<Setup, 'faults' | 'nodes'>, { quorum }: Rules): string {
  if (faults.entries.length !== 1) return '';
  const [entry] = faults.entries;
  const { kind, count, from_us, until_us, faulty } = entry;
  if (count === 0 || from_us > 0 || until_us < Infinity) return '';
  if (kind === 'equivocate') return faulty[GENERATOR] === 1 ? deadlock(entry, nodes, quorum) : '';
  if (kind === 'bad-signature' && faulty[GENERATOR] === 1) return 'the generator signs nothing that holds, and no other takes its place';
  if (!ABSENT_KINDS.has(kind)) return '';
  if (kind !== 'partition' && faulty[GENERATOR] === 1) return 'the generator is down for good, and no other takes its place';
  let left = 0;
  for (let node = 0; node < nodes; node++)
    if (kind === 'partition' ? entry.group[node] === entry.group[GENERATOR] : faulty[node] === 0) left += 1;
  return left < quorum ? `${left} of ${nodes} signers are left for good, fewer than the ${quorum} whose signatures a block needs` : '';
}

/** How many correct signers an equivocating generator shows each of two blocks. */
export const halves = (correct: number): readonly [larger: number, smaller: number] => [Math.ceil(correct / 2), Math.floor(correct / 2)];

/** Neither block of an equivocating generator gets its quorum, and the height is used up. */
function deadlock({ count }: FaultEntry, nodes: number, quorum: number): string {
  const [larger, smaller] = halves(nodes - count);
  if (larger + count >= quorum) return '';
  return `an equivocating generator gets ${larger + count} signatures for one block and ${smaller + count} for another, fewer than ${quorum} each; their height is used up`;
}

/**
 * Transactions a second that the generator cannot exceed, about: a block follows the one before it, so there is one in the time of two
 * messages, an upload to all and the work, in a period, or in the time that its uplink takes. A search for the capacity begins at a tenth.
 */
export function bound_tps({ cell, network, nodes }: Sized, rules: Rules): number {
  const { program, signRequest, signature, block, quorum, period_us } = rules;
  const batch_bytes = program.batch_bytes;
  const others = Math.max(0, nodes - 1);
  const upload_us = others === 0 ? 0 : departOffset_us(upload_ns(network, signRequest.bytes, GENERATOR), others - 1);
  const work_ns =
    program.propose_ns(batch_bytes) + signRequest.work_ns(1, batch_bytes) + signature.work_ns(quorum - 1, 0) + 2 * checkFull_ns(cell);
  const block_us = (others === 0 ? 0 : 2 * meanDelay_us(network)) + upload_us + work_ns / 1000;
  const bps = uplink_bps(network, GENERATOR);
  const sending_us = bps > 0 ? (others * (signRequest.bytes + block.bytes) * 8 * 1e6) / bps : 0;
  const slowest_us = Math.max(period_us, block_us, sending_us);
  return slowest_us > 0 ? (cell.transactions.per_decision * 1e6) / slowest_us : 1e6;
}

/**
 * A decision is given the client's wait, the retries that say that nothing is to be had (waits W (1 + 2 + ... + 1024)), a period, and for the
 * way there and each retry five messages that take as long as one in 10^9 does. The clock for that starts after the last fault has begun or
 * ended: a wait that doubled meanwhile is at most as long as that took, and may have to double twice more; so eight times that comes before.
 */
export function horizonOf(setup: Omit<Setup<FederatedParameters>, 'horizon_us'>): number {
  const { network, faults, nodes, cell } = setup;
  const rules = rulesOf(setup);
  const { program, signRequest, signature, block } = rules;
  const link_us = longestLink_us(network) + faults.delay_us;
  const upload_us = (bytes: number): number => departOffset_us(slowestUpload_ns(network, bytes), Math.max(0, nodes - 2));
  const work_ns =
    program.propose_ns(program.batch_bytes) +
    signRequest.work_ns(1, program.batch_bytes) +
    signature.work_ns(nodes, 0) +
    block.work_ns(1, 0);
  const round_us =
    5 * link_us + 2 * upload_us(signRequest.bytes) + upload_us(block.bytes) + Math.ceil((work_ns + 2 * checkFull_ns(cell)) / 1000);
  let waits_us = rules.clientTimeout_us;
  for (let retry = 0, wait_us = rules.wait_us; retry <= FUTILE_VIEW_CHANGES; retry++, wait_us *= 2) waits_us += wait_us;
  const decision_us = waits_us + rules.period_us + (FUTILE_VIEW_CHANGES + 2) * round_us;
  return horizonAfter_us(faults, (cell.decisions + 1) * decision_us);
}
export const HORIZON =
  'for each decision and one more the wait of the client, ten retries with their doubling waits (2047 W), a block period, and for the way there and each retry five messages as slow as one in 10^9 is; before that eight times the end of the last fault';
