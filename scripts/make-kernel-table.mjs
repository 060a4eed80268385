// Writes the kernel table of README.md and README.zh-CN.md from the committed run bench/kernels-example/: node scripts/make-kernel-table.mjs [--check]
// That run is made by: npm run cli -- kernels --out bench/kernels-example --keep
import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { chinese } from './chinese.mjs';
import { putSections } from './page-sections.mjs';
import { rateText } from '../dist/harness/export/kernels.js';
import { yardstick } from '../dist/harness/measure/kernels.js';

const FOLDER = 'bench/kernels-example';
const OWN = ['wasm-simd', 'wasm', 'reference'];
/** Rows of the cost table alone, and of the simulator, stand in kernels.csv. */
const LEFT_OUT = /-batch-(2|4|8|16|32)$|^simulate-/;

const json = (file) => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8'));
const { environment, threads, kernels, cost_table } = json('kernels.json');
const backend = environment.wasm_simd ? 'wasm-simd' : 'wasm';

const rate = (value) => rateText(value).trim();
const find = (kernel, name, count = 1) => kernels.find((row) => row.kernel === kernel && row.backend === name && row.threads === count);
const cell = (row) => (row === undefined ? '' : rate(row.rate_median));
const ratio = (value) => (value === null || value === undefined ? '' : value.toFixed(value >= 10 ? 1 : 2));

function bestPeer(kernel) {
  const peers = kernels.filter((row) => row.kernel === yardstick(kernel) && row.threads === 1 && !OWN.includes(row.backend));
  return peers.reduce((best, row) => (best === undefined || row.rate_median > best.rate_median ? row : best), undefined);
}

const most = Math.max(...threads.rows.map((row) => row.threads));
const measured = kernels.filter((row) => row.backend === backend && row.threads === 1 && !LEFT_OUT.test(row.kernel));
const rows = measured.map((row) => {
  const { kernel } = row;
  const peer = bestPeer(kernel);
  const scaled = threads.rows.find((other) => other.kernel === kernel && other.threads === most);
  return [
    `\`${kernel}\``,
    row.unit,
    `**${rate(row.rate_median)}**`,
    backend === 'wasm' ? '' : cell(find(kernel, 'wasm')),
    cell(find(kernel, 'reference')),
    cell(find(kernel, 'node-crypto')),
    peer === undefined ? '' : `${rate(peer.rate_median)} ${peer.backend}`,
    ratio(row.ratio_to_best_peer),
    scaled === undefined ? '' : `${scaled.speedup.toFixed(2)} ×`,
  ];
});
const simulated = kernels
  .filter((row) => row.kernel.startsWith('simulate-'))
  .map((row) => [row.kernel.slice('simulate-'.length), rate(row.rate_median), row.unit]);
const { cpu_model, cores_usable, node, v8, git_commit, load_average } = environment;
const header = ['kernel', 'unit', backend, 'scalar', 'reference', 'node:crypto', 'best peer', '× best peer', `on ${most} threads`];
const chosen = (cost_table.forms ?? []).map(({ kernel, form }) => `\`${kernel}\` ${form}`).join(', ');
const line = (cells) => `| ${cells.join(' | ')} |`;
const cold = [...threads.cold_pool_ms].sort((x, y) => x - y)[threads.cold_pool_ms.length >> 1];
const cpu = cpu_model.trim();
const commit = git_commit.slice(0, 7);
const LANGUAGES = [
  {
    file: 'README.md',
    words: (text) => text,
    head: [
      `Medians of one thread on ${cpu}, Node ${node} (V8 ${v8}), ${cores_usable} cores, load ${load_average[0]} at the start; commit ${commit}.`,
      `[${FOLDER}](${FOLDER}/) holds every sample. \`npm run cli -- kernels\` makes the same on your machine; [docs/measuring.md](docs/measuring.md) says how.`,
    ],
    foot: `Batches are held against single verifications and rolled searches against plain ones, since peers have neither. First result of a cold pool of ${most} threads: ${cold.toFixed(0)} ms.`,
    forms: `Forms that the search chose (docs/kernels.md): ${chosen}.`,
    simulator: (list) => `The simulator itself, one thread: ${list.join('; ')}.`,
  },
  {
    file: 'README.zh-CN.md',
    words: chinese,
    head: [
      `单线程中位数：${cpu}，Node ${node}（V8 ${v8}），${cores_usable} 核，开始时负载 ${load_average[0]}；提交 ${commit}。`,
      `全部样本在 [${FOLDER}](${FOLDER}/)。\`npm run cli -- kernels\` 在本机做同样的测量，方法见 [docs/measuring.md](docs/measuring.md)。`,
    ],
    foot: `同类库没有批量验证和滚动搜索，因此分别与逐个验证和普通搜索比较。${most} 个线程的冷线程池给出第一个结果：${cold.toFixed(0)} ms。`,
    forms: `搜索选定的形式（docs/kernels.md）：${chosen}。`,
    simulator: (list) => `模拟器本身，单线程：${list.join('；')}。`,
  },
];

async function sectionOf({ file, words, head, foot, forms, simulator }) {
  const text = [
    ...head,
    '',
    line(header.map(words)),
    line(header.map((_, column) => (column < 2 || column === 6 ? '---' : '---:'))),
    ...rows.map(([kernel, unit, ...cells]) => line([kernel, words(unit), ...cells])),
    '',
    foot,
    '',
    ...(chosen === '' ? [] : [forms, '']),
    simulator(simulated.map(([name, value, unit]) => `${name} ${value} ${words(unit)}`)),
  ].join('\n');
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
}

const sections = await Promise.all(LANGUAGES.map(async (language) => [language.file, await sectionOf(language)]));
putSections('kernels', sections, 'scripts/make-kernel-table.mjs');
