// LMD-GHOST from the justified checkpoint, and what blocks carry: phase0/fork-choice.md. States are those of chains, by block; a node's store is
// what it has accepted and the attestations that it knows.
import type { AttestedChain, AttestedEnding, ForkChoice, NodeView } from '../../harness/simulate/chain/spec.ts';
import { BEFORE_FIRST, nextEpoch, type Checkpoint, type Finality } from './finality.ts';
import { NO_FACE, type Faces } from './faces.ts';
import { slashablePair, type AttestationData } from './slashing.ts';
import { grown } from '../../harness/simulate/core/grown.ts';

export interface GasperRules {
  readonly nodes: number;
  readonly faces: Faces;
  readonly validators: number;
  readonly slot_us: number;
  readonly slots_per_epoch: number;
  readonly due_us: number;
  readonly boost_percent: number;
  /** By validator: its slot in an epoch; and whose it is. */
  slotsOf(epoch: number): Uint16Array;
  nodeOf(validator: number): number;
}

/** What a chain has by a block, in the block's epoch and once that is over. */
interface BlockState {
  readonly slot: number;
  readonly state: Finality;
  readonly pulledUp: Finality;
  /** Attestations that the block carries. */
  readonly carries: readonly number[];
}

/** Source and target of a vote. */
interface Link {
  readonly source: Checkpoint;
  readonly target: Checkpoint;
}

const NONE = -1;

export class Gasper implements ForkChoice {
  private readonly rules: GasperRules;
  private readonly chain: AttestedChain;
  private readonly states: BlockState[] = [];
  private readonly children: number[][] = [[]];
  /** By slot and participant: the number of its attestation. */
  private votes = new Int32Array(0);
  private voted = 0;
  private links: Link[] = [];
  private viable = new Uint8Array(64);
  private weights = new Float64Array(64);
  /** Final blocks that no final block comes after; of those of one chain the last. */
  private finals: number[] = [];
  private contradicts = false;
  /** Of final blocks: is there one of `finals` that does not come after it? */
  private readonly disputed = new Map<number, boolean>();

  constructor(rules: GasperRules, chain: AttestedChain) {
    this.rules = rules;
    this.chain = chain;
    this.add(0, 0, BEFORE_FIRST, []);
  }

  private epochOf(slot: number): number {
    return Math.floor(slot / this.rules.slots_per_epoch);
  }
  private slotAt(at_us: number): number {
    return Math.floor(at_us / this.rules.slot_us);
  }

  private add(block: number, slot: number, state: Finality, carries: readonly number[]): void {
    const pulledUp = nextEpoch(state, this.rules.validators, (epoch) => this.checkpoint(block, slot, epoch));
    this.states[block] = { slot, state, pulledUp, carries };
    this.finalise(pulledUp.finalized.block);
  }

  private finalise(block: number): void {
    if (this.finals.some((other) => this.isOn(block, other))) return;
    this.finals = [...this.finals.filter((other) => !this.isOn(other, block)), block];
    this.contradicts ||= this.finals.length > 1;
    this.disputed.clear();
  }
  /** Is a block on the chain that ends with `tip`? */
  private isOn(block: number, tip: number): boolean {
    const { blocks } = this.chain;
    let at = tip;
    while (blocks.height(at) > blocks.height(block)) at = blocks.parent(at);
    return at === block;
  }

  /** The checkpoint of an epoch on the chain that ends with a block, or goes on from it without blocks. */
  private checkpoint(tip: number, slot: number, epoch: number): Checkpoint {
    const { blocks } = this.chain;
    const first = epoch * this.rules.slots_per_epoch;
    let block = tip;
    for (let at = slot; at > first && block !== 0; at = this.states[block].slot) block = blocks.parent(block);
    return { epoch, block };
  }

  /** The state of a chain at the begin of an epoch after its tip's, or in that. */
  private stateIn(tip: number, epoch: number): Finality {
    const { slot, state, pulledUp } = this.states[tip];
    if (state.epoch >= epoch) return state;
    let at = pulledUp;
    while (at.epoch < epoch) at = nextEpoch(at, this.rules.validators, (one) => this.checkpoint(tip, slot, one));
    return at;
  }

  /** Looks at attestations that were made since: what each says of checkpoints, and where it stands. */
  private takeIn(): void {
    const { attestations } = this.chain;
    const { participants } = this.rules.faces;
    for (; this.voted < attestations.length; this.voted++) {
      const { slot, voter, block } = attestations[this.voted];
      const place = slot * participants + voter;
      while (place >= this.votes.length) {
        const before = this.votes.length;
        this.votes = grown(this.votes, Math.max(1024, 2 * before));
        this.votes.fill(NONE, before);
      }
      this.votes[place] = this.voted;
      const epoch = this.epochOf(slot);
      this.links.push({ source: this.stateIn(block, epoch).current, target: this.checkpoint(block, this.states[block].slot, epoch) });
    }
  }

  /** The attestation of a participant in a slot. */
  private voteOf(slot: number, participant: number): number {
    if (participant === NO_FACE) return NONE;
    return this.votes[slot * this.rules.faces.participants + participant] ?? NONE;
  }

  found(block: number, maker: NodeView): void {
    this.takeIn();
    const { blocks, attestations } = this.chain;
    const slot = this.slotAt(blocks.found_us(block));
    const epoch = this.epochOf(slot);
    const parent = blocks.parent(block);
    this.children[block] = [];
    this.children[parent].push(block);
    const before = this.stateIn(parent, epoch);
    // Attestations of this epoch and the one before may still be carried.
    const first = (epoch - 1) * this.rules.slots_per_epoch;
    const carried = new Set<number>();
    for (let at = parent; at !== 0 && this.states[at].slot >= first; at = blocks.parent(at))
      for (const one of this.states[at].carries) carried.add(one);
    const carries: number[] = [];
    const checkpoints = [epoch - 1, epoch].map((one) => this.checkpoint(parent, this.states[parent].slot, one));
    const sources = [before.previous, before.current];
    const targets = [before.previousTarget, before.target];
    for (let one = this.voted - 1; one >= 0 && attestations[one].slot >= first; one--) {
      const { source, target } = this.links[one];
      const which = target.epoch === epoch ? 1 : 0;
      if (target.block !== checkpoints[which].block || source.epoch !== sources[which].epoch || source.block !== sources[which].block)
        continue;
      // A validator counts once, whichever of its faces voted.
      const { slot: its, voter } = attestations[one];
      if (carried.has(one) || carried.has(this.voteOf(its, this.rules.faces.other[voter])) || !maker.knows(one)) continue;
      carried.add(one);
      carries.push(one);
      targets[which] += attestations[one].weight;
    }
    this.add(block, slot, { ...before, previousTarget: targets[0], target: targets[1] }, carries);
  }

  /** `get_voting_source`: what the chain of a block justifies now. */
  private justified(block: number, epoch: number): Checkpoint {
    const { state, pulledUp } = this.states[block];
    return state.epoch < epoch ? pulledUp.current : state.current;
  }

  private isDisputed(block: number): boolean {
    let disputed = this.disputed.get(block);
    if (disputed === undefined) this.disputed.set(block, (disputed = this.finals.some((final) => !this.isOn(block, final))));
    return disputed;
  }

  /** What a node goes by where final blocks contradict each other: nothing that does not come after the first of them that it knew to be final (`on_block`). */
  private loyal(node: NodeView, at_us: number): NodeView {
    const { blocks } = this.chain;
    let first_us = Infinity;
    let root = 0;
    for (let block = 1; block < this.states.length; block++) {
      const accepted_us = node.accepted_us(block);
      if (accepted_us === Infinity) continue;
      const { state, pulledUp } = this.states[block];
      const over_us = Math.max(accepted_us, (state.epoch + 1) * this.rules.slots_per_epoch * this.rules.slot_us);
      for (const [{ finalized }, known_us] of [[state, accepted_us] as const, [pulledUp, over_us] as const])
        if (known_us <= at_us && known_us < first_us && this.isDisputed(finalized.block)) {
          first_us = known_us;
          root = finalized.block;
        }
    }
    if (root === 0) return node;
    const after = new Uint8Array(this.states.length);
    for (let block = root; block < after.length; block++) after[block] = block === root ? 1 : after[blocks.parent(block)];
    return {
      accepted_us: (block) => (after[block] === 1 ? node.accepted_us(block) : Infinity),
      knows: (attestation) => node.knows(attestation),
    };
  }

  head(whole: NodeView, at_us: number): number {
    this.takeIn();
    const node = this.contradicts ? this.loyal(whole, at_us) : whole;
    const slot = this.slotAt(at_us);
    const epoch = this.epochOf(slot);
    const last = this.states.length - 1;
    let best = BEFORE_FIRST.current;
    for (let block = last; block > 0 && this.states[block].state.epoch >= best.epoch; block--) {
      if (node.accepted_us(block) === Infinity) continue;
      const justified = this.justified(block, epoch);
      if (justified.epoch > best.epoch) best = justified;
    }
    const highest = this.watchTree(node, best, epoch, last);
    let weights: Float64Array | null = null;
    for (let at = best.block; ;) {
      let next = NONE;
      for (const child of this.children[at]) {
        if (this.viable[child - best.block] !== YES) continue;
        if (next === NONE) {
          next = child;
          continue;
        }
        weights ??= this.weigh(node, { root: best, slot, last: highest });
        // Ties go to the higher number.
        if (weights[child - best.block] >= weights[next - best.block]) next = child;
      }
      if (next === NONE) return at;
      at = next;
    }
  }

  /** `filter_block_tree`: from which blocks after the root a viable leaf can be reached. Returns the last block that the node has. */
  private watchTree(node: NodeView, root: Checkpoint, epoch: number, last: number): number {
    const { blocks } = this.chain;
    const size = last - root.block + 1;
    if (this.viable.length < size) {
      this.viable = new Uint8Array(2 * size);
      this.weights = new Float64Array(2 * size);
    }
    const viable = this.viable.fill(UNSEEN, 0, size);
    let highest = root.block;
    for (let block = last; block > root.block; block--) {
      const at = block - root.block;
      if (node.accepted_us(block) === Infinity) {
        viable[at] = NO;
        continue;
      }
      if (highest === root.block) highest = block;
      if (viable[at] === UNSEEN) {
        const source = this.justified(block, epoch);
        viable[at] = source.epoch === root.epoch || source.epoch + 2 >= epoch ? YES : NO;
      }
      const parent = blocks.parent(block) - root.block;
      if (parent >= 0 && viable[parent] !== YES) viable[parent] = viable[at];
    }
    return highest;
  }

  private known(node: NodeView, slot: number, participant: number): number {
    const vote = this.voteOf(slot, participant);
    return vote !== NONE && node.knows(vote) ? vote : NONE;
  }

  /** `get_weight`, times 100 and the slots of an epoch, so that a boost of a part of a slot's weight is an integer. By block, from the root on. */
  private weigh(node: NodeView, { root, slot, last }: { root: Checkpoint; slot: number; last: number }): Float64Array {
    const { validators, slots_per_epoch, due_us, boost_percent, faces, slot_us } = this.rules;
    const { blocks, attestations } = this.chain;
    const weights = this.weights.fill(0, 0, last - root.block + 1);
    const epoch = this.epochOf(slot);
    // A validator's latest message; those from before the root's epoch are not on blocks after it.
    const epochs: { readonly first: number; readonly slotOf: Uint16Array }[] = [];
    for (let one = epoch; one >= Math.max(0, root.epoch); one--)
      epochs.push({ first: one * slots_per_epoch, slotOf: this.rules.slotsOf(one) });
    for (let validator = 0; validator < validators; validator++) {
      const owner = this.rules.nodeOf(validator);
      const face = faces.other[owner];
      let latest = NONE;
      for (const { first, slotOf } of epochs) {
        const its = first + slotOf[validator];
        // Votes count from the next slot on.
        if (its >= slot) continue;
        let vote = this.known(node, its, owner);
        if (face !== NO_FACE) {
          const second = this.known(node, its, face);
          // Who has voted for two is caught, and counts for nothing.
          if (vote !== NONE && second !== NONE && attestations[vote].block !== attestations[second].block) {
            latest = NONE;
            break;
          }
          if (vote === NONE) vote = second;
        }
        if (latest === NONE) latest = vote;
        if (latest !== NONE && face === NO_FACE) break;
      }
      const on = latest === NONE ? 0 : attestations[latest].block - root.block;
      if (on > 0) weights[on] += 100 * slots_per_epoch;
    }
    for (let block = last; block > root.block && this.states[block].slot === slot; block--)
      if (node.accepted_us(block) < slot * slot_us + due_us) weights[block - root.block] += boost_percent * validators;
    for (let block = last; block > root.block; block--) {
      const parent = blocks.parent(block) - root.block;
      if (parent > 0) weights[parent] += weights[block - root.block];
    }
    return weights;
  }

  /** Where validators equivocate: how many of them all the slashing rules catch by the votes of the run. */
  get ending(): AttestedEnding {
    const { contradicts, rules } = this;
    if (rules.faces.cut === null) return { contradicts, observed: {} };
    this.takeIn();
    const { attestations } = this.chain;
    const votes: AttestationData[][] = Array.from({ length: rules.validators }, () => []);
    for (const [number, { slot, voter, block }] of attestations.entries()) {
      const { source, target } = this.links[number];
      const epoch = this.epochOf(slot);
      const owner = voter < rules.nodes ? voter : rules.faces.other[voter];
      const slotOf = rules.slotsOf(epoch);
      const data = { source: source.epoch, target: target.epoch, root: `${slot} ${block}` };
      for (let validator = owner; validator < rules.validators; validator++)
        if (rules.nodeOf(validator) === owner && slotOf[validator] === slot - epoch * rules.slots_per_epoch) votes[validator].push(data);
    }
    const guilty = votes.filter((list) => slashablePair(list) !== null).length;
    return { contradicts, observed: { slashable_share: guilty / rules.validators } };
  }

  final(tip: number, at_us: number): number {
    const { state, pulledUp } = this.states[tip];
    return (state.epoch < this.epochOf(this.slotAt(at_us)) ? pulledUp : state).finalized.block;
  }
}

/** Of a block: no leaf below it is viable, one is, or nothing is below it yet. */
const UNSEEN = 0;
const NO = 1;
const YES = 2;
