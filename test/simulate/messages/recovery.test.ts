// Crashes that end: what is kept, what is lost, who starts late.
import { describe, expect, test } from 'vitest';
import { fixed, type CellOptions } from '../../cells.ts';
import { SERVER } from '../../cells.ts';
import { message, script, type Step } from './scripted.ts';

const crash = (at: { from_s?: number; until_s?: number; count?: number }): CellOptions => ({
  nodes: 3,
  network: fixed(10),
  fault: { kind: 'crash', count: 1, ...at },
});
const recovers = { recovers: true };

describe('a node that was down recovers with a new state and what it had persisted', () => {
  test('timers, work and writes under way are gone, and so is what came meanwhile', () => {
    const step: Step = (id, input, out) => {
      if (id === 2 && input.kind === 'start') {
        out.persist('a', 10, 'first');
        out.work(1_500_000_000, 'long');
        out.work(400_000_000, 'short');
        out.work(2_500_000_000, 'until it is up again');
        out.setTimer('late', 3_000_000);
      }
      if (id === 2 && input.kind === 'work') out.persist('b', 20, 'second');
      if (id === 0 && input.kind === 'start') for (const at_ms of [500, 995, 1200, 1995]) out.work(at_ms * 1e6, at_ms);
      if (id === 0 && input.kind === 'work') out.send(2, message({ sequence: input.token as number }));
    };
    const writes: number[] = [];
    const { log, run } = script(
      step,
      { ...crash({ from_s: 1, until_s: 2 }), node: SERVER },
      { ...recovers, writes: (bytes) => writes.push(bytes) },
    );
    expect(log.filter((line) => line.split(' ')[1] === '2')).toEqual([
      '1000 2 persisted first',
      '400000 2 work short',
      '401000 2 persisted second',
      '510000 2 0:1.0.500',
      '2000000 2 recover [a b]',
      '2005000 2 0:1.0.1995',
    ]);
    expect(writes).toEqual([10, 20]);
    // A state of its own: it has seen two inputs.
    expect(run.states[2]).toEqual({ id: 2, seen: 2 });
  });

  test('a write that ends when it is up again was lost all the same', () => {
    const step: Step = (id, input, out) => {
      if (id === 2 && input.kind !== 'persisted') out.persist(`since ${input.now_us}`, 10, input.kind);
    };
    const { log } = script(step, { ...crash({ from_s: 1, until_s: 2 }), node: { ...SERVER, persist_ns: 2_500_000_000 } }, recovers);
    expect(log).toEqual(['2000000 2 recover []', '4500000 2 persisted recover']);
  });

  test('it recovers before anything that it receives at that moment', () => {
    const step: Step = (id, input, out) => {
      if (id === 0 && input.kind === 'start') out.work(1_990_000_000, '');
      if (id === 0 && input.kind === 'work') out.send(2, message());
    };
    const { log } = script(step, crash({ from_s: 1, until_s: 2 }), recovers);
    expect(log.slice(1)).toEqual(['2000000 2 recover []', '2000000 2 0:1.0.0']);
  });

  test('a write that had not ended is lost; a snapshot stands for all before it', () => {
    const step: Step = (id, input, out) => {
      if (id !== 2) return;
      if (input.kind === 'start') {
        out.persist('a', 1);
        out.persist('b', 1);
        out.persist('state after b', 1, null, { snapshot: true });
        out.persist('c', 1);
        out.work(999_500_000, '');
      }
      if (input.kind === 'work') out.persist('too late', 1);
    };
    const { log } = script(step, { ...crash({ from_s: 1, until_s: 2 }), node: SERVER }, recovers);
    expect(log.at(-1)).toBe('2000000 2 recover [state after b c]');
  });

  test('who is down when the run starts, starts when its fault ends', () => {
    const { log } = script(() => undefined, crash({ until_s: 3 }), recovers);
    expect(log).toEqual(['3000000 2 start']);
  });

  test('windows of a schedule that touch or overlap are one; others come one after another', () => {
    const down = (from_s: number, until_s?: number) => ({
      ...{ kind: 'crash' as const, nodes: [1], placement: 'worst' as const, from_s },
      ...(until_s === undefined ? {} : { until_s }),
    });
    const schedule = [down(1, 2), down(1.5, 3), down(3, 4), down(6, 7), down(9)];
    const { log } = script(() => undefined, { nodes: 3, fault: { kind: 'schedule', schedule } }, recovers);
    expect(log).toEqual(['4000000 1 recover []', '7000000 1 recover []']);
  });

  test('once done nobody recovers: what is left drains', () => {
    const { log, run } = script(() => undefined, crash({ until_s: 3 }), { ...recovers, done: () => true });
    expect(log).toEqual([]);
    expect(run.stopped).toBe('done');
  });
});

test('a protocol that does not recover keeps its state, and hears nothing of it', () => {
  const step: Step = (id, input, out) => {
    if (id === 2 && input.kind === 'start') out.setTimer('after', 5_000_000);
  };
  const { log, run } = script(step, crash({ from_s: 1, until_s: 2 }));
  expect(log).toEqual(['5000000 2 timer after']);
  expect(run.states[2]).toEqual({ id: 2, seen: 2 });
});
