// The lotteries of the message-by-message twin, a candidate at a time, and its blocks.
import { ln } from '../../../assembly/portable/math.ts';
import { continuousRules } from './difficulty.ts';
import { inSpan } from './rules.ts';
import { PURPOSE, draw32, drawKey, drawUnit } from '../core/draws.ts';
import type { MemberJob } from './messages-pool.ts';
import type { External } from '../messages/engine.ts';
import type { BlockView, ChainSpec, Lottery } from './spec.ts';

export interface Block {
  readonly number: number;
  readonly parent: Block | null;
  readonly height: number;
  readonly miner: number;
  readonly found_us: number;
  /** The weight of the chain up to it. */
  readonly weight: number;
  /** Target of a child, of no meaning where difficulty never changes and at the genesis block; and its difficulty. */
  readonly target: number;
  readonly next: number;
  /** When the first block of its difficulty period was found. */
  readonly period_us: number;
}

export const GENESIS: Block = { number: 0, parent: null, height: 0, miner: -1, found_us: 0, weight: 0, target: 0, next: 1, period_us: 0 };

export function child(
  parent: Block,
  found: { number: number; miner: number; found_us: number },
  { lottery, weigh, blocks }: Pick<ChainSpec, 'lottery' | 'weigh'> & { readonly blocks: BlockView },
): Block {
  const height = parent.height + 1;
  const {
    retarget_blocks,
    interval_us,
    difficulty: own,
  } = lottery.kind === 'clock' ? lottery : { retarget_blocks: Infinity, interval_us: 0, difficulty: undefined };
  const rules = own ?? continuousRules(interval_us, retarget_blocks);
  const before = parent.parent === null ? rules.first : parent.target;
  const weight =
    weigh === undefined
      ? rules.heavier(parent.weight, before)
      : weigh(
          parent.weight,
          { parent: parent.number, height, miner: found.miner, found_us: found.found_us, difficulty: parent.next },
          blocks,
        );
  const period_us = height % retarget_blocks === 0 ? found.found_us : parent.period_us;
  const isLast = (height + 1) % retarget_blocks === 0;
  const target = isLast ? rules.adjusted(before, { first_us: period_us, last_us: found.found_us }) : before;
  return { ...found, parent, height, weight, target, next: rules.difficulty(target), period_us };
}

/** A candidate of the lottery: a block if its winner mines at `difficulty`, thinned if at a higher one. */
export interface Candidate {
  readonly number: number;
  /** Its slot; 0 for a clock. */
  readonly slot: number;
  readonly difficulty: number;
}

/** A participant's timer. */
export const BLOCK_TIMER = 'block';

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
  readonly orphans: Map<number, { readonly block: Block; readonly from: number; readonly checked_us: number }[]>;
  readonly found: Block[];
  /** Blocks of others that it has made whole, by the number of the parent that is missing. */
  readonly handed: Map<number, Block[]>;
  /** Accepted in this microsecond. */
  fresh: Block[];
  choosing: boolean;
  tip: Block;
  /** The block that its timer runs on, or has run out on; null: it has not begun. */
  waitsOn: Block | null;
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
  /** The last job that a pool's operator sent it. */
  job: MemberJob;
  /** Blocks of its own that nobody has seen, for now (the adversary's; its `tip` is the public one) or for ever (never completed). */
  readonly withheld: Map<number, Block>;
}

/** One that knows the genesis block. */
export function freshParticipant(id: number): Participant {
  return {
    id,
    accepted: new Map([[0, { block: GENESIS, at_us: 0 }]]),
    known: new Set([0]),
    received: new Set([0]),
    announcers: new Map(),
    orphans: new Map(),
    found: [],
    handed: new Map(),
    fresh: [],
    choosing: false,
    tip: GENESIS,
    waitsOn: null,
    client: {
      payment: 0,
      paid_us: Infinity,
      delivered: true,
      finalRemoved: 0,
      reversals: 0,
      quorums: new Set(),
      final: GENESIS,
      final_us: [0],
    },
    votes: {
      known: new Set(),
      received: new Set(),
      announcers: new Map(),
      accepted: new Map(),
      orphans: new Map(),
      weights: new Map(),
      lastRound: 0,
    },
    job: { number: 0, tip: GENESIS },
    withheld: new Map(),
  };
}

interface ClockParts {
  readonly seed: number;
  readonly spec: ChainSpec;
  readonly lottery: Extract<Lottery, { kind: 'clock' }>;
  /** By participant: the part of the graph that it is in for good; below 0: none. */
  readonly part: readonly number[];
  /** The adversary's own tip. */
  readonly branch: () => number | null;
  readonly publisherOf: (block: Block) => number;
  /** What members of a pool may mine on. */
  readonly jobTips: (states: readonly Participant[]) => readonly Block[];
}

/** Every difficulty that somebody can mine at before the next block is found. */
function difficulties(states: readonly Participant[], { part, branch, publisherOf, jobTips }: ClockParts): number[] {
  const found = [GENESIS, ...states.flatMap((state) => state.found)].sort((x, y) => x.number - y.number);
  if (found.every((block) => block.next === found[0].next)) return [found[0].next];
  const open = found.filter((block) => block === GENESIS || !states[block.miner].withheld.has(block.number));
  // Where the graph is in parts for good, a block is everywhere when all of its finder's part have it.
  const mostOf = new Map(part.filter((one) => one >= 0).map((one) => [one, 0]));
  for (const block of open) {
    if (block === GENESIS) continue;
    const reached = part[publisherOf(block)];
    if (states.every((state) => part[state.id] !== reached || state.accepted.has(block.number)))
      mostOf.set(reached, Math.max(mostOf.get(reached)!, block.weight));
  }
  const leastOf = (block: Block): number => (block === GENESIS ? Math.min(...mostOf.values()) : mostOf.get(part[publisherOf(block)])!);
  const possible = open.filter((block) => block.weight >= leastOf(block)).map((block) => block.next);
  possible.push(...jobTips(states).map(({ next }) => next));
  const own = branch();
  if (own !== null) possible.push(found[own].next);
  return possible;
}

/** The global Poisson clock, a candidate at a time; where difficulties differ it runs at the lowest. */
export function* clock(parts: ClockParts): Generator<External, null, readonly Participant[]> {
  const { seed, spec, lottery } = parts;
  const gapKey = drawKey(seed, { purpose: PURPOSE.blockGap });
  const winnerKey = drawKey(seed, { purpose: PURPOSE.blockWinner });
  const { power, live, interval_us, blocksPerCandidate = 1 } = lottery;
  const { faultSpan: span } = spec;
  const total = power.reduce((sum, share) => sum + share, 0);
  if (total === 0) return null;
  let now_us = 0;
  let difficulty = 1;
  let found = 0;
  for (let number = 1; ; number++) {
    let left_us = -ln(drawUnit(gapKey, number)) * ((interval_us * blocksPerCandidate * difficulty) / total);
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
    if (found > before) difficulty = Math.min(...difficulties(states, parts));
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
    if (lottery.leadersOf !== undefined) {
      for (const node of lottery.leadersOf(slot)) yield { at_us, node, payload: { number: slot, slot, difficulty: 1 } satisfies Candidate };
      continue;
    }
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
