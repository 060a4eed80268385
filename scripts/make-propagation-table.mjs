// Writes the table of docs/pow.md that says how blocks get round, from a run of suites/bitcoin-propagation.yaml:
// node scripts/make-propagation-table.mjs DIR. The published figures beside it are quoted, with their sources.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { putSections } from './page-sections.mjs';

const [dir] = process.argv.slice(2);
if (dir === undefined) {
  console.error('usage: node scripts/make-propagation-table.mjs DIR (the folder of a run of suites/bitcoin-propagation.yaml)');
  process.exit(2);
}

/** Rows by column; a quoted field may have commas and doubled quotes in it. */
function rowsOf(text) {
  const [head, ...lines] = text.trimEnd().split('\n').map(fieldsOf);
  return lines.map((line) => Object.fromEntries(head.map((name, i) => [name, line[i]])));
}
function fieldsOf(line) {
  return Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}

/** A mean with half of its interval, and no more digits than that bears. */
function withInterval(row, name, scale) {
  const [mean, low, high] = ['mean', 'ci95_low', 'ci95_high'].map((part) => Number(row[`${name}_${part}`]) * scale);
  const half = Math.max(mean - low, high - mean);
  const digits = half > 0 ? Math.min(2, Math.max(0, 1 - Math.floor(Math.log10(half)))) : 2;
  return `${mean.toFixed(digits)} ± ${half.toFixed(digits)}`;
}

const titles = ['network', 'relay', 'block, MB', 'half have it, s', '90% have it, s', 'stale, %', 'sent a node, kbit/s'];
const rows = rowsOf(readFileSync(path.join(dir, 'summary.csv'), 'utf8')).map((row) => {
  const parameters = Object.fromEntries(row.parameters.split(';').map((one) => one.split(/=(.*)/s)));
  const transactions = Number(row.tx_per_decision);
  const interval_s = transactions / Number(row.throughput_tps_mean);
  const kbps = (Number(row.bytes_per_decision_mean) * 8) / 1000 / Number(row.nodes) / interval_s;
  return [
    /p2p-\d+/.exec(row.network)[0],
    parameters.relay,
    (transactions * Number(parameters['cell.tx_bytes'] ?? 250)) / 1e6,
    withInterval(row, 'propagation_ms_p50', 1e-3),
    withInterval(row, 'propagation_ms_p90', 1e-3),
    withInterval(row, 'stale_rate', 100),
    kbps.toPrecision(3),
  ];
});
const line = (fields) => `| ${fields.join(' | ')} |`;
const text = [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');

putSections('propagation', [['docs/pow.md', `${text}\n`]], 'scripts/make-propagation-table.mjs DIR');
