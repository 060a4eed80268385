// What proof of work mines with: parameters, the rules between them, and the hardware that follows from them. Costs only;
// nothing here is a part of virtual time.
import { z } from 'zod';
import { energyOfHashes, hashRate, MAX_HASH_RATE_HS } from './quantities.ts';
import { holders } from './shares.ts';
import { targetOfCompact, trialsOfCompact } from '../core/target.ts';
import type { ParameterProblem } from '../core/contract.ts';
import type { MiningHardware } from '../../model/mining.ts';

const ASIC_S21 = {
  name: 'Bitmain Antminer S21 (2023/24)',
  source: 'Bitmain, Antminer S21 data sheet, 2023/24: 200 TH/s at 17.5 J/TH',
  hash_rate_hs: 200e12,
  joules_per_hash: 17.5e-12,
} as const;

/**
 * More than any core tries: a double SHA-256 of a header is two compressions of 64 rounds, SHA extensions do two rounds an
 * instruction and at most one such instruction a cycle, so 64 cycles a hash: 94 MH/s at 6 GHz.
 */
const CORE_MAX_HASH_RATE_HS = 1e8;

const TERA = 1e12;
const MIX_PATTERN = /^(none|\d*\.?\d+:\d*\.?\d+(,\d*\.?\d+:\d*\.?\d+)*)$/;

const NBITS =
  "none, or the eight hex digits of a header's bits, like 0x1702355e, that say a target from 1 to 2^256 - 1: neither negative (0x00800000 set), zero nor beyond 256 bits";
/** Text, so that one target is one value however it is written; YAML reads 0x… as a number. */
const targetBits = z
  .union([z.literal('none'), z.int().min(0).max(0xffffffff), z.string().regex(/^0x[0-9a-fA-F]{8}$/)], { error: NBITS })
  .transform((value, context) => {
    if (value === 'none') return value;
    const bits = Number(value);
    try {
      targetOfCompact(bits);
    } catch {
      context.addIssue({ code: 'custom', message: NBITS, input: value });
      return z.NEVER;
    }
    return `0x${bits.toString(16).padStart(8, '0')}`;
  })
  .default('none')
  .meta({ accepts: NBITS });

export const hardwareParameters = {
  miner: z
    .enum(['cpu', 'asic-s21'])
    .default('cpu')
    .describe('what the nodes mine with: cores of this machine, or Bitmain Antminer S21 units'),
  cores_per_node: z.int().min(1).max(1_000_000).default(1).describe('cores (or ASIC units) that mine in a node that mines'),
  hash_rate_hs: hashRate('100 TH/s').describe("hashes a second of one core or unit; auto: the cost table's, or the data sheet's"),
  network_hash_rate_hs: hashRate('557 EH/s').describe(
    'hashes a second of all miners together, whatever their number: the number of units follows from it; auto: cores_per_node units in each node that mines',
  ),
  target_nbits: targetBits.describe(
    "instead of network_hash_rate_hs: the target of Bitcoin's headers, whose expected hashes (difficulty × 2^32) are tried in each block interval",
  ),
  joules_per_terahash: energyOfHashes('28.2 J/TH').describe(
    "energy of an ASIC's 10^12 hashes; auto: the data sheet's, or that of hardware_mix",
  ),
  hardware_mix: z
    .string()
    .regex(MIX_PATTERN)
    .default('none')
    .describe('efficient and old units side by side')
    .meta({ accepts: "none, or shares of the hash rate with their joules a terahash, like '0.7:17.5,0.3:34.5'" }),
  pue: z
    .union([z.literal('auto'), z.number().min(1).max(10)])
    .default('auto')
    .describe("energy of the sites ÷ energy of their machines; auto: that of the suite's prices"),
};

export interface HardwareParameters {
  readonly block_interval_s: number;
  readonly hash_shares: string;
  readonly miner: 'cpu' | 'asic-s21';
  readonly cores_per_node: number;
  readonly hash_rate_hs: number | 'auto';
  readonly network_hash_rate_hs: number | 'auto';
  readonly target_nbits: string;
  readonly joules_per_terahash: number | 'auto';
  readonly hardware_mix: string;
  readonly pue: number | 'auto';
}

interface MixPart {
  readonly share: number;
  readonly joules_per_terahash: number;
}
const mixOf = (text: string): MixPart[] =>
  text.split(',').map((part) => {
    const [share, joules_per_terahash] = part.split(':').map(Number);
    return { share, joules_per_terahash };
  });
const sumOf = (parts: readonly MixPart[], value: (part: MixPart) => number): number => parts.reduce((sum, part) => sum + value(part), 0);

const auto = (value: number | 'auto'): number | null => (value === 'auto' ? null : value);

/** Hashes a second of all miners together; null: what their units add up to. */
function networkHashRate_hs({ target_nbits, block_interval_s, network_hash_rate_hs }: HardwareParameters): number | null {
  return target_nbits === 'none' ? auto(network_hash_rate_hs) : trialsOfCompact(Number(target_nbits)) / block_interval_s;
}

/** What the nodes mine with where there are `nodes` of them. */
export function miningHardware(p: HardwareParameters, nodes: number): MiningHardware {
  const shared = {
    cores_per_node: p.cores_per_node,
    network_hash_rate_hs: networkHashRate_hs(p),
    miners: holders(p.hash_shares, nodes),
    pue: auto(p.pue),
  };
  if (p.miner === 'cpu') return { name: 'CPU', hash_rate_hs: auto(p.hash_rate_hs), joules_per_hash: null, ...shared };
  const mixed = p.hardware_mix === 'none' ? null : mixOf(p.hardware_mix);
  // What the suite says of rate and energy has no source but the suite.
  const isPublished = mixed === null && p.hash_rate_hs === 'auto' && p.joules_per_terahash === 'auto';
  const joules_per_terahash = mixed === null ? auto(p.joules_per_terahash) : sumOf(mixed, (part) => part.share * part.joules_per_terahash);
  return {
    name: mixed === null ? ASIC_S21.name : `mix of ASICs (${p.hardware_mix.replaceAll(':', ' at ').replaceAll(',', ', ')} J/TH)`,
    ...(isPublished ? { source: ASIC_S21.source } : {}),
    hash_rate_hs: auto(p.hash_rate_hs) ?? ASIC_S21.hash_rate_hs,
    joules_per_hash: joules_per_terahash === null ? ASIC_S21.joules_per_hash : joules_per_terahash / TERA,
    ...shared,
  };
}

/** Parameters that name hardware which does not exist, or say one thing twice. */
export function hardwareProblems(p: HardwareParameters): ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  const refuse = (parameter: keyof HardwareParameters, accepts: string): void => {
    problems.push({ parameter, accepts });
  };
  const cpu = p.miner === 'cpu';
  const most_hs = cpu ? CORE_MAX_HASH_RATE_HS : ASIC_S21.hash_rate_hs;
  if (p.hash_rate_hs !== 'auto' && p.hash_rate_hs > most_hs) {
    const unit = cpu ? 'no core tries more; miner: asic-s21 does' : 'one Antminer S21';
    refuse('hash_rate_hs', `at most ${most_hs} (${unit}); the rate of all miners is network_hash_rate_hs, like network_hash_rate_hs: 6e20`);
  }
  const network_hs = networkHashRate_hs(p);
  if (p.target_nbits !== 'none') {
    if (p.network_hash_rate_hs !== 'auto')
      refuse('target_nbits', 'none beside network_hash_rate_hs: the target gives that rate, or leave out network_hash_rate_hs');
    else if (network_hs! > MAX_HASH_RATE_HS)
      refuse('target_nbits', `a target that takes at most ${MAX_HASH_RATE_HS} hashes a second at block_interval_s, like 0x1702355e`);
  }
  if (network_hs !== null && p.cores_per_node !== 1) {
    const said = p.target_nbits === 'none' ? 'network_hash_rate_hs' : 'target_nbits';
    refuse('cores_per_node', `no cores_per_node (or 1) beside ${said}, from which the number of units follows`);
  }
  if (cpu && p.joules_per_terahash !== 'auto')
    refuse('joules_per_terahash', 'auto with miner: cpu, whose joules are CPU-seconds × watts per core; else miner: asic-s21');
  if (cpu && p.hardware_mix !== 'none') refuse('hardware_mix', 'none with miner: cpu; a mix of ASICs needs miner: asic-s21');
  if (p.hardware_mix !== 'none') {
    if (p.joules_per_terahash !== 'auto')
      refuse('joules_per_terahash', 'auto beside hardware_mix, which gives the joules a terahash of each part');
    const total = sumOf(mixOf(p.hardware_mix), ({ share }) => share);
    if (Math.abs(total - 1) > 1e-9)
      refuse('hardware_mix', `shares that add up to 1 (these add up to ${Number(total.toPrecision(6))}), like '0.7:17.5,0.3:34.5'`);
  }
  return problems;
}
