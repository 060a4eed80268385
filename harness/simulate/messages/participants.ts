// Who takes part in a run: roles, regions, cores, names.
import type { Role } from '../../model/role.ts';
import { regionOf } from '../core/network.ts';
import type { Setup } from '../core/contract.ts';
import type { Protocol } from './protocol.ts';
import { PARTICIPANT_LIMIT } from './queue.ts';

/** Participants from `first` to the one before `end`. */
export interface Range {
  readonly first: number;
  readonly end: number;
}

type Described = Pick<Protocol<never, never>, 'participants' | 'nodes' | 'roles' | 'regionOf' | 'nameOf'>;

export class Participants {
  readonly count: number;
  /** The first so many, which are counted. */
  readonly nodes: number;
  readonly roles: readonly Role[];
  readonly roleOf: Uint8Array;
  readonly regions: Int32Array;
  /** Cores that queue where resources are watched; 0: as many as it takes. */
  readonly cores: Int32Array;
  /** 1 where a node may be faulty; null: all may. */
  readonly faultable: Uint8Array | null;
  readonly allNodes: Range;
  private readonly ranges = new Map<string, Range>();
  private readonly protocol: Described;
  private readonly names: readonly string[];

  /** @throws RangeError where there are too many, or the roles are not those of the numbers given */
  constructor(protocol: Described, { network, cell }: Setup) {
    const { participants, nodes } = protocol;
    if (!(Number.isInteger(participants) && participants > 0 && participants <= PARTICIPANT_LIMIT))
      throw new RangeError(`received ${participants} participants; accepted: from 1 to ${PARTICIPANT_LIMIT}`);
    this.protocol = protocol;
    this.names = cell.names ?? [];
    this.count = participants;
    this.nodes = nodes;
    this.allNodes = { first: 0, end: nodes };
    this.roles = protocol.roles ?? unnamed(participants, nodes, cell.node.cores);
    checkRoles(this.roles, participants, nodes);
    this.roleOf = new Uint8Array(participants);
    this.regions = new Int32Array(participants);
    this.cores = new Int32Array(participants);
    this.faultable = this.roles.some(({ counted, faultable }) => counted && !faultable) ? new Uint8Array(nodes) : null;
    let first = 0;
    this.roles.forEach((role, number) => {
      this.ranges.set(role.id, { first, end: first + role.count });
      const own = role.counted ? undefined : network.others?.[role.id];
      if (own !== undefined && own.length !== role.count)
        throw new RangeError(`placement of ${role.id}: received ${own.length} members; accepted: ${role.count}`);
      for (let i = 0; i < role.count; i++) {
        const participant = first + i;
        this.roleOf[participant] = number;
        this.cores[participant] = role.cores;
        // Placed nodes are numbered through; round robin begins anew with each role, so that each is spread alike.
        const spread = role.counted && network.placement !== undefined ? regionOf(network, participant) : i % network.regions;
        this.regions[participant] = own !== undefined ? own[i] : role.region === 'spread' ? spread : role.region;
        if (this.faultable !== null && role.counted) this.faultable[participant] = role.faultable ? 1 : 0;
      }
      first += role.count;
    });
    if (protocol.roles === undefined && network.others?.['client'] === undefined)
      for (let client = nodes; client < participants; client++) this.regions[client] = protocol.regionOf?.(client) ?? 0;
  }

  /** @throws RangeError where no role has that name */
  rangeOf(role: string): Range {
    const range = this.ranges.get(role);
    if (range === undefined) throw new RangeError(`received a multicast to ${role}; accepted: ${[...this.ranges.keys()].join(', ')}`);
    return range;
  }

  nameOf(participant: number): string {
    if (participant < this.names.length) return this.names[participant];
    const given = this.protocol.nameOf?.(participant);
    if (given !== undefined) return given;
    if (this.protocol.roles === undefined) return `node ${participant}`;
    const { id } = this.roles[this.roleOf[participant]];
    return `${id} ${participant - this.rangeOf(id).first}`;
  }
}

function unnamed(participants: number, nodes: number, cores: number): Role[] {
  return [
    { id: 'node', count: nodes, counted: true, cores, region: 'spread', faultable: true },
    { id: 'client', count: participants - nodes, counted: false, cores: 0, region: 0, faultable: false },
  ];
}

function checkRoles(roles: readonly Role[], participants: number, nodes: number): void {
  const all = roles.reduce((sum, { count }) => sum + count, 0);
  const counted = roles.reduce((sum, role) => sum + (role.counted ? role.count : 0), 0);
  const ordered = roles.every(({ counted: one }, i) => !one || roles.slice(0, i).every((before) => before.counted));
  if (all === participants && counted === nodes && ordered && new Set(roles.map(({ id }) => id)).size === roles.length) return;
  const said = roles.map(({ id, count, counted: one }) => `${id} ${count}${one ? '' : ' (not counted)'}`).join(', ');
  throw new RangeError(
    `received the roles ${said}; accepted: ${nodes} counted participants, then others, ${participants} together, each role once`,
  );
}
