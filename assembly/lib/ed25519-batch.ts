// Verification of the signatures in a table of items, after ZIP-215: S < l, A and R any encodings that decode, the cofactored
// equation [8]([sum z S]B - sum [z]R - sum [z k]A) = 0, k = SHA-512(R || A || M) mod l, z random.
//
// An instance verifies either items that carry their public keys, or items that name one of the keys it has expanded.
import { BASE_TABLE, baseScratch, initBase, multiplyBase } from './ed25519-base';
import { BUCKET_SCRATCH, bucketSum, initBuckets, toDigits } from './ed25519-buckets';
import { PAIR, copyPair, mul, setSmall } from './ed25519-element';
import {
  addKeyMultiple,
  addKeyTerm,
  addToKey,
  initKeys,
  isKeyValid,
  keyBytes,
  keyScratch,
  keyCount,
  keyTermCount,
  makeKeyTables,
  startKeyTerms,
} from './ed25519-keys';
import {
  CACHED,
  DECODED,
  DECODED_AT_ONCE,
  ENCODINGS,
  NEGATED,
  NIELS,
  POINT,
  T,
  X,
  XY_PAIR,
  Y,
  Z,
  addAddend,
  decode,
  double,
  initPoints,
  isSmallOrder,
  scatterCached,
  setIdentity,
  storeNiels,
  toAddend,
} from './ed25519-point';
import { HALF_U, HALF_V, WIDE, addProduct, halve, isReduced, negate, reduceWide } from './ed25519-scalar';
import { SUM_SCRATCH, addTerm, finishSum, hasRoom, initSums, startSum } from './ed25519-sum';
import { sha512Final, sha512Init, sha512Update } from './sha512';

/** Most items at once: BATCH_CAPACITY of harness/kernels/ed25519-border.ts. */
const CAPACITY: i32 = 4096;
/** Bytes of an item: public key 32, R 32, S 32, address and length of the message 4 + 4, position of the key 4. */
export const ITEM: usize = 112;
const R: usize = 32;
const S: usize = 64;
export const MESSAGE: usize = 96;
const KEY: usize = 104;
/** Bytes of a coefficient. */
const COEFFICIENT: usize = 16;
/** Bytes of what is made of an item: z k mod l 32 (not under known keys), k mod l 32, is it well formed 4. */
const PREPARED: usize = 80;
const CHALLENGE: usize = 32;
const VALID: usize = 64;
/** Points are decoded in pairs, x then y: A and R of one item, or with expanded keys R of items 2p and 2p + 1. */

/** Pairs whose tables are kept, and so the most that one run of doublings serves: 768 kB, which a second-level cache holds. */
const SLOTS: i32 = 128;
/** Batches of at least so many items go by buckets. */
const BUCKETS_FROM: i32 = 224;
const BUCKETS_FROM_KNOWN: i32 = 300;
/** Odd multiples 1P .. 15P. */
const WIDTH: i32 = 5;
const MULTIPLES: i32 = 8;
const TABLE: usize = <usize>MULTIPLES * CACHED;

export let items: usize = 0;
/** The items' coefficients. */
let coefficients: usize = 0;
let prepared: usize = 0;
let decoded: usize = 0;
let tables: usize = 0;
/** Which pair's tables each slot holds, plus 1. */
let owners: usize = 0;
/** For sums by buckets: NIELS points, and the digits of their scalars. */
let points: usize = 0;
let digits: usize = 0;
/** Where messages begin. */
let messages: usize = 0;

const STATE: usize = memory.data(200, 16);
const DIGEST: usize = memory.data(64, 16);
const SCALAR: usize = memory.data(32, 16);
const PRODUCT: usize = memory.data(64, 16);
const SUM_S: usize = memory.data(64, 16);
const TOTAL: usize = memory.data(768, 16);
const SUM: usize = memory.data(768, 16);
const WORK: usize = memory.data(768, 16);
const ADDEND: usize = memory.data(768, 16);

/** Grows the memory to at least `end` bytes; false where the engine refuses. */
export function ensure(end: usize): bool {
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0;
}

/** Sets the instance up; once, before anything else. */
export function init(): void {
  const base: usize = (__heap_base + 15) & ~15;
  items = base + BASE_TABLE;
  coefficients = items + <usize>CAPACITY * ITEM;
  prepared = coefficients + <usize>CAPACITY * COEFFICIENT;
  decoded = prepared + <usize>CAPACITY * PREPARED;
  tables = decoded + <usize>CAPACITY * XY_PAIR;
  owners = tables + <usize>SLOTS * 2 * TABLE;
  const sums = owners + <usize>SLOTS * 4;
  const buckets = (sums + SUM_SCRATCH + 15) & ~15;
  points = buckets + BUCKET_SCRATCH;
  digits = points + <usize>CAPACITY * 2 * NIELS;
  messages = digits + <usize>CAPACITY * 2 * 32;
  if (!ensure(max(messages, items + max(baseScratch(), keyScratch())))) unreachable();
  initPoints();
  initBase(base, items);
  initSums(sums);
  initBuckets(buckets);
}

export function itemsAt(): usize {
  return items;
}

/** Makes the tables of the keys, whose bytes are in place. */
export function expandKeys(): void {
  makeKeyTables(items);
}

export function coefficientsAt(): usize {
  return coefficients;
}

export function messagesAt(): usize {
  return messages;
}

/**
 * Makes room for `count` keys and returns where their bytes go, one after the other; 0 where the engine refuses the memory.
 * Then expandKeys makes their tables.
 */
export function layKeys(count: i32): usize {
  const at = messages;
  const end = initKeys(at, count);
  if (!ensure(end)) return 0;
  messages = end;
  return at;
}

/** Hashes the items from .. to - 1; their messages are not needed after that. */
export function prepare(from: i32, to: i32): void {
  assert(to <= CAPACITY);
  for (let i = from; i < to; i++) {
    const item = items + <usize>i * ITEM;
    const out = prepared + <usize>i * PREPARED;
    const known = keyCount > 0;
    if (!isReduced(item + S) || (known && !isKeyValid(load<u32>(item, KEY)))) {
      store<u32>(out, 0, VALID);
      continue;
    }
    store<u32>(out, 1, VALID);
    sha512Init(STATE);
    sha512Update(STATE, item + R, 32);
    sha512Update(STATE, known ? keyBytes(load<u32>(item, KEY)) : item, 32);
    sha512Update(STATE, load<u32>(item, MESSAGE), load<u32>(item, MESSAGE + 4));
    sha512Final(STATE, DIGEST);
    reduceWide(out + CHALLENGE, DIGEST);
    // Under known keys the products are summed by key before they are reduced.
    if (known) continue;
    memory.fill(PRODUCT, 0, WIDE);
    addProduct(PRODUCT, coefficients + <usize>i * COEFFICIENT, out + CHALLENGE, 4);
    reduceWide(out, PRODUCT);
  }
}

/** Decodes the points of the first `count` items, after prepare. */
export function decodeItems(count: i32): void {
  memory.fill(owners, 0, <usize>SLOTS * 4);
  const known = keyCount > 0;
  // Under known keys the points are R of one item after the other, else A and R of one item after the other.
  const pointsTotal = known ? count : 2 * count;
  for (let first = 0; first < pointsTotal; first += DECODED_AT_ONCE) {
    const here = min(pointsTotal - first, DECODED_AT_ONCE);
    for (let i = 0; i < ((here + 1) & ~1); i++) {
      const point = first + min(i, here - 1);
      const bytes = known ? items + <usize>point * ITEM + R : items + <usize>(point >> 1) * ITEM + ((point & 1) == 0 ? 0 : R);
      store<u32>(ENCODINGS + 4 * i, bytes);
    }
    const pairs = (here + 1) >> 1;
    const valid = decode(pairs);
    memory.copy(decoded + <usize>(first >> 1) * XY_PAIR, DECODED, <usize>pairs * XY_PAIR);
    for (let i = 0; i < here; i++) {
      const item = known ? first + i : (first + i) >> 1;
      if (((valid >> i) & 1) == 0) store<u32>(prepared + <usize>item * PREPARED, 0, VALID);
    }
  }
}

/** The tables of a pair's two points, one after the other; made in the pair's slot, unless they are there. */
function tablesOf(pair: i32): usize {
  const slot = pair % SLOTS;
  const table = tables + <usize>slot * 2 * TABLE;
  if (load<i32>(owners + 4 * slot) == pair + 1) return table;
  store<i32>(owners + 4 * slot, pair + 1);
  const points = decoded + <usize>pair * XY_PAIR;
  copyPair(TOTAL + X, points);
  copyPair(TOTAL + Y, points + PAIR);
  setSmall(TOTAL + Z, 1);
  mul(TOTAL + T, TOTAL + X, TOTAL + Y);
  memory.copy(WORK, TOTAL, POINT);
  double(WORK, true);
  toAddend(ADDEND, WORK);
  for (let i = 0; i < MULTIPLES; i++) {
    if (i > 0) addAddend(TOTAL, ADDEND, true);
    toAddend(WORK, TOTAL);
    scatterCached(table + <usize>i * CACHED, table + TABLE + <usize>i * CACHED, WORK);
  }
  return table;
}

/** Does the batch equation hold for the items from .. to - 1? */
export function equation(from: i32, to: i32): bool {
  for (let i = from; i < to; i++) if (load<u32>(prepared + <usize>i * PREPARED, VALID) == 0) return false;
  const known = keyCount > 0;
  memory.fill(SUM_S, 0, WIDE);
  startKeyTerms();
  for (let i = from; i < to; i++) {
    const item = items + <usize>i * ITEM;
    if (known) addToKey(load<u32>(item, KEY), coefficients + <usize>i * COEFFICIENT, prepared + <usize>i * PREPARED + CHALLENGE);
    addProduct(SUM_S, coefficients + <usize>i * COEFFICIENT, item + S, 4);
  }
  startSum();
  const bucketsFrom = known ? BUCKETS_FROM_KNOWN : BUCKETS_FROM;
  if (to - from < bucketsFrom) sumByTables(from, to);
  else sumByBuckets(from, to);
  for (let i = 0; i < keyTermCount(); i++) {
    if (!hasRoom()) addToSum();
    addKeyTerm(i);
  }
  addToSum();
  reduceWide(SCALAR, SUM_S);
  return sumIsBase(SCALAR);
}

/** SUM, or the sum at hand, = the sum of z R, and of z k A where items carry their keys, of the items from .. to - 1. */
function sumByTables(from: i32, to: i32): void {
  const known = keyCount > 0;
  setIdentity(SUM);
  memory.fill(SCALAR, 0, 32);
  let firstPair = known ? from >> 1 : from;
  for (let i = from; i < to; i++) {
    const pair = known ? i >> 1 : i;
    if (pair == firstPair + SLOTS) {
      addToSum();
      firstPair = pair;
    }
    const table = tablesOf(pair);
    memory.copy(SCALAR, coefficients + <usize>i * COEFFICIENT, 16);
    addTerm(SCALAR, known && (i & 1) == 0 ? table : table + TABLE, WIDTH);
    if (!known) addTerm(prepared + <usize>i * PREPARED, table, WIDTH);
  }
}

/** The same by Pippenger's method, into SUM. */
function sumByBuckets(from: i32, to: i32): void {
  const known = keyCount > 0;
  const count = to - from;
  // First all A, with digits at every position, then all R, whose scalars have 128 bits.
  const long = known ? 0 : count;
  for (let i = 0; i < count; i++) {
    const index = from + i;
    const at = decoded + <usize>(known ? index >> 1 : index) * XY_PAIR;
    const toR = points + <usize>(long + i) * NIELS;
    if (!known) {
      storeNiels(points + <usize>i * NIELS, toR, at, at + PAIR);
      toDigits(digits + <usize>i * 32, prepared + <usize>index * PREPARED, 32);
    } else {
      // A pair holds the points of two items; the other goes where the next one will be written.
      storeNiels((index & 1) == 0 ? toR : toR + NIELS, (index & 1) == 0 ? toR + NIELS : toR, at, at + PAIR);
    }
    toDigits(digits + <usize>(long + i) * 32, coefficients + <usize>index * COEFFICIENT, 16);
  }
  bucketSum(SUM, points, digits, long + count, long);
}

/** Adds the terms collected so far to SUM, and starts anew. */
function addToSum(): void {
  finishSum(TOTAL);
  startSum();
  toAddend(ADDEND, TOTAL);
  addAddend(SUM, ADDEND, true);
}

/** Does the equation of one item hold, without a coefficient? */
export function single(index: i32): bool {
  const ready = prepared + <usize>index * PREPARED;
  if (load<u32>(ready, VALID) == 0) return false;
  const known = keyCount > 0;
  const item = items + <usize>index * ITEM;
  const table = tablesOf(known ? index >> 1 : index);
  startSum();
  const sign = known ? 0 : halve(ready + CHALLENGE);
  if (sign != 0) {
    // Times v, which the order of the base point does not divide, R + k A = S B becomes v R + u A = v S B with half the doublings.
    addTerm(HALF_U, sign < 0 ? table | NEGATED : table, WIDTH);
    addTerm(HALF_V, table + TABLE, WIDTH);
    finishSum(SUM);
    memory.fill(PRODUCT, 0, WIDE);
    addProduct(PRODUCT, HALF_V, item + S, 4);
    reduceWide(SCALAR, PRODUCT);
    return sumIsBase(SCALAR);
  }
  if (known) addKeyMultiple(load<u32>(item, KEY), ready + CHALLENGE);
  else addTerm(ready + CHALLENGE, table, WIDTH);
  memory.fill(SCALAR, 0, 32);
  store<u8>(SCALAR, 1);
  addTerm(SCALAR, known && (index & 1) == 0 ? table : table + TABLE, WIDTH);
  finishSum(SUM);
  return sumIsBase(item + S);
}

/** Is [8](SUM - scalar * B) the identity? */
function sumIsBase(scalar: usize): bool {
  negate(DIGEST, scalar);
  multiplyBase(WORK, DIGEST);
  toAddend(ADDEND, WORK);
  addAddend(SUM, ADDEND, false);
  return isSmallOrder(SUM);
}
