// Sums of multiples of very many points by Pippenger's method: digits of 8 bits, -128 to 127. For each digit position every
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

/** Buckets 0 (never used) to 128 of each lane, as X, Y, Z, T. */
const BUCKETS: i32 = 129;
const BUCKET: usize = 4 * SINGLE;
const LANE: usize = <usize>BUCKETS * BUCKET;
/** Bytes of the buckets. */
export const BUCKET_SCRATCH: usize = 2 * LANE;

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

/**
 * Turns a scalar of `bytes` bytes into 32 digits, each stored plus 128: adding 128 at every position makes the bytes of the
 * sum the digits, without a carry from one to the next. The scalar must be below 2^255.
 */
export function toDigits(out: usize, scalar: usize, bytes: i32): void {
  let carry: u32 = 0;
  for (let i = 0; i < 32; i++) {
    // Above the scalar only the carry is left, as the first digit.
    carry += i < bytes ? <u32>load<u8>(scalar + i) + 128 : 0;
    store<u8>(out + i, <u8>(i < bytes ? carry : carry + 128));
    carry >>= 8;
  }
}

/**
 * Both lanes of p become the sum of digits * point over the `count` NIELS points at `points`, with 32 digits each at `digits`.
 * The points from `shortFrom` on have digits at positions 0 to 16 only.
 */
export function bucketSum(p: usize, points: usize, digits: usize, count: i32, shortFrom: i32): void {
  setNarrowIdentity(TOTAL);
  const top = shortFrom > 0 ? 30 : 16;
  for (let position = top; position >= 0; position -= 2) {
    fillBuckets(points, digits + position, position > 16 ? shortFrom : count);
    weighBuckets();
    toAddend(ADDEND, WEIGHTED);
    scatterCached(STORED, STORED + CACHED, ADDEND);
    if (position < top) for (let i = 0; i < 8; i++) doubleNarrow(TOTAL);
    addCachedNarrow(TOTAL, STORED + CACHED);
    for (let i = 0; i < 8; i++) doubleNarrow(TOTAL);
    addCachedNarrow(TOTAL, STORED);
  }
  fromNarrow(p, TOTAL);
}

function fillBuckets(points: usize, digits: usize, count: i32): void {
  memory.fill(buckets, 0, BUCKET_SCRATCH);
  for (let i: usize = 0; i < BUCKET_SCRATCH; i += BUCKET) {
    store<f64>(buckets + i + SINGLE, 1);
    store<f64>(buckets + i + 2 * SINGLE, 1);
  }
  for (let i = 0; i < count; i++) {
    const digit0 = <i32>load<u8>(digits) - 128;
    const digit1 = <i32>load<u8>(digits, 1) - 128;
    if ((digit0 | digit1) != 0) {
      const bucket0 = buckets + <usize>abs(digit0) * BUCKET;
      const bucket1 = buckets + LANE + <usize>abs(digit1) * BUCKET;
      for (let j: usize = 0; j < 4; j++) gather(BUCKET_PAIR + j * PAIR, bucket0 + j * SINGLE, bucket1 + j * SINGLE);
      addNiels(BUCKET_PAIR, points | (<usize>(digit0 < 0)), points | (<usize>(digit1 < 0)));
      for (let j: usize = 0; j < 4; j++) scatter(bucket0 + j * SINGLE, bucket1 + j * SINGLE, BUCKET_PAIR + j * PAIR);
    }
    points += NIELS;
    digits += 32;
  }
}

/** WEIGHTED = in each lane the sum of b * bucket b: from the top, a running sum of the buckets, and the sum of its values. */
function weighBuckets(): void {
  setIdentity(RUNNING);
  setIdentity(WEIGHTED);
  for (let b = BUCKETS - 1; b > 0; b--) {
    const bucket0 = buckets + <usize>b * BUCKET;
    const bucket1 = bucket0 + LANE;
    for (let j: usize = 0; j < 4; j++) gather(BUCKET_PAIR + j * PAIR, bucket0 + j * SINGLE, bucket1 + j * SINGLE);
    toAddend(ADDEND, BUCKET_PAIR);
    addAddend(RUNNING, ADDEND, true);
    toAddend(ADDEND, RUNNING);
    addAddend(WEIGHTED, ADDEND, true);
  }
}
