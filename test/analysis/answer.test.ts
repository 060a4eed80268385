import { describe, expect, test } from 'vitest';
import { answerOf, standingOf, type Answer, type AnswerCell, type Requirement } from '../../harness/analysis/answer.ts';
import type { RunDigest } from '../../harness/analysis/digest.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import type { Summary } from '../../harness/analysis/summarize.ts';
import type { Verdict } from '../../harness/model/outcome.ts';
import type { Requirements } from '../../harness/model/requirements.ts';
import type { FaultSpec } from '../../harness/model/fault.ts';
import { digestOf } from '../export/digest-of.ts';
import { syntheticDigest } from '../export/synthetic-digest.ts';
import { condition, open, saturate, type Replicate } from './loaded.ts';

const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');

/** The conditions of a run that asks this. */
function asking(requirements: Requirements | undefined, conditions: readonly Summary[]): Answer {
  const digest = digestOf(conditions);
  const suite = { ...digest.run.suite, ...(requirements === undefined ? {} : { requirements }) };
  const asked: RunDigest = { ...digest, run: { ...digest.run, suite } };
  return answerOf(modelOf(asked), asked);
}

const N = 10;
const pbft = { workload: 'pbft', nodes: N } as const;

function cellOf(answer: Answer, requirement: Requirement, label = 'pbft'): AnswerCell {
  return answer.rows.find((row) => row.label === label)!.cells.find((cell) => cell.requirement === requirement)!;
}
const only = (requirements: Requirements, conditions: readonly Summary[]): AnswerCell =>
  cellOf(asking({ nodes: N, ...requirements }, conditions), Object.keys(requirements).find((key) => key !== 'nodes') as Requirement);

const rates = (...values: readonly number[]): Replicate[] => values.map((throughput_tps) => ({ throughput_tps }));
const faulty = (fault: Partial<FaultSpec>, says: { safety?: Verdict; liveness?: Verdict } = {}, at: object = pbft): Summary =>
  condition({ ...at, fault: { kind: 'crash', placement: 'worst', ...fault } as FaultSpec }, [
    { safety: 'ok', liveness: 'ok', ...says },
    { safety: 'ok', liveness: 'ok', ...says },
  ]);
const command = 'npx consensus-bench run suite.yaml --workload pbft --nodes 10';

describe('issue 11: throughput_tps is met if the lower bound of a saturate row reaches it, or an open row at that rate commits 99%', () => {
  test('a capacity whose interval reaches it; the margin is a share of what is asked', () => {
    const cell = only({ throughput_tps: 1000 }, [condition({ ...pbft, load: saturate() }, rates(1190, 1200, 1210))]);
    expect(cell).toMatchObject({ verdict: 'met', value: 1200, marginText: '20% to spare', command: '' });
    expect(cell.margin).toBeCloseTo(0.2);
    expect(cell.interval!.low).toBeGreaterThan(1000);
    expect(spaced(cell.text)).toBe('1200 tx/s ±2.1%');
  });

  test('a mean above it with an interval below it is not known; all of the interval below it is not met', () => {
    expect(only({ throughput_tps: 1000 }, [condition({ ...pbft, load: saturate() }, rates(900, 1200, 1210))])).toMatchObject({
      verdict: 'not measured',
      command: `${command} --load '{ kind: saturate }' --crypto modelled --replicates 12`,
    });
    expect(only({ throughput_tps: 1000 }, [condition({ ...pbft, load: saturate() }, rates(490, 500, 510))])).toMatchObject({
      verdict: 'not met',
      value: 500,
      marginText: '50% short',
    });
  });

  const carried = (rate: number, committed: number): Summary =>
    condition({ ...pbft, load: open(rate) }, [
      { throughput_tps: rate * committed, transactions_submitted: 10_000, transactions_committed: 10_000 * committed },
    ]);
  test.each([
    [1000, 0.99, 'met'],
    [2000, 0.995, 'met'],
    [1000, 0.98, 'not met'],
    [500, 0.9, 'not met'],
    [2000, 0.5, 'not measured'],
    [500, 1, 'not measured'],
  ])('%d tx/s offered, %d of them committed: %s', (rate, committed, verdict) => {
    expect(only({ throughput_tps: 1000 }, [carried(rate, committed)]).verdict).toBe(verdict);
  });

  test('the margin of a rate that is carried is of that rate: arrivals are not to the transaction as many', () => {
    expect(only({ throughput_tps: 1000 }, [carried(1000, 0.999)])).toMatchObject({ verdict: 'met', margin: 0, marginText: 'just so' });
    expect(only({ throughput_tps: 1000 }, [carried(1500, 0.999)])).toMatchObject({ value: 1498.5, marginText: '50% to spare' });
  });

  test('one decision after another tells nothing of it: the command that would measure it', () => {
    expect(only({ throughput_tps: 1 }, [condition(pbft, rates(5000))])).toMatchObject({
      verdict: 'not measured',
      value: null,
      text: '',
      command: `${command} --load '{ kind: saturate }' --crypto modelled`,
    });
  });
});

describe('finality_ms: by the 95th percentile', () => {
  const final = (load: object, p95: number, tps: number): Summary =>
    condition({ ...pbft, ...load }, [{ finality_ms: 1, finality_ms_p95: p95, throughput_tps: tps }]);

  test('without a rate: without a queue, not at the capacity', () => {
    const conditions = [final({ load: saturate() }, 900, 5000), final({}, 400, 100)];
    expect(only({ finality_ms: 500 }, conditions)).toMatchObject({ verdict: 'met', value: 400, note: 'latency-bound' });
    expect(only({ finality_ms: 300 }, conditions)).toMatchObject({ verdict: 'not met', value: 400, marginText: '33% too much' });
  });

  test('a rate is asked for: at that rate, where the run offers it', () => {
    const conditions = [final({ load: open(1000) }, 700, 1000), final({}, 400, 100)];
    expect(cellOf(asking({ nodes: N, finality_ms: 500, throughput_tps: 1000 }, conditions), 'finality_ms')).toMatchObject({
      verdict: 'not met',
      value: 700,
    });
  });

  test('latency rises with the rate: what passes at a higher one passes, what fails at a lower one fails, and no more is known', () => {
    const at = (p95: number, tps: number): AnswerCell =>
      cellOf(asking({ nodes: N, finality_ms: 500, throughput_tps: 1000 }, [final({}, p95, tps)]), 'finality_ms');
    expect(at(400, 5000).verdict).toBe('met');
    expect(at(600, 100).verdict).toBe('not met');
    expect(at(400, 100)).toMatchObject({
      verdict: 'not measured',
      command: `${command} --load '{ kind: open, rate_tps: 1000 }' --crypto modelled`,
    });
    expect(at(600, 5000).verdict).toBe('not measured');
  });

  test('a run of an earlier version has no such column: the latency’s stands for it where acceptance is final', () => {
    const earlier = { finality_ms_p95: null, latency_ms_p95: 350, latency_ms_p50: 300, throughput_tps: 100 };
    const of = (finality_ms: number): AnswerCell => only({ finality_ms: 500 }, [condition(pbft, [{ ...earlier, finality_ms }])]);
    expect(of(300)).toMatchObject({ verdict: 'met', value: 350 });
    expect(of(400)).toMatchObject({ verdict: 'not measured', command: '' });
  });

  const pending = (median: number | null, load: object = { load: open(1000) }): AnswerCell =>
    cellOf(
      asking({ nodes: N, finality_ms: 500, throughput_tps: 1000 }, [
        condition({ ...pbft, ...load }, [
          { finality_ms: median, finality_ms_p95: null, latency_ms_p50: 100, latency_ms_p95: 200, throughput_tps: 900 },
        ]),
      ]),
      'finality_ms',
    );

  test('a median above what is asked is not met, and so is a 95th percentile that falls on what is not final', () => {
    const late = pending(4_100_000);
    expect(late).toMatchObject({ verdict: 'not met', value: 4_100_000, note: 'median; p95 is not reached', command: '' });
    expect(spaced(late.text)).toBe('1.14 h');
    expect(pending(300)).toMatchObject({ verdict: 'not met', note: 'median; p95 is not reached', command: '' });
    expect(pending(null)).toMatchObject({ verdict: 'not met', value: null, note: 'p95 is not reached', command: '' });
    expect(pending(900, {})).toMatchObject({ verdict: 'not met', note: 'median; latency-bound' });
  });

  test('no command repeats a condition that the run already has', () => {
    expect(pending(300, {})).toMatchObject({
      verdict: 'not measured',
      command: `${command} --load '{ kind: open, rate_tps: 1000 }' --crypto modelled`,
    });
    expect(only({ finality_ms: 500 }, [condition(pbft, [{ finality_ms: null, finality_ms_p95: null, throughput_tps: 1 }])])).toMatchObject({
      verdict: 'not measured',
      command: '',
    });
  });
});

describe('faulty nodes: it holds with so many, in every condition that was swept up to there', () => {
  test('crashes: far enough, not far enough, and broken', () => {
    const swept = [0, 2, 3].map((count) => faulty({ kind: 'crash', count }));
    expect(only({ crash_nodes: 3 }, swept)).toMatchObject({ verdict: 'met', value: 3, margin: 0, marginText: 'just so', text: '3 (30%)' });
    expect(only({ crash_nodes: 4 }, swept)).toMatchObject({
      verdict: 'not measured',
      command: `${command} --fault '{ kind: crash, count: 4 }'`,
    });
    const broken = [...swept, faulty({ kind: 'crash', count: 4 }, { liveness: 'violated' })];
    expect(only({ crash_nodes: 4 }, broken)).toMatchObject({ verdict: 'not met', value: 3, margin: -1, marginText: '1 short' });
    expect(only({ crash_nodes: 6 }, broken).verdict).toBe('not met');
    expect(only({ crash_nodes: 2 }, broken)).toMatchObject({ verdict: 'met', marginText: '1 to spare' });
  });

  test('Byzantine nodes: all kinds that were swept; another kind of fault says nothing of them', () => {
    const equivocates = faulty({ kind: 'equivocate', count: 3 });
    expect(only({ byzantine_nodes: 3 }, [equivocates])).toMatchObject({ verdict: 'met', value: 3 });
    expect(only({ byzantine_nodes: 3 }, [equivocates, faulty({ kind: 'replay', count: 1 })]).verdict).toBe('not measured');
    expect(only({ byzantine_nodes: 3 }, [equivocates, faulty({ kind: 'replay', count: 3 }, { safety: 'violated' })]).verdict).toBe(
      'not met',
    );
    expect(only({ byzantine_nodes: 3 }, [faulty({ kind: 'crash', count: 3 })])).toMatchObject({
      verdict: 'not measured',
      command: `${command} --fault '[${['equivocate', 'wrong-vote', 'bad-signature', 'replay'].map((kind) => `{ kind: ${kind}, count: 3 }`).join(', ')}]'`,
    });
  });

  test('as many faulty nodes as there are nodes: no command, since the suite would be refused', () => {
    expect(only({ crash_nodes: N - 1 }, [faulty({ kind: 'crash', count: 3 })]).command).toContain('count: 9');
    expect(only({ crash_nodes: N }, [faulty({ kind: 'crash', count: 3 })])).toMatchObject({ verdict: 'not measured', command: '' });
  });

  test('a fault that ends by itself is no such fault, and neither is one at another number of nodes', () => {
    expect(only({ crash_nodes: 3 }, [faulty({ kind: 'crash', count: 3, until_s: 5 })]).verdict).toBe('not measured');
    expect(only({ crash_nodes: 3 }, [faulty({ kind: 'crash', count: 3 }, {}, { ...pbft, nodes: 11 })]).verdict).toBe('not measured');
  });

  test('who keeps back the blocks that it found does not keep to the rules', () => {
    const cell = cellOf(
      asking({ nodes: N, byzantine_nodes: 3 }, [condition({ workload: 'pow-pool', nodes: N }, [{}])]),
      'byzantine_nodes',
      'pow-pool',
    );
    expect(cell.command).toContain('{ kind: block-withholding, ratio: 3/10 }');
    expect(cell.command).not.toContain('pool-hopping');
  });

  test('an exact share of power stands for as many nodes as have it', () => {
    const pow = { workload: 'pow', nodes: N } as const;
    const answer = asking({ nodes: N, byzantine_nodes: 3 }, [condition(pow, [{}])]);
    expect(cellOf(answer, 'byzantine_nodes', 'pow').command).toBe(
      `npx consensus-bench run suite.yaml --workload pow --nodes 10 --fault '[{ kind: double-spend, ratio: 3/10 }, { kind: selfish, ratio: 3/10 }]'`,
    );
  });

  const attacked = (ratio: number, attacks: number, reversals = 0): Summary =>
    condition({ workload: 'pow', nodes: N, fault: { kind: 'double-spend', placement: 'worst', ratio } }, [
      { safety: 'ok', liveness: 'ok', attacks, reversals },
      { safety: 'ok', liveness: 'ok', attacks, reversals },
    ]);
  const bears = (conditions: readonly Summary[]): AnswerCell =>
    cellOf(
      asking({ nodes: N, byzantine_nodes: 3 }, [condition({ workload: 'pow', nodes: N }, [{}]), ...conditions]),
      'byzantine_nodes',
      'pow',
    );
  const again = `npx consensus-bench run suite.yaml --workload pow --nodes 10 --fault '{ kind: double-spend, ratio: 3/10 }'`;

  test('attacks that were too few to tell: as many times as many as would decide at the same rate, and the note says why', () => {
    // 0 of 3000 hold at a risk of 0.001, 0 of 2994 do not.
    expect(bears([attacked(0.3, 1500)])).toMatchObject({ verdict: 'met', command: '' });
    const few = bears([attacked(0.3, 500)]);
    expect(few).toMatchObject({ verdict: 'not measured', command: `${again} --replicates 8` });
    expect(few.note).toBe('double-spend 0.3: undecided (0 of 1000 attacks, at most 0.299%)');
    expect(bears([attacked(0.3, 100)]).command).toBe(`${again} --replicates 32`);
    expect(bears([attacked(0.2, 500)]).command).toBe(`${again} --replicates 8`);
  });

  test('a rate at the risk itself: no number of attacks that is asked for would tell, and four times as many are', () => {
    expect(bears([attacked(0.3, 1000, 1)]).command).toBe(`${again} --replicates 8`);
  });

  test('replicates without a verdict: the same cells would end alike, so no command says to run them again', () => {
    expect(only({ crash_nodes: 3 }, [faulty({ kind: 'crash', count: 3 }, { liveness: 'unknown' })])).toMatchObject({
      verdict: 'not measured',
      note: 'crash f = 3: undecided (no verdict of 2 replicates)',
      command: '',
    });
    expect(only({ crash_nodes: 4 }, [faulty({ kind: 'crash', count: 3 }, { liveness: 'unknown' })]).command).toBe(
      `${command} --fault '{ kind: crash, count: 4 }'`,
    );
  });

  test('no faulty node is asked: the condition without faults decides, at that number of nodes', () => {
    const calm = condition(pbft, [{ safety: 'ok', liveness: 'ok' }]);
    for (const requirement of ['crash_nodes', 'byzantine_nodes'] as const) {
      expect(only({ [requirement]: 0 }, [calm])).toMatchObject({ verdict: 'met', value: 0, marginText: 'just so', command: '' });
      expect(only({ [requirement]: 0 }, [condition(pbft, [{ safety: 'ok', liveness: 'violated' }])])).toMatchObject({ verdict: 'not met' });
      expect(only({ [requirement]: 0 }, [condition(pbft, [{ safety: 'ok', liveness: 'unknown' }])])).toMatchObject({
        verdict: 'not measured',
        command: '',
      });
      expect(only({ [requirement]: 0, nodes: 11 }, [calm])).toMatchObject({
        verdict: 'not measured',
        command: 'npx consensus-bench run suite.yaml --workload pbft --nodes 11',
      });
    }
    expect(only({ crash_nodes: 0 }, [calm, faulty({ kind: 'crash', count: 3 })])).toMatchObject({ verdict: 'met', value: 3 });
  });

  test('a mechanism whose model has no node that lies bears none of them at a number of nodes that was run, and no other', () => {
    const raft = (nodes: number): AnswerCell =>
      cellOf(
        asking({ nodes, byzantine_nodes: 0 }, [condition({ workload: 'raft', nodes: 1 }, [{ safety: 'ok', liveness: 'ok' }])]),
        'byzantine_nodes',
        'raft',
      );
    expect(raft(1)).toMatchObject({ verdict: 'met', value: 0 });
    expect(raft(9)).toMatchObject({ verdict: 'not measured', command: 'npx consensus-bench run suite.yaml --workload raft --nodes 9' });
  });

  test('a mechanism whose model has no node that lies bears none', () => {
    const answer = asking({ nodes: N, byzantine_nodes: 1 }, [condition({ workload: 'raft', nodes: N }, [{}])]);
    expect(cellOf(answer, 'byzantine_nodes', 'raft')).toMatchObject({ verdict: 'not met', value: 0, command: '' });
  });
});

describe('money and energy: provisioned', () => {
  const costing = (load: object, usd: number, tps: number): Summary =>
    condition({ ...pbft, ...load }, [{ usd_per_1000_tx_provisioned: usd, energy_kwh_per_tx: usd / 100, throughput_tps: tps }]);

  test('without a rate under the load that stands for it', () => {
    const conditions = [costing({}, 0.5, 100), costing({ load: saturate() }, 0.01, 5000)];
    const cell = only({ usd_per_1000_tx: 0.02 }, conditions);
    expect(cell).toMatchObject({ verdict: 'met', value: 0.01, marginText: '50% to spare', note: 'at capacity' });
    expect(spaced(cell.text)).toBe('$10');
    expect(only({ kwh_per_tx: 0.00001 }, conditions)).toMatchObject({ verdict: 'not met', marginText: '10 times as much' });
  });

  test('beside the energy of a transaction stands what the network takes, and in a year', () => {
    const power = { energy_kwh_per_tx: 800, power_w: 18.25e9, energy_twh_per_year: 160, throughput_tps: 6 };
    const { note } = only({ kwh_per_tx: 1 }, [condition(pbft, [power])]);
    expect(spaced(note)).toBe('18.3 GW, 160 TWh a year; latency-bound');
  });

  test('costs fall with the rate: what passes at a lower one passes, what fails at a higher one fails, and no more is known', () => {
    const at = (usd: number, tps: number): string =>
      cellOf(asking({ nodes: N, usd_per_1000_tx: 0.02, throughput_tps: 1000 }, [costing({}, usd, tps)]), 'usd_per_1000_tx').verdict;
    expect([at(0.01, 100), at(0.03, 5000), at(0.01, 5000), at(0.03, 100)]).toEqual(['met', 'not met', 'not measured', 'not measured']);
  });
});

test('settings: made for each that is asked', () => {
  const conditions = [condition(pbft, [{}])];
  expect(only({ settings: ['consortium'] }, conditions)).toMatchObject({ verdict: 'met', note: 'consortium, private', value: null });
  expect(only({ settings: ['public', 'consortium'] }, conditions).verdict).toBe('not met');
});

describe('the sentences', () => {
  const costing = (workload: string, usd: number, p95 = 100): Summary =>
    condition({ workload, nodes: N }, [{ usd_per_1000_tx_provisioned: usd, finality_ms: 1, finality_ms_p95: p95, throughput_tps: 100 }]);

  test('what meets all at the least cost, and what comes next', () => {
    const answer = asking({ finality_ms: 500, settings: ['consortium'] }, [
      costing('pbft', 0.003),
      costing('hotstuff', 0.002),
      costing('tendermint', 0.001, 900),
      costing('pow', 0.0001),
    ]);
    expect(answer.rows.map(({ label }) => label)).toEqual(['hotstuff', 'pbft', 'pow', 'tendermint']);
    expect(answer.rows.map(standingOf)).toEqual(['meets all', 'meets all', 'misses', 'misses']);
    expect(answer.sentences.map(spaced)).toEqual([
      'hotstuff meets both requirements at the least cost: $2 a million transactions (latency-bound), provisioned; next is pbft, at 1.5 times as much.',
      'Of 4 variants 2 meet all and 2 miss at least one.',
    ]);
    expect(spaced(answer.question)).toBe(
      'With 10 nodes, which mechanism makes 95% final after at most 500 ms and is made for consortium use?',
    );
  });

  const atRate = (workload: string, provisioned: readonly number[], active: number | null, rate = 1000): Summary =>
    condition(
      { workload, nodes: N, load: open(rate) },
      provisioned.map((usd) => ({
        throughput_tps: rate,
        transactions_submitted: 10_000,
        transactions_committed: 10_000,
        cpu_s_per_tx_provisioned: 0.05,
        usd_per_1000_tx_provisioned: usd,
        usd_per_1000_tx: active,
      })),
    );
  const noisy = [0.66e-3, 0.67e-3, 0.68e-3];

  test('who meets all at about the same cost ties, whoever’s window held more arrivals, and who does the least work is said', () => {
    const conditions = [
      atRate('pbft', [0.661e-3, 0.671e-3, 0.681e-3], 0.02e-3),
      atRate('tendermint', noisy, 0.04e-3),
      atRate('hotstuff', noisy, 0.03e-3),
      atRate('raft', [2e-3, 2e-3, 2e-3], 0.01e-3),
    ];
    const answer = asking({ nodes: N, throughput_tps: 1000 }, conditions);
    expect(answer.rows.map(({ label }) => label)).toEqual(['pbft', 'hotstuff', 'tendermint', 'raft']);
    expect(spaced(answer.sentences[0])).toBe(
      'pbft, hotstuff and tendermint meet the requirement at about the same provisioned cost, $0.67 a million transactions: at the asked rate it is the rent of the machines; of these pbft does the least work: $0.0200 active.',
    );
    const shorter = asking({ nodes: N, throughput_tps: 1000 }, [...conditions, atRate('zab', [0.5e-3], 0.05e-3, 1500)]);
    expect(spaced(shorter.sentences[0])).toContain('zab meets the requirement at the least cost: $0.5');
    expect(shorter.rows.map(({ label }) => label)).toEqual(['zab', 'pbft', 'hotstuff', 'tendermint', 'raft']);
  });

  test('that a cost is the rent of the machines is said where all that tie stand at the asked rate, and work of none that the run does not know', () => {
    const answer = asking({ nodes: N, throughput_tps: 1000 }, [atRate('pbft', noisy, null), atRate('tendermint', noisy, 1e-4, 1500)]);
    expect(spaced(answer.sentences[0])).toBe(
      'tendermint and pbft meet the requirement at about the same provisioned cost, $0.67 a million transactions.',
    );
    const alike = asking({ nodes: N, throughput_tps: 1000 }, [atRate('pbft', noisy, 1e-4), atRate('tendermint', noisy, 1.01e-4)]);
    expect(spaced(alike.sentences[0])).toMatch(/rent of the machines; they do about as much work\.$/);
  });

  test('none: by how much the nearest misses', () => {
    const answer = asking({ finality_ms: 50, settings: ['consortium'] }, [costing('pbft', 0.003, 60), costing('hotstuff', 0.002, 900)]);
    expect(spaced(answer.sentences[0])).toBe(
      'None meets both requirements: the nearest is pbft, which misses finality, 95th percentile 60 ms (20% too much).',
    );
  });

  test('none is known to: what was not measured is said, and what might be cheaper', () => {
    const unknown = asking({ finality_ms: 500, crash_nodes: 1 }, [costing('pbft', 0.003)]);
    expect(unknown.sentences[0]).toBe(
      'None is known to meet both requirements: pbft meets 1 of them, and was not measured for nodes down.',
    );
    const cheaper = asking({ crash_nodes: 1, nodes: N }, [
      costing('pbft', 0.003),
      faulty({ kind: 'crash', count: 1 }),
      costing('hotstuff', 0.001),
    ]);
    expect(cheaper.sentences[1]).toContain('1 was not measured far enough to know (1 of them cheaper).');
  });

  test('no number of nodes that was run: nothing is measured, and nothing is said of a cost', () => {
    const answer = asking({ nodes: 31, finality_ms: 500 }, [costing('pbft', 0.003)]);
    expect(cellOf(answer, 'finality_ms')).toMatchObject({
      verdict: 'not measured',
      command: 'npx consensus-bench run suite.yaml --workload pbft --nodes 31',
    });
    expect(answer.rows[0].cost).toBeNull();
  });

  test('without requirements the variants by provisioned cost, at the risk', () => {
    const answer = asking(undefined, [costing('pow', 5), costing('pbft', 0.003)]);
    expect(answer.kind).toBe('ranking');
    expect(answer.rows.map(({ label }) => label)).toEqual(['pbft', 'pow']);
    expect(answer.question).toBe('With 10 nodes and no faults, what does a committed transaction cost, at a risk of reversal of 0.001?');
    expect(spaced(answer.sentences[0])).toBe(
      'pbft costs least, $3 a million transactions (latency-bound); pow costs most, $5000 a million transactions (latency-bound), 1700 times as much (provisioned: all cores of all nodes, busy or not).',
    );
    expect(asking(undefined, []).sentences).toEqual(['No condition without faults finished, so there is nothing to rank.']);
    expect(asking({ finality_ms: 1 }, []).sentences).toEqual(['No cell finished, so nothing is known.']);
  });
});

test('of an invented run: every number of the answer is one of its conditions’', () => {
  const plain = syntheticDigest({ nodes: [4, 16], replicates: 3, measured: false });
  const requirements: Requirements = { finality_ms: 2000, crash_nodes: 4, byzantine_nodes: 5, kwh_per_tx: 1e-6, nodes: 16 };
  const digest: RunDigest = { ...plain, run: { ...plain.run, suite: { ...plain.run.suite, requirements } } };
  const answer = answerOf(modelOf(digest), digest);
  const known = new Set(digest.conditions.flatMap(({ metrics }) => Object.values(metrics).flatMap((mean) => mean?.mean ?? [])));
  for (const { cells, cost } of answer.rows) {
    if (cost !== null) expect(known).toContain(cost.usd_per_1000_tx.mean);
    for (const { requirement, value } of cells)
      if (value !== null && !requirement.endsWith('_nodes')) expect(known, requirement).toContain(value);
  }
  expect(cellOf(answer, 'byzantine_nodes')).toMatchObject({ verdict: 'met', value: 5 });
  expect(cellOf(answer, 'crash_nodes')).toMatchObject({ verdict: 'met', value: 5 });
});
