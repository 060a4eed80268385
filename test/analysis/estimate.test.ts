// What is printed of an estimate: digits that the interval carries, with the interval.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { summaryMarkdown } from '../../harness/export/markdown.ts';
import { MeanAccumulator } from '../../harness/analysis/statistics.ts';
import { ConditionSummary, type Summary } from '../../harness/analysis/summarize.ts';
import { terminalTable } from '../../harness/export/terminal.ts';
import { makeRecord } from '../../harness/record/make.ts';
import type { DoneRecord } from '../../harness/model/record.ts';
import type { MetricKind } from '../../harness/model/record.ts';
import {
  MILLISECONDS,
  NUMBER,
  PLAIN,
  SECONDS,
  SHARE,
  digitsCarried,
  estimateOf,
  joined,
  type Form,
} from '../../harness/analysis/estimate.ts';
import { findings } from '../../harness/analysis/findings.ts';
import { reportHtml } from '../../harness/report/html.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { cell, costs, done, lottery, voting } from '../record/fixtures.ts';
import { digestOf } from '../export/digest-of.ts';

const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');
const shown = (mean: number, low: number, high: number, form: Form): string =>
  spaced(joined(estimateOf({ mean, count: 5, ci95: { low, high } }, 5, form)));
const of = (values: readonly number[], kind: MetricKind, form: Form): string => {
  const means = new MeanAccumulator();
  for (const value of values) means.add(value);
  return spaced(joined(estimateOf(means.result(kind)!, values.length, form)));
};

describe('digits that the interval carries', () => {
  it('`finality` 55.4, 56.2, 56.8, 57.5 min are one number', () => {
    const minute = 60_000;
    // The widths of the run in which they were found: 3 to 8%.
    const texts = [
      shown(55.4 * minute, 50.9 * minute, 60.3 * minute, MILLISECONDS),
      shown(56.2 * minute, 54.6 * minute, 57.9 * minute, MILLISECONDS),
      shown(56.8 * minute, 55.2 * minute, 58.5 * minute, MILLISECONDS),
      shown(57.5 * minute, 55.4 * minute, 59.7 * minute, MILLISECONDS),
    ];
    expect(texts).toEqual(['55 min ±8.8%', '56 min ±3.0%', '57 min ±3.0%', '58 min ±3.8%']);
  });

  it('a value is written down to the place of its half-width, and an interval as wide as half of it by its ends', () => {
    expect(digitsCarried(56.2, 2.8)).toBe(2);
    expect(digitsCarried(56.2, 0.3)).toBe(3);
    expect(digitsCarried(56.2, 0.0001)).toBe(3);
    expect(digitsCarried(56.2, 12)).toBe(2);
    expect(of([1, 3], 'positive', NUMBER)).toBe('2.0 (0.0035 – 1100)');
    expect(shown(1234.5, 1200, 1270, NUMBER)).toBe('1230 ±2.9%');
    expect(shown(4.8e-6, 4.6e-6, 5e-6, NUMBER)).toBe('4.8 × 10⁻⁶ ±4.2%');
    expect(shown(4.8e-6, 4.6e-6, 5e-6, PLAIN)).toBe('4.8e-6 ±4.2%');
    expect(shown(7.0, 6.6, 7.4, SECONDS)).toBe('7.0 s ±5.7%');
  });

  it('a value has two significant digits at least, however wide its interval: a p99 of 4333 s is not below a p50 of 4006 s', () => {
    expect(shown(4006, 3990, 4022, SECONDS)).toBe('1.11 h ±0.4%');
    expect(shown(4333, 2340, 7920, SECONDS)).toBe('1.2 h (39 min – 2.2 h)');
    for (const half of [12, 30, 56, 400]) expect(digitsCarried(56.2, half)).toBe(2);
  });

  it('the unit in which it is shown decides: 3376 s ±90 s are 56 min, not 56.3', () => {
    expect(shown(3376, 3286, 3468, SECONDS)).toBe('56 min ±2.7%');
  });

  it('no interval: three digits; one narrower than those: not shown', () => {
    expect(spaced(joined(estimateOf({ mean: 56.234, count: 1, ci95: null }, 1, NUMBER)))).toBe('56.2');
    expect(of([24, 24, 24], 'positive', NUMBER)).toBe('24');
    expect(shown(1059.7682, 1059.72, 1059.81, MILLISECONDS)).toBe('1.06 s');
  });

  it('shares and counts have the ends of their intervals, never below 0', () => {
    expect(of([0, 0.002, 0, 0.001, 0], 'share', SHARE)).toBe('0.060% (0.011% – 0.31%)');
    expect(of([0, 0, 0], 'share', SHARE)).toBe('0%');
    expect(of([0, 0, 0, 0, 0], 'count', NUMBER)).toBe('0 (0 – 0.74)');
  });
});

/** A condition without faults of one replicate, with columns of the record set by hand. */
function condition(at: Cell, columns: Partial<DoneRecord>): Summary {
  const record = makeRecord(at, at.workload === 'pbft' ? voting : lottery, { outcome: done, engine: 'messages' }, costs, null);
  const changed = { ...record, ...columns } as DoneRecord;
  const summary = new ConditionSummary(at, changed);
  summary.add(changed);
  return summary.summary();
}
const free: Cell = { ...cell, fault: { kind: 'crash', ratio: 0, placement: 'worst' } };
const mined: Cell = { ...free, workload: 'pow', parameters: { miner: 'cpu', cores_per_node: 1, hash_rate_hs: 'auto' } };

describe('two bases, side by side wherever a cost stands', () => {
  const digest = digestOf([
    condition(mined, { joules_per_tx: 32, joules_per_tx_provisioned: 40, usd_per_1000_tx: 0.05, usd_per_1000_tx_provisioned: 0.2 }),
    condition(free, { joules_per_tx: 0.001, joules_per_tx_provisioned: 0.1, usd_per_1000_tx: 1e-6, usd_per_1000_tx_provisioned: 1e-3 }),
  ]);

  it('the headline names its basis: 32 000-fold marginal, 400-fold provisioned, bound by latency', () => {
    const [marginal, marginalMoney, provisioned, money] = findings(modelOf(digest), digest).map(spaced);
    expect(marginal).toMatch(
      /^Energy, marginal: .*1 mJ under pbft and 32 J under pow: a spread of 32 000 times on this basis \(active work alone/,
    );
    expect(marginalMoney).toMatch(/^Money, marginal: .*a spread of 50 000 times on this basis\.$/);
    expect(provisioned).toMatch(
      /^Energy, provisioned: .*100 mJ under pbft and 40 J under pow: a spread of 400 times on this basis \(.*latency decides it/,
    );
    expect(money).toMatch(/^Money, provisioned: .*a spread of 200 times on this basis\.$/);
  });

  it('tables have both', async () => {
    const row = spaced(summaryMarkdown(digest))
      .split('\n')
      .filter((line) => line.startsWith('| mechanism | n | CPU-s'))[0]!;
    for (const cost of ['J per tx', 'USD per 1000 tx']) expect(row).toContain(`| ${cost}, marginal | ${cost}, provisioned |`);
    expect(spaced(await reportHtml(digest))).toMatch(/<td>32<\/td><td>40<\/td>/);
    expect(terminalTable(digest, { color: false, width: 160 })).toMatch(/J\/tx +prov\. J\/tx/);
    expect(await reportHtml(digest)).toContain('<p>filled: marginal; hollow: provisioned</p>');
  });
});

describe('what stands beside a finality', () => {
  it('print the adversary beside every finality: chains face 10%, PBFT a third', async () => {
    const digest = digestOf([
      condition(mined, { finality_ms: 3_600_000, adversary_share: 0.1 }),
      condition(free, { finality_ms: 300, adversary_share: 1 / 3 }),
    ]);
    const found = findings(modelOf(digest), digest)
      .map(spaced)
      .find((text) => text.startsWith('Finality'));
    expect(found).toContain('300 ms (against an adversary of 33%) under pbft and 1 h (against an adversary of 10%) under pow');
    const markdown = spaced(summaryMarkdown(digest));
    expect(markdown).toMatch(/\| finality \| adversary \|/);
    expect(markdown).toMatch(/\| 1 h \| 10% \|/);
    const html = spaced(await reportHtml(digest));
    expect(html).toContain('final after 300 ms against an adversary of 33%');
    expect(html).toMatch(/<td>300 ms<\/td><td>33%<\/td>/);
    expect(terminalTable(digest, { color: false, width: 60 })).toMatch(/finality +adv\..*\n(.*\n)?.*1 h +10%/);
  });
});

describe('hardware that is no CPU', () => {
  it('CPU-seconds of ASIC mining make proof of work look cheapest: the column is empty there', async () => {
    const hardware = {
      name: 'Example ASIC',
      hash_rate_hs: 2e14,
      joules_per_hash: 17.5e-12,
      cores_per_node: 1,
      network_hash_rate_hs: null,
      miners: 10,
      pue: null,
    };
    // Besides mining it checks signatures: CPU time that would stand there as if it were all.
    const outcome = { ...done, counts: { messages: 40, bytes: 4000, mining_node_s: 10_000, verifies: 40, verifies_single: 40 } };
    const record = makeRecord(mined, { ...lottery, miningHardware: () => hardware }, { outcome, engine: 'chain' }, costs, null);
    const apart = new ConditionSummary(mined, record);
    apart.add(record);
    const digest = digestOf([apart.summary(), condition(free, { cpu_s_per_tx: 4.3e-6, joules_per_tx: 1e-5 })]);
    // 10 000 s at 2 × 10¹⁴ hashes a second and 17.5 pJ each, over 2000 transactions: 17.5 kJ; the checks add almost nothing.
    expect(spaced(summaryMarkdown(digest))).toMatch(/\| pow \| 10 \| – \| – \| 17 500 \|/);
    expect(spaced(await reportHtml(digest))).toMatch(/<td>–<\/td><td>–<\/td><td>17 500<\/td>/);
    expect(terminalTable(digest, { color: false, width: 200 })).toMatch(/pow +10 +- +- +17500/);
  });
});

describe('one form for numbers', () => {
  it('nothing prints a mean but through estimate.ts', () => {
    for (const file of [
      ...['html', 'table', 'costs', 'faults', 'conditions', 'machine', 'figure', 'figures'].map((part) => `report/${part}.ts`),
      'export/markdown.ts',
      'export/terminal.ts',
    ])
      expect(readFileSync(new URL(`../../harness/${file}`, import.meta.url), 'utf8'), file).not.toMatch(/\bci95\b|\.mean\b/);
  });
});
