// Shares that came to a pool's operator, as columns: a run has as many of them as its lottery has candidates.
import { grown } from '../core/grown.ts';
import type { JobInfo, PoolRun, ShareInfo } from './spec.ts';

const STALE = 1;
const COUNTED = 2;

export class ShareLog {
  count = 0;
  private numbers = new Int32Array(64);
  private members = new Int32Array(64);
  private jobs = new Int32Array(64);
  private tips = new Int32Array(64);
  private blocks = new Int32Array(64);
  private found = new Float64Array(64);
  private arrived = new Float64Array(64);
  private flags = new Uint8Array(64);

  add(share: ShareInfo): void {
    if (this.count === this.numbers.length) this.grow();
    const at = this.count++;
    this.numbers[at] = share.number;
    this.members[at] = share.member;
    this.jobs[at] = share.job;
    this.tips[at] = share.tip;
    this.blocks[at] = share.block;
    this.found[at] = share.found_us;
    this.arrived[at] = share.arrived_us;
    this.flags[at] = (share.stale ? STALE : 0) + (share.counted ? COUNTED : 0);
  }

  member(at: number): number {
    return this.members[at];
  }
  /** 0: it is no block. */
  block(at: number): number {
    return this.blocks[at];
  }
  arrived_us(at: number): number {
    return this.arrived[at];
  }
  isStale(at: number): boolean {
    return (this.flags[at] & STALE) !== 0;
  }

  info(at: number): ShareInfo {
    return {
      number: this.numbers[at],
      member: this.members[at],
      job: this.jobs[at],
      tip: this.tips[at],
      block: this.blocks[at],
      found_us: this.found[at],
      arrived_us: this.arrived[at],
      stale: this.isStale(at),
      counted: (this.flags[at] & COUNTED) !== 0,
    };
  }

  private grow(): void {
    this.numbers = grown(this.numbers);
    this.members = grown(this.members);
    this.jobs = grown(this.jobs);
    this.tips = grown(this.tips);
    this.blocks = grown(this.blocks);
    this.found = grown(this.found);
    this.arrived = grown(this.arrived);
    this.flags = grown(this.flags);
  }
}

/** What of a pool's run is counted, as data. */
export function countedOf({ shares, jobs }: PoolRun): { readonly shares: readonly ShareInfo[]; readonly jobs: readonly JobInfo[] } {
  const counted: ShareInfo[] = [];
  for (let at = 0; at < shares.count; at++) {
    const share = shares.info(at);
    if (share.counted) counted.push(share);
  }
  return { shares: counted, jobs: jobs.filter((job) => job.counted) };
}
