// A player of the Algorand agreement protocol in one round: the ABFT specification's broadcast rules (algorandfoundation/specs, dev/abft.md),
// names of values as there: sigma is `staged`, v-bar `pinned`, mu the best candidate.
import { PURPOSE, draw32, drawKey } from '../../harness/simulate/core/draws.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import { weightOf } from '../../harness/simulate/core/weights.ts';
import { digestOf, type SignedMessage } from '../parts/messages.ts';
import { BLOCK_HEADER_BYTES } from './blocks.ts';
import { LAST_NEXT, STEP } from './committees.ts';
import { BOTTOM, Credential, Proposal, TYPE, VOTE_BYTES, Vote, periodOf, stepOf, typeOf, viewOf } from './messages.ts';
import { proposalBytes, type Rules } from './rules.ts';
import { Ballots, Period, type Candidate, type Decision, type Job, type Run, type Token, type Value } from './state.ts';

/** Periods beyond its own of which a player keeps messages. */
const PERIODS_KEPT = 256;
/** In a period a node is chosen to propose once. */
const MOST_CANDIDATES = 1 << 20;

export const TIMERS = { assembly: 'assembly', filter: 'filter', next: 'next', recovery: 'recovery' } as const;

type Out = Outbox<SignedMessage>;

export abstract class Player {
  readonly id: number;
  readonly context: NodeContext<SignedMessage>;
  readonly run: Run;
  readonly rules: Rules;
  round = 1;
  now_us = 0;
  pinned = BOTTOM;
  readonly periods = new Map<number, Period>();
  readonly values = new Map<number, Value>();
  protected at: Period;
  /** Who has no stake is chosen for nothing, and does not try. */
  readonly #hasStake: boolean;

  constructor(context: NodeContext<SignedMessage>, run: Run) {
    this.id = context.id;
    this.context = context;
    this.run = run;
    this.rules = run.rules;
    this.#hasStake = weightOf(run.rules.stakes, context.id) > 0;
    this.at = this.periodAt(0);
  }

  /** Writes what must survive a crash; what the step sends waits for it. */
  abstract wrote(message: Vote): void;
  /** Before it votes to certify a block. */
  abstract wroteBlock(proposal: Proposal): void;
  /** A period begins, after the first. */
  abstract entered(out: Out): void;
  abstract decide(decision: Decision, out: Out): void;
  /** The digest of the last block. */
  abstract get previous(): number;

  get period(): number {
    return this.at.number;
  }
  protected periodAt(number: number): Period {
    let period = this.periods.get(number);
    if (period === undefined) this.periods.set(number, (period = new Period(number)));
    return period;
  }
  protected ballotsOf(period: Period, step: number): Ballots {
    let ballots = period.ballots.get(step);
    if (ballots === undefined) {
      const weights = this.run.committees.weights(this.round, period.number, step);
      period.ballots.set(step, (ballots = new Ballots(weights, step)));
    }
    return ballots;
  }
  protected valueOf(digest: number): Value {
    let value = this.values.get(digest);
    if (value === undefined) this.values.set(digest, (value = { digest, proposal: null, isChecked: false, isValid: false }));
    return value;
  }

  // --- blocks

  batchOf(digest: number): Batch | null {
    const { batch } = this.run.blocks.of(digest);
    return batch === 0 ? null : this.context.batch(batch);
  }
  bytesOf(digest: number): number {
    return this.batchOf(digest)?.bytes ?? 0;
  }
  /** Hashes a block; how long that takes, with what of its clients' signatures is not checked yet. */
  protected hash_ns(digest: number): number {
    const { log, contents } = this.run;
    const batch = this.batchOf(digest);
    log.digest(BLOCK_HEADER_BYTES, () => contents!.header(digest));
    const bytesOf = (): Uint8Array => contents!.batch(contents!.batchIn(digest));
    if (batch !== null) log.digest(batch.bytes, bytesOf);
    return this.rules.hashBlock_ns(batch?.bytes ?? 0) + (batch === null ? 0 : this.context.checkClients(batch, bytesOf));
  }

  // --- votes

  /** How often it is chosen for a step of this period. */
  #weight(step: number): number {
    return this.run.committees.weightOf(this.id, this.round, this.period, step);
  }
  /** Finding that out, and a vote if it is. */
  #voting_ns(step: number): number {
    return this.rules.credential_ns + (this.#weight(step) > 0 ? this.rules.sign_ns : 0);
  }
  #credential(step: number): Credential {
    const credential = new Credential(this.id, this.round, viewOf(this.period, step));
    this.run.log.sign(credential);
    this.run.log.evaluate(credential);
    return credential;
  }
  #cast(step: number, digest: number, out: Out): void {
    const credential = this.#credential(step);
    if (this.#weight(step) === 0) return;
    const fields = { type: typeOf(step), view: viewOf(this.period, step), sequence: this.round, signer: this.id, bytes: VOTE_BYTES };
    const vote = new Vote({ ...fields, digest, credential });
    this.run.log.sign(vote);
    this.at.own.push(vote);
    this.wrote(vote);
    this.ballotsOf(this.at, step).addOwn(vote);
    out.multicast(vote);
  }

  readonly #verify = (votes: readonly Vote[]): readonly Vote[] => {
    this.#checked += votes.length;
    return this.verify(votes);
  };
  #checked = 0;
  /** Those that are good, by signature and by credential. */
  protected verify<V extends Vote>(votes: readonly V[]): readonly V[] {
    const { log } = this.run;
    const credentials = votes.map(({ credential }) => credential);
    log.verify<Credential | V>([...credentials, ...votes]);
    for (const credential of credentials) log.evaluate(credential);
    return votes.filter(({ valid }) => valid);
  }

  // --- periods

  /** The clock of a period begins; a round begins with period 0. */
  protected begin(period: Period, out: Out): void {
    this.at = period;
    period.started_us = this.now_us;
    out.setTimer(TIMERS.filter, this.rules.filter_us);
    out.setTimer(TIMERS.next, this.rules.deadline_us);
    this.#awaitRecovery(out);
    const fresh = this.#proposesNew;
    if (fresh && this.rules.assembly_us > 0) out.setTimer(TIMERS.assembly, this.rules.assembly_us);
    else out.cancelTimer(TIMERS.assembly);
    period.isAssembled = this.rules.assembly_us === 0;
    for (const candidate of period.candidates) if (!candidate.isGood) this.#check(candidate, period, out);
  }

  #enter(number: number, out: Out): void {
    const before = this.periods.get(number - 1);
    this.pinned = before?.endsIn || this.at.staged || this.pinned;
    // Some periods in a row may bring nothing, with a proposer of two faces or a committee too small: no standstill.
    this.context.asksFor(this.round - 1 + number);
    this.begin(this.periodAt(number), out);
    this.entered(out);
  }

  /** Period 0, or one after a period that ended in bottom: the player proposes a block of its own. */
  get #proposesNew(): boolean {
    return this.period === 0 || this.periods.get(this.period - 1)?.endsInBottom === true;
  }
  /** What the period before ended in, and in nothing else; BOTTOM: there is no such thing. */
  get #startingValue(): number {
    const before = this.periods.get(this.period - 1);
    return before === undefined || before.endsInBottom ? BOTTOM : before.endsIn;
  }

  protected onTimer(id: string, out: Out): void {
    const { at } = this;
    if (id === TIMERS.assembly) at.isAssembled = true;
    else if (id === TIMERS.filter) at.isFiltered = true;
    else if (id === TIMERS.next) {
      at.nextVotesDue += 1;
      if (STEP.next + at.nextVotesDue <= LAST_NEXT)
        out.setTimer(TIMERS.next, at.started_us + this.#nextVote_us(at.nextVotesDue) - this.now_us);
    } else {
      at.recoveriesDue += 1;
      this.#awaitRecovery(out);
    }
    this.advance(out);
  }
  /** Next-vote k > 0 falls between Lambda + (2^k - 1) lambda and 2^k lambda later (go-algorand, nextVoteRanges). */
  #nextVote_us(k: number): number {
    const { deadline_us, lambda_us } = this.rules;
    let width_us = lambda_us;
    for (let i = 0; i < k; i++) width_us = Math.min(2 * width_us, Number.MAX_SAFE_INTEGER / 8);
    return deadline_us + width_us - lambda_us + this.#drawn(width_us, STEP.next + k);
  }
  /** Number k > 0 between k and k + 1 times lambda_f. */
  #awaitRecovery(out: Out): void {
    const { recovery_us } = this.rules;
    const k = this.at.recoveriesDue + 1;
    const due_us = this.at.started_us + k * recovery_us + this.#drawn(recovery_us, 0x10000 + k);
    out.setTimer(TIMERS.recovery, due_us - this.now_us);
  }
  #drawn(below_us: number, type: number): number {
    const { setup } = this.run;
    const name = { purpose: PURPOSE.electionTimeout, type, view: this.period, sequence: this.round, sender: this.id };
    return Math.floor((draw32(drawKey(setup.cell.seed, name), 0) / 0x100000000) * below_us);
  }

  // --- what comes

  /** Of this round. */
  protected onProposal(message: Proposal, out: Out): void {
    const number = periodOf(message);
    if (number < this.period - 1 || number > this.period + PERIODS_KEPT) return;
    if (message.hasBlock) this.#heard(message);
    const period = this.periodAt(number);
    const { signer } = message;
    const isNew = !period.candidates.some((known) => known.message.signer === signer) && period.candidates.length < MOST_CANDIDATES;
    if (!isNew || this.run.committees.weightOf(signer, this.round, number, STEP.propose) === 0) return;
    const candidate = { message, priority: this.run.committees.priority(signer, this.round, number), isGood: false };
    period.candidates = [...period.candidates, candidate];
    if (number === this.period) this.#check(candidate, period, out);
    else this.advance(out);
  }
  #heard(message: Proposal): void {
    const value = this.valueOf(message.digest);
    value.proposal ??= message;
  }

  protected onVote(vote: Vote, out: Out): void {
    const number = periodOf(vote);
    const step = stepOf(vote);
    if (number > this.period + PERIODS_KEPT || step === STEP.propose) return;
    // Of most votes nothing follows.
    if (this.ballotsOf(number === this.period ? this.at : this.periodAt(number), step).add(vote)) this.advance(out);
  }

  /** The signature and the credential; and the block, if it is the best so far. */
  #check(candidate: Candidate, period: Period, out: Out): void {
    const { message } = candidate;
    if (this.verify([message]).length === 0) {
      period.candidates = period.candidates.filter((one) => one !== candidate);
      return;
    }
    const isBest = period.candidates.every((other) => other === candidate || isBefore(candidate, other));
    const value = this.valueOf(message.digest);
    const checksBlock = isBest && message.hasBlock && !value.isChecked;
    if (checksBlock) value.isChecked = true;
    const cost_ns = this.rules.checkVotes_ns(1) + (checksBlock ? this.hash_ns(message.digest) : 0);
    this.#work(cost_ns, { kind: 'check', candidate, value: checksBlock ? value : null }, out, period);
  }
  /** A block that is needed, and was not the best when it came. */
  #checkBlock(digest: number, out: Out): void {
    const value = this.valueOf(digest);
    if (value.proposal === null || value.isChecked) return;
    value.isChecked = true;
    this.#work(this.hash_ns(digest), { kind: 'check block', value }, out);
  }
  #isValid(digest: number): boolean {
    return this.values.get(digest)?.isValid === true;
  }

  // --- the rules

  protected advance(out: Out): void {
    for (const period of this.periods.values()) this.#count(period, out);
    this.#tryPropose(out);
    this.#trySoftVote(out);
    this.#tryCertVote(out);
    this.#tryNextVotes(out);
  }

  /** Bundles: votes of quorums. */
  #count(period: Period, out: Out): void {
    for (const [step, ballots] of period.ballots)
      for (const digest of ballots.waiting()) {
        if (step === STEP.cert) {
          if (!this.#isValid(digest)) {
            this.#checkBlock(digest, out);
            continue;
          }
        } else if (period.number < (step === STEP.soft ? this.period : this.period - 1)) continue;
        this.#checked = 0;
        const isThere = ballots.take(digest, this.#verify);
        if (!isThere) continue;
        const checked_ns = this.rules.checkVotes_ns(this.#checked);
        if (step === STEP.cert) {
          const signers = ballots.checked(digest).map(({ signer }) => signer);
          const decision = { period: period.number, digest, signers };
          this.#work(checked_ns + this.rules.sign_ns, { kind: 'decide', decision }, out, period);
        } else if (step === STEP.soft) {
          const votes = this.#mayCertify(period, digest);
          if (votes) period.certVotes = true;
          this.#work(checked_ns + (votes ? this.#voting_ns(STEP.cert) : 0), { kind: 'soft quorum', digest, votes }, out, period);
        } else this.#work(checked_ns, { kind: 'next quorum', digest, step }, out, period);
      }
  }

  /** It is committable here, and nobody here has voted to go on. */
  #mayCertify(period: Period, digest: number): boolean {
    return this.#hasStake && period === this.at && !period.certVotes && !period.isGoingOn && this.#isValid(digest);
  }

  #tryPropose(out: Out): void {
    const { at, context } = this;
    if (at.proposes || !this.#hasStake || at.isFiltered) return;
    if (!this.#proposesNew) {
      const digest = this.#startingValue;
      if (digest === BOTTOM) return;
      at.proposes = true;
      this.#work(this.#voting_ns(STEP.propose), { kind: 'propose again', value: this.valueOf(digest) }, out);
      return;
    }
    const { pool } = context;
    if (!at.isAssembled && pool.ready_us > 0) return;
    at.proposes = true;
    const isChosen = this.#weight(STEP.propose) > 0;
    const items = isChosen ? pool.lowest(() => false) : [];
    const batch = items.length === 0 ? null : pool.setOf(items);
    const block_ns = isChosen ? this.rules.hashBlock_ns(batch?.bytes ?? 0) : 0;
    const clients_ns = batch === null ? 0 : context.checkClients(batch, () => this.run.contents!.batch(digestOf(batch.id)));
    this.#work(this.#voting_ns(STEP.propose) + block_ns + clients_ns, { kind: 'propose', batch }, out);
  }

  /** Filtering. */
  #trySoftVote(out: Out): void {
    const { at } = this;
    if (at.softVotes || !at.isFiltered || !this.#hasStake) return;
    at.softVotes = true;
    const digest = this.#softValue();
    if (digest !== BOTTOM) this.#work(this.#voting_ns(STEP.soft), { kind: 'soft vote', digest, step: STEP.soft }, out);
  }
  #softValue(): number {
    const starting = this.#startingValue;
    if (starting !== BOTTOM) return starting;
    let best: Candidate | null = null;
    for (const one of this.at.candidates) if (one.isGood && (best === null || isBefore(one, best))) best = one;
    if (best === null) return BOTTOM;
    const { digest } = best.message;
    const isNew = this.run.blocks.of(digest).period === this.period;
    return isNew || this.periods.get(this.period - 1)?.endsIn === digest ? digest : BOTTOM;
  }

  /** Certifying, where the block came after the soft votes. */
  #tryCertVote(out: Out): void {
    const { at } = this;
    const { staged } = at;
    if (staged === BOTTOM) return;
    this.#checkBlock(staged, out);
    if (!this.#mayCertify(at, staged)) return;
    at.certVotes = true;
    this.#work(this.#voting_ns(STEP.cert), { kind: 'cert vote' }, out);
  }

  /** Recovery, and fast recovery. */
  #tryNextVotes(out: Out): void {
    const { at } = this;
    if (!this.#hasStake) return;
    while (at.nextVotes < at.nextVotesDue) {
      const step = STEP.next + at.nextVotes;
      at.nextVotes += 1;
      this.#work(this.#voting_ns(step), { kind: 'next vote', digest: BOTTOM, step }, out);
    }
    while (at.recoveries < at.recoveriesDue) {
      at.recoveries += 1;
      // A node says one thing in each of these steps of a period.
      const { step } = this.#recoveryVote();
      if (!at.own.some((vote) => stepOf(vote) === step))
        this.#work(this.#voting_ns(step), { kind: 'recovery vote', digest: BOTTOM, step }, out);
    }
  }
  /** What it votes to go on with. */
  #nextValue(): number {
    const { staged } = this.at;
    return staged !== BOTTOM && this.#isValid(staged) ? staged : this.#startingValue;
  }
  #recoveryVote(): { step: number; digest: number } {
    const digest = this.#nextValue();
    if (digest === BOTTOM) return { step: STEP.down, digest };
    return { step: digest === this.at.staged && this.#isValid(digest) ? STEP.late : STEP.redo, digest };
  }

  // --- jobs

  #work(cost_ns: number, job: Job, out: Out, period = this.at): void {
    out.work(cost_ns, { round: this.round, period, job } satisfies Token);
  }

  protected onWork({ round, period, job }: Token, out: Out): void {
    if (round !== this.round) return;
    const isNow = period === this.at;
    switch (job.kind) {
      case 'propose':
        if (isNow) this.#propose(job.batch, out);
        break;
      case 'propose again':
        if (isNow) this.#proposeAgain(job.value, out);
        break;
      case 'check':
        job.candidate.isGood = true;
        if (job.value !== null) job.value.isValid = true;
        break;
      case 'check block':
        job.value.isValid = true;
        break;
      case 'soft vote':
        if (isNow) this.#cast(STEP.soft, job.digest, out);
        break;
      case 'cert vote':
        if (isNow) this.#certify(period.staged, out);
        break;
      case 'soft quorum':
        period.staged = job.digest;
        if (period.number > this.period) this.#enter(period.number, out);
        else if (isNow && job.votes) this.#certify(job.digest, out);
        break;
      case 'next vote':
        if (isNow) this.#cast(job.step, this.#nextValue(), out);
        break;
      case 'recovery vote': {
        const { step, digest } = this.#recoveryVote();
        if (isNow && step === job.step) this.#cast(step, digest, out);
        break;
      }
      case 'next quorum':
        if (job.digest === BOTTOM) period.endsInBottom = true;
        else period.endsIn = job.digest;
        if (period.number >= this.period) this.#enter(period.number + 1, out);
        break;
      case 'decide':
        this.decide(job.decision, out);
        return;
    }
    this.advance(out);
  }

  /** Who has begun to vote to go on to the next period certifies nothing in this one any more: others may count on that. */
  #certify(digest: number, out: Out): void {
    if (this.at.isGoingOn) return;
    const { proposal } = this.valueOf(digest);
    if (proposal !== null) this.wroteBlock(proposal);
    this.#cast(STEP.cert, digest, out);
  }

  #propose(batch: Batch | null, out: Out): void {
    const { id, round, period, at, run } = this;
    const credential = this.#credential(STEP.propose);
    if (this.#weight(STEP.propose) === 0) return;
    const { digest } = run.blocks.make({ round, period, proposer: id, previous: this.previous, batch: batch?.id ?? 0 });
    this.hash_ns(digest);
    const message = this.#sign(digest, credential, proposalBytes(batch?.bytes ?? 0), true);
    const value = this.valueOf(digest);
    value.proposal = message;
    value.isChecked = value.isValid = true;
    this.context.proposed({ view: viewOf(period, STEP.propose), decision: digest });
    this.#send(message, at, out);
  }
  #proposeAgain({ digest, proposal, isValid }: Value, out: Out): void {
    const credential = this.#credential(STEP.propose);
    if (this.#weight(STEP.propose) === 0) return;
    const hasBlock = proposal !== null && isValid;
    this.#send(this.#sign(digest, credential, hasBlock ? proposalBytes(this.bytesOf(digest)) : VOTE_BYTES, hasBlock), this.at, out);
  }
  #sign(digest: number, credential: Credential, bytes: number, hasBlock: boolean): Proposal {
    const fields = { type: TYPE.proposal, view: viewOf(this.period, STEP.propose), sequence: this.round, signer: this.id };
    const message = new Proposal({ ...fields, digest, bytes, credential, hasBlock });
    this.run.log.sign(message);
    return message;
  }
  #send(message: Proposal, period: Period, out: Out): void {
    const priority = this.run.committees.priority(this.id, this.round, this.period);
    period.candidates = [...period.candidates, { message, priority, isGood: true }];
    period.own.push(message);
    this.wrote(message);
    out.multicast(message);
  }
}

/** Its credential's lowest hash is below the other's; ties by node. */
function isBefore(one: Candidate, other: Candidate): boolean {
  return one.priority < other.priority || (one.priority === other.priority && one.message.signer < other.message.signer);
}
