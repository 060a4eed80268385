import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { exportRun, terminalSummary } from '../../harness/export/export.ts';
import { syntheticRun, type SyntheticOptions } from './synthetic.ts';

const made: string[] = [];
const run = (options: SyntheticOptions): string => {
  const dir = syntheticRun(options);
  made.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true });
});

const small = { nodes: [4, 10], replicates: 2 } as const;
const lines = (dir: string, name: string): string[] => readFileSync(path.join(dir, name), 'utf8').trimEnd().split('\n');
const planIds = (dir: string): string[] =>
  (JSON.parse(readFileSync(path.join(dir, 'plan.json'), 'utf8')) as { cells: { id: string }[] }).cells.map(({ id }) => id);
const column = (dir: string, name: string): string[] =>
  lines(dir, name)
    .slice(1)
    .map((line) => line.split(',')[0]!);

describe('exportRun', () => {
  it('writes every export of a run', async () => {
    const dir = run(small);
    await exportRun(dir);
    for (const name of ['records.csv', 'summary.csv', 'kernels.csv', 'samples.csv', 'summary.md', 'report.html'])
      expect(existsSync(path.join(dir, name)), name).toBe(true);
    expect(readdirSync(dir).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('puts rows in plan order whatever the order of the journal, to the same bytes', async () => {
    const [planned, shuffled] = [run(small), run({ ...small, shuffled: true })];
    await exportRun(planned);
    await exportRun(shuffled);
    expect(column(shuffled, 'records.csv')).toEqual(planIds(shuffled));
    for (const name of ['records.csv', 'summary.csv', 'samples.csv', 'summary.md', 'report.html'])
      expect(readFileSync(path.join(shuffled, name), 'utf8')).toBe(readFileSync(path.join(planned, name), 'utf8'));
  });

  it('has one summary row a condition, and the samples of the kernels before those of the cells', async () => {
    const dir = run(small);
    await exportRun(dir);
    const conditions = new Set(
      (JSON.parse(readFileSync(path.join(dir, 'plan.json'), 'utf8')) as { cells: object[] }).cells.map((cell) =>
        JSON.stringify({ ...cell, id: '', seed: 0, replicate: 0 }),
      ),
    );
    expect(lines(dir, 'summary.csv')).toHaveLength(conditions.size + 1);
    const sources = column(dir, 'samples.csv');
    expect(sources[0]).toBe('ed25519-verify/wasm-simd');
    expect(sources.length).toBeGreaterThan(4);
    expect(sources.slice(1)).toEqual(planIds(dir).filter((id) => sources.includes(id)));
  });

  it('leaves out cells that are not finished, and says so', async () => {
    const dir = run({ ...small, mechanisms: ['pbft'], measured: false, unfinished: 3 });
    const digest = await exportRun(dir);
    expect(digest.planned - digest.finished).toBe(3);
    expect(column(dir, 'records.csv')).toEqual(planIds(dir).slice(0, -3));
    expect(readFileSync(path.join(dir, 'report.html'), 'utf8')).toContain('3 not finished');
    expect(await terminalSummary(dir, { color: false, width: 80 })).toContain(`Not finished: 3 of ${digest.planned} cells`);
  });

  it('a run without a finished cell has headers, and a report that says so', async () => {
    const dir = run({ ...small, mechanisms: ['pbft'], measured: false });
    writeFileSync(path.join(dir, 'records.ndjson'), '');
    await exportRun(dir);
    expect(lines(dir, 'records.csv')).toHaveLength(1);
    expect(readFileSync(path.join(dir, 'report.html'), 'utf8')).toContain('No cell finished');
  });

  it('a torn last line costs its own cell alone, and is told', async () => {
    const dir = run({ ...small, mechanisms: ['pbft'], measured: false, unfinished: 1 });
    appendFileSync(path.join(dir, 'records.ndjson'), `{"record":{"cell":"${planIds(dir).at(-1)!}","work`);
    const digest = await exportRun(dir);
    expect(digest.warnings).toEqual([expect.stringMatching(/records\.ndjson:\d+: the last line is torn .*run --resume/)]);
    expect(column(dir, 'records.csv')).toEqual(planIds(dir).slice(0, -1));
  });

  it('keeps text with commas, quotes, lines and formulas in its field', async () => {
    const dir = run({ nodes: [4], replicates: 1, mechanisms: ['pbft'], measured: false, text: '=1+1,"x"\n<b>' });
    await exportRun(dir);
    expect(readFileSync(path.join(dir, 'records.csv'), 'utf8')).toContain('"\'=1+1,""x""\n<b>"');
    const html = readFileSync(path.join(dir, 'report.html'), 'utf8');
    expect(html).toContain('=1+1,&quot;x&quot;\n&lt;b&gt;');
    expect(html).not.toContain('<b>&quot;');
  });

  it('20 000 cells pass through a heap that could not hold them', () => {
    const nodes = Array.from({ length: 1430 }, (_, index) => index + 4);
    const dir = run({ nodes, replicates: 2, mechanisms: ['pbft'], measured: false, text: 'x'.repeat(1500), shuffled: true });
    const cells = lines(dir, 'records.ndjson').length;
    expect(cells).toBeGreaterThan(20_000);
    const module = new URL('../../dist/harness/export/export.js', import.meta.url).href;
    const script = `import(${JSON.stringify(module)}).then(({ exportRun }) => exportRun(${JSON.stringify(dir)})).then(({ finished }) => console.log(finished))`;
    // All records together are above 60 MB; an export of 20 cells needs 36 MB.
    const out = execFileSync(process.execPath, ['--max-old-space-size=48', '--max-semi-space-size=2', '-e', script], { encoding: 'utf8' });
    expect(out.trim()).toBe(String(cells));
    expect(lines(dir, 'records.csv')).toHaveLength(cells + 1);
  });
});

describe('what is wrong is said in one message', () => {
  const folder = (): string => run({ ...small, mechanisms: ['pbft'], measured: false });

  it('no such folder, a file, a folder that is no run', async () => {
    await expect(exportRun('/nowhere/at/all')).rejects.toThrow(/^\/nowhere\/at\/all: no such folder; accepted: the folder of a run/);
    await expect(exportRun(fileURLToPath(import.meta.url))).rejects.toThrow(/a file, not a folder/);
    const empty = mkdtempSync(path.join(tmpdir(), 'no-run-'));
    made.push(empty);
    await expect(exportRun(empty)).rejects.toThrow(
      /not the folder of a run \(no suite\.yaml, plan\.json, records\.ndjson, costs\.json, environment\.json in it\)/,
    );
  });

  it('a journal line that was changed, with its number', async () => {
    const dir = folder();
    const journal = path.join(dir, 'records.ndjson');
    const all = lines(dir, 'records.ndjson');
    all[4] = all[4]!.slice(0, 100);
    writeFileSync(journal, `${all.join('\n')}\n`);
    await expect(exportRun(dir)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('records.ndjson:5: not a journal line'),
    });
    all[4] = 'nonsense';
    writeFileSync(journal, `${all.join('\n')}\n`);
    await expect(exportRun(dir)).rejects.toThrow(/records\.ndjson:5: not a journal line \(no cell id\)/);
  });

  it('the journal of another plan', async () => {
    const dir = folder();
    appendFileSync(
      path.join(dir, 'records.ndjson'),
      `${lines(dir, 'records.ndjson')[0]!.replace(/"cell":"c.{12}"/, '"cell":"c000000000000"')}\n`,
    );
    await expect(exportRun(dir)).rejects.toThrow(/journal of another plan: 1 of its \d+ cells are not in .*plan\.json/);
  });

  it('a plan, costs or environment that is not what a run wrote', async () => {
    for (const [name, text, message] of [
      ['plan.json', '{"version":2,"cells":[\n]}', /plan\.json:1: not the plan of a run/],
      ['costs.json', '{', /costs\.json:1: not YAML/],
      ['costs.json', '{"version":1}', /costs\.json/],
      ['environment.json', '{', /environment\.json: not JSON/],
      ['environment.json', '[]', /environment\.json: not an object/],
    ] as const) {
      const dir = folder();
      writeFileSync(path.join(dir, name), text);
      await expect(exportRun(dir)).rejects.toThrow(message);
    }
  });

  it('an export that fails leaves the earlier ones whole and no drafts', async () => {
    const dir = folder();
    await exportRun(dir);
    const before = readFileSync(path.join(dir, 'records.csv'), 'utf8');
    const all = lines(dir, 'records.ndjson');
    writeFileSync(path.join(dir, 'records.ndjson'), `${all.slice(0, 5).join('\n')}\nnonsense\n`);
    await expect(exportRun(dir)).rejects.toThrow(/records\.ndjson:6/);
    // A draft that cannot be made is a failure late in the export.
    writeFileSync(path.join(dir, 'records.ndjson'), `${all.slice(0, 5).join('\n')}\n`);
    mkdirSync(path.join(dir, 'report.html.part'));
    await expect(exportRun(dir)).rejects.toThrow();
    expect(readFileSync(path.join(dir, 'records.csv'), 'utf8')).toBe(before);
    expect(readdirSync(dir).filter((name) => name.endsWith('.part'))).toEqual(['report.html.part']);
  });
});

describe('terminalSummary', () => {
  it('fits 80 columns, reads without colour, and says what a transaction costs and where mechanisms broke', async () => {
    const dir = run({ replicates: 3 });
    const text = await terminalSummary(dir, { color: false, width: 80 });
    expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
    expect(text).not.toContain('\u001b');
    expect(text).toMatchInlineSnapshot(`
      "Cost without faults; finality at a risk of reversal of 0.001
      mechanism        n  CPU-s/tx     J/tx  USD/1000tx  msgs/dec  finality
      pow cpu          4      4.86     48.6      0.0554        32  51.1 min
      pow cpu        100       127     1270        1.44       800  54.8 min
      pow asic-s21     4      1e-6    15700       0.435        32  45.1 min
      pow asic-s21   100    2.5e-5   415000        11.5       800  47.3 min
      pos-praos        4   5.74e-6  5.74e-5     6.54e-8        32  2.58 min
      pos-praos      100   1.43e-4  0.00143     1.63e-6       800  2.68 min
      pbft             4   3.88e-6  3.88e-5     4.42e-8        24    409 ms
      pbft           100   5.92e-4  0.00592     6.75e-6     19800    446 ms
      pbft          1000     0.051     0.51      5.8e-4       2e6    806 ms

      Where it broke: fault ratio or count (replicates; under attack, attempts)
      mechanism  fault         n          holds to  stalls from    unsafe from
      pow cpu    crash         4 – 100    0.5       -              -
      pow cpu    double-spend  4 – 100    0.2       -              0.3 (72 of 840)
      pos-praos  crash         4 – 100    0.5       -              -
      pos-praos  double-spend  4 – 100    0.2       -              0.3 (85 of 840)
      pbft       crash         4, 7       0.4       0.5 (3 of 3)   -
      pbft       crash         10 – 64    0.34      0.4 (3 of 3)   -
      pbft       crash         100, 1000  0.3       0.34 (3 of 3)  -
      pbft       equivocate    4 – 100    f         -              f+1 (3 of 3)
      "
    `);
    const coloured = await terminalSummary(dir, { color: true, width: 80 });
    expect(coloured.replaceAll('\u001b[1m', '').replaceAll('\u001b[22m', '')).toBe(text);
  });
});

describe('summary.md', () => {
  it('is the short account of the run', async () => {
    const dir = run({ nodes: [4, 10], replicates: 2, mechanisms: ['pos-praos', 'pbft'] });
    await exportRun(dir);
    expect(readFileSync(path.join(dir, 'summary.md'), 'utf8').replaceAll('\u00a0', ' ')).toMatchInlineSnapshot(`
      "# synthetic

      104 of 104 cells finished: 98 done, 6 stalled, 0 timed out, 0 failed. Suite seed 1. Costs measured on Example CPU, Node v20.20.0, backend wasm-simd. The exact numbers with intervals are in \`summary.csv\` and \`records.csv\`; figures are in \`report.html\`.

      ## Findings

      - Energy: with 10 nodes and no faults, one committed transaction takes 137 µJ under pbft and 144 µJ under pos-praos: a spread of 1.1 times.
      - Money: 1000 of them cost 1.56 × 10⁻⁷ USD under pbft and 1.65 × 10⁻⁷ USD under pos-praos, for energy, rented CPU time and traffic.
      - Finality: at a risk of reversal of 0.001, a transaction is final after 415 ms under pbft and 2.98 min under pos-praos.
      - Messages per decision grow: pos-praos from 32 at n = 4 to 80 at n = 10 (as n to the power 1.0); pbft from 24 at n = 4 to 180 at n = 10 (as n to the power 2.2).
      - Faults: pos-praos under double-spend, 10 nodes: from φ = 0.3 attacks reverse final payments more often than the risk of 0.001 allows (7 of 80 attacks); below it 0 of 160 attacks reversed a final payment.
      - Faults: pbft under crash, 10 nodes: it stalls from φ = 0.4 (2 of 2 replicates).
      - Faults: pbft under equivocate, 10 nodes: safety is violated from f+1 = 4 faulty nodes (2 of 2 replicates).
      - Faults: every replicate is ok for pos-praos under crash up to φ = 0.5 (10 nodes).
      - Prediction: the work done for real took 1.04 to 1.11 times the CPU time that the cost table predicts (4 measured conditions).

      ## Cost without faults

      | mechanism | n | CPU-s per tx | J per tx | USD per 1000 tx | messages per decision | finality |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: |
      | pos-praos | 4 | 5.69 × 10⁻⁶ | 5.69 × 10⁻⁵ | 6.48 × 10⁻⁸ | 32 | 2.48 min |
      | pos-praos | 10 | 1.44 × 10⁻⁵ | 1.44 × 10⁻⁴ | 1.65 × 10⁻⁷ | 80 | 2.98 min |
      | pbft | 4 | 3.88 × 10⁻⁶ | 3.88 × 10⁻⁵ | 4.42 × 10⁻⁸ | 24 | 412 ms |
      | pbft | 10 | 1.37 × 10⁻⁵ | 1.37 × 10⁻⁴ | 1.56 × 10⁻⁷ | 180 | 415 ms |

      ## Where it broke

      | mechanism | fault | n | holds up to | stalls from | safety violated from |
      | --- | ---: | ---: | ---: | ---: | ---: |
      | pos-praos | crash | 4, 10 | 0.5 | – | – |
      | pos-praos | double-spend | 4, 10 | 0.2 | – | 0.3 (13 of 160 attacks) |
      | pbft | crash | 4 | 0.4 | 0.5 (2 of 2) | – |
      | pbft | crash | 10 | 0.34 | 0.4 (2 of 2) | – |
      | pbft | equivocate | 4, 10 | f | – | f+1 (2 of 2) |

      ## Predicted and measured CPU time per decision

      | mechanism | n | predicted | measured | measured is |
      | --- | ---: | ---: | ---: | ---: |
      | pos-praos | 4 | 2.85 ms | 3.03 ms | 6.3% above the prediction |
      | pos-praos | 10 | 7.22 ms | 7.48 ms | 3.6% above the prediction |
      | pbft | 4 | 1.94 ms | 2.15 ms | 11% above the prediction |
      | pbft | 10 | 6.85 ms | 7.38 ms | 7.8% above the prediction |
      "
    `);
  });
});
