// What SCP's programs share: quorum systems, sizes, times.
import type { Cell } from '../../harness/model/cell.ts';
import { isDefaultLoad } from '../../harness/model/load.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import { checkSignatures_ns } from '../../harness/simulate/core/certificates.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { ABSENT_KINDS, horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { departOffset_us, longestLink_us, meanDelay_us, slowestUpload_ns, uplink_bps } from '../../harness/simulate/core/network.ts';
import { byzantineBound } from '../../harness/simulate/core/quorum.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import { HEADER_BYTES, REQUEST_HEADER_BYTES, SIGNATURE_BYTES } from '../parts/messages.ts';
import { SliceSystem, ThresholdSystem, type QuorumSystem, type SliceSet } from '../parts/quorum-systems.ts';
import type { LeaderOptions } from './leaders.ts';
import { LEAST_TIMEOUT_MS, type ScpParameters } from './parameters.ts';
import { ORGANISATION, blockingDistance, flatSet, organisationsSet, outerThreshold, parseSets, smallestSlice } from './slices.ts';
import { statement_bytes } from './statements.ts';

/** Logical messages of a node in a slot without faults: NOMINATE twice, PREPARE three times, COMMIT, EXTERNALIZE. */
export const STATEMENTS = 7;
/** Slots beyond its own of which a node keeps what it hears (stellar-core: LEDGER_VALIDITY_BRACKET). */
export const BRACKET = 100;
/** Slots below its own of which a node can still prove the decision. */
export const KEPT = 4096;

export interface Rules {
  readonly nodes: number;
  readonly system: SliceSystem;
  /** k of n, the same for all nodes; null: anything else. */
  readonly uniform: number | null;
  readonly leaders: LeaderOptions;
  readonly viewOf: (node: number) => QuorumSystem;
  /** The fewest nodes that a quorum has (of written sets at least), and whose failure leaves some node without a slice. */
  readonly quorum: number;
  readonly blocking: number;
  /** Matching replies that a client waits for. */
  readonly replies: number;
  /** Clients tell all nodes what they want, as transactions flood; else the leader of the next slot. */
  readonly floods: boolean;
  readonly batch_bytes: number;
  readonly request_bytes: number;
  readonly reply_bytes: number;
  readonly propose_ns: number;
  /** With nothing of clients' signatures. */
  readonly proposing_ns: (batch_bytes: number) => number;
  /** Of a batch that came with a statement. */
  readonly hashing_ns: (batch_bytes: number) => number;
  /** Statements checked together, and own ones signed. */
  readonly work_ns: (checked: number, signed: number) => number;
  /** Of the round, or the ballot counter. */
  readonly timeout_us: (count: number) => number;
  readonly clientTimeout_us: number;
  readonly catchUp_us: number;
  readonly interval_us: number;
}

/** A message is slower than what `auto` takes it for as rarely as this. */
const RARE = 1e-3;

export type Sized = Pick<Setup<ScpParameters>, 'nodes' | 'network' | 'parameters'> & {
  readonly cell: Pick<Cell, 'transactions' | 'node' | 'load'>;
};

export function slicesOf({ nodes, parameters: { quorum_set, threshold } }: Pick<Sized, 'nodes' | 'parameters'>): readonly SliceSet[] {
  const all = (set: SliceSet): SliceSet[] => new Array<SliceSet>(nodes).fill(set);
  if (quorum_set === 'flat') return all(flatSet(nodes, threshold === 'auto' ? outerThreshold(nodes) : threshold));
  if (quorum_set === 'organisations') {
    const organisations = nodes / ORGANISATION;
    return all(organisationsSet(organisations, threshold === 'auto' ? outerThreshold(organisations) : threshold));
  }
  const sets = parseSets(quorum_set, nodes);
  if (typeof sets === 'string') throw new RangeError(`quorum_set: received ${quorum_set}; accepted: ${sets}`);
  return sets;
}

export function rulesOf(setup: Sized): Rules {
  const { cell, nodes, parameters: p } = setup;
  const slices = slicesOf(setup);
  const system = new SliceSystem(slices);
  const distinct = [...new Set(slices)];
  const uniform = p.quorum_set === 'flat' ? slices[0].threshold : null;
  const flat = uniform === null ? null : new ThresholdSystem(new Array<number>(nodes).fill(1), uniform);
  const everybody = BitSet.of(slices.keys());
  const batch_bytes = cell.transactions.bytes * cell.transactions.per_decision;
  const { sign_ns, hash_ns_per_byte } = cell.node;
  const us = (ms: number): number => Math.ceil(ms * 1000);
  const proposing_ns = (bytes: number): number => hash_ns_per_byte * bytes + sign_ns;
  const alike = p.quorum_set === 'flat' || p.quorum_set === 'organisations';
  const request_bytes = REQUEST_HEADER_BYTES + batch_bytes;
  const quorum = Math.min(...distinct.map(smallestSlice));
  const propose_ns = proposing_ns(batch_bytes) + checkFull_ns(cell);
  const hashing_ns = (bytes: number): number => hash_ns_per_byte * bytes;
  const work_ns = (checked: number, signed: number): number =>
    (checked === 0 ? 0 : checkSignatures_ns(cell.node, checked)) + signed * sign_ns;
  const first_ms =
    p.timeout_ms === 'auto'
      ? autoTimeout_ms(setup, {
          quorum: uniform,
          request_bytes,
          propose_ns,
          reading_ns: hashing_ns(batch_bytes) + checkFull_ns(cell),
          work_ns,
        })
      : p.timeout_ms;
  const timeout_us = (count: number): number => us(first_ms + (count - 1) * p.timeout_increment_ms);
  return {
    nodes,
    system,
    uniform,
    leaders: { alike, selfish: p.own_weight === 'one' },
    viewOf: (node) => flat ?? system.of(node),
    quorum,
    blocking: Math.min(...distinct.map((set) => blockingDistance(set, everybody))),
    replies: byzantineBound(nodes) + 1,
    floods: !isDefaultLoad(cell.load) || !alike,
    batch_bytes,
    request_bytes,
    reply_bytes: HEADER_BYTES + SIGNATURE_BYTES,
    propose_ns,
    proposing_ns,
    hashing_ns,
    work_ns,
    timeout_us,
    clientTimeout_us: us(p.client_timeout_ms === 'auto' ? p.ledger_interval_ms + first_ms : p.client_timeout_ms),
    catchUp_us: 2 * timeout_us(1),
    interval_us: us(p.ledger_interval_ms),
  };
}

/**
 * The first timeout by itself: the draft's, but where a round or a ballot that goes well is still under way then, as long as it is with slow
 * messages. The round lasts until the last node has the batch, when all else has come; or until a quorum has it, and has said twice what it
 * makes of it. The ballot is four times what a quorum says. `quorum`: nodes that it takes at least; null: any number.
 */
function autoTimeout_ms(
  { nodes, network }: Pick<Sized, 'nodes' | 'network'>,
  rules: Pick<Rules, 'request_bytes' | 'propose_ns' | 'work_ns'> & { readonly quorum: number | null; readonly reading_ns: number },
): number {
  const [introduction_bytes, statement_bytes] = pathBytes(rules);
  const link_us = longestLink_us(network, RARE);
  const upload_us = (bytes: number, copies: number): number => departOffset_us(slowestUpload_ns(network, bytes), Math.max(0, copies - 1));
  const checking_us = rules.work_ns(rules.quorum ?? nodes, 1) / 1000;
  const read_us = 2 * link_us + upload_us(rules.request_bytes, 1) + (rules.propose_ns + rules.reading_ns + rules.work_ns(1, 1)) / 1000;
  const said_us = link_us + upload_us(statement_bytes, nodes - 1) + checking_us;
  const last_us = read_us + upload_us(introduction_bytes, nodes - 1) + 2 * checking_us;
  const quorum_us = read_us + upload_us(introduction_bytes, (rules.quorum ?? nodes) - 1) + 2 * said_us;
  return Math.max(LEAST_TIMEOUT_MS, Math.ceil(Math.max(last_us, quorum_us, 4 * said_us) / 1000));
}

/** What each node says in a slot without faults, one after another; the leader's first statement carries the batch. */
export function pathBytes({ request_bytes }: Pick<Rules, 'request_bytes'>): readonly number[] {
  const value = 2;
  const ballot = { counter: 1, value };
  const open = { kind: 'prepare', ballot, prepared: null, preparedPrime: null, hCounter: 0, cCounter: 0 } as const;
  const nominate_bytes = statement_bytes({ kind: 'nominate', voted: [value], accepted: [] });
  const prepared_bytes = statement_bytes({ ...open, prepared: ballot });
  return [
    nominate_bytes + request_bytes,
    nominate_bytes,
    nominate_bytes,
    statement_bytes(open),
    prepared_bytes,
    prepared_bytes,
    statement_bytes({ kind: 'commit', ballot, preparedCounter: 1, hCounter: 1, cCounter: 1 }),
    statement_bytes({ kind: 'externalize', commit: ballot, hCounter: 1 }),
  ];
}

/** Why no quorum can come about any more; '' where one can, or may again. */
export function missingQuorum({ faults, nodes, horizon_us }: Setup<ScpParameters>, rules: Rules): string {
  if (!ABSENT_KINDS.has(faults.kind) || faults.count === 0 || faults.until_us < Infinity) return '';
  // What was sent before the fault may still decide something for a while.
  const over_us = faults.from_us === 0 ? 0 : faults.from_us + rules.clientTimeout_us + rules.catchUp_us;
  if (horizon_us < over_us) return '';
  const left = rules.system.slices.map((_, node) => node).filter((node) => faults.faulty[node] === 0);
  if (rules.system.largestQuorum(BitSet.of(left)).length >= rules.replies) return '';
  return `${left.length} of ${nodes} nodes are left for good, and they hold no quorum that tells the client`;
}

/** About: transactions a second that uplink, cores or the slots one after another do not exceed. A search for the capacity begins at a tenth of it. */
export function bound_tps(
  { cell, network, nodes }: Pick<Setup<ScpParameters>, 'network' | 'nodes'> & { readonly cell: Pick<Cell, 'transactions' | 'node'> },
  rules: Rules,
): number {
  const bytes = pathBytes(rules);
  const sent_bytes = (nodes - 1) * bytes.reduce((sum, one, step) => sum + (step === 1 ? 0 : one), 0);
  const work_ns = rules.propose_ns + STATEMENTS * rules.work_ns(Math.max(0, rules.quorum - 1), 1);
  const perSlot_s = [(STATEMENTS * meanDelay_us(network)) / 2e6, work_ns / 1e9 / cell.node.cores];
  if (network.bandwidth_bps > 0) perSlot_s.push((sent_bytes * 8) / uplink_bps(network, 0));
  const slowest_s = Math.max(...perSlot_s);
  return slowest_s > 0 ? cell.transactions.per_decision / slowest_s : 1e6;
}

/**
 * A decision is given the client's wait, ten timeouts one after another with what is said between them (eleven messages as slow as one in
 * 10^9 is: request, the seven of a slot, question and answer of who is behind, reply), and ten waits of who is behind, each twice as long
 * as the one before. The clock for that starts after the last fault has begun or ended: what doubled meanwhile is at most as long as that took, and may double twice more.
 */
export function horizonOf(setup: Omit<Setup<ScpParameters>, 'horizon_us'>): number {
  const { network, faults, nodes, cell } = setup;
  const rules = rulesOf(setup);
  const link_us = longestLink_us(network) + faults.delay_us;
  const upload_us = (bytes: number): number => departOffset_us(slowestUpload_ns(network, bytes), Math.max(1, nodes) - 1);
  const way_us =
    11 * link_us +
    2 * upload_us(rules.request_bytes) +
    pathBytes(rules).reduce((sum, bytes) => sum + upload_us(bytes), 0) +
    Math.ceil((rules.propose_ns + STATEMENTS * rules.work_ns(nodes, 1)) / 1000);
  let waits_us = rules.clientTimeout_us + rules.interval_us;
  for (let count = 0, wait_us = rules.catchUp_us; count <= FUTILE_VIEW_CHANGES; count++, wait_us *= 2) waits_us += wait_us;
  for (let count = 1; count <= FUTILE_VIEW_CHANGES; count++) waits_us += rules.timeout_us(count) + way_us;
  return horizonAfter_us(faults, (cell.decisions + 1) * (waits_us + way_us));
}
