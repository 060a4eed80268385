// Writes docs/images/: the first screen of reports, as Chromium shows it at 1400 × 900.
//   node scripts/make-screenshots.mjs                    runs the suites, which takes some minutes
//   node scripts/make-screenshots.mjs lecture=DIR …      only these, of runs that are there
// Chromium: CHROMIUM_PATH, or the first on PATH. Build before: npm run build.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const SCREEN = { width: 1400, height: 900 };
const SUITES = ['consortium', 'lecture', 'public-network'];
/** So that a page of the docs loads fast, and the repository stays small. */
const MOST_BYTES = 250_000;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Chromium's screenshot as width, height and RGB bytes: it writes eight bits a channel, not interlaced. */
function pixelsOf(png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const [depth, colour, , , interlaced] = png.subarray(24, 29);
  if (depth !== 8 || (colour !== 2 && colour !== 6) || interlaced !== 0) throw new Error('a PNG of another kind than Chromium writes');
  const parts = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  const raw = inflateSync(Buffer.concat(parts));
  const channels = colour === 2 ? 3 : 4;
  const stride = width * channels;
  const lines = Buffer.alloc(height * stride);
  const rgb = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : lines[y * stride + x - channels];
      const up = y === 0 ? 0 : lines[(y - 1) * stride + x];
      const upLeft = y === 0 || x < channels ? 0 : lines[(y - 1) * stride + x - channels];
      // PNG specification, section 9: none, sub, up, average, Paeth.
      const paeth = left + up - upLeft;
      const [a, b, c] = [Math.abs(paeth - left), Math.abs(paeth - up), Math.abs(paeth - upLeft)];
      const predicted = [0, left, up, (left + up) >> 1, a <= b && a <= c ? left : b <= c ? up : upLeft][filter];
      lines[y * stride + x] = raw[y * (stride + 1) + 1 + x] + predicted;
    }
    for (let x = 0; x < width; x++) lines.copy(rgb, (y * width + x) * 3, y * stride + x * channels, y * stride + x * channels + 3);
  }
  return { width, height, rgb };
}

const distance = (one, other) => [16, 8, 0].reduce((sum, shift) => sum + (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0);

/** Of colours, the frequent first, those that are further than that from each one before. */
function apart(colours, least) {
  const chosen = [];
  for (const colour of colours) if (chosen.every((other) => distance(colour, other) > least)) chosen.push(colour);
  return chosen;
}

/** With at most 256 colours: rare ones stay, and those that differ little, as of smoothed text, are one. Every pixel takes the nearest. */
function palettePng({ width, height, rgb }) {
  const counts = new Map();
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = rgb.readUIntBE(at, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([colour]) => colour);
  let palette = colours;
  for (let least = 4; palette.length > 256; least *= 2) palette = apart(colours, least);
  const nearest = (colour) =>
    palette.reduce((best, other, at) => (distance(colour, other) < distance(colour, palette[best]) ? at : best), 0);
  const places = new Map(colours.map((colour) => [colour, nearest(colour)]));
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) lines[y * (width + 1) + 1 + x] = places.get(rgb.readUIntBE((y * width + x) * 3, 3));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const entries = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('PLTE', entries),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Runs a suite, its kernels measured on this machine, into a folder. */
function run(suite, folder) {
  const out = path.join(folder, suite);
  const args = [path.join(root, 'dist/harness/cli/main.js'), 'run', path.join(root, `suites/${suite}.yaml`), '--out', out];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`run of suites/${suite}.yaml ended with ${status}`);
  return out;
}

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const folders = (process.env.PATH ?? '').split(path.delimiter);
const executablePath =
  process.env.CHROMIUM_PATH ?? names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(existsSync);
if (executablePath === undefined) throw new Error(`no ${names.join(', ')} on PATH; set CHROMIUM_PATH`);

const given = process.argv.slice(2).map((text) => text.split(/=(.*)/s));
const made = mkdtempSync(path.join(tmpdir(), 'screenshots-'));
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
try {
  const runs = given.length > 0 ? given : SUITES.map((suite) => [suite, run(suite, made)]);
  for (const [name, dir] of runs) {
    const page = await browser.newPage({ viewport: SCREEN });
    await page.goto(pathToFileURL(path.resolve(dir, 'report.html')).href);
    const png = palettePng(pixelsOf(await page.screenshot()));
    await page.close();
    if (png.length > MOST_BYTES) throw new Error(`${name}.png has ${png.length} bytes; accepted: at most ${MOST_BYTES}`);
    writeFileSync(path.join(root, `docs/images/${name}.png`), png);
    console.log(`docs/images/${name}.png: ${png.length} bytes`);
  }
} finally {
  await browser.close();
  rmSync(made, { recursive: true });
}
