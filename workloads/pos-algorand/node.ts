// A node: one round after another by the player's rules, and around it what the specification leaves to others. Messages of later rounds wait;
// who has missed something asks (resynchronisation); what was said survives a crash; clients are told.
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { weightOf } from '../../harness/simulate/core/weights.ts';
import { CATCH_UP_TIMER, CatchUp, type CatchUpHost, type Proof, type ProvenDecision } from '../parts/catch-up.ts';
import { Executor } from '../parts/executor.ts';
import { HEADER_BYTES, type SignedMessage } from '../parts/messages.ts';
import { WriteAhead } from '../parts/write-ahead.ts';
import { BLOCK_HEADER_BYTES } from './blocks.ts';
import { STEP, committeeOf } from './committees.ts';
import { BOTTOM, CERTIFIED_VOTE_BYTES, Credential, Proposal, TYPE, VOTE_BYTES, Vote, periodOf, stepOf, viewOf } from './messages.ts';
import { Player } from './player.ts';
import type { Decision, Run, Token } from './state.ts';

/** Rounds beyond its own of which a node keeps messages. */
const ROUNDS_KEPT = 1024;
/** Decisions in one answer. */
const MOST_DECISIONS = 16;
/** Rounds of which replies are kept, and where nothing is ever asked for decisions. */
const REPLIES_KEPT = 64;
/** Every so many rounds the log of writes is cut. */
const ROUNDS_A_LOG = 64;

/**
 * What is written before anything that follows from it is said: all that it says itself, so that it never says two things in one step; the block
 * that it certifies; with which votes a period began; and what was decided, with the cert votes.
 */
type Record =
  | { readonly kind: 'said'; readonly message: Vote }
  | { readonly kind: 'block'; readonly proposal: Proposal }
  | { readonly kind: 'period'; readonly round: number; readonly number: number; readonly endsInBottom: boolean; readonly endsIn: number }
  | { readonly kind: 'decided'; readonly round: number; readonly decision: Decision };

/** Messages of a later round, and of whom. */
interface LaterRound {
  readonly messages: SignedMessage[];
  readonly voters: BitSet;
  stake: number;
}

type Out = Outbox<SignedMessage>;
type WorkToken = Token | { readonly fetched: ProvenDecision };

export class Node extends Player {
  /** Periods beyond the first that the decided rounds took. */
  #skipped = 0;
  readonly #executor: Executor<SignedMessage>;
  readonly #catchUp: CatchUp<SignedMessage>;
  readonly #ahead: WriteAhead<SignedMessage, Record>;
  readonly #decisions = new Map<number, Decision>();
  #previous = BOTTOM;
  /** What was written of this round. */
  #records: Record[] = [];
  readonly #later = new Map<number, LaterRound>();
  /** Decisions from others, by round, that wait for those before them. */
  readonly #fetched = new Map<number, ProvenDecision>();
  #takes = false;
  /** A correct node is in a later round. */
  #isBehind = false;
  /** Blocks that it has decided, and those of them without transactions. */
  rounds = 0;
  emptyBlocks = 0;

  constructor(context: NodeContext<SignedMessage>, run: Run) {
    super(context, run);
    const { log, rules } = run;
    const batchOf = (digest: number) => this.batchOf(digest);
    this.#executor = new Executor(
      context,
      { log, reply: rules.reply, signs: true, kept: REPLIES_KEPT },
      { repliesIn: (round) => round, batchOf, executed: () => {} },
    );
    this.#catchUp = new CatchUp(
      context,
      { log, nodes: rules.nodes, types: TYPE, signs: true, wait_us: rules.behind_us, answers: rules.answers, most: MOST_DECISIONS },
      this.#host(),
    );
    this.#ahead = new WriteAhead(context, run.persists);
  }

  #host(): CatchUpHost<SignedMessage, readonly SignedMessage[]> {
    const executed = (): number => this.#executor.executed;
    return {
      get executed() {
        return executed();
      },
      // There is always a block to come.
      isWaiting: true,
      batchOf: (digest) => this.batchOf(digest),
      proofOf: (round) => this.#proofOf(round),
      take: (decision, out) => this.#take(decision, out),
      sayAgain: (to, round, out) => this.#sayAgain(to, round, out),
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
        if (input.id === CATCH_UP_TIMER) this.#catchUp.onTimer(out);
        else this.onTimer(input.id, out);
        break;
      case 'submit':
        if (!input.fresh || input.request.items.length > 1) this.#executor.answer(input.request.items, out);
        this.advance(out);
        break;
      case 'ready':
        this.advance(out);
        break;
      case 'start':
        this.begin(this.at, out);
        this.#catchUp.wait(out, this.rules.patience_us);
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

  /** Periods beyond the first of all rounds, the one that it is in among them. */
  get periodsSkipped(): number {
    return this.#skipped + this.period;
  }
  get decisions(): ReadonlyMap<number, Decision> {
    return this.#decisions;
  }
  override get previous(): number {
    return this.#previous;
  }

  // --- messages

  #receive(from: number, message: SignedMessage, out: Out): void {
    if (!(message instanceof Vote)) {
      this.#catchUp.receive(from, message, out);
      return;
    }
    if (message.type !== TYPE.proposal) this.run.log.vote(this.id, message);
    if (message.sequence === this.round) this.#on(message, out);
    else if (message.sequence > this.round) this.#keep(message, out);
  }
  #on(message: Vote, out: Out): void {
    if (message instanceof Proposal) this.onProposal(message, out);
    else this.onVote(message, out);
  }

  #keep(message: Vote, out: Out): void {
    const { sequence, signer } = message;
    let later = this.#later.get(sequence);
    if (later === undefined) this.#later.set(sequence, (later = { messages: [], voters: new BitSet(), stake: 0 }));
    if (sequence <= this.round + ROUNDS_KEPT) later.messages.push(message);
    if (later.voters.has(signer)) return;
    later.voters.add(signer);
    later.stake += weightOf(this.rules.stakes, signer);
    this.#watch(later, out);
  }
  #watch(later: LaterRound, out: Out): void {
    if (this.#isBehind || later.stake < this.rules.oneCorrect) return;
    this.#isBehind = true;
    this.#catchUp.wait(out);
  }

  override entered(out: Out): void {
    const { period } = this;
    const before = this.periods.get(period - 1);
    const record = {
      kind: 'period',
      round: this.round,
      number: period,
      endsInBottom: before?.endsInBottom ?? false,
      endsIn: before?.endsIn ?? BOTTOM,
    } as const;
    this.#write(record, HEADER_BYTES);
    if (!this.#isBehind) this.#catchUp.wait(out, this.rules.patience_us);
  }

  // --- from round to round

  override decide(decision: Decision, out: Out): void {
    const { round } = this;
    const { period, digest } = decision;
    this.context.committed({ view: viewOf(this.run.blocks.of(digest).period, STEP.propose), decision: digest });
    this.#skipped += period;
    this.#remember(round, decision);
    const hasBlock = this.#records.some((record) => record.kind === 'block' && record.proposal.digest === digest);
    this.#records = [];
    const bytes = HEADER_BYTES + this.#certificate_bytes(decision) + (hasBlock ? 0 : BLOCK_HEADER_BYTES + this.bytesOf(digest));
    this.#ahead.write({ kind: 'decided', round, decision }, bytes, {
      holds: hasBlock ? [] : [digest],
      ...(round % ROUNDS_A_LOG === 0 ? { snapshot: () => this.#everything() } : {}),
    });
    this.#executor.decided(round, digest, out);
    this.#nextRound(out);
  }
  #remember(round: number, decision: Decision): void {
    this.#decisions.set(round, decision);
    if (!this.run.keepsDecisions) this.#decisions.delete(round - REPLIES_KEPT);
    this.#previous = decision.digest;
    this.rounds += 1;
    if (this.batchOf(decision.digest) === null) this.emptyBlocks += 1;
  }

  #nextRound(out: Out): void {
    this.round += 1;
    this.pinned = BOTTOM;
    this.periods.clear();
    this.values.clear();
    this.run.committees.forget(this.round - 1);
    this.#takes = this.#isBehind = false;
    this.begin(this.periodAt(0), out);
    this.#catchUp.wait(out, this.rules.patience_us);
    const later = this.#later.get(this.round);
    this.#later.delete(this.round);
    for (const message of later?.messages ?? []) this.#on(message as Vote, out);
    for (const one of this.#later.values()) this.#watch(one, out);
    this.#fetched.delete(this.round - 1);
    this.#takeNext(out);
    this.advance(out);
  }

  // --- resynchronisation

  #proofOf(round: number): Proof<readonly SignedMessage[]> | null {
    const decision = this.#decisions.get(round);
    if (decision === undefined) return null;
    const { period, digest, signers } = decision;
    const view = viewOf(period, STEP.cert);
    const proof = signers.map((signer) => {
      const credential = new Credential(signer, round, view);
      return new Vote({ type: TYPE.cert, view, sequence: round, signer, digest, bytes: VOTE_BYTES, credential });
    });
    return { view, digest, proof, bytes: BLOCK_HEADER_BYTES + this.#certificate_bytes(decision) };
  }
  #certificate_bytes({ signers }: Decision): number {
    return signers.length * CERTIFIED_VOTE_BYTES;
  }

  /** Do these weigh enough to certify what the decision is? */
  #certifies({ sequence, view, digest }: ProvenDecision, votes: readonly SignedMessage[]): boolean {
    const weights = this.run.committees.weights(sequence, periodOf({ view }), STEP.cert);
    const signers = new Set<number>();
    let weight = 0;
    for (const vote of votes) {
      if (vote.type !== TYPE.cert || vote.sequence !== sequence || vote.view !== view || vote.digest !== digest || signers.has(vote.signer))
        return false;
      signers.add(vote.signer);
      weight += weights[vote.signer];
    }
    return weight >= committeeOf(STEP.cert).threshold;
  }
  #take(decision: ProvenDecision, out: Out): void {
    const { sequence, proof } = decision;
    if (sequence < this.round || this.#fetched.has(sequence) || !this.#certifies(decision, proof)) return;
    this.#fetched.set(sequence, decision);
    this.#takeNext(out);
  }
  #takeNext(out: Out): void {
    const decision = this.#fetched.get(this.round);
    if (decision === undefined || this.#takes) return;
    const votes = decision.proof as readonly Vote[];
    if (!this.#certifies(decision, this.verify(votes))) {
      this.#fetched.delete(this.round);
      return;
    }
    this.#takes = true;
    const cost_ns = this.rules.checkVotes_ns(votes.length) + this.hash_ns(decision.digest) + this.rules.sign_ns;
    out.work(cost_ns, { fetched: decision } satisfies WorkToken);
  }
  #took({ sequence, view, digest, proof }: ProvenDecision, out: Out): void {
    if (sequence !== this.round) return;
    this.decide({ period: periodOf({ view }), digest, signers: proof.map(({ signer }) => signer) }, out);
    this.#catchUp.goOn(out);
  }

  /** What it has said in this round, and its freshest bundles with the block: what the period began with, and the soft votes of a quorum. */
  #sayAgain(to: number, round: number, out: Out): void {
    if (round !== this.round) return;
    const { at } = this;
    const said = new Set<Vote>();
    for (const period of this.periods.values()) for (const vote of period.own) said.add(vote);
    for (const [step, ballots] of this.periods.get(this.period - 1)?.ballots ?? [])
      if (step > STEP.cert) for (const digest of ballots.taken()) for (const vote of ballots.checked(digest)) said.add(vote);
    const soft = at.ballots.get(STEP.soft);
    if (at.staged !== BOTTOM) for (const vote of soft?.checked(at.staged) ?? []) said.add(vote);
    for (const digest of [at.staged, this.pinned]) {
      const proposal = this.values.get(digest)?.proposal ?? null;
      if (proposal !== null && this.values.get(digest)!.isValid) said.add(proposal);
    }
    for (const message of said) out.send(to, message);
  }

  // --- what survives a crash

  override wrote(message: Vote): void {
    this.#write({ kind: 'said', message }, message.bytes);
  }
  override wroteBlock(proposal: Proposal): void {
    this.#write({ kind: 'block', proposal }, proposal.bytes, [proposal.digest]);
  }
  #write(record: Record, bytes: number, holds: readonly number[] = []): void {
    this.#records.push(record);
    this.#ahead.write(record, bytes, { holds });
  }
  #everything(): Record[] {
    const decided = [...this.#decisions].map(([round, decision]): Record => ({ kind: 'decided', round, decision }));
    return [...decided, ...this.#records];
  }

  #recover(records: readonly Record[], out: Out): void {
    const decided: { sequence: number; digest: number }[] = [];
    for (const record of records) {
      if (record.kind !== 'decided') continue;
      this.#skipped += record.decision.period;
      this.#remember(record.round, record.decision);
      decided.push({ sequence: record.round, digest: record.decision.digest });
    }
    this.#executor.recover(decided);
    this.round = this.#executor.executed + 1;
    this.periods.clear();
    let at = 0;
    for (const record of records) {
      if (record.kind === 'period' && record.round === this.round) {
        at = record.number;
        Object.assign(this.periodAt(at - 1), { endsInBottom: record.endsInBottom, endsIn: record.endsIn });
      } else if (record.kind === 'said' && record.message.sequence === this.round) this.#recoverSaid(record.message);
      else if (record.kind === 'block' && record.proposal.sequence === this.round) this.#recoverBlock(record.proposal);
      else continue;
      this.#records.push(record);
    }
    this.pinned = this.periods.get(at - 1)?.endsIn ?? BOTTOM;
    this.begin(this.periodAt(at), out);
    this.#catchUp.ask(out);
    this.advance(out);
  }
  #recoverSaid(message: Vote): void {
    const period = this.periodAt(periodOf(message));
    const step = stepOf(message);
    period.own.push(message);
    if (message instanceof Proposal) {
      period.proposes = true;
      const priority = this.run.committees.priority(this.id, this.round, period.number);
      period.candidates = [...period.candidates, { message, priority, isGood: true }];
      if (message.hasBlock) this.#recoverBlock(message);
      return;
    }
    this.ballotsOf(period, step).addOwn(message);
    if (step === STEP.soft) period.softVotes = true;
    else if (step === STEP.cert) {
      period.certVotes = true;
      period.staged = message.digest;
    } else if (step < STEP.late) period.nextVotes = Math.max(period.nextVotes, step - STEP.next + 1);
    else period.recoveries = Math.max(period.recoveries, 1);
  }
  #recoverBlock(proposal: Proposal): void {
    const value = this.valueOf(proposal.digest);
    value.proposal ??= proposal;
    value.isChecked = value.isValid = true;
  }
}
