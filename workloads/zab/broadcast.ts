// Phase 3, broadcast (section V of the paper): the leader proposes, followers acknowledge what is on their disks, and a majority decides.
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import type { Acknowledged } from '../parts/acknowledged.ts';
import { HEADER_BYTES, digestOf } from '../parts/messages.ts';
import { Short, TYPE, Transactions, UpTo, type ZabMessage } from './messages.ts';
import { FIRST_EPOCH } from './rules.ts';
import { LIMIT_TIMER, PING_TIMER, Server, type Out, type Run, type Saved } from './server.ts';
import { LAST_COUNTER, counterOf, zxidOf } from './zxid.ts';

export abstract class Broadcast extends Server {
  // Of a follower. Transactions that have overtaken what they follow, by the place of that.
  private readonly early = new Map<number, Transactions>();
  /** Of each transaction after the delivered ones up to there it was told that it is decided, and of those at these places beyond. */
  private told = 0;
  private readonly toldBeyond = new Set<number>();
  /** Up to there all are decided, whatever COMMIT was lost. */
  private decided = 0;
  /** Up to where there are transactions, and decided ones, as far as it has heard; and since when it has got none of what it lacks. */
  private heardLast = 0;
  private heardDecided = 0;
  private lacks_us = Infinity;
  private progress = 0;

  // Of a leader.
  protected acks: Acknowledged | null = null;
  protected readonly voterHeard_us: Float64Array;

  constructor(context: NodeContext<ZabMessage>, run: Run, observers: readonly number[]) {
    super(context, run, observers);
    this.voterHeard_us = new Float64Array(this.isVoter ? run.rules.voters : 0);
  }

  /** It asks its leader to bring it to the leader's history in the epoch that both are in. */
  protected abstract askToSynchronise(out: Out): void;

  // --- a follower

  /** It follows a leader from now on. */
  protected forgetBroadcasts(): void {
    this.early.clear();
    this.told = 0;
    this.toldBeyond.clear();
    this.decided = 0;
    this.heardLast = this.heardDecided = 0;
    this.lacks_us = Infinity;
  }

  protected onTransaction(message: Transactions, out: Out): void {
    const { type, before, end } = message;
    const { log } = this;
    if (type === TYPE.inform) this.noteCommit(end);
    if (end > this.heardLast) this.heardLast = end;
    const accepts = this.acceptsTransactions;
    if (accepts && before === log.last) this.accept(message, out);
    else if (end > log.last || this.current !== this.accepted) this.early.set(before, message);
    if (accepts) this.acceptEarly(out);
  }

  private get acceptsTransactions(): boolean {
    return this.current === this.accepted && (this.phase === 'broadcast' || this.phase === 'synchronisation');
  }

  private acceptEarly(out: Out): void {
    const { early, log } = this;
    while (early.size > 0) {
      const next = early.get(log.last);
      if (next === undefined) return;
      early.delete(log.last);
      this.accept(next, out);
    }
  }
  /** It has got a history from its leader: what comes after that may be there already. */
  protected acceptAfterHistory(out: Out): void {
    for (const before of this.early.keys()) if (before < this.log.last) this.early.delete(before);
    this.acceptEarly(out);
  }

  /** The transaction that follows its last one. */
  private accept({ history, before, end, bytes }: Transactions, out: Out): void {
    this.log.follow(history, before, end);
    const { batch } = history[end];
    const cost_ns = !this.disk.checks || batch === null ? 0 : this.clients.check(batch);
    this.save(bytes - HEADER_BYTES, out, null, cost_ns);
  }
  /** Once it is on the disk. Observers have no say. */
  private acknowledge(end: number, out: Out): void {
    if (this.isVoter) out.send(this.leader, new Short(TYPE.ack, this.accepted, end, this.id));
  }

  protected onCommit({ sequence }: ZabMessage): void {
    const { log } = this;
    if (sequence <= log.committed) return;
    this.noteCommit(sequence);
    if (sequence > this.heardDecided) this.heardDecided = sequence;
    if (sequence <= log.saved) this.tellCommitted(sequence);
    this.deliver();
  }

  private noteCommit(sequence: number): void {
    const { log, toldBeyond } = this;
    if (this.told < log.committed) this.told = log.committed;
    if (sequence > this.told + 1) toldBeyond.add(sequence);
    else if (sequence === this.told + 1) {
      this.told = sequence;
      while (toldBeyond.size > 0 && toldBeyond.delete(this.told + 1)) this.told += 1;
    }
  }
  private isTold(sequence: number): boolean {
    return sequence <= this.told || (this.toldBeyond.size > 0 && this.toldBeyond.has(sequence));
  }

  private tellCommitted(sequence: number): void {
    const { term, batch } = this.log.entries[sequence];
    if (batch !== null) this.context.committed({ view: term, decision: digestOf(batch.id) });
  }

  /** Up to `decided` at least all is decided. */
  protected decidedUpTo(decided: number): void {
    this.decided = Math.max(this.decided, decided);
    this.deliver();
  }

  /** In the order of zxids, what is decided and on its disk. */
  private deliver(): void {
    const { log } = this;
    if (this.current !== this.accepted || this.phase !== 'broadcast') return;
    let upTo = log.committed;
    while (upTo < log.saved && (upTo < this.decided || this.isTold(upTo + 1))) {
      upTo += 1;
      if (this.toldBeyond.size > 0) this.toldBeyond.delete(upTo);
    }
    log.commit(upTo, null);
  }

  override onWritten({ history, end, session, then }: Saved, out: Out): void {
    const { log } = this;
    const before = log.saved;
    log.wrote(history, end);
    if (session !== this.session) return;
    for (let at = before + 1; at <= log.saved; at++) if (this.isTold(at)) this.tellCommitted(at);
    if (then === null) this.acknowledge(end, out);
    else then(out);
    if (this.state === 'following') this.deliver();
  }

  protected onPing({ upTo, last }: UpTo, out: Out): void {
    if (this.phase !== 'broadcast') return;
    this.heardLast = Math.max(this.heardLast, last);
    this.heardDecided = Math.max(this.heardDecided, upTo);
    out.send(this.leader, new UpTo(TYPE.pong, this.at, this.log.saved));
  }

  /** What it lacks may have been lost: where nothing of it has come for a while, it asks its leader to synchronise it again. */
  protected lookForGaps(out: Out): void {
    const { log } = this;
    if (this.phase !== 'broadcast') return;
    const progress = log.last + log.committed;
    if (this.heardLast <= log.last && this.heardDecided <= log.committed) this.lacks_us = Infinity;
    else if (progress !== this.progress || this.lacks_us === Infinity) this.lacks_us = this.run.now_us;
    else if (this.run.now_us >= this.lacks_us + this.run.rules.patience_us) {
      this.lacks_us = this.run.now_us;
      this.askToSynchronise(out);
    }
    this.progress = progress;
  }

  // --- a leader

  protected broadcast(out: Out): void {
    const { rules, now_us } = this.run;
    this.voterHeard_us.fill(now_us);
    this.sent_us = now_us;
    out.setTimer(LIMIT_TIMER, rules.syncLimit_us);
    out.setTimer(PING_TIMER, rules.ping_us);
    this.propose(out);
  }

  private isBroadcasting(epoch = this.accepted): boolean {
    return this.state === 'leading' && this.phase === 'broadcast' && this.accepted === epoch;
  }

  protected onRequest(items: readonly number[], fresh: boolean, out: Out): void {
    if (!this.isBroadcasting()) return;
    this.clients.answer(items, fresh, this.accepted, out);
    this.propose(out);
  }

  protected propose(out: Out): void {
    const { pool } = this.context;
    while (this.isBroadcasting()) {
      const batch = pool.take(this.run.now_us);
      if (batch === null) return;
      const epoch = this.accepted;
      this.disk.after(
        () => this.clients.check(batch),
        out,
        (later) => {
          if (this.isBroadcasting(epoch)) this.extend(batch, later);
        },
      );
    }
  }

  private extend(batch: Batch, out: Out): void {
    const { log, accepted: epoch } = this;
    const { term, zxid } = log.entries[log.last];
    const counter = (term === epoch ? counterOf(zxid) : epoch === FIRST_EPOCH ? this.run.rules.firstCounter : 0) + 1;
    if (counter === LAST_COUNTER) {
      this.look(out);
      return;
    }
    log.extend({ term: epoch, zxid: zxidOf(epoch, counter), batch });
    const { last } = log;
    this.acks!.extended();
    const message = new Transactions(TYPE.propose, { view: epoch, sequence: last, signer: this.id }, log.entries, last - 1, last);
    this.context.proposed({ view: epoch, decision: digestOf(batch.id) });
    this.toVoters(message, out);
    this.sent_us = this.run.now_us;
    this.save(message.bytes - HEADER_BYTES, out, (later) => this.acknowledged(this.id, last, later));
  }

  protected acknowledged(voter: number, upTo: number, out: Out): void {
    const { log, accepted: view } = this;
    this.acks!.acknowledged(voter, upTo);
    // Its initial history is decided with the epoch's first COMMIT-LD.
    if (this.phase !== 'broadcast') return;
    for (const held = this.acks!.held(log.committed); log.committed < held;) {
      const sequence = log.committed + 1;
      this.toVoters(new Short(TYPE.commit, view, sequence, this.id), out);
      const at = { view, sequence, signer: this.id };
      this.toObservers(() => new Transactions(TYPE.inform, at, log.entries, sequence - 1, sequence), out);
      this.sent_us = this.run.now_us;
      this.tellCommitted(sequence);
      log.commit(sequence, (batch) => this.reply(batch, out));
    }
  }

  protected onPingTimer(out: Out): void {
    const { rules, now_us } = this.run;
    const left_us = this.sent_us + rules.ping_us - now_us;
    out.setTimer(PING_TIMER, left_us > 0 ? left_us : rules.ping_us);
    if (left_us > 0) return;
    this.sent_us = now_us;
    out.multicast(new UpTo(TYPE.ping, this.at, this.log.committed, this.log.last));
  }

  /** Since when a majority of voters, the leader among them, has not all been heard of. */
  protected majorityHeard_us(): number {
    const { majority } = this.run.rules;
    this.voterHeard_us[this.id] = this.run.now_us;
    return this.voterHeard_us.toSorted()[this.voterHeard_us.length - majority];
  }
}
