// Tendermint's parameters: the timeouts of lines 21, 35 and 48 of the paper, with the defaults of CometBFT's `config.toml`.
import { z } from 'zod';
import type { ParameterProblem } from '../../harness/simulate/core/contract.ts';
import { totalWeight, votingWeights, votingWeightsProblem } from '../../harness/simulate/core/weights.ts';

const DAY_MS = 86_400_000;
const positive = z.number().positive().max(DAY_MS);
const timeout = (ms: number, what: string) => positive.default(ms).describe(what).meta({ tuning: true });
/** What `auto` is at least: the default of CometBFT's configuration. */
export const LEAST_MS = { propose: 3000, precommit: 1000, client: 10_000 } as const;
const autoTimeout = (least_ms: number, what: string, auto: string) =>
  z
    .union([z.literal('auto'), positive])
    .default('auto')
    .describe(`${what}; auto: ${least_ms}, or where that is longer as long as ${auto}`)
    .meta({ tuning: true });
const delta = (what: string) => z.number().min(0).max(DAY_MS).default(500).describe(what).meta({ tuning: true });

export const parameters = z.strictObject({
  powers: z
    .string()
    .regex(/^(equal|\d+(,\d+)*)$/)
    .default('equal')
    .describe(
      "each validator's voting power: 'equal', or one integer a validator; of the sum W a quorum has more than two thirds, f = floor((W - 1) / 3) is the faulty power that is tolerated, and who has power p proposes p of W rounds",
    )
    .meta({ accepts: "equal, or one integer of at least 0 a validator (commas between), like '4,2,1,1'" }),
  certificates: z
    .enum(['list', 'aggregate'])
    .default('list')
    .describe(
      'list: votes are signed one by one; aggregate: they are shares of BLS signatures, a quorum is checked as one sum, and what proves a quorum to others is one aggregate signature',
    ),
  timeout_propose_ms: autoTimeout(
    LEAST_MS.propose,
    'how long a validator waits for the proposal of round 0',
    'the last validator takes to have and to check it (upload to n - 1, two largest links)',
  ),
  timeout_propose_delta_ms: delta('by how much that grows with each round'),
  timeout_prevote_ms: timeout(1000, 'how long it waits in round 0 after PREVOTEs of a quorum that do not agree'),
  timeout_prevote_delta_ms: delta('by how much that grows with each round'),
  timeout_precommit_ms: autoTimeout(
    LEAST_MS.precommit,
    'how long it waits in round 0 after PRECOMMITs of a quorum that do not agree, or whose proposal it has not',
    'the last validator has the proposal and the votes after a quorum has it (upload to the others, a largest link)',
  ),
  timeout_precommit_delta_ms: delta('by how much that grows with each round'),
  timeout_commit_ms: z
    .number()
    .min(0)
    .max(DAY_MS)
    .default(0)
    .describe("how long it rests after a decision before it begins the next height: none in the paper, 1000 by CometBFT's defaults")
    .meta({ tuning: true }),
  client_timeout_ms: autoTimeout(
    LEAST_MS.client,
    "after which a client sends its request again (CometBFT's timeout_broadcast_tx_commit)",
    'the first round of a height and a reply',
  ),
});
export type TendermintParameters = z.infer<typeof parameters>;

/** CometBFT's limit of all power together, an eighth of what an integer holds: priorities of proposers stay exact. */
const MOST_POWER = 0x4000000000000;

export function powersProblem({ powers }: TendermintParameters, nodes: number): ParameterProblem[] {
  const accepts =
    votingWeightsProblem(powers, nodes) ??
    (totalWeight(votingWeights(powers), nodes) > MOST_POWER ? `equal, or powers whose sum is at most ${MOST_POWER}` : null);
  return accepts === null ? [] : [{ parameter: 'powers', accepts }];
}
