import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');

test("the README's tables are those of the committed example run", () => {
  expect(() => execFileSync(process.execPath, ['scripts/make-readme-table.mjs', '--check'], { cwd: root, stdio: 'pipe' })).not.toThrow();
});
