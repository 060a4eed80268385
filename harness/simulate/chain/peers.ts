// A random peer graph: regular, connected, from draws alone.
import { PURPOSE, draw32, drawKey, drawWords, type DrawKey } from '../core/draws.ts';

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
  const ring = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) ring[node] = node;
  for (let at = nodes - 1; at > 0; at--) {
    const other = below(draw32(shuffle, at), at + 1);
    const node = ring[at];
    ring[at] = ring[other]!;
    ring[other] = node;
  }

  const graph = lattice(ring, degree);
  const edges = graph.near.length;
  if (degree > 2) {
    let turn = 0;
    do {
      switchEdges(graph, key, turn, turn + SWITCHES_PER_EDGE * edges);
      turn += SWITCHES_PER_EDGE * edges;
    } while (!connected(graph));
  }
  return { neighbours: ascending(graph), edges };
}

/** A graph while its edges are switched. */
interface Wiring {
  readonly nodes: number;
  readonly degree: number;
  /** Neighbours of each node in a row of `degree` places; -1: none. Sets took four times the time and the memory (measured at 100 000 nodes). */
  readonly row: Int32Array;
  /** The two places of each edge a-b: that in the row of a, which holds b, and that in the row of b, which holds a. */
  readonly near: Int32Array;
  readonly far: Int32Array;
}

/** Everyone is joined to the next degree / 2 of a ring on both sides; where the degree is odd, also to who is opposite. */
function lattice(ring: Int32Array, degree: number): Wiring {
  const nodes = ring.length;
  const edges = nodes * (degree >> 1) + (degree % 2 === 1 ? nodes >> 1 : 0);
  const row = new Int32Array(nodes * degree).fill(-1);
  const filled = new Int32Array(nodes);
  const near = new Int32Array(edges);
  const far = new Int32Array(edges);
  for (let edge = 0; edge < edges; edge++) {
    const at = edge % nodes;
    const step = edge < nodes * (degree >> 1) ? Math.floor(edge / nodes) + 1 : nodes >> 1;
    const a = ring[at];
    const b = ring[(at + step) % nodes];
    near[edge] = a * degree + filled[a]++;
    far[edge] = b * degree + filled[b]++;
    row[near[edge]] = b;
    row[far[edge]] = a;
  }
  return { nodes, degree, row, near, far };
}

/** The switches from one number up to another. */
function switchEdges({ degree, row, near, far }: Wiring, key: DrawKey, first: number, until: number): void {
  const edges = near.length;
  for (let turn = first; turn < until; turn++) {
    const x = below(drawWords(key.a, key.b, turn, 0), edges);
    const y = below(drawWords(key.a, key.b, turn, 1), edges);
    const flip = drawWords(key.a, key.b, turn, 2) < 0x80000000;
    const atA = near[x];
    const atB = far[x];
    const atC = flip ? far[y] : near[y];
    const atD = flip ? near[y] : far[y];
    const a = row[atB];
    const b = row[atA];
    const c = row[atD];
    const d = row[atC];
    if (a === d || c === b || a === c || b === d || holds(row, a * degree, degree, d) || holds(row, c * degree, degree, b)) continue;
    row[atA] = d;
    row[atB] = c;
    row[atC] = b;
    row[atD] = a;
    far[x] = atD;
    near[y] = atC;
    far[y] = atB;
  }
}

/** Is a node in one of `count` places from `first` on? */
function holds(row: Int32Array, first: number, count: number, node: number): boolean {
  for (let at = first; at < first + count; at++) if (row[at] === node) return true;
  return false;
}

/** Nodes are entered with their neighbours one after the other, so that all lists ascend. */
function ascending({ nodes, degree, row }: Wiring): Int32Array[] {
  const sorted = new Int32Array(row.length);
  const filled = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++)
    for (let at = node * degree; at < (node + 1) * degree; at++) {
      const other = row[at];
      if (other >= 0) sorted[other * degree + filled[other]++] = node;
    }
  const neighbours: Int32Array[] = [];
  for (let node = 0; node < nodes; node++) neighbours.push(sorted.subarray(node * degree, node * degree + filled[node]));
  return neighbours;
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

function connected({ nodes, degree, row }: Wiring): boolean {
  const seen = new Uint8Array(nodes);
  const queue = new Int32Array(nodes);
  seen[0] = 1;
  let queued = 1;
  for (let done = 0; done < queued; done++) {
    const first = queue[done] * degree;
    for (let at = first; at < first + degree; at++) {
      const next = row[at];
      if (next < 0 || seen[next] === 1) continue;
      seen[next] = 1;
      queue[queued++] = next;
    }
  }
  return queued === nodes;
}
