// A node: slots one after another, in each nomination and ballots; what comes of them is executed. What faulty nodes say is in liars.ts.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput, Reply, Request } from '../../harness/simulate/messages/voting/mechanism.ts';
import { CATCH_UP_TIMER, CatchUp, type CatchUpHost, type Proof, type ProvenDecision } from '../parts/catch-up.ts';
import { Executor } from '../parts/executor.ts';
import { DIGEST_BYTES, REQUEST_HEADER_BYTES, digestOf, type SignedMessage } from '../parts/messages.ts';
import { WriteAhead } from '../parts/write-ahead.ts';
import type { BallotFact } from './ballots.ts';
import type { Contents } from './contents.ts';
import type { Leaders } from './leaders.ts';
import type { NominationFact } from './nomination.ts';
import type { ScpParameters } from './parameters.ts';
import { BRACKET, KEPT, type Rules } from './rules.ts';
import { Slot, samePledges } from './slot.ts';
import { Statement, TYPE, acceptsCommit, flawOf, type BallotPledges, type Commit, type Pledges, type Prepare } from './statements.ts';

export type Note = SignedMessage &
  Partial<Omit<Statement, keyof SignedMessage>> &
  Partial<Omit<Request, keyof SignedMessage>> &
  Partial<Omit<Reply, keyof SignedMessage>>;

/** What the nodes of one run share. */
export interface Run {
  readonly setup: Setup<ScpParameters>;
  readonly rules: Rules;
  readonly log: OperationLog;
  readonly contents: Contents | null;
  readonly leaders: Leaders;
  readonly persists: boolean;
}

/**
 * What is written, in the order in which it came about: batches before they are voted for, what a node says before anybody hears it, and
 * decisions. Not written: what others say, which comes again, and timers.
 */
export type Record =
  | { readonly kind: 'batch'; readonly digest: number }
  | { readonly kind: 'said'; readonly statement: Statement }
  | { readonly kind: 'decided'; readonly sequence: number; readonly digest: number; readonly proof: Proof<readonly Statement[]> };

/** Work under way. A step takes no time: what it found out holds when the work is done. */
type Token = { readonly slot: Slot; readonly cost_ns: number } & (
  | { readonly kind: 'introduce'; readonly batch: Batch }
  | { readonly kind: 'read'; readonly statement: Statement; readonly values: readonly number[] }
  | { readonly kind: 'fact'; readonly fact: NominationFact | BallotFact }
);

const NOMINATION_TIMER = 'nomination';
const BALLOT_TIMER = 'ballot';
const LEDGER_TIMER = 'ledger';

export class ScpNode implements CatchUpHost<Note, readonly Statement[]> {
  readonly id: number;
  /** Of all slots together: rounds and ballots after the first ones. */
  attempts = 0;
  private readonly context: NodeContext<Note>;
  private readonly run: Run;
  private readonly rules: Rules;
  private readonly executor: Executor<Note>;
  private readonly catchUp: CatchUp<Note, readonly Statement[]>;
  private readonly ahead: WriteAhead<Note, Record>;
  private readonly slots = new Map<number, Slot>();
  /** Values whose batch it has. */
  private readonly batches = new Set<number>();
  private readonly proofs = new Map<number, Proof<readonly Statement[]>>();
  private readonly knows = (value: number): boolean => this.batches.has(value);
  private readonly handles = (input: NodeInput<Note>, out: Outbox<Note>): void => this.handle(input, out);
  private busy: Token | null = null;
  private now_us = 0;
  private externalized_us = 0;

  constructor(context: NodeContext<Note>, run: Run) {
    const { rules, log } = run;
    this.id = context.id;
    this.context = context;
    this.run = run;
    this.rules = rules;
    this.ahead = new WriteAhead(context, run.persists);
    const reply = { type: TYPE.reply, bytes: rules.reply_bytes };
    this.executor = new Executor(
      context,
      { log, reply, signs: true, kept: KEPT, keepsDigests: true },
      {
        // Clients ask whoever leads the slot after this one.
        repliesIn: (sequence) => viewOf(sequence + 1),
        executed: (sequence, _digest, out) => this.ended(sequence, out),
      },
    );
    const types = { fetch: TYPE.fetch, decision: TYPE.decision };
    const answers = rules.replies;
    this.catchUp = new CatchUp(
      context,
      { log, nodes: rules.nodes, types, signs: true, wait_us: rules.catchUp_us, answers, most: 16 },
      this,
    );
  }

  step(input: NodeInput<Note>, out: Outbox<Note>): void {
    this.ahead.step(input, out, this.handles);
  }

  private handle(input: NodeInput<Note>, out: Outbox<Note>): void {
    this.now_us = input.now_us;
    switch (input.kind) {
      case 'start':
        // Who was down when the run began may have missed anything.
        if (input.now_us > 0) this.catchUp.ask(out);
        break;
      case 'submit':
        if (this.executor.answer(input.request.items, out) && this.run.setup.cell.load.kind === 'closed')
          // Under a closed load an item is a whole batch.
          for (const item of input.request.items) this.batches.add(digestOf(item));
        break;
      case 'message':
        this.receive(input.from, input.message, out);
        break;
      case 'timer':
        this.onTimer(input.id, out);
        break;
      case 'work':
        this.onWork(input.token as Token, out);
        break;
      case 'recover':
        this.recover(input.persisted as readonly (readonly Record[])[], out);
        break;
      default:
        break;
    }
    this.proceed(out);
  }

  /** That it is in, or has heard of. */
  get slot(): Slot | undefined {
    return this.slots.get(this.executor.executed + 1);
  }
  private slotAt(sequence: number): Slot {
    let slot = this.slots.get(sequence);
    if (slot === undefined) this.slots.set(sequence, (slot = new Slot(sequence, this.rules.viewOf(this.id), this.id, this.run.log)));
    return slot;
  }

  private receive(from: number, message: Note, out: Outbox<Note>): void {
    if (!(message instanceof Statement)) {
      this.catchUp.receive(from, message, out);
      return;
    }
    if (message.type !== TYPE.introduce) this.run.log.vote(this.id, message);
    const { sequence } = message;
    if (message.signer !== from || sequence <= this.executed || flawOf(message.pledges) !== '') return;
    if (sequence <= this.executed + BRACKET) this.slotAt(sequence).hear(message);
    // Others are further: of what is before it may have missed all.
    if (sequence > this.executed + 1 && this.slot?.hasBegun !== true) this.catchUp.waitIfIdle(out);
  }

  // --- slots

  /** Goes on as far as it can. */
  private proceed(out: Outbox<Note>): void {
    const sequence = this.executed + 1;
    if (this.slot?.hasBegun !== true && !this.begins(sequence, out)) return;
    const slot = this.slot!;
    while (this.busy === null) {
      const token = this.nextToken(slot);
      this.arm(slot, out);
      if (token === null) {
        const counter = slot.ballots.ahead();
        if (counter === null || !this.raise(slot, counter, out)) return;
        continue;
      }
      this.busy = token;
      out.work(token.cost_ns, token);
    }
  }

  /** A slot begins where there is something to agree on: here, or because others speak of it. */
  private begins(sequence: number, out: Outbox<Note>): boolean {
    const heard = this.slots.get(sequence);
    if ((heard === undefined || heard.isEmpty) && this.context.pool.ready_us > this.now_us) return false;
    const from_us = this.externalized_us + this.rules.interval_us;
    if (this.now_us < from_us) {
      out.setTimer(LEDGER_TIMER, from_us - this.now_us);
      return false;
    }
    const slot = this.slotAt(sequence);
    slot.begun_us = this.now_us;
    this.catchUp.wait(out);
    this.nextRound(slot, out);
    return true;
  }

  private nextRound(slot: Slot, out: Outbox<Note>): void {
    const count = slot.rounds.length + 1;
    slot.rounds.push(this.run.leaders.round(this.id, slot.sequence, count));
    out.setTimer(NOMINATION_TIMER, this.rules.timeout_us(count));
  }

  private onTimer(id: string, out: Outbox<Note>): void {
    const { slot } = this;
    if (id === CATCH_UP_TIMER) this.catchUp.onTimer(out);
    else if (slot === undefined) return;
    else if (id === NOMINATION_TIMER && slot.nominates && slot.nomination.candidates.size === 0) {
      this.triesAgain(slot);
      this.nextRound(slot, out);
    } else if (id === BALLOT_TIMER) {
      this.triesAgain(slot);
      this.raise(slot, slot.ballots.ballot!.counter + 1, out);
    }
  }
  private triesAgain(slot: Slot): void {
    slot.attempts += 1;
    this.attempts += 1;
    this.context.asksFor(slot.sequence * 4096 + slot.attempts);
  }

  // --- what to do next

  private nextToken(slot: Slot): Token | null {
    const token = this.nextRead(slot) ?? (slot.nominates ? (this.nextIntroduction(slot) ?? this.nextEcho(slot)) : null);
    if (token !== null) return token;
    const fact = (slot.nominates ? slot.nomination.next(this.knows) : null) ?? slot.ballots.next(this.knows);
    return fact === null ? null : { kind: 'fact', slot, fact, cost_ns: this.rules.work_ns(fact.checked, this.signsFor(slot, fact)) };
  }

  /** A batch that came with a statement; with it what it may vote for then. */
  private nextRead(slot: Slot): Token | null {
    for (let statement = slot.unread.shift(); statement !== undefined; statement = slot.unread.shift()) {
      const body = statement.body!;
      if (this.knows(body)) continue;
      const checked = this.verify(slot, statement);
      if (checked === null) continue;
      const batch = this.executor.batchOf(body)!;
      this.context.pool.adopt(batch);
      const values =
        slot.nominates && this.echoed(slot).includes(statement.signer)
          ? slot.nomination.votable(statement, (value) => value === body || this.knows(value))
          : [];
      return {
        kind: 'read',
        slot,
        statement,
        values,
        cost_ns: this.hash(batch, body) + this.rules.work_ns(checked, Math.min(1, values.length)),
      };
    }
    return null;
  }
  private nextEcho(slot: Slot): Token | null {
    for (const leader of this.echoed(slot))
      for (const statement of slot.nomination.of(leader)) {
        const values = slot.nomination.votable(statement, this.knows);
        const checked = values.length === 0 ? null : this.verify(slot, statement);
        if (checked !== null) return { kind: 'read', slot, statement, values, cost_ns: this.rules.work_ns(checked, 1) };
      }
    return null;
  }
  /** Whose nominations it votes for: the leaders of all rounds so far. Who leads itself, and has nothing to propose, takes the next one. */
  private echoed({ rounds, introduces }: Slot): number[] {
    return rounds.flatMap(({ self, other }) => (other === null || (self && introduces) ? [] : [other]));
  }
  private nextIntroduction(slot: Slot): Token | null {
    const { voted, accepted } = slot.nomination;
    if (slot.introduces || voted.size + accepted.size > 0 || !slot.rounds.some(({ self }) => self)) return null;
    const batch = this.context.pool.take(this.now_us);
    if (batch === null) return null;
    slot.introduces = true;
    const clients_ns = this.context.checkClients(batch, () => this.run.contents!.batch(digestOf(batch.id)));
    return { kind: 'introduce', slot, batch, cost_ns: this.rules.proposing_ns(batch.bytes) + clients_ns };
  }

  /** One signature, where it was not checked before: how many that took; null: it is forged. */
  private verify(slot: Slot, statement: Statement): 0 | 1 | null {
    if (slot.verified.has(statement)) return 0;
    if (slot.verified.check([statement])) return 1;
    slot.nomination.drop(statement);
    return null;
  }
  /** Of a batch that came: how long that takes, with its clients' signatures. */
  private hash(batch: Batch, digest: number): number {
    this.run.log.digest(batch.bytes, () => this.run.contents!.batch(digest));
    return this.rules.hashing_ns(batch.bytes) + this.context.checkClients(batch, () => this.run.contents!.batch(digest));
  }

  /** The timer of a ballot runs from the moment when a quorum is at its counter. */
  private arm(slot: Slot, out: Outbox<Note>): void {
    const counter = slot.ballots.ballot?.counter;
    if (counter === undefined || slot.armed === counter || slot.ballots.phase === 'externalize' || !slot.ballots.isLevel) return;
    slot.armed = counter;
    out.setTimer(BALLOT_TIMER, this.rules.timeout_us(counter));
  }

  /** A statement each; who externalizes tells the clients, too. */
  private signsFor(slot: Slot, { kind }: NominationFact | BallotFact): number {
    if (kind === 'confirm commit') return 2;
    return kind === 'confirm nominate' && slot.ballots.ballot !== null ? 0 : 1;
  }

  private onWork(token: Token, out: Outbox<Note>): void {
    this.busy = null;
    const { slot } = token;
    // Somebody has proved what was decided meanwhile.
    if (slot !== this.slot) return;
    switch (token.kind) {
      case 'introduce': {
        const value = digestOf(token.batch.id);
        this.run.log.digest(token.batch.bytes, () => this.run.contents!.batch(value));
        this.hasBatch(value);
        slot.nomination.vote([value]);
        this.context.proposed({ view: 0, decision: value });
        this.nominate(slot, value, out);
        return;
      }
      case 'read':
        if (token.statement.body !== null) this.hasBatch(token.statement.body);
        if (slot.nominates && slot.nomination.candidates.size === 0 && slot.nomination.vote(token.values)) this.nominate(slot, null, out);
        return;
      case 'fact':
        this.conclude(slot, token.fact, out);
        return;
    }
  }
  private hasBatch(value: number): void {
    if (this.batches.has(value)) return;
    this.batches.add(value);
    this.ahead.write({ kind: 'batch', digest: value }, DIGEST_BYTES + this.executor.batchOf(value)!.bytes);
  }

  private conclude(slot: Slot, fact: NominationFact | BallotFact, out: Outbox<Note>): void {
    const { nomination, ballots } = slot;
    switch (fact.kind) {
      case 'accept nominate':
        nomination.accept(fact.value);
        this.nominate(slot, null, out);
        return;
      case 'confirm nominate':
        nomination.candidates.add(fact.value);
        out.cancelTimer(NOMINATION_TIMER);
        if (ballots.ballot === null) ballots.begin({ counter: 1, value: this.composite(slot)! });
        break;
      case 'accept prepare':
        ballots.acceptPrepare(fact.ballot);
        if (ballots.ballot === null) ballots.begin({ counter: 1, value: ballots.acceptedPrepared!.value });
        break;
      case 'confirm prepare':
        ballots.confirmPrepare(fact.ballot);
        break;
      case 'accept commit':
        ballots.acceptCommit(fact.ballot, fact.to);
        break;
      case 'confirm commit':
        ballots.confirmCommit(fact.ballot, fact.to);
        this.say(slot, out);
        this.externalize(slot, out);
        return;
    }
    this.say(slot, out);
  }

  /** Of all candidates that with the most transactions, of several such the smallest digest. */
  private composite({ nomination }: Slot): number | null {
    let best: number | null = null;
    const transactions = (value: number): number => this.executor.batchOf(value)!.transactions;
    for (const value of nomination.candidates) {
      const more = best === null ? 1 : transactions(value) - transactions(best);
      if (best === null || more > 0 || (more === 0 && value < best)) best = value;
    }
    return best;
  }

  /** The ballot's counter rises, and its value is found anew (section 3.7). It stays below 1000 and the seconds since the slot began. Returns whether it rose. */
  private raise(slot: Slot, counter: number, out: Outbox<Note>): boolean {
    const { ballots } = slot;
    const { ballot } = ballots;
    if (ballot === null || counter <= ballot.counter) return false;
    const most = 999 + Math.floor((this.now_us - slot.begun_us) / 1_000_000);
    if (ballot.counter >= most) {
      out.setTimer(BALLOT_TIMER, 1_000_000);
      return false;
    }
    const found = ballots.confirmedPrepared?.value ?? this.composite(slot) ?? ballots.acceptedPrepared?.value ?? ballot.value;
    out.cancelTimer(BALLOT_TIMER);
    ballots.begin({ counter: Math.min(counter, most), value: ballots.phase === 'prepare' ? found : ballot.value });
    this.say(slot, out);
    return true;
  }

  // --- what it says

  /** `body`: of the batch that goes with it. */
  private nominate(slot: Slot, body: number | null, out: Outbox<Note>): void {
    const pledges = slot.nomination.pledges()!;
    const type = body !== null ? TYPE.introduce : pledges.accepted.length > 0 ? TYPE.accept : TYPE.nominate;
    slot.nominated = this.statement(slot, { type, attempt: slot.rounds.length - 1, pledges, body });
    this.ahead.write({ kind: 'said', statement: slot.nominated }, slot.nominated.bytes);
    out.multicast(slot.nominated);
  }
  /** What its ballots come to, where that is anything new. */
  private say(slot: Slot, out: Outbox<Note>): void {
    const pledges = slot.ballots.pledges();
    if (pledges === null || samePledges(slot.balloted?.pledges, pledges)) return;
    slot.ballots.said(pledges);
    const counter = slot.ballots.ballot!.counter;
    slot.balloted = this.statement(slot, { type: typeOf(pledges), attempt: counter - 1, pledges, body: null });
    // Who has accepted the commit cannot take that back.
    const holds = pledges.kind === 'commit' ? [pledges.ballot.value] : [];
    this.ahead.write({ kind: 'said', statement: slot.balloted }, slot.balloted.bytes, { holds });
    out.multicast(slot.balloted);
  }
  private statement(
    { sequence }: Slot,
    { attempt, ...fields }: { type: number; attempt: number; pledges: Pledges; body: number | null },
  ): Statement {
    const body_bytes = fields.body === null ? 0 : REQUEST_HEADER_BYTES + this.executor.batchOf(fields.body)!.bytes;
    const statement = new Statement({ ...fields, view: viewOf(sequence) + attempt, sequence, signer: this.id, body_bytes });
    this.run.log.sign(statement);
    return statement;
  }

  // --- decisions

  private externalize(slot: Slot, out: Outbox<Note>): void {
    const { ballot, statements } = slot.ballots.commitProof();
    this.decided(slot.sequence, { view: ballot.counter - 1, digest: ballot.value, ...proofOf([...statements, slot.balloted!]) }, [], out);
  }
  private decided(sequence: number, proof: Proof<readonly Statement[]>, holds: readonly number[], out: Outbox<Note>): void {
    const { digest } = proof;
    this.proofs.set(sequence, proof);
    this.proofs.delete(sequence - KEPT);
    this.ahead.write({ kind: 'decided', sequence, digest, proof }, 8 + DIGEST_BYTES + proof.bytes, { holds });
    this.context.committed({ view: 0, decision: digest });
    this.executor.decided(sequence, digest, out);
  }
  private ended(sequence: number, out: Outbox<Note>): void {
    this.slots.delete(sequence);
    this.batches.delete(this.executor.digestAt(sequence - BRACKET) ?? 0);
    this.externalized_us = this.now_us;
    for (const timer of [NOMINATION_TIMER, BALLOT_TIMER]) out.cancelTimer(timer);
    // What was proposed beside it waits for another slot.
    this.context.pool.restart(new Set(), this.now_us);
    if (!this.isWaiting) this.catchUp.stop(out);
  }

  // --- who is behind

  get executed(): number {
    return this.executor.executed;
  }
  get isWaiting(): boolean {
    for (const [sequence, slot] of this.slots) if (slot.hasBegun || (sequence > this.executed + 1 && !slot.isEmpty)) return true;
    return false;
  }
  proofOf(sequence: number): Proof<readonly Statement[]> | null {
    return this.proofs.get(sequence) ?? null;
  }

  /** Others have accepted one commit: a blocking set of this node's, and with it a quorum. */
  take({ sequence, view, digest, proof }: ProvenDecision<readonly Statement[]>, out: Outbox<Note>): void {
    if (this.executor.digestAt(sequence) !== undefined) return;
    const ballot = { counter: view + 1, value: digest };
    const tally = this.rules.viewOf(this.id).tally();
    const signers = new Set<number>();
    for (const { pledges, sequence: its, signer } of proof) {
      if (its !== sequence || pledges.kind === 'nominate' || flawOf(pledges) !== '' || !acceptsCommit(pledges, ballot)) return;
      signers.add(signer);
      if (signer !== this.id) tally.add(signer);
    }
    if (signers.size < proof.length || !tally.isBlocking) return;
    tally.add(this.id);
    if (!tally.isQuorum || this.run.log.verify(proof).length < proof.length) return;
    const batch = this.executor.batchOf(digest)!;
    if (!this.knows(digest)) this.hash(batch, digest);
    this.context.pool.adopt(batch);
    this.decided(sequence, { view, digest, ...proofOf(proof) }, [digest], out);
  }

  /** What it has said of the slot that it is in; nodes next to whoever asks send the batches, too. */
  sayAgain(to: number, sequence: number, out: Outbox<Note>): void {
    const { slot, rules } = this;
    if (slot === undefined || !slot.hasBegun || sequence > slot.sequence) return;
    const turn = (((this.id - to - 1) % rules.nodes) + rules.nodes) % rules.nodes;
    if (slot.nominated !== null) {
      const { pledges, view } = slot.nominated;
      const attempt = view - viewOf(slot.sequence);
      const { voted, accepted } = pledges as Extract<Pledges, { kind: 'nominate' }>;
      const known = [...accepted, ...voted];
      if (turn >= rules.replies) out.send(to, slot.nominated);
      else for (const body of known) out.send(to, this.statement(slot, { type: TYPE.introduce, attempt, pledges, body }));
    }
    if (slot.balloted !== null) out.send(to, slot.balloted);
  }

  private recover(persisted: readonly (readonly Record[])[], out: Outbox<Note>): void {
    const decided: Extract<Record, { kind: 'decided' }>[] = [];
    const said: Statement[] = [];
    for (const record of persisted.flat())
      if (record.kind === 'batch') this.batches.add(record.digest);
      else if (record.kind === 'said') said.push(record.statement);
      else decided.push(record);
    this.executor.recover(decided);
    for (const { sequence, proof } of decided) if (sequence > this.executed - KEPT) this.proofs.set(sequence, proof);
    const open = said.filter(({ sequence }) => sequence === this.executed + 1);
    if (open.length > 0) this.restore(open, out);
    this.catchUp.ask(out);
  }
  /** Goes on with a slot as its own last statements leave it. */
  private restore(open: readonly Statement[], out: Outbox<Note>): void {
    const slot = this.slotAt(this.executed + 1);
    slot.begun_us = this.now_us;
    this.nextRound(slot, out);
    for (const statement of open)
      if (statement.pledges.kind === 'nominate') slot.nominated = statement;
      else slot.balloted = statement;
    if (slot.nominated !== null) {
      const { voted, accepted } = slot.nominated.pledges as Extract<Pledges, { kind: 'nominate' }>;
      slot.nomination.vote(voted);
      for (const value of accepted) slot.nomination.accept(value);
    }
    if (slot.balloted !== null) slot.ballots.restore(slot.balloted.pledges as Prepare | Commit);
  }
}

/** Of the first round and the first ballot of a slot; later ones follow. A client that has heard of a view asks who leads its slot. */
export const viewOf = (sequence: number): number => sequence - 1;

function proofOf(statements: readonly Statement[]): { proof: readonly Statement[]; bytes: number } {
  return { proof: statements, bytes: statements.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** The message type of a ballot statement: by what is new in the ballot. */
function typeOf(pledges: BallotPledges): number {
  if (pledges.kind === 'externalize') return TYPE.externalize;
  if (pledges.kind === 'commit') return TYPE.commit;
  const { ballot, prepared, hCounter } = pledges;
  if (hCounter === ballot.counter) return TYPE.confirmed;
  return prepared?.counter === ballot.counter && prepared.value === ballot.value ? TYPE.prepared : TYPE.prepare;
}
