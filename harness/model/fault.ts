// A cell's fault, as plain data.
import { ratioText } from './ratio.ts';

export const FAULT_KINDS = [
  'crash',
  'silent-leader',
  'equivocate',
  'wrong-vote',
  'bad-signature',
  'replay',
  'delay',
  'loss',
  'partition',
  'eclipse',
  'power-loss',
  'double-spend',
  'selfish',
  'pool-hopping',
  'block-withholding',
  'schedule',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
/** Those whose nodes do not keep to the rules: they say what is wrong, or keep back what they found. Who is down or slow, or goes where more is paid, keeps to them. */
export const BYZANTINE_KINDS: readonly FaultKind[] = [
  'equivocate',
  'wrong-vote',
  'bad-signature',
  'replay',
  'double-spend',
  'selfish',
  'block-withholding',
];
/** The kinds that one fault can have: a schedule holds several. */
export type SingleFaultKind = Exclude<FaultKind, 'schedule'>;

/** One fault with its window. Who is faulty: exactly one of ratio, count and nodes; a partition may name its groups instead. */
export interface SingleFault {
  readonly kind: SingleFaultKind;
  readonly ratio?: number;
  readonly count?: number;
  /** These nodes, by number. */
  readonly nodes?: readonly number[];
  readonly placement: 'worst' | 'random';
  readonly from_s?: number;
  readonly until_s?: number;
  /** Only for kind delay: how much later what the faulty nodes send leaves. */
  readonly delay_ms?: number;
  /** Only for kind loss: the chance that a try of a message is lost on these links, beside the network's own. */
  readonly loss?: number;
  /** Only for kinds delay and loss: the receivers of those links; absent: all. */
  readonly toward?: readonly number[];
  /** Only for kind partition: two or more groups of nodes; those that are in none are a group of their own. */
  readonly groups?: readonly (readonly number[])[];
  /** Only for kind partition: what crosses the cut waits until it heals (hold, the default), or is lost. */
  readonly crossing?: 'hold' | 'lose';
}

/** The fault of a cell; `f` and `f+1` are resolved to numbers by the plan. */
export interface FaultSpec extends Omit<SingleFault, 'kind'> {
  readonly kind: FaultKind;
  /** Only and always for kind schedule, which has nothing else: from one to eight. */
  readonly schedule?: readonly SingleFault[];
}

/** Faults of a schedule. */
export const MOST_SCHEDULED = 8;

/** The entries of a fault: itself, or those of its schedule. */
export function entriesOf(fault: FaultSpec): readonly SingleFault[] {
  return fault.schedule ?? [fault as SingleFault];
}

const text = (value: number): string => String(value);
const list = (nodes: readonly number[]): string => nodes.join(',');
/** What a fault says beside its kind, in the order of the text; defaults are not said. */
const SAID: readonly (readonly [string, (fault: SingleFault) => string | undefined])[] = [
  ['ratio', ({ ratio }) => (ratio === undefined ? undefined : ratioText(ratio))],
  ['count', ({ count }) => (count === undefined ? undefined : text(count))],
  ['nodes', ({ nodes }) => nodes && list(nodes)],
  ['groups', ({ groups }) => groups?.map(list).join('|')],
  ['placement', ({ placement }) => (placement === 'worst' ? undefined : placement)],
  ['delay_ms', ({ delay_ms }) => (delay_ms === undefined ? undefined : text(delay_ms))],
  ['loss', ({ loss }) => (loss === undefined ? undefined : text(loss))],
  ['toward', ({ toward }) => toward && list(toward)],
  ['crossing', ({ crossing }) => (crossing === 'lose' ? crossing : undefined)],
  ['from_s', ({ from_s = 0 }) => (from_s === 0 ? undefined : text(from_s))],
  ['until_s', ({ until_s }) => (until_s === undefined ? undefined : text(until_s))],
];

/** `crash count=1 from_s=1 until_s=5`: the same for faults that are the same. */
export function faultText(fault: SingleFault): string {
  const parts = SAID.flatMap(([key, of]) => {
    const value = of(fault);
    return value === undefined ? [] : [`${key}=${value}`];
  });
  return [fault.kind, ...parts].join(' ');
}

/** The `fault_schedule` column: the faults in their order, with `; ` between; '' for a fault that is no schedule. */
export function scheduleText({ schedule = [] }: FaultSpec): string {
  return schedule.map(faultText).join('; ');
}
