// Sections of the report that are no plots: diagrams, findings by subject, terms, what held, the environment.
import { beforeAll, expect, test } from 'vitest';
import type { RunDigest } from '../../harness/analysis/digest.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import { diagramSection } from '../../harness/report/diagrams.ts';
import { findingsList } from '../../harness/report/findings.ts';
import { reportHtml } from '../../harness/report/html.ts';
import { environmentSection } from '../../harness/report/machine.ts';
import { linkTerms } from '../../harness/report/terms.ts';
import { syntheticDigest } from '../export/synthetic-digest.ts';

let digest: RunDigest;
let html: string;
beforeAll(async () => {
  digest = syntheticDigest({ nodes: [4, 7, 10, 31], replicates: 3 });
  html = await reportHtml(digest);
});

test('a vote in the normal case and with a silent leader, and the blocks of one chain, the same each time', async () => {
  const section = (await diagramSection(digest))!;
  expect([...section.matchAll(/class="diagram ([\w-]+)"/g)].map(([, kind]) => kind)).toEqual(['sequence', 'sequence-fault', 'tree']);
  expect(section).toContain('Practical Byzantine fault tolerance: silent leader');
  expect(section).toContain('>NEW-VIEW<');
  expect(await diagramSection(digest)).toBe(section);
  // Up to 60 decisions, and the confirmations of the last one.
  expect([...section.matchAll(/class="block \w+"/g)].length).toBeLessThan(300);
  expect(html).toContain(section.slice(0, 200));
});

test('a run with neither has no such section', async () => {
  const bare: RunDigest = { ...digest, examples: { chain: null, vote: null } };
  expect(await diagramSection(bare)).toBeNull();
  expect(await reportHtml(bare)).not.toContain('id="diagrams"');
});

test('a chain whose parameters its mechanism no longer takes is not drawn', async () => {
  const chain = { ...digest.examples.chain!, parameters: { of_another_version: 1 } };
  const section = await diagramSection({ ...digest, examples: { ...digest.examples, chain } });
  expect(section).toContain('class="diagram sequence"');
  expect(section).not.toContain('class="diagram tree"');
});

test('findings of one subject stand together', () => {
  const list = findingsList(['Energy, marginal: a.', 'Faults: b.', 'Energy, provisioned: c <d>.', 'Faults: nothing: e.', 'no subject']);
  expect(list).toBe(
    '<dl class="findings"><dt>Energy</dt><dd><ul><li><b>Marginal:</b> a.</li><li><b>Provisioned:</b> c &lt;d&gt;.</li></ul></dd>' +
      '<dt>Faults</dt><dd><ul><li>B.</li><li>Nothing: e.</li></ul></dd><dt></dt><dd>No subject</dd></dl>',
  );
});

test('a term leads to its meaning where it first stands in a text, once, and never within a tag, a drawing or code', () => {
  const page =
    '<h2>cells</h2><svg aria-label="a>cell"><title>cell</title></svg><p title="cell">of <code>cell</code> no <b>cell</b>, cells</p><p>cell, risk</p>';
  const linked = linkTerms(page).replace(/ title="[^"]{9,}"/g, '');
  expect(linked).toBe(
    page
      .replace('<b>cell</b>', '<b><a class="term" href="#term-cell">cell</a></b>')
      .replace('risk', '<a class="term" href="#term-risk">risk</a>'),
  );
  for (const id of ['cell', 'condition', 'decision', 'replicate', 'risk']) {
    expect([...html.matchAll(new RegExp(`href="#term-${id}"`, 'g'))], id).toHaveLength(1);
    expect(html).toContain(`id="term-${id}"`);
  }
});

test('what held throughout its sweep is said in one line, and the table of thresholds has the rest', () => {
  const { breakings } = modelOf(digest);
  const held = breakings.filter(({ thresholds, undecided }) => undecided === null && Object.keys(thresholds).length === 0);
  const from = html.indexOf('Table 3.');
  const rows = html.slice(from, html.indexOf('</table>', from)).split('<tr').length - 2;
  expect(rows).toBe(breakings.length - held.length);
  const line = /<p><b>Held throughout its sweep:<\/b> ([^<]*)<\/p>/.exec(html)?.[1] ?? '';
  expect(line === '' ? 0 : line.split('; ').length).toBe(held.length);
});

test('the environment stands in units that people read', () => {
  const environment = {
    taken_at: '2026-11-29T01:48:10.809Z',
    memory_bytes: 25_769_803_776,
    cells_wall_s: 112.8,
    virtual_machine: true,
    cpu_quota: null,
    load_average: [0.9, 2.85],
    starts: [{ node: '20' }],
    warnings: [{ figure: 'x', text: 'y' }],
    run: { threads: 2 },
  };
  const text = environmentSection({ ...digest, run: { ...digest.run, environment } }).replaceAll('\u00a0', ' ');
  expect([...text.matchAll(/<dt>([^<]*)<\/dt><dd>([^<]*)<\/dd>/g)].map(([, name, value]) => `${name}: ${value}`)).toEqual([
    'taken at: 2026-11-29 01:48 UTC',
    'memory: 24 GiB',
    'cells wall: 1.88 min',
    'virtual machine: yes',
    'load average: 0.9, 2.85',
    'run.threads: 2',
  ]);
});
