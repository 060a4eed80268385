// A cell's fault, as plain data.

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
  'schedule',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
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

/** The entries of a fault: itself, or those of its schedule. */
export function entriesOf(fault: FaultSpec): readonly SingleFault[] {
  return fault.schedule ?? [fault as SingleFault];
}
