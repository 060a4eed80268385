// Parameters of Gasper, with the values of Ethereum's mainnet.
import { z } from 'zod';
import { chainParameters } from '../../harness/simulate/chain/parameters.ts';

const { relay, peer_degree } = chainParameters;

export const parameters = z.strictObject({
  slot_s: z.number().min(0.01).max(86_400).default(12).describe('length of a slot'),
  slots_per_epoch: z.int().min(1).max(1024).default(32).describe('in an epoch each validator attests once; finality comes by epochs'),
  validators: z
    .int()
    .min(1)
    .max(2_097_152)
    .default(16_384)
    .describe('validators of equal balance, dealt out to the nodes one after another; the default is the least that Ethereum began with'),
  attestation_due_bps: z
    .int()
    .min(1)
    .max(9999)
    .default(3333)
    .describe('when votes are due, in ten-thousandths of a slot; blocks that come earlier are boosted'),
  proposer_boost_percent: z
    .int()
    .min(0)
    .max(100)
    .default(40)
    .describe('of the weight of a slot, for a block of the slot that came in time'),
  relay,
  peer_degree,
});
export type GasperParameters = z.infer<typeof parameters>;
