// How long a chain cell may go on in virtual time where its suite names no horizon.
import { ATTACK_BLOCKS, MESSAGE_HEADER_BYTES, INVENTORY_BYTES, hopNetwork, longestShareUpload_us, stopHeight } from './rules.ts';
import { lastingShare } from './outages.ts';
import { longestLink_us } from '../core/network.ts';
import type { Setup } from '../core/contract.ts';
import type { ChainSpec } from './spec.ts';

/**
 * A horizon for cells that name none: virtual time in which the asked blocks come but for a chance of about 1e-9.
 *
 * After a block everybody has it within `spread_us`, and then the next height comes after a mean gap of `gap_us` at the
 * power that is left (`live`). So B heights take at most a sum of B exponential (or geometric) gaps and B spreads; the sum
 * is beyond B + sqrt(2 x B) + x mean gaps with a chance below e^-x (Laurent and Massart 2000, Lemma 1); x is 20. Twice
 * that, for difficulties that vary (see difficulty_rules in docs/pow.md). A fault that ends may have let no block through: everything
 * is added to its end, at the power that there is afterwards.
 */
export function chainHorizon_us(setup: Omit<Setup, 'horizon_us'>, spec: ChainSpec, gap_us: (live: number) => number): number {
  const { faults, cell } = setup;
  // What is left for good; with nothing left the engines stop by themselves.
  const lost = faults.kind === 'power-loss' && faults.until_us === Infinity ? faults.ratio : 1 - lastingShare(spec);
  const live = lost < 1 ? 1 - lost : 1;
  const blocks = Math.max(stopHeight(cell.decisions, spec.confirmations), ATTACK_BLOCKS * spec.attacks);
  const X = 20;
  const gaps = blocks + Math.sqrt(2 * X * blocks) + X;
  const ends_us = faults.entries.map(({ until_us }) => (until_us === Infinity ? 0 : until_us));
  const after_us = Math.max(0, ...ends_us);
  return after_us + Math.ceil(2 * (gaps * gap_us(live) + (blocks + X) * spread_us(setup, spec)));
}

/** Longer than a block takes to reach everybody, but for a chance of a millionth a message. */
export function spread_us(setup: Omit<Setup, 'horizon_us'>, spec: ChainSpec): number {
  const { participants, peerDegree, relay } = spec;
  const network = hopNetwork(setup.network);
  const late_us = spec.faults.reduce((sum, { kind, delay_us }) => sum + (kind === 'delay' ? delay_us : 0), 0);
  const travel_us = longestLink_us(network, 1e-6) + late_us;
  const connections = relay === 'announce' ? Math.min(peerDegree, participants - 1) : relay === 'direct' ? participants - 1 : 1;
  const validate_us = spec.validate_ns / 1000;
  const body_us = longestShareUpload_us(network, MESSAGE_HEADER_BYTES + spec.blockBytes, connections) + travel_us + validate_us;
  if (relay !== 'announce') return (relay === 'direct' ? 1 : 3) * body_us;
  const hop_us = body_us + 2 * (longestShareUpload_us(network, INVENTORY_BYTES, connections) + travel_us);
  return hopsAtMost(participants, connections) * hop_us;
}

/** Hops between any two of `nodes` in a random regular graph: half of a ring, else twice what its widening asks for. */
function hopsAtMost(nodes: number, degree: number): number {
  if (degree >= nodes - 1) return 1;
  if (degree <= 2) return nodes >> 1;
  let hops = 1;
  for (let reach = degree; reach < nodes; reach *= degree - 1) hops += 1;
  return 2 * hops + 2;
}
