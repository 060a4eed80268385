import { describe, expect, it } from 'vitest';
import { brokenRecord, makeRecord, networkLabel } from '../../harness/record/make.ts';
import { METRICS, RECORD_COLUMNS, type DoneRecord } from '../../harness/record/schema.ts';
import { workloads } from '../../harness/workloads.ts';
import { cell, costs, done, lottery, voting } from './fixtures.ts';

const record = (outcome = done, at = cell, workload = voting): DoneRecord => {
  const made = makeRecord(at, workload, { outcome, engine: 'messages' }, costs, null);
  if (made.state !== 'done') throw new Error(made.state);
  return made;
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
        'verifies_per_decision, batches_per_decision, macs_per_decision, votes_per_decision, cpu_s_per_decision, cpu_s_per_tx, ' +
        'joules_per_tx, usd_per_1000_tx, stale_rate, view_changes, safety, liveness, cpu_s_per_decision_measured, ' +
        'digest_bytes_per_decision, attacks, reversals, parameters, state_reason, engine, durability, cpu_s_per_tx_provisioned, ' +
        'joules_per_tx_provisioned, usd_per_1000_tx_provisioned, adversary_share, chain_quality, replica_latency_ms_p50, ' +
        'propagation_ms_p50, propagation_ms_p90, propagation_ms_p99, gini_blocks, evaluations_per_decision, faulty_nodes, power_w, ' +
        'energy_kwh_per_tx, energy_twh_per_year, co2_kg_per_tx',
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
    ];
    const numeric = RECORD_COLUMNS.filter(({ type, name }) => type !== 'text' && !settings.includes(name)).map(({ name }) => name);
    expect(numeric).toEqual([...METRICS]);
  });

  it('takes nearest-rank percentiles of the latencies, in milliseconds', () => {
    expect(record()).toMatchObject({ latency_ms_p50: 2.001, latency_ms_p95: 4, latency_ms_p99: 4, finality_ms: 2.001 });
    const hundred = { ...done, latencies_us: Array.from({ length: 100 }, (_, i) => (100 - i) * 1000) };
    expect(record(hundred)).toMatchObject({ latency_ms_p50: 50, latency_ms_p95: 95, latency_ms_p99: 99 });
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
    for (const metric of METRICS) if (metric !== 'view_changes') expect(made).not.toHaveProperty(metric);
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
    const asic = { ...voting, miningHardware: () => ({ name: 'ASIC', hash_rate_hs: 1e12, joules_per_hash: 2e-11, cores_per_node: 1 }) };
    expect(makeRecord(cell, asic, { outcome: mining, engine: 'messages' }, costs, measured)).toMatchObject({
      cpu_s_per_decision_measured: 0.5,
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
  });

  it('every workload can be recorded', () => {
    for (const workload of workloads.values()) expect(brokenRecord(cell, workload, 'failed', 'x').family).toBe(workload.family);
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
