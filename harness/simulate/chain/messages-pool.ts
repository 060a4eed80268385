// A pool message by message: jobs from the operator, shares to it, and its answers. The twin of pool.ts; the rules: docs/chains.md.
import type { Block, Participant } from './messages-lotteries.ts';
import { minesInPool, othersOf, withholds } from './pool-rules.ts';
import { CHAIN_TYPE } from './rules.ts';
import { ShareLog } from './share-log.ts';
import type { StageTotals } from './stage-totals.ts';
import type { ChainSpec, JobInfo, Pool, PoolRun, ShareInfo } from './spec.ts';
import type { Message, Outbox } from '../messages/engine.ts';

/** A job as a member has it. */
export interface MemberJob {
  readonly number: number;
  readonly tip: Block;
}

/** A share on its way, with the block that it is. */
interface SentShare extends Omit<ShareInfo, 'stale' | 'arrived_us' | 'block' | 'tip'> {
  readonly tip: Block;
  readonly block: Block | null;
}

export interface PoolMessage extends Message {
  /** A job. */
  readonly job?: MemberJob;
  /** A share, and the answer to one. */
  readonly share?: SentShare;
  /** Answer: it is credited. */
  readonly credited?: boolean;
}

interface PoolParts {
  readonly stages: StageTotals;
  readonly counts: (at_us: number) => boolean;
  readonly publish: (operator: Participant, block: Block, now_us: number, out: Outbox<PoolMessage>) => void;
}

const OPERATOR = 0;

export class PoolOfMessages {
  private readonly pool: Pool;
  private readonly span: ChainSpec['faultSpan'];
  private readonly parts: PoolParts;
  private readonly others: readonly number[];
  private readonly jobs: (JobInfo & { readonly block: Block })[] = [];
  private readonly log = new ShareLog();
  private withheld = 0;
  private round = 0;

  constructor(spec: ChainSpec, pool: Pool, parts: PoolParts) {
    this.pool = pool;
    this.span = spec.faultSpan;
    this.parts = parts;
    this.others = othersOf(pool);
  }

  /** The job that a participant mines on; null: it mines for itself. */
  jobOf(self: Participant, at_us: number): MemberJob | null {
    if (!minesInPool(this.pool, this.span, { node: self.id, at_us, round: this.round })) return null;
    return self.id === OPERATOR ? { number: this.jobs.length, tip: self.tip } : self.job;
  }

  keeps(self: Participant, at_us: number): boolean {
    if (!withholds(this.pool, this.span, { node: self.id, at_us })) return false;
    this.withheld += 1;
    return true;
  }

  /** The operator chose: its members hear of another tip. */
  renew(operator: Participant, now_us: number, out: Outbox<PoolMessage>): void {
    const { tip } = operator;
    const last = this.jobs.at(-1);
    if (tip.number === (last?.tip ?? 0)) return;
    const number = this.jobs.length + 1;
    const counted = this.parts.counts(now_us);
    this.jobs.push({ number, tip: tip.number, block: tip, at_us: now_us, counted });
    if (counted) this.parts.stages.add(this.pool.jobCounts);
    const message = { type: CHAIN_TYPE.job, view: 0, sequence: number, bytes: this.pool.jobBytes, job: { number, tip } };
    for (const to of this.others) out.send(to, message, { connections: this.others.length });
  }

  /** A share was found on a job. */
  found(self: Participant, share: { job: MemberJob; number: number; block: Block | null }, now_us: number, out: Outbox<PoolMessage>): void {
    const { job, number, block } = share;
    const sent = { number, member: self.id, job: job.number, tip: job.tip, block, found_us: now_us, counted: this.parts.counts(now_us) };
    if (self.id === OPERATOR) this.credit(sent, now_us, job.tip);
    else
      out.send(
        OPERATOR,
        { type: CHAIN_TYPE.share, view: 0, sequence: number, bytes: this.pool.shareBytes, share: sent },
        { connections: 1 },
      );
  }

  receive(self: Participant, from: number, message: PoolMessage, now_us: number, out: Outbox<PoolMessage>): void {
    const { type, sequence, share, job } = message;
    if (type === CHAIN_TYPE.job && job!.number > self.job.number) self.job = job!;
    if (type !== CHAIN_TYPE.share) return;
    const credited = this.credit(share!, now_us, self.tip);
    const answer = { type: CHAIN_TYPE.answer, view: 0, sequence, bytes: this.pool.answerBytes, share: share!, credited };
    out.send(from, answer, { connections: this.others.length });
    if (share!.block !== null) this.parts.publish(self, share!.block, now_us, out);
  }

  private credit({ tip, block, ...share }: SentShare, arrived_us: number, operators: Block): boolean {
    const stale = block === null && tip !== operators;
    if (block !== null) this.round = 0;
    else if (!stale) this.round += 1;
    if (share.counted) this.parts.stages.add(this.pool.shareCounts);
    this.log.add({ ...share, tip: tip.number, block: block?.number ?? 0, arrived_us, stale });
    return !stale;
  }

  isOf({ type }: Message): boolean {
    return type === CHAIN_TYPE.job || type === CHAIN_TYPE.share || type === CHAIN_TYPE.answer;
  }
  /** A share counts, with its answer, by when it was found, a job by when it is sent. */
  counted({ share }: PoolMessage, now_us: number): boolean {
    return share?.counted ?? this.parts.counts(now_us);
  }

  /** What members may mine on, of the oldest job that one has and all after it. */
  tips(states: readonly Participant[]): Block[] {
    if (this.others.length === 0) return [];
    const oldest = Math.min(...this.others.map((node) => states[node].job.number));
    const first = oldest === 0 ? states[this.others.find((node) => states[node].job.number === 0)!].job.tip : this.jobs[oldest - 1].block;
    return [first, ...this.jobs.slice(oldest).map(({ block }) => block)];
  }

  get run(): PoolRun {
    const jobs = this.jobs.map(({ number, tip, at_us, counted }) => ({ number, tip, at_us, counted }));
    return { shares: this.log, jobs, withheld: this.withheld };
  }
}

/** For transcripts. */
export function describePoolMessage({ type, sequence, job, share, credited }: PoolMessage): string {
  if (type === CHAIN_TYPE.job) return `JOB ${sequence} on block ${job!.tip.number}`;
  const what = `SHARE ${sequence} on job ${share!.job}`;
  if (type === CHAIN_TYPE.share) return share!.block === null ? what : `${what}: block ${share!.block.number}`;
  return `${credited === true ? 'ACCEPTED' : 'REJECTED as stale'}: share ${sequence}`;
}
