// Proof of stake as Ethereum does it: Casper FFG and LMD-GHOST by the consensus specifications. docs/pos-gasper.md has what was left out.
import { checkCertificate_ns } from '../../harness/simulate/core/certificates.ts';
import { byzantineBound } from '../../harness/simulate/core/quorum.ts';
import { commonSpec, expectedChainEvents } from '../../harness/simulate/chain/common.ts';
import { chainHorizon_us } from '../../harness/simulate/chain/horizon.ts';
import { CHAIN_OBSERVATIONS, chainObservations } from '../../harness/simulate/chain/observations.ts';
import { inSpan } from '../../harness/simulate/chain/rules.ts';
import { chainEngines } from '../../harness/simulate/chain/engines.ts';
import { lotteryShares } from '../../harness/simulate/chain/shares.ts';
import type { BlockSize, ChainSpec } from '../../harness/simulate/chain/spec.ts';
import type { ParameterProblem, PlannedCell, Setup, Workload } from '../../harness/simulate/core/contract.ts';
import { Committees } from './committees.ts';
import { NO_FACE, facesOf } from './faces.ts';
import { Gasper } from './fork-choice.ts';
import { DATA_BYTES, operations } from './operations.ts';
import { faultProblems } from '../../harness/simulate/chain/parameters.ts';
import { parameters, type GasperParameters } from './parameters.ts';
import { weakSubjectivityPeriod } from './weak-subjectivity.ts';

/** A signed block of Electra without transactions and attestations, encoded by SSZ: container 184, body 396, execution payload 528, requests 12. */
const BLOCK_BYTES = 1120;
/** An attestation without its bits: offset 4, data, BLS signature 96, bits of the committees 8. */
const ATTESTATION_BYTES = 4 + DATA_BYTES + 96 + 8;
const OFFSET_BYTES = 4;
/** Of each validator. */
const BALANCE_eth = 32n;
/** A block in an epoch is final at most so many epochs later. */
const EPOCHS_TO_FINALITY = 3;

const slotLength_us = (p: GasperParameters): number => Math.round(p.slot_s * 1e6);
/** As the specification has it: in whole units of the slot's length. */
export const due_us = (p: GasperParameters): number => Math.max(1, Math.floor((slotLength_us(p) * p.attestation_due_bps) / 10_000));

/** What both engines need to know of a cell. */
export function gasperSpec(setup: Setup<GasperParameters>): ChainSpec {
  const { parameters: p, cell, nodes } = setup;
  const { slots_per_epoch, validators } = p;
  const committees = new Committees(setup);
  const lottery = lotteryShares(setup, 'equal');
  // Nobody double-spends: what is final is so by votes.
  const common = {
    relay: p.relay,
    peer_degree: p.peer_degree,
    merchant_confirmations: 1,
    give_up_deficit_blocks: 'auto',
    attacks: 'auto',
  } as const;
  const slotMembers = Math.ceil(validators / slots_per_epoch);
  // A bit for each of the slot's members, and one that says where they end.
  const voteBytes = ATTESTATION_BYTES + Math.ceil((slotMembers + 1) / 8);
  const sizeOf = (transactions: number): BlockSize => {
    // The votes of the slot before, as one aggregate.
    const bytes = BLOCK_BYTES + OFFSET_BYTES + voteBytes + transactions * (OFFSET_BYTES + cell.transactions.bytes);
    const validate_ns = cell.node.hash_ns_per_byte * bytes + 2 * checkCertificate_ns('aggregate', 1, cell.node);
    return { bytes, validate_ns, madeDigest_bytes: bytes, checkedDigest_bytes: bytes };
  };
  const full = sizeOf(cell.transactions.per_decision);
  const slot_us = slotLength_us(p);
  const weak_subjectivity_epochs = Number(weakSubjectivityPeriod(BigInt(validators), BALANCE_eth));
  // Stakes are those of validators: a node of one more has more.
  const faces = facesOf(setup);
  const { participants, other, cut } = faces;
  const shares = new Float64Array(participants);
  for (let node = 0; node < nodes; node++) shares[node] = Math.floor((validators - node + nodes - 1) / nodes) / validators;
  /** Both faces of a node take part at that time, or the first alone. */
  const isTwofold = (at_us: number): boolean => cut !== null && inSpan(cut, at_us);
  const rules = {
    nodes,
    faces,
    validators,
    slot_us,
    slots_per_epoch,
    due_us: due_us(p),
    boost_percent: p.proposer_boost_percent,
    slotsOf: (epoch: number) => committees.slotsOf(epoch),
    nodeOf: (validator: number) => committees.nodeOf(validator),
  };
  // Two contradicting final blocks take a third of the validators: it stands against one fewer than that.
  const q = byzantineBound(validators) / validators;
  const spec = commonSpec(setup, common, { ...lottery, shares }, { confirmations: 1, q, rho: 0 }, sizeOf);
  return {
    ...spec,
    faults: cut === null ? spec.faults : [cut],
    ...(cut === null ? {} : { nameOf: (participant: number) => (participant < nodes ? null : `node ${other[participant]}, second face`) }),
    lottery: {
      kind: 'slots',
      slot_us,
      chance: shares,
      chanceInSpan: shares,
      leadersOf: (slot) => {
        const node = committees.nodeOf(committees.proposer(slot));
        return other[node] !== NO_FACE && isTwofold(slot * slot_us) ? [node, other[node]] : [node];
      },
    },
    attestations: {
      due_us: rules.due_us,
      weights: (slot) => {
        const weights = committees.weights(slot);
        if (!isTwofold(slot * slot_us + rules.due_us)) return weights;
        return Int32Array.from(other, (face, participant) => weights[participant < nodes ? participant : face]);
      },
      voteBytes,
      verify_ns: checkCertificate_ns('aggregate', Math.max(1, Math.round(slotMembers / nodes)), cell.node),
      start: (chain) => new Gasper(rules, chain),
    },
    // A proposer signs its block and reveals its randomness. A node adds its validators' votes up and checks the sum; each receiver checks it, too.
    counts: ({ found, receptions, votes, voteReceptions, voteWeight, voteWeightReceptions }) => ({
      shares: 2 * found + voteWeight,
      aggregated: voteWeight,
      aggregate_verifies: 2 * receptions + votes + voteReceptions,
      aggregate_keys: 2 * receptions + voteWeight + voteWeightReceptions,
      digest_bytes: (found + receptions) * full.bytes,
    }),
    observe: (own, run) => ({ ...chainObservations(own, run), weak_subjectivity_epochs, ...run.attested?.observed }),
    operations: (history) => operations(setup, committees, full.bytes, history),
  };
}

function problems(cell: PlannedCell<GasperParameters>): ParameterProblem[] {
  const { fault, parameters: p, load, crypto } = cell;
  const found = faultProblems(cell);
  if (fault.kind !== 'equivocate') return found;
  const refuse = (accepts: string): void => void found.push({ parameter: 'fault', accepts });
  if (fault.nodes?.includes(0) === true) refuse("equivocate without node 0, which is the client's");
  if ((fault.from_s ?? 0) > 0 && fault.until_s === undefined) refuse('equivocate from the start, or with an until_s');
  if (load.kind !== 'closed') refuse('equivocate under a closed load');
  if (crypto === 'measured') refuse('equivocate with crypto modelled');
  if (p.relay === 'relay-network') refuse('equivocate beside a relay of announce, compact or direct');
  return found;
}

const gasper: Workload<GasperParameters> = {
  id: 'pos-gasper',
  mark: 10,
  revision: 2,
  title: 'Proof of stake (Ethereum: Gasper)',
  family: 'lottery',
  settings: ['public'],
  reference: {
    authors: 'V. Buterin et al.',
    title: 'Combining GHOST and Casper',
    venue: 'arXiv:2003.03052',
    year: 2020,
    section: 'sections 4 and 5; constants and rules: ethereum/consensus-specs, phase0 to electra',
  },
  parameters,
  problems,
  faultKinds: ['crash', 'delay', 'partition', 'eclipse', 'equivocate', 'schedule'],
  loads: ['closed', 'open', 'saturate'],
  nodes: { min: 1, max: 10_000 },
  bound: {
    claim: 'final as long as validators with two thirds of the stake vote; two contradicting final blocks cost a third of the stake',
    faults: byzantineBound,
  },
  exactKinds: [],
  aggregates: () => true,
  observations: [
    ...CHAIN_OBSERVATIONS,
    {
      name: 'weak_subjectivity_epochs',
      unit: '',
      description: 'Epochs after which a node that was away must ask somebody it trusts: of so many validators with 32 ETH each.',
      kind: 'count',
    },
    {
      name: 'slashable_share',
      unit: '',
      description:
        'Where validators equivocate: the share of all validators whose votes of the run the slashing rules catch (double and surround votes).',
      kind: 'share',
    },
  ],
  expectedEvents: (cell) => {
    const blocks = cell.decisions + EPOCHS_TO_FINALITY * cell.parameters.slots_per_epoch;
    // Each block, and each node's vote of its slot, goes to everybody; and two timers a slot.
    const spread = expectedChainEvents({ ...cell, decisions: blocks });
    return spread * (1 + Math.min(cell.nodes, cell.parameters.validators / cell.parameters.slots_per_epoch)) + 2 * blocks * cell.nodes;
  },
  engines: chainEngines(gasperSpec),
  horizon:
    'twice the time in which the blocks that the run needs and three epochs more come but for a chance of 2 in 10^9, each with its spread, after the end of every fault',
  horizon_us: (setup) => {
    const { parameters: p, cell } = setup;
    const decisions = cell.decisions + (EPOCHS_TO_FINALITY + 1) * p.slots_per_epoch;
    const spec = gasperSpec({ ...setup, horizon_us: Infinity });
    return chainHorizon_us({ ...setup, cell: { ...cell, decisions } }, spec, (live) => slotLength_us(p) / live);
  },
};
export default gasper;
