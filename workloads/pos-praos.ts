// Proof of stake by slots: B. David, P. Gazi, A. Kiayias, A. Russell, "Ouroboros Praos: an adaptively-secure,
// semi-synchronous proof-of-stake blockchain", EUROCRYPT 2018. The rules in full: docs/chains.md.
//
// A node's eligibility proof is its Ed25519 signature of epoch nonce and slot, hashed with SHA-512: a stand-in for the
// paper's verifiable random function (ECVRF), which costs about as much.
import { z } from 'zod';
import { power } from '../assembly/portable/math.ts';
import { concat, fillerBytes } from '../harness/simulate/core/bytes.ts';
import { chainParameters, faultProblems, sharesParameter, sharesProblems } from '../harness/simulate/chain/parameters.ts';
import { commonSpec, expectedChainEvents } from '../harness/simulate/chain/common.ts';
import { blockTransactions, blocksByHeight, checkMeasurable } from '../harness/simulate/chain/history.ts';
import { chainHorizon_us } from '../harness/simulate/chain/horizon.ts';
import { CHAIN_OBSERVATIONS, chainObservations } from '../harness/simulate/chain/observations.ts';
import { compactSize, compactSizeBytes } from '../harness/simulate/chain/rules.ts';
import type { BlockSize, ChainHistory, ChainRun, ChainSpec } from '../harness/simulate/chain/spec.ts';
import { chainEngines } from '../harness/simulate/chain/engines.ts';
import { Outages } from '../harness/simulate/chain/outages.ts';
import { slotReversal, smallestConfirmations } from '../harness/simulate/chain/confirmations.ts';
import { PURPOSE, drawKey } from '../harness/simulate/core/draws.ts';
import { keySeed } from '../harness/simulate/core/operations.ts';
import { expectedRace, liveShare, lotteryShares } from '../harness/simulate/chain/shares.ts';
import type { Observation, Setup, Workload } from '../harness/simulate/core/contract.ts';
import type { Operation } from '../harness/model/outcome.ts';

const parameters = z.strictObject({
  slot_s: z.number().min(0.001).max(86_400).default(1).describe('length of a slot'),
  // Slots are simulated one by one: a chance much smaller than 1e-4 would keep a cell busy with empty ones for hours.
  active_slot_coefficient: z
    .number()
    .min(0.0001)
    .lt(1)
    .default(0.05)
    .describe('f: the chance that a slot has a leader when all stake is live'),
  stakes: sharesParameter,
  ...chainParameters,
});
export type PraosParameters = z.infer<typeof parameters>;

/**
 * Block number 8, slot 8, previous hash 32, body hash 32, issuer's key 32, eligibility proof 64, block signature 64; integers
 * big-endian. The previous hash is SHA-256 of the whole header before, the body hash that of transaction count and transactions.
 */
const HEADER_BYTES = 240;

/** The chance phi(alpha) = 1 - (1 - f)^alpha of a share alpha to lead a slot (section 3.3: independent aggregation). */
export function leadingChance(activeSlotCoefficient: number, share: number): number {
  return 1 - power(1 - activeSlotCoefficient, share);
}

/** Slots are whole microseconds. */
function slotLength_us(p: PraosParameters): number {
  return Math.round(p.slot_s * 1e6);
}

type Race = Parameters<typeof slotReversal>[0];

const recent = new Map<string, number | null>();

/** A pure function; the last few results are kept, since one takes half a second where no number is enough. */
function confirmationsOf(race: Race, risk: number): number | null {
  const key = `${race.honest} ${race.adversary} ${risk}`;
  let confirmations = recent.get(key);
  if (confirmations === undefined) {
    confirmations = smallestConfirmations(risk, (zMax) => slotReversal(race, zMax));
    if (recent.size >= 8) recent.delete(recent.keys().next().value!);
    recent.set(key, confirmations);
  }
  return confirmations;
}

/** What every engine needs to know of a cell. */
export function praosSpec(setup: Setup<PraosParameters>): ChainSpec {
  const { parameters: p, cell, faults } = setup;
  const f = p.active_slot_coefficient;
  const lottery = lotteryShares(setup, p.stakes);
  const live = liveShare(faults);
  const expected = expectedRace(setup, p.adversary_share);
  const race = { honest: leadingChance(f, expected.honest), adversary: leadingChance(f, expected.adversary) };
  const confirmations = confirmationsOf(race, cell.risk);
  const { bytes, per_decision } = cell.transactions;
  const sizeOf = (transactions: number): BlockSize => {
    const blockBytes = HEADER_BYTES + compactSizeBytes(transactions) + transactions * bytes;
    const validate_ns = cell.node.hash_ns_per_byte * blockBytes + 2 * cell.node.verify_ns;
    return { bytes: blockBytes, validate_ns, madeDigest_bytes: blockBytes, checkedDigest_bytes: blockBytes };
  };
  const full = sizeOf(per_decision);
  const rho = (race.adversary * (1 - race.honest)) / (race.honest * (1 - race.adversary));
  const common = commonSpec(setup, p, lottery, { confirmations, q: expected.q, rho }, sizeOf);
  const outages = new Outages(common.faults);
  const slot_us = slotLength_us(p);
  const evaluated = (holders: readonly number[], slots: number): number =>
    holders.reduce((sum, node) => sum + slots - outages.downSlots(node, slot_us, slots), 0);
  return {
    ...common,
    lottery: {
      kind: 'slots',
      slot_us,
      chance: lottery.shares.map((share) => leadingChance(f, share)),
      chanceInSpan: lottery.shares.map((share) => leadingChance(f, share * live)),
    },
    // Who has no stake knows that it leads no slot, and evaluates none.
    counts: ({ holders, slots, found, receptions }) => ({
      signs: evaluated(holders, slots) + found,
      evaluations: evaluated(holders, slots) + receptions,
      verifies: 2 * receptions,
      verifies_single: 2 * receptions,
      // Header and body, which their maker hashes too.
      digest_bytes: (receptions + found) * full.bytes,
    }),
    observe: (spec, run) => ({ ...chainObservations(spec, run), ...slotObservations(slot_us, run) }),
    operations: (history) => operations(setup, history, outages),
  };
}

const SLOT_OBSERVATIONS = [
  {
    name: 'empty_slots_share',
    unit: '',
    kind: 'share',
    description: 'Slots that nobody leads, of those until the last decision is final: 1 - f with all stake live, however it is split.',
  },
  {
    name: 'several_leaders_share',
    unit: '',
    kind: 'share',
    description:
      'Slots with more than one leader, of those with any: their blocks are siblings, so that the chain forks without any delay (withheld ones included).',
  },
  {
    name: 'growth_blocks_per_slot',
    unit: '',
    kind: 'positive',
    description: 'Chain growth: by how many blocks the chain became longer a slot until then.',
  },
] as const satisfies readonly Observation[];

function slotObservations(slot_us: number, { totals: { slots, stop_us }, found, blocks, stopHeight }: ChainRun): Record<string, number> {
  if (slots === 0) return {};
  let active = 0;
  let several = 0;
  let leaders = 0;
  let before = 0;
  // Blocks are numbered in the order of their slots.
  for (let block = 1; block <= found && blocks.found_us(block) <= stop_us; block++) {
    const slot = blocks.found_us(block) / slot_us;
    leaders = slot === before ? leaders + 1 : 1;
    before = slot;
    if (leaders === 1) active += 1;
    if (leaders === 2) several += 1;
  }
  const ofActive = active === 0 ? {} : { several_leaders_share: several / active };
  return { empty_slots_share: 1 - active / slots, ...ofActive, growth_blocks_per_slot: stopHeight / slots };
}

/**
 * The eligibility of everybody with a stake in every slot, each with the main-chain block that is found in it or next; the making of each
 * block, and at every receiver of a published one its checks.
 */
function operations(setup: Setup<PraosParameters>, history: ChainHistory, outages: Outages): Operation[][] {
  checkMeasurable(history.totals);
  const { seed, transactions } = setup.cell;
  const { sha256, ed25519 } = setup.kernels;
  const { blocks, main, totals } = history;
  const slot_us = slotLength_us(setup.parameters);
  const slotOf = (block: { found_us: number }): number => block.found_us / slot_us;
  const nonce = sha256(fillerBytes(drawKey(seed, { purpose: PURPOSE.eligibility, type: NONCE }), 32));
  const count = compactSize(transactions.per_decision);
  const lastHeight = main.length - 1;
  /** By number: SHA-256 of the whole header, which the next block names. */
  const ids = [sha256(new Uint8Array(HEADER_BYTES))];
  return blocksByHeight(history).map((found, index) => {
    const list: Operation[] = [];
    const lastSlot = index + 1 === lastHeight ? totals.slots : slotOf(blocks[main[index + 1]]);
    for (let slot = slotOf(blocks[main[index]]) + 1; slot <= lastSlot; slot++) {
      const message = eligibility(nonce, slot);
      for (const signer of totals.holders)
        if (!outages.isDown(signer, slot * slot_us)) list.push({ kind: 'sign', signer, message }, { kind: 'evaluate', signer, message });
    }
    for (const block of found) {
      const signer = block.miner;
      const key = ed25519.key(keySeed(sha256, 'signing key', seed, signer));
      const proven = eligibility(nonce, slotOf(block));
      const body = concat([count, blockTransactions(setup, block.number)]);
      const numbers = new Uint8Array(16);
      const view = new DataView(numbers.buffer);
      view.setBigUint64(0, BigInt(block.height));
      view.setBigUint64(8, BigInt(slotOf(block)));
      const message = concat([numbers, ids[block.parent], sha256(body), key.publicKey, ed25519.sign(key, proven)]);
      const header = concat([message, ed25519.sign(key, message)]);
      ids[block.number] = sha256(header);
      list.push({ kind: 'digest', bytes: body }, { kind: 'sign', signer, message }, { kind: 'digest', bytes: header });
      for (let receiver = 0; receiver < block.receivers; receiver++) {
        list.push({ kind: 'verify', items: [{ signer, message: proven }], calls: 1 }, { kind: 'evaluate', signer, message: proven });
        list.push({ kind: 'verify', items: [{ signer, message }], calls: 1 });
        list.push({ kind: 'digest', bytes: header }, { kind: 'digest', bytes: body });
      }
    }
    return list;
  });
}

/** A part of a draw key. */
const NONCE = 1;

/** What a node signs to see whether it leads a slot: epoch nonce (32 bytes) and slot (8, big-endian). */
function eligibility(nonce: Uint8Array, slot: number): Uint8Array {
  const bytes = new Uint8Array(40);
  bytes.set(nonce);
  new DataView(bytes.buffer).setBigUint64(32, BigInt(slot));
  return bytes;
}

const workload: Workload<PraosParameters> = {
  id: 'pos-praos',
  mark: 2,
  revision: 3,
  title: 'Proof of stake (Ouroboros Praos)',
  family: 'lottery',
  settings: ['public'],
  reference: {
    authors: 'B. David, P. Gazi, A. Kiayias, A. Russell',
    title: 'Ouroboros Praos: an adaptively-secure, semi-synchronous proof-of-stake blockchain',
    venue: 'EUROCRYPT',
    year: 2018,
    section: 'sections 3.3 and 4',
  },
  parameters,
  problems: (cell) => [...sharesProblems<PraosParameters>('stakes')(cell), ...faultProblems(cell)],
  faultKinds: ['crash', 'delay', 'partition', 'eclipse', 'power-loss', 'double-spend', 'schedule'],
  loads: ['closed', 'open', 'saturate'],
  nodes: { min: 1, max: 100_000 },
  bound: {
    claim: 'persistence and liveness while the adversary holds less than half of the active stake (with network delays a margin below)',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactKinds: ['power-loss', 'double-spend'],
  observations: [...CHAIN_OBSERVATIONS, ...SLOT_OBSERVATIONS],
  expectedEvents: expectedChainEvents,
  engines: chainEngines(praosSpec),
  horizon:
    'twice the time in which the blocks that the run needs come but for a chance of 2 in 10^9, each with its spread (a message as slow as one in a million is, lost tries included), after the end of every fault',
  horizon_us: (setup) => {
    const { active_slot_coefficient } = setup.parameters;
    const spec = praosSpec({ ...setup, horizon_us: Infinity });
    return chainHorizon_us(setup, spec, (live) => slotLength_us(setup.parameters) / leadingChance(active_slot_coefficient, live));
  },
};
export default workload;
