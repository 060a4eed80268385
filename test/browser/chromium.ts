// The distribution's Chromium, opened on files of this machine.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

/** Some distributions have a program of that name that only tells where to get one. */
const works = (file: string): boolean => spawnSync(file, ['--version'], { stdio: 'ignore' }).status === 0;

/** CHROMIUM_PATH, or the first on PATH; null where there is none. */
export function chromiumPath(): string | null {
  const given = process.env['CHROMIUM_PATH'];
  if (given !== undefined && given !== '') return given;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file) && works(file)) ?? null;
}

export const HOW_TO_INSTALL = 'install it (apt-get install chromium), or set CHROMIUM_PATH to a Chrome or Chromium of yours';

/** Its sandbox wants rights that root in a container has not. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });

/** What a page said and asked for while it was open. */
export interface Heard {
  /** Messages of its console that are warnings or errors, and exceptions. */
  readonly said: string[];
  /** Addresses that it asked for, its own left out. */
  readonly asked: string[];
}

/** Opens a file from disk, calls `look`, and closes it. */
export async function opened<T>(
  browser: Browser,
  file: string,
  options: BrowserContextOptions,
  look: (page: Page, heard: Heard) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    const address = pathToFileURL(file).href;
    const heard: Heard = { said: [], asked: [] };
    page.on('console', (message) => {
      if (['warning', 'error', 'assert'].includes(message.type())) heard.said.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => heard.said.push(String(error)));
    page.on('request', (request) => {
      if (request.url() !== address) heard.asked.push(request.url());
    });
    await page.goto(address);
    return await look(page, heard);
  } finally {
    await context.close();
  }
}
