// Chained HotStuff: Algorithm 3 of the paper. Each view has one phase, which is PREPARE of its block, PRE-COMMIT of the one before, and so on.
import type { SignedMessage } from '../parts/messages.ts';
import { Certificate, type Block } from './blocks.ts';
import { decidedBy } from './history.ts';
import { TYPE, type NewView, type Proposal, type Vote } from './messages.ts';
import { Replica, type Out } from './replica.ts';
import { STEP } from './rules.ts';
import type { Candidate, Job, Slot } from './state.ts';

/** Proposals that wait for blocks before them. */
const MOST_EARLY = 64;

export class ChainedReplica extends Replica {
  /** Proposals that are checked, and whose blocks extend some that it lacks. */
  #early: Proposal[] = [];

  override get needsNoQuorum(): boolean {
    return this.high.view === this.view - 1;
  }
  override get replyView(): number {
    return this.view + 1;
  }

  protected override onMessage(from: number, message: SignedMessage, out: Out): void {
    if (message.type === TYPE.prepareVote) this.#onVote(from, message as Vote, out);
    else if (message.type === TYPE.prepare) this.#onProposal(from, message as Proposal, out);
    else if (message.type === TYPE.newView) this.pacemaker.onNewView(from, message as NewView, out);
  }
  protected override onJob(job: Job, out: Out): void {
    if (job.kind === 'proposal') {
      this.history.add(this.blockOf(job.proposal), out);
      this.#settle(job.proposal, out);
    } else if (job.kind === 'votes') this.#certified(job.certificate, out);
  }

  // --- views

  protected override entered(isLate: boolean, out: Out): void {
    // Who waits for a quorum to come to its view tells the others that it has, even if nothing leads on from there: the leader may be silent.
    if (isLate || this.pacemaker.isPatient) this.pacemaker.sayNewView(out);
    const { proposal, works } = this.pacemaker.at;
    if (proposal !== null && !works) this.#check(this.pacemaker.at, out);
    this.tryPropose(out);
  }
  override proves({ proposal }: Slot): number | null {
    return proposal === null ? null : this.pacemaker.begun(proposal);
  }
  override stays(): boolean {
    return false;
  }
  override onBlocks(out: Out): void {
    const early = this.#early;
    this.#early = [];
    for (const proposal of early) this.#settle(proposal, out);
    this.tryPropose(out);
  }
  /** A certificate of a later view says that a quorum was there. */
  override learn(certificate: Certificate, out: Out): void {
    this.raise(certificate);
    if (certificate.view >= this.view) this.pacemaker.jump(certificate.view + 1, 0, out);
  }

  // --- a replica

  #onProposal(from: number, proposal: Proposal, out: Out): void {
    const { view } = proposal;
    if (!this.pacemaker.isKept(view) || !this.isProposal(from, proposal)) return;
    const isOld = view < this.view;
    if (isOld && (view < this.executed.view || this.history.knows(this.blockOf(proposal)))) return;
    const slot = isOld ? null : this.pacemaker.slotAt(view);
    if (slot?.proposal != null) return;
    if (slot !== null) slot.proposal = proposal;
    if (view > this.view) {
      const begun_ns = this.pacemaker.begun(proposal);
      if (begun_ns === null) {
        // By its own timers it may come there.
        this.pacemaker.later(out);
        return;
      }
      this.#take(proposal, begun_ns, out);
    } else this.#take(proposal, 0, out);
  }
  #check(slot: Slot, out: Out): void {
    if (slot.proposal !== null) this.#take(slot.proposal, 0, out);
  }
  #take(proposal: Proposal, begun_ns: number, out: Out): void {
    const slot = proposal.view >= this.view ? this.pacemaker.slotAt(proposal.view) : null;
    if (slot !== null) slot.works = true;
    const checked_ns = this.run.log.verify([proposal]).length === 0 ? null : this.prove(proposal.justify);
    if (checked_ns === null) {
      if (slot === null) return;
      slot.works = false;
      slot.proposal = null;
      return;
    }
    const work_ns = this.accept(this.blockOf(proposal)) + begun_ns + checked_ns;
    this.pacemaker.waits(out);
    out.work(work_ns, { kind: 'proposal', proposal } satisfies Job);
  }
  /** Its block and all before that are here: what the certificate in it brings about, and the vote. */
  #settle(proposal: Proposal, out: Out): void {
    const { justify, view } = proposal;
    const block = this.blockOf(proposal);
    if (!this.history.has(justify.block, justify, out)) {
      if (this.#early.length < MOST_EARLY) this.#early.push(proposal);
      return;
    }
    this.#update(justify, out);
    if (view < this.view) return;
    this.pacemaker.passes(view);
    if (block.view > this.voted.view && this.isSafe(block, justify) && this.isNew(block)) this.#vote(block, justify, out);
    this.pacemaker.enter(view + 1, false, out);
  }
  /** The certificate is the third of one block, the second of the next, and the first of its own (Algorithm 3, lines 15 to 20). */
  #update(certificate: Certificate, out: Out): void {
    this.raise(certificate);
    const { parent } = certificate.block;
    if (parent === null) return;
    this.lock(parent);
    const decided = decidedBy(certificate, 'chained');
    if (decided !== null) this.history.commit(decided, certificate, out);
  }
  #vote(block: Block, justify: Certificate, out: Out): void {
    this.voted = block;
    this.history.votes(block);
    const vote = this.cast(TYPE.prepareVote, block);
    const bytes = vote.bytes + this.history.bytesOf(block) + this.rules.certificate_bytes;
    this.promises(bytes, justify.block.parent === null ? [] : this.heldWith(justify.block.parent));
    const next = this.rules.leaderOf(block.view + 1);
    if (next !== this.id) out.send(next, vote);
    else this.#count(this.pacemaker.slotAt(block.view).addOwn(vote), out);
  }

  // --- a leader

  protected override proposed(proposal: Proposal, out: Out): void {
    this.pacemaker.at.proposal = proposal;
    this.#settle(proposal, out);
  }
  /** Votes for a view's block are the next leader's. */
  #onVote(from: number, vote: Vote, out: Out): void {
    this.run.log.vote(this.id, vote);
    const { view, signer } = vote;
    if (signer !== from || view < this.view - 1 || !this.pacemaker.isKept(view) || this.rules.leaderOf(view + 1) !== this.id) return;
    const candidate = this.pacemaker.slotAt(view).add(vote);
    if (candidate !== null) this.#count(candidate, out);
  }
  #count({ block, book }: Candidate, out: Out): void {
    if (block.view <= this.high.view || this.#making === block) return;
    const checked = this.countVotes(book, block.digest);
    if (checked === null) return;
    this.#making = block;
    const certificate = new Certificate(TYPE.prepareVote, block, [...book.verified]);
    const work_ns = this.rules.program.steps[STEP.vote].work_ns(checked, 0);
    out.work(work_ns, { kind: 'votes', view: block.view, phase: 0, certificate } satisfies Job);
  }
  /** The block that it makes a certificate of. */
  #making: Block | null = null;

  #certified(certificate: Certificate, out: Out): void {
    this.made(certificate);
    this.raise(certificate);
    if (certificate.view >= this.view) this.pacemaker.enter(certificate.view + 1, false, out);
    else this.tryPropose(out);
  }
}
