// Vega-Lite specifications → SVG. To compile one takes longer than to draw it, so what differs between drawings of one shape is kept
// out of the specification: named data, parameters, titles. Each shape is compiled once.
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** What a drawing puts into its specification. */
export interface Filling {
  /** Rows of the data sources that the specification names. */
  readonly data?: Readonly<Record<string, readonly object[]>>;
  /** Values of its parameters (`params`), which its expressions read. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** As the title of an axis: what the parameter of this name holds. Vega-Lite takes no expression there, but Vega does. */
export const titleFrom = (parameter: string): string => `${MARK}${parameter}`;
const MARK = '\u0000';

const compiled = new Map<string, vega.Runtime>();
/** Shapes that are kept: a report has some ten, and one that would have thousands shall not keep them all. */
const MOST_KEPT = 64;

function runtimeOf(spec: TopLevelSpec): vega.Runtime {
  const key = JSON.stringify(spec);
  let runtime = compiled.get(key);
  if (runtime === undefined) {
    const { spec: full } = compile(spec);
    for (const axis of full.axes ?? []) {
      const { title } = axis;
      if (typeof title === 'string' && title.startsWith(MARK)) axis.title = { signal: title.slice(MARK.length) };
    }
    runtime = vega.parse(full);
    if (compiled.size >= MOST_KEPT) compiled.clear();
    compiled.set(key, runtime);
  }
  return runtime;
}

/** A specification, filled in, as SVG, named and with its texts on hovering. */
export async function draw(spec: TopLevelSpec, filling: Filling, description: string): Promise<string> {
  const view = new vega.View(runtimeOf(spec), { renderer: 'none' });
  for (const [name, value] of Object.entries(filling.parameters ?? {})) view.signal(name, value);
  // Vega writes into the rows that it is given.
  for (const [name, rows] of Object.entries(filling.data ?? {}))
    view.data(
      name,
      rows.map((row) => ({ ...row })),
    );
  const svg = await view.toSVG();
  view.finalize();
  return finishSvg(svg, description);
}

/** Names the figure, and gives every labelled mark a <title> that browsers show on hovering. (No mark is clipped, so there are no ids.) */
function finishSvg(svg: string, description: string): string {
  const escaped = description.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  return svg
    .replace(/ xmlns(:xlink)?="[^"]*"/g, '')
    .replace(
      /<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>/,
      (_all, width: string, height: string) =>
        `<svg role="group" aria-roledescription="figure" aria-label="${escaped}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    )
    .replace(/<path aria-label="([^"]*)"([^>]*?)(?:\/>|><\/path>)/g, '<path aria-label="$1"$2><title>$1</title></path>');
}
