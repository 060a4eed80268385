// Equivocators: the worst that faulty nodes can do to agreement. They share their keys, so that the lowest-numbered of them speaks for all.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { halvesOf } from '../../harness/simulate/messages/byzantine.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { ProvenDecision } from '../parts/catch-up.ts';
import { HEADER_BYTES, REQUEST_HEADER_BYTES, Reply, digestOf, nextState, otherDigest } from '../parts/messages.ts';
import { Generator } from './generator.ts';
import { BlockMessage, GENERATOR, TYPE, type BlockHeader } from './messages.ts';
import { Signer, type Note, type Run } from './signer.ts';

/** Who equivocates together, and whom they show what. */
class Coalition {
  readonly members: readonly number[];
  /** Correct nodes, in two halves. */
  readonly halves: readonly [readonly number[], readonly number[]];
  readonly #run: Run;

  constructor(run: Run, faulty: Uint8Array) {
    const halfOf = halvesOf(faulty);
    const nodes = Array.from(faulty, (_, node) => node);
    const correct = nodes.filter((node) => faulty[node] === 0);
    this.members = nodes.filter((node) => faulty[node] === 1);
    this.halves = [correct.filter((node) => halfOf(node) === 0), correct.filter((node) => halfOf(node) === 1)];
    this.#run = run;
  }

  /** The signatures of all of them. */
  sign({ sequence, digest }: Pick<BlockMessage, 'sequence' | 'digest'>, block: BlockHeader): BlockMessage[] {
    const { bytes } = this.#run.rules.signature;
    return this.members.map((signer) => {
      const signature = new BlockMessage({ type: TYPE.signature, view: 0, sequence, signer, digest, bytes, block });
      this.#run.log.sign(signature);
      return signature;
    });
  }
}

/** One of two blocks at a height. */
interface Version {
  readonly request: BlockMessage;
  readonly votes: Map<number, BlockMessage>;
  isPublished: boolean;
}

/**
 * An equivocating generator shows each half of the correct signers another block, and has the signatures of its coalition for both. With b in
 * it a block gets those and a half of N - b: both have M from b = 2M - N on. Who has signed one is asked for the other, too, which a signer
 * that keeps its rule does not answer. What has M is published to its half.
 */
class EquivocatingGenerator {
  readonly #context: NodeContext<Note>;
  readonly #run: Run;
  readonly #coalition: Coalition;
  readonly #versions = new Map<number, readonly [Version, Version]>();
  readonly #asked = new Set<string>();
  #height: number;
  /** The state after the last block of each half; a half whose block has no quorum will hear of the other's. */
  #states: [number, number];
  #time_ms = 0;
  readonly #quorum: number;
  #isOpen = false;

  constructor({ context, run, executed, state, quorum }: Signer, coalition: Coalition) {
    this.#context = context;
    this.#run = run;
    this.#coalition = coalition;
    this.#height = executed;
    this.#states = [state, state];
    this.#quorum = quorum;
  }

  step(input: NodeInput<Note>, out: Outbox<Note>): void {
    if (input.kind === 'message' && input.message.type === TYPE.signature)
      this.#onSignature(input.message as BlockMessage, input.now_us, out);
    this.#propose(input.now_us, out);
  }

  #propose(now_us: number, out: Outbox<Note>): void {
    while (!this.#isOpen) {
      const batch = this.#context.pool.take(now_us);
      if (batch === null) return;
      this.#height += 1;
      this.#isOpen = true;
      this.#time_ms = Math.max(Math.floor(now_us / 1000), this.#time_ms + 1);
      const digest = digestOf(batch.id);
      const versions = [this.#version(batch, digest, 0), this.#version(batch, otherDigest(digest), 1)] as const;
      this.#versions.set(this.#height, versions);
      versions.forEach(({ request }, half) => {
        this.#context.proposed({ view: 0, decision: request.digest });
        for (const node of this.#coalition.halves[half]) out.send(node, request);
      });
      versions.forEach((_, half) => this.#tryPublish(this.#height, half as 0 | 1, out));
    }
  }

  #version(batch: Batch, digest: number, half: 0 | 1): Version {
    const { signRequest, program } = this.#run.rules;
    const block = { previous: this.#states[half], time_ms: this.#time_ms, quorum: this.#quorum };
    const bytes = signRequest.bytes + batch.bytes - program.batch_bytes;
    const fields = { type: TYPE.signRequest, view: 0, sequence: this.#height, signer: GENERATOR, digest, bytes, block };
    const request = new BlockMessage(fields);
    this.#run.log.sign(request);
    const own = this.#coalition.sign(request, block);
    return { request, votes: new Map(own.map((vote) => [vote.signer, vote])), isPublished: false };
  }

  #onSignature(vote: BlockMessage, now_us: number, out: Outbox<Note>): void {
    const { sequence, signer, digest } = vote;
    this.#run.log.vote(GENERATOR, vote);
    const versions = this.#versions.get(sequence);
    if (versions === undefined || !vote.valid) return;
    const half = versions.findIndex(({ request }) => request.digest === digest);
    if (half < 0) return;
    versions[half].votes.set(signer, vote);
    const key = `${sequence} ${signer}`;
    if (!this.#asked.has(key)) {
      this.#asked.add(key);
      out.send(signer, versions[1 - half].request);
    }
    this.#tryPublish(sequence, half as 0 | 1, out);
    this.#propose(now_us, out);
  }

  #tryPublish(sequence: number, half: 0 | 1, out: Outbox<Note>): void {
    const version = this.#versions.get(sequence)![half];
    const { request, votes } = version;
    if (version.isPublished || votes.size < this.#quorum) return;
    version.isPublished = true;
    const { digest, block } = request;
    const proof = [...votes.values()].slice(0, this.#quorum);
    const { bytes } = this.#run.rules.block;
    const published = new BlockMessage({ type: TYPE.block, view: 0, sequence, signer: GENERATOR, digest, bytes, block, proof });
    for (const node of this.#coalition.halves[half]) out.send(node, published);
    const state = nextState(block.previous, digest);
    if (sequence !== this.#height || !this.#isOpen) {
      // The second of the two: the other half's chain has gone on meanwhile.
      if (sequence === this.#height) this.#states[half] = state;
      return;
    }
    this.#isOpen = false;
    this.#states = [state, state];
    const { bytes: reply_bytes } = this.#run.rules.program.reply;
    const batch = this.#context.batch(digest >> 1);
    const reply = { type: TYPE.reply, view: 0, timestamp: batch.id, signer: GENERATOR, result: state, decided: digest, bytes: reply_bytes };
    this.#context.reply(batch, new Reply(reply), out);
  }
}

/**
 * Beside a correct generator: the coalition makes a second block of the same transactions as soon as it sees the first. The network asks for M
 * signatures, and not for the generator's, so M of them are enough. Fewer try a block that names fewer itself.
 */
function secondBlock({ run, context }: Signer, coalition: Coalition, request: BlockMessage, out: Outbox<Note>): void {
  const { sequence } = request;
  const digest = otherDigest(request.digest);
  const signers = coalition.members.length;
  const block = { ...request.block, quorum: Math.min(request.block.quorum, signers) };
  const proof = coalition.sign({ sequence, digest }, block);
  const fields = { view: 0, sequence, signer: context.id, digest };
  const { bytes } = run.rules.block;
  const made = new BlockMessage({ ...fields, type: TYPE.block, bytes, block, proof });
  const decision_bytes = HEADER_BYTES + bytes + REQUEST_HEADER_BYTES + context.batch(digest >> 1).bytes;
  const decision = new ProvenDecision({ ...fields, type: TYPE.decision, bytes: decision_bytes, proof: made });
  for (const node of coalition.halves[1]) out.send(node, decision);
}

/** A node that equivocates from one moment to another. */
export class Turncoat {
  readonly signer: Signer;
  readonly #entry: FaultEntry;
  readonly #coalition: Coalition;
  readonly #speaks: boolean;
  #generator: EquivocatingGenerator | null = null;
  readonly #doubled = new Set<number>();

  constructor(context: NodeContext<Note>, run: Run, entry: FaultEntry) {
    this.signer = context.id === GENERATOR ? new Generator(context, run) : new Signer(context, run);
    this.#entry = entry;
    this.#coalition = new Coalition(run, entry.faulty);
    this.#speaks = entry.faulty.indexOf(1) === context.id;
  }

  step(input: NodeInput<Note>, out: Outbox<Note>): void {
    const { from_us, until_us } = this.#entry;
    const { signer } = this;
    const isLying = input.now_us >= from_us && input.now_us < until_us;
    if (isLying && signer.id === GENERATOR) {
      this.#generator ??= new EquivocatingGenerator(signer, this.#coalition);
      // What was under way when it began to lie, or what it comes back with, is as that of a correct one.
      if (input.kind === 'work' || input.kind === 'persisted' || input.kind === 'recover') signer.step(input, out);
      else this.#generator.step(input, out);
      return;
    }
    if (this.#generator !== null) {
      this.#generator = null;
      signer.step({ kind: 'start', now_us: input.now_us }, out);
    }
    signer.step(input, out);
    if (isLying && this.#speaks && input.kind === 'message' && input.message.type === TYPE.signRequest)
      this.#double(input.message as BlockMessage, out);
  }

  #double(request: BlockMessage, out: Outbox<Note>): void {
    if (request.signer !== GENERATOR || !request.valid || this.#doubled.has(request.sequence)) return;
    this.#doubled.add(request.sequence);
    secondBlock(this.signer, this.#coalition, request, out);
  }
}
