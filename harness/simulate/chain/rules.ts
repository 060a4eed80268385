// What a chain mechanism hands to its engines, and how a finished run becomes an Outcome. chain.ts (fast) and
// chain-messages.ts (message by message) share these types, the peer graph and the draw function, nothing else.
// The rules themselves: docs/chains.md.
import { MAX_CONFIRMATIONS } from './confirmations.ts';
import type { Stop } from '../check/liveness.ts';
import { longestLink_us, upload_ns } from '../core/network.ts';
import type { Network } from '../../model/network.ts';
import { autoGiveUpDeficit, type LotteryShares } from './shares.ts';
import { EngineLimit, type Setup } from '../core/contract.ts';
import type { Counts, Operation, Outcome, Verdict } from '../../model/outcome.ts';

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

/**
 * What an adversary does while the fault holds. double-spend: it pays a merchant and withholds a branch that reverses the
 * payment. publish: it publishes what it finds. exclude: it never builds on an honest block, and publishes its own
 * branch whenever that has the most work.
 */
export type Strategy = 'double-spend' | 'publish' | 'exclude';

export interface ChainSpec {
  readonly lottery: Lottery;
  /** Nodes, then the adversary where there is one. */
  readonly participants: number;
  /** Each participant's share of all power or stake. */
  readonly shares: Float64Array;
  /** The adversary's number, or null. */
  readonly adversary: number | null;
  readonly strategy: Strategy;
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
  /** The adversary's share of what is live, which `confirmations` are chosen against. */
  readonly adversaryShare: number;
  /** z of the closed form; null where none is finite. */
  readonly confirmations: number | null;
  /** What node 0 treats as final, and its merchant waits for; Infinity: nothing ever is. */
  readonly merchantConfirmations: number;
  readonly giveUpDeficit_blocks: number;
  /** The run goes on until so many attacks have ended, within limits (see RunEnd). */
  readonly attacks: number;
  /** Counts that the mechanism adds to messages and bytes. */
  readonly counts: (totals: ChainTotals) => Partial<Counts>;
  /** crypto: measured: the operations of the whole run, by main-chain block. */
  readonly operations: (history: ChainHistory) => readonly (readonly Operation[])[];
}

/** What is counted: the run up to the last confirmation of the last decision. */
export interface ChainTotals {
  readonly participants: number;
  /** Participants that hold some power or stake, ascending. */
  readonly holders: readonly number[];
  /** When the client's node had the last block that decisions and confirmations needed. */
  readonly stop_us: number;
  /** Slots begun by then; 0 for a clock. */
  readonly slots: number;
  /** Blocks found by then, withheld ones included. */
  readonly found: number;
  /** Blocks received: each block published by then at each participant but its finder. */
  readonly receptions: number;
}

export interface BlockInfo {
  readonly number: number;
  readonly parent: number;
  readonly height: number;
  readonly miner: number;
  readonly found_us: number;
  /** Published by `stop_us`, and so counted. */
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
  readonly stopped: Stop;
  readonly totals: ChainTotals;
  /** About blocks that were published by `stop_us`. */
  readonly messages: number;
  readonly bytes: number;
  /** Height of the client's chain at `stop_us`; 0 where the run did not come so far. */
  readonly stopHeight: number;
  /** Blocks of the whole run, withheld ones included. */
  readonly found: number;
  /** When the client's node first accepted each block of its final chain, by height (0 is the genesis block). */
  readonly accepted_us: ArrayLike<number>;
  /** Who found each block of that chain, by height; what stands at 0 has no meaning. */
  readonly miners: ArrayLike<number>;
  /** Medians over the honest blocks of the whole run; null where there is none. */
  readonly propagation_us: Propagation | null;
  readonly attacks: number;
  /** Reorganisations at the client's node that removed what it treats as final; and those of them onto a branch of the adversary's. */
  readonly finalRemoved: number;
  readonly reversals: number;
  readonly events: number;
  readonly history?: ChainHistory;
}

/** Microseconds from a block's publication until participants with half, 90% and 99% of all power or stake had accepted it. */
export interface Propagation {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** The shares above, less what sums of shares may be wrong by: ten times 1/10 is a little below 1. */
export const PROPAGATION_SHARES = [0.5, 0.9, 0.99].map((share) => share * (1 - 1e-9)) as readonly number[];

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
    this.until_us = spec.window.until_us;
  }

  /** The client's chain has this height now. */
  reached(height: number, at_us: number): void {
    if (this.stop_us < Infinity || height < this.stopHeight) return;
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

/** Parameters that every chain mechanism has, as chain-parameters.ts declares them. */
export interface CommonParameters {
  readonly relay: 'announce' | 'direct';
  readonly peer_degree: number | 'all';
  readonly merchant_confirmations: number | 'auto';
  readonly give_up_deficit_blocks: number | 'auto';
  readonly attacks: number | 'auto';
}

/**
 * The part of a spec that does not depend on the mechanism. `rho`: the chance with which an attacker gains a block on the
 * public chain for good (q/p in proof of work).
 */
export function commonSpec(
  setup: Setup,
  p: CommonParameters,
  { shares, adversary }: LotteryShares,
  race: { readonly confirmations: number | null; readonly q: number; readonly rho: number },
): Pick<
  ChainSpec,
  | 'participants'
  | 'shares'
  | 'adversary'
  | 'strategy'
  | 'window'
  | 'relay'
  | 'peerDegree'
  | 'adversaryShare'
  | 'confirmations'
  | 'merchantConfirmations'
  | 'giveUpDeficit_blocks'
  | 'attacks'
> {
  const { faults } = setup;
  const { confirmations, q, rho } = race;
  const merchantConfirmations = p.merchant_confirmations === 'auto' ? (confirmations ?? Infinity) : p.merchant_confirmations;
  // Nobody to cheat: with half of the power it can still keep everybody else's blocks out, with less it cannot for long.
  const strategy = merchantConfirmations < Infinity ? 'double-spend' : q >= 0.5 ? 'exclude' : 'publish';
  const attacking = adversary !== null && shares[adversary] > 0 && strategy === 'double-spend';
  return {
    participants: shares.length,
    shares,
    adversary,
    strategy,
    window: { from_us: faults.from_us, until_us: faults.until_us },
    relay: p.relay,
    peerDegree: p.peer_degree === 'all' ? Infinity : p.peer_degree,
    adversaryShare: q,
    confirmations,
    merchantConfirmations,
    giveUpDeficit_blocks: p.give_up_deficit_blocks === 'auto' ? autoGiveUpDeficit(rho) : p.give_up_deficit_blocks,
    attacks: attacking && p.attacks !== 'auto' ? p.attacks : 0,
  };
}

/** The numbers of those that hold something. */
export function holdersOf(shares: Float64Array): number[] {
  const holders: number[] = [];
  for (let node = 0; node < shares.length; node++) if (shares[node] > 0) holders.push(node);
  return holders;
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

/**
 * A horizon for cells that name none: virtual time in which the asked blocks come but for a chance of about 1e-9.
 *
 * After a block everybody has it within `spread_us`, and then the next height comes after a mean gap of `gap_us` at the
 * power that is left (`live`). So B heights take at most a sum of B exponential (or geometric) gaps and B spreads; the sum
 * is beyond B + sqrt(2 x B) + x mean gaps with a chance below e^-x (Laurent and Massart 2000, Lemma 1); x is 20. Twice
 * that, for difficulties that vary (see `difficulty` in pow.ts). A fault that ends may have let no block through: everything
 * is added to its end, at the power that there is afterwards.
 */
export function chainHorizon_us(setup: Omit<Setup, 'horizon_us'>, spec: ChainSpec, gap_us: (live: number) => number): number {
  const { faults, cell } = setup;
  const lasting = faults.until_us === Infinity || faults.kind !== 'crash';
  // With nothing left the engines stop by themselves.
  const live = lasting && faults.ratio < 1 ? 1 - faults.ratio : 1;
  const blocks = Math.max(stopHeight(cell.decisions, spec.confirmations), ATTACK_BLOCKS * spec.attacks);
  const X = 20;
  const gaps = blocks + Math.sqrt(2 * X * blocks) + X;
  const after_us = faults.until_us === Infinity ? 0 : faults.until_us;
  return after_us + Math.ceil(2 * (gaps * gap_us(live) + (blocks + X) * spread_us(setup, spec)));
}

/** Longer than a block takes to reach everybody, but for a chance of a millionth a message. */
function spread_us(setup: Omit<Setup, 'horizon_us'>, spec: ChainSpec): number {
  const { participants, peerDegree, relay } = spec;
  const network = hopNetwork(setup.network);
  const travel_us = longestLink_us(network, 1e-6);
  const connections = relay === 'direct' ? participants - 1 : Math.min(peerDegree, participants - 1);
  const validate_us = spec.validate_ns / 1000;
  const body_us = shareUpload_us(network, MESSAGE_HEADER_BYTES + spec.blockBytes, connections) + travel_us + validate_us;
  const hop_us = relay === 'direct' ? body_us : body_us + 2 * (shareUpload_us(network, INVENTORY_BYTES, connections) + travel_us);
  return hopsAtMost(participants, connections) * hop_us;
}

/** Hops between any two of `nodes` in a random regular graph: half of a ring, else twice what its widening asks for. */
function hopsAtMost(nodes: number, degree: number): number {
  if (degree >= nodes - 1) return 1;
  if (degree <= 2) return nodes >> 1;
  let hops = 1;
  for (let reach = degree; reach < nodes; reach *= degree - 1) hops += 1;
  return 2 * hops + 2;
}

/** What stopped a run before it had what is `missing`. */
function stoppedBecause(stopped: Stop, missing: string, setup: Setup): string {
  switch (stopped) {
    case 'horizon':
      return `${missing} before the horizon of ${setup.horizon_us / 1e6} s`;
    case 'budget':
      return `${missing} before the budget of ${CHAIN_EVENT_BUDGET} lottery events`;
    case 'idle':
      return `${missing}: nobody is left to make a block`;
    case 'done':
      // Chains of unequal difficulty: at the very end a heavier chain of fewer blocks can win.
      return `${missing}: a heavier chain with fewer blocks won at the end`;
  }
}

/** Verdict and reason of a run's liveness. */
interface Liveness {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** How rarely a stretch without users' blocks would come by chance: once in a million chains. */
const STRETCH_CHANCE = 1e-6;

/**
 * Do honest transactions get into the chain? Where every participant had its due share of blocks, a stretch of L blocks of an
 * adversary that holds q began at any given height with chance q^L: longer ones than one in a million chains of this
 * height would show are no chance. With less than half an adversary keeps nobody out for long: the branch of a payment that it
 * reversed is such a stretch, and is safety's matter; it has to be half of the chain. `violated` there; null where nothing speaks
 * against it.
 */
function exclusion(spec: ChainSpec, miners: ArrayLike<number>): Liveness | null {
  const { adversary, shares } = spec;
  if (adversary === null) return null;
  const height = miners.length - 1;
  const q = shares[adversary];
  let limit = 1;
  for (let chance = q * height; chance >= STRETCH_CHANCE && limit <= height; chance *= q) limit += 1;
  let longest = 0;
  let stretch = 0;
  for (let at = 1; at <= height; at++) {
    stretch = miners[at] === adversary ? stretch + 1 : 0;
    if (stretch > longest) longest = stretch;
  }
  if (longest < limit || (q < 0.5 && 2 * longest < height)) return null;
  return {
    verdict: 'violated',
    reason: `${longest} blocks in a row carry no user's transactions (${limit} or more come by chance in fewer than one chain in a million)`,
  };
}

/** Those of the first `count` blocks that carry users' transactions. */
function usersAmong(miners: ArrayLike<number>, adversary: number | null, count: number): number {
  let users = 0;
  for (let at = 1; at <= count; at++) if (miners[at] !== adversary) users += 1;
  return users;
}

/** Gini coefficient of blocks by participant, over those that hold something: 0 all alike, (k - 1)/k one has all. */
function giniOfBlocks(miners: ArrayLike<number>, holders: readonly number[], participants: number): number {
  const won = new Float64Array(participants);
  for (let at = 1; at < miners.length; at++) won[miners[at]] += 1;
  const ascending = Float64Array.from(holders, (node) => won[node]).sort();
  let weighted = 0;
  for (let i = 0; i < ascending.length; i++) weighted += (2 * (i + 1) - ascending.length - 1) * ascending[i];
  return weighted / (ascending.length * (miners.length - 1));
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
function countedPart({ totals, blocks, main }: ChainHistory, height: number): ChainHistory {
  const kept = main.slice(0, height + 1);
  return {
    totals,
    blocks: blocks.slice(0, totals.found + 1),
    main: kept.slice(0, 1 + kept.findLastIndex((number) => number <= totals.found)),
  };
}

/** What an adversary does whose merchant waits for ever. */
const DELIVERS_NOTHING: Readonly<Record<Strategy, string>> = {
  'double-spend': '',
  publish: ', the merchant delivers nothing, and the adversary attacks nobody',
  exclude: ', the merchant delivers nothing, and the adversary keeps the blocks of others out',
};

/** A run as the Outcome of its cell. Of a stalled run only the decisions and the verdicts stand. */
export function chainOutcome(setup: Setup, spec: ChainSpec, run: ChainRun): Outcome {
  const { decisions } = setup.cell;
  const { accepted_us, miners } = run;
  const height = accepted_us.length - 1;
  const reached = Math.min(decisions, height);
  const { confirmations, adversary } = spec;
  // Where nothing is ever reported final there is nothing that could be reversed, and nothing is shown.
  const safety: Verdict = run.finalRemoved > 0 ? 'violated' : spec.merchantConfirmations === Infinity ? 'unknown' : 'ok';
  const excluded = exclusion(spec, miners);
  const notes: string[] = [];
  if (confirmations === null)
    notes.push(
      `no finite number of confirmations (at most ${MAX_CONFIRMATIONS} are tried) has a reversal chance below ${setup.cell.risk} ` +
        `against a share of ${spec.adversaryShare}` +
        (spec.merchantConfirmations < Infinity ? '' : `: nothing is final${adversary === null ? '' : DELIVERS_NOTHING[spec.strategy]}`),
    );
  if (excluded !== null) notes.push(excluded.reason);
  if (run.stopped !== 'done' || reached < decisions) {
    const came = `${reached} of ${decisions} decisions`;
    const behind = `${Math.max(0, height - decisions)} of the ${(confirmations ?? 1) - 1} blocks that must follow the last one for its ${confirmations} confirmations`;
    const missing = reached < decisions ? came : `${came} came, but only ${behind}`;
    const verdict = excluded?.verdict ?? (run.stopped === 'idle' ? 'violated' : 'unknown');
    return {
      state: 'stalled',
      reason: [stoppedBecause(run.stopped, missing, setup), ...notes].join('; '),
      decisions: reached,
      divisor: height,
      counts: { messages: 0, bytes: 0 },
      latencies_us: [],
      finalities_us: [],
      elapsed_us: 0,
      confirmations,
      adversaryShare: spec.adversaryShare,
      safety,
      liveness: verdict,
      events: run.events,
    };
  }
  const divisor = Math.min(run.stopHeight, height);
  const users = { decisions: usersAmong(miners, adversary, decisions), divisor: usersAmong(miners, adversary, divisor) };
  // Users submit when their last block was accepted: the adversary's blocks, which carry none of them, are a part of the wait.
  const latencies_us: number[] = [];
  const finalities_us: number[] = [];
  let submitted_us = accepted_us[0];
  for (let at = 1; at <= decisions; at++) {
    if (miners[at] === adversary) continue;
    latencies_us.push(accepted_us[at] - submitted_us);
    if (confirmations !== null && at + confirmations - 1 <= height) finalities_us.push(accepted_us[at + confirmations - 1] - submitted_us);
    submitted_us = accepted_us[at];
  }
  if (users.decisions === 0 && excluded === null)
    notes.push(`none of ${decisions} decisions carries users' transactions, too few to tell why`);
  const elapsed_us = accepted_us[decisions];
  const { mining_node_s } = spec.counts({ ...run.totals, stop_us: elapsed_us });
  return {
    state: 'done',
    reason: notes.join('; '),
    decisions,
    divisor,
    counts: { messages: run.messages, bytes: run.bytes, ...spec.counts(run.totals) },
    latencies_us,
    finalities_us,
    elapsed_us,
    ...(mining_node_s === undefined ? {} : { decisionsMining_node_s: mining_node_s }),
    confirmations,
    stale: { stale: run.found - height, blocks: run.found },
    adversaryShare: spec.adversaryShare,
    chainQuality: usersAmong(miners, adversary, height) / height,
    ...(adversary === null ? {} : { attacks: run.attacks, reversals: run.reversals, users }),
    ...(run.propagation_us === null ? {} : { propagation_us: run.propagation_us }),
    giniBlocks: giniOfBlocks(miners, run.totals.holders, spec.participants),
    safety,
    liveness: excluded?.verdict ?? (users.decisions === 0 ? 'unknown' : 'ok'),
    events: run.events,
    ...(run.history === undefined ? {} : { operations: spec.operations(countedPart(run.history, divisor)) }),
  };
}
