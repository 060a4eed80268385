// What drawings that are no plots share: one SVG with its own style sheet and without a script, as a file or within a page, for screens
// (light and dark) and paper.
import { escape } from './table.ts';

export interface Diagram {
  /** Its class, and the beginning of the ids in it: unique in a page. */
  readonly kind: 'tree' | 'sequence' | 'sequence-fault';
  readonly title: string;
  /** What there is to see, in a sentence. */
  readonly summary: string;
  readonly width: number;
  readonly height: number;
  /** Its own rules: for all themes, and by theme. */
  readonly rules: string;
  readonly themed: (theme: Theme) => string;
  readonly body: readonly string[];
}
/** `shade`: which of a pair of colours stands out on its paper. */
export interface Theme {
  readonly shade: 'light' | 'dark';
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
}

const LIGHT: Theme = { shade: 'light', paper: '#fff', ink: '#1f2328', muted: '#57606a' };
const DARK: Theme = { shade: 'dark', paper: '#16191d', ink: '#e8e8e8', muted: '#a8adb3' };
const PRINT: Theme = { ...LIGHT, ink: '#000', muted: '#444' };

function themeRules({ paper, ink, muted }: Theme): string {
  return `.diagram .paper{fill:${paper}}.diagram text{fill:${ink}}.diagram text.muted{fill:${muted}}.diagram .edge{stroke:${muted}}.diagram .halo{stroke:${paper}}`;
}

export function diagramSvg({ kind, title, summary, width, height, rules, themed, body }: Diagram): string {
  const inTheme = (theme: Theme): string => themeRules(theme) + themed(theme);
  return `<svg xmlns="http://www.w3.org/2000/svg" class="diagram ${kind}" role="img" aria-labelledby="${kind}-title" aria-describedby="${kind}-desc" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title id="${kind}-title">${escape(title)}</title>
<desc id="${kind}-desc">${escape(summary)}</desc>
<style>
.diagram{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.diagram .edge{fill:none;stroke-width:1.5}.diagram .halo{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}
${rules}
${inTheme(LIGHT)}
@media (prefers-color-scheme:dark){${inTheme(DARK)}}
@media print{${inTheme(PRINT)}}
</style>
<rect class="paper" width="100%" height="100%"/>
${body.filter((part) => part !== '').join('\n')}
</svg>
`;
}
