// compare as users run it, on two runs of the fixture and a third that differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COSTS, copyDist, type Copy, type Ended } from '../support/copy.ts';

let copy: Copy;
const file = (name: string): string => path.join(copy.folder, name);

beforeAll(async () => {
  copy = copyDist({ fixture: false });
  const suite = (name: string, bytes: number): string =>
    `name: ${name}\nreplicates: 4\ndecisions: 4\ntransactions: { bytes: 250, per_decision: 100 }\nsweep: { nodes: [4, 7], fault: { kind: crash, ratio: [0, 0.34] } }\nworkloads: { pbft: { checkpoint_interval: 128 }, raft: { transactions: { bytes: ${bytes} } } }\n`;
  writeFileSync(file('one.yaml'), suite('one', 250));
  writeFileSync(file('other.yaml'), suite('other', 250).replace('pbft', 'zab').replace('checkpoint_interval: 128', ''));
  for (const [suiteFile, out, ...more] of [
    ['one.yaml', 'a'],
    ['one.yaml', 'b'],
    ['one.yaml', 'c', '--seed', '5'],
    ['one.yaml', 'part', '--filter', 'pbft'],
    ['other.yaml', 'zab', '--filter', 'zab'],
  ] as const)
    expect((await copy.cli('run', suiteFile!, '--costs', COSTS, '--out', out!, ...more)).status).toBe(0);
  // What a slower version would have recorded.
  const slow = await copy.cli('run', 'one.yaml', '--costs', COSTS, '--out', 'slow');
  expect(slow.status).toBe(0);
  const journal = readFileSync(file('slow/records.ndjson'), 'utf8');
  writeFileSync(
    file('slow/records.ndjson'),
    journal.replaceAll(/"finality_ms":([\d.]+)/g, (_all, value: string) => `"finality_ms":${Number(value) * 1.3}`),
  );
});
afterAll(() => copy.remove());

describe('compare', () => {
  test('two runs of one suite are the same: exit 0', async () => {
    const { status, stdout, stderr } = await copy.cli('compare', 'a', 'b');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^## Comparison of runs\n\n\*\*No regression: 0 worse, 0 better, \d+ the same, 0 undecided/);
    expect(stdout).toContain('Both are priced with the same cost table');
  });

  test('what got slower is worse: exit 1, Markdown, and a report with every run', async () => {
    const { status, stdout, stderr } = await copy.cli('compare', 'a', 'slow', 'c', '-o', 'compared');
    expect(status).toBe(1);
    expect(stderr).toBe('report: compared/report.html\n');
    expect(stdout).toMatch(/\*\*Regression: \d+ worse/);
    expect(stdout).toMatch(/\| pbft, n = 4 \| B \| finality_ms \| [^|]+ \| [^|]+ \| 1\.300 \| paired, 4 seeds, exact \|/);
    expect(readFileSync(file('compared/comparison.md'), 'utf8')).toBe(stdout);
    const html = readFileSync(file('compared/report.html'), 'utf8');
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(html).toContain('>finality_ms, run by run; in grey how many times as much as A.<'.slice(1, -1));
    for (const title of ['A', 'B', 'C']) expect(html).toContain(`<div class="panel"><h3>${title}</h3>`);
    // One pair of axes for all three.
    expect(html.split('<use href="#axes-cost-finality-s-0"/>')).toHaveLength(3);
    const data = JSON.parse(readFileSync(file('compared/comparison.json'), 'utf8')) as {
      regression: boolean;
      others: { matched: number }[];
    };
    expect(data).toMatchObject({ regression: true, threshold: 0.05, others: [{ matched: 8 }, { matched: 8 }] });
  });

  test('--threshold is a share or a percentage; --json prints the data', async () => {
    const { status, stdout } = await copy.cli('compare', 'a', 'slow', '--threshold', '35%', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, regression: false, threshold: 0.35 });
    expect((await copy.cli('compare', 'a', 'slow', '--threshold', '0.35')).status).toBe(0);
  });

  test('conditions of one run alone are named', async () => {
    const { stdout } = await copy.cli('compare', 'a', 'part');
    expect(stdout).toContain('B: 4 conditions of A not in it: raft, n = 4; ');
  });

  describe('wrong flags: one clear error, exit 2', () => {
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['one run', ['compare', 'a'], /missing required argument 'b'/],
      ['a folder that is missing', ['compare', 'a', 'none'], /^none: no such folder; accepted: the folder of a run/m],
      ['a folder that is no run', ['compare', 'a', 'suites'], /^suites: not the folder of a run/m],
      ['one run twice', ['compare', 'a', './a'], /^compare: received \.\/a twice; accepted: folders of different runs$/m],
      [
        'a threshold that is none',
        ['compare', 'a', 'b', '--threshold', 'much'],
        /argument 'much' is invalid\. Accepted: a share from 0 to 10, as 0\.05 or 5%\./,
      ],
      ['--out that exists', ['compare', 'a', 'b', '--out', 'suites'], /^--out suites: exists already; accepted: a new folder$/m],
      ['--open without --out', ['compare', 'a', 'b', '--open'], /^--open: received without --out; accepted: --out DIR --open$/m],
      [
        'nothing in common',
        ['compare', 'part', 'zab'],
        /^compare part zab: no condition and no kernel in common \(one has 4 conditions, other 4\); accepted: runs of one suite/m,
      ],
    ];
    let ended: readonly Ended[];
    beforeAll(() => {
      ended = copy.all(cases.map(([, args]) => args));
    });
    test.each(cases.map(([name, , expected], number) => [name, number, expected] as const))('%s', (_name, number, expected) => {
      const { status, stdout, stderr } = ended[number]!;
      expect(stderr).toMatch(expected);
      expect(stderr).not.toMatch(/\n\s+at |internal error/);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    });
    test('… and nothing is written', () => expect(existsSync(file('suites/report.html'))).toBe(false));
  });
});
