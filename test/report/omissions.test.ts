// Nothing is dropped without a word: what a figure, table, list or sentence leaves out is said, with the place where it stands.
import { describe, expect, it } from 'vitest';
import { MAX_CONDITIONS_PER_WORKLOAD } from '../../harness/analysis/digest.ts';
import { findings } from '../../harness/analysis/findings.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import { summaryMarkdown } from '../../harness/export/markdown.ts';
import { terminalTable } from '../../harness/export/terminal.ts';
import { reportHtml } from '../../harness/report/html.ts';
import { shownNodes } from '../../harness/report/cost-figures.ts';
import { logAxis } from '../../harness/report/chart.ts';
import { reportFigures } from '../../harness/report/figures.ts';
import { syntheticDigest } from '../export/synthetic-digest.ts';

const rowsOf = (html: string, caption: RegExp): number => {
  const from = html.search(caption);
  const table = html.slice(from, html.indexOf('</table>', from));
  return table.split('<tr').length - 2;
};

describe('many variants', () => {
  const digest = syntheticDigest({ nodes: [4, 7], replicates: 1, mechanisms: ['pbft'], measured: false, variants: 20 });
  const model = modelOf(digest);

  it('are drawn eight at a time, in as many panels as it takes, and every one is labelled at its line', async () => {
    const [cost] = reportFigures(model);
    expect(cost!.panels.map(({ title, lines }) => [title, lines.length])).toEqual([
      ['pbft (1)', 8],
      ['pbft (2)', 8],
      ['pbft (3)', 4],
    ]);
    expect(new Set(cost!.panels.map(({ y }) => y.domain.join())).size).toBe(1);
    const html = await reportHtml(digest);
    expect(html).toContain('<h3>pbft (3)</h3>');
    expect(html).toContain('All panels of a figure have the same scales');
    for (let variant = 0; variant < 20; variant++) expect(html).toContain(`>variant=${variant}</text>`);
  });

  it('are all in every figure and table, however many they are', async () => {
    const many = syntheticDigest({ nodes: [4], replicates: 1, mechanisms: ['pbft'], measured: false, variants: 50 });
    const html = await reportHtml(many);
    for (const figure of reportFigures(modelOf(many)))
      for (let variant = 0; variant < 50; variant++)
        expect(
          figure.panels.some(({ lines }) => lines.some(({ name }) => name === `pbft variant=${variant}`)),
          figure.id,
        ).toBe(true);
    expect(rowsOf(html, /Table 1\./)).toBe(50);
    expect(html.split('<details><summary>pbft variant=')).toHaveLength(51);
  });

  it('are named in a sentence up to six, and the others counted', () => {
    const wide = syntheticDigest({ nodes: [4, 31], replicates: 1, mechanisms: ['pbft'], measured: false, variants: 9 });
    expect(findings(modelOf(wide), wide).find((finding) => finding.startsWith('Messages'))).toMatch(
      /; and 3 more variants, in the table of costs\.$/,
    );
  });

  it('leave the terminal with a count and a place, as do numbers of nodes and columns', () => {
    const text = terminalTable(
      syntheticDigest({ nodes: [4, 7, 10, 16], replicates: 1, mechanisms: ['pbft'], measured: false, variants: 14 }),
      {
        color: false,
        width: 80,
      },
    );
    expect(text.replaceAll('\n', ' ')).toMatch(
      /Not shown: 2 more variants or loads; n = 7, 10; CPU-s\/tx, .*bytes\/dec \(in summary\.md\)/,
    );
    expect(text.replaceAll('\n', ' ')).toMatch(/Not shown: \d+ more rows.* \(in summary\.md\)/);
    const whole = terminalTable(syntheticDigest({ nodes: [4], replicates: 1, mechanisms: ['pbft'], measured: false }), {
      color: false,
      width: 200,
    });
    expect(whole).toContain('Not shown: bytes/dec (in summary.md)\n');
  });
});

describe('many numbers of nodes', () => {
  const nodes = Array.from({ length: 60 }, (_, index) => index + 4);
  const digest = syntheticDigest({ nodes, replicates: 1, mechanisms: ['pbft'], measured: false });

  it('are thinned in figures, ends included, and are all in the tables', async () => {
    const model = modelOf(digest);
    expect(shownNodes(model)).toHaveLength(40);
    expect([shownNodes(model)[0], shownNodes(model).at(-1)]).toEqual([4, 63]);
    const html = await reportHtml(digest);
    expect(html).toContain('40 of 60 numbers of nodes are drawn, evenly; table 1 has all.');
    expect(rowsOf(html, /Table 1\./)).toBe(60);
    const { conditions } = model.series[0]!;
    expect(conditions.length).toBeGreaterThan(500);
    expect(rowsOf(html, /pbft: every condition/)).toBe(conditions.length);
    expect(rowsOf(html, /Table 3\./)).toBe(model.breakings.length);
  });

  it('sweeps at other numbers of nodes than the drawn one are counted where it is drawn and where it is told', async () => {
    // Two kinds of fault, each at 60 numbers of nodes, of which each panel has one.
    expect(modelOf(digest).otherSizes).toBe(118);
    expect(await reportHtml(digest)).toContain('One number of nodes is drawn in each panel (118 more sweeps at others); table 3 has all.');
    expect(findings(modelOf(digest), digest).join('\n')).toContain('has 118 more sweeps at others.');
  });
});

describe('what is beyond the memory of a digest', () => {
  it('conditions are counted at the head of every text', async () => {
    const digest = syntheticDigest({
      nodes: Array.from({ length: 101 }, (_, index) => index + 4),
      replicates: 1,
      mechanisms: ['pbft'],
      measured: false,
    });
    expect(digest.omitted).toBe(101 * 10 - MAX_CONDITIONS_PER_WORKLOAD);
    const said = '10 conditions beyond the first 1000 of a mechanism: in summary.csv alone';
    const html = await reportHtml(digest);
    expect(html.slice(0, html.indexOf('<main>'))).toContain(`<p class="warning">${said}`);
    expect(summaryMarkdown(digest)).toContain(`> ${said}`);
    expect(terminalTable(digest, { color: false, width: 300 })).toContain(said);
  });

  it('cells without a result are listed up to twenty, and the others counted', async () => {
    const digest = syntheticDigest({ nodes: [4, 7, 10], replicates: 1, mechanisms: ['pbft'], measured: false, text: 'why' });
    expect(digest.broken).toHaveLength(20);
    const said = '10 more cells timed out or failed: in records.csv, state timeout or failed.';
    expect(await reportHtml(digest)).toContain(`<li>${said}</li>`);
    expect(summaryMarkdown(digest)).toContain(`- ${said}`);
  });
});

describe('measured conditions', () => {
  it('without a modelled twin are conditions as any other', () => {
    const digest = syntheticDigest({ nodes: [4], replicates: 1, mechanisms: ['pos-praos', 'pbft'] });
    const conditions = digest.conditions.filter(({ keys }) => keys.workload !== 'pbft' || keys.crypto === 'measured');
    const { series } = modelOf({ ...digest, conditions });
    expect(series.map(({ workload }) => workload)).toEqual(['pos-praos', 'pbft']);
    expect(series[1]!.conditions.map(({ keys }) => keys.crypto)).toEqual(['measured']);
  });
});

describe('zero on a logarithmic axis', () => {
  const point = (mean: number) => ({ mean, spread: null });
  it('has no place, and is counted under the figure', async () => {
    const [least, most] = logAxis('y', [point(0), point(3), point(2)])!.domain;
    expect(least > 1 && least < 2 && most > 3 && most < 4).toBe(true);
    expect(logAxis('y', [point(0)])).toBeNull();
    const digest = syntheticDigest({ nodes: [4], replicates: 1, mechanisms: ['pbft'], measured: false });
    const [first, ...others] = digest.conditions;
    const zero = { ...first!, metrics: { ...first!.metrics, messages_per_decision: { mean: 0, count: 1, ci95: null } } };
    // A second variant keeps the figure.
    const other = syntheticDigest({ nodes: [4], replicates: 1, mechanisms: ['pos-praos'], measured: false });
    const html = await reportHtml({ ...digest, conditions: [zero, ...others, ...other.conditions] });
    expect(html).toContain('are not drawn (messages: 1); table 1 has them.');
  });
});
