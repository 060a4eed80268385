// Waves: for each receiver the arrival time of its need-th vote. docs/kernels.md explains the algorithm.
import { ATTEMPT_STEP, QUANTILES, RECEIVER_STEP, drawAt, draws4, quantileAt, quantiles4 } from './quorum-draw';
import { NEVER, kth, kthWithin, pad, padded, sumOf } from './quorum-select';

/** Lost and sent again until after this: counted as this. */
const LATEST: i32 = NEVER - 1;
/** MOST_TRIES of harness/simulate/core/network.ts. */
const MOST_TRIES: i32 = 65536;
/** Bytes of one region pair's quantiles. */
const PAIR_BYTES: usize = <usize>QUANTILES * 4;
/** From these on a bracket is worth its preparation (measured, see docs/kernels.md). */
const BRACKET_NODES: i32 = 36;
const BRACKET_RECEIVERS: i32 = 5;
/** Half the bracket's width in standard deviations of a count. */
const BRACKET_SIGMAS: f64 = 2.6;

/** Where in the lists a sender is; or one of these. */
const LATE: i32 = -1;
const CERTAIN: i32 = -2;
const TIED: i32 = -3;

let nodes: i32 = 0;
let regions: i32 = 0;

// The memory map, in this order. All blocks are 16-byte aligned, lists padded to 16 elements.
/** i32 [from region][to region][quantile] microseconds. */
export let table: usize = 0;
/** i32 a sender: the wave, as the host writes it. `reach` then moves those that send together, in order: the active ones. */
export let start: usize = 0;
export let own: usize = 0;
export let delayA: usize = 0;
export let delayB: usize = 0;
export let lossA: usize = 0;
export let lossB: usize = 0;
/** Nanoseconds that a message occupies each sender's uplink, where uplinks differ. */
export let uploads: usize = 0;
/** i32 a receiver: node numbers in, times out. */
export let receivers: usize = 0;
export let reached: usize = 0;
/** i32 a node: offset of its region's first pair in the table; the same of the active senders. */
let regionBytes: usize = 0;
let activeRegion: usize = 0;
/** i32 a node, and one more: how many lower-numbered ones are active. */
let activeBefore: usize = 0;
/** i32 an active sender: its arrival at one receiver; the receiver's own vote in its place, or last. */
let row: usize = 0;
/** The listed senders: those whose vote may or may not be in time, depending on the draws. i32 keys, i16 quantile bounds, i32 start and address of its quantiles. */
let listA: usize = 0;
let listB: usize = 0;
let listLossA: usize = 0;
let listLossB: usize = 0;
let listLow: usize = 0;
let listHigh: usize = 0;
let listStart: usize = 0;
let listQuantiles: usize = 0;
/** i16 a listed sender: the quantile drawn. */
let drawn: usize = 0;
/** One bit a listed sender: a candidate. */
let masks: usize = 0;
/** i32 an active sender: its place in the lists, or LATE, CERTAIN, TIED. */
let place: usize = 0;
/** i32 an active sender, and one more: how many lower-numbered ones are listed. */
let listedBefore: usize = 0;
/** i32 a candidate: place in the lists (scalar build); arrival. */
let candidatePlace: usize = 0;
let candidateTime: usize = 0;

// The wave at hand.
let need: i32 = 0;
let upload: f64 = 0;
let ownUploads: bool = false;
let lossThreshold: u32 = 0;
let rto: i32 = 0;
/** Senders that send. */
let active: i32 = 0;

// The bracket of the region at hand, relative to the receiver's own upload offset.
let low: i32 = 0;
let high: i32 = 0;
let listed: i32 = 0;
let certain: i32 = 0;
let tied: i32 = 0;
/** Where the arrivals of one receiver's candidates end. */
let candidateEnd: usize = 0;

/** Lays the memory out for a network of `regionCount` regions and `nodeCount` nodes; all lists start empty. */
export function openWaves(nodeCount: i32, regionCount: i32): void {
  nodes = nodeCount;
  regions = regionCount;
  const words = <usize>padded(nodeCount) * 4;
  table = (__heap_base + 15) & ~15;
  start = table + <usize>(regionCount * regionCount) * PAIR_BYTES;
  own = start + words;
  delayA = own + words;
  delayB = delayA + words;
  lossA = delayB + words;
  lossB = lossA + words;
  uploads = lossB + words;
  receivers = uploads + words;
  reached = receivers + words;
  regionBytes = reached + words;
  activeRegion = regionBytes + words;
  activeBefore = activeRegion + words;
  row = activeBefore + words + 16;
  listA = row + words;
  listB = listA + words;
  listLossA = listB + words;
  listLossB = listLossA + words;
  listStart = listLossB + words;
  listQuantiles = listStart + words;
  place = listQuantiles + words;
  listedBefore = place + words;
  candidatePlace = listedBefore + words + 16;
  candidateTime = candidatePlace + words + 16;
  listLow = candidateTime + words + 64;
  listHigh = listLow + (words >> 1);
  drawn = listHigh + (words >> 1);
  masks = drawn + (words >> 1);
  const end = masks + (words >> 3) + 64;
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  if (pages > 0) memory.grow(pages);
  memory.fill(start, 0, end - start);
  for (let s = 0; s < padded(nodes); s++) {
    const at = (<usize>s) << 2;
    store<i32>(start + at, NEVER);
    store<i32>(row + at, NEVER);
    store<i32>(regionBytes + at, s < nodes ? (s % regions) * regions * <i32>PAIR_BYTES : 0);
  }
}

// @ts-ignore: decorator
@inline
function word(list: usize, i: i32): i32 {
  return load<i32>(list + ((<usize>i) << 2));
}

/** Microseconds after the start of a send at which its message number `position` has left the uplink. */
// @ts-ignore: decorator
@inline
function departOffset(position: i32): i32 {
  return departOffsetAt(upload, position);
}

// @ts-ignore: decorator
@inline
function departOffsetAt(uploadNs: f64, position: i32): i32 {
  return <i32>Math.ceil((<f64>(position + 1) * uploadNs) / 1000.0);
}

function triesOf(a: i32, b: i32, receiver: i32): i32 {
  let offset = receiver * RECEIVER_STEP + ATTEMPT_STEP;
  let k: i32 = 1;
  while (k < MOST_TRIES && drawAt(a, b, offset) < lossThreshold) {
    k += 1;
    offset += ATTEMPT_STEP;
  }
  return k;
}

/** An arrival with the time that lost tries cost. */
function withLoss(arrival: i32, tries: i32): i32 {
  return <i32>min<i64>(LATEST, <i64>arrival + <i64>(tries - 1) * rto);
}

/** Does a node send? */
// @ts-ignore: decorator
@inline
function sends(node: i32): bool {
  return word(activeBefore, node + 1) != word(activeBefore, node);
}

/** Writes the arrivals at one receiver to `row`; returns how many there are, its own included. */
function fillRow(receiver: i32): i32 {
  const to = table + <usize>(receiver % regions) * PAIR_BYTES;
  const offset = receiver * RECEIVER_STEP;
  const before = departOffset(receiver - 1);
  const after = departOffset(receiver);
  const boundary = word(activeBefore, receiver);
  const senderRegion = activeRegion;
  if (ownUploads) {
    for (let s = 0; s < active; s++) {
      const at = (<usize>s) << 2;
      const q = quantileAt(load<i32>(delayA + at), load<i32>(delayB + at), offset);
      const delay = load<i32>(to + load<i32>(senderRegion + at) + ((<usize>q) << 2));
      const depart = departOffsetAt(<f64>load<i32>(uploads + at), receiver - i32(s < boundary));
      store<i32>(row + at, load<i32>(start + at) + delay + depart);
    }
  } else if (ASC_FEATURE_SIMD) {
    const offset4 = i32x4.splat(offset);
    const before4 = i32x4.splat(before);
    const after4 = i32x4.splat(after);
    const boundary4 = i32x4.splat(boundary);
    let sender4 = i32x4(0, 1, 2, 3);
    const bytes = (<usize>((active + 3) & -4)) << 2;
    for (let at: usize = 0; at < bytes; at += 16) {
      const q = quantiles4(v128.load(delayA + at), v128.load(delayB + at), offset4);
      const entry = i32x4.add(v128.load(senderRegion + at), i32x4.shl(q, 2));
      let delay = v128.load_zero<i32>(to + i32x4.extract_lane(entry, 0));
      delay = v128.load_lane<i32>(to + i32x4.extract_lane(entry, 1), delay, 1);
      delay = v128.load_lane<i32>(to + i32x4.extract_lane(entry, 2), delay, 2);
      delay = v128.load_lane<i32>(to + i32x4.extract_lane(entry, 3), delay, 3);
      const depart = v128.bitselect(before4, after4, i32x4.lt_s(sender4, boundary4));
      const start4 = v128.load(start + at);
      const arrival = i32x4.add(i32x4.add(start4, delay), depart);
      v128.store(row + at, v128.bitselect(start4, arrival, i32x4.eq(start4, i32x4.splat(NEVER))));
      sender4 = i32x4.add(sender4, i32x4.splat(4));
    }
  } else {
    for (let s = 0; s < active; s++) {
      const at = (<usize>s) << 2;
      const q = quantileAt(load<i32>(delayA + at), load<i32>(delayB + at), offset);
      const delay = load<i32>(to + load<i32>(senderRegion + at) + ((<usize>q) << 2));
      store<i32>(row + at, load<i32>(start + at) + delay + (s < boundary ? before : after));
    }
  }
  if (lossThreshold != 0) {
    for (let s = 0; s < active; s++) {
      store<i32>(row + ((<usize>s) << 2), withLoss(word(row, s), triesOf(word(lossA, s), word(lossB, s), receiver)));
    }
  }
  const ownPlace = sends(receiver) ? boundary : active;
  const count = max(active, ownPlace + 1);
  store<i32>(row + ((<usize>ownPlace) << 2), word(own, receiver));
  if (active < nodes) pad(row, count);
  return count;
}

/** How many votes reach a receiver at all. */
// @ts-ignore: decorator
@inline
function available(receiver: i32): i32 {
  return active - i32(sends(receiver)) + i32(word(own, receiver) != NEVER);
}

/** How many of a region pair's quantiles are at or below `limit`: 0 to 1024. */
// @ts-ignore: decorator
@inline
function quantilesUpTo(pair: usize, limit: i32): i32 {
  if (load<i32>(pair, 4 * (QUANTILES - 1)) <= limit) return QUANTILES;
  if (load<i32>(pair) > limit) return 0;
  let at: usize = pair;
  // The mask in place of a choice: a branch here would be mispredicted half the time.
  for (let step: usize = (QUANTILES * 4) >> 1; step >= 4; step >>= 1) at += step & -usize(load<i32>(at + step - 4) <= limit);
  return <i32>((at - pair) >> 2) + i32(load<i32>(at) <= limit);
}

/**
 * Chooses the bracket for the receivers of one region, from the arrivals of one of them in `row`, and lists the senders
 * whose votes have to be drawn: relative to the upload offset of the receiver's message from a lower-numbered sender
 *   - arrival <= low whatever is drawn: certain (without loss);      - arrival > high whatever is drawn: not listed;
 *   - else listed, with the numbers of quantiles that make it surely <= low, and at all <= high.
 */
function prepare(receiver: i32, reachedAt: i32, count: i32, sigmas: f64): void {
  const to = table + <usize>(receiver % regions) * PAIR_BYTES;
  const base = departOffset(receiver - 1);
  const center = reachedAt - base;
  // Expected number and variance of votes up to `center`, in 1/1024 of a vote; a lost vote counts as late.
  const arriving = 1.0 - <f64>lossThreshold / 4294967296.0;
  let sum: f64 = 0;
  let variance: f64 = 0;
  for (let s = 0; s < active; s++) {
    const c = <f64>quantilesUpTo(to + word(activeRegion, s), center - word(start, s)) * arriving;
    sum += c;
    variance += c * (<f64>QUANTILES - c);
  }
  const width = (sigmas * Math.sqrt(variance)) / <f64>QUANTILES + 2.0;
  // With `need` votes of this receiver at `center` where `sum` are expected, others have `need` of theirs at about this
  // rank. Votes that come again after a loss spoil the expectation: then both receivers' deviations count.
  const lossy = lossThreshold != 0;
  const rank = lossy ? <f64>need : <f64>(2 * need) - sum / <f64>QUANTILES;
  const spread = lossy ? width * 1.5 : width;
  const first = <i32>Math.floor(rank - spread);
  const last = <i32>Math.ceil(rank + spread);
  low = first < 1 ? -1 : kth(row, count, min(first, need)) - base - 1;
  high = last > available(receiver) ? LATEST : kth(row, count, max(last, need)) - base;

  const slack = <i32>Math.ceil(upload / 1000.0);
  const ties = slack == 0 && !lossy && high == low + 1;
  listed = 0;
  certain = 0;
  tied = 0;
  for (let s = 0; s < active; s++) {
    const started = word(start, s);
    const pair = to + word(activeRegion, s);
    const sure = quantilesUpTo(pair, low - slack - started);
    const possible = quantilesUpTo(pair, high - started);
    let at = LATE;
    store<i32>(listedBefore + ((<usize>s) << 2), listed);
    if (sure == QUANTILES && !lossy) {
      at = CERTAIN;
      certain += 1;
    } else if (ties && sure == 0 && possible == QUANTILES) {
      at = TIED;
      tied += 1;
    } else if (possible != 0) {
      at = listed;
      const four = (<usize>listed) << 2;
      const two = (<usize>listed) << 1;
      store<i32>(listA + four, word(delayA, s));
      store<i32>(listB + four, word(delayB, s));
      if (lossy) {
        store<i32>(listLossA + four, word(lossA, s));
        store<i32>(listLossB + four, word(lossB, s));
      }
      store<i32>(listStart + four, started);
      store<i32>(listQuantiles + four, <i32>pair);
      store<i16>(listLow + two, <i16>sure);
      store<i16>(listHigh + two, <i16>possible);
      listed += 1;
    }
    store<i32>(place + ((<usize>s) << 2), at);
  }
  store<i32>(listedBefore + ((<usize>active) << 2), listed);
  for (let i = listed; i < padded(listed); i++) {
    store<i16>(listLow + ((<usize>i) << 1), 0);
    store<i16>(listHigh + ((<usize>i) << 1), 0);
  }
}

/** Eight quantiles, i16. */
// @ts-ignore: decorator
@inline
function quantiles8(a: usize, b: usize, offset: v128): v128 {
  return i16x8.narrow_i32x4_s(quantiles4(v128.load(a), v128.load(b), offset), quantiles4(v128.load(a, 16), v128.load(b, 16), offset));
}

/** Which of eight first tries are lost, i16 masks. `signedThreshold`: the threshold with its sign bit flipped. */
// @ts-ignore: decorator
@inline
function lost8(a: usize, b: usize, offset: v128, signedThreshold: v128): v128 {
  const sign = i32x4.splat(0x80000000);
  return i16x8.narrow_i32x4_s(
    i32x4.gt_s(signedThreshold, v128.xor(draws4(v128.load(a), v128.load(b), offset), sign)),
    i32x4.gt_s(signedThreshold, v128.xor(draws4(v128.load(a, 16), v128.load(b, 16), offset), sign)),
  );
}

/** The arrival of the vote at place `p` of the lists, whose quantile has been drawn. */
// @ts-ignore: decorator
@inline
function arrivalAt(p: i32, receiver: i32, boundary: i32, before: i32, after: i32, lossy: bool): i32 {
  const quantile = <usize>load<u16>(drawn + ((<usize>p) << 1));
  const delay = load<i32>(<usize>word(listQuantiles, p) + (quantile << 2));
  const arrival = word(listStart, p) + delay + after + ((before - after) & -i32(p < boundary));
  return lossy ? withLoss(arrival, triesOf(word(listLossA, p), word(listLossB, p), receiver)) : arrival;
}

/**
 * Draws the listed senders' votes for one receiver: returns how many are surely at or below `low`, and writes the arrivals
 * of those that are not but may be at or below `high`, the candidates. A vote whose first try is lost is no sure one.
 */
// @ts-ignore: decorator
@inline
function scanLists(receiver: i32, before: i32, after: i32, lossy: bool): i32 {
  const offset = receiver * RECEIVER_STEP;
  const boundary = word(listedBefore, word(activeBefore, receiver));
  const lows = listLow;
  const highs = listHigh;
  const quantiles = drawn;
  let times = candidateTime;
  let below: i32 = 0;
  if (ASC_FEATURE_SIMD) {
    const offset4 = i32x4.splat(offset);
    const lossOffset4 = i32x4.splat(offset + ATTEMPT_STEP);
    const threshold4 = i32x4.splat(lossThreshold ^ 0x80000000);
    const end = <usize>padded(listed);
    const bits = masks;
    let counts = i16x8.splat(0);
    let a = listA;
    let b = listB;
    let la = listLossA;
    let lb = listLossB;
    for (let i: usize = 0; i < end; i += 16) {
      const two = i << 1;
      const q01 = quantiles8(a, b, offset4);
      const q23 = quantiles8(a + 32, b + 32, offset4);
      a += 64;
      b += 64;
      let sure01 = i16x8.gt_s(v128.load(lows + two), q01);
      let sure23 = i16x8.gt_s(v128.load(lows + two, 16), q23);
      if (lossy) {
        sure01 = v128.andnot(sure01, lost8(la, lb, lossOffset4, threshold4));
        sure23 = v128.andnot(sure23, lost8(la + 32, lb + 32, lossOffset4, threshold4));
        la += 64;
        lb += 64;
      }
      const open01 = v128.andnot(i16x8.gt_s(v128.load(highs + two), q01), sure01);
      const open23 = v128.andnot(i16x8.gt_s(v128.load(highs + two, 16), q23), sure23);
      counts = i16x8.sub(i16x8.sub(counts, sure01), sure23);
      v128.store(quantiles + two, q01);
      v128.store(quantiles + two, q23, 16);
      store<u16>(bits + (i >> 3), <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(open01, open23)));
    }
    store<u64>(bits + (end >> 3), 0);
    below = sumOf(i32x4.extadd_pairwise_i16x8_s(counts));
    // Candidates are few: bits first, then 64 at a time, so that the loop above has no branch to mispredict.
    for (let i: usize = 0; i < end; i += 64) {
      let open = load<u64>(bits + (i >> 3));
      while (open != 0) {
        store<i32>(times, arrivalAt(<i32>i + <i32>ctz(open), receiver, boundary, before, after, lossy));
        times += 4;
        open &= open - 1;
      }
    }
  } else {
    let found = candidatePlace;
    for (let i = 0; i < listed; i++) {
      const two = (<usize>i) << 1;
      const q = quantileAt(word(listA, i), word(listB, i), offset);
      let sure = i32(q < <i32>load<i16>(lows + two));
      if (lossy) sure &= i32(drawAt(word(listLossA, i), word(listLossB, i), offset + ATTEMPT_STEP) >= lossThreshold);
      store<i16>(quantiles + two, <i16>q);
      // Always written, kept where it is a candidate: no branch to mispredict.
      store<i32>(found, i);
      found += (<usize>(i32(q < <i32>load<i16>(highs + two)) & ~sure)) << 2;
      below += sure;
    }
    for (let at = candidatePlace; at < found; at += 4) {
      store<i32>(times, arrivalAt(load<i32>(at), receiver, boundary, before, after, lossy));
      times += 4;
    }
  }
  candidateEnd = times;
  return below;
}

/** The need-th arrival at one receiver through the bracket, or NEVER where it lies outside: then the row has to be sorted out whole. */
function throughBracket(receiver: i32): i32 {
  const before = departOffset(receiver - 1);
  const after = departOffset(receiver);
  const lowest = before + low;
  const highest = <i32>min<i64>(LATEST, <i64>before + high);

  // The receiver's own place is taken out for the scan.
  const at = sends(receiver) ? word(place, word(activeBefore, receiver)) : LATE;
  const two = (<usize>at) << 1;
  let sure: i16 = 0;
  let possible: i16 = 0;
  if (at >= 0) {
    sure = load<i16>(listLow + two);
    possible = load<i16>(listHigh + two);
    store<i16>(listLow + two, 0);
    store<i16>(listHigh + two, 0);
  }
  let below = lossThreshold != 0 ? scanLists(receiver, before, after, true) : scanLists(receiver, before, after, false);
  if (at >= 0) {
    store<i16>(listLow + two, sure);
    store<i16>(listHigh + two, possible);
  }
  below += certain - i32(at == CERTAIN);
  const ties = tied - i32(at == TIED);
  const ownTime = word(own, receiver);
  if (ownTime <= lowest) {
    below += 1;
  } else if (ownTime <= highest) {
    store<i32>(candidateEnd, ownTime);
    candidateEnd += 4;
  }
  const rank = need - below;
  const count = <i32>((candidateEnd - candidateTime) >> 2);
  if (rank < 1 || rank > count + ties) return NEVER;
  // Tied votes and all others in a bracket of one microsecond arrive at its upper end.
  if (ties != 0) return highest;
  pad(candidateTime, count);
  return kthWithin(candidateTime, count, rank, lowest, highest);
}

/** Moves the senders that send together: what is silent costs nothing after that. */
function gather(): void {
  active = 0;
  for (let s = 0; s < nodes; s++) {
    const from = (<usize>s) << 2;
    const started = load<i32>(start + from);
    store<i32>(activeBefore + from, active);
    if (started == NEVER) continue;
    const to = (<usize>active) << 2;
    store<i32>(start + to, started);
    store<i32>(delayA + to, load<i32>(delayA + from));
    store<i32>(delayB + to, load<i32>(delayB + from));
    store<i32>(lossA + to, load<i32>(lossA + from));
    store<i32>(lossB + to, load<i32>(lossB + from));
    store<i32>(uploads + to, load<i32>(uploads + from));
    store<i32>(activeRegion + to, load<i32>(regionBytes + from));
    active += 1;
  }
  store<i32>(activeBefore + ((<usize>nodes) << 2), active);
  for (let s = active; s < ((active + 3) & -4); s++) store<i32>(start + ((<usize>s) << 2), NEVER);
}

/** Evaluates the wave in memory for `count` receivers. With `isOwn` each sender has its own upload time, in the list, and `uploadNs` is not used. */
export function reach(count: i32, needed: i32, uploadNs: f64, isOwn: bool, threshold: u32, rtoUs: i32): void {
  need = needed;
  upload = uploadNs;
  ownUploads = isOwn;
  lossThreshold = threshold;
  rto = rtoUs;
  gather();

  // Receivers of a region share a bracket where each message waits for as long on every uplink.
  const bracketed = !isOwn && active >= BRACKET_NODES && count >= BRACKET_RECEIVERS * regions;
  if (!bracketed) {
    for (let i = 0; i < count; i++) {
      const receiver = word(receivers, i);
      store<i32>(reached + ((<usize>i) << 2), available(receiver) < needed ? NEVER : kth(row, fillRow(receiver), needed));
    }
    return;
  }
  for (let region = 0; region < regions; region++) {
    let prepared = false;
    let sigmas = BRACKET_SIGMAS;
    let hits: i32 = 0;
    let misses: i32 = 0;
    for (let i = 0; i < count; i++) {
      const receiver = word(receivers, i);
      if (word(regionBytes, receiver) != region * regions * <i32>PAIR_BYTES) continue;
      let time: i32 = NEVER;
      if (available(receiver) >= needed) {
        if (prepared) time = throughBracket(receiver);
        if (time != NEVER) {
          hits += 1;
        } else {
          const arrivals = fillRow(receiver);
          time = kth(row, arrivals, needed);
          misses += i32(prepared);
          if (!prepared || misses > 1 + (hits >> 4)) {
            // A bracket that held for few receivers is followed by a wider one; times that drift need a new one now and then.
            if (prepared && hits < 4) sigmas *= 1.5;
            prepare(receiver, time, arrivals, sigmas);
            prepared = true;
            hits = 0;
            misses = 0;
          }
        }
      }
      store<i32>(reached + ((<usize>i) << 2), time);
    }
  }
}

/** Sum over all sends to all others of (tries - 1), for the loss keys in memory. */
export function extraTries(threshold: u32): f64 {
  lossThreshold = threshold;
  const signedThreshold = threshold ^ 0x80000000;
  let extra: i64 = 0;
  for (let s = 0; s < nodes; s++) {
    if (word(start, s) == NEVER) continue;
    const a = word(lossA, s);
    const b = word(lossB, s);
    let r: i32 = 0;
    if (ASC_FEATURE_SIMD) {
      const a4 = i32x4.splat(a);
      const b4 = i32x4.splat(b);
      let offset = i32x4.add(i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(RECEIVER_STEP)), i32x4.splat(ATTEMPT_STEP));
      for (; r + 4 <= nodes; r += 4) {
        const draws = v128.xor(draws4(a4, b4, offset), i32x4.splat(0x80000000));
        let lost = i32x4.bitmask(i32x4.gt_s(i32x4.splat(signedThreshold), draws));
        while (lost != 0) {
          extra += triesOf(a, b, r + ctz(lost)) - 1;
          lost &= lost - 1;
        }
        offset = i32x4.add(offset, i32x4.splat(4 * RECEIVER_STEP));
      }
    }
    for (; r < nodes; r++) extra += triesOf(a, b, r) - 1;
    extra -= triesOf(a, b, s) - 1;
  }
  return <f64>extra;
}
