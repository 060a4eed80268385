// The drawing of a tree of blocks: every block once, each in a place of its own, joined to its parent; what is left out is counted.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BlockTree, TreeBlock } from '../../harness/model/block-tree.ts';
import { blockTreeSvg } from '../../harness/report/block-tree.ts';
import { holds } from '../support/property.ts';

/** A tree in which block i + 1 is on block `parents[i]` (of those before it); the heaviest chain, lowest number first, is final. */
function treeOf(parents: readonly number[], participants: readonly string[] = ['node 0', 'node 1']): BlockTree {
  const heights = [0];
  for (const parent of parents) heights.push(heights[parent] + 1);
  let tip = heights.indexOf(Math.max(...heights));
  const main = new Set<number>();
  for (; tip > 0; tip = parents[tip - 1]) main.add(tip);
  const blocks = heights.map((height, number): TreeBlock => ({
    number,
    parent: number === 0 ? null : parents[number - 1],
    height,
    finder: number === 0 ? null : number % participants.length,
    found_us: 1e6 * number,
    fate: number === 0 ? 'genesis' : main.has(number) ? 'main' : 'stale',
    first_seen_us: participants.map((_, i) => (number === 0 ? 0 : 1e6 * number + 1000 * i)),
  }));
  return { participants, blocks };
}

const boxes = (svg: string): { number: number; fate: string; x: number; y: number }[] =>
  [...svg.matchAll(/<rect class="block (\w+)" x="([\d.-]+)" y="([\d.-]+)"[^>]*>(?:<rect[^>]*>)?<text class="\w+"[^>]*>(\d+)<\/text>/g)].map(
    ([, fate, x, y, number]) => ({ number: Number(number), fate, x: Number(x), y: Number(y) }),
  );

test('a chain is drawn left to right, and a long stretch of it beside which nothing lies as one link', () => {
  const svg = blockTreeSvg(treeOf(Array.from({ length: 40 }, (_, i) => i)), 'a chain');
  expect(boxes(svg).map(({ number }) => number)).toEqual([0, 1, 39, 40]);
  expect(svg).toContain('>37 more<');
  expect(svg).toContain('40 blocks on the final chain behind the genesis block, 0 stale.');
});

test('genesis, final chain and stale branches are told apart by class, outline and words', () => {
  const svg = blockTreeSvg(treeOf([0, 0, 1, 3]), 'a fork');
  expect(boxes(svg).map(({ number, fate }) => [number, fate])).toEqual([
    [0, 'genesis'],
    [1, 'main'],
    [2, 'stale'],
    [3, 'main'],
    [4, 'main'],
  ]);
  expect(svg.replaceAll('\u00a0', ' ')).toContain(
    'block 2 at height 1, on block 0, stale: found by node 0 after 2 s; half of all had it after 0 s, all after 1 ms',
  );
});

const drawn = fc
  .array(fc.nat(6), { minLength: 1, maxLength: 120 })
  .map((back) => back.map((behind, i) => Math.max(0, i - (behind < 4 ? 0 : behind - 3))));

test('whatever the tree: each block that is drawn stands alone in its place, and all that are stale are drawn', () => {
  holds(
    fc.property(drawn, (parents) => {
      const tree = treeOf(parents);
      const placed = boxes(blockTreeSvg(tree, 'drawn'));
      expect(new Set(placed.map(({ x, y }) => `${x} ${y}`)).size).toBe(placed.length);
      const numbers = new Set(placed.map(({ number }) => number));
      expect(tree.blocks.filter(({ fate, number }) => fate === 'stale' && !numbers.has(number))).toEqual([]);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('what a drawing has no room for is counted', () => {
  // Two of each height: no stretch can be left out.
  const parents = Array.from({ length: 1200 }, (_, i) => Math.max(0, 2 * Math.floor(i / 2) - 1));
  const svg = blockTreeSvg(treeOf(parents), 'long');
  expect(boxes(svg)).toHaveLength(1 + 2 * 399);
  expect(svg).toContain('Blocks above height 399 are not drawn: 402 blocks, 201 of them stale.');
});

test('hostile names are inert', () => {
  const svg = blockTreeSvg(treeOf([0], ['<script>alert(1)</script>', '"&']), '</title><b>');
  expect(svg).not.toMatch(/<script|<b>/);
  expect(svg).toContain('&lt;/title&gt;&lt;b&gt;');
});
