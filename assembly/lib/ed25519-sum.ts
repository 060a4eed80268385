// Sums of multiples of many points by Straus's method: width-5 signed digits, a table of 1P, 3P .. 15P for each point,
// the doublings shared by all. At each bit the points to be added are dealt to two accumulators, one in each lane.
import {
  CACHED,
  IDENTITY,
  IDENTITY_PACKED,
  IS_PACKED,
  NEGATED,
  PACKED,
  addCached,
  addCachedNarrow,
  addLanes,
  addPacked,
  addPackedNarrow,
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
const NARROW_BELOW: i32 = 2000;
const POINT_SUM: usize = memory.data(384, 16);
/**
 * For each position, first of PACKED points, then of CACHED ones: how many additions there are; then where the next one goes;
 * in the end where they end.
 */
const TALLY: usize = memory.data(2 * 256 * 4, 16);

/** Additions that a sum has room for. */
const MOST: i32 = 20_000;
/** Bytes for the lists of additions. */
export const SUM_SCRATCH: usize = <usize>MOST * 12;

export function initSums(at: usize): void {
  found = at;
  sorted = at + <usize>MOST * 8;
}

/** Is there room for another term of at most 256 bits in digits of 5 bits or more? */
export function hasRoom(): bool {
  return count <= MOST - 52;
}

export function startSum(): void {
  count = 0;
  memory.fill(TALLY, 0, 2 * 256 * 4);
}

/**
 * Adds scalar * P to the sum, or subtracts it where the address `table` is flagged NEGATED: there lie 1P, 3P ..
 * (2^(width-1) - 1)P, as PACKED points where the address is so flagged, else CACHED. The scalar is 32 bytes below 2^255.
 * Digits are odd, at most 2^(width-1) - 1 in size, and at least `width` positions apart.
 */
export function addTerm(scalar: usize, table: usize, width: i32): void {
  const stride = (table & IS_PACKED) != 0 ? PACKED : CACHED;
  const tally = TALLY + ((table & IS_PACKED) != 0 ? 0 : 4);
  let position = 0;
  let carry: u32 = 0;
  const mask: u32 = (1 << width) - 1;
  let next = found + <usize>count * 8;
  while (position < POSITIONS) {
    // At least 57 bits from `position` on; what lies behind the scalar is masked away.
    let bits = load<u64>(scalar + (position >> 3)) >> (position & 7);
    const left = POSITIONS - position;
    if (left < 64) bits &= ((<u64>1) << left) - 1;
    // Skip what equals the carry: zeros without one, ones with one.
    const run = <i32>ctz(bits ^ (0 - <u64>carry));
    position += min(run, 48);
    if (run > 48 || position >= POSITIONS) continue;
    const window = ((<u32>(bits >> run)) & mask) + carry;
    carry = window >> (width - 1);
    const digit = <i32>window - <i32>(carry << width);
    store<u32>(next, position);
    store<u32>(next, <u32>((table + <usize>(abs(digit) >> 1) * stride) ^ (<usize>(digit < 0))), 4);
    store<u32>(tally + 8 * position, load<u32>(tally + 8 * position) + 1);
    next += 8;
    position += width;
  }
  count = <i32>((next - found) >> 3);
}

/** Both lanes of p become the sum of all terms. */
export function finishSum(p: usize): void {
  let total: u32 = 0;
  let top = -1;
  for (let i = 0; i < 2 * POSITIONS; i++) {
    const here = load<u32>(TALLY + 4 * i);
    if (here > 0) top = i >> 1;
    store<u32>(TALLY + 4 * i, total);
    total += here;
  }
  for (let from = found, end = found + <usize>count * 8; from < end; from += 8) {
    const entry = load<u32>(from, 4);
    const slot = TALLY + 8 * load<u32>(from) + <usize>(((<usize>entry) & IS_PACKED) != 0 ? 0 : 4);
    const to = load<u32>(slot);
    store<u32>(slot, to + 1);
    store<u32>(sorted + 4 * to, entry);
  }
  if (count < NARROW_BELOW) {
    setNarrowIdentity(POINT_SUM);
    for (let position = top; position >= 0; position--) {
      if (position != top) doubleNarrow(POINT_SUM);
      let at = startOf(position);
      for (const end = startOfCached(position); at < end; at++) addPackedNarrow(POINT_SUM, load<u32>(sorted + 4 * at));
      for (const end = endOf(position); at < end; at++) addCachedNarrow(POINT_SUM, load<u32>(sorted + 4 * at));
    }
    fromNarrow(p, POINT_SUM);
    return;
  }
  setIdentity(p);
  for (let position = top; position >= 0; position--) {
    let at = startOf(position);
    const middle = startOfCached(position);
    const end = endOf(position);
    // T is needed by additions only, and by addLanes.
    if (position != top) double(p, at < end || position == 0);
    fetch(at, middle);
    for (; at < middle; at += 2) {
      const entry1 = at + 1 < middle ? load<u32>(sorted + 4 * at, 4) : <u32>IDENTITY_PACKED;
      addPacked(p, load<u32>(sorted + 4 * at), entry1, at + 2 < middle || middle < end || position == 0);
    }
    for (at = middle; at < end; at += 2) {
      const entry1 = at + 1 < end ? load<u32>(sorted + 4 * at, 4) : <u32>IDENTITY;
      addCached(p, load<u32>(sorted + 4 * at), entry1, at + 2 < end || position == 0);
    }
  }
  addLanes(p);
}

/** The additions of a position, once all are sorted, are startOf .. endOf - 1. */
function endOf(position: i32): u32 {
  return load<u32>(TALLY + 8 * position, 4);
}
function startOf(position: i32): u32 {
  return position == 0 ? 0 : endOf(position - 1);
}
function startOfCached(position: i32): u32 {
  return load<u32>(TALLY + 8 * position);
}

/** Keeps what fetch loads from being optimized away. */
let fetched: i32 = 0;

/**
 * Loads from both cache lines of each of these PACKED points, so that the processor waits for many at once: the tables of
 * many keys lie beyond the second-level cache, and an addition alone is long enough that its misses would come one by one.
 */
function fetch(from: u32, to: u32): void {
  let all = 0;
  for (; from < to; from++) {
    const entry = (<usize>load<u32>(sorted + 4 * from)) & ~(NEGATED | IS_PACKED);
    all ^= load<i32>(entry) ^ load<i32>(entry, PACKED - 4);
  }
  fetched = all;
}
