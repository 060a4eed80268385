// The frame of a page: one file, nothing loaded, no script.
import { DIAGRAM_STYLE, MEDIA_STYLE } from './media.ts';
import { STYLE } from './style.ts';
import { escape } from './table.ts';

/** A whole document. `body` is HTML; `style` stands after the pages' own. */
export function page({ title, style = '', body }: { title: string; style?: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="consensus-bench">
<title>${escape(title)}</title>
<style>${STYLE}${DIAGRAM_STYLE}${MEDIA_STYLE}${style === '' ? '' : `\n${style}`}</style>
</head>
<body>
<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" style="fill:var(--unlive)"/><rect width="1.6" height="5" style="fill:var(--unlive-line)"/></pattern></defs></svg>
${body}
</body>
</html>
`;
}
