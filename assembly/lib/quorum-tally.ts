// Tally: who voted first for what. docs/kernels-quorum.md explains the memory map.

/** Votes copied in at a time: 5 columns of a chunk (68 KiB) stay in the cache. */
export const CHUNK: i32 = 4096;
const NO_DIGEST: i32 = -1;

let senders: i32 = 0;
let sequences: i32 = 0;
let views: i32 = 0;
let phases: i32 = 0;
let firstSequence: i32 = 0;
let firstView: i32 = 0;

// The memory map, in this order.
/** The chunk's columns: i32, i32, u8, i32, i32 a vote. */
export let viewColumn: usize = 0;
export let sequenceColumn: usize = 0;
export let senderColumn: usize = 0;
export let digestColumn: usize = 0;
export let phaseColumn: usize = 0;
/** i32 an instance, (view, sequence, phase): the digest of its first vote, or NO_DIGEST. */
let leading: usize = 0;
/** u64 for 32 senders of an instance: low half the senders that voted, high half those whose first vote was not for the leading digest. */
let voted: usize = 0;
/** i32 a sender of an instance: the digest of its first vote, where that is not the leading one. Else untouched: not even zeroed. */
let firsts: usize = 0;
let wordsPerInstance: usize = 0;
let instances: usize = 0;

/** What `add` found, since `begin`. */
export let accepted: i32 = 0;
export let duplicate: i32 = 0;
export let conflicting: i32 = 0;
export let outside: i32 = 0;

export function openTally(senderCount: i32, sequenceCount: i32, viewCount: i32, phaseCount: i32): void {
  senders = senderCount;
  sequences = sequenceCount;
  views = viewCount;
  phases = phaseCount;
  wordsPerInstance = <usize>((senderCount + 31) >> 5);
  instances = <usize>(viewCount * sequenceCount * phaseCount);
  viewColumn = (__heap_base + 15) & ~15;
  sequenceColumn = viewColumn + CHUNK * 4;
  senderColumn = sequenceColumn + CHUNK * 4;
  digestColumn = senderColumn + CHUNK * 4;
  phaseColumn = digestColumn + CHUNK * 4;
  leading = phaseColumn + CHUNK;
  voted = (leading + instances * 4 + 15) & ~15;
  firsts = voted + instances * wordsPerInstance * 8;
  const end = firsts + instances * wordsPerInstance * 128;
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  if (pages > 0) memory.grow(pages);
}

export function resetTally(sequence: i32, view: i32): void {
  firstSequence = sequence;
  firstView = view;
  memory.fill(leading, 0xff, instances * 4);
  memory.fill(voted, 0, firsts - voted);
}

export function beginVotes(): void {
  accepted = 0;
  duplicate = 0;
  conflicting = 0;
  outside = 0;
}

/** The first of `count` votes in the chunk whose sender, phase or digest is none, or `count`. */
function firstBad(count: i32): i32 {
  let i: i32 = 0;
  if (ASC_FEATURE_SIMD) {
    const limit = i32x4.splat(senders - 1);
    const phaseLimit = i8x16.splat(<i8>(phases - 1));
    for (; i + 16 <= count; i += 16) {
      const at = (<usize>i) << 2;
      let bad = i8x16.ne(i8x16.max_u(v128.load(phaseColumn + i), phaseLimit), phaseLimit);
      for (let j: usize = 0; j < 64; j += 16) {
        bad = v128.or(bad, i32x4.gt_u(v128.load(senderColumn + at + j), limit));
        bad = v128.or(bad, i32x4.lt_s(v128.load(digestColumn + at + j), i32x4.splat(0)));
      }
      if (v128.any_true(bad)) break;
    }
  }
  for (; i < count; i++) {
    const at = (<usize>i) << 2;
    if (load<u32>(senderColumn + at) >= <u32>senders || load<i32>(digestColumn + at) < 0 || <i32>load<u8>(phaseColumn + i) >= phases) break;
  }
  return i;
}

/** A vote that is not a first or repeated one for the leading digest. */
function addOther(instance: usize, sender: usize, digest: i32): void {
  const leads = leading + (instance << 2);
  const word = voted + ((instance * wordsPerInstance + (sender >> 5)) << 3);
  const bit: u32 = 1 << ((<u32>sender) & 31);
  const first = firsts + ((((instance * wordsPerInstance) << 5) + sender) << 2);
  if (load<i32>(leads) == NO_DIGEST) store<i32>(leads, digest);
  if ((load<u32>(word) & bit) == 0) {
    store<u32>(word, load<u32>(word) | bit);
    if (load<i32>(leads) != digest) {
      store<u32>(word, load<u32>(word, 4) | bit, 4);
      store<i32>(first, digest);
    }
    accepted += 1;
    return;
  }
  const before = (load<u32>(word, 4) & bit) != 0 ? load<i32>(first) : load<i32>(leads);
  if (before == digest) duplicate += 1;
  else conflicting += 1;
}

/** Counts the `count` votes in the chunk, up to the first bad one; returns how many were good. */
export function addVotes(count: i32): i32 {
  const good = firstBad(count);
  const stride = wordsPerInstance;
  const leads = leading;
  const words = voted;
  let news: i32 = 0;
  let repeats: i32 = 0;
  for (let i = 0; i < good; i++) {
    const at = (<usize>i) << 2;
    const view: u32 = load<i32>(viewColumn + at) - firstView;
    const sequence: u32 = load<i32>(sequenceColumn + at) - firstSequence;
    if (view >= <u32>views || sequence >= <u32>sequences) {
      outside += 1;
      continue;
    }
    const sender = load<u32>(senderColumn + at);
    const digest = load<i32>(digestColumn + at);
    const instance: usize = (view * sequences + sequence) * phases + load<u8>(phaseColumn + i);
    const place = words + ((instance * stride + (sender >> 5)) << 3);
    const word = load<u64>(place);
    const shift: u64 = sender & 31;
    if (load<i32>(leads + (instance << 2)) != digest || ((word >> (32 + shift)) & 1) != 0) {
      addOther(instance, sender, digest);
      continue;
    }
    // No branch on whether the vote is new: with 15% repeats it would be mispredicted.
    const old = (<i32>(word >> shift)) & 1;
    store<u64>(place, word | ((<u64>1) << shift));
    repeats += old;
    news += 1 - old;
  }
  accepted += news;
  duplicate += repeats;
  return good;
}

/** Distinct senders whose first vote at a place (relative to the window) named the digest. */
export function countVotes(view: i32, sequence: i32, phase: i32, digest: i32): i32 {
  const instance: usize = (view * sequences + sequence) * phases + phase;
  const words = voted + ((instance * wordsPerInstance) << 3);
  let total: i32 = 0;
  if (load<i32>(leading + (instance << 2)) == digest) {
    for (let w: usize = 0; w < wordsPerInstance; w++) {
      const word = load<u64>(words + (w << 3));
      total += <i32>popcnt<u32>((<u32>word) & ~(<u32>(word >> 32)));
    }
    return total;
  }
  const values = firsts + ((instance * wordsPerInstance) << 7);
  for (let w: usize = 0; w < wordsPerInstance; w++) {
    let others = load<u32>(words + (w << 3), 4);
    while (others != 0) {
      total += i32(load<i32>(values + (((w << 5) + ctz(others)) << 2)) == digest);
      others &= others - 1;
    }
  }
  return total;
}
