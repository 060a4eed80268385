// Links that differ from node to node: by list, by region or drawn, resolved for the nodes of a cell.
import { exp } from '../../../assembly/portable/math.ts';
import type { Bandwidth, NetworkSpec } from '../../model/cell.ts';
import { QUANTILE_SHIFT, type Network } from '../../model/network.ts';
import { PURPOSE, draw32, drawKey } from './draws.ts';
import { buildNetwork, regionOf } from './network.ts';
import { normalQuantiles } from './network-data.ts';

/** What a suite accepts, and what a draw is kept within, Mbit/s. */
export const LEAST_MBPS = 0.001;
export const MOST_MBPS = 1e6;

/** The network with the links of each node where they differ. A pure function of the spec, the placement and the seed. */
export function linked(network: Network, spec: NetworkSpec, { seed, nodes }: { readonly seed: number; readonly nodes: number }): Network {
  if (spec.kind === 'fixed') return network;
  const { bandwidth_mbps: up, downlink_mbps: down = up } = spec;
  if (typeof up === 'number' && typeof down === 'number') return network;
  const uplinks_bps = new Float64Array(nodes);
  const downlinks_bps = new Float64Array(nodes);
  for (let node = 0; node < nodes; node++) {
    // One draw for both directions: a node with a fast uplink has a fast downlink.
    const draw = draw32(drawKey(seed, { purpose: PURPOSE.bandwidth, sender: node }), node);
    const region = regionOf(network, node);
    uplinks_bps[node] = mbpsOf(up, node, region, draw) * 1e6;
    downlinks_bps[node] = mbpsOf(down, node, region, draw) * 1e6;
  }
  return { ...network, uplinks_bps, downlinks_bps };
}

/** The network of a cell that is planned: links that are drawn are those of one seed for all, about. */
export function plannedNetwork(spec: NetworkSpec, nodes: number): Network {
  return linked(buildNetwork(spec), spec, { seed: 0, nodes });
}

function mbpsOf(bandwidth: Bandwidth, node: number, region: number, draw: number): number {
  if (typeof bandwidth === 'number') return bandwidth;
  if (isList(bandwidth)) return bandwidth[node % bandwidth.length];
  if (!('kind' in bandwidth)) return bandwidth.regions[region];
  const u = (draw + 0.5) / 0x100000000;
  switch (bandwidth.kind) {
    case 'uniform':
      return bandwidth.min_mbps + (bandwidth.max_mbps - bandwidth.min_mbps) * u;
    case 'lognormal': {
      const drawn = bandwidth.median_mbps * exp((bandwidth.sigma * normalQuantiles[draw >>> QUANTILE_SHIFT]) / 1e6);
      return Math.min(MOST_MBPS, Math.max(LEAST_MBPS, drawn));
    }
    case 'quantiles': {
      const { mbps } = bandwidth;
      const place = u * (mbps.length - 1);
      const below = Math.floor(place);
      return mbps[below] + (mbps[Math.min(below + 1, mbps.length - 1)] - mbps[below]) * (place - below);
    }
  }
}

function isList(bandwidth: Bandwidth): bandwidth is readonly number[] {
  return Array.isArray(bandwidth);
}
