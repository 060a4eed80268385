// What faults do to links: schedules, several groups, chosen links.
import { describe, expect, test } from 'vitest';
import type { SingleFault } from '../../../harness/model/fault.ts';
import { fixed, type CellOptions } from '../../cells.ts';
import { message, script, type Step } from './scripted.ts';

const under = (schedule: Partial<SingleFault>[], options: CellOptions = {}): CellOptions => ({
  nodes: 6,
  network: fixed(10),
  fault: { kind: 'schedule', schedule: schedule.map((fault) => ({ kind: 'crash', placement: 'worst', ...fault })) },
  ...options,
});
const all: Step = (id, input, out) => {
  if (input.kind === 'start' && id === 0) out.multicast(message());
};
/** Node 0 sends everybody a message at 0.5, 1.5, 2.5 … s. */
const eachSecond =
  (seconds: number): Step =>
  (id, input, out) => {
    if (id !== 0) return;
    if (input.kind === 'start') for (let i = 0; i < seconds; i++) out.work((i + 0.5) * 1e9, i);
    if (input.kind === 'work') out.multicast(message({ sequence: input.token as number }));
  };
const arrivals = (log: readonly string[], id: number): string[] =>
  log
    .filter((line) => line.split(' ')[1] === String(id) && line.includes(':'))
    .map((line) => `${line.split(' ')[0]} ${line.split('.').at(-1)}`);

describe('partitions', () => {
  const groups = [[0, 1], [2, 3], [4]];
  test('of any number of groups: who is in none is a group of their own; what crosses waits until it heals', () => {
    const { log } = script(all, under([{ kind: 'partition', groups, until_s: 2 }]));
    expect(log).toEqual(['10000 1 0:1.0.0', '2010000 2 0:1.0.0', '2010000 3 0:1.0.0', '2010000 4 0:1.0.0', '2010000 5 0:1.0.0']);
  });
  test('or is lost, though counted', () => {
    const { log, run } = script(all, under([{ kind: 'partition', groups, until_s: 2, crossing: 'lose' }]));
    expect(log).toEqual(['10000 1 0:1.0.0']);
    expect(run.messages).toBe(5);
  });
  test('what one holds until it heals the next one holds again', () => {
    const cut = { kind: 'partition' as const, nodes: [5] };
    const { log } = script(
      eachSecond(6),
      under([
        { ...cut, from_s: 2, until_s: 4 },
        { ...cut, from_s: 1, until_s: 2 },
      ]),
    );
    expect(arrivals(log, 5)).toEqual(['510000 0', '4010000 1', '4010000 2', '4010000 3', '4510000 4', '5510000 5']);
    expect(arrivals(log, 4).map((line) => line.split(' ')[1])).toEqual(['0', '1', '2', '3', '4', '5']);
  });
});

describe('chosen links', () => {
  test('a delay toward some receivers, in its window; several add up', () => {
    const slow = { kind: 'delay' as const, nodes: [0], toward: [3], delay_ms: 100 };
    const { log } = script(
      eachSecond(3),
      under([
        { ...slow, from_s: 1 },
        { ...slow, from_s: 2, toward: [3, 4] },
      ]),
    );
    expect(arrivals(log, 2)).toEqual(['510000 0', '1510000 1', '2510000 2']);
    expect(arrivals(log, 3)).toEqual(['510000 0', '1610000 1', '2710000 2']);
    expect(arrivals(log, 4)).toEqual(['510000 0', '1510000 1', '2610000 2']);
  });

  test('loss: tries are repeated and counted; after its end the next one gets through; a link that loses all for good delivers nothing', () => {
    const lossy = { kind: 'loss' as const, nodes: [0], toward: [1], loss: 1 };
    const ends = script(all, under([{ ...lossy, until_s: 1 }]));
    // Tries at 0, 0.2 … 1.0 s: the sixth is the first after the end.
    expect(arrivals(ends.log, 1)).toEqual(['1010000 0']);
    expect(arrivals(ends.log, 2)).toEqual(['10000 0']);
    expect(ends.run.messages).toBe(4 + 6);
    const never = script(all, under([lossy]));
    expect(arrivals(never.log, 1)).toEqual([]);
    expect(never.run.messages).toBe(5);
  });

  test('tries follow the chance: mean 1 / (1 - p), within 5%, |z| < 4', () => {
    const lossy = { kind: 'loss' as const, nodes: [0], loss: 0.4 };
    const seconds = 1500;
    const { run } = script(eachSecond(seconds), under([lossy], { horizon_s: 3000 }));
    const sent = 5 * seconds;
    const mean = run.messages / sent;
    const expected = 1 / (1 - 0.4);
    const deviation = Math.sqrt(0.4 / (1 - 0.4) ** 2 / sent);
    expect(Math.abs(mean - expected) / deviation).toBeLessThan(4);
    expect((4 * deviation) / expected).toBeLessThan(0.05);
  });

  test("two entries, and the network's own loss, are independent", () => {
    const lossy = { kind: 'loss' as const, nodes: [0], loss: 0.5 };
    const network = { kind: 'matrix' as const, name: 'm', origin: 't', one_way_ms: [[10]], jitter: 0, bandwidth_mbps: 1000, rto_ms: 200 };
    const tries = (entries: number, loss: number): number =>
      script(eachSecond(1500), under(new Array(entries).fill(lossy), { network: { ...network, loss }, horizon_s: 3000 })).run.messages /
      7500;
    // 1 / 0.5, 1 / 0.25, 1 / 0.125: deviations of the mean are 0.016, 0.04, 0.086.
    expect(Math.abs(tries(1, 0) - 2)).toBeLessThan(4 * 0.0164);
    expect(Math.abs(tries(2, 0) - 4)).toBeLessThan(4 * 0.04);
    expect(Math.abs(tries(2, 0.5) - 8)).toBeLessThan(4 * 0.0865);
  });
});

test('who is down in one entry of several neither receives nor acts', () => {
  const { log } = script(
    eachSecond(4),
    under([
      { nodes: [1], from_s: 1, until_s: 2 },
      { kind: 'silent-leader', nodes: [1], from_s: 3 },
    ]),
  );
  expect(arrivals(log, 1)).toEqual(['510000 0', '2510000 2']);
  expect(arrivals(log, 2)).toHaveLength(4);
});
