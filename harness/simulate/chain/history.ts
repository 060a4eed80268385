// The blocks of a finished run, for measured cells.
import { EngineLimit, type Setup } from '../core/contract.ts';
import { PURPOSE, drawKey } from '../core/draws.ts';
import { transactionBytes } from '../core/transactions.ts';
import type { BlockInfo, BlockView, ChainHistory, ChainTotals } from './spec.ts';

/** The same blocks, as rules that look at a chain's past ask for them. */
export function historyView({ blocks }: Pick<ChainHistory, 'blocks'>): BlockView {
  return {
    parent: (block) => blocks[block].parent,
    height: (block) => blocks[block].height,
    miner: (block) => blocks[block].miner,
    found_us: (block) => blocks[block].found_us,
  };
}

/** All blocks by main-chain block: those found after the one before it, up to its own. Later ones go with the last. */
export function blocksByHeight(history: ChainHistory): BlockInfo[][] {
  return byHeight(history, history.blocks.slice(1), ({ found_us }) => found_us);
}

/** The same of what else happened in a run, in the order of time. */
export function byHeight<T>({ blocks, main }: ChainHistory, events: readonly T[], at_us: (event: T) => number): T[][] {
  const highest = main.length - 1;
  const list: T[][] = Array.from({ length: highest }, () => []);
  let height = 1;
  for (const event of events) {
    while (height < highest && at_us(event) > blocks[main[height]].found_us) height += 1;
    list[height - 1].push(event);
  }
  return list;
}

/** A part of a draw key. */
const TRANSACTIONS = 1;

/** The transactions of a full block, one after another; blocks have different ones. */
export function blockTransactions(setup: Pick<Setup, 'cell' | 'kernels'>, block: number): Uint8Array {
  return transactionBytes(setup, drawKey(setup.cell.seed, { purpose: PURPOSE.blockWinner, type: TRANSACTIONS, sequence: block }));
}

/** A measured cell does all its work for real and keeps it as data: 2 000 blocks of 125 kB are 250 MB, and half an hour of searches. */
const MEASURED_BLOCKS = 2000;
/** Evaluations of eligibility in slots, all participants together: a minute and 400 MB. */
const MEASURED_EVALUATIONS = 1_000_000;

/** EngineLimit where a run is too long for a measured cell. */
export function checkMeasurable({ found, slots, holders }: ChainTotals): void {
  const evaluations = slots * holders.length;
  const instead = 'ask for fewer decisions, or for fewer confirmations with a larger risk';
  if (found > MEASURED_BLOCKS)
    throw new EngineLimit(`a measured cell takes at most ${MEASURED_BLOCKS} blocks and this one has ${found}: ${instead}`);
  if (evaluations > MEASURED_EVALUATIONS)
    throw new EngineLimit(
      `a measured cell takes at most ${MEASURED_EVALUATIONS} evaluations of slots and this one has ${evaluations}: ${instead}`,
    );
}

/** A history up to its `stop_us` and a height. Blocks are numbered as they are found, so it keeps the first ones. */
export function countedPart({ totals, blocks, main, votes, pool }: ChainHistory, height: number): ChainHistory {
  const kept = main.slice(0, height + 1);
  return {
    totals,
    ...(pool === undefined ? {} : { pool }),
    blocks: blocks.slice(0, totals.found + 1),
    votes: votes.filter(({ cast_us }) => cast_us <= totals.stop_us),
    main: kept.slice(0, 1 + kept.findLastIndex((number) => number <= totals.found)),
  };
}
