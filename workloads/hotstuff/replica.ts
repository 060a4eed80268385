// What a replica does in both variants (Algorithm 1): it checks certificates, proposes, takes blocks in and votes for those that are safe, and remembers
// what it has promised. How it goes from view to view is said in pacemaker.ts, what it has of the tree of blocks in history.ts, and what a view is made
// of in basic.ts and chained.ts.
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import { certificate_bytes, checkCertificate, checkCertificate_ns, countCertificates } from '../../harness/simulate/core/certificates.ts';
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { CATCH_UP_TIMER } from '../parts/catch-up.ts';
import { NULL_DIGEST, digestOf, timestampOf, type SignedMessage } from '../parts/messages.ts';
import type { Block, Certificate, Decisions } from './blocks.ts';
import { FETCH_TIMER, History, type HistoryHost } from './history.ts';
import { Proposal, TYPE, Vote, aboutBlock, type BlockMessage } from './messages.ts';
import { Pacemaker, type PacemakerHost } from './pacemaker.ts';
import { STEP, type Rules } from './rules.ts';
import type { Job, Record, Run, Slot } from './state.ts';

export type Out = Outbox<SignedMessage>;

const NOTHING: readonly number[] = [];

export abstract class Replica implements PacemakerHost, HistoryHost {
  readonly id: number;
  /** The highest certificate of the first phase that it knows: prepareQC of basic, genericQC of chained. */
  high: Certificate;
  /** The block that it is locked on. */
  locked: Block;
  /** The block that it has voted for last in a first phase: it votes for none of that view or before (vheight). */
  voted: Block;
  readonly context: NodeContext<SignedMessage>;
  readonly run: Run;
  readonly rules: Rules;
  now_us = 0;
  readonly pacemaker: Pacemaker;
  protected readonly history: History;
  /** By type of votes: the block of the last certificate that it has checked. */
  readonly #proven: (Block | null)[] = [];
  /** Batches may be under way that nobody carries on: a leader looks before it proposes. */
  #strays = false;

  constructor(context: NodeContext<SignedMessage>, run: Run) {
    this.id = context.id;
    this.context = context;
    this.run = run;
    this.rules = run.rules;
    this.high = run.first;
    this.locked = this.voted = run.blocks.genesis;
    this.pacemaker = new Pacemaker(context, run, this);
    this.history = new History(context, run, this);
  }

  /** A message of the view that it is at, or of one before or after it. */
  protected abstract onMessage(from: number, message: SignedMessage, out: Out): void;
  protected abstract onJob(job: Job, out: Out): void;
  /** It has come to a view, by its timer (`isLate`) or with others. */
  protected abstract entered(isLate: boolean, out: Out): void;
  /** As the leader of its view: it may propose without NEW-VIEWs. */
  abstract get needsNoQuorum(): boolean;
  /** Sends its proposal to itself. */
  protected abstract proposed(proposal: Proposal, out: Out): void;
  /** It has got blocks that it lacked. */
  abstract onBlocks(out: Out): void;
  /** Its timer has expired. Returns whether it stays in the view nevertheless. */
  abstract stays(out: Out): boolean;
  /** What has come of a later view proves that it has begun: the work that it takes to see that; null: nothing does. */
  abstract proves(slot: Slot): number | null;
  /** A certificate of the first phase that is good. */
  abstract learn(certificate: Certificate, out: Out): void;
  /** The view that clients hear of. */
  abstract get replyView(): number;

  step(input: NodeInput<SignedMessage>, out: Out): void {
    if (this.run.persists) this.history.ahead.step(input, out, this.#handles);
    else this.#handle(input, out);
  }
  readonly #handles = (input: NodeInput<SignedMessage>, out: Out): void => this.#handle(input, out);

  #handle(input: NodeInput<SignedMessage>, out: Out): void {
    this.now_us = input.now_us;
    switch (input.kind) {
      case 'message':
        this.#receive(input.from, input.message, out);
        break;
      case 'work':
        this.#worked(input.token as Job, out);
        break;
      case 'timer':
        this.#onTimer(input.id, out);
        break;
      case 'submit':
        if (!input.fresh || input.request.items.length > 1) this.history.answer(input.request.items, out);
        this.tryPropose(out);
        this.pacemaker.waits(out);
        break;
      case 'ready':
        this.tryPropose(out);
        break;
      case 'start':
        // Who was down when the run began may have missed anything.
        if (input.now_us > 0) this.history.ask(out);
        this.entered(false, out);
        break;
      case 'recover':
        this.#recover((input.persisted as readonly (readonly Record[])[]).flat(), out);
        break;
      default:
        break;
    }
  }

  get view(): number {
    return this.pacemaker.view;
  }
  /** Views that it has left by its timer. */
  get viewChanges(): number {
    return this.pacemaker.viewChanges;
  }
  get executed(): Block {
    return this.history.executed;
  }
  get decisions(): Decisions {
    return this.history.decisions;
  }
  #receive(from: number, message: SignedMessage, out: Out): void {
    if (message.type === TYPE.block) this.#onBlock((message as BlockMessage).block, out);
    else if (!this.history.receive(from, message, out)) this.onMessage(from, message, out);
  }
  #worked(job: Job, out: Out): void {
    if (job.kind === 'propose') this.#sendProposal(job, out);
    else if (job.kind === 'jump' || job.kind === 'new views') this.pacemaker.onJob(job, out);
    else if (job.kind === 'block') this.history.add(job.block, out);
    else if (job.kind === 'fetched') this.history.fetched(job.block, job.decision, out);
    else this.onJob(job, out);
  }
  #onTimer(id: string, out: Out): void {
    if (id === CATCH_UP_TIMER || id === FETCH_TIMER) this.history.onTimer(id, out);
    else this.pacemaker.onTimer(id, out);
  }

  // --- what its pacemaker asks

  get isUndecided(): boolean {
    return !this.context.pool.isEmpty || this.history.isBehind || this.needsBlock(this.high.block);
  }
  watch(out: Out): void {
    this.history.watch(out);
  }
  cameFrom(view: number, isLate: boolean, out: Out): void {
    if (!this.high.block.follows || this.view > view + 1 || isLate) this.#strays = true;
    this.entered(isLate, out);
  }

  // --- certificates

  /** Checks a certificate, if it has not done so before. null: it is bad; else how long that takes, nanoseconds. */
  prove(certificate: Certificate): number | null {
    const { type, block, votes } = certificate;
    if (block.parent === null || this.#proven[type] === block) return 0;
    const { contents, log, setup } = this.run;
    const { form, quorum } = this.rules;
    if (!certificate.isComplete(quorum)) return null;
    // Votes are looked at one by one at the first replica alone, unless they are checked for real.
    if (contents === null && certificate.isGood) countCertificates(log, form, votes.length, 1);
    else if (!checkCertificate(log, form, votes)) return null;
    this.#proven[type] = block;
    return checkCertificate_ns(form, votes.length, setup.cell.node);
  }
  /** It has made the certificate itself. */
  protected made({ type, block }: Certificate): void {
    this.#proven[type] = block;
  }
  /** A higher certificate of the first phase. */
  protected raise(certificate: Certificate): void {
    if (certificate.view > this.high.view) this.high = certificate;
  }
  protected lock(block: Block): void {
    if (block.view <= this.locked.view) return;
    this.run.watch.locked(this.id, block);
    this.locked = block;
  }
  /** safeNode (Algorithm 1): the block extends the locked one, or its certificate is of a later view than that. */
  protected isSafe(block: Block, justify: Certificate): boolean {
    return block.extends(this.locked) || justify.view > this.locked.view;
  }

  // --- proposals

  protected batchOf(digest: number): Batch | null {
    return digest === NULL_DIGEST ? null : this.context.batch(timestampOf(digest));
  }
  /** The clients' signatures of a batch, as far as it has not checked them, nanoseconds. */
  protected checkClients(batch: Batch | null, digest: number): number {
    return batch === null ? 0 : this.context.checkClients(batch, () => this.run.contents!.batch(digest));
  }
  #hash(batch: Batch | null, digest: number): void {
    if (batch !== null) this.run.log.digest(batch.bytes, () => this.run.contents!.batch(digest));
  }

  /** Transactions on the branch up to `tip` are not decided yet: a block is needed although there is nothing new. */
  protected needsBlock(tip: Block): boolean {
    const { height } = this.executed;
    for (let block: Block | null = tip; block !== null && block.height > height; block = block.parent)
      if (block.digest !== NULL_DIGEST) return true;
    return false;
  }

  /** Proposes, if it leads, may, and has something: what the pool gives, or an empty block that lets others be decided. */
  tryPropose(out: Out): void {
    if (!this.pacemaker.leads) return;
    const { context } = this;
    const { at } = this.pacemaker;
    if (at.proposes || at.works || this.voted.view >= this.view) return;
    if (!this.pacemaker.isReady(out)) return;
    const { high } = this;
    if (!this.history.has(high.block, high, out)) return;
    if (this.#strays) this.#gather();
    const batch = context.pool.take(this.now_us);
    if (batch === null && (context.pool.waiting > 0 || !this.needsBlock(high.block))) return;
    at.proposes = true;
    const digest = batch === null ? NULL_DIGEST : digestOf(batch.id);
    const work_ns = this.rules.program.propose_ns(batch?.bytes ?? 0) + this.checkClients(batch, digest);
    out.work(work_ns, { kind: 'propose', view: this.view, parent: high, digest } satisfies Job);
  }
  /** Batches that its branch does not carry on wait again. */
  #gather(): void {
    this.#strays = false;
    const carried = new Set<number>();
    for (let block: Block | null = this.high.block; block !== null && block.height > this.executed.height; block = block.parent)
      if (block.digest !== NULL_DIGEST) carried.add(timestampOf(block.digest));
    this.context.pool.restart(carried, this.now_us);
  }

  #sendProposal({ view, parent, digest }: Extract<Job, { kind: 'propose' }>, out: Out): void {
    if (view !== this.view) {
      // Its batch is one that nobody carries on.
      this.#strays = true;
      return;
    }
    const { rules, run } = this;
    const batch = this.batchOf(digest);
    this.#hash(batch, digest);
    const block = run.blocks.of(view, parent.block, digest);
    const proof = parent.view === view - 1 ? [] : (this.pacemaker.at.newViews?.verified ?? []);
    const { program } = rules;
    const proof_bytes = proof.length === 0 ? 0 : certificate_bytes('list', proof.length, rules.nodes);
    const bytes = program.steps[STEP.proposal].bytes + proof_bytes - program.batch_bytes + (batch?.bytes ?? 0);
    const message = new Proposal({
      type: TYPE.prepare,
      ...aboutBlock(block),
      signer: this.id,
      bytes,
      block,
      justify: parent,
      proof: [...proof],
    });
    run.log.sign(message);
    this.history.made(block);
    this.context.proposed({ view, decision: digest });
    out.multicast(message);
    this.proposed(message, out);
  }

  /** What a proposal says fits together, and comes from its leader. */
  protected isProposal(from: number, { view, sequence, digest, parent, signer, justify }: Proposal): boolean {
    if (signer !== from || this.rules.leaderOf(view) !== from || justify.type !== TYPE.prepareVote) return false;
    return justify.view < view && parent === justify.view && sequence === justify.block.height + 1 && digest >= 0;
  }
  /** The block that a proposal is of, whoever made it. */
  protected blockOf({ block, view, digest, justify }: Proposal): Block {
    const isSame = block.view === view && block.digest === digest && block.parent === justify.block;
    return isSame ? block : this.run.blocks.of(view, justify.block, digest);
  }
  /** Takes a block in. Returns how long that takes: its hash, its clients' signatures, and the check of who proposes it. */
  accept(block: Block): number {
    const batch = this.batchOf(block.digest);
    this.#hash(batch, block.digest);
    if (batch !== null && !this.context.isExecuted(batch.items[0])) this.context.pool.adopt(batch);
    return this.rules.program.steps[STEP.proposal].work_ns(1, batch?.bytes ?? 0) + this.checkClients(batch, block.digest);
  }
  /** A block that was asked for. */
  #onBlock(block: Block, out: Out): void {
    if (block.parent === null || this.history.knows(block)) return;
    out.work(this.accept(block), { kind: 'block', block } satisfies Job);
  }
  /** None of its transactions is decided, or in a block that it extends. */
  protected isNew(block: Block): boolean {
    if (block.digest === NULL_DIGEST) return true;
    if (this.context.isExecuted(this.batchOf(block.digest)!.items[0])) return false;
    for (let one = block.parent; one !== null && one.height > this.executed.height; one = one.parent)
      if (timestampOf(one.digest) === timestampOf(block.digest)) return false;
    return true;
  }

  /** A vote, for whoever collects it. */
  protected cast(type: number, block: Block): Vote {
    const { view, height, digest, parent } = block;
    const bytes = this.rules.vote_bytes;
    const vote = new Vote({ type, view, sequence: height, digest, parent: parent!.view, signer: this.id, bytes, block });
    if (this.rules.form === 'aggregate') this.run.log.share(vote);
    else this.run.log.sign(vote);
    this.run.watch.voted(this.id, type, block);
    return vote;
  }
  /** Do good votes for the block make a quorum? How many were checked, or null. */
  protected countVotes(book: VoteBook<Vote>, digest: number): number | null {
    const { form, quorum } = this.rules;
    const { log } = this.run;
    if (!book.mayComplete(digest, quorum)) return null;
    if (form === 'aggregate') return book.completeShares(digest, quorum, (shares) => log.addShares(shares)) ? book.verified.length : null;
    let checked = 0;
    const isComplete = book.complete(digest, quorum, (items) => {
      checked += items.length;
      return log.verify(items);
    });
    return isComplete ? checked : null;
  }

  // --- what survives a crash

  /** The step has promised something: what it sends waits until that is written. `bytes`: of what is new in it. */
  protected promises(bytes: number, holds: readonly number[] = NOTHING): void {
    if (!this.run.persists && holds.length === 0) return;
    this.history.ahead.write(this.promise, bytes, { holds });
  }
  /** All that it has promised. */
  get promise(): Record {
    const { voted, high, locked } = this;
    return { kind: 'promise', voted, high, locked };
  }
  /** What a replica knows of for good that is locked on the block: its batch, and those before it that are not decided. */
  protected heldWith(block: Block): number[] {
    const held: number[] = [];
    for (let one: Block | null = block; one !== null && one.height > this.executed.height; one = one.parent) {
      if (!this.history.knows(one)) break;
      if (one.digest !== NULL_DIGEST) held.push(one.digest);
    }
    return held;
  }

  #recover(records: readonly Record[], out: Out): void {
    this.run.watch.recovered(this.id);
    this.history.recover(records);
    for (const record of records) {
      if (record.kind !== 'promise') continue;
      this.high = record.high;
      this.locked = record.locked;
      this.voted = record.voted;
    }
    for (const { digest } of this.history.kept) {
      const batch = this.batchOf(digest);
      if (batch !== null && !this.context.isExecuted(batch.items[0])) this.context.pool.adopt(batch);
    }
    this.pacemaker.restore(Math.max(0, this.voted.view, this.high.view + 1, this.executed.view + 1));
    this.#strays = true;
    this.history.ask(out);
    this.entered(true, out);
    this.pacemaker.waits(out);
  }
}
