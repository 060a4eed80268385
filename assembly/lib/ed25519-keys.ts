// A fixed set of public keys, each with tables of PACKED points: the odd multiples of A and of 2^128 A, so that a sum over
// these keys and 128-bit coefficients needs 128 doublings, no decoding of A and no tables of its own.
import { PAIR, copyPair, mul, setSmall } from './ed25519-element';
import {
  DECODED,
  ENCODINGS,
  IS_PACKED,
  NIELS,
  PACKED,
  POINT,
  T,
  X,
  Y,
  Z,
  addAddend,
  decode,
  double,
  makeNiels,
  nielsScratch,
  packNiels,
  scatterCoordinates,
  toAddend,
} from './ed25519-point';
import { addTerm } from './ed25519-sum';
import { KEY_STATE, initTerms } from './ed25519-terms';

/** Odd multiples 1, 3 .. 127 of each of the two points: 128 PACKED points, 12 288 bytes a key. */
const WIDTH: i32 = 8;
const MULTIPLES: i32 = 64;
const HALF_TABLE: usize = <usize>MULTIPLES * PACKED;
const TABLE: usize = 2 * HALF_TABLE;

/** Keys of this instance. */
export let keyCount: i32 = 0;
let bytes: usize = 0;
/** Does the key decode? One byte each. */
let valid: usize = 0;
let tables: usize = 0;

const WORK: usize = memory.data(768, 16);
const RUNNING: usize = memory.data(768, 16);
const ADDEND: usize = memory.data(768, 16);
/** The halves of a scalar; their upper 16 bytes stay zero. */
const LOW: usize = memory.data(48, 16);
const HIGH: usize = memory.data(48, 16);
/** Where two keys' tables are made before they are packed. */
const UNPACKED: i32 = 4 * MULTIPLES;
/** Bytes of scratch that expandKeys needs. */
export function keyScratch(): usize {
  return <usize>UNPACKED * NIELS + nielsScratch(UNPACKED);
}

/** Lays out `count` keys from `at` on and returns the end; the keys' bytes come first. */
export function initKeys(at: usize, count: i32): usize {
  keyCount = count;
  bytes = at;
  const states = (bytes + <usize>count * 32 + 31) & ~15;
  initTerms(states);
  valid = states + <usize>count * KEY_STATE;
  // Whole cache lines, so that a point lies in two.
  tables = (valid + <usize>count + 63) & ~63;
  // Keys are expanded in pairs.
  return tables + <usize>((count + 1) & ~1) * TABLE;
}

/** Makes the tables of all keys, whose bytes are in place. */
export function makeKeyTables(scratch: usize): void {
  for (let i = 0; i < keyCount; i += 2) {
    const partner = min(i + 1, keyCount - 1);
    store<u32>(ENCODINGS, bytes + <usize>i * 32);
    store<u32>(ENCODINGS, bytes + <usize>partner * 32, 4);
    const decodes = decode(1);
    copyPair(WORK + X, DECODED);
    copyPair(WORK + Y, DECODED + PAIR);
    store<u8>(valid + i, <u8>(decodes & 1));
    store<u8>(valid + partner, <u8>(partner == i ? decodes & 1 : decodes >> 1));
    // A lane that does not decode holds no point, but its limbs are in range; its table is never used.
    setSmall(WORK + Z, 1);
    mul(WORK + T, WORK + X, WORK + Y);
    for (let half: usize = 0; half < 2; half++) {
      if (half == 1) for (let j = 0; j < 128; j++) double(WORK, j == 127);
      memory.copy(RUNNING, WORK, POINT);
      double(RUNNING, true);
      toAddend(ADDEND, RUNNING);
      memory.copy(RUNNING, WORK, POINT);
      for (let m = 0; m < MULTIPLES; m++) {
        if (m > 0) addAddend(RUNNING, ADDEND, true);
        const entry = scratch + (half * MULTIPLES + <usize>m) * NIELS;
        scatterCoordinates(entry, entry + 2 * MULTIPLES * NIELS, RUNNING);
      }
    }
    // Lane 0 serves the first half of the points, which are the first key's.
    makeNiels(scratch, UNPACKED, scratch + <usize>UNPACKED * NIELS);
    packNiels(tables + <usize>i * TABLE, scratch, UNPACKED);
  }
}

/** Bytes of all keys' tables. */
export function tableBytes(): usize {
  return <usize>keyCount * TABLE;
}

export function isKeyValid(index: i32): bool {
  return load<u8>(valid + index) != 0;
}

export function keyBytes(index: i32): usize {
  return bytes + <usize>index * 32;
}

/** Adds scalar * A to the sum at hand; the scalar is 32 bytes below l. */
export function addKeyMultiple(index: i32, scalar: usize): void {
  const table = (tables + <usize>index * TABLE) | IS_PACKED;
  memory.copy(HIGH, scalar + 16, 16);
  memory.copy(LOW, scalar, 16);
  addTerm(LOW, table, WIDTH);
  addTerm(HIGH, table + HALF_TABLE, WIDTH);
}
