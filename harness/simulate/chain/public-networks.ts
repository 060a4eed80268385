// Public networks that mine, as published: what they hash, at which energy, and how many transactions they carry.
import { z } from 'zod';
import { trialsOfCompact } from '../core/target.ts';
import type { HardwareParameters } from './mining-hardware.ts';
import type { ParameterProblem, Observation } from '../core/contract.ts';

interface PublicNetwork {
  readonly hash_rate_hs: number;
  readonly joules_per_terahash: number;
  readonly rate_tps: number;
  /** What these are and where they are from. */
  readonly assumes: string;
}

const BITCOIN_INTERVAL_S = 600;
/** Bitcoin Core, src/kernel/chainparams.cpp at 284c42a, chainTxData of the main network at height 912 683 (1 September 2025). */
const BITCOIN_RATE = { rate_tps: 5.456 };
const BITCOIN_RATE_FROM = '5.456 transactions a second (September 2025, Bitcoin Core’s chainTxData)';

export const PUBLIC_NETWORKS = {
  'bitcoin-2024': {
    hash_rate_hs: 557e18,
    joules_per_terahash: 28.2,
    ...BITCOIN_RATE,
    assumes: `557 EH/s at 28.2 J/TH (2024: 138 TWh and the fleet of a survey of 48% of the hash rate, Cambridge Centre for Alternative Finance, 2025), ${BITCOIN_RATE_FROM}`,
  },
  'bitcoin-2026': {
    hash_rate_hs: trialsOfCompact(0x1702355e) / BITCOIN_INTERVAL_S,
    joules_per_terahash: 17.5,
    ...BITCOIN_RATE,
    assumes: `912.3 EH/s (bits 1702355e of block 966 500, September 2026) at 17.5 J/TH (assumed: that of an Antminer S21; from 9.5 to 28.2 J/TH it is 76 to 226 TWh a year), ${BITCOIN_RATE_FROM}`,
  },
} as const satisfies Record<string, PublicNetwork>;

export type PublicNetworkId = keyof typeof PUBLIC_NETWORKS;

export const publicNetworkParameter = z
  .enum(['none', ...(Object.keys(PUBLIC_NETWORKS) as PublicNetworkId[])])
  .default('none')
  .describe(
    `what all mine with, as published. ${Object.entries(PUBLIC_NETWORKS)
      .map(([id, { assumes }]) => `${id}: ${assumes}`)
      .join('. ')}. joules_per_terahash or hardware_mix replace the energy`,
  );

export interface OfPublicNetwork extends HardwareParameters {
  readonly public_network: PublicNetworkId | 'none';
}

/** The parameters of mining hardware that follow from a public network's, or those given. */
export function ofPublicNetwork<P extends OfPublicNetwork>(p: P): P {
  if (p.public_network === 'none') return p;
  const { hash_rate_hs, joules_per_terahash } = PUBLIC_NETWORKS[p.public_network];
  const saysEnergy = p.joules_per_terahash !== 'auto' || p.hardware_mix !== 'none';
  return {
    ...p,
    miner: 'asic-s21',
    network_hash_rate_hs: hash_rate_hs,
    joules_per_terahash: saysEnergy ? p.joules_per_terahash : joules_per_terahash,
  };
}

/** What the network says already. */
export function publicNetworkProblems(p: OfPublicNetwork): ParameterProblem[] {
  if (p.public_network === 'none') return [];
  const problems: ParameterProblem[] = [];
  const said = `beside public_network: ${p.public_network}, which says it`;
  if (p.network_hash_rate_hs !== 'auto') problems.push({ parameter: 'network_hash_rate_hs', accepts: `auto ${said}` });
  if (p.target_nbits !== 'none') problems.push({ parameter: 'target_nbits', accepts: `none ${said}` });
  return problems;
}

export const PUBLIC_NETWORK_OBSERVATIONS = [
  {
    name: 'public_energy_mwh_per_block',
    unit: 'MWh',
    kind: 'positive',
    description:
      'Where public_network is given: energy of a block at its hash rate and joules a hash and at block_interval_s, for machines alone (without PUE), whatever the run.',
  },
  {
    name: 'public_energy_kwh_per_tx',
    unit: 'kWh',
    kind: 'positive',
    description:
      'Where public_network is given: the same energy by the transactions that the network carries in that time, an average: one transaction more takes no more energy. energy_kwh_per_tx is by those of the run.',
  },
] as const satisfies readonly Observation[];

/** `joules_per_hash`: of the machines, in the mean. */
export function publicNetworkObservations(p: OfPublicNetwork, joules_per_hash: number | null): Record<string, number> {
  if (p.public_network === 'none' || joules_per_hash === null) return {};
  const { hash_rate_hs, rate_tps } = PUBLIC_NETWORKS[p.public_network];
  const power_w = hash_rate_hs * joules_per_hash;
  return {
    public_energy_mwh_per_block: (power_w * p.block_interval_s) / 3.6e9,
    public_energy_kwh_per_tx: power_w / rate_tps / 3.6e6,
  };
}
