// The tree of a run's blocks as one SVG file, left to right: the genesis block, the final chain along the middle, stale branches beside it.
// Long stretches of the final chain beside which nothing lies are drawn as one link. Fate is told by colour, by outline and in words.
import { duration } from '../analysis/format.ts';
import type { BlockFate, BlockTree, TreeBlock } from '../model/block-tree.ts';
import { plural } from '../words.ts';
import { diagramSvg, type Theme } from './diagram.ts';
import { escape } from './table.ts';

/** Columns in a row of the drawing: 16 are legible across a page. */
const ROW_COLUMNS = 16;
/** Rows of a drawing at most. */
const MOST_ROWS = 25;
/** So many heights in a row beside which nothing lies are drawn as one link. */
const SHORTEST_LINK = 3;
const COLUMN = 62;
const LANE = 44;
const BOX = { width: 42, height: 24 };
/** What the words above take. */
const LEAST_WIDTH = 860;
const MARGIN = { left: 34, right: 34, top: 98, bottom: 20 };
/** Below the lanes of a row: its heights. */
const AXIS = 34;

/** A height that is drawn, or heights `from` to `to` as one link. */
type Column = { readonly height: number } | { readonly from: number; readonly to: number };

interface Place {
  readonly row: number;
  readonly column: number;
  readonly lane: number;
}

const FATES: Readonly<Record<BlockFate, { light: string; dark: string; words: string }>> = {
  genesis: { light: '#1a7f37', dark: '#56d364', words: 'genesis block' },
  main: { light: '#1f2328', dark: '#d0d7de', words: 'final chain' },
  stale: { light: '#8250df', dark: '#c297ff', words: 'stale' },
};

const RULES =
  '.tree .link{stroke-dasharray:2 4}.tree rect.block{stroke-width:2}.tree rect.stale{stroke-dasharray:4 2}.tree rect.inner{fill:none;stroke-width:1}';

function fateRules({ shade, paper }: Theme): string {
  return `.tree rect.block{fill:${paper}}${Object.entries(FATES)
    .map(([fate, colours]) => `.tree rect.${fate}{stroke:${colours[shade]}}.tree text.${fate}{fill:${colours[shade]}}`)
    .join('')}`;
}

/** `rows`: of the drawing, at most; what lies above the heights in them is counted and not drawn. */
export function blockTreeSvg(tree: BlockTree, title: string, { rows: mostRows = MOST_ROWS }: { rows?: number } = {}): string {
  const columns = columnsOf(tree).slice(0, ROW_COLUMNS * mostRows);
  const last = columns[columns.length - 1];
  const highest = 'height' in last ? last.height : last.to;
  const lanes = lanesOf(tree);
  const rowCount = Math.ceil(columns.length / ROW_COLUMNS);
  const at = new Map<number, number>(columns.flatMap((column, index) => ('height' in column ? [[column.height, index] as const] : [])));
  const placeOf = (block: TreeBlock): Place | null => {
    const index = at.get(block.height);
    if (index === undefined) return null;
    return { row: Math.floor(index / ROW_COLUMNS), column: index % ROW_COLUMNS, lane: lanes.get(block.number) ?? 0 };
  };
  const rows = rowsOf(tree, placeOf, rowCount);
  const width = Math.max(LEAST_WIDTH, MARGIN.left + Math.min(columns.length, ROW_COLUMNS) * COLUMN + MARGIN.right);
  const x = (column: number): number => MARGIN.left + (column + 0.5) * COLUMN;
  const y = ({ row, lane }: Pick<Place, 'row' | 'lane'>): number => rows[row].middle_y + lane * LANE;
  const parts: string[] = [];
  for (const [index, column] of columns.entries())
    parts.push(
      axis(column, {
        x: x(index % ROW_COLUMNS),
        y: rows[Math.floor(index / ROW_COLUMNS)].bottom_y,
        middle_y: y({ row: Math.floor(index / ROW_COLUMNS), lane: 0 }),
      }),
    );
  const before = (place: Place): number => x(place.column) - BOX.width / 2;
  const after = (place: Place): number => x(place.column) + BOX.width / 2;
  const edges: string[] = [];
  const boxes: string[] = [];
  const ends = { left: MARGIN.left - 22, right: width - MARGIN.right + 22 };
  for (const block of tree.blocks) {
    const place = placeOf(block);
    if (place === null) continue;
    boxes.push(box(tree, block, { x: x(place.column), y: y(place) }));
    if (block.parent === null) continue;
    const parent = placeOf(tree.blocks[block.parent]);
    // Behind a link the edge ends at it; where a row is full it goes on in the next.
    const from = parent ?? {
      row: place.column === 0 ? place.row - 1 : place.row,
      column: place.column === 0 ? ROW_COLUMNS - 1 : place.column - 1,
      lane: 0,
    };
    const from_x = parent === null ? x(from.column) + COLUMN / 2 : after(from);
    if (from.row === place.row) edges.push(edge(before(place), y(place), from_x, y(from)));
    else {
      edges.push(edge(before(place), y(place), ends.left, y({ row: place.row, lane: from.lane })));
      if (parent !== null) edges.push(edge(ends.right, y(from), from_x, y(from)));
    }
  }
  const counts = countsOf(tree.blocks);
  const beyond = tree.blocks.filter(({ height }) => height > highest);
  const left =
    beyond.length === 0
      ? ''
      : `Blocks above height ${highest} are not drawn: ${plural(beyond.length, 'block')}, ${countsOf(beyond).stale} of them stale.`;
  const bottom = rows[rows.length - 1].bottom_y + MARGIN.bottom;
  const height = bottom + (left === '' ? 0 : 24);
  const summary = `${plural(counts.main, 'block')} on the final chain behind the genesis block, ${counts.stale} stale`;
  const notes = [
    `${summary}.`,
    `In a box: the order of finding; below: the height.${columns.some((column) => 'from' in column) ? ' Dotted: heights beside which nothing is stale.' : ''}`,
  ];
  return diagramSvg({
    kind: 'tree',
    title,
    summary,
    width,
    height,
    rules: RULES,
    themed: fateRules,
    body: [
      `<text x="${MARGIN.left}" y="20" font-weight="600">${escape(title)}</text>`,
      legend(MARGIN.left, 38),
      ...notes.map((note, line) => `<text class="muted" x="${MARGIN.left}" y="${60 + 18 * line}">${escape(note)}</text>`),
      ...parts,
      ...edges,
      ...boxes,
      left === '' ? '' : `<text class="muted" x="${MARGIN.left}" y="${bottom + 8}">${left}</text>`,
    ],
  });
}

function countsOf(blocks: readonly TreeBlock[]): Record<BlockFate, number> {
  const counts = { genesis: 0, main: 0, stale: 0 };
  for (const { fate } of blocks) counts[fate] += 1;
  return counts;
}

/** Heights from the genesis block on; both ends, and all at and beside a fork, are drawn. */
function columnsOf({ blocks }: BlockTree): Column[] {
  let highest = 0;
  for (const { height } of blocks) highest = Math.max(highest, height);
  const shown = new Uint8Array(highest + 2);
  for (const height of [0, 1, highest - 1, highest]) if (height >= 0) shown[height] = 1;
  for (const { fate, height } of blocks) if (fate === 'stale') shown.fill(1, height - 1, height + 2);
  const columns: Column[] = [];
  for (let height = 0; height <= highest;) {
    let to = height;
    while (to <= highest && shown[to] === 0) to += 1;
    if (to - height >= SHORTEST_LINK) columns.push({ from: height, to: to - 1 });
    else for (let one = height; one < to; one++) columns.push({ height: one });
    height = to;
    if (height <= highest) columns.push({ height: height++ });
  }
  return columns;
}

/** Each stale block's lane: that of its parent for the first child of a stale one, else the nearest to the final chain that is free. */
function lanesOf({ blocks }: BlockTree): Map<number, number> {
  const firstChild = new Map<number, TreeBlock>();
  for (const block of blocks) if (block.fate === 'stale' && !firstChild.has(block.parent!)) firstChild.set(block.parent!, block);
  const lanes = new Map<number, number>();
  /** By lane, the heights that are taken. */
  const taken = new Map<number, Set<number>>();
  for (const block of blocks) {
    if (block.fate !== 'stale' || lanes.has(block.number)) continue;
    const branch: TreeBlock[] = [];
    for (let one: TreeBlock | undefined = block; one !== undefined; one = firstChild.get(one.number)) branch.push(one);
    let lane = 1;
    while (branch.some(({ height }) => taken.get(lane)?.has(height) === true)) lane = lane > 0 ? -lane : 1 - lane;
    const heights = taken.get(lane) ?? new Set<number>();
    taken.set(lane, heights);
    for (const { number, height } of branch) {
      lanes.set(number, lane);
      heights.add(height);
    }
  }
  return lanes;
}

/** Where the lanes of each row are: as many above and below as it has. */
function rowsOf(
  { blocks }: BlockTree,
  placeOf: (block: TreeBlock) => Place | null,
  count: number,
): { middle_y: number; bottom_y: number }[] {
  const above = new Array<number>(count).fill(0);
  const below = new Array<number>(count).fill(0);
  for (const block of blocks) {
    const place = placeOf(block);
    if (place === null) continue;
    // Where its parent is in the row before, the edge comes in on that one's lane.
    const parent = block.parent === null ? null : placeOf(blocks[block.parent]);
    for (const { lane } of parent === null ? [place] : [place, parent]) {
      above[place.row] = Math.max(above[place.row], -lane);
      below[place.row] = Math.max(below[place.row], lane);
    }
  }
  let top_y = MARGIN.top;
  return above.map((lanes, row) => {
    const middle_y = top_y + (lanes + 0.5) * LANE;
    const bottom_y = middle_y + (below[row] + 0.5) * LANE;
    top_y = bottom_y + AXIS;
    return { middle_y, bottom_y };
  });
}

function axis(column: Column, { x, y, middle_y }: { x: number; y: number; middle_y: number }): string {
  if ('height' in column) return `<text class="muted" x="${x}" y="${y + 8}" text-anchor="middle">${column.height}</text>`;
  const blocks = column.to - column.from + 1;
  return `<path class="edge link" d="M${x - COLUMN / 2} ${middle_y}H${x + COLUMN / 2}"/><text class="muted" x="${x}" y="${middle_y - 8}" text-anchor="middle">${blocks} more</text><text class="muted" x="${x}" y="${y + 8}" text-anchor="middle">${column.from} – ${column.to}</text>`;
}

function edge(x: number, y: number, parent_x: number, parent_y: number): string {
  if (y === parent_y) return `<path class="edge" d="M${x} ${y}H${parent_x}"/>`;
  const middle = (x + parent_x) / 2;
  return `<path class="edge" d="M${x} ${y}C${middle} ${y} ${middle} ${parent_y} ${parent_x} ${parent_y}"/>`;
}

function box(tree: BlockTree, block: TreeBlock, { x, y }: { x: number; y: number }): string {
  const { fate, number } = block;
  const left = x - BOX.width / 2;
  const top = y - BOX.height / 2;
  const shape = `<rect class="block ${fate}" x="${left}" y="${top}" width="${BOX.width}" height="${BOX.height}" rx="3"/>`;
  const inner =
    fate === 'genesis'
      ? `<rect class="inner genesis" x="${left + 3}" y="${top + 3}" width="${BOX.width - 6}" height="${BOX.height - 6}" rx="2"/>`
      : '';
  return `<g><title>${escape(storyOf(tree, block))}</title>${shape}${inner}<text class="${fate}" x="${x}" y="${y + 4}" text-anchor="middle">${number}</text></g>`;
}

/** What happened to a block, as a sentence. */
function storyOf({ participants }: BlockTree, { number, parent, height, finder, found_us, fate, first_seen_us }: TreeBlock): string {
  if (finder === null) return 'genesis block';
  const seen = first_seen_us.filter((at_us) => at_us !== null).sort((one, other) => one - other);
  const after = (at_us: number): string => duration((at_us - found_us) / 1e6);
  const half = Math.ceil(participants.length / 2);
  const spread =
    seen.length === 0
      ? 'never published'
      : seen.length < half
        ? `${seen.length} of ${participants.length} ever had it`
        : `half of all had it after ${after(seen[half - 1])}, ${seen.length === participants.length ? 'all' : `the last of ${seen.length}`} after ${after(seen[seen.length - 1])}`;
  return `block ${number} at height ${height}, on block ${parent}, ${FATES[fate].words}: found by ${participants[finder]} after ${duration(found_us / 1e6)}; ${spread}`;
}

function legend(x: number, y: number): string {
  let left = x;
  return (Object.keys(FATES) as BlockFate[])
    .map((fate) => {
      const item = `<rect class="block ${fate}" x="${left}" y="${y - 9}" width="18" height="11" rx="2"/><text x="${left + 24}" y="${y}">${FATES[fate].words}</text>`;
      left += 44 + FATES[fate].words.length * 6.5;
      return item;
    })
    .join('');
}
