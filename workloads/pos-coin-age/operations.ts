// Measured cells of coin age do what was counted: coinstakes, trees, headers and kernels hashed, blocks signed and checked, tries made.
import { blockTransactions, blocksByHeight, checkMeasurable, historyView } from '../../harness/simulate/chain/history.ts';
import type { ChainHistory } from '../../harness/simulate/chain/spec.ts';
import { concat } from '../../harness/simulate/core/bytes.ts';
import { keySeed } from '../../harness/simulate/core/operations.ts';
import { compactOf, targetOfTrials } from '../../harness/simulate/core/target.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Operation } from '../../harness/model/outcome.ts';
import { HEADER_BYTES, NO_HASH, headerOf, rootOf } from '../parts/mining.ts';
import type { CoinAgeChain } from './chain.ts';
import type { CoinAgeParameters } from './parameters.ts';
import { kernelBytes } from './rules.ts';

export const SIGNATURE_BYTES = 64;
/**
 * Version 4, time 4, one input (count 1; the transaction 32 and the index 4 that it spends; script 1 + 64, a signature; sequence 4), two
 * outputs (count 1; an empty one, 8 + 1, that marks it; value 8, script 1 + 35), lock time 4; integers little-endian.
 */
export const COINSTAKE_BYTES = 172;
const UNSIGNED_BYTES = COINSTAKE_BYTES - SIGNATURE_BYTES;
const COINSTAKE_OFFSET_bytes = HEADER_BYTES + 1;
/** Unix time of the run's begin: June 2020. */
const BEGIN_s = 1_591_617_600;

/**
 * Of each block at its maker: the coinstake signed and hashed, joined to the root of the users' transactions, the header hashed and signed, the
 * kernel hashed; at every receiver the same, with both signatures checked. And tries: a header's nonces stand for the seconds of kernels,
 * two compressions each, and as many as the parameter says.
 */
export function coinAgeOperations(setup: Setup<CoinAgeParameters>, history: ChainHistory, chain: CoinAgeChain): Operation[][] {
  checkMeasurable(history.totals);
  const { cell, kernels, parameters: p } = setup;
  const { sha256, ed25519 } = kernels;
  const keys = Array.from({ length: history.totals.participants }, (_, node) =>
    ed25519.key(keySeed(sha256, 'signing key', cell.seed, node)),
  );
  const { bytes: transaction_bytes } = cell.transactions;
  const bits = compactOf(targetOfTrials(p.measured_hashes_per_block));
  const view = historyView(history);
  /** By number: the block's hash. */
  const ids: Uint8Array[] = [NO_HASH];
  const twice = (bytes: Uint8Array): Operation[] => [
    { kind: 'digest', bytes },
    { kind: 'digest', bytes: sha256(bytes) },
  ];
  const hashed = (bytes: Uint8Array): Uint8Array => sha256(sha256(bytes));
  return blocksByHeight(history).map((found) => {
    const list: Operation[] = [];
    for (const { number, parent, miner, found_us, receivers } of found) {
      const { kernel, time_s } = chain.state(view, number);
      const { output, birth_s, modifier } = kernel!;
      const made_s = BEGIN_s + birth_s;
      const spent = sha256(Uint8Array.of(...numbers(miner, output, birth_s >>> 0)));
      const unsigned = unsignedCoinstake({ time_s: BEGIN_s + time_s, spent, owner: keys[miner].publicKey });
      const input = { signer: miner, message: unsigned };
      const coinstake = concat([unsigned, ed25519.sign(keys[miner], unsigned)]);
      const transactions = blockTransactions(setup, number);
      const root = rootOf(transactions, transaction_bytes, sha256);
      const joined = concat([hashed(coinstake), root]);
      const stakeBits = compactOf(chain.state(view, parent).target);
      const header = headerOf({ bits: stakeBits, found_us: found_us + BEGIN_s * 1e6, previous: ids[parent], root: hashed(joined) });
      const id = (ids[number] = hashed(header));
      const block = { signer: miner, message: id };
      const tried = kernelBytes({
        modifier,
        blockFrom_s: made_s,
        offset_bytes: COINSTAKE_OFFSET_bytes,
        txPrev_s: made_s,
        index: 1,
        time_s: BEGIN_s + time_s,
      });
      const digests: Operation[] = [
        ...twice(coinstake),
        { kind: 'merkle', transactions, transaction_bytes, root },
        ...twice(joined),
        ...twice(header),
        ...twice(tried),
      ];
      list.push(...digests, { kind: 'sign', ...input }, { kind: 'sign', ...block });
      list.push({ kind: 'search', block: number, parent: null, header: headerOf({ bits, found_us, previous: id, root: hashed(tried) }) });
      const check: Operation[] = [...digests, { kind: 'verify', items: [input], calls: 1 }, { kind: 'verify', items: [block], calls: 1 }];
      for (let receiver = 0; receiver < receivers; receiver++) list.push(...check);
    }
    return list;
  });
}

/** Little-endian, four bytes each. */
function numbers(...values: readonly number[]): number[] {
  return values.flatMap((value) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]);
}

/** Without its signature. `spent`: the transaction whose second output it spends. `owner`: of its own output. */
function unsignedCoinstake({ time_s, spent, owner }: { time_s: number; spent: Uint8Array; owner: Uint8Array }): Uint8Array {
  const bytes = new Uint8Array(UNSIGNED_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 1, true);
  view.setUint32(4, time_s, true);
  bytes[8] = 1;
  bytes.set(spent, 9);
  view.setUint32(41, 1, true);
  bytes[45] = 1 + SIGNATURE_BYTES;
  view.setUint32(46, 0xffffffff, true);
  bytes[50] = 2;
  bytes[68] = 35;
  bytes[69] = 33;
  bytes.set(owner, 71);
  bytes[103] = 0xac;
  return bytes;
}
