// Basic HotStuff: Algorithm 2 of the paper. A view has a leader, who collects the votes of each phase into a certificate and shows it to all.
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import type { SignedMessage } from '../parts/messages.ts';
import { Certificate, type Block } from './blocks.ts';
import { PLAIN_BYTES, Proven, TYPE, aboutBlock, type NewView, type Proposal, type Vote } from './messages.ts';
import { Replica, type Out } from './replica.ts';
import { STEP } from './rules.ts';
import type { Job, Slot } from './state.ts';

/** Phases: PREPARE, PRE-COMMIT, COMMIT. What is voted for in each, and what its certificate is shown by. */
const VOTE_TYPES: readonly number[] = [TYPE.prepareVote, TYPE.preCommitVote, TYPE.commitVote];
const PROVEN_TYPES: readonly number[] = [TYPE.preCommit, TYPE.commit, TYPE.decide];
const PREPARE = 0;
const COMMIT = 2;
const PHASES = 3;

export class BasicReplica extends Replica {
  /** The view in which it has decided last. */
  #decidedIn = -1;

  override get needsNoQuorum(): boolean {
    return false;
  }
  override get replyView(): number {
    return this.#decidedIn + 1;
  }

  protected override onMessage(from: number, message: SignedMessage, out: Out): void {
    switch (message.type) {
      case TYPE.newView:
        this.pacemaker.onNewView(from, message as NewView, out);
        break;
      case TYPE.prepareVote:
      case TYPE.preCommitVote:
      case TYPE.commitVote:
        this.#onVote(from, message as Vote, out);
        break;
      case TYPE.prepare:
        this.#onProposal(from, message as Proposal, out);
        break;
      case TYPE.preCommit:
      case TYPE.commit:
      case TYPE.decide:
        this.#onProven(from, message as Proven, out);
        break;
      default:
        break;
    }
  }

  protected override onJob(job: Job, out: Out): void {
    switch (job.kind) {
      case 'proposal':
        this.#prepared(job.proposal, out);
        break;
      case 'votes':
        if (job.view === this.view) {
          this.pacemaker.at.works = false;
          this.#show(job.phase, job.certificate, out);
        } else if (job.phase === COMMIT) this.#decide(job.certificate, out);
        break;
      case 'proven':
        if (job.view === this.view) this.pacemaker.at.works = false;
        this.#shown(job.phase, job.certificate, out);
        break;
      default:
        break;
    }
  }

  // --- views

  /** A view begins with NEW-VIEWs, but for the one after the last decision that is asked for. */
  protected override entered(isLate: boolean, out: Out): void {
    if (isLate || this.history.batches < this.run.asked) this.pacemaker.sayNewView(out);
    this.#advance(out);
  }
  override onBlocks(out: Out): void {
    this.#advance(out);
  }
  /** A DECIDE without what comes before it: that does not come any more. */
  override stays(out: Out): boolean {
    const { at } = this.pacemaker;
    if (at.rushes || at.works || at.proven[COMMIT] === null) return false;
    at.rushes = true;
    this.#advance(out);
    return true;
  }
  override learn(certificate: Certificate, out: Out): void {
    this.raise(certificate);
    if (certificate.view > this.view + 1) this.pacemaker.jump(certificate.view, 0, out);
  }
  override proves({ proposal, proven }: Slot): number | null {
    for (const shown of proven) {
      const checked_ns = shown === null ? null : this.prove(shown.certificate);
      if (checked_ns !== null) return checked_ns;
    }
    return proposal === null ? null : this.pacemaker.begun(proposal);
  }
  /** Messages of a later view wait for the end of this one, for some time. */
  #keep(out: Out): void {
    this.pacemaker.later(out);
    this.pacemaker.follow(out);
  }

  // --- a replica

  #onProposal(from: number, proposal: Proposal, out: Out): void {
    const { view } = proposal;
    if (view < this.view || !this.pacemaker.isKept(view) || !this.isProposal(from, proposal)) return;
    const slot = this.pacemaker.slotAt(view);
    if (slot.proposal !== null) return;
    slot.proposal = proposal;
    if (view > this.view) this.#keep(out);
    else this.#advance(out);
  }
  #onProven(from: number, message: Proven, out: Out): void {
    const { view, type, certificate } = message;
    const phase = PROVEN_TYPES.indexOf(type);
    if (certificate.type !== VOTE_TYPES[phase] || certificate.view !== view || !this.pacemaker.isKept(view)) return;
    if (view < this.view) {
      // A decision is one in whatever view it is heard of.
      if (phase === COMMIT && certificate.block.height > this.executed.height) this.#check(phase, certificate, out);
      return;
    }
    if (from !== this.rules.leaderOf(view)) return;
    const slot = this.pacemaker.slotAt(view);
    if (slot.proven[phase] !== null) return;
    slot.proven[phase] = message;
    if (view > this.view) this.#keep(out);
    else this.#advance(out);
  }

  /** Goes from phase to phase, as far as what has come leads. */
  #advance(out: Out): void {
    const { at } = this.pacemaker;
    if (at.works) return;
    this.pacemaker.waits(out);
    if (this.pacemaker.leads) {
      this.tryPropose(out);
      return;
    }
    const decide = at.proven[COMMIT];
    if (at.rushes && decide !== null) this.#check(COMMIT, decide.certificate, out);
    else if (at.step === 0) this.#prepare(out);
    else {
      const shown = at.proven[at.step - 1];
      if (shown !== null && shown !== undefined) this.#check(at.step - 1, shown.certificate, out);
    }
  }
  #prepare(out: Out): void {
    const { at } = this.pacemaker;
    const { proposal } = at;
    if (proposal === null) return;
    if (!at.isSigned && this.run.log.verify([proposal]).length === 0) {
      at.proposal = null;
      return;
    }
    at.isSigned = true;
    const checked_ns = this.prove(proposal.justify);
    if (checked_ns === null) {
      at.proposal = null;
      return;
    }
    if (!this.history.has(proposal.justify.block, proposal.justify, out)) return;
    at.works = true;
    out.work(this.accept(this.blockOf(proposal)) + checked_ns, { kind: 'proposal', proposal } satisfies Job);
  }
  #prepared(proposal: Proposal, out: Out): void {
    const block = this.blockOf(proposal);
    this.history.made(block);
    if (proposal.view !== this.view) return;
    const { at } = this.pacemaker;
    at.works = false;
    at.step = 1;
    this.raise(proposal.justify);
    if (block.view > this.voted.view && this.isSafe(block, proposal.justify) && this.isNew(block)) this.#vote(PREPARE, block, out);
    this.#advance(out);
  }
  #check(phase: number, certificate: Certificate, out: Out): void {
    const { at } = this.pacemaker;
    const isNow = certificate.view === this.view;
    if (this.prove(certificate) === null) {
      if (isNow) at.proven[phase] = null;
      return;
    }
    if (isNow) at.works = true;
    const work_ns = this.rules.program.steps[STEP.proven + 2 * phase].work_ns(1, 0);
    out.work(work_ns, { kind: 'proven', view: certificate.view, phase, certificate } satisfies Job);
  }
  #shown(phase: number, certificate: Certificate, out: Out): void {
    const { block, view } = certificate;
    if (phase === COMMIT) {
      this.#decide(certificate, out);
      return;
    }
    if (view !== this.view) return;
    this.pacemaker.at.step = phase + 2;
    if (phase === PREPARE) this.raise(certificate);
    else this.lock(block);
    this.#vote(phase + 1, block, out);
    this.#advance(out);
  }
  #decide(certificate: Certificate, out: Out): void {
    const { block, view } = certificate;
    this.#decidedIn = Math.max(this.#decidedIn, view);
    this.history.commit(block, certificate, out);
    if (view >= this.view) this.pacemaker.enter(view + 1, false, out);
  }

  /** Votes in a phase, as whoever collects the votes or for it. What the vote promises is written first. */
  #vote(phase: number, block: Block, out: Out): void {
    const vote = this.cast(VOTE_TYPES[phase], block);
    if (phase === PREPARE) {
      this.voted = block;
      this.history.votes(block);
      this.promises(vote.bytes + this.history.bytesOf(block));
    } else this.promises(vote.bytes + this.rules.certificate_bytes, phase === COMMIT ? this.heldWith(block) : []);
    const leader = this.rules.leaderOf(block.view);
    if (leader === this.id) this.pacemaker.at.books![phase].addOwn(vote);
    else out.send(leader, vote);
  }

  // --- a leader

  protected override proposed(proposal: Proposal, out: Out): void {
    const { at } = this.pacemaker;
    at.proposal = proposal;
    at.step = 1;
    at.books = Array.from({ length: PHASES }, () => new VoteBook<Vote>());
    this.#vote(PREPARE, proposal.block, out);
    this.#collect(out);
  }

  #onVote(from: number, vote: Vote, out: Out): void {
    this.run.log.vote(this.id, vote);
    const { at } = this.pacemaker;
    if (vote.view !== this.view || vote.signer !== from || at.books === null || at.proposal === null) return;
    const phase = VOTE_TYPES.indexOf(vote.type);
    if (phase < at.step - 1 || !vote.isFor(at.proposal.block)) return;
    if (at.books[phase].add(vote) === 'accepted') this.#collect(out);
  }
  /** A leader's step is the phase whose votes it collects, and 1. */
  #collect(out: Out): void {
    const { at } = this.pacemaker;
    const phase = at.step - 1;
    if (at.works || phase >= PHASES) return;
    const { block } = at.proposal!;
    const book = at.books![phase];
    const checked = this.countVotes(book, block.digest);
    if (checked === null) return;
    at.works = true;
    const certificate = new Certificate(VOTE_TYPES[phase], block, [...book.verified]);
    this.made(certificate);
    const work_ns = this.rules.program.steps[STEP.vote + 2 * phase].work_ns(checked, 0);
    out.work(work_ns, { kind: 'votes', view: this.view, phase, certificate } satisfies Job);
  }
  #show(phase: number, certificate: Certificate, out: Out): void {
    const { block } = certificate;
    const bytes = PLAIN_BYTES + this.rules.certificate_bytes;
    out.multicast(new Proven({ type: PROVEN_TYPES[phase], ...aboutBlock(block), signer: this.id, bytes, certificate }));
    this.pacemaker.at.step = phase + 2;
    if (phase === COMMIT) {
      this.#decide(certificate, out);
      return;
    }
    if (phase === PREPARE) this.raise(certificate);
    else this.lock(block);
    this.#vote(phase + 1, block, out);
    this.#collect(out);
  }
}
