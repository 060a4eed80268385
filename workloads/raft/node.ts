// One server of Raft: D. Ongaro, J. Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, Figure 2.
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import type { Contents } from '../parts/contents.ts';
import { FIRST_LEADER, LeadersClients, LogDisk, type Writer } from '../parts/leader-log.ts';
import { HEADER_BYTES } from '../parts/messages.ts';
import { ReplicatedLog, type Entries, type Entry } from '../parts/replicated-log.ts';
import { AppendEntries, Appended, Ballot, STATE_BYTES, TYPE, entriesBytes, type RaftMessage } from './messages.ts';
import type { RaftParameters } from './parameters.ts';
import { MOST_ENTRIES, Progress } from './progress.ts';
import { FIRST_TERM, electionTimeout_us, type Rules } from './rules.ts';

/** What the nodes of one run share. */
export interface Run {
  readonly setup: Setup<RaftParameters>;
  readonly rules: Rules;
  readonly log: OperationLog;
  readonly contents: Contents | null;
  /** Of the step under way. */
  now_us: number;
  /** A node leads its term from now on. Returns for how long nobody did, where the leader before it is down; else null. */
  elected(node: RaftNode): number | null;
}

/**
 * A write: term, vote, and the log up to `end`. And what is said, and to whom, once it is over; null: that the log is on the disk, where that
 * has entries, or one's vote for oneself.
 */
interface Saved {
  readonly term: number;
  readonly votedFor: number;
  readonly log: Entries;
  readonly end: number;
  readonly to: number;
  readonly message: Appended | Ballot | null;
}

type Out = Outbox<RaftMessage>;
const ELECTION_TIMER = 'election';
const HEARTBEAT_TIMER = 'heartbeat';
const NOBODY = -1;
const NONE = 0x7fffffff;
const EMPTY: Entry = { term: 0, batch: null };

export class RaftNode implements Writer<RaftMessage, Saved> {
  readonly id: number;
  term = FIRST_TERM;
  votedFor = FIRST_LEADER;
  role: 'follower' | 'candidate' | 'leader' = 'follower';
  /** The first entry that it has decided by counting as the leader of its term; 0: none yet. */
  firstCounted = 0;
  readonly log: ReplicatedLog<Entry, RaftMessage>;
  readonly #context: NodeContext<RaftMessage>;
  readonly #run: Run;
  /** Term and vote are on the disk as they are here. */
  #isStateSaved = true;

  // Of a follower: when it heard of its leader or candidate last, and its election timeout from then on, which was drawn for a term.
  #heard_us = 0;
  #timeout_us = 0;
  #drawnFor = 0;
  /** Its log was the leader's once in this term: what it lacks then is on its way. */
  #isInStep = true;
  /** AppendEntries that have overtaken what they follow, by the index of that; null: none has. And since when that is waited for. */
  #early: Map<number, AppendEntries> | null = null;
  /** The least of those indices; NONE: there is none. */
  #earliest = NONE;
  #lacks_us = 0;

  readonly #disk: LogDisk<RaftMessage, Saved>;
  readonly #clients: LeadersClients<RaftMessage>;

  // Of a candidate: of which log it asks for votes, and whose it has.
  #claim = { sequence: 0, lastTerm: 0 };
  readonly #votes = new Set<number>();

  // Of a leader: when it sent to all last, how many heartbeats, and how far the others were at the last one.
  #progress: Progress | null = null;
  #sent_us = 0;
  #beats = 0;
  #movesBefore = -1;

  constructor(context: NodeContext<RaftMessage>, run: Run) {
    this.id = context.id;
    this.#context = context;
    this.#run = run;
    this.log = new ReplicatedLog<Entry, RaftMessage>(context, EMPTY);
    this.#disk = LogDisk.of({ groupCommit: run.rules.groupCommit, signed: run.setup.cell.transactions.signed === true });
    this.#clients = new LeadersClients(context, run.contents, TYPE.reply);
  }

  step(input: NodeInput<RaftMessage>, out: Out): void {
    this.#run.now_us = input.now_us;
    switch (input.kind) {
      case 'message':
        this.#onMessage(input.from, input.message, out);
        break;
      case 'persisted':
        this.#disk.written(input.token, out, this);
        break;
      case 'submit':
        if (this.role === 'leader') this.#onRequest(input.request.items, input.fresh, out);
        break;
      case 'ready':
        this.#propose(out);
        break;
      case 'work':
        this.#disk.worked(input.token, out);
        break;
      case 'timer':
        if (input.id === HEARTBEAT_TIMER) this.#onHeartbeatTimer(out);
        else this.#onElectionTimer(out);
        break;
      case 'start':
        this.#start(out);
        break;
      case 'recover':
        this.#recover(input.persisted, out);
        break;
      case 'external':
        break;
    }
  }

  #start(out: Out): void {
    // Who is down when the run begins has missed the first leader's term so far.
    this.#isInStep = this.#run.now_us === 0;
    if (this.id === FIRST_LEADER && this.#isInStep) this.#lead(out);
    else this.#awaitLeader(out);
  }

  #recover(persisted: readonly unknown[], out: Out): void {
    const last = LogDisk.last<Saved>(persisted);
    if (last !== undefined) {
      this.term = last.term;
      this.votedFor = last.votedFor;
      this.log.recover(last.log, last.end);
    }
    this.#isInStep = false;
    this.#awaitLeader(out);
  }

  // --- the disk

  /** Says something when the log up to now, term and vote are on the disk; `fresh` bytes of entries are new, and checked with `cost_ns` of work. */
  #save(fresh_bytes: number, to: number, message: Saved['message'], cost_ns: number, out: Out): void {
    const { entries, last } = this.log;
    const saved: Saved = { term: this.term, votedFor: this.votedFor, log: entries, end: last, to, message };
    const bytes = fresh_bytes + (this.#isStateSaved ? 0 : STATE_BYTES);
    this.#disk.write(saved, bytes, cost_ns, out);
  }

  /** Says something at once where all that it depends on is on the disk. */
  #respond(to: number, message: Appended | Ballot, out: Out): void {
    if (this.#isStateSaved) out.send(to, message);
    else this.#save(0, to, message, 0, out);
  }

  onWritten({ term, votedFor, log, end, to, message }: Saved, out: Out): void {
    this.log.wrote(log, end);
    // What was promised in a term that is over is not said any more.
    if (term !== this.term) return;
    if (votedFor === this.votedFor) this.#isStateSaved = true;
    if (message !== null) out.send(to, message);
    else if (to !== this.id) out.send(to, new Appended(this, end, true));
    else if (this.role === 'candidate') this.#countVote(this.id, out);
    else if (this.role === 'leader') this.#acknowledged(this.id, end, out);
  }

  // --- terms and timers

  /** A later term is under way: nobody leads here, and nobody has this node's vote. */
  #enter(term: number, out: Out): void {
    this.term = term;
    this.votedFor = NOBODY;
    this.#isStateSaved = false;
    this.#early = null;
    this.#earliest = NONE;
    this.#isInStep = false;
    if (this.role === 'leader') out.cancelTimer(HEARTBEAT_TIMER);
    if (this.role !== 'follower') this.#awaitLeader(out);
  }

  /** As a follower from now on, with a timeout of its own. */
  #awaitLeader(out: Out): void {
    this.role = 'follower';
    this.#progress = null;
    this.#drawTimeout(out);
  }

  #drawTimeout(out: Out): void {
    const { rules, setup, now_us } = this.#run;
    this.#heard_us = now_us;
    this.#drawnFor = this.term;
    this.#timeout_us = electionTimeout_us(rules, setup.cell.seed, this.id, this.term);
    out.setTimer(ELECTION_TIMER, this.#timeout_us);
  }

  /** It has heard of its leader, or given its vote. The timer that runs is looked at when it expires. */
  #heard(out: Out): void {
    if (this.role !== 'follower' || this.#drawnFor !== this.term) this.#awaitLeader(out);
    else this.#heard_us = this.#run.now_us;
  }

  #onElectionTimer(out: Out): void {
    if (this.role === 'leader') return;
    const left_us = this.#heard_us + this.#timeout_us - this.#run.now_us;
    if (left_us > 0) out.setTimer(ELECTION_TIMER, left_us);
    else this.#stand(out);
  }

  // --- elections (sections 5.2 and 5.4.1)

  #stand(out: Out): void {
    const { log } = this;
    this.#enter(this.term + 1, out);
    this.role = 'candidate';
    this.votedFor = this.id;
    this.#context.asksFor(this.term);
    this.#drawTimeout(out);
    this.#votes.clear();
    this.#claim = { sequence: log.last, lastTerm: log.termAt(log.last) };
    // Others are asked while its own vote is being written: without that it does not lead, whoever else has voted for it.
    out.multicast(new Ballot(TYPE.requestVote, this, this.#claim, false));
    this.#save(0, this.id, null, 0, out);
  }

  #onRequestVote(from: number, request: Ballot, out: Out): void {
    const { sequence, lastTerm } = request;
    const { last } = this.log;
    const own = this.log.termAt(last);
    const isUpToDate = lastTerm > own || (lastTerm === own && sequence >= last);
    const granted = isUpToDate && this.role === 'follower' && (this.votedFor === NOBODY || this.votedFor === from);
    if (granted) {
      this.#heard(out);
      if (this.votedFor === NOBODY) this.#isStateSaved = false;
      this.votedFor = from;
    }
    this.#respond(from, new Ballot(TYPE.vote, this, request, granted), out);
  }

  #onVote(vote: Ballot, out: Out): void {
    const { sequence, lastTerm } = this.#claim;
    if (this.role !== 'candidate' || !vote.granted || vote.sequence !== sequence || vote.lastTerm !== lastTerm) return;
    this.#countVote(vote.signer, out);
  }

  #countVote(voter: number, out: Out): void {
    this.#votes.add(voter);
    if (this.#votes.size >= this.#run.rules.majority && this.#votes.has(this.id)) this.#lead(out);
  }

  #lead(out: Out): void {
    const { rules, now_us } = this.#run;
    const downtime_us = this.#run.elected(this);
    if (downtime_us !== null) this.#context.observe('downtime_ms', downtime_us / 1000);
    this.role = 'leader';
    this.firstCounted = 0;
    this.#progress = new Progress(rules.nodes, rules.majority, this.log);
    this.#sent_us = now_us;
    this.#movesBefore = -1;
    out.cancelTimer(ELECTION_TIMER);
    out.setTimer(HEARTBEAT_TIMER, rules.heartbeat_us);
    this.log.lead(now_us);
    // It tells the others, and learns what is decided by deciding an entry of its own (section 8).
    if (this.term > FIRST_TERM) this.#extend(null, out);
    this.#propose(out);
  }

  // --- a leader (section 5.3)

  #onRequest(items: readonly number[], fresh: boolean, out: Out): void {
    this.#clients.answer(items, fresh, this.term, out);
    this.#propose(out);
  }

  #propose(out: Out): void {
    if (this.role !== 'leader') return;
    const { pool } = this.#context;
    for (let batch = pool.take(this.#run.now_us); batch !== null; batch = pool.take(this.#run.now_us)) this.#proposeOne(batch, out);
  }
  #proposeOne(batch: Batch, out: Out): void {
    const { term } = this;
    this.#disk.after(
      () => this.#clients.check(batch),
      out,
      (later) => {
        if (this.role === 'leader' && this.term === term) this.#extend(batch, later);
      },
    );
  }

  #extend(batch: Batch | null, out: Out): void {
    const { log } = this;
    log.extend({ term: this.term, batch });
    const message = new AppendEntries(this, log.last - 1, log.last);
    out.multicast(message);
    this.#sent_us = this.#run.now_us;
    this.#progress!.extended();
    this.#save(message.bytes - HEADER_BYTES, this.id, null, 0, out);
  }

  #onHeartbeatTimer(out: Out): void {
    const { rules, now_us } = this.#run;
    const { log } = this;
    const progress = this.#progress;
    if (progress === null) return;
    const left_us = this.#sent_us + rules.heartbeat_us - now_us;
    if (left_us > 0) {
      out.setTimer(HEARTBEAT_TIMER, left_us);
      return;
    }
    out.multicast(new AppendEntries(this, log.last, log.last, ++this.#beats));
    this.#sent_us = now_us;
    out.setTimer(HEARTBEAT_TIMER, rules.heartbeat_us);
    // Where entries wait for a majority that does not answer it asks in vain.
    this.#context.asksAgain(log.committed < log.last && progress.moves === this.#movesBefore);
    this.#movesBefore = progress.moves;
  }

  #onAppended(from: number, { agrees, index }: Appended, out: Out): void {
    const progress = this.#progress;
    if (progress === null) return;
    if (agrees) {
      this.#acknowledged(from, index, out);
      this.#sendFrom(from, progress.next(from), out);
    } else this.#sendFrom(from, progress.refused(from, index, this.log.last), out);
  }

  #sendFrom(to: number, index: number | null, out: Out): void {
    if (index === null) return;
    const end = Math.min(this.log.last, index + MOST_ENTRIES - 1);
    if (end < index) return;
    out.send(to, new AppendEntries(this, index - 1, end));
    this.#progress!.sent(to, end);
  }

  #acknowledged(node: number, index: number, out: Out): void {
    const { log } = this;
    const progress = this.#progress!;
    progress.acknowledged(node, index);
    const held = progress.held(log.committed);
    // Section 5.4.2: only entries of the leader's own term are decided by counting, and with them all before.
    if (held > log.committed && log.termAt(held) === this.term) {
      if (this.firstCounted === 0) this.firstCounted = held;
      log.commit(held, (batch) => this.#reply(batch, out));
    }
  }

  #reply(batch: Batch, out: Out): void {
    this.#clients.reply(batch, this.term, out);
  }

  // --- messages

  #onMessage(from: number, message: RaftMessage, out: Out): void {
    const { view } = message;
    if (view > this.term) this.#enter(view, out);
    const isCurrent = view === this.term;
    switch (message.type) {
      case TYPE.append:
      case TYPE.heartbeat:
        if (isCurrent) this.#onAppend(from, message as AppendEntries, out);
        else this.#respond(from, this.#refusal(message as AppendEntries, 0), out);
        break;
      case TYPE.appended:
        if ((message as Appended).agrees) this.#run.log.vote(this.id, message as Appended);
        if (isCurrent) this.#onAppended(from, message as Appended, out);
        break;
      case TYPE.heard:
        if (isCurrent) this.#onAppended(from, message as Appended, out);
        break;
      case TYPE.requestVote:
        if (isCurrent) this.#onRequestVote(from, message as Ballot, out);
        else this.#respond(from, new Ballot(TYPE.vote, this, message as Ballot, false), out);
        break;
      case TYPE.vote:
        if ((message as Ballot).granted) this.#run.log.vote(this.id, message as Ballot);
        if (isCurrent) this.#onVote(message as Ballot, out);
        break;
    }
  }

  // --- a follower (section 5.3)

  #onAppend(from: number, message: AppendEntries, out: Out): void {
    const { before } = message;
    const { log } = this;
    this.#heard(out);
    if (log.termAt(before) !== message.beforeTerm) {
      if (before > log.last && this.#waitsFor(message)) return;
      this.#respond(from, this.#refusal(message, before > log.last ? log.last : this.#beforeConflict(before)), out);
      return;
    }
    this.#accept(from, message, out);
    this.#isInStep = true;
    if (this.#early !== null) this.#acceptEarly(from, this.#early, out);
  }

  #refusal({ type, sequence }: AppendEntries, index: number): Appended {
    return new Appended(this, index, false, type === TYPE.heartbeat ? sequence : 0);
  }

  /** What comes too early is kept. Mostly what it follows is on its way: that is waited for, as long as the shortest election timeout. */
  #waitsFor(message: AppendEntries): boolean {
    const { rules, now_us } = this.#run;
    if (message.end === message.before) return false;
    const isFirst = this.#early === null;
    this.#early ??= new Map<number, AppendEntries>();
    this.#early.set(message.before, message);
    this.#earliest = Math.min(this.#earliest, message.before);
    const waits = isFirst ? this.#isInStep : now_us < this.#lacks_us + rules.timeoutMin_us;
    if (isFirst || !waits) this.#lacks_us = now_us;
    return waits;
  }
  #acceptEarly(from: number, early: Map<number, AppendEntries>, out: Out): void {
    while (this.#earliest <= this.log.last) {
      let next = NONE;
      this.#earliest = NONE;
      for (const index of early.keys())
        if (next === NONE && index <= this.log.last) next = index;
        else if (index < this.#earliest) this.#earliest = index;
      const message = early.get(next)!;
      early.delete(next);
      if (this.log.termAt(next) === message.beforeTerm) this.#accept(from, message, out);
    }
    this.#lacks_us = this.#run.now_us;
    if (early.size === 0) this.#early = null;
  }

  /** The last index before the term that conflicts: what was decided does not. */
  #beforeConflict(index: number): number {
    const { log } = this;
    const term = log.termAt(index);
    while (index > log.committed && log.termAt(index) === term) index -= 1;
    return index;
  }

  /** Its log is the leader's up to what the message follows. */
  #accept(from: number, { log: leaders, before, end, bytes, committed, type, sequence }: AppendEntries, out: Out): void {
    const { log } = this;
    const first = log.follow(leaders, before, end);
    if (first <= end) {
      const fresh_bytes = first === before + 1 ? bytes - HEADER_BYTES : entriesBytes(leaders, first - 1, end);
      let cost_ns = 0;
      for (let index = first; index <= end && this.#disk.checks; index++) {
        const { batch } = leaders[index];
        if (batch !== null) cost_ns += this.#clients.check(batch);
      }
      this.#save(fresh_bytes, from, null, cost_ns, out);
    } else if (type === TYPE.heartbeat) this.#respond(from, new Appended(this, Math.min(log.saved, end), true, sequence), out);
    else if (log.saved >= end) this.#respond(from, new Appended(this, end, true), out);
    else this.#save(0, from, null, 0, out);
    if (committed > log.committed) log.commit(Math.min(committed, end), null);
  }
}
