// SCP's common path as phases, for large n: any k of n for all, one leader that has something to propose, and every node through its seven
// statements. In each of three steps a node accepts what a quorum has voted for, or what a blocking set accepts already: those are often a
// little earlier at the slowest nodes. What else may happen in a slot needs messages.
import { waveEngine } from '../../harness/simulate/waves/common-path.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { QUANTILES, QUANTILE_SHIFT } from '../../harness/model/network.ts';
import { FUTILE_VIEW_CHANGES } from '../../harness/simulate/check/liveness.ts';
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { PURPOSE, drawPrefix, prefixDraw32, type DrawKey } from '../../harness/simulate/core/draws.ts';
import { departOffset_us, quantile_us, slowestUpload_ns, upload_ns } from '../../harness/simulate/core/network.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import type { Phase, PhaseEngine, SentPhase } from '../../harness/simulate/waves/phase.ts';
import { programOf, type PhaseProgram, type StepShape } from '../parts/phase-program.ts';
import { phaseWaves, type PathEnd, type PathStart } from '../parts/phase-waves.ts';
import { Leaders } from './leaders.ts';
import { observationsOf } from './mechanism.ts';
import type { ScpParameters } from './parameters.ts';
import { missingQuorum, pathBytes, rulesOf, type Rules } from './rules.ts';

/** The steps by number, in the order of message types. */
const STEP = { introduce: 0, nominate: 1, accept: 2, prepare: 3, prepared: 4, confirmed: 5, commit: 6, externalize: 7 } as const;

/** @throws NeedsMessages for what is not the common path */
export const waves = waveEngine<ScpParameters>(commonPath, ({ cell: { network }, parameters }) => {
  if (parameters.quorum_set !== 'flat') return 'quorum sets that are not k of n for all';
  return network.kind !== 'fixed' && network.loss > 0 ? 'links that lose messages and keep their order' : '';
});

function commonPath(setup: Setup<ScpParameters>): Outcome {
  const rules = rulesOf(setup);
  const program = scpProgram(setup, rules);
  const path = new Path(setup, rules, program);
  const outcome = phaseWaves(setup, program, {
    patience_us: rules.clientTimeout_us,
    hopeless: missingQuorum(setup, rules),
    rest_us: rules.interval_us,
    walk: (start) => path.walk(start),
  });
  // Where no quorum is left, whoever is up tries until that is a standstill.
  const isHopeless = outcome.liveness === 'violated' && setup.faults.count < setup.nodes;
  return { ...outcome, viewChanges: isHopeless ? FUTILE_VIEW_CHANGES + 1 : 0, observations: observationsOf(setup, rules) };
}

function scpProgram(setup: Setup<ScpParameters>, rules: Rules): PhaseProgram {
  const leaders = new Leaders(setup, rules.system.slices, rules.leaders);
  const need = rules.uniform!;
  const names = Object.keys(STEP);
  const steps = pathBytes(rules).map((bytes, k): StepShape => ({ name: names[k], from: 'all', to: 'all', need, check: 'batch', bytes }));
  return programOf({
    nodes: setup.nodes,
    node: setup.cell.node,
    batch_bytes: rules.batch_bytes,
    steps,
    decides: STEP.commit,
    holds: STEP.confirmed,
    form: 'list',
    replies: { from: 'all', need: rules.replies },
    commitQuorum: rules.quorum,
    rotates: true,
    leaderOf: (view) => leaders.first(view + 1),
    inOrder: true,
  });
}

/** Those of one region that send in a phase, in the order in which they begin to. */
interface Queue {
  readonly senders: Int32Array;
  readonly starts_us: Float64Array;
}

/** Senders in one region whose earlier statement may not have come everywhere in another one. */
interface Risk extends Queue {
  readonly before: SentPhase;
  /** After the sender has begun to send it has come everywhere there. */
  readonly within_us: number;
  /** And before that nowhere. */
  readonly least_us: number;
}

type Options = Pick<Phase, 'ready_us'> & { readonly need: number } & Partial<Pick<Phase, 'from' | 'gate_us'>>;

/** What each node has sent in a slot, by step. */
type Sent = readonly SentPhase[];

class Path {
  readonly #setup: Setup<ScpParameters>;
  readonly #rules: Rules;
  readonly #program: PhaseProgram;
  /** Of the slot before. */
  #last: Sent = [];

  constructor(setup: Setup<ScpParameters>, rules: Rules, program: PhaseProgram) {
    this.#setup = setup;
    this.#rules = rules;
    this.#program = program;
  }

  walk(start: PathStart): PathEnd {
    const slot = new Slot(this.#setup, this.#rules, this.#program, start, this.#last);
    const end = slot.walk();
    this.#last = slot.sent;
    return end;
  }
}

/** A slot. Columns are by node; those of nodes that are down are NaN. */
class Slot {
  readonly sent: SentPhase[] = [];
  readonly #setup: Setup<ScpParameters>;
  readonly #rules: Rules;
  readonly #program: PhaseProgram;
  readonly #start: PathStart;
  readonly #run: PhaseEngine;
  readonly #last: Sent;
  /** k, and how many nodes meet every k. */
  readonly #need: number;
  readonly #blocking: number;
  /** When a node has what it needs in a step, and when it is through with it. */
  readonly #complete: Float64Array[] = [];
  readonly #through: Float64Array[] = [];
  /** When its uplink is through with what it has sent in this slot. */
  readonly #free_us: Float64Array;

  constructor(setup: Setup<ScpParameters>, rules: Rules, program: PhaseProgram, start: PathStart, last: Sent) {
    this.#setup = setup;
    this.#rules = rules;
    this.#program = program;
    this.#start = start;
    this.#run = start.run;
    this.#last = last;
    this.#need = rules.uniform!;
    this.#blocking = rules.nodes - this.#need + 1;
    this.#free_us = start.run.column_us().fill(0);
  }

  walk(): PathEnd {
    const proposed_us = this.#introduce();
    this.#nominate();
    this.#confirm(STEP.accept, 1);
    this.#vote(STEP.prepare);
    this.#confirm(STEP.prepared, 1);
    this.#vote(STEP.confirmed);
    // Who externalizes signs that, and a reply.
    this.#confirm(STEP.commit, 2);
    this.#send(STEP.externalize, { ready_us: this.#through[STEP.commit], need: 0 });
    this.#keepsTime();
    return { proposed_us, held_us: this.#through[STEP.confirmed], decided_us: this.#through[STEP.commit] };
  }

  /** The leader's NOMINATE with the batch, which others read once it and what the leader said before it have come. */
  #introduce(): number {
    const { leader, requested_us, before_us } = this.#start;
    const run = this.#run;
    const { transactions } = this.#setup.cell;
    const { batch_bytes, propose_ns, hashing_ns, work_ns } = this.#rules;
    const clients_ns = checkFull_ns(this.#setup.cell);
    const proposed_us = Math.max(before_us[leader], requested_us) + Math.ceil(propose_ns / 1000);
    const ready_us = run.column_us();
    ready_us[leader] = proposed_us;
    const gate_us = before_us.slice();
    for (const before of this.#last.slice(STEP.accept))
      for (const node of run.live)
        if (node !== leader && this.#latest_us(before, leader, node) > gate_us[node])
          gate_us[node] = Math.max(gate_us[node], this.#arrival_us(before, leader, node));
    const complete_us = this.#send(STEP.introduce, { from: leader, ready_us, need: 1, gate_us });
    run.log.digest_bytes += run.live.length * batch_bytes;
    if (transactions.signed === true) run.log.checkTransactions(transactions.per_decision, run.live.length);
    run.check(run.live.length - 1, 1);
    const reading_us = Math.ceil((hashing_ns(batch_bytes) + work_ns(1, 1) + clients_ns) / 1000);
    const through_us = complete_us.map((at_us) => at_us + reading_us);
    complete_us[leader] = through_us[leader] = proposed_us;
    this.#complete[STEP.introduce] = complete_us;
    this.#through[STEP.introduce] = through_us;
    return proposed_us;
  }

  /** The others vote for the same. The leader's own vote has come with the batch, and is checked. */
  #nominate(): void {
    const { leader } = this.#start;
    const before_us = this.#through[STEP.introduce];
    const others = Int32Array.from({ length: this.#rules.nodes }, (_, node) => node).filter((node) => node !== leader);
    const complete_us = this.#send(STEP.nominate, { from: others, ready_us: before_us, need: this.#need - 1, gate_us: before_us });
    this.#accept(STEP.nominate, complete_us, (node) => this.#need - (node === leader ? 1 : 2));
  }

  #vote(step: number): void {
    const before_us = this.#through[step - 1];
    const complete_us = this.#send(step, { ready_us: before_us, need: this.#need, gate_us: before_us });
    this.#accept(step, complete_us, () => this.#need - 1);
  }

  /** By node: it has accepted by a blocking set in the step before, and so has checked as many of those that accept. */
  #blocked: Uint8Array = new Uint8Array(0);

  /**
   * `complete_us`: when a quorum has voted; or a blocking set of those that are through already is faster. They are through the earlier
   * the earlier others are: until nothing changes. `checks`: statements that a node checks for a quorum.
   */
  #accept(step: number, complete_us: Float64Array, checks: (node: number) => number): void {
    const run = this.#run;
    const { work_ns, nodes } = this.#rules;
    const cost_us = (checked: number): number => Math.ceil(work_ns(checked, 1) / 1000);
    const shortcut_us = cost_us(this.#blocking);
    const through_us = run.column_us();
    const start_us = run.column_us();
    const blocked = new Uint8Array(nodes);
    for (const node of run.live) through_us[node] = complete_us[node] + cost_us(checks(node));
    const phase = this.#phase(step + 1, { ready_us: through_us, need: this.#blocking });
    for (let changes = true; changes;) {
      for (const node of run.live) start_us[node] = Math.max(through_us[node], this.#free_us[node]);
      const sent = { phase, senders: run.live, start_us, movable: null };
      const accepted_us = run.reach(sent, this.#blocking);
      changes = false;
      const isFaster = (node: number): boolean => this.#actsAt(step, node, accepted_us[node]) < complete_us[node];
      this.#inOrder(sent, accepted_us, isFaster);
      for (const node of run.live) {
        if (!isFaster(node)) continue;
        complete_us[node] = this.#actsAt(step, node, accepted_us[node]);
        through_us[node] = complete_us[node] + shortcut_us;
        blocked[node] = 1;
        changes = true;
      }
    }
    this.#complete[step] = complete_us;
    this.#through[step] = through_us;
    this.#blocked = blocked;
    this.#start_us = start_us;
    this.#check((node) => (blocked[node] === 1 ? this.#blocking : checks(node)));
  }
  /** When the next statements leave, if nothing else is on the uplinks. */
  #start_us: Float64Array = new Float64Array(0);

  /** When a node does something with what has come: it must have the batch, or a candidate, or a prepared ballot; and not be at work. */
  #actsAt(step: number, node: number, at_us: number): number {
    if (step === STEP.nominate) return Math.max(at_us, this.#through[STEP.introduce][node]);
    if (step === STEP.confirmed) return Math.max(at_us, this.#through[STEP.prepared][node]);
    let acts_us = Math.max(at_us, this.#through[STEP.introduce][node]);
    for (const before of [STEP.nominate, STEP.accept]) {
      if (acts_us < this.#complete[before][node]) throw new NeedsMessages('a ballot is accepted as prepared before a value is nominated');
      acts_us = Math.max(acts_us, this.#through[before][node]);
    }
    return acts_us;
  }

  /** A quorum has accepted. Of the statements that this takes who was blocked has checked some. */
  #confirm(step: number, signs: number): void {
    const run = this.#run;
    const before_us = this.#through[step - 1];
    const [blocked, expected_us] = [this.#blocked, this.#start_us];
    const complete_us = this.#send(step, { ready_us: before_us, need: this.#need, gate_us: before_us });
    const { start_us } = this.sent[step];
    for (const node of run.live) if (start_us[node] !== expected_us[node]) throw new NeedsMessages('an uplink is busy');
    const checks = (node: number): number => Math.max(0, this.#need - 1 - (blocked[node] === 1 ? this.#blocking : 0));
    this.#check(checks);
    const through_us = run.column_us();
    for (const node of run.live) through_us[node] = complete_us[node] + Math.ceil(this.#rules.work_ns(checks(node), signs) / 1000);
    this.#complete[step] = complete_us;
    this.#through[step] = through_us;
  }

  /** Counts what each node checks together. */
  #check(checks: (node: number) => number): void {
    const sizes = new Map<number, number>();
    for (const node of this.#run.live) sizes.set(checks(node), (sizes.get(checks(node)) ?? 0) + 1);
    for (const [size, count] of sizes) this.#run.check(count, size);
  }

  #phase(step: number, { from = 'all', ready_us, need, gate_us }: Options): Phase {
    const { sequence, view } = this.#start;
    const { type, bytes } = this.#program.steps[step];
    const gate = gate_us === undefined ? {} : { gate_us, own: step > STEP.introduce };
    return { type, view, sequence, bytes, from, to: 'all', ready_us, need, check: 'none', isVote: step > STEP.introduce, ...gate };
  }
  /** Returns when each node has what it needs. */
  #send(step: number, options: Options): Float64Array {
    const run = this.#run;
    const phase = this.#phase(step, options);
    const sent = run.send(phase);
    this.sent[step] = sent;
    for (const node of sent.senders) this.#free_us[node] = sent.start_us[node] + run.duration_us(phase.bytes, this.#rules.nodes - 1, node);
    const { complete_us } = run.arrive(sent);
    if (step > STEP.introduce && step < STEP.externalize) this.#inOrder(sent, complete_us, () => true);
    if (step < STEP.externalize)
      for (const node of run.live) if (complete_us[node] === Infinity) throw new NeedsMessages('a node never has what it needs');
    return complete_us;
  }

  /** No timer of a node expires: of the round, from the beginning of the slot to a candidate; of the ballot; of who is behind. */
  #keepsTime(): void {
    const { before_us, submitted_us } = this.#start;
    const { timeout_us, catchUp_us } = this.#rules;
    for (const node of this.#run.live) {
      const begun_us = Math.max(before_us[node], submitted_us);
      const executed_us = this.#through[STEP.commit][node];
      if (
        this.#through[STEP.accept][node] > begun_us + timeout_us(1) ||
        executed_us > this.#through[STEP.accept][node] + timeout_us(1) ||
        executed_us > begun_us + catchUp_us
      )
        throw new NeedsMessages('a timer of a node expires');
    }
  }

  // --- links keep their order

  /**
   * `at_us`: when enough has come to each node, as if every message came by itself. A statement that waits for an earlier one of its sender's
   * may come later than that: then that is found message by message. By pairs of regions first, where mostly all earlier ones have come.
   */
  #inOrder(sent: SentPhase, at_us: Float64Array, concerns: (node: number) => boolean): void {
    const run = this.#run;
    const regions = Math.min(this.#setup.network.regions, run.nodes);
    const first_us = new Float64Array(regions).fill(Infinity);
    for (const node of run.live) if (concerns(node)) first_us[run.regions[node]] = Math.min(first_us[run.regions[node]], at_us[node]);
    const earlier = this.#before(sent);
    // How long after a node begins to send the last copy leaves, at most.
    const copies_us = earlier.map(({ phase }) => departOffset_us(slowestUpload_ns(this.#setup.network, phase.bytes), run.nodes - 1));
    for (let to = 0; to < regions; to++) {
      const risks: Risk[] = [];
      for (let from = 0; from < regions; from++)
        earlier.forEach((before, k) => {
          const queue = this.#queues(before, regions)[from];
          const within_us = copies_us[k] + this.#quantile_us(from, to, QUANTILES - 1);
          if (queue.senders.length === 0 || queue.starts_us[queue.senders.length - 1] + within_us <= first_us[to]) return;
          risks.push({ ...queue, before, within_us, least_us: this.#quantile_us(from, to, 0) });
        });
      if (risks.length === 0) continue;
      for (const receiver of run.live) {
        if (run.regions[receiver] !== to || !concerns(receiver)) continue;
        if (risks.some((risk) => this.#waits(sent, risk, receiver, at_us[receiver])))
          at_us[receiver] = this.#whole(sent, earlier, receiver);
      }
    }
  }

  /** What the senders have said before that may still be under way. */
  #before({ phase: { type } }: SentPhase): SentPhase[] {
    return [...this.#last.slice(STEP.nominate), ...this.sent.slice(STEP.nominate).filter((one) => one.phase.type < type)];
  }

  #queues(sent: SentPhase, regions: number): readonly Queue[] {
    let queues = this.#queued.get(sent);
    if (queues !== undefined) return queues;
    const { start_us } = sent;
    const byRegion = Array.from({ length: regions }, (): number[] => []);
    for (const sender of sent.senders) if (!Number.isNaN(start_us[sender])) byRegion[this.#run.regions[sender]].push(sender);
    queues = byRegion.map((list) => {
      const senders = Int32Array.from(list).sort((x, y) => start_us[x] - start_us[y]);
      return { senders, starts_us: Float64Array.from(senders, (sender) => start_us[sender]) };
    });
    this.#queued.set(sent, queues);
    return queues;
  }
  readonly #queued = new Map<SentPhase, readonly Queue[]>();

  /**
   * Does something from these senders come in time by itself, but not in order? A node begins to send what it says later no sooner: those are
   * left out that have come for certain, or whose later statement for certain has not.
   */
  #waits(sent: SentPhase, { before, senders, starts_us, within_us, least_us }: Risk, receiver: number, at_us: number): boolean {
    for (let i = firstAbove(starts_us, at_us - within_us); i < senders.length && starts_us[i] + least_us <= at_us; i++) {
      const sender = senders[i];
      if (sender === receiver || !(sent.start_us[sender] + least_us <= at_us)) continue;
      if (this.#arrival_us(before, sender, receiver) > at_us && this.#arrival_us(sent, sender, receiver) <= at_us) return true;
    }
    return false;
  }

  /** When enough has come in order, all messages looked at. */
  #whole(sent: SentPhase, earlier: readonly SentPhase[], receiver: number): number {
    const { phase, senders } = sent;
    const arrivals_us: number[] = [];
    for (const sender of senders) {
      if (sender === receiver) {
        if (phase.own === true) arrivals_us.push(phase.ready_us[sender]);
        continue;
      }
      let at_us = this.#arrival_us(sent, sender, receiver);
      for (const before of earlier)
        if (!Number.isNaN(before.start_us[sender]) && this.#latest_us(before, sender, receiver) > at_us)
          at_us = Math.max(at_us, this.#arrival_us(before, sender, receiver));
      arrivals_us.push(at_us);
    }
    arrivals_us.sort((x, y) => x - y);
    const enough_us = arrivals_us[(phase.need as number) - 1] ?? Infinity;
    return Math.max(enough_us, phase.gate_us?.[receiver] ?? -Infinity);
  }

  #quantile_us(from: number, to: number, quantile: number): number {
    const { network } = this.#setup;
    return quantile_us(network, from * network.regions + to, quantile);
  }
  #departs_us({ phase, start_us }: SentPhase, sender: number, receiver: number): number {
    const position = receiver - (receiver > sender ? 1 : 0);
    return start_us[sender] + departOffset_us(upload_ns(this.#setup.network, phase.bytes, sender), position);
  }
  #arrival_us(sent: SentPhase, sender: number, receiver: number): number {
    let prefix = this.#prefixes.get(sent.phase);
    if (prefix === undefined) {
      const { type, view, sequence } = sent.phase;
      this.#prefixes.set(sent.phase, (prefix = drawPrefix(this.#setup.cell.seed, { purpose: PURPOSE.delay, type, view, sequence })));
    }
    const { regions } = this.#run;
    const delay_us = this.#quantile_us(regions[sender], regions[receiver], prefixDraw32(prefix, sender, receiver) >>> QUANTILE_SHIFT);
    return this.#departs_us(sent, sender, receiver) + delay_us;
  }
  readonly #prefixes = new Map<Phase, DrawKey>();
  /** When it has come whatever the draw. */
  #latest_us(sent: SentPhase, sender: number, receiver: number): number {
    const { regions } = this.#run;
    return this.#departs_us(sent, sender, receiver) + this.#quantile_us(regions[sender], regions[receiver], QUANTILES - 1);
  }
}

/** The place of the first that is above a limit, in ascending order. */
function firstAbove(values: Float64Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
