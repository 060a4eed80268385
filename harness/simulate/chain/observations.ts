// Columns that any chain can have beside those of all workloads: a mechanism declares CHAIN_OBSERVATIONS as its workload's
// `observations`, and has chainObservations as its spec's `observe`.
import { SELFISH } from './adversary.ts';
import { fullGap_us } from './lotteries.ts';
import type { ChainRun, ChainSpec } from './spec.ts';
import type { Observation } from '../core/contract.ts';

export const ORPHAN_ARRIVALS = {
  name: 'orphan_arrivals',
  unit: '',
  kind: 'count',
  description:
    'Times that a block had come to a node, and was checked, before its parent was accepted there (orphans; stale_rate is of others).',
} as const satisfies Observation;

export const CHAIN_OBSERVATIONS = [
  ORPHAN_ARRIVALS,
  {
    name: 'adversary_revenue_relative',
    unit: '',
    kind: 'share',
    description: "Where an adversary mines: the share of the final chain's blocks that are its own (1 - chain_quality).",
  },
  {
    name: 'adversary_revenue_absolute',
    unit: '',
    kind: 'positive',
    description:
      'Where an adversary mines: its blocks on the final chain in a mean gap between blocks (with all power live, at the first difficulty); mining honestly, its share, unless blocks go stale.',
  },
] as const satisfies readonly Observation[];

/** Of mechanisms with selfish mining. */
export const SELFISH_OBSERVATIONS = [
  {
    name: 'selfish_races',
    unit: '',
    kind: 'count',
    description:
      'Under selfish mining: ties between a block of the adversary and one of others, those after which another block was found.',
  },
  {
    name: 'selfish_gamma_measured',
    unit: '',
    kind: 'share',
    description:
      "Under selfish mining: γ as it came out, the share of the honest power that mined on the adversary's block of such a tie when the next block was found; mean over selfish_races, empty without one.",
  },
] as const satisfies readonly Observation[];

export function selfishObservations({ strategy }: ChainSpec, { races: { count, joined } }: ChainRun): Record<string, number> {
  if (strategy !== SELFISH) return {};
  return { selfish_races: count, ...(count > 0 ? { selfish_gamma_measured: joined / count } : {}) };
}

/** Of the whole run, after which its chain's last block was accepted at the client's node. */
export function chainObservations(spec: ChainSpec, run: ChainRun): Record<string, number> {
  const { adversary } = spec;
  const { accepted_us, miners, orphanArrivals: orphan_arrivals } = run;
  const height = accepted_us.length - 1;
  // No time passed where all blocks came within the first microsecond.
  if (adversary === null || !(accepted_us[height] > 0)) return { orphan_arrivals };
  let own = 0;
  for (let at = 1; at <= height; at++) if (miners[at] === adversary) own += 1;
  return {
    orphan_arrivals,
    adversary_revenue_relative: own / height,
    adversary_revenue_absolute: (own * fullGap_us(spec)) / accepted_us[height],
  };
}
