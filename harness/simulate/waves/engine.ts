// The wave engine: votes are data, quorums are events. An all-to-all phase among n replicas is n^2 arrival times of which
// each receiver needs one, the k-th smallest; the kernel finds it without an event a message. Everything that is sent is
// counted all the same, and the counts and times equal those of the message engine bit for bit.
import { NEVER_US, type Wave, type WaveField } from '../../model/kernels.ts';
import { PURPOSE, drawPrefix, senderKeyA, senderKeyB, type DrawKey } from '../core/draws.ts';
import {
  delay_us,
  departOffset_us,
  firstRegions,
  needsOfWaves,
  regionOf,
  sendKeys,
  slowestUpload_ns,
  tries,
  upload_ns,
} from '../core/network.ts';
import { NeedsMessages, type Setup } from '../core/contract.ts';
import { Uplinks } from './uplinks.ts';

/** What names a send besides its receiver: the message type, view and sequence number, and the sender. */
export interface SendName {
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  readonly sender: number;
}

/**
 * What a workload's common path is built from: single messages, one-to-all broadcasts and all-to-all phases, each computed
 * as arrival times instead of events. Times are absolute microseconds. Participants beyond the nodes (one client) live in
 * region 0. Nodes that the fault silences from the start neither send nor receive; sends to them are counted.
 */
export class WaveEngine {
  readonly setup: Setup;
  readonly nodes: number;
  readonly live: Int32Array;
  readonly isLive: Uint8Array;
  readonly uplinks: Uplinks;
  readonly regions: Int32Array;
  messages = 0;
  bytes = 0;
  events = 0;
  readonly #field: WaveField;
  readonly #reached_us: Int32Array;
  readonly #wave: { -readonly [K in keyof Wave]: Wave[K] };

  constructor(setup: Setup) {
    const { nodes, faults, network } = setup;
    if (setup.resources !== undefined) throw new NeedsMessages('cores, links and disks queue');
    const needs = needsOfWaves({
      isPlaced: network.placement !== undefined || network.others !== undefined,
      regions: network.regions,
      nodes,
    });
    if (needs !== '') throw new NeedsMessages(needs);
    this.setup = setup;
    this.nodes = nodes;
    this.isLive = Uint8Array.from(faults.faulty, (faulty) => 1 - faulty);
    this.live = Int32Array.from(Array.from({ length: nodes }, (_, node) => node).filter((node) => this.isLive[node] === 1));
    this.uplinks = new Uplinks(nodes + 1, network.bandwidth_bps === 0);
    this.regions = Int32Array.from({ length: nodes + 1 }, (_, node) => (node === nodes ? 0 : regionOf(network, node)));
    this.#field = setup.kernels.openWaves(firstRegions(network, Math.min(nodes, network.regions)), nodes);
    this.#reached_us = new Int32Array(this.live.length);
    const column = (): Int32Array => new Int32Array(nodes);
    this.#wave = {
      start_us: column(),
      own_us: column(),
      delayKeyA: column(),
      delayKeyB: column(),
      lossKeyA: column(),
      lossKeyB: column(),
      upload_ns: 0,
      receivers: this.live,
      need: 1,
    };
  }

  /** How long a send of `count` messages occupies the sender's uplink. */
  duration_us(bytes: number, count: number, sender: number): number {
    return count === 0 ? 0 : departOffset_us(upload_ns(this.setup.network, bytes, sender), count - 1);
  }

  count(sends: number, bytes: number): void {
    this.messages += sends;
    this.bytes += sends * bytes;
  }

  /** Times by participant, nodes and then the client, all NaN. */
  column_us(): Float64Array {
    return new Float64Array(this.nodes + 1).fill(NaN);
  }

  /** One message's arrival, and its tries. */
  arrival(name: SendName, to: number, depart_us: number): { at_us: number; tries: number } {
    const { network, cell } = this.setup;
    const keys = sendKeys(cell.seed, name);
    const count = tries(network, keys.loss, to);
    const delay = delay_us(network, keys.delay, this.regions[name.sender], this.regions[to], to);
    return { at_us: depart_us + (count - 1) * network.rto_us + delay, tries: count };
  }

  /**
   * Messages from each of many senders to one receiver: what `arrival` gives, without a key object a sender. `sends` counts those of
   * nodes, every try.
   */
  unicasts(name: Omit<SendName, 'sender'>, to: number): { sends: number; arrival_us(sender: number, depart_us: number): number } {
    const { nodes, regions } = this;
    const { network } = this.setup;
    const { delay, loss } = this.#prefixes(name);
    return {
      sends: 0,
      arrival_us(sender, depart_us) {
        const key = { a: senderKeyA(delay, sender), b: senderKeyB(delay, sender) };
        const count = loss === null ? 1 : tries(network, { a: senderKeyA(loss, sender), b: senderKeyB(loss, sender) }, to);
        if (sender < nodes) this.sends += count;
        return depart_us + delay_us(network, key, regions[sender], regions[to], to) + (count - 1) * network.rto_us;
      },
    };
  }

  /** Draw keys of a phase without their senders; no loss keys where nothing is lost. */
  #prefixes({ type, view, sequence }: Omit<SendName, 'sender'>): { delay: DrawKey; loss: DrawKey | null } {
    const { network, cell } = this.setup;
    return {
      delay: drawPrefix(cell.seed, { purpose: PURPOSE.delay, type, view, sequence }),
      loss: network.lossThreshold === 0 ? null : drawPrefix(cell.seed, { purpose: PURPOSE.loss, type, view, sequence }),
    };
  }

  /** One number where all uplinks are alike. */
  #uploads_ns(bytes: number): number | Int32Array {
    const { network } = this.setup;
    if (network.uplinks_bps === undefined) return upload_ns(network, bytes, 0);
    if (slowestUpload_ns(network, bytes) > 0x7fffffff) throw new NeedsMessages('a message takes more than 2.1 s on an uplink');
    return Int32Array.from({ length: this.nodes }, (_, sender) => upload_ns(network, bytes, sender));
  }

  /** One sender to all other nodes, in order; arrivals at the live ones (others NaN). */
  broadcast(name: SendName, start_us: number, bytes: number, counted = true, out = this.column_us()): Float64Array {
    const { nodes } = this;
    const { network, cell } = this.setup;
    const keys = sendKeys(cell.seed, name);
    const each_ns = upload_ns(network, bytes, name.sender);
    const from = this.regions[name.sender];
    let sends = 0;
    let position = 0;
    for (let to = 0; to < nodes; to++) {
      if (to === name.sender) continue;
      const depart_us = start_us + departOffset_us(each_ns, position++);
      const count = tries(network, keys.loss, to);
      sends += count;
      if (this.isLive[to] === 1)
        out[to] = depart_us + (count - 1) * network.rto_us + delay_us(network, keys.delay, from, this.regions[to], to);
    }
    if (counted && name.sender < nodes) this.count(sends, bytes);
    return out;
  }

  /**
   * An all-to-all wave: for each live replica the time of the `need`-th arrival (others NaN). `cast_us` is when a replica votes,
   * `start_us` when its send starts on the uplink (NaN: it does not send); `own`: its own vote counts. With `need` 0 (one node) that
   * time is -Infinity: nothing is waited for.
   */
  allToAll(
    name: Omit<SendName, 'sender'>,
    options: { cast_us: Float64Array; start_us: Float64Array; own: boolean; need: number; bytes: number; counted: boolean },
    out = this.column_us(),
  ): Float64Array {
    const { nodes, live } = this;
    const wave = this.#wave;
    let base_us = Infinity;
    let latest_us = 0;
    let senders = 0;
    for (const sender of live) {
      const start_us = options.start_us[sender];
      if (Number.isNaN(start_us)) continue;
      base_us = Math.min(base_us, options.cast_us[sender]);
      latest_us = Math.max(latest_us, start_us);
      senders += 1;
    }
    const waits = options.need > 0;
    if (senders === 0 || !waits) for (const replica of live) out[replica] = waits ? Infinity : -Infinity;
    if (senders === 0) return out;
    if (latest_us - base_us > 0x20000000) throw new NeedsMessages('a phase is spread over more than 536 s');
    wave.start_us.fill(NEVER_US);
    wave.own_us.fill(NEVER_US);
    const { delay, loss } = this.#prefixes(name);
    for (const sender of live) {
      const start_us = options.start_us[sender];
      if (Number.isNaN(start_us)) continue;
      wave.start_us[sender] = start_us - base_us;
      if (options.own) wave.own_us[sender] = options.cast_us[sender] - base_us;
      wave.delayKeyA[sender] = senderKeyA(delay, sender);
      wave.delayKeyB[sender] = senderKeyB(delay, sender);
      if (loss === null) continue;
      wave.lossKeyA[sender] = senderKeyA(loss, sender);
      wave.lossKeyB[sender] = senderKeyB(loss, sender);
    }
    wave.upload_ns = this.#uploads_ns(options.bytes);
    wave.need = options.need;
    const reached_us = this.#reached_us;
    if (waits) {
      this.#field.reach(wave, reached_us);
      for (let i = 0; i < live.length; i++) out[live[i]] = reached_us[i] === NEVER_US ? Infinity : base_us + reached_us[i];
    }
    if (options.counted) {
      this.count(senders * (nodes - 1) + this.#field.extraTries(wave), options.bytes);
      this.events += senders * live.length;
    }
    return out;
  }
}
