import { describe, expect, test } from 'vitest';
import { answerOf, type Answer } from '../../harness/analysis/answer.ts';
import { comparisonTable } from '../../harness/analysis/comparison-table.ts';
import type { RunDigest } from '../../harness/analysis/digest.ts';
import { joined } from '../../harness/analysis/estimate.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import { answerFigure, answerPlot } from '../../harness/report/answer-plot.ts';
import { textWidth } from '../../harness/report/drawing.ts';
import { answerSection } from '../../harness/report/answer.ts';
import { comparisonTableSection } from '../../harness/report/comparison.ts';
import { findings } from '../../harness/analysis/findings.ts';
import { terminalTable } from '../../harness/export/terminal.ts';
import type { Requirements } from '../../harness/model/requirements.ts';
import { condition, open, saturate } from '../analysis/loaded.ts';
import { digestOf } from '../export/digest-of.ts';
import { syntheticDigest } from '../export/synthetic-digest.ts';

const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');
const plain = (html: string): string =>
  spaced(html)
    .replaceAll('<wbr>', '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/ +/g, ' ');

function asking(digest: RunDigest, requirements: Requirements): { digest: RunDigest; answer: Answer } {
  const asked = { ...digest, run: { ...digest.run, suite: { ...digest.run.suite, requirements } } };
  return { digest: asked, answer: answerOf(modelOf(asked), asked) };
}

const swept = syntheticDigest({ nodes: [4, 16], replicates: 3, measured: false });

describe('issue 11: the first section', () => {
  const { answer } = asking(swept, { finality_ms: 2000, crash_nodes: 5, throughput_tps: 1000, usd_per_1000_tx: 0.01, nodes: 16 });
  const html = answerSection(answer);

  test('the sentences, then a row a variant with a verdict in words, a sign and a colour, and the command where it was not measured', () => {
    expect(plain(html)).toMatch(
      /^ ?None is known to meet all 4 requirements: pbft meets 2 of them, and was not measured for throughput and money, a million tx\./,
    );
    expect(html.match(/<th scope="row">/g)).toHaveLength(answer.rows.length);
    expect(html).toContain('<span class="mark met" role="img" aria-label="met">✓</span>');
    expect(html).toContain('<span class="mark missed" role="img" aria-label="not met">✗</span>');
    expect(html).toContain(
      "<details><summary>measure it</summary><code>npx consensus-bench run suite.yaml --workload pbft --nodes 16 --load '{ kind: saturate }' --crypto modelled</code></details>",
    );
  });

  test('money stands in one column: the one that is asked for', () => {
    expect(html).not.toContain('a million tx, provisioned</th>');
    expect(answerSection(asking(swept, { finality_ms: 2000 }).answer)).toContain('a million tx, provisioned</th>');
  });

  test('the figure has a line for each variant with a cost, in two sizes, with the most that is asked', () => {
    const plot = answerPlot(answer)!;
    for (const svg of [plot.wide, plot.narrow]) {
      expect(svg.match(/ a million transactions<\/title>/g)).toHaveLength(answer.rows.length);
      for (const { label } of answer.rows) expect(svg).toContain(`>${label}</text>`);
      expect(svg).toContain('what is asked: at most $10');
    }
  });
});

test('30 mechanisms’ worth of variants are all in the table and in the figure, and no name is cut or beyond the edge', () => {
  const many = syntheticDigest({ nodes: [4], replicates: 1, measured: false, variants: 30 });
  const answer = answerOf(modelOf(many), many);
  expect(answer.rows).toHaveLength(120);
  const { wide } = answerPlot(answer)!;
  const labels = answer.rows.flatMap(({ label, cost }) => (cost === null ? [] : [label]));
  expect(answerFigure(answer)!.panels[0]!.y.ticks.map(({ label }) => label)).toEqual(labels);
  for (const { label } of answer.rows) expect(wide).toContain(`>${label}</text>`);
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(wide)!.map(Number);
  for (const [, x, y] of wide.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)"/g)) {
    expect(Number(x)).toBeGreaterThanOrEqual(0);
    expect(Number(x)).toBeLessThanOrEqual(width!);
    expect(Number(y)).toBeLessThanOrEqual(height!);
  }
});

test.each([
  [0.97, 57_000],
  [1e-6, 1e9],
  [0.5, 0.6],
])('labels of the axis from %d to %d USD are apart', (least, most) => {
  const digest = digestOf(
    [least, most].map((usd, index) => condition({ workload: ['pbft', 'pow'][index], nodes: 4 }, [{ usd_per_1000_tx_provisioned: usd }])),
  );
  const plot = answerPlot(answerOf(modelOf(digest), digest))!;
  for (const svg of [plot.wide, plot.narrow]) {
    const labels = [...svg.matchAll(/<text x="([\d.]+)" y="[\d.]+"(?: text-anchor="(\w+)")?[^>]*>((?:\$|\d+.µ\$|\d+.n\$)[^<]*)</g)];
    expect(labels.length).toBeGreaterThan(1);
    let free = 0;
    for (const [, x, anchor, label] of labels) {
      const wide = textWidth(label!, 11);
      const begins = Number(x) - { none: 0, middle: wide / 2, end: wide }[anchor ?? 'none']!;
      expect(begins).toBeGreaterThanOrEqual(free);
      free = begins + wide;
    }
  }
});

test('names with markup are text', () => {
  const hostile = '<img src=x onerror=alert(1)>"&';
  const digest = digestOf(
    ['a', hostile].map((text) => {
      const summary = condition({ workload: 'pbft', nodes: 4 }, [{ usd_per_1000_tx_provisioned: 1 }]);
      return { ...summary, keys: { ...summary.keys, parameters: `text=${text}` } };
    }),
  );
  const { answer } = asking(digest, { finality_ms: 1 });
  expect(answer.rows.map(({ label }) => label)).toContain(`pbft text=${hostile}`);
  expect(answerSection(answer)).not.toContain('<img');
  expect(answerSection(answer)).toContain('pbft text=&lt;img src=x onerror=alert(1)&gt;&quot;&amp;');
});

describe('the comparison table', () => {
  const cellsOf = (digest: RunDigest, label: string): Record<string, string> => {
    const { columns, rows } = comparisonTable(modelOf(digest), digest);
    const { cells } = rows.find((row) => row.label === label)!;
    return Object.fromEntries(
      columns.flatMap(({ title }, index) => (cells[index] === null ? [] : [[title, spaced(joined(cells[index]!))]])),
    );
  };

  test('a row a variant: costs on both bases and in a year, capacity with what limits it, finality, what is survived, the batch', () => {
    const at = { workload: 'pbft', nodes: 10 } as const;
    const digest = digestOf([
      condition(at, [{ usd_per_1000_tx_provisioned: 1, throughput_tps: 10, finality_ms: 400 }]),
      condition({ ...at, load: saturate() }, [
        {
          usd_per_1000_tx_provisioned: 0.001,
          joules_per_tx_provisioned: 7200,
          throughput_tps: 2000,
          finality_ms: 900,
          bottleneck: 'uplink',
        },
      ]),
      condition({ ...at, fault: { kind: 'crash', count: 3, placement: 'worst' } }, [{}]),
      condition({ ...at, fault: { kind: 'equivocate', count: 3, placement: 'worst' } }, [{}]),
      condition({ ...at, fault: { kind: 'equivocate', count: 4, placement: 'worst' } }, [{ safety: 'violated' }]),
    ]);
    expect(cellsOf(digest, 'pbft')).toMatchObject({
      'energy a tx, provisioned': '7.20 kJ (0.00200 kWh)',
      'a million tx, provisioned': '$1.00',
      // 0.001 / 1000 USD a transaction × 2000 a second × 8766 h.
      'a year, provisioned': '$63 100',
      'costs are': 'at capacity',
      capacity: '2000 tx/s',
      'limited by': 'uplink',
      finality: '400 ms (latency-bound)',
      'survives down': 'at least 3 of 10 (30%)',
      'survives Byzantine': '3 of 10 (30%)',
      'batch, tx': '500',
    });
    expect(comparisonTable(modelOf(digest), digest).columns.some(({ title }) => title === 'power')).toBe(false);
  });

  test('a year of the same machines costs the same, whatever their rate and however it varies: n × cores × rent × 8766 h', () => {
    const at = { nodes: 15 } as const;
    const replicate = (throughput_tps: number): object => ({
      throughput_tps,
      usd_per_1000_tx_provisioned: (15 * 4 * 0.04 * 1000) / 3600 / throughput_tps,
    });
    const digest = digestOf([
      condition({ ...at, workload: 'pbft' }, [900, 1000, 1100].map(replicate)),
      condition({ ...at, workload: 'hotstuff' }, [10, 500, 3000].map(replicate)),
    ]);
    for (const { usd_per_year_provisioned: usd } of digest.conditions) expect(usd!.mean).toBeCloseTo(21_038.4, 6);
    for (const label of ['pbft', 'hotstuff']) expect(cellsOf(digest, label)).toHaveProperty('a year, provisioned', '$21 000');
  });

  test('one number of digits a column: as many as the widest interval lets stand', () => {
    const rows = [1, 1.02].map((throughput_tps) => ({ throughput_tps, usd_per_1000_tx_provisioned: throughput_tps }));
    const digest = digestOf([
      condition({ workload: 'pbft', nodes: 4 }, [{ usd_per_1000_tx_provisioned: 1.23456, throughput_tps: 1 }]),
      condition({ workload: 'hotstuff', nodes: 4 }, rows),
      condition({ workload: 'pow', nodes: 4 }, [{ usd_per_1000_tx_provisioned: 9.87654, throughput_tps: 1 }]),
    ]);
    const values = ['pbft', 'hotstuff', 'pow'].map((label) => cellsOf(digest, label)['a million tx, provisioned']!.split(' ')[0]);
    expect(values).toEqual(['$1200', '$1000', '$9900']);
    expect(cellsOf(digest, 'pow')).toHaveProperty('power');
  });

  describe('with a rate that is asked for, a capacity and one decision after another', () => {
    const at = { workload: 'pbft', nodes: 10 } as const;
    const loads = [
      condition({ ...at, load: saturate() }, [{ usd_per_1000_tx_provisioned: 0.001, throughput_tps: 9000, finality_ms: 420 }]),
      condition({ ...at, load: open(1000) }, [{ usd_per_1000_tx_provisioned: 0.009, throughput_tps: 1000, finality_ms: 180 }]),
      condition(at, [{ usd_per_1000_tx_provisioned: 0.09, throughput_tps: 100, finality_ms: 110 }]),
    ];
    const all = digestOf(loads);
    const { digest: asked } = asking(all, { throughput_tps: 1000 });

    test('finality is of the load of the costs in its row', () => {
      expect(cellsOf(asked, 'pbft')).toMatchObject({ 'costs are': 'at 1000 tx/s', finality: '180 ms', capacity: '9000 tx/s' });
    });

    test('the load stands beside a finality that is not of the load of the costs', () => {
      expect(cellsOf(all, 'pbft')).toMatchObject({ 'costs are': 'at capacity', finality: '110 ms (latency-bound)' });
      expect(cellsOf(digestOf(loads.slice(0, 2)), 'pbft')).toMatchObject({ 'costs are': 'at capacity', finality: '180 ms (at 1000 tx/s)' });
      expect(plain(comparisonTableSection(modelOf(all), all))).toContain('110 ms (latency-bound)');
    });

    test('a finding never says finality of a capacity where the run has another load', () => {
      const said = (digest: RunDigest): string => findings(modelOf(digest), digest).find((text) => text.startsWith('Finality'))!;
      for (const digest of [asked, asking(digestOf(loads.slice(0, 2)), { throughput_tps: 1000 }).digest, digestOf(loads.slice(0, 2))])
        expect(spaced(said(digest))).toContain('final after 180 ms under pbft open(1000/s)');
      expect(spaced(said(all))).toContain('final after 110 ms under pbft');
    });

    test('the terminal has costs and finality at the rate that is asked for', () => {
      const rows = terminalTable(asked, { color: false, width: 200 }).split('\n');
      const costs = rows.slice(rows.findIndex((line) => line.startsWith('Cost without faults')));
      expect(costs.filter((line) => line.startsWith('pbft'))).toEqual([expect.stringMatching(/^pbft open\(1000\/s\) .* 180 ms/)]);
    });
  });

  test('a variant that was not run at the number of nodes that is asked for stands at its nearest', () => {
    const digest = digestOf([4, 16].map((nodes) => condition({ workload: 'pbft', nodes }, [{}])));
    const { digest: asked } = asking(digest, { nodes: 20, crash_nodes: 1 });
    expect(comparisonTable(modelOf(asked), asked).rows.map(({ nodes }) => nodes)).toEqual([16]);
  });
});
