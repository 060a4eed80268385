// The nonce search. Groups of nonces go through the first hash, their digests wait in memory, then the group goes through the
// second: each loop's body then fits the instruction cache. A step whose most significant word passes is checked completely.
import { meets, prepare } from './sha256-job';
import * as scalar from './sha256-passes';
import * as simd from './sha256-passes-simd';

let rounds: i32 = 2;

/** Makes the header and target in memory ready for `search`. */
export function begin(chosen: i32): void {
  rounds = chosen;
  prepare(chosen);
}

// Which passes a module uses is decided when it is compiled: those of T = v128 or of T = u32.

// @ts-ignore: decorator
@inline
function nonces<T>(): i32 {
  if (isVector<T>()) return simd.STEP;
  else return scalar.STEP;
}

// @ts-ignore: decorator
@inline
function group<T>(): i32 {
  if (isVector<T>()) return simd.GROUP;
  else return scalar.GROUP;
}

// @ts-ignore: decorator
@inline
function firstHash<T>(nonce: u32, steps: i32): void {
  if (isVector<T>()) simd.firstHash(nonce, steps);
  else scalar.firstHash(nonce, steps);
}

/** The next step that may hold a hit. */
// @ts-ignore: decorator
@inline
function candidate<T>(nonce: u32, from: i32, steps: i32): i32 {
  if (isVector<T>()) return rounds == 2 ? simd.secondHash(from, steps) : simd.singleHash(nonce, from, steps);
  else return rounds == 2 ? scalar.secondHash(from, steps) : scalar.singleHash(nonce, from, steps);
}

/** The position of the first nonce of first, first + 1 .. (modulo 2^32) that meets the target, or -1 if none of `count` does. */
// @ts-ignore: decorator
@inline
export function search<T>(first: u32, count: i32): i32 {
  assert(count >= 0 && count <= 1 << 30, 'a count of at most 2^30');
  for (let done = 0; done < count; done += group<T>() * nonces<T>()) {
    const steps = min((count - done + nonces<T>() - 1) / nonces<T>(), group<T>());
    if (rounds == 2) firstHash<T>(first + done, steps);
    for (let step = candidate<T>(first + done, 0, steps); step < steps; step = candidate<T>(first + done, step + 1, steps)) {
      const from = done + step * nonces<T>();
      const to = min(from + nonces<T>(), count);
      for (let position = from; position < to; position++) {
        if (meets(first + position)) return position;
      }
    }
  }
  return -1;
}
