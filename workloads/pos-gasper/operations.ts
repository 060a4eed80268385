// What a measured cell of Gasper does for real: blocks and their two signatures, and each validator's vote, added up by its node and checked by all others.
import { concat } from '../../harness/simulate/core/bytes.ts';
import { blockTransactions, blocksByHeight, checkMeasurable } from '../../harness/simulate/chain/history.ts';
import type { BlockInfo, ChainHistory, VoteInfo } from '../../harness/simulate/chain/spec.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Operation } from '../../harness/model/outcome.ts';
import type { Committees } from './committees.ts';
import type { GasperParameters } from './parameters.ts';

/** `AttestationData`: slot 8, index 8, block 32, source 8 + 32, target 8 + 32. */
export const DATA_BYTES = 128;
const ROOT_BYTES = 32;

/** By main-chain block: votes stand with the block that is found next. */
export function operations(
  setup: Setup<GasperParameters>,
  committees: Committees,
  blockBytes: number,
  history: ChainHistory,
): Operation[][] {
  checkMeasurable(history.totals);
  const { slots_per_epoch, slot_s } = setup.parameters;
  const slot_us = Math.round(slot_s * 1e6);
  const { sha256 } = setup.kernels;
  const roots: Uint8Array[] = [];
  const found = blocksByHeight(history);
  const list = found.map((blocks) => blocks.flatMap((block) => [...made(block)]));

  function* made(block: BlockInfo): Generator<Operation> {
    const slot = block.found_us / slot_us;
    const signer = committees.proposer(slot);
    const bytes = new Uint8Array(blockBytes);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(slot), true);
    view.setBigUint64(8, BigInt(signer), true);
    bytes.set(roots[block.parent] ?? new Uint8Array(ROOT_BYTES), 16);
    const body = blockTransactions(setup, block.number);
    bytes.set(body, blockBytes - body.length);
    const message = (roots[block.number] = sha256(bytes));
    const reveal = concat([new Uint8Array(24), numberBytes(Math.floor(slot / slots_per_epoch))]);
    yield { kind: 'digest', bytes };
    for (const one of [reveal, message]) yield { kind: 'share', signer, message: one };
    for (let receiver = 0; receiver < block.receivers; receiver++) {
      yield { kind: 'digest', bytes };
      for (const one of [reveal, message]) yield { kind: 'certificate', shares: [{ signer, message: one }] };
    }
  }

  function voted(vote: VoteInfo): Operation[] {
    const { round: slot, voter, block, receivers } = vote;
    const message = new Uint8Array(DATA_BYTES);
    message.set(numberBytes(slot));
    message.set(roots[block] ?? new Uint8Array(ROOT_BYTES), 16);
    const shares = committees.members(slot, voter).map((signer) => ({ signer, message }));
    const all: Operation[] = [...shares.map((share) => ({ kind: 'share', ...share }) as const), { kind: 'aggregate', shares }];
    const tally = { kind: 'tally', view: 0, sequence: slot, phase: 0, senders: [voter], digests: [0], expected: [1] } as const;
    for (let receiver = 0; receiver < receivers; receiver++) all.push({ kind: 'certificate', shares }, tally);
    return all;
  }

  const ends_us = found.map((blocks) => blocks.at(-1)?.found_us ?? 0);
  for (const vote of history.votes) {
    const at = ends_us.findIndex((end_us) => end_us >= vote.cast_us);
    list[at === -1 ? list.length - 1 : at].push(...voted(vote));
  }
  return list;
}

function numberBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number), true);
  return bytes;
}
