// What a chain mechanism hands to its engines, and how a finished run becomes an Outcome. chain.ts (fast) and
// chain-messages.ts (message by message) share these types, the peer graph and the draw function, nothing else.
// The rules themselves: docs/chains.md.
import { livenessVerdict } from './liveness.ts';
import { upload_ns, type Network } from './network.ts';
import type { Counts, Operation, Outcome, Setup } from './types.ts';

/** Who may make a block, and when. */
export type Lottery =
  | {
      /** One global Poisson clock: a candidate's gap and winner are draws keyed by its number. */
      readonly kind: 'clock';
      /** Mean gap at difficulty 1 with all power live. */
      readonly interval_us: number;
      /** Blocks between adjustments of difficulty. */
      readonly retarget_blocks: number;
      /** Power of each participant; 1 is all power that difficulty 1 was set for. */
      readonly power: Float64Array;
      /** The share of everyone's power that is left during the fault's window. */
      readonly live: number;
    }
  | {
      /** Slots of equal length; each participant leads a slot independently of the others. Slot s begins at s * slot_us. */
      readonly kind: 'slots';
      readonly slot_us: number;
      /** The chance of each participant in each slot, and in a slot that begins in the fault's window. */
      readonly chance: Float64Array;
      readonly chanceInWindow: Float64Array;
    };

/** From `from_us` on, before `until_us`. */
export interface Window {
  readonly from_us: number;
  readonly until_us: number;
}

export interface ChainSpec {
  readonly lottery: Lottery;
  /** Nodes, then the adversary where there is one. */
  readonly participants: number;
  /** The adversary's number, or null. */
  readonly adversary: number | null;
  /** When the fault holds. An adversary publishes at once what it finds outside, and ends an attack that it has begun. */
  readonly window: Window;
  /** announce: announcement, request and body over the peer graph; direct: the finder sends the body to everyone. */
  readonly relay: 'announce' | 'direct';
  /** Infinity: all. */
  readonly peerDegree: number;
  /** A block without its message header. */
  readonly blockBytes: number;
  /** What a node does before it accepts a block that it received. */
  readonly validate_ns: number;
  /** z of the closed form; null where none is finite. */
  readonly confirmations: number | null;
  /** What the attacked merchant waits for. */
  readonly merchantConfirmations: number;
  readonly giveUpDeficit_blocks: number;
  /** Counts that the mechanism adds to messages and bytes. */
  readonly counts: (totals: ChainTotals) => Partial<Counts>;
  /** crypto: measured: the operations of the whole run, by main-chain block. */
  readonly operations: (history: ChainHistory) => readonly (readonly Operation[])[];
}

export interface ChainTotals {
  readonly participants: number;
  /** When the client's node had the last block that the run needed, and mining stopped. */
  readonly stop_us: number;
  /** Slots begun by then; 0 for a clock. */
  readonly slots: number;
  /** Blocks found, withheld ones included. */
  readonly found: number;
  /** Blocks received: each published block at each participant but its finder. */
  readonly receptions: number;
}

export interface BlockInfo {
  readonly number: number;
  readonly parent: number;
  readonly height: number;
  readonly miner: number;
  readonly found_us: number;
  readonly published: boolean;
}

export interface ChainHistory {
  readonly totals: ChainTotals;
  /** By number; the genesis block is 0. */
  readonly blocks: readonly BlockInfo[];
  /** The final chain's block numbers, by height. */
  readonly main: readonly number[];
}

/** All blocks by main-chain block: those found after the one before it, up to its own. Later ones go with the last. */
export function blocksByHeight({ blocks, main }: ChainHistory): BlockInfo[][] {
  const highest = main.length - 1;
  const list: BlockInfo[][] = Array.from({ length: highest }, () => []);
  let height = 1;
  for (const block of blocks.slice(1)) {
    while (height < highest && block.found_us > blocks[main[height]].found_us) height += 1;
    list[height - 1].push(block);
  }
  return list;
}

/** What an engine found. */
export interface ChainRun {
  readonly stopped: 'done' | 'horizon' | 'budget' | 'idle';
  readonly totals: ChainTotals;
  readonly messages: number;
  readonly bytes: number;
  /** When the client's node first accepted each block of its final chain, by height (0 is the genesis block). */
  readonly accepted_us: ArrayLike<number>;
  readonly attacks: number;
  /** Reorganisations at the client's node that removed what it treats as final; and those of them onto a branch of the adversary's. */
  readonly finalRemoved: number;
  readonly reversals: number;
  readonly events: number;
  readonly history?: ChainHistory;
}

/** Bitcoin's framing: 24 bytes a message; an inventory of one block (announcement and request alike) is 1 + 36 more. */
export const MESSAGE_HEADER_BYTES = 24;
export const INVENTORY_BYTES = MESSAGE_HEADER_BYTES + 37;
/** Delivery notes of the attacked merchant are no traffic between nodes; they only need a size for the uplink. */
export const NOTICE_BYTES = INVENTORY_BYTES;

/** Message types: a part of every draw key, never renumber. */
export const CHAIN_TYPE = { announcement: 1, request: 2, body: 3, order: 4, payment: 5, receipt: 6, delivery: 7 } as const;

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

/** The height at the client's node at which mining stops: the last decision with its confirmations. */
export function stopHeight(setup: Setup, spec: ChainSpec): number {
  return setup.cell.decisions + (spec.confirmations ?? 1) - 1;
}

/**
 * The network as chains use it: a hop takes at least a microsecond. So nothing that is sent at t arrives at t, and the
 * order of events within a microsecond cannot matter between nodes.
 */
export function hopNetwork(network: Network): Network {
  return {
    ...network,
    quantiles_us: network.quantiles_us.map((delay) => Math.max(1, delay)),
    maxDelay_us: Math.max(1, network.maxDelay_us),
  };
}

/** Microseconds that a message takes to leave on one of `connections` equal shares of the uplink. */
export function shareUpload_us(network: Network, bytes: number, connections: number): number {
  return Math.ceil((upload_ns(network, bytes) * connections) / 1000);
}

export function inWindow(window: Window, at_us: number): boolean {
  return at_us >= window.from_us && at_us < window.until_us;
}

/** No honest node can ever make a block, and the adversary publishes none. */
export function isBarren(spec: ChainSpec): boolean {
  const { lottery, adversary, window } = spec;
  if (adversary === null || window.from_us > 0 || window.until_us < Infinity) return false;
  const shares = lottery.kind === 'clock' ? lottery.power : lottery.chance;
  return shares.subarray(0, adversary).every((share) => share === 0);
}

/** Difficulty that follows a period of `blocks` blocks: off by one as Bitcoin's, clamped to a factor of 4. */
export function retargeted(options: { difficulty: number; timespan_us: number; interval_us: number; blocks: number }): number {
  const asked_us = options.interval_us * options.blocks;
  const timespan_us = Math.min(Math.max(options.timespan_us, asked_us / 4), asked_us * 4);
  return (options.difficulty * asked_us) / timespan_us;
}

const REASONS = {
  horizon: 'the simulated horizon came first',
  budget: `the budget of ${CHAIN_EVENT_BUDGET} lottery events came first`,
  idle: 'nobody is left to make a block',
} as const;

/** A run as the Outcome of its cell. Of a stalled run only the decisions and the verdicts stand. */
export function chainOutcome(setup: Setup, spec: ChainSpec, run: ChainRun): Outcome {
  const { decisions } = setup.cell;
  const accepted_us = run.accepted_us;
  const height = accepted_us.length - 1;
  const reached = Math.min(decisions, height);
  const { confirmations, adversary } = spec;
  const verdicts = { safety: run.finalRemoved > 0 ? 'violated' : 'ok', liveness: livenessVerdict(reached, decisions) } as const;
  if (run.stopped !== 'done' || reached < decisions) {
    // Chains of unequal difficulty: at the very end a heavier chain of fewer blocks can win.
    const reason = run.stopped === 'done' ? 'a heavier chain with fewer blocks won at the end' : REASONS[run.stopped];
    return {
      state: 'stalled',
      reason: `${reason}: ${reached} of ${decisions} decisions`,
      decisions: reached,
      divisor: height,
      counts: { messages: 0, bytes: 0 },
      latencies_us: [],
      finalities_us: [],
      elapsed_us: 0,
      confirmations,
      ...verdicts,
      events: run.events,
    };
  }
  const latencies_us = new Array<number>(decisions);
  for (let i = 0; i < decisions; i++) latencies_us[i] = accepted_us[i + 1] - accepted_us[i];
  const finalities_us = new Array<number>(confirmations === null ? 0 : Math.max(0, Math.min(decisions, height - confirmations + 1)));
  for (let i = 0; i < finalities_us.length; i++) finalities_us[i] = accepted_us[i + confirmations!] - accepted_us[i];
  return {
    state: 'done',
    reason: '',
    decisions,
    divisor: height,
    counts: { messages: run.messages, bytes: run.bytes, ...spec.counts(run.totals) },
    latencies_us,
    finalities_us,
    elapsed_us: accepted_us[decisions],
    confirmations,
    stale: { stale: run.totals.found - height, blocks: run.totals.found },
    ...(adversary === null ? {} : { attacks: run.attacks, reversals: run.reversals }),
    ...verdicts,
    events: run.events,
    ...(run.history === undefined ? {} : { operations: spec.operations(run.history) }),
  };
}
