// Measured cells of proof of burn do what was counted: headers are mined, burn data hashed, and blocks signed and checked.
import { blockTransactions, blocksByHeight, checkMeasurable, historyView } from '../../harness/simulate/chain/history.ts';
import type { ChainHistory } from '../../harness/simulate/chain/spec.ts';
import { concat } from '../../harness/simulate/core/bytes.ts';
import { keySeed } from '../../harness/simulate/core/operations.ts';
import { compactOf, targetOfTrials } from '../../harness/simulate/core/target.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Operation } from '../../harness/model/outcome.ts';
import { NO_HASH, genesisHashOf, headerOf, rootOf } from '../parts/mining.ts';
import type { BurnChain } from './chain.ts';
import type { BurnParameters } from './parameters.ts';

/**
 * Of each block: its tree, the burn data that its maker hashed, its header to be mined (of a burn block the header is hashed alone), and its
 * signature; at every receiver of a published one all of that checked. A mined header's nonce is found later, so that what names a block in
 * signatures and burn data is its header without it.
 */
export function burnOperations(setup: Setup<BurnParameters>, history: ChainHistory, chain: BurnChain): Operation[][] {
  checkMeasurable(history.totals);
  const { cell, kernels, parameters: p } = setup;
  const { sha256 } = kernels;
  const { bytes: transaction_bytes } = cell.transactions;
  const bits = compactOf(targetOfTrials(p.measured_hashes_per_block));
  const { blocks } = history;
  const [genesis] = blocks;
  const view = historyView(history);
  const genesisHash = genesisHashOf(bits, genesis.found_us, sha256);
  /** By number: what names a block. */
  const ids: Uint8Array[] = [genesisHash];
  const burns: Uint8Array[] = [];
  const burnOf = (node: number): Uint8Array => (burns[node] ??= sha256(keySeed(sha256, 'signing key', cell.seed, node)));
  return blocksByHeight(history).map((found) => {
    const list: Operation[] = [];
    for (const { number, parent, miner, found_us, receivers } of found) {
      const isFirst = parent === genesis.number;
      const isBurn = chain.isBurn(view, number);
      const transactions = blockTransactions(setup, number);
      const root = rootOf(transactions, transaction_bytes, sha256);
      const merkle: Operation = { kind: 'merkle', transactions, transaction_bytes, root };
      const isUnmined = isFirst || chain.isBurn(view, parent);
      const bare = headerOf({ bits, found_us, previous: isUnmined ? ids[parent] : NO_HASH, root });
      const id = (ids[number] = sha256(sha256(concat([bare, ids[parent]]))));
      /** A burn's block, the burn, and the block that is tried on. */
      const burnData = (node: number): Operation[] => {
        const bytes = concat([genesisHash, burnOf(node), ids[parent]]);
        return [
          { kind: 'digest', bytes },
          { kind: 'digest', bytes: sha256(bytes) },
        ];
      };
      const signature = { signer: miner, message: id };
      const header: Operation[] = isBurn
        ? [
            { kind: 'digest', bytes: bare },
            { kind: 'digest', bytes: sha256(bare) },
          ]
        : [{ kind: 'header', block: number }];
      // Who makes a block tries its own burn; a header is searched whose child will name it.
      list.push(merkle, ...burnData(miner), { kind: 'sign', ...signature });
      if (!isBurn) list.push({ kind: 'search', block: number, parent: isUnmined ? null : parent, header: bare });
      const check: Operation[] = [...header, ...burnData(miner), merkle, { kind: 'verify', items: [signature], calls: 1 }];
      for (let receiver = 0; receiver < receivers; receiver++) list.push(...check);
    }
    return list;
  });
}
