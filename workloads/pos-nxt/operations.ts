// Nxt's work for real: generation signatures, hits and block signatures (Ed25519 in the place of Curve25519's EC-KCDSA).
import { concat } from '../../harness/simulate/core/bytes.ts';
import { blockTransactions, blocksByHeight, checkMeasurable } from '../../harness/simulate/chain/history.ts';
import type { ChainHistory } from '../../harness/simulate/chain/spec.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { keySeed } from '../../harness/simulate/core/operations.ts';
import type { Operation } from '../../harness/model/outcome.ts';

/**
 * Version 4, timestamp 4, previous block 8, number of transactions 4, amount 8, fee 8, payload length 4, payload hash 32, key 32,
 * generation signature 32, hash of the previous block 32, signature 64; integers little-endian.
 */
export const HEADER_BYTES = 232;
const SIGNED_BYTES = HEADER_BYTES - 64;
/** A generation signature is SHA-256 of the one before and a key: 32 bytes each. */
export const SIGNATURE_BYTES = 64;

/**
 * Of each block: the payload's hash, the header with its signature and the block's hash; at every receiver the same, with the generation
 * signature that its maker needed; and everybody who has it hashes a hit of its own on it. A run's hits are draws, which these hashes stand
 * beside: one who mines for real mines other blocks.
 */
export function operations(setup: Setup, history: ChainHistory): Operation[][] {
  checkMeasurable(history.totals);
  const { seed, transactions } = setup.cell;
  const { sha256, ed25519 } = setup.kernels;
  const keys = Array.from({ length: history.totals.participants }, (_, node) => ed25519.key(keySeed(sha256, 'signing key', seed, node)));
  /** By block: its generation signature and its hash. */
  const generation: Uint8Array[] = [new Uint8Array(32)];
  const ids: Uint8Array[] = [new Uint8Array(32)];
  return blocksByHeight(history).map((found) => {
    const list: Operation[] = [];
    for (const block of found) {
      const signer = block.miner;
      const body = blockTransactions(setup, block.number);
      const proof = concat([generation[block.parent], keys[signer].publicKey]);
      generation[block.number] = sha256(proof);
      const fields = new Uint8Array(40);
      const view = new DataView(fields.buffer);
      view.setUint32(0, 3, true);
      view.setUint32(4, Math.floor(block.found_us / 1e6) % 0x100000000, true);
      fields.set(ids[block.parent].subarray(0, 8), 8);
      view.setUint32(16, transactions.per_decision, true);
      view.setUint32(36, body.length, true);
      const message = concat([fields, sha256(body), keys[signer].publicKey, generation[block.number], ids[block.parent]]);
      if (message.length !== SIGNED_BYTES) throw new Error(`a header of ${message.length} signed bytes`);
      const header = concat([message, ed25519.sign(keys[signer], message)]);
      ids[block.number] = sha256(header);
      const hit = (node: number): Operation => ({ kind: 'digest', bytes: concat([generation[block.number], keys[node].publicKey]) });
      const checked: Operation[] = [
        { kind: 'digest', bytes: body },
        { kind: 'digest', bytes: header },
      ];
      list.push(...checked, { kind: 'sign', signer, message }, hit(signer));
      for (let receiver = 0; receiver < block.receivers; receiver++)
        list.push({ kind: 'digest', bytes: proof }, ...checked, { kind: 'verify', items: [{ signer, message }], calls: 1 }, hit(receiver));
    }
    return list;
  });
}
