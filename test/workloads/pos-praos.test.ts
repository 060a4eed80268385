import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import type { ChainHistory } from '../../harness/simulate/chain/spec.ts';
import { runChain } from '../../harness/simulate/chain/engine.ts';
import { slotReversal } from '../../harness/simulate/chain/confirmations.ts';
import type { Operation, Outcome } from '../../harness/model/outcome.ts';
import praos, { leadingChance, praosSpec } from '../../workloads/pos-praos.ts';
import { WAN, fixed } from '../cells.ts';
import { chainSetup, relativeHalfWidth, zScore, type Wanted } from '../simulate/chain-setup.ts';
import { inFull } from '../support/full.ts';

/** To what share of itself a chance is known; a quarter of the draws gives twice as much. */
const HALF_WIDTH = inFull(0.05, 0.1);
const ACTIVE = inFull(60_000, 15_000);

const run = (wanted: Wanted): Outcome => praos.engines.chain!(chainSetup(praos, wanted));

/** The blocks of a run. */
function historyOf(wanted: Wanted): ChainHistory {
  const setup = chainSetup(praos, { ...wanted, collect: true });
  let history: ChainHistory | undefined;
  const operations = (found: ChainHistory): Operation[][] => {
    history = found;
    return [];
  };
  expect(runChain(setup, { ...praosSpec(setup), operations }).state).toBe('done');
  return history!;
}

/** Leaders by slot. */
function leadersOf(history: ChainHistory): Map<number, number[]> {
  const slots = new Map<number, number[]>();
  for (const block of history.blocks.slice(1)) slots.set(block.found_us, [...(slots.get(block.found_us) ?? []), block.miner]);
  return slots;
}

describe('Praos, section 3.3: a slot is led with chance phi(alpha) = 1 - (1 - f)^alpha', () => {
  test('phi of f = 0.05 at shares .01, .1, .25, .5 and 1', () => {
    const chances = [0.01, 0.1, 0.25, 0.5, 1].map((share) => leadingChance(0.05, share).toFixed(9));
    expect(chances).toEqual(['0.000512801', '0.005116197', '0.012741455', '0.025320566', '0.050000000']);
  });

  test('1 000 equal stakes, f = 0.05: more than one leader in 2.54% of active slots, and 5% of slots active', () => {
    const history = historyOf({ nodes: 1000, decisions: 1.04 * ACTIVE, parameters: { relay: 'direct' } });
    const slots = leadersOf(history);
    const active = slots.size;
    const multiple = [...slots.values()].filter((leaders) => leaders.length > 1).length;
    const one = leadingChance(0.05, 1 / 1000);
    const exactlyOne = 1000 * one * (0.95 / (1 - one));
    const p = (0.05 - exactlyOne) / 0.05;
    expect(p.toFixed(4)).toBe('0.0254');
    expect(active).toBeGreaterThanOrEqual(ACTIVE);
    expect(relativeHalfWidth(active, p)).toBeLessThanOrEqual(HALF_WIDTH);
    expect(Math.abs(zScore(multiple, active, p))).toBeLessThan(4);
    expect(Math.abs(zScore(active, history.totals.slots, 0.05))).toBeLessThan(4);
  });

  test('19 of 20 slots are empty whoever holds the stake, and a chain of one holder never forks', () => {
    const observed = (nodes: number, stakes: string) =>
      run({ nodes, network: fixed(0), decisions: inFull(6000, 2000), parameters: { stakes, relay: 'direct', adversary_share: 0 } });
    for (const [nodes, stakes] of [[1, 'equal'] as const, [2, '97,3'] as const, [50, 'equal'] as const]) {
      const { observations, elapsed_us, stale } = observed(nodes, stakes);
      const slots = elapsed_us / 1e6;
      expect(Math.abs(zScore(Math.round(observations!['empty_slots_share']! * slots), slots, 0.95))).toBeLessThan(4);
      if (nodes === 1) expect([observations!['several_leaders_share'], stale!.stale]).toEqual([0, 0]);
      // Leaders of one slot make one block of the chain: without delay it grows in each active slot.
      expect(observations!['growth_blocks_per_slot']!).toBeCloseTo(1 - observations!['empty_slots_share']!, 3);
    }
  });

  test('chain growth: with blocks a delay of D slots late and many small stakes, a slot in 1/f + D at least', () => {
    // f/(1 + f D) at least (R. Pass, L. Seeman, A. Shelat, EUROCRYPT 2017: chain growth), and no more where finders are always others.
    const f = 0.5;
    for (const delay_slots of [1, 3]) {
      const { observations } = run({
        nodes: 200,
        network: fixed(1000 * delay_slots - 500),
        decisions: inFull(6000, 2000),
        parameters: { active_slot_coefficient: f, relay: 'direct', adversary_share: 0 },
      });
      // What arrives within a slot is known in the next one: D - 1 further slots are lost.
      const slowest = f / (1 + f * (delay_slots - 1));
      expect(observations!['growth_blocks_per_slot']! / slowest).toBeGreaterThan(0.97);
      expect(observations!['growth_blocks_per_slot']! / slowest).toBeLessThan(1.05);
    }
  });

  // f * alpha instead of phi would lead 67.5% of slots undivided and 55% divided.
  test('independent aggregation: a stake leads as many slots divided in two as whole (f = 0.9)', () => {
    const f = 0.9;
    for (const [stakes, nodes] of [['6,2', [0]] as const, ['3,2,3', [0, 2]] as const]) {
      const history = historyOf({
        nodes: stakes.split(',').length,
        decisions: inFull(20_000, 6000),
        parameters: { stakes, active_slot_coefficient: f },
      });
      const led = [...leadersOf(history).values()].filter((leaders) =>
        leaders.some((leader) => (nodes as readonly number[]).includes(leader)),
      ).length;
      const p = leadingChance(f, 0.75);
      expect(Math.abs(zScore(led, history.totals.slots, p))).toBeLessThan(4);
    }
  });

  test('splitting a stake in two leaves its share of main-chain blocks unchanged', () => {
    const decisions = inFull(60_000, 20_000);
    const share = (stakes: string, owned: readonly number[]): number => {
      const history = historyOf({ nodes: stakes.split(',').length, decisions, parameters: { stakes } });
      const main = history.main.slice(1, decisions + 1);
      return main.filter((number) => owned.includes(history.blocks[number]!.miner)).length;
    };
    const whole = share('1,3,1', [1]);
    const halves = share('1,1.5,1.5,1', [1, 2]);
    const p = (whole + halves) / (2 * decisions);
    expect(relativeHalfWidth(decisions, p)).toBeLessThanOrEqual(0.05);
    expect(Math.abs(whole - halves) / Math.sqrt(2 * decisions * p * (1 - p))).toBeLessThan(4);
    expect(p).toBeCloseTo(0.6, 1);
  });
});

describe('slots', () => {
  test('leaders of one slot mine on what they saw before it: no block has its parent in its own slot', () => {
    const { blocks } = historyOf({ nodes: 8, decisions: 500, parameters: { active_slot_coefficient: 0.9 } });
    for (const block of blocks.slice(1)) expect(block.found_us).toBeGreaterThan(blocks[block.parent]!.found_us);
    for (const block of blocks) expect(block.found_us % 1_000_000).toBe(0);
  });

  test("under power-loss each node's stake falls to (1 - phi)/n: a slot is active with chance 1 - (1 - f)^(1 - phi)", () => {
    const decisions = inFull(20_000, 6000);
    for (const ratio of [0.3, 0.5]) {
      const { totals } = historyOf({ nodes: 4, decisions, fault: { kind: 'power-loss', ratio } });
      const p = leadingChance(0.05, 1 - ratio);
      // Without delay a block is stale only where a slot has several leaders: count slots through the chain's growth.
      expect(Math.abs(zScore(decisions + 5, totals.slots, p))).toBeLessThan(4);
    }
  });
});

describe('double spends in the event loop, against the exact race by slots', () => {
  const cases = [
    { q: 0.1, z: 1 },
    { q: 0.1, z: 2 },
    { q: 0.2, z: 3 },
    { q: 0.3, z: 1 },
    { q: 0.3, z: 3 },
    { q: 0.3, z: 6 },
  ];
  test.each(cases)('q = $q, z = $z', ({ q, z }) => {
    const race = { honest: leadingChance(0.05, 1 - q), adversary: leadingChance(0.05, q) };
    const p = slotReversal(race, z)[z]!;
    let attacks = 0;
    let reversals = 0;
    for (let seed = 1; attacks === 0 || relativeHalfWidth(attacks, p) > HALF_WIDTH; seed++) {
      const outcome = run({
        nodes: 1,
        seed: 100 * z + seed,
        decisions: 20_000,
        parameters: { relay: 'direct', merchant_confirmations: z },
        fault: { kind: 'double-spend', ratio: q },
      });
      attacks += outcome.attacks!;
      reversals += outcome.reversals!;
    }
    expect(Math.abs(zScore(reversals, attacks, p))).toBeLessThan(4);
  });
});

describe('finality', () => {
  test('confirmations at a risk of 0.1%: those of the private race', () => {
    const z = (adversary_share: number): number | null => run({ nodes: 1, decisions: 1, parameters: { adversary_share } }).confirmations;
    expect([0.1, 0.2, 0.3, 0.4].map(z)).toEqual([6, 13, 32, 133]);
    expect(z(0.5)).toBe(null);
  });

  test('without an adversary: as against adversary_share, since leaders of one slot fork the chain by themselves', () => {
    const fault = { kind: 'double-spend', ratio: 0 } as const;
    const outcome = run({ nodes: 100, decisions: 2000, fault });
    expect(outcome).toMatchObject({ confirmations: 6, attacks: 0, reversals: 0, safety: 'ok' });
    expect(outcome.stale!.stale).toBeGreaterThan(20);
    // One confirmation is reversed about once in eighty blocks: no attack, but not final either.
    const hasty = run({ nodes: 100, decisions: 2000, fault, parameters: { merchant_confirmations: 1 } });
    expect(hasty).toMatchObject({ attacks: 0, reversals: 0, safety: 'violated' });
  });
});

describe('counting', () => {
  test('one eligibility signature and evaluation a node a slot; of a block a signature and its digests, and at each receiver two checks, an evaluation and its digests', () => {
    const nodes = 100;
    const { counts, stale } = run({ nodes, decisions: 50, network: WAN });
    const history = historyOf({ nodes, decisions: 50, network: WAN });
    const blocks = stale!.blocks;
    expect(counts.signs).toBe(nodes * history.totals.slots + blocks);
    expect(counts.verifies).toBe(2 * blocks * (nodes - 1));
    expect(counts.verifies_single).toBe(counts.verifies);
    expect(counts.evaluations).toBe(nodes * history.totals.slots + blocks * (nodes - 1));
    // Header and body, at their maker too.
    expect(counts.digest_bytes).toBe(blocks * nodes * (240 + 3 + 500 * 250));
    expect(counts.messages).toBe(blocks * (nodes * 8 - (nodes - 1) + 2 * (nodes - 1)));
  });

  test('measured: every digest, key and proof in a header is that of what it names', () => {
    const outcome = run({
      nodes: 4,
      decisions: 30,
      network: WAN,
      collect: true,
      transactions: { bytes: 10, per_decision: 300 },
      parameters: { active_slot_coefficient: 0.5 },
      fault: { kind: 'double-spend', ratio: 0.2 },
    });
    expect(outcome.operations!.length).toBe(outcome.divisor);
    const all = outcome.operations!.flat();
    const headers = new Map<string, Uint8Array>();
    const bodies = new Set<string>();
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    for (const operation of all) {
      if (operation.kind !== 'digest') continue;
      if (operation.bytes.length === 240) headers.set(text(sha256(operation.bytes)), operation.bytes);
      else bodies.add(text(sha256(operation.bytes)));
      if (operation.bytes.length !== 240) expect([...operation.bytes.subarray(0, 3)]).toEqual([0xfd, 300 & 0xff, 300 >> 8]);
    }
    expect(headers.size).toBe(outcome.stale!.blocks);
    const genesis = text(sha256(new Uint8Array(240)));
    for (const header of headers.values()) {
      const [previous, body] = [header.subarray(16, 48), header.subarray(48, 80)].map(text) as [string, string];
      expect(previous === genesis || headers.has(previous)).toBe(true);
      expect(bodies.has(body)).toBe(true);
      const parent = headers.get(previous);
      const height = new DataView(header.buffer).getBigUint64(0);
      expect(height).toBe(parent === undefined ? 1n : new DataView(parent.buffer).getBigUint64(0) + 1n);
      const [key, proof, signature] = [header.slice(80, 112), header.slice(112, 176), header.slice(176)] as const;
      expect(ed25519.verify(signature, header.slice(0, 176), key)).toBe(true);
      // Epoch nonce and the slot that the header says.
      const proven = all.find(
        (operation) =>
          operation.kind === 'sign' && operation.message.length === 40 && equalBytes(operation.message.slice(32), header.slice(8, 16)),
      ) as Extract<Operation, { kind: 'sign' }>;
      expect(ed25519.verify(proof, proven.message, key)).toBe(true);
    }
  });
});

function equalBytes(x: Uint8Array, y: Uint8Array): boolean {
  return Buffer.compare(x, y) === 0;
}
