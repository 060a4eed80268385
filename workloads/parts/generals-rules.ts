// What generals of a common clock (generals.ts) go by: the bound m, sizes, the length of a round, the horizon.
import { z } from 'zod';
import type { ParameterProblem, PlannedCell, Setup } from '../../harness/simulate/core/contract.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import { horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { departOffset_us, longestLink_us, slowestUpload_ns } from '../../harness/simulate/core/network.ts';
import { byzantineBound } from '../../harness/simulate/core/quorum.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { HEADER_BYTES, REQUEST_HEADER_BYTES, SIGNATURE_BYTES } from './messages.ts';
import { anyRecovers } from './write-ahead.ts';

/** Of a path: how many generals it has passed, and each of them. */
const PATH_COUNT_BYTES = 1;
export const GENERAL_BYTES = 2;
/** Messages of one order that a plan may ask for. */
export const MOST_MESSAGES = 10_000_000;
/** m of `auto`: three rounds. */
const MOST_AUTO = 2;
const MIN_ROUND_US = 1000;
/** A digest, the order's round and its commander. */
const RECORD_BYTES = 32 + 8 + 4;

export const generalsParameters = {
  m: z
    .union([z.literal('auto'), z.int().min(0).max(1000)])
    .default('auto')
    .describe('traitors that the algorithm is made for: m + 1 rounds; auto: floor((n - 1) / 3), at most 2'),
  round_ms: z
    .union([z.literal('auto'), z.number().positive().max(86_400_000)])
    .default('auto')
    .meta({ tuning: true })
    .describe(
      'what is not heard by the end of its round counts as RETREAT; auto: the longest link, lost tries included, and twice the largest upload, and the work between two rounds',
    ),
  client_timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(86_400_000)])
    .default('auto')
    .meta({ tuning: true })
    .describe('after which a client asks all generals; auto: two links, the upload of a request, and m + 4 rounds'),
};
export type GeneralsParameters = Readonly<z.infer<z.ZodObject<typeof generalsParameters>>>;

export const boundOf = ({ m }: Pick<GeneralsParameters, 'm'>, nodes: number): number =>
  m === 'auto' ? Math.min(byzantineBound(nodes), MOST_AUTO) : m;

/** A cell whose m generals cannot have, or that takes more messages than a plan may ask for. */
export function generalsProblems(
  { parameters, nodes }: Pick<PlannedCell<GeneralsParameters>, 'parameters' | 'nodes'>,
  messagesOf: (nodes: number, m: number) => number,
): ParameterProblem[] {
  const m = boundOf(parameters, nodes);
  if (m > nodes - 2)
    return [
      { parameter: 'm', accepts: `an integer from 0 to ${nodes - 2}, like 1: with fewer than m + 2 generals there is nothing to solve` },
    ];
  const messages = messagesOf(nodes, m);
  if (messages <= MOST_MESSAGES) return [];
  const fitting = Array.from({ length: m }, (_, smaller) => smaller).filter((smaller) => messagesOf(nodes, smaller) <= MOST_MESSAGES);
  const accepts = `an m of at most ${fitting.length - 1} with ${nodes} generals: an order takes ${messages} messages, and ${MOST_MESSAGES} is the most`;
  return [{ parameter: 'm', accepts }];
}

export interface GeneralsRules {
  readonly nodes: number;
  readonly m: number;
  /** m + 1. */
  readonly rounds: number;
  /** Traitors that are borne. */
  readonly bound: number;
  readonly round_us: number;
  readonly clientTimeout_us: number;
  /** Matching replies that a client waits for: one of them is from a loyal general. */
  readonly replies: number;
  /** Messages and replies are signed. */
  readonly signs: boolean;
  /** What lieutenants say to each other is tallied as votes. */
  readonly tallies: boolean;
  /** Of a message that has passed so many generals. */
  readonly message_bytes: (passed: number, hasOrder: boolean) => number;
  readonly reply_bytes: number;
  readonly note_bytes: number;
  /** An order that was asked for. */
  readonly body_bytes: number;
  readonly record_bytes: number;
}

/** What is an algorithm's own. */
export interface GeneralsShape {
  readonly bound: number;
  readonly signs: boolean;
  readonly tallies: boolean;
  /** What lieutenants say to each other has the order in it. */
  readonly relaysOrder: boolean;
  /** Messages that a lieutenant sends in a round from the second on, of one order. */
  readonly copiesIn: (round: number) => number;
  /** The most that a lieutenant works between two rounds beside hashing an order, nanoseconds. */
  readonly work_ns: number;
}

export type GeneralsSized = Pick<Setup<GeneralsParameters>, 'cell' | 'nodes' | 'network' | 'parameters' | 'faults'>;

export function generalsRules(setup: GeneralsSized, shape: GeneralsShape): GeneralsRules {
  const { cell, nodes, network, parameters, faults } = setup;
  const { bytes, per_decision } = cell.transactions;
  const m = boundOf(parameters, nodes);
  const rounds = m + 1;
  const request_bytes = REQUEST_HEADER_BYTES + bytes * per_decision;
  const signature_bytes = shape.signs ? SIGNATURE_BYTES : 0;
  const message_bytes = (passed: number, hasOrder: boolean): number =>
    HEADER_BYTES + PATH_COUNT_BYTES + passed * (GENERAL_BYTES + signature_bytes) + (hasOrder ? request_bytes : 0);
  const upload_us = (round: number): number =>
    round === 1
      ? departOffset_us(slowestUpload_ns(network, message_bytes(1, true)), nodes - 2)
      : shape.copiesIn(round) * departOffset_us(slowestUpload_ns(network, message_bytes(round, shape.relaysOrder)), 0);
  let largestUpload_us = 0;
  for (let round = 1; round <= rounds; round++) largestUpload_us = Math.max(largestUpload_us, upload_us(round));
  const { hash_ns_per_byte, persist_ns } = cell.node;
  const work_ns = 2 * hash_ns_per_byte * bytes * per_decision + checkFull_ns(cell) + shape.work_ns + (anyRecovers(faults) ? persist_ns : 0);
  const link_us = longestLink_us(network);
  // Two orders may be under way at a time: one whose commander was asked, and one of whose turn it is.
  const auto_us = link_us + 2 * largestUpload_us + Math.ceil(work_ns / 1000);
  const round_us = parameters.round_ms === 'auto' ? Math.max(MIN_ROUND_US, auto_us) : Math.ceil(parameters.round_ms * 1000);
  const wait_us = 2 * link_us + departOffset_us(slowestUpload_ns(network, request_bytes), 0) + (m + 4) * round_us;
  return {
    nodes,
    m,
    rounds,
    bound: shape.bound,
    round_us,
    clientTimeout_us: parameters.client_timeout_ms === 'auto' ? wait_us : Math.ceil(parameters.client_timeout_ms * 1000),
    replies: shape.bound + 1,
    signs: shape.signs,
    tallies: shape.tallies,
    message_bytes,
    reply_bytes: HEADER_BYTES + signature_bytes,
    note_bytes: HEADER_BYTES,
    body_bytes: HEADER_BYTES + request_bytes,
    record_bytes: RECORD_BYTES,
  };
}

/** Why no client gets an answer any more, '' where one may. */
export function tooFewLeft({ faults, nodes }: Pick<Setup, 'faults' | 'nodes'>, { replies }: GeneralsRules): string {
  const { kind, count, until_us } = faults;
  if ((kind !== 'crash' && kind !== 'silent-leader' && kind !== 'partition') || count === 0 || until_us < Infinity) return '';
  if (nodes - count >= replies || faults.from_us > 0) return '';
  return `${nodes - count} of ${nodes} generals are left for good, fewer than the ${replies} whose replies a client waits for`;
}

/** Events of a run without faults: messages, rounds of the clock, work at the end of rounds, a request and replies. */
export function generalsEvents({
  nodes,
  decisions,
  messages,
  m,
}: {
  nodes: number;
  decisions: number;
  messages: number;
  m: number;
}): number {
  return decisions * (messages + (m + 2) * nodes + (m * (nodes - 1) + nodes + 1) + nodes + 1);
}

/**
 * Each decision and one more is given the client's wait, and as many turns of m + 2 rounds as say that generals stand still, and two more;
 * before that eight times the end of the last fault: a client's wait that doubled meanwhile is at most as long as that took, and may have
 * to double twice more.
 */
export function generalsHorizon({ cell, network, faults }: Omit<GeneralsSized, 'parameters'>, rules: GeneralsRules): number {
  const link_us = longestLink_us(network) + faults.delay_us;
  const turns_us = (FUTILE_VIEW_CHANGES + 2) * (rules.rounds + 1) * rules.round_us;
  const decision_us = rules.clientTimeout_us + turns_us + 4 * link_us;
  return horizonAfter_us(faults, (cell.decisions + 1) * decision_us);
}
export const GENERALS_HORIZON =
  'for each decision and one more the wait of the client, twelve turns of m + 2 rounds and four of the slowest messages; after eight times the end of the last fault';

export const GENERALS_REFERENCE = {
  authors: 'L. Lamport, R. Shostak, M. Pease',
  title: 'The Byzantine Generals Problem',
  venue: 'ACM TOPLAS 4(3)',
  year: 1982,
} as const;
