// Parameters of proof of stake by coin age.
import { z } from 'zod';
import { chainParameters, sharesParameter } from '../../harness/simulate/chain/parameters.ts';
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
  adversary_coin_age: z
    .enum(['saved', 'steady'])
    .default('saved')
    .describe('saved: the adversary has let its coins lie for 90 days while the others minted; steady: it has minted as they have'),
  ...chainParameters,
  measured_hashes_per_block: measuredHashes('of kernels for each block'),
});
export type CoinAgeParameters = z.infer<typeof parameters>;
