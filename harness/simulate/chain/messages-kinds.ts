// What chains send message by message, and how transcripts name it.
import type { Block } from './messages-lotteries.ts';
import { describePoolMessage, type PoolMessage } from './messages-pool.ts';
import type { VoteMessage } from './messages-vote-relay.ts';
import { CHAIN_TYPE } from './rules.ts';

export interface ChainMessage extends VoteMessage, PoolMessage {
  /** Body only. */
  readonly block?: Block;
  /** Payment only: when it was submitted. */
  readonly paid_us?: number;
  /** Delivery only: the work of the merchant's chain. */
  readonly work?: number;
}

/** For transcripts. */
export function describeMessage(message: ChainMessage, nameOf: (participant: number) => string): string {
  switch (message.type) {
    case CHAIN_TYPE.announcement:
      return `ANNOUNCEMENT of block ${message.sequence}`;
    case CHAIN_TYPE.request:
      return `REQUEST for block ${message.sequence}`;
    case CHAIN_TYPE.body:
      return `BODY of block ${message.sequence} (height ${message.block!.height}, on ${message.block!.parent!.number})`;
    case CHAIN_TYPE.voteAnnouncement:
      return `ANNOUNCEMENT of the vote of ${nameOf(message.view)} in round ${message.sequence}`;
    case CHAIN_TYPE.voteRequest:
      return `REQUEST for the vote of ${nameOf(message.view)} in round ${message.sequence}`;
    case CHAIN_TYPE.vote:
      return `VOTE of ${nameOf(message.view)} in round ${message.sequence} on block ${message.vote!.block.number}`;
    case CHAIN_TYPE.job:
    case CHAIN_TYPE.share:
    case CHAIN_TYPE.answer:
      return describePoolMessage(message);
    case CHAIN_TYPE.instruction:
    case CHAIN_TYPE.payment:
      return `PAYMENT ${message.sequence}`;
    default:
      return `DELIVERY ${message.sequence}`;
  }
}
