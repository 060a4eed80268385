// Sizes, times and bounds that Algorand's two programs share.
import type { Cell } from '../../harness/model/cell.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { checkSignatures_ns } from '../../harness/simulate/core/certificates.ts';
import { ABSENT_KINDS, horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { departOffset_us, longestLink_us, meanDelay_us, slowestUpload_ns, upload_ns } from '../../harness/simulate/core/network.ts';
import { majorityQuorum } from '../../harness/simulate/core/quorum.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { totalWeight, votingWeights, weightWhere, type Weights } from '../../harness/simulate/core/weights.ts';
import { HEADER_BYTES, SIGNATURE_BYTES } from '../parts/messages.ts';
import { BLOCK_HEADER_BYTES } from './blocks.ts';
import { STEP, UNITS_PER_ALGO, committeeOf } from './committees.ts';
import { CREDENTIAL_BYTES, TYPE, VOTE_BYTES } from './messages.ts';
import { ASSEMBLY_LEAST_MS, CLIENT_LEAST_MS, type AlgorandParameters } from './parameters.ts';
import { chancesOf } from './sortition.ts';

/** Committees are as large, and thresholds as high, as is right for four fifths of the stake: floor(n / 5). */
export const faultBound = (stake: number): number => Math.floor(stake / 5);

/**
 * The fewest of n nodes with one Algo each whose cert votes are enough, if those who are chosen most often come first: each of them has the block
 * on its disk. Of the distribution of how often one is chosen, not of a draw; to the nearest node.
 */
export function certifiers(nodes: number): number {
  const { size, threshold } = committeeOf(STEP.cert);
  const { leading } = chancesOf(UNITS_PER_ALGO, size, nodes * UNITS_PER_ALGO);
  let count = 0;
  let missing = threshold;
  for (let times = leading.length - 1; times > 0; times--) {
    const those = (nodes * (leading[times] - leading[times - 1])) / 0x20000000000000;
    if (those * times >= missing) return Math.max(1, Math.ceil(count + missing / times - 0.5));
    count += those;
    missing -= those * times;
  }
  return nodes;
}

export interface Rules {
  readonly nodes: number;
  /** In Algos; null: one each. */
  readonly stakes: Weights;
  readonly total: number;
  /** f: of nodes, or of stake where nodes have stakes of their own. */
  readonly bound: number;
  /** f + 1: one of them is correct. */
  readonly oneCorrect: number;
  /** How many nodes have a block on their disks when it is certified (`certifiers`); of stakes of their own more than half. */
  readonly commitQuorum: number;
  /** How many of the others answer with decisions. */
  readonly answers: number;
  readonly reply: { readonly type: number; readonly bytes: number };
  readonly lambda_us: number;
  readonly filter_us: number;
  readonly deadline_us: number;
  readonly recovery_us: number;
  readonly assembly_us: number;
  readonly clientTimeout_us: number;
  /** Who is in a round for so long asks others what it has missed. */
  readonly patience_us: number;
  /** How long who sees that a correct node is in a later round waits for what is under way. */
  readonly behind_us: number;
  /** A credential made and hashed, to know how often one is chosen. */
  readonly credential_ns: number;
  readonly sign_ns: number;
  /** Votes checked together: a signature and a credential each. */
  readonly checkVotes_ns: (votes: number) => number;
  /** A block with so many bytes of transactions hashed. */
  readonly hashBlock_ns: (batch_bytes: number) => number;
}

export type Sized = Pick<Setup<AlgorandParameters>, 'nodes' | 'network' | 'parameters'> & {
  readonly cell: Pick<Cell, 'transactions' | 'node'>;
};

export const proposalBytes = (batch_bytes: number): number => VOTE_BYTES + BLOCK_HEADER_BYTES + batch_bytes;

/** A message is slower than what `auto` takes it for as rarely as this. */
const RARE = 1e-3;
const DEADLINE_LEAST_US = 17_000_000;

export function rulesOf({ cell, nodes, network, parameters: p }: Sized): Rules {
  const { node, transactions } = cell;
  const stakes = votingWeights(p.stakes);
  const total = totalWeight(stakes, nodes);
  const bound = faultBound(total);
  const evaluate_ns = node.hash_ns_per_byte * CREDENTIAL_BYTES;
  const checkVotes_ns = (votes: number): number => (votes === 0 ? 0 : checkSignatures_ns(node, 2 * votes) + votes * evaluate_ns);
  const hashBlock_ns = (batch_bytes: number): number => node.hash_ns_per_byte * (BLOCK_HEADER_BYTES + batch_bytes);
  const batch_bytes = transactions.bytes * transactions.per_decision;
  const us = (ms: number): number => Math.ceil(ms * 1000);
  const auto_us = (ms: number | 'auto', auto: number): number => (ms === 'auto' ? auto : us(ms));
  const upload_us = (bytes: number): number => departOffset_us(slowestUpload_ns(network, bytes), Math.max(0, nodes - 2));
  const link_us = longestLink_us(network, RARE);
  const block_us = Math.ceil((2 * hashBlock_ns(batch_bytes) + 2 * checkFull_ns(cell) + checkVotes_ns(1) + 3 * node.sign_ns) / 1000);
  // Nodes begin a round a link apart.
  const batch_upload_us = departOffset_us(upload_ns(network, batch_bytes, nodes), nodes);
  const assembly_us = auto_us(p.assembly_ms, Math.max(ASSEMBLY_LEAST_MS * 1000, 2 * link_us + batch_upload_us));
  const proposed_us = assembly_us + upload_us(proposalBytes(batch_bytes)) + 2 * link_us + block_us;
  const voted_us = upload_us(VOTE_BYTES) + link_us + Math.ceil((checkVotes_ns(nodes) + 2 * node.sign_ns) / 1000);
  const lambda_us = us(p.lambda_ms);
  const filter_us = auto_us(p.filter_timeout_ms, Math.max(2 * lambda_us, proposed_us));
  const deadline_us = auto_us(p.deadline_timeout_ms, Math.max(DEADLINE_LEAST_US, filter_us + 4 * voted_us));
  return {
    nodes,
    stakes,
    total,
    bound,
    oneCorrect: bound + 1,
    commitQuorum: stakes === null ? certifiers(nodes) : majorityQuorum(total),
    answers: Math.min(nodes - 1, faultBound(nodes) + 1),
    reply: { type: TYPE.reply, bytes: HEADER_BYTES + SIGNATURE_BYTES },
    lambda_us,
    filter_us,
    deadline_us,
    recovery_us: Math.ceil(p.recovery_s * 1e6),
    assembly_us,
    clientTimeout_us: auto_us(p.client_timeout_ms, Math.max(CLIENT_LEAST_MS * 1000, 2 * deadline_us)),
    patience_us: deadline_us + 2 * lambda_us,
    behind_us: Math.max(lambda_us, 4 * voted_us),
    credential_ns: node.sign_ns + evaluate_ns,
    sign_ns: node.sign_ns,
    checkVotes_ns,
    hashBlock_ns,
  };
}

/** A step whose committee is so unlikely to reach its threshold does not come about in any run. */
const HOPELESS = 1e-15;

/** Why no block can be decided any more; '' where one can, or may again. */
export function missingQuorum({ faults, nodes }: Pick<Setup, 'faults' | 'nodes'>, { stakes, total }: Rules): string {
  if (!ABSENT_KINDS.has(faults.kind) || faults.count === 0 || faults.from_us > 0 || faults.until_us < Infinity) return '';
  const left = total - weightWhere(stakes, faults.faulty);
  const { size, threshold } = committeeOf(STEP.cert);
  const { leading } = chancesOf(left * UNITS_PER_ALGO, size, total * UNITS_PER_ALGO);
  const reaches = leading.length < threshold ? 0 : 1 - leading[threshold - 1] / 0x20000000000000;
  if (reaches > HOPELESS) return '';
  const whose = stakes === null ? `${left} of ${nodes} nodes are` : `stake ${left} of ${total} is`;
  return `${whose} left for good, which reach the threshold of a cert committee, ${threshold} of ${size}, in less than one of 10^15`;
}

/** Periods that a decision may take in a row, and next-votes that each may take, when the stake that is correct just suffices. */
const [PERIODS, NEXT_VOTES] = [12, 6];

export function horizonOf(setup: Omit<Setup<AlgorandParameters>, 'horizon_us'>): number {
  const { network, faults, cell } = setup;
  const { deadline_us, lambda_us, recovery_us, clientTimeout_us } = rulesOf({
    ...setup,
    network: { ...network, maxDelay_us: network.maxDelay_us + faults.delay_us },
  });
  let period_us = deadline_us;
  for (let k = 0, wait_us = lambda_us; k < NEXT_VOTES; k++, wait_us *= 2) period_us += wait_us;
  return horizonAfter_us(faults, (cell.decisions + 1) * (PERIODS * period_us + 2 * recovery_us + 2 * clientTimeout_us));
}

/** A round is as long as its filter timeout and the ways of two votes. */
export const round_us = ({ network }: Pick<Setup, 'network'>, rules: Rules): number =>
  rules.filter_us + 2 * meanDelay_us(network) + Math.ceil((rules.checkVotes_ns(rules.nodes) * 2) / 1000);
