import { describe, expect, test } from 'vitest';
import { PURPOSE, drawKey } from '../../../harness/simulate/core/draws.ts';
import { runMessages, type Input, type Message, type Outbox, type Protocol } from '../../../harness/simulate/messages/engine.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { WAN, fixed, makeCell, simulationKernels, type CellOptions } from '../../cells.ts';

const message = (at: Partial<Message> = {}): Message => ({ type: 1, view: 0, sequence: 0, bytes: 1000, ...at });
const setup = (options: CellOptions): Setup => setupOf(makeCell(pbft, options), pbft, { kernels: simulationKernels });

/** A protocol from a step function; every input is logged as `time participant what`. */
function logged(
  step: (id: number, input: Input<Message>, out: Outbox<Message>) => void,
  options: CellOptions & {
    participants?: number;
    eventBudget?: number;
    external?: Protocol<number, Message>['external'];
    doneAfter?: number;
  } = {},
): { log: string[]; run: ReturnType<typeof runMessages> } {
  const { participants, external, doneAfter, eventBudget, ...cell } = options;
  const log: string[] = [];
  const made = setup(cell);
  const protocol: Protocol<number, Message> = {
    nodes: made.nodes,
    participants: participants ?? made.nodes,
    init: (id) => id,
    done: () => log.length >= (doneAfter ?? Infinity),
    step: (id, input, out) => {
      if (input.kind !== 'start')
        log.push(
          `${input.now_us} ${id} ${input.kind === 'message' ? `${input.from}:${input.message.type}.${input.message.view}.${input.message.sequence}` : input.kind}`,
        );
      step(id, input, out);
    },
    ...(external === undefined ? {} : { external }),
  };
  return { log, run: runMessages(protocol, eventBudget === undefined ? made : { ...made, eventBudget }) };
}

describe('events at one time', () => {
  test('sort by receiver, view, sequence, type, sender; messages before work, externals and timers', () => {
    let externals = 0;
    const { log } = logged(
      (id, input, out) => {
        if (input.kind !== 'start') return;
        out.setTimer('t', 100_000);
        out.work(100_000_000, null);
        for (const [type, view, sequence] of [
          [2, 1, 1],
          [1, 1, 2],
          [1, 0, 9],
          [1, 1, 1],
        ] as const)
          out.send(1 - id, message({ type, view, sequence }));
      },
      { nodes: 2, external: () => (externals++ === 0 ? { at_us: 100_000, node: 0, payload: 0 } : null) },
    );
    expect(log).toEqual([
      '100000 0 1:1.0.9',
      '100000 0 1:1.1.1',
      '100000 0 1:2.1.1',
      '100000 0 1:1.1.2',
      '100000 1 0:1.0.9',
      '100000 1 0:1.1.1',
      '100000 1 0:2.1.1',
      '100000 1 0:1.1.2',
      '100000 0 work',
      '100000 1 work',
      '100000 0 external',
      '100000 0 timer',
      '100000 1 timer',
    ]);
  });

  test('a timer that is set again or cancelled does not expire at its old time', () => {
    const { log } = logged(
      (id, input, out) => {
        if (id !== 0 || input.kind !== 'start') return;
        out.setTimer('a', 10);
        out.setTimer('a', 30);
        out.setTimer('b', 20);
        out.cancelTimer('b');
      },
      { nodes: 2 },
    );
    expect(log).toEqual(['30 0 timer']);
  });
});

describe('messages whose number is 16 or more or whose sequence is 2^31 or more would corrupt the order of events: every packed field is asserted', () => {
  const sending =
    (at: Partial<Message>, to = 1) =>
    () =>
      logged((id, input, out) => (input.kind === 'start' && id === 0 ? out.send(to, message(at)) : undefined), { nodes: 2 });

  test.each<[string, Partial<Message>, RegExp]>([
    ['number 16', { type: 16 }, /^node 0 sends message of type 16 with type 16; accepted: integers from 1 to 15$/],
    ['number 0', { type: 0 }, /with type 0; accepted: integers from 1 to 15$/],
    ['number 1.5', { type: 1.5 }, /with type 1\.5; accepted/],
    ['sequence 2^31', { sequence: 2 ** 31 }, /with sequence 2147483648; accepted: integers from 0 to 2147483647$/],
    ['sequence -1', { sequence: -1 }, /with sequence -1; accepted/],
    ['no sequence', { sequence: NaN }, /with sequence NaN; accepted/],
    ['view 2^31', { view: 2 ** 31 }, /with view 2147483648; accepted: integers from 0 to 2147483647$/],
    ['half a byte', { bytes: 0.5 }, /with bytes 0\.5; accepted: integers from 0$/],
  ])('%s', (_, at, expected) => expect(sending(at)).toThrow(expected));

  test('the largest of each sort as they should', () => {
    const { log } = logged(
      (id, input, out) => {
        if (input.kind !== 'start' || id !== 0) return;
        for (const at of [
          { type: 15, view: 2 ** 31 - 1, sequence: 2 ** 31 - 1 },
          { type: 14, view: 2 ** 31 - 1, sequence: 2 ** 31 - 1 },
          { type: 15, view: 2 ** 31 - 1, sequence: 2 ** 31 - 2 },
          { type: 15, view: 2 ** 31 - 2, sequence: 2 ** 31 - 1 },
        ])
          out.send(1, message(at));
      },
      { nodes: 2 },
    );
    expect(log.map((line) => line.split(':')[1])).toEqual([
      '15.2147483646.2147483647',
      '15.2147483647.2147483646',
      '14.2147483647.2147483647',
      '15.2147483647.2147483647',
    ]);
  });

  test('a receiver that does not exist, too many participants, a time that is no integer', () => {
    expect(sending({}, 2)).toThrow(/^node 0 sends message of type 1 to 2; accepted: participants from 0 to 1$/);
    expect(() => logged(() => undefined, { nodes: 2, participants: 0x40001 })).toThrow(
      /^received 262145 participants; accepted: from 1 to 262144$/,
    );
    const timer = (delay_us: number) => () => logged((_id, _input, out) => out.setTimer('t', delay_us), { nodes: 1 });
    for (const bad of [0.5, -1, NaN, 2 ** 53]) expect(timer(bad)).toThrow(/^an event of participant 0 at .* us: accepted are integers/);
  });

  test("the error names the protocol's message", () => {
    const protocol: Protocol<null, Message> = {
      nodes: 1,
      participants: 1,
      init: () => null,
      step: (_state, _input, out) => out.send(0, message({ type: 3, sequence: 2 ** 31 })),
      done: () => false,
      describe: ({ sequence }) => `PROPOSAL  sequence ${sequence}`,
      nameOf: (id) => `replica ${id}`,
    };
    expect(() => runMessages(protocol, setup({ nodes: 1 }))).toThrow(/^replica 0 sends PROPOSAL {2}sequence 2147483648 with sequence/);
  });

  test('draws that differ beyond 32 bits would be one', () => {
    for (const sequence of [2 ** 32, -1, 0.5])
      expect(() => drawKey(1, { purpose: PURPOSE.delay, sequence })).toThrow(/^a draw with .*accepted: integers from 0 below 2\^32$/);
  });
});

describe('what is sent is counted', () => {
  const once = (id: number, input: Input<Message>, out: Outbox<Message>): void => {
    if (input.kind === 'start' && id === 0) out.multicast(message());
  };
  test('sends to dead nodes too, those of a client not', () => {
    expect(logged(once, { nodes: 4 }).run).toMatchObject({ messages: 3, bytes: 3000, stopped: 'idle' });
    const dead = logged(once, { nodes: 4, fault: { kind: 'crash', count: 2 } });
    expect(dead.run).toMatchObject({ messages: 3, bytes: 3000 });
    expect(dead.log).toHaveLength(1);
    const client = logged(
      (id, input, out) => {
        if (input.kind === 'start' && id === 4) out.multicast(message());
        if (input.kind === 'message' && id !== 4) out.send(4, message({ type: 2 }));
      },
      { nodes: 4, participants: 5 },
    );
    expect(client.run).toMatchObject({ messages: 0, bytes: 0 });
    expect(client.log).toHaveLength(8);
  });

  test('a multicast to all but some: on plain links and on others, counted as many, one after another on the uplink', () => {
    const step = (id: number, input: Input<Message>, out: Outbox<Message>): void => {
      if (input.kind === 'start' && id === 1) out.multicastExcept(message(), [1, 2]);
    };
    const network = {
      kind: 'matrix',
      name: 'x',
      origin: 'test',
      one_way_ms: [[10]],
      jitter: 0,
      loss: 0,
      rto_ms: 200,
      bandwidth_mbps: 8,
    } as const;
    const held = { kind: 'partition', nodes: [4], from_s: 0, until_s: 1 } as const;
    for (const fault of [undefined, held]) {
      const { log, run } = logged(step, { nodes: 5, network, ...(fault === undefined ? {} : { fault }) });
      const last_ms = fault === undefined ? 13 : 1010;
      expect(log).toEqual(['11000 0 1:1.0.0', '12000 3 1:1.0.0', `${last_ms * 1000} 4 1:1.0.0`]);
      expect(run).toMatchObject({ messages: 3, bytes: 3000 });
    }
  });

  test('the uplink serialises in receiver order; shares of it do not queue', () => {
    const matrix = {
      kind: 'matrix' as const,
      name: 'zero',
      origin: 'test',
      one_way_ms: [[0]],
      jitter: 0,
      bandwidth_mbps: 8,
      loss: 0,
      rto_ms: 200,
    };
    const queued = logged(
      (id, input, out) => {
        if (input.kind !== 'start' || id !== 0) return;
        out.multicast(message()); // 1 ms each at 8 Mbit/s
        out.send(1, message({ sequence: 1 }));
        out.send(1, message({ sequence: 2 }), { connections: 4 });
      },
      { nodes: 3, network: matrix },
    );
    expect(queued.log).toEqual(['1000 1 0:1.0.0', '2000 2 0:1.0.0', '3000 1 0:1.0.1', '4000 1 0:1.0.2']);
  });

  test('a partition holds messages between the sides until it heals, and none within a side', () => {
    const { log } = logged(once, { nodes: 4, network: fixed(5), fault: { kind: 'partition', count: 1, until_s: 2 } });
    expect(log).toEqual(['5000 1 0:1.0.0', '5000 2 0:1.0.0', '2005000 3 0:1.0.0']);
  });

  test('a slow node sends late; a partition for good delivers never', () => {
    const slow = logged((id, input, out) => (input.kind === 'start' && id === 3 ? out.send(0, message()) : undefined), {
      nodes: 4,
      network: fixed(5),
      fault: { kind: 'delay', count: 1, delay_ms: 50 },
    });
    expect(slow.log).toEqual(['55000 0 3:1.0.0']);
    const cut = logged(once, { nodes: 4, fault: { kind: 'partition', count: 1 } });
    expect(cut.run.messages).toBe(3);
    expect(cut.log).toHaveLength(2);
  });
});

describe('when a run stops', () => {
  const pingPong = (_id: number, input: Input<Message>, out: Outbox<Message>): void => {
    if (input.kind === 'start' || input.kind === 'message') out.send(input.kind === 'message' ? input.from : 1, message());
  };
  test('at the horizon', () => {
    const { run } = logged((id, input, out) => (id === 0 || input.kind === 'message' ? pingPong(id, input, out) : undefined), {
      nodes: 2,
      horizon_s: 1,
    });
    expect(run).toMatchObject({ stopped: 'horizon', now_us: 1_000_000 });
  });
  test('an event budget that ends while the run drains is no end: counts are cut short', () => {
    const spread = (id: number, input: Input<Message>, out: Outbox<Message>): void => {
      if (input.kind === 'start' && id === 0) out.multicast(message());
    };
    expect(logged(spread, { nodes: 9, doneAfter: 1 }).run).toMatchObject({ stopped: 'done', events: 8 });
    expect(logged(spread, { nodes: 9, doneAfter: 1, eventBudget: 8 }).run).toMatchObject({ stopped: 'done', events: 8 });
    expect(logged(spread, { nodes: 9, doneAfter: 1, eventBudget: 7 }).run).toMatchObject({ stopped: 'budget', events: 7 });
  });

  test('where nothing is left to happen, or a client asks all nodes in vain', () => {
    expect(logged(() => undefined, { nodes: 2 }).run).toMatchObject({ stopped: 'idle', standstill: 'nothing under way can make progress' });
    const asking =
      (answer: (out: Outbox<Message>) => void) =>
      (id: number, input: Input<Message>, out: Outbox<Message>): void => {
        if (id === 2 && (input.kind === 'start' || input.kind === 'timer')) {
          out.multicast(message());
          out.setTimer('again', 1_000_000);
        } else if (input.kind === 'message' && id === 0) answer(out);
      };
    const ask = (answer: (out: Outbox<Message>) => void, options: CellOptions = {}) =>
      logged(asking(answer), { nodes: 2, participants: 3, horizon_s: 50, ...options }).run;
    expect(ask(() => undefined)).toMatchObject({ stopped: 'idle' });
    // The same answer again changes nothing.
    expect(ask((out) => out.send(2, message({ type: 2 })))).toMatchObject({ stopped: 'idle' });
    // Nodes that do something among themselves may get somewhere.
    expect(ask((out) => out.send(1, message({ type: 2 })))).toMatchObject({ stopped: 'horizon' });
    expect(ask((out) => out.setTimer('t', 10_000_000))).toMatchObject({ stopped: 'horizon' });
    // So may a fault that ends.
    const ends = { fault: { kind: 'crash' as const, count: 1, until_s: 30 } };
    const run = ask(() => undefined, ends);
    expect(run.stopped).toBe('idle');
    expect(run.now_us).toBeGreaterThan(30e6);
  });

  test('once done timers and externals are dropped and messages drain', () => {
    const { log, run } = logged(
      (id, input, out) => {
        if (input.kind === 'start' && id === 0) {
          out.multicast(message());
          out.setTimer('t', 200_000);
        }
      },
      { nodes: 4, doneAfter: 1, external: () => ({ at_us: 300_000, node: 0, payload: 0 }) },
    );
    expect(run.stopped).toBe('done');
    expect(log).toHaveLength(3);
  });
});

test('the same cell gives the same run; another seed another one', () => {
  const times = (seed: number): string[] =>
    logged((id, input, out) => (input.kind === 'start' && id === 0 ? out.multicast(message()) : undefined), {
      nodes: 20,
      network: WAN,
      seed,
    }).log;
  expect(times(1)).toEqual(times(1));
  expect(times(1)).not.toEqual(times(2));
});
