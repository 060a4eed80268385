// Parameters that every chain mechanism has: spread into its own object.
import { z } from 'zod';
import type { CommonParameters } from './common.ts';
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
    .enum(['announce', 'compact', 'direct', 'relay-network'])
    .default('announce')
    .describe(
      'announce: announcement, request and body over the peer graph; compact: the same, with 6 bytes a transaction, which all have in their mempools (BIP 152, low bandwidth); direct: the maker of a block sends the body to every node; relay-network: its compact block goes to the relay of its region, from that to those of other regions, and from each to all of its region',
    ),
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

/** For mechanisms that have the fault kind `selfish`. */
export const selfishGamma = z
  .union([z.literal('auto'), z.number().min(0).max(1)])
  .default('auto')
  .describe(
    'selfish: the share of honest power that mines on the block of the adversary in a tie (γ of Eyal and Sirer); auto: what a node accepted first, as it comes out of the network',
  );

/** The rule across fields of a parameter of shares: one weight a node, not all 0. */
export function sharesProblems<P>(parameter: keyof P & string): (cell: PlannedCell<P>) => ParameterProblem[] {
  return ({ parameters, nodes }) => {
    const accepts = weightsProblem(String(parameters[parameter]), nodes);
    return accepts === null ? [] : [{ parameter, accepts }];
  };
}

/**
 * Faults that do not go together with others, or with a relay network. In a schedule: what concerns who holds what, since an adversary or a loss of power
 * is there the whole time, and a condition of its own. Beside relays: what happens to links between nodes, since nothing goes over them.
 */
export function faultProblems({
  fault,
  parameters: { relay },
}: Pick<PlannedCell<Pick<CommonParameters, 'relay'>>, 'fault' | 'parameters'>): ParameterProblem[] {
  const stranger = fault.schedule?.find(({ kind }) => !TAKING_AWAY.has(kind));
  if (stranger !== undefined)
    return [{ parameter: 'fault', accepts: `a schedule of ${[...TAKING_AWAY].join(', ')}; ${stranger.kind} only by itself` }];
  const kinds = [fault.kind, ...(fault.schedule ?? []).map(({ kind }) => kind)];
  const onLinks = kinds.find((kind) => TAKING_AWAY.has(kind) && kind !== 'crash');
  if (relay !== 'relay-network' || onLinks === undefined) return [];
  return [{ parameter: 'relay', accepts: `announce, compact, direct beside the fault ${onLinks}` }];
}
