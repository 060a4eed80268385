// A random peer graph: regular, connected, from draws alone.
import { PURPOSE, draw32, drawKey } from '../core/draws.ts';

export interface PeerGraph {
  /** Neighbours of each node, ascending. */
  readonly neighbours: readonly Int32Array[];
  readonly edges: number;
}

/** Attempted switches an edge; the switching chain is commonly run for about ten. */
const SWITCHES_PER_EDGE = 10;

/**
 * Every node has min(degree, nodes - 1) neighbours; where nodes and degree are both odd one node has a neighbour less. From
 * a ring lattice on the nodes, edges are switched at random (a-b, c-d become a-d, c-b where that makes no loop or double
 * edge), the standard Markov chain over graphs of given degrees, until the graph is connected. Degree 2 is a random ring.
 */
export function peerGraph(options: { seed: number; nodes: number; degree: number }): PeerGraph {
  const { seed, nodes } = options;
  const degree = Math.min(options.degree, nodes - 1);
  if (degree >= nodes - 1) return complete(nodes);
  if (degree < 2) throw new RangeError(`peer degree must be at least 2, got ${degree}`);
  const key = drawKey(seed, { purpose: PURPOSE.peers });
  const shuffle = drawKey(seed, { purpose: PURPOSE.peers, type: 1 });
  const ring = Array.from({ length: nodes }, (_, node) => node);
  for (let at = nodes - 1; at > 0; at--) {
    const other = below(draw32(shuffle, at), at + 1);
    [ring[at], ring[other]] = [ring[other], ring[at]];
  }

  const from: number[] = [];
  const to: number[] = [];
  // Neighbours in rows: a set a node took four times the time and the memory (measured at 100 000 nodes).
  const row = new Int32Array(nodes * degree);
  const length = new Int32Array(nodes);
  const connect = (a: number, b: number): void => {
    from.push(a);
    to.push(b);
    row[a * degree + length[a]++] = b;
    row[b * degree + length[b]++] = a;
  };
  const positionOf = (a: number, b: number): number => {
    for (let at = a * degree; at < a * degree + length[a]; at++) if (row[at] === b) return at;
    return -1;
  };
  for (let step = 1; step <= degree >> 1; step++) for (let at = 0; at < nodes; at++) connect(ring[at], ring[(at + step) % nodes]);
  if (degree % 2 === 1) for (let at = 0; at < nodes >> 1; at++) connect(ring[at], ring[at + (nodes >> 1)]);
  const neighboursOf = (node: number): Int32Array => row.subarray(node * degree, node * degree + length[node]);

  if (degree > 2) {
    const edges = from.length;
    let turn = 0;
    do {
      for (const end = turn + SWITCHES_PER_EDGE * edges; turn < end; turn++) {
        const x = below(draw32(key, turn, 0), edges);
        const y = below(draw32(key, turn, 1), edges);
        const flip = draw32(key, turn, 2) < 0x80000000;
        const a = from[x];
        const b = to[x];
        const c = flip ? to[y] : from[y];
        const d = flip ? from[y] : to[y];
        if (a === d || c === b || a === c || b === d || positionOf(a, d) >= 0 || positionOf(c, b) >= 0) continue;
        row[positionOf(a, b)] = d;
        row[positionOf(b, a)] = c;
        row[positionOf(c, d)] = b;
        row[positionOf(d, c)] = a;
        to[x] = d;
        from[y] = c;
        to[y] = b;
      }
    } while (!connected(nodes, neighboursOf));
  }
  return { neighbours: ring.map((_, node) => neighboursOf(node).slice().sort()), edges: from.length };
}

function below(draw: number, limit: number): number {
  return Math.floor((draw / 0x100000000) * limit);
}

function complete(nodes: number): PeerGraph {
  const neighbours = Array.from({ length: nodes }, (_, node) => {
    const others = new Int32Array(nodes - 1);
    for (let at = 0; at < nodes - 1; at++) others[at] = at < node ? at : at + 1;
    return others;
  });
  return { neighbours, edges: (nodes * (nodes - 1)) / 2 };
}

function connected(nodes: number, neighboursOf: (node: number) => Int32Array): boolean {
  const seen = new Uint8Array(nodes);
  const queue = [0];
  seen[0] = 1;
  for (const node of queue) {
    for (const next of neighboursOf(node)) {
      if (seen[next] === 1) continue;
      seen[next] = 1;
      queue.push(next);
    }
  }
  return queue.length === nodes;
}
