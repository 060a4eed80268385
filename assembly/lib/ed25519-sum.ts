// Sums of multiples of many points by Straus's method: width-5 signed digits, a table of 1P, 3P .. 15P for each point,
// the doublings shared by all. At each bit the points to be added are dealt to two accumulators, one in each lane.
import {
  IDENTITY_ADDEND,
  addCached,
  addCachedNarrow,
  addLanes,
  double,
  doubleNarrow,
  fromNarrow,
  setIdentity,
  setNarrowIdentity,
} from './ed25519-point';

/** Bits of a position: scalars below 2^255, whose last digit may carry to 2^255. */
const POSITIONS: i32 = 256;

/** Additions as they are found, by term: position, then address. */
let found: usize = 0;
/** The same addresses sorted by position. */
let sorted: usize = 0;
let count: i32 = 0;

/**
 * Sums of fewer additions go one point at a time with both lanes on it: doublings are cheaper, additions dearer.
 */
const NARROW_BELOW: i32 = 700;
const POINT_SUM: usize = memory.data(384, 16);
/** How many additions there are at each position; then where the next one of it goes. */
const TALLY: usize = memory.data(256 * 4, 16);

/** Bytes for sums of at most `terms` terms of `width`-bit digits. */
export function sumScratch(terms: i32, width: i32): usize {
  return <usize>(terms * ((POSITIONS + width - 1) / width)) * 12;
}

export function initSums(at: usize, terms: i32, width: i32): void {
  found = at;
  sorted = at + <usize>(terms * ((POSITIONS + width - 1) / width)) * 8;
}

export function startSum(): void {
  count = 0;
  memory.fill(TALLY, 0, 256 * 4);
}

/**
 * Adds scalar * P to the sum: `table` holds 1P, 3P .. (2^(width-1) - 1)P, `stride` bytes apart; the scalar is 32 bytes
 * below 2^255. Digits are odd, at most 2^(width-1) - 1 in size, and at least `width` positions apart.
 */
export function addTerm(scalar: usize, table: usize, stride: usize, width: i32): void {
  let position = 0;
  let carry: u32 = 0;
  const mask: u32 = (1 << width) - 1;
  let next = found + <usize>count * 8;
  while (position < POSITIONS) {
    // At least 25 bits from `position` on. The three bytes after the scalar are masked away below.
    let bits = load<u32>(scalar + (position >> 3)) >> (position & 7);
    const left = POSITIONS - position;
    if (left < 32) bits &= (1 << left) - 1;
    // Skip what equals the carry: zeros without one, ones with one.
    const run = ctz(carry == 0 ? bits : ~bits);
    if (run > 0) {
      position += min(run, 24);
      continue;
    }
    const window = (bits & mask) + carry;
    carry = window >> (width - 1);
    const digit = <i32>window - <i32>(carry << width);
    store<u32>(next, position);
    store<u32>(next, <u32>(table + <usize>(abs(digit) >> 1) * stride + <usize>(digit < 0)), 4);
    store<u32>(TALLY + 4 * position, load<u32>(TALLY + 4 * position) + 1);
    next += 8;
    position += width;
  }
  count = <i32>((next - found) >> 3);
}

/** Both lanes of p become the sum of all terms, whose tables hold CACHED points. */
export function finishSum(p: usize): void {
  let total: u32 = 0;
  let top = -1;
  for (let position = 0; position < POSITIONS; position++) {
    const here = load<u32>(TALLY + 4 * position);
    if (here > 0) top = position;
    store<u32>(TALLY + 4 * position, total);
    total += here;
  }
  for (let from = found, end = found + <usize>count * 8; from < end; from += 8) {
    const slot = TALLY + 4 * load<u32>(from);
    const to = load<u32>(slot);
    store<u32>(slot, to + 1);
    store<u32>(sorted + 4 * to, load<u32>(from, 4));
  }
  // TALLY now holds where each position ends.
  if (count < NARROW_BELOW) {
    setNarrowIdentity(POINT_SUM);
    for (let position = top; position >= 0; position--) {
      if (position != top) doubleNarrow(POINT_SUM);
      const end = load<u32>(TALLY + 4 * position);
      for (let at = startOf(position); at < end; at++) addCachedNarrow(POINT_SUM, load<u32>(sorted + 4 * at));
    }
    fromNarrow(p, POINT_SUM);
    return;
  }
  setIdentity(p);
  for (let position = top; position >= 0; position--) {
    let at = startOf(position);
    const end = load<u32>(TALLY + 4 * position);
    // T is needed by additions only.
    if (position != top) double(p, at < end || position == 0);
    for (; at < end; at += 2) {
      const entry1 = at + 1 < end ? load<u32>(sorted + 4 * at, 4) : <u32>IDENTITY_ADDEND;
      addCached(p, load<u32>(sorted + 4 * at), entry1, at + 2 < end || position == 0);
    }
  }
  addLanes(p);
}

/** Where the additions of a position begin, once all are sorted. */
function startOf(position: i32): u32 {
  return position == 0 ? 0 : load<u32>(TALLY + 4 * (position - 1));
}
