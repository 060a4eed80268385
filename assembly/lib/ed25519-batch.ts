// Signing, and verification of the signatures in a table of items. After ZIP-215: S < l, A and R any encodings that decode,
// the cofactored equation [8]([sum z S]B - sum [z]R - sum [z k]A) = 0, k = SHA-512(R || A || M) mod l.
import { addProduct, isReduced, negate, reduceWide, WIDE } from './ed25519-scalar';
import { baseScratch, BASE_TABLE, initBase, multiplyBase } from './ed25519-base';
import {
  CACHED,
  POINT,
  T,
  X,
  Y,
  Z,
  addAddend,
  decode,
  double,
  encode,
  initPoints,
  isSmallOrder,
  scatterCached,
  setIdentity,
  toAddend,
} from './ed25519-point';
import { PAIR, copyPair, mul, setSmall } from './ed25519-element';
import { addTerm, finishSum, initSums, startSum, sumScratch } from './ed25519-sum';
import { SHA512_STATE_BYTES, sha512Final, sha512Init, sha512Update } from './sha512';

/** Items prepared at once. */
export const CAPACITY: i32 = 4096;
/** Bytes of an item: public key 32, R 32, S 32, coefficient 16, address and length of the message 4 + 4. */
export const ITEM: usize = 128;
const R: usize = 32;
const S: usize = 64;
const COEFFICIENT: usize = 96;
const MESSAGE: usize = 112;
/** Bytes of what prepare makes of an item: z k mod l 32, k mod l 32, is it well formed 4, x and y of A (lane 0) and R (lane 1). */
const PREPARED: usize = 80 + 2 * PAIR;
const CHALLENGE: usize = 32;
const VALID: usize = 64;
const POINTS: usize = 80;

/** Items whose tables are kept: the largest batch that one run of doublings serves. */
const SLOTS: i32 = 128;
/** Odd multiples 1P .. 15P. */
const WIDTH: i32 = 5;
const MULTIPLES: i32 = 8;
const TABLE: usize = <usize>MULTIPLES * CACHED;

let items: usize = 0;
let prepared: usize = 0;
let tables: usize = 0;
/** Which item each slot's tables belong to, plus 1. */
let owners: usize = 0;
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

export function init(): void {
  let at: usize = (__heap_base + 15) & ~15;
  const base = at;
  at += BASE_TABLE;
  items = at;
  at += <usize>CAPACITY * ITEM;
  prepared = at;
  at += <usize>CAPACITY * PREPARED;
  tables = at;
  at += <usize>SLOTS * 2 * TABLE;
  owners = at;
  at += <usize>SLOTS * 4;
  const sums = at;
  at += sumScratch(2 * SLOTS, WIDTH);
  messages = (at + 15) & ~15;
  if (!ensure(max(messages + 256, items + baseScratch()))) unreachable();
  initPoints();
  initBase(base, items);
  initSums(sums, 2 * SLOTS, WIDTH);
}

export function itemsAt(): usize {
  return items;
}

export function messagesAt(): usize {
  return messages;
}

/** Prepares the items from .. to - 1 of the table: hashes them and decodes their points. Their messages are not needed after that. */
export function prepare(from: i32, to: i32): void {
  memory.fill(owners, 0, <usize>SLOTS * 4);
  for (let i = from; i < to; i++) prepareItem(items + <usize>i * ITEM, prepared + <usize>i * PREPARED);
}

function prepareItem(item: usize, out: usize): void {
  store<u32>(out, 0, VALID);
  if (!isReduced(item + S)) return;
  if (decode(WORK, item, item + R) != 3) return;
  copyPair(out + POINTS, WORK + X);
  copyPair(out + POINTS + PAIR, WORK + Y);
  sha512Init(STATE);
  sha512Update(STATE, item + R, 32);
  sha512Update(STATE, item, 32);
  sha512Update(STATE, load<u32>(item, MESSAGE), load<u32>(item, MESSAGE + 4));
  sha512Final(STATE, DIGEST);
  reduceWide(out + CHALLENGE, DIGEST);
  memory.fill(PRODUCT, 0, WIDE);
  addProduct(PRODUCT, item + COEFFICIENT, out + CHALLENGE, 4);
  reduceWide(out, PRODUCT);
  store<u32>(out, 1, VALID);
}

/** Makes the tables of an item's A and R in its slot, unless they are there. */
function tableOf(index: i32): usize {
  const slot = index % SLOTS;
  const table = tables + <usize>slot * 2 * TABLE;
  if (load<i32>(owners + 4 * slot) == index + 1) return table;
  store<i32>(owners + 4 * slot, index + 1);
  const points = prepared + <usize>index * PREPARED + POINTS;
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

/** Does the batch equation hold for the prepared items from .. to - 1? */
export function equation(from: i32, to: i32): bool {
  for (let i = from; i < to; i++) if (load<u32>(prepared + <usize>i * PREPARED, VALID) == 0) return false;
  memory.fill(SUM_S, 0, WIDE);
  setIdentity(SUM);
  for (let start = from; start < to; start += SLOTS) {
    startSum();
    for (let i = start; i < min(start + SLOTS, to); i++) {
      const item = items + <usize>i * ITEM;
      const table = tableOf(i);
      addTerm(prepared + <usize>i * PREPARED, table, CACHED, WIDTH);
      memory.copy(SCALAR, item + COEFFICIENT, 16);
      memory.fill(SCALAR + 16, 0, 16);
      addTerm(SCALAR, table + TABLE, CACHED, WIDTH);
      addProduct(SUM_S, item + COEFFICIENT, item + S, 4);
    }
    finishSum(TOTAL);
    toAddend(ADDEND, TOTAL);
    addAddend(SUM, ADDEND, true);
  }
  reduceWide(SCALAR, SUM_S);
  return sumIsZero(SCALAR);
}

/** Does the equation of one prepared item hold, with coefficient 1? */
export function single(index: i32): bool {
  const ready = prepared + <usize>index * PREPARED;
  if (load<u32>(ready, VALID) == 0) return false;
  const table = tableOf(index);
  startSum();
  addTerm(ready + CHALLENGE, table, CACHED, WIDTH);
  memory.fill(SCALAR, 0, 32);
  store<u8>(SCALAR, 1);
  addTerm(SCALAR, table + TABLE, CACHED, WIDTH);
  finishSum(SUM);
  return sumIsZero(items + <usize>index * ITEM + S);
}

/** Is [8](SUM - scalar * B) the identity? */
function sumIsZero(scalar: usize): bool {
  negate(DIGEST, scalar);
  multiplyBase(WORK, DIGEST);
  toAddend(ADDEND, WORK);
  addAddend(SUM, ADDEND, false);
  return isSmallOrder(SUM);
}

/** From the seed at the first item's public key: the scalar (32 bytes) and prefix (32) over R and S, the public key over the seed. */
export function makeKey(): void {
  sha512Init(STATE);
  sha512Update(STATE, items, 32);
  sha512Final(STATE, DIGEST);
  store<u8>(DIGEST, load<u8>(DIGEST) & 248);
  store<u8>(DIGEST, (load<u8>(DIGEST, 31) & 127) | 64, 31);
  memory.copy(items + 32, DIGEST, 64);
  multiplyBase(WORK, DIGEST);
  encode(items, WORK);
}

/**
 * Signs: scalar, prefix and public key at the first item's first 96 bytes, the message at its address; the signature comes
 * to bytes 128 to 191.
 */
export function sign(): void {
  const message = load<u32>(items, MESSAGE);
  const length = load<u32>(items, MESSAGE + 4);
  const out = items + ITEM;
  sha512Init(STATE);
  sha512Update(STATE, items + 32, 32);
  sha512Update(STATE, message, length);
  sha512Final(STATE, DIGEST);
  reduceWide(SCALAR, DIGEST); // r
  multiplyBase(WORK, SCALAR);
  encode(out, WORK);
  sha512Init(STATE);
  sha512Update(STATE, out, 32);
  sha512Update(STATE, items + 64, 32);
  sha512Update(STATE, message, length);
  sha512Final(STATE, DIGEST);
  memory.fill(PRODUCT, 0, WIDE);
  memory.copy(PRODUCT, SCALAR, 32);
  reduceWide(SCALAR, DIGEST); // k
  addProduct(PRODUCT, items, SCALAR, 8); // r + k a; a < 2^255, so the sum is below 2^509
  reduceWide(out + 32, PRODUCT);
}
