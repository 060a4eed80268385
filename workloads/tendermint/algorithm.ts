// Algorithm 1 of the paper, for one height after another. Line numbers are its.
//
// A rule (`upon`) looks at the messages of the height and at the step. What it does first takes time on a core (signatures, a batch's hash);
// until then no other rule is looked at, so what came or expired meanwhile counts as if it had come at the job's end. Votes are checked when
// a quorum of them can be complete; those that only let a timeout run are checked when it is over.
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import { SignedMessage, digestOf, timestampOf } from '../parts/messages.ts';
import { VoteChecks } from './checks.ts';
import { NIL, PROPOSAL_BYTES, Proposal, TYPE, viewOf } from './messages.ts';
import type { Rules } from './rules.ts';
import { Round, type Candidate, type Decision, type Job, type RoundValue, type Run } from './state.ts';

/** `new height`: nothing is to be proposed yet, or the rest after a decision is not over. */
export type HeightStep = 'new height' | 'propose' | 'prevote' | 'precommit';

export const PROPOSE_TIMER = 'propose';
export const PREVOTE_TIMER = 'prevote';
export const PRECOMMIT_TIMER = 'precommit';

export interface Token {
  readonly height: number;
  readonly job: Job;
}

type Out = Outbox<SignedMessage>;

export abstract class Algorithm {
  readonly id: number;
  height = 1;
  step: HeightStep = 'new height';
  /** lockedValue and lockedRound; validValue and validRound; null: nil and -1. */
  locked: RoundValue | null = null;
  valid: RoundValue | null = null;
  readonly context: NodeContext<SignedMessage>;
  readonly run: Run;
  readonly rules: Rules;
  now_us = 0;
  protected readonly rounds = new Map<number, Round>();
  /** Rounds of which something came since lines 49 to 54 led nowhere there. A height may have thousands that nothing comes of any more. */
  protected readonly news = new Set<Round>();
  /** All rounds after the one that it is in, and maybe some before. */
  readonly #ahead = new Set<Round>();
  /** The round that it is in. */
  protected at: Round;
  /** A job is under way. */
  protected works = false;
  protected readonly checks: VoteChecks;

  constructor(context: NodeContext<SignedMessage>, run: Run) {
    this.id = context.id;
    this.context = context;
    this.run = run;
    this.rules = run.rules;
    this.checks = new VoteChecks(run.log, run.rules.form, run.setup.cell.node);
    this.at = this.roundAt(0);
  }

  /** Writes what must survive a crash; what the step sends waits for it. */
  abstract wrote(message: SignedMessage): void;
  abstract wroteValue(value: RoundValue, candidate: Candidate, polka: readonly SignedMessage[], isLocked: boolean): void;
  /** A round begins. */
  abstract entered(round: Round, out: Out): void;
  /** Others have seen the PREVOTEs of a quorum that it has not. */
  abstract lacksPolka(out: Out): void;
  /** Lines 51 to 54. */
  abstract decide(decision: Decision, out: Out): void;

  protected roundAt(number: number): Round {
    let round = this.rounds.get(number);
    if (round === undefined) {
      this.rounds.set(number, (round = new Round(number, this.rules.powers)));
      this.#ahead.add(round);
    }
    return round;
  }
  protected forgetRounds(): void {
    this.rounds.clear();
    this.news.clear();
    this.#ahead.clear();
  }
  protected get view(): number {
    return viewOf(this.height, this.at.number);
  }

  // --- lines 11 to 21

  startRound(number: number, out: Out): void {
    this.leaveRound(out);
    this.at = this.roundAt(number);
    this.step = 'propose';
    // Some rounds in a row may have faulty proposers, and the first ones too short timeouts: neither is a standstill.
    if (number > this.rules.patientFrom) this.context.asksFor(Math.floor(this.view / this.rules.turns));
    this.entered(this.at, out);
    // Batches of rounds that brought no decision wait to be proposed again.
    if (number > 0 && this.rules.proposerOf(this.view) === this.id) this.context.pool.restart(new Set(), this.now_us);
    this.propose(out);
    // A proposer without anything to propose waits like the others.
    if (this.at.proposes) return;
    this.at.propose = 'runs';
    out.setTimer(PROPOSE_TIMER, this.rules.propose_us(number));
  }

  /** Timeouts of the round that it is in are over. */
  protected leaveRound(out: Out): void {
    const { propose, prevote, precommit } = this.at;
    if (propose === 'runs') out.cancelTimer(PROPOSE_TIMER);
    if (prevote === 'runs') out.cancelTimer(PREVOTE_TIMER);
    if (precommit === 'runs') out.cancelTimer(PRECOMMIT_TIMER);
  }

  /** Proposes, if it is to and has something: validValue, or what the mempool gives (getValue). */
  protected propose(out: Out): void {
    const { at, context, valid } = this;
    if (this.step !== 'propose' || at.proposes || this.works || this.rules.proposerOf(this.view) !== this.id) return;
    const batch = valid === null ? context.pool.take(this.now_us) : this.batchOf(valid.digest);
    if (batch === null) return;
    at.proposes = true;
    const digest = valid?.digest ?? digestOf(batch.id);
    const work_ns = this.rules.program.propose_ns(batch.bytes) + this.checkClients(batch, digest);
    this.work(work_ns, { kind: 'propose', digest, validRound: valid?.round ?? -1 }, out);
  }

  protected batchOf(digest: number): Batch {
    return this.context.batch(timestampOf(digest));
  }
  /** The clients' signatures of a batch, as far as it has not checked them, nanoseconds. */
  protected checkClients(batch: Batch, digest: number): number {
    return this.context.checkClients(batch, () => this.run.contents!.batch(digest));
  }
  protected hash(digest: number): void {
    this.run.log.digest(this.batchOf(digest).bytes, () => this.run.contents!.batch(digest));
  }

  // --- the rules, in the order of the paper

  /** Follows the rules as far as they lead. */
  protected advance(out: Out): void {
    while (!this.works && this.step !== 'new height') {
      const moved =
        this.#uponProposal(out) ||
        this.#uponPolka(out) ||
        this.#uponNilPolka(out) ||
        this.#uponPrecommits(out) ||
        this.#uponVotesThatDiffer(out) ||
        this.#uponTimeout(out) ||
        this.#uponLaterRound(out);
      if (!moved) return;
    }
  }

  /** Lines 22 to 33. */
  #uponProposal(out: Out): boolean {
    if (this.step !== 'propose') return false;
    for (const candidate of this.at.candidates) {
      if (!candidate.isValid) return this.#check(candidate, this.at, out);
      const { digest, validRound } = candidate.message;
      if (validRound >= this.at.number || validRound < -1) {
        this.at.drop(candidate);
        return true;
      }
      this.checks.begin();
      if (validRound >= 0) {
        const before = this.rounds.get(validRound);
        if (before === undefined || !this.#has(before.prevotes, digest)) continue;
      }
      const { locked } = this;
      const said = locked === null || locked.digest === digest || (validRound >= 0 && locked.round <= validRound) ? digest : NIL;
      // The vote's signature is a part of the check of the proposal; what PREVOTEs of a round before take comes on top.
      if (this.checks.count === 0) this.#prevote(said, out);
      else this.work(this.checks.taken_ns, { kind: 'prevote', digest: said }, out);
      return true;
    }
    return false;
  }

  /** Checks a proposal of any round: valid(v). */
  #check(candidate: Candidate, round: Round, out: Out): boolean {
    const { message } = candidate;
    if (!candidate.isSigned && this.run.log.verify([message]).length === 0) {
      round.drop(candidate);
      return true;
    }
    candidate.isSigned = true;
    const batch = this.batchOf(message.digest);
    this.hash(message.digest);
    this.context.pool.adopt(batch);
    const work_ns = this.rules.program.steps[0].work_ns(1, batch.bytes) + this.checkClients(batch, message.digest);
    this.work(work_ns, { kind: 'check', candidate }, out);
    return true;
  }

  /** Does a quorum stand for it? `checks` says what that took. */
  #has(ballots: Round['prevotes'], digest: number): boolean {
    this.checks.begin();
    return ballots.has(digest, this.rules.quorum, this.checks);
  }
  /** What was checked, and what a step of the common path takes beside its checks: the signature of what is said next. */
  #checked_ns(step: number): number {
    return this.checks.taken_ns + this.rules.program.steps[step].work_ns(0, 0);
  }

  /** Lines 36 to 43. */
  #uponPolka(out: Out): boolean {
    const { at, step } = this;
    if (at.hasPolka || step === 'propose') return false;
    for (const candidate of at.candidates) {
      if (!at.prevotes.mayHave(candidate.message.digest, this.rules.quorum)) continue;
      if (!candidate.isValid) return this.#check(candidate, at, out);
      if (!this.#has(at.prevotes, candidate.message.digest)) continue;
      at.hasPolka = true;
      this.work(this.#checked_ns(1), { kind: 'polka', candidate }, out);
      return true;
    }
    return false;
  }

  /** Lines 44 to 46. */
  #uponNilPolka(out: Out): boolean {
    const { at } = this;
    if (this.step !== 'prevote' || at.hasNilPolka) return false;
    if (!this.#has(at.prevotes, NIL)) return false;
    at.hasNilPolka = true;
    this.work(this.#checked_ns(1), { kind: 'nil polka' }, out);
    return true;
  }

  /** Lines 49 to 54, in any round of the height. */
  #uponPrecommits(out: Out): boolean {
    const { quorum } = this.rules;
    for (const round of [...this.news].sort((x, y) => x.number - y.number)) {
      for (const candidate of round.precommits.weight < quorum ? [] : round.candidates) {
        const { digest } = candidate.message;
        if (!round.precommits.mayHave(digest, quorum)) continue;
        if (!candidate.isValid) return this.#check(candidate, round, out);
        if (!this.#has(round.precommits, digest)) continue;
        const signers = round.precommits.checked(digest).map(({ signer }) => signer);
        this.work(this.#checked_ns(2), { kind: 'decide', decision: { round: round.number, digest, signers } }, out);
        return true;
      }
      this.news.delete(round);
    }
    return false;
  }

  /** Lines 34, 35 and 47, 48. */
  #uponVotesThatDiffer(out: Out): boolean {
    const { at } = this;
    const { quorum } = this.rules;
    if (this.step === 'prevote' && at.prevote === 'none' && at.prevotes.weight >= quorum) {
      at.prevote = 'runs';
      out.setTimer(PREVOTE_TIMER, this.rules.prevote_us(at.number));
    }
    if (at.precommit === 'none' && at.precommits.weight >= quorum) {
      at.precommit = 'runs';
      out.setTimer(PRECOMMIT_TIMER, this.rules.precommit_us(at.number));
    }
    return false;
  }

  /** Lines 57 to 67. */
  #uponTimeout(out: Out): boolean {
    const { at, step } = this;
    if (step === 'propose' && at.propose === 'over') {
      // The proposal is here, the PREVOTEs of the round that it names are not.
      if (at.candidates.length > 0) this.lacksPolka(out);
      this.#prevote(NIL, out);
      return true;
    }
    const [votes, job] =
      step === 'prevote' && at.prevote === 'over'
        ? ([at.prevotes, { kind: 'prevote timeout' }] as const)
        : at.precommit === 'over'
          ? ([at.precommits, { kind: 'precommit timeout' }] as const)
          : [null, null];
    if (votes === null) return false;
    this.checks.begin();
    votes.checkAll(this.checks);
    // Where some were bad the quorum is not there yet, nor was the timeout to run.
    if (votes.weight >= this.rules.quorum) this.work(this.checks.taken_ns, job, out);
    else if (votes === at.prevotes) at.prevote = 'none';
    else at.precommit = 'none';
    return true;
  }

  /** Lines 55, 56: to the highest such round. */
  #uponLaterRound(out: Out): boolean {
    const { oneCorrect, powers, nodes } = this.rules;
    let later: Round | null = null;
    for (const round of this.#ahead) {
      if (round.number <= this.at.number) this.#ahead.delete(round);
      else if (round.number > (later ?? this.at).number && round.power(powers, nodes) >= oneCorrect) later = round;
    }
    if (later === null) return false;
    this.checks.begin();
    for (const votes of [later.prevotes, later.precommits]) votes.checkAll(this.checks);
    for (const candidate of later.candidates) {
      if (candidate.isSigned) continue;
      candidate.isSigned = this.checks.signatures([candidate.message]).length > 0;
      if (!candidate.isSigned) later.drop(candidate);
    }
    if (later.power(powers, nodes) >= oneCorrect) this.work(this.checks.taken_ns, { kind: 'skip', to: later.number }, out);
    return true;
  }

  // --- jobs

  protected work(cost_ns: number, job: Job, out: Out): void {
    this.works = true;
    out.work(cost_ns, { height: this.height, job } satisfies Token);
  }

  /** Rounds begin at the end of jobs alone: it is the round in which the job was begun. */
  protected onWork({ height, job }: Token, out: Out): void {
    // Decided meanwhile by what others sent.
    if (height !== this.height) return;
    this.works = false;
    switch (job.kind) {
      case 'propose':
        this.#sendProposal(job.digest, job.validRound, out);
        break;
      case 'check':
        job.candidate.isValid = true;
        break;
      case 'prevote':
        this.#prevote(job.digest, out);
        break;
      case 'polka':
        this.#lock(job.candidate, out);
        break;
      case 'nil polka':
      case 'prevote timeout':
        if (this.step === 'prevote') this.#precommit(NIL, out);
        break;
      case 'precommit timeout':
        this.startRound(this.at.number + 1, out);
        break;
      case 'decide':
        this.decide(job.decision, out);
        return;
      case 'skip':
        this.startRound(job.to, out);
        break;
    }
    this.propose(out);
    this.advance(out);
  }

  #sendProposal(digest: number, validRound: number, out: Out): void {
    const { program } = this.rules;
    this.hash(digest);
    const bytes = PROPOSAL_BYTES + program.request.bytes - program.batch_bytes + this.batchOf(digest).bytes;
    const fields = { type: TYPE.proposal, view: this.view, sequence: this.height, signer: this.id };
    const message = new Proposal({ ...fields, digest, bytes, validRound });
    this.run.log.sign(message);
    this.at.own.push(message);
    this.at.addProposal(message);
    this.news.add(this.at);
    for (const candidate of this.at.candidates) if (candidate.message === message) candidate.isSigned = candidate.isValid = true;
    this.wrote(message);
    this.context.proposed({ view: this.view, decision: digest });
    out.multicast(message);
  }

  /** Lines 37 to 43. */
  #lock(candidate: Candidate, out: Out): void {
    const { at } = this;
    const { digest } = candidate.message;
    const value = { round: at.number, digest };
    const locks = this.step === 'prevote';
    this.valid = value;
    if (locks) this.locked = value;
    this.wroteValue(value, candidate, at.prevotes.checked(digest), locks);
    if (locks) this.#precommit(digest, out);
  }

  #prevote(digest: number, out: Out): void {
    this.step = 'prevote';
    if (this.at.propose === 'runs') {
      out.cancelTimer(PROPOSE_TIMER);
      this.at.propose = 'over';
    }
    this.at.prevotes.addChecked(this.#cast(TYPE.prevote, digest, out));
  }
  #precommit(digest: number, out: Out): void {
    this.step = 'precommit';
    this.at.precommits.addChecked(this.#cast(TYPE.precommit, digest, out));
    this.news.add(this.at);
  }
  #cast(type: number, digest: number, out: Out): SignedMessage {
    const { form, vote_bytes } = this.rules;
    const vote = new SignedMessage({ type, view: this.view, sequence: this.height, signer: this.id, digest, bytes: vote_bytes });
    if (form === 'list') this.run.log.sign(vote);
    else this.run.log.share(vote);
    this.at.own.push(vote);
    this.wrote(vote);
    out.multicast(vote);
    return vote;
  }
}
