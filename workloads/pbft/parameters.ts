// PBFT's parameters.
import { z } from 'zod';

export const parameters = z.strictObject({
  authentication: z
    .enum(['signature', 'mac'])
    .default('signature')
    .describe('signature: every message is signed (section 4); mac: authenticators, only VIEW-CHANGE and NEW-VIEW signed (section 5.2)'),
  checkpoint_interval: z.int().min(1).max(1_000_000).default(128).describe('sequence numbers between checkpoints (section 6.3)'),
  log_window: z
    .int()
    .min(1)
    .max(2_000_000)
    .default(256)
    .describe('high watermark minus low watermark (section 6.3)')
    .meta({ tuning: true }),
  view_change_timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(86_400_000)])
    .default('auto')
    .describe('T of section 4.5.2; auto: 4 x (batch upload to n - 1 + 5 x largest link delay), at least 100 ms')
    .meta({ tuning: true }),
  client_timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(86_400_000)])
    .default('auto')
    .describe('after which a client sends its request to all replicas; auto: the view change timeout')
    .meta({ tuning: true }),
  weights: z
    .string()
    .regex(/^(equal|\d+(,\d+)*)$/)
    .default('equal')
    .describe(
      "what each replica's vote weighs: 'equal', or one integer a replica; of the sum W a quorum has the smallest q with 2q - W > f and replies more than f, f = floor((W - 1) / 3) being the weight of faulty replicas that it tolerates",
    )
    .meta({ accepts: "equal, or one integer of at least 0 a replica (commas between), like '4,2,1,1'" }),
});
export type PbftParameters = z.infer<typeof parameters>;
