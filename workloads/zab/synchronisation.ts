// Phase 2, synchronisation (section V of the paper): every follower's history becomes that of the new epoch's leader.
import { TYPE, STATE_BYTES, Transactions, UpTo, transactionsBytes, type AckEpoch } from './messages.ts';
import { Broadcast } from './broadcast.ts';
import type { Out } from './server.ts';

export abstract class Synchronisation extends Broadcast {
  // Of a leader: whose ACK-LD it has, and up to where the initial history goes.
  protected readonly ackLeaders = new Set<number>();
  protected initial = 0;

  // --- a follower

  protected onNewLeader({ view: epoch, history, before, end }: Transactions, out: Out): void {
    const { log } = this;
    if (this.phase === 'discovery' || epoch !== this.accepted) return;
    this.current = epoch;
    if (log.entries === history) log.follow(history, before, end);
    else {
      // Zab's synchronisation: its history is the leader's from now on, and what that does not have is forgotten.
      if (before < log.committed)
        throw new Error(`transaction ${before + 1} is taken back, and those up to ${log.committed} were delivered`);
      log.entries = history;
      log.last = end;
      log.saved = Math.min(log.saved, before);
    }
    const say = (again: Out): void => again.send(this.leader, new UpTo(TYPE.ackLeader, this.at, log.saved));
    this.save(STATE_BYTES + transactionsBytes(history, before, end), out, (later) => this.sayAgain(later, say));
    this.acceptAfterHistory(out);
  }

  protected onCommitLeader({ upTo }: UpTo, out: Out): void {
    if (this.current !== this.accepted || this.phase === 'discovery') return;
    this.phase = 'broadcast';
    this.sayNoMore(out);
    this.decidedUpTo(upTo);
  }

  // --- a leader

  protected synchronise(to: number, { history, end }: AckEpoch, out: Out): void {
    const { log } = this;
    let common = Math.min(end, log.last);
    if (history !== log.entries) while (history[common].zxid !== log.entries[common].zxid) common -= 1;
    out.send(to, new Transactions(TYPE.newLeader, this.at, log.entries, common, log.last));
  }

  protected onAckLeader(from: number, upTo: number, out: Out): void {
    const { voters, majority } = this.run.rules;
    const isVoter = from < voters;
    if (this.phase === 'broadcast') {
      out.send(from, new UpTo(TYPE.commitLeader, this.at, this.log.committed));
      if (isVoter) this.acknowledged(from, upTo, out);
      return;
    }
    if (this.phase !== 'synchronisation' || !isVoter) return;
    this.acks!.acknowledged(from, upTo);
    this.ackLeaders.add(from);
    if (this.ackLeaders.size < majority || !this.ackLeaders.has(this.id)) return;
    this.phase = 'broadcast';
    this.run.established();
    for (const follower of this.ackLeaders)
      if (follower !== this.id) out.send(follower, new UpTo(TYPE.commitLeader, this.at, this.initial));
    this.log.commit(this.initial, (batch) => this.reply(batch, out));
    this.broadcast(out);
  }
}
