// Sums of multiples of very many points by Pippenger's method: signed digits of `width` bits. For each digit position every
// point goes into the bucket of its digit's size, and the buckets are added up with their weights by running sums. Two
// positions at a time, one in each lane, so that lanes never meet in a bucket.
import { PAIR } from './ed25519-element';
import {
  CACHED,
  IDENTITY,
  MULTIPLIED,
  NEGATED,
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
  storeNiels,
  toAddend,
} from './ed25519-point';
import { gather, scatter } from '../generated/ed25519-field';

/** Widest digits, in bits. */
const WIDEST: i32 = 8;
/** Narrowest ones. */
const NARROWEST: i32 = 6;
/** Bits of a long scalar, which is below l, and of a short one, with the carry into the next. */
const LONG: i32 = 254;
const SHORT: i32 = 129;
/** Digits of a term: those of the narrowest width, and one to make their number even. */
const DIGITS: usize = 44;
/** Bytes of a term: its digits, a byte each, and the address of its point. */
export const BUCKET_TERM: usize = DIGITS + 4;

const BUCKET: usize = 4 * SINGLE;
/** Bytes of an addition to be made: its bucket 4, its point 4. */
const ADDITION: usize = 8;

/** A term's point: NIELS, and x y, which a bucket that holds nothing else needs. */
export const BUCKET_POINT: usize = NIELS + SINGLE;

/** Bytes of scratch for sums of at most `count` terms. */
export function bucketScratch(count: i32): usize {
  return 2 * laneOf(WIDEST) + 2 * <usize>count * ADDITION;
}

/** Bytes of a lane's buckets, 0 (never used) to the size of the largest digit, each as X, Y, Z, T. */
// @ts-ignore: decorator
@inline
function laneOf(width: i32): usize {
  return (((<usize>1) << (width - 1)) + 1) * BUCKET;
}

let buckets: usize = 0;
/** The additions to be made in each lane. */
let additions0: usize = 0;
let additions1: usize = 0;

const BUCKET_PAIR: usize = memory.data(768, 16);
const RUNNING: usize = memory.data(768, 16);
const WEIGHTED: usize = memory.data(768, 16);
const ADDEND: usize = memory.data(768, 16);
const TOTAL: usize = memory.data(384, 16);
const STORED: usize = memory.data(2 * 384, 16);

export function initBuckets(at: usize, count: i32): void {
  buckets = at;
  additions0 = buckets + 2 * laneOf(WIDEST);
  additions1 = additions0 + <usize>count * ADDITION;
}

/** Stores the points (x, y) of both lanes for terms. */
export function storePoints(point0: usize, point1: usize, x: usize, y: usize): void {
  storeNiels(point0, point1, x, y);
  scatter(point0 + NIELS, point1 + NIELS, MULTIPLIED);
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

/** Digit positions of a scalar of so many bits. */
function positionsOf(bits: i32, width: i32): i32 {
  return (bits + width - 1) / width;
}

/** The same made even. */
function evenPositions(bits: i32, width: i32): i32 {
  return (positionsOf(bits, width) + 1) & ~1;
}

/** What weighing a bucket of each lane costs, in additions of a point to one; measured. */
const WEIGHING: i32 = 3;

/** The best width of digits for so many long and short scalars: more buckets to weigh against fewer additions. */
export function widthFor(long: i32, short: i32): i32 {
  let best = 0;
  let least = i32.MAX_VALUE;
  for (let width = NARROWEST; width <= WIDEST; width++) {
    const buckets = (evenPositions(long > 0 ? LONG : SHORT, width) / 2) << (width - 1);
    const cost = long * positionsOf(LONG, width) + short * positionsOf(SHORT, width) + WEIGHING * buckets;
    if (cost < least) {
      least = cost;
      best = width;
    }
  }
  return best;
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
  let left0 = deal(additions0, buckets, terms + position, position, count);
  let left1 = deal(additions1, buckets + lane, terms + position + 1, position + 1, count);
  for (let bucket = buckets, end = buckets + 2 * lane; bucket < end; bucket += BUCKET) {
    if (!isEmpty(bucket)) continue;
    store<f64>(bucket, 1, SINGLE);
    store<f64>(bucket, 1, 2 * SINGLE);
  }
  // The shorter lane adds the identity to bucket 0.
  for (; left0 < left1; left0++) addLater(additions0, left0, buckets, IDENTITY);
  for (; left1 < left0; left1++) addLater(additions1, left1, buckets + lane, IDENTITY);
  for (let at: usize = 0, end = <usize>left0 * ADDITION; at < end; at += ADDITION) {
    const bucket0 = <usize>load<u32>(additions0 + at);
    const bucket1 = <usize>load<u32>(additions1 + at);
    for (let j: usize = 0; j < 4; j++) gather(BUCKET_PAIR + j * PAIR, bucket0 + j * SINGLE, bucket1 + j * SINGLE);
    addNiels(BUCKET_PAIR, load<u32>(additions0 + at, 4), load<u32>(additions1 + at, 4));
    for (let j: usize = 0; j < 4; j++) scatter(bucket0 + j * SINGLE, bucket1 + j * SINGLE, BUCKET_PAIR + j * PAIR);
  }
}

/** Puts points into empty buckets of a lane, and lists the others as additions; returns how many those are. */
function deal(additions: usize, buckets: usize, digits: usize, position: i32, count: i32): i32 {
  let listed = 0;
  const toPoint = DIGITS - <usize>position;
  for (const end = digits + <usize>count * BUCKET_TERM; digits < end; digits += BUCKET_TERM) {
    const digit = <i32>load<i8>(digits);
    if (digit == 0) continue;
    const bucket = buckets + <usize>abs(digit) * BUCKET;
    const point = <usize>load<u32>(digits + toPoint);
    if (isEmpty(bucket)) put(bucket, point, digit < 0 ? -1 : 1);
    else addLater(additions, listed++, bucket, digit < 0 ? point | NEGATED : point);
  }
  return listed;
}

/** Has a bucket Z = 0 still? */
// @ts-ignore: decorator
@inline
function isEmpty(bucket: usize): bool {
  return load<f64>(bucket, 2 * SINGLE) == 0;
}

// @ts-ignore: decorator
@inline
function addLater(additions: usize, index: i32, bucket: usize, point: usize): void {
  store<u32>(additions + <usize>index * ADDITION, bucket);
  store<u32>(additions + <usize>index * ADDITION, point, 4);
}

/** A bucket becomes a point or its negative: X, Y, Z, T = 2x, 2y, 2, 2xy. */
function put(bucket: usize, point: usize, sign: f64): void {
  for (let i: usize = 0; i < SINGLE; i += 8) {
    const minus = load<f64>(point + i);
    const plus = load<f64>(point + SINGLE + i);
    store<f64>(bucket + i, sign * (plus - minus));
    store<f64>(bucket + SINGLE + i, plus + minus);
    store<f64>(bucket + 3 * SINGLE + i, 2 * sign * load<f64>(point + NIELS + i));
  }
  store<f64>(bucket, 2, 2 * SINGLE);
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
