// Parameters of proof of stake by coin age.
import { z } from 'zod';
import { chainParameters, sharesParameter } from '../../harness/simulate/chain/parameters.ts';
import type { ParameterProblem, PlannedCell } from '../../harness/simulate/core/contract.ts';
import { measuredHashes } from '../parts/mining.ts';

export const parameters = z.strictObject({
  coins: z.number().min(1000).max(30_000_000).default(5_000_000).describe('PPC that mint, of all together; in outputs of equal value'),
  outputs: z
    .int()
    .min(1)
    .max(200_000)
    .default(40_000)
    .describe(
      'that the coins are in, of all together, at least one a holder; fewer than 4 320 (30 days of blocks) cannot keep a gap of 600 s',
    ),
  stakes: sharesParameter,
  coin_age_days: z
    .union([z.literal('steady'), z.number().min(0).max(3650)])
    .default('steady')
    .describe("the outputs' ages when the run begins; steady: spread as where outputs mint and begin anew for ever"),
  idle_days: z
    .number()
    .min(0)
    .max(3650)
    .default(0)
    .describe(
      'the highest-numbered node has minted nothing for so long, and comes back when the run begins: its outputs are so much older, and the target is that of the others',
    ),
  adversary_coin_age: z
    .enum(['saved', 'steady'])
    .default('saved')
    .describe('saved: the adversary has let its coins lie for 90 days while the others minted; steady: it has minted as they have'),
  ...chainParameters,
  measured_hashes_per_block: measuredHashes('of kernels for each block'),
});
export type CoinAgeParameters = z.infer<typeof parameters>;

/**
 * Rules across fields of a cell whose `stakes` are one weight a node. Weights of kernels are whole coin-days: of less than 1 PPC an output
 * has none for days on end, and of less than 1/60 never any. And who comes back has others to come back to.
 */
export function outputProblems({ parameters: p, nodes, fault }: PlannedCell<CoinAgeParameters>): ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  if (p.outputs > p.coins)
    problems.push({ parameter: 'outputs', accepts: `at most ${Math.floor(p.coins)}, so that each has 1 PPC or more` });
  const weights = p.stakes === 'equal' ? Array.from({ length: nodes }, () => 1) : p.stakes.split(',').map(Number);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const adversary = fault.kind === 'double-spend' ? (fault.ratio ?? 0) : 0;
  const held = [...weights.map((weight) => (1 - adversary) * (weight / all)), adversary].filter((share) => share > 0);
  const least = Math.ceil(1 / Math.min(...held));
  if (p.coins < least)
    problems.push({ parameter: 'coins', accepts: `at least ${least}, so that everybody who holds any has 1 PPC or more` });
  if (p.idle_days > 0 && weights.slice(0, -1).every((weight) => weight === 0))
    problems.push({ parameter: 'idle_days', accepts: '0, or another node than the highest-numbered that holds coins' });
  return problems;
}
