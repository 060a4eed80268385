import { describe, expect, it } from 'vitest';
import { csvWriter, curvesCsv, kernelsCsv, samplesCsv } from '../../harness/export/csv.ts';
import { recordColumns, recordRow, summaryColumns, summaryRow } from '../../harness/export/rows.ts';
import { NO_EXTRAS } from '../../harness/record/extra-columns.ts';
import { ConditionSummary } from '../../harness/analysis/summarize.ts';
import { LOAD_RULES } from '../../harness/model/load.ts';
import { brokenRecord, makeRecord } from '../../harness/record/make.ts';
import { RECORD_COLUMNS } from '../../harness/record/columns.ts';
import { SUMMARY_COLUMNS } from '../../harness/record/summary-columns.ts';
import { CURVE_COLUMNS } from '../../harness/record/load-columns.ts';
import { KERNEL_COLUMNS } from '../../harness/record/kernel-columns.ts';
import type { CellRecord, DoneRecord } from '../../harness/model/record.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { omit } from '../../harness/suite/omit.ts';
import { cell, costs, done, voting } from '../record/fixtures.ts';

const recordsCsv = csvWriter(recordColumns(NO_EXTRAS));
const recordLines = (records: readonly CellRecord[]): string =>
  recordsCsv.rows(records.map((record) => recordRow(record, cell, NO_EXTRAS)));
const summaryCsv = csvWriter(summaryColumns(NO_EXTRAS));

const reason = (state_reason: string): string => {
  const line = recordLines([brokenRecord(cell, voting, 'failed', state_reason)]);
  const from = line.lastIndexOf('checkpoint=128;window=256,') + 'checkpoint=128;window=256,'.length;
  return line.slice(from, line.lastIndexOf(',,closed,'));
};

describe('recordsCsv', () => {
  it('writes a done, a stalled and a failed record', () => {
    const stalled = makeRecord(
      cell,
      voting,
      {
        outcome: { ...done, state: 'stalled', reason: 'horizon of 60 s', decisions: 1, liveness: 'violated', viewChanges: 3 },
        engine: 'messages',
      },
      costs,
      null,
    );
    const records = [
      makeRecord(cell, voting, { outcome: done, engine: 'messages' }, costs, null),
      stalled,
      brokenRecord(cell, voting, 'failed', 'needs messages'),
    ];
    expect(recordsCsv.header + recordLines(records)).toMatchInlineSnapshot(`
      "cell,state,workload,family,nodes,fault_kind,fault_ratio,fault_count,network,crypto,replicate,seed,tx_per_decision,decisions,throughput_tps,latency_ms_p50,latency_ms_p95,latency_ms_p99,confirmations,risk,finality_ms,messages_per_decision,bytes_per_decision,hashes_per_decision,signs_per_decision,verifies_per_decision,batches_per_decision,macs_per_decision,votes_per_decision,cpu_s_per_decision,cpu_s_per_tx,joules_per_tx,usd_per_1000_tx,stale_rate,view_changes,safety,liveness,cpu_s_per_decision_measured,digest_bytes_per_decision,attacks,reversals,parameters,state_reason,engine,load,offered_tps,in_flight,transactions_submitted,transactions_committed,transactions_rejected,transactions_waiting,tx_latency_ms_mean,queue_tx_max,cpu_utilisation_max,uplink_utilisation_max,downlink_utilisation_max,bottleneck,durability,cpu_s_per_tx_provisioned,joules_per_tx_provisioned,usd_per_1000_tx_provisioned,adversary_share,chain_quality,replica_latency_ms_p50,propagation_ms_p50,propagation_ms_p90,propagation_ms_p99,gini_blocks,evaluations_per_decision,persists_per_decision,reversal_rate_measured,fault_schedule,faulty_nodes,power_w,energy_kwh_per_tx,energy_twh_per_year,co2_kg_per_tx,finality_ms_p95,shares_per_decision,shares_added_per_decision,aggregate_verifies_per_decision
      c0123456789ab,done,pbft,voting,10,crash,0.34,3,wan-5-regions,modelled,0,42,500,4,1000,2.001,4,4,1,0.001,2.001,10,1000,,,,,,,0,0,0,0,,,ok,ok,,,,,checkpoint=128;window=256,,messages,closed,,1,2000,2000,0,0,,,,,,,,0.04,0.04144,0.00044444444444444447,,,,,,,,,,,,3,41.44,1.151111111111111e-8,3.6326304e-7,5.444755555555555e-9,4,,,
      c0123456789ab,stalled,pbft,voting,10,crash,0.34,3,wan-5-regions,modelled,0,42,500,1,,,,,,0.001,,,,,,,,,,,,,,,3,ok,violated,,,,,checkpoint=128;window=256,horizon of 60 s,messages,closed,,1,,,,,,,,,,,,,,,,,,,,,,,,,,3,,,,,,,,
      c0123456789ab,failed,pbft,voting,10,crash,0.34,3,wan-5-regions,modelled,0,42,500,,,,,,,0.001,,,,,,,,,,,,,,,,unknown,unknown,,,,,checkpoint=128;window=256,needs messages,,closed,,1,,,,,,,,,,,,,,,,,,,,,,,,,,3,,,,,,,,
      "
    `);
  });

  it.each([
    ['=cmd()', "'=cmd()"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@x', "'@x"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['=a,"b"', '"\'=a,""b"""'],
    ['a=b', 'a=b'],
    ['two\nlines', '"two\nlines"'],
  ])('neutralises text that a spreadsheet would take for a formula: %j', (text, field) => {
    expect(reason(text)).toBe(field);
  });

  it('leaves numbers alone and prints them as JavaScript does', () => {
    for (const value of [-1, -0.5, 1e-7, 1e21, 0.1 + 0.2, 123456789012345680, 5e-324, 1.7976931348623157e308, 0, -0])
      expect(samplesCsv.rows([{ source: 'x', index: 0, seconds: value }])).toBe(`x,0,${String(value)}\n`);
  });

  it('writes nothing for no rows, and as many fields as columns', () => {
    expect(recordLines([])).toBe('');
    expect(recordsCsv.header.trim().split(',')).toEqual(RECORD_COLUMNS.map(({ name }) => name));
    expect(recordLines([makeRecord(cell, voting, { outcome: done, engine: 'messages' }, costs, null)]).split(',')).toHaveLength(
      RECORD_COLUMNS.length,
    );
  });
});

describe('curvesCsv', () => {
  it('has one row a rate that a search for saturation tried, in ms, and none for other records', () => {
    const record = makeRecord(cell, voting, { outcome: done, engine: 'messages' }, costs, null) as DoneRecord;
    const curve = [
      { offered_tps: 100, achieved_tps: 99.5, latency_us_p50: 1500, latency_us_p99: 2500, passed: true },
      { offered_tps: 200, achieved_tps: 150, latency_us_p50: 9000, latency_us_p99: null, passed: false },
    ];
    expect(curvesCsv.header).toBe(`${CURVE_COLUMNS.map(({ name }) => name).join(',')}\n`);
    expect(curvesCsv.rows([record, { ...record, curve }])).toBe(
      `${cell.id},pbft,10,wan-5-regions,0,100,99.5,1.5,2.5,yes\n${cell.id},pbft,10,wan-5-regions,0,200,150,9,,no\n`,
    );
    expect(curvesCsv.rows([record])).toBe('');
  });
});

describe('kernelsCsv', () => {
  it('writes a measurement without ratios', () => {
    const row = {
      kernel: 'ed25519-sign',
      backend: '@noble/curves',
      threads: 1,
      unit: 'signatures/s',
      rate_median: 100,
      rate_ci95_low: 99,
      rate_ci95_high: 101,
      rate_mad: 0.5,
      p99_ms: 10.5,
      samples: 20,
      ratio_to_node_crypto: null,
      ratio_to_best_peer: null,
      warning: null,
    };
    expect(kernelsCsv.header).toBe(`${KERNEL_COLUMNS.map(({ name }) => name).join(',')}\n`);
    expect(kernelsCsv.rows([row])).toBe("ed25519-sign,'@noble/curves,1,signatures/s,100,99,101,0.5,10.5,20,,,\n");
  });
});

function summaryOf(records: readonly CellRecord[], at: Cell = cell) {
  const summary = new ConditionSummary(at, records[0]!);
  for (const record of records) summary.add(record);
  return summary.summary();
}

describe('summaryCsv', () => {
  const latency = (us: number): CellRecord =>
    makeRecord(cell, voting, { outcome: { ...done, latencies_us: [us], finalities_us: [us] }, engine: 'messages' }, costs, null);
  const row = (records: readonly CellRecord[]): Record<string, string> => {
    const fields = summaryCsv
      .rows([summaryRow(summaryOf(records), cell, NO_EXTRAS)])
      .trimEnd()
      .split(',');
    expect(fields).toHaveLength(SUMMARY_COLUMNS.length);
    return Object.fromEntries(SUMMARY_COLUMNS.map(({ name }, index) => [name, fields[index]!]));
  };

  it('conditions at two offered rates differ in offered_tps although all their replicates stalled', () => {
    const rows = [1000, 2000].map((rate_tps) => {
      const at: Cell = { ...cell, load: { kind: 'open', rate_tps, arrivals: 'poisson', ...LOAD_RULES } };
      const outcome = { ...done, state: 'stalled', reason: 'no quorum' } as const;
      const record = makeRecord(at, voting, { outcome, engine: 'messages' }, costs, null);
      expect(record.state).toBe('stalled');
      const fields = summaryCsv
        .rows([summaryRow(summaryOf([record], at), at, NO_EXTRAS)])
        .trimEnd()
        .split(',');
      return fields[SUMMARY_COLUMNS.findIndex(({ name }) => name === 'offered_tps')];
    });
    expect(rows).toEqual(['1000', '2000']);
    expect(row([stalled])).toMatchObject({ offered_tps: '' });
  });

  const stalled = makeRecord(
    cell,
    voting,
    { outcome: { ...done, state: 'stalled', reason: 'x', liveness: 'violated' }, engine: 'messages' },
    costs,
    null,
  );

  it('a record from before a kind of operation was counted has no mean of it', () => {
    const old = omit(latency(1000) as DoneRecord, ['shares_per_decision']) as CellRecord;
    expect(row([old])).toMatchObject({ shares_per_decision_mean: '', latency_ms_p50_mean: '1' });
  });

  it('joins replicates: means over those that are done, Wilson over those whose verdict is known', () => {
    const found = row([latency(1000), latency(3000), brokenRecord(cell, voting, 'timeout', 'x')]);
    expect(found).toMatchObject({
      workload: 'pbft',
      nodes: '10',
      fault_ratio: '0.34',
      fault_count: '3',
      faulty_nodes: '3',
      replicates: '3',
      replicates_done: '2',
      latency_ms_p50_mean: '2',
      safety_violated_share: '0',
      safety_violated_ci95_low: '0',
      liveness_violated_share: '0',
      first_cell: cell.id,
    });
    // Two values 2 apart: sd sqrt(2), standard error 1, t(1) = 12.706; on the logarithm of a mean of 2.
    expect(Number(found['latency_ms_p50_ci95_low'])).toBeCloseTo(2 * Math.exp(-12.706204736 / 2), 9);
    expect(Number(found['latency_ms_p50_ci95_high'])).toBeCloseTo(2 * Math.exp(12.706204736 / 2), 6);
  });

  it('where survival depends on the value (a horizon), no mean', () => {
    const found = row([latency(1000), latency(3000), stalled]);
    expect(found).toMatchObject({ replicates: '3', replicates_done: '2', latency_ms_p50_mean: '', latency_ms_p50_ci95_low: '' });
    expect(Number(found['liveness_violated_ci95_low'])).toBeCloseTo(0.0615, 4);
    expect(Number(found['liveness_violated_ci95_high'])).toBeCloseTo(0.7923, 4);
  });

  it('says the verdict, what is broken, and its evidence', () => {
    expect(row([latency(1000), stalled])).toMatchObject({
      verdict: 'broken',
      verdict_property: 'liveness',
      verdict_counts: 'replicates',
      verdict_hits: '1',
      verdict_trials: '2',
    });
    expect(row([latency(1000)])).toMatchObject({ verdict: 'holds', verdict_property: '', verdict_hits: '0', verdict_rate_at_most: '0.95' });
  });

  it('has no interval for one replicate, and nothing at all where none is done', () => {
    expect(row([latency(1000)])).toMatchObject({ latency_ms_p50_mean: '1', latency_ms_p50_ci95_low: '', latency_ms_p50_ci95_high: '' });
    expect(row([brokenRecord(cell, voting, 'failed', 'x')])).toMatchObject({
      replicates_done: '0',
      latency_ms_p50_mean: '',
      safety_violated_share: '',
      safety_violated_ci95_high: '',
    });
  });

  it('a metric that no replicate has is empty', () => {
    expect(row([latency(1000)])).toMatchObject({ hashes_per_decision_mean: '', attacks_mean: '' });
  });
});
