import { describe, expect, test } from 'vitest';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import type { BlockView, ChainHistory, ChainRun, ChainSpec } from '../../../harness/simulate/chain/spec.ts';
import type { EngineId, Outcome } from '../../../harness/model/outcome.ts';
import type { FaultSpec } from '../../../harness/model/fault.ts';
import workload from '../../../workloads/proof-of-activity/index.ts';
import { activitySpec } from '../../../workloads/proof-of-activity/mechanism.ts';
import { attackRatio, effectiveShare, headersPerBlock } from '../../../workloads/proof-of-activity/race.ts';
import { SATOSHI, Satoshi, drawnSatoshi } from '../../../workloads/proof-of-activity/stakeholders.ts';
import { FREE, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { chainSetup, relativeHalfWidth, zScore, type Wanted } from '../../simulate/chain-setup.ts';
import { inFull } from '../../support/full.ts';
import { both, chainFaults, result } from '../../simulate/chain/drawn.ts';
import { transcriptOf } from '../../support/transcript.ts';

const CONSTANT = { retarget_interval_blocks: 1_000_000 };

function runWith(wanted: Wanted): { outcome: Outcome; history: ChainHistory; run: ChainRun; spec: ChainSpec } {
  const setup = chainSetup(workload, { ...wanted, collect: true });
  let history: ChainHistory | undefined;
  let run: ChainRun | undefined;
  const spec = activitySpec(setup);
  const outcome = runChain(setup, {
    ...spec,
    observe: (own, found) => ((run = found), spec.observe!(own, found)),
    operations: (found) => ((history = found), []),
  });
  return { outcome, history: history!, run: run!, spec };
}

describe('closed forms', () => {
  test('headers for a block: x^-N', () => {
    expect(headersPerBlock(0.5, 3)).toBe(8);
    expect(headersPerBlock(0.9, 3)).toBeCloseTo(1.372, 3);
    expect(headersPerBlock(0.8, 3)).toBeCloseTo(1.953, 3);
    expect(headersPerBlock(0.3, 3)).toBeCloseTo(37.04, 2);
    expect(headersPerBlock(0.1, 3)).toBeCloseTo(1000, 9);
  });
  test.each([
    [0.1, 1, 729],
    [0.1, 0.5, 91.1],
    [0.1, 0.3, 19.7],
    [0.1, 0.1, 0.729],
    [0.2, 1, 64],
    [0.2, 0.5, 8],
    [0.2, 0.3, 1.73],
    [0.2, 0.1, 0.064],
    [0.3, 1, 12.7],
    [0.3, 0.5, 1.59],
    [0.3, 0.3, 0.343],
    [0.4, 1, 3.375],
    [0.4, 0.5, 0.42],
    [0.5, 1, 1],
  ])('an attacker with y = %d of the stake needs ((x (1 - y)) / y)^3 times the hash power at x = %d: %d', (stake, online, ratio) => {
    const found = attackRatio({ online, stake, stakeholders: 3 });
    expect(Math.abs(found / ratio - 1)).toBeLessThan(0.005);
    // At that ratio it holds half of the race.
    const power = found / (1 + found);
    const race = { hash: { adversary: power, honest: 1 - power }, stake: { adversary: stake, honest: online * (1 - stake) } };
    expect(effectiveShare(race, 3)).toBeCloseTo(0.5, 12);
  });
});

describe('follow the satoshi', () => {
  test('whose a satoshi is, and which of its own', () => {
    const satoshi = new Satoshi([3, 0, 2]);
    expect([0, 1, 2, 3, 4].map((one) => satoshi.follow(one))).toEqual([
      { owner: 0, balance: 3, place: 0 },
      { owner: 0, balance: 3, place: 1 },
      { owner: 0, balance: 3, place: 2 },
      { owner: 2, balance: 2, place: 0 },
      { owner: 2, balance: 2, place: 1 },
    ]);
    expect(Satoshi.ofShares(Float64Array.of(0.1, 0.2, 0.7, 0)).total).toBe(SATOSHI);
  });
  test('owners come up as often as their balance says, with replacement', () => {
    const satoshi = Satoshi.ofShares(Float64Array.of(0.5, 0.25, 0.125, 0.125));
    const won = [0, 0, 0, 0];
    let twice = 0;
    const headers = 20_000;
    for (let block = 1; block <= headers; block++) {
      const owners = drawnSatoshi(7, block, 3, satoshi.total).map((one) => satoshi.follow(one).owner);
      for (const owner of owners) won[owner]! += 1;
      if (owners[0] === owners[1]) twice += 1;
    }
    for (const [owner, p] of [0.5, 0.25, 0.125, 0.125].entries()) expect(Math.abs(zScore(won[owner]!, 3 * headers, p))).toBeLessThan(4);
    expect(Math.abs(zScore(twice, headers, 0.25 + 0.0625 + 2 * 0.015625))).toBeLessThan(4);
  });
  test('an account that is split is drawn by the same headers as before, whatever the parts', () => {
    const whole = new Satoshi([SATOSHI - 900_000_000, 900_000_000]);
    const split = new Satoshi([SATOSHI - 900_000_000, 1, 499_999_999, 400_000_000]);
    for (let block = 1; block <= 5000; block++)
      for (const one of drawnSatoshi(1, block, 3, SATOSHI)) expect(split.follow(one).owner > 0).toBe(whole.follow(one).owner > 0);
    expect(whole.follow(SATOSHI - 1).owner).toBe(1);
    expect(split.follow(SATOSHI - 1).owner).toBe(3);
  });
});

describe('headers and blocks', () => {
  test.each([
    [0.9, 3, 4000],
    [0.5, 3, 1500],
    [0.5, 1, 4000],
    [0.3, 3, 1800],
  ])('x = %d, N = %d: of the headers x^N become blocks, and blocks come every T', (online_share, stakeholders, decisions) => {
    const parameters = { ...CONSTANT, online_share, stakeholders, adversary_share: 0 };
    const { outcome, run } = runWith({ nodes: 4, decisions, parameters });
    const { found, complete } = run.totals;
    const p = 1 / headersPerBlock(online_share, stakeholders);
    expect(relativeHalfWidth(found, p)).toBeLessThan(0.05);
    expect(Math.abs(zScore(complete, found, p))).toBeLessThan(4);
    expect(outcome.observations!['headers_per_block']).toBe(found / complete);
    const gaps = outcome.elapsed_us / 600e6;
    expect(Math.abs(gaps - decisions) / Math.sqrt(decisions)).toBeLessThan(4);
  });
  test('difficulty tracks whole blocks: where half of the nodes are down they come sixteen times as rarely, and every T again later', () => {
    const parameters = { retarget_interval_blocks: 100, adversary_share: 0 };
    const fault = { kind: 'crash', ratio: 0.5 } as const;
    const { outcome } = runWith({ nodes: 4, decisions: 900, parameters, fault });
    const mean = (from: number, to: number): number =>
      outcome.latencies_us.slice(from, to).reduce((sum, x) => sum + x, 0) / (to - from) / 600e6;
    // Power 1/2 and a chance of 1/8; two adjustments of at most a factor of 4.
    expect(Math.abs(mean(0, 99) / 16 - 1)).toBeLessThan(4 / Math.sqrt(99));
    expect(Math.abs(mean(300, 900) / (100 / 98) - 1)).toBeLessThan(4 / Math.sqrt(600) + 0.05);
    // Headers then come x^-N / T, whatever the difficulty.
    expect(outcome.observations!['headers_per_block']).toBeGreaterThan(6);
    expect(outcome.observations!['headers_per_block']).toBeLessThan(10);
  });
  test('difficulty is set by whole blocks: where headers are wasted they come every N·T ÷ (N - 2) in the long run, as in proof of work', () => {
    const N = 16;
    const parameters = { retarget_interval_blocks: N, online_share: 0.5, adversary_share: 0 };
    const { outcome } = runWith({ nodes: 4, decisions: 201 * N, parameters });
    // Twenty batches of ten periods each, after the first one: a period's time depends on the one before.
    const gaps = outcome.latencies_us.slice(N);
    const size = gaps.length / 20;
    const means = Array.from({ length: 20 }, (_, i) => {
      const batch = gaps.slice(i * size, (i + 1) * size);
      return batch.reduce((sum, gap) => sum + gap, 0) / size / 600e6;
    });
    const mean = means.reduce((sum, x) => sum + x, 0) / 20;
    const sd = Math.sqrt(means.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 19 / 20);
    expect((1.96 * sd) / mean).toBeLessThan(0.05);
    expect(Math.abs(mean - N / (N - 2)) / sd).toBeLessThan(4);
    expect(outcome.observations!['headers_per_block']! / headersPerBlock(0.5, 3)).toBeCloseTo(1, 1);
  });
  test('the last of the drawn publishes, once it has the header and the signatures of the others', () => {
    const { history } = runWith({
      nodes: 8,
      decisions: 60,
      network: fixed(100),
      parameters: { ...CONSTANT, block_interval_s: 60, relay: 'direct' },
    });
    const satoshi = Satoshi.ofShares(new Float64Array(8).fill(1 / 8));
    const seen = new Set<number>();
    for (const { number, publisher, miner } of history.blocks.slice(1)) {
      const owners = drawnSatoshi(chainSetup(workload, { nodes: 8 }).cell.seed, number, 3, satoshi.total).map(
        (one) => satoshi.follow(one).owner,
      );
      expect(publisher).toBe(owners[2]);
      if (publisher !== miner) seen.add(publisher!);
    }
    expect(seen.size).toBe(8);
  });
  test('timing: a hop to the signers and one to the last', () => {
    const setup = chainSetup(workload, { nodes: 40, network: fixed(100), parameters: { relay: 'direct' } });
    const spec = activitySpec(setup);
    const view: BlockView = { parent: () => 0, height: () => 1, miner: () => 0, found_us: () => 1_000_000 };
    const satoshi = Satoshi.ofShares(new Float64Array(40).fill(1 / 40));
    for (let block = 1; block < 50; block++) {
      const owners = drawnSatoshi(setup.cell.seed, block, 3, satoshi.total).map((one) => satoshi.follow(one).owner);
      if (new Set([0, ...owners]).size < 4) continue;
      // The header to 39 others, and from each of the two signers to 39.
      expect(spec.stages!(view, block)).toMatchObject({ at_us: 1_200_000, publisher: owners[2], messages: 3 * 39 });
      expect(spec.stages!(view, block).counts).toEqual({ signs: 3, verifies: 78, verifies_single: 78, digest_bytes: 39 * (112 + 3 * 68) });
    }
  });
  test('who is down signs nothing, and nobody stands in for it', () => {
    const { history } = runWith({ nodes: 10, decisions: 60, parameters: CONSTANT, fault: { kind: 'crash', ratio: 0.3 } });
    const satoshi = Satoshi.ofShares(new Float64Array(10).fill(0.1));
    const { seed } = chainSetup(workload, { nodes: 10 }).cell;
    for (const { number, publisher } of history.blocks.slice(1)) {
      const owners = drawnSatoshi(seed, number, 3, satoshi.total).map((one) => satoshi.follow(one).owner);
      expect(publisher).toBe(owners.every((owner) => owner < 7) ? owners[2] : null);
    }
    expect(history.blocks.filter(({ publisher }) => publisher === null).length).toBeGreaterThan(20);
  });
});

describe('an attacker with a share of power and of stake', () => {
  test('its headers are whole only where all that are drawn are its own, and it signs for nobody: the share of blocks', () => {
    const setup = { nodes: 4, decisions: 600, parameters: { ...CONSTANT, adversary_stake: 0.4, online_share: 0.5 } };
    const { history, spec } = runWith({ ...setup, fault: { kind: 'double-spend', ratio: 0.5 } });
    const whole = history.blocks.filter(({ publisher }) => publisher !== null);
    const own = whole.filter(({ miner }) => miner === 4);
    // 0.5 x 0.4^3 against 0.5 x (0.5 x 0.6)^3.
    const q = 0.064 / (0.064 + 0.027);
    expect(spec.adversaryShare).toBeCloseTo(q, 12);
    expect(Math.abs(zScore(own.length, whole.length, q))).toBeLessThan(4);
    expect(relativeHalfWidth(whole.length, q)).toBeLessThan(0.05);
    for (const { publisher } of own) expect(publisher).toBe(4);
    for (const { publisher, miner } of whole) if (miner !== 4) expect(publisher).not.toBe(4);
  });
  // The race of proof of work at that share: r(q, 1) = 2q, r(q, 2) = 2q^2 (3 - 2q) (Rosenfeld).
  test.each([
    { w: 0.5, y: 0.4, x: 1, N: 3, z: 1 },
    { w: 0.5, y: 0.4, x: 1, N: 3, z: 2 },
    { w: 0.3, y: 0.4, x: 0.8, N: 1, z: 2 },
  ])(
    'double spends with $w of the power and $y of the stake, x = $x, N = $N: after $z confirmations as many as its share of blocks says',
    (at) => {
      const { w, y, x, N, z } = at;
      const q = effectiveShare({ hash: { adversary: w, honest: 1 - w }, stake: { adversary: y, honest: x * (1 - y) } }, N);
      const expected = z === 1 ? 2 * q : 2 * q * q * (3 - 2 * q);
      const { attacks, reversals } = runWith({
        nodes: 4,
        decisions: inFull(100_000, 25_000),
        parameters: { ...CONSTANT, adversary_stake: y, online_share: x, stakeholders: N, merchant_confirmations: z },
        fault: { kind: 'double-spend', ratio: w },
      }).outcome;
      expect(relativeHalfWidth(attacks!, expected)).toBeLessThan(inFull(0.05, 0.1));
      expect(Math.abs(zScore(reversals!, attacks!, expected))).toBeLessThan(4);
    },
  );
  test('with half of the power it would reverse proof of work at will; here its stake decides', () => {
    const confirmations = (fault: Partial<FaultSpec>, parameters = {}): number | null =>
      runWith({ nodes: 4, decisions: 5, parameters: { ...CONSTANT, ...parameters }, fault, horizon_us: 1e15 }).outcome.confirmations;
    // q = 0.5^3... of 0.1 of both: 0.0001 / (0.0001 + 0.6561).
    expect(confirmations({ kind: 'double-spend', ratio: 0.1 })).toBe(1);
    expect(confirmations({ kind: 'double-spend', ratio: 0.5 }, { adversary_stake: 0.1 })).toBe(2);
    expect(confirmations({ kind: 'crash', ratio: 0 }, { adversary_share: 0.5 })).toBe(null);
  });
});

describe('both engines', () => {
  test.each(chainFaults(0.45))('%s: the same outcome', (_, fault) => {
    for (const relay of ['announce', 'direct'] as const) {
      const parameters = {
        block_interval_s: 10,
        online_share: 0.8,
        retarget_interval_blocks: 16,
        peer_degree: 3,
        relay,
        adversary_stake: 0.3,
      };
      const wanted: Wanted = { nodes: 9, network: WAN, node: SERVER, decisions: 15, parameters, fault, risk: 0.1, horizon_us: 2e10 };
      const { chain, messages } = both(workload, activitySpec, wanted);
      expect(result(chain)).toEqual(result(messages));
    }
  });
  test('one node draws itself', () => {
    const { chain, messages } = both(workload, activitySpec, { nodes: 1, decisions: 5, node: FREE });
    expect(result(chain)).toEqual(result(messages));
    expect(chain).toMatchObject({ state: 'done', counts: { messages: 0, verifies: 0 } });
  });
});

describe('counting', () => {
  test('a node checks each of the N signatures of a block once, and nobody its own', () => {
    const { outcome, run, history } = runWith({ nodes: 6, decisions: 30, network: WAN });
    const { found, complete } = run.totals;
    expect(found).toBe(complete);
    expect(outcome.counts.signs).toBe(3 * found);
    expect(outcome.counts.verifies).toBe(3 * 5 * found);
    const others = history.blocks.slice(1).every(({ receivers }) => receivers === 5);
    expect(others).toBe(true);
  });
  test.each([
    ['no fault', {}],
    ['crash', { kind: 'crash', ratio: 0.4 }],
    ['double-spend', { kind: 'double-spend', ratio: 0.6 }],
  ] as const)('measured: operations add up to counts (%s)', (_, fault) => {
    const setup = chainSetup(workload, {
      nodes: 5,
      decisions: 6,
      collect: true,
      fault,
      risk: 0.2,
      transactions: { bytes: 10, per_decision: 3 },
      parameters: { measured_hashes_per_block: 16, online_share: 0.8, merchant_confirmations: 1 },
    });
    const outcome = workload.engines.chain!(setup);
    const all = outcome.operations!.flat();
    const sum = (kind: string, of: (operation: any) => number): number =>
      all.filter((operation) => operation.kind === kind).reduce((total, operation) => total + of(operation), 0);
    expect(sum('sign', () => 1)).toBe(outcome.counts.signs);
    expect(sum('verify', () => 1)).toBe(outcome.counts.verifies);
    const merkle = 3 * (10 + 32) + 3 * (64 + 32);
    expect(sum('digest', ({ bytes }) => bytes.length) + 112 * sum('header', () => 1) + merkle * sum('merkle', () => 1)).toBe(
      outcome.counts.digest_bytes,
    );
    expect(sum('search', () => 1)).toBe(outcome.stale!.blocks);
  });
});

describe('transcripts', () => {
  const transcript = (engine: EngineId, options: CellOptions): string =>
    transcriptOf((trace) => simulate(workload, options, { engine, trace }), { name_chars: 9, unit: 's' });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('blocks among four nodes of whose stake half is online: most headers are wasted', async () => {
    const options = { nodes: 4, decisions: 2, risk: 0.5, network: WAN, parameters: { online_share: 0.5 } } as const;
    await expect(transcript('chain', options)).toMatchFileSnapshot('../../golden/proof-of-activity-two-blocks.txt');
  });
});
