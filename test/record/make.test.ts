import { describe, expect, it } from 'vitest';
import { brokenRecord, makeRecord, networkLabel, type RecordedWorkload } from '../../harness/record/make.ts';
import { pricesOf } from '../../harness/model/prices.ts';
import { METRICS, RECORD_COLUMNS } from '../../harness/record/columns.ts';
import type { DoneRecord } from '../../harness/model/record.ts';
import { LOAD_RULES, type LoadOutcome } from '../../harness/model/load.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import type { FaultSpec } from '../../harness/model/fault.ts';
import { NODE_PROFILES, type Cell, type ParameterValue } from '../../harness/model/cell.ts';
import { workloads } from '../../harness/workloads.ts';
import { cell, costs, done, lottery, voting } from './fixtures.ts';

const record = (outcome = done, at = cell, workload = voting): DoneRecord => {
  const made = makeRecord(at, workload, { outcome, engine: 'messages' }, costs, null);
  if (made.state !== 'done') throw new Error(made.state);
  return made;
};

const asicMining: RecordedWorkload = {
  ...lottery,
  miningHardware: () => ({
    name: 'ASIC',
    hash_rate_hs: 1e12,
    joules_per_hash: 2e-11,
    cores_per_node: 1,
    network_hash_rate_hs: null,
    miners: 10,
    pue: null,
  }),
};

describe('makeRecord', () => {
  it('has exactly the columns of records.csv, and its version', () => {
    expect(Object.keys(record()).sort()).toEqual([...RECORD_COLUMNS.map(({ name }) => name), 'version'].sort());
  });

  it('keeps the column order that the design fixes', () => {
    expect(RECORD_COLUMNS.map(({ name }) => name).join(', ')).toBe(
      'cell, state, workload, family, nodes, fault_kind, fault_ratio, fault_count, network, crypto, replicate, seed, ' +
        'tx_per_decision, decisions, throughput_tps, latency_ms_p50, latency_ms_p95, latency_ms_p99, confirmations, risk, ' +
        'finality_ms, messages_per_decision, bytes_per_decision, hashes_per_decision, signs_per_decision, ' +
        'verifies_per_decision, batches_per_decision, macs_per_decision, votes_per_decision, cpu_s_per_decision, ' +
        'cpu_s_per_tx, joules_per_tx, usd_per_1000_tx, stale_rate, view_changes, safety, liveness, ' +
        'cpu_s_per_decision_measured, digest_bytes_per_decision, attacks, reversals, parameters, state_reason, engine, load, ' +
        'offered_tps, in_flight, transactions_submitted, transactions_committed, transactions_rejected, ' +
        'transactions_waiting, tx_latency_ms_mean, queue_tx_max, cpu_utilisation_max, uplink_utilisation_max, ' +
        'downlink_utilisation_max, bottleneck, durability, cpu_s_per_tx_provisioned, joules_per_tx_provisioned, ' +
        'usd_per_1000_tx_provisioned, adversary_share, chain_quality, replica_latency_ms_p50, propagation_ms_p50, ' +
        'propagation_ms_p90, propagation_ms_p99, gini_blocks, evaluations_per_decision, persists_per_decision, ' +
        'reversal_rate_measured, fault_schedule, faulty_nodes, power_w, energy_kwh_per_tx, energy_twh_per_year, ' +
        'co2_kg_per_tx, finality_ms_p95, shares_per_decision, shares_added_per_decision, aggregate_verifies_per_decision',
    );
  });

  it('averages every result that is a number', () => {
    const settings = [
      'nodes',
      'fault_ratio',
      'fault_count',
      'replicate',
      'seed',
      'tx_per_decision',
      'decisions',
      'risk',
      'adversary_share',
      'faulty_nodes',
      'in_flight',
    ];
    const numeric = RECORD_COLUMNS.filter(({ type, name }) => type !== 'text' && !settings.includes(name)).map(({ name }) => name);
    expect(numeric).toEqual([...METRICS]);
  });

  it('takes nearest-rank percentiles of the latencies, in milliseconds', () => {
    expect(record()).toMatchObject({ latency_ms_p50: 2.001, latency_ms_p95: 4, latency_ms_p99: 4, finality_ms: 2.001, finality_ms_p95: 4 });
    // What is not final counts as infinite: the rank falls on it.
    expect(record({ ...done, finalities_us: [3000, 1000, 2001] })).toMatchObject({ finality_ms: 2.001, finality_ms_p95: null });
    expect(record({ ...done, finalities_us: [] })).toMatchObject({ finality_ms_p95: null });
    const hundred = { ...done, latencies_us: Array.from({ length: 100 }, (_, i) => (100 - i) * 1000) };
    expect(record(hundred)).toMatchObject({ latency_ms_p50: 50, latency_ms_p95: 95, latency_ms_p99: 99 });
  });

  it('reversals measured are those of the attacks that were made', () => {
    expect(record({ ...done, attacks: 8, reversals: 2 }).reversal_rate_measured).toBe(0.25);
    expect(record({ ...done, attacks: 0, reversals: 0 }).reversal_rate_measured).toBeNull();
  });

  it('a schedule is one condition: its text, the union of its nodes, and no rent of power for those that are down', () => {
    const crash = (count: number, from_s: number, until_s?: number) =>
      ({ kind: 'crash', count, placement: 'worst', from_s, ...(until_s === undefined ? {} : { until_s }) }) as const;
    const made = record(done, { ...cell, fault: { kind: 'schedule', placement: 'worst', schedule: [crash(2, 0, 1), crash(1, 0.5)] } });
    expect(made).toMatchObject({ fault_kind: 'schedule', fault_ratio: null, fault_count: null, faulty_nodes: 2 });
    expect(made.fault_schedule).toBe('crash count=2 until_s=1; crash count=1 from_s=0.5');
    // Of 20 node-seconds two are down in the first second and one in the other: 17 at 4 cores of 1.48 W.
    expect(made.joules_per_tx_provisioned).toBeCloseTo((17 * 4 * 1.48) / 2000, 12);
  });

  describe('under load', () => {
    const load: LoadOutcome = {
      offered_tps: 1100,
      submitted: 2200,
      committed: 2000,
      rejected: 150,
      waiting: 50,
      achieved_tps: 1000,
      latency_us_mean: 2500,
      latency_us: [2000, 5000, null],
      queue_tx_max: 700,
      cpu_utilisation: 0.4,
      uplink_utilisation: 0.95,
      downlink_utilisation: null,
      disk_utilisation: 0,
      bottleneck: 'uplink',
      curve: [{ offered_tps: 1100, achieved_tps: 1000, latency_us_p50: 2000, latency_us_p99: null, passed: false }],
    };
    const at: Cell = { ...cell, load: { kind: 'open', rate_tps: 1100, arrivals: 'poisson', ...LOAD_RULES } };
    // Nine decisions of fewer than 500 transactions each.
    const found = record({ ...done, decisions: 9, divisor: 9, load }, at);

    it('has what was offered, what came of it and what limited it', () => {
      expect(found).toMatchObject({
        load: 'open',
        in_flight: null,
        offered_tps: 1100,
        transactions_submitted: 2200,
        transactions_committed: 2000,
        transactions_rejected: 150,
        transactions_waiting: 50,
        tx_latency_ms_mean: 2.5,
        queue_tx_max: 700,
        cpu_utilisation_max: 0.4,
        uplink_utilisation_max: 0.95,
        downlink_utilisation_max: null,
        bottleneck: 'uplink',
        curve: load.curve,
      });
    });
    it('its rate is what was committed a second, its latencies are of transactions, and empty where one still waited', () => {
      expect(found).toMatchObject({ throughput_tps: 1000, latency_ms_p50: 2, latency_ms_p95: 5, latency_ms_p99: null });
    });
    it('its costs are divided by the transactions that the window committed, not by full batches', () => {
      const plain = record({ ...done, decisions: 9, divisor: 9 });
      // 1000 tx/s for 2 s, and not 9 × 500.
      expect(found.usd_per_1000_tx_provisioned! / plain.usd_per_1000_tx_provisioned!).toBeCloseTo(4500 / 2000, 12);
      expect(found.joules_per_tx_provisioned! / plain.joules_per_tx_provisioned!).toBeCloseTo(4500 / 2000, 12);
    });
    it('keeps rows of different loads apart: the rate asked where nothing finished, and unusual rules among the parameters', () => {
      const unlike = { ...at, load: { ...at.load, window_s: 9, batch_timeout_ms: 20, arrivals: 'constant' } as Cell['load'] };
      const broken = brokenRecord(unlike, voting, 'failed', 'x');
      expect(broken).toMatchObject({ load: 'open', offered_tps: 1100, in_flight: null });
      expect(broken.parameters).toBe('checkpoint=128;window=256;load.batch_timeout_ms=20;load.window_s=9;load.arrivals=constant');
      const saturate: Cell = { ...cell, load: { kind: 'saturate', p99_ms: 500, arrivals: 'poisson', ...LOAD_RULES } };
      expect(brokenRecord(saturate, voting, 'failed', 'x')).toMatchObject({
        load: 'saturate',
        offered_tps: null,
        parameters: 'checkpoint=128;window=256;load.p99_ms=500',
      });
    });
    it('without a median that came, there is no finality', () => {
      const nothing = { ...load, committed: 0, achieved_tps: 0, latency_us: [null, null, null] as const };
      expect(record({ ...done, latencies_us: [], load: nothing }, at)).toMatchObject({
        finality_ms: null,
        throughput_tps: 0,
        cpu_s_per_tx: null,
      });
    });
    it('counts the writes that outlast a crash', () => {
      expect(record({ ...done, counts: { ...done.counts, persists: 12 } }).persists_per_decision).toBe(3);
      expect(record().persists_per_decision).toBeNull();
    });
    it('counts aggregate signatures, which are priced at the speed of the package that makes them', () => {
      const counts = { ...done.counts, shares: 8, aggregated: 12, aggregate_verifies: 4, aggregate_keys: 20 };
      const seconds = { ...costs.seconds, bls_share: 1e-3, bls_add: 2e-3, bls_verify: 3e-2, bls_add_key: 1e-5 };
      const made = makeRecord(cell, voting, { outcome: { ...done, counts }, engine: 'messages' }, { ...costs, seconds }, null);
      expect(made).toMatchObject({ shares_per_decision: 2, shares_added_per_decision: 3, aggregate_verifies_per_decision: 1 });
      expect((made as DoneRecord).cpu_s_per_decision).toBeCloseTo(2e-3 + 6e-3 + 3e-2 + 5e-5, 12);
      expect(record().shares_per_decision).toBeNull();
    });
    it('under the default load there is nothing of it but transactions, all committed', () => {
      expect(record()).toMatchObject({
        load: 'closed',
        in_flight: 1,
        offered_tps: null,
        bottleneck: null,
        transactions_submitted: 2000,
        transactions_committed: 2000,
        transactions_rejected: 0,
        transactions_waiting: 0,
      });
      expect('curve' in record()).toBe(false);
    });
  });

  it('divides counts by the divisor, and throughput by virtual time', () => {
    expect(record()).toMatchObject({ messages_per_decision: 10, bytes_per_decision: 1000, throughput_tps: 1000 });
    expect(record({ ...done, divisor: 8 })).toMatchObject({ messages_per_decision: 5, throughput_tps: 1000 });
    expect(record({ ...done, elapsed_us: 0 }).throughput_tps).toBeNull();
  });

  it('leaves empty what does not apply', () => {
    expect(record()).toMatchObject({
      signs_per_decision: null,
      hashes_per_decision: null,
      stale_rate: null,
      attacks: null,
      view_changes: null,
    });
    expect(record({ ...done, finalities_us: [], confirmations: null })).toMatchObject({ finality_ms: null, confirmations: null });
    expect(record({ ...done, counts: { ...done.counts, signs: 0 } }).signs_per_decision).toBe(0);
  });

  it('counts faults in integer arithmetic for voting, and leaves the count empty for lotteries', () => {
    expect(record(done, { ...cell, nodes: 100 })).toMatchObject({ fault_ratio: 0.34, fault_count: 34 });
    expect(record(done, { ...cell, fault: { kind: 'crash', count: 3, placement: 'worst' } })).toMatchObject({
      fault_ratio: null,
      fault_count: 3,
    });
    expect(record(done, cell, lottery)).toMatchObject({ fault_ratio: 0.34, fault_count: null });
  });

  it('counts batch calls, and hashes from mining time at the hash rate', () => {
    const counts = {
      messages: 4,
      bytes: 4,
      verifies: 40,
      batches: new Map([
        [4, 6],
        [8, 2],
      ]),
      mining_node_s: 8,
    };
    expect(record({ ...done, counts })).toMatchObject({ batches_per_decision: 2, verifies_per_decision: 10, hashes_per_decision: 2e6 });
  });

  it('a stalled row keeps decisions, view changes, safety and liveness, and no other number', () => {
    const made = makeRecord(
      cell,
      voting,
      { outcome: { ...done, state: 'stalled', reason: 'horizon', decisions: 1, liveness: 'violated', viewChanges: 7 }, engine: 'messages' },
      costs,
      null,
    );
    expect(made).toMatchObject({
      state: 'stalled',
      decisions: 1,
      view_changes: 7,
      safety: 'ok',
      liveness: 'violated',
      state_reason: 'horizon',
    });
    for (const metric of METRICS) if (metric !== 'view_changes' && metric !== 'offered_tps') expect(made).not.toHaveProperty(metric);
  });

  it('a broken row is unknown in safety and liveness', () => {
    const made = brokenRecord(cell, voting, 'timeout', 'after 600 s');
    expect(made).toMatchObject({ state: 'timeout', safety: 'unknown', liveness: 'unknown', state_reason: 'after 600 s', fault_count: 3 });
    expect(made).not.toHaveProperty('decisions');
  });

  it('refuses an outcome that breaks an invariant, naming cell and seed', () => {
    expect(() => record({ ...done, latencies_us: [] })).toThrow(/c0123456789ab.*42.*without a decision/);
    expect(() => record({ ...done, counts: { messages: NaN, bytes: 0 } })).toThrow(/messages_per_decision is NaN/);
  });

  it('carries measured CPU time', () => {
    const measured = { cpu_s_per_decision: 0.5, seconds_per_hash: null };
    expect(makeRecord(cell, voting, { outcome: done, engine: 'messages' }, costs, measured)).toMatchObject({
      cpu_s_per_decision_measured: 0.5,
    });
  });

  it('measured mining is the predicted hashes at the measured cost of a hash; other hardware than CPUs takes none', () => {
    const mining = { ...done, counts: { messages: 4, bytes: 4, mining_node_s: 8 } };
    // A hash that costs a fifth more than in the cost table makes the mining cost a fifth more.
    const measured = { cpu_s_per_decision: 0.5, seconds_per_hash: costs.seconds.sha256d_nonce * 1.2 };
    const predicted = makeRecord(cell, voting, { outcome: mining, engine: 'messages' }, costs, null);
    expect(predicted).toMatchObject({ cpu_s_per_decision: 8 / done.divisor });
    expect(makeRecord(cell, voting, { outcome: mining, engine: 'messages' }, costs, measured)).toMatchObject({
      cpu_s_per_decision_measured: expect.closeTo(0.5 + (1.2 * 8) / done.divisor, 9),
    });
    expect(makeRecord(cell, asicMining, { outcome: mining, engine: 'messages' }, costs, measured)).toMatchObject({
      cpu_s_per_decision_measured: null,
    });
  });

  it('writes parameters in canonical order, and settings without a column where they are unusual', () => {
    expect(record().parameters).toBe('checkpoint=128;window=256');
    const unusual = {
      ...cell,
      fault: { kind: 'delay', count: 1, placement: 'random', delay_ms: 20, from_s: 1 } as const,
      node: { ...cell.node, name: 'free' },
      transactions: { bytes: 100, per_decision: 500 },
      horizon_s: 60,
    };
    expect(record(done, unusual).parameters).toBe(
      'checkpoint=128;window=256;fault.delay_ms=20;fault.from_s=1;fault.placement=random;cell.horizon_s=60;cell.node=free;cell.tx_bytes=100',
    );
    expect(record(done, { ...cell, nodes: 15, placement: [7, 0, 8] }).parameters).toBe('checkpoint=128;window=256;cell.placement=7,0,8');
    const own = { ...cell, node: { ...NODE_PROFILES.free, name: 'custom', profile: 'free', cores: 8, sign_ns: 5 } as const };
    expect(record(done, own).parameters).toBe(
      'checkpoint=128;window=256;cell.node=custom;cell.node.profile=free;cell.node.sign_ns=5;cell.node.cores=8',
    );
  });

  it('every workload can be recorded', () => {
    for (const workload of workloads.values()) expect(brokenRecord(cell, workload, 'failed', 'x').family).toBe(workload.family);
  });
});

/** A core-second 0.001 USD, a joule 1e-7 USD, an idle core 2 W. */
const priced = {
  ...costs,
  prices: pricesOf({
    idle_watts_per_core: 2,
    usd_per_cpu_hour: 3.6,
    usd_per_kwh: 0.36,
    hardware_usd_per_ths: 3.15576,
    hardware_life_years: 1,
  }),
};
const recordOf = (workload: RecordedWorkload, at: Cell, outcome: Outcome): DoneRecord => {
  const made = makeRecord(at, workload, { outcome, engine: 'messages' }, priced, null);
  if (made.state !== 'done') throw new Error(made.state);
  return made;
};
const faultFree: Cell = { ...cell, fault: { kind: 'crash', ratio: 0, placement: 'worst' } };

describe('the two bases', () => {
  it('marginal charges the active seconds of the whole run, provisioned all cores for the time of the decisions', () => {
    // 10 nodes × 4 cores × 2 s for 4 decisions of 500 transactions; 100 000 signatures at 2e-5 s.
    const made = recordOf(voting, faultFree, { ...done, counts: { ...done.counts, signs: 100_000 } });
    expect(made.cpu_s_per_tx).toBeCloseTo(2 / 2000, 12);
    expect(made.joules_per_tx).toBeCloseTo(20 / 2000, 12);
    expect(made.usd_per_1000_tx).toBeCloseTo((20 * 1e-7 + 2 * 1e-3) / 2, 12);
    expect(made.cpu_s_per_tx_provisioned).toBeCloseTo(80 / 2000, 12);
    expect(made.joules_per_tx_provisioned).toBeCloseTo((80 * 2 + 2 * 8) / 2000, 12);
    expect(made.usd_per_1000_tx_provisioned).toBeCloseTo(0.08 / 2, 12);
    expect(made.power_w).toBeCloseTo(176 / 2, 12);
    expect(made.energy_kwh_per_tx).toBeCloseTo(0.088 / 3.6e6, 18);
    expect(made.energy_twh_per_year).toBeCloseTo((88 * 8766) / 1e12, 18);
    expect(made.co2_kg_per_tx).toBeCloseTo((0.088 / 3.6e6) * 0.473, 18);
  });

  it('confirming blocks are not in the time: counts of 8 blocks, 4 of them decisions, are charged by half', () => {
    const outcome = { ...done, divisor: 8, counts: { ...done.counts, signs: 200_000 } };
    const made = recordOf(voting, faultFree, outcome);
    // 4 s of signing over 8 blocks: 2 s for the 4 decisions.
    expect(made.cpu_s_per_tx).toBeCloseTo(4 / 8 / 500, 12);
    expect(made.joules_per_tx_provisioned).toBeCloseTo(176 / 2000, 12);
  });

  it('crashed nodes pay rent and draw no watts, for as long as they are down', () => {
    // 3 of 10 nodes: for good; from 0.5 s to 1 s of 2 s.
    const down = recordOf(voting, cell, done);
    expect(down.cpu_s_per_tx_provisioned).toBeCloseTo(80 / 2000, 12);
    expect(down.power_w).toBeCloseTo(7 * 4 * 2, 12);
    const back = recordOf(voting, { ...cell, fault: { ...cell.fault, from_s: 0.5, until_s: 1 } }, done);
    expect(back.power_w).toBeCloseTo((10 - 3 / 4) * 4 * 2, 12);
    const silent = recordOf(voting, { ...cell, fault: { ...cell.fault, kind: 'silent-leader' } }, done);
    expect(silent.power_w).toBeCloseTo(80, 12);
  });

  it('under a load crashed nodes save the watts of the part of their crash that falls into the window', () => {
    // A window of 2 s that begins at 3 s: 10 nodes × 4 cores × 2 W are 80 W; 3 of them are down.
    const power = (fault: Partial<FaultSpec>): number =>
      recordOf(voting, { ...cell, fault: { ...cell.fault, ...fault } }, { ...done, from_us: 3_000_000 }).power_w!;
    const powers = [
      power({}),
      // Over before it, begun after it.
      power({ until_s: 3 }),
      power({ from_s: 5 }),
      // 1 s and 0.5 s of its 2 s, and all of them.
      power({ from_s: 1, until_s: 4 }),
      power({ from_s: 4.5 }),
      power({ from_s: 1, until_s: 9 }),
    ];
    [56, 80, 80, 68, 74, 56].forEach((watts, i) => expect(powers[i]).toBeCloseTo(watts, 9));
    // The rent goes on.
    expect(recordOf(voting, cell, { ...done, from_us: 3_000_000 }).cpu_s_per_tx_provisioned).toBeCloseTo(80 / 2000, 12);
  });

  it('of a schedule of crashes those that overlap in the window count each node once', () => {
    const crash = (count: number, from_s: number, until_s: number) =>
      ({ kind: 'crash', count, placement: 'worst', from_s, until_s }) as const;
    // Window [3, 5]: node 9 is down until 3.5 s, nodes 8 and 9 from 3.25 to 4 s, nobody then; what is over at 2 s counts for nothing.
    const schedule = [crash(5, 0, 2), crash(1, 1, 3.5), crash(2, 3.25, 4), crash(4, 6, 7)];
    const fault = { kind: 'schedule', placement: 'worst', schedule } as const;
    const made = recordOf(voting, { ...cell, fault }, { ...done, from_us: 3_000_000 });
    // 0.25 s of one node and 0.75 s of two: 1.75 of 20 node-seconds.
    expect(made.power_w).toBeCloseTo((18.25 * 4 * 2) / 2, 9);
  });

  it('is divided by the transactions of users: an attacker’s blocks carry none', () => {
    // Of 8 main-chain blocks 4 are decisions; users have 4 and 1 of them.
    const outcome = { ...done, divisor: 8, counts: { ...done.counts, signs: 100_000 }, users: { decisions: 1, divisor: 4 } };
    const made = recordOf(voting, faultFree, outcome);
    expect(made.cpu_s_per_decision).toBeCloseTo(2 / 8, 12);
    expect(made.cpu_s_per_tx).toBeCloseTo(2 / 4 / 500, 12);
    expect(made.cpu_s_per_tx_provisioned).toBeCloseTo(80 / 500, 12);
    expect(made.throughput_tps).toBeCloseTo(500 / 2, 12);
    expect(recordOf(voting, faultFree, { ...outcome, users: { decisions: 0, divisor: 0 } })).toMatchObject({
      throughput_tps: 0,
      cpu_s_per_tx: null,
      joules_per_tx: null,
      usd_per_1000_tx: null,
      cpu_s_per_tx_provisioned: null,
      joules_per_tx_provisioned: null,
      usd_per_1000_tx_provisioned: null,
      energy_kwh_per_tx: null,
      co2_kg_per_tx: null,
      power_w: expect.closeTo((80 * 2 + 8) / 2, 9),
    });
  });

  it('nothing is provisioned for no time', () => {
    expect(recordOf(voting, faultFree, { ...done, elapsed_us: 0 })).toMatchObject({
      cpu_s_per_tx_provisioned: null,
      joules_per_tx_provisioned: null,
      usd_per_1000_tx_provisioned: null,
      power_w: null,
      energy_twh_per_year: null,
      co2_kg_per_tx: null,
    });
  });
});

describe('mining', () => {
  const mining: Outcome = { ...done, counts: { messages: 4, bytes: 4, mining_node_s: 40 }, decisionsMining_node_s: 20, divisor: 8 };

  it('CPU-seconds of ASIC mining are meaningless: the columns are empty there, and provisioned money includes the hardware', () => {
    const asic = recordOf(asicMining, faultFree, mining);
    expect(asic).toMatchObject({ cpu_s_per_decision: null, cpu_s_per_tx: null, cpu_s_per_tx_provisioned: null });
    // Marginal: 40 node-seconds at 1 TH/s and 20 J/TH over 8 blocks, and its electricity.
    expect(asic.joules_per_tx).toBeCloseTo((40 * 20) / 8 / 500, 9);
    expect(asic.usd_per_1000_tx).toBeCloseTo(((800 * 1e-7) / 8 / 500) * 1000, 12);
    // Provisioned: 20 node-seconds (400 J), 80 idle core-seconds; 10 TH/s at 1e-7 USD a TH/s and second, for 2 s.
    expect(asic.joules_per_tx_provisioned).toBeCloseTo((400 + 160) / 2000, 9);
    expect(asic.usd_per_1000_tx_provisioned).toBeCloseTo((0.08 + 10 * 1e-7 * 2 + 400 * 1e-7) / 2, 12);
  });

  it('a node without hash power does not pay as a miner: 6 000 nodes of which 16 mine are charged for 16', () => {
    const cpu = workloads.get('pow')!;
    const shares = Array.from({ length: 6000 }, (_, node) => (node < 16 ? 1 : 0)).join(',');
    const at = (nodes: number, hash_shares: string): Cell => ({
      ...faultFree,
      nodes,
      node: { ...cell.node, cores: 4 },
      parameters: cpu.parameters.parse({ hash_shares }),
    });
    // 16 miners for 2 s.
    const outcome: Outcome = { ...mining, counts: { ...mining.counts, mining_node_s: 32 }, decisionsMining_node_s: 32, divisor: 4 };
    const few = recordOf(cpu, at(6000, shares), outcome);
    const alone = recordOf(cpu, at(16, 'equal'), outcome);
    expect(few.cpu_s_per_tx).toBe(alone.cpu_s_per_tx);
    // 16 cores mine; 5 984 nodes that relay have their 4 idle cores.
    expect(alone.cpu_s_per_tx_provisioned! * 2000).toBeCloseTo(32, 9);
    expect(few.cpu_s_per_tx_provisioned! * 2000).toBeCloseTo(32 + 5984 * 4 * 2, 6);
    expect(few.power_w! - alone.power_w!).toBeCloseTo(5984 * 4 * 2, 6);
  });
});

/** A pow cell of n nodes, and what 100 blocks of exactly `interval_s` found. */
function network(nodes: number, interval_s: number, input: Record<string, ParameterValue>, per_decision = 500): DoneRecord {
  const pow = workloads.get('pow')!;
  const parameters = pow.parameters.parse({ miner: 'asic-s21', ...input }) as Cell['parameters'];
  const at = { ...faultFree, workload: 'pow', nodes, parameters, transactions: { bytes: 250, per_decision } };
  const seconds = 100 * interval_s;
  return recordOf(pow, at, {
    ...done,
    decisions: 100,
    divisor: 100,
    counts: { messages: 0, bytes: 0, mining_node_s: nodes * seconds },
    decisionsMining_node_s: nodes * seconds,
    elapsed_us: seconds * 1e6,
  });
}

describe('networks of public size', () => {
  it.each([
    [17.5, 92.04],
    [35, 184.09],
  ])('600 EH/s at 17.5 to 35 J/TH is 92 to 184 TWh a year: %d J/TH, whatever the number of nodes', (joules_per_terahash, twh) => {
    for (const nodes of [4, 16, 100])
      expect(network(nodes, 600, { network_hash_rate_hs: 600e18, joules_per_terahash }).energy_twh_per_year).toBeCloseTo(twh, 2);
  });

  it('557 EH/s at 28.2 J/TH is 15.7 GW and 138 TWh, and with 5.456 tx/s 801 kWh a transaction', () => {
    const made = network(16, 500, { network_hash_rate_hs: 557e18, joules_per_terahash: 28.2 }, 2728);
    expect(made.throughput_tps).toBeCloseTo(5.456, 9);
    expect(made.power_w! / 1e9).toBeCloseTo(15.707, 3);
    expect(made.energy_twh_per_year).toBeCloseTo(137.69, 2);
    // 801 is 138 TWh, the index's rounded figure, over a year of transactions; 557 × 28.2 is 0.2% below it.
    expect(made.energy_kwh_per_tx).toBeCloseTo(15.7074e9 / 5.456 / 3.6e6, 3);
    expect(Math.abs(made.energy_kwh_per_tx! / 801 - 1)).toBeLessThan(0.0025);
  });

  it('efficient and old units side by side: 600 EH/s, 0.7 at 17.5 and 0.3 at 34.5 J/TH, is that of their mean, 22.6', () => {
    const mixed = network(16, 600, { network_hash_rate_hs: 600e18, hardware_mix: '0.7:17.5,0.3:34.5' });
    expect(mixed.power_w! / 600e18 / 22.6e-12).toBeCloseTo(1, 7);
    const cooled = network(16, 600, { network_hash_rate_hs: 600e18, hardware_mix: '0.7:17.5,0.3:34.5', pue: 1.1 });
    expect(cooled.power_w! / mixed.power_w!).toBeCloseTo(1.1, 9);
  });

  it('hash_rate_hs 6.0e18 with CPUs was 125 J a transaction: as the network’s rate it is the cores that reach it', () => {
    // 1e-6 s a hash at 10 W: 10 µJ a hash, 6e18 × 10 µJ = 6e13 W.
    const made = network(4, 600, { miner: 'cpu', network_hash_rate_hs: 6e18 });
    expect(made.power_w! / 6e13).toBeCloseTo(1, 6);
    expect(made.cpu_s_per_tx_provisioned! / ((6e12 * 600) / 500)).toBeCloseTo(1, 9);
  });
});

describe('networkLabel', () => {
  const link = { bandwidth_mbps: 1000, loss: 0, rto_ms: 200 };
  it.each([
    [{ kind: 'fixed', delay_ms: 100 }, 'fixed(100ms)'],
    [{ kind: 'normal', mean_ms: 50, sd_ms: 10, ...link }, 'normal(50±10ms)'],
    [{ kind: 'wan-5-regions', ...link }, 'wan-5-regions'],
    [{ kind: 'wan-5-regions', ...link, loss: 0.01, bandwidth_mbps: 10 }, 'wan-5-regions bandwidth_mbps=10 loss=0.01'],
    [{ kind: 'matrix', name: 'eu', origin: 'x', one_way_ms: [[1]], jitter: 0.5, ...link }, 'matrix(eu) jitter=0.5'],
  ] as const)('%o is %s', (network, label) => {
    expect(networkLabel(network)).toBe(label);
  });
});
