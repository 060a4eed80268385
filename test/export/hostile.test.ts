// Names that come from elsewhere (suites, cost tables, machines, errors) are inert in every file of a run, the report included: markup, formulas,
// quotes, lines, marks that turn the direction of text, and what is special to LaTeX.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parsers } from 'prettier/plugins/markdown';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { compareRuns, type RunCondition } from '../../harness/analysis/compare.ts';
import { comparedRun } from '../../harness/analysis/compared-run.ts';
import { digestRun } from '../../harness/analysis/digest.ts';
import { comparisonMarkdown } from '../../harness/export/comparison.ts';
import { exportRun } from '../../harness/export/export.ts';
import { tex } from '../../harness/export/latex.ts';
import { inert } from '../../harness/export/markdown.ts';
import { terminalTable } from '../../harness/export/terminal.ts';
import { openRun } from '../../harness/folder/read.ts';
import { comparisonHtml } from '../../harness/report/compare.ts';
import { escape } from '../../harness/report/table.ts';
import { visible } from '../../harness/words.ts';
import { csvTable } from './csv-table.ts';
import { syntheticRun } from './synthetic.ts';

const PARTS = {
  markup: '<script>evil()</script><img src=x onerror=evil()>&lt;&#x41;</svg></table>',
  quotes: `"' onmouseover="evil()" x='`,
  direction: 'a\u202egpj.exe\u202c\u2066b\u2069\u200f\u061c\u200b',
  controls: '\u0007\u001b[31mred\u009b2J\u2028\u2029\ufeff',
  lines: '\n\n# heading\r\n- item\t1',
  markdown:
    '[evil](https://evil.example) ![evil](x.png) `code` **bold** _em_ ~~del~~ | cell | www.evil.example evil@evil.example <https://evil.example>',
  latex: '\\input{evil} \\\\[1em] % comment # $x^2$ {\\bf x} ~ & _ ^ -- "a [x] *',
  formula: '=1+1',
  other: 'σ 銀行 é 𝄞',
};
const HOSTILE = Object.values(PARTS).join(' ');
/** At the beginning of a field. */
const FORMULAS = ['=cmd|"/c calc"!A1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1'];

/** Neither a line's end nor a tab, and not to be seen. */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const dir = syntheticRun({ mechanisms: ['pow', 'pbft'], nodes: [4, 7], replicates: 2, variants: 2, text: `${FORMULAS[0]!} ${HOSTILE}` });
afterAll(() => rmSync(dir, { recursive: true }));
const read = (name: string): string => readFileSync(path.join(dir, name), 'utf8');
const INPUTS = ['plan.json', 'records.ndjson', 'samples.ndjson', 'costs.json', 'environment.json', 'suite.yaml'];
let made: string[] = [];
const ending = (end: string): string[] => made.filter((name) => name.endsWith(end));

beforeAll(async () => {
  const within = JSON.stringify(HOSTILE);
  const inText = within.slice(1, -1);
  writeFileSync(
    path.join(dir, 'plan.json'),
    read('plan.json')
      .replace('"suite":"synthetic"', () => `"suite":${within}`)
      .replaceAll('"variant":1', () => `"variant":${within}`),
  );
  writeFileSync(
    path.join(dir, 'records.ndjson'),
    read('records.ndjson')
      .replaceAll('variant=1', () => `variant=${inText}`)
      .replaceAll('"network":"wan-5-regions"', () => `"network":${within}`),
  );
  const costs = JSON.parse(read('costs.json')) as {
    machine: string;
    watts_source: string;
    kernels: { kernel: string; unit: string; warning: string | null }[];
  };
  costs.machine = costs.watts_source = HOSTILE;
  for (const [index, formula] of FORMULAS.entries())
    costs.kernels.push({ ...costs.kernels[0]!, kernel: formula, unit: `${index} ${HOSTILE}`, warning: HOSTILE });
  writeFileSync(path.join(dir, 'costs.json'), JSON.stringify(costs));
  writeFileSync(
    path.join(dir, 'environment.json'),
    JSON.stringify({ ...(JSON.parse(read('environment.json')) as object), cpu_model: HOSTILE, run: { [HOSTILE]: HOSTILE } }),
  );
  writeFileSync(
    path.join(dir, 'samples.ndjson'),
    FORMULAS.map((source) => `${JSON.stringify({ source, index: 0, seconds: 0.01 })}\n`).join(''),
  );
  mkdirSync(path.join(dir, 'figures'), { recursive: true });
  await exportRun(dir);
  made = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name) && !INPUTS.includes(name));
}, 120_000);

it('no text file has a character that cannot be seen', () => {
  expect(made.length).toBeGreaterThan(12);
  for (const name of made.filter((one) => !/\.(parquet|png)$/.test(one))) expect(read(name).match(UNSEEN)?.[0], name).toBeUndefined();
});

/** The tags of HTML or SVG with what stands in their quotes left out. */
const tagsOf = (text: string): string[] =>
  (text.match(/<[a-z/](?:"[^"]*"|'[^']*'|[^'">])*>/gi) ?? []).map((tag) => tag.replace(/"[^"]*"|'[^']*'/g, '""'));

test('HTML and SVG: no element and no attribute comes from a name, and the name is shown', () => {
  const pages = [...ending('.html'), ...ending('.svg')];
  expect(pages).toContain('report.html');
  for (const name of pages) {
    const tags = tagsOf(read(name));
    expect(
      tags.filter((tag) => /^<\/?(script|img|iframe|object|embed|link|base|form)\b|\son\w+=|javascript:|evil/i.test(tag)),
      name,
    ).toEqual([]);
    expect(tags.length).toBeGreaterThan(3);
  }
  expect(read('report.html')).toContain(escape(visible(PARTS.markup)));
  expect(read('report.html')).toContain('a\\u202egpj.exe\\u202c');
});

test('CSV: every row has its columns, no field is a formula, and a reader gets the text', () => {
  for (const name of ending('.csv')) {
    const { names, rows } = csvTable(read(name));
    for (const row of rows) {
      expect(row, name).toHaveLength(names.length);
      for (const field of row) if (Number.isNaN(Number(field))) expect(field, name).not.toMatch(/^[=+\-@\t\r]/);
    }
  }
  const fields = csvTable(read('records.csv')).rows.flat();
  expect(fields).toContain(`'${visible(`${FORMULAS[0]!} ${HOSTILE}`)}`);
  const kernels = csvTable(read('kernels.csv')).rows.map(([kernel]) => kernel);
  for (const formula of FORMULAS) expect(kernels).toContain(`'${formula}`);
});

interface MarkdownNode {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly MarkdownNode[];
}
const nodesOf = (node: MarkdownNode): MarkdownNode[] => [node, ...(node.children ?? []).flatMap(nodesOf)];
const markdown = async (text: string): Promise<MarkdownNode[]> =>
  nodesOf((await parsers.markdown.parse(text, {} as never)) as MarkdownNode);

const LIVE = new Set([
  'html',
  'link',
  'linkReference',
  'image',
  'imageReference',
  'delete',
  'strong',
  'emphasis',
  'jsx',
  'math',
  'inlineMath',
  'liquidNode',
]);

describe('Markdown', () => {
  it('the tree of summary.md has no markup of a name', async () => {
    const nodes = await markdown(read('summary.md'));
    expect(nodes.filter(({ type, value, children }) => LIVE.has(type) && JSON.stringify([value, children]).includes('evil'))).toEqual([]);
    expect(nodes.filter(({ type }) => type === 'html')).toEqual([]);
    expect(nodes.filter(({ type, children }) => type === 'heading' && JSON.stringify(children).includes('"heading"'))).toEqual([]);
    for (const table of nodes.filter(({ type }) => type === 'table'))
      for (const row of table.children!) expect(row.children).toHaveLength(table.children![0]!.children!.length);
  });
  it('text reads back as it was, in paragraphs, lists and tables', async () => {
    const plain =
      'a_b _c_ *d* **e** `f` [g](h) ![i](j) <b>k</b> ~~l~~ & &amp; &#65; \\ m|n 1 < 2 https://o.example www.p.example q@r.example $s$';
    for (const frame of [(text: string) => text, (text: string) => `- x: ${text}`, (text: string) => `| a |\n| --- |\n| ${text} |`]) {
      const nodes = await markdown(frame(inert(plain)));
      expect(nodes.flatMap(({ type }) => (LIVE.has(type) ? [type] : []))).toEqual([]);
      expect(nodes.flatMap(({ value }) => value ?? []).join('')).toContain(plain);
    }
  });
});

test('a comparison: nothing of a name is markup in Markdown or HTML, in the notes on what has no partner either', async () => {
  const run = { ...comparedRun(dir, () => {}), dir: HOSTILE };
  const isPlain = ({ summary }: RunCondition): boolean => summary.parameters['variant'] === 0;
  const conditions = [...run.conditions.filter((one) => !isPlain(one)), ...run.conditions.filter(isPlain)];
  // Those without a partner have the hostile name, and come first.
  const comparison = compareRuns(
    [
      { ...run, conditions },
      { ...run, conditions: conditions.slice(-1) },
    ],
    { threshold: 0.05 },
  );
  const text = comparisonMarkdown(comparison);
  const notes = text.split('\n').filter((line) => line.startsWith('- '));
  expect(notes.some((note) => note.includes('not in it') && note.includes('evil'))).toBe(true);
  const nodes = await markdown(text);
  expect(nodes.filter(({ type, value, children }) => LIVE.has(type) && JSON.stringify([value, children]).includes('evil'))).toEqual([]);
  expect(nodes.filter(({ type, value }) => type === 'html' && !/^<\/?(details|summary)>/.test(value!))).toEqual([]);
  const tags = tagsOf(comparisonHtml(comparison));
  expect(tags.filter((tag) => /^<\/?(script|img|iframe|object|embed|link|base|form)\b|\son\w+=|javascript:|evil/i.test(tag))).toEqual([]);
  for (const page of [text, comparisonHtml(comparison)]) expect(page).not.toMatch(UNSEEN);
});

describe('LaTeX', () => {
  const ALLOWED = new Set(
    'begin end centering small footnotesize setlength tabcolsep caption label toprule midrule bottomrule addlinespace multicolumn raggedright arraybackslash linewidth si num second joule watt kilo gram per usepackage input providecommand consensusbenchcharacter ifdefined directlua char relax else fi XeTeXversion textbackslash textasciitilde textasciicircum textless textgreater textbar textasciigrave allowbreak pm times div cdot leq geq lfloor rfloor lceil rceil varphi mu dots'.split(
      ' ',
    ),
  );
  /** Commands of a letter or more, and single characters that are not escaped specials. */
  const commands = (text: string): string[] => [...text.matchAll(/\\([a-zA-Z]+|[^])/g)].map(([, name]) => name!);
  it('summary.tex has no command of a name, and its braces match', () => {
    const lines = read('summary.tex').split('\n');
    const text = lines.filter((line) => !line.startsWith('%')).join('\n');
    expect([...new Set(commands(text))].filter((name) => !ALLOWED.has(name) && !/^[\\{}$&#%_,]$/.test(name))).toEqual([]);
    expect(text.match(/(?<!\\)%/g)).toBeNull();
    const bare = text.replace(/\\[^]/g, '');
    expect(bare.match(/\{/g)).toHaveLength(bare.match(/\}/g)!.length);
    expect(bare.match(/\$/g)!.length % 2).toBe(0);
    expect(text).toContain('\\textbackslash{}input\\{evil\\}');
    expect(
      lines.slice(0, 3).every((line) => line.startsWith('% ')),
      'a name has not ended the comment',
    ).toBe(true);
  });
  it('every special character is printed', () => {
    expect(tex('\\{}$&#%_~^<>|`"-- -[]*\n\u202eφé銀')).toBe(
      '\\textbackslash{}\\{\\}\\$\\&\\#\\%\\_\\allowbreak{}\\textasciitilde{}\\textasciicircum{}\\textless{}\\textgreater{}\\textbar{}\\textasciigrave{}{\\char34}-{}- -{[}{]}{*} \\textbackslash{}u202e$\\varphi$é\\consensusbenchcharacter{9280}',
    );
  });
});

test('JSON: the text is the same after reading, and inert before', () => {
  const files = ending('.json').filter((name) => !name.startsWith('figures'));
  expect(files).toEqual(expect.arrayContaining(['records.json', 'summary.json', 'hyperfine.json', 'github-action-benchmark.json']));
  for (const name of files) {
    expect(read(name), name).not.toMatch(/[<>&]/);
    JSON.parse(read(name));
  }
  const { suite, rows } = JSON.parse(read('records.json')) as { suite: string; rows: Record<string, unknown>[] };
  expect(suite).toBe(HOSTILE);
  expect(rows.map(({ p_variant }) => p_variant)).toContain(HOSTILE);
  expect(rows.map(({ state_reason }) => state_reason)).toContain(`${FORMULAS[0]!} ${HOSTILE}`);
  expect((JSON.parse(read('hyperfine.json')) as { results: object[] }).results.length).toBe(0);
});

test('the terminal: no escape sequence, and no line more', async () => {
  const text = terminalTable(digestRun(openRun(dir)), { color: false, width: 80 });
  expect(text).not.toMatch(UNSEEN);
  expect(text).toContain('\\u001b[31m');
});
