// Writes the README's tables from the committed example run: node scripts/make-readme-table.mjs [--check]
// They are sections of its summary.md, so that no number is typed by hand; the cost table keeps a few node counts.
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

const [header, rule, ...rows] = table('Cost without faults');
const kept = rows.filter((row) => KEPT_NODES.has(row.split('|')[2].trim()));
const text = [
  '<!-- prettier-ignore-start -->',
  `Cost of one committed transaction without faults (${environment.cpu_model}, Node ${environment.node}; five regions, 500 transactions of 250 bytes a decision, finality at a risk of reversal of 0.001):`,
  '',
  header,
  rule,
  ...kept,
  '',
  'And where each mechanism broke, in the sweep over fault ratios:',
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
