// figures/ where the renderer of PNG files is not to be had: a platform without its binary, or an install without optional packages.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { writeFigures } from '../../harness/export/figures.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import { reportFigures } from '../../harness/report/figures.ts';
import { syntheticDigest } from './synthetic-digest.ts';

vi.mock('@resvg/resvg-js', () => {
  throw new Error('no native binding');
});

const dir = mkdtempSync(path.join(tmpdir(), 'no-png-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('without the renderer every other file is written, and no-png.txt says why there are no PNG files', async () => {
  const [figure] = reportFigures(modelOf(syntheticDigest({ nodes: [4], replicates: 1, mechanisms: ['pbft'], measured: false })));
  await writeFigures(dir, [figure!], { then: '' });
  expect(readdirSync(path.join(dir, 'figures')).sort()).toEqual(
    ['.dat', '.svg', '.vl.json']
      .map((end) => `${figure!.id}${end}`)
      .concat('no-png.txt')
      .sort(),
  );
  expect(readFileSync(path.join(dir, 'figures/no-png.txt'), 'utf8')).toMatch(
    /^There are no PNG files here: .*The SVG files are the same pictures\.\n$/,
  );
});
