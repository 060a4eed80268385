// What a replica has of the tree: blocks with their batches, what is decided and executed, and how it comes by what it lacks.
import { checkCertificate, checkCertificate_ns } from '../../harness/simulate/core/certificates.ts';
import { grown } from '../../harness/simulate/core/grown.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import { CATCH_UP_TIMER, CatchUp, type Proof, type ProvenDecision } from '../parts/catch-up.ts';
import { Executor } from '../parts/executor.ts';
import { HEADER_BYTES, NULL_DIGEST, REQUEST_HEADER_BYTES, timestampOf, type SignedMessage } from '../parts/messages.ts';
import { WriteAhead } from '../parts/write-ahead.ts';
import { Decisions, type Block, type Certificate, type Decision } from './blocks.ts';
import { BlockMessage, PLAIN_BYTES, SIGNED_BYTES, Statement, TYPE, aboutBlock } from './messages.ts';
import type { Pacemaker } from './pacemaker.ts';
import type { Job, Record, Run } from './state.ts';

type Out = Outbox<SignedMessage>;

/** Decisions in one answer, and blocks. */
const MOST_DECISIONS = 16;
/** Heights of which replies are kept, and where nothing is ever asked for decisions. */
const REPLIES_KEPT = 64;
/** Every so many heights the log of writes is cut. */
const HEIGHTS_A_LOG = 64;
/** Of the catch-up's wait: several views. */
const VIEWS_TO_ASK = 4;

export const FETCH_TIMER = 'fetch';

/** What proves a decision: the blocks from it on to that of a certificate, and that. Of chained the last three follow each other. */
export interface Branch {
  readonly blocks: readonly Block[];
  readonly certificate: Certificate;
}

/** The replica that it belongs to. */
export interface HistoryHost {
  readonly pacemaker: Pacemaker;
  /** The view that clients hear of. */
  readonly replyView: number;
  /** All that it has promised. */
  readonly promise: Record;
  /** How long it takes to take a block in, nanoseconds. */
  accept(block: Block): number;
  /** Blocks have come that were lacking. */
  onBlocks(out: Out): void;
}

interface Lack {
  readonly block: Block;
  readonly by: Certificate;
}

export class History {
  executed: Block;
  /** Executed blocks that are not empty. */
  batches = 0;
  readonly decisions: Decisions;
  readonly ahead: WriteAhead<SignedMessage, Record>;
  readonly #context: NodeContext<SignedMessage>;
  readonly #run: Run;
  readonly #host: HistoryHost;
  readonly #executor: Executor<SignedMessage>;
  readonly #catchUp: CatchUp<SignedMessage, Branch>;
  /** By number of block: 1 where it has it with its batch. */
  #bodies = new Uint8Array(64);
  /** The highest block that is decided and not executed yet. */
  #decided: Decision | null = null;
  /** The last certificate of a decision from others that it has checked. */
  #checked: Certificate | null = null;
  /** Blocks without which it cannot go on, and how often it has asked for them. */
  #lacks: Lack | null = null;
  #asked = 0;
  #fetches = false;
  /** What was executed when its catch-up timer was set last. */
  #before = 0;
  #watches = false;
  /** Blocks that it has voted for, above the executed one: they are on the disk. */
  #voted: Block[] = [];

  constructor(context: NodeContext<SignedMessage>, run: Run, host: HistoryHost) {
    this.#context = context;
    this.#run = run;
    this.#host = host;
    const { log, rules, blocks } = run;
    this.executed = blocks.genesis;
    this.decisions = new Decisions(run.keepsDecisions ? Infinity : REPLIES_KEPT);
    this.made(blocks.genesis);
    this.#executor = new Executor(
      context,
      { log, reply: { type: TYPE.reply, bytes: rules.program.reply.bytes }, signs: true, kept: REPLIES_KEPT },
      { repliesIn: () => host.replyView, executed: () => host.pacemaker.decided() },
    );
    this.#catchUp = new CatchUp<SignedMessage, Branch>(
      context,
      {
        log,
        nodes: rules.nodes,
        types: TYPE,
        signs: true,
        wait_us: VIEWS_TO_ASK * rules.timeout_us,
        answers: Math.min(rules.nodes - 1, rules.bound + 1),
        most: MOST_DECISIONS,
      },
      this.#catchUpHost(),
    );
    this.ahead = new WriteAhead(context, run.persists);
  }

  #catchUpHost(): ConstructorParameters<typeof CatchUp<SignedMessage, Branch>>[2] {
    const executed = (): number => this.executed.height;
    const isWaiting = (): boolean => this.#host.pacemaker.isWaiting;
    return {
      get executed() {
        return executed();
      },
      get isWaiting() {
        return isWaiting();
      },
      proofOf: (height) => this.#proofOf(height),
      take: (decision, out) => this.#take(decision, out),
      sayAgain: (to, _, out) => this.#host.pacemaker.tellView(to, out),
    };
  }

  // --- blocks

  /** It has the block with its batch. */
  knows({ number }: Block): boolean {
    return number < this.#bodies.length && this.#bodies[number] === 1;
  }
  /** It has made the block, or has got it. */
  made({ number }: Block): void {
    if (number >= this.#bodies.length) this.#bodies = grown(this.#bodies, 2 * number);
    this.#bodies[number] = 1;
  }
  add(block: Block, out: Out): void {
    this.made(block);
    const { executed } = this;
    if (this.#decided !== null) this.#execute(out);
    if (this.#lacks !== null && this.#lacking(this.#lacks.block) === null) this.#lacks = null;
    if (this.#lacks === null || this.executed !== executed) this.#host.onBlocks(out);
    // Of what came it hears of blocks before that.
    else if (this.#asked > 0) this.#fetch(out);
  }
  /** The lowest block on the branch up to this one that it lacks, as far as that is to be executed; null: none. */
  #lacking(block: Block): Block | null {
    let lacking: Block | null = null;
    const { height } = this.executed;
    for (let one: Block | null = block; one !== null && one.height > height; one = one.parent) if (!this.knows(one)) lacking = one;
    return lacking;
  }
  /** It has the branch up to the block. If not, it asks those who have signed `by`, which is of that block or one after it, if it does not come. */
  has(block: Block, by: Certificate, out: Out): boolean {
    if (this.#lacking(block) === null) return true;
    if (this.#lacks === null || this.#lacks.block.height < block.height) {
      this.#lacks = { block, by };
      this.#asked = 0;
    }
    if (!this.#fetches) this.#waitForBlocks(1, out);
    return false;
  }
  #waitForBlocks(times: number, out: Out): void {
    this.#fetches = true;
    out.setTimer(FETCH_TIMER, times * this.#run.rules.underWay_us);
  }
  /** One of f + 1 signers is correct, and has all that it has voted for. */
  #fetch(out: Out): void {
    if (this.#lacks === null) return;
    const { block, by } = this.#lacks;
    const lacking = this.#lacking(block);
    if (lacking === null) return;
    const { rules, log } = this.#run;
    const signers = by.votes.map(({ signer }) => signer).filter((signer) => signer !== this.#context.id);
    if (signers.length === 0) return;
    const fields = { type: TYPE.ask, ...aboutBlock(block), sequence: this.executed.height + 1 };
    const message = new Statement({ ...fields, signer: this.#context.id, bytes: SIGNED_BYTES });
    log.sign(message);
    for (let k = 0; k <= rules.bound && k < signers.length; k++) out.send(signers[(this.#asked + k) % signers.length], message);
    this.#asked += rules.bound + 1;
    this.#waitForBlocks(8, out);
  }
  #onAsk(from: number, ask: Statement, out: Out): void {
    const { log, blocks } = this.#run;
    if (ask.signer !== from || log.verify([ask]).length === 0) return;
    const named = blocks.find(ask);
    const wanted: Block[] = [];
    for (let one = named; one !== null && one.height >= ask.sequence && one.height > 0; one = one.parent)
      if (this.knows(one)) wanted.push(one);
    for (const block of wanted.reverse().slice(0, MOST_DECISIONS)) {
      const bytes = PLAIN_BYTES + this.bytesOf(block);
      out.send(from, new BlockMessage({ type: TYPE.block, ...aboutBlock(block), signer: this.#context.id, bytes, block }));
    }
  }
  /** Of a block's batch. */
  bytesOf({ digest }: Block): number {
    return digest === NULL_DIGEST ? 0 : REQUEST_HEADER_BYTES + this.#context.batch(timestampOf(digest)).bytes;
  }

  // --- decisions

  /** Blocks are decided that it cannot execute, or it lacks some. */
  get isBehind(): boolean {
    return this.#decided !== null || this.#lacks !== null;
  }

  /** The block is decided, as the certificate says: with it all before it. */
  commit(block: Block, by: Certificate, out: Out): void {
    if (block.height <= this.executed.height) return;
    if (this.#decided !== null && this.#decided.block.height >= block.height) return;
    this.#decided = { block, by };
    this.#execute(out);
  }
  #execute(out: Out): void {
    const { block, by } = this.#decided!;
    const branch: Block[] = [];
    let one: Block | null = block;
    for (; one !== null && one.height > this.executed.height; one = one.parent) branch.push(one);
    // Another branch than the one that was executed: more than f lie.
    if (one !== this.executed) {
      this.#decided = null;
      return;
    }
    for (const next of branch.reverse()) {
      if (!this.knows(next)) {
        this.has(block, by, out);
        return;
      }
      if (next === block) this.#decided = null;
      this.#decide(by.decides(next), out);
    }
  }
  #decide(decision: Decision, out: Out): void {
    const { block } = decision;
    const { height, view, digest } = block;
    const { persists } = this.#run;
    this.executed = block;
    if (digest !== NULL_DIGEST) this.batches += 1;
    if (digest !== NULL_DIGEST) this.#context.committed({ view, decision: digest });
    this.decisions.add(decision);
    if (persists) {
      const isKept = this.#voted.includes(block);
      this.#voted = this.#voted.filter((one) => one.height > height);
      const bytes = HEADER_BYTES + this.#run.rules.certificate_bytes + (isKept ? 0 : this.bytesOf(block));
      this.ahead.write({ kind: 'decided', decision }, bytes, {
        holds: digest === NULL_DIGEST ? [] : [digest],
        ...(height % HEIGHTS_A_LOG === 0 ? { snapshot: () => this.#everything() } : {}),
      });
    } else if (digest !== NULL_DIGEST) this.#context.holds(digest);
    this.#executor.decided(height, digest, out);
  }
  /** Of what a client asks again some is executed: it is told again. */
  answer(items: readonly number[], out: Out): void {
    this.#executor.answer(items, out);
  }

  // --- catching up

  /** It waits for something, and asks all when nothing comes for several views. */
  watch(out: Out): void {
    if (this.#watches) return;
    this.#watches = true;
    this.#before = this.executed.height;
    this.#catchUp.wait(out);
  }
  ask(out: Out): void {
    this.#watches = true;
    this.#before = this.executed.height;
    this.#catchUp.ask(out);
  }
  onTimer(id: string, out: Out): void {
    if (id === FETCH_TIMER) {
      this.#fetches = false;
      this.#fetch(out);
      return;
    }
    if (id !== CATCH_UP_TIMER) return;
    this.#watches = this.#host.pacemaker.isWaiting;
    if (this.executed.height === this.#before) {
      this.#catchUp.onTimer(out);
      return;
    }
    this.#before = this.executed.height;
    if (this.#watches) this.#catchUp.wait(out);
    else this.#catchUp.stop(out);
  }
  /** Returns whether the message was one of these. */
  receive(from: number, message: SignedMessage, out: Out): boolean {
    if (message.type !== TYPE.ask) return this.#catchUp.receive(from, message, out);
    this.#onAsk(from, message as Statement, out);
    return true;
  }

  #proofOf(height: number): Proof<Branch> | null {
    const decision = this.decisions.at(height);
    if (decision === undefined) return null;
    const { block, by } = decision;
    const blocks: Block[] = [];
    for (let one: Block | null = by.block; one !== null && one.height >= height; one = one.parent) blocks.unshift(one);
    const bytes = this.#run.rules.certificate_bytes + blocks.length * PLAIN_BYTES;
    return { view: block.view, digest: block.digest, proof: { blocks, certificate: by }, bytes };
  }
  #take({ sequence, digest, proof: { blocks, certificate } }: ProvenDecision<Branch>, out: Out): void {
    const { rules, log, setup } = this.#run;
    const [block] = blocks;
    if (block.height !== sequence || block.digest !== digest || blocks.at(-1) !== certificate.block) return;
    if (blocks.some((one, k) => k > 0 && one.parent !== blocks[k - 1])) return;
    const decided = decidedBy(certificate, rules.variant);
    if (decided === null || decided.height < sequence || !certificate.isComplete(rules.quorum)) return;
    // Mostly one certificate proves several decisions.
    const isKnown = this.#checked === certificate;
    if (!isKnown && !checkCertificate(log, rules.form, certificate.votes)) return;
    this.#checked = certificate;
    const checked_ns = isKnown ? 0 : checkCertificate_ns(rules.form, certificate.votes.length, setup.cell.node);
    const accepted_ns = this.knows(block) ? 0 : this.#host.accept(block);
    out.work(checked_ns + accepted_ns, { kind: 'fetched', block, decision: { block: decided, by: certificate } } satisfies Job);
  }
  fetched(block: Block, { block: decided, by }: Decision, out: Out): void {
    this.made(block);
    if (decided.height > Math.max(this.executed.height, this.#decided?.block.height ?? 0)) this.#decided = { block: decided, by };
    this.add(block, out);
    this.#catchUp.goOn(out);
  }

  // --- what survives a crash

  /** It votes for the block, which is written with that. */
  votes(block: Block): void {
    if (this.#run.persists && !this.#voted.includes(block)) this.#voted.push(block);
  }
  #everything(): Record[] {
    const decided = [...this.decisions.all()].map((decision): Record => ({ kind: 'decided', decision }));
    return [...decided, ...this.#voted.map((block): Record => ({ kind: 'block', block })), this.#host.promise];
  }
  recover(records: readonly Record[]): void {
    const executed: { sequence: number; digest: number }[] = [];
    for (const record of records)
      if (record.kind === 'decided') {
        const { block } = record.decision;
        if (block.height !== this.executed.height + 1) continue;
        this.made(block);
        this.decisions.add(record.decision);
        this.executed = block;
        if (block.digest !== NULL_DIGEST) this.batches += 1;
        executed.push({ sequence: block.height, digest: block.digest });
      }
    this.#executor.recover(executed);
    const voted = records.flatMap((record) => (record.kind === 'decided' ? [] : record.kind === 'block' ? [record.block] : [record.voted]));
    for (const block of new Set(voted)) {
      if (block.height <= this.executed.height) continue;
      this.made(block);
      this.#voted.push(block);
    }
  }
  /** Undecided blocks that are on the disk. */
  get kept(): readonly Block[] {
    return this.#voted;
  }
}

/** The block that a certificate decides with all before it; null: none. */
export function decidedBy(certificate: Certificate, variant: 'basic' | 'chained'): Block | null {
  const { type, block } = certificate;
  if (variant === 'basic') return type === TYPE.commitVote ? block : null;
  // A three-chain: two blocks that follow it directly, and a certificate of the second one.
  if (type !== TYPE.prepareVote || !block.follows || !block.parent!.follows) return null;
  return block.parent!.parent!.parent === null ? null : block.parent!.parent!;
}
