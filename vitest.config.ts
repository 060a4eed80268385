import { readFileSync, readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => ({ file: `test/${file}`, text: readFileSync(`test/${file}`, 'utf8') }));
const isLong = (file: string): boolean => file.startsWith('test/long/');

/** `npm run test:long`: the folder test/long/, and every file that makes fewer runs, or smaller ones, in `npm test`. */
const inFull = files.filter(({ file, text }) => isLong(file) || /from '[./]*support\/(property|full)\.ts'/.test(text));

/**
 * `npm test`: all but test/long/. Most files share two processes, and so the modules that they import, which take longer to load than many
 * a test to run. Files that replace modules or globals (they import `vi`), and those that measure, have a process each.
 */
const own = files.filter(({ file, text }) => /import \{[^}]*\bvi\b[^}]*\} from 'vitest'/.test(text) || file.startsWith('test/measure/'));
const shared = files.filter((one) => !isLong(one.file) && !own.includes(one));
const names = (some: typeof files): string[] => some.map(({ file }) => file);

export default defineConfig(({ mode }) => ({
  test: {
    testTimeout: mode === 'long' ? 1_200_000 : 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    ...(mode === 'long'
      ? { include: names(inFull) }
      : {
          projects: [
            { extends: true, test: { name: 'shared', include: names(shared), isolate: false } },
            { extends: true, test: { name: 'own', include: names(own) } },
          ],
        }),
  },
}));
