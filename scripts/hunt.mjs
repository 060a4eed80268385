// Hunts for bugs: draws whole configurations, runs them, and looks whether what their mechanism claims holds.
//   npm run hunt -- [--seconds 60] [--workload ID] [--mutant NAME|all] [--from N]
//   npm run hunt -- --seed N [--workload ID] [--mutant NAME]     one configuration again: the suite, the messages, the verdict
// Exit status: 0 nothing found (of a mutant: found), 1 otherwise, 2 usage.
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { configurationOf, isHunted } from './hunt/draw.mjs';
import { MUTANTS, plant } from './hunt/mutants.mjs';
import { caseOf, toolOf } from './hunt/tool.mjs';
import { judge } from './hunt/verdict.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const say = (text) => process.stdout.write(`${text}\n`);
function refuse(text) {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

const options = { seconds: '60', workload: undefined, mutant: undefined, seed: undefined, from: undefined };
try {
  const types = Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' }]));
  Object.assign(options, parseArgs({ options: types }).values);
} catch (error) {
  refuse(`${error.message}; accepted: --seconds N, --workload ID, --mutant NAME or all, --seed N, --from N`);
}
for (const name of ['seconds', 'seed', 'from'])
  if (options[name] !== undefined && !/^\d{1,9}$/.test(options[name]))
    refuse(`--${name}: received ${options[name]}; accepted: an integer from 0 to 999999999`);
const mutants = options.mutant === 'all' ? MUTANTS : MUTANTS.filter(({ name }) => name === options.mutant);
if (options.mutant !== undefined && mutants.length === 0)
  refuse(`--mutant: received ${options.mutant}; accepted: all, ${MUTANTS.map(({ name }) => name).join(', ')}`);

function hunted(tool, id) {
  const all = [...tool.workloads.values()].filter(isHunted);
  const some = all.filter((workload) => id === undefined || workload.id === id);
  if (some.length === 0) refuse(`--workload: received ${id}; accepted: ${all.map((workload) => workload.id).join(', ')}`);
  return some;
}

/** Draws from `first` on for so long. Returns the first failure, or null. */
function hunt(tool, { id, first, seconds, stopsAt }) {
  const workloads = hunted(tool, id);
  const tally = new Map(workloads.map((workload) => [workload.id, 0]));
  let [drawn, undecided] = [0, 0];
  const end = Date.now() + seconds * 1000;
  let failure = null;
  for (let seed = first; Date.now() < end && failure === null; seed++) {
    const data = configurationOf(seed, workloads);
    const one = caseOf(tool, data);
    if (one === null) continue;
    const { workload } = one;
    const { wrong, ended } = judge(tool, one);
    drawn += 1;
    tally.set(workload.id, tally.get(workload.id) + 1);
    if (!ended) undecided += 1;
    if (wrong !== '' && stopsAt(wrong)) failure = { seed, data, wrong, workload: workload.id };
  }
  return { failure, drawn, undecided, tally };
}

const replay = ({ seed, id, mutant }) =>
  `npm run hunt -- --seed ${seed}${id === undefined ? '' : ` --workload ${id}`}${mutant === undefined ? '' : ` --mutant ${mutant}`}`;

async function huntMutant(mutant) {
  const tool = await toolOf(plant(mutant, root));
  const begun = Date.now();
  const { failure, drawn } = hunt(tool, {
    id: mutant.workload,
    first: Number(options.from ?? 1),
    seconds: Number(options.seconds),
    stopsAt: () => true,
  });
  const took = `${((Date.now() - begun) / 1000).toFixed(1)} s, ${drawn} configurations`;
  if (failure === null) {
    say(`NOT FOUND  ${mutant.name}: ${mutant.says} (${took})`);
    return false;
  }
  say(`found      ${mutant.name}: ${mutant.says} (${took}): ${failure.wrong}`);
  say(`           ${replay({ seed: failure.seed, id: mutant.workload, mutant: mutant.name })}`);
  return true;
}

/** One configuration again, in full. */
function showOne(tool, seed) {
  const data = configurationOf(seed, hunted(tool, options.workload));
  const one = caseOf(tool, data);
  say(stringify(data));
  if (one === null) {
    say('its parts do not fit together: it was not run');
    return true;
  }
  const lines = [];
  const { wrong, outcome } = judge(tool, one, (line) => lines.push(line));
  for (const { at_us, node, text } of lines) say(`${(at_us / 1000).toFixed(3).padStart(12)} ms  ${node.padEnd(12)} ${text}`);
  say(
    `state ${outcome?.state}, ${outcome?.decisions} decisions; safety ${outcome?.safety}, durability ${outcome?.durability}, liveness ${outcome?.liveness}; ${outcome?.reason}`,
  );
  // Without the trace, as the hunt judged it.
  const whole = wrong === '' ? judge(tool, one).wrong : wrong;
  say(whole === '' ? 'nothing is wrong' : `WRONG: ${whole}`);
  return whole === '';
}

if (options.seed !== undefined) {
  const tool = await toolOf(mutants.length === 1 ? plant(mutants[0], root) : path.join(root, 'dist'));
  process.exitCode = showOne(tool, Number(options.seed)) ? 0 : 1;
} else if (mutants.length > 0) {
  let all = true;
  for (const mutant of mutants) all = (await huntMutant(mutant)) && all;
  process.exitCode = all ? 0 : 1;
} else {
  const tool = await toolOf(path.join(root, 'dist'));
  const first = Number(options.from ?? randomInt(1, 900_000_000));
  const { failure, drawn, undecided, tally } = hunt(tool, {
    id: options.workload,
    first,
    seconds: Number(options.seconds),
    stopsAt: () => true,
  });
  say(
    `${drawn} configurations from seed ${first} on (${[...tally].map(([id, count]) => `${id} ${count}`).join(', ')}); ${undecided} were too long to be judged`,
  );
  if (failure !== null) {
    const file = path.join('build', `hunt-${failure.seed}.yaml`);
    mkdirSync(path.join(root, 'build'), { recursive: true });
    writeFileSync(path.join(root, file), stringify(failure.data));
    say(`FAILED: ${failure.workload}, seed ${failure.seed}: ${failure.wrong}`);
    say(`replay: ${replay({ seed: failure.seed, id: options.workload })}`);
    say(`the suite is in ${file}`);
  }
  process.exitCode = failure === null ? 0 : 1;
}
