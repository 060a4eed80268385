// Writes the unrolled rounds of SHA-256: assembly/lib/sha256-passes.ts and assembly/lib/sha256-passes-simd.ts (the nonce search)
// and assembly/lib/sha256-compress.ts (any block). Unrolled code is generated because AssemblyScript has no macros, and committed
// so that a build needs no extra step and the code can be read. A test runs this and compares.
// Usage: node scripts/make-sha256.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/**
 * A stream hashes the nonces of one word T: four in a v128, one in a u32. Its variables begin with `prefix`. `sigmaLast` is the
 * order in which a round adds, chosen by measurement. Side by side, V8 11.3 emits operations by their depth: the vector's
 * sigma is one step deeper than the scalar's, and added last it makes both rounds as deep, so that the streams stay together.
 */
const VECTOR = { T: 'v128', prefix: 'v', nonces: 4, sigmaLast: true };
const SCALAR = { T: 'u32', prefix: 's', nonces: 1, sigmaLast: false };
const SCALAR_ALONE = { ...SCALAR, sigmaLast: true };

/**
 * A block of the hash: its message words that vary with the nonce, the message words above 15 that are constant or have a
 * constant summand, the round after the first varying word, where the rounds begin, and what a round adds if that is the same
 * for every header.
 */
const ANY = { start: 0, varies: () => true, constantPart: () => false, literal: (t) => K[t] };
const FIRST = {
  name: 'FIRST',
  start: 4,
  varies: (t) => t === 3 || t >= 18,
  constantPart: (t) => [18, 19, 20, 22, 23, 24, 30, 31, 32, 33].includes(t),
  literal: (t, lastWordOnly) =>
    t < 7 || t === 16 || t === 17 || (lastWordOnly && t === 60) ? undefined : K[t] + padding(t, { 4: 0x80000000, 15: 640 }),
};
const SECOND = {
  name: 'SECOND',
  start: 1,
  varies: (t) => t < 8 || t >= 16,
  constantPart: (t) => [17, 22, 23, 24, 30, 31].includes(t),
  literal: (t) => K[t] + padding(t, { 8: 0x80000000, 15: 256 }) + (t < 4 ? INITIAL[7 - t] : t === 60 ? INITIAL[7] : 0),
};

/** The first 32 bits of the fractional part of a root of a prime (FIPS 180-4, sections 4.2.2 and 5.3.3). */
function fractionOfRoot(prime, degree) {
  const value = BigInt(prime) << (32n * degree);
  let low = 0n;
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) if ((low + bit) ** degree <= value) low += bit;
  return Number(low & 0xffffffffn);
}
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
const K = primes.map((prime) => fractionOfRoot(prime, 3n));
const INITIAL = primes.slice(0, 8).map((prime) => fractionOfRoot(prime, 2n));

const padding = (t, words) => words[t] ?? 0;
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

/** What round t adds beside h and a varying message word. A literal, where there is one, saves the scalar stream a load. */
function addend(block, stream, t, lastWordOnly) {
  const literal = block.literal(t, lastWordOnly);
  if (stream.T === 'u32' && literal !== undefined) return `0x${(literal % 2 ** 32).toString(16).padStart(8, '0')}`;
  return splat(stream, `${block.name}_ROUND + ${4 * t}`);
}

/** The statements of round t. `lastWordOnly`: only e is needed of what comes out. */
function round(block, stream, t, lastWordOnly) {
  const [a, b, , d, e, f, g, h] = PARTS.map((part) => played(stream, t, part));
  // maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), and b ^ c of a round is a ^ b of the one before: x0 in even rounds, x1 in odd ones.
  const [ab, bc] = (t % 2 === 0 ? ['x0', 'x1'] : ['x1', 'x0']).map((name) => stream.prefix + name);
  const terms = [addend(block, stream, t, lastWordOnly)];
  if (block.varies(t)) terms.unshift(word(stream, t));
  // In the three rounds after the first varying word h is constant, and in the table.
  if (block.start === 0 || t >= block.start + 3) terms.unshift(h);
  const known = terms.reduceRight((rest, term) => call(stream, 'add', term, rest));
  const choose = call(stream, 'choose', e, f, g);
  const sigma = call(stream, 'bigSigma1', e);
  const next = stream.sigmaLast
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
    `${stream.prefix}${start % 2 === 0 ? 'x1' : 'x0'} = ${call(stream, 'xor', at('b'), at('c'))};`,
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
      return `${declare([...PARTS, 'x0', 'x1'])}\n${declare(range(16).map((i) => `w${i}`))}`;
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

  return `// Generated by scripts/make-sha256.mjs; change that. The unrolled rounds of the nonce search; what does not depend on the
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
  const end = DIGESTS + steps * ${bytes};
${declarations}
  for (let digest = DIGESTS + from * ${bytes}; digest < end; digest += ${bytes}) {
${streams.flatMap((stream) => range(8).map((i) => `${word(stream, i)} = load<${stream.T}>(digest, ${digestAt(stream, i)});`)).join('\n')}
${woven((stream) => rounds(SECOND, stream, { lastWordOnly: true }))}
    if (${mayMeet}) return <i32>((digest - DIGESTS) / ${bytes});
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

/** The module of the compression function: any block, nothing known. */
function compression(stream) {
  const { prefix } = stream;
  return `// Generated by scripts/make-sha256.mjs; change that. The compression function of SHA-256 with its rounds unrolled.
import { add, and, bigSigma0, bigSigma1, choose, smallSigma0, smallSigma1, xor } from './sha256-word';

/** Mixes the 64-byte block at \`block\` into the eight chaining words at \`state\`. */
export function compress(state: usize, block: usize): void {
${PARTS.map((part, i) => `let ${prefix}${part} = load<u32>(state, ${4 * i});`).join('\n')}
${range(16)
  .map((t) => `let ${word(stream, t)} = bswap(load<u32>(block, ${4 * t}));`)
  .join('\n')}
let ${prefix}x0: u32;
let ${prefix}x1 = ${call(stream, 'xor', `${prefix}b`, `${prefix}c`)};
${range(64)
  .flatMap((t) => [...(t < 16 ? [] : [scheduled(ANY, stream, t)]), ...round(ANY, stream, t, false)])
  .join('\n')}
${PARTS.map((part, i) => `store<u32>(state, load<u32>(state, ${4 * i}) + ${prefix}${part}, ${4 * i});`).join('\n')}
}
`;
}

for (const [name, text] of [
  ['sha256-passes', passes([SCALAR_ALONE])],
  ['sha256-passes-simd', passes([VECTOR, SCALAR])],
  ['sha256-compress', compression(SCALAR_ALONE)],
]) {
  const file = fileURLToPath(new URL(`../assembly/lib/${name}.ts`, import.meta.url));
  const source = await format(text, { ...(await resolveConfig(file)), filepath: file });
  if (!process.argv.includes('--check')) writeFileSync(file, source);
  else if (readFileSync(file, 'utf8') !== source) {
    process.stderr.write(`assembly/lib/${name}.ts is not what scripts/make-sha256.mjs writes\n`);
    process.exitCode = 1;
  }
}
