// Tally: who voted first for what. docs/kernels.md explains the memory map.

/** Votes copied in at a time, in 5 columns (68 KiB, inside a second-level cache). */
export const CHUNK: i32 = 4096;
/** Votes located at a time: what is noted of them (6 KiB) stays in the first-level cache. A multiple of 4. */
const BLOCK: i32 = 512;
/** No digest; digests are not negative. */
const NO_DIGEST: i32 = -1;
/** What a vote adds to a block's sum that addOther has counted. */
const OTHER: u32 = 0x10000;
/** The leading digest of the instance that takes all votes outside the window: equals no other. */
const OUTSIDE_DIGEST: i32 = -2;

/** Bytes from the view column of a chunk to the others: i32, i32, i32, u8 a vote. */
const SEQUENCE_AT: usize = <usize>CHUNK * 4;
const SENDER_AT: usize = <usize>CHUNK * 8;
const DIGEST_AT: usize = <usize>CHUNK * 12;
const PHASE_AT: usize = <usize>CHUNK * 16;
/** Bytes from the leads of a block's votes to the rest of what is noted. */
const PAIR_AT: usize = <usize>BLOCK * 4;
const BIT_AT: usize = <usize>BLOCK * 8;

let senders: i32 = 0;
let sequences: i32 = 0;
let views: i32 = 0;
let phases: i32 = 0;
let firstSequence: i32 = 0;
let firstView: i32 = 0;
/** (view, sequence, phase) triples in the window. */
let instances: i32 = 0;
/** Pairs of bytes an instance: its senders in eights. */
let pairs: i32 = 0;

// The memory map, in this order.
/** i32 a vote of the chunk. */
export let viewColumn: usize = 0;
export let sequenceColumn: usize = 0;
export let senderColumn: usize = 0;
export let digestColumn: usize = 0;
/** u8 a vote of the chunk. */
export let phaseColumn: usize = 0;
/** i32 a vote of the block: address of its instance's leading digest, address of its sender's pair, its bit in the pair (lowest byte). */
let notes: usize = 0;
/** i32 an instance, and one more for all votes outside the window: the digest of its first vote, or NO_DIGEST. */
let leading: usize = 0;
/** For 8 senders of an instance a pair of bytes: those that voted; those whose first vote was not for the leading digest. */
let voted: usize = 0;
/** i32 a sender of an instance: the digest of its first vote, where that is not the leading one. Else untouched: not even zeroed. */
let firsts: usize = 0;

/** What `addVotes` found, since `beginVotes`. */
export let accepted: i32 = 0;
export let duplicate: i32 = 0;
export let conflicting: i32 = 0;
export let outside: i32 = 0;

export function openTally(senderCount: i32, sequenceCount: i32, viewCount: i32, phaseCount: i32): void {
  senders = senderCount;
  sequences = sequenceCount;
  views = viewCount;
  phases = phaseCount;
  instances = viewCount * sequenceCount * phaseCount;
  // A multiple of 4, so that votes are counted 8 bytes at a time.
  pairs = ((senderCount + 31) >> 5) << 2;
  viewColumn = (__heap_base + 15) & ~15;
  sequenceColumn = viewColumn + SEQUENCE_AT;
  senderColumn = viewColumn + SENDER_AT;
  digestColumn = viewColumn + DIGEST_AT;
  phaseColumn = viewColumn + PHASE_AT;
  notes = phaseColumn + CHUNK;
  leading = notes + <usize>BLOCK * 12;
  voted = (leading + <usize>(instances + 1) * 4 + 15) & ~15;
  firsts = voted + <usize>((instances + 1) * pairs) * 2;
  const end = firsts + <usize>instances * <usize>pairs * 32;
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  if (pages > 0) memory.grow(pages);
}

export function resetTally(sequence: i32, view: i32): void {
  firstSequence = sequence;
  firstView = view;
  const end = leading + ((<usize>instances) << 2);
  memory.fill(leading, 0xff, end - leading);
  store<i32>(end, OUTSIDE_DIGEST);
  memory.fill(voted, 0, firsts - voted);
}

export function beginVotes(): void {
  accepted = 0;
  duplicate = 0;
  conflicting = 0;
  outside = 0;
}

/**
 * Notes where votes `from` to `from + count` of the chunk belong, up to the first whose sender, phase or digest is none;
 * returns how many were good.
 */
function locate(from: i32, count: i32): i32 {
  const outsideInstance = instances;
  const viewBase = firstView;
  const sequenceBase = firstSequence;
  const lastView = views - 1;
  const lastSequence = sequences - 1;
  const leads = <i32>leading;
  const words = <i32>voted;
  let at = viewColumn + ((<usize>from) << 2);
  let phaseAt = phaseColumn + from;
  let note = notes;
  let i: i32 = 0;
  if (ASC_FEATURE_SIMD) {
    const senderLimit = i32x4.splat(senders - 1);
    const phaseLimit = i32x4.splat(phases - 1);
    const bits = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
    for (; i + 4 <= count; i += 4) {
      const sender = v128.load(at, SENDER_AT);
      const digest = v128.load(at, DIGEST_AT);
      const phase = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load_zero<i32>(phaseAt)));
      const over = v128.or(i32x4.gt_s(sender, senderLimit), i32x4.gt_s(phase, phaseLimit));
      const bad = v128.or(over, v128.or(sender, digest));
      // A sender or digest below 0 has its sign bit set, as have the lanes of the comparisons.
      if (i32x4.bitmask(bad) != 0) break;
      const view = i32x4.sub(v128.load(at), i32x4.splat(viewBase));
      const sequence = i32x4.sub(v128.load(at, SEQUENCE_AT), i32x4.splat(sequenceBase));
      let instance = i32x4.add(i32x4.mul(view, i32x4.splat(sequences)), sequence);
      instance = i32x4.add(i32x4.mul(instance, i32x4.splat(phases)), phase);
      const out = v128.or(i32x4.gt_u(view, i32x4.splat(lastView)), i32x4.gt_u(sequence, i32x4.splat(lastSequence)));
      instance = v128.bitselect(i32x4.splat(outsideInstance), instance, out);
      const pair = i32x4.add(i32x4.mul(instance, i32x4.splat(pairs)), i32x4.shr_u(sender, 3));
      v128.store(note, i32x4.add(i32x4.shl(instance, 2), i32x4.splat(leads)));
      v128.store(note, i32x4.add(i32x4.shl(pair, 1), i32x4.splat(words)), PAIR_AT);
      // Only the lowest byte of each lane counts.
      v128.store(note, i8x16.swizzle(bits, v128.and(sender, i32x4.splat(7))), BIT_AT);
      at += 16;
      phaseAt += 4;
      note += 16;
    }
  }
  for (; i < count; i++) {
    const sender = load<i32>(at, SENDER_AT);
    const phase = <i32>load<u8>(phaseAt);
    if (<u32>sender >= <u32>senders || phase >= phases || load<i32>(at, DIGEST_AT) < 0) break;
    const view = load<i32>(at) - viewBase;
    const sequence = load<i32>(at, SEQUENCE_AT) - sequenceBase;
    const inside = <u32>view <= <u32>lastView && <u32>sequence <= <u32>lastSequence;
    const instance = inside ? (view * sequences + sequence) * phases + phase : outsideInstance;
    store<i32>(note, leads + (instance << 2));
    store<i32>(note, words + ((instance * pairs + (sender >> 3)) << 1), PAIR_AT);
    store<i32>(note, 1 << (sender & 7), BIT_AT);
    at += 4;
    phaseAt += 1;
    note += 4;
  }
  return i;
}

/** A vote that is not a first or repeated one for its instance's leading digest. */
function addOther(lead: usize, pair: usize, bit: u32, sender: u32, digest: i32): void {
  const instance = <i32>((lead - leading) >> 2);
  if (instance == instances) {
    outside += 1;
    return;
  }
  const first = firsts + ((((<usize>(instance * pairs)) << 3) + sender) << 2);
  if (load<i32>(lead) == NO_DIGEST) store<i32>(lead, digest);
  if ((load<u8>(pair) & bit) == 0) {
    store<u8>(pair, load<u8>(pair) | bit);
    if (load<i32>(lead) != digest) {
      store<u8>(pair, load<u8>(pair, 1) | bit, 1);
      store<i32>(first, digest);
    }
    accepted += 1;
    return;
  }
  const before = (load<u8>(pair, 1) & bit) != 0 ? load<i32>(first) : load<i32>(lead);
  if (before == digest) duplicate += 1;
  else conflicting += 1;
}

/**
 * Counts the vote at `at` of the chunk and `note` of the block. Returns 1 where it repeats its sender's first vote for the
 * leading digest, 0 where it is that first vote, and what the other cases are is counted by addOther: OTHER.
 */
// @ts-ignore: decorator
@inline
function addVote(at: usize, note: usize): u32 {
  const digest = load<i32>(at, DIGEST_AT);
  const lead = load<u32>(note);
  const pair = load<u32>(note, PAIR_AT);
  const bit = load<u32>(note, BIT_AT);
  if (((load<i32>(lead) ^ digest) | (load<u8>(pair, 1) & bit)) != 0) {
    addOther(lead, pair, bit, load<u32>(at, SENDER_AT), digest);
    return OTHER;
  }
  // No branch on whether the vote is new: with 15% repeats it would be mispredicted.
  const before: u32 = load<u8>(pair);
  store<u8>(pair, before | bit);
  return u32((before & bit) != 0);
}

/** Counts the `count` votes in the chunk, up to the first bad one; returns how many were good. */
export function addVotes(count: i32): i32 {
  let done: i32 = 0;
  while (done < count) {
    const block = min(BLOCK, count - done);
    const good = locate(done, block);
    // Repeats in the low half, others in the high one.
    let found: u32 = 0;
    let at = viewColumn + ((<usize>done) << 2);
    let note = notes;
    const end = at + ((<usize>good) << 2);
    const fours = at + ((<usize>(good & -4)) << 2);
    while (at < fours) {
      found += addVote(at, note);
      found += addVote(at + 4, note + 4);
      found += addVote(at + 8, note + 8);
      found += addVote(at + 12, note + 12);
      at += 16;
      note += 16;
    }
    while (at < end) {
      found += addVote(at, note);
      at += 4;
      note += 4;
    }
    const repeats = <i32>(found % OTHER);
    accepted += good - repeats - <i32>(found / OTHER);
    duplicate += repeats;
    done += good;
    if (good < block) break;
  }
  return done;
}

/** Distinct senders whose first vote at a place (relative to the window) named the digest. */
export function countVotes(view: i32, sequence: i32, phase: i32, digest: i32): i32 {
  const instance = (view * sequences + sequence) * phases + phase;
  const start = voted + ((<usize>(instance * pairs)) << 1);
  const end = start + ((<usize>pairs) << 1);
  let total: i32 = 0;
  if (load<i32>(leading + ((<usize>instance) << 2)) == digest) {
    for (let at = start; at < end; at += 8) {
      const four = load<u64>(at);
      total += <i32>popcnt<u64>(four & ~(four >> 8) & 0x00ff00ff00ff00ff);
    }
    return total;
  }
  let values = firsts + ((<usize>(instance * pairs)) << 5);
  for (let at = start; at < end; at += 2) {
    let others: u32 = load<u8>(at, 1);
    while (others != 0) {
      total += i32(load<i32>(values + ((<usize>ctz(others)) << 2)) == digest);
      others &= others - 1;
    }
    values += 32;
  }
  return total;
}
