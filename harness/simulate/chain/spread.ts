// How a block reaches everyone, worked out at once when it is published.
import {
  BLOCK_TYPE,
  VOTE_TYPE,
  INVENTORY_BYTES,
  MESSAGE_HEADER_BYTES,
  PROPAGATION_SHARES,
  firstRelay,
  hopNetwork,
  shareUpload_us,
} from './rules.ts';
import { PURPOSE, drawKey, type DrawKey } from '../core/draws.ts';
import { delay_us, onlyDelay_us, regionOf, tries } from '../core/network.ts';
import { GENESIS, type Active } from './blocks.ts';
import { Flood, type Passage } from './flood.ts';
import { Links } from './outages.ts';
import { PropagationTimes } from './propagation.ts';
import { peerGraph } from './peers.ts';
import { weightedQuantiles } from '../core/select.ts';
import type { Setup } from '../core/contract.ts';
import type { Network } from '../../model/network.ts';
import type { BlockSize, ChainSpec } from './spec.ts';

/** The size and the check of a block's body, or of a vote, and how long it takes to leave each participant. */
export interface Parcel {
  readonly bytes: number;
  readonly check_us: number;
  readonly upload_us: Int32Array;
}

const NO_KEY: DrawKey = { a: 0, b: 0 };

/** What of a chain says how its blocks spread. */
export type SpreadSpec = Pick<
  ChainSpec,
  'participants' | 'relay' | 'shares' | 'peerDegree' | 'faults' | 'blockBytes' | 'validate_ns' | 'committee' | 'attestations'
>;

/** How a block reaches everyone. */
export class Spread {
  messages = 0;
  bytes = 0;
  /** Participants that the last block came to before its parent was accepted there. */
  orphans = 0;
  /** After its publication, when participants with each of PROPAGATION_SHARES had accepted the last block. */
  readonly propagation_us = new Float64Array(PROPAGATION_SHARES.length);
  /** The false customer's wallet: a client in the adversary's region, no node. */
  readonly wallet: number;
  private readonly seed: number;
  private readonly network: Network;
  private readonly participants: number;
  private readonly regions: Int32Array;
  private readonly relay: ChainSpec['relay'];
  private readonly shares: Float64Array;
  /** The one delay of a network without chance, else 0. */
  private readonly constant_us: number;
  private readonly pool: Active[] = [];
  readonly links: Links;
  private readonly partSizes: Int32Array;
  private readonly partShares: Float64Array;
  private readonly times: PropagationTimes;
  private readonly flood: Flood | null;
  private readonly degrees: Int32Array;
  private body: Parcel;
  private readonly ballot: Parcel;

  constructor(setup: Setup, spec: SpreadSpec) {
    const { participants } = spec;
    const network = hopNetwork(setup.network);
    this.seed = setup.cell.seed;
    this.network = network;
    this.participants = participants;
    this.wallet = participants;
    const relay = firstRelay(participants, network);
    this.regions = Int32Array.from({ length: relay + network.regions }, (_, node) =>
      node < relay ? regionOf(network, Math.min(node, participants - 1)) : node - relay,
    );
    this.relay = spec.relay;
    this.shares = spec.shares;
    this.constant_us = network.lossThreshold === 0 ? (onlyDelay_us(network) ?? 0) : 0;
    const neighbours =
      spec.relay !== 'announce' ? null : peerGraph({ seed: this.seed, nodes: participants, degree: spec.peerDegree }).neighbours;
    const everyone = Int32Array.from({ length: participants }, (_, node) => node);
    this.links = new Links(spec.faults, participants, neighbours === null ? () => everyone : (node) => neighbours[node]);
    this.partSizes = new Int32Array(this.links.parts);
    this.partShares = new Float64Array(this.links.parts);
    for (let node = 0; node < participants; node++) {
      const part = this.links.part[node];
      if (part < 0) continue;
      this.partSizes[part] += 1;
      this.partShares[part] += spec.shares[node];
    }
    this.times = new PropagationTimes(spec.shares, PROPAGATION_SHARES);
    this.flood =
      neighbours === null || participants === 1
        ? null
        : new Flood({
            seed: this.seed,
            network,
            regions: this.regions,
            neighbours,
            constant_us: this.constant_us,
            times: this.times,
            links: this.links,
          });
    const connections = spec.relay === 'network' ? 1 : participants - 1;
    this.degrees = Int32Array.from({ length: participants }, (_, node) => neighbours?.[node]!.length ?? connections);
    this.body = this.parcelOf(spec.blockBytes, spec.validate_ns);
    const votes = spec.committee ?? spec.attestations;
    this.ballot = this.parcelOf(votes?.voteBytes ?? 0, votes?.verify_ns ?? 0);
  }

  parcelOf(content: number, check_ns: number, before?: Parcel): Parcel {
    const bytes = MESSAGE_HEADER_BYTES + content;
    const upload_us =
      before?.bytes === bytes ? before.upload_us : this.degrees.map((degree, node) => shareUpload_us(this.network, bytes, node, degree));
    return { bytes, check_us: Math.ceil(check_ns / 1000), upload_us };
  }

  /** Blocks that are published from now on are of this size. */
  carry({ bytes, validate_ns }: BlockSize): void {
    this.body = this.parcelOf(bytes, validate_ns, this.body);
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
    return shareUpload_us(this.network, bytes, from, 1) + travel_us;
  }

  /**
   * One message from node to node over a link that is theirs, on one of `connections` equal shares of its sender's uplink: how often it is
   * sent, and when it comes; Infinity: never.
   */
  over(message: { type: number; sequence: number; from: number; to: number; bytes: number; connections: number; at_us: number }): {
    readonly sends: number;
    readonly at_us: number;
  } {
    const { type, sequence, from, to, bytes, connections, at_us } = message;
    const { links, constant_us } = this;
    const gone_us = at_us + shareUpload_us(this.network, bytes, from, connections);
    const travel = constant_us > 0 ? { delay_us: constant_us, tries: 1 } : this.travel_us(type, sequence, from, to);
    if (!links.whole && !links.joins(from, to)) return { sends: travel.tries, at_us: Infinity };
    const leave_us = links.slower === null ? gone_us : links.leaves_us(from, to, gone_us);
    return { sends: travel.tries, at_us: leave_us + travel.delay_us };
  }

  /** One message's time on the way, tries included. */
  private travel_us(type: number, sequence: number, from: number, to: number, view = 0): { delay_us: number; tries: number } {
    const { network, regions, seed } = this;
    const name = { type, view, sequence, sender: from };
    const count = network.lossThreshold === 0 ? 1 : tries(network, drawKey(seed, { purpose: PURPOSE.loss, ...name }), to);
    const once_us = delay_us(network, drawKey(seed, { purpose: PURPOSE.delay, ...name }), regions[from], regions[to], to);
    return { delay_us: once_us + (count - 1) * network.rto_us, tries: count };
  }

  /**
   * Fills in when each participant but the origin accepts the block, published at `at_us`; a block is not accepted before
   * its parent (`parent_us`, null where everybody has it). Sets `messages`, `bytes` and `propagation_us`. Returns the last
   * acceptance.
   */
  from({ block, ...passage }: Omit<Passage, 'types' | 'view' | 'sequence'> & { readonly block: number }): number {
    return this.send({ ...passage, types: BLOCK_TYPE, view: 0, sequence: block }, this.body);
  }

  /** The same for a vote, without `propagation_us`. */
  vote(passage: Omit<Passage, 'types'>): number {
    return this.send({ ...passage, types: VOTE_TYPE }, this.ballot);
  }

  /** The same of anything that goes round as blocks do. `accepted_us` of its origin is not filled in. */
  send(passage: Passage, parcel: Parcel): number {
    this.messages = 0;
    this.bytes = 0;
    this.orphans = 0;
    if (this.participants === 1) return passage.at_us;
    if (!this.links.whole) passage.accepted_us.fill(Infinity);
    if (this.relay === 'announce') return this.announce(passage, parcel);
    return this.relay === 'direct' ? this.direct(passage, parcel) : this.throughRelays(passage, parcel);
  }

  private direct(
    { types, view, sequence, origin, at_us, parent_us, accepted_us }: Passage,
    { bytes, check_us, upload_us }: Parcel,
  ): number {
    const { network, regions, constant_us, participants, links } = this;
    const gone_us = at_us + upload_us[origin];
    const slower = links.slower === null ? null : links;
    const part = links.part[origin];
    let last_us = at_us;
    accepted_us[origin] = at_us;
    const name = { type: types.body, view, sequence, sender: origin };
    const delayKey = constant_us > 0 ? NO_KEY : drawKey(this.seed, { purpose: PURPOSE.delay, ...name });
    const lossKey = network.lossThreshold === 0 ? NO_KEY : drawKey(this.seed, { purpose: PURPOSE.loss, ...name });
    for (let node = 0; node < participants; node++) {
      if (node === origin) continue;
      const count = tries(network, lossKey, node);
      this.messages += count;
      if (links.part[node] !== part) continue;
      const leave_us = slower === null ? gone_us : slower.leaves_us(origin, node, gone_us);
      const travel_us = constant_us > 0 ? constant_us : delay_us(network, delayKey, regions[origin], regions[node], node);
      let accept_us = leave_us + (count - 1) * network.rto_us + travel_us + check_us;
      if (parent_us !== null && parent_us[node] > accept_us) {
        accept_us = parent_us[node];
        this.orphans += 1;
      }
      accepted_us[node] = accept_us;
      if (accept_us > last_us) last_us = accept_us;
    }
    this.bytes = this.messages * bytes;
    if (types !== BLOCK_TYPE) return last_us;
    if (constant_us > 0 && parent_us === null && slower === null) {
      const own = this.shares[origin];
      const all = this.reachedShare(origin);
      for (let i = 0; i < PROPAGATION_SHARES.length; i++) this.propagation_us[i] = own >= PROPAGATION_SHARES[i] * all ? 0 : last_us - at_us;
    } else this.setPropagation(origin, at_us, accepted_us);
    return last_us;
  }

  private setPropagation(origin: number, at_us: number, accepted_us: Float64Array): void {
    const all = this.reachedShare(origin);
    const limits = all === 1 ? PROPAGATION_SHARES : PROPAGATION_SHARES.map((share) => share * all);
    weightedQuantiles(accepted_us, this.shares, limits, this.propagation_us);
    for (let i = 0; i < PROPAGATION_SHARES.length; i++) this.propagation_us[i] -= at_us;
  }

  /** Relays pass on what they are sent as it comes, and check nothing but a header. */
  private throughRelays(
    { types, view, sequence, origin, at_us, parent_us, accepted_us }: Passage,
    { bytes, check_us, upload_us }: Parcel,
  ): number {
    const { network, regions, participants, links } = this;
    const relay = firstRelay(participants, network);
    const travel = (from: number, to: number): number => {
      const { delay_us, tries: count } = this.travel_us(types.body, sequence, from, to, view);
      this.messages += count;
      return delay_us;
    };
    const home = relay + regions[origin];
    const there_us = at_us + upload_us[origin] + travel(origin, home);
    /** When each relay sends it on. */
    const leaves_us = Array.from({ length: network.regions }, (_, region) => {
      const to = relay + region;
      const came_us = to === home ? there_us : there_us + shareUpload_us(network, bytes, home, 1) + travel(home, to);
      return came_us + shareUpload_us(network, bytes, to, 1);
    });
    const part = links.part[origin];
    let last_us = at_us;
    accepted_us[origin] = at_us;
    for (let node = 0; node < participants; node++) {
      if (node === origin) continue;
      let accept_us = leaves_us[regions[node]] + travel(relay + regions[node], node) + check_us;
      if (links.part[node] !== part) continue;
      if (parent_us !== null && parent_us[node] > accept_us) {
        accept_us = parent_us[node];
        this.orphans += 1;
      }
      accepted_us[node] = accept_us;
      if (accept_us > last_us) last_us = accept_us;
    }
    this.bytes = this.messages * bytes;
    if (types === BLOCK_TYPE) this.setPropagation(origin, at_us, accepted_us);
    return last_us;
  }

  /** Participants that a block of this one reaches, itself among them; and their share of all power or stake. */
  reached(origin: number): number {
    return this.links.whole ? this.participants : this.partSizes[this.links.part[origin]];
  }
  private reachedShare(origin: number): number {
    return this.links.whole ? 1 : this.partShares[this.links.part[origin]];
  }

  private announce(passage: Passage, { bytes, check_us, upload_us }: Parcel): number {
    const { flood, propagation_us } = this;
    const last_us = flood!.run(passage, upload_us, check_us);
    this.messages = flood!.inventories + flood!.bodies;
    this.orphans = flood!.orphans;
    this.bytes = flood!.inventories * INVENTORY_BYTES + flood!.bodies * bytes;
    if (passage.types !== BLOCK_TYPE) return last_us;
    this.times.quantiles(passage.accepted_us, passage.at_us, this.reachedShare(passage.origin), propagation_us);
    return last_us;
  }
}
