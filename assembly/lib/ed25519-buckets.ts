// Sums of multiples of very many points by Pippenger's method: signed digits of `width` bits. For each digit position every
// point goes into the bucket of its digit's size, and the buckets are added up with their weights by running sums. Two
// positions at a time, one in each lane, so that lanes never meet in a bucket.
import { PAIR } from './ed25519-element';
import {
  CACHED,
  NIELS,
  SINGLE,
  addAddend,
  addNiels,
  addCachedNarrow,
  doubleNarrow,
  fromNarrow,
  scatterCached,
  setIdentity,
  setNarrowIdentity,
  toAddend,
} from './ed25519-point';
import { gather, scatter } from './ed25519-field';

/** Widest digits, in bits. */
const WIDEST: i32 = 8;
/** Narrowest ones. */
const NARROWEST: i32 = 6;
/** Bits of a long scalar, which is below l, and of a short one, with the carry into the next. */
const LONG: i32 = 254;
const SHORT: i32 = 129;
/** Digits of a term: those of the narrowest width, and one to make their number even. */
const DIGITS: usize = 44;
/** Bytes of a term: its digits, a byte each, and the address of its NIELS point. */
export const BUCKET_TERM: usize = DIGITS + 4;

const BUCKET: usize = 4 * SINGLE;
/** Bytes of the buckets. */
export const BUCKET_SCRATCH: usize = 2 * laneOf(WIDEST);

/** Bytes of a lane's buckets, 0 (never used) to the size of the largest digit, each as X, Y, Z, T. */
// @ts-ignore: decorator
@inline
function laneOf(width: i32): usize {
  return (((<usize>1) << (width - 1)) + 1) * BUCKET;
}

let buckets: usize = 0;

const BUCKET_PAIR: usize = memory.data(768, 16);
const RUNNING: usize = memory.data(768, 16);
const WEIGHTED: usize = memory.data(768, 16);
const ADDEND: usize = memory.data(768, 16);
const TOTAL: usize = memory.data(384, 16);
const STORED: usize = memory.data(2 * 384, 16);

export function initBuckets(at: usize): void {
  buckets = at;
}

/** The scalar that is split into digits, and zeros. */
const SCALAR: usize = memory.data(40, 16);

/** Writes the term scalar * point; the scalar has 32 bytes and is below l, or 16. */
export function setTerm(term: usize, point: usize, scalar: usize, bytes: i32, width: i32): void {
  store<u32>(term, point, DIGITS);
  memory.fill(SCALAR, 0, 32);
  memory.copy(SCALAR, scalar, bytes);
  const mask = (1 << width) - 1;
  const half = 1 << (width - 1);
  const positions = evenPositions(bytes == 32 ? LONG : SHORT, width);
  let carry = 0;
  for (let i = 0, at = 0; i < positions; i++, at += width) {
    const digit = ((<i32>(load<u32>(SCALAR + (at >> 3)) >> (at & 7))) & mask) + carry;
    carry = <i32>(digit >= half);
    store<i8>(term + i, <i8>(digit - (carry << width)));
  }
}

/** Digit positions of a scalar of so many bits, made even. */
function evenPositions(bits: i32, width: i32): i32 {
  return ((bits + width - 1) / width + 1) & ~1;
}

/**
 * Both lanes of p become the sum of the `count` terms at `terms`, with digits of `width` bits. The terms from `shortFrom` on have
 * scalars of 16 bytes.
 */
export function bucketSum(p: usize, terms: usize, count: i32, shortFrom: i32, width: i32): void {
  assert(width >= NARROWEST && width <= WIDEST);
  setNarrowIdentity(TOTAL);
  const short = evenPositions(SHORT, width);
  const top = (shortFrom > 0 ? evenPositions(LONG, width) : short) - 2;
  for (let position = top; position >= 0; position -= 2) {
    fillBuckets(terms, position, position < short ? count : shortFrom, width);
    weighBuckets(width);
    toAddend(ADDEND, WEIGHTED);
    scatterCached(STORED, STORED + CACHED, ADDEND);
    if (position < top) for (let i = 0; i < width; i++) doubleNarrow(TOTAL);
    addCachedNarrow(TOTAL, STORED + CACHED);
    for (let i = 0; i < width; i++) doubleNarrow(TOTAL);
    addCachedNarrow(TOTAL, STORED);
  }
  fromNarrow(p, TOTAL);
}

/** Puts every term's point into the buckets of its digits at `position` and the next. */
function fillBuckets(terms: usize, position: i32, count: i32, width: i32): void {
  const lane = laneOf(width);
  memory.fill(buckets, 0, 2 * lane);
  for (let bucket = buckets, end = buckets + 2 * lane; bucket < end; bucket += BUCKET) {
    store<f64>(bucket, 1, SINGLE);
    store<f64>(bucket, 1, 2 * SINGLE);
  }
  for (const end = terms + <usize>count * BUCKET_TERM; terms < end; terms += BUCKET_TERM) {
    const digit0 = <i32>load<i8>(terms + position);
    const digit1 = <i32>load<i8>(terms + position, 1);
    if ((digit0 | digit1) == 0) continue;
    const point = <usize>load<u32>(terms, DIGITS);
    const bucket0 = buckets + <usize>abs(digit0) * BUCKET;
    const bucket1 = buckets + lane + <usize>abs(digit1) * BUCKET;
    for (let j: usize = 0; j < 4; j++) gather(BUCKET_PAIR + j * PAIR, bucket0 + j * SINGLE, bucket1 + j * SINGLE);
    addNiels(BUCKET_PAIR, point | (<usize>(digit0 < 0)), point | (<usize>(digit1 < 0)));
    for (let j: usize = 0; j < 4; j++) scatter(bucket0 + j * SINGLE, bucket1 + j * SINGLE, BUCKET_PAIR + j * PAIR);
  }
}

/** WEIGHTED = in each lane the sum of b * bucket b: from the top, a running sum of the buckets, and the sum of its values. */
function weighBuckets(width: i32): void {
  setIdentity(RUNNING);
  setIdentity(WEIGHTED);
  const lane = laneOf(width);
  for (let bucket0 = buckets + lane - BUCKET; bucket0 > buckets; bucket0 -= BUCKET) {
    const bucket1 = bucket0 + lane;
    for (let j: usize = 0; j < 4; j++) gather(BUCKET_PAIR + j * PAIR, bucket0 + j * SINGLE, bucket1 + j * SINGLE);
    toAddend(ADDEND, BUCKET_PAIR);
    addAddend(RUNNING, ADDEND, true);
    toAddend(ADDEND, RUNNING);
    addAddend(WEIGHTED, ADDEND, true);
  }
}
