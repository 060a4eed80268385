// Parameters of proof of activity.
import { z } from 'zod';
import { chainParameters, sharesParameter } from '../../harness/simulate/chain/parameters.ts';
import { hardwareParameters } from '../../harness/simulate/chain/mining-hardware.ts';
import { measuredHashes, retargetInterval } from '../parts/mining.ts';
import { integerPower } from './race.ts';

export const parameters = z.strictObject({
  block_interval_s: z
    .number()
    .min(0.001)
    .max(86_400)
    .default(600)
    .describe('mean time between whole blocks at difficulty 1 with all power live and `online_share` of the stake online'),
  retarget_interval_blocks: retargetInterval,
  stakeholders: z
    .int()
    .min(1)
    .max(16)
    .default(3)
    .describe('N: satoshi that a header draws; the last of their owners makes the block whole'),
  online_share: z.number().min(0.05).max(1).default(1).describe("x: the part of each node's stake whose owners are online to sign"),
  hash_shares: sharesParameter,
  stakes: sharesParameter,
  adversary_stake: z
    .union([z.literal('auto'), z.number().min(0).max(1)])
    .default('auto')
    .describe("an adversary's share of all stake; auto: the same as its share of the power"),
  ...chainParameters,
  ...hardwareParameters,
  measured_hashes_per_block: measuredHashes('a header'),
});
export type ActivityParameters = z.infer<typeof parameters>;

/** Mean time between headers at difficulty 1: x^-N of them make a block. */
export function headerInterval_s({ block_interval_s, online_share, stakeholders }: ActivityParameters): number {
  return block_interval_s * integerPower(online_share, stakeholders);
}
