// A block signer (specification, "Sign block"), and what every node does with signed blocks.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { CATCH_UP_TIMER, CatchUp, type CatchUpHost, type Proof, type ProvenDecision } from '../parts/catch-up.ts';
import type { Contents } from '../parts/contents.ts';
import { Executor } from '../parts/executor.ts';
import { NULL_DIGEST, REQUEST_HEADER_BYTES, type SignedMessage } from '../parts/messages.ts';
import { BlockMessage, GENERATOR, TYPE, isSameBlock } from './messages.ts';
import type { FederatedParameters } from './parameters.ts';
import type { Rules } from './rules.ts';

export type Note = SignedMessage;

/** What the nodes of one run share. */
export interface Run {
  readonly setup: Setup<FederatedParameters>;
  readonly rules: Rules;
  readonly log: OperationLog;
  readonly contents: Contents | null;
  /** The votes of blocks that somebody has looked at. */
  readonly certificates: WeakMap<BlockMessage, readonly BlockMessage[]>;
}

/** Specification, "Sign block", step 6. */
const MOST_AHEAD_MS = 120_000;
/** Heights beyond the next one of which requests and blocks are kept. */
const KEPT_AHEAD = 256;
/** Heights below the last block of which replies are kept. */
const KEPT_REPLIES = 4096;
/** Blocks in one answer, as Chain Core gives them. */
const BLOCKS_AN_ANSWER = 10;

/**
 * What is on the disk. Nothing is said that a crash could undo:
 * - signed: before a SIGNATURE is sent; no other block is signed at that height;
 * - pending: at the generator, before it asks for signatures of a block;
 * - block: a block with its certificate, at the generator before it is published. A signer writes the blocks that it has executed with its
 *   next signature: what it lacks after a crash others have.
 * Not written: requests and blocks that wait for their turn, SIGNATUREs of others, the pool, timers; they come again.
 */
export interface Record {
  readonly kind: 'signed' | 'pending' | 'block';
  readonly message: BlockMessage;
}

export type Token =
  | { readonly kind: 'sign'; readonly request: BlockMessage }
  | { readonly kind: 'take'; readonly block: BlockMessage }
  | { readonly kind: 'make'; readonly batch: Batch }
  | { readonly kind: 'complete'; readonly request: BlockMessage };

export class Signer implements CatchUpHost<Note, BlockMessage> {
  readonly id: number;
  /** The blocks that it has executed, by height less 1, each with its certificate. */
  readonly chain: BlockMessage[] = [];
  /** Its SIGNATURE of the highest block that it has signed. */
  signed: BlockMessage | null = null;
  /** It has seen two blocks with enough signatures at one height, and takes no part any more. */
  stopped = false;
  readonly run: Run;
  readonly context: NodeContext<Note>;
  protected readonly executor: Executor<Note>;
  protected readonly catchUp: CatchUp<Note, BlockMessage>;
  protected now_us = 0;
  /** A block is being checked or signed: requests and blocks are looked at in order, one at a time. */
  private isBusy = false;
  /** Blocks of the chain that are on the disk, or on their way there. */
  protected written = 0;
  /** The highest block that it has heard of. */
  protected heard = 0;
  private readonly requests = new Map<number, BlockMessage>();
  private readonly published = new Map<number, BlockMessage[]>();
  /** Whose transactions it has, by digest, with the height that they were sent for. */
  private readonly bodies = new Map<number, number>();

  constructor(context: NodeContext<Note>, run: Run) {
    this.id = context.id;
    this.context = context;
    this.run = run;
    const { log, rules } = run;
    const { bytes } = rules.program.reply;
    // Clients are told by whom they ask; a block's signatures prove to them that it stands.
    const repliesIn = (): number | null => (this.id === GENERATOR ? 0 : null);
    this.executor = new Executor(
      context,
      { log, reply: { type: TYPE.reply, bytes }, signs: true, kept: KEPT_REPLIES },
      { repliesIn, executed: () => undefined },
    );
    this.catchUp = new CatchUp(
      context,
      {
        log,
        nodes: rules.nodes,
        types: { fetch: TYPE.fetch, decision: TYPE.decision },
        signs: true,
        wait_us: rules.wait_us,
        answers: rules.answers,
        most: BLOCKS_AN_ANSWER,
      },
      this,
    );
  }

  get executed(): number {
    return this.executor.executed;
  }
  get state(): number {
    return this.executor.state;
  }
  /** The consensus program of the last block: signatures that the next one needs. */
  get quorum(): number {
    return this.quorumAfter(this.executed);
  }
  protected get time_ms(): number {
    return this.chain.at(-1)?.block.time_ms ?? 0;
  }
  private quorumAfter(height: number): number {
    return height === 0 ? this.run.rules.quorum : this.chain[height - 1].block.quorum;
  }

  step(input: NodeInput<Note>, out: Outbox<Note>): void {
    this.now_us = input.now_us;
    if (!this.stopped) this.handle(input, out);
  }

  protected handle(input: NodeInput<Note>, out: Outbox<Note>): void {
    switch (input.kind) {
      case 'message':
        this.receive(input.from, input.message, out);
        break;
      case 'work':
        this.onWork(input.token as Token, out);
        break;
      case 'persisted':
        this.onWritten(input.token as Record, out);
        break;
      case 'timer':
        if (input.id === CATCH_UP_TIMER) this.catchUp.onTimer(out);
        break;
      case 'start':
        // Who was down when the run began may have missed anything.
        if (input.now_us > 0) this.resume(out);
        break;
      case 'recover':
        this.recover((input.persisted as readonly (readonly Record[])[]).flat());
        this.resume(out);
        break;
      default:
        break;
    }
  }

  /** Comes back, from wherever it was. */
  resume(out: Outbox<Note>): void {
    this.isBusy = false;
    this.catchUp.ask(out);
  }

  protected receive(from: number, message: Note, out: Outbox<Note>): void {
    switch (message.type) {
      case TYPE.signRequest:
        this.onSignRequest(from, message as BlockMessage, out);
        break;
      case TYPE.signature:
        this.run.log.vote(this.id, message);
        break;
      case TYPE.block:
        this.onBlock(message as BlockMessage, out);
        break;
      case TYPE.decision:
        if (message.sequence <= this.executed) this.compare((message as ProvenDecision<BlockMessage>).proof, out);
        else this.catchUp.receive(from, message, out);
        break;
      default:
        this.catchUp.receive(from, message, out);
    }
  }

  private onSignRequest(from: number, request: BlockMessage, out: Outbox<Note>): void {
    const { sequence, digest } = request;
    if (from !== GENERATOR || request.signer !== GENERATOR || this.id === GENERATOR || sequence <= this.executed) return;
    if (this.signed !== null && isSameBlock(request, this.signed)) {
      // Asked once more for the block that it has signed: it says so once more.
      if (this.run.log.verify([request]).length > 0) out.send(GENERATOR, this.signed);
      return;
    }
    this.heard = Math.max(this.heard, sequence);
    if (sequence <= this.executed + KEPT_AHEAD && !this.requests.has(sequence)) {
      this.requests.set(sequence, request);
      this.bodies.set(digest, sequence);
    }
    this.catchUp.waitIfIdle(out);
    this.advance(out);
  }

  private onBlock(block: BlockMessage, out: Outbox<Note>): void {
    const { sequence, digest } = block;
    if (sequence <= this.executed) {
      this.compare(block, out);
      return;
    }
    this.heard = Math.max(this.heard, sequence);
    if (sequence <= this.executed + KEPT_AHEAD) {
      const there = this.published.get(sequence);
      if (there === undefined) this.published.set(sequence, [block]);
      else there.push(block);
      if (this.run.rules.publishesBatch) this.bodies.set(digest, sequence);
    }
    this.catchUp.waitIfIdle(out);
    this.advance(out);
  }

  /** Looks at the request for the next height, and then at blocks for it. */
  protected advance(out: Outbox<Note>): void {
    if (this.isBusy || this.stopped) return;
    const { signRequest, block: step } = this.run.rules;
    const height = this.executed + 1;
    const request = this.requests.get(height);
    if (request !== undefined) {
      this.requests.delete(height);
      if (this.maySign(request)) {
        const batch = this.executor.batchOf(request.digest)!;
        this.isBusy = true;
        this.hash(request.digest, batch);
        this.context.pool.adopt(batch);
        out.work(signRequest.work_ns(1, batch.bytes) + this.checkClients(batch, request.digest), { kind: 'sign', request } satisfies Token);
        return;
      }
    }
    const blocks = this.published.get(height) ?? [];
    for (;;) {
      const at = blocks.findIndex(({ digest }) => this.bodies.has(digest));
      if (at < 0) return;
      const [block] = blocks.splice(at, 1);
      if (block.block.previous !== this.state || !this.isProven(block, this.quorum)) continue;
      this.isBusy = true;
      out.work(step.work_ns(1, 0), { kind: 'take', block } satisfies Token);
      return;
    }
  }

  /** Specification, "Sign block": steps 1 to 6. Versions and witnesses are not modelled. */
  private maySign(request: BlockMessage): boolean {
    const { sequence, digest } = request;
    const { previous, time_ms, quorum } = request.block;
    // Never two blocks at a height, whatever the generator says and however often it asks.
    if (this.signed !== null && sequence <= this.signed.sequence) return false;
    if (this.run.log.verify([request]).length === 0) return false;
    if (previous !== this.state || digest === NULL_DIGEST || this.isSpent(this.executor.batchOf(digest)!)) return false;
    if (quorum !== this.quorum) return false;
    return time_ms > this.time_ms && time_ms * 1000 < this.now_us + MOST_AHEAD_MS * 1000;
  }

  /** Its transactions spend what earlier blocks have spent. */
  protected isSpent({ items }: Batch): boolean {
    return items.some((item) => this.context.isExecuted(item));
  }
  protected checkClients(batch: Batch, digest: number): number {
    return this.context.checkClients(batch, () => this.run.contents!.batch(digest));
  }
  protected hash(digest: number, batch: Batch): void {
    this.run.log.digest(batch.bytes, () => this.run.contents!.batch(digest));
  }

  protected onWork(token: Token, out: Outbox<Note>): void {
    if (token.kind === 'sign') {
      // Unless another block was taken at that height meanwhile.
      if (token.request.sequence === this.executed + 1) this.sign(token.request, out);
      else {
        this.isBusy = false;
        this.advance(out);
      }
    } else if (token.kind === 'take') {
      this.isBusy = false;
      if (token.block.sequence === this.executed + 1) this.execute(token.block, out);
      this.advance(out);
    }
  }

  /** The height is used up: that is on the disk before anybody has the signature. */
  protected sign({ sequence, digest, block }: BlockMessage, out: Outbox<Note>): void {
    const { bytes } = this.run.rules.signature;
    const signature = new BlockMessage({ type: TYPE.signature, view: 0, sequence, signer: this.id, digest, bytes, block });
    this.run.log.sign(signature);
    this.write({ kind: 'signed', message: signature }, bytes, out);
  }

  /** With it blocks that are not on the disk yet. */
  protected write(record: Record, bytes: number, out: Outbox<Note>): void {
    const blocks = this.chain.slice(this.written).map((message): Record => ({ kind: 'block', message }));
    this.written = this.chain.length;
    let all_bytes = bytes;
    for (const { message } of blocks) all_bytes += message.bytes + REQUEST_HEADER_BYTES + this.executor.batchOf(message.digest)!.bytes;
    out.persist([...blocks, record], all_bytes, record);
  }

  protected onWritten({ kind, message }: Record, out: Outbox<Note>): void {
    if (kind !== 'signed') return;
    this.signed = message;
    this.context.holds(message.digest);
    if (this.id === GENERATOR) return;
    this.isBusy = false;
    if (message.sequence === this.executed + 1) out.send(GENERATOR, message);
    this.advance(out);
  }

  /**
   * Enough signers of the federation have signed the block: as many as the block before it says, whatever it says itself. The generator's own
   * signature is none of them, and nobody looks for it.
   */
  private isProven(block: BlockMessage, quorum: number): boolean {
    const votes = this.votesOf(block);
    return votes.length >= quorum && this.run.log.verify(votes).length >= quorum;
  }
  /** Of a certificate the SIGNATUREs of different signers that are about the block. It is the same at all nodes: it is gone through once. */
  private votesOf(block: BlockMessage): readonly BlockMessage[] {
    const { certificates, rules } = this.run;
    let votes = certificates.get(block);
    if (votes === undefined) {
      const bySigner = new Map<number, BlockMessage>();
      for (const vote of block.proof)
        if (vote.type === TYPE.signature && vote.signer < rules.nodes && isSameBlock(vote, block)) bySigner.set(vote.signer, vote);
      certificates.set(block, (votes = [...bySigner.values()]));
    }
    return votes;
  }

  /** Two correctly signed blocks at one height: it stops at once, and waits for its administrator. */
  private compare(block: BlockMessage, out: Outbox<Note>): void {
    if (block.sequence < 1 || block.sequence > this.executed || isSameBlock(block, this.chain[block.sequence - 1])) return;
    if (!this.isProven(block, this.quorumAfter(block.sequence - 1))) return;
    this.stopped = true;
    this.catchUp.stop(out);
  }

  /** In the order of heights. */
  protected execute(block: BlockMessage, out: Outbox<Note>): void {
    const { sequence, digest } = block;
    // It has hashed what it has signed.
    if (this.signed?.sequence !== sequence || this.signed.digest !== digest) this.hash(digest, this.executor.batchOf(digest)!);
    this.chain.push(block);
    this.context.committed({ view: 0, decision: digest });
    this.executor.decided(sequence, digest, out);
    this.requests.delete(sequence);
    this.published.delete(sequence);
    for (const [body, height] of this.bodies) if (height <= sequence) this.bodies.delete(body);
    if (this.isWaiting) this.catchUp.wait(out);
    else this.catchUp.stop(out);
  }

  // --- what catching up asks of it

  get isWaiting(): boolean {
    return Math.max(this.heard, this.signed?.sequence ?? 0) > this.executed;
  }

  proofOf(sequence: number): Proof<BlockMessage> | null {
    const proof = this.chain[sequence - 1];
    if (proof === undefined) return null;
    const bytes = this.run.rules.block.bytes;
    return { view: 0, digest: proof.digest, proof, bytes };
  }

  take({ proof: block }: ProvenDecision<BlockMessage>, out: Outbox<Note>): void {
    if (block.sequence !== this.executed + 1 || block.block.previous !== this.state || !this.isProven(block, this.quorum)) return;
    this.execute(block, out);
    this.advance(out);
  }

  // --- after a crash

  protected recover(records: readonly Record[]): void {
    for (const { kind, message } of records) {
      if (kind === 'block' && message.sequence === this.chain.length + 1) this.chain.push(message);
      if (kind === 'signed') this.signed = message;
    }
    this.written = this.chain.length;
    this.executor.recover(this.chain);
  }
}
