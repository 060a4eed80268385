// The distribution's Chromium, for tests and pictures: playwright-core brings no browser of its own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

/**
 * Some distributions have a program of that name that only tells where to get one.
 * @param {string} file
 */
const works = (file) => spawnSync(file, ['--version'], { stdio: 'ignore' }).status === 0;

/**
 * CHROMIUM_PATH, or the first on PATH; null where there is none.
 * @returns {string | null}
 */
export function chromiumPath() {
  const given = process.env['CHROMIUM_PATH'];
  if (given !== undefined && given !== '') return given;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file) && works(file)) ?? null;
}

export const HOW_TO_INSTALL = 'install it (apt-get install chromium), or set CHROMIUM_PATH to a Chrome or Chromium of yours';

/**
 * Its sandbox wants rights that root in a container has not.
 * @param {string} executablePath
 */
export const launch = (executablePath) => chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
