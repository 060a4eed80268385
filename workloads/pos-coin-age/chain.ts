// What a chain of a run says of its outputs: their ages, the target, and the modifier; and which tries win on it. Each output has one try a
// second. The lottery of slots draws who has a hash, in a second, that is low enough for the largest weight at the largest target; of those
// the tries are drawn here, in the place of kernel hashes, and compared in integers with the target and the weight on that chain.
import { exp, ln } from '../../assembly/portable/math.ts';
import { alongChain } from '../../harness/simulate/chain/along.ts';
import { inSpan } from '../../harness/simulate/chain/rules.ts';
import type { BlockView, Span } from '../../harness/simulate/chain/spec.ts';
import { PURPOSE, draw32, drawKey, drawUnit, type DrawKey } from '../../harness/simulate/core/draws.ts';
import { Births } from './ages.ts';
import {
  KERNEL_MODIFIER_AGE_s,
  MODIFIER_INTERVAL_s,
  isModifierDue,
  selectModifier,
  selectionStart_s,
  type ModifierCandidate,
} from './modifier.ts';
import { COIN, DAY_s, HASHES, MAX_AGE_s, MIN_AGE_s, SPACING_s, TARGET_LIMIT, coinDayWeight, isKernel, nextTarget } from './rules.ts';

/** Parts of draw keys. */
const TRIES = 3;
const KERNEL = 4;
const PAST_MODIFIER = 5;
const SELECTION = 6;
const ENTROPY = 7;

/** Who has what when the run begins. */
export interface Holdings {
  /** By participant: how many outputs it has, and what each is worth. */
  readonly outputs: Int32Array;
  readonly value_units: Float64Array;
}

export interface CoinAgeRules extends Holdings {
  readonly seed: number;
  readonly firstTarget: bigint;
  /** Of the outputs, one participant's after another's. */
  readonly births: () => Births;
  /** The part of everybody's outputs that is left in a span; the others age. */
  readonly live: number;
  readonly span: Span;
}

/** A modifier and the block that had it first; the run begins with one, before which they follow each other by the clock. */
export interface Modifier {
  readonly time_s: number;
  readonly before: Modifier | null;
  readonly value: () => bigint;
}

/** What minted a block. */
export interface Kernel {
  /** Of the maker's outputs. */
  readonly output: number;
  readonly birth_s: number;
  readonly age_s: number;
  readonly modifier: bigint;
}

/** The chain up to a block. */
export interface CoinAgeState {
  readonly time_s: number;
  /** That a block on it must meet, for each coin-day. */
  readonly target: bigint;
  /** target ÷ TARGET_LIMIT × 2^32, rounded. */
  readonly reach: number;
  readonly births: Births;
  readonly modifier: Modifier;
  /** null: of the block that the run begins with. */
  readonly kernel: Kernel | null;
}

const onceOnly = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};

const draw64 = (key: DrawKey, receiver: number): bigint => (BigInt(draw32(key, receiver, 0)) << 32n) | BigInt(draw32(key, receiver, 1));

/** One run's chain: a pure function of its blocks. */
export class CoinAgeChain {
  /** Of the chain that ends with a block. */
  readonly state: (blocks: BlockView, tip: number) => CoinAgeState;
  /** By participant: the chance that one of its outputs has a try, in a second, worth looking at. */
  readonly chance: Float64Array;
  private readonly past = new Map<number, bigint>();
  private readonly rules: CoinAgeRules;
  /** By participant: hashes below may be kernels; and ln(1 - that ÷ 2^256), of one try. */
  private readonly most: readonly bigint[];
  private readonly lnNone: Float64Array;
  /** By participant: value × 60 days over the whole coin-days of that, and a little more for what is rounded. */
  private readonly slack: Float64Array;
  /** By participant: its first output. */
  private readonly first: Int32Array;

  constructor(rules: CoinAgeRules) {
    this.rules = rules;
    const { outputs, value_units } = rules;
    this.most = Array.from(value_units, (value) => TARGET_LIMIT * coinDayWeight(value, MAX_AGE_s) + 1n);
    const most_s = MAX_AGE_s - MIN_AGE_s;
    this.slack = value_units.map((value) => (1.000001 * value * most_s) / COIN / DAY_s / Number(coinDayWeight(value, MAX_AGE_s) || 1n));
    this.lnNone = Float64Array.from(this.most, (most) => lnOfRest(Number(most) / HASHES));
    this.chance = Float64Array.from(outputs, (count, participant) => 1 - exp(count * this.lnNone[participant]));
    this.first = new Int32Array(outputs.length);
    for (let i = 1; i < outputs.length; i++) this.first[i] = this.first[i - 1] + outputs[i - 1];
    let states: ((blocks: BlockView, tip: number) => CoinAgeState) | undefined;
    // Ages are drawn when somebody asks.
    this.state = (blocks, tip) =>
      (states ??= alongChain<CoinAgeState>(this.begin(), (before, block) => this.following(blocks, before, block)))(blocks, tip);
  }

  /** Does one of a participant's outputs win its try then, on the chain that ends with a tip? */
  wins(blocks: BlockView, tip: number, participant: number, at_us: number): boolean {
    return this.kernelOf(this.state(blocks, tip), participant, secondOf(at_us)) !== null;
  }

  private begin(): CoinAgeState {
    const past = -MODIFIER_INTERVAL_s;
    const modifier: Modifier = { time_s: past, before: null, value: () => this.pastModifier(past) };
    const { firstTarget } = this.rules;
    return { time_s: 0, target: firstTarget, reach: reachOf(firstTarget), births: this.rules.births(), modifier, kernel: null };
  }

  private following(blocks: BlockView, before: CoinAgeState, block: number): CoinAgeState {
    const miner = blocks.miner(block);
    const parent = blocks.parent(block);
    const time_s = secondOf(blocks.found_us(block));
    const kernel = this.kernelOf(before, miner, time_s);
    if (kernel === null) throw new Error(`block ${block} of participant ${miner} has no kernel`);
    const due = isModifierDue({ last_s: before.modifier.time_s, parent_s: before.time_s, block_s: time_s });
    const { modifier: last } = before;
    const made: Modifier = { time_s, before: last, value: onceOnly(() => this.modifierAfter(blocks, parent, last.value())) };
    const target = nextTarget(before.target, time_s - before.time_s);
    return {
      time_s,
      target,
      reach: reachOf(target),
      births: before.births.with(this.first[miner] + kernel.output, time_s),
      modifier: due ? made : last,
      kernel,
    };
  }

  /**
   * The output that mints, of several in one second the first; null: none does. Tries are independent, output by output: the next one worth
   * looking at is a geometric number of outputs on, the first of them given that there is one.
   */
  private kernelOf(state: CoinAgeState, participant: number, time_s: number): Kernel | null {
    const { seed, outputs, value_units, live, span } = this.rules;
    const count = outputs[participant];
    const lnNone = this.lnNone[participant];
    const modifier = this.kernelModifier(state, time_s);
    if (count === 0 || modifier === null) return null;
    const key = drawKey(seed, { purpose: PURPOSE.eligibility, type: TRIES, sequence: time_s });
    const hashes = drawKey(seed, {
      purpose: PURPOSE.eligibility,
      type: KERNEL,
      view: Number(modifier >> 32n),
      sequence: Number(modifier & 0xffffffffn),
      sender: time_s,
    });
    const inReach = live < 1 && inSpan(span, time_s * 1e6) ? Math.ceil(count * live) : count;
    const value = value_units[participant];
    let output = Math.min(count - 1, Math.floor(lnOfRest(drawUnit(key, participant) * this.chance[participant]) / lnNone));
    for (let i = 1; output < inReach; i++) {
      const birth_s = state.births.at_s(this.first[participant] + output);
      const age_s = time_s - birth_s;
      // Most are far above; what is near is compared in integers.
      const high = draw32(hashes, this.first[participant] + output, 0);
      if (high <= ((Math.min(age_s, MAX_AGE_s) - MIN_AGE_s) / (MAX_AGE_s - MIN_AGE_s)) * state.reach * this.slack[participant]) {
        const hash = (draw64(hashes, this.first[participant] + output) * this.most[participant]) >> 64n;
        if (isKernel(hash, { target: state.target, value_units: value, age_s })) return { output, birth_s, age_s, modifier };
      }
      output += 1 + Math.floor(ln(drawUnit(key, participant, i)) / lnNone);
    }
    return null;
  }

  /** GetKernelStakeModifierV05: the last one that is old enough; null where the chain's last block is that old itself. */
  private kernelModifier({ time_s: tip_s, modifier }: CoinAgeState, time_s: number): bigint | null {
    const until_s = time_s - KERNEL_MODIFIER_AGE_s;
    if (tip_s <= until_s) return null;
    for (let at: Modifier | null = modifier; at !== null; at = at.before) if (at.time_s <= until_s) return at.value();
    return this.pastModifier(until_s);
  }

  /** Before the run there was one for each interval. */
  private pastModifier(time_s: number): bigint {
    const interval = Math.floor(time_s / MODIFIER_INTERVAL_s);
    let modifier = this.past.get(interval);
    if (modifier === undefined) {
      const key = drawKey(this.rules.seed, { purpose: PURPOSE.eligibility, type: PAST_MODIFIER });
      this.past.set(interval, (modifier = draw64(key, interval)));
    }
    return modifier;
  }

  /** By blocks of the chain up to one, and where that is too short by others before it, 600 s apart. Hashes and bits are draws. */
  private modifierAfter(blocks: BlockView, parent: number, last: bigint): bigint {
    const { seed } = this.rules;
    const selection = drawKey(seed, {
      purpose: PURPOSE.eligibility,
      type: SELECTION,
      view: Number(last >> 32n),
      sequence: Number(last & 0xffffffffn),
    });
    const entropy = drawKey(seed, { purpose: PURPOSE.eligibility, type: ENTROPY });
    const candidate = (block: number, time_s: number): ModifierCandidate => ({
      time_s,
      selection: draw64(selection, block) << 192n,
      isStake: true,
      entropyBit: (draw32(entropy, block) & 1) as 0 | 1,
    });
    const from_s = selectionStart_s(secondOf(blocks.found_us(parent)));
    const candidates: ModifierCandidate[] = [];
    let block = parent;
    for (; block > 0 && secondOf(blocks.found_us(block)) >= from_s; block = blocks.parent(block))
      candidates.push(candidate(block, secondOf(blocks.found_us(block))));
    if (block === 0) for (let i = 0; -SPACING_s * i >= from_s; i++) candidates.push(candidate(-i, -SPACING_s * i));
    return selectModifier(candidates.reverse(), from_s);
  }
}

const reachOf = (target: bigint): number => (Number(target) / Number(TARGET_LIMIT)) * 0x100000000;

const secondOf = (at_us: number): number => Math.floor(at_us / 1e6);

/** ln(1 - x), also of a small x. */
function lnOfRest(x: number): number {
  return x > 0.001 ? ln(1 - x) : -x * (1 + x * (1 / 2 + x * (1 / 3 + x * (1 / 4 + x / 5))));
}
