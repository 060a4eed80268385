// Rate and latency in the report, in summary.md and on the terminal.
import { describe, expect, it } from 'vitest';
import { summaryMarkdown } from '../../harness/export/markdown.ts';
import { terminalTable } from '../../harness/export/terminal.ts';
import { reportHtml } from '../../harness/report/html.ts';
import { kneeTexts } from '../../harness/analysis/load-texts.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import type { LoadSpec } from '../../harness/model/load.ts';
import { spanAxis } from '../../harness/report/chart.ts';
import { rateFigure } from '../../harness/report/rate-figure.ts';
import { DEFAULT_LOAD, condition, open, openAt, saturate, saturated, type Queue } from '../analysis/loaded.ts';
import { digestOf } from '../export/digest-of.ts';

const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');
const wan: Queue = { capacity: 10_000, base_ms: 400, limit: 'uplink' };
const digest = digestOf([
  ...[4, 16].flatMap((nodes) => [
    condition({ nodes, load: DEFAULT_LOAD }, [{ throughput_tps: 1200, latency_ms_p50: 410, latency_ms_p99: 450 }]),
    ...[1000, 8000, 12_000].map((tps) => openAt({ nodes }, tps, wan)),
    saturated({ nodes }, wan),
  ]),
  ...[1, 3, 6].map((tps) => openAt({ nodes: 16, workload: 'pow' }, tps, { capacity: 6.6, base_ms: 600_000, limit: 'block-space' })),
]);

describe('rate and latency in the report', () => {
  it('a panel a mechanism with its curves, knees in words below, and every mark with its text', async () => {
    const html = spaced(await reportHtml(digest));
    const section = html.slice(html.indexOf('<section id="rates">'), html.indexOf('<section id="faults">'));
    expect(section.match(/<div class="panel"><h3>[^<]+/g)).toEqual(['<div class="panel"><h3>pbft', '<div class="panel"><h3>pow']);
    expect(section).toContain('aria-label="Latency against throughput: pbft, n = 4, n = 16"');
    expect(section).toContain('<li>n = 4: capacity 9000 tx/s, limited by uplink (99th percentile 4.48 s)</li>');
    expect(section).toContain('<li>n = 16: knee at 3.00 tx/s ±2.5%, beyond it limited by block space (99th percentile');
    expect(section).toMatch(/<title>pbft, n = 16: 99th percentile 2\.5 s ±10% at 8000 tx\/s ±2\.5%; 3 replicates<\/title>/);
    expect(section).toMatch(/<title>pbft, n = 4: median [^<]+; 1 replicate, tried by the search<\/title>/);
    expect(section).toMatch(/<title>pbft, n = 4: capacity 9000 tx\/s, limited by uplink[^<]*<\/title>/);
    // 12 000 tx/s at two numbers of nodes, and 1.2 times the capacity in two searches.
    expect(section).toMatch(/Of 29 rates 4 have no point of the 99th percentile/);
    expect(section).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('in a table a capacity stands with what limits it, another rate with its load, the default one as bound by latency', async () => {
    const html = spaced(await reportHtml(digest)).replace(/<small>[^<]*<\/small>/g, '');
    expect(html).toContain('<td>9000</td><td class="t">capacity</td><td class="t">uplink</td><td>1.6 s</td><td>4.48 s</td>');
    expect(html).toMatch(
      /pbft open\(1000\/s\)<\/th><td>4<\/td><td>1000 <\/td><td class="t">under the offered rate<\/td><td class="t">latency<\/td>/,
    );
    expect(html).toMatch(/<td>1200<\/td><td class="t">latency-bound<\/td><td class="t">–<\/td><td>410 ms<\/td><td>450 ms<\/td>/);
    const markdown = spaced(summaryMarkdown(digest));
    expect(markdown).toContain('| pbft saturate | 4 | 9000 | capacity | uplink | 1.6 s | 4.48 s |');
    expect(markdown).toContain('| pbft | 16 | 1200 | latency-bound | – | 410 ms | 450 ms |');
    expect(markdown).toContain('- pbft, n = 16: capacity 9000 tx/s, limited by uplink (99th percentile 4.48 s)');
  });

  it('lines over the number of nodes leave swept rates to the curves, and say so', async () => {
    const html = await reportHtml(digest);
    expect(html).toContain('6 variants at one of several offered rates are in figure 4 and in table 1.');
    const figure = html.slice(html.indexOf('<section id="cost">'), html.indexOf('Figure 1.'));
    expect(figure).toContain('</svg>pbft saturate</li>');
    expect(figure).not.toContain('</svg>pbft open');
  });

  it('a run of the default load alone says that it has no capacity, and how to ask for one', async () => {
    const plain = digestOf([condition({ load: DEFAULT_LOAD }, [{ throughput_tps: 1200 }])]);
    expect(await reportHtml(plain)).toContain('<code>load: { kind: saturate }</code>');
    expect(await reportHtml(plain)).not.toContain('Throughput and latency, one panel');
    expect(spaced(summaryMarkdown(plain))).toContain('commits 1200 tx/s under pbft; that is bound by latency, and no capacity.');
  });

  it('the terminal compares mechanisms with their capacity and what limits it', () => {
    const text = terminalTable(digest, { color: false, width: 100 });
    expect(text).toMatch(/^Comparison without faults/m);
    expect(text).toMatch(/^ +n .* capacity +limited by +finality$/m);
    expect(text).toMatch(/^pbft\n +16 .* 9000 tx\/s +uplink +2\.00 ms \(latency-bound\)$/m);
    expect(text).toMatch(/Not shown: 6 more variants or loads/);
  });
});

describe('the curve', () => {
  const point = (mean: number) => ({ mean, spread: null });
  const labels = (means: readonly number[]): string[] => spanAxis('y', means.map(point))!.ticks.map(({ label }) => label);

  it('takes logarithmic axes where values span a factor of ten, else linear ones from 0', () => {
    expect(labels([2, 4])).toEqual(['0', '1', '2', '3', '4']);
    expect(labels([0.1, 50])).toEqual(['0.1', '1', '10']);
    expect(spanAxis('y', [])).toBeNull();
  });

  it('joins rates in the order in which they were offered, and rings the knee', () => {
    const figure = rateFigure(modelOf(digest))!;
    expect(figure.panels.map(({ title }) => title)).toEqual(['pbft', 'pow']);
    const [{ lines, rules }] = figure.panels as [(typeof figure.panels)[number]];
    expect(lines.map(({ name, thin }) => [name, thin])).toEqual([
      ['n = 4', true],
      ['n = 16', true],
      ['n = 4', false],
      ['n = 16', false],
      ['knee', undefined],
    ]);
    expect(rules.map((rule) => rule.kind === 'x' && rule.value)).toEqual([9000, 9000]);
    expect(lines[4]!.dots.map(({ x }) => x)).toEqual([9000, 9000]);
    const offered = digest.conditions.filter(({ keys }) => keys.workload === 'pbft' && keys.nodes === 4);
    expect(lines[2]!.dots.length).toBeGreaterThan(offered.length);
  });

  it('has the same scales in all panels of a figure', () => {
    const slow: Queue = { capacity: 6.6, base_ms: 600_000, limit: 'block-space' };
    const panels = rateFigure(
      modelOf(
        digestOf([
          saturated({}, wan),
          ...[3, 6].map((tps) => openAt({ workload: 'pow' }, tps, slow)),
          saturated({ workload: 'raft' }, wan),
        ]),
      ),
    )!.panels;
    expect(panels).toHaveLength(3);
    for (const { x, y } of panels) {
      expect([x.kind, x.domain, x.ticks]).toEqual(['log', panels[0]!.x.domain, panels[0]!.x.ticks]);
      expect([y.kind, y.domain, y.ticks]).toEqual(['log', panels[0]!.y.domain, panels[0]!.y.ticks]);
      expect(x.ticks.length).toBeGreaterThan(1);
    }
  });

  it('calls a series in its panels and knees as it is called everywhere else', () => {
    const looked = (load: LoadSpec, warmup_s: number, window_s: number): LoadSpec => ({ ...load, warmup_s, window_s }) as LoadSpec;
    const of = (load: LoadSpec, nodes = 4) => condition({ load, nodes }, [{ throughput_tps: 900, latency_ms_p50: 8, latency_ms_p99: 10 }]);
    const called = (...conditions: ReturnType<typeof of>[]): string[] => {
      const model = modelOf(digestOf(conditions));
      const titles = rateFigure(model)!.panels.map(({ title }) => title);
      expect([...new Set(model.curves.flatMap(kneeTexts).map((text) => text.split(', n = ')[0]))]).toEqual(titles);
      return titles;
    };
    // The search looks for another time than the offered rates.
    const offered = [100, 900].map((tps) => of(looked(open(tps), 5, 20)));
    expect(called(of(looked(saturate(), 1, 2)), ...offered)).toEqual(['pbft saturate', 'pbft']);
    // More nodes are looked at for longer.
    expect(called(of(looked(saturate(), 1, 2), 4), of(looked(saturate(), 1, 8), 16))).toEqual(['pbft saturate']);
    // Two that differ in that alone.
    expect(called(of(looked(saturate(), 1, 2)), of(looked(saturate(), 1, 8)))).toEqual([
      'pbft saturate window_s=2',
      'pbft saturate window_s=8',
    ]);
    expect(called(...offered, ...[100, 900].map((tps) => of(looked(open(tps), 5, 40)))).length).toBe(2);
  });
});
