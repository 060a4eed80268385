// A chain under any load: the one entry of the fast engine that workloads use.
import { ChainLoad, LoadEnd, type LoadRun } from './load.ts';
import { runChain, Chain } from './engine.ts';
import { chainOutcome, wholeCounts } from './outcome.ts';
import { fullGap_us } from './lotteries.ts';
import { lastingShare } from './outages.ts';
import { capacityOutcome } from '../core/load/capacity.ts';
import { NO_VOTES } from './overlay.ts';
import { scheduleOf, type LoadSchedule } from '../core/load/schedule.ts';
import type { Setup } from '../core/contract.ts';
import type { Counts, Outcome } from '../../model/outcome.ts';
import type { ChainSpec } from './spec.ts';

/** Runs the cell under its load, without faults that lose messages for a time. `closed` means that blocks are always full. */
export function runChainUnderLoad(setup: Setup, spec: ChainSpec): Outcome {
  const { load, transactions } = setup.cell;
  if (load.kind === 'closed') return runChain(setup, spec);
  const block_us = meanGap_us(spec);
  const at = (rate_tps: number, least_us = 0): { outcome: Outcome } & LoadRun =>
    runOnce(setup, spec, scheduleOf(load, { decision_us: block_us, rate_tps, least_us }));
  if (load.kind === 'open') return at(load.rate_tps).outcome;
  return capacityOutcome(load, (transactions.per_decision * 1e6) / block_us, at);
}

/** The mean time between blocks where nothing is stale and difficulty is 1, with the power that is left for good. */
function meanGap_us(spec: ChainSpec): number {
  const { lottery } = spec;
  const left = lastingShare(spec) || 1;
  return fullGap_us(spec) / (left * (lottery.kind === 'clock' ? lottery.live || 1 : 1));
}

function runOnce(setup: Setup, spec: ChainSpec, schedule: LoadSchedule<number>): { outcome: Outcome } & LoadRun {
  const load = new ChainLoad(setup, spec, schedule);
  const end = new LoadEnd(setup, spec, load);
  const { from_us, until_us } = schedule;
  // The drain, and then as long for the confirming blocks as a run without a load would take at most.
  const horizon_us = setup.cell.horizon_s === undefined ? 2 * until_us - from_us + setup.horizon_us : setup.horizon_us;
  const chain = new Chain({ ...setup, horizon_us }, spec, { load, end });
  const run = chain.run();
  const transactions = { latencies_us: [] as number[], finalities_us: [] as number[] };
  const found = load.outcome(run.main, run, transactions);
  // The verdicts and shares of the whole run are those of as many decisions as it had unconfirmed blocks behind, or as votes had made final.
  const final = run.final_us === undefined ? Infinity : run.final_us.length - 1;
  const decisions = Math.max(1, Math.min(run.stopHeight - ((spec.confirmations ?? 1) - 1), final));
  const base = chainOutcome({ ...setup, horizon_us, cell: { ...setup.cell, decisions } }, spec, run);
  if (base.state !== 'done') return { outcome: { ...base, load: found.load }, ...found };
  const { totals } = run;
  const slotsBy = (at_us: number): number => (spec.lottery.kind === 'slots' ? Math.floor(at_us / spec.lottery.slot_us) : 0);
  const counts = difference(
    wholeCounts(spec, { ...totals, stop_us: until_us, slots: slotsBy(until_us) }),
    spec.counts({ ...totals, stop_us: from_us, slots: slotsBy(from_us), found: 0, complete: 0, receptions: 0, ...NO_VOTES }),
  );
  if (found.decisions === 0) {
    const reason = `no block of the chain came within the window of ${(until_us - from_us) / 1e6} s`;
    return { outcome: { ...base, state: 'stalled', reason, decisions: 0, load: found.load }, ...found };
  }
  const all: Counts = {
    messages: run.messages,
    bytes: run.bytes,
    ...counts,
    digest_bytes: load.digest_bytes + (totals.staged['digest_bytes'] ?? 0),
  };
  const outcome: Outcome = {
    ...base,
    decisions: found.decisions,
    divisor: found.decisions,
    counts: setup.cell.transactions.signed === true ? load.checks.with(all) : all,
    latencies_us: transactions.latencies_us,
    finalities_us: transactions.finalities_us,
    from_us,
    elapsed_us: until_us - from_us,
    ...(base.users === undefined ? {} : { users: { decisions: found.users, divisor: found.users } }),
    ...(counts.mining_node_s === undefined ? {} : { decisionsMining_node_s: counts.mining_node_s }),
    load: found.load,
  };
  return { outcome, ...found };
}

function difference(all: Partial<Counts>, before: Partial<Counts>): Partial<Counts> {
  const out: Record<string, number> = {};
  for (const [name, value] of Object.entries(all)) out[name] = (value as number) - ((before as Record<string, number>)[name] ?? 0);
  return out;
}
