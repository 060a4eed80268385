// Sentences that were wrong once, with the right value: chains' power, adversaries, verdicts, horizons and columns.
import { describe, expect, test } from 'vitest';
import { ATTACK_BLOCKS } from '../../harness/simulate/chain/rules.ts';
import { powReversal } from '../../harness/simulate/chain/confirmations.ts';
import { makeRecord } from '../../harness/record/make.ts';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import pbft from '../../workloads/pbft/index.ts';
import praos from '../../workloads/pos-praos.ts';
import pow from '../../workloads/pow.ts';
import { SERVER, WAN, fixed, simulate } from '../cells.ts';
import { costs } from '../record/fixtures.ts';
import { chainSetup, type Wanted } from '../simulate/chain-setup.ts';

const run = (workload: Workload, wanted: Wanted): Outcome => workload.engines.chain!(chainSetup(workload, wanted));
const CHAINS = [
  ['pow', pow, 'hash_shares'],
  ['pos-praos', praos, 'stakes'],
] as const;

/** Costs of a transaction in CPU-seconds, null where no user's transaction is in the chain. */
function cpuSecondsPerTx(wanted: Wanted): number | null {
  const { cell } = chainSetup(pow, wanted);
  const record = makeRecord(cell, pow, { outcome: run(pow, wanted), engine: 'chain' }, costs, null);
  if (record.state !== 'done') throw new Error(record.state_reason);
  return record.cpu_s_per_tx;
}

describe('a node without hash power does not mine and is not charged', () => {
  const seconds = (nodes: number, hash_shares: string): number => {
    const { counts, divisor } = run(pow, { nodes, decisions: 200, parameters: { hash_shares } });
    return counts.mining_node_s! / divisor;
  };
  test('equal, 1,0,0,0 and 97,1,1,1 at n = 4 in the proportion 4.81 : 1.20 : 4.81', () => {
    const [equal, one, whale] = [seconds(4, 'equal'), seconds(4, '1,0,0,0'), seconds(4, '97,1,1,1')];
    expect(one / equal).toBeCloseTo(1.2 / 4.81, 2);
    expect(whale / equal).toBeCloseTo(1, 6);
  });
  test('of 6 000 nodes of which 16 mine, 16 pay', () => {
    const shares = Array.from({ length: 6000 }, (_, node) => (node % 375 === 0 ? 1 : 0)).join();
    const { counts } = run(pow, { nodes: 6000, decisions: 3, risk: 0.9, parameters: { hash_shares: shares, relay: 'direct' } });
    const { counts: all } = run(pow, { nodes: 16, decisions: 3, risk: 0.9, parameters: { relay: 'direct' } });
    expect(counts.mining_node_s! / all.mining_node_s!).toBeCloseTo(1, 6);
  });
  test('stakes of 0 do not sign every slot', () => {
    const of = (stakes: string): Outcome => run(praos, { nodes: 4, decisions: 50, parameters: { stakes } });
    const [equal, one] = [of('equal'), of('1,0,0,0')];
    const slots = (outcome: Outcome): number => Math.floor(outcome.elapsed_us / 1e6);
    // A little more than the slots of the decisions: confirmations follow.
    for (const [outcome, holders] of [[equal, 4] as const, [one, 1] as const]) {
      const evaluations = outcome.counts.signs! - outcome.stale!.blocks;
      expect(evaluations % holders).toBe(0);
      expect(evaluations / holders).toBeGreaterThanOrEqual(slots(outcome));
      expect(evaluations / holders).toBeLessThan(1.5 * slots(outcome));
    }
  });
});

describe('the adversary beside every finality', () => {
  test('under crash and power-loss it holds its share of the original power: at phi = 0.5, r(2/11, 6) = .0144', () => {
    expect(powReversal(2 / 11, 6)[6]!.toFixed(4)).toBe('0.0144');
    for (const kind of ['crash', 'power-loss'] as const) {
      const outcome = run(pow, { nodes: 4, decisions: 5, fault: { kind, ratio: 0.5 } });
      expect(outcome.adversaryShare).toBeCloseTo(2 / 11, 12);
      expect(outcome.confirmations).toBe(11);
    }
    expect(run(pow, { nodes: 4, decisions: 5, fault: { kind: 'crash', count: 2 } }).adversaryShare).toBeCloseTo(2 / 11, 12);
    expect(powReversal(2 / 11, 11)[11]!).toBeLessThan(0.001);
    expect(powReversal(2 / 11, 10)[10]!).toBeGreaterThan(0.001);
  });
  test('pos-praos too: its stake is what it was, the others hold half as much', () => {
    const outcome = run(praos, { nodes: 4, decisions: 5, fault: { ratio: 0.5 } });
    expect(outcome.adversaryShare).toBeCloseTo(2 / 11, 12);
    expect(outcome.confirmations).toBeGreaterThan(run(praos, { nodes: 4, decisions: 5 }).confirmations!);
  });
  test.each(CHAINS)('%s: phi under double-spend, adversary_share where nobody attacks', (_, workload) => {
    expect(run(workload, { decisions: 5 }).adversaryShare).toBe(0.1);
    expect(run(workload, { decisions: 5, parameters: { adversary_share: 0.25 } }).adversaryShare).toBe(0.25);
    expect(run(workload, { decisions: 5, fault: { kind: 'double-spend', ratio: 0.3 } }).adversaryShare).toBe(0.3);
    expect(run(workload, { decisions: 5, fault: { kind: 'double-spend', ratio: 0 } }).adversaryShare).toBe(0.1);
  });
  test('pbft: the share that its claimed bound allows', () => {
    expect(simulate(pbft, { nodes: 7 }).outcome.adversaryShare).toBe(2 / 7);
    expect(simulate(pbft, { nodes: 7 }, { engine: 'messages' }).outcome.adversaryShare).toBe(2 / 7);
  });
});

describe('no finite z within the cap: confirmations empty and a stated reason, not an attack on 6', () => {
  test.each(CHAINS)('%s at 0.49: the merchant delivers nothing, nobody is attacked, safety is not violated', (_, workload) => {
    const outcome = run(workload, { nodes: 4, decisions: 100, network: WAN, fault: { kind: 'double-spend', ratio: 0.49 } });
    expect(outcome).toMatchObject({ state: 'done', confirmations: null, finalities_us: [], attacks: 0, reversals: 0, safety: 'unknown' });
    expect(outcome.reason).toContain(
      'no finite number of confirmations (at most 5000 are tried) has a reversal chance below 0.001 against a share of 0.49: nothing is final, the merchant delivers nothing',
    );
    // It publishes what it finds: about half of the blocks.
    expect(outcome.liveness).toBe('ok');
    expect(outcome.chainQuality).toBeGreaterThan(0.3);
    expect(outcome.chainQuality).toBeLessThan(0.7);
  });
  test('a merchant who is told to wait for 6 is attacked, with the same reason for the empty column', () => {
    const outcome = run(pow, {
      nodes: 4,
      decisions: 300,
      fault: { kind: 'double-spend', ratio: 0.49 },
      parameters: { merchant_confirmations: 6 },
    });
    expect(outcome).toMatchObject({ confirmations: null, safety: 'violated' });
    expect(outcome.reversals).toBeGreaterThan(0);
    expect(outcome.reason).toMatch(/^no finite number of confirmations .* against a share of 0.49$/);
  });
  test('under crash too: at phi = 0.9 an adversary of 10% of the original power is a majority', () => {
    const outcome = run(pow, { nodes: 10, decisions: 20, fault: { ratio: 0.9 } });
    expect(outcome).toMatchObject({ state: 'done', confirmations: null, safety: 'unknown', liveness: 'ok' });
    expect(outcome.adversaryShare).toBeCloseTo(0.1 / 0.19, 12);
  });
});

describe("an attacker's blocks are not users' throughput", () => {
  const RATIOS = [0, 0.2, 0.4, 0.6, 0.75, 0.9] as const;
  test.each(['auto', 6] as const)(
    'past one half the cost of a transaction does not fall as the attacker grows (merchant: %s)',
    (merchant_confirmations) => {
      const of = (ratio: number): Wanted => ({
        nodes: 4,
        decisions: 500,
        network: WAN,
        fault: { kind: 'double-spend', ratio },
        parameters: { merchant_confirmations },
      });
      const cost = RATIOS.map((ratio) => cpuSecondsPerTx(of(ratio)) ?? Infinity);
      // Rising but for what 500 blocks scatter.
      for (let i = 1; i < cost.length; i++) expect(cost[i]!).toBeGreaterThanOrEqual(0.9 * cost[i - 1]!);
      expect(cost[3]!).toBeGreaterThan(2 * cost[0]!);
      expect(cost[5]!).toBeGreaterThan(10 * cost[0]!);
    },
  );
  test.each(CHAINS)("%s at 0.9: liveness violated, since honest transactions stay out; latencies are of users' blocks", (_, workload) => {
    const outcome = run(workload, { nodes: 4, decisions: 400, network: WAN, fault: { kind: 'double-spend', ratio: 0.9 } });
    expect(outcome).toMatchObject({ state: 'done', liveness: 'violated' });
    expect(outcome.chainQuality).toBeLessThan(0.02);
    expect(outcome.users!.decisions).toBe(outcome.latencies_us.length);
    expect(outcome.users!.decisions).toBeLessThan(8);
    expect(outcome.reason).toMatch(/\d+ blocks in a row carry no user's transactions/);
  });
  test('pow at 0.4: the branches that reverse payments are counted by safety; honest transactions get in all the same', () => {
    const outcome = run(pow, {
      nodes: 4,
      decisions: 2000,
      fault: { kind: 'double-spend', ratio: 0.4 },
      parameters: { merchant_confirmations: 20 },
    });
    expect(outcome.reversals).toBeGreaterThan(5);
    expect(outcome).toMatchObject({ state: 'done', safety: 'violated', liveness: 'ok' });
  });
  test('a row without any user: throughput 0, latency and costs of a transaction empty', () => {
    const wanted: Wanted = { nodes: 4, decisions: 200, fault: { kind: 'double-spend', ratio: 0.999 } };
    const outcome = run(pow, wanted);
    expect(outcome.users).toEqual({ decisions: 0, divisor: 0 });
    const record = makeRecord(chainSetup(pow, wanted).cell, pow, { outcome, engine: 'chain' }, costs, null);
    expect(record).toMatchObject({
      state: 'done',
      throughput_tps: 0,
      latency_ms_p50: null,
      finality_ms: null,
      cpu_s_per_tx: null,
      joules_per_tx: null,
      usd_per_1000_tx: null,
      chain_quality: 0,
    });
    expect(record).toMatchObject({ liveness: 'unknown' });
    expect(outcome.reason).toContain("none of 200 decisions carries users' transactions, too few to tell why");
  });
  test("an adversary's blocks are part of the users' wait: latencies sum up to their last block's acceptance", () => {
    const fault = { kind: 'double-spend', ratio: 0.49 } as const;
    const outcome = run(pow, { nodes: 4, decisions: 100, fault });
    const sum = outcome.latencies_us.reduce((total, latency) => total + latency, 0);
    expect(sum).toBeLessThanOrEqual(outcome.elapsed_us);
    expect(sum).toBeGreaterThan(0.9 * outcome.elapsed_us);
    expect(outcome.users).toEqual({ decisions: outcome.latencies_us.length, divisor: outcome.latencies_us.length });
  });
});

describe('verdicts have power: a fixed number of attacks', () => {
  test.each(CHAINS)('%s: the run goes on until they have ended; columns of decisions stay those of the first decisions', (_, workload) => {
    const wanted: Wanted = { nodes: 4, decisions: 50, network: WAN, node: SERVER, fault: { kind: 'double-spend', ratio: 0.3 } };
    const few = run(workload, wanted);
    const many = run(workload, { ...wanted, parameters: { attacks: 40 } });
    expect(few.attacks).toBeLessThan(10);
    expect(many).toMatchObject({ state: 'done', decisions: 50, attacks: 40 });
    const { latencies_us, elapsed_us, finalities_us, divisor, users } = few;
    expect(many).toMatchObject({ latencies_us, elapsed_us, finalities_us, divisor, users });
    expect(many.counts).toEqual(few.counts);
    expect(many.stale!.blocks).toBeGreaterThan(3 * few.stale!.blocks);
  });
  test('where attacks may not end, 1 000 blocks for each end the run: done with those that came', () => {
    const outcome = run(pow, {
      nodes: 1,
      decisions: 20,
      fault: { kind: 'double-spend', ratio: 0.5 },
      parameters: { attacks: 5, merchant_confirmations: 800 },
    });
    expect(outcome).toMatchObject({ state: 'done', decisions: 20 });
    expect(outcome.attacks).toBeLessThan(4);
    expect(outcome.stale!.blocks).toBe(5 * ATTACK_BLOCKS);
  });
  test('a horizon that comes while attacks are waited for: done with those that came', () => {
    const wanted: Wanted = {
      nodes: 4,
      decisions: 20,
      network: WAN,
      fault: { kind: 'double-spend', ratio: 0.2 },
      parameters: { attacks: 500 },
      horizon_us: 600e6 * 500,
    };
    const outcome = run(pow, wanted);
    expect(outcome.state).toBe('done');
    expect(outcome.attacks).toBeGreaterThan(5);
    expect(outcome.attacks).toBeLessThan(60);
    expect({ ...outcome, events: 0 }).toEqual({ ...pow.engines.messages!(chainSetup(pow, wanted)), events: 0 });
  });
  test('no attack is waited for where none comes: without an adversary, at ratio 0, after the end of the fault', () => {
    const parameters = { attacks: 100 };
    for (const fault of [
      { ratio: 0.3 },
      { kind: 'double-spend', ratio: 0 },
      { kind: 'double-spend', ratio: 0.3, until_s: 20_000 },
    ] as const) {
      const outcome = run(pow, { nodes: 4, decisions: 30, fault, parameters });
      expect(outcome.state).toBe('done');
      expect(outcome.stale!.blocks).toBeLessThan(200);
    }
  });
});

describe('verdicts of chains', () => {
  test('decisions: 1, horizon_s: 1000, pow: the blocks are there, the confirmations behind them are not; one verdict in both columns', () => {
    const outcome = run(pow, { nodes: 4, decisions: 1, horizon_us: 1000e6 });
    expect(outcome).toMatchObject({ state: 'stalled', decisions: 1, liveness: 'unknown', safety: 'ok' });
    expect(outcome.reason).toMatch(
      /^1 of 1 decisions came, but only \d of the 5 blocks that must follow the last one for its 6 confirmations before the horizon of 1000 s$/,
    );
  });
});

describe('default horizons lie beyond the end of every fault', () => {
  test.each(CHAINS)('%s: everything lost until after any horizon of the blocks alone: done after it', (_, workload) => {
    const until_s = workload === (pow as Workload) ? 2_000_000 : 40_000;
    for (const kind of ['power-loss', 'double-spend'] as const) {
      const outcome = run(workload, { nodes: 4, decisions: 10, fault: { kind, ratio: kind === 'power-loss' ? 1 : 0.9, until_s } });
      expect(outcome.state).toBe('done');
      if (kind === 'power-loss') expect(outcome.elapsed_us).toBeGreaterThan(until_s * 1e6);
    }
  });
  test.each(CHAINS)('%s: with a thousandth of the power left, or difficulties that vary the most, all seeds are done', (_, workload) => {
    for (let seed = 1; seed <= 20; seed++) {
      const short = workload === (pow as Workload) ? { retarget_interval_blocks: 3 } : {};
      expect(run(workload, { nodes: 4, seed, decisions: 20, fault: { kind: 'power-loss', ratio: 0.98 }, parameters: short }).state).toBe(
        'done',
      );
      expect(run(workload, { nodes: 4, seed, decisions: 1, parameters: short }).state).toBe('done');
    }
  });
  test('a ring of 60 nodes with slow, lossy links and blocks faster than they spread', () => {
    const network = { kind: 'normal', mean_ms: 500, sd_ms: 100, bandwidth_mbps: 10, loss: 0.3, rto_ms: 1000 } as const;
    const outcome = run(pow, { nodes: 60, decisions: 30, network, node: SERVER, parameters: { peer_degree: 2, block_interval_s: 5 } });
    expect(outcome.state).toBe('done');
  });
});

describe('propagation and who finds the blocks', () => {
  test('direct relay, exactly 100 ms: at half of the power after 100 ms, at once where the finder holds so much', () => {
    const of = (nodes: number, hash_shares: string): Outcome =>
      run(pow, { nodes, decisions: 100, network: fixed(100), parameters: { relay: 'direct', hash_shares } });
    expect(of(10, 'equal').propagation_us).toEqual({ p50: 100_000, p90: 100_000, p99: 100_000 });
    // Nearly all blocks are the first node's, which holds 97% itself.
    expect(of(4, '97,1,1,1').propagation_us).toEqual({ p50: 0, p90: 0, p99: 100_000 });
    expect(of(1, 'equal').propagation_us).toEqual({ p50: 0, p90: 0, p99: 0 });
  });
  test('ten equal nodes: 90% are nine of them, whatever ten times 0.1 adds up to; who holds nothing does not count', () => {
    // A ring: a hop takes announcement, request and body, 3 x 100 ms, and reaches two more nodes.
    const ring = { peer_degree: 2 };
    const of = (nodes: number, hash_shares: string): Outcome =>
      run(pow, { nodes, decisions: 50, network: fixed(100), parameters: { ...ring, hash_shares } });
    expect(of(10, 'equal').propagation_us).toEqual({ p50: 600_000, p90: 1_200_000, p99: 1_500_000 });
    expect(of(10, '1,0,0,0,0,0,0,0,0,0').propagation_us).toEqual({ p50: 0, p90: 0, p99: 0 });
  });
  test('announced over a WAN: ascending, within the bounds of one and of all hops', () => {
    const { p50, p90, p99 } = run(pow, { nodes: 100, decisions: 200, network: WAN, node: SERVER }).propagation_us!;
    expect(p50).toBeLessThan(p90);
    expect(p90).toBeLessThan(p99);
    expect(p50).toBeGreaterThan(50_000);
    expect(p99).toBeLessThan(2_000_000);
  });
  test.each(CHAINS)(
    '%s: Gini 0 where all find alike, (k - 1)/k where one of k finds all, and those without power do not count',
    (_, workload, parameter) => {
      const of = (shares: string): number => run(workload, { nodes: 4, decisions: 2000, parameters: { [parameter]: shares } }).giniBlocks!;
      expect(of('equal')).toBeLessThan(0.05);
      expect(of('1,0,0,0')).toBe(0);
      // Shares .97, .01, .01, .01: (sum of (2i - 5) x) / 4 = .72.
      expect(of('97,1,1,1')).toBeCloseTo(0.72, 1);
    },
  );
});

describe('Bitcoin measures N - 1 gaps and asks for N, clamped to a factor of 4', () => {
  // The recursion d' = min(4 d, max(d / 4, N / Gamma(N - 1))), six times a million periods of it: 24.63 and 18.78.
  test.each([
    [3, 24.6],
    [4, 18.8],
  ])('at T = 10 and N = %d the mean gap is %d s, not N T / (N - 2)', (N, expected) => {
    const means = Array.from({ length: 40 }, (_, seed) => {
      const decisions = 20_000;
      const parameters = { retarget_interval_blocks: N, block_interval_s: 10, relay: 'direct' };
      return run(pow, { nodes: 1, seed, decisions, parameters }).elapsed_us / decisions / 1e6;
    });
    const mean = means.reduce((sum, x) => sum + x, 0) / means.length;
    const deviation = Math.sqrt(means.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (means.length - 1) / means.length);
    expect(deviation).toBeLessThan(0.05);
    // The value is rounded to a tenth.
    expect(Math.abs(mean - expected)).toBeLessThan(0.05 + 4 * deviation);
    expect((N * 10) / (N - 2) - mean).toBeGreaterThan(1);
  });
});
