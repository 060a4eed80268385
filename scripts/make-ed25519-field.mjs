// The unrolled multiplication and squaring modulo 2^255 - 19 on pairs of field elements: ed25519-field.ts of assembly/generated/, which
// scripts/generate.mjs writes.

const LIMBS = 12;

/** Limb i is a multiple of 2^exponent(i). */
const exponent = (i) => Math.ceil((255 * i) / LIMBS);
const ROUND = Array.from({ length: LIMBS }, (_, i) => 1.5 * 2 ** (52 + exponent(i + 1)));

/** Bits of each limb. Three limbs begin with each 64-bit word of an integer's bits: e(3 j) = 64 j. */
const WIDTHS = Array.from({ length: LIMBS }, (_, i) => exponent(i + 1) - exponent(i));
const PER_WORD = 3;
/** Is nothing above limb i in its word? */
const isTop = (i) => i % PER_WORD === PER_WORD - 1;
/** Twice each, for both lanes. */
const doubled = (f) => Array.from({ length: LIMBS }, (_, i) => `  ${f(i).toExponential()}, ${f(i).toExponential()},`).join('\n');

/** How the same algorithm is spelled for both lanes at once and for one lane. */
const SIMD = {
  type: 'v128',
  zero: 'f64x2.splat(0)',
  load: (pointer, limb) => `v128.load(${pointer}, ${16 * limb})`,
  store: (pointer, value, limb) => `v128.store(${pointer}, ${value}, ${16 * limb})`,
  add: (x, y) => `f64x2.add(${x}, ${y})`,
  sub: (x, y) => `f64x2.sub(${x}, ${y})`,
  mul: (x, y) => `f64x2.mul(${x}, ${y})`,
};
const LANE = {
  type: 'f64',
  zero: '0',
  load: (pointer, limb) => `load<f64>(${pointer}, ${16 * limb})`,
  store: (pointer, value, limb) => `store<f64>(${pointer}, ${value}, ${16 * limb})`,
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
};

/** Two interleaved carry chains, 0 to 6 and 6 to 0, so that the steps of one hide the latency of the other. */
const CARRIES = [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 0];

function carryAndStore(o) {
  const lines = [`let c: ${o.type};`];
  for (const i of CARRIES) {
    const next = (i + 1) % LIMBS;
    lines.push(`c = ${o.sub(`(${o.add(`h${i}`, o.load('ROUND', i))})`.replace(/^\((f64x2.*)\)$/, '$1'), o.load('ROUND', i))};`);
    lines.push(`h${i} = ${o.sub(`h${i}`, 'c')};`);
    lines.push(`h${next} = ${o.add(`h${next}`, i === LIMBS - 1 ? o.mul('c', 'wrap') : 'c')};`);
  }
  for (let i = 0; i < LIMBS; i++) lines.push(`${o.store('out', `h${i}`, i)};`);
  return lines;
}

/** Rows (limbs of a) that one turn of a multiplication's loop takes, and limbs of the result that one loop makes. */
const ROWS = 3;
const COLUMNS = 6;

function multiplication(o) {
  const lines = [`const wrap = ${o.load('WRAP', 0)};`];
  for (let j = 0; j < LIMBS; j++) {
    lines.push(`const b${j} = ${o.load('b', j)};`, `${o.store('EXTENDED', `b${j}`, LIMBS - 1 + j)};`);
    if (j > 0) lines.push(`${o.store('EXTENDED', o.mul(`b${j}`, 'wrap'), j - 1)};`);
  }
  for (let k = 0; k < LIMBS; k++) lines.push(`let h${k}: ${o.type} = ${o.zero};`);
  for (let first = 0; first < LIMBS; first += COLUMNS) {
    lines.push(`for (let p = EXTENDED + ${16 * (LIMBS + first - ROWS)}, q = a, end = a + PAIR; q < end; ) {`);
    for (let i = 0; i < ROWS; i++) lines.push(`const a${i} = ${o.load('q', i)};`);
    for (let j = 0; j < COLUMNS + ROWS - 1; j++) lines.push(`const x${j} = ${o.load('p', j)};`);
    for (let i = 0; i < ROWS; i++) {
      for (let k = 0; k < COLUMNS; k++) lines.push(`h${first + k} = ${o.add(`h${first + k}`, o.mul(`a${i}`, `x${k - i + ROWS - 1}`))};`);
    }
    lines.push(`p -= ${16 * ROWS};`, `q += ${16 * ROWS};`, '}');
  }
  return [...lines, ...carryAndStore(o)];
}

function squaring(o) {
  const lines = [`const wrap = ${o.load('WRAP', 0)};`];
  for (let i = 0; i < LIMBS; i++) lines.push(`const a${i} = ${o.load('a', i)};`);
  for (let i = 0; i < LIMBS - 1; i++) lines.push(`const t${i} = ${o.add(`a${i}`, `a${i}`)};`);
  const product = (i, j) => (i === j ? o.mul(`a${i}`, `a${i}`) : o.mul(`t${i}`, `a${j}`));
  for (let k = 0; k < LIMBS; k++) {
    const low = [];
    const high = [];
    for (let i = 0; i < LIMBS; i++) {
      for (let j = i; j < LIMBS; j++) {
        if (i + j === k) low.push(product(i, j));
        if (i + j === k + LIMBS) high.push(product(i, j));
      }
    }
    lines.push(`let h${k} = ${high.length > 0 ? high[0] : low.shift()};`);
    for (const term of high.slice(1)) lines.push(`h${k} = ${o.add(`h${k}`, term)};`);
    if (high.length > 0) lines.push(`h${k} = ${o.mul(`h${k}`, 'wrap')};`);
    for (const term of low) lines.push(`h${k} = ${o.add(`h${k}`, term)};`);
  }
  return [...lines, ...carryAndStore(o)];
}

function elementwise(o, operation) {
  return Array.from({ length: LIMBS }, (_, i) => `${o.store('out', operation(i), i)};`);
}

const body = (lines) => lines.map((line) => `  ${line}`).join('\n');

function both(name, comment, parameters, make) {
  const call = (lane) => parameters.map((p) => (lane === 0 ? p : `${p} + 8`)).join(', ');
  const list = parameters.map((p) => `${p}: usize`).join(', ');
  return `function ${name}Lane(${list}): void {
${body(make(LANE))}
}

function ${name}Pair(${list}): void {
${body(make(SIMD))}
}

/** ${comment} */
export function ${name}(${list}): void {
  if (ASC_FEATURE_SIMD) {
    ${name}Pair(${parameters.join(', ')});
  } else {
    ${name}Lane(${call(0)});
    ${name}Lane(${call(1)});
  }
}
`;
}

const swapped = (x) => `i64x2.shuffle(${x}, ${x}, 1, 0)`;

/** Stores E, F, G, H (each in lane 0) as the pairs that the last two multiplications of a narrow operation take. */
function simdResults(i) {
  return [
    `v128.store(eg, i64x2.shuffle(e, g, 0, 2), ${16 * i});`,
    `v128.store(fh, i64x2.shuffle(f, h, 0, 2), ${16 * i});`,
    `v128.store(hf, i64x2.shuffle(h, f, 0, 2), ${16 * i});`,
  ];
}
function laneResults(i) {
  const pairs = [
    ['eg', 'e', 'g'],
    ['fh', 'f', 'h'],
    ['hf', 'h', 'f'],
  ];
  return pairs.flatMap(([to, x, y]) => [`store<f64>(${to}, ${x}, ${16 * i});`, `store<f64>(${to}, ${y}, ${16 * i + 8});`]);
}

function lanewise(name, comment, { parameters, simd, lane, simdStart = [], laneStart = [] }) {
  const limbs = Array.from({ length: LIMBS }, (_, i) => i);
  const indent = (lines) =>
    lines
      .flat()
      .map((line) => `    ${line}`)
      .join('\n');
  return `/** ${comment} */
export function ${name}(${parameters}): void {
  if (ASC_FEATURE_SIMD) {
${indent([simdStart, ...limbs.map(simd)])}
  } else {
${indent([laneStart, ...limbs.map(lane)])}
  }
}
`;
}

const source = `// Written by scripts/make-ed25519-field.mjs; change that, not this.
//
// Arithmetic modulo p = 2^255 - 19 on pairs of field elements, both at once. An element is the sum of ${LIMBS} doubles ("limbs");
// limb i is a multiple of 2^e(i), e(i) = ceil(255 i / ${LIMBS}) = ${Array.from({ length: LIMBS }, (_, i) => exponent(i)).join(', ')}, and after a carry at most
// about half of 2^e(i+1) in size. A pair lies in memory as 24 doubles: limb i of lane l at byte 16 i + 8 l.
// Products and their sums are exact, since they stay below 2^53 times their unit: with operands of A and B times the carried
// size that needs A * B <= 15 (see docs/kernels.md), and debug builds assert it. Radix 2^21.25 in doubles is Bernstein's
// (Curve25519, 2006, section 4); two lanes because f64x2 multiplies two pairs in one instruction, which needs no unpacking,
// where the integer i64x2.extmul takes three.

/** Bytes of a pair of elements. */
export const PAIR: usize = ${16 * LIMBS};

/** 1.5 * 2^(52 + e(i+1)): adding and subtracting it rounds limb i to a multiple of the next limb's unit. Twice each. */
const ROUND: usize = memory.data<f64>([
${doubled((i) => ROUND[i])}
], 16);

/** 19 * 2^-255: what a unit above 2^255 is worth below. */
const WRAP: usize = memory.data<f64>([${19 * 2 ** -255}, ${19 * 2 ** -255}], 16);

/** 2^e(i) and 2^-e(i), to go between limbs and integers. */
export const SCALE: usize = memory.data<f64>([${Array.from({ length: LIMBS }, (_, i) => (2 ** exponent(i)).toExponential()).join(', ')}], 16);
export const UNSCALE: usize = memory.data<f64>([${Array.from({ length: LIMBS }, (_, i) => (2 ** -exponent(i)).toExponential()).join(', ')}], 16);

/**
 * A PACKED element is 32 bytes: the integer, in [0, p), of the element plus HALVES, half of each limb's range. The bits of limb
 * i are then its value plus half its range. They become a number as the low bits of the double LIMB_AT = 2^(52 + e(i)), from
 * which LIMB_ZERO, that plus the half, is subtracted.
 */
export const PACKED_ELEMENT: usize = 32;
export const HALVES: usize = memory.data<f64>([
${doubled((i) => 2 ** (exponent(i) + WIDTHS[i] - 1))}
], 16);
const LIMB_AT: usize = memory.data<f64>([
${doubled((i) => 2 ** (52 + exponent(i)))}
], 16);
const LIMB_ZERO: usize = memory.data<f64>([
${doubled((i) => 2 ** (52 + exponent(i)) + 2 ** (exponent(i) + WIDTHS[i] - 1))}
], 16);

/**
 * The second factor while it is multiplied: b1 .. b11 times 19 * 2^-255, then b0 .. b11. Row i of the product then needs ${LIMBS}
 * neighbours of it, from b(-i) on. Loops over ${ROWS} rows and half the columns instead of one unrolled block, because V8 orders a
 * block's pure operations breadth first, which keeps dozens of values alive: unrolled, 427 of 820 instructions moved
 * registers to and from the stack, and a multiplication of pairs took 44 ns on Node 20 and 36 on 24; so it takes 33 on both,
 * which is what its 344 floating-point operations need on three ports.
 */
const EXTENDED: usize = memory.data(${(2 * LIMBS - 1) * 16}, 16);

${both('mulUnchecked', 'out = a * b, carried. The result may lie on an operand.', ['out', 'a', 'b'], multiplication)}
${both('sqUnchecked', 'out = a^2, carried. The result may lie on the operand.', ['out', 'a'], squaring)}
${both('add', 'out = a + b, not carried.', ['out', 'a', 'b'], (o) => elementwise(o, (i) => o.add(o.load('a', i), o.load('b', i))))}
${both('sub', 'out = a - b, not carried.', ['out', 'a', 'b'], (o) => elementwise(o, (i) => o.sub(o.load('a', i), o.load('b', i))))}
${lanewise('gather', 'The lanes of out from the single elements (12 doubles) at p0 and p1.', {
  parameters: 'out: usize, p0: usize, p1: usize',
  simd: (i) => `v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, ${8 * i}), 1, ${8 * i}), ${16 * i});`,
  lane: (i) => [`store<f64>(out, load<f64>(p0, ${8 * i}), ${16 * i});`, `store<f64>(out, load<f64>(p1, ${8 * i}), ${16 * i + 8});`],
})}
${lanewise('gatherSigned', 'As gather, each lane negated where its flag is 1.', {
  parameters: 'out: usize, p0: usize, p1: usize, negate0: usize, negate1: usize',
  simdStart: 'const signs = i64x2.replace_lane(i64x2.splat(<i64>negate0 << 63), 1, <i64>negate1 << 63);',
  laneStart: ['const sign0: f64 = 1 - <f64>(<i32>negate0 << 1);', 'const sign1: f64 = 1 - <f64>(<i32>negate1 << 1);'],
  simd: (i) => `v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, ${8 * i}), 1, ${8 * i})), ${16 * i});`,
  lane: (i) => [
    `store<f64>(out, sign0 * load<f64>(p0, ${8 * i}), ${16 * i});`,
    `store<f64>(out, sign1 * load<f64>(p1, ${8 * i}), ${16 * i + 8});`,
  ],
})}
${lanewise('gatherPacked', 'As gatherSigned, from PACKED elements.', {
  parameters: 'out: usize, p0: usize, p1: usize, negate0: usize, negate1: usize',
  simdStart: [
    'const signs = i64x2.replace_lane(i64x2.splat(<i64>negate0 << 63), 1, <i64>negate1 << 63);',
    `const mask${WIDTHS[1]} = i64x2.splat(${2 ** WIDTHS[1] - 1});`,
    `const mask${WIDTHS[0]} = i64x2.splat(${2 ** WIDTHS[0] - 1});`,
    'let w: v128;',
  ],
  laneStart: [
    'const sign0: f64 = 1 - <f64>(<i32>negate0 << 1);',
    'const sign1: f64 = 1 - <f64>(<i32>negate1 << 1);',
    'let w0: u64;',
    'let w1: u64;',
  ],
  simd: (i) => {
    const at = (8 * i) / PER_WORD;
    const low = exponent(i) % 64;
    const bits = low === 0 ? 'w' : `i64x2.shr_u(w, ${low})`;
    const limb = isTop(i) ? bits : `v128.and(${bits}, mask${WIDTHS[i]})`;
    const number = `f64x2.sub(v128.or(${limb}, v128.load(LIMB_AT, ${16 * i})), v128.load(LIMB_ZERO, ${16 * i}))`;
    return [
      ...(i % PER_WORD === 0 ? [`w = v128.load64_lane(p1, v128.load64_zero(p0, ${at}), 1, ${at});`] : []),
      `v128.store(out, v128.xor(signs, ${number}), ${16 * i});`,
    ];
  },
  lane: (i) => {
    const at = (8 * i) / PER_WORD;
    const low = exponent(i) % 64;
    return [0, 1].flatMap((l) => {
      const limb = `(w${l} >> ${low}) & ${2 ** WIDTHS[i] - 1}`;
      const number = `(reinterpret<f64>((${limb}) | load<u64>(LIMB_AT, ${16 * i})) - load<f64>(LIMB_ZERO, ${16 * i}))`;
      return [
        ...(i % PER_WORD === 0 ? [`w${l} = load<u64>(p${l}, ${at});`] : []),
        `store<f64>(out, sign${l} * ${number}, ${16 * i + 8 * l});`,
      ];
    });
  },
})}
${lanewise('scatter', 'The lanes of a to single elements (12 doubles) at p0 and p1.', {
  parameters: 'p0: usize, p1: usize, a: usize',
  simd: (i) => [`v = v128.load(a, ${16 * i});`, `v128.store64_lane(p0, v, 0, ${8 * i});`, `v128.store64_lane(p1, v, 1, ${8 * i});`],
  simdStart: 'let v: v128;',
  lane: (i) => [`store<f64>(p0, load<f64>(a, ${16 * i}), ${8 * i});`, `store<f64>(p1, load<f64>(a, ${16 * i + 8}), ${8 * i});`],
})}
${lanewise('narrowDoubleInputs', 'From (X, Y) and (T, Z): w = (X + Y, Z).', {
  parameters: 'w: usize, xy: usize, tz: usize',
  simdStart: 'let v: v128;',
  simd: (i) => [
    `v = v128.load(xy, ${16 * i});`,
    `v = f64x2.add(v, ${swapped('v')});`,
    `v128.store(w, i64x2.shuffle(v, v128.load(tz, ${16 * i}), 0, 3), ${16 * i});`,
  ],
  lane: (i) => [
    `store<f64>(w, load<f64>(xy, ${16 * i}) + load<f64>(xy, ${16 * i + 8}), ${16 * i});`,
    `store<f64>(w, load<f64>(tz, ${16 * i + 8}), ${16 * i + 8});`,
  ],
})}
${lanewise('narrowDoubleMiddle', 'From (X^2, Y^2) and ((X + Y)^2, Z^2): (E, G), (F, H) and (H, F) of a doubling.', {
  parameters: 'eg: usize, fh: usize, hf: usize, squares: usize, others: usize',
  simdStart: ['let v: v128;', 'let e: v128;', 'let f: v128;', 'let g: v128;', 'let h: v128;'],
  simd: (i) => [
    `v = v128.load(squares, ${16 * i});`,
    `f = ${swapped('v')};`,
    `h = f64x2.add(v, f);`,
    `g = f64x2.sub(f, v);`,
    `v = v128.load(others, ${16 * i});`,
    `e = f64x2.sub(v, h);`,
    `f = ${swapped('v')};`,
    `f = f64x2.sub(f64x2.add(f, f), g);`,
    ...simdResults(i),
  ],
  laneStart: ['let e: f64;', 'let f: f64;', 'let g: f64;', 'let h: f64;'],
  lane: (i) => [
    `h = load<f64>(squares, ${16 * i}) + load<f64>(squares, ${16 * i + 8});`,
    `g = load<f64>(squares, ${16 * i + 8}) - load<f64>(squares, ${16 * i});`,
    `e = load<f64>(others, ${16 * i}) - h;`,
    `f = 2 * load<f64>(others, ${16 * i + 8}) - g;`,
    ...laneResults(i),
  ],
})}
${lanewise('narrowAddInputs', 'From (X, Y): out = (Y - X, Y + X).', {
  parameters: 'out: usize, xy: usize',
  simdStart: ['let v: v128;', 'const sign = i64x2.replace_lane(i64x2.splat(0), 0, <i64>1 << 63);'],
  simd: (i) => [`v = v128.load(xy, ${16 * i});`, `v128.store(out, f64x2.add(${swapped('v')}, v128.xor(v, sign)), ${16 * i});`],
  lane: (i) => [
    `store<f64>(out, load<f64>(xy, ${16 * i + 8}) - load<f64>(xy, ${16 * i}), ${16 * i});`,
    `store<f64>(out, load<f64>(xy, ${16 * i + 8}) + load<f64>(xy, ${16 * i}), ${16 * i + 8});`,
  ],
})}
${lanewise('narrowAddMiddle', 'From (A, B) and (C, D): (E, G), (F, H) and (H, F) of an addition.', {
  parameters: 'eg: usize, fh: usize, hf: usize, ab: usize, cd: usize',
  simdStart: ['let v: v128;', 'let e: v128;', 'let f: v128;', 'let g: v128;', 'let h: v128;'],
  simd: (i) => [
    `v = v128.load(ab, ${16 * i});`,
    `e = ${swapped('v')};`,
    `h = f64x2.add(v, e);`,
    `e = f64x2.sub(e, v);`,
    `v = v128.load(cd, ${16 * i});`,
    `f = ${swapped('v')};`,
    `g = f64x2.add(v, f);`,
    `f = f64x2.sub(f, v);`,
    ...simdResults(i),
  ],
  laneStart: ['let e: f64;', 'let f: f64;', 'let g: f64;', 'let h: f64;'],
  lane: (i) => [
    `e = load<f64>(ab, ${16 * i + 8}) - load<f64>(ab, ${16 * i});`,
    `h = load<f64>(ab, ${16 * i + 8}) + load<f64>(ab, ${16 * i});`,
    `f = load<f64>(cd, ${16 * i + 8}) - load<f64>(cd, ${16 * i});`,
    `g = load<f64>(cd, ${16 * i + 8}) + load<f64>(cd, ${16 * i});`,
    ...laneResults(i),
  ],
})}`;

export const sources = () => ({ 'ed25519-field.ts': source });
