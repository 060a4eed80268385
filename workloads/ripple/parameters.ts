// Ripple's parameters: the defaults are rippled's constants (ConsensusParms.h, LedgerTiming.h, ValidatorList.cpp).
import { z } from 'zod';
import { LADDER } from './avalanche.ts';
import { RESOLUTIONS_S } from './close-time.ts';

const ms = (least: number) => z.int().min(least).max(86_400_000);
const percent = z.int().min(1).max(100);
const LADDER_ACCEPTS = 'steps percent-of-the-previous-round:percent-of-votes from 0 on, like 0:50,50:65,85:70,200:95';
const OFFSETS_ACCEPTS = "none, or one number of milliseconds for each validator (commas between), like '0,100,200,300'";

export const parameters = z.strictObject({
  unl_overlap: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('share of a list of trusted validators that is on the other list too; 1: all have one list, of all validators'),
  quorum_percent: percent.default(80).describe('validations of a list that fully validate a ledger, without those of the negative UNL'),
  least_quorum_percent: percent.default(60).describe('the least quorum, of the whole list'),
  negative_unl: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('validators on the negative UNL, the highest-numbered ones: they count for no quorum; at most a quarter of each list'),
  avalanche: z
    .string()
    .max(200)
    .regex(LADDER, { error: LADDER_ACCEPTS })
    .meta({ accepts: LADDER_ACCEPTS })
    .default('0:50,50:65,85:70,200:95')
    .describe(
      'per cent of the votes that a disputed transaction must exceed, from which per cent of the previous round’s time on (avalancheCutoffs)',
    ),
  avalanche_rounds: z.int().min(1).max(100).default(2).describe('votes on each step of it at least (avMIN_ROUNDS)'),
  stalled_rounds: z.int().min(1).max(100).default(4).describe('votes without a change after which a dispute is stalled (avSTALLED_ROUNDS)'),
  consensus_percent: percent.default(80).describe('proposers with one position that are a consensus (minCONSENSUS_PCT)'),
  close_time_percent: percent.default(75).describe('proposers that agree on the close time (avCT_CONSENSUS_PCT)'),
  close_resolution_s: z
    .union(RESOLUTIONS_S.map((one) => z.literal(one)))
    .default(10)
    .describe('bin of the first ledger’s close time; 10 in the genesis ledger'),
  heartbeat_ms: ms(1).default(1000).describe('a validator looks at its round so often (ledgerGRANULARITY)').meta({ tuning: true }),
  offsets_ms: z
    .string()
    .max(20_000)
    .regex(/^(none|\d{1,6}(,\d{1,6})*)$/, { error: OFFSETS_ACCEPTS })
    .meta({ accepts: OFFSETS_ACCEPTS })
    .default('none')
    .describe('when each validator’s heartbeat begins'),
  min_close_ms: ms(0)
    .default(2000)
    .describe('a ledger with transactions is open so long at least (ledgerMIN_CLOSE)')
    .meta({ tuning: true }),
  idle_ms: ms(0).default(15_000).describe('a ledger without transactions is open so long, and two bins (ledgerIDLE_INTERVAL)'),
  close_with_validated: z
    .enum(['no', 'yes'])
    .default('yes')
    .describe(
      'do validators that have validated the last ledger count among those that have closed the open one? As in rippled they do: it closes at the first heartbeat after their validations',
    ),
  min_consensus_ms: ms(1)
    .default(1950)
    .describe('nobody changes its position or accepts one before that (ledgerMIN_CONSENSUS)')
    .meta({ tuning: true }),
  max_consensus_ms: ms(1).default(15_000).describe('who hears of no other position accepts its own after that (ledgerMAX_CONSENSUS)'),
  abandon_factor: z.int().min(1).max(1000).default(10).describe('a round that takes so many times the previous one’s time expires'),
  abandon_ms: ms(1).default(120_000).describe('a round expires after that at the latest (ledgerABANDON_CONSENSUS)'),
  min_round_ms: ms(1).default(5000).describe('the time of the previous round for the avalanche at least (avMIN_CONSENSUS_TIME)'),
  propose_fresh_ms: ms(1).default(20_000).describe('a position that old counts no more (proposeFRESHNESS)'),
  propose_again_ms: ms(1).default(12_000).describe('a position that old is proposed again (proposeINTERVAL)'),
  validation_fresh_ms: ms(1).default(20_000).describe('a validator whose last validation is that old is taken for offline'),
  validation_current_ms: ms(1).default(180_000).describe('a validation that old supports no branch any more (validationVALID_LOCAL)'),
  client_timeout_ms: ms(1).default(60_000).describe('after which a client sends its request again').meta({ tuning: true }),
});
export type RippleParameters = z.infer<typeof parameters>;
