// Parameters of federated signing.
import { z } from 'zod';
import type { ParameterProblem } from '../../harness/simulate/core/contract.ts';

/** M of N where a suite says nothing: ceil(2N / 3). */
export const defaultQuorum = (nodes: number): number => Math.ceil((2 * nodes) / 3);

/** Signers that may equivocate together with the generator: two quorums share 2M - N of N, and one of those is correct. */
export const equivocatorsBorne = (nodes: number, quorum: number): number => Math.max(0, 2 * quorum - nodes - 1);
/** Signers that may be down while the generator is correct. */
export const downBorne = (nodes: number, quorum: number): number => nodes - quorum;

/** Both at the default quorum: floor((N - 1) / 3). */
export function faultsBorne(nodes: number): number {
  const quorum = defaultQuorum(nodes);
  return Math.min(equivocatorsBorne(nodes, quorum), downBorne(nodes, quorum));
}

const MOST_NODES = 20_000;
const timeout = z.union([z.literal('auto'), z.number().positive().max(86_400_000)]).default('auto');

export const parameters = z.strictObject({
  quorum: z
    .union([z.literal('auto'), z.int().min(1).max(MOST_NODES)])
    .default('auto')
    .describe('M: signatures that a block needs of the N signers; auto: two thirds of them, rounded up'),
  block_period_ms: z
    .number()
    .min(0)
    .max(3_600_000)
    .default(0)
    .describe(
      'the generator makes a block at multiples of it, if there are transactions; 0: as soon as there is a batch (Chain Core: 1000)',
    )
    .meta({ tuning: true }),
  publishes: z
    .enum(['certificate', 'block'])
    .default('certificate')
    .describe('what is published: the signatures alone, since each signer was sent the block, or the whole block once more'),
  retry_timeout_ms: timeout
    .describe(
      'after which the generator asks again who has not signed, and a signer asks all for a block that it waits for; auto: 4 x (upload of request and block to n - 1 + 4 x largest link delay + the check of M signatures), at least 100 ms',
    )
    .meta({ tuning: true }),
  client_timeout_ms: timeout
    .describe('after which a client asks all nodes; auto: the block period and the wait for a retry')
    .meta({ tuning: true }),
});
export type FederatedParameters = z.infer<typeof parameters>;

export function quorumProblems({ quorum }: FederatedParameters, nodes: number): ParameterProblem[] {
  return quorum === 'auto' || quorum <= nodes ? [] : [{ parameter: 'quorum', accepts: `auto, or an integer from 1 to the ${nodes} nodes` }];
}
