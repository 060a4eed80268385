// A validator: it closes its ledger, agrees with those on its list on the next one, validates what it builds, follows the branch with the
// most support, and executes ledgers that a quorum of its list has validated.
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Executor } from '../parts/executor.ts';
import { NULL_DIGEST, SIGNATURE_BYTES, HEADER_BYTES, digestOf, timestampOf } from '../parts/messages.ts';
import { WriteAhead } from '../parts/write-ahead.ts';
import { Acquisition } from './acquisition.ts';
import { closedAt, networkTime_s } from './close-time.ts';
import { shouldClose, shouldPause } from './consensus.ts';
import type { Contents } from './contents.ts';
import { chainOf, isInChain, type Ledger, type Ledgers } from './ledgers.ts';
import { LEAVES, LEDGER_HEADER_BYTES, Proposal, TYPE, Validation, type RippleMessage } from './messages.ts';
import type { RippleParameters } from './parameters.ts';
import { Round, type Mode, type Sets } from './round.ts';
import type { Rules } from './rules.ts';
import { Validations } from './validations.ts';

/** What the validators of a run share. */
export interface Run {
  readonly setup: Setup<RippleParameters>;
  readonly rules: Rules;
  readonly log: OperationLog;
  readonly contents: Contents | null;
  readonly ledgers: Ledgers;
  /** Transactions of sets, by digest. */
  readonly members: Map<number, ReadonlySet<number>>;
  /** Validators go down and come back. */
  readonly persists: boolean;
}

/** What is written: each ledger that it builds, with the last sequence number that it has validated; and each that is fully validated. */
type Record =
  { readonly kind: 'built'; readonly ledger: Ledger; readonly issued: number } | { readonly kind: 'validated'; readonly ledger: Ledger };

type Token =
  | { readonly kind: 'checked'; readonly at_us: number; readonly items: readonly (Proposal | Validation)[] }
  | { readonly kind: 'propose'; readonly proposal: Proposal }
  | { readonly kind: 'built'; readonly at_us: number; readonly ledger: Ledger; readonly full: boolean; readonly validates: boolean }
  | { readonly kind: 'validated'; readonly ledger: Ledger }
  | { readonly kind: 'set'; readonly set: number }
  | { readonly kind: 'ledgers'; readonly tip: Ledger };

interface Received {
  readonly proposal: Proposal;
  readonly received_us: number;
  checked: boolean;
}

export const HEARTBEAT = 'heartbeat';
/** Proposals of each peer that are kept for a round that has not begun here. */
const RECENT = 10;
/** Ledgers of which replies are kept. */
const KEPT = 4096;

/** Where a validator begins. */
export interface Standing {
  readonly previous: Ledger;
  readonly validated: Ledger;
  readonly issued: number;
}

export class Validator {
  readonly id: number;
  round!: Round;
  /** The last fully validated ledger. */
  validated: Ledger;
  /** The last sequence number that it has validated: it validates none twice. */
  issued = 0;
  branchSwitches = 0;
  readonly known = new Set<number>();
  private readonly context: NodeContext<RippleMessage>;
  private readonly run: Run;
  private readonly refuses: boolean;
  private readonly list: number;
  private readonly sets: Sets;
  private readonly validations: Validations;
  private readonly executor: Executor<RippleMessage>;
  private readonly ahead: WriteAhead<RippleMessage, Record>;
  private readonly acquisition: Acquisition;
  private readonly recent = new Map<number, Received[]>();
  private readonly handles = (input: NodeInput<RippleMessage>, out: Outbox<RippleMessage>): void => this.handle(input, out);
  /** Ledgers that were written. */
  private readonly written = new Set<number>();
  private proposersBefore: number;
  private roundBefore_us: number;
  private ownClose_s = 0;
  private now_us = 0;
  private checking = false;
  /** The sequence number of the highest ledger whose quorum is being checked. */
  private completing = 0;
  /** Transactions of its ledgers that are not fully validated. */
  private inChain: ReadonlySet<number> = new Set();

  /** `refuses`: it proposes no transaction, whatever others propose; `list`: the number of its list. */
  constructor(context: NodeContext<RippleMessage>, run: Run, { refuses = false, list = run.rules.lists.listOf[context.id] } = {}) {
    const { rules, log, ledgers, persists } = run;
    const listed = rules.lists.lists[list];
    this.list = list;
    this.id = context.id;
    this.context = context;
    this.run = run;
    this.refuses = refuses;
    this.validated = ledgers.genesis;
    this.known.add(ledgers.genesis.digest);
    // As if the network had run for a while.
    this.proposersBefore = listed.length - 1;
    this.roundBefore_us = rules.round.times.leastConsensus_us;
    this.sets = setsOf(context, run);
    this.validations = new Validations({ list: rules.quorums[list], listed, current_us: rules.current_us }, (digest) =>
      this.ledger(digest),
    );
    this.executor = new Executor<RippleMessage>(
      context,
      { log, reply: { type: TYPE.reply, bytes: HEADER_BYTES + SIGNATURE_BYTES }, signs: true, kept: KEPT },
      { repliesIn: () => 0, executed: () => {}, batchOf: (digest) => this.batchOf(ledgers.get(digest)!.set) },
    );
    this.ahead = new WriteAhead(context, persists);
    this.acquisition = new Acquisition(context.id, {
      ledger: (digest) => this.ledger(digest),
      batchOf: (set) => this.batchOf(set),
      genesis: ledgers.genesis,
      heartbeat_us: rules.heartbeat_us,
    });
  }

  step(input: NodeInput<RippleMessage>, out: Outbox<RippleMessage>): void {
    this.ahead.step(input, out, this.handles);
  }

  private handle(input: NodeInput<RippleMessage>, out: Outbox<RippleMessage>): void {
    this.now_us = input.now_us;
    switch (input.kind) {
      case 'start':
        // Who comes late is not in the others' round.
        if (input.now_us > 0) this.resume(this.standing, input.now_us, out);
        else this.begin(this.run.ledgers.genesis, 'proposing', out);
        break;
      case 'recover':
        this.recover((input.persisted as Record[][]).flat(), out);
        break;
      case 'submit':
        this.executor.answer(input.request.items, out);
        break;
      case 'timer':
        this.beat(out);
        this.tick(out);
        break;
      case 'work':
        this.onWork(input.token as Token, out);
        break;
      case 'message':
        // What comes while the run drains may find a validator that was never up.
        if (this.hasBegun) this.receive(input.from, input.message, out);
        break;
      default:
        break;
    }
  }

  // --- beginnings

  private beat(out: Outbox<RippleMessage>): void {
    const { heartbeat_us, offsets_us } = this.run.rules;
    const since_us = (((this.now_us - offsets_us[this.id]) % heartbeat_us) + heartbeat_us) % heartbeat_us;
    out.setTimer(HEARTBEAT, heartbeat_us - since_us);
  }
  private begin(previous: Ledger, mode: Mode, out: Outbox<RippleMessage>): void {
    this.beat(out);
    this.startRound(previous, mode, this.now_us, out);
  }

  get hasBegun(): boolean {
    return this.round !== undefined;
  }
  /** What it knows of ledgers. */
  get standing(): Standing {
    if (!this.hasBegun) return { previous: this.validated, validated: this.validated, issued: 0 };
    return { previous: this.round.previous, validated: this.validated, issued: this.issued };
  }
  /** Goes on from there; it follows the others for a round, which may have gone on without it. */
  resume({ previous, validated, issued }: Standing, now_us: number, out: Outbox<RippleMessage>): void {
    this.now_us = now_us;
    this.checking = false;
    // What it knew of the round before is gone: it joins as soon as anybody proposes.
    this.proposersBefore = 0;
    this.learn(previous);
    this.learn(validated);
    this.issued = issued;
    if (validated.sequence > this.executor.executed)
      this.executor.recover(chainOf(validated, this.executor.executed + 1).map(({ sequence, digest }) => ({ sequence, digest })));
    this.validated = validated;
    this.begin(isInChain(validated, previous) ? previous : validated, 'observing', out);
  }
  private recover(records: readonly Record[], out: Outbox<RippleMessage>): void {
    const { genesis } = this.run.ledgers;
    let standing: Standing = { previous: genesis, validated: genesis, issued: 0 };
    for (const record of records) {
      this.learn(record.ledger);
      if (record.kind === 'built') for (let at = record.ledger; at.parent !== null; at = at.parent) this.written.add(at.digest);
      standing =
        record.kind === 'built'
          ? { ...standing, previous: record.ledger, issued: Math.max(standing.issued, record.issued) }
          : { ...standing, validated: record.ledger };
    }
    this.resume(standing, this.now_us, out);
  }

  // --- ledgers and sets

  private ledger(digest: number): Ledger | null {
    return this.known.has(digest) ? this.run.ledgers.get(digest) : null;
  }
  /** It has the ledger and all before it. */
  private learn(ledger: Ledger): void {
    for (let at: Ledger | null = ledger; at !== null && !this.known.has(at.digest); at = at.parent) {
      this.known.add(at.digest);
      this.acquisition.sets.add(at.set);
    }
  }
  private batchOf(set: number): Batch | null {
    return set === NULL_DIGEST ? null : this.context.batch(timestampOf(set));
  }
  /** It makes or gets the set. Returns how long it takes to hash it and to check its clients' signatures, nanoseconds. */
  private take_ns(set: number): number {
    const { log, contents, setup } = this.run;
    const batch = this.batchOf(set);
    this.acquisition.sets.add(set);
    if (batch === null) return 0;
    log.digest(batch.bytes, () => contents!.batch(set));
    return setup.cell.node.hash_ns_per_byte * batch.bytes + this.context.checkClients(batch, () => contents!.batch(set));
  }

  // --- rounds

  /** `opened_us`: the heartbeat at which the ledger before was accepted, or left. */
  private startRound(previous: Ledger, mode: Mode, opened_us: number, out: Outbox<RippleMessage>): void {
    const { proposersBefore, roundBefore_us, refuses } = this;
    this.round = new Round(this.run.rules.round, this.sets, { previous, mode, opened_us, proposersBefore, roundBefore_us, refuses });
    const inChain = new Set<number>();
    for (let at = previous; at.sequence > this.executor.executed; at = at.parent!)
      for (const item of this.sets.items(at.set)) inChain.add(item);
    this.inChain = inChain;
    // Others are ahead: it does not wait for its heartbeat.
    if ([...this.recent.keys()].filter((peer) => this.latestOf(peer) !== null).length > Math.floor(proposersBefore / 2)) this.tick(out);
  }

  /** The last position of a peer in this round. */
  private latestOf(peer: number): Received | null {
    let latest: Received | null = null;
    for (const one of this.recent.get(peer) ?? [])
      if (one.proposal.previous === this.round.previous.digest && (latest === null || one.proposal.view > latest.proposal.view))
        latest = one;
    return latest;
  }

  /** Checks what has come, and looks whether to switch, close or accept. */
  private tick(out: Outbox<RippleMessage>): void {
    if (this.round.phase === 'accepted' || this.checking) return;
    const items: (Proposal | Validation)[] = this.validations.unchecked(this.validated.sequence);
    for (const peer of this.recent.keys()) {
      const latest = this.latestOf(peer);
      if (latest !== null && !latest.checked) items.push(latest.proposal);
    }
    if (items.length === 0) {
      this.act(this.now_us, out);
      return;
    }
    this.checking = true;
    out.work(this.run.rules.check_ns(items.length), { kind: 'checked', at_us: this.now_us, items } satisfies Token);
  }

  private onChecked({ at_us, items }: Extract<Token, { kind: 'checked' }>, out: Outbox<RippleMessage>): void {
    this.checking = false;
    const valid = new Set(this.run.log.verify(items));
    const validations = items.filter((item) => item instanceof Validation);
    this.validations.checked(
      validations,
      validations.filter((item) => valid.has(item)),
    );
    for (const item of items) {
      if (item instanceof Validation) continue;
      const received = this.recent.get(item.signer)!;
      const at = received.findIndex(({ proposal }) => proposal === item);
      if (at < 0) continue;
      if (valid.has(item)) received[at].checked = true;
      else received.splice(at, 1);
    }
    for (const { digest } of validations) {
      const ledger = this.ledger(digest);
      if (ledger !== null) this.complete(ledger, out);
    }
    this.act(at_us, out);
  }

  /** `at_us`: its heartbeat. What checks take after that does not count for the times of rounds, or each would end a heartbeat late. */
  private act(at_us: number, out: Outbox<RippleMessage>): void {
    this.fetchLedgers(out);
    if (this.followsOther(at_us, out)) return;
    const { round } = this;
    for (const peer of this.recent.keys()) {
      const latest = this.latestOf(peer);
      if (latest?.checked !== true) continue;
      const { proposal, received_us } = latest;
      if (this.acquisition.sets.has(proposal.digest)) round.acquire(proposal.digest);
      round.place(proposal, received_us);
    }
    for (const [peer, { proposal }] of round.peers) this.fetchSet(peer, proposal.digest, out);
    if (round.phase === 'open') this.whileOpen(at_us, out);
    else this.whileEstablishing(at_us, out);
  }

  private fetchLedgers(out: Outbox<RippleMessage>): void {
    const when = { next: this.round.previous.sequence + 1, now_us: this.now_us };
    for (const { signer, digest } of this.acquisition.dueLedgers(this.validations.unknown(), when))
      out.send(signer, this.acquisition.fetchLedger(digest, this.validated));
  }
  private fetchSet(peer: number, set: number, out: Outbox<RippleMessage>): void {
    if (!this.acquisition.isDue(set, this.now_us)) return;
    // What it has of the set itself nobody sends: of its own position, or of what it would propose now.
    const has = this.round.position?.set ?? this.sets.digestOf(this.openItems());
    out.send(peer, this.acquisition.fetchSet(set, has, this.round.previous));
  }

  /** Which ledger the next one should follow: the one that this round follows, or another one that has more support. */
  private preferred(current: Ledger): Ledger {
    const best = this.validations.preferred(this.validated, this.issued, this.now_us);
    if (!isInChain(this.validated, current)) return best;
    // It may be about to build it.
    if (best.parent === current) return current;
    return best.sequence > current.sequence || !isInChain(best, current) ? best : current;
  }
  /** Leaves the round for one on another branch, or further on. */
  private followsOther(at_us: number, out: Outbox<RippleMessage>): boolean {
    const best = this.preferred(this.round.previous);
    if (best === this.round.previous) return false;
    this.leave(out);
    this.switchTo(best, at_us, out);
    return true;
  }
  private switchTo(best: Ledger, at_us: number, out: Outbox<RippleMessage>): void {
    this.branchSwitches += 1;
    this.startRound(best, 'observing', at_us, out);
  }
  private leave(out: Outbox<RippleMessage>): void {
    if (this.round.leave(this.now_us)) this.propose(0, out);
  }

  /** The transactions of its open ledger. */
  private openItems(): number[] {
    return this.context.pool.lowest((item) => this.inChain.has(item));
  }
  private whileOpen(at_us: number, out: Outbox<RippleMessage>): void {
    const { round, validations } = this;
    const { rules } = this.run;
    const { previous } = round;
    const items = this.openItems();
    const isReal = previous.agrees && previous.parent !== null && previous.close_s !== previous.parent.close_s + 1;
    const last_s = isReal || this.ownClose_s === 0 ? previous.close_s : this.ownClose_s;
    const closes = shouldClose(rules.round.times, {
      hasTransactions: items.length > 0,
      proposersBefore: round.proposersBefore,
      closed: round.peers.size + (rules.closesWithValidated ? validations.countFor(previous) : 0),
      roundBefore_us: round.roundBefore_us,
      sinceClose_us: 1e6 * (networkTime_s(at_us) - last_s),
      open_us: at_us - round.opened_us,
      resolution_s: previous.resolution_s,
    });
    if (!closes) return;
    const set = this.refuses ? NULL_DIGEST : this.sets.digestOf(items);
    const took_ns = this.take_ns(set);
    round.close(set, at_us);
    if (round.isProposing) this.propose(took_ns, out);
  }

  private whileEstablishing(at_us: number, out: Outbox<RippleMessage>): void {
    const { round, now_us, validations } = this;
    if (!round.tick(at_us)) return;
    const before = round.position!.set;
    if (round.update(at_us)) {
      this.context.observe('position_changes', 1);
      const { set } = round.position!;
      const took_ns = set === before ? 0 : this.take_ns(set);
      if (round.isProposing) this.propose(took_ns, out);
    }
    if (this.waitsForOthers(at_us)) return;
    const state = round.state(at_us, validations.finishedAfter(round.previous, now_us));
    if (state === 'no') return;
    if (state === 'expired') this.leave(out);
    if (round.hasCloseTime) this.accept(state !== 'moved on', at_us, out);
  }

  private waitsForOthers(at_us: number): boolean {
    const { round, now_us, validations } = this;
    const { rules } = this.run;
    const { list } = this;
    if (at_us - round.closed_us > rules.round.times.mostConsensus_us) return false;
    return shouldPause(round.previous.sequence - this.validated.sequence, {
      listed: rules.lists.lists[list].length,
      quorum: rules.quorums[list].quorum,
      ...validations.progress(round.previous.sequence, { now_us, fresh_us: rules.fresh_us }),
    });
  }

  /** Signs its position and says it, when that and what took so long before are done. */
  private propose(before_ns: number, out: Outbox<RippleMessage>): void {
    const { previous, position } = this.round;
    const { set, close_s, count } = position!;
    const fields = { view: count, sequence: previous.sequence + 1, signer: this.id, digest: set };
    const proposal = new Proposal({ ...fields, previous: previous.digest, close_s });
    this.run.log.sign(proposal);
    out.work(before_ns + this.run.rules.sign_ns(0), { kind: 'propose', proposal } satisfies Token);
  }

  private accept(validates: boolean, at_us: number, out: Outbox<RippleMessage>): void {
    const { round } = this;
    const { rules, ledgers, log, contents } = this.run;
    round.phase = 'accepted';
    this.proposersBefore = round.peers.size;
    this.roundBefore_us = at_us - round.closed_us;
    this.ownClose_s = networkTime_s(round.closed_us);
    const ledger = ledgers.of(round.previous, round.position!.set, closedAt(round.close_s, round.resolution_s, round.previous));
    log.digest(LEDGER_HEADER_BYTES, () => contents!.ledger(ledger.digest));
    const token: Token = { kind: 'built', at_us, ledger, full: round.isProposing, validates };
    out.work(validates ? rules.sign_ns(LEDGER_HEADER_BYTES) : this.run.setup.cell.node.hash_ns_per_byte * LEDGER_HEADER_BYTES, token);
  }

  /** A ledger of its own: validates it where it may, and goes on with what has the most support. */
  private onBuilt({ at_us, ledger, full, validates }: Extract<Token, { kind: 'built' }>, out: Outbox<RippleMessage>): void {
    const { now_us, validated } = this;
    this.learn(ledger);
    if (validated.sequence < ledger.sequence - 1) this.context.asksFor(ledger.sequence);
    const signs = validates && ledger.sequence > this.issued && isInChain(validated, ledger);
    if (signs) this.issued = ledger.sequence;
    this.writeBuilt(ledger);
    if (signs) {
      const fields = { sequence: ledger.sequence, signer: this.id, digest: ledger.digest };
      const validation = new Validation({ ...fields, signed_s: networkTime_s(now_us), full });
      this.run.log.sign(validation);
      this.validations.own(validation, now_us);
      out.multicast(validation);
    }
    this.complete(ledger, out);
    const best = this.preferred(ledger);
    if (best === ledger) this.startRound(ledger, 'proposing', at_us, out);
    else this.switchTo(best, at_us, out);
  }

  /** With it those before it that it has fetched: whoever validates a ledger holds all before it. */
  private writeBuilt(ledger: Ledger): void {
    let bytes = 0;
    const holds: number[] = [];
    for (let at = ledger; at.parent !== null && !this.written.has(at.digest); at = at.parent) {
      this.written.add(at.digest);
      holds.push(at.digest);
      bytes += LEDGER_HEADER_BYTES + (this.batchOf(at.set)?.bytes ?? 0);
    }
    this.ahead.write({ kind: 'built', ledger, issued: this.issued }, bytes, { holds });
  }

  // --- full validation

  /** Has a quorum validated the ledger? Then it is executed when that is checked. */
  private complete(ledger: Ledger, out: Outbox<RippleMessage>): void {
    if (ledger.sequence <= Math.max(this.validated.sequence, this.completing) || !isInChain(this.validated, ledger)) return;
    let checked = 0;
    const isComplete = this.validations.isValidated(ledger, (items) => {
      checked += items.length;
      return this.run.log.verify(items);
    });
    if (!isComplete) return;
    this.completing = ledger.sequence;
    out.work(this.run.rules.check_ns(checked), { kind: 'validated', ledger } satisfies Token);
  }

  private onValidated(ledger: Ledger, out: Outbox<RippleMessage>): void {
    if (ledger.sequence <= this.validated.sequence || !isInChain(this.validated, ledger)) return;
    this.validated = ledger;
    this.ahead.write({ kind: 'validated', ledger }, LEDGER_HEADER_BYTES);
    for (const { sequence, digest } of chainOf(ledger, this.executor.executed + 1)) this.executor.decided(sequence, digest, out);
    this.validations.forget(ledger.sequence - 1);
  }

  // --- messages and work

  private receive(from: number, message: RippleMessage, out: Outbox<RippleMessage>): void {
    if (message instanceof Proposal) this.onProposal(from, message, out);
    else if (message instanceof Validation) this.onValidation(from, message, out);
    else if (message.type === TYPE.fetchSet || message.type === TYPE.fetchLedger) {
      const answer = this.acquisition.answer(message);
      if (answer !== null) out.send(from, answer);
    } else if (message.type === TYPE.set) {
      if (!this.acquisition.awaitsSet(message.digest)) return;
      const took_ns = this.take_ns(message.digest);
      out.work(took_ns, { kind: 'set', set: message.digest } satisfies Token);
    } else if (message.type === TYPE.ledgers) {
      const tip = this.run.ledgers.get(message.digest);
      if (tip !== null && this.acquisition.awaitsLedger(message.digest)) this.onLedgers(tip, out);
    }
  }

  private onProposal(from: number, proposal: Proposal, out: Outbox<RippleMessage>): void {
    if (proposal.signer !== from || !this.validations.isListed(from)) return;
    this.run.log.vote(this.id, proposal);
    let received = this.recent.get(from);
    if (received === undefined) this.recent.set(from, (received = []));
    if (received.some(({ proposal: { previous, view } }) => previous === proposal.previous && view === proposal.view)) return;
    received.push({ proposal, received_us: this.now_us, checked: false });
    if (received.length > RECENT) received.shift();
    if (proposal.previous === this.round.previous.digest && proposal.view !== LEAVES) this.fetchSet(from, proposal.digest, out);
  }

  private onValidation(from: number, validation: Validation, out: Outbox<RippleMessage>): void {
    if (validation.signer !== from || !this.validations.isListed(from)) return;
    this.run.log.vote(this.id, validation);
    if (!this.validations.receive(validation, this.now_us)) return;
    const ledger = this.ledger(validation.digest);
    if (ledger !== null) this.complete(ledger, out);
    else this.fetchLedgers(out);
  }

  /** Headers and transactions that its hashes prove. */
  private onLedgers(tip: Ledger, out: Outbox<RippleMessage>): void {
    let took_ns = 0;
    for (let at: Ledger | null = tip; at !== null && !this.known.has(at.digest); at = at.parent) {
      const { digest, set } = at;
      this.run.log.digest(LEDGER_HEADER_BYTES, () => this.run.contents!.ledger(digest));
      took_ns += this.run.setup.cell.node.hash_ns_per_byte * LEDGER_HEADER_BYTES + (this.acquisition.sets.has(set) ? 0 : this.take_ns(set));
    }
    out.work(took_ns, { kind: 'ledgers', tip } satisfies Token);
  }

  private onWork(token: Token, out: Outbox<RippleMessage>): void {
    switch (token.kind) {
      case 'checked':
        this.onChecked(token, out);
        break;
      case 'propose':
        out.multicast(token.proposal);
        break;
      case 'built':
        this.onBuilt(token, out);
        break;
      case 'validated':
        this.onValidated(token.ledger, out);
        break;
      case 'set':
        // What others propose it may propose, too.
        this.context.pool.add(this.sets.items(token.set), this.now_us);
        this.round.acquire(token.set);
        break;
      case 'ledgers':
        this.learn(token.tip);
        this.complete(token.tip, out);
        break;
    }
  }
}

function setsOf(context: Pick<NodeContext<RippleMessage>, 'batch' | 'pool'>, { members }: Pick<Run, 'members'>): Sets {
  const items = (digest: number): readonly number[] => (digest === NULL_DIGEST ? [] : context.batch(timestampOf(digest)).items);
  return {
    items,
    has(digest, item) {
      let set = members.get(digest);
      if (set === undefined) members.set(digest, (set = new Set(items(digest))));
      return set.has(item);
    },
    digestOf: (list) => (list.length === 0 ? NULL_DIGEST : digestOf(context.pool.setOf(list).id)),
  };
}
