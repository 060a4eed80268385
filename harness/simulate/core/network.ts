// The network model: one-way delays by region pair as integer quantile tables, a serialising uplink, loss with retries.
import { QUANTILE_SHIFT, QUANTILES, TABLE_REGIONS, type Network, type ScaledDelays } from '../../model/network.ts';
import { DEFAULTS, type Bandwidth, type CellPlacement, type NetworkSpec, type PlacedAs } from '../../model/cell.ts';
import type { Role } from '../../model/role.ts';
import { PURPOSE, draw32, drawKey, threshold32, type DrawKey } from './draws.ts';
import { REGIONS_5, jitterQuantilesPpm, normalQuantiles } from './network-data.ts';

/** The region of a node: as it was placed, else round robin, so that every prefix of the nodes is spread alike. */
export function regionOf(network: Network, node: number): number {
  return network.placement?.[node] ?? node % network.regions;
}

/**
 * The network with its nodes placed, or the members of roles (`roles`: the counted ones are the nodes; who is not placed is round robin).
 * @throws RangeError where that is more regions than it has, or not all members
 */
export function placed(
  network: Network,
  placement: CellPlacement | undefined,
  nodes: number,
  roles: readonly Pick<Role, 'id' | 'count' | 'counted'>[] = [{ id: 'node', count: nodes, counted: true }],
): Network {
  if (placement === undefined) return network;
  if (!('roles' in placement)) return { ...network, placement: memberRegions(placement, network.regions, nodes) };
  const places = placement.roles;
  const counted = roles.filter((role) => role.counted);
  const others = Object.entries(places).filter(([id]) => !counted.some((role) => role.id === id));
  // Round robin begins anew with each role, as where nobody is placed.
  const spread = (count: number): Int32Array => Int32Array.from({ length: count }, (_, member) => member % network.regions);
  const regions = counted.map(({ id, count }) =>
    Object.hasOwn(places, id) ? memberRegions(places[id], network.regions, count) : spread(count),
  );
  return {
    ...network,
    ...(counted.some(({ id }) => Object.hasOwn(places, id)) ? { placement: Int32Array.from(regions.flatMap((list) => [...list])) } : {}),
    ...(others.length === 0
      ? {}
      : { others: Object.fromEntries(others.map(([id, at]) => [id, memberRegions(at, network.regions, null)])) }),
  };
}

/** The region of each member; `members` null: however many there are. */
function memberRegions(at: PlacedAs, regions: number, members: number | null): Int32Array {
  const list = 'nodes' in at ? at.nodes : at.flatMap((count, region) => new Array<number>(count).fill(region));
  if (
    list.some((region) => region >= regions) ||
    (!('nodes' in at) && at.length > regions) ||
    (members !== null && list.length !== members)
  )
    throw new RangeError(
      `placement: received ${'nodes' in at ? at.nodes.join(', ') : at.join(', ')}; accepted: ${'nodes' in at ? 'regions of nodes, from' : 'numbers of nodes in'} at most ${regions} regions, ${members ?? 'any number'} together`,
    );
  return Int32Array.from(list);
}

/** Bits a second that a participant can send; 0 is unlimited. */
export function uplink_bps({ uplinks_bps, bandwidth_bps }: Network, participant: number): number {
  return uplinks_bps === undefined || participant >= uplinks_bps.length ? bandwidth_bps : uplinks_bps[participant];
}

/** Nanoseconds that a message occupies its sender's uplink. */
export function upload_ns(network: Network, bytes: number, sender: number): number {
  return link_ns(uplink_bps(network, sender), bytes);
}

/** The same on the slowest uplink of all nodes. */
export function slowestUpload_ns(network: Network, bytes: number): number {
  const { uplinks_bps, bandwidth_bps } = network;
  return link_ns(uplinks_bps === undefined ? bandwidth_bps : uplinks_bps.reduce((least, bps) => Math.min(least, bps), Infinity), bytes);
}

/** Nanoseconds that a message occupies its receiver's downlink. */
export function downlink_ns(network: Network, bytes: number, receiver: number): number {
  const { downlinks_bps, downlink_bps, bandwidth_bps } = network;
  if (downlinks_bps !== undefined && receiver < downlinks_bps.length) return link_ns(downlinks_bps[receiver], bytes);
  return link_ns(downlink_bps ?? bandwidth_bps, bytes);
}

function link_ns(bps: number, bytes: number): number {
  return bps === 0 ? 0 : Math.ceil((bytes * 8 * 1e9) / bps);
}

/** Microseconds after the start of a send at which its message number `position` (from 0) has left the uplink. */
export function departOffset_us(upload_ns: number, position: number): number {
  return Math.ceil(((position + 1) * upload_ns) / 1000);
}

/** A quantile of the one-way delay of a pair of regions (from * regions + to), microseconds. */
export function quantile_us({ quantiles_us, scaled }: Network, pair: number, quantile: number): number {
  return scaled === undefined ? quantiles_us[pair * QUANTILES + quantile] : scaledQuantile_us(scaled, pair, quantile);
}

/** The same where delays are scaled. */
export function scaledQuantile_us({ base_us, scale, least_us }: ScaledDelays, pair: number, quantile: number): number {
  return Math.max(least_us, jittered_us(base_us[pair], quantile, scale));
}

/** base * (1 + scale * jitter quantile) */
function jittered_us(base_us: number, quantile: number, scale: number): number {
  return base_us + Math.floor((base_us * jitterQuantilesPpm[quantile] * scale) / 1e6);
}

/** One-way delay of one try, microseconds. */
export function delay_us(network: Network, key: DrawKey, fromRegion: number, toRegion: number, receiver: number): number {
  return quantile_us(network, fromRegion * network.regions + toRegion, draw32(key, receiver) >>> QUANTILE_SHIFT);
}

/** What waves cannot have of so many nodes, '' where there is nothing: their kernel knows round robin alone, and a table of delays. */
export function needsOfWaves({ isPlaced, regions, nodes }: { isPlaced: boolean; regions: number; nodes: number }): string {
  if (isPlaced) return 'placed nodes';
  return Math.min(nodes, regions) > TABLE_REGIONS ? `nodes in more than ${TABLE_REGIONS} regions` : '';
}

/** The network with its first regions alone, at most TABLE_REGIONS, as a table. */
export function firstRegions(network: Network, regions: number): Network {
  if (network.scaled === undefined) return network;
  const quantiles_us = table(regions, (from, to, quantile) => quantile_us(network, from * network.regions + to, quantile));
  const first = { ...network, regions, quantiles_us };
  delete first.scaled;
  return first;
}

/** The one delay of a network whose delays are all alike, else null. */
export function onlyDelay_us({ quantiles_us, scaled }: Network): number | null {
  if (scaled === undefined) return quantiles_us.every((delay) => delay === quantiles_us[0]) ? quantiles_us[0] : null;
  const { base_us, scale, least_us } = scaled;
  return scale === 0 && base_us.every((delay) => delay === base_us[0]) ? Math.max(least_us, base_us[0]) : null;
}

/** The network with delays of at least so many microseconds. */
export function withLeastDelay(network: Network, least_us: number): Network {
  const maxDelay_us = Math.max(least_us, network.maxDelay_us);
  if (network.scaled !== undefined) return { ...network, scaled: { ...network.scaled, least_us }, maxDelay_us };
  return { ...network, quantiles_us: network.quantiles_us.map((delay) => Math.max(least_us, delay)), maxDelay_us };
}

/** The most tries of a message: the last is taken to get through. At the largest loss that suites allow (0.99) one in 10^286 needs more. */
export const MOST_TRIES = 65_536;
/** The largest loss threshold: 1000 tries a message on average, where 1 / (1 - loss) = 1000. */
export const MOST_LOSS_THRESHOLD = Math.floor(0.999 * 0x100000000);

export function checkLossThreshold(lossThreshold: number): void {
  if (lossThreshold > MOST_LOSS_THRESHOLD)
    throw new RangeError(
      `network.lossThreshold: expected at most ${MOST_LOSS_THRESHOLD} (a loss of 0.999: 1000 tries a message on average), received ${lossThreshold}`,
    );
}

/** Tries until a message gets through (1 without loss): P(tries > k) = loss^k, all from one draw a try. */
export function tries(network: Network, lossKey: DrawKey, receiver: number): number {
  let k = 1;
  if (network.lossThreshold === 0) return k;
  checkLossThreshold(network.lossThreshold);
  while (k < MOST_TRIES && draw32(lossKey, receiver, k) < network.lossThreshold) k += 1;
  return k;
}

/** A message takes longer than this with at most the chance `rarer`: the largest delay, after as many lost tries as that. */
export function longestLink_us(network: Network, rarer = 1e-9): number {
  const loss = network.lossThreshold / 0x100000000;
  let lost = 0;
  for (let chance = loss; chance > rarer; chance *= loss) lost += 1;
  return network.maxDelay_us + lost * network.rto_us;
}

/** The two keys of a send. */
export function sendKeys(
  seed: number,
  name: { type: number; view: number; sequence: number; sender: number },
): { delay: DrawKey; loss: DrawKey } {
  return {
    delay: drawKey(seed, { purpose: PURPOSE.delay, ...name }),
    loss: drawKey(seed, { purpose: PURPOSE.loss, ...name }),
  };
}

const us = (ms: number): number => Math.round(ms * 1000);

function table(regions: number, delayOf: (from: number, to: number, quantile: number) => number): Int32Array {
  const out = new Int32Array(regions * regions * QUANTILES);
  for (let from = 0; from < regions; from++)
    for (let to = 0; to < regions; to++)
      for (let quantile = 0; quantile < QUANTILES; quantile++)
        out[(from * regions + to) * QUANTILES + quantile] = delayOf(from, to, quantile);
  return out;
}

/** One-way delays with proportional jitter. */
function jittered(oneWay_ms: readonly (readonly number[])[], scale: number): Int32Array {
  return table(oneWay_ms.length, (from, to, quantile) => jittered_us(us(oneWay_ms[from][to]), quantile, scale));
}

function scaledOf(oneWay_ms: readonly (readonly number[])[], scale: number): ScaledDelays {
  const regions = oneWay_ms.length;
  const base_us = new Int32Array(regions * regions);
  for (let from = 0; from < regions; from++) for (let to = 0; to < regions; to++) base_us[from * regions + to] = us(oneWay_ms[from][to]);
  return { base_us, scale, least_us: 0 };
}

const recent = new Map<string, Network>();

/**
 * The network of a cell: a pure function of plain data. The last few with a table are kept, since making one takes 0.3 ms; many regions
 * are made as fast as they are found again.
 */
export function buildNetwork(spec: NetworkSpec): Network {
  if (spec.kind === 'matrix' && spec.one_way_ms.length > TABLE_REGIONS) return makeNetwork(spec);
  const key = JSON.stringify(spec);
  let network = recent.get(key);
  if (network === undefined) {
    network = makeNetwork(spec);
    if (recent.size >= 8) recent.delete(recent.keys().next().value!);
    recent.set(key, network);
  }
  return network;
}

/** The mean one-way delay of a single try, over pairs of regions. */
export function meanDelay_us({ quantiles_us, scaled }: Pick<Network, 'quantiles_us' | 'scaled'>): number {
  let sum_us = 0;
  if (scaled === undefined) {
    for (const delay_us of quantiles_us) sum_us += delay_us;
    return sum_us / quantiles_us.length;
  }
  for (const delay_us of scaled.base_us) sum_us += delay_us;
  let jitter = 0;
  for (const ppm of jitterQuantilesPpm) jitter += ppm / 1e6 / QUANTILES;
  return (sum_us / scaled.base_us.length) * (1 + scaled.scale * jitter);
}

function makeNetwork(spec: NetworkSpec): Network {
  const scaled = spec.kind === 'matrix' && spec.one_way_ms.length > TABLE_REGIONS ? scaledOf(spec.one_way_ms, spec.jitter) : undefined;
  const quantiles_us = scaled === undefined ? quantilesOf(spec) : new Int32Array(0);
  let maxDelay_us = 0;
  for (const delay of scaled?.base_us ?? quantiles_us) if (delay > maxDelay_us) maxDelay_us = delay;
  if (scaled !== undefined) maxDelay_us = jittered_us(maxDelay_us, QUANTILES - 1, scaled.scale);
  const ideal = spec.kind === 'fixed';
  const lossThreshold = ideal ? 0 : threshold32(spec.loss);
  checkLossThreshold(lossThreshold);
  return {
    regions: Math.round(Math.sqrt(scaled === undefined ? quantiles_us.length / QUANTILES : scaled.base_us.length)),
    quantiles_us,
    ...(scaled === undefined ? {} : { scaled }),
    bandwidth_bps: ideal ? 0 : usual_bps(spec.bandwidth_mbps),
    ...(ideal || spec.downlink_mbps === undefined ? {} : { downlink_bps: usual_bps(spec.downlink_mbps) }),
    lossThreshold,
    rto_us: ideal ? 0 : us(spec.rto_ms),
    maxDelay_us,
  };
}

/** Of who is no node: one number's, else the default. */
function usual_bps(bandwidth: Bandwidth): number {
  return (typeof bandwidth === 'number' ? bandwidth : DEFAULTS.link.bandwidth_mbps) * 1e6;
}

function quantilesOf(spec: NetworkSpec): Int32Array {
  switch (spec.kind) {
    case 'fixed':
      return table(1, () => us(spec.delay_ms));
    case 'normal':
      return table(1, (_from, _to, quantile) =>
        Math.max(0, us(spec.mean_ms) + Math.round((us(spec.sd_ms) * normalQuantiles[quantile]) / 1e6)),
      );
    case 'wan-5-regions':
      return jittered(REGIONS_5.oneWay_ms, 1);
    case 'matrix':
      return jittered(spec.one_way_ms, spec.jitter);
  }
}
