// Votes of a committee in the fast engine: a member's look at its tip is an event, and so is a vote's arrival at the client's node.
// How a vote reaches everyone is worked out when it is cast. The rules: docs/chains.md.
import { Arrivals, GENESIS, type Active, type Blocks } from './blocks.ts';
import { Overlay } from './overlay.ts';
import { voteRound } from './rules.ts';
import type { Spread } from './spread.ts';
import type { ChainSpec, Committee } from './spec.ts';
import { EngineLimit } from '../core/contract.ts';

/** The votes on one block. */
interface Ballot {
  readonly block: number;
  readonly round: number;
  readonly weights: ArrayLike<number>;
  /** All weight. */
  readonly total: number;
  /** When each participant accepts the block, until everybody has it; then null. */
  accepted_us: Float64Array | null;
  readonly all_us: number;
  /** Weight that the client's node knows to have voted. */
  known: number;
  /** Where the fork choice asks for them: each vote's arrivals at everyone, and the last of them. */
  readonly cast: { readonly weight: number; readonly known_us: Float64Array; readonly all_us: number }[];
}

/** What the engine knows that votes need. */
export interface BallotDesk {
  /** The tip of a node then. */
  tipOf(node: number, at_us: number): number;
  /** Is what is sent then counted? */
  counts(at_us: number): boolean;
  /** A vote is on its way to the client's node. */
  toClient(vote: number, at_us: number): void;
  note(at_us: number, node: number, text: string): void;
}

interface BallotParts {
  readonly blocks: Blocks;
  readonly spread: Spread;
  readonly desk: BallotDesk;
}

/**
 * Null where the spec has no committee.
 * @throws EngineLimit where votes would choose between chains of unequal difficulty, or with timers
 */
export function ballotsOf(spec: ChainSpec, parts: BallotParts): Ballots | null {
  const { committee, lottery } = spec;
  if (committee === undefined) return null;
  if (committee.weigh !== undefined && lottery.kind === 'clock' && lottery.retarget_blocks < Infinity)
    throw new EngineLimit('votes have no say in the fork choice of chains whose difficulty is adjusted');
  // A tip that votes bring back would have its timer run again.
  if (committee.weigh !== undefined && lottery.kind === 'timers')
    throw new EngineLimit('votes have no say in the fork choice of chains with timers');
  return new Ballots(spec, committee, parts);
}

export class Ballots extends Overlay {
  private readonly committee: Committee;
  private readonly spec: ChainSpec;
  private readonly desk: BallotDesk;
  /** Acceptances to come at which a member looks: block × participants + node. */
  private readonly looks = new Arrivals();
  private readonly ballots = new Map<number, Ballot>();
  /** By block: the last block of its chain that is voted on. */
  private readonly targets: number[] = [GENESIS];
  /** By participant: the last round that it voted in. */
  private readonly lastRound: Float64Array;
  /** By vote: what it is for, and its weight. */
  private readonly sent: { readonly ballot: Ballot; readonly weight: number }[] = [];
  private readonly scratch: Float64Array;

  constructor(spec: ChainSpec, committee: Committee, parts: BallotParts) {
    super(parts.blocks, parts.spread);
    this.spec = spec;
    this.committee = committee;
    this.desk = parts.desk;
    this.lastRound = new Float64Array(spec.participants);
    this.scratch = new Float64Array(spec.participants);
  }

  private targetOf(block: number): number {
    return (this.targets[block] ??= this.committee.target(this.blocks.view, block));
  }

  /** A block is on its way: its ballot opens where it is voted on, and members look when they accept it. */
  published(entry: Active, at_us: number): void {
    const { block, accepted_us, all_us } = entry;
    const { spec, blocks, committee } = this;
    const target = this.targetOf(block);
    if (target === block) {
      const weights = committee.weights(blocks.view, block);
      let total = 0;
      for (let node = 0; node < spec.participants; node++) total += weights[node] ?? 0;
      const round = voteRound(committee, blocks.view, block);
      this.ballots.set(block, { block, round, weights, total, accepted_us: accepted_us.slice(), all_us, known: 0, cast: [] });
    }
    if (target === GENESIS) return;
    const { weights, round } = this.ballots.get(target)!;
    for (let node = 0; node < spec.participants; node++) {
      if (!(weights[node] > 0) || node === spec.adversary || this.lastRound[node] >= round || accepted_us[node] === Infinity) continue;
      // Its finder without stages looks when it finds it.
      if (node !== blocks.miner[block] || spec.stages !== undefined || accepted_us[node] > at_us)
        this.looks.add(block * spec.participants + node, accepted_us[node]);
    }
  }

  get next_us(): number {
    return this.looks.next_us;
  }

  lookNext(): void {
    const at_us = this.looks.next_us;
    const look = this.looks.take();
    const node = look % this.spec.participants;
    this.look(node, (look - node) / this.spec.participants, at_us);
  }

  /** A member has accepted a block: where it is its tip now, it votes on the target once a round. */
  look(node: number, block: number, at_us: number): void {
    const ballot = this.ballots.get(this.targetOf(block));
    if (ballot === undefined || node === this.spec.adversary) return;
    const weight = ballot.weights[node] ?? 0;
    if (weight === 0 || this.lastRound[node] >= ballot.round || this.desk.tipOf(node, at_us) !== block) return;
    this.lastRound[node] = ballot.round;
    this.send(ballot, node, weight, at_us);
  }

  private send(ballot: Ballot, node: number, weight: number, at_us: number): void {
    const { spread, desk, committee, scratch } = this;
    if (ballot.all_us <= at_us) ballot.accepted_us = null;
    const known_us = committee.weigh === undefined ? scratch : new Float64Array(this.spec.participants);
    const vote = { view: node, sequence: ballot.round };
    const all_us = spread.vote({ ...vote, origin: node, at_us, parent_us: ballot.accepted_us, accepted_us: known_us });
    known_us[node] = at_us;
    if (committee.weigh !== undefined) ballot.cast.push({ weight, known_us, all_us });
    this.cast({ block: ballot.block, round: ballot.round, voter: node, cast_us: at_us }, weight, desk.counts(at_us));
    desk.note(at_us, node, `votes on block ${ballot.block} in round ${ballot.round}`);
    this.sent.push({ ballot, weight });
    if (known_us[CLIENT] < Infinity) desk.toClient(this.sent.length - 1, known_us[CLIENT]);
  }

  /** The client's node has a vote. Returns the block that becomes final by it, or null. */
  clientHas(vote: number): number | null {
    const { ballot, weight } = this.sent[vote];
    const before = isQuorum(ballot.known, ballot.total);
    ballot.known += weight;
    return !before && isQuorum(ballot.known, ballot.total) ? ballot.block : null;
  }

  /** What a node takes a chain to weigh: the height of the last block on it that has a quorum there counts. */
  weight(tip: number, node: number, at_us: number): number {
    return this.weighed(tip, ({ cast, total }) => {
      let known = 0;
      for (const { weight, known_us } of cast) if (known_us[node] <= at_us) known += weight;
      return isQuorum(known, total);
    });
  }
  /** No node takes it to weigh more, ever, nor less once it has the block. */
  mostWeight(tip: number): number {
    return this.weighed(tip, () => true);
  }
  leastWeight(tip: number, at_us: number): number {
    return this.weighed(tip, ({ cast, total }) => {
      let known = 0;
      for (const { weight, all_us } of cast) if (all_us <= at_us) known += weight;
      return isQuorum(known, total);
    });
  }

  private weighed(tip: number, hasQuorum: (ballot: Ballot) => boolean): number {
    const { blocks } = this;
    let target = this.targetOf(tip);
    while (target !== GENESIS && !hasQuorum(this.ballots.get(target)!)) target = this.targetOf(blocks.parent[target]);
    return this.committee.weigh!(blocks.weight[tip], blocks.height[target]);
  }
}

const CLIENT = 0;

function isQuorum(weight: number, total: number): boolean {
  return 3 * weight > 2 * total;
}
