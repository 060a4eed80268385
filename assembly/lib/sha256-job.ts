// What a nonce search works out once: the state after the first 64 bytes of the header, and every part of the rounds and of
// the message schedule that does not depend on the nonce. Also the slow, complete check of one nonce.
import { INITIAL, K } from './sha256';
import { compress } from '../generated/sha256-compress';
import { bigSigma0, bigSigma1, choose, majority, smallSigma0, smallSigma1 } from './sha256-word';

/** The 80-byte header and the 32-byte target, little-endian, which the host writes. */
export const HEADER: usize = memory.data(80, 16);
export const TARGET: usize = memory.data(32, 16);

/** The chaining words after the header's first block. */
export const MIDSTATE: usize = memory.data(32, 16);

// Three tables for the header's second block (FIRST) and for the block that hashes the digest (SECOND), of 32-bit words:
// ROUND[t]     what round t adds: K[t], plus W[t] where it is constant, plus h where it is constant and not in STATE;
// STATE[i]     a .. g before round 4 (FIRST) or 1 (SECOND), less the nonce or W[0], which enters a and e as a summand;
// SCHEDULE[i]  the sum of the constant terms of W[16 + i].
export const FIRST_ROUND: usize = memory.data(64 * 4, 16);
export const FIRST_STATE: usize = memory.data(7 * 4, 16);
export const FIRST_SCHEDULE: usize = memory.data(18 * 4, 16);
export const SECOND_ROUND: usize = memory.data(64 * 4, 16);
export const SECOND_STATE: usize = memory.data(7 * 4, 16);
export const SECOND_SCHEDULE: usize = memory.data(18 * 4, 16);

/** Steps that go through the first hash together; their digests stay in the first-level cache. */
export const GROUP: i32 = 64;
/** The digests of a group, for two steps a nonce of the five headers that the widest step has (sha256-search.ts). */
export const DIGESTS: usize = memory.data(2 * GROUP * 5 * 32, 16);

// Version rolling: headers that differ in their version alone have one message schedule, for each nonce of a group a row
// of words (scripts/make-sha256.mjs), and their own chaining words.
export const ROWS: usize = memory.data(GROUP * 47 * 4, 16);
/** The most versions of a search: MOST_VERSIONS of harness/kernels/sha-border.ts. */
export const VERSIONS_CAPACITY: i32 = 64;
/** The versions, which the host writes. */
export const VERSIONS: usize = memory.data(VERSIONS_CAPACITY * 4, 16);
/**
 * For each version STATE, ROUND[4..6] and the midstate, word by word for all versions of a step. What is left of the last steps
 * repeats the last version.
 */
export const OWN_WORDS: i32 = 7 + 3 + 8;
/** Up to whole passes of ten versions. */
const PLACES: i32 = 70;
export const OWN: usize = memory.data(PLACES * OWN_WORDS * 4, 16);

/** Message words of the block in hand: those that vary with the nonce are 0. */
const WORDS: usize = memory.data(34 * 4, 16);
const WORKING: usize = memory.data(8 * 4, 16);
const BLOCK: usize = memory.data(64, 16);

/** Two compressions a nonce, or one. */
let double: bool = true;

/** The rounds [0, variable) on WORKING, and the part of round `variable` that does not depend on W[variable]. */
function constantRounds(variable: i32): void {
  for (let t = 0; t <= variable; t++) {
    const a = load<u32>(WORKING, 0);
    const d = load<u32>(WORKING, 12);
    const e = load<u32>(WORKING, 16);
    const sum =
      load<u32>(WORKING, 28) +
      bigSigma1(e) +
      choose(e, load<u32>(WORKING, 20), load<u32>(WORKING, 24)) +
      load<u32>(K + 4 * t) +
      load<u32>(WORDS + 4 * t);
    const next = sum + bigSigma0(a) + majority(a, load<u32>(WORKING, 4), load<u32>(WORKING, 8));
    memory.copy(WORKING + 4, WORKING, 28);
    store<u32>(WORKING, next, 0);
    store<u32>(WORKING, d + sum, 16);
  }
}

/**
 * Fills the tables of a block from WORKING (chaining words) and WORDS[0..15]. Word `variable` is the first that varies with
 * the nonce; words 16 .. varyingFrom - 1 do not.
 */
function tables(round: usize, state: usize, schedule: usize, variable: i32, varyingFrom: i32): void {
  for (let t = 16; t < 34; t++) {
    const w = WORDS + 4 * t;
    const sum = smallSigma1(load<u32>(w - 8)) + load<u32>(w - 28) + smallSigma0(load<u32>(w - 60)) + load<u32>(w - 64);
    store<u32>(schedule + 4 * (t - 16), sum);
    store<u32>(w, t < varyingFrom ? sum : 0);
  }
  memory.copy(round, K, 64 * 4);
  for (let t = 0; t < varyingFrom; t++) store<u32>(round + 4 * t, load<u32>(K + 4 * t) + load<u32>(WORDS + 4 * t));
  constantRounds(variable);
  memory.copy(state, WORKING, 28);
  // h of the next three rounds is h, g, f of WORKING.
  for (let i = 1; i <= 3; i++) {
    const addend = round + 4 * (variable + i);
    store<u32>(addend, load<u32>(addend) + load<u32>(WORKING + 4 * (8 - i)));
  }
}

/** Adds the chaining word that completes the digest's last word, h, to what round 60 adds (h is e of four rounds before the end). */
function finish(round: usize, chaining: usize): void {
  store<u32>(round, load<u32>(round, 240) + load<u32>(chaining, 28), 240);
}

function prepareMidstate(): void {
  memory.copy(MIDSTATE, INITIAL, 32);
  compress(MIDSTATE, HEADER);
}

/** MIDSTATE and the tables of FIRST from HEADER. */
function prepareFirst(): void {
  prepareMidstate();
  memory.fill(WORDS, 0, 34 * 4);
  for (let i: usize = 0; i < 12; i += 4) store<u32>(WORDS + i, bswap(load<u32>(HEADER + 64 + i)));
  store<u32>(WORDS, 0x80000000, 4 * 4);
  store<u32>(WORDS, 80 * 8, 15 * 4);
  memory.copy(WORKING, MIDSTATE, 32);
  tables(FIRST_ROUND, FIRST_STATE, FIRST_SCHEDULE, 3, 18);
}

function prepareSecond(): void {
  memory.fill(WORDS, 0, 34 * 4);
  store<u32>(WORDS, 0x80000000, 8 * 4);
  store<u32>(WORDS, 32 * 8, 15 * 4);
  memory.copy(WORKING, INITIAL, 32);
  tables(SECOND_ROUND, SECOND_STATE, SECOND_SCHEDULE, 0, 16);
  finish(SECOND_ROUND, INITIAL);
}

/** Works out the tables from HEADER. `rounds` is 2 for SHA-256 of SHA-256 and 1 for a single one. */
export function prepare(rounds: i32): void {
  assert(rounds == 1 || rounds == 2, 'rounds are 1 or 2');
  double = rounds == 2;
  prepareFirst();
  if (double) prepareSecond();
  else finish(FIRST_ROUND, MIDSTATE);
}

/** As prepare, for double hashes of HEADER with each of the first `count` of VERSIONS; a step has `lanes` versions. */
export function prepareVersions(count: i32, lanes: i32, places: i32): void {
  assert(count > 0 && count <= VERSIONS_CAPACITY && places <= PLACES, 'the versions fit their tables');
  double = true;
  for (let place = 0; place < places; place++) {
    store<u32>(HEADER, load<u32>(VERSIONS + 4 * min(place, count - 1)));
    prepareFirst();
    const lane = OWN + 4 * ((place / lanes) * lanes * OWN_WORDS + (place % lanes));
    for (let i = 0; i < OWN_WORDS; i++) {
      const from = i < 7 ? FIRST_STATE + 4 * i : i < 10 ? FIRST_ROUND + 4 * (i - 3) : MIDSTATE + 4 * (i - 10);
      store<u32>(lane + 4 * lanes * i, load<u32>(from));
    }
  }
  prepareSecond();
}

/** The message word that holds the nonce: lane i tries nonce + i. */
// @ts-ignore: decorator
@inline
export function nonceWord<T>(nonce: u32): T {
  if (isVector<T>()) {
    const x = i32x4.add(i32x4.splat(nonce), i32x4(0, 1, 2, 3));
    return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  } else return bswap(nonce);
}

/** 1 if a digest that ends in the word h may meet the target, in any lane: compares the most significant 32 bits. */
// @ts-ignore: decorator
@inline
export function mayMeet<T>(h: T): i32 {
  if (isVector<T>()) {
    const most = i8x16.shuffle(h, h, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    return i32(v128.any_true(i32x4.le_u(most, v128.load32_splat(TARGET, 28))));
  } else return i32(bswap(h) <= load<u32>(TARGET, 28));
}

/** `meets` with this version. */
export function meetsWithVersion(version: u32, nonce: u32): bool {
  store<u32>(HEADER, version);
  prepareMidstate();
  return meets(nonce);
}

/** Is the hash of the header with this nonce at most the target, as 256-bit integers? */
export function meets(nonce: u32): bool {
  memory.fill(BLOCK, 0, 64);
  memory.copy(BLOCK, HEADER + 64, 12);
  store<u32>(BLOCK, nonce, 12);
  store<u8>(BLOCK, 0x80, 16);
  store<u64>(BLOCK, bswap<u64>(80 * 8), 56);
  memory.copy(WORKING, MIDSTATE, 32);
  compress(WORKING, BLOCK);
  if (double) {
    memory.fill(BLOCK, 0, 64);
    for (let i: usize = 0; i < 32; i += 4) store<u32>(BLOCK + i, bswap(load<u32>(WORKING + i)));
    store<u8>(BLOCK, 0x80, 32);
    store<u64>(BLOCK, bswap<u64>(32 * 8), 56);
    memory.copy(WORKING, INITIAL, 32);
    compress(WORKING, BLOCK);
  }
  for (let i = 7; i > 0; i--) {
    const word = bswap(load<u32>(WORKING + 4 * i));
    const limit = load<u32>(TARGET + 4 * i);
    if (word != limit) return word < limit;
  }
  return bswap(load<u32>(WORKING)) <= load<u32>(TARGET);
}
