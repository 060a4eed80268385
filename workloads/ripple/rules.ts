// What a run's validators share: lists, quorums, times, costs.
import { checkSignatures_ns } from '../../harness/simulate/core/certificates.ts';
import type { NodeProfile } from '../../harness/model/cell.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { departOffset_us, longestLink_us, slowestUpload_ns } from '../../harness/simulate/core/network.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import type { ThresholdSystem } from '../parts/quorum-systems.ts';
import { ladderOf } from './avalanche.ts';
import { PROPOSAL_BYTES } from './messages.ts';
import type { RippleParameters } from './parameters.ts';
import type { RoundRules } from './round.ts';
import { leastOverlap, overlappingLists, quorumsOf, type Lists } from './unl.ts';

/** f of the 2014 paper, section 3.2: correct while f <= (n - 1) / 5. */
export const faultBound = (nodes: number): number => Math.floor((nodes - 1) / 5);
/** Validators of the negative UNL are a quarter of a list at most. */
export const mostDisabled = (listed: number): number => Math.floor(listed / 4);

export interface Rules {
  readonly nodes: number;
  readonly lists: Lists;
  /** By list. */
  readonly quorums: readonly ThresholdSystem[];
  readonly leastQuorum: number;
  readonly round: RoundRules;
  readonly heartbeat_us: number;
  /** By validator. */
  readonly offsets_us: readonly number[];
  readonly closeResolution_s: number;
  readonly closesWithValidated: boolean;
  readonly fresh_us: number;
  readonly current_us: number;
  readonly clientTimeout_us: number;
  check_ns(signatures: number): number;
  sign_ns(bytes: number): number;
}

export type Sized = Pick<Setup<RippleParameters>, 'nodes' | 'parameters'> & { readonly cell: { readonly node: NodeProfile } };

export function listsOf({ nodes, parameters: p }: Pick<Sized, 'nodes' | 'parameters'>): { lists: Lists; quorums: ThresholdSystem[] } {
  const lists = overlappingLists(nodes, p.unl_overlap);
  // More than that is refused with the suite.
  const disabled = Math.min(p.negative_unl, ...lists.lists.map((list) => mostDisabled(list.length)));
  const rules = { percent: p.quorum_percent, leastPercent: p.least_quorum_percent, disabled };
  return { lists, quorums: quorumsOf(nodes, lists, rules) };
}

/** What Theorem 8 asks of these lists, where those that a quorum does not need may all be faulty. */
export function overlapNeeded({ lists }: Lists, quorums: readonly ThresholdSystem[]): number {
  let needed = 0;
  lists.forEach((list, i) => {
    const other = lists.length - 1 - i;
    const { quorum } = quorums[i];
    const faulty = list.length - quorum;
    needed = Math.max(needed, leastOverlap({ listed: list.length, other: lists[other].length, quorum, faulty }));
  });
  return needed;
}

export function rulesOf(setup: Sized): Rules {
  const { cell, nodes, parameters: p } = setup;
  const us = (milliseconds: number): number => milliseconds * 1000;
  const { lists, quorums } = listsOf(setup);
  const { sign_ns, hash_ns_per_byte } = cell.node;
  return {
    nodes,
    lists,
    quorums,
    leastQuorum: Math.min(...quorums.map(({ quorum }) => quorum)),
    round: {
      times: {
        idle_us: us(p.idle_ms),
        leastOpen_us: us(p.min_close_ms),
        leastConsensus_us: us(p.min_consensus_ms),
        mostConsensus_us: us(p.max_consensus_ms),
        abandonFactor: p.abandon_factor,
        abandon_us: us(p.abandon_ms),
        least_percent: p.consensus_percent,
      },
      votes: {
        ladder: ladderOf(p.avalanche),
        leastRounds: p.avalanche_rounds,
        stalledRounds: p.stalled_rounds,
        least_percent: p.consensus_percent,
      },
      closeTime_percent: p.close_time_percent,
      leastRound_us: us(p.min_round_ms),
      proposeAgain_us: us(p.propose_again_ms),
      fresh_us: us(p.propose_fresh_ms),
    },
    heartbeat_us: us(p.heartbeat_ms),
    offsets_us: p.offsets_ms === 'none' ? new Array<number>(nodes).fill(0) : p.offsets_ms.split(',').map((one) => us(Number(one))),
    closeResolution_s: p.close_resolution_s,
    closesWithValidated: p.close_with_validated === 'yes',
    fresh_us: us(p.validation_fresh_ms),
    current_us: us(p.validation_current_ms),
    clientTimeout_us: us(p.client_timeout_ms),
    check_ns: (signatures) => checkSignatures_ns(cell.node, signatures),
    sign_ns: (bytes) => hash_ns_per_byte * bytes + sign_ns,
  };
}

const ABSENT_KINDS: ReadonlySet<string> = new Set(['crash', 'partition']);

/** Why no list has a quorum of validators any more that can reach each other; '' where one has, or may again. */
export function missingQuorum({ faults, nodes }: Setup<RippleParameters>, { quorums }: Rules): string {
  if (!ABSENT_KINDS.has(faults.kind) || faults.count === 0 || faults.until_us < Infinity || faults.from_us > 0) return '';
  const sides = faults.kind === 'crash' ? [0] : [...new Set(faults.entries[0].group)];
  const group = faults.kind === 'crash' ? faults.faulty : faults.entries[0].group;
  const most = (system: ThresholdSystem): number =>
    Math.max(
      ...sides.map((side) => {
        let votes = 0;
        for (let node = 0; node < nodes; node++) if (group[node] === side) votes += system.weightOf(node);
        return votes;
      }),
    );
  const short = quorums.filter((system) => most(system) < system.quorum);
  if (short.length < quorums.length) return '';
  return `${most(short[0])} of ${short[0].total} validators are left for good, fewer than a quorum of ${short[0].quorum}`;
}

/**
 * A ledger at the least: open until the first heartbeat after the validations of the last one where these close it, and then the first heartbeat
 * at which there may be a consensus.
 */
export function leastLedger_us({
  round: { times },
  heartbeat_us,
  closesWithValidated,
}: Pick<Rules, 'round' | 'heartbeat_us' | 'closesWithValidated'>): number {
  const beats = (time_us: number): number => Math.ceil(time_us / heartbeat_us) * heartbeat_us;
  return (closesWithValidated ? heartbeat_us : beats(times.leastOpen_us)) + beats(times.leastConsensus_us + 1);
}

/**
 * A decision is given eleven ledgers, each open as long as an idle one and then expiring, and the client's wait with its doublings until then;
 * before that eight times the end of the last fault, and the time after which validations from before it count no more.
 */
export function horizonOf(setup: Omit<Setup<RippleParameters>, 'horizon_us'>): number {
  const { network, faults, nodes, cell } = setup;
  const rules = rulesOf(setup);
  const { times, fresh_us } = rules.round;
  const link_us = longestLink_us(network) + faults.delay_us;
  const upload_us = departOffset_us(slowestUpload_ns(network, PROPOSAL_BYTES), Math.max(0, nodes - 1));
  const open_us = Math.max(times.idle_us, 240e6);
  const ledger_us = open_us + Math.max(times.abandon_us, fresh_us) + 4 * (link_us + upload_us + rules.heartbeat_us);
  const work_us = Math.ceil(
    (rules.check_ns(nodes) + 4 * rules.sign_ns(cell.transactions.bytes * cell.transactions.per_decision) + checkFull_ns(cell)) / 1000,
  );
  const decision_us = rules.clientTimeout_us + (FUTILE_VIEW_CHANGES + 1) * (ledger_us + work_us);
  return horizonAfter_us(faults, rules.current_us + (cell.decisions + 1) * decision_us);
}
