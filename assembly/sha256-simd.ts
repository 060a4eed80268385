// SHA-256 with SIMD: the nonce search tries four nonces at once; digests of messages are those of the scalar module.
import { search } from './lib/sha256-search';

export { HEADER, TARGET } from './lib/sha256-job';
export { begin } from './lib/sha256-search';
export * from './lib/sha256-messages';

export function find(first: u32, count: i32): i32 {
  return search<v128>(first, count);
}
