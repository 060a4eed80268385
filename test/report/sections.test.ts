// Sections of the report that are no plots: diagrams, findings by subject, terms, what held, the environment.
import { beforeAll, expect, test } from 'vitest';
import type { RunDigest } from '../../harness/analysis/digest.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import { diagramSection } from '../../harness/report/diagrams.ts';
import { findingsList } from '../../harness/report/findings.ts';
import { reportHtml } from '../../harness/report/html.ts';
import { environmentSection } from '../../harness/report/machine.ts';
import { LINK_LABELS, NODE_PROFILES, PROFILE_LABELS } from '../../harness/model/cell.ts';
import { networkTables, nodeTable } from '../../harness/report/settings.ts';
import { escape } from '../../harness/report/table.ts';
import { JITTER, REGIONS_5 } from '../../harness/simulate/core/network-data.ts';
import { presetLinks } from '../../harness/suite/network-presets.ts';
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

test('the method names every constant of nodes and networks with its source, as the place that defines it says it', () => {
  const section = html.slice(html.indexOf('<section id="method">'), html.indexOf('<section id="kernels">'));
  for (const { name, source } of Object.values(PROFILE_LABELS)) {
    expect(section).toContain(`>${escape(name)}</th>`);
    expect(section).toContain(escape(source));
  }
  for (const { source } of Object.values(LINK_LABELS)) expect(section).toContain(escape(source));
  expect(section).toContain(REGIONS_5.origin);
  expect(section).toContain(JITTER.origin);
  expect(section).toContain('<td>163.8</td>');
  expect(section).toContain('<tr><th scope="row">Ed25519 signature checked</th><td>110\u00a0000</td><td class="t">ns</td>');
});

test('what a suite sets has no other source, and links of a preset have that of the preset', () => {
  const links = presetLinks('p2p-2019', ['europe', 'japan']);
  const preset = {
    kind: 'matrix',
    name: 'p2p-2019',
    origin: 'measured by somebody',
    one_way_ms: [
      [1, 2],
      [2, 1],
    ],
    jitter: 0,
  } as const;
  const own = { ...preset, name: 'mine', bandwidth_mbps: { regions: [10, 20] }, loss: 0.1, rto_ms: 200 } as const;
  const settings = {
    nodes: [{ ...NODE_PROFILES.server, name: 'mine', profile: 'server', verify_ns: 1 }, NODE_PROFILES.free] as const,
    networks: [{ ...preset, regions: ['europe', 'japan'], ...links, loss: 0, rto_ms: 200 }, own, { kind: 'fixed', delay_ms: 100 }] as const,
    more: 2,
  };
  const sourcesIn = (text: string): string[][] =>
    [...text.matchAll(/<th scope="row">([^<]*)<\/th><td[^>]*>(.*?)<\/td><td class="t">[^<]*<\/td><td class="prose">([^<]*)/g)].map((row) =>
      row.slice(1).map((cell) => cell.replace(/<wbr>/g, '')),
    );
  const nodes = sourcesIn(nodeTable(settings));
  expect(nodes.find(([, value]) => value === '1')).toEqual(['Ed25519 signature checked', '1', 'set by the suite']);
  expect(nodes.filter(([, , source]) => source === 'set by the suite')).toHaveLength(1);
  expect(nodes.filter(([, , source]) => source === 'the profile free: work takes no time')).toHaveLength(10);
  const networks = sourcesIn(networkTables(settings));
  expect(networks.filter(([name]) => name === 'a node sends')).toEqual([
    ['a node sends', 'regions(20.7|10.2)', 'measured by somebody'],
    ['a node sends', 'regions(10|20)', 'set by the suite'],
  ]);
  expect(networks).toContainEqual(['share of sends that are lost', '0.1', 'set by the suite']);
  expect(networks).toContainEqual(['one-way delay', '100', 'set by the suite']);
  expect(networkTables(settings)).toContain('2 more profiles or networks like these: suite.yaml has all.');
});
