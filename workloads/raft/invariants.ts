// The properties of Figure 3, and the rule of section 5.4.2, that hold of servers at any moment.
import type { RaftNode } from './node.ts';

/** The property that does not hold of these servers; '' where all do. */
export function broken(nodes: readonly RaftNode[]): string {
  const leaders = new Map<number, RaftNode>();
  for (const node of nodes) {
    const { saved, committed, last } = node.log;
    if (saved > last || committed > last)
      return `node ${node.id} has ${last} entries, ${saved} of them on its disk and ${committed} decided`;
    if (node.role !== 'leader') continue;
    const { firstCounted } = node;
    if (firstCounted > 0 && node.log.termAt(firstCounted) !== node.term)
      return `section 5.4.2: node ${node.id}, which leads term ${node.term}, has counted replicas of entry ${firstCounted}, which is of term ${node.log.termAt(firstCounted)}`;
    const other = leaders.get(node.term);
    if (other !== undefined) return `Election Safety: nodes ${other.id} and ${node.id} lead term ${node.term}`;
    leaders.set(node.term, node);
  }
  for (const [i, node] of nodes.entries())
    for (const other of nodes.slice(0, i)) {
      const differs = logsDiffer(node, other);
      if (differs > 0) return `Log Matching: nodes ${other.id} and ${node.id} agree after entry ${differs}, in which they differ`;
    }
  // Of a later term than the leader's something may be decided that it never had.
  const newest = leaders.get(Math.max(...nodes.map(({ term }) => term)));
  for (const { id, log } of nodes)
    for (let index = 1; newest !== undefined && index <= log.committed; index++)
      if (newest.log.entries[index] !== log.entries[index] || index > newest.log.last)
        return `Leader Completeness: node ${newest.id}, which leads term ${newest.term}, lacks entry ${index}, which node ${id} has executed`;
  return '';
}

/** An index at which two logs differ although they have an entry of one term at a later one; 0: none. */
function logsDiffer({ log: one }: RaftNode, { log: other }: RaftNode): number {
  if (one.entries === other.entries) return 0;
  let agrees = false;
  for (let index = Math.min(one.last, other.last); index > 0; index--) {
    agrees ||= one.termAt(index) === other.termAt(index);
    if (agrees && one.entries[index] !== other.entries[index]) return index;
  }
  return 0;
}
