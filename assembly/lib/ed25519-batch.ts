// Verification of the signatures in a table of items, after ZIP-215: S < l, A and R any encodings that decode, the cofactored
// equation [8]([sum z S]B - sum [z]R - sum [z k]A) = 0, k = SHA-512(R || A || M) mod l, z random.
//
// An instance verifies either items that carry their public keys, or items that name one of the keys it has expanded. Either way
// all signatures of a key are one term of the equation.
import { BASE_TABLE, baseScratch, initBase, multiplyBase } from './ed25519-base';
import { BUCKET_POINT, BUCKET_TERM, bucketScratch, bucketSum, initBuckets, setTerm, storePoints, widthFor } from './ed25519-buckets';
import { PAIR, copyPair, mul, setSmall } from './ed25519-element';
import { addKeyMultiple, initKeys, isKeyValid, keyBytes, keyCount, keyScratch, makeKeyTables } from './ed25519-keys';
import {
  CACHED,
  DECODED,
  DECODED_AT_ONCE,
  ENCODINGS,
  NEGATED,
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
  toAddend,
} from './ed25519-point';
import { HALF_U, HALF_V, WIDE, addProduct, halve, isReduced, negate, reduceWide } from './ed25519-scalar';
import { SUM_SCRATCH, addTerm, finishSum, hasRoom, initSums, startSum } from './ed25519-sum';
import { KEY_STATE, addToKey, initTerms, isFirstOf, multipleOf, numberKeys, numberScratch, startTerms } from './ed25519-terms';
import { sha512Final, sha512Init, sha512Update } from './sha512';

// The host reads what is exported here: harness/kernels/wasm-ed25519.ts.

/** Most items at once: BATCH_CAPACITY of harness/model/kernels.ts. */
export const CAPACITY: i32 = 4096;
/** Bytes of an item: public key 32, signature (R 32, S 32), address and length of the message 4 + 4, number of the key 4 and 4 more. */
export const ITEM: usize = 112;
export const SIGNATURE: usize = 32;
const R: usize = SIGNATURE;
const S: usize = SIGNATURE + 32;
export const MESSAGE: usize = 96;
export const LENGTH: usize = MESSAGE + 4;
export const KEY: usize = 104;
/** Bytes of a coefficient. */
export const COEFFICIENT: usize = 16;
/** Bytes of what is made of an item: k mod l 32, is it well formed 4, which of the points is its R 4. */
const PREPARED: usize = 40;
const VALID: usize = 32;
const POINT_OF_R: usize = 36;

/** Pairs of points whose tables are kept, and so the most that one run of doublings serves: 768 kB, which a second-level cache holds. */
const SLOTS: i32 = 128;
/** The points R go by buckets where there are at least so many; keys that items carry go with them where there are so many of those. */
const BUCKETS_FROM: i32 = 96;
const BUCKETS_FROM_KEYS: i32 = 56;
/** Odd multiples 1P .. 15P. */
const WIDTH: i32 = 5;
const MULTIPLES: i32 = 8;
const TABLE: usize = <usize>MULTIPLES * CACHED;

export let items: usize = 0;
/** The items' coefficients. */
let coefficients: usize = 0;
let prepared: usize = 0;
/** For numberKeys. */
let slots: usize = 0;
/**
 * The distinct points of the items, in the order in which they come: a key the first time, R. At most two an item. First where
 * their encodings are, then whether they decode, and their x and y two by two.
 */
let encodings: usize = 0;
let decodes: usize = 0;
let decoded: usize = 0;
let tables: usize = 0;
/** Which pair's tables each slot holds, plus 1, and the run of doublings that last used them. */
let owners: usize = 0;
/** For sums by buckets: the points, whether those of a pair are there, and the terms. */
let bucketPoints: usize = 0;
let isBucketPoint: usize = 0;
let terms: usize = 0;
/** Where messages begin. */
let messages: usize = 0;

const STATE: usize = memory.data(200, 16);
const DIGEST: usize = memory.data(64, 16);
const SCALAR: usize = memory.data(48, 16);
const MULTIPLE: usize = memory.data(48, 16);
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
  // Whole cache lines, as are the sizes of what follows.
  const base: usize = (__heap_base + 63) & ~63;
  items = base + BASE_TABLE;
  coefficients = items + <usize>CAPACITY * ITEM;
  prepared = coefficients + <usize>CAPACITY * COEFFICIENT;
  const states = prepared + <usize>CAPACITY * PREPARED;
  slots = states + <usize>CAPACITY * KEY_STATE;
  encodings = slots + numberScratch(CAPACITY);
  decodes = encodings + <usize>CAPACITY * 2 * 4;
  decoded = decodes + <usize>CAPACITY * 2;
  tables = decoded + <usize>CAPACITY * XY_PAIR;
  owners = tables + <usize>SLOTS * 2 * TABLE;
  const sums = owners + <usize>SLOTS * 8;
  const buckets = sums + SUM_SCRATCH;
  bucketPoints = buckets + bucketScratch(2 * CAPACITY);
  isBucketPoint = bucketPoints + <usize>CAPACITY * 2 * BUCKET_POINT;
  terms = isBucketPoint + <usize>CAPACITY;
  messages = terms + <usize>CAPACITY * 2 * BUCKET_TERM;
  if (!ensure(max(messages, items + max(baseScratch(), keyScratch())))) unreachable();
  initPoints();
  initBase(base, items);
  initTerms(states);
  initSums(sums);
  initBuckets(buckets, 2 * CAPACITY);
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
  const known = keyCount > 0;
  for (let i = from; i < to; i++) {
    const item = items + <usize>i * ITEM;
    const out = prepared + <usize>i * PREPARED;
    if (!isReduced(item + S) || (known && !isKeyValid(load<u32>(item, KEY)))) {
      store<u32>(out, 0, VALID);
      continue;
    }
    store<u32>(out, 1, VALID);
    sha512Init(STATE);
    sha512Update(STATE, item + R, 32);
    sha512Update(STATE, known ? keyBytes(load<u32>(item, KEY)) : item, 32);
    sha512Update(STATE, load<u32>(item, MESSAGE), load<u32>(item, LENGTH));
    sha512Final(STATE, DIGEST);
    reduceWide(out, DIGEST);
  }
}

/** Finds the distinct points of the first `count` items and decodes them, after prepare. */
export function decodeItems(count: i32): void {
  const known = keyCount > 0;
  // The coefficients are random, and no signer has seen them.
  if (!known) numberKeys(items, ITEM, count, KEY, coefficients, slots);
  let points = 0;
  for (let i = 0; i < count; i++) {
    const item = items + <usize>i * ITEM;
    if (!known && load<i32>(item, KEY) == i) store<u32>(encodings + 4 * points++, item);
    store<i32>(prepared + <usize>i * PREPARED, points, POINT_OF_R);
    store<u32>(encodings + 4 * points++, item + R);
  }
  // Up to a whole number of pairs.
  store<u32>(encodings + 4 * points, items);
  for (let first = 0; first < points; first += DECODED_AT_ONCE) {
    memory.copy(ENCODINGS, encodings + 4 * first, 4 * DECODED_AT_ONCE);
    const pairs = (min(points - first, DECODED_AT_ONCE) + 1) >> 1;
    const valid = decode(pairs);
    memory.copy(decoded + <usize>(first >> 1) * XY_PAIR, DECODED, <usize>pairs * XY_PAIR);
    for (let i = 0; i < DECODED_AT_ONCE; i++) store<u8>(decodes + first + i, <u8>((valid >> i) & 1));
  }
  for (let i = 0; i < count; i++) {
    const ready = prepared + <usize>i * PREPARED;
    const decodesA = known ? 1 : load<u8>(decodes + pointOfKey(load<i32>(items + <usize>i * ITEM, KEY)));
    store<u32>(ready, load<u32>(ready, VALID) & load<u8>(decodes + load<i32>(ready, POINT_OF_R)) & decodesA, VALID);
  }
  memory.fill(owners, 0, <usize>SLOTS * 8);
  memory.fill(isBucketPoint, 0, <usize>((points + 1) >> 1));
}

/** Which of the points is the key that items carry: it comes before the R of the first of them. */
function pointOfKey(key: i32): i32 {
  return load<i32>(prepared + <usize>key * PREPARED, POINT_OF_R) - 1;
}

/** Counts runs of doublings. */
let run: u32 = 0;
/** Runs of the sum at hand. */
let runs: i32 = 0;

function startRuns(): void {
  runs = 0;
  run += 1;
  startSum();
}

/** Adds the terms collected so far to SUM, and starts anew. */
function finishRun(): void {
  if (runs == 0) {
    finishSum(SUM);
  } else {
    finishSum(TOTAL);
    toAddend(ADDEND, TOTAL);
    addAddend(SUM, ADDEND, true);
  }
  runs += 1;
  run += 1;
  startSum();
}

/** The table of a point; it is made, with that of the pair's other point, in the pair's slot, unless it is there. */
function tableOf(point: i32): usize {
  const pair = point >> 1;
  const slot = pair % SLOTS;
  const table = tables + <usize>slot * 2 * TABLE;
  const owner = owners + 8 * slot;
  if (load<i32>(owner) != pair + 1) {
    // The run at hand needs what is there.
    if (load<u32>(owner, 4) == run) finishRun();
    store<i32>(owner, pair + 1);
    makeTables(table, decoded + <usize>pair * XY_PAIR);
  }
  store<u32>(owner, run, 4);
  return (point & 1) == 0 ? table : table + TABLE;
}

/** Makes the tables of two points, one after the other. */
function makeTables(table: usize, xy: usize): void {
  copyPair(TOTAL + X, xy);
  copyPair(TOTAL + Y, xy + PAIR);
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
}

/** A point as bucketSum takes it; it is made, with the pair's other point, unless it is there. */
function bucketPointOf(point: i32): usize {
  const pair = point >> 1;
  const at = bucketPoints + <usize>pair * 2 * BUCKET_POINT;
  if (load<u8>(isBucketPoint + pair) == 0) {
    store<u8>(isBucketPoint + pair, 1);
    const xy = decoded + <usize>pair * XY_PAIR;
    storePoints(at, at + BUCKET_POINT, xy, xy + PAIR);
  }
  return (point & 1) == 0 ? at : at + BUCKET_POINT;
}

/** Does the batch equation hold for the items from .. to - 1? */
export function equation(from: i32, to: i32): bool {
  for (let i = from; i < to; i++) if (load<u32>(prepared + <usize>i * PREPARED, VALID) == 0) return false;
  const known = keyCount > 0;
  let keys = 0;
  memory.fill(SUM_S, 0, WIDE);
  startTerms();
  for (let i = from; i < to; i++) {
    const item = items + <usize>i * ITEM;
    const z = coefficients + <usize>i * COEFFICIENT;
    keys += <i32>addToKey(load<i32>(item, KEY), i, z, prepared + <usize>i * PREPARED);
    addProduct(SUM_S, z, item + S, 4);
  }
  startRuns();
  const buckets = to - from >= BUCKETS_FROM;
  const bucketsOfKeys = buckets && !known && keys >= BUCKETS_FROM_KEYS;
  if (buckets) sumByBuckets(from, to, bucketsOfKeys ? keys : 0);
  memory.fill(SCALAR, 0, 32);
  for (let i = from; i < to; i++) {
    if (!buckets) {
      memory.copy(SCALAR, coefficients + <usize>i * COEFFICIENT, 16);
      addToRun(SCALAR, load<i32>(prepared + <usize>i * PREPARED, POINT_OF_R));
    }
    const key = load<i32>(items + <usize>i * ITEM, KEY);
    if (bucketsOfKeys || !isFirstOf(key, i)) continue;
    multipleOf(MULTIPLE, key);
    if (!known) {
      addToRun(MULTIPLE, pointOfKey(key));
    } else {
      if (!hasRoom()) finishRun();
      addKeyMultiple(key, MULTIPLE);
    }
  }
  finishRun();
  reduceWide(SCALAR, SUM_S);
  return sumIsBase(SCALAR);
}

/** Adds scalar * point to the run at hand. */
function addToRun(scalar: usize, point: i32): void {
  if (!hasRoom()) finishRun();
  addTerm(scalar, tableOf(point), WIDTH);
}

/** SUM = the sum of z R, and of z k A of `keys` keys unless that is 0, of the items from .. to - 1, by Pippenger's method. */
function sumByBuckets(from: i32, to: i32, keys: i32): void {
  const width = widthFor(keys, to - from);
  let long = terms;
  let short = terms + <usize>keys * BUCKET_TERM;
  for (let i = from; i < to; i++) {
    const key = load<i32>(items + <usize>i * ITEM, KEY);
    if (keys > 0 && isFirstOf(key, i)) {
      multipleOf(MULTIPLE, key);
      setTerm(long, bucketPointOf(pointOfKey(key)), MULTIPLE, 32, width);
      long += BUCKET_TERM;
    }
    setTerm(short, bucketPointOf(load<i32>(prepared + <usize>i * PREPARED, POINT_OF_R)), coefficients + <usize>i * COEFFICIENT, 16, width);
    short += BUCKET_TERM;
  }
  bucketSum(SUM, terms, keys + to - from, keys, width);
  runs = 1;
}

/** Does the equation of one item hold, without a coefficient? */
export function single(index: i32): bool {
  const ready = prepared + <usize>index * PREPARED;
  if (load<u32>(ready, VALID) == 0) return false;
  const known = keyCount > 0;
  const item = items + <usize>index * ITEM;
  const key = load<i32>(item, KEY);
  const point = load<i32>(ready, POINT_OF_R);
  startRuns();
  const sign = known ? 0 : halve(ready);
  if (sign != 0) {
    // Times v, which the order of the base point does not divide, R + k A = S B becomes v R + u A = v S B with half the doublings.
    const table = tableOf(pointOfKey(key));
    addTerm(HALF_U, sign < 0 ? table | NEGATED : table, WIDTH);
    addToRun(HALF_V, point);
    finishRun();
    memory.fill(PRODUCT, 0, WIDE);
    addProduct(PRODUCT, HALF_V, item + S, 4);
    reduceWide(SCALAR, PRODUCT);
    return sumIsBase(SCALAR);
  }
  if (known) addKeyMultiple(key, ready);
  else addToRun(ready, pointOfKey(key));
  memory.fill(SCALAR, 0, 32);
  store<u8>(SCALAR, 1);
  addToRun(SCALAR, point);
  finishRun();
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
