// Clients' transactions: what checking their signatures takes, and their bytes in measured cells. `transactions: { signed: true }`: a
// node checks each client's signature once, those of one batch or block together. The clients' own work is not counted.
import type { Cell, NodeProfile } from '../../model/cell.ts';
import { signTransactions } from '../../model/transactions.ts';
import { fillerBytes } from './bytes.ts';
import type { Setup } from './contract.ts';
import type { DrawKey } from './draws.ts';

/** What a node takes to check `count` clients' signatures together, nanoseconds. */
export function checkClients_ns({ verify_ns, verify_batched_ns }: NodeProfile, count: number): number {
  return count === 1 ? verify_ns : count * verify_batched_ns;
}

/** The same for a full batch or block of the cell: nothing where clients do not sign. */
export function checkFull_ns({ node, transactions }: Pick<Cell, 'node' | 'transactions'>): number {
  return transactions.signed === true ? checkClients_ns(node, transactions.per_decision) : 0;
}

/** The seed of a client's signing key in a measured cell: SHA-256 of what it is for, the cell's seed and the client. */
export function clientSeed(sha256: (bytes: Uint8Array) => Uint8Array, cellSeed: number, client: number): Uint8Array {
  return sha256(new TextEncoder().encode(`client key ${cellSeed} ${client}`));
}

/** A full batch or block of transactions, one after another, as the draws of `key` make them; signed where the cell's are, each by another client. */
export function transactionBytes({ cell, kernels }: Pick<Setup, 'cell' | 'kernels'>, key: DrawKey): Uint8Array {
  const { bytes, per_decision, signed } = cell.transactions;
  const transactions = fillerBytes(key, bytes * per_decision);
  if (signed !== true) return transactions;
  const { sha256, ed25519 } = kernels;
  signTransactions(transactions, bytes, (client, message) => ed25519.sign(ed25519.key(clientSeed(sha256, cell.seed, client)), message));
  return transactions;
}
