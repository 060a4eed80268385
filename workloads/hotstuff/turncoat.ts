// Equivocators: the worst that faulty replicas can do to agreement. They share their keys, so that a faulty leader has the votes of all of them.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { halvesOf } from '../../harness/simulate/messages/byzantine.ts';
import { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { NULL_DIGEST, otherDigest, timestampOf, type SignedMessage } from '../parts/messages.ts';
import { Certificate, type Block } from './blocks.ts';
import { isVote } from './liars.ts';
import { PLAIN_BYTES, Proposal, Proven, TYPE, Vote, aboutBlock } from './messages.ts';
import type { Out, Replica } from './replica.ts';
import { STEP } from './rules.ts';
import type { Run } from './state.ts';

const PHASES: readonly { readonly vote: number; readonly shown: number }[] = [
  { vote: TYPE.prepareVote, shown: TYPE.preCommit },
  { vote: TYPE.preCommitVote, shown: TYPE.commit },
  { vote: TYPE.commitVote, shown: TYPE.decide },
];

/** Another history, which a faulty leader shows some correct replicas as if there were no other. */
class Shadow {
  /** Those that it is shown to. */
  readonly audience: readonly number[];
  block: Block;
  readonly #run: Run;
  readonly #leader: number;
  readonly #members: readonly number[];
  #phase = 0;
  #votes: Vote[] = [];

  constructor(
    run: Run,
    leader: number,
    { audience, members, block }: { audience: readonly number[]; members: readonly number[]; block: Block },
  ) {
    this.#run = run;
    this.#leader = leader;
    this.audience = audience;
    this.#members = members;
    this.block = block;
  }

  #send(message: SignedMessage, out: Out): void {
    for (const node of this.audience) out.send(node, message);
  }
  propose(justify: Certificate, batch_bytes: number, out: Out): void {
    const { block } = this;
    const { program } = this.#run.rules;
    const bytes = program.steps[STEP.proposal].bytes - program.batch_bytes + batch_bytes;
    const fields = { type: TYPE.prepare, ...aboutBlock(block), signer: this.#leader, bytes };
    const message = new Proposal({ ...fields, block, justify, proof: [] });
    this.#run.log.sign(message);
    this.#send(message, out);
    this.#voteAll();
  }
  #voteAll(): void {
    const { log, rules } = this.#run;
    const { block } = this;
    this.#votes = this.#members.map((signer) => {
      const vote = new Vote({ type: PHASES[this.#phase].vote, ...aboutBlock(block), signer, bytes: rules.vote_bytes, block });
      if (rules.form === 'aggregate') log.share(vote);
      else log.sign(vote);
      return vote;
    });
  }

  /** Returns whether the vote is for what it shows. */
  takes(vote: Vote, out: Out): boolean {
    const { block } = this;
    if (!vote.isFor(block)) return false;
    if (vote.type !== PHASES.at(this.#phase)?.vote || !vote.valid || this.#votes.some(({ signer }) => signer === vote.signer)) return true;
    this.#votes.push(vote);
    const { rules, blocks } = this.#run;
    if (this.#votes.length < rules.quorum) return true;
    const certificate = new Certificate(vote.type, block, this.#votes);
    if (rules.variant === 'basic') {
      const fields = { type: PHASES[this.#phase].shown, ...aboutBlock(block), signer: this.#leader };
      this.#send(new Proven({ ...fields, bytes: PLAIN_BYTES + rules.certificate_bytes, certificate }), out);
      this.#phase += 1;
      if (this.#phase < PHASES.length) this.#voteAll();
    } else if (rules.leaderOf(block.view + 1) === this.#leader) {
      this.block = blocks.of(block.view + 1, block, NULL_DIGEST);
      this.propose(certificate, 0, out);
    }
    return true;
  }
}

/**
 * A replica that equivocates from one moment to another. As a leader it shows half of the correct replicas what a correct one would, and the
 * others another order of the same transactions. Every other time it proposes all of them a block beside the last decided one, on the
 * certificate that this was on. All else it does as a correct one.
 */
export class Turncoat {
  readonly replica: Replica;
  readonly #run: Run;
  readonly #entry: FaultEntry;
  readonly #halfOf: (node: number) => 0 | 1;
  readonly #members: readonly number[];
  readonly #correct: readonly number[];
  readonly #inner = new Outbox<SignedMessage>();
  /** The certificate that each block was proposed with, by its number. */
  readonly #justify = new Map<number, Certificate>();
  #shadow: Shadow | null = null;
  #views = 0;

  constructor(replica: Replica, run: Run, entry: FaultEntry) {
    this.replica = replica;
    this.#run = run;
    this.#entry = entry;
    this.#halfOf = halvesOf(entry.faulty);
    const nodes = Array.from(entry.faulty, (_, node) => node);
    this.#members = nodes.filter((node) => entry.faulty[node] === 1);
    this.#correct = nodes.filter((node) => entry.faulty[node] === 0);
  }

  step(input: NodeInput<SignedMessage>, out: Out): void {
    const { from_us, until_us } = this.#entry;
    if (input.kind === 'message' && input.message instanceof Proposal) this.#heard(input.message);
    if (input.now_us < from_us || input.now_us >= until_us) {
      this.#shadow = null;
      this.replica.step(input, out);
      return;
    }
    if (input.kind === 'message' && isVote(input.message) && this.#shadow?.takes(input.message as Vote, out) === true) return;
    this.replica.step(input, this.#inner);
    for (const action of this.#inner.actions) {
      if (action.kind === 'multicast' && this.#splits(action.message, out)) continue;
      out.actions.push(action);
    }
    this.#inner.actions.length = 0;
  }

  #heard({ block, justify }: Proposal): void {
    this.#justify.set(block.number, justify);
  }

  /** What it sends as a leader goes to one half, or to nobody. */
  #splits(message: SignedMessage, out: Out): boolean {
    const { id } = this.replica;
    if (!(message instanceof Proposal || message instanceof Proven) || message.signer !== id) return false;
    if (message instanceof Proposal) this.#heard(message);
    const shown = this.#shadow;
    const goesOn = shown !== null && this.#run.rules.leadersBefore(shown.block.view) === this.#run.rules.leadersBefore(message.view);
    if (!goesOn) {
      this.#shadow = message instanceof Proposal ? this.#begin(message, out) : null;
      if (this.#shadow === null) return false;
    }
    const { audience } = this.#shadow!;
    for (const node of [...this.#members, ...this.#correct]) if (node !== id && !audience.includes(node)) out.send(node, message);
    return true;
  }

  #begin({ view, digest, justify }: Proposal, out: Out): Shadow | null {
    if (digest === NULL_DIGEST) return null;
    const { blocks } = this.#run;
    const { executed, context, id } = this.replica;
    const before = this.#views++ % 2 === 1 ? this.#justify.get(executed.number) : undefined;
    const [audience, parent, said] =
      before === undefined
        ? [this.#correct.filter((node) => this.#halfOf(node) === 1), justify, otherDigest(digest)]
        : [this.#correct, before, digest];
    const block = blocks.of(view, parent.block, said);
    const shadow = new Shadow(this.#run, id, { audience, members: this.#members, block });
    context.proposed({ view, decision: said });
    shadow.propose(parent, context.batch(timestampOf(digest)).bytes, out);
    return shadow;
  }
}
