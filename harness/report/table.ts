// Tables and cells of the report, as HTML.
import type { Estimate } from '../analysis/estimate.ts';
import type { Fate } from '../analysis/summarize.ts';
import { visible } from '../words.ts';

/** Text as HTML shows it, whatever it holds; also within an attribute in double quotes. */
export function escape(text: string): string {
  return visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

export const code = (text: string): string => `<code>${escape(text)}</code>`;
export const EMPTY = '–';

export interface Cell {
  readonly html: string;
  readonly numeric?: boolean;
  readonly header?: boolean;
  /** Its text may be broken into lines: a sentence, or a verdict with its evidence. */
  readonly wraps?: 'prose' | 'evidence' | 'verdict';
  /** What became of replicates: its colour stands before the text. */
  readonly fate?: Fate;
  /** Rows that it spans. */
  readonly rows?: number;
}
export const words = (text: string): Cell => ({ html: escape(text) });
export const prose = (text: string): Cell => ({ html: escape(text), wraps: 'prose' });
/** Where a window or a page is narrow, names are broken after underscores. */
export const name = (text: string): Cell => ({ html: escape(text).replaceAll('_', '_<wbr>'), header: true });
export const figure = (text: string): Cell => ({ html: escape(text), numeric: true });

/** A mean, its interval, and of how many replicates it is where not of all. */
export function estimateCell(found: Estimate | null): Cell {
  if (found === null) return { html: EMPTY, numeric: true };
  const beside = [found.interval, found.survivors].filter((part) => part !== '').join(' ');
  return { html: `${escape(found.value)}${beside === '' ? '' : ` <small>${escape(beside)}</small>`}`, numeric: true };
}

export interface Table {
  /** Unique in the page. */
  readonly id: string;
  readonly caption: string;
  readonly head: readonly { readonly title: string; readonly numeric?: boolean }[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows that begin a group. */
  readonly first?: (index: number) => boolean;
}

/** Tables with more columns have their intervals below their means. */
const DENSE_COLUMNS = 10;
/** Characters that a phone has room for beside each other, in the small type of tables. */
const PHONE_CHARACTERS = 44;

/** Whether a table is wider than a phone, as far as its texts tell. */
function isWide({ head, rows }: Pick<Table, 'head' | 'rows'>): boolean {
  const visible = ({ html, wraps }: Cell): number =>
    Math.min(html.replace(/<[^>]*>|&nbsp;/g, '').length, wraps === undefined ? Infinity : 24);
  const widths = head.map(({ title }) => Math.max(...title.split(' ').map(({ length }) => length)));
  for (const cells of rows) for (const [column, cell] of cells.entries()) widths[column] = Math.max(widths[column] ?? 0, visible(cell));
  return widths.reduce((sum, width) => sum + width + 1, 0) > PHONE_CHARACTERS;
}

export function table({ id, caption, head, rows, first }: Table): string {
  const headCells = head
    .map(({ title, numeric }) => `<th scope="col"${numeric === true ? ' class="n"' : ''}>${escape(title)}</th>`)
    .join('');
  const body = rows
    .map((cells, index) => {
      const texts = cells.map(({ html, numeric, header, wraps, fate, rows: spanned = 1 }) => {
        const span = spanned > 1 ? ` rowspan="${spanned}"` : '';
        if (header === true) return `<th scope="${spanned > 1 ? 'rowgroup' : 'row'}"${span}>${html}</th>`;
        // Most cells are figures: they go without a class.
        const kind = numeric === true ? '' : ` class="${wraps ?? 't'}${fate === undefined ? '' : ` fate ${fate}`}"`;
        return `<td${kind}${span}>${html}</td>`;
      });
      return `<tr${first?.(index) === true ? ' class="first"' : ''}>${texts.join('')}</tr>`;
    })
    .join('\n');
  return `<p class="caption" id="${id}">${escape(caption)}</p>
${isWide({ head, rows }) ? '<p class="hint" aria-hidden="true">The table goes on to the right: swipe it ⇆</p>\n' : ''}<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}"><table${head.length > DENSE_COLUMNS ? ' class="dense"' : ''} aria-labelledby="${id}"><thead><tr>${headCells}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}
