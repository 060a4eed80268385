// Points of edwards25519, two at a time (one in each lane), after Hisil, Wong, Carter, Dawson, "Twisted Edwards curves
// revisited" (2008), a = -1: extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, T = XY/Z.
import {
  POWERS,
  fromBytes,
  copyPair,
  invert,
  isOdd,
  isZero,
  mul,
  negateLane,
  powerP58,
  setSmall,
  sq,
  swapLanes,
  toBytes,
} from './ed25519-element';
import {
  HALVES,
  PACKED_ELEMENT,
  PAIR,
  add,
  gather,
  gatherPacked,
  gatherSigned,
  narrowAddInputs,
  narrowAddMiddle,
  narrowDoubleInputs,
  narrowDoubleMiddle,
  scatter,
  sub,
} from '../generated/ed25519-field';

/** A pair of extended points: the pairs X, Y, Z, T. */
export const POINT: usize = 4 * PAIR;
export const X: usize = 0;
export const Y: usize = PAIR;
export const Z: usize = 2 * PAIR;
export const T: usize = 3 * PAIR;

/** One element alone: 12 doubles. */
export const SINGLE: usize = PAIR / 2;
/** One point prepared for additions: Y - X, Y + X, 2dT, 2Z. */
export const CACHED: usize = 4 * SINGLE;
/** The same with Z = 1, so that 2Z need not be kept: y - x, y + x, 2dxy. */
export const NIELS: usize = 3 * SINGLE;
/** As NIELS, of PACKED elements: a third of the size, for tables that would not fit the caches. */
export const PACKED: usize = 3 * PACKED_ELEMENT;
/** Flags in the low bits of a stored point's address, which is a multiple of 8: add its negative; it is PACKED, else CACHED. */
export const NEGATED: usize = 1;
export const IS_PACKED: usize = 2;
const FLAGS: usize = 3;

const CONSTANTS: usize = memory.data<u64>(
  [
    0x75eb4dca135978a3,
    0x00700a4d4141d8ab,
    0x8cc740797779e898,
    0x52036cee2b6ffe73, // d = -121665/121666
    0xebd69b9426b2f159,
    0x00e0149a8283b156,
    0x198e80f2eef3d130,
    0x2406d9dc56dffce7, // 2d
    0xc4ee1b274a0ea0b0,
    0x2f431806ad2fe478,
    0x2b4d00993dfbd7a7,
    0x2b8324804fc1df0b, // sqrt(-1)
    0xc9562d608f25d51a,
    0x692cc7609525a7b2,
    0xc0a4e231fdd6dc5c,
    0x216936d3cd6e53fe, // x of the base point
    0x6666666666666658,
    0x6666666666666666,
    0x6666666666666666,
    0x6666666666666666, // y of the base point: 4/5
    0,
  ],
  16,
);
const D: usize = memory.data(192, 16);
const D2: usize = memory.data(192, 16);
const SQRT_M1: usize = memory.data(192, 16);
const ONE: usize = memory.data(192, 16);
/** The identity as an addend, CACHED or NIELS, and PACKED: Y - X = Y + X = 1, 2dT = 0, 2Z = 2. */
export const IDENTITY: usize = memory.data(384, 16);
export const IDENTITY_PACKED: usize = memory.data(96, 16);

/** Sets up the constants; once an instance. */
export function initPoints(): void {
  fromBoth(D, CONSTANTS);
  fromBoth(D2, CONSTANTS + 32);
  fromBoth(SQRT_M1, CONSTANTS + 64);
  setSmall(ONE, 1);
  store<f64>(IDENTITY, 1);
  store<f64>(IDENTITY + SINGLE, 1);
  store<f64>(IDENTITY + 3 * SINGLE, 2);
  packNiels(IDENTITY_PACKED, IDENTITY, 1);
}

function fromBoth(out: usize, bytes: usize): void {
  fromBytes(out, bytes);
  fromBytes(out + 8, bytes);
}

/** Both lanes become the base point. */
export function setBase(p: usize): void {
  fromBoth(p + X, CONSTANTS + 96);
  fromBoth(p + Y, CONSTANTS + 128);
  setSmall(p + Z, 1);
  mul(p + T, p + X, p + Y);
}

export function setIdentity(p: usize): void {
  setSmall(p + X, 0);
  setSmall(p + Y, 1);
  setSmall(p + Z, 1);
  setSmall(p + T, 0);
}

const A: usize = memory.data(192, 16);
const B: usize = memory.data(192, 16);
const C: usize = memory.data(192, 16);
const E: usize = memory.data(192, 16);
const F: usize = memory.data(192, 16);
const G: usize = memory.data(192, 16);
const H: usize = memory.data(192, 16);
/** An addend in both lanes: Y - X, Y + X, 2dT, 2Z. */
const ADDEND: usize = memory.data(768, 16);

/** p = 2p; T is left unset unless asked for. */
export function double(p: usize, withT: bool): void {
  add(E, p + X, p + Y);
  sq(A, p + X);
  sq(B, p + Y);
  sq(C, p + Z);
  sq(E, E);
  add(H, A, B);
  sub(E, E, H); // 2XY, three times the carried size
  sub(G, B, A);
  add(C, C, C);
  sub(F, C, G); // four times
  mul(p + X, E, F);
  mul(p + Y, G, H);
  mul(p + Z, F, G);
  if (withT) mul(p + T, E, H);
}

/** p += addend, a pair as toAddend writes it. T is left unset unless asked for. */
export function addAddend(p: usize, addend: usize, withT: bool): void {
  sub(A, p + Y, p + X);
  add(B, p + Y, p + X);
  mul(A, A, addend);
  mul(B, B, addend + PAIR);
  mul(C, p + T, addend + 2 * PAIR);
  mul(F, p + Z, addend + 3 * PAIR);
  finishAddition(p, withT);
}

/** From A, B, C and F = 2 Z1 Z2 to the sum. */
function finishAddition(p: usize, withT: bool): void {
  sub(E, B, A);
  add(H, B, A);
  add(G, F, C);
  sub(F, F, C);
  mul(p + X, E, F);
  mul(p + Y, G, H);
  mul(p + Z, F, G);
  if (withT) mul(p + T, E, H);
}

/** p += in each lane the CACHED point at the address, negated where it is flagged. T is left unset unless asked for. */
export function addCached(p: usize, entry0: usize, entry1: usize, withT: bool): void {
  gatherNiels(entry0, entry1);
  gather(C, (entry0 & ~FLAGS) + 3 * SINGLE, (entry1 & ~FLAGS) + 3 * SINGLE);
  addParts(p, withT, C);
}

/** p += in each lane the NIELS point at the address, negated where it is flagged. */
export function addNiels(p: usize, entry0: usize, entry1: usize): void {
  gatherNiels(entry0, entry1);
  addParts(p, true, 0);
}

/** p += in each lane the PACKED point at the address, negated where it is flagged. T is left unset unless asked for. */
export function addPacked(p: usize, entry0: usize, entry1: usize, withT: bool): void {
  const negated0 = entry0 & NEGATED;
  const negated1 = entry1 & NEGATED;
  entry0 &= ~FLAGS;
  entry1 &= ~FLAGS;
  const swap0 = negated0 * PACKED_ELEMENT;
  const swap1 = negated1 * PACKED_ELEMENT;
  gatherPacked(F, entry0 + swap0, entry1 + swap1, 0, 0);
  gatherPacked(G, entry0 + PACKED_ELEMENT - swap0, entry1 + PACKED_ELEMENT - swap1, 0, 0);
  gatherPacked(H, entry0 + 2 * PACKED_ELEMENT, entry1 + 2 * PACKED_ELEMENT, negated0, negated1);
  addParts(p, withT, 0);
}

/** F, G, H = Y - X, Y + X, 2dT of the addends; the negative of a point has the first two exchanged and the third negated. */
function gatherNiels(entry0: usize, entry1: usize): void {
  const negated0 = entry0 & NEGATED;
  const negated1 = entry1 & NEGATED;
  entry0 &= ~FLAGS;
  entry1 &= ~FLAGS;
  const swap0 = negated0 * SINGLE;
  const swap1 = negated1 * SINGLE;
  gather(F, entry0 + swap0, entry1 + swap1);
  gather(G, entry0 + SINGLE - swap0, entry1 + SINGLE - swap1);
  gatherSigned(H, entry0 + 2 * SINGLE, entry1 + 2 * SINGLE, negated0, negated1);
}

/** p += the addend in F, G, H with its 2Z at `z2`, which is 2 where that is 0. */
function addParts(p: usize, withT: bool, z2: usize): void {
  sub(A, p + Y, p + X);
  add(B, p + Y, p + X);
  mul(A, A, F);
  mul(B, B, G);
  if (z2 == 0) add(F, p + Z, p + Z);
  else mul(F, p + Z, z2);
  mul(C, p + T, H);
  finishAddition(p, withT);
}

// One point with the work of its coordinates in both lanes ("narrow"): the pairs (X, Y) and (T, Z). A doubling is then two
// squarings and two multiplications of pairs where two points at once take four and three: better where there is one point.

const XY: usize = 0;
const TZ: usize = PAIR;
/** Bytes of a narrow point. */
export const NARROW: usize = 2 * PAIR;

export function setNarrowIdentity(n: usize): void {
  setSmall(n + XY, 0);
  setSmall(n + TZ, 0);
  store<f64>(n + XY, 1, 8);
  store<f64>(n + TZ, 1, 8);
}

/** n = 2n. */
export function doubleNarrow(n: usize): void {
  narrowDoubleInputs(C, n + XY, n + TZ);
  sq(A, n + XY);
  sq(C, C);
  narrowDoubleMiddle(E, F, H, A, C);
  mul(n + XY, E, F);
  mul(n + TZ, E, H);
}

/** n += the CACHED point at the address, negated where it is flagged. */
export function addCachedNarrow(n: usize, entry: usize): void {
  const negated = entry & NEGATED;
  entry &= ~FLAGS;
  const swap = negated * SINGLE;
  gather(B, entry + swap, entry + SINGLE - swap);
  gatherSigned(C, entry + 2 * SINGLE, entry + 3 * SINGLE, negated, 0);
  addNarrow(n);
}

/** n += the PACKED point at the address, negated where it is flagged. */
export function addPackedNarrow(n: usize, entry: usize): void {
  const negated = entry & NEGATED;
  entry &= ~FLAGS;
  const swap = negated * PACKED_ELEMENT;
  gatherPacked(B, entry + swap, entry + PACKED_ELEMENT - swap, 0, 0);
  // Lane 1 is to be 2Z = 2; any element will do before.
  gatherPacked(C, entry + 2 * PACKED_ELEMENT, IDENTITY_PACKED, negated, 0);
  store<f64>(C, 2, 8);
  addNarrow(n);
}

/** n += the addend in B = (Y - X, Y + X) and C = (2dT, 2Z). */
function addNarrow(n: usize): void {
  narrowAddInputs(A, n + XY);
  mul(A, A, B);
  mul(C, C, n + TZ);
  narrowAddMiddle(E, F, H, A, C);
  mul(n + XY, E, F);
  mul(n + TZ, E, H);
}

/** Both lanes of p become the narrow point. */
export function fromNarrow(p: usize, n: usize): void {
  for (let i: usize = 0; i < PAIR; i += 16) {
    storeBoth(p + X + i, load<f64>(n + XY + i));
    storeBoth(p + Y + i, load<f64>(n + XY + i, 8));
    storeBoth(p + T + i, load<f64>(n + TZ + i));
    storeBoth(p + Z + i, load<f64>(n + TZ + i, 8));
  }
}

function storeBoth(at: usize, value: f64): void {
  store<f64>(at, value);
  store<f64>(at, value, 8);
}

/** A pair of points as an addend: Y - X, Y + X, 2dT, 2Z. */
export function toAddend(addend: usize, p: usize): void {
  sub(addend, p + Y, p + X);
  add(addend + PAIR, p + Y, p + X);
  mul(addend + 2 * PAIR, p + T, D2);
  add(addend + 3 * PAIR, p + Z, p + Z);
}

/** Stores the lanes of an addend as two CACHED points. */
export function scatterCached(entry0: usize, entry1: usize, addend: usize): void {
  for (let i: usize = 0; i < 4; i++) scatter(entry0 + i * SINGLE, entry1 + i * SINGLE, addend + i * PAIR);
}

/** Stores X, Y, Z of the lanes where two NIELS points will be, for makeNiels. */
export function scatterCoordinates(entry0: usize, entry1: usize, p: usize): void {
  for (let i: usize = 0; i < 3; i++) scatter(entry0 + i * SINGLE, entry1 + i * SINGLE, p + i * PAIR);
}

/** Bytes of scratch that makeNiels needs for `count` points. */
export function nielsScratch(count: i32): usize {
  return <usize>(count / 2) * PAIR;
}

/**
 * Turns `count` (even) consecutive points, stored as X, Y, Z, into NIELS points with one inversion
 * (Montgomery's trick: 3 multiplications a point instead).
 */
export function makeNiels(table: usize, count: i32, scratch: usize): void {
  const half = <usize>(count / 2);
  const upper = half * NIELS;
  setSmall(A, 1);
  let entry = table;
  for (let i: usize = 0; i < half; i++) {
    copyPair(scratch + i * PAIR, A);
    gather(B, entry + 2 * SINGLE, entry + upper + 2 * SINGLE);
    mul(A, A, B);
    entry += NIELS;
  }
  invert(C, A);
  for (let i = <isize>half - 1; i >= 0; i--) {
    entry -= NIELS;
    gather(B, entry + 2 * SINGLE, entry + upper + 2 * SINGLE);
    mul(E, C, scratch + i * PAIR); // 1 / Z
    mul(C, C, B);
    gather(F, entry, entry + upper);
    gather(G, entry + SINGLE, entry + upper + SINGLE);
    mul(F, F, E);
    mul(G, G, E);
    storeNiels(entry, entry + upper, F, G);
  }
}

/** x y of the two points that storeNiels stored last. */
export const MULTIPLIED: usize = memory.data(192, 16);

/** Stores the points (x, y) of both lanes as NIELS points. Leaves x y in MULTIPLIED. */
export function storeNiels(entry0: usize, entry1: usize, x: usize, y: usize): void {
  sub(A, y, x);
  add(B, y, x);
  mul(MULTIPLIED, x, y);
  mul(H, MULTIPLIED, D2);
  scatter(entry0, entry1, A);
  scatter(entry0 + SINGLE, entry1 + SINGLE, B);
  scatter(entry0 + 2 * SINGLE, entry1 + 2 * SINGLE, H);
}

/** Packs `count` consecutive NIELS points. */
export function packNiels(out: usize, table: usize, count: i32): void {
  for (const end = table + <usize>count * NIELS; table < end; table += SINGLE, out += PACKED_ELEMENT) {
    gather(A, table, table);
    add(A, A, HALVES);
    toBytes(out, A);
  }
}

const SWAPPED: usize = memory.data(768, 16);

/** Both lanes of p become the sum of its lanes. */
export function addLanes(p: usize): void {
  toAddend(ADDEND, p);
  for (let i: usize = 0; i < POINT; i += PAIR) swapLanes(SWAPPED + i, ADDEND + i);
  addAddend(p, SWAPPED, true);
}

/** Is [8]p the identity, in lane 0? Changes p. */
export function isSmallOrder(p: usize): bool {
  double(p, false);
  double(p, false);
  double(p, false);
  sub(A, p + Y, p + Z);
  return isZero(p + X) && isZero(A);
}

/** The encoding of lane 0 of p (RFC 8032, section 5.1.2): 32 bytes. */
export function encode(out: usize, p: usize): void {
  invert(A, p + Z);
  mul(B, p + X, A);
  mul(C, p + Y, A);
  const sign = <u8>isOdd(B);
  toBytes(out, C);
  store<u8>(out, load<u8>(out, 31) | (sign << 7), 31);
}

/** Points that are decoded at once: two in a pair, and two pairs. */
export const DECODED_AT_ONCE: i32 = 2 * POWERS;
/** Where decode reads the addresses of the encodings, and for each pair of points leaves x and y. */
export const ENCODINGS: usize = memory.data(16, 16);
export const DECODED: usize = memory.data(4 * 192, 16);
/** Bytes of the x and y of two points. */
export const XY_PAIR: usize = 2 * PAIR;

const U: usize = memory.data(2 * 192, 16);
const V: usize = memory.data(2 * 192, 16);
const FACTOR: usize = memory.data(2 * 192, 16);
const BASE: usize = memory.data(2 * 192, 16);
const POWER: usize = memory.data(2 * 192, 16);

/**
 * Decodes the 32 bytes at each of the `2 * pairs` addresses in ENCODINGS, after ZIP-215: any y below 2^255, taken modulo p, and
 * x = 0 with either sign. Returns bit i set where the i-th is a point.
 */
export function decode(pairs: i32): i32 {
  for (let pair: usize = 0; pair < <usize>pairs; pair++) {
    const at = pair * PAIR;
    const y = DECODED + pair * XY_PAIR + PAIR;
    fromBytes(y, load<u32>(ENCODINGS + 8 * pair));
    fromBytes(y + 8, load<u32>(ENCODINGS + 8 * pair, 4));
    sq(A, y);
    mul(B, A, D);
    sub(U + at, A, ONE); // u = y^2 - 1
    add(V + at, B, ONE); // v = d y^2 + 1
    // x = u v^3 (u v^7)^((p - 5) / 8), a root of u/v or of -u/v, if either has one (RFC 8032, section 5.1.3)
    sq(C, V + at);
    mul(C, C, V + at);
    mul(FACTOR + at, C, U + at);
    sq(C, C);
    mul(C, C, V + at);
    mul(BASE + at, C, U + at);
  }
  powerP58(POWER, BASE, pairs);
  let valid = 0;
  for (let pair: usize = 0; pair < <usize>pairs; pair++) {
    const at = pair * PAIR;
    const x = DECODED + pair * XY_PAIR;
    mul(x, POWER + at, FACTOR + at);
    sq(C, x);
    mul(C, C, V + at); // v x^2
    mul(G, x, SQRT_M1);
    sub(E, C, U + at);
    add(F, C, U + at);
    for (let i: usize = 0; i < 2; i++) {
      const lane = 8 * i;
      if (!isZero(E + lane)) {
        if (!isZero(F + lane)) continue;
        for (let j: usize = 0; j < PAIR; j += 16) store<f64>(x + lane + j, load<f64>(G + lane + j));
      }
      const index = 2 * pair + i;
      valid |= 1 << (<i32>index);
      const sign = load<u8>(load<u32>(ENCODINGS + 4 * index), 31) >> 7 == 1;
      if (isOdd(x + lane) != sign) negateLane(x + lane);
    }
  }
  return valid;
}
