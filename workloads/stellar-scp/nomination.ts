// One node's NOMINATE phase of one slot (draft, section 3.5): values are voted for, accepted and confirmed; confirmed ones are candidates.
import type { QuorumSystem } from '../parts/quorum-systems.ts';
import type { Nominate, Statement } from './statements.ts';
import { FederatedVote, type Reached, type Verified } from './support.ts';

export type NominationFact = Reached & { readonly kind: 'accept nominate' | 'confirm nominate'; readonly value: number };

export class Nomination {
  readonly voted = new Set<number>();
  readonly accepted = new Set<number>();
  readonly candidates = new Set<number>();
  readonly #vote: () => FederatedVote;
  readonly #values = new Map<number, FederatedVote>();
  /** What each of the others has nominated, in the order in which that came. */
  readonly #statements = new Map<number, Statement[]>();

  constructor(view: QuorumSystem, self: number, verified: Verified) {
    this.#vote = () => new FederatedVote(view, self, verified);
  }

  #value(value: number): FederatedVote {
    let vote = this.#values.get(value);
    if (vote === undefined) this.#values.set(value, (vote = this.#vote()));
    return vote;
  }

  receive(statement: Statement, { voted, accepted }: Nominate): void {
    const before = this.#statements.get(statement.signer);
    if (before === undefined) this.#statements.set(statement.signer, [statement]);
    else before.push(statement);
    for (const value of voted) this.#value(value).votes.add(statement);
    for (const value of accepted) {
      this.#value(value).votes.add(statement);
      this.#value(value).accepts.add(statement);
    }
  }

  /** Votes for values that it has neither voted for nor accepted yet. Returns whether there was one. */
  vote(values: Iterable<number>): boolean {
    let isNew = false;
    for (const value of values) {
      if (this.voted.has(value) || this.accepted.has(value)) continue;
      this.voted.add(value);
      this.#value(value).votes.addOwn();
      isNew = true;
    }
    return isNew;
  }
  accept(value: number): void {
    this.voted.delete(value);
    this.accepted.add(value);
    this.#value(value).votes.addOwn();
    this.#value(value).accepts.addOwn();
  }

  /** What a node has nominated, in the order in which that came. */
  of(node: number): readonly Statement[] {
    return this.#statements.get(node) ?? [];
  }
  /** What it may vote for of a statement of a leader's: nothing once it has a candidate. */
  votable({ pledges }: Statement, knows: (value: number) => boolean): number[] {
    if (this.candidates.size > 0 || pledges.kind !== 'nominate') return [];
    return [...pledges.voted, ...pledges.accepted].filter((value) => !this.voted.has(value) && !this.accepted.has(value) && knows(value));
  }
  /** It is forged. */
  drop(statement: Statement): void {
    const list = this.#statements.get(statement.signer) ?? [];
    this.#statements.set(
      statement.signer,
      list.filter((one) => one !== statement),
    );
  }

  next(knows: (value: number) => boolean): NominationFact | null {
    for (const [value, vote] of this.#values) {
      if (this.candidates.has(value) || !knows(value)) continue;
      const isAccepted = this.accepted.has(value);
      const reached = isAccepted ? vote.confirmed() : vote.accepted();
      if (reached !== null) return { kind: isAccepted ? 'confirm nominate' : 'accept nominate', value, ...reached };
    }
    return null;
  }

  /** What the node has to say; null: nothing. */
  pledges(): Nominate | null {
    if (this.voted.size + this.accepted.size === 0) return null;
    const sorted = (values: Iterable<number>): number[] => [...values].sort((x, y) => x - y);
    return { kind: 'nominate', voted: sorted(this.voted), accepted: sorted(this.accepted) };
  }
}
