// The pacemaker (section 4.3, nextView; section 6, Algorithm 5): which view a replica is at, how long it stays there, and how it comes to another one
// with the others. A leader collects NEW-VIEWs here. What a replica does in a view is said in replica.ts, basic.ts and chained.ts.
import { checkSignatures_ns } from '../../harness/simulate/core/certificates.ts';
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import { NULL_DIGEST, type SignedMessage } from '../parts/messages.ts';
import type { Certificate } from './blocks.ts';
import { NewView, SIGNED_BYTES, TYPE, type Proposal } from './messages.ts';
import { STEP, turnsOf } from './rules.ts';
import { Slot, type Job, type Run } from './state.ts';

type Out = Outbox<SignedMessage>;

const VIEW_TIMER = 'view';
const FOLLOW_TIMER = 'follow';
/** Views beyond its own of which a replica keeps messages. */
const VIEWS_KEPT = 1024;

/** The replica that it belongs to. */
export interface PacemakerHost {
  readonly now_us: number;
  /** The highest certificate of the first phase that it knows (qcHigh). */
  readonly high: Certificate;
  /** Something is not decided that it knows of. */
  readonly isUndecided: boolean;
  /** As the leader of its view: it may propose without NEW-VIEWs. */
  readonly needsNoQuorum: boolean;
  /** It waits for something. */
  watch(out: Out): void;
  /** Checks a certificate. null: it is bad; else how long that takes, nanoseconds. */
  prove(certificate: Certificate): number | null;
  /** A certificate of the first phase that is good (updateQCHigh). */
  learn(certificate: Certificate, out: Out): void;
  /** Proposes, if it may and has something (onBeat). */
  tryPropose(out: Out): void;
  /** It has come from one view to another, by its timer (`isLate`) or with others. */
  cameFrom(view: number, isLate: boolean, out: Out): void;
  /** Its timer has expired. Returns whether it stays in the view nevertheless. */
  stays(out: Out): boolean;
  /** What has come of a later view proves that it has begun: the work that it takes to see that; null: nothing does. */
  proves(slot: Slot): number | null;
}

export class Pacemaker {
  /** What it has of its view. */
  at: Slot;
  /** It leads its view. */
  leads = false;
  #view = 0;
  /** Views that it has left by its timer. */
  viewChanges = 0;
  readonly #context: NodeContext<SignedMessage>;
  readonly #run: Run;
  readonly #host: PacemakerHost;
  /** Of its view, the one before, and later ones of which it has heard: mostly two or three. */
  readonly #slots: Slot[] = [];
  /** Views left by the timer in a row that have brought no decision. */
  #attempts = 0;
  /** Its timer's moment, Infinity: it waits for nothing; and when it looks next. */
  #deadline_us = Infinity;
  #looks_us = Infinity;
  /** Something of a later view has come. */
  #hearsLater = false;
  /** The next view has begun without it, and its timer runs. */
  #follows = false;
  /** The last NEW-VIEW of each other that has told it of a view, since its last decision; null: nobody has. */
  #heard: Map<number, NewView> | null = null;
  /** A quorum has come to this view, where that is waited for. */
  #cameTo = -1;

  constructor(context: NodeContext<SignedMessage>, run: Run, host: PacemakerHost) {
    this.#context = context;
    this.#run = run;
    this.#host = host;
    this.at = this.slotAt(0);
    this.#goTo(0);
  }

  get view(): number {
    return this.#view;
  }
  #goTo(view: number): void {
    this.#view = view;
    this.leads = this.#run.rules.leaderOf(view) === this.#context.id;
  }

  /** It takes part in a view that it is not at, and leaves that at once. */
  passes(view: number): void {
    this.#goTo(view);
  }
  /** After a crash. */
  restore(view: number): void {
    this.#goTo(view);
    this.at = this.slotAt(view);
  }
  onTimer(id: string, out: Out): void {
    if (id === VIEW_TIMER) this.#look(out);
    else if (id === FOLLOW_TIMER) this.#onFollow(out);
  }
  onJob(job: Extract<Job, { kind: 'new views' | 'jump' }>, out: Out): void {
    if (job.kind === 'jump') {
      if (job.view > this.view) this.enter(job.view, false, out);
    } else if (job.view === this.view) {
      this.at.works = false;
      this.at.isReady = true;
      this.#host.tryPropose(out);
    }
  }

  // --- views, and what is kept of each

  /** Messages of a view from its own on, or the one before. */
  slotAt(view: number): Slot {
    for (const slot of this.#slots) if (slot.view === view) return slot;
    const slot = new Slot(view);
    this.#slots.push(slot);
    return slot;
  }
  isKept(view: number): boolean {
    return view <= this.view + VIEWS_KEPT;
  }

  enter(view: number, isLate: boolean, out: Out): void {
    const before = this.view;
    this.#goTo(view);
    this.at = this.slotAt(view);
    this.#forget(view - 1);
    if (this.#follows) out.cancelTimer(FOLLOW_TIMER);
    this.#follows = false;
    if (this.#hearsLater) this.follow(out);
    this.#restart(out);
    this.#host.cameFrom(before, isLate, out);
  }

  // --- how long it waits

  /** Views before `first` are over. */
  #forget(first: number): void {
    const slots = this.#slots;
    this.#hearsLater = false;
    let kept = 0;
    for (const slot of slots) {
      if (slot.view < first) continue;
      if (slot.view > this.view) this.#hearsLater = true;
      slots[kept++] = slot;
    }
    slots.length = kept;
  }

  /** Something is not decided that it knows of, or others are ahead. */
  get isWaiting(): boolean {
    return this.#hearsLater || this.#host.isUndecided;
  }
  /** There may be something to wait for now. */
  waits(out: Out): void {
    if (this.#deadline_us === Infinity) this.#restart(out);
  }
  /** Its timer begins anew, if it waits for something. */
  #restart(out: Out): void {
    this.#deadline_us = Infinity;
    if (!this.isWaiting) return;
    this.#host.watch(out);
    if (!this.#hasCome()) return;
    this.#deadline_us = this.#host.now_us + this.#run.rules.wait_us(this.#attempts);
    if (this.#looks_us > this.#deadline_us) this.#lookAt(this.#deadline_us, out);
  }
  /**
   * As in PBFT (section 4.5.2): once waits do not grow any more a timer begins when a quorum has come to its view, or to a later one. Who is ahead waits for the
   * others, and the last one never waits.
   */
  #hasCome(): boolean {
    const { view } = this;
    const { rules } = this.#run;
    if (!this.isPatient || this.#cameTo === view) return true;
    const heard = (this.#heard ??= new Map<number, NewView>());
    const others = [...heard.values()].filter((one) => one.view >= view).slice(0, rules.quorum - 1);
    if (others.length < rules.quorum - 1) return false;
    const good = this.#run.log.verify(others);
    if (good.length < others.length) {
      for (const { signer, valid } of others) if (!valid) heard.delete(signer);
      return this.#hasCome();
    }
    this.#cameTo = view;
    return true;
  }
  /** Waits do not grow any more. */
  get isPatient(): boolean {
    return this.#attempts > this.#run.rules.longestFrom;
  }
  #lookAt(at_us: number, out: Out): void {
    this.#looks_us = at_us;
    out.setTimer(VIEW_TIMER, at_us - this.#host.now_us);
  }
  #look(out: Out): void {
    this.#looks_us = Infinity;
    if (this.#deadline_us === Infinity) return;
    if (this.#host.now_us < this.#deadline_us) this.#lookAt(this.#deadline_us, out);
    else if (this.#host.stays(out)) this.#restart(out);
    else this.#leave(out);
  }
  /** nextView: the view has brought nothing in time. */
  #leave(out: Out): void {
    const { rules } = this.#run;
    const next = rules.viewOfNextLeader(this.view);
    this.#attempts += 1;
    this.viewChanges += 1;
    // Some leaders in a row may be faulty, and the first waits too short: neither is a standstill.
    if (this.#attempts > rules.longestFrom) this.#context.asksFor(Math.floor(rules.leadersBefore(next) / turnsOf(rules)));
    this.enter(next, true, out);
  }
  /** Something was executed: its waits begin anew. */
  decided(): void {
    this.#attempts = 0;
    this.#heard = null;
  }

  // --- NEW-VIEWs

  /** Says that it has come to its view, with the highest certificate that it knows. */
  sayNewView(out: Out): void {
    const leader = this.#run.rules.leaderOf(this.view);
    const message = this.#newView();
    if (leader === this.#context.id) newViewsOf(this.at).addOwn(message);
    // Waits do not grow any more: who is behind would stay behind.
    if (this.isPatient) out.multicast(message);
    else if (leader !== this.#context.id) out.send(leader, message);
  }
  #newView(): NewView {
    const { view } = this;
    const { high } = this.#host;
    const { id } = this.#context;
    const bytes = SIGNED_BYTES + this.#run.rules.certificate_bytes;
    const sequence = high.block.height + 1;
    const message = new NewView({
      type: TYPE.newView,
      view,
      sequence,
      signer: id,
      digest: NULL_DIGEST,
      parent: high.view,
      bytes,
      justify: high,
    });
    this.#run.log.sign(message);
    return message;
  }
  /** To one that asks. */
  tellView(to: number, out: Out): void {
    out.send(to, this.#newView());
  }

  onNewView(from: number, message: NewView, out: Out): void {
    const { view, signer } = message;
    this.#run.log.vote(this.#context.id, message);
    if (signer !== from || !this.isKept(view)) return;
    const isItsLeader = this.#run.rules.leaderOf(view) === this.#context.id;
    if (isItsLeader && view >= this.view) {
      const slot = this.slotAt(view);
      if (!slot.isReady) newViewsOf(slot).add(message);
      if (view === this.view) this.#host.tryPropose(out);
      else {
        this.later(out);
        if (newViewsOf(slot).weight > this.#run.rules.bound) this.follow(out);
      }
    }
    if (!isItsLeader || this.isPatient) this.#hears(message, out);
    if (!isItsLeader && message.justify.view > this.#host.high.view) {
      const cost_ns = this.#host.prove(message.justify);
      if (cost_ns !== null) this.#host.learn(message.justify, out);
    }
  }
  /** A quorum has come to its view; what shows that is checked first. */
  isReady(out: Out): boolean {
    const { at } = this;
    if (at.isReady || this.#host.needsNoQuorum) return true;
    const { newViews } = at;
    const { quorum, program } = this.#run.rules;
    if (newViews === null || !newViews.mayComplete(NULL_DIGEST, quorum)) return false;
    let checked = 0;
    const isComplete = newViews.complete(NULL_DIGEST, quorum, (items) => {
      checked += items.length;
      return this.#run.log.verify(items);
    });
    if (!isComplete) return false;
    at.works = true;
    const work_ns = program.steps[STEP.newView].work_ns(checked, 0) + this.#learnFrom(newViews.verified, out);
    out.work(work_ns, { kind: 'new views', view: this.view } satisfies Job);
    return false;
  }
  /** The highest certificate that they have, if it is higher than its own. Returns what checks took. */
  #learnFrom(newViews: readonly NewView[], out: Out): number {
    let cost_ns = 0;
    for (const { justify } of newViews) {
      if (justify.view <= this.#host.high.view || justify.type !== TYPE.prepareVote) continue;
      const its_ns = this.#host.prove(justify);
      if (its_ns === null) continue;
      cost_ns += its_ns;
      this.#host.learn(justify, out);
    }
    return cost_ns;
  }

  // --- views that have begun without it

  /** Where f + 1 others are ahead one of them is correct. */
  #hears(message: NewView, out: Out): void {
    const heard = (this.#heard ??= new Map<number, NewView>());
    if (message.view < (heard.get(message.signer)?.view ?? 0)) return;
    heard.set(message.signer, message);
    this.waits(out);
    const { bound } = this.#run.rules;
    if (heard.size <= bound) return;
    const ahead = [...heard.values()].filter(({ view }) => view > this.view).sort((x, y) => y.view - x.view);
    if (ahead.length <= bound || this.slotAt(ahead[bound].view).jumps) return;
    const good = this.#run.log.verify(ahead.slice(0, bound + 1));
    for (const one of ahead) if (!one.valid) heard.delete(one.signer);
    if (good.length > bound) this.jump(good[bound].view, checkSignatures_ns(this.#run.setup.cell.node, bound + 1), out);
  }
  /** A later view has begun, and what ends this one may be under way: that is waited for, for some time. */
  follow(out: Out): void {
    if (this.#follows) return;
    this.#follows = true;
    out.setTimer(FOLLOW_TIMER, this.#run.rules.underWay_us);
  }
  #onFollow(out: Out): void {
    this.#follows = false;
    for (const slot of [...this.#slots].sort((x, y) => y.view - x.view)) {
      if (slot.view <= this.view || slot.jumps) return;
      const cost_ns = this.#host.proves(slot) ?? this.#areThere(slot);
      if (cost_ns === null) continue;
      this.jump(slot.view, cost_ns, out);
      return;
    }
  }
  /** f + 1 others say that they have come to the view, one of which is correct. */
  #areThere({ newViews }: Slot): number | null {
    const { bound } = this.#run.rules;
    const others = newViews?.votes() ?? [];
    if (others.length <= bound || this.#run.log.verify(others.slice(0, bound + 1)).length <= bound) return null;
    return checkSignatures_ns(this.#run.setup.cell.node, bound + 1);
  }
  /** A later view has begun somewhere. */
  later(out: Out): void {
    this.#hearsLater = true;
    this.waits(out);
  }
  /** A later view has begun, as is proven with so much work. */
  jump(view: number, cost_ns: number, out: Out): void {
    const slot = this.slotAt(view);
    if (slot.jumps) return;
    slot.jumps = true;
    out.work(cost_ns, { kind: 'jump', view } satisfies Job);
  }
  /** The proposal's view has begun: a quorum has voted in the view before, or has come to it. null: that is not proven; else the work that it took. */
  begun({ view, justify, proof }: Proposal): number | null {
    if (justify.view === view - 1) return this.#host.prove(justify);
    const signers = new Set(proof.map(({ signer }) => signer));
    if (signers.size < this.#run.rules.quorum || proof.some((one) => one.type !== TYPE.newView || one.view !== view)) return null;
    if (this.#run.log.verify(proof).length < proof.length) return null;
    return checkSignatures_ns(this.#run.setup.cell.node, proof.length);
  }
}

const newViewsOf = (slot: Slot): VoteBook<NewView> => (slot.newViews ??= new VoteBook());
