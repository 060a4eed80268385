// A path of phases message by message: what each node does with what comes, as the list says. It has no timers: where a leader is down for
// good, nothing is decided any more.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import { checkCertificate } from '../../harness/simulate/core/certificates.ts';
import { AGGREGATE_COUNTS, OperationLog } from '../../harness/simulate/core/operations.ts';
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import { LOAD_RULES, isDefaultLoad } from '../../harness/model/load.ts';
import { altered, changing, forging, forking, halvesOf, replaying, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { Mechanism, NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Contents } from './contents.ts';
import { NULL_DIGEST, Reply, SignedMessage, digestOf, nextState, otherDigest, requestsOf, timestampOf } from './messages.ts';
import { takesPart, type PhaseProgram, type Step } from './phase-program.ts';

/** A message of a step; `proof`: the votes that its certificate is made of. */
export class PhaseMessage extends SignedMessage {
  readonly proof: readonly PhaseMessage[];
  constructor(fields: ConstructorParameters<typeof SignedMessage>[0] & { readonly proof?: readonly PhaseMessage[] }) {
    super(fields);
    this.proof = fields.proof ?? [];
  }
}
type Note = SignedMessage & Partial<Pick<PhaseMessage, 'proof'>>;

const PASS_TIMER = 'pass';
const [UNSENT, WRITING, SENT] = [0, 1, 2];

interface Slot {
  /** null: not known yet. */
  digest: number | null;
  /** The first step that this node is not through with. */
  at: number;
  working: boolean;
  readonly books: VoteBook<PhaseMessage>[];
  /** Of each step: is its message sent, or being written? */
  readonly sent: Uint8Array;
  /** The votes that the last certificate that this node could make consists of. */
  proof: readonly PhaseMessage[];
}

type Token = { readonly sequence: number } & ({ readonly kind: 'propose'; readonly batch: Batch | null } | { readonly kind: 'through' });
/** A write before the message of step k. */
interface Written {
  readonly sequence: number;
  readonly k: number;
}

export interface PathOptions {
  /** Sequence numbers that a leader may have open beyond what it has executed. */
  readonly window: number;
  readonly clientTimeout_us: number;
  readonly bound_tps: number;
  readonly hopeless: string;
}

export class PathNode {
  readonly id: number;
  executed = 0;
  private readonly context: NodeContext<Note>;
  private readonly path: Path;
  private readonly slots = new Map<number, Slot>();
  private readonly committed = new Map<number, number>();
  private readonly replies = new Map<number, Reply>();
  private state = 0;
  private proposed = 0;
  private now_us = 0;
  /** The sequence number that it was to propose for and had nothing, and whether it has waited for long enough. */
  private idleIn = 0;
  private idled = false;

  constructor(context: NodeContext<Note>, path: Path) {
    this.id = context.id;
    this.context = context;
    this.path = path;
  }

  step(input: NodeInput<Note>, out: Outbox<Note>): void {
    this.now_us = input.now_us;
    switch (input.kind) {
      case 'start':
        this.begin(out);
        break;
      case 'submit':
        this.onRequest(input.request.items, out);
        break;
      case 'ready':
        this.propose(out);
        break;
      case 'timer':
        this.idled = true;
        this.propose(out);
        break;
      case 'work':
        this.onWork(input.token as Token, out);
        break;
      case 'persisted':
        this.onWritten(input.token as Written, out);
        break;
      case 'message':
        this.receive(input.message as PhaseMessage, out);
        break;
      default:
        break;
    }
  }

  private slot(sequence: number): Slot {
    let slot = this.slots.get(sequence);
    if (slot === undefined) {
      const { steps } = this.path.program;
      const books = steps.map(({ isVote }) => new VoteBook<PhaseMessage>(isVote ? this.path.program.weights : null));
      this.slots.set(sequence, (slot = { digest: null, at: 0, working: false, books, sent: new Uint8Array(steps.length), proof: [] }));
    }
    return slot;
  }
  private leaderOf(sequence: number): number {
    const { program } = this.path;
    return program.leaderOf(program.viewOf(sequence));
  }

  private onRequest(items: readonly number[], out: Outbox<Note>): void {
    for (const item of items) {
      if (!this.context.isExecuted(item)) continue;
      const batch = this.context.batchOf(item);
      const reply = this.replies.get(batch.id);
      if (reply !== undefined) this.context.reply(batch, reply, out);
    }
    this.propose(out);
  }

  /** Steps before the proposal begin when the decision before is executed, and where decisions come in order all others. */
  private begin(out: Outbox<Note>): void {
    const sequence = this.executed + 1;
    const { asked, batchStep, program } = this.path;
    if (batchStep > 0 ? sequence <= asked : program.inOrder && this.slots.has(sequence)) this.advance(sequence, out);
    this.propose(out);
  }

  /** Proposes what the pool gives, as a leader, in the order of sequence numbers. */
  private propose(out: Outbox<Note>): void {
    const { pool } = this.context;
    const { batchStep, options, program } = this.path;
    for (;;) {
      const sequence = this.nextSequence();
      if (this.leaderOf(sequence) !== this.id) return;
      const isFull = sequence > this.executed + options.window;
      this.context.blocked(isFull && pool.ready_us <= this.now_us);
      if (isFull) return;
      // Where steps come before the proposal it must be through with them, and they begin with the decision before.
      if (batchStep > 0 && (sequence !== this.executed + 1 || this.slot(sequence).at !== batchStep)) return;
      const batch = pool.take(this.now_us);
      if (batch === null && !this.passes(sequence, out)) return;
      this.proposed = sequence;
      const clients_ns = batch === null ? 0 : this.checkClients(batch, digestOf(batch.id));
      out.work(program.propose_ns(batch?.bytes ?? 0) + clients_ns, { kind: 'propose', sequence, batch } satisfies Token);
    }
  }
  /** What a digest names; null: nothing, or it is not known yet. */
  private batchOf(digest: number | null): Batch | null {
    return digest === null || digest === NULL_DIGEST ? null : this.context.batch(timestampOf(digest));
  }
  /** The clients' signatures of a batch, as far as it has not checked them, nanoseconds. */
  private checkClients(batch: Batch, digest: number): number {
    return this.context.checkClients(batch, () => this.path.contents!.batch(digest));
  }
  private nextSequence(): number {
    let sequence = Math.max(this.proposed, this.executed) + 1;
    // Where leaders rotate its turn comes when it has seen all proposals before.
    while (this.path.rotates && (this.slots.get(sequence)?.digest ?? null) !== null) sequence += 1;
    return sequence;
  }
  /** Under a load a leader in turn that has nothing to propose keeps the others waiting for the time that a batch waits at most. */
  private passes(sequence: number, out: Outbox<Note>): boolean {
    const { rotates, pass_us } = this.path;
    if (!rotates || pass_us === 0 || this.context.pool.waiting > 0) return false;
    if (this.idleIn === sequence) return this.idled;
    this.idleIn = sequence;
    this.idled = false;
    out.setTimer(PASS_TIMER, pass_us);
    return false;
  }

  private onWork(token: Token, out: Outbox<Note>): void {
    const slot = this.slot(token.sequence);
    if (token.kind === 'through') {
      slot.working = false;
      this.pass(token.sequence, slot, out);
      this.advance(token.sequence, out);
      return;
    }
    const { batch } = token;
    slot.digest = batch === null ? NULL_DIGEST : digestOf(batch.id);
    if (batch !== null) this.hash(batch, slot.digest);
    this.context.proposed({ view: this.path.program.viewOf(token.sequence), decision: slot.digest });
    this.advance(token.sequence, out);
    this.propose(out);
  }

  /** For the signature of what names it. */
  private hash(batch: Batch, digest: number): void {
    const { program, log, contents } = this.path;
    if (program.signs) log.digest(batch.bytes, () => contents!.batch(digest));
  }

  private receive(message: PhaseMessage, out: Outbox<Note>): void {
    const { program, log } = this.path;
    const k = message.type - program.steps[0].type;
    const step = program.steps[k];
    if (step === undefined || message.sequence <= this.executed - this.path.kept) return;
    if (message.view !== program.viewOf(message.sequence)) return;
    if (step.isVote) log.vote(this.id, message);
    const leader = this.leaderOf(message.sequence);
    if (!takesPart(step.from, message.signer, leader) || !this.path.isProven(k, message)) return;
    const slot = this.slot(message.sequence);
    if (slot.at > k || slot.books[k].add(message) !== 'accepted') return;
    this.advance(message.sequence, out);
  }

  /** Sends and receives, step by step, as far as it can. */
  private advance(sequence: number, out: Outbox<Note>): void {
    const { program, batchStep } = this.path;
    if (program.inOrder && sequence > this.executed + 1) return;
    const slot = this.slot(sequence);
    const leader = this.leaderOf(sequence);
    while (!slot.working && slot.at < program.steps.length) {
      const k = slot.at;
      const step = program.steps[k];
      const sends = takesPart(step.from, this.id, leader);
      if (sends && slot.sent[k] === UNSENT) {
        if (k < batchStep && sequence !== this.executed + 1) return;
        if (k >= batchStep && slot.digest === null) {
          if (k === batchStep) this.propose(out);
          if (slot.digest === null) return;
        }
        if (step.persists) {
          slot.sent[k] = WRITING;
          const written: Written = { sequence, k };
          out.persist(written, this.bytesOf(step, slot), written);
        } else this.send(slot, sequence, k, out);
      }
      const receives = takesPart(step.to, this.id, leader) && !(step.from === 'leader' && this.id === leader);
      if (!receives) {
        if (slot.sent[k] === WRITING) return;
        this.pass(sequence, slot, out);
        continue;
      }
      const checked = this.complete(slot, k);
      if (checked === null) return;
      slot.working = true;
      const batch = step.hasBatch ? this.batchOf(slot.digest) : null;
      const clients_ns = batch === null ? 0 : this.checkClients(batch, slot.digest!);
      out.work(step.work_ns(checked, batch?.bytes ?? 0) + clients_ns, { kind: 'through', sequence } satisfies Token);
    }
  }

  private onWritten({ sequence, k }: Written, out: Outbox<Note>): void {
    const slot = this.slots.get(sequence);
    if (slot === undefined) return;
    if (k === this.path.program.holds && slot.digest !== null) this.context.holds(slot.digest);
    this.send(slot, sequence, k, out);
    this.advance(sequence, out);
  }

  private bytesOf(step: Step, { digest }: Slot): number {
    return step.bytes + (step.hasBatch ? (this.batchOf(digest)?.bytes ?? 0) - this.path.program.batch_bytes : 0);
  }

  private send(slot: Slot, sequence: number, k: number, out: Outbox<Note>): void {
    const { program, log } = this.path;
    const step = program.steps[k];
    const leader = this.leaderOf(sequence);
    slot.sent[k] = SENT;
    const digest = slot.digest ?? NULL_DIGEST;
    const bytes = this.bytesOf(step, slot);
    const proof = step.certificate === undefined ? [] : slot.proof.slice(0, step.certificate.signers);
    const view = program.viewOf(sequence);
    const message = new PhaseMessage({ type: step.type, view, sequence, signer: this.id, digest, bytes, proof });
    if (step.check === 'aggregate') log.share(message);
    else if (step.isSigned) log.sign(message);
    // Who has gone on without waiting for its own disk does not count itself any more.
    if (step.from !== 'leader' && slot.at === k && !slot.working) slot.books[k].addOwn(message);
    if (step.to === 'leader') {
      if (leader !== this.id) out.send(leader, message);
    } else if (step.to === 'all') out.multicast(message);
    // In one go, as on waves: one by one each departure would be rounded up by itself.
    else out.multicastExcept(message, [leader]);
  }

  /** How many messages were checked to complete the step, null where it is not complete. */
  private complete(slot: Slot, k: number): number | null {
    const { program, log, batchStep } = this.path;
    const step = program.steps[k];
    const book = slot.books[k];
    if (k === batchStep) {
      const [proposal] = book.votes();
      if (proposal === undefined || (step.check !== 'none' && log.verify([proposal]).length === 0)) return null;
      slot.digest = proposal.digest;
      const batch = this.batchOf(proposal.digest);
      if (batch !== null) {
        this.hash(batch, proposal.digest);
        this.context.pool.adopt(batch);
      }
      this.checkProofs(step, [proposal]);
      return 1;
    }
    const digest = slot.digest ?? NULL_DIGEST;
    if (!book.mayComplete(digest, step.need)) return null;
    if (step.check === 'aggregate') {
      if (!book.completeShares(digest, step.need, (shares) => log.addShares(shares))) return null;
      slot.proof = book.verified;
      this.checkProofs(
        step,
        slot.proof.filter(({ signer }) => signer !== this.id),
      );
      return slot.proof.length;
    }
    const checked: PhaseMessage[] = [];
    const isComplete = book.complete(digest, step.need, (items) => {
      checked.push(...items);
      return this.path.check(step, items);
    });
    if (!isComplete) return null;
    this.checkProofs(step, checked);
    if (step.from !== 'leader') slot.proof = book.verified;
    return checked.length;
  }

  private checkProofs({ certificate }: Step, messages: readonly PhaseMessage[]): void {
    const { log } = this.path;
    if (certificate === undefined) return;
    for (const { proof } of messages) checkCertificate(log, certificate.form, proof);
  }

  /** It is through with the step that it is at. */
  private pass(sequence: number, slot: Slot, out: Outbox<Note>): void {
    const { program } = this.path;
    const k = slot.at++;
    if (k === program.holds && !program.steps[k].persists && slot.digest !== null) this.context.holds(slot.digest);
    if (k === program.decides && slot.digest !== null) {
      this.context.committed({ view: program.viewOf(sequence), decision: slot.digest });
      this.committed.set(sequence, slot.digest);
      this.execute(out);
    }
  }

  private execute(out: Outbox<Note>): void {
    const { program } = this.path;
    for (let sequence = this.executed + 1; ; sequence++) {
      const digest = this.committed.get(sequence);
      if (digest === undefined) return;
      this.committed.delete(sequence);
      this.executed = sequence;
      this.slots.delete(sequence - this.path.kept);
      const batch = this.batchOf(digest);
      this.state = nextState(this.state, digest);
      this.context.decide({ sequence, digest, batch });
      if (batch !== null && takesPart(program.reply.from, this.id, this.leaderOf(sequence))) {
        const fields = { type: program.reply.type, view: program.viewOf(sequence + 1), timestamp: batch.id, signer: this.id };
        const reply = new Reply({ ...fields, result: this.state, bytes: program.reply.bytes, decided: digest });
        if (program.signs) this.path.log.sign(reply);
        this.replies.set(batch.id, reply);
        this.replies.delete(batch.id - 2 * this.path.options.window);
        this.context.reply(batch, reply, out);
      }
      this.begin(out);
    }
  }
}

/** What the nodes of one run share. */
export class Path {
  readonly setup: Setup;
  readonly program: PhaseProgram;
  readonly options: PathOptions;
  readonly nodes: number;
  readonly batchStep: number;
  readonly rotates: boolean;
  /** How long a leader in turn waits for something to propose; 0: for ever. */
  readonly pass_us: number;
  /** Sequence numbers below the last executed one of which a node still knows. */
  readonly kept: number;
  /** Decisions after which no other one is begun; Infinity under a load. */
  readonly asked: number;
  readonly contents: Contents | null;
  readonly log: OperationLog;

  constructor(setup: Setup, program: PhaseProgram, options: PathOptions) {
    this.setup = setup;
    this.program = program;
    this.options = options;
    this.nodes = setup.nodes;
    this.batchStep = program.steps.findIndex(({ hasBatch }) => hasBatch);
    this.rotates = program.viewOf(2) !== program.viewOf(1);
    const { load } = setup.cell;
    this.pass_us = isDefaultLoad(load) ? 0 : Math.max(1, Math.ceil((load.kind === 'closed' ? LOAD_RULES : load).batch_timeout_ms * 1000));
    this.asked = isDefaultLoad(load) ? setup.cell.decisions : Infinity;
    this.kept = Math.max(options.window, setup.nodes);
    this.contents = setup.collect ? new Contents(setup) : null;
    this.log = new OperationLog(this.contents?.digestOf ?? null);
  }

  /** The certificate that a message of step k carries is of as many different signers as it takes, for what the message names. */
  isProven(k: number, { view, sequence, digest, proof }: PhaseMessage): boolean {
    const { certificate } = this.program.steps[k];
    if (certificate === undefined) return true;
    const names = k > this.batchStep ? digest : NULL_DIGEST;
    const fits = proof.filter((vote) => vote.view === view && vote.sequence === sequence && vote.digest === names);
    return new Set(fits.map(({ signer }) => signer)).size >= certificate.signers;
  }
  /** Checks messages as the step says, shares apart; those that are good. */
  check({ check }: Step, items: readonly PhaseMessage[]): readonly PhaseMessage[] {
    if (check === 'none') return items.filter(({ valid }) => valid);
    return check === 'batch' ? this.log.verify(items) : items.flatMap((item) => this.log.verify([item]));
  }
}

/** A path as the harness runs it. */
export function pathMechanism(setup: Setup, program: PhaseProgram, options: PathOptions): Mechanism<PathNode, Note> {
  const path = new Path(setup, program, options);
  const { request, reply, steps } = program;
  const aggregates = steps.some(({ check, certificate }) => check === 'aggregate' || certificate?.form === 'aggregate');
  const nameOf = new Map(steps.map(({ type, name }) => [type, name]));
  return {
    roles: [{ id: 'node', count: setup.nodes, counted: true, cores: setup.cell.node.cores, region: 'spread', faultable: true }],
    log: path.log,
    ...(program.weights === null ? {} : { weights: program.weights }),
    commitQuorum: program.commitQuorum,
    counts: program.signs ? ['signs', 'verifies', 'batches', 'votes', 'digest_bytes', ...(aggregates ? AGGREGATE_COUNTS : [])] : ['votes'],
    bound_tps: options.bound_tps,
    client: {
      types: { request: request.type, reply: reply.type },
      replies: reply.need,
      leaderOf: program.leaderOf,
      asks: request.to,
      timeout_us: options.clientTimeout_us,
      ...requestsOf(request.type),
    },
    init: (context) => new PathNode(context, path),
    step: (state, input, out) => state.step(input, out),
    filterOf: (_, { kind, faulty }) => {
      const step = (message: Note): Step | undefined => steps[message.type - steps[0].type];
      // What it says instead it signs, too.
      const other = (message: Note): Note => {
        if (message.digest === NULL_DIGEST) return message;
        const said = altered(message, { digest: otherDigest(message.digest) });
        const { check, isSigned } = steps[message.type - steps[0].type];
        if (check === 'aggregate') path.log.share(said);
        else if (isSigned) path.log.sign(said);
        return said;
      };
      const byKind: Partial<Record<string, () => OutboxFilter<Note>>> = {
        'bad-signature': forging,
        replay: () => replaying((message) => step(message)?.isVote === true),
        'wrong-vote': () => changing((message) => (step(message)?.isVote === true ? other(message) : message)),
        equivocate: () =>
          forking((message, half) => (half === 0 || step(message) === undefined ? message : other(message)), halvesOf(faulty)),
      };
      return byKind[kind]?.() ?? null;
    },
    hopeless: () => options.hopeless,
    lastly: () => ({ viewChanges: 0 }),
    describe: (message) => {
      const name = nameOf.get(message.type) ?? (message.type === request.type ? 'request' : 'reply');
      return `${name.padEnd(12)}  view ${message.view}  sequence ${message.sequence}${nameOf.has(message.type) ? `  digest ${message.digest}` : ''}`;
    },
  };
}
