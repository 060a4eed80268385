// How a block reaches everyone, worked out at once when it is published.
import { CHAIN_TYPE, INVENTORY_BYTES, MESSAGE_HEADER_BYTES, PROPAGATION_SHARES, hopNetwork, shareUpload_us } from './rules.ts';
import { PURPOSE, drawKey, type DrawKey } from '../core/draws.ts';
import { delay_us, regionOf, tries } from '../core/network.ts';
import { GENESIS, type Active } from './blocks.ts';
import { peerGraph } from './peers.ts';
import { weightedQuantiles } from '../core/select.ts';
import { EngineLimit, type Setup } from '../core/contract.ts';
import type { Network } from '../../model/network.ts';
import type { ChainSpec } from './spec.ts';

/** How a block reaches everyone. */
export class Spread {
  messages = 0;
  bytes = 0;
  /** After its publication, when participants with each of PROPAGATION_SHARES had accepted the last block. */
  readonly propagation_us = new Float64Array(PROPAGATION_SHARES.length);
  /** The false customer's wallet: a client in the adversary's region, no node. */
  readonly wallet: number;
  private readonly seed: number;
  private readonly network: Network;
  private readonly participants: number;
  private readonly regions: Int32Array;
  private readonly bodyBytes: number;
  private readonly validate_us: number;
  private readonly relay: ChainSpec['relay'];
  private readonly shares: Float64Array;
  /** The one delay of a network without chance, else 0. */
  private readonly constant_us: number;
  private readonly pool: Active[] = [];
  private readonly neighbours: readonly Int32Array[];
  private readonly inventoryUpload_us: Int32Array;
  private readonly bodyUpload_us: Int32Array;

  // Scratch of one flood.
  private readonly state: Uint8Array;
  private readonly announced_us: Float64Array;
  private readonly supplier: Int32Array;
  private readonly heap: TimeHeap;

  constructor(setup: Setup, spec: ChainSpec) {
    const { participants } = spec;
    const network = hopNetwork(setup.network);
    this.seed = setup.cell.seed;
    this.network = network;
    this.participants = participants;
    this.wallet = participants;
    this.regions = Int32Array.from({ length: participants + 1 }, (_, node) => regionOf(network, Math.min(node, participants - 1)));
    this.bodyBytes = MESSAGE_HEADER_BYTES + spec.blockBytes;
    this.validate_us = Math.ceil(spec.validate_ns / 1000);
    this.relay = spec.relay;
    this.shares = spec.shares;
    const first_us = network.quantiles_us[0];
    this.constant_us = network.lossThreshold === 0 && network.quantiles_us.every((delay) => delay === first_us) ? first_us : 0;
    this.neighbours =
      spec.relay === 'direct' ? [] : peerGraph({ seed: this.seed, nodes: participants, degree: spec.peerDegree }).neighbours;
    const degree = (node: number): number => this.neighbours[node]?.length ?? participants - 1;
    const upload = (bytes: number) => Int32Array.from({ length: participants }, (_, node) => shareUpload_us(network, bytes, degree(node)));
    this.inventoryUpload_us = upload(INVENTORY_BYTES);
    this.bodyUpload_us = upload(this.bodyBytes);
    this.state = new Uint8Array(participants);
    this.announced_us = new Float64Array(participants);
    this.supplier = new Int32Array(participants);
    this.heap = new TimeHeap(2 * participants);
  }

  take(): Active {
    return this.pool.pop() ?? { block: GENESIS, accepted_us: new Float64Array(this.participants), all_us: 0 };
  }
  give(entry: Active): void {
    this.pool.push(entry);
  }

  /** Microseconds that a client's message takes; no traffic between nodes, so not counted. */
  hop(message: { type: number; sequence: number; from: number; to: number; bytes: number }): number {
    const { type, sequence, from, to, bytes } = message;
    const travel_us = this.constant_us > 0 ? this.constant_us : this.travel_us(type, sequence, from, to).delay_us;
    return shareUpload_us(this.network, bytes, 1) + travel_us;
  }

  /** One message's time on the way, tries included. */
  private travel_us(type: number, sequence: number, from: number, to: number): { delay_us: number; tries: number } {
    const { network, regions, seed } = this;
    const name = { type, view: 0, sequence, sender: from };
    const count = network.lossThreshold === 0 ? 1 : tries(network, drawKey(seed, { purpose: PURPOSE.loss, ...name }), to);
    const once_us = delay_us(network, drawKey(seed, { purpose: PURPOSE.delay, ...name }), regions[from], regions[to], to);
    return { delay_us: once_us + (count - 1) * network.rto_us, tries: count };
  }

  /**
   * Fills in when each participant but the origin accepts the block, published at `at_us`; a block is not accepted before
   * its parent (`parent_us`, null where everybody has it). Sets `messages`, `bytes` and `propagation_us`. Returns the last
   * acceptance.
   */
  from(flood: { block: number; origin: number; at_us: number; parent_us: Float64Array | null; accepted_us: Float64Array }): number {
    this.messages = 0;
    this.bytes = 0;
    if (this.participants === 1) return flood.at_us;
    return this.relay === 'direct' ? this.direct(flood) : this.announce(flood);
  }

  private direct(flood: {
    block: number;
    origin: number;
    at_us: number;
    parent_us: Float64Array | null;
    accepted_us: Float64Array;
  }): number {
    const { block, origin, at_us, parent_us, accepted_us } = flood;
    const { network, regions, constant_us, participants } = this;
    const leave_us = at_us + this.bodyUpload_us[origin] + this.validate_us;
    let last_us = at_us;
    accepted_us[origin] = at_us;
    if (constant_us > 0) {
      last_us = leave_us + constant_us;
      for (let node = 0; node < participants; node++) if (node !== origin) accepted_us[node] = last_us;
      this.messages = participants - 1;
    } else {
      const name = { type: CHAIN_TYPE.body, view: 0, sequence: block, sender: origin };
      const delayKey = drawKey(this.seed, { purpose: PURPOSE.delay, ...name });
      const lossKey = drawKey(this.seed, { purpose: PURPOSE.loss, ...name });
      for (let node = 0; node < participants; node++) {
        if (node === origin) continue;
        const count = tries(network, lossKey, node);
        const arrive_us = leave_us + (count - 1) * network.rto_us + delay_us(network, delayKey, regions[origin], regions[node], node);
        accepted_us[node] = arrive_us;
        if (arrive_us > last_us) last_us = arrive_us;
        this.messages += count;
      }
    }
    this.bytes = this.messages * this.bodyBytes;
    if (parent_us !== null) {
      for (let node = 0; node < participants; node++) {
        if (node === origin) continue;
        if (parent_us[node] > accepted_us[node]) accepted_us[node] = parent_us[node]!;
        if (accepted_us[node] > last_us) last_us = accepted_us[node]!;
      }
    }
    if (constant_us > 0 && parent_us === null) {
      const own = this.shares[origin];
      for (let i = 0; i < PROPAGATION_SHARES.length; i++) this.propagation_us[i] = own >= PROPAGATION_SHARES[i] ? 0 : last_us - at_us;
    } else {
      weightedQuantiles(accepted_us, this.shares, PROPAGATION_SHARES, this.propagation_us);
      for (let i = 0; i < PROPAGATION_SHARES.length; i++) this.propagation_us[i] -= at_us;
    }
    return last_us;
  }

  /** Dijkstra's order of time over two kinds of event: a first announcement, and an acceptance, which announces further. */
  private announce(flood: {
    block: number;
    origin: number;
    at_us: number;
    parent_us: Float64Array | null;
    accepted_us: Float64Array;
  }): number {
    const { block, origin, at_us, parent_us, accepted_us } = flood;
    const { state, announced_us, supplier, heap, shares, propagation_us } = this;
    // Acceptances come in the order of time: shares are summed on the way.
    let holding = shares[origin];
    let reached = 0;
    while (reached < PROPAGATION_SHARES.length && holding >= PROPAGATION_SHARES[reached]) propagation_us[reached++] = 0;
    state.fill(NEW);
    announced_us.fill(Infinity);
    heap.clear(at_us);
    state[origin] = HAS;
    supplier[origin] = -1;
    let inventories = this.announceFrom(block, origin, at_us);
    let bodies = 0;
    let last_us = at_us;
    while (heap.size > 0) {
      heap.pop();
      const node = heap.item >> 1;
      const now_us = heap.time_us;
      if ((heap.item & 1) === 1) {
        if (reached < PROPAGATION_SHARES.length) {
          holding += shares[node];
          while (reached < PROPAGATION_SHARES.length && holding >= PROPAGATION_SHARES[reached]) propagation_us[reached++] = now_us - at_us;
        }
        inventories += this.announceFrom(block, node, now_us);
        continue;
      }
      if (state[node] !== NEW) continue;
      state[node] = HAS;
      const from = supplier[node];
      const request = this.carry(CHAIN_TYPE.request, block, node, from);
      const asked_us = now_us + this.inventoryUpload_us[node] + request;
      inventories += this.carried;
      const body = this.carry(CHAIN_TYPE.body, block, from, node);
      let accept_us = asked_us + this.bodyUpload_us[from] + body + this.validate_us;
      bodies += this.carried;
      if (parent_us !== null && parent_us[node] > accept_us) accept_us = parent_us[node]!;
      accepted_us[node] = accept_us;
      if (accept_us > last_us) last_us = accept_us;
      heap.push(accept_us, 2 * node + 1);
    }
    this.messages = inventories + bodies;
    this.bytes = inventories * INVENTORY_BYTES + bodies * this.bodyBytes;
    return last_us;
  }

  /** Tries of the last `carry`. */
  private carried = 1;
  private carry(type: number, block: number, from: number, to: number): number {
    if (this.constant_us > 0) return this.constant_us;
    const { delay_us, tries } = this.travel_us(type, block, from, to);
    this.carried = tries;
    return delay_us;
  }

  /** A node that has accepted the block announces it to every neighbour but its supplier. Returns the messages sent. */
  private announceFrom(block: number, node: number, at_us: number): number {
    const { network, regions, constant_us, state, announced_us, supplier, heap } = this;
    const neighbours = this.neighbours[node];
    const except = supplier[node];
    const leave_us = at_us + this.inventoryUpload_us[node];
    const name = { type: CHAIN_TYPE.announcement, view: 0, sequence: block, sender: node };
    const delayKey = constant_us > 0 ? NO_KEY : drawKey(this.seed, { purpose: PURPOSE.delay, ...name });
    const lossKey = network.lossThreshold === 0 ? NO_KEY : drawKey(this.seed, { purpose: PURPOSE.loss, ...name });
    let sent = 0;
    for (let i = 0; i < neighbours.length; i++) {
      const to = neighbours[i];
      if (to === except) continue;
      const count = tries(network, lossKey, to);
      sent += count;
      if (state[to] !== NEW) continue;
      const travel_us = constant_us > 0 ? constant_us : delay_us(network, delayKey, regions[node], regions[to], to);
      const arrive_us = leave_us + (count - 1) * network.rto_us + travel_us;
      // The first announcer, ties by its number.
      if (arrive_us > announced_us[to] || (arrive_us === announced_us[to] && node > supplier[to])) continue;
      announced_us[to] = arrive_us;
      supplier[to] = node;
      heap.push(arrive_us, 2 * to);
    }
    return sent;
  }
}

const NO_KEY: DrawKey = { a: 0, b: 0 };
/** A participant in a flood: it has not heard of the block, or has asked for it. */
const NEW = 0;
const HAS = 1;

/** A binary heap of (time, item), packed into one exact double each. */
class TimeHeap {
  size = 0;
  time_us = 0;
  item = 0;
  private base_us = 0;
  private keys = new Float64Array(64);
  private readonly items: number;
  private readonly limit_us: number;

  constructor(items: number) {
    let bits = 1;
    while (1 << bits < items) bits += 1;
    this.items = 1 << bits;
    this.limit_us = Number.MAX_SAFE_INTEGER / this.items - 1;
  }

  clear(base_us: number): void {
    this.size = 0;
    this.base_us = base_us;
  }

  push(time_us: number, item: number): void {
    const offset_us = time_us - this.base_us;
    // Also of a time that is no number: the packed key would sort it anywhere.
    if (!(offset_us >= 0 && offset_us <= this.limit_us))
      throw new EngineLimit(`a block takes more than ${Math.floor(this.limit_us / 1e6)} s to spread`);
    if (this.size === this.keys.length) {
      const longer = new Float64Array(2 * this.size);
      longer.set(this.keys);
      this.keys = longer;
    }
    const { keys } = this;
    const key = offset_us * this.items + item;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent] <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  /** Removes the earliest; sets `time_us` and `item`. */
  pop(): void {
    const { keys } = this;
    const top = keys[0];
    const size = --this.size;
    const last = keys[size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && keys[child + 1] < keys[child]) child += 1;
      if (keys[child] >= last) break;
      keys[at] = keys[child]!;
      at = child;
    }
    keys[at] = last;
    const offset_us = Math.floor(top / this.items);
    this.time_us = this.base_us + offset_us;
    this.item = top - offset_us * this.items;
  }
}
