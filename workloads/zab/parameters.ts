// Zab's parameters.
import { z } from 'zod';
import { LAST_COUNTER } from './zxid.ts';

const timeout = z.union([z.literal('auto'), z.number().positive().max(86_400_000)]).default('auto');

export const parameters = z.strictObject({
  observers: z
    .number()
    .int()
    .min(0)
    .max(20_000)
    .default(0)
    .describe('nodes, those with the highest numbers, that learn what is decided and neither vote nor lead'),
  sync_limit_ms: timeout
    .describe(
      'a follower that has not heard of its leader for so long, or a leader of a majority of voters, looks for another one (tickTime x syncLimit; 10 s in zoo_sample.cfg); auto: ten times a broadcast (there and back on the largest link, upload, write), at least 200 ms',
    )
    .meta({ tuning: true }),
  init_limit_ms: timeout
    .describe('the same until discovery and synchronisation are over (tickTime x initLimit, 20 s there); auto: twice sync_limit_ms')
    .meta({ tuning: true }),
  finalize_wait_ms: timeout
    .describe(
      'how long a better vote is waited for when a majority agrees (finalizeWait, 200 ms in ZooKeeper); auto: there and back on the largest link, at least 200 ms',
    )
    .meta({ tuning: true }),
  notification_ms: timeout
    .describe('after which votes and what synchronises are said again, twice as long each time, at most 60 s; auto: as finalize_wait_ms is')
    .meta({ tuning: true }),
  client_timeout_ms: timeout
    .describe('after which a client sends its request to all nodes; auto: twice sync_limit_ms')
    .meta({ tuning: true }),
  first_counter: z
    .number()
    .int()
    .min(0)
    .max(LAST_COUNTER - 1)
    .default(0)
    .describe('the counter of the zxid before the first transaction of epoch 1'),
  group_commit: z
    .boolean()
    .default(false)
    .describe(
      "what is to be written while the disk is busy is written together, as ZooKeeper's SyncRequestProcessor does; false: each transaction is a write",
    ),
});
export type ZabParameters = z.infer<typeof parameters>;
