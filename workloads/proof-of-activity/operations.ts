// Measured cells of proof of activity do what was counted: headers are mined, stakeholders sign, and everybody checks.
import { blockTransactions, blocksByHeight, checkMeasurable, historyView } from '../../harness/simulate/chain/history.ts';
import type { BlockInfo, ChainHistory } from '../../harness/simulate/chain/spec.ts';
import { concat } from '../../harness/simulate/core/bytes.ts';
import { keySeed } from '../../harness/simulate/core/operations.ts';
import { compactOf, targetOfTrials } from '../../harness/simulate/core/target.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Operation } from '../../harness/model/outcome.ts';
import { NO_HASH, genesisHashOf, headerOf, rootOf } from '../parts/mining.ts';
import type { ActivityParameters } from './parameters.ts';
import { DRAW_BYTES, type Rounds } from './rounds.ts';

/** Who mined a header, at which height: where Bitcoin's header has the root of the transactions, which a header is mined without. */
function commitment(publicKey: Uint8Array, height: number, sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const address = sha256(publicKey);
  new DataView(address.buffer).setUint32(28, height);
  return address;
}

/**
 * Of each header: its search, and at everybody who hears of it its check and the draws; the signatures of the first N - 1, each checked
 * where it comes; and of a whole block the last one's work and the receivers' checks. A header's nonce is found later, so that what is
 * signed and drawn by is the hash of the header without it.
 */
export function activityOperations(setup: Setup<ActivityParameters>, history: ChainHistory, rounds: Rounds): Operation[][] {
  checkMeasurable(history.totals);
  const { cell, kernels, parameters: p } = setup;
  const { sha256, ed25519 } = kernels;
  const { bytes: transaction_bytes } = cell.transactions;
  const bits = compactOf(targetOfTrials(p.measured_hashes_per_block));
  const { blocks } = history;
  const view = historyView(history);
  const [genesis] = blocks;
  const keys: ReturnType<typeof ed25519.key>[] = [];
  const keyOf = (node: number) => (keys[node] ??= ed25519.key(keySeed(sha256, 'signing key', cell.seed, node)));
  const bare = (block: BlockInfo): Uint8Array =>
    headerOf({ bits, found_us: block.found_us, previous: NO_HASH, root: commitment(keyOf(block.miner).publicKey, block.height, sha256) });
  const genesisHash = genesisHashOf(bits, genesis.found_us, sha256);
  /** By number: what stands for the hash of a header. */
  const ids: Uint8Array[] = [genesisHash];
  return blocksByHeight(history).map((found) => {
    const list: Operation[] = [];
    const times = (count: number, ...some: Operation[]): void => {
      for (let i = 0; i < count; i++) list.push(...some);
    };
    for (const block of found) {
      const { number, parent, receivers, publisher } = block;
      const isFirst = parent === genesis.number;
      const header = bare(block);
      if (isFirst) header.set(genesisHash, 4);
      const id = (ids[number] = sha256(sha256(concat([header, ids[parent]]))));
      list.push({ kind: 'search', block: number, parent: isFirst ? null : parent, header });
      const checks: Operation[] = [
        { kind: 'header', block: number },
        ...Array.from({ length: p.stakeholders }, (_, i): Operation => ({ kind: 'digest', bytes: drawInput(id, ids[parent], i) })),
      ];
      const { headerReceivers, signatures, isSecret } = rounds.of(view, number);
      times(headerReceivers, ...checks);
      const early: Operation[] = [];
      for (const { signer, receivers: hearing } of signatures) {
        const item = { signer, message: id };
        const verify: Operation = { kind: 'verify', items: [item], calls: 1 };
        list.push({ kind: 'sign', ...item });
        times(hearing, verify);
        early.push(verify);
      }
      if (publisher === null) continue;
      const transactions = blockTransactions(setup, number);
      const root = rootOf(transactions, transaction_bytes, sha256);
      const others = concat(signatures.map(({ signer }) => ed25519.sign(keyOf(signer), id)));
      const item = { signer: publisher, message: concat([id, root, sha256(others)]) };
      const body: Operation[] = [
        { kind: 'merkle', transactions, transaction_bytes, root },
        { kind: 'digest', bytes: others },
      ];
      list.push(...body, { kind: 'sign', ...item });
      times(receivers, ...(isSecret ? [...checks, ...early] : []), ...body, { kind: 'verify', items: [item], calls: 1 });
    }
    return list;
  });
}

function drawInput(header: Uint8Array, previous: Uint8Array, suffix: number): Uint8Array {
  const bytes = new Uint8Array(DRAW_BYTES);
  bytes.set(header);
  bytes.set(previous, 32);
  new DataView(bytes.buffer).setUint32(64, suffix);
  return bytes;
}
