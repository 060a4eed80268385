// What queues at a node where the load is not the default one: cores, uplink, downlink and disk, each first in, first out, and how
// busy they were in a window. Under the default load only uplinks queue, and none of this is used.
import { downlink_ns, upload_ns } from '../core/network.ts';
import type { Utilisation } from '../core/load/window.ts';
import type { Network } from '../../model/network.ts';
import type { ResourceWindow } from '../core/contract.ts';

/** A piece of work on a core. */
export class Job {
  readonly token: unknown;
  /** How often its participant had gone down when it was asked for: what was under way then is lost. */
  readonly life: number;
  readonly end_us: number;
  /** Of the jobs that end with this one, each requested at the moment when the one before it ended: their time in the window. */
  readonly chain_us: number;

  constructor(token: unknown, life: number, end_us: number, chain_us: number) {
    this.token = token;
    this.life = life;
    this.end_us = end_us;
    this.chain_us = chain_us;
  }
}

/** Times of service in the window, microseconds, by participant. */
export interface ResourceUse {
  /** The window, which ends with the run at the latest. */
  readonly from_us: number;
  readonly until_us: number;
  /** By participant, by core. */
  readonly cores_us: readonly Float64Array[];
  /** The longest serial chain of jobs. */
  readonly chain_us: Float64Array;
  readonly disk_us: Float64Array;
  readonly uplink_us: Float64Array;
  readonly downlink_us: Float64Array;
  /** Bytes that left and came, between nodes. */
  readonly sent_bytes: Float64Array;
  readonly received_bytes: Float64Array;
}

/** 0 where the window is empty. */
export function utilisationOf({ from_us, until_us, cores_us, chain_us, disk_us, uplink_us, downlink_us }: ResourceUse): Utilisation {
  const window_us = until_us - from_us;
  const busiest = (busy_us: (participant: number) => number): number => {
    let most_us = 0;
    for (let participant = 0; participant < chain_us.length; participant++) most_us = Math.max(most_us, busy_us(participant));
    return window_us > 0 ? most_us / window_us : 0;
  };
  const meanCore_us = (cores: Float64Array): number => cores.reduce((sum, busy_us) => sum + busy_us, 0) / Math.max(1, cores.length);
  return {
    cpu: busiest((participant) => Math.max(meanCore_us(cores_us[participant]), chain_us[participant])),
    disk: busiest((participant) => disk_us[participant]),
    uplink: busiest((participant) => uplink_us[participant]),
    downlink: busiest((participant) => downlink_us[participant]),
  };
}

export class Resources {
  private readonly network: Network;
  private readonly from_us: number;
  private readonly until_us: number;
  private readonly coresFree_us: readonly Float64Array[];
  // Links in nanoseconds: a vote takes less than a microsecond.
  private readonly uplinkFree_ns: Float64Array;
  private readonly downlinkFree_ns: Float64Array;
  private readonly diskFree_us: Float64Array;
  private readonly cores_us: readonly Float64Array[];
  private readonly chain_us: Float64Array;
  private readonly disk_us: Float64Array;
  private readonly uplink_us: Float64Array;
  private readonly downlink_us: Float64Array;
  private readonly sent_bytes: Float64Array;
  private readonly received_bytes: Float64Array;
  // By participant: when a job of its ended last, and the longest chain of those that ended then.
  private readonly ended_us: Float64Array;
  private readonly endedChain_us: Float64Array;

  constructor(network: Network, cores: ArrayLike<number>, { from_us, until_us }: ResourceWindow) {
    this.network = network;
    this.from_us = from_us;
    this.until_us = until_us;
    const each = (): Float64Array => new Float64Array(cores.length);
    const perCore = (): Float64Array[] => Array.from({ length: cores.length }, (_, participant) => new Float64Array(cores[participant]));
    this.coresFree_us = perCore();
    this.cores_us = perCore();
    this.uplinkFree_ns = each();
    this.downlinkFree_ns = each();
    this.diskFree_us = each();
    this.chain_us = each();
    this.disk_us = each();
    this.uplink_us = each();
    this.downlink_us = each();
    this.sent_bytes = each();
    this.received_bytes = each();
    this.ended_us = each().fill(-1);
    this.endedChain_us = each();
  }

  /** The part of [start, end) that is in the window. */
  private inWindow_us(start_us: number, end_us: number): number {
    return Math.max(0, Math.min(end_us, this.until_us) - Math.max(start_us, this.from_us));
  }

  /** On the core that is free first, the lowest-numbered of several. Who has no cores queues nothing. */
  work(participant: number, now_us: number, cost_ns: number, token: unknown, life: number): Job {
    const free_us = this.coresFree_us[participant];
    if (free_us.length === 0) return new Job(token, life, now_us + Math.ceil(cost_ns / 1000), 0);
    let core = 0;
    for (let i = 1; i < free_us.length; i++) if (Math.max(now_us, free_us[i]) < Math.max(now_us, free_us[core])) core = i;
    const start_us = Math.max(now_us, free_us[core]);
    const end_us = start_us + Math.ceil(cost_ns / 1000);
    free_us[core] = end_us;
    const busy_us = this.inWindow_us(start_us, end_us);
    this.cores_us[participant][core] += busy_us;
    const before_us = this.ended_us[participant] === now_us ? this.endedChain_us[participant] : 0;
    const chain_us = before_us + busy_us;
    if (chain_us > this.chain_us[participant]) this.chain_us[participant] = chain_us;
    return new Job(token, life, end_us, chain_us);
  }

  /** What follows at this moment continues its chain. */
  ended(participant: number, { end_us, chain_us }: Job): void {
    const sameMoment = this.ended_us[participant] === end_us;
    this.endedChain_us[participant] = sameMoment ? Math.max(this.endedChain_us[participant], chain_us) : chain_us;
    this.ended_us[participant] = end_us;
  }

  /** The moment when a write is safe. */
  write(participant: number, now_us: number, cost_ns: number): number {
    const start_us = Math.max(now_us, this.diskFree_us[participant]);
    const end_us = (this.diskFree_us[participant] = start_us + Math.ceil(cost_ns / 1000));
    this.disk_us[participant] += this.inWindow_us(start_us, end_us);
    return end_us;
  }

  /** Puts `count` messages of so many bytes on the uplink, one after another: when the first one starts, nanoseconds. */
  send_ns(participant: number, now_us: number, bytes: number, count: number): number {
    const each_ns = upload_ns(this.network, bytes, participant);
    const start_ns = Math.max(now_us * 1000, this.uplinkFree_ns[participant]);
    const end_ns = (this.uplinkFree_ns[participant] = start_ns + count * each_ns);
    this.uplink_us[participant] += this.inWindow_us(start_ns / 1000, end_ns / 1000);
    if (now_us >= this.from_us && now_us < this.until_us) this.sent_bytes[participant] += count * bytes;
    return start_ns;
  }

  /**
   * When a message whose last bit arrives at `arrive_us` is through the receiver's downlink. Asked in order of arrival. It passes an idle
   * one while it is still being sent: a downlink costs time where it is busy, or slower than the sender's uplink.
   */
  receive_us(participant: number, arrive_us: number, bytes: number, sender: number): number {
    const each_ns = downlink_ns(this.network, bytes, participant);
    const first_ns = arrive_us * 1000 - upload_ns(this.network, bytes, sender);
    const end_ns = Math.max(arrive_us * 1000, Math.max(first_ns, this.downlinkFree_ns[participant]) + each_ns);
    this.downlinkFree_ns[participant] = end_ns;
    this.downlink_us[participant] += this.inWindow_us((end_ns - each_ns) / 1000, end_ns / 1000);
    if (arrive_us >= this.from_us && arrive_us < this.until_us) this.received_bytes[participant] += bytes;
    // The arrival was rounded up.
    return Math.floor(end_ns / 1000);
  }

  /** Jobs that were under way are lost: the cores and the disk are free. */
  restart(participant: number, now_us: number): void {
    this.coresFree_us[participant].fill(now_us);
    this.diskFree_us[participant] = now_us;
  }

  use(end_us: number): ResourceUse {
    const { cores_us, chain_us, disk_us, uplink_us, downlink_us, sent_bytes, received_bytes } = this;
    const from_us = Math.min(this.from_us, end_us);
    const until_us = Math.min(this.until_us, end_us);
    return { from_us, until_us, cores_us, chain_us, disk_us, uplink_us, downlink_us, sent_bytes, received_bytes };
  }
}
