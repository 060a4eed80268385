// Roles, their places and their counts.
import { describe, expect, test } from 'vitest';
import { placed, regionOf } from '../../../harness/simulate/core/network.ts';
import type { Role } from '../../../harness/model/role.ts';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import { message, script, setup, type Step } from './scripted.ts';

/** 1 ms within region 0, 10 between it and region 1, 100 and 200 to region 2. */
const network: NetworkSpec = {
  ...{ kind: 'matrix', name: 'three', origin: 'test', jitter: 0, bandwidth_mbps: 1e6, loss: 0, rto_ms: 200 },
  one_way_ms: [
    [1, 10, 100],
    [10, 1, 200],
    [100, 200, 1],
  ],
};
const role = (id: string, count: number, at: Partial<Role> = {}): Role => ({
  ...{ id, count, counted: true, cores: 1, region: 'spread', faultable: true },
  ...at,
});
const all: Step = (id, input, out) => {
  if (input.kind === 'start' && id === 0) out.multicast(message({ bytes: 0 }));
};
const times = (log: readonly string[]): string[] => log.map((line) => line.split(' ').slice(0, 2).join(' '));

describe('placement', () => {
  test('so many nodes in each region, in order', () => {
    const made = placed(setup({ network, nodes: 6 }).network, [3, 1, 2], 6);
    expect(Array.from({ length: 6 }, (_, node) => regionOf(made, node))).toEqual([0, 0, 0, 1, 2, 2]);
    expect(times(script(all, { network, nodes: 4, placement: [2, 0, 2] }).log)).toEqual(['1000 1', '100000 2', '100000 3']);
    expect(times(script(all, { network, nodes: 4 }).log)).toEqual(['1000 3', '10000 1', '100000 2']);
  });
  test('of all nodes, in regions that the network has', () => {
    const accepted = /^placement: received .*; accepted: numbers of nodes in at most 3 regions, 4 together$/;
    for (const placement of [
      [2, 1],
      [2, 1, 2],
      [1, 1, 1, 1],
    ])
      expect(() => setup({ network, nodes: 4, placement })).toThrow(accepted);
  });
});

describe('roles', () => {
  test('a role that is no node is where its placement says, in place of what the protocol says', () => {
    const roles = [role('node', 2), role('client', 2, { counted: false, region: 0 })];
    const step: Step = (id, input, out) => {
      if (input.kind === 'start' && id === 0) out.multicast(message({ bytes: 0 }), 'client');
    };
    expect(times(script(step, { network, nodes: 2 }, { participants: 4, roles }).log)).toEqual(['1000 2', '1000 3']);
    const placement = { roles: { client: { nodes: [2, 1] } } };
    expect(times(script(step, { network, nodes: 2, placement }, { participants: 4, roles }).log)).toEqual(['10000 3', '100000 2']);
    const few = { roles: { client: [1] } };
    expect(() => script(step, { network, nodes: 2, placement: few }, { participants: 4, roles })).toThrow(
      /^placement of client: received 1 members; accepted: 2$/,
    );
  });
  test('each is spread over the regions, or all in one; each participant has a name', () => {
    const roles = [role('orderer', 2), role('peer', 3, { region: 2 }), role('client', 3, { counted: false })];
    const step: Step = (id, input, out) => {
      if (input.kind !== 'start' || id !== 0) return;
      out.multicast(message({ bytes: 0 }));
      out.multicast(message({ bytes: 0, type: 2 }), 'client');
    };
    const { log } = script(step, { network, nodes: 5 }, { participants: 8, roles });
    expect(times(log)).toEqual(['1000 5', '10000 1', '10000 6', '100000 2', '100000 3', '100000 4', '100000 7']);
    const bad: Step = (_id, input, out) => (input.kind === 'start' ? out.send(99, message()) : undefined);
    expect(() => script(bad, { nodes: 5 }, { participants: 8, roles })).toThrow(/^orderer 0 sends message of type 1 to 99/);
    const nobody: Step = (_id, _input, out) => out.multicast(message(), 'miner');
    expect(() => script(nobody, { nodes: 5 }, { participants: 8, roles })).toThrow(
      /^received a multicast to miner; accepted: orderer, peer, client$/,
    );
  });

  test('messages and bytes are counted between counted roles, and by the role that sent them', () => {
    const roles = [role('orderer', 2), role('peer', 3), role('client', 1, { counted: false })];
    const step: Step = (id, input, out) => {
      if (input.kind !== 'start') return;
      if (id === 0) out.multicast(message(), 'peer');
      if (id === 1) out.send(5, message());
      if (id === 3) out.multicast(message({ bytes: 10 }));
      if (id === 5) out.multicast(message());
    };
    const { run } = script(step, { nodes: 5 }, { participants: 6, roles });
    expect(run).toMatchObject({ messages: 7, bytes: 3040 });
    expect(run.byRole).toEqual([
      { role: 'orderer', messages: 3, bytes: 3000 },
      { role: 'peer', messages: 4, bytes: 40 },
    ]);
  });

  test('a role that is not faultable stays up', () => {
    const roles = [role('orderer', 2), role('peer', 2, { faultable: false })];
    const fault = { kind: 'crash' as const, nodes: [1, 2, 3] };
    expect(times(script(all, { nodes: 4, fault }, { roles }).log)).toEqual(['100000 2', '100000 3']);
    expect(times(script(all, { nodes: 4, fault }).log)).toEqual([]);
  });

  test('are those of the numbers given: the counted ones first', () => {
    const client = role('client', 1, { counted: false });
    for (const roles of [[role('peer', 3)], [client, role('peer', 4)], [role('peer', 2), role('peer', 2), client]])
      expect(() => script(all, { nodes: 4 }, { participants: 5, roles })).toThrow(
        /^received the roles .*; accepted: 4 counted participants, then others, 5 together, each role once$/,
      );
  });
});
