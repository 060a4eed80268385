// The properties of section III of Junqueira et al. that hold of servers at any moment.
import type { ZabNode } from './node.ts';

/** The property that does not hold of these servers; '' where all do. */
export function broken(nodes: readonly ZabNode[]): string {
  const leaders = new Map<number, ZabNode>();
  for (const node of nodes) {
    const { saved, committed, last, entries } = node.log;
    if (saved > last || committed > last)
      return `node ${node.id} has ${last} transactions, ${saved} of them on its disk and ${committed} delivered`;
    for (let at = 2; at <= last; at++)
      if (entries[at].zxid <= entries[at - 1].zxid) return `primary order: node ${node.id} has transaction ${at} after one of a later zxid`;
    if (node.state !== 'leading' || node.phase === 'discovery') continue;
    const other = leaders.get(node.accepted);
    if (other !== undefined) return `nodes ${other.id} and ${node.id} lead epoch ${node.accepted}`;
    leaders.set(node.accepted, node);
  }
  for (const [i, { id, log }] of nodes.entries())
    for (const other of nodes.slice(0, i)) {
      const both = Math.min(log.committed, other.log.committed);
      for (let at = 1; at <= both; at++)
        if (log.entries[at].zxid !== other.log.entries[at].zxid || log.entries[at].batch !== other.log.entries[at].batch)
          return `total order: nodes ${other.id} and ${id} have delivered different transactions at ${at}`;
    }
  // Of a later epoch than the leader's something may be delivered that it never had.
  const newest = leaders.get(Math.max(...nodes.map(({ accepted }) => accepted)));
  for (const { id, log } of nodes)
    if (newest !== undefined && log.committed > 0 && newest.log.entries[log.committed]?.zxid !== log.entries[log.committed].zxid)
      return `primary integrity: node ${newest.id}, which leads epoch ${newest.accepted}, lacks what node ${id} has delivered`;
  return '';
}
