// The README's table of costs takes the capacity, with what limits it, from the example run's summary.md.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { summaryMarkdown } from '../../harness/export/markdown.ts';
import { DEFAULT_LOAD, condition, openAt, saturated, type Queue } from '../analysis/loaded.ts';
import { digestOf } from './digest-of.ts';

const script = fileURLToPath(new URL('../../scripts/make-readme-table.mjs', import.meta.url));
const wan: Queue = { capacity: 10_000, base_ms: 400, limit: 'uplink' };

function tableOf(summary: string, warnings: readonly unknown[] = []): string[] {
  const dir = mkdtempSync(path.join(tmpdir(), 'readme-'));
  try {
    mkdirSync(path.join(dir, 'results/example-default'), { recursive: true });
    writeFileSync(path.join(dir, 'results/example-default/summary.md'), `${summary}\n## Where it broke\n\n| mechanism |\n| --- |\n`);
    writeFileSync(path.join(dir, 'results/example-default/environment.json'), '{"cpu_model":"X","node":"v24"}');
    writeFileSync(path.join(dir, 'results/example-default/costs.json'), JSON.stringify({ warnings }));
    for (const name of ['README.md', 'README.zh-CN.md'])
      writeFileSync(path.join(dir, name), '# A\n<!-- table: begin -->\n<!-- table: end -->\n');
    execFileSync(process.execPath, [script], { cwd: dir });
    execFileSync(process.execPath, [script, '--check'], { cwd: dir });
    const lines = readFileSync(path.join(dir, 'README.md'), 'utf8').replaceAll('\u00a0', ' ').split('\n');
    return lines.filter((line) => /^(\| pbft|\| mechanism \| n|\*\*)/.test(line));
  } finally {
    rmSync(dir, { recursive: true });
  }
}
const plain = [4, 7, 64, 100].map((nodes) => condition({ nodes, load: DEFAULT_LOAD }, [{ throughput_tps: 1200 }]));

it('has a column of it where the run has saturate rows, and keeps their numbers of nodes; costs stay those of the default load', () => {
  const digest = digestOf([...plain, openAt({ nodes: 4 }, 1000, wan), ...[4, 64].map((nodes) => saturated({ nodes }, wan))]);
  const [head, ...rows] = tableOf(summaryMarkdown(digest));
  expect(head).toMatch(/\| capacity, tx\/s \(limited by\) \|$/);
  expect(rows.map((row) => [row.split('|')[2]!.trim(), row.split('|').at(-2)!.trim()])).toEqual([
    ['4', '9000 (uplink)'],
    ['64', '9000 (uplink)'],
    ['100', '–'],
  ]);
});

it('has none where it has not', () => {
  const [head, ...rows] = tableOf(summaryMarkdown(digestOf(plain)));
  expect(head).not.toContain('capacity');
  expect(rows).toHaveLength(2);
});

it('a run whose measured costs are doubtful says so above the table', () => {
  const digest = digestOf(plain);
  expect(tableOf(summaryMarkdown(digest), [{}, {}])[0]).toMatch(/^\*\*The machine was not quiet: 2 warnings/);
  expect(tableOf(summaryMarkdown(digest))[0]).toMatch(/^\| mechanism/);
});
