// SM(m) message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { checkSignatures_ns } from '../../harness/simulate/core/certificates.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Campaign, type General } from '../parts/generals.ts';
import { generalsMechanism } from '../parts/generals-mechanism.ts';
import { boundOf, generalsRules, type GeneralsParameters, type GeneralsRules, type GeneralsSized } from '../parts/generals-rules.ts';
import type { SignedMessage } from '../parts/messages.ts';
import { SignedLieutenant, signedOrder, type SignedOrder, type SignedRules } from './lieutenant.ts';
import { liarsOf } from './liars.ts';

/** Theorem of section 4: SM(m) bears m traitors among any number of generals; with fewer than two loyal ones there is nothing to agree on. */
export const signedBound = (parameters: Pick<GeneralsParameters, 'm'>, nodes: number): number =>
  Math.min(boundOf(parameters, nodes), nodes - 2);

/** Every message has the order in it: all loyal generals hold what they carry out. */
export const signedCommitQuorum = (nodes: number, bound: number): number => nodes - bound;

/** With a loyal commander. */
export const messagesOf = (nodes: number, m: number): number => (m === 0 ? nodes - 1 : (nodes - 1) * (nodes - 1));
/** With a traitor that commands two orders: the second one comes with two signatures, and has a third put to it where m is above 1. */
export const mostMessagesOf = (nodes: number, m: number): number => messagesOf(nodes, m) + (m < 2 ? 0 : (nodes - 1) * (nodes - 3));

export function signedRules(setup: GeneralsSized): GeneralsRules {
  const { nodes, parameters, cell } = setup;
  const m = boundOf(parameters, nodes);
  // Two orders are good; of each traitor two may be bad.
  const checked = 2 + 2 * m;
  const { sign_ns, hash_ns_per_byte } = cell.node;
  const order_ns = hash_ns_per_byte * cell.transactions.bytes * cell.transactions.per_decision;
  return generalsRules(setup, {
    bound: signedBound(parameters, nodes),
    signs: true,
    tallies: false,
    relaysOrder: true,
    // Two orders, to all who have not signed.
    copiesIn: (round) => 2 * (nodes - round),
    work_ns: 2 * m * order_ns + checked * checkSignatures_ns(cell.node, m + 1) + 3 * sign_ns,
  });
}

export function signedMechanism(setup: Setup<GeneralsParameters>): Mechanism<General<SignedOrder>, SignedMessage> {
  const rules = signedRules(setup);
  const signed: SignedRules = { m: rules.m, message_bytes: rules.message_bytes, node: setup.cell.node };
  const campaign = new Campaign<SignedOrder>(setup, rules, {
    command: ({ round, commander }, digest) => signedOrder(rules, { round, signer: commander, digest, previous: null }),
    lieutenant: (general, order) => new SignedLieutenant(general, order, signed),
  });
  return generalsMechanism(setup, campaign, {
    commitQuorum: signedCommitQuorum(rules.nodes, rules.bound),
    counts: ['signs', 'verifies', 'batches', 'digest_bytes'],
    filterOf: liarsOf(campaign),
  });
}
