import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { digestRun } from '../../harness/analysis/digest.ts';
import { exportRun } from '../../harness/export/export.ts';
import { openRun } from '../../harness/folder/read.ts';
import { terminalTable } from '../../harness/export/terminal.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import { inFull } from '../support/full.ts';
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

const [CELLS, TEXT_CHARS] = inFull([20_000, 1500], [3000, 6000]);

describe('exportRun', () => {
  it('writes every export of a run', async () => {
    const dir = run(small);
    await exportRun(dir);
    for (const name of ['records.csv', 'summary.csv', 'curves.csv', 'kernels.csv', 'samples.csv', 'summary.md', 'report.html'])
      expect(existsSync(path.join(dir, name)), name).toBe(true);
    expect(readdirSync(dir).filter((name) => name.endsWith('.part'))).toEqual([]);
    const figures = readdirSync(path.join(dir, 'figures'));
    const names = figures.filter((name) => name.endsWith('.svg')).map((name) => name.slice(0, -4));
    expect(names).toContain('answer');
    expect(names).toEqual(expect.arrayContaining(['energy', 'finality-faults', 'latency-distribution']));
    expect(figures.sort()).toEqual(names.flatMap((name) => ['.dat', '.png', '.svg', '.vl.json'].map((end) => `${name}${end}`)).sort());
  });

  it('figures of an earlier export that the records no longer have go', async () => {
    const dir = run(small);
    await exportRun(dir);
    writeFileSync(path.join(dir, 'figures', 'gone.svg'), 'old');
    await exportRun(dir);
    expect(existsSync(path.join(dir, 'figures', 'gone.svg'))).toBe(false);
  });

  it('puts rows in plan order whatever the order of the journal, to the same bytes', async () => {
    const [planned, shuffled] = [run(small), run({ ...small, shuffled: true })];
    await exportRun(planned);
    await exportRun(shuffled);
    expect(column(shuffled, 'records.csv')).toEqual(planIds(shuffled));
    for (const name of readdirSync(planned, { recursive: true, encoding: 'utf8' }).filter(
      (one) => /\.\w+$/.test(one) && !one.endsWith('.ndjson'),
    ))
      expect(readFileSync(path.join(shuffled, name), 'utf8'), name).toBe(readFileSync(path.join(planned, name), 'utf8'));
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
    const { digest } = await exportRun(dir);
    expect(digest.planned - digest.finished).toBe(3);
    expect(column(dir, 'records.csv')).toEqual(planIds(dir).slice(0, -3));
    expect(readFileSync(path.join(dir, 'report.html'), 'utf8')).toContain('3 not finished');
    expect(terminalTable(digestRun(openRun(dir)), { color: false, width: 80 })).toContain(`Not finished: 3 of ${digest.planned} cells`);
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
    const { digest } = await exportRun(dir);
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

  it(`${CELLS} cells pass through a heap that could not hold them`, () => {
    const nodes = Array.from({ length: Math.ceil(CELLS / 14) + 1 }, (_, index) => index + 4);
    const dir = run({ nodes, replicates: 2, mechanisms: ['pbft'], measured: false, text: 'x'.repeat(TEXT_CHARS), shuffled: true });
    const cells = lines(dir, 'records.ndjson').length;
    expect(cells).toBeGreaterThan(CELLS);
    const module = new URL('../../dist/harness/export/export.js', import.meta.url).href;
    const script = `import(${JSON.stringify(module)}).then(({ exportRun }) => exportRun(${JSON.stringify(dir)})).then(({ digest }) => console.log(digest.finished))`;
    // Journal and plan are 26 kB a cell and 80 MB in `npm test`, 8 kB and 160 MB in the long tests. Modules take 17 MB of the heap, an export of 20 cells 32 MB,
    // one of 20 000 cells 44 MB.
    const out = execFileSync(process.execPath, ['--max-old-space-size=60', '--max-semi-space-size=2', '-e', script], { encoding: 'utf8' });
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
    const whole = all[4]!;
    all[4] = whole.slice(0, 100);
    writeFileSync(journal, `${all.join('\n')}\n`);
    await expect(exportRun(dir)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('records.ndjson:5: not a journal line'),
    });
    all[4] = 'nonsense';
    writeFileSync(journal, `${all.join('\n')}\n`);
    await expect(exportRun(dir)).rejects.toThrow(/records\.ndjson:5: not a journal line \(no cell id\)/);
    all[4] = whole.replace('"state":"done"', '"state":"dOne"');
    writeFileSync(journal, `${all.join('\n')}\n`);
    await expect(exportRun(dir)).rejects.toThrow(
      /records\.ndjson:5: not a journal line \(its state is "dOne", not done, stalled, timeout, failed\)/,
    );
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

describe('terminalTable', () => {
  it('wraps no row and cuts no name at 40, 60, 80 and 120 columns; the label of a variant is that of the report', async () => {
    const dir = run({ replicates: 3, nodes: [4, 10] });
    for (const width of [40, 60, 80, 120]) {
      const plain = terminalTable(digestRun(openRun(dir)), { color: false, width });
      for (const line of plain.split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
      expect(plain).not.toContain('…');
      for (const { label } of modelOf(digestRun(openRun(dir))).series) expect(plain).toContain(label);
    }
  });

  it('fits 80 columns, reads without colour, and says what a transaction costs and where mechanisms broke', async () => {
    const dir = run({ replicates: 3 });
    const text = terminalTable(digestRun(openRun(dir)), { color: false, width: 80 });
    expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
    expect(text).not.toContain('\u001b');
    expect(text).toMatchInlineSnapshot(`
      "With 100 nodes and no faults, what does a committed transaction cost, at a risk
      of reversal of 0.001?
      pbft costs least, $4.00 ±1.9% a million transactions (latency-bound); pow
      miner=asic-s21 costs most, $21 000 ±27% a million transactions (latency-bound),
      5200 times as much (provisioned: all cores of all nodes, busy or not).
      A transaction is final after 446 ms ±2.0% under pbft and 47 min ±47% under pow
      miner=asic-s21.

      Comparison without faults; prov.: all cores of all nodes, busy or not, under the
      asked rate or at capacity where the run has one, else latency-bound; down,
      Byzantine: faulty nodes that are survived
          n  prov. $/M tx      finality  down
      pow miner=cpu
        100    $1400 ±18%   55 min ±27%  at least 50 of 100 (50%)
      pow miner=asic-s21
        100  $21 000 ±27%   47 min ±47%  -
      pos-praos
        100     $170 ±31%  2.7 min ±35%  at least 50 of 100 (50%)
      pbft
        100    $4.0 ±1.9%  450 ms ±2.0%  at least 30 of 100 (30%)
      Not shown: CPU/tx, J/tx, prov. J/tx, $/M tx, $/year, costs are, msgs, bytes,
      batch, Byzantine, power, Wh/a, CO2/tx (in summary.md)

      Cost without faults; finality at a risk of reversal of 0.001, against the
      adversary beside it
           n          J/tx    prov. J/tx                 finality  adv.
      pow miner=cpu
           4      49 ±6.6%      49 ±6.6%              51 min ±20%   10%
         100     1300 ±18%     1300 ±18%              55 min ±27%   10%
      pow miner=asic-s21
           4    16000 ±32%    16000 ±32%  45 min (25 min – 1.4 h)   10%
         100   410000 ±27%   420000 ±27%              47 min ±47%   10%
      pos-praos
           4  5.7e-5 ±6.2%     0.93 ±12%             2.6 min ±20%   10%
         100   0.0014 ±16%       23 ±31%             2.7 min ±35%   10%
      pbft
           4       3.88e-5  0.0194 ±1.4%             410 ms ±3.0%   25%
         100       0.00592    0.54 ±1.9%             446 ms ±2.0%   33%
        1000          0.51      10 ±1.3%             810 ms ±1.4%   33%
      Plain costs are marginal (active work alone); prov.: all cores of all nodes,
      busy or not, at one decision in flight.
      Not shown: n = 7, 10, 16, 31, 64; CPU-s/tx, prov. CPU-s/tx, USD/1000tx, prov.
      USD/1000tx, msgs/dec, bytes/dec (in summary.md)

      Where it broke: fault ratio or count (faulty nodes; replicates, under attack
      attempts)
        fault         n          holds to          not live from  unsafe from
      pow miner=cpu
        crash         4 – 100    0.5               -              -
        double-spend  4 – 100    0; 0.2 undecided  -              0.3 (72/840)
      pos-praos
        crash         4 – 100    0.5               -              -
        double-spend  4 – 100    0; 0.2 undecided  -              0.3 (85/840)
      pbft
        crash         4, 7       0.4 (1/4 ..)      0.5 (3/3)      -
        crash         10 – 64    0.34 (3/10 ..)    0.4 (3/3)      -
        crash         100, 1000  0.3 (30/100 ..)   0.34 (3/3)     -
        equivocate    4 – 100    f (1/4 ..)        -              f+1 (3/3)
      Not shown: not final from (in summary.md)
      "
    `);
    const coloured = terminalTable(digestRun(openRun(dir)), { color: true, width: 80 });
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

      ## With 10 nodes and no faults, what does a committed transaction cost, at a risk of reversal of 0.001?

      pbft costs least, $0.37 ±3.3% a million transactions (latency-bound); pos-praos costs most, $17.7 ±2.3% a million transactions (latency-bound), 48 times as much (provisioned: all cores of all nodes, busy or not). A transaction is final after 420 ms ±4.3% under pbft and 3.0 min ±18% under pos-praos.

      | mechanism | a million tx, provisioned | of the least | finality |
      | --- | ---: | ---: | ---: |
      | pbft | $0.37 ±3.3% (latency-bound) | 1 | 420 ms ±4.3% |
      | pos-praos | $17.7 ±2.3% (latency-bound) | 48 times | 3.0 min ±18% |

      ## Comparison

      Without faults, but for what is survived. Active: work done alone (marginal). Provisioned: all cores of all nodes, busy or not, at the load beside it; without more of a load it is bound by latency, and falls under load. A year has 8766 h: of all that stands ready, with traffic at the rate of that load. Capacity: only of a load "saturate". Finality: the median at the risk, under the asked rate, else without a queue where the run has that; the load stands beside it where it is not that of the costs. Survived: faulty nodes up to which every swept condition holds, of all; "at least" where one more was not swept, or not decided. Power and carbon: provisioned, of mechanisms for public networks.

      | mechanism | n | CPU time a tx, active | energy a tx, active | energy a tx, provisioned | a million tx, active | a million tx, provisioned | a year, provisioned | costs are | messages a decision | bytes a decision | batch, tx | finality | survives down | survives Byzantine | power | energy a year | CO₂ a tx |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | pos-praos | 10 | 14.4 µs ±1.3% | 144 µJ ±1.3% | 2.4 J ±2.3% | 165 µ$ ±1.3% | $18 ±2.3% | $14 000 | latency-bound | 80.0 | 1.26 MB | 500 | 3.0 min ±18% | at least 5 of 10 (50%) | at least 0 of 10 (0%) | 59.2 W | 519 kWh | 309 µg ±2.3% |
      | pbft | 10 | 13.7 µs | 137 µJ | 49 mJ ±3.3% | 156 µ$ | $0.37 ±3.3% | $14 000 | latency-bound | 180 | 1.30 MB | 500 | 420 ms ±4.3% | 3 of 10 (30%) | 3 of 10 (30%) | – | – | – |

      ## Findings

      - Energy, marginal: with 10 nodes and no faults, one committed transaction takes 137 µJ under pbft and 144 µJ ±1.3% under pos-praos: a spread of 1.1 times on this basis (active work alone: what one more transaction takes of cores that are there anyway).
      - Money, marginal: 1000 of them cost 1.56 × 10⁻⁷ USD under pbft and 1.65 × 10⁻⁷ USD ±1.3% under pos-praos: a spread of 1.1 times on this basis.
      - Energy, provisioned: with 10 nodes and no faults, one committed transaction takes 49 mJ ±3.3% under pbft and 2.35 J ±2.3% under pos-praos: a spread of 48 times on this basis (all cores of all nodes, paid for as long as the decisions take, busy or not; with one decision in flight latency decides it, and more load would lower it).
      - Money, provisioned: 1000 of them cost 3.7 × 10⁻⁴ USD ±3.3% under pbft and 0.0177 USD ±2.3% under pos-praos: a spread of 48 times on this basis.
      - Rate: one decision after another, with 10 nodes and no faults, commits 25.2 tx/s ±2.3% under pos-praos and 1210 tx/s ±3.3% under pbft; that is bound by latency, and no capacity.
      - Finality: at a risk of reversal of 0.001, a transaction is final after 420 ms ±4.3% (against an adversary of 30%) under pbft and 3.0 min ±18% (against an adversary of 10%) under pos-praos.
      - Messages per decision grow: pos-praos from 32 at n = 4 to 80 at n = 10 (as n to the power 1.0); pbft from 24 at n = 4 to 180 at n = 10 (as n to the power 2.2).
      - Faults: pos-praos under double-spend, 10 nodes: from φ = 0.3 attacks reverse final payments more often than the risk of 0.001 allows (7 of 80 attacks, at least 4.2%); below it 0 of 160 attacks did, too few to decide at each ratio; no finite number of confirmations gives the risk from φ = 0.5.
      - Faults: pbft under crash, 10 nodes: liveness is violated from φ = 0.4 (2 of 2, at least 22% of replicates).
      - Faults: pbft under equivocate, 10 nodes: safety is violated from f+1 = 4 faulty nodes (2 of 2, at least 22% of replicates).
      - Faults: nothing broke for pos-praos under crash up to φ = 0.5 (10 nodes; 2 of 2, at most 78% could fail).
      - Faults: these sentences are of one number of nodes for each mechanism and kind of fault; the table of where each broke has 4 more sweeps at others.
      - Prediction: the work done for real took 1.04 to 1.11 times the CPU time that the cost table predicts (4 measured conditions; of mining a part was done and its cost a hash applied to all hashes).

      ## Cost without faults

      Marginal: active work alone. Provisioned: all cores of all nodes for as long as the decisions take, busy or not; with one decision in flight that is bound by latency, and falls under load. Intervals are 95%; "10 of 12" beside a mean says that it is over the replicates that have a value.

      | mechanism | n | CPU-s per tx, marginal | CPU-s per tx, provisioned | J per tx, marginal | J per tx, provisioned | USD per 1000 tx, marginal | USD per 1000 tx, provisioned | messages per decision | bytes per decision | finality | adversary |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | pos-praos | 4 | 5.7 × 10⁻⁶ ±27% | 0.62 (0.40 – 0.96) | 5.7 × 10⁻⁵ ±27% | 0.92 (0.59 – 1.4) | 6.5 × 10⁻⁸ ±27% | 0.0069 (0.0044 – 0.011) | 32 | 504 000 | 2.5 min ±45% | 10% |
      | pos-praos | 10 | 1.44 × 10⁻⁵ ±1.3% | 1.59 ±2.3% | 1.44 × 10⁻⁴ ±1.3% | 2.35 ±2.3% | 1.65 × 10⁻⁷ ±1.3% | 0.0177 ±2.3% | 80 | 1.26 × 10⁶ | 3.0 min ±18% | 10% |
      | pbft | 4 | 3.88 × 10⁻⁶ | 0.0131 ±7.0% | 3.88 × 10⁻⁵ | 0.019 ±7.0% | 4.42 × 10⁻⁸ | 1.5 × 10⁻⁴ ±7.0% | 24 | 509 760 | 410 ms ±4.7% | 25% |
      | pbft | 10 | 1.37 × 10⁻⁵ | 0.033 ±3.3% | 1.37 × 10⁻⁴ | 0.049 ±3.3% | 1.56 × 10⁻⁷ | 3.7 × 10⁻⁴ ±3.3% | 180 | 1.30 × 10⁶ | 420 ms ±4.3% | 30% |

      ## Rate and latency without faults

      Only the rate of a load "saturate" is a capacity: the largest at which the 99th percentile of latency stays within its bound, and it stands with what limits it. Any other is what was committed under the load that the row names, or, where none is named, with one decision in flight: that is bound by latency and no capacity. Latencies are of decisions with one in flight, else of transactions, from submission to acceptance.

      | mechanism | n | tx/s | that is | latency p50 | latency p99 |
      | --- | ---: | ---: | ---: | ---: | ---: |
      | pos-praos | 4 | 26 (17 – 40) | latency-bound | 17 s ±45% | 34 s ±9.1% |
      | pos-praos | 10 | 25.2 ±2.3% | latency-bound | 20 s ±18% | 34 s ±6.9% |
      | pbft | 4 | 1220 ±7.0% | latency-bound | 410 ms ±4.7% | 430 ms ±8.9% |
      | pbft | 10 | 1210 ±3.3% | latency-bound | 420 ms ±4.3% | 440 ms ±3.6% |

      ## Where it broke

      | mechanism | fault | n | holds up to | liveness violated from | safety violated from | no finality from |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: |
      | pos-praos | crash | 4, 10 | 0.5 (2 of 2, at most 78% could fail) | – | – | – |
      | pos-praos | double-spend | 4, 10 | 0; undecided to 0.2 (0 of 160 attacks, at most 1.9%) | – | 0.3 (13 of 160 attacks, at least 4.9%) | 0.5 |
      | pbft | crash | 4 | 0.4 (1 node of 4; 2 of 2, at most 78% could fail) | 0.5 (2 nodes of 4; 2 of 2, at least 22%) | – | – |
      | pbft | crash | 10 | 0.34 (3 nodes of 10; 2 of 2, at most 78% could fail) | 0.4 (4 nodes of 10; 2 of 2, at least 22%) | – | – |
      | pbft | equivocate | 4, 10 | f (1 node of 4, 3 of 10; 2 of 2, at most 78% could fail) | – | f+1 (2 nodes of 4, 4 of 10; 2 of 2, at least 22%) | – |

      ## Predicted and measured CPU time per decision

      | mechanism | n | predicted | measured | measured is |
      | --- | ---: | ---: | ---: | ---: |
      | pos-praos | 4 | 2.8 ms ±27% | 3.0 ms (1.6 ms – 5.7 ms) | 6.3% above the prediction |
      | pos-praos | 10 | 7.22 ms ±1.3% | 7.5 ms ±14% | 3.6% above the prediction |
      | pbft | 4 | 1.94 ms | 2.2 ms ±6.9% | 11% above the prediction |
      | pbft | 10 | 6.85 ms | 7.4 ms ±37% | 7.8% above the prediction |
      "
    `);
  });
});
