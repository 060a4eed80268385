// A path of phases, decision after decision, as waves: the fast twin of its messages. All of a path's steps are one call each.
import { DurabilityChecker } from '../../harness/simulate/check/durability.ts';
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { pathOutcome, requireCommonPath } from '../../harness/simulate/waves/common-path.ts';
import { PhaseEngine, type Party } from '../../harness/simulate/waves/phase.ts';
import type { PhaseProgram, Step, Who } from './phase-program.ts';

export interface PathRules {
  /** A timer of a correct node, or the client's, would expire where a decision takes longer than that. */
  readonly patience_us: number;
  /** Why nothing can be decided any more, '' where it can. */
  readonly hopeless: string;
}

/**
 * @throws NeedsMessages for what is not the common path: traces, measured cells, loads, faults that begin or end or lie, a leader that is
 *   down, a timer that expires
 */
export function phaseWaves(setup: Setup, program: PhaseProgram, rules: PathRules): Outcome {
  requireCommonPath(setup);
  const path = new Path(setup, program, rules);
  const { run } = path;
  const latencies_us: number[] = [];
  if (rules.hopeless === '') for (let decision = 1; decision <= setup.cell.decisions; decision++) latencies_us.push(path.decide(decision));
  const counts: Partial<ReturnType<typeof run.log.counts>> & Outcome['counts'] = run.log.counts(run);
  delete counts.macs;
  return {
    ...pathOutcome(setup, { latencies_us, elapsed_us: path.now_us, events: run.events, standstill: rules.hopeless }),
    counts,
    viewChanges: 0,
    safety: run.live.length < 2 ? 'unknown' : 'ok',
    durability: path.durability.verdict,
    ...(latencies_us.length > 0 ? { replicaLatencies_us: path.replicaLatencies_us } : {}),
  };
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
  #executed_us: Float64Array;
  #others: { readonly without: number; readonly nodes: Int32Array } | null = null;

  constructor(setup: Setup, program: PhaseProgram, rules: PathRules) {
    this.run = new PhaseEngine(setup, { mac: false });
    this.durability = new DurabilityChecker(setup.faults, program.commitQuorum);
    this.#program = program;
    this.#rules = rules;
    this.#batchStep = program.steps.findIndex(({ hasBatch }) => hasBatch);
    this.#clients_ns = checkFull_ns(setup.cell);
    this.#executed_us = new Float64Array(setup.nodes + 1);
  }

  /** Returns the latency of this decision. */
  decide(sequence: number): number {
    const { run } = this;
    const program = this.#program;
    const { steps, request, reply, decides, holds } = program;
    const { live, uplinks, setup } = run;
    const submitted_us = this.now_us;
    const view = program.viewOf(sequence);
    const leader = program.leaderOf(view);
    if (run.isLive[leader] === 0) throw new NeedsMessages('the leader is down');
    const client = run.nodes;
    uplinks.nextDecision(steps.length + 2);

    const upload_us = run.duration_us(request.bytes, 1, client);
    const start_us = uplinks.send(client, submitted_us, upload_us).start_us;
    const requested_us = run.arrival({ type: request.type, view, sequence, sender: client }, leader, start_us + upload_us).at_us;

    // What comes before the proposal begins when the decision before it is executed; a proposal when its request is there.
    let through_us = this.#batchStep > 0 ? this.#executed_us.slice() : run.column_us().fill(-Infinity);
    let proposed_us = NaN;
    let held_us = through_us;
    let decided_us = through_us;
    steps.forEach((step, k) => {
      if (k === this.#batchStep) {
        proposed_us =
          Math.max(through_us[leader], requested_us) + Math.ceil((program.propose_ns(program.batch_bytes) + this.#clients_ns) / 1000);
        through_us = through_us.slice();
        through_us[leader] = proposed_us;
        run.log.digest_bytes += live.length * program.batch_bytes;
        const { signed, per_decision } = setup.cell.transactions;
        if (signed === true) run.log.checkTransactions(per_decision, live.length);
      }
      through_us = this.#step(step, { view, sequence, leader }, through_us);
      if (k === holds) held_us = through_us;
      if (k === decides) decided_us = through_us;
    });

    const executed_us = run.column_us();
    for (const node of live) {
      if (!(decided_us[node] < Infinity)) throw new NeedsMessages('a node never decides');
      executed_us[node] = Math.max(decided_us[node], this.#executed_us[node]);
    }
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
      check: 'none',
      movable: true,
    });
    this.now_us = replied.reached_us[client];
    if (!(this.now_us < submitted_us + this.#rules.patience_us)) throw new NeedsMessages('a timer expires');
    if (this.now_us > setup.horizon_us) throw new NeedsMessages('the horizon comes before the last decision');

    const decisions_us = decided_us.slice(0, run.nodes).filter((at_us, node) => run.isLive[node] === 1 && at_us < Infinity);
    decisions_us.sort();
    this.replicaLatencies_us.push(decisions_us[program.commitQuorum - 1] - proposed_us);
    let holders = 0;
    for (const node of live) if (held_us[node] <= this.now_us) holders += 1;
    this.durability.reportedWith(sequence, holders);
    return this.now_us - submitted_us;
  }

  /** When each node is through with a step; who does not receive is so when it has sent, or at once. */
  #step(step: Step, { view, sequence, leader }: { view: number; sequence: number; leader: number }, ready_us: Float64Array): Float64Array {
    const { run } = this;
    const { batch_bytes } = this.#program;
    const clients_ns = step.hasBatch ? this.#clients_ns : 0;
    const { reached_us } = run.phase({
      type: step.type,
      view,
      sequence,
      bytes: step.bytes,
      from: this.#party(step.from, leader),
      to: this.#party(step.to, leader),
      ready_us,
      need: step.need,
      own: step.from !== 'leader',
      gate_us: ready_us,
      check: step.check,
      ...(step.certificate === undefined ? {} : { certificate: step.certificate }),
      processing_ns: (checked) => step.work_ns(checked, batch_bytes) + clients_ns,
      isVote: step.isVote,
    });
    const through_us = ready_us.slice();
    for (const node of run.live) if (!Number.isNaN(reached_us[node])) through_us[node] = reached_us[node];
    return through_us;
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
