import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { peerGraph } from '../../../harness/simulate/chain/peers.ts';
import { holds } from '../../support/property.ts';

function reached(neighbours: readonly Int32Array[]): number {
  const seen = new Set([0]);
  for (const node of seen) for (const next of neighbours[node]!) seen.add(next);
  return seen.size;
}

describe('peer graph', () => {
  test('regular of degree min(degree, n - 1) but for one node where both are odd; symmetric, without loops, connected', () => {
    holds(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2, max: 12 }), fc.nat(), (nodes, degree, seed) => {
        const { neighbours, edges } = peerGraph({ seed, nodes, degree });
        const least = Math.min(degree, nodes - 1);
        let ends = 0;
        let short = 0;
        for (const [node, list] of neighbours.entries()) {
          expect([...list]).toEqual([...new Set(list)].sort((x, y) => x - y));
          expect(list.includes(node)).toBe(false);
          for (const other of list) expect(neighbours[other]!.includes(node)).toBe(true);
          if (list.length !== least) short += 1;
          ends += list.length;
        }
        expect(ends).toBe(2 * edges);
        expect(short).toBe((nodes * least) % 2);
        expect(reached(neighbours)).toBe(nodes);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test('another seed, another graph; the same seed, the same', () => {
    const graph = (seed: number): string => peerGraph({ seed, nodes: 50, degree: 8 }).neighbours.join(';');
    expect(graph(1)).toBe(graph(1));
    expect(graph(1)).not.toBe(graph(2));
  });

  // A random graph of degree d: a pair is joined with chance d/(n - 1); a lattice that was never switched has its ring.
  test('any two nodes are as likely joined as any others', () => {
    const [nodes, degree, graphs] = [20, 4, 2000];
    let adjacent = 0;
    let opposite = 0;
    for (let seed = 0; seed < graphs; seed++) {
      const { neighbours } = peerGraph({ seed, nodes, degree });
      for (let node = 0; node < nodes; node += 2) {
        if (neighbours[node]!.includes(node + 1)) adjacent += 1;
        if (neighbours[node]!.includes((node + 10) % nodes)) opposite += 1;
      }
    }
    const expected = (graphs * (nodes / 2) * degree) / (nodes - 1);
    for (const count of [adjacent, opposite])
      expect(Math.abs(count - expected) / Math.sqrt(expected * (1 - degree / (nodes - 1)))).toBeLessThan(4);
  });

  // The lattice of 1 000 nodes that the construction starts from has 6 000 triangles.
  test('as few triangles as a random regular graph has: (d - 1)^3 / 6', () => {
    const degree = 8;
    const graphs = 30;
    let triangles = 0;
    for (let seed = 0; seed < graphs; seed++) {
      const { neighbours } = peerGraph({ seed, nodes: 1000, degree });
      const sets = neighbours.map((list) => new Set(list));
      for (const [a, list] of neighbours.entries())
        for (const b of list) if (b > a) for (const c of neighbours[b]!) if (c > b && sets[a]!.has(c)) triangles += 1;
    }
    const mean = 343 / 6;
    // Poisson in the limit.
    expect(Math.abs(triangles - graphs * mean) / Math.sqrt(graphs * mean)).toBeLessThan(4);
  });
});
