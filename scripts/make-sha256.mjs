// The unrolled rounds of SHA-256: sha256-passes*.ts (the nonce search, in one scalar and two SIMD forms) and sha256-compress.ts (any
// block) of assembly/generated/, which scripts/generate.mjs writes.

/**
 * A stream hashes as many headers as a word T has lanes: four in a v128, one in a u32. Its variables begin with `prefix`.
 * `sigmas` is how the shifts of a sigma are joined. V8 11.3 emits pure operations breadth first, and a chain of xors keeps fewer
 * shifts waiting than a tree: 3% faster. V8 13.6 emits them as they are written, and the tree's shorter path is 2% faster. Nested
 * is for words: it needs one copy of x where the plain form needs three (3.75 against 3.35 Mhash/s on V8 11.3).
 * `sigmaLast` is the order in which a round adds. On V8 11.3, where depth is order, it makes the rounds of two streams as deep, so
 * that they stay together: the other order costs the chain 4% and the tree 8%. V8 13.6 does not care.
 */
const VECTOR = { T: 'v128', prefix: 'v', lanes: 4, sigmaLast: true, sigmas: 'chain' };
const SCALAR = { T: 'u32', prefix: 's', lanes: 1, sigmaLast: false, sigmas: 'nested' };
const SCALAR_ALONE = { ...SCALAR, sigmaLast: true };
const TREE = { ...VECTOR, sigmaLast: false, sigmas: 'tree' };

/**
 * Forms of the search. A step hashes one header in each lane of `step`. Where headers that differ in their version share a
 * schedule, a pass takes `rolled` streams side by side: one step after another. No form is best on every engine, so that the
 * host chooses by measurement (harness/kernels/form-race.ts). The tree's rows are made by the chain's module.
 */
const FORMS = [
  { name: '', step: [SCALAR_ALONE], rolled: [SCALAR_ALONE] },
  { name: '-simd-chain', step: [VECTOR, SCALAR], rolled: [VECTOR, SCALAR] },
  {
    name: '-simd-tree',
    step: [TREE, SCALAR],
    rolled: [TREE, SCALAR, { ...TREE, prefix: 'y' }, { ...SCALAR, prefix: 'z' }],
    rowsOfChain: true,
  },
];

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

/** The first block of headers that differ in their version and share all of its message words: those that vary are in a row. */
const ROLLED = { ...FIRST, rolled: true };
/** The words of a row: W[3], which is the nonce, and K[t] + W[t] of the rounds from 18 on. */
const ROW = [3, ...Array.from({ length: 46 }, (_, i) => 18 + i)];
/** The words of a version, for each lane of a step: STATE, ROUND[4..6] and the midstate (sha256-job.ts). */
const OWN = { state: 0, round: 7, midstate: 10, words: 18 };

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
/** The word at an address, in every lane. */
const splat = (stream, address) => (stream.T === 'v128' ? `v128.load32_splat(${address})` : `load<u32>(${address})`);
const call = (stream, name, ...operands) => `${name}<${stream.T}>(${operands.join(', ')})`;

// Operations are written out, not called: what asc makes of a call that it inlines holds copies of every operand, and what
// Binaryen makes of those is slow (scripts/build.mjs).
const VECTOR_OPERATIONS = { add: 'i32x4.add', xor: 'v128.xor', and: 'v128.and', shr: 'i32x4.shr_u', shl: 'i32x4.shl' };
const WORD_OPERATIONS = { add: '+', xor: '^', and: '&', shr: '>>' };
const operation =
  (name) =>
  ({ T }, x, y) =>
    T === 'v128' ? `${VECTOR_OPERATIONS[name]}(${x}, ${y})` : `(${x} ${WORD_OPERATIONS[name]} ${y})`;
const [add, xor, and, shr, shl] = ['add', 'xor', 'and', 'shr', 'shl'].map(operation);
/** WASM has no vector rotation. */
const rotr = (stream, x, by) => (stream.T === 'v128' ? xor(stream, shr(stream, x, by), shl(stream, x, 32 - by)) : `rotr<u32>(${x}, ${by})`);
const choose = (stream, x, y, z) => xor(stream, z, and(stream, x, xor(stream, y, z)));

/** The functions of FIPS 180-4, section 4.1.2: three rotations, or two and a shift. */
const SIGMA = {
  bigSigma0: { rotations: [2, 13, 22] },
  bigSigma1: { rotations: [6, 11, 25] },
  smallSigma0: { rotations: [7, 18], shift: 3 },
  smallSigma1: { rotations: [17, 19], shift: 10 },
};
/** On a variable x. */
function sigma(stream, name, x) {
  const { rotations, shift } = SIGMA[name];
  const both = (terms) => terms.reduce((sum, term) => xor(stream, sum, term));
  const shifted = shift === undefined ? [] : [shr(stream, x, shift)];
  switch (stream.sigmas) {
    case 'nested': {
      const inner = rotations.reduceRight(
        (sum, by, i) => rotr(stream, sum === x ? x : xor(stream, x, sum), by - (rotations[i - 1] ?? 0)),
        x,
      );
      return both([inner, ...shifted]);
    }
    case 'chain':
      return both([...rotations.flatMap((by) => [shr(stream, x, by), shl(stream, x, 32 - by)]), ...shifted]);
    case 'tree':
      return both([...rotations.map((by) => rotr(stream, x, by)), ...shifted]);
  }
}
const lanesOf = (streams) => streams.reduce((total, { lanes }) => total + lanes, 0);

/** Sums two and two, so that the chain of dependencies is short. */
function sum(stream, terms) {
  if (terms.length === 1) return terms[0];
  const half = Math.ceil(terms.length / 2);
  return add(stream, sum(stream, terms.slice(0, half)), sum(stream, terms.slice(half)));
}

/** W[t] = sigma1(W[t-2]) + W[t-7] + sigma0(W[t-15]) + W[t-16]; the constant terms are one summand. */
function scheduled(block, stream, t) {
  const terms = [];
  if (block.varies(t - 2)) terms.push(sigma(stream, 'smallSigma1', word(stream, t - 2)));
  if (block.varies(t - 7)) terms.push(word(stream, t - 7));
  if (block.varies(t - 15)) terms.push(sigma(stream, 'smallSigma0', word(stream, t - 15)));
  if (block.varies(t - 16)) terms.push(word(stream, t - 16));
  if (block.constantPart(t)) terms.push(splat(stream, `${block.name}_SCHEDULE + ${4 * (t - 16)}`));

  return `${word(stream, t)} = ${sum(stream, terms)};`;
}

/** Of a version: word i of its lanes. */
const own = (stream, i) => `load<${stream.T}>(versions, ${stream.versionsAt + 4 * (stream.stepLanes * i + stream.laneAt)})`;
/** Of a row: the word of round t, the same in all lanes. */
const inRow = (stream, t) => {
  const offset = 4 * stream.rowLanes * ROW.indexOf(t);
  return stream.T === 'v128' ? `v128.load32_splat(row, ${offset})` : `load<u32>(row, ${offset})`;
};

/** What round t adds beside h and a varying message word. A literal, where there is one, saves the scalar stream a load. */
function addend(block, stream, t, lastWordOnly) {
  if (block.rolled && t < 7) return own(stream, OWN.round + t - 4);
  if (block.rolled && t >= 18) return inRow(stream, t);
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
  if (block.varies(t) && !block.rolled) terms.unshift(word(stream, t));
  // In the three rounds after the first varying word h is constant, and in the table.
  if (block.start === 0 || t >= block.start + 3) terms.unshift(h);
  const known = terms.reduceRight((rest, term) => add(stream, term, rest));
  const chosen = choose(stream, e, f, g);
  const sigma1 = sigma(stream, 'bigSigma1', e);
  const next = stream.sigmaLast ? add(stream, add(stream, known, chosen), sigma1) : add(stream, known, add(stream, chosen, sigma1));
  const statements = [`${h} = ${next};`, `${d} = ${add(stream, d, h)};`];
  if (!lastWordOnly) {
    const majority = xor(stream, b, and(stream, ab, bc));
    statements.push(`${ab} = ${xor(stream, a, b)};`);
    statements.push(`${h} = ${add(stream, h, add(stream, majority, sigma(stream, 'bigSigma0', a)))};`);
  }
  return statements;
}

/** All rounds of a block, or those that decide its last word: round 60 makes e, which is h at the end. */
function rounds(block, stream, { lastWordOnly }) {
  const { start, name } = block;
  const at = (part) => played(stream, start, part);
  const state = (part) =>
    block.rolled ? own(stream, OWN.state + PARTS.indexOf(part)) : splat(stream, `${name}_STATE + ${4 * PARTS.indexOf(part)}`);
  const varying = block.rolled ? inRow(stream, 3) : word(stream, start - 1);
  const statements = [
    ...['a', 'e'].map((part) => `${at(part)} = ${add(stream, varying, state(part))};`),
    ...[...'bcdfg'].map((part) => `${at(part)} = ${state(part)};`),
    `${stream.prefix}${start % 2 === 0 ? 'x1' : 'x0'} = ${xor(stream, at('b'), at('c'))};`,
  ];
  for (let t = start; t < (lastWordOnly ? 61 : 64); t++) {
    if (t >= 16 && block.varies(t) && !block.rolled) statements.push(scheduled(block, stream, t));
    statements.push(...round(block, stream, t, lastWordOnly && t >= 57));
  }
  return statements;
}

/** Statements of streams that run side by side, statement by statement. */
function woven(streams, statements) {
  const lists = streams.map(statements);
  return lists[0].flatMap((_, i) => lists.map((list) => list[i])).join('\n');
}

const declared = (streams, names) =>
  streams.map(({ T, prefix }) => `let ${names.map((name) => `${prefix}${name}: ${T}`).join(', ')};`).join('\n');
const STATE_NAMES = [...PARTS, 'x0', 'x1'];
const WORD_NAMES = range(16).map((i) => `w${i}`);

/** Where the streams of `streams` stand in the digests and versions of steps that hold `step`. */
function placed(streams, step) {
  const stepLanes = lanesOf(step);
  const rowLanes = step[0].lanes;
  return streams.map((stream, i) => {
    const before = lanesOf(streams.slice(0, i));
    const laneAt = before % stepLanes;
    const stepAt = (before - laneAt) / stepLanes;
    return { ...stream, laneAt, stepLanes, rowLanes, digestsAt: 32 * before, versionsAt: stepAt * stepLanes * 4 * OWN.words };
  });
}

/** The statements that store a finished digest's words; `chaining` gives what is added to word i. */
const stored = (streams, chaining) =>
  streams
    .flatMap((stream) =>
      PARTS.map((part, i) => {
        const word = add(stream, played(stream, 64, part), chaining(stream, i));
        return `store<${stream.T}>(digest, ${word}, ${stream.digestsAt + 4 * stream.lanes * i});`;
      }),
    )
    .join('\n');

/** The function that makes rows with one stream. */
const schedule = (
  maker,
  rowBytes,
) => `/** The rows of nonce, nonce + 1 .. (at least \`nonces\` of them, ${maker.lanes === 1 ? 'one' : `${maker.lanes} side by side`}), to ROWS. */
export function schedule(nonce: u32, nonces: i32): void {
  const end = ROWS + ((nonces + ${maker.lanes - 1}) / ${maker.lanes}) * ${rowBytes};
${declared([maker], WORD_NAMES)}
  for (let row = ROWS; row < end; row += ${rowBytes}) {
${ROW.map((t, i) => {
  const made = t === 3 ? `${word(maker, 3)} = ${call(maker, 'nonceWord', 'nonce')};` : scheduled(FIRST, maker, t);
  const stored = t === 3 ? word(maker, 3) : add(maker, word(maker, t), splat(maker, `FIRST_ROUND + ${4 * t}`));
  return `${made}\nstore<${maker.T}>(row, ${stored}, ${4 * maker.lanes * i});`;
}).join('\n')}
    nonce += ${maker.lanes};
  }
}
`;

/** The module of passes of a form. */
function passes({ step, rolled, rowsOfChain }) {
  const streams = placed(step, step);
  const together = placed(rolled, step);
  const nonces = lanesOf(step);
  const bytes = 32 * nonces;
  const steps = lanesOf(rolled) / nonces;
  // Rows are made with the first stream alone: 20 of 500 ns for five versions.
  const [maker] = streams;
  const rowBytes = 4 * maker.lanes * ROW.length;
  const nonceWords = streams
    .map((stream) => `${word(stream, 3)} = ${call(stream, 'nonceWord', stream.laneAt === 0 ? 'nonce' : `nonce + ${stream.laneAt}`)};`)
    .join('\n');
  // One condition: after `||` V8 11.3 would put all rounds of the second stream behind those of the first.
  const mayMeet = streams.map((stream) => call(stream, 'mayMeet', played(stream, 61, 'e'))).join(' | ');

  return `// Generated by scripts/make-sha256.mjs; change that. The unrolled rounds of the nonce search; what does not depend on the
// nonce comes from the tables of ../lib/sha256-job.ts. A step is ${nonces === 1 ? 'one header' : `${nonces} headers: ${step.map(({ T, lanes }) => `${lanes} in ${T}`).join(', ')}`}.
import { DIGESTS, FIRST_ROUND, FIRST_SCHEDULE, FIRST_STATE, MIDSTATE, ROWS, SECOND_ROUND, SECOND_SCHEDULE, SECOND_STATE, mayMeet, nonceWord } from '../lib/sha256-job';

/** Headers a step. */
export const STEP: i32 = ${nonces};
/** Steps that rolledHash does side by side: for so many times ${nonces} versions. */
export const ROLLED_STEPS: i32 = ${steps};

/** The digests of the header with nonce, nonce + 1 .. in \`steps\` steps, to DIGESTS. */
export function firstHash(nonce: u32, steps: i32): void {
  const end = DIGESTS + steps * ${bytes};
${declared(streams, STATE_NAMES)}
${declared(streams, WORD_NAMES)}
  for (let digest = DIGESTS; digest < end; digest += ${bytes}) {
${nonceWords}
    nonce += STEP;
${woven(streams, (stream) => rounds(FIRST, stream, { lastWordOnly: false }))}
${stored(streams, (stream, i) => splat(stream, `MIDSTATE + ${4 * i}`))}
  }
}

/** The first of the steps from .. steps - 1 in which the hash of a digest may meet the target, or \`steps\`. */
export function secondHash(from: i32, steps: i32): i32 {
  const end = DIGESTS + steps * ${bytes};
${declared(streams, STATE_NAMES)}
${declared(streams, WORD_NAMES)}
  for (let digest = DIGESTS + from * ${bytes}; digest < end; digest += ${bytes}) {
${streams.flatMap((stream) => range(8).map((i) => `${word(stream, i)} = load<${stream.T}>(digest, ${stream.digestsAt + 4 * stream.lanes * i});`)).join('\n')}
${woven(streams, (stream) => rounds(SECOND, stream, { lastWordOnly: true }))}
    if (${mayMeet}) return <i32>((digest - DIGESTS) / ${bytes});
  }
  return steps;
}

/** As secondHash for a single SHA-256 of the header with nonce, nonce + 1 .. */
export function singleHash(nonce: u32, from: i32, steps: i32): i32 {
${declared(streams, STATE_NAMES)}
${declared(streams, WORD_NAMES)}
  nonce += from * STEP;
  for (let step = from; step < steps; step++) {
${nonceWords}
    nonce += STEP;
${woven(streams, (stream) => rounds(FIRST, stream, { lastWordOnly: true }))}
    if (${mayMeet}) return step;
  }
  return steps;
}

${rowsOfChain ? '' : schedule(maker, rowBytes)}/**
 * As firstHash for ${steps * nonces === 1 ? 'one version' : `${steps * nonces} versions`}, whose words are at \`versions\`, with each of \`nonces\` nonces, whose rows are in ROWS: ${steps === 1 ? 'a step' : `${steps} steps`} a
 * nonce.
 */
export function rolledHash(versions: usize, nonces: i32): void {
  let digest = DIGESTS;
${declared(together, STATE_NAMES)}
  for (let i = 0; i < nonces; i++) {
    const row = ROWS + ${maker.lanes === 1 ? `i * ${rowBytes}` : `i / ${maker.lanes} * ${rowBytes} + i % ${maker.lanes} * 4`};
${woven(together, (stream) => rounds(ROLLED, stream, { lastWordOnly: false }))}
${stored(together, (stream, i) => own(stream, OWN.midstate + i))}
    digest += ${steps * bytes};
  }
}
`;
}

/** The module of the compression function: any block, nothing known. */
function compression(stream) {
  const { prefix } = stream;
  return `// Generated by scripts/make-sha256.mjs; change that. The compression function of SHA-256 with its rounds unrolled.

/** Mixes the 64-byte block at \`block\` into the eight chaining words at \`state\`. */
export function compress(state: usize, block: usize): void {
${PARTS.map((part, i) => `let ${prefix}${part} = load<u32>(state, ${4 * i});`).join('\n')}
${range(16)
  .map((t) => `let ${word(stream, t)} = bswap(load<u32>(block, ${4 * t}));`)
  .join('\n')}
let ${prefix}x0: u32;
let ${prefix}x1 = ${xor(stream, `${prefix}b`, `${prefix}c`)};
${range(64)
  .flatMap((t) => [...(t < 16 ? [] : [scheduled(ANY, stream, t)]), ...round(ANY, stream, t, false)])
  .join('\n')}
${PARTS.map((part, i) => `store<u32>(state, load<u32>(state, ${4 * i}) + ${prefix}${part}, ${4 * i});`).join('\n')}
}
`;
}

export const sources = () => ({
  ...Object.fromEntries(FORMS.map((form) => [`sha256-passes${form.name}.ts`, passes(form)])),
  'sha256-compress.ts': compression(SCALAR_ALONE),
});
