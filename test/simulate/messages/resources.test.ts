// Cores, links and disks that queue, under any load but the default one.
import { describe, expect, test } from 'vitest';
import { utilisationOf } from '../../../harness/simulate/messages/resources.ts';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import type { Role } from '../../../harness/model/role.ts';
import { FREE, SERVER } from '../../cells.ts';
import { message, script, type Step } from './scripted.ts';

const always = { from_us: 0, until_us: Infinity };
const link = (options: { bandwidth_mbps?: number; downlink_mbps?: number } = {}): NetworkSpec => ({
  ...{ kind: 'matrix', name: 'ten', origin: 'test', one_way_ms: [[10]], jitter: 0, loss: 0, rto_ms: 200 },
  bandwidth_mbps: 8,
  ...options,
});

describe('cores work first in, first out', () => {
  const five: Step = (id, input, out) => {
    if (id === 0 && input.kind === 'start') for (let job = 1; job <= 5; job++) out.work(10_000_000, job);
  };
  const ends = (cores: number, resources?: typeof always): string[] =>
    script(five, { nodes: 1, node: { ...FREE, cores }, ...(resources === undefined ? {} : { resources }) }).log;

  test('five 10 ms jobs at one core end at 50 ms, not all at 10', () => {
    expect(ends(1, always)).toEqual([1, 2, 3, 4, 5].map((job) => `${job * 10_000} 0 work ${job}`));
    expect(ends(1)).toEqual([1, 2, 3, 4, 5].map((job) => `10000 0 work ${job}`));
  });
  test('each job is whole on the first core that is free', () => {
    expect(ends(2, always).map((line) => line.split(' ')[0])).toEqual(['10000', '10000', '20000', '20000', '30000']);
    expect(ends(8, always).map((line) => line.split(' ')[0])).toEqual(new Array(5).fill('10000'));
  });
  test('busy times are those within the window', () => {
    const { run } = script(five, { nodes: 2, node: { ...FREE, cores: 2 }, resources: { from_us: 5000, until_us: 25_000 } });
    expect(run.use!.cores_us[0]).toEqual(Float64Array.of(20_000, 15_000));
    expect(run.use!.cores_us[1]).toEqual(Float64Array.of(0, 0));
    expect(utilisationOf(run.use!).cpu).toBe(17_500 / 20_000);
  });
  test('a serial chain of jobs uses one core of many, and that is what limits it', () => {
    const serial: Step = (id, input, out) => {
      if (id === 0 && input.kind === 'start') {
        out.work(10_000_000, 1);
        out.work(1_000_000, 'beside');
      }
      if (input.kind === 'work' && typeof input.token === 'number' && input.token < 10) out.work(10_000_000, input.token + 1);
    };
    const { run } = script(serial, { nodes: 1, node: { ...FREE, cores: 4 }, resources: always });
    expect(run.now_us).toBe(100_000);
    expect(run.use!.chain_us[0]).toBe(100_000);
    expect(utilisationOf(run.use!).cpu).toBe(1);
  });
  test('jobs that queue at one core are no chain: each was requested before the one before it had ended', () => {
    const { run } = script(five, { nodes: 1, node: { ...FREE, cores: 4 }, resources: always });
    expect(run.use!.chain_us[0]).toBe(10_000);
  });
});

describe('links queue at both ends', () => {
  test('the uplink serialises, to the nanosecond', () => {
    const step: Step = (id, input, out) => {
      if (id !== 0 || input.kind !== 'start') return;
      for (let sequence = 0; sequence < 4; sequence++) out.send(1, message({ sequence, bytes: 100 }));
      out.multicast(message({ sequence: 9, bytes: 100 }));
    };
    // 100 bytes are 0.8 us at 1 Gbit/s: the third is out after 2.4 us. By default each send begins at a whole microsecond.
    const network = link({ bandwidth_mbps: 1000 });
    expect(script(step, { nodes: 3, network, resources: always }).log.map((line) => line.split(' ')[0])).toEqual([
      '10001',
      '10002',
      '10003',
      '10004',
      '10004',
      '10005',
    ]);
    expect(script(step, { nodes: 3, network }).log.map((line) => line.split(' ')[0])).toEqual([
      '10001',
      '10002',
      '10003',
      '10004',
      '10005',
      '10006',
    ]);
  });

  const toOne: Step = (id, input, out) => {
    if (id > 0 && input.kind === 'start') out.send(0, message({ sequence: id }));
  };
  test('what arrives while the downlink is busy queues in order of arrival', () => {
    // 1000 bytes are 1 ms at 8 Mbit/s; all three end to arrive at 11 ms.
    expect(script(toOne, { nodes: 4, network: link(), resources: always }).log).toEqual([
      '11000 0 1:1.0.1',
      '12000 0 2:1.0.2',
      '13000 0 3:1.0.3',
    ]);
    expect(script(toOne, { nodes: 4, network: link() }).log.map((line) => line.split(' ')[0])).toEqual(['11000', '11000', '11000']);
  });
  test('a slower downlink than uplink takes its time, and no more', () => {
    const { log, run } = script(toOne, { nodes: 3, network: link({ downlink_mbps: 4 }), resources: always });
    expect(log.map((line) => line.split(' ')[0])).toEqual(['12000', '14000']);
    expect(run.use!.downlink_us[0]).toBe(4000);
    expect(run.use!.received_bytes[0]).toBe(2000);
    expect(run.use!.uplink_us[1]).toBe(1000);
    expect(run.use!.sent_bytes[1]).toBe(1000);
    expect(utilisationOf(run.use!)).toEqual({ cpu: 0, disk: 0, uplink: 1000 / 14_000, downlink: 4000 / 14_000 });
  });
  test("clients' requests and replies take no node's link", () => {
    const step: Step = (id, input, out) => {
      if (id === 2 && input.kind === 'start') for (let sequence = 0; sequence < 3; sequence++) out.send(0, message({ sequence }));
      if (id === 0 && input.kind === 'message') out.send(2, message({ type: 2, sequence: input.message.sequence }));
    };
    const { log, run } = script(step, { nodes: 2, network: link(), resources: always }, { participants: 3 });
    expect(log.map((line) => line.split(' ')[0])).toEqual(['10000', '10000', '10000', '20000', '20000', '20000']);
    expect(utilisationOf(run.use!)).toEqual({ cpu: 0, disk: 0, uplink: 0, downlink: 0 });
  });
});

test('writes queue at the disk, and by default do not', () => {
  const step: Step = (_id, input, out) => {
    if (input.kind === 'start') for (const token of ['a', 'b', 'c']) out.persist(token, 100, token);
  };
  const queued = script(step, { nodes: 1, node: SERVER, resources: always });
  expect(queued.log).toEqual(['1000 0 persisted a', '2000 0 persisted b', '3000 0 persisted c']);
  expect(utilisationOf(queued.run.use!).disk).toBe(1);
  expect(script(step, { nodes: 1, node: SERVER }).log).toEqual(['1000 0 persisted a', '1000 0 persisted b', '1000 0 persisted c']);
});

test('a role has its own cores; clients have as many as it takes', () => {
  const role = (id: string, count: number, cores: number, counted = true): Role => ({
    ...{ id, count, counted, cores, region: 'spread', faultable: true },
  });
  const step: Step = (_id, input, out) => {
    if (input.kind === 'start') for (let job = 0; job < 2; job++) out.work(1_000_000, job);
  };
  const roles = [role('orderer', 1, 1), role('peer', 1, 2), role('client', 1, 0, false)];
  const { log } = script(step, { nodes: 2, resources: always }, { participants: 3, roles });
  expect(log).toEqual(['1000 0 work 0', '1000 1 work 0', '1000 1 work 1', '1000 2 work 0', '1000 2 work 1', '2000 0 work 1']);
});
