// A path of phases, decision after decision, as waves: the fast twin of its messages. All of a path's steps are one call each.
import { DurabilityChecker } from '../../harness/simulate/check/durability.ts';
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { weightOf } from '../../harness/simulate/core/weights.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { VOTES_WITHOUT_DELAY, pathOutcome } from '../../harness/simulate/waves/common-path.ts';
import { PhaseEngine, type Party, type Reached, type SentPhase } from '../../harness/simulate/waves/phase.ts';
import { takesPart, type PhaseProgram, type Step, type Who } from './phase-program.ts';

export interface PathRules {
  /** A timer of a correct node, or the client's, would expire where a decision takes longer than that. */
  readonly patience_us: number;
  /** Why nothing can be decided any more, '' where it can. */
  readonly hopeless: string;
  /** Of a path in order: how long a node that has executed a decision rests before it takes part in the next one. */
  readonly rest_us?: number;
  /** It does not rest before the first one. */
  readonly startsRested?: boolean;
  /** When a leader that could propose at a time does, e.g. at its next tick; absent: then. */
  readonly proposesAt_us?: (ready_us: number) => number;
  /**
   * Looks at each decision before it is taken.
   * @throws NeedsMessages where the mechanism would have left the path: a timer that expires, a shortcut
   */
  readonly watch?: (decision: PathDecision) => void;
  /**
   * A replicated log: nodes take batches in the order of their numbers, so that one that overtakes another waits for it, and `knows` says who
   * knows when an entry is decided; of the leader alone there is no latency at replicas.
   */
  readonly log?: { readonly knows: 'leader' | 'all' };
  /**
   * How a decision goes from the leader's request to its end; absent: step after step. It counts what it sends and checks.
   * @throws NeedsMessages where that is not the common path any more
   */
  readonly walk?: (start: PathStart) => PathEnd;
}

/** A request has come to its leader. */
export interface PathStart {
  readonly run: PhaseEngine;
  readonly sequence: number;
  readonly view: number;
  readonly leader: number;
  readonly submitted_us: number;
  readonly requested_us: number;
  /** By node: it has executed the decision before, and has rested. */
  readonly before_us: Float64Array;
}
/** By node where these are columns. */
export interface PathEnd {
  readonly proposed_us: number;
  readonly held_us: Float64Array;
  readonly decided_us: Float64Array;
  /** For `watch`. */
  readonly watched?: Pick<PathDecision, 'steps' | 'decidable_us'>;
}

/** By node: the leader has nothing of what it sends alone. */
export interface PathStep extends Reached {
  /** Its work was done; of who receives nothing: it had sent. */
  readonly through_us: Float64Array;
}

/** When each node did what, absolute, by node; those that are down have NaN. */
export interface PathDecision {
  readonly submitted_us: number;
  readonly proposed_us: number;
  readonly accepted_us: number;
  /** Executed the decision before, and has rested. */
  readonly before_us: Float64Array;
  readonly steps: readonly PathStep[];
  /** Had enough of the step that decides, through with those before or not. */
  readonly decidable_us: Float64Array;
  readonly live: Int32Array;
}

/**
 * @throws NeedsMessages for what is not the common path: traces, measured cells, loads, faults that begin or end or lie, a leader that is
 *   down, a timer that expires
 */
export function phaseWaves(setup: Setup, program: PhaseProgram, rules: PathRules): Outcome {
  // Votes that come at one time are counted in the order of their senders, but for those that one has made another cast at that time.
  if (program.weights !== null && setup.network.maxDelay_us === 0) throw new NeedsMessages(VOTES_WITHOUT_DELAY);
  const path = new Path(setup, program, rules);
  const { run } = path;
  const latencies_us: number[] = [];
  if (rules.hopeless === '') for (let decision = 1; decision <= setup.cell.decisions; decision++) latencies_us.push(path.decide(decision));
  return {
    ...pathOutcome(setup, { latencies_us, elapsed_us: path.now_us, events: run.events, standstill: rules.hopeless }),
    counts: countsOf(run, program.signs),
    viewChanges: 0,
    safety: run.live.length < 2 ? 'unknown' : 'ok',
    durability: path.durability.verdict,
    ...(latencies_us.length > 0 && rules.log?.knows === 'leader' ? {} : { replicaLatencies_us: path.replicaLatencies_us }),
  };
}

/** What messages count of a path. */
function countsOf(run: PhaseEngine, signs: boolean): Outcome['counts'] {
  const counts: Partial<ReturnType<typeof run.log.counts>> & Outcome['counts'] = run.log.counts(run);
  delete counts.macs;
  if (signs) return counts;
  delete counts.signs;
  delete counts.digest_bytes;
  if (run.setup.cell.transactions.signed === true) return counts;
  delete counts.verifies;
  delete counts.verifies_single;
  delete counts.batches;
  return counts;
}

class Path {
  readonly run: PhaseEngine;
  readonly durability: DurabilityChecker;
  /** From the proposal to the commit of the quorum's last node. */
  readonly replicaLatencies_us: number[] = [];
  /** When the client may submit the next request. */
  now_us = 0;
  readonly #program: PhaseProgram;
  readonly #rules: PathRules;
  readonly #batchStep: number;
  /** Each node's check of the clients' signatures of a batch. */
  readonly #clients_ns: number;
  /** Each node's writes take so long. */
  readonly #write_us: number;
  #executed_us: Float64Array;
  /** Of a log: when each node took the batch before. */
  #taken_us: Float64Array;
  #others: { readonly without: number; readonly nodes: Int32Array } | null = null;

  constructor(setup: Setup, program: PhaseProgram, rules: PathRules) {
    this.run = new PhaseEngine(setup, { mac: false });
    this.durability = new DurabilityChecker(setup.faults, program.commitQuorum, program.weights);
    this.#program = program;
    this.#rules = rules;
    this.#batchStep = program.steps.findIndex(({ hasBatch }) => hasBatch);
    this.#clients_ns = checkFull_ns(setup.cell);
    this.#write_us = Math.ceil(setup.cell.node.persist_ns / 1000);
    this.#executed_us = new Float64Array(setup.nodes + 1);
    if (rules.startsRested === true) this.#executed_us.fill(-(rules.rest_us ?? 0));
    this.#taken_us = new Float64Array(setup.nodes + 1);
  }

  /** Returns the latency of this decision. */
  decide(sequence: number): number {
    const { run } = this;
    const program = this.#program;
    const { steps, request, reply } = program;
    const { live, uplinks, setup } = run;
    const submitted_us = this.now_us;
    const view = program.viewOf(sequence);
    const leader = program.leaderOf(view);
    if (run.isLive[leader] === 0) throw new NeedsMessages('the leader is down');
    const client = run.nodes;
    uplinks.nextDecision(steps.length + 2);

    // Copies leave in receiver order: so many until the leader's has left, and in all.
    const copies = request.to === 'all' ? [leader + 1, run.nodes] : [1, 1];
    const start_us = uplinks.send(client, submitted_us, run.duration_us(request.bytes, copies[1], client)).start_us;
    const sent_us = start_us + run.duration_us(request.bytes, copies[0], client);
    // It knows the view by a reply.
    const heardOf = sequence === 1 ? 0 : view;
    const requested_us = run.arrival({ type: request.type, view: heardOf, sequence, sender: client }, leader, sent_us).at_us;

    const before_us = this.#executed_us.map((at_us) => at_us + (this.#rules.rest_us ?? 0));
    const start = { run, sequence, view, leader, submitted_us, requested_us, before_us };
    const { proposed_us, held_us, decided_us, watched } = this.#rules.walk?.(start) ?? this.#walk(start);
    const executed_us = run.column_us();
    for (const node of live) executed_us[node] = Math.max(decided_us[node], this.#executed_us[node]);
    this.#executed_us = executed_us;
    const replied = run.phase({
      type: reply.type,
      view: program.viewOf(sequence + 1),
      sequence,
      bytes: reply.bytes,
      from: this.#party(reply.from, leader),
      to: client,
      ready_us: executed_us,
      need: reply.need,
      ...this.#weights,
      check: 'none',
      movable: true,
    });
    this.now_us = replied.reached_us[client];
    if (!(this.now_us < submitted_us + this.#rules.patience_us)) throw new NeedsMessages('a timer expires');
    if (this.now_us > setup.horizon_us) throw new NeedsMessages('the horizon comes before the last decision');
    if (watched !== undefined) this.#rules.watch?.({ submitted_us, proposed_us, accepted_us: this.now_us, before_us, live, ...watched });

    this.replicaLatencies_us.push(this.#quorumOf_us(decided_us) - proposed_us);
    let holders = 0;
    for (const node of live) if (held_us[node] <= this.now_us) holders += weightOf(program.weights, node);
    this.durability.reportedWith(sequence, holders);
    return this.now_us - submitted_us;
  }

  /** Step after step. */
  #walk({ run, sequence, view, leader, requested_us, before_us }: PathStart): PathEnd {
    const program = this.#program;
    const { steps, decides, holds } = program;
    const { live, setup } = run;
    // What comes before the proposal begins when the decision before it is executed, and what is in order all; a proposal when its request is there.
    let through_us = this.#batchStep > 0 || program.inOrder ? before_us : run.column_us().fill(-Infinity);
    const taken: PathStep[] = [];
    const decidable_us = this.#rules.watch === undefined ? null : run.column_us();
    let proposed_us = NaN;
    let held_us = through_us;
    let decided_us = through_us;
    steps.forEach((step, k) => {
      if (k === this.#batchStep) {
        const ready_us = Math.max(through_us[leader], requested_us);
        const begins_us = this.#rules.proposesAt_us?.(ready_us) ?? ready_us;
        proposed_us = begins_us + Math.ceil((program.propose_ns(program.batch_bytes) + this.#clients_ns) / 1000);
        through_us = through_us.slice();
        through_us[leader] = proposed_us;
        if (program.signs) run.log.digest_bytes += live.length * program.batch_bytes;
        const { signed, per_decision } = setup.cell.transactions;
        if (signed === true) run.log.checkTransactions(per_decision, live.length);
      }
      const ready_us = step.persists ? this.#written(step, leader, through_us) : through_us;
      const one = this.#step(step, { view, sequence, leader }, { through_us, ready_us }, k === decides ? decidable_us : null);
      // Who does not receive is through when it has sent, or at once.
      through_us = ready_us.slice();
      for (const node of live) if (!Number.isNaN(one.reached_us[node])) through_us[node] = one.reached_us[node];
      taken.push({ ...one, through_us });
      if (k === holds)
        held_us = step.persists ? ready_us.map((at_us, node) => (takesPart(step.from, node, leader) ? at_us : Infinity)) : through_us;
      if (k === decides) decided_us = through_us;
    });

    for (const node of live) if (!(decided_us[node] < Infinity)) throw new NeedsMessages('a node never decides');
    return { proposed_us, held_us, decided_us, ...(decidable_us === null ? {} : { watched: { steps: taken, decidable_us } }) };
  }

  get #weights(): { readonly weights?: readonly number[] } {
    const { weights } = this.#program;
    return weights === null ? {} : { weights };
  }

  /** When the last node of the first commit quorum has decided; NaN: one that has none never does. */
  #quorumOf_us(decided_us: Float64Array): number {
    const { commitQuorum, weights } = this.#program;
    if (weights === null) return Float64Array.from(this.run.live, (node) => decided_us[node]).sort()[commitQuorum - 1] ?? NaN;
    const order = this.run.live.slice().sort((x, y) => decided_us[x] - decided_us[y]);
    let weight = 0;
    const last = order.find((node) => (weight += weightOf(weights, node)) >= commitQuorum);
    return last === undefined ? NaN : decided_us[last];
  }

  /** When each sender has written what it says. */
  #written(step: Step, leader: number, through_us: Float64Array): Float64Array {
    const written_us = through_us.slice();
    let writes = 0;
    for (const node of this.run.live) {
      if (!takesPart(step.from, node, leader)) continue;
      written_us[node] += this.#write_us;
      writes += 1;
    }
    this.run.log.persist(step.bytes, writes);
    return written_us;
  }

  #step(
    step: Step,
    { view, sequence, leader }: { view: number; sequence: number; leader: number },
    { through_us, ready_us }: { through_us: Float64Array; ready_us: Float64Array },
    enough_us: Float64Array | null,
  ): Reached {
    const { run } = this;
    const { batch_bytes } = this.#program;
    const clients_ns = step.hasBatch ? this.#clients_ns : 0;
    const isTaken = step.hasBatch && this.#rules.log !== undefined;
    const sent = run.send({
      type: step.type,
      view,
      sequence,
      bytes: step.bytes,
      from: this.#party(step.from, leader),
      to: this.#party(step.to, leader),
      ready_us,
      need: step.need,
      own: step.from !== 'leader',
      ...(step.isVote ? this.#weights : {}),
      gate_us: isTaken ? through_us.map((at_us, node) => Math.max(at_us, this.#taken_us[node])) : through_us,
      check: step.check,
      signed: step.isSigned,
      ...(step.certificate === undefined ? {} : { certificate: step.certificate }),
      processing_ns: (checked) => step.work_ns(checked, batch_bytes) + clients_ns,
      isVote: step.isVote,
    });
    const reached = run.arrive(sent, enough_us);
    if (isTaken) this.#taken_us = reached.complete_us;
    if (step.persists && step.check !== 'none' && step.from !== 'leader') this.#refuseTies(sent, reached);
    return reached;
  }

  /** Message by message the end of a write and a message at one time are two events: which comes first decides how many are checked. */
  #refuseTies(sent: SentPhase, { complete_us }: Reached): void {
    const { live } = this.run;
    if (!live.some((node) => sent.phase.ready_us[node] === complete_us[node])) return;
    const others_us = this.run.reach({ ...sent, phase: { ...sent.phase, own: false } }, sent.phase.need);
    const { ready_us, gate_us } = sent.phase;
    // Votes that are there before it takes part count when it does, and a write that takes no time ends at that moment.
    for (const node of live)
      if (ready_us[node] === Math.max(others_us[node], gate_us?.[node] ?? -Infinity))
        throw new NeedsMessages('a write ends when the last vote comes');
  }

  /** Those that are down among them: what goes to them is counted. */
  #party(who: Who, leader: number): Party {
    if (who === 'all') return 'all';
    if (who === 'leader') return leader;
    if (this.#others?.without !== leader) {
      const nodes = Int32Array.from({ length: this.run.nodes }, (_, node) => node);
      this.#others = { without: leader, nodes: nodes.filter((node) => node !== leader) };
    }
    return this.#others.nodes;
  }
}
