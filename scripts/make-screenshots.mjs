// Writes docs/images/: the first screen of reports, as Chromium shows it at 1400 × 900.
//   node scripts/make-screenshots.mjs                    runs the suites, which takes some minutes
//   node scripts/make-screenshots.mjs lecture=DIR …      only these, of runs that are there
// Chromium: CHROMIUM_PATH, or the first on PATH. Build before: npm run build.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HOW_TO_INSTALL, chromiumPath, launch } from './chromium.mjs';

const SCREEN = { width: 1400, height: 900 };
const SUITES = ['consortium', 'lecture', 'public-network'];
/** So that a page of the docs loads fast, and the repository stays small. */
const MOST_BYTES = 250_000;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Runs a suite, its kernels measured on this machine, into a folder. */
function run(suite, folder) {
  const out = path.join(folder, suite);
  const args = [path.join(root, 'dist/harness/cli/main.js'), 'run', path.join(root, `suites/${suite}.yaml`), '--out', out];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`run of suites/${suite}.yaml ended with ${status}`);
  return out;
}

const executablePath = chromiumPath();
if (executablePath === null) throw new Error(`no Chromium: ${HOW_TO_INSTALL}`);

const given = process.argv.slice(2).map((text) => text.split(/=(.*)/s));
const made = mkdtempSync(path.join(tmpdir(), 'screenshots-'));
const browser = await launch(executablePath);
try {
  const runs = given.length > 0 ? given : SUITES.map((suite) => [suite, run(suite, made)]);
  for (const [name, dir] of runs) {
    const page = await browser.newPage({ viewport: SCREEN });
    await page.goto(pathToFileURL(path.resolve(dir, 'report.html')).href);
    const png = await page.screenshot();
    await page.close();
    if (png.length > MOST_BYTES) throw new Error(`${name}.png has ${png.length} bytes; accepted: at most ${MOST_BYTES}`);
    writeFileSync(path.join(root, `docs/images/${name}.png`), png);
    console.log(`docs/images/${name}.png: ${png.length} bytes`);
  }
} finally {
  await browser.close();
  rmSync(made, { recursive: true });
}
