// A cell's fault, as plain data.

export const FAULT_KINDS = [
  'crash',
  'silent-leader',
  'equivocate',
  'wrong-vote',
  'bad-signature',
  'replay',
  'delay',
  'partition',
  'double-spend',
  'selfish',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** The fault of a cell. Exactly one of ratio and count; `f` and `f+1` are resolved to numbers by the plan. */
export interface FaultSpec {
  readonly kind: FaultKind;
  readonly ratio?: number;
  readonly count?: number;
  readonly placement: 'worst' | 'random';
  readonly from_s?: number;
  readonly until_s?: number;
  /** Only for kind delay: how much later everything a faulty node sends leaves. */
  readonly delay_ms?: number;
}
