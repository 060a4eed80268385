// The nonce search. Groups of nonces go through the first hash, their digests wait in memory, then the group goes through the
// second: each loop's body then fits the instruction cache. A lane whose most significant word passes is checked completely.
import { meets, prepare } from './sha256-job';
import { GROUP, firstHash, secondHash, singleHash } from './sha256-passes';
import { lanes } from './sha256-word';

let rounds: i32 = 2;

/** Makes the header and target in memory ready for `find`. */
export function begin(chosen: i32): void {
  rounds = chosen;
  prepare(chosen);
}

/** The position of the first nonce of first, first + 1 .. (modulo 2^32) that meets the target, or -1 if none of `count` does. */
// @ts-ignore: decorator
@inline
export function search<T>(first: u32, count: i32): i32 {
  assert(count >= 0, 'a count below 2^31');
  for (let done = 0; done < count; done += GROUP * lanes<T>()) {
    const words = <i32>min<u32>(GROUP, (<u32>(count - done) + lanes<T>() - 1) / lanes<T>());
    const nonce = first + done;
    if (rounds == 2) firstHash<T>(nonce, words);
    let word = 0;
    while ((word = rounds == 2 ? secondHash<T>(word, words) : singleHash<T>(nonce, word, words)) < words) {
      for (let lane: u32 = 0; lane < lanes<T>(); lane++) {
        const position = done + word * lanes<T>() + lane;
        if (position < count && meets(first + position)) return position;
      }
      word += 1;
    }
  }
  return -1;
}
