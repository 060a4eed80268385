// What the report costs: of the example run, and of one with 30 mechanisms in 4 variants, each with the conditions of a variant of the example.
//   npm run build && node bench/report.mjs [TIMES]
// Bytes, and the CPU seconds (user and system, all threads) and wall seconds of making it from the digest: medians of TIMES (default 5)
// after one that is not counted, on a machine that should do nothing else.
import { Buffer } from 'node:buffer';
import { fileURLToPath } from 'node:url';
import { digestRun } from '../dist/harness/analysis/digest.js';
import { modelOf } from '../dist/harness/analysis/model.js';
import { openRun } from '../dist/harness/folder/read.js';
import { reportHtml } from '../dist/harness/report/html.js';

const times = Number(process.argv[2] ?? '5');
const MECHANISMS = 30;
const VARIANTS = 4;

const example = digestRun(openRun(fileURLToPath(new URL('../results/example-default', import.meta.url))));
const { series } = modelOf(example);
const crowded = {
  ...example,
  conditions: Array.from({ length: MECHANISMS * VARIANTS }, (_, index) => {
    const mechanism = Math.floor(index / VARIANTS);
    return series[mechanism % series.length].conditions.map((one) => ({
      ...one,
      parameters: { ...one.parameters, variant: index % VARIANTS },
      keys: { ...one.keys, workload: `mechanism-${mechanism}`, parameters: `${one.keys.parameters};variant=${index % VARIANTS}` },
    }));
  }).flat(),
};

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
for (const [name, digest] of [
  ['the example run', example],
  [`${MECHANISMS} mechanisms in ${VARIANTS} variants`, crowded],
]) {
  const taken = [];
  let bytes = 0;
  for (let time = 0; time <= times; time++) {
    const before = process.cpuUsage();
    const started = performance.now();
    bytes = Buffer.byteLength(await reportHtml(digest));
    const { user, system } = process.cpuUsage(before);
    if (time > 0) taken.push({ cpu_s: (user + system) / 1e6, wall_s: (performance.now() - started) / 1000 });
  }
  const of = (key) => median(taken.map((one) => one[key])).toFixed(2);
  console.log(
    `${name.padEnd(28)} ${String(digest.conditions.length).padStart(5)} conditions  ${(bytes / 1e6).toFixed(2)} MB  ${of('cpu_s')} s CPU  ${of('wall_s')} s wall`,
  );
}
