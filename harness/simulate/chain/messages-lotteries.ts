// The lotteries of the message-by-message twin, a candidate at a time, and its blocks.
import { ln } from '../../../assembly/portable/math.ts';
import { inSpan, retargeted } from './rules.ts';
import { PURPOSE, draw32, drawKey, drawUnit } from '../core/draws.ts';
import type { External } from '../messages/engine.ts';
import type { ChainSpec, Lottery } from './spec.ts';

export interface Block {
  readonly number: number;
  readonly parent: Block | null;
  readonly height: number;
  readonly miner: number;
  readonly found_us: number;
  /** The weight of the chain up to it. */
  readonly weight: number;
  /** Difficulty of a child. */
  readonly next: number;
  /** When the first block of its difficulty period was found. */
  readonly period_us: number;
}

export const GENESIS: Block = { number: 0, parent: null, height: 0, miner: -1, found_us: 0, weight: 0, next: 1, period_us: 0 };

export function child(parent: Block, found: { number: number; miner: number; found_us: number }, { lottery, weigh }: ChainSpec): Block {
  const height = parent.height + 1;
  const weight =
    weigh === undefined
      ? parent.weight + parent.next
      : weigh(parent.weight, { height, miner: found.miner, found_us: found.found_us, difficulty: parent.next });
  if (lottery.kind !== 'clock') return { ...found, parent, height, weight, next: parent.next, period_us: 0 };
  const { retarget_blocks, interval_us } = lottery;
  const period_us = height % retarget_blocks === 0 ? found.found_us : parent.period_us;
  let next = parent.next;
  if ((height + 1) % retarget_blocks === 0)
    next = retargeted({ difficulty: next, timespan_us: found.found_us - period_us, interval_us, blocks: retarget_blocks });
  return { ...found, parent, height, weight, next, period_us };
}

/** A candidate of the lottery: a block if its winner mines at `difficulty`, thinned if at a higher one. */
export interface Candidate {
  readonly number: number;
  /** Its slot; 0 for a clock. */
  readonly slot: number;
  readonly difficulty: number;
}

/** A vote of a committee. */
export interface Vote {
  readonly block: Block;
  readonly round: number;
  readonly voter: number;
  readonly weight: number;
  readonly cast_us: number;
}

/** What a participant knows of votes, by `round voter`. */
export interface KnownVotes {
  readonly known: Set<string>;
  readonly received: Set<string>;
  readonly announcers: Map<string, readonly number[]>;
  readonly accepted: Map<string, Vote>;
  /** Checked votes by the number of the block that is missing. */
  readonly orphans: Map<number, readonly { readonly vote: Vote; readonly from: number }[]>;
  /** Weight that voted, by block. */
  readonly weights: Map<number, number>;
  /** The last round that it voted in. */
  lastRound: number;
}

export interface Participant {
  readonly id: number;
  readonly accepted: Map<number, { readonly block: Block; readonly at_us: number }>;
  /** Requested, received or accepted. */
  readonly known: Set<number>;
  /** Bodies that came. */
  readonly received: Set<number>;
  /** Who else announced a block that is asked for. */
  readonly announcers: Map<number, readonly number[]>;
  /** Checked blocks by the number of the parent that is missing. */
  readonly orphans: Map<number, { readonly block: Block; readonly from: number }[]>;
  readonly found: Block[];
  /** Accepted in this microsecond. */
  fresh: Block[];
  choosing: boolean;
  tip: Block;
  /** The client's node. */
  readonly client: {
    payment: number;
    paid_us: number;
    delivered: boolean;
    finalRemoved: number;
    reversals: number;
    /** Blocks with a quorum, the last of them on the chain of those before it, and when each height of that became final. */
    readonly quorums: Set<number>;
    final: Block;
    readonly final_us: number[];
  };
  readonly votes: KnownVotes;
  /** Blocks of its own that nobody has seen, for now (the adversary's; its `tip` is the public one) or for ever (never completed). */
  readonly withheld: Map<number, Block>;
}

/** Every difficulty that somebody can mine at before the next block is found. */
function difficulties(states: readonly Participant[], part: readonly number[], branch: number | null): number[] {
  const found = [GENESIS, ...states.flatMap((state) => state.found)].sort((x, y) => x.number - y.number);
  if (found.every((block) => block.next === found[0].next)) return [found[0].next];
  const open = found.filter((block) => block === GENESIS || !states[block.miner].withheld.has(block.number));
  // Where the graph is in parts for good, a block is everywhere when all of its finder's part have it.
  const mostOf = new Map(part.filter((one) => one >= 0).map((one) => [one, 0]));
  for (const { number, miner, weight } of open)
    if (miner >= 0 && states.every((state) => part[state.id] !== part[miner] || state.accepted.has(number)))
      mostOf.set(part[miner], Math.max(mostOf.get(part[miner])!, weight));
  const leastOf = (block: Block): number => (block === GENESIS ? Math.min(...mostOf.values()) : mostOf.get(part[block.miner])!);
  const possible = open.filter((block) => block.weight >= leastOf(block)).map((block) => block.next);
  if (branch !== null) possible.push(found[branch].next);
  return possible;
}

/** The global Poisson clock, a candidate at a time; where difficulties differ it runs at the lowest. */
export function* clock(
  seed: number,
  spec: ChainSpec,
  lottery: Extract<Lottery, { kind: 'clock' }>,
  part: readonly number[],
  branch: () => number | null,
): Generator<External, null, readonly Participant[]> {
  const gapKey = drawKey(seed, { purpose: PURPOSE.blockGap });
  const winnerKey = drawKey(seed, { purpose: PURPOSE.blockWinner });
  const { power, live, interval_us } = lottery;
  const { faultSpan: span } = spec;
  const total = power.reduce((sum, share) => sum + share, 0);
  if (total === 0) return null;
  let now_us = 0;
  let difficulty = 1;
  let found = 0;
  for (let number = 1; ; number++) {
    let left_us = -ln(drawUnit(gapKey, number)) * ((interval_us * difficulty) / total);
    for (;;) {
      const inside = inSpan(span, now_us);
      const rate = inside ? live : 1;
      const change_us = inside ? span.until_us : now_us < span.from_us ? span.from_us : Infinity;
      if (rate === 0 && change_us === Infinity) return null;
      if (rate > 0 && now_us + Math.floor(left_us / rate) < change_us) {
        now_us += Math.floor(left_us / rate);
        break;
      }
      left_us -= (change_us - now_us) * rate;
      now_us = change_us;
    }
    const share = drawUnit(winnerKey, number) * total;
    let node = 0;
    for (let upTo = power[0]; node < power.length - 1 && upTo <= share; upTo += power[node]) node += 1;
    const states: readonly Participant[] = yield {
      at_us: now_us,
      node,
      payload: { number, slot: 0, difficulty } satisfies Candidate,
    };
    const before = found;
    found = states.reduce((sum, state) => sum + state.found.length, 0);
    if (found > before) difficulty = Math.min(...difficulties(states, part, branch()));
  }
}

/** The slots one after another; the leaders of a slot in the order of a draw. */
export function* slots(
  seed: number,
  spec: ChainSpec,
  lottery: Extract<Lottery, { kind: 'slots' }>,
  horizon_us: number,
): Generator<External, null, readonly Participant[]> {
  let candidates = 0;
  for (let slot = 1; slot * lottery.slot_us <= horizon_us; slot++) {
    const at_us = slot * lottery.slot_us;
    const chances = inSpan(spec.faultSpan, at_us) ? lottery.chanceInSpan : lottery.chance;
    if (spec.faultSpan.until_us === Infinity && chances.every((chance) => chance === 0)) return null;
    const key = drawKey(seed, { purpose: PURPOSE.eligibility, sequence: slot });
    const leaders = Array.from({ length: spec.participants }, (_, node) => node).filter((node) => {
      const draw = BigInt(draw32(key, node, 0)) * 0x100000000n + BigInt(draw32(key, node, 1));
      const scaled = chances[node] * 0x100000000;
      return draw < BigInt(Math.floor(scaled)) * 0x100000000n + BigInt(Math.floor((scaled - Math.floor(scaled)) * 0x100000000));
    });
    leaders.sort((x, y) => draw32(key, x, 2) - draw32(key, y, 2) || x - y);
    for (const node of leaders) {
      candidates += 1;
      yield { at_us, node, payload: { number: candidates, slot, difficulty: 1 } satisfies Candidate };
    }
  }
  // Nobody leads any more before the horizon: an event that comes too late.
  yield { at_us: horizon_us + 1, node: 0, payload: null };
  return null;
}
