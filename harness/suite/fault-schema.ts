// `fault` of a suite: one fault with its sweep, or a schedule of several, which is one condition (docs/suites.md).
import { z } from 'zod';
import { DEFAULTS, MAX_NODES } from '../model/cell.ts';
import { FAULT_KINDS, MOST_SCHEDULED, type SingleFaultKind } from '../model/fault.ts';
import { isExact, parseRatio } from '../model/ratio.ts';
import { decimal, integer, object, oneOf, oneOrMany, seconds } from './leaves.ts';

/** Shares are exact (floor(ratio * n) is taken in integer arithmetic): decimals of at most 6 places, percentages or fractions, below 1. */
const ratioError = 'a share from 0 to below 1 with at most 6 decimal places, like 0.25, 33% or 1/3';
const ratio = z
  .union([z.number({ error: ratioError }), z.string({ error: ratioError })], { error: ratioError })
  .transform((input, context) => {
    const value = typeof input === 'string' ? parseRatio(input) : input;
    if (value !== null && value < 1 && isExact(value)) return value;
    context.addIssue({ code: 'custom', message: ratioError, input });
    return z.NEVER;
  });
const count = z.union([integer(0, MAX_NODES), oneOf(['f', 'f+1'])], { error: `an integer from 0 to ${MAX_NODES}, f, or f+1` });
const numbers = 'a list of different numbers of nodes, counted from 0, like [0, 2]';
const nodeNumbers = z
  .array(integer(0, MAX_NODES - 1), { error: numbers })
  .min(1, { error: numbers })
  .refine((list) => new Set(list).size === list.length, { error: numbers });
const groupsError = 'two or more groups of different nodes, like [[0, 1], [2, 3]]';
const groups = z
  .array(nodeNumbers, { error: groupsError })
  .min(2, { error: groupsError })
  .refine((list) => new Set(list.flat()).size === list.flat().length, { error: groupsError });

const SINGLE_KINDS = FAULT_KINDS.filter((kind): kind is SingleFaultKind => kind !== 'schedule') as [SingleFaultKind, ...SingleFaultKind[]];
const kind = oneOf(SINGLE_KINDS).describe('What faulty nodes do');
const rest = {
  nodes: nodeNumbers.optional().describe('Instead of ratio and count: these nodes'),
  placement: oneOf(['worst', 'random']).default(DEFAULTS.fault.placement).describe('Which nodes are faulty'),
  from_s: seconds.optional().describe('Virtual time at which the fault begins (default 0)'),
  until_s: seconds.optional().describe('Virtual time at which it ends (default: never)'),
  delay_ms: decimal(0, 1e6, ' (ms)').optional().describe('Only for kind delay: how much later a faulty node sends'),
  loss: decimal(0, 0.99).optional().describe('Only for kind loss: the chance that a try of a message is lost'),
  toward: nodeNumbers.optional().describe('Only for kinds delay and loss: the receivers (default: all)'),
  groups: groups.optional().describe('Only for kind partition, instead of ratio, count and nodes'),
  crossing: oneOf(['hold', 'lose']).optional().describe('Only for kind partition: what crosses waits until it ends (hold), or is lost'),
};

interface Written extends z.output<z.ZodObject<typeof rest>> {
  readonly kind: string;
  readonly ratio?: unknown;
  readonly count?: unknown;
}

/** Rules across the keys of one fault. */
function checkFault(fault: Written, context: z.core.$RefinementCtx): void {
  const fail = (key: keyof Written | '', message: string): void => {
    context.addIssue({ code: 'custom', path: key === '' ? [] : [key], message, input: key === '' ? fault : fault[key] });
  };
  const said = (['ratio', 'count', 'nodes', 'groups'] as const).filter((key) => fault[key] !== undefined);
  if (said.length !== 1) fail('', 'exactly one of ratio, count, nodes and (of a partition) groups');
  for (const key of ['delay', 'loss'] as const) {
    const value = key === 'delay' ? 'delay_ms' : 'loss';
    if (fault.kind === key && fault[value] === undefined) fail('', `kind ${key} with ${value}`);
    if (fault.kind !== key && fault[value] !== undefined) fail(value, `${value} only with kind ${key}`);
  }
  if (fault.toward !== undefined && fault.kind !== 'delay' && fault.kind !== 'loss')
    fail('toward', 'toward only with the kinds delay and loss');
  for (const key of ['groups', 'crossing'] as const)
    if (fault[key] !== undefined && fault.kind !== 'partition') fail(key, `${key} only with kind partition`);
  if (fault.until_s !== undefined && fault.until_s <= (fault.from_s ?? 0)) fail('until_s', 'an end after from_s');
}

const scheduled = object(
  { kind, ratio: ratio.optional(), count: count.optional(), ...rest },
  'an object like { kind: crash, count: f, from_s: 1, until_s: 5 }',
).superRefine(checkFault);
const scheduleError = `a list of 1 to ${MOST_SCHEDULED} faults, like [{ kind: crash, count: f, from_s: 1, until_s: 5 }]`;

const axis = object(
  {
    kind: oneOf(FAULT_KINDS).optional().describe('What faulty nodes do; of a schedule it may be left out'),
    ratio: oneOrMany(ratio).optional().describe('Share of the nodes, power or stake that is faulty; a list is swept'),
    count: oneOrMany(count).optional().describe('Number of faulty nodes; f and f+1 are the claimed bound at that number of nodes'),
    ...rest,
    schedule: z
      .array(scheduled, { error: scheduleError })
      .min(1, { error: scheduleError })
      .max(MOST_SCHEDULED, { error: scheduleError })
      .optional()
      .describe('Several faults with their windows, as one condition; instead of the other keys'),
  },
  'an object like { kind: crash, ratio: [0, 0.1] }',
).superRefine((fault, context) => {
  const fail = (key: keyof typeof fault, message: string): void => {
    context.addIssue({ code: 'custom', path: [key], message, input: fault[key] });
  };
  if (fault.schedule === undefined) {
    if (fault.kind === undefined) fail('kind', `one of ${SINGLE_KINDS.join(', ')}`);
    else if (fault.kind === 'schedule') fail('kind', 'schedule with schedule, a list of faults');
    else checkFault({ ...fault, kind: fault.kind }, context);
    return;
  }
  if (fault.kind !== undefined && fault.kind !== 'schedule')
    fail('kind', 'schedule, or no kind, beside schedule, whose faults have kinds of their own');
  for (const key of ['ratio', 'count', ...Object.keys(rest)] as (keyof typeof fault)[])
    if (fault[key] !== undefined && !(key === 'placement' && fault[key] === 'worst'))
      fail(key, `no ${key} beside schedule, whose faults have their own`);
});

/** A fault or a schedule, or a list of them that is swept. Always a list afterwards. */
export const faultAxes = z
  .union([z.array(axis).min(1, { error: 'at least one fault: an empty axis has no cells' }), axis])
  .transform((input) => (Array.isArray(input) ? input : [input]));
