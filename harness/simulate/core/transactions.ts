// Clients' transactions: what checking their signatures takes, and their bytes in measured cells. `transactions: { signed: true }`: a
// node checks each client's signature once, those of one batch or block together. The clients' own work is not counted.
import type { Cell } from '../../model/cell.ts';
import { signTransactions } from '../../model/transactions.ts';
import { fillerBytes } from './bytes.ts';
import { checkSignatures_ns } from './certificates.ts';
import type { Setup } from './contract.ts';
import type { DrawKey } from './draws.ts';
import { keySeed } from './operations.ts';

/** What a node takes to check the clients' signatures of a full batch or block of the cell, nanoseconds: nothing where clients do not sign. */
export function checkFull_ns({ node, transactions }: Pick<Cell, 'node' | 'transactions'>): number {
  return transactions.signed === true ? checkSignatures_ns(node, transactions.per_decision) : 0;
}

/** A full batch or block of transactions, one after another, as the draws of `key` make them; signed where the cell's are, each by another client. */
export function transactionBytes({ cell, kernels }: Pick<Setup, 'cell' | 'kernels'>, key: DrawKey): Uint8Array {
  const { bytes, per_decision, signed } = cell.transactions;
  const transactions = fillerBytes(key, bytes * per_decision);
  if (signed !== true) return transactions;
  const { sha256, ed25519 } = kernels;
  signTransactions(transactions, bytes, (client, message) =>
    ed25519.sign(ed25519.key(keySeed(sha256, 'client key', cell.seed, client)), message),
  );
  return transactions;
}
