// Writes the README's tables from the committed example run: node scripts/make-readme-table.mjs [--check]
// They are sections of its summary.md, so that no number is typed by hand and every one keeps its interval, its basis and the
// adversary beside it; the cost table keeps a few node counts, and leaves out the bytes.
import { readFileSync, writeFileSync } from 'node:fs';

const KEPT_NODES = new Set(['4', '16', '100', '1000']);
const summary = readFileSync('results/example-default/summary.md', 'utf8');
const environment = JSON.parse(readFileSync('results/example-default/environment.json', 'utf8'));

/** The first table under a heading, as lines. */
function table(heading) {
  const start = summary.indexOf(`## ${heading}\n`);
  if (start < 0) throw new Error(`summary.md has no section ${heading}`);
  return summary
    .slice(start)
    .split('\n\n')
    .find((block) => block.startsWith('|'))
    .trim()
    .split('\n');
}

/** The fields of a row; a `|` within one is escaped. */
const fields = (row) => row.split(/(?<!\\)\|/).slice(1, -1);
const [header, rule, ...rows] = table('Cost without faults');
const left = fields(header).findIndex((title) => title.trim() === 'bytes per decision');
const without = (row) =>
  `|${fields(row)
    .toSpliced(left, left === -1 ? 0 : 1)
    .join('|')}|`;
const kept = rows.filter((row) => KEPT_NODES.has(fields(row)[1].trim()));

/** The paragraph that says what the table's two bases are. */
const bases = summary
  .slice(summary.indexOf('## Cost without faults\n'))
  .split('\n\n')
  .find((block) => block.startsWith('Marginal:'));
if (bases === undefined) throw new Error('summary.md does not say what the bases of its costs are: make the example run again');
const text = [
  '<!-- prettier-ignore-start -->',
  `Cost of one committed transaction without faults (${environment.cpu_model}, Node ${environment.node}; five regions, 500 transactions of 250 bytes a decision, finality at a risk of reversal of 0.001 against the adversary beside it).`,
  '',
  bases,
  '',
  ...[header, rule, ...kept].map(without),
  '',
  'And where each mechanism broke, in the sweep over fault ratios (bounds are exact, at 95%):',
  '',
  ...table('Where it broke'),
  '<!-- prettier-ignore-end -->',
].join('\n');

const readme = readFileSync('README.md', 'utf8');
const [before, rest] = readme.split(/(?<=<!-- table: begin[^\n]*-->\n)/);
const after = rest.slice(rest.indexOf('<!-- table: end -->'));
const made = `${before}\n${text}\n\n${after}`;
if (process.argv.includes('--check')) {
  if (made !== readme) {
    console.error('README.md is not current: run node scripts/make-readme-table.mjs');
    process.exit(1);
  }
} else writeFileSync('README.md', made);
