// Parameters of proof of burn.
import { z } from 'zod';
import { chainParameters, sharesParameter } from '../../harness/simulate/chain/parameters.ts';
import { hardwareParameters } from '../../harness/simulate/chain/mining-hardware.ts';
import { measuredHashes } from '../parts/mining.ts';

export const parameters = z.strictObject({
  block_interval_s: z
    .number()
    .min(0.001)
    .max(86_400)
    .default(120)
    .describe('mean time between proof-of-work blocks with all power live; difficulty is constant'),
  hash_shares: sharesParameter,
  burn_shares: sharesParameter,
  burnt_coins: z.number().min(0.01).max(1e9).default(1_000_000).describe('burnt by all together, each in one transaction before the run'),
  burn_age_blocks: z
    .int()
    .min(0)
    .max(10_000_000)
    .default(6)
    .describe('proof-of-work blocks between the burns and the first block of the run; a burn makes blocks from 6 on, and decays'),
  burn_delay_ms: z.number().min(0.001).max(600_000).default(100).describe('from taking a tip to publishing a burn block on it'),
  ...chainParameters,
  ...hardwareParameters,
  measured_hashes_per_block: measuredHashes('a proof-of-work block'),
});
export type BurnParameters = z.infer<typeof parameters>;
