// A pool in the fast engine: who mines on which job, and which shares are on their way to the operator. Its twin: messages-pool.ts.
// The rules: docs/chains.md.
import { Arrivals, GENESIS } from './blocks.ts';
import { CLIENT } from './client.ts';
import { minesInPool, othersOf, withholds } from './pool-rules.ts';
import { CHAIN_TYPE } from './rules.ts';
import { ShareLog } from './share-log.ts';
import type { Spread } from './spread.ts';
import type { StageTotals } from './stage-totals.ts';
import type { ChainSpec, JobInfo, Pool, PoolRun, ShareInfo } from './spec.ts';

/** A job on its way to the members. */
export interface Job {
  readonly number: number;
  readonly tip: number;
  /** By participant: when it has it; Infinity: never. */
  readonly arrivals_us: Float64Array;
  /** When the last one does. */
  readonly all_us: number;
}

type Sent = Omit<ShareInfo, 'stale'>;

interface PoolParts {
  readonly spread: Spread;
  readonly stages: StageTotals;
  readonly counts: (at_us: number) => boolean;
  /** Undefined: nobody reads the transcript. */
  readonly note: ((at_us: number, node: number, text: string) => void) | undefined;
}

export class PoolDesk {
  messages = 0;
  bytes = 0;
  /** Shares credited since the pool's last block. */
  private round = 0;
  private withheld = 0;
  private readonly pool: Pool;
  private readonly span: ChainSpec['faultSpan'];
  private readonly parts: PoolParts;
  private readonly log = new ShareLog();
  private readonly sent: JobInfo[] = [];
  /** Who gets jobs: all members but the operator. */
  private readonly others: readonly number[];
  /** Jobs from the oldest that somebody may still mine on to the newest. */
  private open: Job[];
  private readonly arrivals = new Arrivals();
  private readonly underWay = new Map<number, Sent>();
  /** Blocks that members found and the operator has not published (yet): their parents by number. */
  private readonly unpublished = new Map<number, number>();

  constructor(spec: ChainSpec, pool: Pool, parts: PoolParts) {
    this.pool = pool;
    this.span = spec.faultSpan;
    this.parts = parts;
    this.others = othersOf(pool);
    this.open = [{ number: 0, tip: GENESIS, arrivals_us: new Float64Array(spec.participants), all_us: 0 }];
  }

  /** The job that a participant mines on now; null: it mines for itself. */
  jobOf(node: number, at_us: number): Job | null {
    return minesInPool(this.pool, this.span, { node, at_us, round: this.round }) ? this.lastJob(node, at_us) : null;
  }

  /** The last job that a participant has. */
  private lastJob(node: number, at_us: number): Job {
    const { open } = this;
    let at = open.length - 1;
    while (at > 0 && node !== CLIENT && open[at].arrivals_us[node] > at_us) at -= 1;
    return open[at];
  }

  /** Does a participant keep a share that is a block? If so, it has kept one more. */
  keeps(node: number, at_us: number): boolean {
    if (!withholds(this.pool, this.span, { node, at_us })) return false;
    this.withheld += 1;
    this.parts.note?.(at_us, node, 'keeps a block to itself');
    return true;
  }

  /** The operator has this tip now: a job goes out where that is another. */
  renew(tip: number, at_us: number): void {
    const last = this.open[this.open.length - 1];
    if (tip === last.tip) return;
    const { spread, counts, stages, note } = this.parts;
    const number = last.number + 1;
    const counted = counts(at_us);
    const arrivals_us = new Float64Array(last.arrivals_us.length);
    let all_us = at_us;
    for (const to of this.others) {
      const { jobBytes: bytes } = this.pool;
      const job = spread.over({
        type: CHAIN_TYPE.job,
        sequence: number,
        from: CLIENT,
        to,
        bytes,
        connections: this.others.length,
        at_us,
      });
      arrivals_us[to] = job.at_us;
      all_us = Math.max(all_us, job.at_us);
      if (counted) this.count(job.sends, bytes);
      if (job.at_us < Infinity) note?.(job.at_us, to, `has job ${number}, on block ${tip}`);
    }
    if (counted) stages.add(this.pool.jobCounts);
    this.sent.push({ number, tip, at_us, counted });
    const oldest = this.open.findLastIndex((job) => job.all_us <= at_us);
    this.open = [...this.open.slice(Math.max(0, oldest)), { number, tip, arrivals_us, all_us }];
  }

  /** A member found a share; where it is a block that has a number by now. */
  submit(job: Job, { number, member, block, at_us }: { number: number; member: number; block: number; at_us: number }): void {
    const counted = this.parts.counts(at_us);
    const share = { number, member, job: job.number, tip: job.tip, block, found_us: at_us, arrived_us: at_us, counted };
    this.parts.note?.(at_us, member, `finds share ${number} on job ${job.number}${block === 0 ? '' : `: block ${block}`}`);
    if (member === CLIENT) {
      this.credit(share, at_us, job.tip);
      return;
    }
    const { shareBytes: bytes } = this.pool;
    const message = { type: CHAIN_TYPE.share, sequence: number, from: member, to: CLIENT, bytes, connections: 1, at_us };
    const { sends, at_us: arrived_us } = this.parts.spread.over(message);
    if (counted) this.count(sends, bytes);
    if (block !== 0) this.unpublished.set(block, job.tip);
    if (arrived_us === Infinity) return;
    this.underWay.set(number, { ...share, arrived_us });
    this.arrivals.add(number, arrived_us);
  }

  /** When the next share comes. */
  get next_us(): number {
    return this.arrivals.next_us;
  }

  /** It comes, to an operator with this tip; returns the block that it is, for the operator to publish, or 0. */
  take(tip: number): number {
    const share = this.underWay.get(this.arrivals.take())!;
    this.underWay.delete(share.number);
    this.unpublished.delete(share.block);
    this.credit(share, share.arrived_us, tip);
    if (share.counted) {
      const { answerBytes: bytes } = this.pool;
      const message = { type: CHAIN_TYPE.answer, sequence: share.number, from: CLIENT, to: share.member, bytes };
      this.count(this.parts.spread.over({ ...message, connections: this.others.length, at_us: share.arrived_us }).sends, bytes);
    }
    return share.block;
  }

  private credit(share: Sent, at_us: number, tip: number): void {
    const stale = share.block === 0 && share.tip !== tip;
    if (share.block !== 0) this.round = 0;
    else if (!stale) this.round += 1;
    this.log.add({ ...share, stale });
    if (share.counted) this.parts.stages.add(this.pool.shareCounts);
    this.parts.note?.(at_us, CLIENT, `${stale ? 'rejects as stale' : 'credits'} share ${share.number}`);
  }

  private count(sends: number, bytes: number): void {
    this.messages += sends;
    this.bytes += sends * bytes;
  }

  /** Is a block needed that may be nobody's tip any more: for what may be found on it, or was and is not published? */
  needs(block: number): boolean {
    if (this.open.some(({ tip }) => tip === block)) return true;
    for (const parent of this.unpublished.values()) if (parent === block) return true;
    return false;
  }

  /** Blocks that members may mine on until the next block is found. */
  tips(at_us: number): number[] {
    const oldest = this.others.reduce((least, node) => Math.min(least, this.lastJob(node, at_us).number), Infinity);
    return this.open.filter(({ number }) => number >= oldest).map(({ tip }) => tip);
  }
  /** Blocks that members found and that may be published. */
  get found(): Iterable<number> {
    return this.unpublished.keys();
  }

  get run(): PoolRun {
    return { shares: this.log, jobs: this.sent, withheld: this.withheld };
  }
}
