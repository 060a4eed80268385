// An engine that is named takes the cell or fails it; `auto` chooses one that can.
import { describe, expect, test } from 'vitest';
import { makeRecord } from '../../harness/record/make.ts';
import type { DoneRecord } from '../../harness/model/record.ts';
import { EngineLimit, NeedsMessages, type Workload } from '../../harness/simulate/core/contract.ts';
import { workloads } from '../../harness/workloads.ts';
import pbft from '../../workloads/pbft/index.ts';
import { WAN, makeCell, simulate, type CellOptions } from '../cells.ts';
import { costs } from '../record/fixtures.ts';

describe('an explicit engine that cannot represent a cell makes it failed and says so; auto may fall back', () => {
  const unfit = [
    [{ nodes: 4, fault: { kind: 'equivocate', count: 1 } }, 'fault kind equivocate'],
    [{ nodes: 7, fault: { kind: 'silent-leader', count: 2 } }, 'more than one silent leader'],
    [{ nodes: 4, parameters: { view_change_timeout_ms: 20 } }, 'a timer of a correct replica expires'],
    [{ nodes: 4, crypto: 'measured', decisions: 1, transactions: { bytes: 1, per_decision: 1 } }, 'measured cells and traces'],
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
