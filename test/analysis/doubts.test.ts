// The one line under a figure's title that says what its numbers are worth.
import { expect, test } from 'vitest';
import { doubtsOf, warningsOf } from '../../harness/analysis/doubts.ts';
import { modelOf } from '../../harness/analysis/model.ts';
import { figureSvg } from '../../harness/report/figure.ts';
import { reportFigures } from '../../harness/report/figures.ts';
import { vegaLiteOf } from '../../harness/report/vega-lite.ts';
import { syntheticDigest } from '../export/synthetic-digest.ts';
import { costs } from '../record/fixtures.ts';

const quiet = { noisy: 0, hosts: 1, borrowed: false };
const whole = { count: 5, replicates: 5 };

test('means over all of three replicates or more, on one quiet machine, have no warning', () => {
  for (const basis of ['simulated', 'priced', 'measured'] as const) expect(warningsOf([whole, whole], basis, quiet)).toBe('');
});

test('noise concerns what is priced or measured, and other processors what is measured', () => {
  const doubts = { noisy: 3, hosts: 2, borrowed: true };
  expect(warningsOf([whole], 'simulated', doubts)).toBe('');
  expect(warningsOf([whole], 'priced', doubts)).toBe('Caution: priced on a noisy machine (3 warnings, in the section on kernels).');
  expect(warningsOf([whole], 'measured', doubts)).toBe(
    'Caution: measured on a noisy machine (3 warnings, in the section on kernels); measured on 2 different processors; predicted from the costs of another processor.',
  );
});

test('few replicates and means of survivors are counted, with the fewest', () => {
  const means = [whole, { count: 2, replicates: 2 }, { count: 4, replicates: 5 }, { count: 3, replicates: 9 }];
  expect(warningsOf(means, 'simulated', quiet)).toBe(
    'Caution: 1 of 4 means of fewer than 3 replicates; 2 of 4 means of survivors alone (3 of 9 at the least).',
  );
});

test('the machine of a run is known by its processors, at each start, and by that of its cost table', () => {
  const run = { costs, warnings: [{ figure: null, text: 'loud' }], environment: {} };
  expect(doubtsOf(run)).toEqual({ noisy: 1, hosts: 0, borrowed: false });
  const environment = { cpu_model: costs.machine, starts: [{ cpu_model: costs.machine }, { cpu_model: 'another' }, {}] };
  expect(doubtsOf({ ...run, environment })).toEqual({ noisy: 1, hosts: 2, borrowed: false });
  expect(doubtsOf({ ...run, environment: { cpu_model: 'another' } })).toMatchObject({ borrowed: true });
});

test('a figure has the warnings of its own means, in the page and in its files', () => {
  const figures = reportFigures(modelOf(syntheticDigest({ nodes: [4, 7], replicates: 2, mechanisms: ['pbft'], measured: false })));
  const few = 'Caution: every mean of fewer than 3 replicates.';
  for (const figure of figures) {
    expect(figure.warning, figure.id).toBe(few);
    expect(figureSvg(figure)).toContain(few);
    expect(JSON.stringify(vegaLiteOf(figure))).toContain(`"subtitle":"${few}"`);
  }
  const enough = reportFigures(modelOf(syntheticDigest({ nodes: [4, 7], replicates: 3, mechanisms: ['pbft'], measured: false })));
  for (const figure of enough) expect(figure.warning, figure.id).toBe('');
});
