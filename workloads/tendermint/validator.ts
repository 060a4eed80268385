// A validator: one height after another by Algorithm 1, and around it what the paper takes for granted or leaves to others. Messages of later
// heights wait; who has missed something asks (the paper's gossip); what was said survives a crash; clients are told.
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import { certificate_bytes } from '../../harness/simulate/core/certificates.ts';
import { signersWeight, weightOf } from '../../harness/simulate/core/weights.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { CATCH_UP_TIMER, CatchUp, type CatchUpHost, type Proof, type ProvenDecision } from '../parts/catch-up.ts';
import { Executor } from '../parts/executor.ts';
import { HEADER_BYTES, SignedMessage } from '../parts/messages.ts';
import { WriteAhead } from '../parts/write-ahead.ts';
import { Algorithm, PRECOMMIT_TIMER, PREVOTE_TIMER, PROPOSE_TIMER, type Token } from './algorithm.ts';
import { Polka, TYPE, roundOf, viewOf, type Proposal } from './messages.ts';
import type { Candidate, Decision, Round, RoundValue, Run } from './state.ts';

/** Heights beyond its own of which a validator keeps messages. */
const HEIGHTS_KEPT = 1024;
/** Rounds beyond its own. */
const ROUNDS_KEPT = 1024;
/** Decisions in one answer. */
const MOST_DECISIONS = 16;
/** Heights of which replies are kept, and where nothing is ever asked for decisions. */
const REPLIES_KEPT = 64;
/** Every so many heights the log of writes is cut. */
const HEIGHTS_A_LOG = 64;

const COMMIT_TIMER = 'commit';

/**
 * What is written before anything that follows from it is said: all that it says itself, so that it never says two things in one round; the
 * value that it is locked on, or knows to have had a quorum's PREVOTEs, with these; and what was decided, with the PRECOMMITs.
 */
export type Record =
  | { readonly kind: 'said'; readonly message: SignedMessage }
  | {
      readonly kind: 'value';
      readonly value: RoundValue;
      readonly isLocked: boolean;
      readonly proposal: Proposal;
      readonly polka: readonly SignedMessage[];
    }
  | { readonly kind: 'decided'; readonly height: number; readonly decision: Decision };

/** Messages of a later height, and of whom. */
interface LaterHeight {
  readonly messages: SignedMessage[];
  readonly voters: BitSet;
  power: number;
}

const isVoteFor = (
  vote: SignedMessage,
  type: number,
  { sequence, view, digest }: Pick<SignedMessage, 'sequence' | 'view' | 'digest'>,
): boolean => vote.type === type && vote.sequence === sequence && vote.view === view && vote.digest === digest;

type Out = Outbox<SignedMessage>;
type WorkToken = Token | { readonly fetched: ProvenDecision };

export class Validator extends Algorithm {
  /** Rounds beyond the first that the decided heights took. */
  #skipped = 0;
  readonly #executor: Executor<SignedMessage>;
  readonly #catchUp: CatchUp<SignedMessage>;
  readonly #ahead: WriteAhead<SignedMessage, Record>;
  readonly #decisions = new Map<number, Decision>();
  /** What was written of this height. */
  #records: Record[] = [];
  readonly #later = new Map<number, LaterHeight>();
  /** Decisions from others, by height, that wait for those before them. */
  readonly #fetched = new Map<number, ProvenDecision>();
  #takes = false;
  /** A correct validator is at a later height. */
  #isBehind = false;
  /** Somebody has begun this height. */
  #isBegun = false;
  #rests = false;
  /** What it has said before it went down, of this height: of that it has forgotten what it followed from. */
  #recovered = new Set<SignedMessage>();

  constructor(context: NodeContext<SignedMessage>, run: Run) {
    super(context, run);
    const { log, rules } = run;
    const { reply } = rules.program;
    this.#executor = new Executor(
      context,
      { log, reply, signs: true, kept: REPLIES_KEPT },
      { repliesIn: (height) => viewOf(height + 1, 0), executed: () => {} },
    );
    this.#catchUp = new CatchUp(
      context,
      {
        log,
        nodes: rules.nodes,
        types: TYPE,
        signs: true,
        wait_us: rules.behind_us,
        answers: rules.answers,
        most: MOST_DECISIONS,
      },
      this.#host(),
    );
    this.#ahead = new WriteAhead(context, run.persists);
  }

  #host(): CatchUpHost<SignedMessage, readonly SignedMessage[]> {
    const executed = (): number => this.#executor.executed;
    const isWaiting = (): boolean => this.step !== 'new height' || this.#isBehind || this.#fetched.size > 0;
    return {
      get executed() {
        return executed();
      },
      get isWaiting() {
        return isWaiting();
      },
      proofOf: (height) => this.#proofOf(height),
      take: (decision, out) => this.#take(decision, out),
      sayAgain: (to, height, out) => this.#sayAgain(to, height, out),
    };
  }

  next(input: NodeInput<SignedMessage>, out: Out): void {
    this.#ahead.step(input, out, this.#handles);
  }
  readonly #handles = (input: NodeInput<SignedMessage>, out: Out): void => this.#handle(input, out);

  #handle(input: NodeInput<SignedMessage>, out: Out): void {
    this.now_us = input.now_us;
    switch (input.kind) {
      case 'message':
        this.#receive(input.from, input.message, out);
        break;
      case 'work': {
        const token = input.token as WorkToken;
        if ('fetched' in token) this.#took(token.fetched, out);
        else this.onWork(token, out);
        break;
      }
      case 'timer':
        this.#onTimer(input.id, out);
        break;
      case 'submit':
        if (!input.fresh || input.request.items.length > 1) this.#executor.answer(input.request.items, out);
        this.#hasSomething(out);
        break;
      case 'ready':
        this.#hasSomething(out);
        break;
      case 'start':
        // Who was down when the run began may have missed anything.
        if (input.now_us > 0) this.#catchUp.ask(out);
        break;
      case 'recover':
        this.#recover((input.persisted as readonly (readonly Record[])[]).flat(), out);
        break;
      default:
        break;
    }
  }

  /** Rounds beyond the first of all heights, the one that it is at among them. */
  get roundsSkipped(): number {
    return this.#skipped + this.at.number;
  }

  get decisions(): ReadonlyMap<number, Decision> {
    return this.#decisions;
  }
  /** At this height. */
  get said(): readonly SignedMessage[] {
    return [...this.rounds.values()].flatMap(({ own }) => own);
  }

  /** It has said that at this height before it went down. */
  isForgotten(message: SignedMessage): boolean {
    return this.#recovered.has(message);
  }
  /** A quorum's PREVOTEs for it are checked. */
  hasPolka(round: number, digest: number): boolean {
    const votes = this.rounds.get(round)?.prevotes.checked(digest) ?? [];
    return signersWeight(votes, this.rules.powers) >= this.rules.quorum;
  }

  // --- messages

  #receive(from: number, message: SignedMessage, out: Out): void {
    const { type } = message;
    if (type === TYPE.prevote || type === TYPE.precommit) {
      this.run.log.vote(this.id, message);
      if (message.sequence === this.height) this.#onVote(message, out);
      else if (message.sequence > this.height) this.#keep(message, out);
    } else if (type === TYPE.proposal) {
      if (message.sequence === this.height) this.#onProof(message, out);
      else if (message.sequence > this.height) this.#keep(message, out);
    } else if (type === TYPE.polka) {
      if (this.#isPolka(from, message as Polka)) this.#onProof(message, out);
    } else this.#catchUp.receive(from, message, out);
  }

  /** Puts it with the others of its round. False: nothing new. */
  #log(message: SignedMessage): boolean {
    const number = roundOf(message);
    if (number < 0 || number > this.at.number + ROUNDS_KEPT) return false;
    const round = number === this.at.number ? this.at : this.roundAt(number);
    this.news.add(round);
    if (message.type === TYPE.prevote) return round.prevotes.add(message);
    if (message.type === TYPE.precommit) return round.precommits.add(message);
    if (message.type === TYPE.polka) return round.prevotes.addPolka(message as Polka);
    return message.signer === this.rules.proposerOf(message.view) && round.addProposal(message as Proposal);
  }

  #onVote(vote: SignedMessage, out: Out): void {
    if (!this.#log(vote) || this.works) return;
    const { at } = this;
    if (this.step === 'new height') this.#heard(out);
    else if (roundOf(vote) !== at.number) this.advance(out);
    // Of most votes nothing follows.
    else if ((vote.type === TYPE.prevote ? at.prevotes : at.precommits).weight >= this.rules.quorum) this.advance(out);
  }
  /** A proposal, or the PREVOTEs of a quorum. */
  #onProof(message: SignedMessage, out: Out): void {
    if (!this.#log(message)) return;
    if (this.step === 'new height') this.#heard(out);
    else this.advance(out);
  }

  /** Of this height, and what it says that it is. */
  #isPolka(from: number, { signer, sequence, view, digest, votes }: Polka): boolean {
    const { form, powers, quorum } = this.rules;
    if (form === 'list' || signer !== from || sequence !== this.height) return false;
    const fits = votes.every((vote) => isVoteFor(vote, TYPE.prevote, { sequence, view, digest }));
    return fits && signersWeight(votes, powers) >= quorum;
  }

  #keep(message: SignedMessage, out: Out): void {
    const { sequence, signer } = message;
    let later = this.#later.get(sequence);
    if (later === undefined) this.#later.set(sequence, (later = { messages: [], voters: new BitSet(), power: 0 }));
    if (sequence <= this.height + HEIGHTS_KEPT) later.messages.push(message);
    if (later.voters.has(signer)) return;
    later.voters.add(signer);
    later.power += weightOf(this.rules.powers, signer);
    this.#watch(later, out);
  }
  #watch(later: LaterHeight, out: Out): void {
    if (this.#isBehind || later.power < this.rules.oneCorrect) return;
    this.#isBehind = true;
    this.#catchUp.wait(out);
  }

  #onTimer(id: string, out: Out): void {
    const { at } = this;
    if (id === CATCH_UP_TIMER) this.#catchUp.onTimer(out);
    else if (id === COMMIT_TIMER) {
      this.#rests = false;
      this.#tryBegin(out);
    } else {
      if (id === PROPOSE_TIMER) at.propose = 'over';
      else if (id === PREVOTE_TIMER) at.prevote = 'over';
      else if (id === PRECOMMIT_TIMER) at.precommit = 'over';
      this.advance(out);
    }
  }

  // --- from height to height

  #heard(out: Out): void {
    this.#isBegun = true;
    this.#tryBegin(out);
  }
  #hasSomething(out: Out): void {
    if (this.step === 'new height') this.#tryBegin(out);
    else this.propose(out);
  }
  /** A height begins with something to propose or with somebody's message, or timers would run for ever (CometBFT: create_empty_blocks = false). */
  #tryBegin(out: Out): void {
    if (this.#rests || this.step !== 'new height') return;
    if (!this.#isBegun && this.context.pool.ready_us > this.now_us) return;
    this.startRound(0, out);
    this.advance(out);
  }
  override entered({ number }: Round, out: Out): void {
    if (!this.#isBehind) this.#catchUp.wait(out, this.rules.patience_us(number));
  }

  override lacksPolka(out: Out): void {
    this.#catchUp.ask(out);
  }

  override decide(decision: Decision, out: Out): void {
    const { height } = this;
    const { round, digest } = decision;
    this.context.committed({ view: viewOf(height, round), decision: digest });
    this.#skipped += round;
    this.#decisions.set(height, decision);
    if (!this.run.keepsDecisions) this.#decisions.delete(height - REPLIES_KEPT);
    const hasValue = this.valid?.digest === digest;
    this.#records = [];
    this.leaveRound(out);
    this.#ahead.write({ kind: 'decided', height, decision }, this.#decided_bytes(decision, hasValue), {
      holds: hasValue ? [] : [digest],
      ...(height % HEIGHTS_A_LOG === 0 ? { snapshot: () => this.#everything() } : {}),
    });
    this.#executor.decided(height, digest, out);
    this.#nextHeight(out);
  }

  #nextHeight(out: Out): void {
    const { context, rules } = this;
    this.height += 1;
    this.step = 'new height';
    this.locked = this.valid = null;
    this.forgetRounds();
    this.#recovered.clear();
    this.at = this.roundAt(0);
    this.works = this.#takes = this.#isBehind = this.#isBegun = false;
    // Batches of rounds that brought no decision.
    context.pool.restart(new Set(), this.now_us);
    this.#catchUp.stop(out);
    const later = this.#later.get(this.height);
    if (later !== undefined) {
      this.#later.delete(this.height);
      for (const message of later.messages) this.#log(message);
      this.#isBegun = later.messages.length > 0;
    }
    for (const one of this.#later.values()) this.#watch(one, out);
    this.#fetched.delete(this.height - 1);
    this.#takeNext(out);
    this.#rests = rules.commit_us > 0;
    if (this.#rests) out.setTimer(COMMIT_TIMER, rules.commit_us);
    else this.#tryBegin(out);
  }

  // --- the gossip that the paper takes for granted

  #proofOf(height: number): Proof<readonly SignedMessage[]> | null {
    const decision = this.#decisions.get(height);
    if (decision === undefined) return null;
    const { round, digest, signers } = decision;
    const view = viewOf(height, round);
    const fields = { type: TYPE.precommit, view, sequence: height, digest, bytes: this.rules.vote_bytes };
    const proof = signers.map((signer) => new SignedMessage({ ...fields, signer }));
    return { view, digest, proof, bytes: this.#certificate_bytes(signers) };
  }

  #take(decision: ProvenDecision, out: Out): void {
    const { sequence, view, digest, proof } = decision;
    if (sequence < this.height || this.#fetched.has(sequence)) return;
    const fits = proof.every((vote) => isVoteFor(vote, TYPE.precommit, { sequence, view, digest }));
    if (!fits || signersWeight(proof, this.rules.powers) < this.rules.quorum) return;
    this.#fetched.set(sequence, decision);
    this.#takeNext(out);
  }
  #takeNext(out: Out): void {
    const decision = this.#fetched.get(this.height);
    if (decision === undefined || this.#takes) return;
    const { powers, program, quorum } = this.rules;
    const { digest, proof } = decision;
    this.checks.begin();
    if (signersWeight(this.checks.certificate(proof), powers) < quorum) {
      this.#fetched.delete(this.height);
      return;
    }
    this.#takes = true;
    const batch = this.batchOf(digest);
    this.hash(digest);
    const hash_ns = this.run.setup.cell.node.hash_ns_per_byte * batch.bytes;
    const reply_ns = program.steps[2].work_ns(0, 0);
    out.work(this.checks.taken_ns + reply_ns + hash_ns + this.checkClients(batch, digest), { fetched: decision });
  }
  #took({ sequence, view, digest, proof }: ProvenDecision, out: Out): void {
    if (sequence !== this.height) return;
    this.decide({ round: roundOf({ sequence, view }), digest, signers: proof.map(({ signer }) => signer) }, out);
    this.#catchUp.goOn(out);
  }

  /** What it has said at this height, and what others must know whom it may wait for: the proposal, and the PREVOTEs for the value that it would propose. */
  #sayAgain(to: number, height: number, out: Out): void {
    if (height !== this.height) return;
    const { at, valid } = this;
    for (const round of this.rounds.values()) for (const message of round.own) out.send(to, message);
    const justified = valid === null ? undefined : this.rounds.get(valid.round);
    for (const round of new Set([at, justified ?? at]))
      for (const { message, isSigned } of round.candidates) if (isSigned && message.signer !== this.id) out.send(to, message);
    const votes = justified?.prevotes.checked(valid!.digest) ?? [];
    if (this.rules.form === 'list') {
      for (const vote of votes) if (vote.signer !== this.id) out.send(to, vote);
    } else if (valid !== null) {
      const bytes = HEADER_BYTES + this.#certificate_bytes(votes);
      const fields = { type: TYPE.polka, view: viewOf(height, valid.round), sequence: height, signer: this.id, digest: valid.digest };
      out.send(to, new Polka({ ...fields, bytes, votes }));
    }
  }

  // --- what survives a crash

  override wrote(message: SignedMessage): void {
    this.#write({ kind: 'said', message }, message.bytes);
  }
  override wroteValue(value: RoundValue, { message: proposal }: Candidate, polka: readonly SignedMessage[], isLocked: boolean): void {
    const { form, vote_bytes } = this.rules;
    const bytes = proposal.bytes + (form === 'list' ? polka.length * vote_bytes : this.#certificate_bytes(polka));
    this.#write({ kind: 'value', value, isLocked, proposal, polka: [...polka] }, bytes, [value.digest]);
  }
  #write(record: Record, bytes: number, holds: readonly number[] = []): void {
    if (this.run.persists) this.#records.push(record);
    this.#ahead.write(record, bytes, { holds });
  }
  /** The batch is there already where it knew it to have had a quorum's PREVOTEs. */
  #decided_bytes({ digest, signers }: Decision, hasValue: boolean): number {
    return HEADER_BYTES + this.#certificate_bytes(signers) + (hasValue ? 0 : this.batchOf(digest).bytes);
  }
  #certificate_bytes({ length }: readonly unknown[]): number {
    return certificate_bytes(this.rules.form, length, this.rules.nodes);
  }
  #everything(): Record[] {
    const decided = [...this.#decisions].map(([height, decision]): Record => ({ kind: 'decided', height, decision }));
    return [...decided, ...this.#records];
  }

  #recover(records: readonly Record[], out: Out): void {
    const decided: { sequence: number; digest: number }[] = [];
    for (const record of records) {
      if (record.kind !== 'decided') continue;
      const { height, decision } = record;
      this.#decisions.set(height, decision);
      this.#skipped += decision.round;
      decided.push({ sequence: height, digest: decision.digest });
    }
    this.#executor.recover(decided);
    this.height = this.#executor.executed + 1;
    for (const record of records) {
      if (record.kind === 'said' && record.message.sequence === this.height) this.#recoverSaid(record.message);
      else if (record.kind === 'value' && record.proposal.sequence === this.height) this.#recoverValue(record);
      else continue;
      this.#records.push(record);
    }
    if (this.step === 'propose') {
      this.at.propose = 'runs';
      out.setTimer(PROPOSE_TIMER, this.rules.propose_us(this.at.number));
    }
    this.#catchUp.ask(out);
    this.advance(out);
  }
  #recoverSaid(message: SignedMessage): void {
    const number = roundOf(message);
    const round = this.roundAt(number);
    this.news.add(round);
    round.own.push(message);
    this.#recovered.add(message);
    this.at = round;
    if (message.type === TYPE.proposal) {
      this.step = 'propose';
      round.proposes = true;
      this.#recoverProposal(message as Proposal, round);
    } else if (message.type === TYPE.prevote) {
      this.step = 'prevote';
      round.prevotes.addChecked(message);
    } else {
      this.step = 'precommit';
      round.precommits.addChecked(message);
    }
  }
  #recoverProposal(message: Proposal, round: Round): void {
    round.addProposal(message);
    for (const candidate of round.candidates) if (candidate.message === message) candidate.isSigned = candidate.isValid = true;
    this.context.pool.adopt(this.batchOf(message.digest));
  }
  #recoverValue({ value, isLocked, proposal, polka }: Extract<Record, { kind: 'value' }>): void {
    const round = this.roundAt(value.round);
    this.news.add(round);
    this.#recoverProposal(proposal, round);
    if (this.rules.form === 'aggregate') round.prevotes.addProven(value.digest, polka);
    else for (const vote of polka) if (vote.signer !== this.id) round.prevotes.addChecked(vote);
    round.hasPolka = true;
    this.valid = value;
    if (isLocked) this.locked = value;
  }
}
