// The settings of a cell that have no column of their own, by name: they stand in the column parameters, and in columns where a plan
// sweeps them.
import { besidesProfile, type Cell, type CellPlacement, type ParameterValue } from '../model/cell.ts';
import { DEFAULT_LOAD, loadSettings } from '../model/load.ts';

/** `7,5,3` nodes in each region; `nodes:0,1,0` the region of each; `orderers:2,1|client:nodes:4` by role. */
function placementLabel(placement: CellPlacement): string {
  if ('roles' in placement)
    return Object.entries(placement.roles)
      .map(([id, at]) => `${id}:${placementLabel(at)}`)
      .join('|');
  return 'nodes' in placement ? `nodes:${placement.nodes.join(',')}` : placement.join(',');
}

/** Settings that have no column of their own, under dotted names, where they differ from the defaults. */
export function settingsOf(cell: Cell): [name: string, value: ParameterValue][] {
  const { fault, node, transactions, horizon_s, placement } = cell;
  const settings: [string, ParameterValue | undefined][] = [
    ['fault.delay_ms', fault.delay_ms],
    ['fault.from_s', fault.from_s],
    ['fault.nodes', fault.nodes?.join(',')],
    ['fault.groups', fault.groups?.map((group) => group.join(',')).join('|')],
    ['fault.crossing', fault.crossing],
    ['fault.loss', fault.loss],
    ['fault.toward', fault.toward?.join(',')],
    ['fault.placement', fault.placement === 'worst' ? undefined : fault.placement],
    ['fault.until_s', fault.until_s],
    ['cell.horizon_s', horizon_s],
    ['cell.placement', placement && placementLabel(placement)],
    ['cell.node', node.name === 'server' ? undefined : node.name],
    ['cell.node.profile', node.profile],
    ...(node.profile === undefined ? [] : besidesProfile(node).map(([key, value]): [string, number] => [`cell.node.${key}`, value])),
    ['cell.tx_bytes', transactions.bytes === 250 ? undefined : transactions.bytes],
    ['cell.tx_signed', transactions.signed === true ? true : undefined],
    // A plan of version 0.2 has no other load.
    ...loadSettings(cell.load ?? DEFAULT_LOAD).map(([key, value]): [string, ParameterValue] => [`load.${key}`, value]),
  ];
  return settings.filter((setting): setting is [string, ParameterValue] => setting[1] !== undefined);
}
