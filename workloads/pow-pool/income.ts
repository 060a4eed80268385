// Incomes by period: their mean and variance. Periods are of equal length from time 0 on; one that the run does not end is left out.

export class Incomes {
  readonly periods: number;
  private readonly period_us: number;
  private readonly members: readonly number[];
  /** By participant: in the period that runs, and over those that are over the sum and the sum of squares. */
  private readonly now: Float64Array;
  private readonly sum: Float64Array;
  private readonly squares: Float64Array;
  private period = 0;

  /** Of these participants, whose numbers are below `participants`. */
  constructor(
    members: readonly number[],
    { participants, period_us, end_us }: { participants: number; period_us: number; end_us: number },
  ) {
    this.members = members;
    this.period_us = period_us;
    this.periods = Math.floor(end_us / period_us);
    this.now = new Float64Array(participants);
    this.sum = new Float64Array(participants);
    this.squares = new Float64Array(participants);
  }

  /** Times do not go back. */
  add(member: number, amount: number, at_us: number): void {
    const period = Math.floor(at_us / this.period_us);
    if (period > this.period) this.close();
    this.period = period;
    if (period < this.periods) this.now[member] += amount;
  }

  private close(): void {
    for (const member of this.members) {
      this.sum[member] += this.now[member];
      this.squares[member] += this.now[member] * this.now[member];
    }
    this.now.fill(0);
  }

  /** Means over the members of each one's mean and variance over periods. Null: too few periods for that. */
  result(): { readonly mean: number | null; readonly variance: number | null } {
    const { members, periods, sum, squares } = this;
    this.close();
    if (members.length === 0 || periods === 0) return { mean: null, variance: null };
    let mean = 0;
    let variance = 0;
    for (const member of members) {
      mean += sum[member] / periods;
      variance += (squares[member] - (sum[member] * sum[member]) / periods) / (periods - 1);
    }
    return { mean: mean / members.length, variance: periods === 1 ? null : Math.max(0, variance / members.length) };
  }
}
