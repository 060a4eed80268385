// figures/ of a run's folder: each figure as SVG, PNG, Vega-Lite with its data, and a table for pgfplots and gnuplot.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WriteAdvice } from '../errors.ts';
import { guarded } from '../folder/files.ts';
import { figureData } from '../report/figure-data.ts';
import { figureSvg, type Figure } from '../report/figure.ts';
import { pngRenderer } from '../report/png.ts';
import { vegaLiteOf } from '../report/vega-lite.ts';

const NO_PNG =
  'There are no PNG files here: the package @resvg/resvg-js has no binary for this platform, or it was installed without optional packages. The SVG files are the same pictures.\n';

/**
 * Writes the folder beside its place and then puts it there, so that a full disk leaves the earlier one whole.
 * @throws UserError for a file that cannot be written
 */
export async function writeFigures(dir: string, figures: readonly Figure[], advice: WriteAdvice): Promise<void> {
  const place = path.join(dir, 'figures');
  const draft = `${place}.part`;
  rmSync(draft, { recursive: true, force: true });
  try {
    guarded(draft, advice, () => mkdirSync(draft));
    const write = (name: string, content: string | Uint8Array): void => {
      const file = path.join(draft, name);
      guarded(file, advice, () => writeFileSync(file, content));
    };
    const pngOf = await pngRenderer();
    if (pngOf === null) write('no-png.txt', NO_PNG);
    for (const figure of figures) {
      const svg = figureSvg(figure);
      write(`${figure.id}.svg`, svg);
      if (pngOf !== null) write(`${figure.id}.png`, pngOf(svg));
      write(`${figure.id}.vl.json`, `${JSON.stringify(vegaLiteOf(figure), null, 1)}\n`);
      write(`${figure.id}.dat`, figureData(figure));
    }
    rmSync(place, { recursive: true, force: true });
    if (figures.length === 0) rmSync(draft, { recursive: true });
    else renameSync(draft, place);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}
