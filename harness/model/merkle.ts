// Bitcoin's Merkle tree (S. Nakamoto, 2008, section 7; as its block validation computes it): a leaf is the double SHA-256 of a
// transaction, a node that of its two children, and the last of an odd number is paired with itself.

const HASH_BYTES = 32;
/** Double hash of a pair: its bytes, and those of the first hash. */
const PAIR_DIGEST_BYTES = 2 * HASH_BYTES + HASH_BYTES;

export interface MerkleTree {
  /** 32 bytes. */
  readonly root: Uint8Array;
  /**
   * Two nodes that are hashed together were equal before the last of an odd number was repeated: the list of transactions may be that of
   * another block with some at its end repeated, which has the same root (CVE-2012-2459). Its receiver refuses it, and does not hold that
   * against the block whose header it came with.
   */
  readonly mutated: boolean;
}

/** The tree over transactions of `transaction_bytes` each that stand one after another; at least one. */
export function merkleTree(transactions: Uint8Array, transaction_bytes: number, sha256: (bytes: Uint8Array) => Uint8Array): MerkleTree {
  let level: Uint8Array[] = [];
  let mutated = false;
  for (let at = 0; at < transactions.length; at += transaction_bytes)
    level.push(sha256(sha256(transactions.subarray(at, at + transaction_bytes))));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const own = level[i];
      const other = i + 1 < level.length ? level[i + 1] : own;
      mutated ||= other !== own && equalHashes(own, other);
      above.push(pairHash(own, other, sha256));
    }
    level = above;
  }
  return { root: level[0], mutated };
}

/** What stands beside the way from the first transaction up to the root, from the lowest on: a pool's members get roots made of it. */
export function merkleBranch(transactions: Uint8Array, transaction_bytes: number, sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array[] {
  const branch: Uint8Array[] = [];
  let level: Uint8Array[] = [];
  for (let at = 0; at < transactions.length; at += transaction_bytes)
    level.push(sha256(sha256(transactions.subarray(at, at + transaction_bytes))));
  while (level.length > 1) {
    branch.push(level[1]);
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) above.push(pairHash(level[i], level[i + 1] ?? level[i], sha256));
    level = above;
  }
  return branch;
}

/** The root that a first transaction has with such a branch. */
export function branchRoot(first: Uint8Array, branch: readonly Uint8Array[], sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  return branch.reduce((own, other) => pairHash(own, other, sha256), sha256(sha256(first)));
}

/** Bytes that this hashes, for one of so many transactions. */
export function branchDigestBytes(transactions: number, transaction_bytes: number): number {
  let total = transaction_bytes + HASH_BYTES;
  for (let level = transactions; level > 1; level = Math.ceil(level / 2)) total += PAIR_DIGEST_BYTES;
  return total;
}

function pairHash(left: Uint8Array, right: Uint8Array, sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * HASH_BYTES);
  pair.set(left);
  pair.set(right, HASH_BYTES);
  return sha256(sha256(pair));
}

function equalHashes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Bytes that the tree over so many transactions hashes; the second hash of each double one takes 32. */
export function merkleDigestBytes(transactions: number, transaction_bytes: number): number {
  let total = transactions * (transaction_bytes + HASH_BYTES);
  for (let level = transactions; level > 1;) {
    level = Math.ceil(level / 2);
    total += level * PAIR_DIGEST_BYTES;
  }
  return total;
}
