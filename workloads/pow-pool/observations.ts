// The columns of pooled mining, from the shares and blocks of a run.
import type { Observation } from '../../harness/simulate/core/contract.ts';
import { fullGap_us } from '../../harness/simulate/chain/lotteries.ts';
import type { ChainRun, ChainSpec } from '../../harness/simulate/chain/spec.ts';
import { POW_OBSERVATIONS } from '../parts/proof-of-work.ts';
import { Incomes } from './income.ts';
import { SCHEMES, payShares, type PayoutRules } from './payouts.ts';

const WAYS = ['solo', ...SCHEMES] as const;
const NAMES = {
  solo: 'mining solo (of the blocks that each found itself)',
  pps: 'by PPS',
  proportional: 'by the proportional scheme',
  pplns: 'by PPLNS',
};

export const POOL_OBSERVATIONS: readonly Observation[] = [
  ...POW_OBSERVATIONS,
  ...WAYS.flatMap((way): Observation[] => [
    {
      name: `income_mean_${way}_blocks`,
      unit: 'blocks',
      kind: 'positive',
      description: `Mean income of a member of the pool (without one, of a node) in a period, in block rewards, ${NAMES[way]}.`,
    },
    {
      name: `income_variance_${way}_blocks2`,
      unit: 'blocks2',
      kind: 'positive',
      description: `Variance of that over periods, mean over members, ${NAMES[way]}.`,
    },
  ]),
  ...SCHEMES.map((scheme): Observation => ({
    name: `adversary_income_${scheme}`,
    unit: '',
    kind: 'positive',
    description: `Where one hops or withholds: its income, solo blocks included, ÷ what its power finds in the same time at the first difficulty; in the pool ${NAMES[scheme]}.`,
  })),
  { name: 'pool_shares', unit: '', kind: 'count', description: 'Shares that the pool credited.' },
  { name: 'pool_blocks', unit: '', kind: 'count', description: "Blocks of the pool's on the final chain." },
  {
    name: 'share_stale_rate',
    unit: '',
    kind: 'share',
    description: "Shares that came when the operator's tip was another, of all that came.",
  },
  {
    name: 'pps_reserve_blocks',
    unit: 'blocks',
    kind: 'positive',
    description:
      'What an operator that pays by PPS was out of pocket at the worst, in block rewards: with a smaller reserve it was ruined.',
  },
  {
    name: 'pplns_unallotted_blocks',
    unit: 'blocks',
    kind: 'positive',
    description: 'By PPLNS: what the first blocks did not pay, since there were not yet so many shares, in block rewards.',
  },
  { name: 'withheld_blocks', unit: '', kind: 'count', description: 'Blocks that a member kept to itself.' },
];

/** Of the whole run, beside those of proof of work. */
export function poolObservations(ofWork: ChainSpec['observe'], rules: PayoutRules, period_us: number): NonNullable<ChainSpec['observe']> {
  return (spec, run) => {
    const found: Record<string, number> = { ...ofWork?.(spec, run) };
    const end_us = run.accepted_us[run.accepted_us.length - 1];
    const { shares, participants, adversary, pool } = spec;
    const guest = pool?.guest ?? null;
    const isMember = (node: number): boolean =>
      shares[node] > 0 && node !== adversary && node !== guest?.participant && (pool === undefined || pool.members[node] === 1);
    const members = Array.from(shares.keys()).filter(isMember);
    const note = (way: string, { mean, variance }: ReturnType<Incomes['result']>): void => {
      if (mean !== null) found[`income_mean_${way}_blocks`] = mean;
      if (variance !== null) found[`income_variance_${way}_blocks2`] = variance;
    };
    const incomes = (): Incomes => new Incomes(members, { participants, period_us, end_us });
    const solo = incomes();
    for (let height = 1; height < run.main.length; height++)
      solo.add(run.miners[height], 1, Math.max(0, run.blocks.found_us(run.main[height])));
    note('solo', solo.result());
    if (pool === undefined || run.pool === undefined) return found;
    const main = new Set(run.main);
    const paid = { pps: incomes(), proportional: incomes(), pplns: incomes() };
    const own = { pps: 0, proportional: 0, pplns: 0 };
    const books = payShares(run.pool.shares, rules, {
      participants,
      isRewarded: (block) => main.has(block),
      pay: ({ scheme, member, amount, at_us }) => {
        paid[scheme].add(member, amount, at_us);
        if (member === guest?.participant && at_us <= end_us) own[scheme] += amount;
      },
    });
    for (const scheme of SCHEMES) note(scheme, paid[scheme].result());
    found['pool_shares'] = books.credited;
    found['pool_blocks'] = books.rewarded;
    const came = books.credited + books.stale;
    if (came > 0) found['share_stale_rate'] = books.stale / came;
    found['pps_reserve_blocks'] = -books.lowestBalance;
    found['pplns_unallotted_blocks'] = books.unallotted;
    if (guest === null || !(end_us > 0) || !(shares[guest.participant] > 0)) return found;
    found['withheld_blocks'] = run.pool.withheld;
    const due = (shares[guest.participant] * end_us) / fullGap_us(spec);
    const alone = soloBlocks(run, guest.participant);
    for (const scheme of SCHEMES) found[`adversary_income_${scheme}`] = (own[scheme] + alone) / due;
    return found;
  };
}

/** Blocks on the final chain that a participant found and published itself. */
function soloBlocks({ main, miners, pool }: ChainRun, participant: number): number {
  const pooled = new Set<number>();
  for (let at = 0; at < pool!.shares.count; at++) if (pool!.shares.block(at) !== 0) pooled.add(pool!.shares.block(at));
  let count = 0;
  for (let height = 1; height < main.length; height++) if (miners[height] === participant && !pooled.has(main[height])) count += 1;
  return count;
}
