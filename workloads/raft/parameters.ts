// Raft's parameters.
import { z } from 'zod';

const timeout = z.union([z.literal('auto'), z.number().positive().max(86_400_000)]).default('auto');

export const parameters = z.strictObject({
  election_timeout_min_ms: timeout
    .describe(
      'the least election timeout (section 5.2); auto: ten times a broadcast (there and back on the largest link, upload, write), at least 150 ms, and no more than the largest one',
    )
    .meta({ tuning: true }),
  election_timeout_max_ms: timeout
    .describe('the largest one: each node draws its own in each term; auto: twice the least')
    .meta({ tuning: true }),
  heartbeat_ms: timeout
    .describe('a leader that has sent nothing for so long sends a heartbeat; auto: half the least election timeout')
    .meta({ tuning: true }),
  client_timeout_ms: timeout
    .describe('after which a client sends its request to all nodes; auto: the largest election timeout')
    .meta({ tuning: true }),
  group_commit: z
    .boolean()
    .default(false)
    .describe('what is to be written while the disk is busy is written together; false: each entry is a write'),
});
export type RaftParameters = z.infer<typeof parameters>;
