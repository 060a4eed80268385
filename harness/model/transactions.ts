// Transactions that their clients sign: client number u32 (big-endian) | payload | Ed25519 signature of all before it (64 bytes).
// The signature is a part of the transaction's stated bytes.

const CLIENT_BYTES = 4;
/** An Ed25519 signature. */
export const SIGNATURE_BYTES = 64;
/** The smallest signed transaction. */
export const LEAST_SIGNED_BYTES = CLIENT_BYTES + SIGNATURE_BYTES;

/** Views on the parts of a signed transaction. */
export interface SignedTransaction {
  readonly client: number;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** The transactions that stand one after another, `transaction_bytes` each. */
export function transactionsIn(transactions: Uint8Array, transaction_bytes: number): SignedTransaction[] {
  const data = new DataView(transactions.buffer, transactions.byteOffset, transactions.byteLength);
  return Array.from({ length: transactions.length / transaction_bytes }, (_, i) => {
    const start = i * transaction_bytes;
    const end = start + transaction_bytes;
    return {
      client: data.getUint32(start),
      message: transactions.subarray(start, end - SIGNATURE_BYTES),
      signature: transactions.subarray(end - SIGNATURE_BYTES, end),
    };
  });
}

/** Makes them signed ones in place: the i-th is of client i. `sign` gives the client's signature of a message. */
export function signTransactions(
  transactions: Uint8Array,
  transaction_bytes: number,
  sign: (client: number, message: Uint8Array) => Uint8Array,
): void {
  const data = new DataView(transactions.buffer, transactions.byteOffset, transactions.byteLength);
  for (const [client, { message, signature }] of transactionsIn(transactions, transaction_bytes).entries()) {
    data.setUint32(client * transaction_bytes, client);
    signature.set(sign(client, message));
  }
}
