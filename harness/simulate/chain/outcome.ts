// How a finished run of a chain becomes the Outcome of its cell.
import { MAX_CONFIRMATIONS } from './confirmations.ts';
import { CHAIN_EVENT_BUDGET } from './rules.ts';
import { ClientChecks, withClientChecks } from './client-signatures.ts';
import { countedPart } from './history.ts';
import type { Stop } from '../check/liveness.ts';
import type { Setup } from '../core/contract.ts';
import { addAmounts } from '../../model/operations.ts';
import type { Counts, Outcome, Verdict } from '../../model/outcome.ts';
import type { ChainHistory, ChainRun, ChainSpec, ChainTotals } from './spec.ts';

/** What stopped a run before it had what is `missing`. */
function stoppedBecause(stopped: Stop, missing: string, setup: Setup): string {
  switch (stopped) {
    case 'horizon':
      return `${missing} before the horizon of ${setup.horizon_us / 1e6} s`;
    case 'budget':
      return `${missing} before the budget of ${CHAIN_EVENT_BUDGET} lottery events`;
    case 'idle':
      return `${missing}: nobody is left to make a block`;
    case 'done':
      // Chains of unequal difficulty: at the very end a heavier chain of fewer blocks can win.
      return `${missing}: a heavier chain with fewer blocks won at the end`;
  }
}

/** Verdict and reason of a run's liveness. */
interface Liveness {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** How rarely a stretch without users' blocks would come by chance: once in a million chains. */
const STRETCH_CHANCE = 1e-6;

/**
 * Do honest transactions get into the chain? Where every participant had its due share of blocks, a stretch of L blocks of an
 * adversary that holds q began at any given height with chance q^L: longer ones than one in a million chains of this
 * height would show are no chance. With less than half an adversary keeps nobody out for long: the branch of a payment that it
 * reversed is such a stretch, and is safety's matter; it has to be half of the chain. `violated` there; null where nothing speaks
 * against it.
 */
function exclusion(spec: ChainSpec, miners: ArrayLike<number>): Liveness | null {
  const { adversary, adversaryShare: q } = spec;
  if (adversary === null) return null;
  const height = miners.length - 1;
  let limit = 1;
  for (let chance = q * height; chance >= STRETCH_CHANCE && limit <= height; chance *= q) limit += 1;
  let longest = 0;
  let stretch = 0;
  for (let at = 1; at <= height; at++) {
    stretch = miners[at] === adversary ? stretch + 1 : 0;
    if (stretch > longest) longest = stretch;
  }
  if (longest < limit || (q < 0.5 && 2 * longest < height)) return null;
  return {
    verdict: 'violated',
    reason: `${longest} blocks in a row carry no user's transactions (${limit} or more come by chance in fewer than one chain in a million)`,
  };
}

/** Those of the first `count` blocks that carry users' transactions. */
function usersAmong(miners: ArrayLike<number>, adversary: number | null, count: number): number {
  let users = 0;
  for (let at = 1; at <= count; at++) if (miners[at] !== adversary) users += 1;
  return users;
}

/** Gini coefficient of blocks by participant, over those that hold something: 0 all alike, (k - 1)/k one has all. */
function giniOfBlocks(miners: ArrayLike<number>, holders: readonly number[], participants: number): number {
  const won = new Float64Array(participants);
  for (let at = 1; at < miners.length; at++) won[miners[at]] += 1;
  const ascending = Float64Array.from(holders, (node) => won[node]).sort();
  let weighted = 0;
  for (let i = 0; i < ascending.length; i++) weighted += (2 * (i + 1) - ascending.length - 1) * ascending[i];
  return weighted / (ascending.length * (miners.length - 1));
}

/**
 * The mechanism's own counts, with those of its stages and votes: every vote that comes is checked, since it is passed on. What an attestation
 * takes is the mechanism's to say.
 */
export function wholeCounts(spec: ChainSpec, totals: ChainTotals): Partial<Counts> {
  const { votes, voteReceptions, staged } = totals;
  const counts: Record<string, number | Map<number, number>> = { ...spec.counts(totals) };
  addAmounts(counts, staged);
  if (votes > 0) addAmounts(counts, { votes: voteReceptions });
  if (votes > 0 && spec.attestations === undefined)
    addAmounts(counts, { signs: votes, verifies: voteReceptions, verifies_single: voteReceptions });
  return counts;
}

/** A run as the Outcome of its cell. Of a stalled run only the decisions and the verdicts stand. */
export function chainOutcome(setup: Setup, spec: ChainSpec, run: ChainRun): Outcome {
  const { decisions } = setup.cell;
  const { accepted_us, miners } = run;
  const height = accepted_us.length - 1;
  // With votes a decision that is not final is none.
  const reached = Math.min(decisions, run.final_us === undefined ? height : run.final_us.length - 1);
  const { confirmations, adversary } = spec;
  // Where nothing is ever reported final there is nothing that could be reversed, and nothing is shown.
  const isNothingFinal = spec.committee === undefined && spec.attestations === undefined && spec.merchantConfirmations === Infinity;
  const isReversed = run.finalRemoved > 0 || run.attested?.contradicts === true;
  const safety: Verdict = isReversed ? 'violated' : isNothingFinal ? 'unknown' : 'ok';
  const excluded = exclusion(spec, miners);
  const notes: string[] = [];
  if (confirmations === null)
    notes.push(
      `no finite number of confirmations (at most ${MAX_CONFIRMATIONS} are tried) has a reversal chance below ${setup.cell.risk} ` +
        `against a share of ${spec.adversaryShare}` +
        (spec.merchantConfirmations < Infinity
          ? ''
          : `: nothing is final${adversary === null ? '' : `, the merchant delivers nothing${spec.strategy.withoutDelivery}`}`),
    );
  if (excluded !== null) notes.push(excluded.reason);
  if (run.stopped !== 'done' || reached < decisions) {
    const came = `${reached} of ${decisions} decisions${run.final_us === undefined ? '' : ' are final'}`;
    const behind = `${Math.max(0, height - decisions)} of the ${(confirmations ?? 1) - 1} blocks that must follow the last one for its ${confirmations} confirmations`;
    const missing = reached < decisions ? came : `${came} came, but only ${behind}`;
    const verdict = excluded?.verdict ?? (run.stopped === 'idle' ? 'violated' : 'unknown');
    return {
      state: 'stalled',
      reason: [stoppedBecause(run.stopped, missing, setup), ...notes].join('; '),
      decisions: reached,
      divisor: height,
      counts: { messages: 0, bytes: 0 },
      latencies_us: [],
      finalities_us: [],
      elapsed_us: 0,
      confirmations,
      adversaryShare: spec.adversaryShare,
      safety,
      liveness: verdict,
      events: run.events,
    };
  }
  const divisor = Math.min(run.stopHeight, height);
  const users = { decisions: usersAmong(miners, adversary, decisions), divisor: usersAmong(miners, adversary, divisor) };
  // Users submit when their last block was accepted: the adversary's blocks, which carry none of them, are a part of the wait.
  const latencies_us: number[] = [];
  const finalities_us: number[] = [];
  let submitted_us = accepted_us[0];
  for (let at = 1; at <= decisions; at++) {
    if (miners[at] === adversary) continue;
    latencies_us.push(accepted_us[at] - submitted_us);
    if (run.final_us !== undefined) finalities_us.push(run.final_us[at] - submitted_us);
    else if (confirmations !== null && at + confirmations - 1 <= height)
      finalities_us.push(accepted_us[at + confirmations - 1] - submitted_us);
    submitted_us = accepted_us[at];
  }
  if (users.decisions === 0 && excluded === null)
    notes.push(`none of ${decisions} decisions carries users' transactions, too few to tell why`);
  const elapsed_us = accepted_us[decisions];
  const signed = setup.cell.transactions.signed === true;
  let counts: Counts = { messages: run.messages, bytes: run.bytes, ...wholeCounts(spec, run.totals) };
  if (signed) {
    const checks = new ClientChecks();
    checks.add(setup.cell.transactions.per_decision, run.totals.complete + run.totals.receptions);
    counts = checks.with(counts);
  }
  const operations = (history: ChainHistory): NonNullable<Outcome['operations']> =>
    signed ? withClientChecks(setup, history, spec.operations(history)) : spec.operations(history);
  const { mining_node_s } = spec.counts({ ...run.totals, stop_us: elapsed_us });
  return {
    state: 'done',
    reason: notes.join('; '),
    decisions,
    divisor,
    counts,
    latencies_us,
    finalities_us,
    elapsed_us,
    ...(mining_node_s === undefined ? {} : { decisionsMining_node_s: mining_node_s }),
    confirmations,
    stale: { stale: run.found - height, blocks: run.found },
    adversaryShare: spec.adversaryShare,
    chainQuality: usersAmong(miners, adversary, height) / height,
    ...(adversary === null ? {} : { users }),
    ...(adversary === null || spec.strategy.paysNobody === true ? {} : { attacks: run.attacks, reversals: run.reversals }),
    ...(run.propagation_us === null ? {} : { propagation_us: run.propagation_us }),
    giniBlocks: giniOfBlocks(miners, run.totals.holders, spec.participants),
    safety,
    liveness: excluded?.verdict ?? (users.decisions === 0 ? 'unknown' : 'ok'),
    ...(spec.observe === undefined ? {} : { observations: spec.observe(spec, run) }),
    events: run.events,
    ...(run.history === undefined ? {} : { operations: operations(countedPart(run.history, divisor)) }),
  };
}
