// Bitcoin's Merkle tree (S. Nakamoto, 2008, section 7; as its block validation computes it): a leaf is the double SHA-256 of a
// transaction, a node that of its two children, and the last of an odd number is paired with itself.

const HASH_BYTES = 32;

/** The root, 32 bytes, of transactions of `transaction_bytes` each that stand one after another; at least one. */
export function merkleRoot(transactions: Uint8Array, transaction_bytes: number, sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  let level: Uint8Array[] = [];
  for (let at = 0; at < transactions.length; at += transaction_bytes)
    level.push(sha256(sha256(transactions.subarray(at, at + transaction_bytes))));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const pair = new Uint8Array(2 * HASH_BYTES);
      pair.set(level[i]);
      pair.set(level[Math.min(i + 1, level.length - 1)], HASH_BYTES);
      above.push(sha256(sha256(pair)));
    }
    level = above;
  }
  return level[0];
}

/** Bytes that the tree over so many transactions hashes; the second hash of each double one takes 32. */
export function merkleDigestBytes(transactions: number, transaction_bytes: number): number {
  let total = transactions * (transaction_bytes + HASH_BYTES);
  for (let level = transactions; level > 1;) {
    level = Math.ceil(level / 2);
    total += level * (2 * HASH_BYTES + HASH_BYTES);
  }
  return total;
}
