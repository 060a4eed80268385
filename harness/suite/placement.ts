// `placement` of a suite: so many nodes in each region, in order or by name (docs/suites.md).
import { z } from 'zod';
import { MAX_NODES, type NetworkSpec } from '../model/cell.ts';
import { needsOfWaves } from '../simulate/core/network.ts';
import { REGIONS_5 } from '../simulate/core/network-data.ts';
import { MAX_REGIONS } from '../model/network.ts';
import { integer, object } from './leaves.ts';

/** `round-robin`, or the number of nodes in each region: in the order of the network's regions, or by their names (a region not named has none). */
export type Placement = 'round-robin' | { readonly regions: readonly number[] | Readonly<Record<string, number>> };

const regionsError = 'numbers of nodes, one a region, like [7, 5, 3], or by name, like { us-east: 7, eu-de: 5 }';
const placementError = 'round-robin, or an object like { regions: [7, 5, 3] }';
const count = integer(0, MAX_NODES);
export const placementSchema = z.union(
  [
    z.literal('round-robin'),
    object(
      {
        regions: z
          .union(
            [
              z.array(count).min(1, { error: regionsError }).max(MAX_REGIONS, { error: regionsError }),
              z.record(z.string(), count, { error: regionsError }),
            ],
            { error: regionsError },
          )
          .describe('Nodes in each region: in order (the first ones in the first region), or by name'),
      },
      placementError,
    ),
  ],
  { error: placementError },
);

/** The names of a network's regions, a text for each; empty texts where it names none. */
export function regionsOf(network: NetworkSpec): readonly string[] {
  if (network.kind === 'wan-5-regions') return REGIONS_5.names;
  if (network.kind !== 'matrix') return [''];
  return network.regions ?? network.one_way_ms.map(() => '');
}

/**
 * The nodes in each region of a network, without regions at the end that have none; undefined: as round robin places them.
 * The suite has been checked (`placementProblem`).
 */
export function placementCounts(placement: Placement | undefined, network: NetworkSpec, nodes: number): readonly number[] | undefined {
  if (placement === undefined || placement === 'round-robin') return undefined;
  const { regions } = placement;
  const names = regionsOf(network);
  const counts = isList(regions) ? [...regions] : names.map((name) => (Object.hasOwn(regions, name) ? regions[name] : 0));
  while (counts.at(-1) === 0) counts.pop();
  // Nodes fill the regions in order, so that is round robin where each has one, or where there is one region.
  const roundRobin = names.length === 1 || (nodes <= names.length && counts.every((each) => each === 1));
  return roundRobin ? undefined : counts;
}

/** What waves cannot have of so many nodes in a network, which runs on messages then; '' where there is nothing. */
export function needsMessages(placement: Placement | undefined, network: NetworkSpec, nodes: number): string {
  const isPlaced = placementCounts(placement, network, nodes) !== undefined;
  return needsOfWaves({ isPlaced, regions: regionsOf(network).length, nodes });
}

/** What is wrong with a placement at so many nodes of a network: what is accepted instead of its `regions`, or of a name in them; null: nothing. */
export function placementProblem(
  placement: Placement,
  network: NetworkSpec,
  nodes: number,
): { readonly message: string; readonly name?: string; readonly known?: readonly string[] } | null {
  if (placement === 'round-robin') return null;
  const { regions } = placement;
  const names = regionsOf(network);
  const kind = network.kind === 'matrix' ? network.name : network.kind;
  if (isList(regions)) {
    if (regions.length > names.length)
      return {
        message: `at most ${names.length} ${names.length === 1 ? 'number' : 'numbers'}, as the network ${kind} has so many regions`,
      };
  } else {
    if (names.includes('')) return { message: `a list of numbers, like [7, 5, 3]: the regions of the network ${kind} have no names` };
    const unknown = Object.keys(regions).find((name) => !names.includes(name));
    if (unknown !== undefined)
      return { message: `names of regions of the network ${kind}: ${names.join(', ')}`, name: unknown, known: names };
  }
  const sum = Object.values(regions).reduce((total: number, each: number) => total + each, 0);
  if (sum !== nodes) return { message: `numbers that add up to the number of nodes, ${nodes} (these add up to ${sum})` };
  return null;
}

function isList(regions: readonly number[] | Readonly<Record<string, number>>): regions is readonly number[] {
  return Array.isArray(regions);
}
