// Pages in the distribution's Chromium, opened from files of this machine.
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

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
