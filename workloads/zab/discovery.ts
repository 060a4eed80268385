// Phase 1, discovery (section V of the paper): a majority promises its new leader an epoch that is later than all before.
import { Acknowledged } from '../parts/acknowledged.ts';
import { AckEpoch, STATE_BYTES, Short, TYPE, type State, type ZabMessage } from './messages.ts';
import { FIRST_EPOCH } from './rules.ts';
import { FINALIZE_TIMER, LIMIT_TIMER, type Out } from './server.ts';
import { Synchronisation } from './synchronisation.ts';

export abstract class Discovery extends Synchronisation {
  /** When the phases before broadcasts began. */
  protected since_us = 0;

  // Of a leader: whose CEPOCH and ACK-E it has, and the highest f.p that it has heard of.
  private readonly epochs = new Map<number, number>();
  private readonly ackEpochs = new Map<number, AckEpoch | null>();
  private highest = FIRST_EPOCH;
  protected isEpochChosen = false;

  private begin(state: State, leader: number, out: Out): void {
    const { rules, now_us } = this.run;
    this.state = state;
    this.phase = 'discovery';
    this.leader = leader;
    this.since_us = now_us;
    this.heard_us = now_us;
    out.cancelTimer(FINALIZE_TIMER);
    out.setTimer(LIMIT_TIMER, rules.initLimit_us);
  }

  // --- a follower

  protected follow(leader: number, out: Out): void {
    this.begin('following', leader, out);
    this.forgetBroadcasts();
    this.sayAgain(out, (later) => later.send(leader, new Short(TYPE.cepoch, this.accepted, this.nextNumber(), this.id)));
  }

  protected onNewEpoch({ view: epoch }: ZabMessage, out: Out): void {
    if (this.phase !== 'discovery') return;
    if (epoch < this.accepted) {
      this.look(out);
      return;
    }
    this.phase = 'synchronisation';
    const counts = epoch > this.accepted;
    this.accepted = epoch;
    const say = (later: Out): void => this.sayAgain(later, (again) => this.tellHistory(counts, again));
    if (counts) this.save(STATE_BYTES, out, say);
    else say(out);
  }
  private tellHistory(counts: boolean, out: Out): void {
    const { log, current } = this;
    out.send(this.leader, new AckEpoch(this.at, { current, history: log.entries, end: log.last, counts }));
  }
  protected override askToSynchronise(out: Out): void {
    this.sayAgain(out, (later) => this.tellHistory(false, later));
  }

  // --- a leader

  protected lead(out: Out): void {
    this.begin('leading', this.id, out);
    this.sayNoMore(out);
    this.isEpochChosen = false;
    this.acks = null;
    this.epochs.clear();
    this.ackEpochs.clear();
    this.ackLeaders.clear();
    this.onCepoch(this.id, this.accepted, out);
  }

  protected onCepoch(from: number, epoch: number, out: Out): void {
    const { voters, majority } = this.run.rules;
    this.highest = Math.max(this.highest, epoch);
    if (this.state !== 'leading') return;
    if (this.isEpochChosen) {
      // Who has promised a later epoch cannot come back in this one.
      if (epoch > this.accepted) this.look(out);
      else out.send(from, new Short(TYPE.newEpoch, this.accepted, this.nextNumber(), this.id));
      return;
    }
    if (from < voters) this.epochs.set(from, epoch);
    if (this.epochs.size < majority) return;
    this.isEpochChosen = true;
    this.accepted = Math.max(this.highest, this.accepted, ...this.epochs.values()) + 1;
    for (const follower of this.epochs.keys())
      if (follower !== this.id) out.send(follower, new Short(TYPE.newEpoch, this.accepted, this.nextNumber(), this.id));
    this.save(STATE_BYTES, out, (later) => this.onAckEpoch(this.id, null, later));
  }

  /** `ack`: null for its own. */
  protected onAckEpoch(from: number, ack: AckEpoch | null, out: Out): void {
    const { voters, majority } = this.run.rules;
    const { log, current } = this;
    if (this.phase !== 'discovery') {
      if (ack !== null) this.synchronise(from, ack, out);
      return;
    }
    if (ack !== null && (from >= voters || !ack.counts)) return;
    const { zxid } = log.entries[log.last];
    if (ack !== null && (ack.current > current || (ack.current === current && ack.zxid > zxid))) {
      this.look(out);
      return;
    }
    this.ackEpochs.set(from, ack);
    if (this.ackEpochs.size < majority || !this.ackEpochs.has(this.id)) return;
    this.phase = 'synchronisation';
    this.current = this.accepted;
    log.lead(this.run.now_us);
    this.initial = log.last;
    this.acks = new Acknowledged(voters, majority, log.last, log.last);
    for (const [follower, its] of this.ackEpochs) if (its !== null) this.synchronise(follower, its, out);
    this.save(STATE_BYTES, out, (later) => this.onAckLeader(this.id, log.last, later));
  }
}
