// Writes assembly/lib/sha256-passes.ts and assembly/lib/sha256-passes-simd.ts: the unrolled rounds of the nonce search. Unrolled
// code is generated because AssemblyScript has no macros, and committed so that a build needs no extra step and the code can be
// read. A test runs this and compares. Usage: node scripts/make-sha256-passes.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/** A stream hashes the nonces of one word T: four in a v128, one in a u32. Its variables begin with `prefix`. */
const VECTOR = { T: 'v128', prefix: 'v', nonces: 4 };
const SCALAR = { T: 'u32', prefix: 's', nonces: 1 };

/**
 * A block of the hash: its message words that vary with the nonce, the message words above 15 that are constant or have a
 * constant summand, and the round after the first varying word, where the rounds begin.
 */
const FIRST = {
  name: 'FIRST',
  start: 4,
  varies: (t) => t === 3 || t >= 18,
  constantPart: (t) => [18, 19, 20, 22, 23, 24, 30, 31, 32, 33].includes(t),
};
const SECOND = {
  name: 'SECOND',
  start: 1,
  varies: (t) => t < 8 || t >= 16,
  constantPart: (t) => [17, 22, 23, 24, 30, 31].includes(t),
};

const range = (n) => Array.from({ length: n }, (_, i) => i);
const PARTS = [...'abcdefgh'];
/** Variables keep their place and change their part: in round t the variable at index i - t plays the part at index i. */
const played = (stream, t, part) => stream.prefix + PARTS[(((PARTS.indexOf(part) - t) % 8) + 8) % 8];
const word = (stream, t) => `${stream.prefix}w${t % 16}`;
const splat = (stream, address) => `splat<${stream.T}>(${address})`;
const call = (stream, name, ...operands) => `${name}<${stream.T}>(${operands.join(', ')})`;

/** Sums two and two, so that the chain of dependencies is short. */
function sum(stream, terms) {
  if (terms.length === 1) return terms[0];
  const half = Math.ceil(terms.length / 2);
  return call(stream, 'add', sum(stream, terms.slice(0, half)), sum(stream, terms.slice(half)));
}

/** W[t] = sigma1(W[t-2]) + W[t-7] + sigma0(W[t-15]) + W[t-16]; the constant terms are one summand. */
function scheduled(block, stream, t) {
  const terms = [];
  if (block.varies(t - 2)) terms.push(call(stream, 'smallSigma1', word(stream, t - 2)));
  if (block.varies(t - 7)) terms.push(word(stream, t - 7));
  if (block.varies(t - 15)) terms.push(call(stream, 'smallSigma0', word(stream, t - 15)));
  if (block.varies(t - 16)) terms.push(word(stream, t - 16));
  if (block.constantPart(t)) terms.push(splat(stream, `${block.name}_SCHEDULE + ${4 * (t - 16)}`));

  return `${word(stream, t)} = ${sum(stream, terms)};`;
}

/** The statements of round t. `lastWordOnly`: only e is needed of what comes out. */
function round(block, stream, t, lastWordOnly) {
  const [a, b, , d, e, f, g, h] = PARTS.map((part) => played(stream, t, part));
  // b ^ c of a round is a ^ b of the one before.
  const [ab, bc] = (t % 2 === 0 ? ['even', 'odd'] : ['odd', 'even']).map((name) => stream.prefix + name);
  const terms = [splat(stream, `${block.name}_ROUND + ${4 * t}`)];
  if (block.varies(t)) terms.unshift(word(stream, t));
  // In the first three rounds h is constant, and in the table.
  if (t >= block.start + 3) terms.unshift(h);
  const known = terms.reduceRight((rest, term) => call(stream, 'add', term, rest));
  const choose = call(stream, 'choose', e, f, g);
  const sigma = call(stream, 'bigSigma1', e);
  // Which of the two orders is faster was measured, per stream.
  const next =
    stream === SCALAR
      ? call(stream, 'add', call(stream, 'add', known, choose), sigma)
      : call(stream, 'add', known, call(stream, 'add', choose, sigma));
  const statements = [`${h} = ${next};`, `${d} = ${call(stream, 'add', d, h)};`];
  if (!lastWordOnly) {
    const majority = call(stream, 'xor', b, call(stream, 'and', ab, bc));
    statements.push(`${ab} = ${call(stream, 'xor', a, b)};`);
    statements.push(`${h} = ${call(stream, 'add', h, call(stream, 'add', majority, call(stream, 'bigSigma0', a)))};`);
  }
  return statements;
}

/** All rounds of a block, or those that decide its last word: round 60 makes e, which is h at the end. */
function rounds(block, stream, { lastWordOnly }) {
  const { start, name } = block;
  const at = (part) => played(stream, start, part);
  const state = (part) => splat(stream, `${name}_STATE + ${4 * PARTS.indexOf(part)}`);
  const varying = word(stream, start - 1);
  const statements = [
    ...['a', 'e'].map((part) => `${at(part)} = ${call(stream, 'add', varying, state(part))};`),
    ...[...'bcdfg'].map((part) => `${at(part)} = ${state(part)};`),
    `${stream.prefix}${start % 2 === 0 ? 'odd' : 'even'} = ${call(stream, 'xor', at('b'), at('c'))};`,
  ];
  for (let t = start; t < (lastWordOnly ? 61 : 64); t++) {
    if (t >= 16 && block.varies(t)) statements.push(scheduled(block, stream, t));
    statements.push(...round(block, stream, t, lastWordOnly && t >= 57));
  }
  return statements;
}

/** The module of passes over the given streams, which run side by side, statement by statement. */
function passes(streams) {
  const step = streams.reduce((total, { nonces }) => total + nonces, 0);
  const woven = (statements) => {
    const lists = streams.map(statements);
    return lists[0].flatMap((_, i) => lists.map((list) => list[i])).join('\n');
  };
  const declarations = streams
    .map(({ T, prefix }) => {
      const declare = (names) => `let ${names.map((name) => `${prefix}${name}: ${T}`).join(', ')};`;
      return `${declare([...PARTS, 'even', 'odd'])}\n${declare(range(16).map((i) => `w${i}`))}`;
    })
    .join('\n');
  /** Offsets of the streams in the digests of a step, and in its nonces. */
  const bytes = 32 * step;
  const before = (stream) => streams.slice(0, streams.indexOf(stream)).reduce((total, { nonces }) => total + nonces, 0);
  const digestAt = (stream, i) => 32 * before(stream) + 4 * stream.nonces * i;
  const nonceWords = streams
    .map((stream) => `${word(stream, 3)} = ${call(stream, 'nonceWord', before(stream) === 0 ? 'nonce' : `nonce + ${before(stream)}`)};`)
    .join('\n');
  // One condition: after `||` V8 11.3 would put all rounds of the second stream behind those of the first.
  const mayMeet = streams.map((stream) => call(stream, 'mayMeet', played(stream, 61, 'e'))).join(' | ');

  return `// Generated by scripts/make-sha256-passes.mjs; change that. The unrolled rounds of the nonce search; what does not depend on the
// nonce comes from the tables of sha256-job.ts. A step is ${step === 1 ? 'one nonce' : `${step} nonces: ${streams.map(({ T, nonces }) => `${nonces} in ${T}`).join(', ')}`}.
import { FIRST_ROUND, FIRST_SCHEDULE, FIRST_STATE, MIDSTATE, SECOND_ROUND, SECOND_SCHEDULE, SECOND_STATE, mayMeet, nonceWord } from './sha256-job';
import { add, and, bigSigma0, bigSigma1, choose, smallSigma0, smallSigma1, splat, xor } from './sha256-word';

/** Nonces a step. */
export const STEP: i32 = ${step};
/** Steps that go through the first hash together; their digests stay in the first-level cache. */
export const GROUP: i32 = 64;
const DIGESTS: usize = memory.data(GROUP * ${bytes}, 16);

/** The digests of the header with nonce, nonce + 1 .. in \`steps\` steps, to DIGESTS. */
export function firstHash(nonce: u32, steps: i32): void {
  const end = DIGESTS + steps * ${bytes};
${declarations}
  for (let digest = DIGESTS; digest < end; digest += ${bytes}) {
${nonceWords}
    nonce += STEP;
${woven((stream) => rounds(FIRST, stream, { lastWordOnly: false }))}
${streams
  .flatMap((stream) =>
    PARTS.map((part, i) => {
      const sum = call(stream, 'add', played(stream, 64, part), splat(stream, `MIDSTATE + ${4 * i}`));
      return `store<${stream.T}>(digest, ${sum}, ${digestAt(stream, i)});`;
    }),
  )
  .join('\n')}
  }
}

/** The first of the steps from .. steps - 1 in which the hash of a digest may meet the target, or \`steps\`. */
export function secondHash(from: i32, steps: i32): i32 {
${declarations}
  for (let step = from; step < steps; step++) {
    const digest = DIGESTS + step * ${bytes};
${streams.flatMap((stream) => range(8).map((i) => `${word(stream, i)} = load<${stream.T}>(digest, ${digestAt(stream, i)});`)).join('\n')}
${woven((stream) => rounds(SECOND, stream, { lastWordOnly: true }))}
    if (${mayMeet}) return step;
  }
  return steps;
}

/** As secondHash for a single SHA-256 of the header with nonce, nonce + 1 .. */
export function singleHash(nonce: u32, from: i32, steps: i32): i32 {
${declarations}
  nonce += from * STEP;
  for (let step = from; step < steps; step++) {
${nonceWords}
    nonce += STEP;
${woven((stream) => rounds(FIRST, stream, { lastWordOnly: true }))}
    if (${mayMeet}) return step;
  }
  return steps;
}
`;
}

for (const [name, streams] of [
  ['sha256-passes', [SCALAR]],
  ['sha256-passes-simd', [VECTOR, SCALAR]],
]) {
  const file = fileURLToPath(new URL(`../assembly/lib/${name}.ts`, import.meta.url));
  const source = await format(passes(streams), { ...(await resolveConfig(file)), filepath: file });
  if (!process.argv.includes('--check')) writeFileSync(file, source);
  else if (readFileSync(file, 'utf8') !== source) {
    process.stderr.write(`assembly/lib/${name}.ts is not what scripts/make-sha256-passes.mjs writes\n`);
    process.exitCode = 1;
  }
}
