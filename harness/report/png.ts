// SVG → PNG: resvg, prebuilt for each platform, with DejaVu Sans of the package dejavu-fonts-ttf, so that a picture is the same on every
// machine. As WebAssembly it took eight times the CPU time of the first pictures, most of it to compile 2.5 MB.
import { createRequire } from 'node:module';
import type { Resvg } from '@resvg/resvg-js';

/** Pixels of the picture a pixel of the drawing. */
const ZOOM = 2;

type Renderer = typeof Resvg;

/** Null where the package has no binary for this platform. */
export async function pngRenderer(): Promise<((svg: string) => Uint8Array) | null> {
  let renderer: Renderer;
  try {
    ({ Resvg: renderer } = await import('@resvg/resvg-js'));
  } catch {
    return null;
  }
  const { resolve } = createRequire(import.meta.url);
  const fontFiles = ['DejaVuSans', 'DejaVuSans-Bold'].map((name) => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' };
  return (svg) => new renderer(svg, { fitTo: { mode: 'zoom', value: ZOOM }, font }).render().asPng();
}
