// The nonce search. Groups of headers go through the first hash, their digests wait in memory, then the group goes through the
// second: each loop's body then fits the instruction cache. A step whose most significant word passes is checked completely.
import { GROUP, OWN, OWN_WORDS, VERSIONS, meets, meetsWithVersion, prepare, prepareVersions } from './sha256-job';
import * as scalar from '../generated/sha256-passes';
import * as chain from '../generated/sha256-passes-simd-chain';
import * as tree from '../generated/sha256-passes-simd-tree';

let rounds: i32 = 2;
/** How many versions are rolled. */
let versions: i32 = 0;

/** Makes the header and target in memory ready for `search`. */
export function begin(chosen: i32): void {
  rounds = chosen;
  prepare(chosen);
}

// Passes of T = u32 or T = v128: decided when a module is compiled. Of vectors there are two forms; `tall` chooses the tree.

// @ts-ignore: decorator
@inline
function lanes<T>(): i32 {
  // Both forms of vectors have as many.
  if (isVector<T>()) return chain.STEP;
  else return scalar.STEP;
}

// @ts-ignore: decorator
@inline
function firstHash<T>(tall: bool, nonce: u32, steps: i32): void {
  if (isVector<T>()) {
    if (tall) tree.firstHash(nonce, steps);
    else chain.firstHash(nonce, steps);
  } else scalar.firstHash(nonce, steps);
}

// @ts-ignore: decorator
@inline
function secondHash<T>(tall: bool, from: i32, steps: i32): i32 {
  if (isVector<T>()) return tall ? tree.secondHash(from, steps) : chain.secondHash(from, steps);
  else return scalar.secondHash(from, steps);
}

// @ts-ignore: decorator
@inline
function singleHash<T>(tall: bool, nonce: u32, from: i32, steps: i32): i32 {
  if (isVector<T>()) return tall ? tree.singleHash(nonce, from, steps) : chain.singleHash(nonce, from, steps);
  else return scalar.singleHash(nonce, from, steps);
}

/** Steps of `lanes` versions that a pass does side by side. */
// @ts-ignore: decorator
@inline
function rolledSteps<T>(tall: bool): i32 {
  if (isVector<T>()) return tall ? tree.ROLLED_STEPS : chain.ROLLED_STEPS;
  else return scalar.ROLLED_STEPS;
}

/** The rows are the same for both forms. */
// @ts-ignore: decorator
@inline
function schedule<T>(nonce: u32, nonces: i32): void {
  if (isVector<T>()) chain.schedule(nonce, nonces);
  else scalar.schedule(nonce, nonces);
}

// @ts-ignore: decorator
@inline
function rolledHash<T>(tall: bool, own: usize, nonces: i32): void {
  if (isVector<T>()) {
    if (tall) tree.rolledHash(own, nonces);
    else chain.rolledHash(own, nonces);
  } else scalar.rolledHash(own, nonces);
}

/** The next step that may hold a hit. */
// @ts-ignore: decorator
@inline
function candidate<T>(tall: bool, nonce: u32, from: i32, steps: i32): i32 {
  return rounds == 2 ? secondHash<T>(tall, from, steps) : singleHash<T>(tall, nonce, from, steps);
}

/** The position of the first nonce of first, first + 1 .. (modulo 2^32) that meets the target, or -1 if none of `count` does. */
// @ts-ignore: decorator
@inline
export function search<T>(tall: bool, first: u32, count: i32): i32 {
  assert(count >= 0 && count <= 1 << 30, 'a count of at most 2^30');
  for (let done = 0; done < count; done += GROUP * lanes<T>()) {
    const steps = min((count - done + lanes<T>() - 1) / lanes<T>(), GROUP);
    if (rounds == 2) firstHash<T>(tall, first + done, steps);
    for (let step = candidate<T>(tall, first + done, 0, steps); step < steps; step = candidate<T>(tall, first + done, step + 1, steps)) {
      const from = done + step * lanes<T>();
      const to = min(from + lanes<T>(), count);
      for (let position = from; position < to; position++) {
        if (meets(first + position)) return position;
      }
    }
  }
  return -1;
}

/** Makes the header, the target and the first `count` versions in memory ready for `rolledSearch`. */
// @ts-ignore: decorator
@inline
export function beginRolled<T>(count: i32): void {
  versions = count;
  // What the widest pass takes.
  const most = max(rolledSteps<T>(false), rolledSteps<T>(true)) * lanes<T>();
  prepareVersions(count, lanes<T>(), ((count + most - 1) / most) * most);
}

/** As `search` where each nonce is tried with all versions, in their order, before the next: the position counts both. */
// @ts-ignore: decorator
@inline
export function rolledSearch<T>(tall: bool, first: u32, count: i32): i32 {
  assert(count >= 0 && <i64>count * versions <= 1 << 30, 'at most 2^30 headers');
  const side = rolledSteps<T>(tall);
  for (let done = 0; done < count; done += GROUP) {
    let found = -1;
    /** Nonces of the group that may still hold the first hit: later passes have later versions. */
    let nonces = min(count - done, GROUP);
    schedule<T>(first + done, nonces);
    for (let version = 0; version < versions && nonces > 0; version += side * lanes<T>()) {
      rolledHash<T>(tall, OWN + 4 * OWN_WORDS * version, nonces);
      const steps = nonces * side;
      for (let step = secondHash<T>(tall, 0, steps); step < steps; step = secondHash<T>(tall, step + 1, steps)) {
        const hit = hitInStep<T>(first + done, step / side, version + (step % side) * lanes<T>());
        if (hit < 0) continue;
        found = (done + step / side) * versions + hit;
        nonces = step / side;
        break;
      }
    }
    if (found >= 0) return found;
  }
  return -1;
}

/** The first of the versions of a step, from `version` on, with which the nonce at `position` after `first` meets the target, or -1. */
function hitInStep<T>(first: u32, position: i32, version: i32): i32 {
  const to = min(version + lanes<T>(), versions);
  for (; version < to; version++) {
    if (meetsWithVersion(load<u32>(VERSIONS + 4 * version), first + position)) return version;
  }
  return -1;
}
