// View changes and their timers (sections 4.4 and 4.5.2).
import { firstOf, signersWeight, weightOf } from '../../harness/simulate/core/weights.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import { Checkpoints } from './checkpoints.ts';
import { areSane, select, type Choice, type Claims } from './claims.ts';
import { TYPE, NewView, ViewChange, checkpointDigest, type Certificate, type PbftMessage } from './messages.ts';
import { HEADER_BYTES, NULL_DIGEST, timestampOf } from '../parts/messages.ts';
import { computeProposals } from './rules.ts';
import { STATUS_TIMER, VIEW_TIMER, type WorkToken } from './state.ts';

/** VIEW-CHANGEs of one replica, for views that this one is not in yet, that are kept: those for the highest views. */
const VIEW_CHANGES_KEPT = 4;

export abstract class ViewChanges extends Checkpoints {
  startTimer(out: Outbox<PbftMessage>): void {
    if (this.timerRunning || this.isPrimary) return;
    this.setViewTimer(out);
  }
  setViewTimer(out: Outbox<PbftMessage>): void {
    this.timerRunning = true;
    out.setTimer(VIEW_TIMER, this.rules.wait_us(this.attempts));
  }
  stopTimer(out: Outbox<PbftMessage>): void {
    this.timerRunning = false;
    out.cancelTimer(VIEW_TIMER);
  }

  onTimer(id: string, out: Outbox<PbftMessage>): void {
    if (id === VIEW_TIMER) {
      this.timerRunning = false;
      this.startViewChange(this.view + 1, out);
    } else if (id === STATUS_TIMER) {
      this.onStatusTimer(out);
    } else {
      // Any replica that signed the checkpoint can send the state; the lowest-numbered other ones, f + 1 to be sure of a correct one.
      const ahead = [...this.checkpoints.keys()].filter((sequence) => sequence > this.lastExecuted).sort((x, y) => y - x)[0];
      if (ahead === undefined) return;
      const signers = this.checkpointBook(ahead)
        .votes()
        .sort((x, y) => x.signer - y.signer);
      const { bound, weights } = this.rules;
      for (const { signer } of firstOf(signers, bound + 1, weights)) this.fetchState(signer, ahead, out);
    }
  }

  abstract onStatusTimer(out: Outbox<PbftMessage>): void;
  /** What was executed tentatively was not. */
  abstract rollBack(): void;

  startViewChange(view: number, out: Outbox<PbftMessage>): void {
    this.view = view;
    this.active = false;
    this.newViewPending = false;
    this.rollBack();
    this.attempts += 1;
    for (const passed of this.viewChanges.keys()) if (passed < view) this.viewChanges.delete(passed);
    this.context.asksFor(view);
    this.stopTimer(out);
    const message = new ViewChange({
      view,
      signer: this.id,
      stable: this.stable,
      ...(this.rules.mac
        ? { checkpointProof: [], prepared: [], claims: this.claims() }
        : { checkpointProof: this.stableProof, prepared: this.certificatesInOrder() }),
      authenticator_bytes: this.rules.authenticator_bytes,
    });
    this.run.log.sign(message);
    this.write({ kind: 'view', message });
    this.ownViewChange = message;
    out.multicast(message);
    this.viewChangesFor(view).push(message);
    // Where the others answer, the NEW-VIEW or the next VIEW-CHANGE comes before that.
    this.waitForMore(this.rules.wait_us(this.attempts) + this.rules.timeout_us, out);
    this.checkViewChangeQuorum(view, out);
  }

  private certificatesInOrder(): Certificate[] {
    return [...this.certificates.entries()].sort(([x], [y]) => x - y).map(([, certificate]) => certificate);
  }
  claims(): Claims {
    const checkpoints = [...this.checkpointStates].map(([sequence, state]) => ({ sequence, digest: checkpointDigest(state) }));
    const prepared = this.certificatesInOrder().map(({ prePrepare: { sequence, digest, view } }) => ({ sequence, digest, view }));
    const prePrepared = [...this.prePrepared]
      .sort(([x], [y]) => x - y)
      .flatMap(([sequence, views]) => [...views].map(([digest, view]) => ({ sequence, digest, view })));
    return { checkpoints, prepared, prePrepared };
  }

  /** Section 4.4, or with MACs what enough VIEW-CHANGEs claim; null: more of them are needed. */
  private chosen(viewChanges: readonly ViewChange[]): Choice | null {
    if (this.rules.mac) return select(viewChanges, this.rules);
    const { minS, proposals } = computeProposals(viewChanges);
    const { signer, checkpointProof } = viewChanges.find(({ stable }) => stable === minS)!;
    return { minS, proposals, state: checkpointProof[0]?.digest ?? NULL_DIGEST, source: [signer] };
  }

  viewChangesFor(view: number): ViewChange[] {
    let list = this.viewChanges.get(view);
    if (list === undefined) this.viewChanges.set(view, (list = []));
    return list;
  }

  onViewChange(message: ViewChange, out: Outbox<PbftMessage>): void {
    if (message.view < this.view || (message.view === this.view && this.active)) return;
    const { bound, quorum, weights, mac } = this.rules;
    const list = this.viewChangesFor(message.view);
    // With MACs a quorum of them need not be enough.
    const isEnough = signersWeight(list, weights) >= quorum && (!mac || this.chosen(list) !== null);
    if (isEnough || list.some(({ signer }) => signer === message.signer)) return;
    if (this.run.log.verify([message]).length === 0 || !this.isValidViewChange(message)) return;
    list.push(message);
    this.dropOldViewChanges(message.signer);
    // f+1 VIEW-CHANGEs for views above mine: at least one correct replica wants it, so join the smallest of them.
    const wanting = new Map<number, number>();
    for (const [view, messages] of this.viewChanges)
      if (view > this.view) for (const { signer } of messages) wanting.set(signer, Math.min(view, wanting.get(signer) ?? view));
    let wantingWeight = 0;
    for (const signer of wanting.keys()) wantingWeight += weightOf(weights, signer);
    if (wantingWeight > bound) this.startViewChange(Math.min(...wanting.values()), out);
    else this.checkViewChangeQuorum(message.view, out);
  }

  /** A faulty replica may ask for any number of views. */
  dropOldViewChanges(signer: number): void {
    const views = [...this.viewChanges.keys()].filter(
      (view) => view > this.view && this.viewChanges.get(view)!.some((message) => message.signer === signer),
    );
    if (views.length <= VIEW_CHANGES_KEPT) return;
    const lowest = Math.min(...views);
    const left = this.viewChanges.get(lowest)!.filter((message) => message.signer !== signer);
    if (left.length > 0) this.viewChanges.set(lowest, left);
    else this.viewChanges.delete(lowest);
  }

  /** Its certificates prove what it says: distinct senders, matching, validly signed (as a batch). */
  isValidViewChange(message: ViewChange): boolean {
    const { view, stable, checkpointProof, prepared, claims } = message;
    const { quorum, weights, window, mac } = this.rules;
    if (mac) return claims !== null && areSane(message, window);
    if (
      stable > 0 &&
      signersWeight(
        checkpointProof.filter(({ sequence }) => sequence === stable),
        weights,
      ) < quorum
    )
      return false;
    for (const { prePrepare, prepares } of prepared) {
      if (prePrepare.view >= view || prePrepare.sequence <= stable || prePrepare.sequence > stable + window) return false;
      if (prePrepare.signer !== this.primaryOf(prePrepare.view)) return false;
      const matching = prepares.filter(
        ({ view: v, sequence, digest, signer }) =>
          v === prePrepare.view && sequence === prePrepare.sequence && digest === prePrepare.digest && signer !== prePrepare.signer,
      );
      if (signersWeight(matching, weights) < quorum - weightOf(weights, prePrepare.signer)) return false;
    }
    const proofs = [...checkpointProof, ...prepared.flatMap(({ prePrepare, prepares }) => [prePrepare, ...prepares])];
    return proofs.length === 0 || this.run.log.verify(proofs).length === proofs.length;
  }

  checkViewChangeQuorum(view: number, out: Outbox<PbftMessage>): void {
    if (view !== this.view || this.active || this.newViewPending) return;
    const { quorum, weights } = this.rules;
    const list = this.viewChangesFor(view);
    if (signersWeight(list, weights) < quorum) return;
    if (this.isPrimary) {
      const enough = this.rules.mac ? [...list] : firstOf(list, quorum, weights);
      if (this.chosen(enough) === null) return;
      this.newViewPending = true;
      out.work(this.rules.quorumEvent_ns(enough.length - 1), { kind: 'newView', view, viewChanges: enough } satisfies WorkToken);
    } else if (!this.timerRunning) this.setViewTimer(out);
  }

  sendNewView(view: number, viewChanges: readonly ViewChange[], out: Outbox<PbftMessage>): void {
    if (view !== this.view || this.active) return;
    const proposals = this.chosen(viewChanges)!.proposals.map(({ sequence, digest }) =>
      this.message(TYPE.prePrepare, sequence, digest, HEADER_BYTES + this.rules.authenticator_bytes),
    );
    for (const proposal of proposals) this.authenticate(proposal, this.rules.nodes - 1);
    const message = new NewView({ view, signer: this.id, viewChanges, proposals });
    this.run.log.sign(message);
    for (const { digest } of proposals) this.context.proposed({ view, decision: digest });
    out.multicast(message);
    this.enterView(message, out);
  }

  /** From its primary, or passed on by a replica that has it: the signature is the primary's. */
  onNewView(message: NewView, out: Outbox<PbftMessage>): void {
    if (message.view < this.view || (message.view === this.view && this.active)) return;
    if (message.signer !== this.primaryOf(message.view)) return;
    if (this.run.log.verify([message]).length === 0 || !this.isValidNewView(message)) return;
    this.view = message.view;
    this.active = false;
    this.rollBack();
    out.work(this.rules.enterView_ns(message.viewChanges.length), { kind: 'enterView', message } satisfies WorkToken);
  }

  /** V has a quorum of valid VIEW-CHANGEs for the view, and O is what section 4.4 computes from it. */
  isValidNewView({ view, viewChanges, proposals }: NewView): boolean {
    if (signersWeight(viewChanges, this.rules.weights) < this.rules.quorum) return false;
    if (viewChanges.some((message) => message.view !== view)) return false;
    const others = viewChanges.filter(({ signer }) => signer !== this.id);
    if (this.run.log.verify(others).length < others.length) return false;
    if (!others.every((message) => this.isValidViewChange(message))) return false;
    if (new Set(viewChanges.map(({ signer: from }) => from)).size < viewChanges.length) return false;
    const expected = this.chosen(viewChanges)?.proposals;
    if (expected === undefined || proposals.length !== expected.length) return false;
    if (proposals.some(({ sequence, digest }, i) => sequence !== expected[i].sequence || digest !== expected[i].digest)) return false;
    return proposals.length === 0 || this.verify(proposals).length === proposals.length;
  }

  enterView(message: NewView, out: Outbox<PbftMessage>): void {
    const { view, viewChanges, proposals, signer } = message;
    if (view !== this.view || this.active) return;
    this.write({ kind: 'newView', message });
    this.lastNewView = message;
    this.ownViewChange = null;
    // A view in which nothing is executed, such as one whose primary waits for a checkpoint, asks too.
    if (!this.catchingUp) this.waitForMore(this.rules.timeout_us, out);
    const { minS, source, state } = this.chosen(viewChanges)!;
    if (this.rules.mac) {
      this.vouched = { sequence: minS, digest: state };
      // A checkpoint that f + 1 have taken is one that nobody needs to prove any more.
      if (minS > this.stable && this.checkpointStates.has(minS)) this.becomeStable(minS, [], out);
    }
    this.active = true;
    this.installedView = view;
    this.newViewPending = false;
    for (const key of this.viewChanges.keys()) if (key <= view) this.viewChanges.delete(key);
    if (minS > this.lastExecuted) for (const replica of source) if (replica !== this.id) this.fetchState(replica, minS, out);
    this.nextSequence = proposals.length > 0 ? proposals[proposals.length - 1].sequence + 1 : Math.max(minS, this.lastExecuted) + 1;
    this.fetching.clear();
    this.context.pool.restart(new Set(proposals.map(({ digest }) => timestampOf(digest))), this.now_us);
    for (const proposal of proposals) {
      if (!this.inWindow(proposal.sequence)) continue;
      const slot = this.slot(view, proposal.sequence);
      slot.prePrepare = proposal;
      this.prePrepares(proposal);
      // Most have been accepted in an earlier view; what is not there is checked when it has been fetched.
      const clients_ns = this.bodies.has(proposal.digest) ? this.checkClients(proposal.digest) : 0;
      if (signer === this.id) {
        slot.accepted = true;
        this.tryPrepared(view, proposal.sequence, out);
      } else out.work(this.rules.quorumEvent_ns(0) + clients_ns, { kind: 'accept', view, sequence: proposal.sequence } satisfies WorkToken);
    }
    if (this.isPrimary) this.propose(out);
    else if (!this.isIdle && !this.timerRunning) this.setViewTimer(out);
    const kept = this.future;
    this.future = [];
    this.futureOf.clear();
    for (const { from, message } of kept) this.receive(from, message, out);
    // What others sent in this view before it was entered may never have come.
    if (this.catchingUp) this.sendStatus(null, out);
  }
}
