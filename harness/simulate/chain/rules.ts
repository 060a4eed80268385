// Rules and sizes that both engines of chains apply. docs/chains.md states them.
import { Outages } from './outages.ts';
import { PURPOSE, draw32, drawKey, threshold32 } from '../core/draws.ts';
import { slowestUpload_ns, upload_ns, withLeastDelay } from '../core/network.ts';
import type { Network } from '../../model/network.ts';
import type { Setup } from '../core/contract.ts';
import type { Attestations, BlockView, ChainSpec, Committee, Span } from './spec.ts';

/** The shares above, less what sums of shares may be wrong by: ten times 1/10 is a little below 1. */
export const PROPAGATION_SHARES = [0.5, 0.9, 0.99].map((share) => share * (1 - 1e-9)) as readonly number[];

/** Bitcoin's framing: 24 bytes a message; an inventory of one block (announcement and request alike) is 1 + 36 more. */
export const MESSAGE_HEADER_BYTES = 24;
export const INVENTORY_BYTES = MESSAGE_HEADER_BYTES + 37;
/** Delivery notes of the attacked merchant are no traffic between nodes; they only need a size for the uplink. */
export const NOTICE_BYTES = INVENTORY_BYTES;

/** Message types: a part of every draw key, never renumber. */
export const CHAIN_TYPE = {
  announcement: 1,
  request: 2,
  body: 3,
  instruction: 4,
  payment: 5,
  receipt: 6,
  delivery: 7,
  tips: 8,
  transaction: 9,
  voteAnnouncement: 10,
  voteRequest: 11,
  vote: 12,
  job: 13,
  share: 14,
  answer: 15,
} as const;

/** The three messages by which a block, or a vote, goes from a node to its neighbour. */
export interface RelayTypes {
  readonly announcement: number;
  readonly request: number;
  readonly body: number;
}
export const BLOCK_TYPE: RelayTypes = CHAIN_TYPE;
export const VOTE_TYPE: RelayTypes = {
  announcement: CHAIN_TYPE.voteAnnouncement,
  request: CHAIN_TYPE.voteRequest,
  body: CHAIN_TYPE.vote,
};

/** The round of the votes on a block. */
export function voteRound({ round }: Committee, blocks: BlockView, block: number): number {
  return round === undefined ? blocks.height(block) : round(blocks, block);
}

/** A moment at which nodes choose their tips: a slot begins, or its votes are due. */
export interface Duty {
  readonly at_us: number;
  readonly slot: number;
  readonly votes: boolean;
}

/** In the order of time, without end. At the begin of slot 0 there is nothing to choose from. */
export function* slotDuties({ lottery }: Pick<ChainSpec, 'lottery'>, { due_us }: Attestations): Generator<Duty, never> {
  if (lottery.kind !== 'slots') throw new RangeError(`attestations over a lottery of kind ${lottery.kind}; accepted: slots`);
  for (let slot = 0; ; slot++) {
    const at_us = slot * lottery.slot_us;
    if (slot > 0) yield { at_us, slot, votes: false };
    yield { at_us: at_us + due_us, slot, votes: true };
  }
}

/** Bytes of Bitcoin's variable-length count. */
export function compactSizeBytes(count: number): number {
  return count < 253 ? 1 : count <= 0xffff ? 3 : 5;
}

/** Bitcoin's variable-length count; little-endian after a byte that says how long. */
export function compactSize(count: number): Uint8Array {
  const bytes = new Uint8Array(compactSizeBytes(count));
  const view = new DataView(bytes.buffer);
  if (bytes.length === 1) {
    view.setUint8(0, count);
  } else if (bytes.length === 3) {
    view.setUint8(0, 0xfd);
    view.setUint16(1, count, true);
  } else {
    view.setUint8(0, 0xfe);
    view.setUint32(1, count, true);
  }
  return bytes;
}

/** Lottery events after which a cell is stalled. */
export const CHAIN_EVENT_BUDGET = 5_000_000;

/** A run that waits for attacks takes at most so many blocks for each. */
export const ATTACK_BLOCKS = 1000;

/** The height at the client's node that a run needs: the last decision with its confirmations. */
export function stopHeight(decisions: number, confirmations: number | null): number {
  return decisions + (confirmations ?? 1) - 1;
}

/**
 * When mining stops. The client's chain must have reached stopHeight; then the asked attacks must have ended, or
 * ATTACK_BLOCKS blocks for each been found, or no more can come: the fault is over and the adversary has no branch.
 */
export class RunEnd {
  /** When stopHeight was reached, and the height then. */
  stop_us = Infinity;
  height = 0;
  /** Attacks that ended, and blocks that were found. */
  attacks = 0;
  found = 0;
  private readonly wanted: number;
  private readonly stopHeight: number;
  private readonly until_us: number;

  constructor(setup: Setup, spec: ChainSpec) {
    this.wanted = spec.attacks;
    this.stopHeight = stopHeight(setup.cell.decisions, spec.confirmations);
    this.until_us = spec.faultSpan.until_us;
  }

  /** The client's chain has this height now; with a committee it is final up to `final`, and that is what counts. */
  reached(height: number, at_us: number, final = height): void {
    if (this.stop_us < Infinity || final < this.stopHeight) return;
    this.stop_us = at_us;
    this.height = height;
  }

  /** What decisions and confirmations needed is there. */
  get counted(): boolean {
    return this.stop_us < Infinity;
  }

  /** Is what is published now still counted? Of the microsecond in which the counting stops, everything is. */
  counts(at_us: number): boolean {
    return at_us <= this.stop_us;
  }

  /** Nothing more is asked of the lottery. `seeking`: the adversary, if any, has no branch of its own. */
  isOver(at_us: number, seeking: boolean): boolean {
    if (!this.counted) return false;
    return this.attacks >= this.wanted || this.found >= ATTACK_BLOCKS * this.wanted || (at_us >= this.until_us && seeking);
  }
}

/** The numbers of those that hold something and are not down for good from the start. */
export function holdersOf({ shares, faults }: Pick<ChainSpec, 'shares' | 'faults'>): number[] {
  const outages = new Outages(faults);
  const holders: number[] = [];
  for (let node = 0; node < shares.length; node++) if (shares[node] > 0 && outages.lost_us(node) > 0) holders.push(node);
  return holders;
}

/**
 * The network as chains use it: a hop takes at least a microsecond. So nothing that is sent at t arrives at t, and the
 * order of events within a microsecond cannot matter between nodes.
 */
export function hopNetwork(network: Network): Network {
  return withLeastDelay(network, 1);
}

/** Microseconds that a message takes to leave on one of `connections` equal shares of its sender's uplink. */
export function shareUpload_us(network: Network, bytes: number, sender: number, connections: number): number {
  return Math.ceil((upload_ns(network, bytes, sender) * connections) / 1000);
}

/** The longest that takes of any sender. */
export function longestShareUpload_us(network: Network, bytes: number, connections: number): number {
  return Math.ceil((slowestUpload_ns(network, bytes) * connections) / 1000);
}

/**
 * The number of the first of a relay network's relays, one a region in their order, behind the participants and the adversary's wallet: a multiple of the
 * number of regions, so that each is in its own.
 */
export function firstRelay(participants: number, { regions }: Pick<Network, 'regions'>): number {
  return Math.ceil((participants + 1) / regions) * regions;
}

export function inSpan(span: Span, at_us: number): boolean {
  return at_us >= span.from_us && at_us < span.until_us;
}

/**
 * Ties as selfish mining knows them: against an adversary's block an honest node takes that one with chance gamma, whatever came first.
 * Drawn by block and node, so that it is this part of the honest power.
 */
export function tieRank(seed: number, adversary: number, gamma: number): NonNullable<ChainSpec['rank']> {
  const limit = threshold32(gamma);
  return (blocks, block, node) => {
    if (block === 0 || blocks.miner(block) !== adversary) return 0;
    return draw32(drawKey(seed, { purpose: PURPOSE.tie, sequence: block }), node) < limit ? 1 : -1;
  };
}

/** No honest node can ever make a block, and the adversary publishes none. */
export function isBarren(spec: ChainSpec): boolean {
  const { lottery, adversary, faultSpan } = spec;
  if (adversary === null || faultSpan.from_us > 0 || faultSpan.until_us < Infinity) return false;
  const shares = lottery.kind === 'clock' ? lottery.power : lottery.kind === 'slots' ? lottery.chance : spec.shares;
  return shares.subarray(0, adversary).every((share) => share === 0);
}
