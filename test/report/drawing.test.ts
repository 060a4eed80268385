// Drawings of one shape share a compiled specification, and nothing else.
import { beforeEach, expect, test, vi } from 'vitest';
import { linePlot, type LinePlot } from '../../harness/report/plots.ts';

const compiled = vi.hoisted(() => ({ count: 0 }));
vi.mock('vega-lite', async (original) => {
  const module = await original<typeof import('vega-lite')>();
  const compile = ((...given) => {
    compiled.count += 1;
    return module.compile(...given);
  }) as typeof module.compile;
  return { ...module, compile };
});
beforeEach(() => {
  compiled.count = 0;
});

const NODES = [4, 10, 40];
const plot = (yTitle: string, value: (nodes: number) => number): LinePlot => ({
  description: yTitle,
  series: ['one'],
  points: NODES.map((x) => ({ series: 0, x, y: value(x), low: null, high: null, text: `${yTitle} at ${x}` })),
  x: { title: 'nodes', log: true, values: NODES },
  yTitle,
  width: 200,
  height: 100,
  endLabels: true,
});
const linear = plot('joules', (nodes) => nodes);
const cubic = plot('messages', (nodes) => 1000 * nodes * nodes * nodes);

test('drawings of one shape are compiled once, whatever their points, ranges and titles', async () => {
  const drawn = [await linePlot(linear), await linePlot(cubic), await linePlot({ ...linear, yTitle: 'seconds' })];
  expect(compiled.count).toBe(1);
  expect(new Set(drawn).size).toBe(3);
});

test('a drawing holds its own title, ticks, texts and end labels, and none of the drawing before it', async () => {
  const texts = (svg: string | null): string[] => [...svg!.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
  const [first, second] = [await linePlot(linear), await linePlot(cubic)];
  expect(texts(first)).toEqual(expect.arrayContaining(['joules', '5', '10', 'one']));
  expect(texts(first)).not.toContain('messages');
  // 64 thousand to 64 million.
  expect(texts(second)).toEqual(expect.arrayContaining(['messages', '10⁵', '10⁶', '10⁷', 'one']));
  expect(texts(second)).not.toContain('5');
  expect(second).toContain('<title>messages at 40</title>');
  expect(second).not.toContain('joules');
  expect(await linePlot(linear)).toBe(first);
});

test('another width or number of series is another shape', async () => {
  await linePlot({ ...linear, width: 300 });
  await linePlot({ ...linear, series: ['one', 'two'] });
  expect(compiled.count).toBe(2);
});
