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
    .describe(
      'T of section 4.5.2; auto: 4 x (batch upload to n - 1 + 5 x largest link delay), or 4 x the check of a decision’s votes, at least 100 ms',
    )
    .meta({ tuning: true }),
  client_timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(86_400_000)])
    .default('auto')
    .describe('after which a client sends its request to all replicas; auto: the view change timeout')
    .meta({ tuning: true }),
  timeout_growth: z
    .enum(['pbft', 'qbft', 'ibft'])
    .default('pbft')
    .describe(
      'the wait in the r-th view tried: pbft: T, T, 2T, 4T, … (section 4.5.2); qbft: T 2^r (Quorum, with T = 10 s: 10, 20, 40, 80 s); ibft: T, and T + 2^r s from the second on (Istanbul BFT: 10, 12, 14, 18 s)',
    )
    .meta({ tuning: true }),
  quorum: z
    .enum(['optimal', '2f+1', '2n/3'])
    .default('optimal')
    .describe(
      "votes of a quorum: ceil((n + f + 1)/2), the least of which two share a correct replica; 2f+1, which equals it where n = 3f + 1 and forks with one equivocator at n = 5 and 6; ceil(2n/3), to which Quorum's IBFT had to change",
    ),
  execution: z
    .enum(['committed', 'tentative'])
    .default('committed')
    .describe(
      'tentative: a request is executed when it is prepared and all before it are committed, and clients wait for a quorum of replies (section 5.1)',
    ),
  requests: z
    .enum(['read-write', 'read-only'])
    .default('read-write')
    .describe('read-only: nothing is agreed on; clients ask all replicas and wait for a quorum of equal replies (section 5.1)'),
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
