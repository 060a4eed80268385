// Writes assembly/generated/: sources of the kernels that are unrolled, since AssemblyScript has no macros. scripts/build.mjs calls it.
//   node scripts/generate.mjs
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = path.dirname(fileURLToPath(import.meta.url));
const FOLDER = path.join(scripts, '../assembly/generated');

/** Each module's `sources()` gives the texts of its files by name. */
const GENERATORS = ['make-sha256.mjs', 'make-ed25519-field.mjs'];

/** Lines indented by the brackets that are open where they begin; those that one line opens together count once. */
export function indented(text) {
  let depth = 0;
  return text.replace(/^ *(.+)$/gm, (_, line) => {
    const comment = /^(\/\/|\/?\*)/.test(line);
    const change = comment ? 0 : Math.sign((line.match(/[{[(]/g) ?? []).length - (line.match(/[}\])]/g) ?? []).length);
    const indent = '  '.repeat(/^[}\])]/.test(line) ? depth - 1 : depth);
    depth += change;
    return `${indent}${line.startsWith('*') ? ' ' : ''}${line}`;
  });
}

/**
 * Runs the generators whose files are not there or were written by another version: beside the files of each lies a stamp, the hash of
 * its text and of this one's, and of what was written. Returns the names of the files written.
 */
export async function generate() {
  const written = [];
  const known = new Set();
  for (const script of GENERATORS) {
    const stampFile = `${path.basename(script, '.mjs')}.stamp`;
    const at = path.join(FOLDER, stampFile);
    const hash = createHash('sha256');
    for (const source of [script, 'generate.mjs']) hash.update(readFileSync(path.join(scripts, source)));
    const version = hash.digest('hex');
    let [stamp, ...names] = existsSync(at) ? readFileSync(at, 'utf8').trim().split('\n') : [];
    if (stamp !== version || names.some((name) => !existsSync(path.join(FOLDER, name)))) {
      const { sources } = await import(`./${script}`);
      const texts = Object.entries(sources()).map(([name, text]) => [name, indented(text)]);
      names = texts.map(([name]) => name);
      mkdirSync(FOLDER, { recursive: true });
      for (const [name, text] of texts) writeFileSync(path.join(FOLDER, name), text);
      writeFileSync(at, [version, ...names, ''].join('\n'));
      written.push(...names);
    }
    for (const name of [stampFile, ...names]) known.add(name);
  }
  // What no generator writes any more must not be found by an import.
  for (const name of readdirSync(FOLDER)) if (!known.has(name)) rmSync(path.join(FOLDER, name));
  return written;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generate();
