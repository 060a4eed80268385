// One block's way over the peer graph: announcement, request and body, hop by hop.
//
// When a node has first heard of a block, its request, the body, its check and its own announcements follow from draws alone. So the
// only events are first announcements, and any two of them on one path are at least `hop_us` apart. Those within a bucket of that
// width cannot change each other: a bucket is taken in any order, and no event is sorted.
import { shareUpload_us, INVENTORY_BYTES, type RelayTypes } from './rules.ts';
import { PURPOSE, drawPrefix, drawWords, prefixDraw32, senderKeyA, senderKeyB, type DrawKey, type Purpose } from '../core/draws.ts';
import { quantile_us, tries } from '../core/network.ts';
import type { PropagationTimes } from './propagation.ts';
import type { Links } from './outages.ts';
import { TimeHeap } from './time-heap.ts';
import { QUANTILE_SHIFT, type Network } from '../../model/network.ts';

/** A block, or a vote on one, on its way. */
export interface Passage {
  readonly types: RelayTypes;
  /** What names it in draws: 0 and a block's number, a vote's voter and round. */
  readonly view: number;
  readonly sequence: number;
  readonly origin: number;
  /** When it is published. */
  readonly at_us: number;
  /** When each participant accepts its parent, or the block that a vote is on; null where everybody has it. */
  readonly parent_us: Float64Array | null;
  /** Is filled in: when each participant accepts it. */
  readonly accepted_us: Float64Array;
}

/** Buckets that the next ones are kept in; what comes later than so many waits in a heap. */
const BUCKETS = 1024;
/** Numbers of buckets from here on are no 32-bit integers. */
const LAST_PLACE = 0x7fffffff;

export class Flood {
  /** Announcements and requests, and bodies, of the last passage; tries counted. */
  inventories = 0;
  bodies = 0;
  /** Participants that the last passage came to, and was checked by, before its parent was accepted there. */
  orphans = 0;
  private readonly seed: number;
  private readonly network: Network;
  /** Neighbours of node v: peers[first[v]] up to peers[first[v + 1] - 1]; those that can hear it come first, up to peers[live[v] - 1]. */
  private readonly first: Int32Array;
  private readonly live: Int32Array;
  private readonly links: Links;
  private readonly peers: Int32Array;
  /** Of each of these links: its pair of regions, and the least delay. */
  private readonly link: Int32Array;
  private readonly least_us: Int32Array;
  private readonly regions: Int32Array;
  private readonly inventoryUpload_us: Int32Array;
  private readonly constant_us: number;
  /** Of a hop from first hearing to first hearing: all but upload of the body and its check. */
  private readonly shortest_us: number;

  // Scratch of one passage. Times are microseconds after its publication.
  private readonly done: Uint8Array;
  private readonly heard_us: Float64Array;
  private readonly supplier: Int32Array;
  private readonly bucketHead = new Int32Array(BUCKETS);
  private entryNode: Int32Array;
  private entryNext: Int32Array;
  private readonly far: TimeHeap;
  private readonly times: PropagationTimes;

  constructor(options: {
    seed: number;
    network: Network;
    regions: Int32Array;
    neighbours: readonly Int32Array[];
    constant_us: number;
    times: PropagationTimes;
    links: Links;
  }) {
    const { seed, network, regions, neighbours, constant_us } = options;
    const participants = neighbours.length;
    this.seed = seed;
    this.network = network;
    this.regions = regions;
    this.constant_us = constant_us;
    this.links = options.links;
    const { links: joined } = this;
    this.first = new Int32Array(participants + 1);
    this.live = new Int32Array(participants);
    for (let node = 0; node < participants; node++) this.first[node + 1] = this.first[node] + neighbours[node].length;
    const links = this.first[participants];
    this.peers = new Int32Array(links);
    this.link = new Int32Array(links);
    this.least_us = new Int32Array(links);
    for (let node = 0, at = 0; node < participants; node++) {
      const own = joined.whole
        ? neighbours[node]
        : [...neighbours[node].filter((to) => joined.joins(node, to)), ...neighbours[node].filter((to) => !joined.joins(node, to))];
      this.live[node] = joined.whole ? this.first[node + 1] : at + neighbours[node].filter((to) => joined.joins(node, to)).length;
      for (const to of own) {
        this.peers[at] = to;
        this.link[at] = regions[node] * network.regions + regions[to];
        this.least_us[at] = constant_us > 0 ? constant_us : quantile_us(network, this.link[at], 0);
        at += 1;
      }
    }
    this.inventoryUpload_us = Int32Array.from(neighbours, (list, node) => shareUpload_us(network, INVENTORY_BYTES, node, list.length));
    // Quantiles ascend.
    let delay_us = Infinity;
    for (let pair = 0; pair < network.regions * network.regions; pair++) delay_us = Math.min(delay_us, quantile_us(network, pair, 0));
    this.shortest_us = 3 * delay_us + 2 * this.inventoryUpload_us.reduce((least, upload) => Math.min(least, upload), Infinity);
    this.done = new Uint8Array(participants);
    this.heard_us = new Float64Array(participants);
    this.supplier = new Int32Array(participants);
    this.entryNode = new Int32Array(2 * participants + 64);
    this.entryNext = new Int32Array(2 * participants + 64);
    this.far = new TimeHeap(participants);
    this.times = options.times;
  }

  /** Returns the last acceptance. `bodyUpload_us` by sender. */
  run(passage: Passage, bodyUpload_us: Int32Array, validate_us: number): number {
    const { types, origin, at_us, parent_us, accepted_us } = passage;
    const { network, constant_us, first, live, peers, link, least_us, regions, inventoryUpload_us } = this;
    const { done, heard_us, supplier, bucketHead, far, times } = this;
    const { lossThreshold, rto_us } = network;
    const lossy = lossThreshold > 0;
    const slower = this.links.slower === null ? null : this.links;
    const announcement = this.prefix(PURPOSE.delay, types.announcement, passage);
    const request = this.prefix(PURPOSE.delay, types.request, passage);
    const body = this.prefix(PURPOSE.delay, types.body, passage);
    const loss = lossy ? new LossDraws((type) => this.prefix(PURPOSE.loss, type, passage), types, network) : null;

    const hop_us = this.shortest_us + validate_us + least(bodyUpload_us);
    let width_us = 1;
    while (2 * width_us <= hop_us) width_us *= 2;
    // A power of two: divisions are exact.
    const buckets = 1 / width_us;

    done.fill(0);
    heard_us.fill(Infinity);
    bucketHead.fill(-1);
    far.clear(0);
    times.clear(width_us);
    times.add(origin, 0);
    done[origin] = 1;
    heard_us[origin] = -Infinity;
    accepted_us[origin] = at_us;
    let { entryNode, entryNext } = this;
    let entries = 0;
    let waiting = 0;
    let inventories = 0;
    let bodies = 0;
    let orphans = 0;
    let last_us = 0;

    let bucket = 0;
    let node = origin;
    let from = -1;
    let accept_us = 0;
    for (;;) {
      // `node` announces to everybody but its supplier.
      const leave_us = accept_us + inventoryUpload_us[node];
      const keyA = senderKeyA(announcement, node);
      const keyB = senderKeyB(announcement, node);
      const end = live[node];
      if (leave_us < Infinity) {
        for (let at = first[node]; at < end; at++) {
          const to = peers[at];
          if (to === from) continue;
          let resent_us = 0;
          if (loss !== null) {
            const count = loss.announcement(node, to);
            inventories += count;
            resent_us = (count - 1) * rto_us;
          }
          const heard = heard_us[to];
          if (heard < leave_us + least_us[at]) continue;
          const travel_us = constant_us > 0 ? constant_us : quantile_us(network, link[at], drawWords(keyA, keyB, to, 0) >>> QUANTILE_SHIFT);
          const gone_us = slower === null ? leave_us : slower.leaves_us(node, to, at_us + leave_us) - at_us;
          const arrive_us = gone_us + resent_us + travel_us;
          // The first announcer, ties by its number.
          if (arrive_us > heard || (arrive_us === heard && node > supplier[to])) continue;
          heard_us[to] = arrive_us;
          supplier[to] = node;
          const place = arrive_us * buckets;
          if (place >= bucket + BUCKETS || place >= LAST_PLACE) {
            far.push(arrive_us, to);
            continue;
          }
          if (entries === entryNode.length) {
            entryNode = this.entryNode = doubled(entryNode);
            entryNext = this.entryNext = doubled(entryNext);
          }
          entryNode[entries] = to;
          const slot = (place | 0) & (BUCKETS - 1);
          entryNext[entries] = bucketHead[slot];
          bucketHead[slot] = entries++;
          waiting += 1;
        }
        if (loss === null) inventories += first[node + 1] - first[node] - (from < 0 ? 0 : 1);
        else for (let at = end; at < first[node + 1]; at++) inventories += loss.announcement(node, peers[at]);
      }

      // The next to hear of the block.
      for (;;) {
        const head = bucketHead[bucket & (BUCKETS - 1)];
        if (head >= 0) {
          bucketHead[bucket & (BUCKETS - 1)] = entryNext[head];
          waiting -= 1;
          node = entryNode[head];
        } else if (far.size > 0 && Math.floor(far.least_us * buckets) <= bucket) {
          far.pop();
          node = far.item;
        } else if (waiting > 0) {
          bucket += 1;
          continue;
        } else if (far.size > 0) {
          bucket = Math.floor(far.least_us * buckets);
          continue;
        } else {
          node = -1;
          break;
        }
        if (done[node] === 0) break;
      }
      if (node < 0) break;
      done[node] = 1;
      from = supplier[node];
      let asked_us = heard_us[node] + inventoryUpload_us[node];
      if (slower !== null) asked_us = slower.leaves_us(node, from, at_us + asked_us) - at_us;
      const there = regions[node] * network.regions + regions[from];
      asked_us += constant_us > 0 ? constant_us : quantile_us(network, there, prefixDraw32(request, node, from) >>> QUANTILE_SHIFT);
      if (loss === null) {
        inventories += 1;
      } else {
        const asked = loss.request(node, from);
        inventories += asked;
        asked_us += (asked - 1) * rto_us;
      }
      accept_us = asked_us + bodyUpload_us[from];
      if (slower !== null) accept_us = slower.leaves_us(from, node, at_us + accept_us) - at_us;
      const back = regions[from] * network.regions + regions[node];
      accept_us += constant_us > 0 ? constant_us : quantile_us(network, back, prefixDraw32(body, from, node) >>> QUANTILE_SHIFT);
      if (loss === null) {
        bodies += 1;
      } else {
        const sent = loss.body(from, node);
        bodies += sent;
        accept_us += (sent - 1) * rto_us;
      }
      accept_us += validate_us;
      if (parent_us !== null && parent_us[node] - at_us > accept_us) {
        accept_us = parent_us[node] - at_us;
        orphans += 1;
      }
      accepted_us[node] = at_us + accept_us;
      times.add(node, accept_us);
      if (accept_us > last_us) last_us = accept_us;
    }
    this.inventories = inventories;
    this.bodies = bodies;
    this.orphans = orphans;
    return at_us + last_us;
  }

  private prefix(purpose: Purpose, type: number, { view, sequence }: Passage): DrawKey {
    return drawPrefix(this.seed, { purpose, type, view, sequence });
  }
}

/** Tries of the messages of one passage. */
class LossDraws {
  private readonly network: Network;
  private readonly prefixes: readonly DrawKey[];

  constructor(prefixOf: (type: number) => DrawKey, { announcement, request, body }: RelayTypes, network: Network) {
    this.network = network;
    this.prefixes = [announcement, request, body].map(prefixOf);
  }
  announcement = (from: number, to: number): number => this.tries(this.prefixes[0], from, to);
  request = (from: number, to: number): number => this.tries(this.prefixes[1], from, to);
  body = (from: number, to: number): number => this.tries(this.prefixes[2], from, to);

  private tries(prefix: DrawKey, from: number, to: number): number {
    return tries(this.network, { a: senderKeyA(prefix, from), b: senderKeyB(prefix, from) }, to);
  }
}

function least(values: Int32Array): number {
  let found = Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] < found) found = values[i]!;
  return found;
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(2 * column.length);
  copy.set(column);
  return copy;
}
