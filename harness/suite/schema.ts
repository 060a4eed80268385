// The suite file's schema: what each key takes, with the text that says so.
//
// Every leaf of the schema carries the text that says what it accepts; suite/source.ts puts it beside the file, line, key and
// value received. suites/suite.schema.json is generated from here for editors.
import { PROFILE_NAMES, NODE_PROFILES, DEFAULTS, MAX_NODES, MAX_REPLICATES } from '../model/cell.ts';
import { SETTING_KINDS } from '../model/requirements.ts';
import { z } from 'zod';
import {
  EMPTY_AXIS,
  decimal,
  flag,
  integer,
  nameText,
  object,
  oneOf,
  oneOrMany,
  MAX_DELAY_MS,
  NODE_NAME,
  nodeNamesText,
  regionsText,
  quoted,
  shortName,
  text,
} from './leaves.ts';
import { bandwidthSchema } from './bandwidth.ts';
import { faultAxes } from './fault-schema.ts';
import { RANGE_ERROR, numbersOf } from './ranges.ts';
import { INTRA_REGION_MS } from './network-files.ts';
import { PRESET_NAMES } from './network-presets.ts';
import { loads } from './load-schema.ts';
import { placementSchema } from './placement.ts';

const link = {
  bandwidth_mbps: bandwidthSchema.default(DEFAULTS.link.bandwidth_mbps).describe('What a node can send'),
  loss: decimal(0, 0.99).default(DEFAULTS.link.loss).describe('Share of sends that are lost and sent again'),
  downlink_mbps: bandwidthSchema.optional().describe('What a node can receive, where links queue (default: bandwidth_mbps)'),
  rto_ms: decimal(0, 60_000, ' (ms)').default(DEFAULTS.link.rto_ms).describe('After how long a lost send is repeated'),
};
const NETWORK_NAMES = ['wan-5-regions', ...PRESET_NAMES] as const;
const NETWORK_KINDS = ['wan-5-regions', 'fixed', 'normal', 'matrix', ...PRESET_NAMES] as const;
const networkObject = `a network object with kind: one of ${NETWORK_KINDS.join(', ')}`;
const delays = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown()), z.string()], {
  error: `${regionsText}; or [{ from, to, ms }], or { from: { to: ms } }, or any of them as a text of CSV`,
});
const matrixOrigin = text('where the data comes from (source and date)');
const matrixJitter = decimal(0, 100);
const regionNames = z.array(text('a name of a region'));
const intraRegion = decimal(0, MAX_DELAY_MS, ' (ms)').default(INTRA_REGION_MS).describe('One way, where the diagonal is empty');
/** A matrix file: YAML or JSON. */
export const matrixFileSchema = object(
  { name: shortName.optional(), origin: matrixOrigin, one_way_ms: delays, jitter: matrixJitter.default(DEFAULTS.matrixJitter) },
  'an object like { origin: …, one_way_ms: [[0.5, 40], [40, 0.5]] }',
);

const network = z.union(
  [
    oneOf(NETWORK_NAMES),
    z.discriminatedUnion(
      'kind',
      [
        object({ kind: z.literal('wan-5-regions'), ...link }, networkObject),
        object(
          {
            kind: oneOf(PRESET_NAMES).describe('Regions of a public cloud, one site, or the peers of a public chain: list networks'),
            regions: regionNames.optional().describe('Which of its regions, in this order (default: all)'),
            jitter: matrixJitter.optional(),
            intra_region_ms: intraRegion,
            ...link,
            bandwidth_mbps: bandwidthSchema
              .optional()
              .describe('What a node can send (default: what was published of its region with downlinks, else 1000)'),
          },
          networkObject,
        ),
        // Up to ten minutes, so that block races on a 600 s interval can be checked against their closed form.
        object(
          { kind: z.literal('fixed'), delay_ms: decimal(0, 600_000, ' (ms)').describe('Every message takes exactly this long') },
          networkObject,
        ),
        object(
          { kind: z.literal('normal'), mean_ms: decimal(0, MAX_DELAY_MS, ' (ms)'), sd_ms: decimal(0, MAX_DELAY_MS, ' (ms)'), ...link },
          networkObject,
        ),
        object(
          {
            kind: z.literal('matrix'),
            file: text('a file name, relative to the suite file')
              .optional()
              .describe('YAML, JSON or CSV: a matrix, edges, or a map of maps'),
            name: shortName.optional(),
            origin: matrixOrigin.optional(),
            one_way_ms: delays.optional(),
            jitter: matrixJitter.optional(),
            rtt: flag.optional().describe('The delays are round-trip times: half of each is one way'),
            intra_region_ms: intraRegion,
            regions: regionNames.optional().describe('Names of the regions, in order'),
            ...link,
          },
          networkObject,
        ),
      ],
      { error: (issue) => (issue.code === 'invalid_union' ? `one of ${NETWORK_KINDS.join(', ')}` : networkObject) },
    ),
  ],
  { error: `a name (${NETWORK_NAMES.join(', ')}) or an object with kind: one of ${NETWORK_KINDS.join(', ')}` },
);
export type NetworkInput = z.output<typeof network>;

/** A number of nodes or a range of them; a list of numbers afterwards. */
const nodeRange = z
  .union([z.number({ error: RANGE_ERROR }), z.string({ error: RANGE_ERROR })], { error: RANGE_ERROR })
  .transform((input, context) => {
    if (typeof input === 'string') {
      const numbers = numbersOf(input);
      if (numbers !== null) return numbers;
    } else if (Number.isInteger(input) && input >= 1 && input <= MAX_NODES) return [input];
    context.addIssue({ code: 'custom', message: RANGE_ERROR, input });
    return z.NEVER;
  });

const nodeKeys =
  'sign_ns, verify_ns, verify_batched_ns, mac_ns, hash_ns_per_byte, sign_share_ns, decode_share_ns, aggregate_ns, verify_aggregate_ns, persist_ns, cores';
const nodeProfile = `free, server, or an object like { cores: 8 } with some of ${nodeKeys} (the rest is of profile: server, or free)`;
const nanoseconds = integer(0, 1_000_000_000).optional();
const node = z.union(
  [
    oneOf(PROFILE_NAMES),
    object(
      {
        name: shortName.optional().describe('For the records'),
        profile: oneOf(PROFILE_NAMES).optional().describe(`Where the keys that are left out come from (default: ${DEFAULTS.node})`),
        sign_ns: nanoseconds,
        verify_ns: nanoseconds,
        verify_batched_ns: nanoseconds,
        mac_ns: nanoseconds,
        hash_ns_per_byte: nanoseconds,
        sign_share_ns: nanoseconds.describe('A share of an aggregate signature, made'),
        decode_share_ns: nanoseconds.describe('A share that came decoded, and found to be in its group'),
        aggregate_ns: nanoseconds.describe("A share added to an aggregate signature, or a signer's key to the key that checks it"),
        verify_aggregate_ns: nanoseconds.describe('An aggregate signature checked'),
        persist_ns: nanoseconds.describe('A write that must survive a crash'),
        cores: integer(1, 1_000_000).optional().describe('Cores that its owner pays for; they queue under any load but the default one'),
      },
      nodeProfile,
    ).superRefine((input, context) => {
      // suite.yaml writes a profile out under its name; a name of one's own stands for values of one's own.
      const taken = PROFILE_NAMES.find((known) => known === input.name);
      if (taken === undefined) return;
      const given: Readonly<Record<string, unknown>> = input;
      const base = new Map<string, unknown>(Object.entries(NODE_PROFILES[input.profile ?? taken]));
      const key = Object.entries(NODE_PROFILES[taken]).find(
        ([name, value]) => name !== 'name' && (given[name] ?? base.get(name)) !== value,
      )?.[0];
      if (key === undefined) return;
      const message = `a name of your own, like custom: ${key} is not that of the profile ${taken}`;
      context.addIssue({ code: 'custom', path: ['name'], message, input: input.name });
    }),
  ],
  { error: nodeProfile },
);
export type NodeInput = z.output<typeof node>;

const nodes = oneOrMany(nodeRange).transform((list) => list.flat());
const crypto = oneOrMany(oneOf(['modelled', 'measured']));
const replicates = integer(1, MAX_REPLICATES);
const decisions = integer(1, 100_000_000);
const riskError = 'a probability above 0 and below 1, like 0.001';
const risk = z.number({ error: riskError }).gt(0, { error: riskError }).lt(1, { error: riskError });
const horizon = decimal(1e-6, 1e9, ' (seconds of virtual time)');
const transactionsObject = 'an object like { bytes: 250, per_decision: 500, signed: true }';
const transactionBytes = integer(1, 10_000_000);
const transactionCount = integer(1, 1_000_000);
const price = decimal(0, 1e6, ' (USD)');

const namesError = `${nodeNamesText}, like [alice, bob]`;
const nodeNames = z
  .array(z.string({ error: ({ input }) => quoted(input, namesError) }).regex(NODE_NAME, { error: namesError }), {
    error: namesError,
  })
  .min(1, { error: namesError })
  .refine((list) => new Set(list).size === list.length, { error: namesError });

/** Keys of a workload's entry that replace the suite's settings; every other key is a parameter of the workload. */
const settings = {
  nodes: nodes.optional().describe('Replaces sweep.nodes'),
  fault: faultAxes.optional().describe('Replaces sweep.fault'),
  replicates: replicates.optional(),
  decisions: decisions.optional(),
  risk: risk.optional(),
  crypto: crypto.optional(),
  network: oneOrMany(network).optional(),
  node: node.optional(),
  transactions: object(
    { bytes: transactionBytes.optional(), per_decision: transactionCount.optional(), signed: flag.optional() },
    transactionsObject,
  ).optional(),
  load: loads.optional(),
  placement: placementSchema.optional(),
  names: nodeNames.optional(),
  horizon_s: horizon.optional(),
};
export const SETTING_KEYS: ReadonlySet<string> = new Set(Object.keys(settings));

const parameterError = 'a number, a text, true or false, or a list of them (a sweep), like [1, 2]';
const weights = z
  .array(z.number({ error: parameterError }), { error: parameterError })
  .min(1, { error: parameterError })
  .transform((list) => list.join(','));
/** One value that is a list of objects, as the text that the parameter takes: `[{ from: leader, to: all }, { from: all, to: leader }]`. */
const records = z
  .array(
    z
      .record(z.string(), z.union([z.number(), z.string(), z.boolean()]), { error: parameterError })
      .refine((item) => !('file' in item) && !('values' in item)),
    { error: parameterError },
  )
  .min(1, { error: parameterError })
  .transform((list) =>
    list
      .map((item) =>
        Object.entries(item)
          .map(([key, value]) => `${key}:${value}`)
          .join(' '),
      )
      .join('; '),
  );
/** The same with names. */
const namedWeights = z
  .record(z.string(), z.number())
  .refine((values) => Object.keys(values).length > 0)
  .transform((values) => ({ text: Object.values(values).join(','), names: Object.keys(values) }));
/** One value that is a list of weights: `[[4, 2, 1]]`, `{ values: [4, 2, 1] }`, `{ values: { a: 4, b: 2 } }`, or `{ file: pools.csv }`, which is read later. */
const single = oneOrMany(
  z.union(
    [
      z.number({ error: parameterError }),
      z.string({ error: parameterError }),
      z.boolean({ error: parameterError }),
      weights,
      records,
      z.record(z.string(), z.unknown(), { error: parameterError }).transform(({ values, file, ...rest }, context) => {
        if (Object.keys(rest).length === 0) {
          const list = weights.safeParse(values);
          if (list.success && file === undefined) return list.data;
          const named = namedWeights.safeParse(values);
          if (named.success && file === undefined) return named.data;
          if (typeof file === 'string' && file !== '' && values === undefined) return { file };
        }
        context.addIssue({ code: 'custom', message: parameterError, input: { ...rest, values, file } });
        return z.NEVER;
      }),
    ],
    { error: parameterError },
  ),
);
const parameter = z.union([records.transform((text) => [text]), single], {
  error: ({ input }) => (Array.isArray(input) && input.length === 0 ? EMPTY_AXIS : parameterError),
});
const entryError = 'an object: {} for the defaults, else settings and parameters of the workload';
type EntrySettings = z.ZodObject<typeof settings>;
/** A parameter's values are not in these types: zod's own would put an index signature beside settings that do not fit it (TS2411). */
type Parameters = Readonly<Record<string, unknown>>;
const entry = z.object(settings, { error: entryError }).catchall(parameter) as unknown as z.ZodType<
  z.output<EntrySettings> & Parameters,
  z.input<EntrySettings> & Parameters
>;

const bound = (min: number, unit: string) => decimal(min, 1e12, unit);
const requirementsObject = 'an object with at least one requirement, like { throughput_tps: 1000, finality_ms: 2000, nodes: 15 }';
/** The question that the report answers. */
export const requirementsSchema = object(
  {
    throughput_tps: bound(1e-6, ' (transactions/s)').optional().describe('Commits at least so many transactions a second'),
    finality_ms: bound(1e-3, ' (ms)').optional().describe('95% of decisions or transactions are final within this time'),
    byzantine_nodes: integer(0, MAX_NODES - 1)
      .optional()
      .describe('Holds with so many nodes that do not keep to the rules'),
    crash_nodes: integer(0, MAX_NODES - 1)
      .optional()
      .describe('Holds with so many nodes down'),
    usd_per_1000_tx: bound(0, ' (USD)').optional().describe('Provisioned money of 1000 transactions, at the most'),
    kwh_per_tx: bound(0, ' (kWh)').optional().describe('Provisioned energy of a transaction, at the most'),
    nodes: integer(1, MAX_NODES).optional().describe('The number of nodes at which all else must hold'),
    settings: oneOrMany(oneOf(SETTING_KINDS)).optional().describe('Who may take part: made for each of these'),
  },
  requirementsObject,
)
  .refine((asked) => Object.values(asked).some((value) => value !== undefined), { error: requirementsObject })
  .superRefine((asked, context) => {
    for (const key of ['byzantine_nodes', 'crash_nodes'] as const) {
      const { [key]: faulty, nodes: all } = asked;
      if (faulty === undefined || all === undefined || faulty < all) continue;
      context.addIssue({ code: 'custom', path: [key], message: `fewer than requirements.nodes (${all})`, input: faulty });
    }
  });

export const suiteSchema = object(
  {
    name: nameText(64, 'like my-consortium (it names the results folder)').describe('Names the results folder'),
    seed: integer(0, Number.MAX_SAFE_INTEGER).default(DEFAULTS.seed).describe('Every draw of every cell follows from it'),
    replicates: replicates.default(DEFAULTS.replicates).describe('How often each cell is repeated with another seed'),
    decisions: decisions.default(DEFAULTS.decisions).describe('Decisions (blocks, batches) a cell runs for'),
    risk: risk.default(DEFAULTS.risk).describe('Chance of reversal at which latencies are compared'),
    crypto: crypto.prefault(DEFAULTS.crypto).describe('modelled: counted and priced; measured: also executed'),
    network: oneOrMany(network).prefault(DEFAULTS.network),
    node: node.prefault(DEFAULTS.node).describe('Processing times of a node'),
    transactions: object(
      {
        bytes: transactionBytes.default(DEFAULTS.transactions.bytes),
        per_decision: transactionCount.default(DEFAULTS.transactions.per_decision),
        signed: flag.default(DEFAULTS.transactions.signed).describe('Clients sign them; every node checks each signature once'),
      },
      transactionsObject,
    ).prefault({}),
    load: loads.prefault({ kind: 'closed' }).describe('How transactions come'),
    names: nodeNames.optional().describe('Names of the nodes, for transcripts'),
    placement: placementSchema.optional().describe('Where nodes are (default: round-robin, the regions in turn)'),
    horizon_s: horizon.optional().describe('Virtual seconds after which a cell is stalled (default: the workload decides)'),
    prices: object(
      {
        usd_per_kwh: price.optional(),
        usd_per_cpu_hour: price.optional(),
        usd_per_gb: price.optional(),
        idle_watts_per_core: decimal(0, 10_000, ' (W)').optional(),
        pue: decimal(1, 10).optional(),
        grid_kg_per_kwh: decimal(0, 100, ' (kg)').optional(),
        hardware_usd_per_ths: price.optional(),
        hardware_life_years: decimal(0.1, 100, ' (years)').optional(),
      },
      'an object like { usd_per_kwh: 0.25 }',
    )
      .optional()
      .describe('Replaces the built-in prices'),
    requirements: requirementsSchema.optional().describe('What is asked of a mechanism; the report answers it'),
    sweep: object(
      { nodes: nodes.describe('Numbers of nodes'), fault: faultAxes.prefault({ kind: DEFAULTS.fault.kind, ratio: DEFAULTS.fault.ratio }) },
      'an object with nodes, like { nodes: [4, 7, 10] }',
    ),
    workloads: z
      .record(
        z.string(),
        z
          .union([z.array(entry).min(1, { error: 'at least one entry' }), entry])
          .transform((input) => (Array.isArray(input) ? input : [input])),
        { error: 'an object of workloads, like { pow: {}, pbft: {} }' },
      )
      .refine((value) => Object.keys(value).length > 0, { error: 'at least one workload' }),
  },
  'a suite: an object with name, sweep and workloads',
);
export type SuiteInput = z.output<typeof suiteSchema>;
export type EntryInput = z.output<typeof entry>;

/** suites/suite.schema.json: what editors complete and check. Workloads' parameters are not in it (`list ID` prints them). */
export function suiteJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(suiteSchema, { io: 'input' });
  return { ...schema, title: 'consensus-bench suite' };
}
