// How large a report is, and that nothing of a large run is missing in it.
import { Buffer } from 'node:buffer';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CONDITION_COLUMNS } from '../../harness/analysis/costs.ts';
import { digestRun } from '../../harness/analysis/digest.ts';
import { joined, verdictText } from '../../harness/analysis/estimate.ts';
import { faultLabel } from '../../harness/analysis/model.ts';
import { openRun } from '../../harness/folder/read.ts';
import { drawnOf, reportHtml } from '../../harness/report/html.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import { escape } from '../../harness/report/table.ts';
import { crowdedDigest } from '../export/synthetic-digest.ts';

test('the report of 30 mechanisms in 4 variants is below 5 MB, with every variant in every figure, and every condition and metric in a table', async () => {
  const digest = crowdedDigest(30, { nodes: [4, 7, 10], replicates: 3, variants: 4 });
  const drawn = drawnOf(modelOf(digest), digest);
  const html = await reportHtml(digest, drawn);
  expect(Buffer.byteLength(html)).toBeLessThan(5_000_000);

  const { series } = drawn.model;
  expect(series).toHaveLength(30 * 4);
  const missing: string[] = [];
  for (const { id, panels, group } of drawn.figures) {
    if (group === 'measured' || group === 'faults') continue;
    const names = new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)));
    for (const { label } of series) if (!names.has(label)) missing.push(`${label} in ${id}`);
  }
  const panels = drawn.figures.find(({ group }) => group === 'faults')!.panels.map(({ title }) => title);
  for (const { label, conditions } of series)
    for (const kind of new Set(conditions.map(({ keys }) => keys.fault_kind)))
      if (!panels.includes(`${label}, ${kind}`)) missing.push(`${label} under ${kind}`);
  // A panel for each that is in the page, and not in the model alone.
  for (const { panels: drawnPanels } of drawn.figures)
    for (const { description } of drawnPanels) if (!html.includes(`aria-label="${escape(description)}"`)) missing.push(description);

  const text = (cell: string): string => cell.replace(/<br>.*/, '').replace(/<[^>]+>/g, '');
  const tables = html.slice(html.indexOf('<section id="conditions">')).split('<details>').slice(1);
  expect(tables).toHaveLength(series.length);
  let values = 0;
  for (const [index, { label, conditions }] of series.entries()) {
    const [head = '', body = ''] = tables[index]!.split('</thead>');
    const titles = [...head.matchAll(/<th scope[^>]*>([^<]*)/g)].map(([, title]) => title!.replaceAll('&shy;', ''));
    const rows = [...body.matchAll(/<tr>(.*)<\/tr>/g)].map(([, row]) =>
      [...row!.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => text(cell!)),
    );
    expect(rows).toHaveLength(conditions.length);
    for (const [at, summary] of conditions.entries()) {
      const { keys } = summary;
      expect(rows[at]!.slice(0, 4), label).toEqual([String(keys.nodes), keys.fault_kind, faultLabel(summary), verdictText(summary)]);
      for (const { title, estimate } of CONDITION_COLUMNS) {
        const value = estimate(summary, { plain: false });
        if (value === null) continue;
        values += 1;
        if (rows[at]![titles.indexOf(title)] !== escape(joined(value))) missing.push(`${label}, ${title}: ${joined(value)}`);
      }
    }
  }
  expect(missing).toEqual([]);
  // 30 conditions of a vote and 42 of a chain in each variant, but for those of two replicates; most have all of 13 values.
  expect(values).toBeGreaterThan(40_000);
});

test('the report of the example run is below 1.5 MB', async () => {
  const digest = digestRun(openRun(fileURLToPath(new URL('../../results/example-default', import.meta.url))));
  expect(Buffer.byteLength(await reportHtml(digest))).toBeLessThan(1_500_000);
});
