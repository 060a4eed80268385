// The hunt itself: what it draws, what it keeps, and that its planted bugs can still be planted.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Workload } from '../../harness/simulate/core/contract.ts';

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}
interface Tool {
  readonly workloads: ReadonlyMap<string, Workload>;
}
interface Case {
  readonly workload: Workload;
}
interface Hunt {
  configurationOf(seed: number, workloads: readonly Workload[]): unknown;
  isHunted(workload: Workload): boolean;
  readonly MUTANTS: readonly Mutant[];
  caseOf(tool: Tool, data: unknown): Case | null;
  toolOf(folder: string): Promise<Tool>;
  judge(tool: Tool, one: Case): { readonly wrong: string };
}
/** The hunt is a script, without types. */
const scripts = ['draw', 'mutants', 'tool', 'verdict'].map((name) => `../../scripts/hunt/${name}.mjs`);
const modules = await Promise.all(scripts.map((file) => import(file) as Promise<Partial<Hunt>>));
const { configurationOf, isHunted, MUTANTS, caseOf, toolOf, judge } = Object.assign({}, ...modules) as Hunt;

const root = path.join(import.meta.dirname, '../..');
const tool = await toolOf(path.join(root, 'dist'));
const hunted = [...tool.workloads.values()].filter(isHunted);

test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s changes one place of its source', (_, { file, find, replace }) => {
  expect(readFileSync(path.join(root, file), 'utf8').split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
});

test('the same seed draws the same configuration, and most are cells', () => {
  const drawn = Array.from({ length: 50 }, (_, seed) => configurationOf(seed, hunted));
  expect(drawn).toEqual(Array.from({ length: 50 }, (_, seed) => configurationOf(seed, hunted)));
  expect(drawn.filter((data) => caseOf(tool, data) !== null).length).toBeGreaterThan(35);
});

test.each(hunted.map((workload) => [workload.id, workload] as const))('some configurations of %s: nothing is wrong', (_, workload) => {
  for (let seed = 1; seed <= 12; seed++) {
    const one = caseOf(tool, configurationOf(seed, [workload]));
    if (one !== null) expect(judge(tool, one).wrong, `npm run hunt -- --seed ${seed} --workload ${workload.id}`).toBe('');
  }
});

// Configurations that once failed.
const KEPT = path.join(import.meta.dirname, 'kept');
test.each(readdirSync(KEPT).filter((name) => name.endsWith('.yaml')))('%s: nothing is wrong any more', (name) => {
  const one = caseOf(tool, parse(readFileSync(path.join(KEPT, name), 'utf8')));
  expect(one, 'it is a cell').not.toBeNull();
  expect(judge(tool, one!).wrong).toBe('');
});
