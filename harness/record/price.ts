// Prices what a run counted: cost table × counts → CPU-seconds, joules, dollars, on two bases (docs/method.md, Energy and
// money). Marginal: what is done. Provisioned: what stands ready while it is done. The only place where measured seconds meet
// simulated counts; virtual time never contains them.
import { type Prices, DEFAULT_PRICES } from '../model/prices.ts';
import { operationSeconds } from '../model/operations.ts';
import type { CostTable } from '../measure/costs.ts';
import type { Counts } from '../model/outcome.ts';
import type { MiningHardware } from '../model/mining.ts';

const JOULES_PER_KWH = 3.6e6;
const SECONDS_PER_HOUR = 3600;
/** 365.25 days. */
const HOURS_PER_YEAR = 8766;
const BYTES_PER_GB = 1e9;
const TERA = 1e12;

/** A workload without `miningHardware` that counts mining mines with one core of each node. */
const PLAIN_CORE: MiningHardware = {
  name: 'CPU core',
  hash_rate_hs: null,
  joules_per_hash: null,
  cores_per_node: 1,
  network_hash_rate_hs: null,
  miners: 0,
  pue: null,
};

/** Hashes a second of one core or unit. */
export function unitRate_hs({ hash_rate_hs }: MiningHardware, costs: CostTable): number {
  return hash_rate_hs ?? 1 / costs.seconds.sha256d_nonce;
}

/** Cores or units of a node that mines; no whole number where they follow from the network's hash rate. */
export function unitsPerMiner(hardware: MiningHardware, costs: CostTable): number {
  const { network_hash_rate_hs, cores_per_node, miners } = hardware;
  return network_hash_rate_hs === null ? cores_per_node : network_hash_rate_hs / miners / unitRate_hs(hardware, costs);
}

/** Whether something else than a CPU mines: its time is no CPU time, and it is owned, not rented. */
export function minesApart(hardware: MiningHardware | undefined): boolean {
  return hardware !== undefined && hardware.joules_per_hash !== null;
}

/** Hashes tried in `mining_node_s` node-seconds of mining. */
export function hashesOf(mining_node_s: number, hardware: MiningHardware | undefined, costs: CostTable): number {
  const { network_hash_rate_hs, miners } = hardware ?? PLAIN_CORE;
  // Not by way of the units, so that a network's rate comes out as it was given.
  if (network_hash_rate_hs !== null) return mining_node_s * (network_hash_rate_hs / miners);
  return mining_node_s * unitsPerMiner(hardware ?? PLAIN_CORE, costs) * unitRate_hs(hardware ?? PLAIN_CORE, costs);
}

/** CPU-seconds of mining: a core that mines is busy all the time; none where other hardware mines. */
export function miningSeconds(mining_node_s: number, hardware: MiningHardware | undefined, costs: CostTable): number {
  return minesApart(hardware) ? 0 : mining_node_s * unitsPerMiner(hardware ?? PLAIN_CORE, costs);
}

const usdOfEnergy = (joules: number, { usd_per_kwh }: Prices): number => (joules * usd_per_kwh.value) / JOULES_PER_KWH;
const usdOfCores = (core_s: number, { usd_per_cpu_hour }: Prices): number => (core_s * usd_per_cpu_hour.value) / SECONDS_PER_HOUR;
const usdOfTraffic = (bytes: number, { usd_per_gb }: Prices): number => (bytes * usd_per_gb.value) / BYTES_PER_GB;

const pricesIn = (costs: CostTable): Prices => costs.prices ?? DEFAULT_PRICES;
const pueOf = (hardware: MiningHardware | undefined, prices: Prices): number => hardware?.pue ?? prices.pue.value;

/** What something costs, all nodes together. */
export interface Bill {
  /** Marginal: active CPU-seconds. Provisioned: core-seconds that stand ready. */
  readonly cpu_s: number;
  readonly joules: number;
  readonly usd: number;
}

/**
 * The marginal costs of the counts of a whole run: active CPU-seconds (operations at the cost table's seconds, and cores that
 * mine for as long as they mine) with their energy, rent and traffic. Hardware that is no CPU costs its energy and no price.
 */
export function bill(counts: Counts, hardware: MiningHardware | undefined, costs: CostTable): Bill {
  const prices = pricesIn(costs);
  const mining_node_s = counts.mining_node_s ?? 0;
  const cpu_s = miningSeconds(mining_node_s, hardware, costs) + operationSeconds(counts, costs.seconds);
  const machines_j = cpu_s * costs.watts_per_core + hashesOf(mining_node_s, hardware, costs) * (hardware?.joules_per_hash ?? 0);
  const joules = machines_j * pueOf(hardware, prices);
  return { cpu_s, joules, usd: usdOfEnergy(joules, prices) + usdOfCores(cpu_s, prices) + usdOfTraffic(counts.bytes, prices) };
}

/** What stands ready during the decisions of a run. */
export interface Provision {
  readonly nodes: number;
  /** Cores of a node that does not mine with its cores. */
  readonly cores: number;
  /** From the first submission to the last decision, or the window. */
  readonly decisions_s: number;
  /** Node-seconds of that time in which a crashed node draws no power; its rent goes on. */
  readonly crashed_node_s: number;
  /** Node-seconds of mining in that time. */
  readonly mining_node_s: number;
  /** The decisions' share of what the whole run counted: the decisions ÷ that by which counts are divided. */
  readonly share: number;
}

/**
 * The provisioned costs of the decisions of a run. Every node's cores are rented for all of the time (a CPU miner's are those
 * that mine), electricity included in the rent; they draw idle watts, and the rest of a busy core's while they work. Mining
 * hardware that is no CPU stands beside the cores: its price over its life for all of the time, and its electricity.
 */
export function provisionedBill(provision: Provision, counts: Counts, hardware: MiningHardware | undefined, costs: CostTable): Bill {
  const { nodes, cores, decisions_s, crashed_node_s, mining_node_s, share } = provision;
  const prices = pricesIn(costs);
  const apart = minesApart(hardware);
  const miners = hardware?.miners ?? 0;
  const units = hardware === undefined ? 0 : unitsPerMiner(hardware, costs);
  const coreMiners = apart || hardware?.besides === true ? 0 : miners;

  const cpu_s = ((nodes - coreMiners) * cores + coreMiners * units) * decisions_s;
  const active_s = miningSeconds(mining_node_s, hardware, costs) + operationSeconds(counts, costs.seconds) * share;
  // A core of a CPU miner is on while it mines: what a fault takes from its power is off.
  const powered_s = ((nodes - coreMiners) * decisions_s - crashed_node_s) * cores + (coreMiners > 0 ? mining_node_s * units : 0);
  const watts = costs.watts_per_core;
  const idle_watts = Math.min(prices.idle_watts_per_core.value, watts);
  const pue = pueOf(hardware, prices);
  const cores_j = (powered_s * idle_watts + active_s * (watts - idle_watts)) * pue;
  const hardware_j = hashesOf(mining_node_s, hardware, costs) * (hardware?.joules_per_hash ?? 0) * pue;

  let usd = usdOfCores(cpu_s, prices) + usdOfTraffic(counts.bytes * share, prices);
  if (apart) {
    const terahashes = hashesOf(miners * decisions_s, hardware, costs) / TERA;
    const life_s = prices.hardware_life_years.value * HOURS_PER_YEAR * SECONDS_PER_HOUR;
    usd += (terahashes * prices.hardware_usd_per_ths.value) / life_s + usdOfEnergy(hardware_j, prices);
  }
  return { cpu_s, joules: cores_j + hardware_j, usd };
}

/** Kilowatt-hours of an energy in joules. */
export function kwhOf(joules: number): number {
  return joules / JOULES_PER_KWH;
}

/** Terawatt-hours of a power in watts that goes on for a year of 8 766 hours. */
export function twhPerYear(power_w: number): number {
  return (power_w * HOURS_PER_YEAR) / TERA;
}

/** What comes to so much a second, over a year of 8 766 hours. */
export function perYear(per_second: number): number {
  return per_second * HOURS_PER_YEAR * SECONDS_PER_HOUR;
}

/** Kilograms of CO2 equivalent of an energy in joules, at the grid of the cost table's prices. */
export function co2Of(joules: number, costs: CostTable): number {
  return kwhOf(joules) * pricesIn(costs).grid_kg_per_kwh.value;
}
