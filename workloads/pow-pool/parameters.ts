// Parameters of pooled mining: those of proof of work, and the pool's.
import { z } from 'zod';
import { powParameters } from '../parts/proof-of-work.ts';

export const parameters = z.strictObject({
  ...powParameters,
  pool_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      'the part of the nodes, from node 0 on, that mine in the pool (rounded down, but node 0, its operator, at least); 0: everybody mines solo. The others mine solo',
    ),
  share_difficulty_ratio: z
    .number()
    .min(0.0001)
    .max(1)
    .default(0.01)
    .describe("a share's difficulty ÷ a block's: the chance that a share is a block"),
  pool_fee: z.number().min(0).max(1).default(0.02).describe('the part of what is paid that the operator keeps'),
  pplns_window_blocks: z
    .number()
    .min(0.01)
    .max(100)
    .default(2)
    .describe('pplns: a block pays the last shares before it, itself among them, whose difficulties add up to that of so many blocks'),
  income_period_blocks: z
    .number()
    .min(0.01)
    .max(1_000_000)
    .default(1)
    .describe('length of the periods over which incomes and their variance are taken, in block_interval_s')
    .meta({ effort: true }),
  hopping_threshold: z
    .number()
    .min(0)
    .max(100)
    .default(0.434818)
    .describe(
      "pool-hopping: the hopper mines in the pool while its round has shares of less than so many times a block's difficulty, and else solo; where a share is worth a hash of one's own is the root of e^x E1(x) = 1",
    ),
});
export type PoolParameters = ReturnType<typeof parameters.parse>;
