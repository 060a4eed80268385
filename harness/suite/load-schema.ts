// `load` of a suite: what it takes, and the loads that a list of values stands for (docs/suites.md).
import { z } from 'zod';
import { LOAD_RULES, type LoadSpec } from '../model/load.ts';
import { omit } from './omit.ts';
import { decimal, flag, integer, object, oneOf, oneOrMany } from './leaves.ts';

const LOAD_KINDS = ['closed', 'open', 'saturate'] as const;
export const loadObject = `a load object with kind: one of ${LOAD_KINDS.join(', ')}, like { kind: open, rate_tps: 1000 }`;

/** A number, or the word auto. */
const orAuto = (number: z.ZodNumber, error: string) =>
  z.union([z.literal('auto', { error }), number], { error }).describe('auto: derived from the unloaded cell');
const window_s = () => orAuto(decimal(1e-6, 1e9), 'auto, or a number from 0.000001 to 1000000000 (seconds of virtual time)');

const rules = {
  queues: flag.optional().describe('CPU, links and disks queue; any load but closed with one batch in flight implies it'),
  batch_bytes: integer(1, 1_000_000_000).default(LOAD_RULES.batch_bytes).describe('A batch is cut at so many bytes'),
  batch_timeout_ms: decimal(0, 1e6, ' (ms)')
    .default(LOAD_RULES.batch_timeout_ms)
    .describe('Or when its oldest transaction has waited so long'),
  mempool_tx: integer(1, 1_000_000_000).default(LOAD_RULES.mempool_tx).describe('Transactions that a mempool holds; more are rejected'),
  warmup_s: window_s().default(LOAD_RULES.warmup_s),
  window_s: window_s().default(LOAD_RULES.window_s),
};
type Rules = z.output<z.ZodObject<typeof rules>>;
const UNUSED = ['batch_bytes', 'batch_timeout_ms', 'mempool_tx', 'warmup_s', 'window_s'] as const;

/** Rules across the keys of a load: of one that queues `queues: false` is no rule, and one that does not has none of the others. */
function checkRules(given: Rules & { readonly in_flight?: readonly number[] }, context: z.core.$RefinementCtx): void {
  const fail = (key: keyof Rules, message: string): void => {
    context.addIssue({ code: 'custom', path: [key], message, input: given[key] });
  };
  const { queues } = given;
  // What is out of range stands there as it was written, and is said already.
  const in_flight = [given.in_flight ?? []].flat();
  if (queues === false && (in_flight.length === 0 || !in_flight.every((batches) => batches === 1)))
    fail('queues', 'true, or no queues: it is implied by any load but closed with one batch in flight');
  if (queues === true || in_flight.length === 0 || in_flight.every((batches) => batches > 1)) return;
  for (const key of UNUSED)
    if (given[key] !== LOAD_RULES[key])
      fail(key, `${LOAD_RULES[key]} (the default) where nothing queues; else queues: true, or another load`);
}

const arrivals = oneOf(['poisson', 'constant']).default('poisson').describe('How transactions arrive');

const load = z.discriminatedUnion(
  'kind',
  [
    object(
      {
        kind: z.literal('closed'),
        in_flight: oneOrMany(integer(1, 1_000_000)).prefault(1).describe('Batches under way at a time; a list is swept'),
        ...rules,
      },
      loadObject,
    ).superRefine(checkRules),
    object(
      {
        kind: z.literal('open'),
        rate_tps: oneOrMany(decimal(1e-6, 1e9, ' (transactions a second)')).describe('Transactions a second that arrive; a list is swept'),
        arrivals,
        ...rules,
      },
      loadObject,
    ).superRefine(checkRules),
    object(
      {
        kind: z.literal('saturate'),
        p99_ms: oneOrMany(orAuto(decimal(0.001, 1e9), 'auto, or a number from 0.001 to 1000000000 (ms)'))
          .prefault('auto')
          .describe('The largest rate at which the 99th percentile of the latency stays within this; a list is swept'),
        arrivals,
        ...rules,
      },
      loadObject,
    ).superRefine(checkRules),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? `one of ${LOAD_KINDS.join(', ')}` : loadObject) },
);
type Load = z.output<typeof load>;

/** A load, or a list of loads that are swept. */
export const loads = oneOrMany(load);

/** Each load that the list stands for, in order; the values of a list inside one vary first. */
export function loadSpecs(list: readonly Load[]): LoadSpec[] {
  return list.flatMap((each): LoadSpec[] => {
    const { batch_bytes, batch_timeout_ms, mempool_tx, warmup_s, window_s, queues = false } = each;
    // `queues` is said only where it is not implied.
    const cut = { queues: false, batch_bytes, batch_timeout_ms, mempool_tx, warmup_s, window_s };
    switch (each.kind) {
      case 'closed':
        return each.in_flight.map((in_flight) => ({ kind: 'closed', in_flight, ...cut, queues: queues && in_flight === 1 }));
      case 'open':
        return each.rate_tps.map((rate_tps) => ({ kind: 'open', rate_tps, arrivals: each.arrivals, ...cut }));
      case 'saturate':
        return each.p99_ms.map((p99_ms) => ({ kind: 'saturate', p99_ms, arrivals: each.arrivals, ...cut }));
    }
  });
}

/** A load as a suite says it. */
export function loadData(load: LoadSpec): object {
  return load.queues ? load : omit(load, ['queues']);
}
