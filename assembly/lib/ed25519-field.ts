// Written by scripts/make-ed25519-field.mjs; change that, not this.
//
// Arithmetic modulo p = 2^255 - 19 on pairs of field elements, both at once. An element is the sum of 12 doubles ("limbs");
// limb i is a multiple of 2^e(i), e(i) = ceil(255 i / 12) = 0, 22, 43, 64, 85, 107, 128, 149, 170, 192, 213, 234, and after a carry at most
// about half of 2^e(i+1) in size. A pair lies in memory as 24 doubles: limb i of lane l at byte 16 i + 8 l.
// Products and their sums are exact, since they stay below 2^53 times their unit: with operands of A and B times the carried
// size that needs A * B <= 15 (see docs/kernels.md), and debug builds assert it. Radix 2^21.25 in doubles is Bernstein's
// (Curve25519, 2006, section 4); two lanes because f64x2 multiplies two pairs in one instruction, which needs no unpacking,
// where the integer i64x2.extmul takes three.

/** Bytes of a pair of elements. */
export const PAIR: usize = 192;

/** 1.5 * 2^(52 + e(i+1)): adding and subtracting it rounds limb i to a multiple of the next limb's unit. Twice each. */
const ROUND: usize = memory.data<f64>(
  [
    2.833419889721787e22, 2.833419889721787e22, 5.942112188569825e28, 5.942112188569825e28, 1.2461512460483586e35, 1.2461512460483586e35,
    2.6133685779528074e41, 2.6133685779528074e41, 1.0961262279981772e48, 1.0961262279981772e48, 2.2987433112988333e54,
    2.2987433112988333e54, 4.820814132776971e60, 4.820814132776971e60, 1.010998000018149e67, 1.010998000018149e67, 4.2404329554681224e73,
    4.2404329554681224e73, 8.892832453425884e79, 8.892832453425884e79, 1.8649621365367e86, 1.8649621365367e86, 3.911109074562213e92,
    3.911109074562213e92,
  ],
  16,
);

/** 19 * 2^-255: what a unit above 2^255 is worth below. */
const WRAP: usize = memory.data<f64>([3.281744050935889e-76, 3.281744050935889e-76], 16);

/** 2^e(i) and 2^-e(i), to go between limbs and integers. */
export const SCALE: usize = memory.data<f64>(
  [
    1, 4.194304e6, 8.796093022208e12, 1.8446744073709552e19, 3.8685626227668134e25, 1.6225927682921336e32, 3.402823669209385e38,
    7.1362384635298e44, 1.4965776766268446e51, 6.277101735386681e57, 1.3164036458569648e64, 2.7606985387162255e70,
  ],
  16,
);
export const UNSCALE: usize = memory.data<f64>(
  [
    1, 2.384185791015625e-7, 1.1368683772161603e-13, 5.421010862427522e-20, 2.5849394142282115e-26, 6.162975822039155e-33,
    2.938735877055719e-39, 1.401298464324817e-45, 6.681911775230489e-52, 1.5930919111324523e-58, 7.596454196607839e-65,
    3.622271631530685e-71,
  ],
  16,
);

/**
 * A PACKED element is 32 bytes: the integer, in [0, p), of the element plus HALVES, half of each limb's range. The bits of limb
 * i are then its value plus half its range. They become a number as the low bits of the double LIMB_AT = 2^(52 + e(i)), from
 * which LIMB_ZERO, that plus the half, is subtracted.
 */
export const PACKED_ELEMENT: usize = 32;
export const HALVES: usize = memory.data<f64>(
  [
    2.097152e6, 2.097152e6, 4.398046511104e12, 4.398046511104e12, 9.223372036854776e18, 9.223372036854776e18, 1.9342813113834067e25,
    1.9342813113834067e25, 8.112963841460668e31, 8.112963841460668e31, 1.7014118346046923e38, 1.7014118346046923e38, 3.5681192317649e44,
    3.5681192317649e44, 7.482888383134223e50, 7.482888383134223e50, 3.1385508676933404e57, 3.1385508676933404e57, 6.582018229284824e63,
    6.582018229284824e63, 1.3803492693581128e70, 1.3803492693581128e70, 2.894802230932905e76, 2.894802230932905e76,
  ],
  16,
);
const LIMB_AT: usize = memory.data<f64>(
  [
    4.503599627370496e15, 4.503599627370496e15, 1.888946593147858e22, 1.888946593147858e22, 3.961408125713217e28, 3.961408125713217e28,
    8.307674973655724e34, 8.307674973655724e34, 1.742245718635205e41, 1.742245718635205e41, 7.307508186654515e47, 7.307508186654515e47,
    1.532495540865889e54, 1.532495540865889e54, 3.2138760885179806e60, 3.2138760885179806e60, 6.73998666678766e66, 6.73998666678766e66,
    2.826955303645415e73, 2.826955303645415e73, 5.928554968950589e79, 5.928554968950589e79, 1.2433080910244666e86, 1.2433080910244666e86,
  ],
  16,
);
const LIMB_ZERO: usize = memory.data<f64>(
  [
    4.503599629467648e15, 4.503599629467648e15, 1.8889465935876627e22, 1.8889465935876627e22, 3.961408126635554e28, 3.961408126635554e28,
    8.307674975590006e34, 8.307674975590006e34, 1.7422457194465013e41, 1.7422457194465013e41, 7.307508188355926e47, 7.307508188355926e47,
    1.5324955412227008e54, 1.5324955412227008e54, 3.2138760892662694e60, 3.2138760892662694e60, 6.739986669926211e66, 6.739986669926211e66,
    2.826955304303617e73, 2.826955304303617e73, 5.928554970330938e79, 5.928554970330938e79, 1.2433080913139468e86, 1.2433080913139468e86,
  ],
  16,
);

/**
 * The second factor while it is multiplied: b1 .. b11 times 19 * 2^-255, then b0 .. b11. Row i of the product then needs 12
 * neighbours of it, from b(-i) on. Loops over 3 rows and half the columns instead of one unrolled block, because V8 orders a
 * block's pure operations breadth first, which keeps dozens of values alive: unrolled, 427 of 820 instructions moved
 * registers to and from the stack, and a multiplication of pairs took 44 ns on Node 20 and 36 on 24; so it takes 33 on both,
 * which is what its 344 floating-point operations need on three ports.
 */
const EXTENDED: usize = memory.data(368, 16);

function mulUncheckedLane(out: usize, a: usize, b: usize): void {
  const wrap = load<f64>(WRAP, 0);
  const b0 = load<f64>(b, 0);
  store<f64>(EXTENDED, b0, 176);
  const b1 = load<f64>(b, 16);
  store<f64>(EXTENDED, b1, 192);
  store<f64>(EXTENDED, b1 * wrap, 0);
  const b2 = load<f64>(b, 32);
  store<f64>(EXTENDED, b2, 208);
  store<f64>(EXTENDED, b2 * wrap, 16);
  const b3 = load<f64>(b, 48);
  store<f64>(EXTENDED, b3, 224);
  store<f64>(EXTENDED, b3 * wrap, 32);
  const b4 = load<f64>(b, 64);
  store<f64>(EXTENDED, b4, 240);
  store<f64>(EXTENDED, b4 * wrap, 48);
  const b5 = load<f64>(b, 80);
  store<f64>(EXTENDED, b5, 256);
  store<f64>(EXTENDED, b5 * wrap, 64);
  const b6 = load<f64>(b, 96);
  store<f64>(EXTENDED, b6, 272);
  store<f64>(EXTENDED, b6 * wrap, 80);
  const b7 = load<f64>(b, 112);
  store<f64>(EXTENDED, b7, 288);
  store<f64>(EXTENDED, b7 * wrap, 96);
  const b8 = load<f64>(b, 128);
  store<f64>(EXTENDED, b8, 304);
  store<f64>(EXTENDED, b8 * wrap, 112);
  const b9 = load<f64>(b, 144);
  store<f64>(EXTENDED, b9, 320);
  store<f64>(EXTENDED, b9 * wrap, 128);
  const b10 = load<f64>(b, 160);
  store<f64>(EXTENDED, b10, 336);
  store<f64>(EXTENDED, b10 * wrap, 144);
  const b11 = load<f64>(b, 176);
  store<f64>(EXTENDED, b11, 352);
  store<f64>(EXTENDED, b11 * wrap, 160);
  let h0: f64 = 0;
  let h1: f64 = 0;
  let h2: f64 = 0;
  let h3: f64 = 0;
  let h4: f64 = 0;
  let h5: f64 = 0;
  let h6: f64 = 0;
  let h7: f64 = 0;
  let h8: f64 = 0;
  let h9: f64 = 0;
  let h10: f64 = 0;
  let h11: f64 = 0;
  for (let p = EXTENDED + 144, q = a, end = a + PAIR; q < end;) {
    const a0 = load<f64>(q, 0);
    const a1 = load<f64>(q, 16);
    const a2 = load<f64>(q, 32);
    const x0 = load<f64>(p, 0);
    const x1 = load<f64>(p, 16);
    const x2 = load<f64>(p, 32);
    const x3 = load<f64>(p, 48);
    const x4 = load<f64>(p, 64);
    const x5 = load<f64>(p, 80);
    const x6 = load<f64>(p, 96);
    const x7 = load<f64>(p, 112);
    h0 = h0 + a0 * x2;
    h1 = h1 + a0 * x3;
    h2 = h2 + a0 * x4;
    h3 = h3 + a0 * x5;
    h4 = h4 + a0 * x6;
    h5 = h5 + a0 * x7;
    h0 = h0 + a1 * x1;
    h1 = h1 + a1 * x2;
    h2 = h2 + a1 * x3;
    h3 = h3 + a1 * x4;
    h4 = h4 + a1 * x5;
    h5 = h5 + a1 * x6;
    h0 = h0 + a2 * x0;
    h1 = h1 + a2 * x1;
    h2 = h2 + a2 * x2;
    h3 = h3 + a2 * x3;
    h4 = h4 + a2 * x4;
    h5 = h5 + a2 * x5;
    p -= 48;
    q += 48;
  }
  for (let p = EXTENDED + 240, q = a, end = a + PAIR; q < end;) {
    const a0 = load<f64>(q, 0);
    const a1 = load<f64>(q, 16);
    const a2 = load<f64>(q, 32);
    const x0 = load<f64>(p, 0);
    const x1 = load<f64>(p, 16);
    const x2 = load<f64>(p, 32);
    const x3 = load<f64>(p, 48);
    const x4 = load<f64>(p, 64);
    const x5 = load<f64>(p, 80);
    const x6 = load<f64>(p, 96);
    const x7 = load<f64>(p, 112);
    h6 = h6 + a0 * x2;
    h7 = h7 + a0 * x3;
    h8 = h8 + a0 * x4;
    h9 = h9 + a0 * x5;
    h10 = h10 + a0 * x6;
    h11 = h11 + a0 * x7;
    h6 = h6 + a1 * x1;
    h7 = h7 + a1 * x2;
    h8 = h8 + a1 * x3;
    h9 = h9 + a1 * x4;
    h10 = h10 + a1 * x5;
    h11 = h11 + a1 * x6;
    h6 = h6 + a2 * x0;
    h7 = h7 + a2 * x1;
    h8 = h8 + a2 * x2;
    h9 = h9 + a2 * x3;
    h10 = h10 + a2 * x4;
    h11 = h11 + a2 * x5;
    p -= 48;
    q += 48;
  }
  let c: f64;
  c = h0 + load<f64>(ROUND, 0) - load<f64>(ROUND, 0);
  h0 = h0 - c;
  h1 = h1 + c;
  c = h6 + load<f64>(ROUND, 96) - load<f64>(ROUND, 96);
  h6 = h6 - c;
  h7 = h7 + c;
  c = h1 + load<f64>(ROUND, 16) - load<f64>(ROUND, 16);
  h1 = h1 - c;
  h2 = h2 + c;
  c = h7 + load<f64>(ROUND, 112) - load<f64>(ROUND, 112);
  h7 = h7 - c;
  h8 = h8 + c;
  c = h2 + load<f64>(ROUND, 32) - load<f64>(ROUND, 32);
  h2 = h2 - c;
  h3 = h3 + c;
  c = h8 + load<f64>(ROUND, 128) - load<f64>(ROUND, 128);
  h8 = h8 - c;
  h9 = h9 + c;
  c = h3 + load<f64>(ROUND, 48) - load<f64>(ROUND, 48);
  h3 = h3 - c;
  h4 = h4 + c;
  c = h9 + load<f64>(ROUND, 144) - load<f64>(ROUND, 144);
  h9 = h9 - c;
  h10 = h10 + c;
  c = h4 + load<f64>(ROUND, 64) - load<f64>(ROUND, 64);
  h4 = h4 - c;
  h5 = h5 + c;
  c = h10 + load<f64>(ROUND, 160) - load<f64>(ROUND, 160);
  h10 = h10 - c;
  h11 = h11 + c;
  c = h5 + load<f64>(ROUND, 80) - load<f64>(ROUND, 80);
  h5 = h5 - c;
  h6 = h6 + c;
  c = h11 + load<f64>(ROUND, 176) - load<f64>(ROUND, 176);
  h11 = h11 - c;
  h0 = h0 + c * wrap;
  c = h6 + load<f64>(ROUND, 96) - load<f64>(ROUND, 96);
  h6 = h6 - c;
  h7 = h7 + c;
  c = h0 + load<f64>(ROUND, 0) - load<f64>(ROUND, 0);
  h0 = h0 - c;
  h1 = h1 + c;
  store<f64>(out, h0, 0);
  store<f64>(out, h1, 16);
  store<f64>(out, h2, 32);
  store<f64>(out, h3, 48);
  store<f64>(out, h4, 64);
  store<f64>(out, h5, 80);
  store<f64>(out, h6, 96);
  store<f64>(out, h7, 112);
  store<f64>(out, h8, 128);
  store<f64>(out, h9, 144);
  store<f64>(out, h10, 160);
  store<f64>(out, h11, 176);
}

function mulUncheckedPair(out: usize, a: usize, b: usize): void {
  const wrap = v128.load(WRAP, 0);
  const b0 = v128.load(b, 0);
  v128.store(EXTENDED, b0, 176);
  const b1 = v128.load(b, 16);
  v128.store(EXTENDED, b1, 192);
  v128.store(EXTENDED, f64x2.mul(b1, wrap), 0);
  const b2 = v128.load(b, 32);
  v128.store(EXTENDED, b2, 208);
  v128.store(EXTENDED, f64x2.mul(b2, wrap), 16);
  const b3 = v128.load(b, 48);
  v128.store(EXTENDED, b3, 224);
  v128.store(EXTENDED, f64x2.mul(b3, wrap), 32);
  const b4 = v128.load(b, 64);
  v128.store(EXTENDED, b4, 240);
  v128.store(EXTENDED, f64x2.mul(b4, wrap), 48);
  const b5 = v128.load(b, 80);
  v128.store(EXTENDED, b5, 256);
  v128.store(EXTENDED, f64x2.mul(b5, wrap), 64);
  const b6 = v128.load(b, 96);
  v128.store(EXTENDED, b6, 272);
  v128.store(EXTENDED, f64x2.mul(b6, wrap), 80);
  const b7 = v128.load(b, 112);
  v128.store(EXTENDED, b7, 288);
  v128.store(EXTENDED, f64x2.mul(b7, wrap), 96);
  const b8 = v128.load(b, 128);
  v128.store(EXTENDED, b8, 304);
  v128.store(EXTENDED, f64x2.mul(b8, wrap), 112);
  const b9 = v128.load(b, 144);
  v128.store(EXTENDED, b9, 320);
  v128.store(EXTENDED, f64x2.mul(b9, wrap), 128);
  const b10 = v128.load(b, 160);
  v128.store(EXTENDED, b10, 336);
  v128.store(EXTENDED, f64x2.mul(b10, wrap), 144);
  const b11 = v128.load(b, 176);
  v128.store(EXTENDED, b11, 352);
  v128.store(EXTENDED, f64x2.mul(b11, wrap), 160);
  let h0: v128 = f64x2.splat(0);
  let h1: v128 = f64x2.splat(0);
  let h2: v128 = f64x2.splat(0);
  let h3: v128 = f64x2.splat(0);
  let h4: v128 = f64x2.splat(0);
  let h5: v128 = f64x2.splat(0);
  let h6: v128 = f64x2.splat(0);
  let h7: v128 = f64x2.splat(0);
  let h8: v128 = f64x2.splat(0);
  let h9: v128 = f64x2.splat(0);
  let h10: v128 = f64x2.splat(0);
  let h11: v128 = f64x2.splat(0);
  for (let p = EXTENDED + 144, q = a, end = a + PAIR; q < end;) {
    const a0 = v128.load(q, 0);
    const a1 = v128.load(q, 16);
    const a2 = v128.load(q, 32);
    const x0 = v128.load(p, 0);
    const x1 = v128.load(p, 16);
    const x2 = v128.load(p, 32);
    const x3 = v128.load(p, 48);
    const x4 = v128.load(p, 64);
    const x5 = v128.load(p, 80);
    const x6 = v128.load(p, 96);
    const x7 = v128.load(p, 112);
    h0 = f64x2.add(h0, f64x2.mul(a0, x2));
    h1 = f64x2.add(h1, f64x2.mul(a0, x3));
    h2 = f64x2.add(h2, f64x2.mul(a0, x4));
    h3 = f64x2.add(h3, f64x2.mul(a0, x5));
    h4 = f64x2.add(h4, f64x2.mul(a0, x6));
    h5 = f64x2.add(h5, f64x2.mul(a0, x7));
    h0 = f64x2.add(h0, f64x2.mul(a1, x1));
    h1 = f64x2.add(h1, f64x2.mul(a1, x2));
    h2 = f64x2.add(h2, f64x2.mul(a1, x3));
    h3 = f64x2.add(h3, f64x2.mul(a1, x4));
    h4 = f64x2.add(h4, f64x2.mul(a1, x5));
    h5 = f64x2.add(h5, f64x2.mul(a1, x6));
    h0 = f64x2.add(h0, f64x2.mul(a2, x0));
    h1 = f64x2.add(h1, f64x2.mul(a2, x1));
    h2 = f64x2.add(h2, f64x2.mul(a2, x2));
    h3 = f64x2.add(h3, f64x2.mul(a2, x3));
    h4 = f64x2.add(h4, f64x2.mul(a2, x4));
    h5 = f64x2.add(h5, f64x2.mul(a2, x5));
    p -= 48;
    q += 48;
  }
  for (let p = EXTENDED + 240, q = a, end = a + PAIR; q < end;) {
    const a0 = v128.load(q, 0);
    const a1 = v128.load(q, 16);
    const a2 = v128.load(q, 32);
    const x0 = v128.load(p, 0);
    const x1 = v128.load(p, 16);
    const x2 = v128.load(p, 32);
    const x3 = v128.load(p, 48);
    const x4 = v128.load(p, 64);
    const x5 = v128.load(p, 80);
    const x6 = v128.load(p, 96);
    const x7 = v128.load(p, 112);
    h6 = f64x2.add(h6, f64x2.mul(a0, x2));
    h7 = f64x2.add(h7, f64x2.mul(a0, x3));
    h8 = f64x2.add(h8, f64x2.mul(a0, x4));
    h9 = f64x2.add(h9, f64x2.mul(a0, x5));
    h10 = f64x2.add(h10, f64x2.mul(a0, x6));
    h11 = f64x2.add(h11, f64x2.mul(a0, x7));
    h6 = f64x2.add(h6, f64x2.mul(a1, x1));
    h7 = f64x2.add(h7, f64x2.mul(a1, x2));
    h8 = f64x2.add(h8, f64x2.mul(a1, x3));
    h9 = f64x2.add(h9, f64x2.mul(a1, x4));
    h10 = f64x2.add(h10, f64x2.mul(a1, x5));
    h11 = f64x2.add(h11, f64x2.mul(a1, x6));
    h6 = f64x2.add(h6, f64x2.mul(a2, x0));
    h7 = f64x2.add(h7, f64x2.mul(a2, x1));
    h8 = f64x2.add(h8, f64x2.mul(a2, x2));
    h9 = f64x2.add(h9, f64x2.mul(a2, x3));
    h10 = f64x2.add(h10, f64x2.mul(a2, x4));
    h11 = f64x2.add(h11, f64x2.mul(a2, x5));
    p -= 48;
    q += 48;
  }
  let c: v128;
  c = f64x2.sub(f64x2.add(h0, v128.load(ROUND, 0)), v128.load(ROUND, 0));
  h0 = f64x2.sub(h0, c);
  h1 = f64x2.add(h1, c);
  c = f64x2.sub(f64x2.add(h6, v128.load(ROUND, 96)), v128.load(ROUND, 96));
  h6 = f64x2.sub(h6, c);
  h7 = f64x2.add(h7, c);
  c = f64x2.sub(f64x2.add(h1, v128.load(ROUND, 16)), v128.load(ROUND, 16));
  h1 = f64x2.sub(h1, c);
  h2 = f64x2.add(h2, c);
  c = f64x2.sub(f64x2.add(h7, v128.load(ROUND, 112)), v128.load(ROUND, 112));
  h7 = f64x2.sub(h7, c);
  h8 = f64x2.add(h8, c);
  c = f64x2.sub(f64x2.add(h2, v128.load(ROUND, 32)), v128.load(ROUND, 32));
  h2 = f64x2.sub(h2, c);
  h3 = f64x2.add(h3, c);
  c = f64x2.sub(f64x2.add(h8, v128.load(ROUND, 128)), v128.load(ROUND, 128));
  h8 = f64x2.sub(h8, c);
  h9 = f64x2.add(h9, c);
  c = f64x2.sub(f64x2.add(h3, v128.load(ROUND, 48)), v128.load(ROUND, 48));
  h3 = f64x2.sub(h3, c);
  h4 = f64x2.add(h4, c);
  c = f64x2.sub(f64x2.add(h9, v128.load(ROUND, 144)), v128.load(ROUND, 144));
  h9 = f64x2.sub(h9, c);
  h10 = f64x2.add(h10, c);
  c = f64x2.sub(f64x2.add(h4, v128.load(ROUND, 64)), v128.load(ROUND, 64));
  h4 = f64x2.sub(h4, c);
  h5 = f64x2.add(h5, c);
  c = f64x2.sub(f64x2.add(h10, v128.load(ROUND, 160)), v128.load(ROUND, 160));
  h10 = f64x2.sub(h10, c);
  h11 = f64x2.add(h11, c);
  c = f64x2.sub(f64x2.add(h5, v128.load(ROUND, 80)), v128.load(ROUND, 80));
  h5 = f64x2.sub(h5, c);
  h6 = f64x2.add(h6, c);
  c = f64x2.sub(f64x2.add(h11, v128.load(ROUND, 176)), v128.load(ROUND, 176));
  h11 = f64x2.sub(h11, c);
  h0 = f64x2.add(h0, f64x2.mul(c, wrap));
  c = f64x2.sub(f64x2.add(h6, v128.load(ROUND, 96)), v128.load(ROUND, 96));
  h6 = f64x2.sub(h6, c);
  h7 = f64x2.add(h7, c);
  c = f64x2.sub(f64x2.add(h0, v128.load(ROUND, 0)), v128.load(ROUND, 0));
  h0 = f64x2.sub(h0, c);
  h1 = f64x2.add(h1, c);
  v128.store(out, h0, 0);
  v128.store(out, h1, 16);
  v128.store(out, h2, 32);
  v128.store(out, h3, 48);
  v128.store(out, h4, 64);
  v128.store(out, h5, 80);
  v128.store(out, h6, 96);
  v128.store(out, h7, 112);
  v128.store(out, h8, 128);
  v128.store(out, h9, 144);
  v128.store(out, h10, 160);
  v128.store(out, h11, 176);
}

/** out = a * b, carried. The result may lie on an operand. */
export function mulUnchecked(out: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    mulUncheckedPair(out, a, b);
  } else {
    mulUncheckedLane(out, a, b);
    mulUncheckedLane(out + 8, a + 8, b + 8);
  }
}

function sqUncheckedLane(out: usize, a: usize): void {
  const wrap = load<f64>(WRAP, 0);
  const a0 = load<f64>(a, 0);
  const a1 = load<f64>(a, 16);
  const a2 = load<f64>(a, 32);
  const a3 = load<f64>(a, 48);
  const a4 = load<f64>(a, 64);
  const a5 = load<f64>(a, 80);
  const a6 = load<f64>(a, 96);
  const a7 = load<f64>(a, 112);
  const a8 = load<f64>(a, 128);
  const a9 = load<f64>(a, 144);
  const a10 = load<f64>(a, 160);
  const a11 = load<f64>(a, 176);
  const t0 = a0 + a0;
  const t1 = a1 + a1;
  const t2 = a2 + a2;
  const t3 = a3 + a3;
  const t4 = a4 + a4;
  const t5 = a5 + a5;
  const t6 = a6 + a6;
  const t7 = a7 + a7;
  const t8 = a8 + a8;
  const t9 = a9 + a9;
  const t10 = a10 + a10;
  let h0 = t1 * a11;
  h0 = h0 + t2 * a10;
  h0 = h0 + t3 * a9;
  h0 = h0 + t4 * a8;
  h0 = h0 + t5 * a7;
  h0 = h0 + a6 * a6;
  h0 = h0 * wrap;
  h0 = h0 + a0 * a0;
  let h1 = t2 * a11;
  h1 = h1 + t3 * a10;
  h1 = h1 + t4 * a9;
  h1 = h1 + t5 * a8;
  h1 = h1 + t6 * a7;
  h1 = h1 * wrap;
  h1 = h1 + t0 * a1;
  let h2 = t3 * a11;
  h2 = h2 + t4 * a10;
  h2 = h2 + t5 * a9;
  h2 = h2 + t6 * a8;
  h2 = h2 + a7 * a7;
  h2 = h2 * wrap;
  h2 = h2 + t0 * a2;
  h2 = h2 + a1 * a1;
  let h3 = t4 * a11;
  h3 = h3 + t5 * a10;
  h3 = h3 + t6 * a9;
  h3 = h3 + t7 * a8;
  h3 = h3 * wrap;
  h3 = h3 + t0 * a3;
  h3 = h3 + t1 * a2;
  let h4 = t5 * a11;
  h4 = h4 + t6 * a10;
  h4 = h4 + t7 * a9;
  h4 = h4 + a8 * a8;
  h4 = h4 * wrap;
  h4 = h4 + t0 * a4;
  h4 = h4 + t1 * a3;
  h4 = h4 + a2 * a2;
  let h5 = t6 * a11;
  h5 = h5 + t7 * a10;
  h5 = h5 + t8 * a9;
  h5 = h5 * wrap;
  h5 = h5 + t0 * a5;
  h5 = h5 + t1 * a4;
  h5 = h5 + t2 * a3;
  let h6 = t7 * a11;
  h6 = h6 + t8 * a10;
  h6 = h6 + a9 * a9;
  h6 = h6 * wrap;
  h6 = h6 + t0 * a6;
  h6 = h6 + t1 * a5;
  h6 = h6 + t2 * a4;
  h6 = h6 + a3 * a3;
  let h7 = t8 * a11;
  h7 = h7 + t9 * a10;
  h7 = h7 * wrap;
  h7 = h7 + t0 * a7;
  h7 = h7 + t1 * a6;
  h7 = h7 + t2 * a5;
  h7 = h7 + t3 * a4;
  let h8 = t9 * a11;
  h8 = h8 + a10 * a10;
  h8 = h8 * wrap;
  h8 = h8 + t0 * a8;
  h8 = h8 + t1 * a7;
  h8 = h8 + t2 * a6;
  h8 = h8 + t3 * a5;
  h8 = h8 + a4 * a4;
  let h9 = t10 * a11;
  h9 = h9 * wrap;
  h9 = h9 + t0 * a9;
  h9 = h9 + t1 * a8;
  h9 = h9 + t2 * a7;
  h9 = h9 + t3 * a6;
  h9 = h9 + t4 * a5;
  let h10 = a11 * a11;
  h10 = h10 * wrap;
  h10 = h10 + t0 * a10;
  h10 = h10 + t1 * a9;
  h10 = h10 + t2 * a8;
  h10 = h10 + t3 * a7;
  h10 = h10 + t4 * a6;
  h10 = h10 + a5 * a5;
  let h11 = t0 * a11;
  h11 = h11 + t1 * a10;
  h11 = h11 + t2 * a9;
  h11 = h11 + t3 * a8;
  h11 = h11 + t4 * a7;
  h11 = h11 + t5 * a6;
  let c: f64;
  c = h0 + load<f64>(ROUND, 0) - load<f64>(ROUND, 0);
  h0 = h0 - c;
  h1 = h1 + c;
  c = h6 + load<f64>(ROUND, 96) - load<f64>(ROUND, 96);
  h6 = h6 - c;
  h7 = h7 + c;
  c = h1 + load<f64>(ROUND, 16) - load<f64>(ROUND, 16);
  h1 = h1 - c;
  h2 = h2 + c;
  c = h7 + load<f64>(ROUND, 112) - load<f64>(ROUND, 112);
  h7 = h7 - c;
  h8 = h8 + c;
  c = h2 + load<f64>(ROUND, 32) - load<f64>(ROUND, 32);
  h2 = h2 - c;
  h3 = h3 + c;
  c = h8 + load<f64>(ROUND, 128) - load<f64>(ROUND, 128);
  h8 = h8 - c;
  h9 = h9 + c;
  c = h3 + load<f64>(ROUND, 48) - load<f64>(ROUND, 48);
  h3 = h3 - c;
  h4 = h4 + c;
  c = h9 + load<f64>(ROUND, 144) - load<f64>(ROUND, 144);
  h9 = h9 - c;
  h10 = h10 + c;
  c = h4 + load<f64>(ROUND, 64) - load<f64>(ROUND, 64);
  h4 = h4 - c;
  h5 = h5 + c;
  c = h10 + load<f64>(ROUND, 160) - load<f64>(ROUND, 160);
  h10 = h10 - c;
  h11 = h11 + c;
  c = h5 + load<f64>(ROUND, 80) - load<f64>(ROUND, 80);
  h5 = h5 - c;
  h6 = h6 + c;
  c = h11 + load<f64>(ROUND, 176) - load<f64>(ROUND, 176);
  h11 = h11 - c;
  h0 = h0 + c * wrap;
  c = h6 + load<f64>(ROUND, 96) - load<f64>(ROUND, 96);
  h6 = h6 - c;
  h7 = h7 + c;
  c = h0 + load<f64>(ROUND, 0) - load<f64>(ROUND, 0);
  h0 = h0 - c;
  h1 = h1 + c;
  store<f64>(out, h0, 0);
  store<f64>(out, h1, 16);
  store<f64>(out, h2, 32);
  store<f64>(out, h3, 48);
  store<f64>(out, h4, 64);
  store<f64>(out, h5, 80);
  store<f64>(out, h6, 96);
  store<f64>(out, h7, 112);
  store<f64>(out, h8, 128);
  store<f64>(out, h9, 144);
  store<f64>(out, h10, 160);
  store<f64>(out, h11, 176);
}

function sqUncheckedPair(out: usize, a: usize): void {
  const wrap = v128.load(WRAP, 0);
  const a0 = v128.load(a, 0);
  const a1 = v128.load(a, 16);
  const a2 = v128.load(a, 32);
  const a3 = v128.load(a, 48);
  const a4 = v128.load(a, 64);
  const a5 = v128.load(a, 80);
  const a6 = v128.load(a, 96);
  const a7 = v128.load(a, 112);
  const a8 = v128.load(a, 128);
  const a9 = v128.load(a, 144);
  const a10 = v128.load(a, 160);
  const a11 = v128.load(a, 176);
  const t0 = f64x2.add(a0, a0);
  const t1 = f64x2.add(a1, a1);
  const t2 = f64x2.add(a2, a2);
  const t3 = f64x2.add(a3, a3);
  const t4 = f64x2.add(a4, a4);
  const t5 = f64x2.add(a5, a5);
  const t6 = f64x2.add(a6, a6);
  const t7 = f64x2.add(a7, a7);
  const t8 = f64x2.add(a8, a8);
  const t9 = f64x2.add(a9, a9);
  const t10 = f64x2.add(a10, a10);
  let h0 = f64x2.mul(t1, a11);
  h0 = f64x2.add(h0, f64x2.mul(t2, a10));
  h0 = f64x2.add(h0, f64x2.mul(t3, a9));
  h0 = f64x2.add(h0, f64x2.mul(t4, a8));
  h0 = f64x2.add(h0, f64x2.mul(t5, a7));
  h0 = f64x2.add(h0, f64x2.mul(a6, a6));
  h0 = f64x2.mul(h0, wrap);
  h0 = f64x2.add(h0, f64x2.mul(a0, a0));
  let h1 = f64x2.mul(t2, a11);
  h1 = f64x2.add(h1, f64x2.mul(t3, a10));
  h1 = f64x2.add(h1, f64x2.mul(t4, a9));
  h1 = f64x2.add(h1, f64x2.mul(t5, a8));
  h1 = f64x2.add(h1, f64x2.mul(t6, a7));
  h1 = f64x2.mul(h1, wrap);
  h1 = f64x2.add(h1, f64x2.mul(t0, a1));
  let h2 = f64x2.mul(t3, a11);
  h2 = f64x2.add(h2, f64x2.mul(t4, a10));
  h2 = f64x2.add(h2, f64x2.mul(t5, a9));
  h2 = f64x2.add(h2, f64x2.mul(t6, a8));
  h2 = f64x2.add(h2, f64x2.mul(a7, a7));
  h2 = f64x2.mul(h2, wrap);
  h2 = f64x2.add(h2, f64x2.mul(t0, a2));
  h2 = f64x2.add(h2, f64x2.mul(a1, a1));
  let h3 = f64x2.mul(t4, a11);
  h3 = f64x2.add(h3, f64x2.mul(t5, a10));
  h3 = f64x2.add(h3, f64x2.mul(t6, a9));
  h3 = f64x2.add(h3, f64x2.mul(t7, a8));
  h3 = f64x2.mul(h3, wrap);
  h3 = f64x2.add(h3, f64x2.mul(t0, a3));
  h3 = f64x2.add(h3, f64x2.mul(t1, a2));
  let h4 = f64x2.mul(t5, a11);
  h4 = f64x2.add(h4, f64x2.mul(t6, a10));
  h4 = f64x2.add(h4, f64x2.mul(t7, a9));
  h4 = f64x2.add(h4, f64x2.mul(a8, a8));
  h4 = f64x2.mul(h4, wrap);
  h4 = f64x2.add(h4, f64x2.mul(t0, a4));
  h4 = f64x2.add(h4, f64x2.mul(t1, a3));
  h4 = f64x2.add(h4, f64x2.mul(a2, a2));
  let h5 = f64x2.mul(t6, a11);
  h5 = f64x2.add(h5, f64x2.mul(t7, a10));
  h5 = f64x2.add(h5, f64x2.mul(t8, a9));
  h5 = f64x2.mul(h5, wrap);
  h5 = f64x2.add(h5, f64x2.mul(t0, a5));
  h5 = f64x2.add(h5, f64x2.mul(t1, a4));
  h5 = f64x2.add(h5, f64x2.mul(t2, a3));
  let h6 = f64x2.mul(t7, a11);
  h6 = f64x2.add(h6, f64x2.mul(t8, a10));
  h6 = f64x2.add(h6, f64x2.mul(a9, a9));
  h6 = f64x2.mul(h6, wrap);
  h6 = f64x2.add(h6, f64x2.mul(t0, a6));
  h6 = f64x2.add(h6, f64x2.mul(t1, a5));
  h6 = f64x2.add(h6, f64x2.mul(t2, a4));
  h6 = f64x2.add(h6, f64x2.mul(a3, a3));
  let h7 = f64x2.mul(t8, a11);
  h7 = f64x2.add(h7, f64x2.mul(t9, a10));
  h7 = f64x2.mul(h7, wrap);
  h7 = f64x2.add(h7, f64x2.mul(t0, a7));
  h7 = f64x2.add(h7, f64x2.mul(t1, a6));
  h7 = f64x2.add(h7, f64x2.mul(t2, a5));
  h7 = f64x2.add(h7, f64x2.mul(t3, a4));
  let h8 = f64x2.mul(t9, a11);
  h8 = f64x2.add(h8, f64x2.mul(a10, a10));
  h8 = f64x2.mul(h8, wrap);
  h8 = f64x2.add(h8, f64x2.mul(t0, a8));
  h8 = f64x2.add(h8, f64x2.mul(t1, a7));
  h8 = f64x2.add(h8, f64x2.mul(t2, a6));
  h8 = f64x2.add(h8, f64x2.mul(t3, a5));
  h8 = f64x2.add(h8, f64x2.mul(a4, a4));
  let h9 = f64x2.mul(t10, a11);
  h9 = f64x2.mul(h9, wrap);
  h9 = f64x2.add(h9, f64x2.mul(t0, a9));
  h9 = f64x2.add(h9, f64x2.mul(t1, a8));
  h9 = f64x2.add(h9, f64x2.mul(t2, a7));
  h9 = f64x2.add(h9, f64x2.mul(t3, a6));
  h9 = f64x2.add(h9, f64x2.mul(t4, a5));
  let h10 = f64x2.mul(a11, a11);
  h10 = f64x2.mul(h10, wrap);
  h10 = f64x2.add(h10, f64x2.mul(t0, a10));
  h10 = f64x2.add(h10, f64x2.mul(t1, a9));
  h10 = f64x2.add(h10, f64x2.mul(t2, a8));
  h10 = f64x2.add(h10, f64x2.mul(t3, a7));
  h10 = f64x2.add(h10, f64x2.mul(t4, a6));
  h10 = f64x2.add(h10, f64x2.mul(a5, a5));
  let h11 = f64x2.mul(t0, a11);
  h11 = f64x2.add(h11, f64x2.mul(t1, a10));
  h11 = f64x2.add(h11, f64x2.mul(t2, a9));
  h11 = f64x2.add(h11, f64x2.mul(t3, a8));
  h11 = f64x2.add(h11, f64x2.mul(t4, a7));
  h11 = f64x2.add(h11, f64x2.mul(t5, a6));
  let c: v128;
  c = f64x2.sub(f64x2.add(h0, v128.load(ROUND, 0)), v128.load(ROUND, 0));
  h0 = f64x2.sub(h0, c);
  h1 = f64x2.add(h1, c);
  c = f64x2.sub(f64x2.add(h6, v128.load(ROUND, 96)), v128.load(ROUND, 96));
  h6 = f64x2.sub(h6, c);
  h7 = f64x2.add(h7, c);
  c = f64x2.sub(f64x2.add(h1, v128.load(ROUND, 16)), v128.load(ROUND, 16));
  h1 = f64x2.sub(h1, c);
  h2 = f64x2.add(h2, c);
  c = f64x2.sub(f64x2.add(h7, v128.load(ROUND, 112)), v128.load(ROUND, 112));
  h7 = f64x2.sub(h7, c);
  h8 = f64x2.add(h8, c);
  c = f64x2.sub(f64x2.add(h2, v128.load(ROUND, 32)), v128.load(ROUND, 32));
  h2 = f64x2.sub(h2, c);
  h3 = f64x2.add(h3, c);
  c = f64x2.sub(f64x2.add(h8, v128.load(ROUND, 128)), v128.load(ROUND, 128));
  h8 = f64x2.sub(h8, c);
  h9 = f64x2.add(h9, c);
  c = f64x2.sub(f64x2.add(h3, v128.load(ROUND, 48)), v128.load(ROUND, 48));
  h3 = f64x2.sub(h3, c);
  h4 = f64x2.add(h4, c);
  c = f64x2.sub(f64x2.add(h9, v128.load(ROUND, 144)), v128.load(ROUND, 144));
  h9 = f64x2.sub(h9, c);
  h10 = f64x2.add(h10, c);
  c = f64x2.sub(f64x2.add(h4, v128.load(ROUND, 64)), v128.load(ROUND, 64));
  h4 = f64x2.sub(h4, c);
  h5 = f64x2.add(h5, c);
  c = f64x2.sub(f64x2.add(h10, v128.load(ROUND, 160)), v128.load(ROUND, 160));
  h10 = f64x2.sub(h10, c);
  h11 = f64x2.add(h11, c);
  c = f64x2.sub(f64x2.add(h5, v128.load(ROUND, 80)), v128.load(ROUND, 80));
  h5 = f64x2.sub(h5, c);
  h6 = f64x2.add(h6, c);
  c = f64x2.sub(f64x2.add(h11, v128.load(ROUND, 176)), v128.load(ROUND, 176));
  h11 = f64x2.sub(h11, c);
  h0 = f64x2.add(h0, f64x2.mul(c, wrap));
  c = f64x2.sub(f64x2.add(h6, v128.load(ROUND, 96)), v128.load(ROUND, 96));
  h6 = f64x2.sub(h6, c);
  h7 = f64x2.add(h7, c);
  c = f64x2.sub(f64x2.add(h0, v128.load(ROUND, 0)), v128.load(ROUND, 0));
  h0 = f64x2.sub(h0, c);
  h1 = f64x2.add(h1, c);
  v128.store(out, h0, 0);
  v128.store(out, h1, 16);
  v128.store(out, h2, 32);
  v128.store(out, h3, 48);
  v128.store(out, h4, 64);
  v128.store(out, h5, 80);
  v128.store(out, h6, 96);
  v128.store(out, h7, 112);
  v128.store(out, h8, 128);
  v128.store(out, h9, 144);
  v128.store(out, h10, 160);
  v128.store(out, h11, 176);
}

/** out = a^2, carried. The result may lie on the operand. */
export function sqUnchecked(out: usize, a: usize): void {
  if (ASC_FEATURE_SIMD) {
    sqUncheckedPair(out, a);
  } else {
    sqUncheckedLane(out, a);
    sqUncheckedLane(out + 8, a + 8);
  }
}

function addLane(out: usize, a: usize, b: usize): void {
  store<f64>(out, load<f64>(a, 0) + load<f64>(b, 0), 0);
  store<f64>(out, load<f64>(a, 16) + load<f64>(b, 16), 16);
  store<f64>(out, load<f64>(a, 32) + load<f64>(b, 32), 32);
  store<f64>(out, load<f64>(a, 48) + load<f64>(b, 48), 48);
  store<f64>(out, load<f64>(a, 64) + load<f64>(b, 64), 64);
  store<f64>(out, load<f64>(a, 80) + load<f64>(b, 80), 80);
  store<f64>(out, load<f64>(a, 96) + load<f64>(b, 96), 96);
  store<f64>(out, load<f64>(a, 112) + load<f64>(b, 112), 112);
  store<f64>(out, load<f64>(a, 128) + load<f64>(b, 128), 128);
  store<f64>(out, load<f64>(a, 144) + load<f64>(b, 144), 144);
  store<f64>(out, load<f64>(a, 160) + load<f64>(b, 160), 160);
  store<f64>(out, load<f64>(a, 176) + load<f64>(b, 176), 176);
}

function addPair(out: usize, a: usize, b: usize): void {
  v128.store(out, f64x2.add(v128.load(a, 0), v128.load(b, 0)), 0);
  v128.store(out, f64x2.add(v128.load(a, 16), v128.load(b, 16)), 16);
  v128.store(out, f64x2.add(v128.load(a, 32), v128.load(b, 32)), 32);
  v128.store(out, f64x2.add(v128.load(a, 48), v128.load(b, 48)), 48);
  v128.store(out, f64x2.add(v128.load(a, 64), v128.load(b, 64)), 64);
  v128.store(out, f64x2.add(v128.load(a, 80), v128.load(b, 80)), 80);
  v128.store(out, f64x2.add(v128.load(a, 96), v128.load(b, 96)), 96);
  v128.store(out, f64x2.add(v128.load(a, 112), v128.load(b, 112)), 112);
  v128.store(out, f64x2.add(v128.load(a, 128), v128.load(b, 128)), 128);
  v128.store(out, f64x2.add(v128.load(a, 144), v128.load(b, 144)), 144);
  v128.store(out, f64x2.add(v128.load(a, 160), v128.load(b, 160)), 160);
  v128.store(out, f64x2.add(v128.load(a, 176), v128.load(b, 176)), 176);
}

/** out = a + b, not carried. */
export function add(out: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    addPair(out, a, b);
  } else {
    addLane(out, a, b);
    addLane(out + 8, a + 8, b + 8);
  }
}

function subLane(out: usize, a: usize, b: usize): void {
  store<f64>(out, load<f64>(a, 0) - load<f64>(b, 0), 0);
  store<f64>(out, load<f64>(a, 16) - load<f64>(b, 16), 16);
  store<f64>(out, load<f64>(a, 32) - load<f64>(b, 32), 32);
  store<f64>(out, load<f64>(a, 48) - load<f64>(b, 48), 48);
  store<f64>(out, load<f64>(a, 64) - load<f64>(b, 64), 64);
  store<f64>(out, load<f64>(a, 80) - load<f64>(b, 80), 80);
  store<f64>(out, load<f64>(a, 96) - load<f64>(b, 96), 96);
  store<f64>(out, load<f64>(a, 112) - load<f64>(b, 112), 112);
  store<f64>(out, load<f64>(a, 128) - load<f64>(b, 128), 128);
  store<f64>(out, load<f64>(a, 144) - load<f64>(b, 144), 144);
  store<f64>(out, load<f64>(a, 160) - load<f64>(b, 160), 160);
  store<f64>(out, load<f64>(a, 176) - load<f64>(b, 176), 176);
}

function subPair(out: usize, a: usize, b: usize): void {
  v128.store(out, f64x2.sub(v128.load(a, 0), v128.load(b, 0)), 0);
  v128.store(out, f64x2.sub(v128.load(a, 16), v128.load(b, 16)), 16);
  v128.store(out, f64x2.sub(v128.load(a, 32), v128.load(b, 32)), 32);
  v128.store(out, f64x2.sub(v128.load(a, 48), v128.load(b, 48)), 48);
  v128.store(out, f64x2.sub(v128.load(a, 64), v128.load(b, 64)), 64);
  v128.store(out, f64x2.sub(v128.load(a, 80), v128.load(b, 80)), 80);
  v128.store(out, f64x2.sub(v128.load(a, 96), v128.load(b, 96)), 96);
  v128.store(out, f64x2.sub(v128.load(a, 112), v128.load(b, 112)), 112);
  v128.store(out, f64x2.sub(v128.load(a, 128), v128.load(b, 128)), 128);
  v128.store(out, f64x2.sub(v128.load(a, 144), v128.load(b, 144)), 144);
  v128.store(out, f64x2.sub(v128.load(a, 160), v128.load(b, 160)), 160);
  v128.store(out, f64x2.sub(v128.load(a, 176), v128.load(b, 176)), 176);
}

/** out = a - b, not carried. */
export function sub(out: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    subPair(out, a, b);
  } else {
    subLane(out, a, b);
    subLane(out + 8, a + 8, b + 8);
  }
}

/** The lanes of out from the single elements (12 doubles) at p0 and p1. */
export function gather(out: usize, p0: usize, p1: usize): void {
  if (ASC_FEATURE_SIMD) {
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 0), 1, 0), 0);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 8), 1, 8), 16);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 16), 1, 16), 32);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 24), 1, 24), 48);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 32), 1, 32), 64);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 40), 1, 40), 80);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 48), 1, 48), 96);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 56), 1, 56), 112);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 64), 1, 64), 128);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 72), 1, 72), 144);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 80), 1, 80), 160);
    v128.store(out, v128.load64_lane(p1, v128.load64_zero(p0, 88), 1, 88), 176);
  } else {
    store<f64>(out, load<f64>(p0, 0), 0);
    store<f64>(out, load<f64>(p1, 0), 8);
    store<f64>(out, load<f64>(p0, 8), 16);
    store<f64>(out, load<f64>(p1, 8), 24);
    store<f64>(out, load<f64>(p0, 16), 32);
    store<f64>(out, load<f64>(p1, 16), 40);
    store<f64>(out, load<f64>(p0, 24), 48);
    store<f64>(out, load<f64>(p1, 24), 56);
    store<f64>(out, load<f64>(p0, 32), 64);
    store<f64>(out, load<f64>(p1, 32), 72);
    store<f64>(out, load<f64>(p0, 40), 80);
    store<f64>(out, load<f64>(p1, 40), 88);
    store<f64>(out, load<f64>(p0, 48), 96);
    store<f64>(out, load<f64>(p1, 48), 104);
    store<f64>(out, load<f64>(p0, 56), 112);
    store<f64>(out, load<f64>(p1, 56), 120);
    store<f64>(out, load<f64>(p0, 64), 128);
    store<f64>(out, load<f64>(p1, 64), 136);
    store<f64>(out, load<f64>(p0, 72), 144);
    store<f64>(out, load<f64>(p1, 72), 152);
    store<f64>(out, load<f64>(p0, 80), 160);
    store<f64>(out, load<f64>(p1, 80), 168);
    store<f64>(out, load<f64>(p0, 88), 176);
    store<f64>(out, load<f64>(p1, 88), 184);
  }
}

/** As gather, each lane negated where its flag is 1. */
export function gatherSigned(out: usize, p0: usize, p1: usize, negate0: usize, negate1: usize): void {
  if (ASC_FEATURE_SIMD) {
    const signs = i64x2.replace_lane(i64x2.splat((<i64>negate0) << 63), 1, (<i64>negate1) << 63);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 0), 1, 0)), 0);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 8), 1, 8)), 16);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 16), 1, 16)), 32);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 24), 1, 24)), 48);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 32), 1, 32)), 64);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 40), 1, 40)), 80);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 48), 1, 48)), 96);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 56), 1, 56)), 112);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 64), 1, 64)), 128);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 72), 1, 72)), 144);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 80), 1, 80)), 160);
    v128.store(out, v128.xor(signs, v128.load64_lane(p1, v128.load64_zero(p0, 88), 1, 88)), 176);
  } else {
    const sign0: f64 = 1 - <f64>((<i32>negate0) << 1);
    const sign1: f64 = 1 - <f64>((<i32>negate1) << 1);
    store<f64>(out, sign0 * load<f64>(p0, 0), 0);
    store<f64>(out, sign1 * load<f64>(p1, 0), 8);
    store<f64>(out, sign0 * load<f64>(p0, 8), 16);
    store<f64>(out, sign1 * load<f64>(p1, 8), 24);
    store<f64>(out, sign0 * load<f64>(p0, 16), 32);
    store<f64>(out, sign1 * load<f64>(p1, 16), 40);
    store<f64>(out, sign0 * load<f64>(p0, 24), 48);
    store<f64>(out, sign1 * load<f64>(p1, 24), 56);
    store<f64>(out, sign0 * load<f64>(p0, 32), 64);
    store<f64>(out, sign1 * load<f64>(p1, 32), 72);
    store<f64>(out, sign0 * load<f64>(p0, 40), 80);
    store<f64>(out, sign1 * load<f64>(p1, 40), 88);
    store<f64>(out, sign0 * load<f64>(p0, 48), 96);
    store<f64>(out, sign1 * load<f64>(p1, 48), 104);
    store<f64>(out, sign0 * load<f64>(p0, 56), 112);
    store<f64>(out, sign1 * load<f64>(p1, 56), 120);
    store<f64>(out, sign0 * load<f64>(p0, 64), 128);
    store<f64>(out, sign1 * load<f64>(p1, 64), 136);
    store<f64>(out, sign0 * load<f64>(p0, 72), 144);
    store<f64>(out, sign1 * load<f64>(p1, 72), 152);
    store<f64>(out, sign0 * load<f64>(p0, 80), 160);
    store<f64>(out, sign1 * load<f64>(p1, 80), 168);
    store<f64>(out, sign0 * load<f64>(p0, 88), 176);
    store<f64>(out, sign1 * load<f64>(p1, 88), 184);
  }
}

/** As gatherSigned, from PACKED elements. */
export function gatherPacked(out: usize, p0: usize, p1: usize, negate0: usize, negate1: usize): void {
  if (ASC_FEATURE_SIMD) {
    const signs = i64x2.replace_lane(i64x2.splat((<i64>negate0) << 63), 1, (<i64>negate1) << 63);
    const mask21 = i64x2.splat(2097151);
    const mask22 = i64x2.splat(4194303);
    let w: v128;
    w = v128.load64_lane(p1, v128.load64_zero(p0, 0), 1, 0);
    v128.store(out, v128.xor(signs, f64x2.sub(v128.or(v128.and(w, mask22), v128.load(LIMB_AT, 0)), v128.load(LIMB_ZERO, 0))), 0);
    v128.store(
      out,
      v128.xor(signs, f64x2.sub(v128.or(v128.and(i64x2.shr_u(w, 22), mask21), v128.load(LIMB_AT, 16)), v128.load(LIMB_ZERO, 16))),
      16,
    );
    v128.store(out, v128.xor(signs, f64x2.sub(v128.or(i64x2.shr_u(w, 43), v128.load(LIMB_AT, 32)), v128.load(LIMB_ZERO, 32))), 32);
    w = v128.load64_lane(p1, v128.load64_zero(p0, 8), 1, 8);
    v128.store(out, v128.xor(signs, f64x2.sub(v128.or(v128.and(w, mask21), v128.load(LIMB_AT, 48)), v128.load(LIMB_ZERO, 48))), 48);
    v128.store(
      out,
      v128.xor(signs, f64x2.sub(v128.or(v128.and(i64x2.shr_u(w, 21), mask22), v128.load(LIMB_AT, 64)), v128.load(LIMB_ZERO, 64))),
      64,
    );
    v128.store(out, v128.xor(signs, f64x2.sub(v128.or(i64x2.shr_u(w, 43), v128.load(LIMB_AT, 80)), v128.load(LIMB_ZERO, 80))), 80);
    w = v128.load64_lane(p1, v128.load64_zero(p0, 16), 1, 16);
    v128.store(out, v128.xor(signs, f64x2.sub(v128.or(v128.and(w, mask21), v128.load(LIMB_AT, 96)), v128.load(LIMB_ZERO, 96))), 96);
    v128.store(
      out,
      v128.xor(signs, f64x2.sub(v128.or(v128.and(i64x2.shr_u(w, 21), mask21), v128.load(LIMB_AT, 112)), v128.load(LIMB_ZERO, 112))),
      112,
    );
    v128.store(out, v128.xor(signs, f64x2.sub(v128.or(i64x2.shr_u(w, 42), v128.load(LIMB_AT, 128)), v128.load(LIMB_ZERO, 128))), 128);
    w = v128.load64_lane(p1, v128.load64_zero(p0, 24), 1, 24);
    v128.store(out, v128.xor(signs, f64x2.sub(v128.or(v128.and(w, mask21), v128.load(LIMB_AT, 144)), v128.load(LIMB_ZERO, 144))), 144);
    v128.store(
      out,
      v128.xor(signs, f64x2.sub(v128.or(v128.and(i64x2.shr_u(w, 21), mask21), v128.load(LIMB_AT, 160)), v128.load(LIMB_ZERO, 160))),
      160,
    );
    v128.store(out, v128.xor(signs, f64x2.sub(v128.or(i64x2.shr_u(w, 42), v128.load(LIMB_AT, 176)), v128.load(LIMB_ZERO, 176))), 176);
  } else {
    const sign0: f64 = 1 - <f64>((<i32>negate0) << 1);
    const sign1: f64 = 1 - <f64>((<i32>negate1) << 1);
    let w0: u64;
    let w1: u64;
    w0 = load<u64>(p0, 0);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 0) & 4194303) | load<u64>(LIMB_AT, 0)) - load<f64>(LIMB_ZERO, 0)), 0);
    w1 = load<u64>(p1, 0);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 0) & 4194303) | load<u64>(LIMB_AT, 0)) - load<f64>(LIMB_ZERO, 0)), 8);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 22) & 2097151) | load<u64>(LIMB_AT, 16)) - load<f64>(LIMB_ZERO, 16)), 16);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 22) & 2097151) | load<u64>(LIMB_AT, 16)) - load<f64>(LIMB_ZERO, 16)), 24);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 43) & 2097151) | load<u64>(LIMB_AT, 32)) - load<f64>(LIMB_ZERO, 32)), 32);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 43) & 2097151) | load<u64>(LIMB_AT, 32)) - load<f64>(LIMB_ZERO, 32)), 40);
    w0 = load<u64>(p0, 8);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 0) & 2097151) | load<u64>(LIMB_AT, 48)) - load<f64>(LIMB_ZERO, 48)), 48);
    w1 = load<u64>(p1, 8);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 0) & 2097151) | load<u64>(LIMB_AT, 48)) - load<f64>(LIMB_ZERO, 48)), 56);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 21) & 4194303) | load<u64>(LIMB_AT, 64)) - load<f64>(LIMB_ZERO, 64)), 64);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 21) & 4194303) | load<u64>(LIMB_AT, 64)) - load<f64>(LIMB_ZERO, 64)), 72);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 43) & 2097151) | load<u64>(LIMB_AT, 80)) - load<f64>(LIMB_ZERO, 80)), 80);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 43) & 2097151) | load<u64>(LIMB_AT, 80)) - load<f64>(LIMB_ZERO, 80)), 88);
    w0 = load<u64>(p0, 16);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 0) & 2097151) | load<u64>(LIMB_AT, 96)) - load<f64>(LIMB_ZERO, 96)), 96);
    w1 = load<u64>(p1, 16);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 0) & 2097151) | load<u64>(LIMB_AT, 96)) - load<f64>(LIMB_ZERO, 96)), 104);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 21) & 2097151) | load<u64>(LIMB_AT, 112)) - load<f64>(LIMB_ZERO, 112)), 112);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 21) & 2097151) | load<u64>(LIMB_AT, 112)) - load<f64>(LIMB_ZERO, 112)), 120);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 42) & 4194303) | load<u64>(LIMB_AT, 128)) - load<f64>(LIMB_ZERO, 128)), 128);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 42) & 4194303) | load<u64>(LIMB_AT, 128)) - load<f64>(LIMB_ZERO, 128)), 136);
    w0 = load<u64>(p0, 24);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 0) & 2097151) | load<u64>(LIMB_AT, 144)) - load<f64>(LIMB_ZERO, 144)), 144);
    w1 = load<u64>(p1, 24);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 0) & 2097151) | load<u64>(LIMB_AT, 144)) - load<f64>(LIMB_ZERO, 144)), 152);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 21) & 2097151) | load<u64>(LIMB_AT, 160)) - load<f64>(LIMB_ZERO, 160)), 160);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 21) & 2097151) | load<u64>(LIMB_AT, 160)) - load<f64>(LIMB_ZERO, 160)), 168);
    store<f64>(out, sign0 * (reinterpret<f64>(((w0 >> 42) & 2097151) | load<u64>(LIMB_AT, 176)) - load<f64>(LIMB_ZERO, 176)), 176);
    store<f64>(out, sign1 * (reinterpret<f64>(((w1 >> 42) & 2097151) | load<u64>(LIMB_AT, 176)) - load<f64>(LIMB_ZERO, 176)), 184);
  }
}

/** The lanes of a to single elements (12 doubles) at p0 and p1. */
export function scatter(p0: usize, p1: usize, a: usize): void {
  if (ASC_FEATURE_SIMD) {
    let v: v128;
    v = v128.load(a, 0);
    v128.store64_lane(p0, v, 0, 0);
    v128.store64_lane(p1, v, 1, 0);
    v = v128.load(a, 16);
    v128.store64_lane(p0, v, 0, 8);
    v128.store64_lane(p1, v, 1, 8);
    v = v128.load(a, 32);
    v128.store64_lane(p0, v, 0, 16);
    v128.store64_lane(p1, v, 1, 16);
    v = v128.load(a, 48);
    v128.store64_lane(p0, v, 0, 24);
    v128.store64_lane(p1, v, 1, 24);
    v = v128.load(a, 64);
    v128.store64_lane(p0, v, 0, 32);
    v128.store64_lane(p1, v, 1, 32);
    v = v128.load(a, 80);
    v128.store64_lane(p0, v, 0, 40);
    v128.store64_lane(p1, v, 1, 40);
    v = v128.load(a, 96);
    v128.store64_lane(p0, v, 0, 48);
    v128.store64_lane(p1, v, 1, 48);
    v = v128.load(a, 112);
    v128.store64_lane(p0, v, 0, 56);
    v128.store64_lane(p1, v, 1, 56);
    v = v128.load(a, 128);
    v128.store64_lane(p0, v, 0, 64);
    v128.store64_lane(p1, v, 1, 64);
    v = v128.load(a, 144);
    v128.store64_lane(p0, v, 0, 72);
    v128.store64_lane(p1, v, 1, 72);
    v = v128.load(a, 160);
    v128.store64_lane(p0, v, 0, 80);
    v128.store64_lane(p1, v, 1, 80);
    v = v128.load(a, 176);
    v128.store64_lane(p0, v, 0, 88);
    v128.store64_lane(p1, v, 1, 88);
  } else {
    store<f64>(p0, load<f64>(a, 0), 0);
    store<f64>(p1, load<f64>(a, 8), 0);
    store<f64>(p0, load<f64>(a, 16), 8);
    store<f64>(p1, load<f64>(a, 24), 8);
    store<f64>(p0, load<f64>(a, 32), 16);
    store<f64>(p1, load<f64>(a, 40), 16);
    store<f64>(p0, load<f64>(a, 48), 24);
    store<f64>(p1, load<f64>(a, 56), 24);
    store<f64>(p0, load<f64>(a, 64), 32);
    store<f64>(p1, load<f64>(a, 72), 32);
    store<f64>(p0, load<f64>(a, 80), 40);
    store<f64>(p1, load<f64>(a, 88), 40);
    store<f64>(p0, load<f64>(a, 96), 48);
    store<f64>(p1, load<f64>(a, 104), 48);
    store<f64>(p0, load<f64>(a, 112), 56);
    store<f64>(p1, load<f64>(a, 120), 56);
    store<f64>(p0, load<f64>(a, 128), 64);
    store<f64>(p1, load<f64>(a, 136), 64);
    store<f64>(p0, load<f64>(a, 144), 72);
    store<f64>(p1, load<f64>(a, 152), 72);
    store<f64>(p0, load<f64>(a, 160), 80);
    store<f64>(p1, load<f64>(a, 168), 80);
    store<f64>(p0, load<f64>(a, 176), 88);
    store<f64>(p1, load<f64>(a, 184), 88);
  }
}

/** From (X, Y) and (T, Z): w = (X + Y, Z). */
export function narrowDoubleInputs(w: usize, xy: usize, tz: usize): void {
  if (ASC_FEATURE_SIMD) {
    let v: v128;
    v = v128.load(xy, 0);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 0), 0, 3), 0);
    v = v128.load(xy, 16);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 16), 0, 3), 16);
    v = v128.load(xy, 32);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 32), 0, 3), 32);
    v = v128.load(xy, 48);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 48), 0, 3), 48);
    v = v128.load(xy, 64);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 64), 0, 3), 64);
    v = v128.load(xy, 80);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 80), 0, 3), 80);
    v = v128.load(xy, 96);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 96), 0, 3), 96);
    v = v128.load(xy, 112);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 112), 0, 3), 112);
    v = v128.load(xy, 128);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 128), 0, 3), 128);
    v = v128.load(xy, 144);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 144), 0, 3), 144);
    v = v128.load(xy, 160);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 160), 0, 3), 160);
    v = v128.load(xy, 176);
    v = f64x2.add(v, i64x2.shuffle(v, v, 1, 0));
    v128.store(w, i64x2.shuffle(v, v128.load(tz, 176), 0, 3), 176);
  } else {
    store<f64>(w, load<f64>(xy, 0) + load<f64>(xy, 8), 0);
    store<f64>(w, load<f64>(tz, 8), 8);
    store<f64>(w, load<f64>(xy, 16) + load<f64>(xy, 24), 16);
    store<f64>(w, load<f64>(tz, 24), 24);
    store<f64>(w, load<f64>(xy, 32) + load<f64>(xy, 40), 32);
    store<f64>(w, load<f64>(tz, 40), 40);
    store<f64>(w, load<f64>(xy, 48) + load<f64>(xy, 56), 48);
    store<f64>(w, load<f64>(tz, 56), 56);
    store<f64>(w, load<f64>(xy, 64) + load<f64>(xy, 72), 64);
    store<f64>(w, load<f64>(tz, 72), 72);
    store<f64>(w, load<f64>(xy, 80) + load<f64>(xy, 88), 80);
    store<f64>(w, load<f64>(tz, 88), 88);
    store<f64>(w, load<f64>(xy, 96) + load<f64>(xy, 104), 96);
    store<f64>(w, load<f64>(tz, 104), 104);
    store<f64>(w, load<f64>(xy, 112) + load<f64>(xy, 120), 112);
    store<f64>(w, load<f64>(tz, 120), 120);
    store<f64>(w, load<f64>(xy, 128) + load<f64>(xy, 136), 128);
    store<f64>(w, load<f64>(tz, 136), 136);
    store<f64>(w, load<f64>(xy, 144) + load<f64>(xy, 152), 144);
    store<f64>(w, load<f64>(tz, 152), 152);
    store<f64>(w, load<f64>(xy, 160) + load<f64>(xy, 168), 160);
    store<f64>(w, load<f64>(tz, 168), 168);
    store<f64>(w, load<f64>(xy, 176) + load<f64>(xy, 184), 176);
    store<f64>(w, load<f64>(tz, 184), 184);
  }
}

/** From (X^2, Y^2) and ((X + Y)^2, Z^2): (E, G), (F, H) and (H, F) of a doubling. */
export function narrowDoubleMiddle(eg: usize, fh: usize, hf: usize, squares: usize, others: usize): void {
  if (ASC_FEATURE_SIMD) {
    let v: v128;
    let e: v128;
    let f: v128;
    let g: v128;
    let h: v128;
    v = v128.load(squares, 0);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 0);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 0);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 0);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 0);
    v = v128.load(squares, 16);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 16);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 16);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 16);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 16);
    v = v128.load(squares, 32);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 32);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 32);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 32);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 32);
    v = v128.load(squares, 48);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 48);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 48);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 48);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 48);
    v = v128.load(squares, 64);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 64);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 64);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 64);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 64);
    v = v128.load(squares, 80);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 80);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 80);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 80);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 80);
    v = v128.load(squares, 96);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 96);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 96);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 96);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 96);
    v = v128.load(squares, 112);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 112);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 112);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 112);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 112);
    v = v128.load(squares, 128);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 128);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 128);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 128);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 128);
    v = v128.load(squares, 144);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 144);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 144);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 144);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 144);
    v = v128.load(squares, 160);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 160);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 160);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 160);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 160);
    v = v128.load(squares, 176);
    f = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, f);
    g = f64x2.sub(f, v);
    v = v128.load(others, 176);
    e = f64x2.sub(v, h);
    f = i64x2.shuffle(v, v, 1, 0);
    f = f64x2.sub(f64x2.add(f, f), g);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 176);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 176);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 176);
  } else {
    let e: f64;
    let f: f64;
    let g: f64;
    let h: f64;
    h = load<f64>(squares, 0) + load<f64>(squares, 8);
    g = load<f64>(squares, 8) - load<f64>(squares, 0);
    e = load<f64>(others, 0) - h;
    f = 2 * load<f64>(others, 8) - g;
    store<f64>(eg, e, 0);
    store<f64>(eg, g, 8);
    store<f64>(fh, f, 0);
    store<f64>(fh, h, 8);
    store<f64>(hf, h, 0);
    store<f64>(hf, f, 8);
    h = load<f64>(squares, 16) + load<f64>(squares, 24);
    g = load<f64>(squares, 24) - load<f64>(squares, 16);
    e = load<f64>(others, 16) - h;
    f = 2 * load<f64>(others, 24) - g;
    store<f64>(eg, e, 16);
    store<f64>(eg, g, 24);
    store<f64>(fh, f, 16);
    store<f64>(fh, h, 24);
    store<f64>(hf, h, 16);
    store<f64>(hf, f, 24);
    h = load<f64>(squares, 32) + load<f64>(squares, 40);
    g = load<f64>(squares, 40) - load<f64>(squares, 32);
    e = load<f64>(others, 32) - h;
    f = 2 * load<f64>(others, 40) - g;
    store<f64>(eg, e, 32);
    store<f64>(eg, g, 40);
    store<f64>(fh, f, 32);
    store<f64>(fh, h, 40);
    store<f64>(hf, h, 32);
    store<f64>(hf, f, 40);
    h = load<f64>(squares, 48) + load<f64>(squares, 56);
    g = load<f64>(squares, 56) - load<f64>(squares, 48);
    e = load<f64>(others, 48) - h;
    f = 2 * load<f64>(others, 56) - g;
    store<f64>(eg, e, 48);
    store<f64>(eg, g, 56);
    store<f64>(fh, f, 48);
    store<f64>(fh, h, 56);
    store<f64>(hf, h, 48);
    store<f64>(hf, f, 56);
    h = load<f64>(squares, 64) + load<f64>(squares, 72);
    g = load<f64>(squares, 72) - load<f64>(squares, 64);
    e = load<f64>(others, 64) - h;
    f = 2 * load<f64>(others, 72) - g;
    store<f64>(eg, e, 64);
    store<f64>(eg, g, 72);
    store<f64>(fh, f, 64);
    store<f64>(fh, h, 72);
    store<f64>(hf, h, 64);
    store<f64>(hf, f, 72);
    h = load<f64>(squares, 80) + load<f64>(squares, 88);
    g = load<f64>(squares, 88) - load<f64>(squares, 80);
    e = load<f64>(others, 80) - h;
    f = 2 * load<f64>(others, 88) - g;
    store<f64>(eg, e, 80);
    store<f64>(eg, g, 88);
    store<f64>(fh, f, 80);
    store<f64>(fh, h, 88);
    store<f64>(hf, h, 80);
    store<f64>(hf, f, 88);
    h = load<f64>(squares, 96) + load<f64>(squares, 104);
    g = load<f64>(squares, 104) - load<f64>(squares, 96);
    e = load<f64>(others, 96) - h;
    f = 2 * load<f64>(others, 104) - g;
    store<f64>(eg, e, 96);
    store<f64>(eg, g, 104);
    store<f64>(fh, f, 96);
    store<f64>(fh, h, 104);
    store<f64>(hf, h, 96);
    store<f64>(hf, f, 104);
    h = load<f64>(squares, 112) + load<f64>(squares, 120);
    g = load<f64>(squares, 120) - load<f64>(squares, 112);
    e = load<f64>(others, 112) - h;
    f = 2 * load<f64>(others, 120) - g;
    store<f64>(eg, e, 112);
    store<f64>(eg, g, 120);
    store<f64>(fh, f, 112);
    store<f64>(fh, h, 120);
    store<f64>(hf, h, 112);
    store<f64>(hf, f, 120);
    h = load<f64>(squares, 128) + load<f64>(squares, 136);
    g = load<f64>(squares, 136) - load<f64>(squares, 128);
    e = load<f64>(others, 128) - h;
    f = 2 * load<f64>(others, 136) - g;
    store<f64>(eg, e, 128);
    store<f64>(eg, g, 136);
    store<f64>(fh, f, 128);
    store<f64>(fh, h, 136);
    store<f64>(hf, h, 128);
    store<f64>(hf, f, 136);
    h = load<f64>(squares, 144) + load<f64>(squares, 152);
    g = load<f64>(squares, 152) - load<f64>(squares, 144);
    e = load<f64>(others, 144) - h;
    f = 2 * load<f64>(others, 152) - g;
    store<f64>(eg, e, 144);
    store<f64>(eg, g, 152);
    store<f64>(fh, f, 144);
    store<f64>(fh, h, 152);
    store<f64>(hf, h, 144);
    store<f64>(hf, f, 152);
    h = load<f64>(squares, 160) + load<f64>(squares, 168);
    g = load<f64>(squares, 168) - load<f64>(squares, 160);
    e = load<f64>(others, 160) - h;
    f = 2 * load<f64>(others, 168) - g;
    store<f64>(eg, e, 160);
    store<f64>(eg, g, 168);
    store<f64>(fh, f, 160);
    store<f64>(fh, h, 168);
    store<f64>(hf, h, 160);
    store<f64>(hf, f, 168);
    h = load<f64>(squares, 176) + load<f64>(squares, 184);
    g = load<f64>(squares, 184) - load<f64>(squares, 176);
    e = load<f64>(others, 176) - h;
    f = 2 * load<f64>(others, 184) - g;
    store<f64>(eg, e, 176);
    store<f64>(eg, g, 184);
    store<f64>(fh, f, 176);
    store<f64>(fh, h, 184);
    store<f64>(hf, h, 176);
    store<f64>(hf, f, 184);
  }
}

/** From (X, Y): out = (Y - X, Y + X). */
export function narrowAddInputs(out: usize, xy: usize): void {
  if (ASC_FEATURE_SIMD) {
    let v: v128;
    const sign = i64x2.replace_lane(i64x2.splat(0), 0, (<i64>1) << 63);
    v = v128.load(xy, 0);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 0);
    v = v128.load(xy, 16);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 16);
    v = v128.load(xy, 32);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 32);
    v = v128.load(xy, 48);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 48);
    v = v128.load(xy, 64);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 64);
    v = v128.load(xy, 80);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 80);
    v = v128.load(xy, 96);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 96);
    v = v128.load(xy, 112);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 112);
    v = v128.load(xy, 128);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 128);
    v = v128.load(xy, 144);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 144);
    v = v128.load(xy, 160);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 160);
    v = v128.load(xy, 176);
    v128.store(out, f64x2.add(i64x2.shuffle(v, v, 1, 0), v128.xor(v, sign)), 176);
  } else {
    store<f64>(out, load<f64>(xy, 8) - load<f64>(xy, 0), 0);
    store<f64>(out, load<f64>(xy, 8) + load<f64>(xy, 0), 8);
    store<f64>(out, load<f64>(xy, 24) - load<f64>(xy, 16), 16);
    store<f64>(out, load<f64>(xy, 24) + load<f64>(xy, 16), 24);
    store<f64>(out, load<f64>(xy, 40) - load<f64>(xy, 32), 32);
    store<f64>(out, load<f64>(xy, 40) + load<f64>(xy, 32), 40);
    store<f64>(out, load<f64>(xy, 56) - load<f64>(xy, 48), 48);
    store<f64>(out, load<f64>(xy, 56) + load<f64>(xy, 48), 56);
    store<f64>(out, load<f64>(xy, 72) - load<f64>(xy, 64), 64);
    store<f64>(out, load<f64>(xy, 72) + load<f64>(xy, 64), 72);
    store<f64>(out, load<f64>(xy, 88) - load<f64>(xy, 80), 80);
    store<f64>(out, load<f64>(xy, 88) + load<f64>(xy, 80), 88);
    store<f64>(out, load<f64>(xy, 104) - load<f64>(xy, 96), 96);
    store<f64>(out, load<f64>(xy, 104) + load<f64>(xy, 96), 104);
    store<f64>(out, load<f64>(xy, 120) - load<f64>(xy, 112), 112);
    store<f64>(out, load<f64>(xy, 120) + load<f64>(xy, 112), 120);
    store<f64>(out, load<f64>(xy, 136) - load<f64>(xy, 128), 128);
    store<f64>(out, load<f64>(xy, 136) + load<f64>(xy, 128), 136);
    store<f64>(out, load<f64>(xy, 152) - load<f64>(xy, 144), 144);
    store<f64>(out, load<f64>(xy, 152) + load<f64>(xy, 144), 152);
    store<f64>(out, load<f64>(xy, 168) - load<f64>(xy, 160), 160);
    store<f64>(out, load<f64>(xy, 168) + load<f64>(xy, 160), 168);
    store<f64>(out, load<f64>(xy, 184) - load<f64>(xy, 176), 176);
    store<f64>(out, load<f64>(xy, 184) + load<f64>(xy, 176), 184);
  }
}

/** From (A, B) and (C, D): (E, G), (F, H) and (H, F) of an addition. */
export function narrowAddMiddle(eg: usize, fh: usize, hf: usize, ab: usize, cd: usize): void {
  if (ASC_FEATURE_SIMD) {
    let v: v128;
    let e: v128;
    let f: v128;
    let g: v128;
    let h: v128;
    v = v128.load(ab, 0);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 0);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 0);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 0);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 0);
    v = v128.load(ab, 16);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 16);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 16);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 16);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 16);
    v = v128.load(ab, 32);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 32);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 32);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 32);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 32);
    v = v128.load(ab, 48);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 48);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 48);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 48);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 48);
    v = v128.load(ab, 64);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 64);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 64);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 64);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 64);
    v = v128.load(ab, 80);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 80);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 80);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 80);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 80);
    v = v128.load(ab, 96);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 96);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 96);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 96);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 96);
    v = v128.load(ab, 112);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 112);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 112);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 112);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 112);
    v = v128.load(ab, 128);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 128);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 128);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 128);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 128);
    v = v128.load(ab, 144);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 144);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 144);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 144);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 144);
    v = v128.load(ab, 160);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 160);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 160);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 160);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 160);
    v = v128.load(ab, 176);
    e = i64x2.shuffle(v, v, 1, 0);
    h = f64x2.add(v, e);
    e = f64x2.sub(e, v);
    v = v128.load(cd, 176);
    f = i64x2.shuffle(v, v, 1, 0);
    g = f64x2.add(v, f);
    f = f64x2.sub(f, v);
    v128.store(eg, i64x2.shuffle(e, g, 0, 2), 176);
    v128.store(fh, i64x2.shuffle(f, h, 0, 2), 176);
    v128.store(hf, i64x2.shuffle(h, f, 0, 2), 176);
  } else {
    let e: f64;
    let f: f64;
    let g: f64;
    let h: f64;
    e = load<f64>(ab, 8) - load<f64>(ab, 0);
    h = load<f64>(ab, 8) + load<f64>(ab, 0);
    f = load<f64>(cd, 8) - load<f64>(cd, 0);
    g = load<f64>(cd, 8) + load<f64>(cd, 0);
    store<f64>(eg, e, 0);
    store<f64>(eg, g, 8);
    store<f64>(fh, f, 0);
    store<f64>(fh, h, 8);
    store<f64>(hf, h, 0);
    store<f64>(hf, f, 8);
    e = load<f64>(ab, 24) - load<f64>(ab, 16);
    h = load<f64>(ab, 24) + load<f64>(ab, 16);
    f = load<f64>(cd, 24) - load<f64>(cd, 16);
    g = load<f64>(cd, 24) + load<f64>(cd, 16);
    store<f64>(eg, e, 16);
    store<f64>(eg, g, 24);
    store<f64>(fh, f, 16);
    store<f64>(fh, h, 24);
    store<f64>(hf, h, 16);
    store<f64>(hf, f, 24);
    e = load<f64>(ab, 40) - load<f64>(ab, 32);
    h = load<f64>(ab, 40) + load<f64>(ab, 32);
    f = load<f64>(cd, 40) - load<f64>(cd, 32);
    g = load<f64>(cd, 40) + load<f64>(cd, 32);
    store<f64>(eg, e, 32);
    store<f64>(eg, g, 40);
    store<f64>(fh, f, 32);
    store<f64>(fh, h, 40);
    store<f64>(hf, h, 32);
    store<f64>(hf, f, 40);
    e = load<f64>(ab, 56) - load<f64>(ab, 48);
    h = load<f64>(ab, 56) + load<f64>(ab, 48);
    f = load<f64>(cd, 56) - load<f64>(cd, 48);
    g = load<f64>(cd, 56) + load<f64>(cd, 48);
    store<f64>(eg, e, 48);
    store<f64>(eg, g, 56);
    store<f64>(fh, f, 48);
    store<f64>(fh, h, 56);
    store<f64>(hf, h, 48);
    store<f64>(hf, f, 56);
    e = load<f64>(ab, 72) - load<f64>(ab, 64);
    h = load<f64>(ab, 72) + load<f64>(ab, 64);
    f = load<f64>(cd, 72) - load<f64>(cd, 64);
    g = load<f64>(cd, 72) + load<f64>(cd, 64);
    store<f64>(eg, e, 64);
    store<f64>(eg, g, 72);
    store<f64>(fh, f, 64);
    store<f64>(fh, h, 72);
    store<f64>(hf, h, 64);
    store<f64>(hf, f, 72);
    e = load<f64>(ab, 88) - load<f64>(ab, 80);
    h = load<f64>(ab, 88) + load<f64>(ab, 80);
    f = load<f64>(cd, 88) - load<f64>(cd, 80);
    g = load<f64>(cd, 88) + load<f64>(cd, 80);
    store<f64>(eg, e, 80);
    store<f64>(eg, g, 88);
    store<f64>(fh, f, 80);
    store<f64>(fh, h, 88);
    store<f64>(hf, h, 80);
    store<f64>(hf, f, 88);
    e = load<f64>(ab, 104) - load<f64>(ab, 96);
    h = load<f64>(ab, 104) + load<f64>(ab, 96);
    f = load<f64>(cd, 104) - load<f64>(cd, 96);
    g = load<f64>(cd, 104) + load<f64>(cd, 96);
    store<f64>(eg, e, 96);
    store<f64>(eg, g, 104);
    store<f64>(fh, f, 96);
    store<f64>(fh, h, 104);
    store<f64>(hf, h, 96);
    store<f64>(hf, f, 104);
    e = load<f64>(ab, 120) - load<f64>(ab, 112);
    h = load<f64>(ab, 120) + load<f64>(ab, 112);
    f = load<f64>(cd, 120) - load<f64>(cd, 112);
    g = load<f64>(cd, 120) + load<f64>(cd, 112);
    store<f64>(eg, e, 112);
    store<f64>(eg, g, 120);
    store<f64>(fh, f, 112);
    store<f64>(fh, h, 120);
    store<f64>(hf, h, 112);
    store<f64>(hf, f, 120);
    e = load<f64>(ab, 136) - load<f64>(ab, 128);
    h = load<f64>(ab, 136) + load<f64>(ab, 128);
    f = load<f64>(cd, 136) - load<f64>(cd, 128);
    g = load<f64>(cd, 136) + load<f64>(cd, 128);
    store<f64>(eg, e, 128);
    store<f64>(eg, g, 136);
    store<f64>(fh, f, 128);
    store<f64>(fh, h, 136);
    store<f64>(hf, h, 128);
    store<f64>(hf, f, 136);
    e = load<f64>(ab, 152) - load<f64>(ab, 144);
    h = load<f64>(ab, 152) + load<f64>(ab, 144);
    f = load<f64>(cd, 152) - load<f64>(cd, 144);
    g = load<f64>(cd, 152) + load<f64>(cd, 144);
    store<f64>(eg, e, 144);
    store<f64>(eg, g, 152);
    store<f64>(fh, f, 144);
    store<f64>(fh, h, 152);
    store<f64>(hf, h, 144);
    store<f64>(hf, f, 152);
    e = load<f64>(ab, 168) - load<f64>(ab, 160);
    h = load<f64>(ab, 168) + load<f64>(ab, 160);
    f = load<f64>(cd, 168) - load<f64>(cd, 160);
    g = load<f64>(cd, 168) + load<f64>(cd, 160);
    store<f64>(eg, e, 160);
    store<f64>(eg, g, 168);
    store<f64>(fh, f, 160);
    store<f64>(fh, h, 168);
    store<f64>(hf, h, 160);
    store<f64>(hf, f, 168);
    e = load<f64>(ab, 184) - load<f64>(ab, 176);
    h = load<f64>(ab, 184) + load<f64>(ab, 176);
    f = load<f64>(cd, 184) - load<f64>(cd, 176);
    g = load<f64>(cd, 184) + load<f64>(cd, 176);
    store<f64>(eg, e, 176);
    store<f64>(eg, g, 184);
    store<f64>(fh, f, 176);
    store<f64>(fh, h, 184);
    store<f64>(hf, h, 176);
    store<f64>(hf, f, 184);
  }
}
