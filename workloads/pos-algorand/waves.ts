// Algorand's common path, round after round, as waves: in each the best proposal comes to everybody, soft votes and cert votes are enough, and blocks
// are full. Whatever else happens is left to messages.
import { DurabilityChecker } from '../../harness/simulate/check/durability.ts';
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { weightOf } from '../../harness/simulate/core/weights.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { VOTES_WITHOUT_DELAY, pathOutcome, waveEngine, withoutDelay } from '../../harness/simulate/waves/common-path.ts';
import { PhaseEngine, type Reached } from '../../harness/simulate/waves/phase.ts';
import { requestsOf } from '../parts/messages.ts';
import { BLOCK_HEADER_BYTES } from './blocks.ts';
import { Committees, STEP, committeeOf } from './committees.ts';
import { TYPE, VOTE_BYTES, typeOf, viewOf } from './messages.ts';
import type { AlgorandParameters } from './parameters.ts';
import { missingQuorum, proposalBytes, rulesOf, type Rules } from './rules.ts';

/** Sends of a node in a round, and two of the round before. */
const SENDS_KEPT = 6;

/** @throws NeedsMessages for what is not one full block a round, in its first period, at every node that is up */
export const waves = waveEngine<AlgorandParameters>(commonPath, ({ cell }) => withoutDelay(cell.network));

function commonPath(setup: Setup<AlgorandParameters>): Outcome {
  // Votes that come at one time are counted in the order of their senders, but for those that one has made another cast at that time.
  if (setup.network.maxDelay_us === 0) throw new NeedsMessages(VOTES_WITHOUT_DELAY);
  const rules = rulesOf(setup);
  const standstill = missingQuorum(setup, rules);
  const rounds = new Rounds(setup, rules);
  const { run } = rounds;
  const latencies_us: number[] = [];
  if (standstill === '') for (let round = 1; round <= setup.cell.decisions; round++) latencies_us.push(rounds.decide(round));
  const counts: Partial<ReturnType<typeof run.log.counts>> & Outcome['counts'] = run.log.counts(run);
  delete counts.macs;
  counts.evaluations ??= 0;
  return {
    ...pathOutcome(setup, { latencies_us, elapsed_us: rounds.now_us, events: run.events, standstill }),
    counts,
    viewChanges: 0,
    adversaryShare: rules.bound / rules.total,
    observations: { rounds: latencies_us.length, empty_blocks: 0 },
    safety: run.live.length < 2 ? 'unknown' : 'ok',
    durability: rounds.durability.verdict,
    ...(rounds.replicaLatencies_us.some(Number.isNaN) ? {} : { replicaLatencies_us: rounds.replicaLatencies_us }),
  };
}

/** A proposal that has come to a node. */
interface Arrival {
  readonly at_us: number;
  readonly proposer: number;
}

class Rounds {
  readonly run: PhaseEngine;
  readonly durability: DurabilityChecker;
  /** From the best proposal to the commit of the quorum's last node; NaN: it has none. */
  readonly replicaLatencies_us: number[] = [];
  now_us = 0;
  readonly #rules: Rules;
  readonly #committees: Committees;
  readonly #batch_bytes: number;
  readonly #clients_ns: number;
  /** By node: when its round begins. */
  #start_us: Float64Array;

  constructor(setup: Setup<AlgorandParameters>, rules: Rules) {
    const { cell, nodes, faults } = setup;
    const { stakes, total } = rules;
    this.run = new PhaseEngine(setup, { mac: false });
    this.durability = new DurabilityChecker(faults, rules.commitQuorum, stakes);
    this.#rules = rules;
    this.#committees = new Committees({ seed: cell.seed, stakes, nodes, total });
    this.#batch_bytes = cell.transactions.bytes * cell.transactions.per_decision;
    this.#clients_ns = checkFull_ns(cell);
    this.#start_us = new Float64Array(nodes + 1);
  }

  #hasStake(node: number): boolean {
    return weightOf(this.#rules.stakes, node) > 0;
  }

  /** Returns the latency of this decision. */
  decide(round: number): number {
    const { run } = this;
    const { live, uplinks, setup, log } = run;
    const { stakes, oneCorrect, assembly_us, deadline_us, clientTimeout_us, behind_us, sign_ns, credential_ns, checkVotes_ns, reply } =
      this.#rules;
    const submitted_us = this.now_us;
    const start_us = this.#start_us;
    const client = run.nodes;
    uplinks.nextDecision(SENDS_KEPT);
    this.#committees.forget(round);
    const asked_us = run.column_us();
    asked_us[client] = submitted_us;
    const bytes = requestsOf(TYPE.request).requestBytes(this.#batch_bytes);
    const request = { type: TYPE.request, view: round - 1, sequence: round, bytes, signed: false } as const;
    const requested_us = run.phase({ ...request, from: client, to: 'all', ready_us: asked_us, need: 1, check: 'none' }).complete_us;
    for (const node of live)
      if (requested_us[node] >= start_us[node] + assembly_us) throw new NeedsMessages('a block is proposed before its transactions come');

    const { valid_us, proposed_us } = this.#propose(round, requested_us);
    const voters = live.filter((node) => this.#hasStake(node));
    // Three credentials a round: of the proposal, which has been counted, and of the votes.
    log.signs += 2 * voters.length;
    log.countEvaluations(2 * voters.length);
    const votes = (step: number): readonly number[] => this.#committees.weights(round, 0, step);
    const [onSoft, onCert] = [votes(STEP.soft), votes(STEP.cert)];
    const voting_ns = (weights: readonly number[], node: number): number => credential_ns + (weights[node] > 0 ? sign_ns : 0);
    const filtered_us = start_us.map((at_us, node) => at_us + this.#rules.filter_us + Math.ceil(voting_ns(onSoft, node) / 1000));
    const soft = this.#vote(round, STEP.soft, filtered_us, {
      processing_ns: checkVotes_ns,
      receiver_ns: (node) => (this.#hasStake(node) ? voting_ns(onCert, node) : 0),
    });
    const cert = this.#vote(round, STEP.cert, soft.reached_us, { processing_ns: (checked) => checkVotes_ns(checked) + sign_ns });
    const decided_us = cert.reached_us;
    let first_us = Infinity;
    for (const node of live) {
      first_us = Math.min(first_us, decided_us[node]);
      const least_us = Math.max(valid_us[node], start_us[node]);
      if (soft.complete_us[node] < least_us || cert.complete_us[node] < least_us)
        throw new NeedsMessages('votes come before the block that they are for');
      if (!(soft.reached_us[node] < start_us[node] + deadline_us)) throw new NeedsMessages('a period comes to its deadline');
      if (!(soft.reached_us[node] < decided_us[node])) throw new NeedsMessages('a node decides without voting');
      if (!(decided_us[node] < start_us[node] + deadline_us)) throw new NeedsMessages('a period comes to its deadline');
    }
    for (const node of live) if (!(decided_us[node] < first_us + behind_us)) throw new NeedsMessages('a node lags behind');

    this.now_us = run.phase({
      type: reply.type,
      view: round,
      sequence: round,
      bytes: reply.bytes,
      from: 'all',
      to: client,
      ready_us: decided_us,
      need: oneCorrect,
      ...(stakes === null ? {} : { weights: stakes }),
      check: 'none',
      movable: true,
    }).reached_us[client];
    if (!(this.now_us < submitted_us + clientTimeout_us)) throw new NeedsMessages('a timer expires');
    if (this.now_us > setup.horizon_us) throw new NeedsMessages('the horizon comes before the last decision');
    for (const node of live) {
      if (!(this.now_us < decided_us[node] + assembly_us)) throw new NeedsMessages('an empty block is proposed');
      // After the last acceptance no timer expires any more.
      if (filtered_us[node] >= this.now_us) throw new NeedsMessages('a node votes after the decision');
    }
    this.#watch(round, { decided_us, held_us: soft.reached_us, proposed_us });
    this.#start_us = decided_us;
    return this.now_us - submitted_us;
  }

  /** Proposals, and when the best one is checked at each node. */
  #propose(round: number, requested_us: Float64Array): { valid_us: Float64Array; proposed_us: number } {
    const { run } = this;
    const { live, log, setup } = run;
    const { credential_ns, sign_ns, hashBlock_ns, checkVotes_ns, filter_us } = this.#rules;
    const start_us = this.#start_us;
    const weights = this.#committees.weights(round, 0, STEP.propose);
    const block_ns = hashBlock_ns(this.#batch_bytes);
    const block_bytes = BLOCK_HEADER_BYTES + this.#batch_bytes;
    const begun_us = start_us.map((at_us, node) => Math.max(at_us, requested_us[node]));
    const ready_us = run.column_us();
    const priorities = new Float64Array(run.nodes).fill(Infinity);
    const proposers: number[] = [];
    for (const node of live) {
      if (!this.#hasStake(node)) continue;
      log.signs += 1;
      log.countEvaluations(1);
      if (weights[node] === 0) continue;
      proposers.push(node);
      priorities[node] = this.#committees.priority(node, round, 0);
    }
    if (proposers.length === 0) throw new NeedsMessages('nobody proposes');
    const isBefore = (one: number, other: number): boolean =>
      priorities[one] < priorities[other] || (priorities[one] === priorities[other] && one < other);
    const best = proposers.reduce((lowest, node) => (isBefore(node, lowest) ? node : lowest));

    // Who proposes has checked its clients' signatures, unless somebody else's proposal came before.
    const clients_ns = this.#clients_ns;
    for (const node of proposers) ready_us[node] = begun_us[node] + Math.ceil((credential_ns + sign_ns + block_ns + clients_ns) / 1000);
    const arrivals: Arrival[][] = Array.from({ length: run.nodes }, () => []);
    for (const proposer of proposers) {
      const name = { type: TYPE.proposal, view: viewOf(0, STEP.propose), sequence: round, bytes: proposalBytes(this.#batch_bytes) };
      const { complete_us } = run.phase({ ...name, from: proposer, to: 'all', ready_us, need: 1, check: 'none' });
      for (const node of live) if (node !== proposer) arrivals[node].push({ at_us: complete_us[node], proposer });
      log.digest_bytes += block_bytes;
    }
    const valid_us = run.column_us();
    valid_us[best] = ready_us[best];
    let checks = 0;
    for (const node of live) {
      const here = arrivals[node].sort((x, y) => x.at_us - y.at_us || x.proposer - y.proposer);
      const isProposer = weights[node] > 0;
      if (clients_ns > 0 && isProposer && here.length > 0 && Math.max(here[0].at_us, start_us[node]) <= begun_us[node])
        throw new NeedsMessages('a proposal comes to a proposer before it makes its own');
      let known = -1;
      let isClientChecked = isProposer;
      for (const { at_us, proposer } of here) {
        const from_us = Math.max(at_us, start_us[node]);
        const isBest = (known < 0 || isBefore(proposer, known)) && !(isProposer && ready_us[node] < from_us && isBefore(node, proposer));
        if (isBest) known = proposer;
        let cost_ns = checkVotes_ns(1);
        if (isBest) {
          cost_ns += block_ns + (isClientChecked ? 0 : clients_ns);
          isClientChecked = true;
          log.digest_bytes += block_bytes;
        }
        const checked_us = from_us + Math.ceil(cost_ns / 1000);
        if (proposer === best) valid_us[node] = checked_us;
        if (!(checked_us < start_us[node] + filter_us)) throw new NeedsMessages('a proposal comes late');
        checks += 1;
      }
      if (isProposer && !(ready_us[node] < start_us[node] + filter_us)) throw new NeedsMessages('a proposal comes late');
    }
    run.check(checks, 2);
    log.countEvaluations(checks);
    const { signed, per_decision } = setup.cell.transactions;
    if (signed === true) log.checkTransactions(per_decision, live.length);
    return { valid_us, proposed_us: ready_us[best] };
  }

  /** A vote of who is chosen, and when there are enough at each node. */
  #vote(
    round: number,
    step: number,
    ready_us: Float64Array,
    work: { processing_ns: (checked: number) => number; receiver_ns?: (receiver: number) => number },
  ): Reached {
    const weights = this.#committees.weights(round, 0, step);
    const { run } = this;
    const cast_us = run.column_us();
    for (const node of run.live) if (weights[node] > 0) cast_us[node] = ready_us[node];
    const reached = run.phase({
      type: typeOf(step),
      view: viewOf(0, step),
      sequence: round,
      bytes: VOTE_BYTES,
      from: 'all',
      to: 'all',
      ready_us: cast_us,
      need: committeeOf(step).threshold,
      weights,
      own: true,
      check: 'batch',
      proof: true,
      isVote: true,
      ...work,
    });
    for (const node of run.live) if (!(reached.complete_us[node] < Infinity)) throw new NeedsMessages('a committee misses its threshold');
    return reached;
  }

  #watch(
    round: number,
    { decided_us, held_us, proposed_us }: { decided_us: Float64Array; held_us: Float64Array; proposed_us: number },
  ): void {
    const { stakes, commitQuorum } = this.#rules;
    const order = this.run.live.slice().sort((x, y) => decided_us[x] - decided_us[y]);
    let weight = 0;
    const last = order.find((node) => (weight += weightOf(stakes, node)) >= commitQuorum);
    this.replicaLatencies_us.push(last === undefined ? NaN : decided_us[last] - proposed_us);
    let holders = 0;
    for (const node of this.run.live)
      if ((this.#hasStake(node) ? held_us : decided_us)[node] <= this.now_us) holders += weightOf(stakes, node);
    this.durability.reportedWith(round, holders);
  }
}
