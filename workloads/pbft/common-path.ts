// PBFT's common path, decision after decision, as waves.
import { weightOf } from '../../harness/simulate/core/weights.ts';
import { NeedsMessages } from '../../harness/simulate/core/contract.ts';
import { departOffset_us, upload_ns } from '../../harness/simulate/core/network.ts';
import type { SendName } from '../../harness/simulate/waves/engine.ts';
import type { Phase, SentPhase } from '../../harness/simulate/waves/phase.ts';
import { CHECKPOINT_STATE_BYTES, TYPE, ViewChange } from './messages.ts';
import { HEADER_BYTES, SIGNATURE_BYTES } from '../parts/messages.ts';
import type { WaveRun } from './wave-run.ts';

const ceil_us = (ns: number): number => Math.ceil(ns / 1000);

/** Decision after decision, each submitted when the one before was accepted. */
export class CommonPath {
  readonly #run: WaveRun;
  /** When the client may submit the next request. */
  now_us = 0;
  /** Of each decision, from the proposal to the commit of the quorum's last replica. */
  readonly replicaLatencies_us: number[] = [];
  #executed_us: Float64Array;
  /** Replicas' timers for the first decision after a view change; NaN: set by the pre-prepare. */
  readonly #timerStart_us: Float64Array;
  /** When each replica entered the view. */
  readonly #entered_us: Float64Array;
  /** The client has asked all replicas for the decision under way. */
  #retransmitted = false;
  /** Requests that the replicas already have, from the view change: when the new primary can propose. */
  #proposable_us: number | null = null;
  /** The checkpoint that is to be evaluated once the next decision has settled the uplinks. */
  #openCheckpoint: SentPhase | null = null;
  /** When each checkpoint became stable at each replica. */
  readonly #stable_us = new Map<number, Float64Array>();

  constructor(run: WaveRun) {
    this.#run = run;
    const { nodes } = run.rules;
    this.#executed_us = new Float64Array(nodes + 1);
    this.#timerStart_us = new Float64Array(nodes).fill(NaN);
    this.#entered_us = new Float64Array(nodes);
  }

  /** Returns the latency of this decision. */
  decide(sequence: number): number {
    const run = this.#run;
    const { rules, setup, live, uplinks } = run;
    const { quorum, client, weights } = rules;
    const byWeight = weights === null ? {} : { weights };
    const submitted_us = this.now_us;
    uplinks.nextDecision(4);

    const request = { type: TYPE.request, view: run.view, sequence, sender: client };
    const requestStart_us = uplinks.send(client, submitted_us, run.duration_us(rules.request_bytes, 1, client)).start_us;
    if (run.isLive[run.primary] === 0) this.#changeView(sequence, submitted_us);
    const requested_us =
      this.#proposable_us ?? run.arrival(request, run.primary, requestStart_us + run.duration_us(rules.request_bytes, 1, client)).at_us;
    this.#proposable_us = null;
    const { primary, view } = run;
    const { backups } = run;

    // Pre-prepare: one to all. One that overtakes the NEW-VIEW is kept until the view is entered.
    const accepted_us = run.column_us();
    accepted_us[primary] = requested_us + ceil_us(rules.propose_ns);
    this.#checkWindow(sequence, primary, accepted_us[primary]);
    run.log.digest_bytes += live.length * rules.batch_bytes;
    const { signed, per_decision } = setup.cell.transactions;
    if (signed === true) run.log.checkTransactions(per_decision, live.length);
    const prePrepare = run.phase({
      type: TYPE.prePrepare,
      view,
      sequence,
      bytes: rules.prePrepare_bytes,
      from: primary,
      to: 'all',
      ready_us: accepted_us,
      need: 1,
      gate_us: this.#entered_us,
      check: 'single',
      processing_ns: () => rules.acceptPrePrepare_ns,
    });
    for (const replica of backups) {
      this.#checkWindow(sequence, replica, prePrepare.complete_us[replica]);
      accepted_us[replica] = prePrepare.reached_us[replica]!;
    }

    // Prepare: backups to all; the primary's pre-prepare is its vote.
    const { reached_us: prepared_us } = run.phase(
      this.#votes({ type: TYPE.prepare, sequence, from: backups, ready_us: accepted_us, need: quorum - weightOf(weights, primary) }),
    );

    // Commit: all to all.
    const { reached_us: committed_us } = run.phase(
      this.#votes({ type: TYPE.commit, sequence, from: 'all', ready_us: prepared_us, need: quorum }),
    );

    // Execution, in order of sequence numbers.
    const executed_us = run.column_us();
    for (const replica of live) {
      const before_us = this.#executed_us[replica];
      executed_us[replica] = Math.max(committed_us[replica], before_us);
      if (replica !== primary)
        this.#checkTimer(replica, { prePrepared_us: prePrepare.complete_us[replica], before_us, executed_us: executed_us[replica] });
    }
    // Section 5.1: tentatively, when it is prepared and all before it are committed and executed.
    const replied_us = rules.isTentative ? prepared_us.map((at_us, replica) => Math.max(at_us, this.#executed_us[replica])) : executed_us;
    this.#executed_us = executed_us;

    // Replies: all to the client, which accepts the (f + 1)-th, of tentative ones the q-th.
    const replied = run.phase({
      type: TYPE.reply,
      view,
      sequence,
      bytes: rules.reply_bytes,
      from: 'all',
      to: client,
      ready_us: replied_us,
      need: rules.isTentative ? quorum : rules.replies,
      ...byWeight,
      check: 'none',
      movable: true,
    });
    this.now_us = replied.reached_us[client];

    // Checkpoint: all to all, evaluated once the next decision has settled the uplinks.
    const isCheckpoint = sequence % rules.checkpointInterval === 0;
    const checkpoint = isCheckpoint
      ? run.send({
          type: TYPE.checkpoint,
          view: 0,
          sequence,
          bytes: rules.vote_bytes,
          from: 'all',
          to: 'all',
          ready_us: executed_us,
          need: weights === null ? quorum - 1 : (replica) => quorum - weights[replica],
          ...byWeight,
          gate_us: executed_us,
          check: 'batch',
          isVote: true,
          movable: true,
        })
      : null;

    this.replicaLatencies_us.push(this.#quorumOf_us(committed_us) - accepted_us[primary]);
    let holders = 0;
    for (const replica of live) if (prepared_us[replica] <= this.now_us) holders += weightOf(weights, replica);
    run.durability.reportedWith(sequence, holders);
    this.#checkClient(submitted_us);
    if (this.now_us > setup.horizon_us) throw new NeedsMessages('the horizon comes before the last decision');
    this.#settleCheckpoint();
    this.#openCheckpoint = checkpoint;
    return this.now_us - submitted_us;
  }

  /** When the last replica of the first quorum has come. */
  #quorumOf_us(times_us: Float64Array): number {
    const { quorum, weights } = this.#run.rules;
    // Who is silent has NaN, which sorts last.
    if (weights === null) return times_us.slice().sort()[quorum - 1];
    const order = [...this.#run.live].sort((x, y) => times_us[x] - times_us[y]);
    let weight = 0;
    const last = order.find((replica) => (weight += weights[replica]) >= quorum);
    return last === undefined ? NaN : times_us[last];
  }

  /** PREPARE and COMMIT: a vote follows what is to be voted on, and so does its quorum. */
  #votes({ type, sequence, from, ready_us, need }: Pick<Phase, 'type' | 'sequence' | 'from' | 'ready_us' | 'need'>): Phase {
    const { view, rules } = this.#run;
    const { weights } = rules;
    return {
      type,
      view,
      sequence,
      bytes: rules.vote_bytes,
      from,
      to: 'all',
      ready_us,
      need,
      ...(weights === null ? {} : { weights }),
      own: true,
      gate_us: ready_us,
      check: 'batch',
      processing_ns: (checked) => rules.quorumEvent_ns(checked),
      isVote: true,
    };
  }

  finish(): void {
    this.#settleCheckpoint();
  }

  /** The timer of a backup runs from the pre-prepare, or from the execution before where that came later. */
  #checkTimer(replica: number, times: { prePrepared_us: number; before_us: number; executed_us: number }): void {
    const afterViewChange_us = this.#timerStart_us[replica];
    this.#timerStart_us[replica] = NaN;
    const start_us = Number.isNaN(afterViewChange_us) ? Math.max(times.prePrepared_us, times.before_us) : afterViewChange_us;
    if (times.executed_us > start_us + this.#run.rules.timeout_us) throw new NeedsMessages('a timer of a correct replica expires');
  }

  #checkClient(submitted_us: number): void {
    const { clientTimeout_us } = this.#run.rules;
    const allowed_us = this.#retransmitted ? 3 * clientTimeout_us : clientTimeout_us;
    this.#retransmitted = false;
    if (this.now_us > submitted_us + allowed_us) throw new NeedsMessages('the timer of the client expires');
  }
  /** Sequence numbers above h + k wait for the next stable checkpoint. */
  #checkWindow(sequence: number, replica: number, at_us: number): void {
    const { checkpointInterval, window } = this.#run.rules;
    const needed = Math.ceil(Math.max(0, sequence - window) / checkpointInterval) * checkpointInterval;
    if (needed === 0) return;
    const stable_us = this.#stable_us.get(needed);
    if (stable_us === undefined || !(stable_us[replica] < at_us)) throw new NeedsMessages('the log window is full');
  }

  /** A checkpoint is stable at a replica when it has executed it and has a quorum of matching messages, own included. */
  #settleCheckpoint(): void {
    const open = this.#openCheckpoint;
    if (open === null) return;
    this.#openCheckpoint = null;
    const run = this.#run;
    const { rules, live } = run;
    const { complete_us: stable_us } = run.arrive(open);
    // A quorum of others starts a laggard's catch-up timer.
    if (rules.weights !== null || live.length > rules.quorum) {
      const lag_us = run.reach(open, rules.quorum);
      for (const replica of live)
        if (open.phase.ready_us[replica] > lag_us[replica] + rules.catchUp_us)
          throw new NeedsMessages('a replica lags behind a checkpoint');
    }
    this.#stable_us.set(open.phase.sequence, stable_us);
    run.log.digest_bytes += live.length * CHECKPOINT_STATE_BYTES;
  }

  /** A silent first leader: the client asks all, backups relay, wait, and change to view 1 (sections 4.4 and 4.5.2). */
  #changeView(sequence: number, submitted_us: number): void {
    const run = this.#run;
    const { rules, live, uplinks, setup } = run;
    const { nodes, quorum, client } = rules;
    const primary = 1;
    if (sequence !== 1 || run.isLive[primary] === 0) throw new NeedsMessages('more than one silent leader');
    if (rules.weights !== null) throw new NeedsMessages('a view change by weight');
    const retransmitted_us = submitted_us + rules.clientTimeout_us;
    this.#retransmitted = true;
    const requestUpload_us = (replica: number): number => run.duration_us(rules.request_bytes, 1, replica);
    const asked_us = uplinks.send(client, retransmitted_us, run.duration_us(rules.request_bytes, nodes, client)).start_us;
    const requested_us = run.broadcast({ type: TYPE.request, view: 0, sequence, sender: client }, asked_us, rules.request_bytes);
    let relayTries = 0;
    for (const replica of live) {
      const relayed_us = uplinks.send(replica, requested_us[replica], requestUpload_us(replica)).start_us;
      relayTries += run.arrival({ type: TYPE.request, view: 0, sequence, sender: replica }, 0, relayed_us).tries;
    }
    run.count(relayTries, rules.request_bytes);

    // A replica asks for view 1 when its timer expires or when f + 1 others have: the greatest fixed point from above is the
    // causal one, since every message takes time.
    const name = { type: TYPE.viewChange, view: 1, sequence: 0 };
    const viewChange_bytes = new ViewChange({
      view: 1,
      signer: 0,
      stable: 0,
      checkpointProof: [],
      prepared: [],
      authenticator_bytes: rules.authenticator_bytes,
    }).bytes;
    const expiry_us = new Float64Array(nodes).fill(NaN);
    for (const replica of live) expiry_us[replica] = requested_us[replica] + rules.timeout_us;
    const asks_us = expiry_us.slice();
    const start_us = new Float64Array(nodes).fill(NaN);
    const relayEnd_us = (replica: number): number => requested_us[replica] + requestUpload_us(replica);
    const wave = { cast_us: asks_us, start_us, own: false, need: rules.bound + 1, bytes: viewChange_bytes };
    for (let changed = true; changed;) {
      changed = false;
      for (const replica of live) start_us[replica] = this.#unlimited ? asks_us[replica] : Math.max(asks_us[replica], relayEnd_us(replica));
      const joined_us = live.length > rules.bound + 1 ? run.allToAll(name, { ...wave, counted: false }) : null;
      for (const replica of live) {
        const earlier_us = Math.min(expiry_us[replica], joined_us?.[replica] ?? Infinity);
        if (earlier_us !== asks_us[replica]) {
          asks_us[replica] = earlier_us;
          changed = true;
        }
      }
    }
    for (const replica of live)
      start_us[replica] = uplinks.send(replica, asks_us[replica], run.duration_us(viewChange_bytes, nodes - 1, replica)).start_us;
    // The (q-1)-th from others completes the quorum: one's own is always earlier.
    const quorum_us = run.allToAll(name, { ...wave, need: quorum - 1, counted: true });
    run.log.signs += live.length;
    run.log.votes += live.length * (live.length - 1);

    const complete_us = Math.max(quorum_us[primary], asks_us[primary]);
    const entered_us = complete_us + ceil_us(rules.quorumEvent_ns(quorum - 1));
    const newView_bytes = HEADER_BYTES + SIGNATURE_BYTES + quorum * viewChange_bytes;
    run.log.signs += 1;
    const newViewStart_us = uplinks.send(primary, entered_us, run.duration_us(newView_bytes, nodes - 1, primary)).start_us;
    const arrived_us = run.broadcast({ type: TYPE.newView, view: 1, sequence: 0, sender: primary }, newViewStart_us, newView_bytes);
    this.#entered_us[primary] = entered_us;
    this.#proposable_us = entered_us;
    run.view = 1;

    // Who verified how many: VIEW-CHANGEs one by one until the quorum is complete or the view is entered.
    const verified = new Float64Array(nodes);
    verified[primary] = quorum - 1;
    for (const replica of live) {
      if (replica === primary) continue;
      this.#entered_us[replica] = arrived_us[replica] + ceil_us(rules.enterView_ns(quorum));
      if (asks_us[replica] > arrived_us[replica]) throw new NeedsMessages('a NEW-VIEW overtakes the VIEW-CHANGEs');
      const inTime = quorum_us[replica] <= this.#entered_us[replica];
      verified[replica] = inTime ? quorum - 1 : this.#arrivalsUntil(name, replica, start_us, viewChange_bytes, this.#entered_us[replica]);
      this.#timerStart_us[replica] = inTime ? quorum_us[replica] : this.#entered_us[replica];
    }
    for (const replica of live) run.log.countVerifies(1, verified[replica]);
    // Each backup checks the NEW-VIEW and the VIEW-CHANGEs in it but its own: all but the primary's belong to backups.
    const backups = live.length - 1;
    run.log.countVerifies(1, backups);
    const inV = this.#membersOfV(name, primary, start_us, viewChange_bytes);
    for (const replica of live) {
      if (replica === primary) continue;
      run.log.countVerifies(inV.has(replica) ? quorum - 1 : quorum, 1);
    }
    if (entered_us > setup.horizon_us) throw new NeedsMessages('the horizon comes before the new view');
  }

  get #unlimited(): boolean {
    return this.#run.setup.network.bandwidth_bps === 0;
  }

  /** Arrivals of a wave at one receiver, message by message: (time, sender) ascending. */
  #arrivalsAt(
    name: Omit<SendName, 'sender'>,
    receiver: number,
    start_us: Float64Array,
    bytes: number,
  ): { at_us: number; sender: number }[] {
    const run = this.#run;
    const out: { at_us: number; sender: number }[] = [];
    for (const sender of run.live) {
      if (sender === receiver) continue;
      const depart_us =
        start_us[sender] + departOffset_us(upload_ns(run.setup.network, bytes, sender), receiver - (receiver > sender ? 1 : 0));
      out.push({ at_us: run.arrival({ ...name, sender }, receiver, depart_us).at_us, sender });
    }
    return out.sort((x, y) => x.at_us - y.at_us || x.sender - y.sender);
  }

  #arrivalsUntil(name: Omit<SendName, 'sender'>, receiver: number, start_us: Float64Array, bytes: number, until_us: number): number {
    return this.#arrivalsAt(name, receiver, start_us, bytes).filter(({ at_us }) => at_us <= until_us).length;
  }

  /** The senders of the first q VIEW-CHANGEs at the new primary, its own among them. */
  #membersOfV(name: Omit<SendName, 'sender'>, primary: number, start_us: Float64Array, bytes: number): Set<number> {
    const { quorum } = this.#run.rules;
    const arrivals = this.#arrivalsAt(name, primary, start_us, bytes);
    return new Set([primary, ...arrivals.slice(0, quorum - 1).map(({ sender }) => sender)]);
  }
}
