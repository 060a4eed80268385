// What faulty validators say instead of what the protocol has them say.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { altered, halvesOf, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { liesOf } from '../parts/liars.ts';
import { otherDigest } from '../parts/messages.ts';
import { LEAVES, Proposal, Validation, type RippleMessage } from './messages.ts';
import { Validator, type Run } from './validator.ts';

const isVote = (message: RippleMessage): boolean => message instanceof Proposal || message instanceof Validation;

/** The filter on what a faulty validator sends; null: it sends what a correct one does. */
export function filterOf({ log }: Run, entry: FaultEntry): OutboxFilter<RippleMessage> | null {
  return liesOf(entry, {
    isReplayed: isVote,
    // It proposes what nobody has, and validates what nobody has built.
    wrong: (message) => {
      if (!isVote(message) || message.view === LEAVES) return message;
      const said = altered(message, { digest: otherDigest(message.digest) });
      log.sign(said);
      return said;
    },
  });
}

/** What one face says to those in league with it: in no encoding. */
type Told = RippleMessage & { readonly face?: number };

/** Where a face's work and timers are told apart. */
interface FaceToken {
  readonly face: number;
  readonly token: unknown;
}
const timerOf = (id: string, face: number): string => `${id} of face ${face}`;

/** The same node, but what it executes and replies nobody hears. */
function unheard(context: NodeContext<RippleMessage>): NodeContext<RippleMessage> {
  const nothing = (): void => {};
  return {
    id: context.id,
    pool: context.pool,
    batch: (id) => context.batch(id),
    isExecuted: (item) => context.isExecuted(item),
    batchOf: (item) => context.batchOf(item),
    checkClients: (batch, transactions) => context.checkClients(batch, transactions),
    decide: nothing,
    reply: nothing,
    holds: nothing,
    proposed: nothing,
    committed: nothing,
    asksFor: nothing,
    asksAgain: nothing,
    blocked: nothing,
    observe: nothing,
  };
}

/**
 * An equivocator is two validators that share a key, each correct but for one thing. Equivocators collude: to the correct validators of half A,
 * and among themselves, the first faces are one network with half A; the second ones, who propose no transaction, are one with half B. So A sees
 * all of them vote for a transaction and validate the ledger that has it, and B sees them do neither. Where lists differ the halves are
 * those who have them, otherwise the first and the last of the correct validators.
 */
export class Turncoat {
  readonly validator: Validator;
  readonly #context: NodeContext<RippleMessage>;
  readonly #run: Run;
  readonly #entry: FaultEntry;
  readonly #halfOf: (node: number) => number;
  #faces: readonly Validator[] | null = null;

  constructor(context: NodeContext<RippleMessage>, run: Run, entry: FaultEntry) {
    this.#context = context;
    this.#run = run;
    this.#entry = entry;
    const { lists, listOf } = run.rules.lists;
    this.#halfOf = lists.length > 1 ? (node) => listOf[node] : halvesOf(entry.faulty);
    this.validator = new Validator(context, run);
  }

  step(input: NodeInput<RippleMessage>, out: Outbox<RippleMessage>): void {
    const { from_us, until_us } = this.#entry;
    const lies = input.now_us >= from_us && input.now_us < until_us;
    if (!lies) {
      if (this.#faces !== null) this.#repent(input.now_us, out);
      if (!this.#isOfFaces(input)) this.validator.step(input, out);
      return;
    }
    // Where it comes back lying, its faces go on from what it had written.
    if (input.kind === 'recover') this.validator.step(input, new Outbox<RippleMessage>());
    this.#faces ??= this.#begin(input, out);
    if (input.kind === 'timer' || input.kind === 'work') {
      if (this.#isOfFaces(input)) this.#ofFace(input, out);
      return;
    }
    const said = input.kind === 'message' ? (input.message as Told).face : undefined;
    if (input.kind === 'start' || input.kind === 'recover' || input.kind === 'persisted') return;
    this.#faces.forEach((_, face) => {
      if (said === undefined || said === face) this.#stepFace(face, input, out);
    });
  }

  #isOfFaces(input: NodeInput<RippleMessage>): boolean {
    if (input.kind === 'timer') return input.id.includes(' of face ');
    return input.kind === 'work' && (input.token as Partial<FaceToken>).face !== undefined;
  }
  #ofFace(input: NodeInput<RippleMessage>, out: Outbox<RippleMessage>): void {
    if (input.kind === 'work') {
      const { face, token } = input.token as FaceToken;
      this.#stepFace(face, { kind: 'work', now_us: input.now_us, token }, out);
    } else if (input.kind === 'timer') {
      const [id, face] = input.id.split(' of face ');
      this.#stepFace(Number(face), { kind: 'timer', now_us: input.now_us, id }, out);
    }
  }

  /** Both go on from where it stands. */
  #begin(input: NodeInput<RippleMessage>, out: Outbox<RippleMessage>): readonly Validator[] {
    const run: Run = { ...this.#run, persists: false };
    const other = unheard(this.#context);
    const last = run.rules.lists.lists.length - 1;
    const faces = [new Validator(this.#context, run, { list: 0 }), new Validator(other, run, { refuses: true, list: last })];
    faces.forEach((validator, face) => {
      const own = new Outbox<RippleMessage>();
      if (input.now_us === 0) validator.step({ kind: 'start', now_us: 0 }, own);
      else validator.resume(this.validator.standing, input.now_us, own);
      this.#say(face, own, out);
    });
    return faces;
  }
  /** It is a correct one again, and behind. */
  #repent(now_us: number, out: Outbox<RippleMessage>): void {
    const [first] = this.#faces!;
    this.#faces = null;
    this.validator.resume(first.standing, now_us, out);
  }

  #stepFace(face: number, input: NodeInput<RippleMessage>, out: Outbox<RippleMessage>): void {
    const own = new Outbox<RippleMessage>();
    this.#faces![face].step(input, own);
    this.#say(face, own, out);
  }

  #say(face: number, own: Outbox<RippleMessage>, out: Outbox<RippleMessage>): void {
    const { nodes } = this.#run.rules;
    const { faulty } = this.#entry;
    const id = this.#context.id;
    for (const action of own.actions)
      switch (action.kind) {
        case 'multicast': {
          const told = altered<Told>(action.message, { face });
          for (let node = 0; node < nodes; node++) {
            if (node === id) continue;
            if (faulty[node] === 1) out.send(node, told);
            else if (this.#halfOf(node) === face) out.send(node, action.message);
          }
          break;
        }
        case 'send':
          out.send(action.to, action.to < nodes && faulty[action.to] === 1 ? altered<Told>(action.message, { face }) : action.message);
          break;
        case 'timer':
          out.setTimer(timerOf(action.id, face), action.delay_us);
          break;
        case 'cancel':
          out.cancelTimer(timerOf(action.id, face));
          break;
        case 'work':
          out.work(action.cost_ns, { face, token: action.token } satisfies FaceToken);
          break;
        case 'persist':
          break;
      }
  }
}
