// Parameters that every chain mechanism has: spread into its own object.
import { z } from 'zod';
import { ATTACK_BLOCKS, CHAIN_EVENT_BUDGET } from './rules.ts';
import { TAKING_AWAY } from './outages.ts';
import { MAX_CONFIRMATIONS } from './confirmations.ts';
import type { ParameterProblem, PlannedCell } from '../core/contract.ts';
import { weightsProblem } from '../core/weights.ts';
import { SHARES_PATTERN } from './shares.ts';

/** The lottery's budget of events allows no more at ATTACK_BLOCKS each. */
const MAX_ATTACKS = CHAIN_EVENT_BUDGET / ATTACK_BLOCKS;

/** How power or stake is spread over the nodes. */
export const sharesParameter = z
  .string()
  .regex(SHARES_PATTERN)
  .default('equal')
  .describe("how it is spread over the nodes: 'equal', or one weight a node")
  .meta({ accepts: "equal, or one weight a node (digits, at most one point in each, commas between), like '4,2,1,1'" });

export const chainParameters = {
  relay: z
    .enum(['announce', 'direct'])
    .default('announce')
    .describe('announce: announcement, request and body over the peer graph; direct: the maker of a block sends the body to every node'),
  peer_degree: z
    .union([z.literal('all'), z.int().min(2).max(1000)])
    .default(8)
    .describe('neighbours of a node in the random peer graph (at most all others); without effect on direct'),
  adversary_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      'share of all power or stake against which confirmations are chosen where no adversary double-spends; under crash it is of the power before the crash',
    ),
  merchant_confirmations: z
    .union([z.literal('auto'), z.int().min(1).max(MAX_CONFIRMATIONS)])
    .default('auto')
    .describe(
      'confirmations that the attacked merchant waits for; auto: those that the risk asks for; where no number is enough it delivers nothing',
    ),
  give_up_deficit_blocks: z
    .union([z.literal('auto'), z.int().min(0).max(1_000_000)])
    .default('auto')
    .describe('an attack ends when it is more blocks behind; auto: where its chance has fallen below 1e-6, at most 1000'),
  attacks: z
    .union([z.literal('auto'), z.int().min(1).max(MAX_ATTACKS)])
    .default('auto')
    .describe(
      `double-spend: the run goes on past its decisions until so many attacks have ended, or ${ATTACK_BLOCKS} blocks for each were found; auto: as many as come`,
    )
    .meta({ effort: true }),
};

/** The rule across fields of a parameter of shares: one weight a node, not all 0. */
export function sharesProblems<P>(parameter: keyof P & string): (cell: PlannedCell<P>) => ParameterProblem[] {
  return ({ parameters, nodes }) => {
    const accepts = weightsProblem(String(parameters[parameter]), nodes);
    return accepts === null ? [] : [{ parameter, accepts }];
  };
}

/** A schedule of faults that concern who holds what: an adversary or a loss of power is there the whole time, and a condition of its own. */
export function scheduleProblems({ fault }: Pick<PlannedCell, 'fault'>): ParameterProblem[] {
  const stranger = fault.schedule?.find(({ kind }) => !TAKING_AWAY.has(kind));
  if (stranger === undefined) return [];
  return [{ parameter: 'fault', accepts: `a schedule of ${[...TAKING_AWAY].join(', ')} (received ${stranger.kind})` }];
}
