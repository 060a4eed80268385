// The reports of real runs, opened from disk in the distribution's Chromium. `npm run test:browser`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { extractTextItems } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOW_TO_INSTALL, chromiumPath, launch } from '../../scripts/chromium.mjs';
import { opened } from './chromium.ts';
import { type Marked, answerBeyond, likeKeys, markPrint, openDetails, sideways, spoiltTexts, wideTables, wrongHints } from './in-page.ts';

const root = path.join(import.meta.dirname, '../..');
const example = path.join(root, 'results/example-default');

const WINDOW = { width: 1400, height: 900 };
const PHONE = { width: 390, height: 844 };
/** What `@page` of the style sheet leaves of A4, at 96 px an inch. */
const PRINTED = { width: Math.floor(((210 - 2 * 14) / 25.4) * 96), height: Math.floor(((297 - 2 * 16) / 25.4) * 96) };
const A4_HEIGHT_PT = (297 / 25.4) * 72;

const REPORTS = ['default', 'requirements', 'comparison'] as const;
type Report = (typeof REPORTS)[number];
/** Those of one run, with an answer on top and figures. */
const RUNS = ['default', 'requirements'] as const;

const found = chromiumPath();
if (found === null) console.error(`SKIPPED: no Chromium on this machine, so no report was opened; ${HOW_TO_INSTALL}`);

describe.skipIf(found === null)('reports of real runs', () => {
  let browser: Browser;
  const folder = mkdtempSync(path.join(tmpdir(), 'consensus-bench-browser-'));
  const file = (report: Report): string => path.join(folder, report, 'report.html');
  const see = <T>(report: Report, options: Parameters<typeof opened>[2], look: Parameters<typeof opened<T>>[3]): Promise<T> =>
    opened(browser, file(report), options, look);

  beforeAll(async () => {
    /** Ends with 1 where a comparison finds something worse. */
    const cli = (...args: string[]): void => {
      const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'dist/harness/cli/main.js'), ...args], { cwd: root });
      if (status !== 0 && !(status === 1 && args[0] === 'compare')) throw new Error(`${args.join(' ')}: exit status ${status}: ${stderr}`);
    };
    const costs = ['--costs', path.join(example, 'costs.json')];
    const out = (name: string): string[] => ['--out', path.join(folder, name)];
    cpSync(example, path.join(folder, 'default'), { recursive: true });
    cli('report', path.join(folder, 'default'));
    const asked = ['--filter', 'workload=pbft,raft', '--filter', 'load=open'];
    cli('run', 'suites/consortium.yaml', '--quick', ...asked, ...costs, ...out('requirements'));
    const small = ['run', 'suites/quick.yaml', '--filter', 'workload=pbft,pos-praos', '--filter', 'nodes=4', ...costs];
    cli(...small, ...out('one'));
    cli(...small, '--seed', '2', ...out('other'));
    cli('compare', path.join(folder, 'one'), path.join(folder, 'other'), ...out('comparison'));
    browser = await launch(found!);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(REPORTS)('%s', (report) => {
    it('says nothing on the console and asks for nothing', async () => {
      const heard = await see(report, { viewport: WINDOW }, async (page, heard) => {
        await page.evaluate(openDetails);
        await page.waitForLoadState('networkidle');
        return heard;
      });
      expect(heard).toEqual({ said: [], asked: [] });
    });

    it.each(['light', 'dark'] as const)('axe finds nothing, %s', async (colorScheme) => {
      const violations = await see(report, { viewport: WINDOW, colorScheme }, async (page) => {
        await page.evaluate(openDetails);
        await page.evaluate(axe.source);
        // What the theme changes is the colours.
        const rules = colorScheme === 'light' ? '' : ', runOnly: ["color-contrast"]';
        const results = (await page.evaluate(`axe.run(document, { resultTypes: ["violations"]${rules} })`)) as AxeResults;
        return results.violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0].html.slice(0, 200)} (${nodes.length})`);
      });
      expect(violations).toEqual([]);
    });

    it('does not scroll sideways on a phone, where tables do and say so', async () => {
      const wrong = await see(report, { viewport: PHONE }, async (page) => {
        await page.evaluate(openDetails);
        return [...(await page.evaluate(sideways)), ...(await page.evaluate(wrongHints))];
      });
      expect(wrong).toEqual([]);
    });

    it('has all tables in full in a window of 1400 pixels, and says so of none that it goes on', async () => {
      const wrong = await see(report, { viewport: WINDOW }, async (page) => {
        await page.evaluate(openDetails);
        return [...(await page.evaluate(sideways)), ...(await page.evaluate(wideTables)), ...(await page.evaluate(wrongHints))];
      });
      expect(wrong).toEqual([]);
    });

    it('has keys that differ without their colours', async () => {
      expect(await see(report, { forcedColors: 'active' }, (page) => page.evaluate(likeKeys))).toEqual([]);
    });

    it.each([
      ['a window', WINDOW, 'screen'],
      ['a phone', PHONE, 'screen'],
      ['paper', PRINTED, 'print'],
    ] as const)('no text of a drawing lies over another or is cut, in %s', async (_, viewport, media) => {
      const wrong = await see(report, { viewport }, async (page) => {
        await page.emulateMedia({ media });
        await page.addStyleTag({ content: '.variant{display:block!important}' });
        return page.evaluate(spoiltTexts);
      });
      expect(wrong).toEqual([]);
    });

    it('is printed with every table in full', async () => {
      const wrong = await see(report, { viewport: PRINTED }, async (page) => {
        await page.emulateMedia({ media: 'print' });
        return [...(await page.evaluate(sideways)), ...(await page.evaluate(wideTables))];
      });
      expect(wrong).toEqual([]);
    });

    describe('as a PDF', () => {
      let pages: Awaited<ReturnType<typeof extractTextItems>>['items'];
      let marked: Marked;
      beforeAll(async () => {
        const pdf = await see(report, {}, async (page: Page) => {
          marked = await page.evaluate(markPrint);
          return page.pdf({ preferCSSPageSize: true, format: 'A4' });
        });
        pages = (await extractTextItems(new Uint8Array(pdf))).items;
      });
      /** Each page that has a mark, as often as it has it. */
      const pagesOf = (mark: string): number[] =>
        pages.flatMap((items, index) => items.flatMap(({ str }) => str.split(mark).slice(1)).map(() => index + 1));

      it('holds every section, every figure of every metric and every row of every table', () => {
        const plain = (text: string): string => text.replace(/[\s\u00ad]/g, '');
        const all = pages.map((items) => plain(items.map(({ str }) => str).join(''))).join('');
        expect(marked.titles.length).toBeGreaterThan(10);
        expect(marked.titles.filter((title) => !all.includes(plain(title)))).toEqual([]);
        expect(marked.rows.map((_, index) => pagesOf(`§R${index}.`).length)).toEqual(marked.rows);
      });

      it('cuts no drawing', () => {
        expect(marked.drawings).toBeGreaterThanOrEqual(report === 'comparison' ? 0 : 6);
        const ends = Array.from({ length: marked.drawings }, (_, index) => [pagesOf(`§D${index}a`), pagesOf(`§D${index}z`)]);
        expect(ends.filter(([first, last]) => first.length !== 1 || last.length !== 1 || first[0] !== last[0])).toEqual([]);
      });

      it('repeats the head of a table on each of its pages', () => {
        const heads = marked.rows.map((_, index) => pagesOf(`§H${index}.`));
        expect(heads).toEqual(marked.rows.map((_, index) => [...new Set(pagesOf(`§R${index}.`))]));
      });

      it('has no page but the last that is less than half full', () => {
        const filled = pages.map((items) => 1 - Math.min(...items.map(({ y }) => y)) / A4_HEIGHT_PT);
        expect(filled.slice(0, -1).flatMap((share, index) => (share < 0.5 ? [`page ${index + 1}: ${share.toFixed(2)}`] : []))).toEqual([]);
      });
    });
  });

  describe.each(RUNS)('%s', (report) => {
    it.each([
      ['the first screen', WINDOW, WINDOW.height],
      ['the first two of a phone', PHONE, 2 * PHONE.height],
    ] as const)('has question, answer, matrix or ranking and a figure in %s', async (_, viewport, height) => {
      expect(await see(report, { viewport }, (page) => page.evaluate(answerBeyond, height))).toEqual([]);
    });
  });
});
