// What comes of the stages of a run's blocks, as far as it is counted.
import { addAmounts } from '../../model/operations.ts';
import type { StageCounts, Stages } from './spec.ts';

export class StageTotals {
  messages = 0;
  bytes = 0;
  /** Blocks whose stages come to an end. */
  complete = 0;
  readonly counts: Record<string, number> = {};
  private readonly receiverCounts = new Map<number, StageCounts>();

  /** What else is counted with them. */
  add(counts: StageCounts): void {
    addAmounts(this.counts, counts);
  }

  /** A block was found, in time to be counted or not. */
  found(block: number, stages: Stages, isComplete: boolean, isCounted: boolean): void {
    if (isComplete && stages.receiverCounts !== undefined) this.receiverCounts.set(block, stages.receiverCounts);
    if (!isCounted) return;
    this.messages += stages.messages;
    this.bytes += stages.bytes;
    if (isComplete) this.complete += 1;
    addAmounts(this.counts, stages.counts ?? {});
  }

  /** So many others receive it, and that is counted. */
  received(block: number, receivers: number): void {
    const each = this.receiverCounts.get(block);
    if (each === undefined) return;
    for (const [name, amount] of Object.entries(each)) addAmounts(this.counts, { [name]: receivers * amount });
  }
}
