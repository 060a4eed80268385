// Writes the tables of README.md and README.zh-CN.md from the committed example run: node scripts/make-readme-table.mjs [--check]
// They are sections of its summary.md, so that no number is typed by hand and every one keeps its interval, its basis and the
// adversary beside it; the cost table keeps a few node counts, leaves out the bytes, and has the capacity that a search for
// saturation found, with what limits it, where the run has one.
import { readFileSync } from 'node:fs';
import { chinese } from './chinese.mjs';
import { putSections } from './page-sections.mjs';

const KEPT_NODES = new Set(['4', '16', '100', '1000']);
const summary = readFileSync('results/example-default/summary.md', 'utf8');
const environment = JSON.parse(readFileSync('results/example-default/environment.json', 'utf8'));
const doubts = JSON.parse(readFileSync('results/example-default/costs.json', 'utf8')).warnings?.length ?? 0;
const COSTS = '[costs.json](results/example-default/costs.json)';

const has = (heading) => summary.includes(`## ${heading}\n`);

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

/** `rate (what limits it)` by mechanism and n, of the rows of load saturate. */
function capacities() {
  if (!has('Rate and latency without faults')) return new Map();
  const [titles, , ...rates] = table('Rate and latency without faults');
  const names = fields(titles).map((title) => title.trim());
  const found = new Map();
  for (const row of rates) {
    const values = fields(row).map((value) => value.trim());
    const of = (title) => values[names.indexOf(title)];
    const [mechanism, load] = values[0].split(/ (?=saturate(?:$|[( ]))/);
    if (load !== undefined && of('that is') === 'capacity' && of('tx/s') !== '–')
      found.set(`${mechanism} ${values[1]}`, `${of('tx/s')} (${of('limited by') ?? '–'})`);
  }
  return found;
}
const capacity = capacities();
const placeOf = (row) =>
  fields(row)
    .slice(0, 2)
    .map((field) => field.trim());
/** Costs are those of one decision after another; what a mechanism can do at the most stands in its column. */
const kept = rows.filter((row) => {
  const [mechanism, nodes] = placeOf(row);
  const loaded = / (?:saturate(?:$|[( ])|open\(|closed\()/.test(mechanism);
  return !loaded && (KEPT_NODES.has(nodes) || capacity.has(`${mechanism} ${nodes}`));
});
const capacityTitle = capacity.size > 0 ? [' capacity, tx/s (limited by) |', ' ---: |'] : ['', ''];
const capacityOf = (row) => (capacity.size > 0 ? ` ${capacity.get(placeOf(row).join(' ')) ?? '–'} |` : '');

/** The paragraph that says what the table's two bases are. */
const bases = summary
  .slice(summary.indexOf('## Cost without faults\n'))
  .split('\n\n')
  .find((block) => block.startsWith('Marginal:'));
if (bases === undefined) throw new Error('summary.md does not say what the bases of its costs are: make the example run again');
/** By language what stands around the tables; numbers, mechanisms and kinds of fault are the same in each. */
const LANGUAGES = [
  {
    file: 'README.md',
    words: (text) => text,
    costs: ({ cpu_model, node }) =>
      `Cost of one committed transaction without faults (${cpu_model}, Node ${node}; five regions, 500 transactions of 250 bytes a decision, finality at a risk of reversal of 0.001 against the adversary beside it).`,
    doubt: `**The machine was not quiet: ${doubts} warnings about the measured costs stand in ${COSTS}.**`,
    broke: 'And where each mechanism broke, in the sweep over fault ratios (bounds are exact, at 95%):',
  },
  {
    file: 'README.zh-CN.md',
    words: chinese,
    costs: ({ cpu_model, node }) =>
      `无故障时提交一笔交易的成本（${cpu_model}，Node ${node}；五个地区，每次决议 500 笔、每笔 250 字节的交易，最终确定按 0.001 的逆转风险计，所防对手列在旁边）。`,
    doubt: `**测量时机器并不空闲：${COSTS} 中有 ${doubts} 条关于所测成本的警告。**`,
    broke: '以及在故障比例的扫描中，每种机制从何处失效（上下限为 95% 的精确界）：',
  },
];

/** A row of a table in other words: names of mechanisms, kinds of fault and whatever is told before `names` columns stay. */
const translated = (row, names, words) =>
  `|${fields(row)
    .map((field, index) => (index < names || /^[\s:-]+$/.test(field) ? field : words(field)))
    .join('|')}|`;
const inWords = ([titles, line, ...others], names, words) => [
  translated(titles, 0, words),
  line,
  ...others.map((row) => translated(row, names, words)),
];

function sectionOf({ words, costs, doubt, broke }) {
  const table1 = [
    without(header) + capacityTitle[0],
    without(rule) + capacityTitle[1],
    ...kept.map((row) => without(row) + capacityOf(row)),
  ];
  return [
    '<!-- prettier-ignore-start -->',
    costs(environment),
    '',
    words(bases),
    '',
    ...(doubts === 0 ? [] : [doubt, '']),
    ...inWords(table1, 1, words),
    '',
    broke,
    '',
    ...inWords(table('Where it broke'), 2, words),
    '<!-- prettier-ignore-end -->',
  ].join('\n');
}

putSections(
  'table',
  LANGUAGES.map((language) => [language.file, `${sectionOf(language)}\n`]),
  'scripts/make-readme-table.mjs',
);
