// One rule for a condition's verdict, and every place that shows one.
import { describe, expect, it } from 'vitest';
import type { RunDigest } from '../../harness/analysis/digest.ts';
import { summaryMarkdown } from '../../harness/export/markdown.ts';
import { ConditionSummary, type Summary } from '../../harness/analysis/summarize.ts';
import { terminalTable } from '../../harness/export/terminal.ts';
import { attackEvidence, replicateEvidence } from '../../harness/analysis/verdict.ts';
import { brokenRecord, makeRecord } from '../../harness/record/make.ts';
import type { CellRecord } from '../../harness/model/record.ts';
import { verdictText } from '../../harness/analysis/estimate.ts';
import { findings, holdingText, notices, thresholdText } from '../../harness/analysis/findings.ts';
import { reportHtml } from '../../harness/report/html.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { cell, costs, done, lottery, voting } from '../record/fixtures.ts';
import { digestOf } from '../export/digest-of.ts';

function condition(at: Cell, outcomes: readonly (Partial<Outcome> | 'timeout')[]): Summary {
  const workload = at.workload === 'pbft' ? voting : lottery;
  const records = outcomes.map((outcome): CellRecord =>
    outcome === 'timeout'
      ? brokenRecord(at, workload, 'timeout', 'net')
      : makeRecord(at, workload, { outcome: { ...done, ...outcome }, engine: 'chain' }, costs, null),
  );
  const summary = new ConditionSummary(at, records[0]!);
  for (const record of records) summary.add(record);
  return summary.summary();
}
const attacked = (ratio: number, tries: readonly (readonly [attacks: number, reversals: number])[]): Summary =>
  condition(
    { ...cell, workload: 'pow', fault: { kind: 'double-spend', ratio, placement: 'worst' } },
    tries.map(([attacks, reversals]) => ({ attacks, reversals, safety: reversals > 0 ? 'violated' : 'ok' })),
  );
const crashed = (ratio: number, outcomes: readonly (Partial<Outcome> | 'timeout')[], nodes = 4): Summary =>
  condition({ ...cell, nodes, fault: { kind: 'crash', ratio, placement: 'worst' } }, outcomes);
const stall: Partial<Outcome> = { state: 'stalled', reason: 'no event under way', liveness: 'violated', decisions: 1 };
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('attacks pooled over replicates, against the risk', () => {
  it('3 000 attacks and no reversal hold at a risk of 0.001; at 50 attacks nothing is decided', () => {
    expect(attackEvidence({ attacks: 3000, reversals: 0 }, 0.001).verdict).toBe('holds');
    expect(attackEvidence({ attacks: 50, reversals: 0 }, 0.001)).toMatchObject({ verdict: 'undecided', trials: 50 });
    expect(attackEvidence({ attacks: 50, reversals: 0 }, 0.001).atMost).toBeCloseTo(0.0582, 4);
  });

  it('with up to 2 reversals of 50 allowed, a true rate of 2% passes in 92% of runs: now no run of 50 passes, whatever came', () => {
    for (let reversals = 0; reversals <= 50; reversals++)
      expect(attackEvidence({ attacks: 50, reversals }, 0.001).verdict).not.toBe('holds');
    expect(attackEvidence({ attacks: 50, reversals: 1 }, 0.001).verdict).toBe('broken');
  });

  it('a reversal or two of 3 000 leave it undecided, and the text says at most how many', () => {
    const summary = attacked(0.3, [...times(4, [600, 0] as const), [600, 2]]);
    expect(summary.attacks).toEqual({ attacks: 3000, reversals: 2 });
    expect(summary.verdict).toMatchObject({ verdict: 'undecided', property: 'safety', counted: 'attacks', hits: 2, trials: 3000 });
    expect(verdictText(summary).replaceAll('\u00a0', ' ')).toBe('undecided (2 of 3000 attacks, at most 0.210%)');
  });

  it('attacks are pooled as integers: replicates with 7 and 10 attacks are 17', () => {
    expect(
      attacked(0.3, [
        [7, 1],
        [10, 0],
        [0, 0],
      ]).attacks,
    ).toEqual({ attacks: 17, reversals: 1 });
  });

  it('what became of an attacked replicate is what its condition says: no replicate is "safety violated" where the condition holds', () => {
    const holding = attacked(0.1, [...times(4, [20_000, 2] as const), [20_000, 0]]);
    expect(holding.verdict.verdict).toBe('holds');
    expect(holding.fates).toMatchObject({ ok: 5, unsafe: 0 });
    // The checker's own count stays in the CSV.
    expect(holding.safety).toMatchObject({ violated: 4, known: 5 });
    expect(attacked(0.3, times(5, [20, 5] as const)).fates).toMatchObject({ ok: 0, unsafe: 5 });
    expect(attacked(0.3, times(5, [20, 0] as const)).fates).toMatchObject({ ok: 0, unknown: 5 });
    // Attacks that succeed are graver than a risk that no number of confirmations gives.
    const at: Cell = { ...cell, workload: 'pow', fault: { kind: 'double-spend', ratio: 0.5, placement: 'worst' } };
    const won = condition(at, [{ attacks: 20, reversals: 20, safety: 'violated', confirmations: null, finalities_us: [] }]);
    expect(won.fates).toMatchObject({ unsafe: 1, unfinal: 0 });
    expect(won.verdict).toMatchObject({ verdict: 'broken', property: 'safety' });
  });

  it('a violation that no attack explains breaks, however many attacks failed', () => {
    const at: Cell = { ...cell, workload: 'pow', fault: { kind: 'double-spend', ratio: 0.1, placement: 'worst' } };
    const summary = condition(at, [
      { attacks: 5000, reversals: 0, safety: 'violated' },
      { attacks: 5000, reversals: 0 },
    ]);
    expect(summary.verdict).toMatchObject({ verdict: 'broken', property: 'safety', counted: 'replicates', hits: 1, trials: 2 });
  });
});

describe('replicates', () => {
  it('five of five: at most 45% could fail; five of five without liveness: at least 55% are', () => {
    expect(verdictText(crashed(0.1, times(5, {})))).toBe('holds (5 of 5, at most 45% could fail)');
    expect(verdictText(crashed(0.5, times(5, stall)))).toBe('liveness violated (5 of 5, at least 55%)');
  });

  it('one violation of five breaks', () => {
    expect(replicateEvidence({ violated: 1, known: 5 }, 5)).toMatchObject({ verdict: 'broken', hits: 1, trials: 5 });
  });

  it('liveness unknown is its own fate: neither ok nor violated', () => {
    const summary = crashed(0.3, [...times(3, {}), ...times(2, { ...stall, liveness: 'unknown', reason: 'horizon' } as const)]);
    expect(summary.fates).toMatchObject({ ok: 3, unknown: 2, unlive: 0 });
    expect(summary.verdict).toMatchObject({ verdict: 'undecided', property: 'liveness', hits: 0, trials: 3, unknown: 2 });
    expect(verdictText(summary)).toBe('undecided (3 of 3, at most 63% could fail; 2 without a verdict)');
  });

  it('a replicate that timed out leaves a condition undecided, and never broken', () => {
    expect(crashed(0.1, [{}, {}, 'timeout']).verdict).toMatchObject({ verdict: 'undecided', trials: 2, unknown: 1 });
    expect(crashed(0.1, ['timeout']).verdict).toMatchObject({ verdict: 'undecided', trials: 0, atLeast: 0, atMost: 1 });
  });

  it('durability breaks a condition, and so does a risk that no finite number of confirmations gives', () => {
    const lost = crashed(0.3, [{ durability: 'ok' }, { durability: 'violated' }]);
    expect(lost.verdict).toMatchObject({ verdict: 'broken', property: 'durability' });
    expect(lost.fates).toMatchObject({ ok: 1, undurable: 1 });
    const endless = condition({ ...cell, workload: 'pow' }, [{ confirmations: null, finalities_us: [] }]);
    expect(endless.verdict).toMatchObject({ verdict: 'broken', property: 'finality' });
    expect(endless.fates.unfinal).toBe(1);
    // A closed form says so: nothing was counted.
    expect(verdictText(endless)).toBe('no finality at the risk');
    const sweep = digestOf([
      condition({ ...cell, workload: 'pow', fault: { kind: 'crash', ratio: 0, placement: 'worst' } }, [{}]),
      endless,
    ]);
    const found = findings(modelOf(sweep), sweep).find((text) => text.startsWith('Faults'));
    expect(found).toMatch(/no finite number of confirmations gives the risk from φ = 0\.34\.$/);
  });
});

describe('table and list never contradict each other', () => {
  const said = (conditions: readonly Summary[]) => {
    const { breakings } = modelOf(digestOf(conditions));
    return breakings.map((breaking) => ({
      holds: holdingText(breaking, { brief: false })?.replaceAll('\u00a0', ' '),
      unsafe: thresholdText(breaking, 'safety', { brief: false }),
      stalls: thresholdText(breaking, 'liveness', { brief: false }),
    }));
  };

  it('double-spend: "holds up to 0.4" beside "safety violated 1 of 5" at 0.1', async () => {
    // 1 reversal of 230 in one replicate: as in the run in which it was found.
    const conditions = [
      attacked(0.1, [[46, 1], ...times(4, [46, 0] as const)]),
      attacked(0.4, times(5, [50, 0] as const)),
      attacked(0.5, times(5, [50, 50] as const)),
    ];
    expect(said(conditions)).toEqual([
      {
        holds: 'undecided to 0.4 (1 of 230 attacks, at most 2.0%)',
        unsafe: '0.5 (250 of 250 attacks, at least 99%)',
        stalls: null,
      },
    ]);
    const digest = digestOf(conditions);
    for (const text of [summaryMarkdown(digest), await reportHtml(digest), terminalTable(digest, { color: false, width: 100 })]) {
      expect(text).not.toMatch(/1 of 5/);
      expect(text).toContain('undecided');
    }
  });

  it('"pbft crash, n = 4, holds up to 0.4" hides that floor(0.4 × 4) is one node: the number stands beside it', () => {
    const conditions = [crashed(0, [{}]), crashed(0.4, times(5, {})), crashed(0.5, times(5, stall))];
    expect(said(conditions)).toEqual([
      { holds: '0.4 (1 node of 4; 5 of 5, at most 45% could fail)', unsafe: null, stalls: '0.5 (2 nodes of 4; 5 of 5, at least 55%)' },
    ]);
    const { breakings } = modelOf(digestOf(conditions));
    expect(holdingText(breakings[0]!, { brief: true })).toBe('0.4 (1/4)');
    expect(terminalTable(digestOf(conditions), { color: false, width: 80 })).toMatch(/crash +4 +0\.4 \(1\/4\) +0\.5 \(5\/5\)/);
  });

  it('what was never shown to hold is not printed as holding: all replicates timed out', () => {
    const conditions = [0, 0.1, 0.2].map((ratio) => crashed(ratio, times(3, 'timeout' as const)));
    expect(said(conditions)).toEqual([{ holds: expect.stringMatching(/^undecided to 0\.2/), unsafe: null, stalls: null }]);
    const [breaking] = modelOf(digestOf(conditions)).breakings;
    expect(holdingText(breaking!, { brief: true })).toBe('0.2 (0/4) undecided');
  });

  it('attacks at one fault are pooled over the numbers of nodes that share a row', () => {
    const at = (nodes: number, runs: readonly (readonly [number, number])[]): Summary => {
      const summary = attacked(0.4, runs);
      return { ...summary, keys: { ...summary.keys, nodes } };
    };
    const found = said([at(4, times(5, [600, 0] as const)), at(16, [[600, 2], ...times(4, [600, 0] as const)])]);
    expect(found.map(({ holds }) => holds)).toEqual([
      '0.4 (0 of 3000 attacks, at most 0.0998%)',
      'undecided to 0.4 (2 of 3000 attacks, at most 0.210%)',
    ]);
    const alike = said([at(4, [[600, 4], ...times(4, [600, 0] as const)]), at(16, [[600, 2], ...times(4, [600, 0] as const)])]);
    expect(alike.map(({ holds }) => holds)).toEqual([expect.stringMatching(/^undecided to 0\.4 \(6 of 6000 attacks, at most 0\.197%\)$/)]);
  });

  it('of any sweep, every condition up to what holds does, none up to what is undecided is broken, and the first beyond it is', () => {
    const kinds = [times(2, {}), times(2, stall), [{}, stall], [{}, { ...stall, liveness: 'unknown' } as const], [{}, 'timeout'] as const];
    for (let code = 0; code < kinds.length ** 3; code++) {
      const picks = [code % kinds.length, Math.floor(code / kinds.length) % kinds.length, Math.floor(code / kinds.length ** 2)];
      const conditions = picks.map((pick, index) => crashed([0.25, 0.5, 0.75][index]!, kinds[pick]!));
      const [{ holds, undecided, thresholds }] = modelOf(digestOf(conditions)).breakings as [
        ReturnType<typeof modelOf>['breakings'][number],
      ];
      const broken = conditions.findIndex(({ verdict }) => verdict.verdict === 'broken');
      const ratioOf = (condition: Summary | undefined) => (condition === undefined ? undefined : String(condition.keys.fault_ratio));
      const doubted = conditions.findIndex(({ verdict }) => verdict.verdict !== 'holds');
      expect(holds?.fault).toBe(ratioOf(doubted === -1 ? conditions.at(-1) : conditions[doubted - 1]));
      const last = broken === -1 ? conditions.length : broken;
      expect(undecided?.fault).toBe(doubted === -1 || last === doubted ? undefined : ratioOf(conditions[last - 1]));
      expect(thresholds.liveness?.fault).toBe(broken === -1 ? undefined : String(conditions[broken]!.keys.fault_ratio));
    }
  });
});

describe('what stands at the head', () => {
  it('stalls of fault-free conditions stand at the head of report, summary and terminal', async () => {
    const digest = digestOf([crashed(0, [...times(4, {}), stall], 7), crashed(0.34, times(5, stall), 7)]);
    const notice = 'Without faults: pbft at n = 7: liveness violated (1 of 5, at least 1.0% of replicates): no event under way.';
    expect(notices(modelOf(digest)).map((text) => text.replaceAll('\u00a0', ' '))).toEqual([notice]);
    const html = (await reportHtml(digest)).replaceAll('\u00a0', ' ');
    expect(html).toContain(`<p class="warning">${notice}</p>`);
    expect(html.indexOf(notice)).toBeLessThan(html.indexOf('<main>'));
    const markdown = summaryMarkdown(digest).replaceAll('\u00a0', ' ');
    expect(markdown.indexOf(`> ${notice}`)).toBeGreaterThan(0);
    expect(markdown.indexOf(`> ${notice}`)).toBeLessThan(markdown.indexOf('## '));
    expect(terminalTable(digest, { color: false, width: 200 }).split('\n')[0]).toBe(notice);
  });

  it('a fault of 0.1 of 4 nodes is no faulty node: its stall stands there too', () => {
    expect(notices(modelOf(digestOf([crashed(0.1, [stall])])))).toHaveLength(1);
    expect(notices(modelOf(digestOf([crashed(0.5, [stall])])))).toEqual([]);
  });
});

describe('means of survivors', () => {
  it('a mean over surviving replicates (10 of 12) is marked wherever it is shown, with the number', async () => {
    const digest = digestOf([crashed(0, [...times(10, {}), 'timeout', 'timeout'])]);
    expect(summaryMarkdown(digest)).toContain('2.00 ms (10 of 12)'.replace('2.00 ms', '2\u00a0ms'));
    expect(await reportHtml(digest)).toMatch(/2\u00a0ms <small>\(10 of 12\)<\/small>/);
    expect(terminalTable(digest, { color: false, width: 200 })).toContain('2 ms (10 of 12)');
    expect(findings(modelOf(digest), digest).find((text) => text.startsWith('Finality'))).toContain('(10 of 12)');
  });

  it('where survival depends on the value (a horizon), no mean', () => {
    const summary = crashed(0, [...times(10, {}), stall, stall]);
    expect(Object.values(summary.metrics).every((value) => value === null)).toBe(true);
  });
});

describe('what stands beside the costs', () => {
  it('warnings of the measurement reach summary.md and the report, beside the figures that they concern', async () => {
    const digest = digestOf([crashed(0, times(2, {}))]);
    const warnings = [
      { figure: null, text: 'the load average is 7.5 on 2 cores' },
      { figure: 'ed25519-sign/wasm-simd', text: 'noisy, ±21%' },
    ];
    const doubted: RunDigest = { ...digest, run: { ...digest.run, warnings } };
    const said = 'the load average is 7.5 on 2 cores; ed25519-sign/wasm-simd: noisy, ±21%';
    const section = (text: string, from: string, to: string): string =>
      text.slice(text.indexOf(from), text.indexOf(to, text.indexOf(from)));
    expect(section(summaryMarkdown(doubted), '## Cost without faults', '\n|')).toContain(`> The measured costs are doubtful: ${said}.`);
    const html = await reportHtml(doubted);
    const noisy = 'priced on a noisy machine (2 warnings, in the section on kernels)';
    expect(section(html, 'id="figure-cost"', '<svg')).toContain(
      `<p class="doubt">Caution: ${noisy}; every mean of fewer than 3 replicates.</p>`,
    );
    expect(section(html, 'id="figure-latency-distribution"', '<svg')).toContain(
      '<p class="doubt">Caution: every mean of fewer than 3 replicates.</p>',
    );
    expect(section(html, '<section id="findings">', '</section>')).toContain(`<dt>Doubt</dt><dd>The measured costs are doubtful: ${said}.`);
    expect(section(html, '<section id="kernels">', '</section>')).toContain('<p class="warning">the load average is 7.5 on 2 cores</p>');
    expect(terminalTable(doubted, { color: false, width: 300 })).toContain(said);
    for (const text of [summaryMarkdown(digest), await reportHtml(digest), terminalTable(digest, { color: false, width: 300 })])
      expect(text).not.toMatch(/doubtful/);
  });

  it('the report counts both tries of a cell that was run again', async () => {
    const digest: RunDigest = { ...digestOf([crashed(0, [{}])]), retried: { cells: 2, tries: 5, recovered: 1 } };
    const said = '2 cells that failed or timed out were tried again (5 tries in all, the last counts): 1 of 2 has a result now.';
    for (const text of [summaryMarkdown(digest), await reportHtml(digest), terminalTable(digest, { color: false, width: 300 })])
      expect(text.replaceAll('\u00a0', ' ')).toContain(said);
    expect(summaryMarkdown(digestOf([crashed(0, [{}])]))).not.toContain('tried again');
  });
});
