// What both SHA backends share: searches, read once and checked.
import { checkBytes, checkInteger, checkObject, checkTyped, describe } from './border.ts';
import type { NonceSearch, RolledSearch } from '../model/kernels.ts';

/** Nonces are 32 bits. */
export const NONCES = 2 ** 32;
export const HEADER_BYTES = 80;
const TARGET_BYTES = 32;
/** Versions of a rolled search, which have their tables in the kernel's memory. */
export const MOST_VERSIONS = 64;

function checkRange({ header, target, firstNonce, count }: Omit<NonceSearch, 'rounds'>): void {
  checkBytes('search.header', header, HEADER_BYTES);
  checkBytes('search.target', target, TARGET_BYTES);
  checkInteger('search.firstNonce', firstNonce, { min: 0, max: NONCES - 1 });
  checkInteger('search.count', count, { min: 0, max: NONCES });
}

/** The search as it was when the call began. */
export function readSearch(search: NonceSearch): NonceSearch {
  checkObject('search', search);
  const { header, target, firstNonce, count, rounds } = search;
  checkRange({ header, target, firstNonce, count });
  if (typeof rounds !== 'number') throw new TypeError(`search.rounds: expected 1 or 2, received ${describe(rounds)}`);
  if ((rounds as number) !== 1 && (rounds as number) !== 2)
    throw new RangeError(`search.rounds: expected 1 or 2, received ${String(rounds)}`);
  return { header, target, firstNonce, count, rounds };
}

/** As readSearch. `headers`: how many versions there are, so headers a nonce. */
export function readRolledSearch(search: RolledSearch): RolledSearch & { readonly headers: number } {
  checkObject('search', search);
  const { header, target, versions, firstNonce, count } = search;
  checkRange({ header, target, firstNonce, count });
  const headers = checkTyped('search.versions', versions, 'Uint32Array');
  if (headers < 1 || headers > MOST_VERSIONS)
    throw new RangeError(`search.versions: expected 1 to ${MOST_VERSIONS} versions, received ${headers}`);
  return { header, target, versions, firstNonce, count, headers };
}
