// Algorand's parameters: stakes, and the times of the ABFT specification (section "Parameters").
import { z } from 'zod';
import type { ParameterProblem } from '../../harness/simulate/core/contract.ts';
import { totalWeight, votingWeights, votingWeightsProblem } from '../../harness/simulate/core/weights.ts';
import { UNITS_PER_ALGO } from './committees.ts';

const DAY_MS = 86_400_000;
const autoTimeout = (what: string, auto: string) =>
  z
    .union([z.literal('auto'), z.number().positive().max(DAY_MS)])
    .default('auto')
    .describe(`${what}; auto: ${auto}`)
    .meta({ tuning: true });
export const CLIENT_LEAST_MS = 30_000;
export const ASSEMBLY_LEAST_MS = 500;

export const parameters = z.strictObject({
  stakes: z
    .string()
    .regex(/^(equal|\d+(,\d+)*)$/)
    .default('equal')
    .describe(
      "each node's stake in Algos, of which every millionth part is chosen by itself: 'equal' is one each, or one integer a node; who has none takes no part in votes",
    )
    .meta({ accepts: "equal, or one integer of at least 0 a node (commas between), like '4,2,1,1'" }),
  lambda_ms: z
    .number()
    .positive()
    .max(DAY_MS)
    .default(2000)
    .describe('lambda: about the longest way of a vote; waits are made of it')
    .meta({ tuning: true }),
  filter_timeout_ms: autoTimeout(
    'when in a period nodes vote for the best proposal that they have seen',
    '2 lambda, or where that is longer as long as a full block takes to be assembled, to come to everybody from a slow uplink and to be checked',
  ),
  deadline_timeout_ms: autoTimeout(
    'Lambda: when in a period nodes vote to go on to the next one, again and again from then on',
    '17000, or where that is longer the filter timeout and as long as two votes and their checks take after it, twice',
  ),
  recovery_s: z
    .number()
    .positive()
    .max(86_400)
    .default(300)
    .describe('lambda_f: every so often in a period nodes vote for the fast recovery, by other committees')
    .meta({ tuning: true }),
  assembly_ms: z
    .union([z.literal('auto'), z.number().min(0).max(DAY_MS)])
    .default('auto')
    .describe(
      `a proposer whose mempool has less than a full block waits for so long, and proposes what it has then, nothing at the least; auto: ${ASSEMBLY_LEAST_MS} (go-algorand's ProposalAssemblyTime), or where that is longer as long as a reply and then a client's full block to all nodes take`,
    )
    .meta({ tuning: true }),
  client_timeout_ms: autoTimeout(
    'after which a client sends its transactions again',
    `${CLIENT_LEAST_MS}, or where that is longer twice the deadline timeout`,
  ),
});
export type AlgorandParameters = z.infer<typeof parameters>;

/** The sum of all units is an exact integer. */
const MOST_STAKE = Math.floor(Number.MAX_SAFE_INTEGER / UNITS_PER_ALGO);

export function stakesProblem({ stakes }: AlgorandParameters, nodes: number): ParameterProblem[] {
  const accepts =
    votingWeightsProblem(stakes, nodes) ??
    (totalWeight(votingWeights(stakes), nodes) > MOST_STAKE ? `equal, or stakes whose sum is at most ${MOST_STAKE}` : null);
  return accepts === null ? [] : [{ parameter: 'stakes', accepts }];
}
