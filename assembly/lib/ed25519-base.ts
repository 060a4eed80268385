// Multiples of the base point from a table of all |digit| * 64^j * B: 43 windows of 6 bits with digits -32..32, no doublings.
// 43 * 32 NIELS points are 396 kB; they are made when the module starts (about 2 ms).
import {
  IDENTITY,
  NIELS,
  POINT,
  addAddend,
  addLanes,
  addNiels,
  double,
  makeNiels,
  nielsScratch,
  scatterCoordinates,
  setBase,
  setIdentity,
  toAddend,
} from './ed25519-point';

const WINDOW: i32 = 6;
const WINDOWS: i32 = 43;
const PER_WINDOW: i32 = 32;

let table: usize = 0;

/** Bytes of the table. */
export const BASE_TABLE: usize = <usize>(WINDOWS * PER_WINDOW) * NIELS;
/** Bytes of scratch that initBase needs. */
export function baseScratch(): usize {
  return <usize>WINDOWS * POINT + nielsScratch(WINDOWS * PER_WINDOW);
}

const ADDEND: usize = memory.data(768, 16);
const RUNNING: usize = memory.data(768, 16);

export function initBase(at: usize, scratch: usize): void {
  table = at;
  // 64^j * B for each window, then the multiples of two windows at a time, one in each lane.
  setBase(RUNNING);
  for (let j = 0; j < WINDOWS; j++) {
    memory.copy(scratch + <usize>j * POINT, RUNNING, POINT);
    for (let i = 0; i < WINDOW; i++) double(RUNNING, true);
  }
  for (let j = 0; j < WINDOWS; j += 2) {
    const lower = scratch + <usize>j * POINT;
    const upper = scratch + <usize>min(j + 1, WINDOWS - 1) * POINT;
    for (let i: usize = 0; i < POINT; i += 16) {
      store<f64>(RUNNING + i, load<f64>(lower + i));
      store<f64>(RUNNING + i, load<f64>(upper + i), 8);
    }
    toAddend(ADDEND, RUNNING);
    for (let i = 0; i < PER_WINDOW; i++) {
      const entry = table + <usize>(j * PER_WINDOW + i) * NIELS;
      // The last window has no partner: both lanes write the same entry.
      scatterCoordinates(entry, j + 1 < WINDOWS ? entry + <usize>PER_WINDOW * NIELS : entry, RUNNING);
      addAddend(RUNNING, ADDEND, true);
    }
  }
  makeNiels(table, WINDOWS * PER_WINDOW, scratch);
}

const DIGITS: usize = memory.data(44, 16);

/** The table's entry for a window's digit, with bit 0 set for its negative. */
// @ts-ignore: decorator
@inline
function entryOf(window: i32): usize {
  const digit = <i32>load<i8>(DIGITS + window);
  if (digit == 0) return IDENTITY;
  return table + <usize>(window * PER_WINDOW + abs(digit) - 1) * NIELS + <usize>(digit < 0);
}

/** Both lanes of p become scalar * B; the scalar is 32 bytes below 2^255. */
export function multiplyBase(p: usize, scalar: usize): void {
  let carry = 0;
  for (let j = 0; j < WINDOWS; j++) {
    const at = WINDOW * j;
    const word = <i32>((<u32>load<u8>(scalar + (at >> 3))) | (at < 248 ? (<u32>load<u8>(scalar + (at >> 3), 1)) << 8 : 0));
    const digit = ((word >> (at & 7)) & 63) + carry;
    carry = <i32>(digit > 32);
    store<i8>(DIGITS + j, <i8>(digit - (carry << WINDOW)));
  }
  store<i8>(DIGITS + WINDOWS, 0);
  setIdentity(p);
  for (let j = 0; j < WINDOWS; j += 2) addNiels(p, entryOf(j), entryOf(j + 1));
  addLanes(p);
}
