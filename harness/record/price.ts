// Prices the counts of a run: cost table x counts -> CPU-seconds, joules, dollars. The only place where measured seconds
// meet simulated counts; virtual time never contains them.
import { BATCH_CAPACITY } from '../kernels/interface.ts';
import type { CostTable } from '../measure/costs.ts';
import type { Counts, MiningHardware } from '../simulate/types.ts';

/** A constant with where it comes from, as the report prints it. */
export interface Price {
  readonly value: number;
  /** Who published it, and for what. */
  readonly source: string;
  /** null where the user set it. */
  readonly year: number | null;
}
export interface Prices {
  readonly usd_per_kwh: Price;
  readonly usd_per_cpu_hour: Price;
  readonly usd_per_gb: Price;
}

/** Each can be replaced by a suite's `prices` key. */
export const DEFAULT_PRICES: Prices = {
  usd_per_kwh: {
    value: 0.1,
    source:
      'a round figure between what US industry paid (0.081 USD/kWh in 2023: EIA, Electric Power Monthly) and the world average for businesses (0.148 USD/kWh in March 2024: GlobalPetrolPrices)',
    year: 2024,
  },
  usd_per_cpu_hour: {
    value: 0.04,
    source: 'about the on-demand price of one cloud vCPU (AWS c5.2xlarge, US East: 0.34 USD an hour for 8 vCPUs, 0.0425 each)',
    year: 2024,
  },
  usd_per_gb: {
    value: 0,
    source: 'traffic is not charged: peers on flat-rate links; set it to what a provider bills a gigabyte',
    year: 2024,
  },
};

/** The default prices with a suite's `prices` key put over them. */
export function pricesOf(overrides: { readonly [K in keyof Prices]?: number | undefined }): Prices {
  const pick = (key: keyof Prices): Price => {
    const value = overrides[key];
    return value === undefined ? DEFAULT_PRICES[key] : { value, source: 'set by the suite', year: null };
  };
  return { usd_per_kwh: pick('usd_per_kwh'), usd_per_cpu_hour: pick('usd_per_cpu_hour'), usd_per_gb: pick('usd_per_gb') };
}

const JOULES_PER_KWH = 3.6e6;
const SECONDS_PER_HOUR = 3600;
const BYTES_PER_GB = 1e9;

/** A workload without `miningHardware` that counts mining is priced on plain cores. */
const PLAIN_CORE: MiningHardware = { name: 'CPU core', hash_rate_hs: null, joules_per_hash: null, cores_per_node: 1 };

/** Hashes tried in `mining_node_s` node-seconds of mining. */
export function hashesOf(mining_node_s: number, hardware: MiningHardware | undefined, costs: CostTable): number {
  const { cores_per_node, hash_rate_hs } = hardware ?? PLAIN_CORE;
  return mining_node_s * cores_per_node * (hash_rate_hs ?? 1 / costs.seconds.sha256d_nonce);
}

/** CPU-seconds of mining: a core that mines is busy all the time; none where other hardware mines. */
export function miningSeconds(counts: Counts, hardware: MiningHardware | undefined): number {
  const { cores_per_node, joules_per_hash } = hardware ?? PLAIN_CORE;
  return joules_per_hash === null ? (counts.mining_node_s ?? 0) * cores_per_node : 0;
}

/**
 * Seconds of one batch verification of `size` signatures: piecewise linear through the measured sizes, size 1 being a
 * single verification; beyond the largest size the slope of the last segment. More than one batch equation takes is split as the
 * kernel splits it.
 */
export function batchSeconds(size: number, costs: CostTable): number {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`a batch has 1 or more signatures, got ${size}`);
  if (size > BATCH_CAPACITY) {
    const rest = size % BATCH_CAPACITY;
    const whole = ((size - rest) / BATCH_CAPACITY) * batchSeconds(BATCH_CAPACITY, costs);
    return rest === 0 ? whole : whole + batchSeconds(rest, costs);
  }
  const points = [{ size: 1, seconds: costs.seconds.ed25519_verify }, ...costs.seconds.ed25519_batch];
  let segment = 1;
  while (segment < points.length - 1 && points[segment].size < size) segment += 1;
  const low = points[segment - 1];
  const high = points[segment];
  if (high === undefined) return low.seconds * size;
  return low.seconds + ((high.seconds - low.seconds) * (size - low.size)) / (high.size - low.size);
}

/** Signatures checked singly: as counted, else what no batch covers. */
function singleVerifies(counts: Counts): number {
  if (counts.verifies_single !== undefined) return counts.verifies_single;
  let batched = 0;
  for (const [size, calls] of counts.batches ?? []) batched += size * calls;
  const single = (counts.verifies ?? 0) - batched;
  if (single < 0) throw new RangeError(`batches hold ${batched} signatures but only ${counts.verifies ?? 0} were verified`);
  return single;
}

/** What the counts of a whole run cost, all nodes together. */
export interface Bill {
  /** Active CPU-seconds: operations at the cost table's seconds, and cores that mine for as long as they mine. */
  readonly cpu_s: number;
  readonly joules: number;
  readonly usd: number;
}

export function bill(counts: Counts, hardware: MiningHardware | undefined, costs: CostTable): Bill {
  const { seconds } = costs;
  const prices = costs.prices ?? DEFAULT_PRICES;
  const joules_per_hash = hardware?.joules_per_hash ?? null;

  let cpu_s = miningSeconds(counts, hardware);
  cpu_s += (counts.signs ?? 0) * seconds.ed25519_sign;
  cpu_s += singleVerifies(counts) * seconds.ed25519_verify;
  // Ascending sizes, so that the sum does not depend on the order in which an engine met them.
  for (const [size, calls] of [...(counts.batches ?? [])].sort((a, b) => a[0] - b[0])) cpu_s += calls * batchSeconds(size, costs);
  cpu_s += (counts.macs ?? 0) * seconds.hmac_sha256;
  cpu_s += (counts.evaluations ?? 0) * seconds.sha512_evaluation;
  cpu_s += (counts.votes ?? 0) * seconds.tally_vote;
  cpu_s += (counts.digest_bytes ?? 0) * seconds.sha256_byte;

  let joules = cpu_s * costs.watts_per_core;
  if (joules_per_hash !== null) joules += hashesOf(counts.mining_node_s ?? 0, hardware, costs) * joules_per_hash;
  const usd =
    (joules * prices.usd_per_kwh.value) / JOULES_PER_KWH +
    (cpu_s * prices.usd_per_cpu_hour.value) / SECONDS_PER_HOUR +
    (counts.bytes * prices.usd_per_gb.value) / BYTES_PER_GB;
  return { cpu_s, joules, usd };
}
