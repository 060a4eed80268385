// `load` of a suite: what a list stands for, what cells carry, and what is refused before anything runs.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_LOAD, LOAD_RULES, type LoadSpec } from '../../harness/model/load.ts';
import { EngineLimit, type Workload } from '../../harness/simulate/core/contract.ts';
import { waveEngine } from '../../harness/simulate/waves/common-path.ts';
import { simulateCell } from '../../harness/simulate/core/simulate.ts';
import { referenceKernels } from '../../harness/kernels/reference.ts';
import { parseSuite, suiteYaml } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { workloads } from '../../harness/workloads.ts';
import { countCells } from '../../harness/run/estimate.ts';
import { refusalOf } from './refusal.ts';

const pbft = workloads.get('pbft')!;
const before = { pbft, pow: workloads.get('pow')! };
const declare = (loads: Workload['loads']): void => {
  for (const [id, workload] of Object.entries(before)) (workloads as Map<string, Workload>).set(id, { ...workload, loads: loads! });
};
beforeEach(() => declare(['closed', 'open', 'saturate']));
afterEach(() => {
  for (const [id, workload] of Object.entries(before)) (workloads as Map<string, Workload>).set(id, workload);
});

const suite = (load: string, more = '', entry = 'pbft: {}'): string =>
  `name: x\nreplicates: 1\nsweep: { nodes: 4 }\nload: ${load}\n${more}workloads:\n  ${entry}\n`;
const loadsOf = (text: string): readonly LoadSpec[] => [...planCells(parseSuite(text))].map(({ load }) => load);
const refusal = (text: string, overrides = {}): string => refusalOf(text, { overrides });

describe('what cells carry', () => {
  test('without a word one decision after another, and cells are those of before', () => {
    const [cell] = planCells(parseSuite('name: x\nsweep: { nodes: 4 }\nworkloads: { pbft: {} }\n'));
    expect(cell!.load).toEqual(DEFAULT_LOAD);
    const [written] = planCells(parseSuite(suite('{ kind: closed, in_flight: 1, queues: false, batch_bytes: 1000000 }')));
    expect([written!.id, written!.seed]).toEqual([cell!.id, cell!.seed]);
  });
  test('lists inside a load, and lists of loads, are swept in order', () => {
    expect(
      loadsOf(
        suite(
          '[{ kind: open, rate_tps: [1000, 5000] }, { kind: closed, in_flight: [1, 8] }, { kind: saturate, p99_ms: [auto, 500], window_s: 3 }]',
        ),
      ),
    ).toEqual([
      { kind: 'open', rate_tps: 1000, arrivals: 'poisson', ...LOAD_RULES },
      { kind: 'open', rate_tps: 5000, arrivals: 'poisson', ...LOAD_RULES },
      DEFAULT_LOAD,
      { kind: 'closed', in_flight: 8, ...LOAD_RULES },
      { kind: 'saturate', p99_ms: 'auto', arrivals: 'poisson', ...LOAD_RULES, window_s: 3 },
      { kind: 'saturate', p99_ms: 500, arrivals: 'poisson', ...LOAD_RULES, window_s: 3 },
    ]);
  });
  test('each load is another cell; an entry replaces the suite’s; the plan’s size counts them', () => {
    const text = suite('{ kind: open, rate_tps: [10, 20, 30] }', '', 'pbft: [{}, { load: { kind: saturate } }]');
    const cells = [...planCells(parseSuite(text))];
    expect(cells.map(({ load }) => load.kind)).toEqual(['open', 'open', 'open', 'saturate']);
    expect(new Set(cells.map(({ id }) => id)).size).toBe(4);
    expect(new Set(cells.map(({ seed }) => seed)).size).toBe(4);
    expect(countCells(parseSuite(text)).perWorkload).toEqual({ pbft: 4 });
  });
  test('suite.yaml writes them out and loads as the same suite', () => {
    const parsed = parseSuite(suite('[{ kind: open, rate_tps: [1, 2.5], arrivals: constant, mempool_tx: 5 }, { kind: closed, queues: true }]', '', 'pbft: { load: { kind: saturate } }')); // prettier-ignore
    expect(parseSuite(suiteYaml(parsed))).toEqual(parsed);
  });
  test('downlink_mbps is said where it differs from bandwidth_mbps', () => {
    const network = (more: string) =>
      parseSuite(suite('{ kind: closed }', `network: { kind: wan-5-regions, bandwidth_mbps: 100, ${more} }\n`)).network[0];
    expect(network('downlink_mbps: 500')).toMatchObject({ downlink_mbps: 500 });
    expect(network('downlink_mbps: 100')).not.toHaveProperty('downlink_mbps');
  });
});

describe('DESIGN: what does not go together is refused at plan time, in one line', () => {
  const open = '{ kind: open, rate_tps: 1000 }';
  const cases: readonly (readonly [string, string, string])[] = [
    ['crypto: measured with another load', suite(open, 'crypto: [modelled, measured]\n'), 's.yaml:5: crypto[1]: received "measured"; accepted: modelled beside a load other than { kind: closed, in_flight: 1 } (open(1000/s))'], // prettier-ignore
    [
      '… of an entry',
      suite(open, '', 'pbft: { crypto: measured }'),
      's.yaml:6: workloads.pbft.crypto: received "measured"; accepted: modelled beside',
    ],
    ['… with queues', suite('{ kind: closed, queues: true }', 'crypto: measured\n'), '(closed(1) queues)'],
    ['in_flight of a chain', suite('{ kind: closed, in_flight: 2 }', '', 'pow: {}'), 's.yaml:4: load: received closed(2); accepted: in_flight: 1 for pow'], // prettier-ignore
    ['no kind', suite('{ in_flight: 2 }'), 's.yaml:4: load.kind: received nothing; accepted: one of closed, open, saturate'],
    [
      'a kind that nobody knows',
      suite('{ kind: opn }'),
      's.yaml:4: load.kind: received "opn" (did you mean open?); accepted: one of closed, open, saturate',
    ],
    [
      'no object',
      suite('saturate'),
      's.yaml:4: load: received "saturate"; accepted: a load object with kind: one of closed, open, saturate, like',
    ],
    ['open without a rate', suite('{ kind: open }'), 's.yaml:4: load.rate_tps: received nothing; accepted: a number from 0.000001 to'],
    ['a rate of 0', suite('[{ kind: open, rate_tps: [1, 0] }]'), 's.yaml:4: load[0].rate_tps[1]: received 0; accepted: a number from'],
    [
      'a key of another kind',
      suite('{ kind: closed, rate_tps: 5 }'),
      's.yaml:4: load.rate_tps: unknown key; accepted: the keys kind, in_flight,',
    ],
    ['no batches in flight', suite('{ kind: closed, in_flight: 0 }'), 's.yaml:4: load.in_flight: received 0; accepted: an integer from 1 to 1000000'], // prettier-ignore
    ['a window where one of a list does not queue', suite('{ kind: closed, in_flight: [1, 2], window_s: 3 }'), 's.yaml:4: load.window_s: received 3; accepted: auto'], // prettier-ignore
    ['an empty list', suite('{ kind: closed, in_flight: [] }'), 's.yaml:4: load.in_flight: received []; accepted: at least one value'],
    [
      'a word that is not auto',
      suite('{ kind: saturate, p99_ms: fast }'),
      's.yaml:4: load.p99_ms: received "fast"; accepted: auto, or a number',
    ],
    ['queues: false under another load', suite('{ kind: open, rate_tps: 5, queues: false }'), 's.yaml:4: load.queues: received false; accepted: true, or no queues'], // prettier-ignore
    [
      '… and with several in flight',
      suite('[{ kind: closed, in_flight: [1, 2], queues: false }]'),
      's.yaml:4: load[0].queues: received false; accepted: true',
    ],
    ['a batch rule where nothing queues', suite('{ kind: closed, batch_bytes: 5 }'), 's.yaml:4: load.batch_bytes: received 5; accepted: 1000000 (the default) where nothing queues; else queues: true, or another load'], // prettier-ignore
  ];
  test.each(cases)('%s', (_name, text, expected) => {
    const message = refusal(text);
    expect(message).toContain(expected);
    expect(message.split('\n')).toHaveLength(1);
  });
  test('--engine waves with another load', () => {
    expect(refusal(suite(open), { engine: 'waves' })).toBe('--engine: received waves, which cannot represent loads that queue (pbft); accepted: auto, messages'); // prettier-ignore
    expect(refusal(suite('{ kind: closed }'), { engine: 'waves' })).toBe('');
  });
  test('a workload that declares no loads has the default alone', () => {
    declare(undefined);
    expect(refusal(suite(open))).toBe('s.yaml:4: load: received open(1000/s); accepted: { kind: closed, in_flight: 1 } (pbft takes only the load closed with one batch in flight)'); // prettier-ignore
    declare(['open']);
    expect(refusal(suite('{ kind: saturate }'))).toContain('(pbft takes loads of the kinds open, or closed with one batch in flight)');
  });
});

test('auto chooses messages for any load but the default one; the waves engine refuses it', () => {
  const chosen: string[] = [];
  const run = (engine: 'waves' | 'messages') => () => {
    chosen.push(engine);
    throw new Error('chosen');
  };
  const workload: Workload = { ...pbft, engines: { waves: waveEngine(run('waves')), messages: run('messages') } };
  const [usual] = planCells(parseSuite(suite('{ kind: closed }')));
  const [loaded] = planCells(parseSuite(suite('{ kind: closed, queues: true }')));
  const options = { kernels: referenceKernels() };
  expect(() => simulateCell(usual!, workload, { ...options, engine: 'auto' })).toThrow('chosen');
  expect(() => simulateCell(loaded!, workload, { ...options, engine: 'auto' })).toThrow('chosen');
  expect(chosen).toEqual(['waves', 'messages']);
  expect(() => simulateCell(loaded!, workload, { ...options, engine: 'waves' })).toThrow(EngineLimit);
});

test('a load whose run is expected to cause more events than the budget is refused before anything runs, in one line', () => {
  const asked = (rate_tps: number): string => suite(`{ kind: open, rate_tps: ${rate_tps}, window_s: 1000 }`);
  // An arrival and a request each: 2 · 1000 s of 1000 tx/s are far below the 200 million of the budget, of 200 000 tx/s above it.
  expect(() => parseSuite(asked(1000))).not.toThrow();
  const said = refusal(asked(200_000));
  expect(said).toMatch(
    /received 4; accepted: numbers of nodes whose cells the messages engine can finish under open\(200000\/s\) window_s=1000 \(\d{9} events expected on messages, budget 200000000\)/,
  );
  expect(said.trim().split('\n')).toHaveLength(1);
});
