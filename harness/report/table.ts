// Tables and cells of the report, as HTML.
import { besideText, type Estimate } from '../analysis/estimate.ts';
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
  const beside = besideText(found);
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

/** Tables with more columns have their intervals below their means, and break what is long. */
const DENSE_COLUMNS = 9;

/** Where a long word of a head may be broken: only the heads of tables with many columns are narrower than such a word. */
const BREAKS: Readonly<Record<string, string>> = {
  adversary: 'adver&shy;sary',
  marginal: 'mar&shy;ginal',
  messages: 'mes&shy;sages',
  mechanism: 'mecha&shy;nism',
  provisioned: 'provi&shy;sioned',
  Byzantine: 'Byzan&shy;tine',
};
const breakable = (title: string): string => title.replace(/\p{L}+/gu, (word) => BREAKS[word] ?? word);

/** Shown where it is so (media.ts). */
const HINTS =
  '<p class="hint right" aria-hidden="true">The table goes on to the right ⇆</p><p class="hint below" aria-hidden="true">The table goes on below ⇅</p>';

export function table({ id, caption, head, rows, first }: Table): string {
  const isDense = head.length > DENSE_COLUMNS;
  const headCells = head
    .map(
      ({ title, numeric }) =>
        `<th scope="col"${numeric === true ? ' class="n"' : ''}>${isDense ? breakable(escape(title)) : escape(title)}</th>`,
    )
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
<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}">${HINTS}<table${isDense ? ' class="dense"' : ''} aria-labelledby="${id}"><thead><tr>${headCells}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}
