// The ring of buckets against the binary heap: one order, whatever comes when.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runMessages, type MessageOptions } from '../../../harness/simulate/messages/engine.ts';
import { BucketQueue, type EventClass, type EventQueue } from '../../../harness/simulate/messages/queue.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { NODE_PROFILES } from '../../../harness/model/cell.ts';
import { LOAD_RULES } from '../../../harness/model/load.ts';
import { LAN } from '../../workloads/pbft/lan.ts';
import pbft from '../../../workloads/pbft/index.ts';
import type { PbftParameters } from '../../../workloads/pbft/parameters.ts';
import { pbftRun } from '../../workloads/pbft/stand.ts';
import { LINK, WAN, fixed, makeCell, simulationKernels, type CellOptions } from '../../cells.ts';
import { holds } from '../../support/property.ts';
import { HeapQueue } from './heap-queue.ts';

interface Add {
  readonly delay_us: number;
  readonly eventClass: EventClass;
  readonly sender: number;
  readonly view: number;
  readonly sequence: number;
  readonly type: number;
  /** Several: a multicast, each a microsecond apart or all at once. */
  readonly receivers: number;
  readonly apart_us: number;
}

/** Takes an event between any two additions, then the rest; what came out, in order. */
function orderOf(queue: EventQueue, adds: readonly Add[], participants: number): string[] {
  const out: string[] = [];
  const take = (): boolean => {
    if (!queue.pop()) return false;
    const { time_us, eventClass, receiver, sender, item, size } = queue;
    out.push(`${time_us} ${eventClass} ${receiver} ${sender} ${String(item)} ${size}`);
    return true;
  };
  adds.forEach(({ delay_us, eventClass, sender, view, sequence, type, receivers, apart_us }, number) => {
    const entry = queue.open(sender, view, sequence, type, number);
    for (let i = 0; i < Math.min(receivers, participants); i++)
      queue.add(entry, queue.time_us + delay_us + i * apart_us, eventClass, (sender + i) % participants);
    queue.close(entry);
    if (number % 3 === 0) take();
  });
  while (take());
  return out;
}

describe('the ring of buckets gives the order of the heap', () => {
  const delays = [
    fc.constantFrom(0, 1, 63, 64, 65),
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 0, max: 2_000_000 }),
    // About the ring's span, and far beyond it.
    fc.integer({ min: 1_048_500, max: 1_048_700 }),
    fc.constantFrom(10_000_000, 3_600_000_000, 2 ** 40, 2 ** 50),
  ];
  const add = (participants: number): fc.Arbitrary<Add> =>
    fc.record({
      delay_us: fc.oneof(...delays),
      eventClass: fc.constantFrom<EventClass>(0, 0, 0, 1, 2, 3),
      sender: fc.integer({ min: 0, max: participants - 1 }),
      view: fc.constantFrom(0, 0, 1, 2 ** 31 - 1),
      sequence: fc.constantFrom(0, 1, 2, 2 ** 31 - 1),
      type: fc.integer({ min: 1, max: 15 }),
      receivers: fc.constantFrom(1, 1, 2, participants),
      apart_us: fc.constantFrom(0, 1, 40),
    });

  test.each([1, 5, 300])('%d participants', (participants) => {
    const events = fc.array(add(participants), { maxLength: 60 });
    const same = fc.property(events, (adds) => {
      expect(orderOf(new BucketQueue(participants), adds, participants)).toEqual(orderOf(new HeapQueue(), adds, participants));
    });
    holds(same, { seed: 64 + participants, numRuns: 60 });
  });

  test('hundreds of one moment, in the worst order', () => {
    const adds = Array.from({ length: 150 }, (_, i) => ({
      ...{ delay_us: 100, eventClass: 0 as const, view: 0, sequence: 0, type: 1, apart_us: 0 },
      sender: 149 - i,
      receivers: i % 3 === 0 ? 150 : 1,
    }));
    const shuffled = adds.map((one, i) => adds[(i * 71) % adds.length] ?? one);
    for (const list of [adds, shuffled]) expect(orderOf(new BucketQueue(150), list, 150)).toEqual(orderOf(new HeapQueue(), list, 150));
  });

  test('a time before the present, or none at all, is refused', () => {
    const queue = new BucketQueue(3);
    const entry = queue.open(0, 0, 0, 1, null);
    queue.add(entry, 500, 0, 1);
    queue.pop();
    expect(() => queue.add(entry, 499, 0, 1)).toThrow(/^an event of participant 1 at 499 us: accepted are integers from 500, its present,/);
    for (const bad of [500.5, 600.25, NaN, Infinity, 2 ** 53]) expect(() => queue.add(entry, bad, 0, 1)).toThrow(/accepted are integers/);
    queue.add(entry, 500, 0, 2);
    expect(queue.pop()).toBe(true);
    expect(queue.receiver).toBe(2);
  });
});

describe('whole cells of pbft are the same on both', () => {
  const cells: [string, CellOptions][] = [
    ['WAN', { nodes: 16, network: WAN, node: NODE_PROFILES.server, decisions: 12, parameters: { checkpoint_interval: 4, log_window: 8 } }],
    ['all at one microsecond', { nodes: 10, network: fixed(50), decisions: 5 }],
    ['no delay at all', { nodes: 4, network: fixed(0), decisions: 5 }],
    ['loss', { nodes: 7, network: { kind: 'wan-5-regions', ...LINK, loss: 0.2 }, decisions: 5 }],
    ['a silent leader', { nodes: 7, network: WAN, decisions: 5, fault: { kind: 'silent-leader', count: 2 } }],
    ['equivocation', { nodes: 7, network: WAN, decisions: 3, horizon_s: 40, fault: { kind: 'equivocate', count: 3 } }],
    ['many transactions', { nodes: 4, network: LAN, load: { ...LOAD_RULES, kind: 'open', rate_tps: 30_000, arrivals: 'poisson' } }],
    ['many batches', { nodes: 7, network: LAN, load: { ...LOAD_RULES, kind: 'closed', in_flight: 9 } }],
    ['a partition that heals', { nodes: 7, network: WAN, decisions: 5, fault: { kind: 'partition', count: 3, until_s: 3 } }],
  ];
  const loads: [string, Pick<Setup, 'resources'>][] = [
    ['the default load', {}],
    ['queues at cores and links', { resources: { from_us: 0, until_us: Infinity } }],
  ];
  test.each(loads.flatMap(([load, resources]) => cells.map(([cell, options]) => ({ cell, load, options, resources }))))(
    '$cell, $load',
    ({ options, resources }) => {
      const found = (run: MessageOptions) => {
        const trace: string[] = [];
        const setup = {
          ...setupOf(makeCell(pbft, options), pbft, {
            kernels: simulationKernels,
            trace: ({ at_us, node, text }) => trace.push(`${at_us} ${node} ${text}`),
          }),
          ...resources,
        };
        const schedule = { from_us: 20_000, until_us: 120_000, rate_tps: options.load?.kind === 'open' ? options.load.rate_tps : null };
        const protocol = pbftRun(setup as unknown as Setup<PbftParameters>, {}, options.load === undefined ? undefined : schedule).run;
        const { now_us, events, messages, bytes, stopped, use } = runMessages(protocol, setup, run);
        return { trace, now_us, events, messages, bytes, stopped, use, latencies_us: protocol.latencies_us };
      };
      const ring = found({});
      expect(ring.events).toBeGreaterThan(20);
      expect(ring).toEqual(found({ queue: () => new HeapQueue() }));
    },
  );
});
