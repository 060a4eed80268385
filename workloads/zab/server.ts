// What a server of Zab has in every phase: its epochs, its history and disk, what it says again, and whom it tells.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import type { Contents } from '../parts/contents.ts';
import { LeadersClients, LogDisk, type Writer } from '../parts/leader-log.ts';
import { ReplicatedLog } from '../parts/replicated-log.ts';
import { TYPE, type History, type State, type Transaction, type ZabMessage } from './messages.ts';
import type { ZabParameters } from './parameters.ts';
import { FIRST_EPOCH, LONGEST_INTERVAL_US, type Rules } from './rules.ts';

/** What the nodes of one run share. */
export interface Run {
  readonly setup: Setup<ZabParameters>;
  readonly rules: Rules;
  readonly log: OperationLog;
  readonly contents: Contents | null;
  /** Of the step under way. */
  now_us: number;
  /** A leader begins to broadcast in a new epoch. */
  established(): void;
}

export type Out = Outbox<ZabMessage>;

/** A write: f.p, f.a, and the history up to `end`. And what is done once it is over, unless the node looks for a leader again by then. */
export interface Saved {
  readonly accepted: number;
  readonly current: number;
  readonly history: History;
  readonly end: number;
  readonly session: number;
  /** null: that of a transaction, of which there is one at every server, is acknowledged. */
  readonly then: ((out: Out) => void) | null;
}

export const LIMIT_TIMER = 'limit';
export const PING_TIMER = 'ping';
export const AGAIN_TIMER = 'again';
export const FINALIZE_TIMER = 'finalize';
export const NOBODY = -1;
const EMPTY: Transaction = { term: 0, zxid: 0, batch: null };

export abstract class Server implements Writer<ZabMessage, Saved> {
  readonly id: number;
  state: State = 'looking';
  phase: 'election' | 'discovery' | 'synchronisation' | 'broadcast' = 'election';
  /** f.p: the last epoch whose NEWEPOCH it has acknowledged; f.a: the last one whose NEWLEADER it has. */
  accepted = FIRST_EPOCH;
  current = FIRST_EPOCH;
  leader = NOBODY;
  readonly log: ReplicatedLog<Transaction, ZabMessage>;
  protected readonly context: NodeContext<ZabMessage>;
  protected readonly run: Run;
  protected readonly disk: LogDisk<ZabMessage, Saved>;
  protected readonly clients: LeadersClients<ZabMessage>;
  protected readonly isVoter: boolean;
  private readonly observers: readonly number[];
  /** Times that it looked for a leader: what it promised before is not said any more. */
  protected session = 0;
  private said = 0;
  /** What it says again until it is answered. */
  private again: ((out: Out) => void) | null = null;
  private interval_us = 0;
  /** Of a follower: when it heard of its leader last. */
  protected heard_us = 0;
  /** Of a leader: when it sent to all last. */
  protected sent_us = 0;

  constructor(context: NodeContext<ZabMessage>, run: Run, observers: readonly number[]) {
    const { voters, groupCommit } = run.rules;
    this.id = context.id;
    this.context = context;
    this.run = run;
    this.isVoter = context.id < voters;
    this.observers = observers;
    this.log = new ReplicatedLog<Transaction, ZabMessage>(context, EMPTY);
    this.disk = LogDisk.of({ groupCommit, signed: run.setup.cell.transactions.signed === true });
    this.clients = new LeadersClients(context, run.contents, TYPE.reply);
  }

  /** It looks for a leader, from anew. */
  protected abstract look(out: Out): void;

  /** Of what is said outside broadcasts each has a number of its own. */
  protected get at(): { view: number; sequence: number; signer: number } {
    return { view: this.accepted, sequence: this.nextNumber(), signer: this.id };
  }
  protected nextNumber(): number {
    return ++this.said;
  }

  // --- the disk

  abstract onWritten(saved: Saved, out: Out): void;

  /** Goes on when history, f.p and f.a are on the disk as they are now; `cost_ns` of work on clients' signatures comes before. */
  protected save(bytes: number, out: Out, then: Saved['then'], cost_ns = 0): void {
    const { accepted, current, log } = this;
    const saved: Saved = { accepted, current, history: log.entries, end: log.last, session: this.session, then };
    this.disk.write(saved, bytes, cost_ns, out);
  }

  // --- what is said to whom, and again

  protected toVoters(message: ZabMessage, out: Out): void {
    if (this.observers.length === 0) out.multicast(message);
    else out.multicastExcept(message, this.observers);
  }
  protected toObservers(message: () => ZabMessage, out: Out): void {
    for (const observer of this.observers) out.send(observer, message());
  }

  /** Says something now and, at intervals that double, until something else is said. */
  protected sayAgain(out: Out, say: (out: Out) => void): void {
    this.again = say;
    this.interval_us = this.run.rules.notification_us;
    out.setTimer(AGAIN_TIMER, this.interval_us);
    say(out);
  }
  protected sayNoMore(out: Out): void {
    if (this.again !== null) out.cancelTimer(AGAIN_TIMER);
    this.again = null;
  }
  protected onAgainTimer(out: Out): void {
    if (this.again === null) return;
    this.interval_us = Math.min(2 * this.interval_us, LONGEST_INTERVAL_US);
    out.setTimer(AGAIN_TIMER, this.interval_us);
    this.again(out);
  }

  /** A leader tells the clients of a batch that it has delivered. */
  protected reply(batch: Batch, out: Out): void {
    this.clients.reply(batch, this.accepted, out);
  }
}
