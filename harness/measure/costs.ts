// The cost table: seconds an operation, measured on this machine at the start of a run or given with --costs.
import { z } from 'zod';
import type { Backend, FormChoice } from '../model/kernels.ts';
import { OPERATIONS, type OperationKind, type OptionalPriceName, type PriceName } from '../model/operations.ts';
import type { Prices } from '../model/prices.ts';
import { parseSource, parseWith, problemsError } from '../suite/source.ts';

/** One row of kernels.csv. Rates are per second of `unit`; empty ratios are null. */
export interface KernelMeasurement {
  readonly kernel: string;
  readonly backend: string;
  readonly threads: number;
  readonly unit: string;
  readonly rate_median: number;
  readonly rate_ci95_low: number;
  readonly rate_ci95_high: number;
  readonly rate_mad: number;
  readonly p99_ms: number;
  readonly samples: number;
  readonly ratio_to_node_crypto: number | null;
  readonly ratio_to_best_peer: number | null;
  /** What makes this row doubtful; null: nothing was seen. */
  readonly warning: string | null;
}

/** What makes measured figures doubtful. */
export interface CostWarning {
  /** `<kernel>/<backend>`, or `<kernel>/<backend>/threads-<n>`; null: all figures of the measurement. */
  readonly figure: string | null;
  readonly text: string;
}

/** A warning as a line. */
export function warningText({ figure, text: said }: CostWarning): string {
  return figure === null ? said : `${figure}: ${said}`;
}

/** Batch sizes at which batch verification is measured; a batch is priced piecewise-linearly through them. */
export const BATCH_SIZES = [2, 4, 8, 16, 32, 64, 256, 1024] as const;

/**
 * Raised when a price is added that every table must have, or means something else. One that its entry calls optional is no new
 * version: a table without it prices all cells that count no such work, and a run with cells that do is refused (run/costs.ts); MissingPrice is its net.
 */
export const COST_TABLE_VERSION = 2;

/** The seconds of operations that their ledger names (harness/model/operations.ts). */
export const TABLE_PRICES = OPERATIONS.flatMap(({ prices }: OperationKind) =>
  prices.map(({ optional = false, ...price }) => ({ ...price, optional })),
);
/** Those of aggregate signatures: all are measured together, where a plan has a cell that makes or checks some, or none is. */
export const AGGREGATE_PRICES: readonly PriceName[] = OPERATIONS.filter(({ jobs }: OperationKind) =>
  Object.values(jobs).some(({ bls = false }) => bls),
).flatMap(({ prices }) => prices.map(({ name }) => name));
export type PricedSeconds = { readonly [Name in Exclude<PriceName, OptionalPriceName>]: number } & {
  readonly [Name in OptionalPriceName]?: number;
};

/** Seconds a unit. */
export type Seconds = PricedSeconds & {
  readonly ed25519_key: number;
  /** A whole batch of `size` signatures, ascending in size. */
  readonly ed25519_batch: readonly { readonly size: number; readonly seconds: number }[];
};

export interface CostTable {
  readonly version: typeof COST_TABLE_VERSION;
  readonly backend: Backend;
  readonly machine: string;
  readonly node: string;
  /** Of a busy core, its share of what an idle machine draws included. */
  readonly watts_per_core: number;
  /** Where the watts come from: RAPL, the documented default, or --watts-per-core. */
  readonly watts_source: string;
  readonly seconds: Seconds;
  readonly kernels: readonly KernelMeasurement[];
  /** What makes the measurement doubtful: of all of it first, then of single kernels. */
  readonly warnings?: readonly CostWarning[];
  /** Of kernels that have several forms with equal results: which was measured, and what the others reached. */
  readonly forms?: readonly FormChoice[];
  /** What records are priced with beside the seconds; absent: DEFAULT_PRICES of record/price.ts. A suite's `prices` end up here. */
  readonly prices?: Prices;
}

const BATCHES = 'a list of { size, seconds } with ascending sizes';

// The same as a schema: each leaf carries the text of what it accepts, as the suite's does.
const keysOf = (shape: object): string => Object.keys(shape).join(', ');
const strict = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keysOf(shape) : `an object with ${keysOf(shape)}`),
  });
const positive = z.number('a number above 0').positive('a number above 0');
const atLeastZero = z.number('a number of at least 0').nonnegative('a number of at least 0');
const count = z.int('an integer of at least 1').positive('an integer of at least 1');
const text = z.string('a text').min(1, 'a text');
const nullable = (schema: typeof positive) => z.union([schema, z.null()], 'a number above 0, or null');
const price = (value: typeof positive) => strict({ value, source: text, year: z.union([count, z.null()], 'a year, or null') });

const kernelSchema = strict({
  kernel: text,
  backend: text,
  threads: count,
  unit: text,
  rate_median: positive,
  rate_ci95_low: positive,
  rate_ci95_high: positive,
  rate_mad: atLeastZero,
  p99_ms: positive,
  samples: count,
  ratio_to_node_crypto: nullable(positive),
  ratio_to_best_peer: nullable(positive),
  // Version 0.1.0 wrote none.
  warning: z.union([text, z.null()], 'a text, or null').default(null),
});

const pricesOfOperations = Object.fromEntries(
  TABLE_PRICES.map(({ name, optional }) => [name, optional ? positive.exactOptional() : positive]),
) as Record<Exclude<PriceName, OptionalPriceName>, typeof positive> & Record<OptionalPriceName, z.ZodExactOptional<typeof positive>>;

const costTableSchema = strict({
  version: z.literal(COST_TABLE_VERSION, String(COST_TABLE_VERSION)),
  backend: z.enum(['wasm-simd', 'wasm', 'reference'], 'wasm-simd, wasm or reference'),
  machine: text,
  node: text,
  watts_per_core: positive,
  watts_source: text,
  seconds: strict({
    ...pricesOfOperations,
    ed25519_key: positive,
    ed25519_batch: z
      .array(strict({ size: z.int('an integer of at least 2').min(2, 'an integer of at least 2'), seconds: positive }), BATCHES)
      .min(1, BATCHES)
      .refine((batch) => batch.every(({ size }, i) => i === 0 || size > batch[i - 1].size), BATCHES),
  }),
  kernels: z.array(kernelSchema, 'a list of kernel measurements'),
  warnings: z.array(strict({ figure: z.union([text, z.null()], 'a text, or null'), text }), 'a list of { figure, text }').optional(),
  forms: z
    .array(strict({ kernel: text, form: text, rates: z.record(z.string(), positive, 'rates by form') }), 'a list of chosen forms')
    .optional(),
  prices: strict({
    usd_per_kwh: price(atLeastZero),
    usd_per_cpu_hour: price(atLeastZero),
    usd_per_gb: price(atLeastZero),
    idle_watts_per_core: price(atLeastZero),
    pue: price(z.number('a number of at least 1').min(1, 'a number of at least 1')),
    grid_kg_per_kwh: price(atLeastZero),
    hardware_usd_per_ths: price(atLeastZero),
    hardware_life_years: price(positive),
  }).optional(),
});

/** Reads the text of a cost table (costs.json, --costs). UserError: file, line, key, value received, what is accepted. */
export function parseCostTable(json: string, file: string): CostTable {
  const source = parseSource('cost table', file, json);
  const version = (source.data as { version?: unknown } | null)?.version;
  // Of an old table only its age is said, not every price that it lacks.
  if (typeof version === 'number' && version !== COST_TABLE_VERSION)
    throw problemsError(source, [
      {
        path: ['version'],
        received: version,
        message: `${COST_TABLE_VERSION}; a cost table of another version lacks prices of work that is counted now: make a new one with \`npx consensus-bench kernels --cost-table FILE\``,
        kind: 'value',
      },
    ]);
  const { prices, forms, warnings, ...rest } = parseWith(costTableSchema, source);
  return {
    ...rest,
    ...(warnings === undefined ? {} : { warnings }),
    ...(forms === undefined ? {} : { forms }),
    ...(prices === undefined ? {} : { prices }),
  };
}
