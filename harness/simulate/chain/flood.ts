// One block's way over the peer graph: announcement, request and body, hop by hop.
//
// When a node has first heard of a block, its request, the body, its check and its own announcements follow from draws alone. So the
// only events are first announcements, and any two of them on one path are at least `hop_us` apart. Those within a bucket of that
// width cannot change each other: a bucket is taken in any order, and no event is sorted.
import { shareUpload_us, INVENTORY_BYTES, type RelayTypes } from './rules.ts';
import { PURPOSE, drawPrefix, drawWords, prefixDraw32, senderKeyA, senderKeyB, type DrawKey, type Purpose } from '../core/draws.ts';
import { grown } from '../core/grown.ts';
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

const NO_KEY: DrawKey = { a: 0, b: 0 };

/** What every passage has in common. */
interface FloodOptions {
  readonly seed: number;
  readonly network: Network;
  readonly regions: Int32Array;
  readonly neighbours: readonly Int32Array[];
  /** The one delay of a network without chance, else 0. */
  readonly constant_us: number;
  readonly times: PropagationTimes;
  readonly links: Links;
}

/**
 * The steps of a passage are methods of their own, and what they share are fields: a first run of one long loop is interpreted for as long
 * as its compilation takes, and compiled again at each branch that it had not taken by then. Fields of times begin as no number, so that
 * they are kept as doubles from the first on.
 */
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
  private readonly peers: Int32Array;
  /** Of each of these links: its pair of regions, and the least delay. */
  private readonly link: Int32Array;
  private readonly least_us: Int32Array;
  private readonly regions: Int32Array;
  private readonly inventoryUpload_us: Int32Array;
  private readonly constant_us: number;
  /** Of a hop from first hearing to first hearing: all but upload of the body and its check. */
  private readonly shortest_us: number;
  /** Links that are slower for a time; null: none is. */
  private readonly slower: Links | null;

  // Scratch of one passage. Times are microseconds after its publication.
  private at_us = NaN;
  private validate_us = NaN;
  private bodyUpload_us: Int32Array;
  private parent_us: Float64Array | null = null;
  private accepted_us: Float64Array;
  private announcement: DrawKey = NO_KEY;
  private request: DrawKey = NO_KEY;
  private body: DrawKey = NO_KEY;
  private loss: LossDraws | null = null;
  private readonly done: Uint8Array;
  private readonly heard_us: Float64Array;
  private readonly supplier: Int32Array;
  private last_us = NaN;

  /** Buckets of first announcements: the next one to be taken, and how many a microsecond is (an inverse power of two: divisions are exact). */
  private bucket = 0;
  private buckets = NaN;
  private readonly bucketHead = new Int32Array(BUCKETS);
  private entryNode: Int32Array;
  private entryNext: Int32Array;
  private entries = 0;
  private waiting = 0;
  private readonly far: TimeHeap;
  private readonly times: PropagationTimes;

  constructor({ seed, network, regions, neighbours, constant_us, times, links }: FloodOptions) {
    const participants = neighbours.length;
    this.seed = seed;
    this.network = network;
    this.regions = regions;
    this.constant_us = constant_us;
    this.slower = links.slower === null ? null : links;
    this.first = new Int32Array(participants + 1);
    this.live = new Int32Array(participants);
    this.inventoryUpload_us = new Int32Array(participants);
    let leastUpload_us = Infinity;
    for (let node = 0; node < participants; node++) {
      const degree = neighbours[node].length;
      this.first[node + 1] = this.first[node] + degree;
      this.inventoryUpload_us[node] = shareUpload_us(network, INVENTORY_BYTES, node, degree);
      leastUpload_us = Math.min(leastUpload_us, this.inventoryUpload_us[node]);
    }
    const all = this.first[participants];
    this.peers = new Int32Array(all);
    this.link = new Int32Array(all);
    this.least_us = new Int32Array(all);
    for (let node = 0; node < participants; node++) this.connect(node, neighbours[node], links);
    // Quantiles ascend.
    let delay_us = Infinity;
    for (let pair = 0; pair < network.regions * network.regions; pair++) delay_us = Math.min(delay_us, quantile_us(network, pair, 0));
    this.shortest_us = 3 * delay_us + 2 * leastUpload_us;
    this.bodyUpload_us = this.inventoryUpload_us;
    this.done = new Uint8Array(participants);
    this.heard_us = new Float64Array(participants);
    this.accepted_us = this.heard_us;
    this.supplier = new Int32Array(participants);
    this.entryNode = new Int32Array(2 * participants + 64);
    this.entryNext = new Int32Array(2 * participants + 64);
    this.far = new TimeHeap(participants);
    this.times = times;
  }

  private connect(node: number, neighbours: Int32Array, links: Links): void {
    const { peers, network, regions, constant_us } = this;
    let at = this.first[node];
    for (let i = 0; i < neighbours.length; i++) if (links.whole || links.joins(node, neighbours[i])) peers[at++] = neighbours[i]!;
    this.live[node] = at;
    if (!links.whole) for (let i = 0; i < neighbours.length; i++) if (!links.joins(node, neighbours[i])) peers[at++] = neighbours[i]!;
    for (let own = this.first[node]; own < at; own++) {
      const pair = regions[node] * network.regions + regions[peers[own]];
      this.link[own] = pair;
      this.least_us[own] = constant_us > 0 ? constant_us : quantile_us(network, pair, 0);
    }
  }

  /** Returns the last acceptance. `bodyUpload_us` by sender. */
  run(passage: Passage, bodyUpload_us: Int32Array, validate_us: number): number {
    const { types, origin } = passage;
    this.at_us = passage.at_us;
    this.parent_us = passage.parent_us;
    this.accepted_us = passage.accepted_us;
    this.bodyUpload_us = bodyUpload_us;
    this.validate_us = validate_us;
    this.announcement = this.prefix(PURPOSE.delay, types.announcement, passage);
    this.request = this.prefix(PURPOSE.delay, types.request, passage);
    this.body = this.prefix(PURPOSE.delay, types.body, passage);
    const { network } = this;
    this.loss = network.lossThreshold > 0 ? new LossDraws((type) => this.prefix(PURPOSE.loss, type, passage), types, network) : null;
    this.inventories = 0;
    this.bodies = 0;
    this.orphans = 0;
    this.last_us = 0;
    this.clear(this.shortest_us + validate_us + least(bodyUpload_us));

    this.done[origin] = 1;
    this.heard_us[origin] = -Infinity;
    this.supplier[origin] = -1;
    this.accepted_us[origin] = this.at_us;
    this.times.add(origin, 0);
    this.announce(origin);
    for (let node = this.next(); node >= 0; node = this.next()) {
      this.accept(node);
      this.announce(node);
    }
    return this.at_us + this.last_us;
  }

  /** Nobody has heard of anything. No two first announcements on one path are closer than `hop_us`. */
  private clear(hop_us: number): void {
    let width_us = 1;
    while (2 * width_us <= hop_us) width_us *= 2;
    this.buckets = 1 / width_us;
    this.bucket = 0;
    this.bucketHead.fill(-1);
    this.entries = 0;
    this.waiting = 0;
    this.far.clear(0);
    this.times.clear(width_us);
    this.done.fill(0);
    this.heard_us.fill(Infinity);
  }

  /** A node that has accepted announces to everybody but its supplier. */
  private announce(node: number): void {
    const { network, constant_us, peers, link, least_us, at_us, loss, slower, heard_us, supplier } = this;
    const leave_us = this.accepted_us[node] - at_us + this.inventoryUpload_us[node];
    if (!(leave_us < Infinity)) return;
    const keyA = senderKeyA(this.announcement, node);
    const keyB = senderKeyB(this.announcement, node);
    const from = supplier[node];
    const first = this.first[node];
    const live = this.live[node];
    const end = this.first[node + 1];
    let sent = 0;
    for (let at = first; at < live; at++) {
      const to = peers[at];
      if (to === from) continue;
      let resent_us = 0;
      if (loss !== null) {
        const count = loss.announcement(node, to);
        sent += count;
        resent_us = (count - 1) * network.rto_us;
      }
      const heard = heard_us[to];
      if (heard < leave_us + least_us[at]) continue;
      const travel_us = constant_us > 0 ? constant_us : quantile_us(network, link[at], drawWords(keyA, keyB, to, 0) >>> QUANTILE_SHIFT);
      const gone_us = slower === null ? leave_us : slower.leaves_us(node, to, at_us + leave_us) - at_us;
      const arrive_us = gone_us + resent_us + travel_us;
      // The first announcer, ties by its number: times are whole.
      if (arrive_us + (node > supplier[to] ? 0.5 : 0) > heard) continue;
      heard_us[to] = arrive_us;
      supplier[to] = node;
      this.enter(to, arrive_us);
    }
    if (loss === null) sent = end - first - (from < 0 ? 0 : 1);
    else for (let at = live; at < end; at++) sent += loss.announcement(node, peers[at]);
    this.inventories += sent;
  }

  /** A node may hear first then. */
  private enter(node: number, heard_us: number): void {
    const place = heard_us * this.buckets;
    if (place >= this.bucket + BUCKETS || place >= LAST_PLACE) {
      this.far.push(heard_us, node);
      return;
    }
    const entry = this.entries++;
    if (entry === this.entryNode.length) {
      this.entryNode = grown(this.entryNode);
      this.entryNext = grown(this.entryNext);
    }
    const slot = (place | 0) & (BUCKETS - 1);
    this.entryNode[entry] = node;
    this.entryNext[entry] = this.bucketHead[slot]!;
    this.bucketHead[slot] = entry;
    this.waiting += 1;
  }

  /** The next to hear of the block; -1: nobody. */
  private next(): number {
    const { done, bucketHead, entryNode, entryNext, far } = this;
    for (;;) {
      let node: number;
      const slot = this.bucket & (BUCKETS - 1);
      const head = bucketHead[slot];
      if (head >= 0) {
        bucketHead[slot] = entryNext[head]!;
        this.waiting -= 1;
        node = entryNode[head];
      } else if (far.size > 0 && Math.floor(far.least_us * this.buckets) <= this.bucket) {
        far.pop();
        node = far.item;
      } else if (this.waiting > 0) {
        this.bucket += 1;
        continue;
      } else if (far.size > 0) {
        this.bucket = Math.floor(far.least_us * this.buckets);
        continue;
      } else return -1;
      if (done[node] === 0) return node;
    }
  }

  /** Whoever hears first asks its supplier for the body. */
  private accept(node: number): void {
    const { network, constant_us, regions, at_us, slower, loss, parent_us } = this;
    const from = this.supplier[node];
    this.done[node] = 1;
    let asked_us = this.heard_us[node] + this.inventoryUpload_us[node];
    if (slower !== null) asked_us = slower.leaves_us(node, from, at_us + asked_us) - at_us;
    const there = regions[node] * network.regions + regions[from];
    asked_us += constant_us > 0 ? constant_us : quantile_us(network, there, prefixDraw32(this.request, node, from) >>> QUANTILE_SHIFT);
    const asked = loss === null ? 1 : loss.request(node, from);
    this.inventories += asked;
    asked_us += (asked - 1) * network.rto_us;
    let accept_us = asked_us + this.bodyUpload_us[from];
    if (slower !== null) accept_us = slower.leaves_us(from, node, at_us + accept_us) - at_us;
    const back = regions[from] * network.regions + regions[node];
    accept_us += constant_us > 0 ? constant_us : quantile_us(network, back, prefixDraw32(this.body, from, node) >>> QUANTILE_SHIFT);
    const sent = loss === null ? 1 : loss.body(from, node);
    this.bodies += sent;
    accept_us += (sent - 1) * network.rto_us + this.validate_us;
    if (parent_us !== null && parent_us[node] - at_us > accept_us) {
      accept_us = parent_us[node] - at_us;
      this.orphans += 1;
    }
    this.accepted_us[node] = at_us + accept_us;
    this.times.add(node, accept_us);
    if (accept_us > this.last_us) this.last_us = accept_us;
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
