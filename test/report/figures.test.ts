// Figures: what they hold, how means and their spread are drawn, and their forms beside the page.
import { Buffer } from 'node:buffer';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from 'vega-lite';
import { View, parse } from 'vega';
import { exponentOf, exponentText } from '../../harness/analysis/exponent.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import { MeanAccumulator, bothValues } from '../../harness/analysis/statistics.ts';
import { bandAxis, beyondText, logAxis, spreadOf, type Dot, type Line, type Panel } from '../../harness/report/chart.ts';
import { sideBySideFigures } from '../../harness/report/cost-figures.ts';
import { drawPanel } from '../../harness/report/drawing.ts';
import { figureData, tableName } from '../../harness/report/figure-data.ts';
import { figureSvg, groupHtml, panelsHtml, type Figure } from '../../harness/report/figure.ts';
import { reportFigures } from '../../harness/report/figures.ts';
import { lookOf } from '../../harness/report/marks.ts';
import { pngRenderer } from '../../harness/report/png.ts';
import { STYLE } from '../../harness/report/style.ts';
import { vegaLiteOf } from '../../harness/report/vega-lite.ts';
import { crowdedDigest, syntheticDigest } from '../export/synthetic-digest.ts';

let figures: readonly Figure[];
beforeAll(() => {
  figures = reportFigures(modelOf(syntheticDigest({ nodes: [4, 7, 10, 31], replicates: 3 })));
});
const figure = (id: string): Figure => figures.find((one) => one.id === id)!;

const meanOf = (...values: number[]) => {
  const mean = new MeanAccumulator();
  for (const value of values) mean.add(value);
  return mean.result('positive')!;
};

describe('what a mean is worth', () => {
  it('one replicate: nothing; two: both; three: the interval', () => {
    expect(spreadOf(meanOf(3))).toBeNull();
    expect(bothValues(meanOf(2, 6))).toEqual([2, 6]);
    const two = meanOf(2, 6).ci95!;
    expect(spreadOf(meanOf(2, 6), 10)).toEqual({ kind: 'both', values: [20, 60], low: 10 * two.low, high: 10 * two.high });
    const { ci95 } = meanOf(2, 6, 4);
    expect(spreadOf(meanOf(2, 6, 4))).toEqual({ kind: 'interval', ...ci95! });
  });

  const dot = (x: number, values: readonly number[]): Dot => {
    const mean = meanOf(...values);
    return { x, y: mean.mean, xSpread: null, ySpread: spreadOf(mean), text: `at ${x}` };
  };
  const panel = (dots: readonly Dot[]): Panel => {
    const y = logAxis(
      'joules',
      dots.map((one) => ({ mean: one.y, spread: one.ySpread })),
    )!;
    const line: Line = { name: 'one', label: 'one', look: lookOf('pbft'), dots, joined: true };
    const none = { title: '', note: '', remarks: [], description: '', rules: [], bars: [], range: [] };
    return { ...none, x: bandAxis('nodes', ['4', '7']), y, lines: [line] };
  };
  const drawn = (dots: readonly Dot[]): string => drawPanel(panel(dots), { width: 300, height: 200 }).content;

  it('of two replicates both are points and there is no band', () => {
    const two = drawn([dot(0, [2, 6]), dot(1, [3, 9])]);
    expect(two.match(/<circle/g)).toHaveLength(4);
    expect(two).not.toContain('fill-opacity');
    const three = drawn([dot(0, [2, 6, 4]), dot(1, [3, 9, 6])]);
    expect(three.match(/<circle/g)).toHaveLength(2);
    expect(three).toContain('fill-opacity="0.16"');
  });

  it('an interval that is wider than the panel ends in it, and is told', () => {
    const wide = { ...dot(0, [4]), ySpread: { kind: 'interval', low: 1e-6, high: 1e9 } } as const;
    const dots = [wide, dot(1, [5])];
    const { y } = panel(dots);
    expect(y.domain[0]).toBeGreaterThan(0.5);
    expect(y.domain[1]).toBeLessThan(50);
    expect(beyondText(dots, 'y', y)).toBe(
      'One interval goes beyond the panel: 1.00 × 10⁻⁶ – 1.00 × 10⁹.'.replaceAll(' × ', '\u00a0×\u00a0'),
    );
    const heights = [...drawn(dots).matchAll(/[ML]([-\d.]+) ([-\d.]+)/g)].map(([, , at]) => Number(at));
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...heights)).toBeLessThanOrEqual(200);
    expect(beyondText([dot(0, [2, 6, 4])], 'y', panel([dot(0, [2, 6, 4])]).y)).toBe('');
  });
});

describe('the exponent of a cost', () => {
  it('is that of the power law, with an interval that is as wide as it fits badly', () => {
    const square = exponentOf([4, 8, 16, 32].map((x) => ({ x, y: 3 * x * x })))!;
    expect(square.exponent).toBeCloseTo(2, 12);
    expect(exponentText(square)).toBe('∝\u00a0n^2.00\u00a0±0.00');
    // ln y = 1, 3, 4 at ln x = 0, 1, 2: slope 1.5, residual sum of squares 1/6, t(1) = 12.706.
    const three = exponentOf([0, 1, 2].map((x, index) => ({ x: Math.exp(x), y: Math.exp([1, 3, 4][index]!) })))!;
    expect(three.exponent).toBeCloseTo(1.5, 12);
    expect(three.half).toBeCloseTo(12.706204736 * Math.sqrt(1 / 12), 9);
    expect(
      exponentOf([
        { x: 4, y: 1 },
        { x: 7, y: 2 },
      ]),
    ).toBeNull();
    expect(exponentOf([4, 7, 10].map((x) => ({ x, y: 0 })))).toBeNull();
  });

  it('stands beside each line over the number of nodes', () => {
    const lines = figure('growth-messages-per-decision').panels.flatMap((panel) => panel.lines);
    expect(lines.map(({ name, detail }) => [name, detail])).toEqual([
      ['pow miner=cpu', '∝\u00a0n^1.00\u00a0±0.00'],
      ['pow miner=asic-s21', '∝\u00a0n^1.00\u00a0±0.00'],
      ['pos-praos', '∝\u00a0n^1.00\u00a0±0.00'],
      ['pbft', expect.stringMatching(/^∝\sn\^2\.1\d\s±0\.\d\d$/)],
    ]);
  });
});

describe('the figures of a run', () => {
  it('are those of every question, each with its own name', () => {
    expect(figures.map(({ id }) => id)).toEqual([
      'cost-cpu-s-per-tx',
      'cost-cpu-s-per-tx-provisioned',
      'cost-joules-per-tx',
      'cost-joules-per-tx-provisioned',
      'cost-usd-per-1000-tx',
      'cost-usd-per-1000-tx-provisioned',
      'cost-finality-s',
      'cost-latency-s-p50',
      'cost-throughput-tps',
      'energy',
      'growth-messages-per-decision',
      'growth-bytes-per-decision',
      'latency-distribution',
      'finality-faults',
      'predicted-measured',
    ]);
  });

  it('with one number of nodes costs are rows by mechanism, smallest first', () => {
    const [cost] = reportFigures(modelOf(syntheticDigest({ nodes: [7], replicates: 3, measured: false })));
    expect(cost!.id).toBe('cost');
    const cpu = cost!.panels[0]!;
    expect(cpu.y.ticks.map(({ label }) => label)).toEqual(['pbft', 'pos-praos', 'pow miner=cpu']);
    const xs = cpu.lines.filter(({ look }) => !look.hollow).map(({ dots }) => dots[0]!.x);
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    expect(cost!.panels.map(({ title }) => title)).toEqual(['CPU time', 'Money', 'Finality', 'Latency', 'Throughput', 'Messages', 'Bytes']);
  });

  it('finality goes past the claimed bound, with the share of replicates that broke', () => {
    const crash = figure('finality-faults').panels.find(({ title }) => title === 'pbft, crash')!;
    expect(crash.x.ticks.map(({ label }) => label)).toEqual(['0', '0.1', '0.2', '0.3', '0.34', '0.4', '0.5']);
    expect(crash.rules).toEqual([{ kind: 'x', value: 4.5 }]);
    expect(crash.lines[0]!.dots.map(({ x }) => x)).toEqual([0, 1, 2, 3, 4]);
    expect(crash.bars.map(({ parts }) => parts.map(({ fate }) => fate).join())).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'unlive', 'unlive']);
  });

  it('a mechanism looks the same in each', () => {
    for (const { id, panels } of figures)
      for (const { look, name } of panels.flatMap(({ lines }) => lines))
        if (name === 'pbft') expect([look.colour, look.shape], id).toEqual([lookOf('pbft').colour, lookOf('pbft').shape]);
  });

  it('as SVG files are whole, without script, style or id, and name every series', () => {
    for (const one of figures) {
      const svg = figureSvg(one);
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" role="img" aria-label="[^"]+"/);
      expect(svg).not.toMatch(/NaN|Infinity|undefined|<script|<style| id=| on[a-z]+=/);
      expect(svg).toContain('pbft');
    }
  });

  it('as PNG have twice the pixels of the drawing', async () => {
    const svg = figureSvg(figure('energy'));
    const png = Buffer.from((await pngRenderer())!(svg));
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!;
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * Number(width), 2 * Number(height)]);
  });

  it('as Vega-Lite compile without a warning and draw with their own data', async () => {
    for (const id of ['cost-cpu-s-per-tx', 'energy', 'finality-faults', 'predicted-measured']) {
      const warnings: string[] = [];
      const quiet = { level: () => quiet, warn: (...said: unknown[]) => (warnings.push(said.join(' ')), quiet) };
      const logger = { ...quiet, error: quiet.warn, info: () => quiet, debug: () => quiet } as never;
      const spec = JSON.parse(JSON.stringify(vegaLiteOf(figure(id)))) as never;
      const svg = await new View(parse(compile(spec, { logger }).spec), { renderer: 'none' }).toSVG();
      expect(warnings, id).toEqual([]);
      expect(svg, id).toContain(lookOf('pbft').colour);
    }
  });

  it('as tables have a row for each x, or for each condition with its shares', () => {
    const cost = figureData(figure('cost-cpu-s-per-tx'))
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
    expect(cost[0]!.slice(0, 4)).toEqual(['nodes', 'pow-miner=cpu', 'pow-miner=cpu_low', 'pow-miner=cpu_high']);
    expect(cost.slice(1).map(([nodes]) => nodes)).toEqual(['4', '7', '10', '31']);
    for (const row of cost) expect(row).toHaveLength(cost[0]!.length);
    const faults = figureData(figure('finality-faults'))
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
    expect(faults[0]).toContain('share_unlive');
    expect(faults.find(([panel, , fault]) => panel === 'pbft-crash' && fault === '0.5')!.slice(3, 6)).toEqual(['nan', 'nan', 'nan']);
    for (const row of faults) expect(row).toHaveLength(faults[0]!.length);
    expect(tableName('a_b {c}\\d $x$ %')).toBe('a-b-c-d-x');
  });
});

describe('a figure of several metrics', () => {
  it('shows the chosen one on a screen and all of them on paper, under one legend', () => {
    const html = groupHtml(figures, 'cost', 'Cost.');
    expect(html).toMatch(/^<style>@media screen\{figure:has\(#choose-cost-cpu-s-per-tx:checked\)[^}]+\{display:block\}\}<\/style>/);
    expect(html.match(/<ul class="legend">/g)).toHaveLength(1);
    expect(html.match(/class="variant"/g)).toHaveLength(9);
    expect(STYLE).toContain('@media screen{.variant{display:none}}');
    expect(STYLE.replaceAll('@media screen{.variant{display:none}}', '')).not.toContain('.variant{display:none}');
  });
});

describe('several runs', () => {
  it('are side by side with common axes, the same mechanism of each next to the other, in its own look', () => {
    const model = (nodes: readonly number[], variants: number) =>
      modelOf(syntheticDigest({ nodes, replicates: 3, measured: false, variants }));
    const few = sideBySideFigures([
      { title: 'A', model: model([4, 7], 1) },
      { title: 'B', model: model([4, 31], 1) },
    ]);
    expect(few.map(({ id }) => id)).toContain('cost-finality-s');
    for (const { id, panels } of few) {
      expect(
        panels.map(({ title }) => title),
        id,
      ).toEqual(['A', 'B']);
      const [a, b] = panels;
      expect([a!.x, a!.y.domain, a!.y.ticks], id).toEqual([b!.x, b!.y.domain, b!.y.ticks]);
      expect(a!.x.ticks.map(({ value }) => value)).toEqual([4, 7, 31]);
      expect(a!.lines.map(({ name, look }) => [name, look])).toEqual(b!.lines.map(({ name, look }) => [name, look]));
      expect(b!.lines[0]!.dots.map(({ x }) => x)).toEqual([4, 31]);
    }
    const [crowded] = sideBySideFigures([
      { title: 'A', model: model([4, 7], 3) },
      { title: 'B', model: model([4, 7], 3) },
    ]);
    expect(crowded!.panels.map(({ title }) => title)).toEqual(['A: pow', 'B: pow', 'A: pos-praos', 'B: pos-praos', 'A: pbft', 'B: pbft']);
  });
});

describe('thirty mechanisms in four variants', () => {
  it('are all drawn, each with its label, in a panel a mechanism', () => {
    const many = reportFigures(modelOf(crowdedDigest(30, { nodes: [4, 7, 10], replicates: 1, measured: false, variants: 4 })));
    const [cost] = many;
    expect(cost!.panels.map(({ title }) => title)).toEqual(Array.from({ length: 30 }, (_, index) => `mechanism-${index}`));
    for (const { lines, range } of cost!.panels) {
      expect(lines.map(({ label }) => label)).toEqual([0, 1, 2, 3].map((variant) => `variant=${variant}`));
      expect(range).toHaveLength(3);
    }
    const energy = many.find(({ id }) => id === 'energy')!;
    // Axes that are alike are drawn once, and take the theme's colours where they are used again: rules name no ancestor.
    const html = panelsHtml(cost!);
    const shared = [...html.matchAll(/<g id="(axes-[^"]+)">/g)].map(([, id]) => id);
    expect([...html.matchAll(/<use href="#([^"]+)"\/>/g)].map(([, id]) => id)).toEqual(Array(29).fill(shared[0]));
    expect(STYLE).toMatch(/[\n}]\[fill="#dedede"\]\{fill:var\(--grid\)\}\[stroke="#dedede"\]\{stroke:var\(--grid\)\}/);
    expect(energy.panels.map(({ y }) => y.ticks.length)).toEqual([40, 40, 40]);
  });
});
