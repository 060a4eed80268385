// One server of Zab: F. Junqueira, B. Reed, M. Serafini, "Zab: High-performance broadcast for primary-backup systems", DSN 2011, section V. Its
// phases are in files of their names; here are phase 0, leader election, and what of all that an input is for.
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Acknowledged } from '../parts/acknowledged.ts';
import { FIRST_LEADER, LogDisk } from '../parts/leader-log.ts';
import { Discovery } from './discovery.ts';
import { Election } from './election.ts';
import { Notification, TYPE, type AckEpoch, type Short, type Transactions, type UpTo, type Vote, type ZabMessage } from './messages.ts';
import { FINALIZE_TIMER, LIMIT_TIMER, NOBODY, PING_TIMER, type Out, type Run, type Saved } from './server.ts';

export class ZabNode extends Discovery {
  private readonly election: Election;

  constructor(context: NodeContext<ZabMessage>, run: Run, observers: readonly number[]) {
    super(context, run, observers);
    this.election = new Election(run.rules.voters, run.rules.majority, this.ownVote);
  }

  private get ownVote(): Vote {
    const { log } = this;
    return { leader: this.id, epoch: this.current, zxid: log.entries[log.last].zxid };
  }

  step(input: NodeInput<ZabMessage>, out: Out): void {
    this.run.now_us = input.now_us;
    switch (input.kind) {
      case 'message':
        this.onMessage(input.from, input.message, out);
        break;
      case 'persisted':
        this.disk.written(input.token, out, this);
        break;
      case 'submit':
        this.onRequest(input.request.items, input.fresh, out);
        break;
      case 'ready':
        this.propose(out);
        break;
      case 'work':
        this.disk.worked(input.token, out);
        break;
      case 'timer':
        this.onTimer(input.id, out);
        break;
      case 'start':
        if (this.run.now_us > 0) this.look(out);
        else this.startInFirstEpoch(out);
        break;
      case 'recover':
        this.recover(input.persisted, out);
        break;
      case 'external':
        break;
    }
  }

  private startInFirstEpoch(out: Out): void {
    this.leader = FIRST_LEADER;
    this.state = this.id === FIRST_LEADER ? 'leading' : 'following';
    this.phase = 'broadcast';
    if (this.state === 'following') out.setTimer(LIMIT_TIMER, this.run.rules.syncLimit_us);
    else {
      this.log.lead(0);
      this.isEpochChosen = true;
      this.acks = new Acknowledged(this.run.rules.voters, this.run.rules.majority, 0, 0);
      this.broadcast(out);
    }
  }

  private recover(persisted: readonly unknown[], out: Out): void {
    const last = LogDisk.last<Saved>(persisted);
    if (last !== undefined) {
      this.accepted = last.accepted;
      this.current = last.current;
      this.log.recover(last.history, last.end);
    }
    this.look(out);
  }

  // --- phase 0, leader election

  protected override look(out: Out): void {
    this.session += 1;
    this.state = 'looking';
    this.phase = 'election';
    this.leader = NOBODY;
    for (const timer of [LIMIT_TIMER, PING_TIMER, FINALIZE_TIMER]) out.cancelTimer(timer);
    this.election.begin(this.id, this.ownVote);
    this.context.asksFor(this.election.round);
    this.sayAgain(out, (later) => this.tellVote(later));
    this.consider(out);
  }

  private notification(): Notification {
    const { round, vote } = this.election;
    const its = this.state === 'looking' ? vote : { ...vote, leader: this.leader };
    return new Notification({ view: round, sequence: this.nextNumber(), signer: this.id }, this.state, its);
  }
  private tellVote(out: Out): void {
    this.toVoters(this.notification(), out);
  }

  private onNotification(from: number, notification: Notification, out: Out): void {
    if (this.state !== 'looking') {
      if (notification.state === 'looking') out.send(from, this.notification());
      return;
    }
    const heard = this.election.hear(this.id, from, notification);
    if (heard === 'changed') {
      out.cancelTimer(FINALIZE_TIMER);
      this.sayAgain(out, (later) => this.tellVote(later));
    } else if (heard === 'behind' && this.isVoter && notification.state === 'looking') out.send(from, this.notification());
    this.consider(out);
  }

  private consider(out: Out): void {
    const { leading } = this.election;
    if (leading !== null) this.join(leading.vote.leader, leading.view, out);
    else if (this.isVoter && this.election.isAgreed) out.setTimer(FINALIZE_TIMER, this.run.rules.finalizeWait_us);
  }

  private finalize(out: Out): void {
    const { round, vote, isAgreed } = this.election;
    if (this.state !== 'looking' || !isAgreed) return;
    if (vote.leader === this.id) this.lead(out);
    else this.join(vote.leader, round, out);
  }
  /** The leader that this round has elected. */
  private join(leader: number, round: number, out: Out): void {
    this.election.round = round;
    this.follow(leader, out);
  }

  // --- timers

  private onTimer(timer: string, out: Out): void {
    if (timer === FINALIZE_TIMER) this.finalize(out);
    else if (timer === LIMIT_TIMER) this.onLimit(out);
    else if (timer === PING_TIMER) this.onPingTimer(out);
    else this.onAgainTimer(out);
  }

  private onLimit(out: Out): void {
    const { rules, now_us } = this.run;
    let left_us = this.since_us + rules.initLimit_us - now_us;
    if (this.phase === 'broadcast')
      left_us = (this.state === 'following' ? this.heard_us : this.majorityHeard_us()) + rules.syncLimit_us - now_us;
    if (left_us > 0) out.setTimer(LIMIT_TIMER, left_us);
    else this.look(out);
  }

  // --- messages

  private onMessage(from: number, message: ZabMessage, out: Out): void {
    const { type } = message;
    if (type === TYPE.notification) this.onNotification(from, message as Notification, out);
    else if (type === TYPE.cepoch) this.onCepoch(from, message.view, out);
    else if (this.state === 'leading') this.onFollowersMessage(from, message, out);
    else if (this.state === 'following' && from === this.leader) this.onLeadersMessage(message, out);
  }

  private onFollowersMessage(from: number, message: ZabMessage, out: Out): void {
    const { type, view } = message;
    if (type === TYPE.ack || type === TYPE.ackEpoch || type === TYPE.ackLeader) this.run.log.vote(this.id, message as Short);
    if (!this.isEpochChosen || view !== this.accepted) return;
    const isVoter = from < this.run.rules.voters;
    if (isVoter) this.voterHeard_us[from] = this.run.now_us;
    if (type === TYPE.ackEpoch) this.onAckEpoch(from, message as AckEpoch, out);
    else if (type === TYPE.ackLeader) this.onAckLeader(from, (message as UpTo).upTo, out);
    else if (isVoter && this.acks !== null) {
      if (type === TYPE.ack) this.acknowledged(from, message.sequence, out);
      else if (type === TYPE.pong) this.acknowledged(from, (message as UpTo).upTo, out);
    }
  }

  private onLeadersMessage(message: ZabMessage, out: Out): void {
    const { type, view } = message;
    if (type === TYPE.newEpoch) this.onNewEpoch(message, out);
    if (view !== this.accepted || this.state !== 'following') return;
    this.heard_us = this.run.now_us;
    if (type === TYPE.propose || type === TYPE.inform) this.onTransaction(message as Transactions, out);
    else if (type === TYPE.commit) this.onCommit(message);
    else if (type === TYPE.newLeader) this.onNewLeader(message as Transactions, out);
    else if (type === TYPE.commitLeader) this.onCommitLeader(message as UpTo, out);
    else if (type === TYPE.ping) this.onPing(message as UpTo, out);
    this.lookForGaps(out);
  }
}
