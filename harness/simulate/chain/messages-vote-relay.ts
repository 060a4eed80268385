// Votes over a chain message by message: a vote is announced, asked for and sent like a block, and accepted once its block is. The rules:
// docs/chains.md.
import { VOTE_TYPE, INVENTORY_BYTES, MESSAGE_HEADER_BYTES } from './rules.ts';
import type { Block, Participant, Vote } from './messages-lotteries.ts';
import type { BlockView, ChainSpec, Committee } from './spec.ts';
import type { Message, Outbox } from '../messages/engine.ts';

export interface VoteMessage extends Message {
  /** Body only. */
  readonly vote?: Vote;
}

/** A vote was received and is checked. */
export interface VoteCheck {
  readonly kind: 'vote';
  readonly vote: Vote;
  readonly from: number;
}

/** What the protocol knows and does that votes need. */
export interface VoteDesk {
  readonly view: BlockView;
  block(number: number): Block;
  neighbours(node: number): number[];
  /** To whom a node sends its own vote, where it is not announced. */
  receivers(node: number): readonly number[];
  send(self: Participant, to: number, message: VoteMessage): void;
  /** Asks for a block that a vote is for and that was never heard of. */
  ask(self: Participant, block: number, from: number): void;
  chooseLater(self: Participant): void;
  counts(at_us: number): boolean;
}

/** What a vote takes. */
export type VoteRules = Pick<Committee, 'voteBytes' | 'verify_ns'>;

export abstract class VoteRelay {
  /** Cast after the counting had stopped. */
  readonly late = new Set<string>();
  readonly cast: Vote[] = [];
  protected readonly spec: ChainSpec;
  protected readonly desk: VoteDesk;
  private readonly rules: VoteRules;
  /** Something that was sent may be lost: requests are repeated. */
  private readonly asksAgain_us: number | null;

  constructor(spec: ChainSpec, rules: VoteRules, desk: VoteDesk, asksAgain_us: number | null) {
    this.spec = spec;
    this.rules = rules;
    this.desk = desk;
    this.asksAgain_us = asksAgain_us;
  }

  receive(self: Participant, from: number, message: VoteMessage, out: Outbox<VoteMessage>): void {
    const { votes } = self;
    const key = keyOf(message.sequence, message.view);
    if (message.type === VOTE_TYPE.announcement) {
      if (!votes.known.has(key)) this.request(self, key, from, out);
      else if (this.asksAgain_us !== null && !votes.accepted.has(key))
        votes.announcers.set(key, [...(votes.announcers.get(key) ?? []), from]);
    } else if (message.type === VOTE_TYPE.request) {
      this.sendVote(self, from, votes.accepted.get(key)!);
    } else {
      votes.known.add(key);
      votes.received.add(key);
      out.work(this.rules.verify_ns, { kind: 'vote', vote: message.vote!, from } satisfies VoteCheck);
    }
  }

  private request(self: Participant, key: string, from: number, out: Outbox<VoteMessage>): void {
    self.votes.known.add(key);
    this.inventory(self, from, VOTE_TYPE.request, key);
    if (this.asksAgain_us !== null) out.setTimer(`${TIMER}${key}`, this.asksAgain_us);
  }

  /** Is it a timer of a request for a vote? Then that was not answered: the next who announced it is asked. */
  askAgain(self: Participant, timer: string, out: Outbox<VoteMessage>): boolean {
    if (!timer.startsWith(TIMER)) return false;
    const key = timer.slice(TIMER.length);
    const { votes } = self;
    if (votes.received.has(key)) return true;
    const [next, ...others] = votes.announcers.get(key) ?? [];
    votes.announcers.set(key, others);
    if (next === undefined) votes.known.delete(key);
    else this.request(self, key, next, out);
    return true;
  }

  checked(self: Participant, { vote, from }: VoteCheck): void {
    if (self.accepted.has(vote.block.number)) {
      this.accept(self, vote, from);
      return;
    }
    const waiting = self.votes.orphans.get(vote.block.number) ?? [];
    self.votes.orphans.set(vote.block.number, [...waiting, { vote, from }]);
    if (this.asksAgain_us !== null && !self.known.has(vote.block.number)) this.desk.ask(self, vote.block.number, from);
  }

  /** A block was accepted: so are the votes on it that came before. */
  blockAccepted(self: Participant, block: Block): void {
    for (const { vote, from } of self.votes.orphans.get(block.number) ?? []) this.accept(self, vote, from);
    self.votes.orphans.delete(block.number);
  }

  private accept(self: Participant, vote: Vote, from: number): void {
    const { votes } = self;
    const key = keyOf(vote.round, vote.voter);
    votes.accepted.set(key, vote);
    votes.known.add(key);
    votes.weights.set(vote.block.number, (votes.weights.get(vote.block.number) ?? 0) + vote.weight);
    const own = vote.voter === self.id;
    if (this.spec.relay === 'announce') {
      for (const to of this.desk.neighbours(self.id)) if (to !== from) this.inventory(self, to, VOTE_TYPE.announcement, key);
    } else if (own) {
      for (const to of this.desk.receivers(self.id)) this.sendVote(self, to, vote);
    }
    if (!own) this.came(self);
  }

  /** A vote of another's was accepted. */
  protected abstract came(self: Participant): void;

  /** A node's own vote, now. */
  protected send(self: Participant, vote: Vote): void {
    this.cast.push(vote);
    if (!this.desk.counts(vote.cast_us)) this.late.add(keyOf(vote.round, vote.voter));
    this.accept(self, vote, -1);
  }

  private inventory(self: Participant, to: number, type: number, key: string): void {
    const [sequence, view] = key.split(' ').map(Number) as [number, number];
    this.desk.send(self, to, { type, view, sequence, bytes: INVENTORY_BYTES });
  }

  private sendVote(self: Participant, to: number, vote: Vote): void {
    const bytes = MESSAGE_HEADER_BYTES + this.rules.voteBytes;
    this.desk.send(self, to, { type: VOTE_TYPE.body, view: vote.voter, sequence: vote.round, bytes, vote });
  }

  isVote({ type }: Message): boolean {
    return type === VOTE_TYPE.announcement || type === VOTE_TYPE.request || type === VOTE_TYPE.body;
  }
  /** Is a message about a vote counted? */
  counted({ sequence, view }: Message): boolean {
    return !this.late.has(keyOf(sequence, view));
  }
  receivers(vote: Vote, nodes: readonly Participant[]): number {
    const key = keyOf(vote.round, vote.voter);
    return this.late.has(key) ? 0 : nodes.filter((node) => node.id !== vote.voter && node.votes.accepted.has(key)).length;
  }
}

const TIMER = 'vote ';

export function keyOf(round: number, voter: number): string {
  return `${round} ${voter}`;
}

/** At the client's node a block is final, with all before it. */
export function makeFinal({ client }: Participant, block: Block, now_us: number): void {
  if (isOn(client.final, block)) return;
  if (!isOn(block, client.final)) {
    client.finalRemoved += 1;
    if (block.height <= client.final.height) return;
    // The higher of two that contradict each other goes on.
    while (!isOn(block, client.final)) client.final = client.final.parent!;
  }
  for (let one = block; one !== client.final; one = one.parent!) client.final_us[one.height] = now_us;
  client.final = block;
}

/** Is `block` on the chain that ends with `tip`? */
export function isOn(tip: Block, block: Block): boolean {
  let at = tip;
  while (at.height > block.height) at = at.parent!;
  return at === block;
}

/** The height up to which the client's own chain is final. */
export function finalHeight({ tip, client }: Participant): number {
  return isOn(tip, client.final) ? client.final.height : 0;
}
