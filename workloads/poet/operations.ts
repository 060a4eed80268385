// PoET's work for real: tags, timers, certificates and blocks, with Ed25519 in the place of secp256k1.
import { concat } from '../../harness/simulate/core/bytes.ts';
import { blockTransactions, blocksByHeight, checkMeasurable } from '../../harness/simulate/chain/history.ts';
import type { ChainHistory } from '../../harness/simulate/chain/spec.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { keySeed } from '../../harness/simulate/core/operations.ts';
import type { Operation } from '../../harness/model/outcome.ts';
import type { PoetParameters } from './index.ts';

/** Block hash 32, previous certificate's id 32, height 8 in the place of local mean and duration, time 8, nonce 8; then its signature. */
const CERTIFICATE_BYTES = 152;
/** Height 8, previous block 32, body hash 32, key 32, wait certificate, signature 64; integers big-endian. */
export const HEADER_BYTES = 104 + CERTIFICATE_BYTES + 64;

/**
 * Of each block: the body's hash, the certificate's signature and the header's, and the hash of that; at every receiver the hashes and both
 * checks; and everybody who has it draws a tag for the next wait and signs a timer. Timers on the first block of all are left out.
 */
export function operations(setup: Setup<PoetParameters>, history: ChainHistory): Operation[][] {
  checkMeasurable(history.totals);
  const { seed } = setup.cell;
  const { sha256, ed25519 } = setup.kernels;
  const keys = Array.from({ length: history.totals.participants }, (_, node) => ed25519.key(keySeed(sha256, 'signing key', seed, node)));
  const ids: Uint8Array[] = [new Uint8Array(32)];
  const certificateIds: Uint8Array[] = [new Uint8Array(32)];
  return blocksByHeight(history).map((found) => {
    const list: Operation[] = [];
    for (const block of found) {
      const signer = block.miner;
      const body = blockTransactions(setup, block.number);
      const bodyHash = sha256(body);
      const numbers = new Uint8Array(24);
      const view = new DataView(numbers.buffer);
      view.setBigUint64(0, BigInt(block.height));
      view.setBigUint64(8, BigInt(block.found_us));
      view.setBigUint64(16, BigInt(block.number));
      const certificate = concat([bodyHash, certificateIds[block.parent], numbers]);
      const whole = concat([certificate, ed25519.sign(keys[signer], certificate)]);
      certificateIds[block.number] = sha256(whole);
      const message = concat([numbers.subarray(0, 8), ids[block.parent], bodyHash, keys[signer].publicKey, whole]);
      const header = concat([message, ed25519.sign(keys[signer], message)]);
      ids[block.number] = sha256(header);
      const hashes: Operation[] = [
        { kind: 'digest', bytes: body },
        { kind: 'digest', bytes: header },
      ];
      const timer = (node: number): Operation[] => {
        const previous = certificateIds[block.number];
        const draw: Operation =
          setup.parameters.enclave === 'sgx'
            ? { kind: 'mac', message: previous, count: 1 }
            : { kind: 'sign', signer: node, message: previous };
        return [draw, { kind: 'sign', signer: node, message: concat([previous, numbers]) }];
      };
      list.push(...hashes, { kind: 'sign', signer, message: certificate }, { kind: 'sign', signer, message }, ...timer(signer));
      for (let receiver = 0; receiver < block.receivers; receiver++) {
        list.push(...hashes, { kind: 'verify', items: [{ signer, message: certificate }], calls: 1 });
        list.push({ kind: 'verify', items: [{ signer, message }], calls: 1 }, ...timer(receiver));
      }
    }
    return list;
  });
}
