// HotStuff's parameters.
import { z } from 'zod';

const DAY_MS = 86_400_000;

export const parameters = z.strictObject({
  variant: z
    .enum(['basic', 'chained'])
    .default('basic')
    .describe('basic: a view decides a block in four phases (section 4); chained: a view is one phase of several blocks (section 5)'),
  certificates: z
    .enum(['list', 'aggregate'])
    .default('list')
    .describe(
      'a quorum certificate is a list of a quorum’s Ed25519 signatures (n - f where n = 3 f + 1), or one BLS aggregate signature and a bit for each replica, and votes are shares of it',
    ),
  views_per_leader: z
    .union([z.literal('auto'), z.int().min(1).max(100_000)])
    .default('auto')
    .describe(
      'views in a row that a replica leads; auto: 1 of basic, and 4 of chained, the fewest in which one leader alone brings a decision about (with fewer a single silent replica of 4 stops it)',
    ),
  view_timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(DAY_MS)])
    .default('auto')
    .describe(
      'T, how long a replica that waits for something stays in a view; auto: 4 x (batch upload to n - 1 + 5 x largest link delay), or 4 x the check of a decision’s votes, at least 100 ms, and under a load its batch_timeout_ms',
    )
    .meta({ tuning: true }),
  timeout_growth: z
    .number()
    .min(1)
    .max(10)
    .default(2)
    .describe(
      'by which T grows with each view in a row that brings no decision (section 4.3, exponential back-off); 1: never, not even up to what auto gives',
    )
    .meta({ tuning: true }),
  timeout_growths: z
    .int()
    .min(0)
    .max(20)
    .default(6)
    .describe(
      'after so many T does not grow further, unless it is below what auto gives and timeout_growth is above 1; from then on NEW-VIEWs go to all, so that who is behind follows',
    )
    .meta({ tuning: true }),
  client_timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(DAY_MS)])
    .default('auto')
    .describe('after which a client sends its request again; auto: the view timeout')
    .meta({ tuning: true }),
});
export type HotStuffParameters = z.infer<typeof parameters>;
