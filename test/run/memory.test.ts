import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyDist, type Copy } from '../support/copy.ts';
import { inFull } from '../support/full.ts';

let copy: Copy;
beforeAll(() => {
  copy = copyDist({ fixture: true });
});
afterAll(() => copy.remove());

/** Peak resident bytes of a process that writes the plan of a suite, compares it, and reads it back. */
function peak(cells: number): number {
  writeFileSync(
    path.join(copy.folder, 'peak.mjs'),
    `import { loadSuite } from './dist/harness/suite/load.js';
import { readPlan, verifyPlan, writePlan } from './dist/harness/folder/plan-file.js';
import { IdSet, idNumber } from './dist/harness/suite/id-set.js';
const suite = loadSuite('many.yaml');
const finished = new IdSet();
writePlan('plan.json', suite);
verifyPlan('plan.json', suite, (cell) => finished.add(idNumber(cell.id), cell.seed));
let read = 0;
for (const cell of readPlan('plan.json')) read += finished.get(idNumber(cell.id)) === cell.seed ? 1 : 0;
console.log(read, process.resourceUsage().maxRSS * 1024);
`,
  );
  writeFileSync(
    path.join(copy.folder, 'many.yaml'),
    `name: many\nreplicates: ${cells / 10}\nsweep: { nodes: 4 }\nworkloads: { fixture: { x: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] } }\n`,
  );
  const [read, bytes] = execFileSync(process.execPath, ['peak.mjs'], { cwd: copy.folder, encoding: 'utf8' }).split(' ').map(Number);
  rmSync(path.join(copy.folder, 'plan.json'));
  expect(read).toBe(cells);
  return bytes!;
}

// A run of 10 000 trivial cells on two threads peaks at about 250 MB, so this leaves it below 1.2 times that at 100 000.
const MANY = inFull(100_000, 40_000);
test(`planning, comparing and reading ${MANY} cells takes less than 40 MB more than 10 000`, () => {
  const [small, large] = [peak(10_000), peak(MANY)];
  expect((large - small) / 1e6).toBeLessThan(40);
});
