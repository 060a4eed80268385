// An engine that is named takes the cell or fails it; `auto` chooses one that can.
import { describe, expect, test } from 'vitest';
import { makeRecord } from '../../harness/record/make.ts';
import type { DoneRecord } from '../../harness/model/record.ts';
import { EngineLimit, NeedsMessages, type Workload } from '../../harness/simulate/core/contract.ts';
import { workloads } from '../../harness/workloads.ts';
import pbft from '../../workloads/pbft/index.ts';
import { LAN, uplinkBound_tps } from '../workloads/pbft/lan.ts';
import { LOAD_RULES } from '../../harness/model/load.ts';
import { SERVER, WAN, makeCell, simulate, type CellOptions } from '../cells.ts';
import { costs } from '../record/fixtures.ts';

describe('an explicit engine that cannot represent a cell makes it failed and says so; auto may fall back', () => {
  const unfit = [
    [{ nodes: 4, fault: { kind: 'equivocate', count: 1 } }, 'fault kind equivocate'],
    [{ nodes: 7, fault: { kind: 'silent-leader', count: 2 } }, 'more than one silent leader'],
    [{ nodes: 4, parameters: { view_change_timeout_ms: 20 } }, 'a timer of a correct replica expires'],
    [{ nodes: 4, crypto: 'measured', decisions: 1, transactions: { bytes: 1, per_decision: 1 } }, 'measured cells'],
  ] as const;

  test.each(unfit)('%o: %s', (cell, why) => {
    expect(() => simulate(pbft, cell, { engine: 'waves' })).toThrow(EngineLimit);
    expect(() => simulate(pbft, cell, { engine: 'waves' })).toThrow(
      `the waves engine cannot represent this cell: ${why}; accepted: --engine auto, messages`,
    );
    const auto = simulate(pbft, cell);
    expect(auto.engine).toBe('messages');
    expect(auto.outcome).toEqual(simulate(pbft, cell, { engine: 'messages' }).outcome);
  });

  test('a cell that is expected to cause more events than the budget does not start on messages', () => {
    const unfit = { nodes: 2000, decisions: 100, fault: { kind: 'equivocate', count: 1 } } as const;
    expect(() => simulate(pbft, unfit)).toThrow(EngineLimit);
    expect(() => simulate(pbft, unfit)).toThrow(
      /^needs messages: fault kind equivocate; \d{9} events expected on messages, budget 200000000$/,
    );
    expect(() => simulate(pbft, { nodes: 2000, decisions: 100 }, { engine: 'messages' })).toThrow(/^\d{9} events expected on messages/);
  });

  test('what is expected is near what comes, at any n', () => {
    for (const [nodes, decisions] of [
      [4, 40],
      [31, 20],
      [100, 3],
    ] as const) {
      const options = { nodes, decisions, network: WAN, parameters: { checkpoint_interval: 10, log_window: 20 } };
      const { events } = simulate(pbft, options, { engine: 'messages' }).outcome;
      const expected = pbft.expectedEvents!({ ...makeCell(pbft, options), parameters: pbft.parameters.parse(options.parameters) });
      expect(events / expected).toBeGreaterThan(0.8);
      expect(events / expected).toBeLessThan(1.2);
    }
  });

  test.each([
    ['closed', LAN, { kind: 'closed', in_flight: 8, window_s: 0.5, warmup_s: 0.1 }],
    ['closed, with an automatic window', WAN, { kind: 'closed', in_flight: 2, queues: true }],
    ['open, batches that fill', LAN, { kind: 'open', rate_tps: 20_000, arrivals: 'poisson', window_s: 1, warmup_s: 0.2 }],
    ['open, batches that time out', WAN, { kind: 'open', rate_tps: 100, arrivals: 'poisson', window_s: 20, warmup_s: 1 }],
    ['open, more than it bears', LAN, { kind: 'open', rate_tps: 400_000, arrivals: 'constant', window_s: 0.2, warmup_s: 0.1 }],
  ] as const)('what is expected under another load is near what comes: %s', (_name, network, load) => {
    const parameters = { log_window: 1024, client_timeout_ms: 60_000, view_change_timeout_ms: 60_000 };
    const options = { nodes: 4, network, node: SERVER, parameters, load: { ...LOAD_RULES, ...load } };
    const { events } = simulate(pbft, options).outcome;
    const expected = pbft.expectedEvents!({ ...makeCell(pbft, options), parameters: pbft.parameters.parse(parameters) });
    expect(events / expected).toBeGreaterThan(0.6);
    expect(events / expected).toBeLessThan(1.6);
  });

  test('of a search for saturation the largest run is expected: twice the window of a rate beyond the bound', () => {
    const load = { ...LOAD_RULES, kind: 'saturate', p99_ms: 'auto', arrivals: 'poisson', warmup_s: 1, window_s: 4 } as const;
    const options = { nodes: 4, network: LAN, node: SERVER, load };
    const expected = pbft.expectedEvents!({ ...makeCell(pbft, options), parameters: pbft.parameters.parse({}) });
    // 9 s of 1.6 times the uplink's bound, an arrival and a request each; votes on full batches are a small part.
    const transactions = 9 * 1.6 * uplinkBound_tps(4);
    expect(expected / (2 * transactions)).toBeGreaterThan(1);
    expect(expected / (2 * transactions)).toBeLessThan(1.2);
  });

  test('auto takes the fast engine where it can, and the record says which', () => {
    for (const engine of ['auto', 'waves'] as const) expect(simulate(pbft, { network: WAN }, { engine }).engine).toBe('waves');
    expect(simulate(pbft, { network: WAN }, { engine: 'messages' }).engine).toBe('messages');
  });

  test('rows compare equal across engines except for the column engine', () => {
    const options: CellOptions[] = [
      { nodes: 7, network: WAN, decisions: 20 },
      { nodes: 7, network: WAN, fault: { kind: 'silent-leader', count: 1 }, parameters: { checkpoint_interval: 2, log_window: 4 } },
      { nodes: 7, fault: { kind: 'crash', count: 3 } },
    ];
    for (const cell of options) {
      const record = (engine: 'waves' | 'messages') => {
        const made = makeCell(pbft, cell);
        const { engine: ran, ...rest } = makeRecord(made, pbft, simulate(pbft, cell, { engine }), costs, null) as DoneRecord;
        expect(ran).toBe(engine);
        return rest;
      };
      expect(record('waves')).toEqual(record('messages'));
      expect(record('waves').durability).toBe('ok');
      if (record('waves').state === 'done') expect(record('waves').replica_latency_ms_p50).toBeGreaterThan(0);
    }
  });

  test('no workload has another way round', () => {
    const needs: Workload = {
      ...pbft,
      engines: {
        chain: () => {
          throw new NeedsMessages('a reason');
        },
      },
    };
    for (const engine of ['auto', 'chain'] as const) expect(() => simulate(needs, {}, { engine })).toThrow(/chain engine cannot.*a reason/);
    for (const workload of workloads.values()) expect(Object.keys(workload.engines)).toContain('messages');
  });
});
