// OM(m) message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { byzantineBound } from '../../harness/simulate/core/quorum.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Campaign, type General } from '../parts/generals.ts';
import { generalsMechanism } from '../parts/generals-mechanism.ts';
import { boundOf, generalsRules, type GeneralsParameters, type GeneralsRules, type GeneralsSized } from '../parts/generals-rules.ts';
import { REQUEST_HEADER_BYTES, type SignedMessage } from '../parts/messages.ts';
import { OralLieutenant, oralMessage, type OralMessage, type OralRules } from './lieutenant.ts';
import { filterOf } from './liars.ts';
import { pathsOf } from './paths.ts';

export type OralParameters = GeneralsParameters & { readonly relays: 'digest' | 'order' };

/** Theorem of section 3: OM(m) bears m traitors among more than 3m generals. */
export const oralBound = (parameters: Pick<GeneralsParameters, 'm'>, nodes: number): number =>
  Math.min(boundOf(parameters, nodes), byzantineBound(nodes));

/**
 * An order that is carried is what more than half of the n - 1 lieutenants are taken to have: as many loyal ones hold it, less the traitors
 * among them, and the commander.
 */
export const oralCommitQuorum = (nodes: number): number => Math.floor((nodes - 1) / 2) + 2;

export function oralRules(setup: GeneralsSized & Pick<Setup<OralParameters>, 'parameters'>): GeneralsRules {
  const { nodes, parameters } = setup;
  return generalsRules(setup, {
    bound: oralBound(parameters, nodes),
    signs: false,
    tallies: true,
    relaysOrder: parameters.relays === 'order',
    // Of the paths that have come a lieutenant is in none: (n-2)...(n-k+1) of them, each to n - k others.
    copiesIn: (round) => pathsOf(nodes, round + 1) / (nodes - 1),
    work_ns: 0,
  });
}

export function oralMechanism(setup: Setup<OralParameters>): Mechanism<General<OralMessage>, SignedMessage> {
  const rules = oralRules(setup);
  const { transactions } = setup.cell;
  const oral: OralRules = {
    nodes: rules.nodes,
    m: rules.m,
    message_bytes: rules.message_bytes,
    relaysOrder: setup.parameters.relays === 'order',
  };
  const order_bytes = REQUEST_HEADER_BYTES + transactions.bytes * transactions.per_decision;
  const campaign = new Campaign<OralMessage>(setup, rules, {
    command: ({ round, commander }, digest) => oralMessage(oral, round, { path: [commander], number: 0, before: 0, digest, order_bytes }),
    lieutenant: (general, order) => new OralLieutenant(general, order, oral, order_bytes),
  });
  return generalsMechanism(setup, campaign, {
    commitQuorum: oralCommitQuorum(rules.nodes),
    counts: ['votes', 'digest_bytes'],
    filterOf,
  });
}
