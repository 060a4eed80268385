// The parameters of SCP.
import { z } from 'zod';
import type { ParameterProblem, PlannedCell } from '../../harness/simulate/core/contract.ts';
import { isDefaultLoad } from '../../harness/model/load.ts';
import { ORGANISATION, parseSets } from './slices.ts';

const SETS = /^(flat|organisations|\d+ *\([\d(),; ]*\))$/;
const SETS_ACCEPT =
  'flat, organisations, or quorum sets as threshold(entries): one for all nodes, or one a node with semicolons between, like 2(2(0,1,2),2(3,4,5))';

/** What `auto` is at least: the draft's. */
export const LEAST_TIMEOUT_MS = 2000;

export const parameters = z.strictObject({
  quorum_set: z
    .string()
    .max(20_000)
    .regex(SETS, { error: SETS_ACCEPT })
    .meta({ accepts: SETS_ACCEPT })
    .default('flat')
    .describe(
      `flat: any \`threshold\` of all nodes; organisations: any \`threshold\` organisations of ${ORGANISATION} nodes each, by two of the three; or quorum sets, written out`,
    ),
  threshold: z
    .union([z.literal('auto'), z.int().min(1).max(20_000)])
    .default('auto')
    .describe('nodes, or organisations, that a slice has; auto: n - floor((n - 1) / 3) of n'),
  own_weight: z
    .enum(['one', 'share'])
    .default('share')
    .describe(
      'how likely a node is to be its own neighbour in nomination; share: as likely as it is others’, so that nodes alike agree on one leader; one: always, as it is in all of its slices (draft)',
    ),
  timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(3_600_000)])
    .default('auto')
    .describe(
      `how long the first round of nomination lasts, and the first ballot (draft: 2 s; stellar-core: 1 s); auto: ${LEAST_TIMEOUT_MS}, or where that is longer as long as a round or a ballot takes with slow messages (the upload of the batch to n - 1 among them)`,
    )
    .meta({ tuning: true }),
  timeout_increment_ms: z
    .number()
    .min(0)
    .max(3_600_000)
    .default(1000)
    .describe('how much longer each further round or ballot lasts (1 s in both)')
    .meta({ tuning: true }),
  ledger_interval_ms: z
    .number()
    .min(0)
    .max(3_600_000)
    .default(0)
    .describe(
      'from the end of one slot to the beginning of the next one at the least (Stellar: 5 s); 0: slots follow as there is something to agree on',
    ),
  client_timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(86_400_000)])
    .default('auto')
    .describe('after which a client asks all nodes again; auto: ledger_interval_ms and the first timeout')
    .meta({ tuning: true }),
});
export type ScpParameters = z.infer<typeof parameters>;

/** Rules across fields. */
export function problems({ parameters: p, nodes, load }: PlannedCell<ScpParameters>): ParameterProblem[] {
  const found: ParameterProblem[] = [];
  const isWritten = p.quorum_set !== 'flat' && p.quorum_set !== 'organisations';
  if (p.quorum_set === 'organisations' && nodes % ORGANISATION !== 0)
    found.push({
      parameter: 'quorum_set',
      accepts: `organisations at a multiple of ${ORGANISATION} nodes, like ${ORGANISATION * Math.ceil(nodes / ORGANISATION)}`,
    });
  if (isWritten) {
    const sets = parseSets(p.quorum_set, nodes);
    if (typeof sets === 'string') found.push({ parameter: 'quorum_set', accepts: sets });
    if (p.threshold !== 'auto') found.push({ parameter: 'threshold', accepts: 'auto beside quorum sets that are written out' });
  } else if (p.threshold !== 'auto') {
    const most = p.quorum_set === 'flat' ? nodes : Math.floor(nodes / ORGANISATION);
    if (p.threshold > most) found.push({ parameter: 'threshold', accepts: `auto, or an integer from 1 to ${most} at ${nodes} nodes` });
  }
  if (p.ledger_interval_ms > 0 && !isDefaultLoad(load) && load.kind === 'saturate')
    found.push({ parameter: 'ledger_interval_ms', accepts: '0 beside a search for the capacity, which it would be the answer to' });
  return found;
}
