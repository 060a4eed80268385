// `placement` of a suite: where nodes are, or the members of each role (docs/suites.md).
import { z } from 'zod';
import { isDefaultLoad } from '../model/load.ts';
import { MAX_NODES, type CellPlacement, type NetworkSpec, type PlacedAs } from '../model/cell.ts';
import type { Role } from '../model/role.ts';
import { MAX_REGIONS } from '../model/network.ts';
import type { PlannedCell, Workload } from '../simulate/core/contract.ts';
import { needsOfWaves } from '../simulate/core/network.ts';
import { REGIONS_5 } from '../simulate/core/network-data.ts';
import { decimal, integer, object } from './leaves.ts';

/** In the order of the network's regions, or by their names (a region not named has none). */
type ByRegion = readonly number[] | Readonly<Record<string, number>>;
/** One of these. */
export interface Places {
  readonly regions?: ByRegion | undefined;
  readonly shares?: ByRegion | undefined;
  readonly nodes?: readonly (number | string)[] | undefined;
}
export type Placement = 'round-robin' | (Places & { readonly roles?: Readonly<Record<string, 'round-robin' | Places>> | undefined });

const regionsError = 'numbers of nodes, one a region, like [7, 5, 3], or by name, like { us-east: 7, eu-de: 5 }';
const sharesError = 'shares of the nodes, one a region, like [0.5, 0.3, 0.2], or by name, like { us-east: 0.5, eu-de: 0.5 }';
const nodesError = 'the region of each node, by name, like [us-east, eu-de, us-east], or by number from 0';
const placementError =
  'round-robin, or an object like { regions: [7, 5, 3] }, { shares: [0.5, 0.5] }, { nodes: [us-east, eu-de] } or { roles: { … } }';
const rolePlacesError = 'round-robin, or an object like { regions: [7, 5, 3] }, { shares: [0.5, 0.5] } or { nodes: [us-east, eu-de] }';
const count = integer(0, MAX_NODES);
const byRegion = <T extends z.ZodType<number>>(value: T, error: string) =>
  z.union([z.array(value).min(1, { error }).max(MAX_REGIONS, { error }), z.record(z.string(), value, { error })], { error });
const places = {
  regions: byRegion(count, regionsError)
    .optional()
    .describe('Nodes in each region: in order (the first ones in the first region), or by name'),
  shares: byRegion(decimal(0, 1e9), sharesError).optional().describe('Share of the nodes in each region, whatever their number'),
  nodes: z
    .array(z.union([integer(0, MAX_REGIONS - 1), z.string({ error: nodesError })], { error: nodesError }), { error: nodesError })
    .min(1, { error: nodesError })
    .optional()
    .describe('The region of each node'),
};
const oneKey = (error: string) => (input: object, context: z.core.$RefinementCtx) => {
  if (Object.values(input).filter((value) => value !== undefined).length !== 1) context.addIssue({ code: 'custom', message: error, input });
};
const ofRole = z.union([z.literal('round-robin'), object(places, rolePlacesError).superRefine(oneKey(rolePlacesError))], {
  error: rolePlacesError,
});
export const placementSchema = z.union(
  [
    z.literal('round-robin'),
    object(
      { ...places, roles: z.record(z.string(), ofRole, { error: placementError }).optional().describe('Members of each role by itself') },
      placementError,
    ).superRefine(oneKey(placementError)),
  ],
  { error: placementError },
);

/** The names of a network's regions, a text for each; empty texts where it names none. */
export function regionsOf(network: NetworkSpec): readonly string[] {
  if (network.kind === 'wan-5-regions') return REGIONS_5.names;
  if (network.kind !== 'matrix') return [''];
  return network.regions ?? network.one_way_ms.map(() => '');
}

/** Whom a placement may place. */
export type Members = Pick<Role, 'id' | 'count' | 'counted'>;

const nodesOf = (members: readonly Members[]): number => members.reduce((sum, { counted, count: each }) => sum + (counted ? each : 0), 0);

/** The roles of a workload's cell: those that it declares, else nodes; and clients, where nodes vote. */
export function membersOf({ roles, family }: Pick<Workload, 'roles' | 'family'>, cell: PlannedCell): readonly Members[] {
  const declared = roles?.(cell) ?? [{ id: 'node', count: cell.nodes, counted: true }];
  if ((family !== 'voting' && family !== 'federated') || declared.some(({ id }) => id === 'client')) return declared;
  return [...declared, { id: 'client', count: isDefaultLoad(cell.load) ? 1 : regionsOf(cell.network).length, counted: false }];
}

/**
 * A placement as a cell carries it, the shortest way to say it; undefined: as round robin places them. The suite has been checked
 * (`placementProblem`).
 */
export function cellPlacement(
  placement: Placement | undefined,
  network: NetworkSpec,
  members: readonly Members[],
): CellPlacement | undefined {
  if (placement === undefined || placement === 'round-robin') return undefined;
  const { roles } = placement;
  const nodes = nodesOf(members);
  if (roles === undefined) return placedAs(placement, network, nodes);
  const placedRoles = members.flatMap(({ id, count: each }): [string, PlacedAs][] => {
    const said = Object.hasOwn(roles, id) ? roles[id] : 'round-robin';
    if (said === 'round-robin') return [];
    // The client of the default load is alone, and beside node 0.
    const at = placedAs(said, network, each);
    return at === undefined ? [] : [[id, at]];
  });
  const [only] = placedRoles;
  if (only === undefined) return undefined;
  const isAllNodes =
    placedRoles.length === 1 && members.some(({ id, counted, count: each }) => id === only[0] && counted && each === nodes);
  return isAllNodes ? only[1] : { roles: Object.fromEntries(placedRoles) };
}

function placedAs(places: Places, network: NetworkSpec, members: number): PlacedAs | undefined {
  const names = regionsOf(network);
  const regions = memberRegions(places, names, members);
  if (regions.every((region, member) => region === member % names.length)) return undefined;
  if (regions.some((region, member) => member > 0 && region < regions[member - 1])) return { nodes: regions };
  const counts = new Array<number>(regions[regions.length - 1] + 1).fill(0);
  for (const region of regions) counts[region] += 1;
  return counts;
}

/** The region of each member. */
function memberRegions({ regions, shares, nodes }: Places, names: readonly string[], members: number): number[] {
  if (nodes !== undefined) return nodes.map((region) => (typeof region === 'number' ? region : names.indexOf(region)));
  const counts = regions !== undefined ? inOrder(regions, names) : apportioned(inOrder(shares!, names), members);
  return counts.flatMap((each, region) => new Array<number>(each).fill(region));
}

function inOrder(values: ByRegion, names: readonly string[]): readonly number[] {
  return isList(values) ? values : names.map((name) => (Object.hasOwn(values, name) ? values[name] : 0));
}

/** Whole numbers nearest to shares of `total` that add up to it: largest remainders, ties to the earlier one. */
export function apportioned(shares: readonly number[], total: number): number[] {
  const sum = shares.reduce((all, share) => all + share, 0);
  const quotas = shares.map((share) => (total * share) / sum);
  const counts = quotas.map(Math.floor);
  const left = total - counts.reduce((all, each) => all + each, 0);
  const order = quotas.map((quota, index) => ({ rest: quota - counts[index], index })).sort((x, y) => y.rest - x.rest || x.index - y.index);
  for (const { index } of order.slice(0, left)) counts[index] += 1;
  return counts;
}

/** What waves cannot have of so many nodes in a network, which runs on messages then; '' where there is nothing. */
export function needsMessages(placement: Placement | undefined, network: NetworkSpec, members: readonly Members[]): string {
  const isPlaced = cellPlacement(placement, network, members) !== undefined;
  const nodes = nodesOf(members);
  return needsOfWaves({ isPlaced, regions: regionsOf(network).length, nodes });
}

/** What is wrong, at a path inside `placement`; with `known` an unknown key of that name, else `received` stands there. */
export interface PlacementProblem {
  readonly path: readonly (string | number)[];
  readonly received?: unknown;
  readonly message: string;
  readonly known?: readonly string[];
  readonly isKey?: boolean;
}

/** What is wrong with a placement of the roles of a cell; null: nothing. */
export function placementProblem(placement: Placement, network: NetworkSpec, members: readonly Members[]): PlacementProblem | null {
  if (placement === 'round-robin') return null;
  const { roles } = placement;
  if (roles === undefined) {
    const nodes = nodesOf(members);
    return placesProblem(placement, network, { id: 'node', count: nodes });
  }
  for (const [id, said] of Object.entries(roles)) {
    const role = members.find((one) => one.id === id);
    const known = members.map((one) => one.id);
    if (role === undefined) return { path: ['roles', id], message: `roles of the workload: ${known.join(', ')}`, known, isKey: true };
    const problem = said === 'round-robin' ? null : placesProblem(said, network, role);
    if (problem !== null) return { ...problem, path: ['roles', id, ...problem.path] };
  }
  return null;
}

function placesProblem(
  places: Places,
  network: NetworkSpec,
  { id, count: members }: Pick<Members, 'id' | 'count'>,
): PlacementProblem | null {
  const names = regionsOf(network);
  const kind = network.kind === 'matrix' ? network.name : network.kind;
  const known = names.filter((name) => name !== '');
  const { nodes } = places;
  if (nodes !== undefined) {
    const index = nodes.findIndex((region) =>
      typeof region === 'number' ? region >= names.length : region === '' || !names.includes(region),
    );
    if (index >= 0) {
      const numbers = `numbers from 0 to ${names.length - 1}`;
      const message = `regions of the network ${kind}: ${known.length === 0 ? numbers : `${known.join(', ')}, or ${numbers}`}`;
      return { path: ['nodes', index], received: nodes[index], message, known };
    }
    if (nodes.length !== members)
      return { path: ['nodes'], received: nodes, message: `${members} regions, one for each ${id} (these are ${nodes.length})` };
    return null;
  }
  const key = places.regions === undefined ? 'shares' : 'regions';
  const values = (places.regions ?? places.shares)!;
  if (isList(values)) {
    if (values.length > names.length) {
      const most = `at most ${names.length} ${names.length === 1 ? 'number' : 'numbers'}`;
      return { path: [key], received: values, message: `${most}, as the network ${kind} has so many regions` };
    }
  } else {
    if (names.includes(''))
      return {
        path: [key],
        received: values,
        message: `a list of numbers, like [7, 5, 3]: the regions of the network ${kind} have no names`,
      };
    const unknown = Object.keys(values).find((name) => !names.includes(name));
    if (unknown !== undefined)
      return { path: [key, unknown], message: `names of regions of the network ${kind}: ${names.join(', ')}`, known: names, isKey: true };
  }
  const sum = Object.values(values).reduce((total: number, each: number) => total + each, 0);
  if (key === 'shares') return sum > 0 ? null : { path: [key], received: values, message: 'shares of which one is above 0' };
  const whom = id === 'node' ? 'the number of nodes' : `the number of members of ${id}`;
  if (sum !== members)
    return { path: [key], received: values, message: `numbers that add up to ${whom}, ${members} (these add up to ${sum})` };
  return null;
}

/** What is in order, beside what goes by names or has a kind. */
export function isList<T>(values: readonly number[] | T): values is readonly number[] {
  return Array.isArray(values);
}
