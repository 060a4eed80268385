// Every workload at the ends of what it declares: a walk over the registry.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCostTable } from '../../harness/measure/costs.ts';
import { makeRecord } from '../../harness/record/make.ts';
import type { EngineId } from '../../harness/model/outcome.ts';
import { NODE_PROFILES } from '../../harness/model/cell.ts';
import { workloads } from '../../harness/workloads.ts';
import { WAN, makeCell, simulate } from '../cells.ts';

// With prices of aggregate signatures, which some have by default.
const costs = parseCostTable(readFileSync(path.join(import.meta.dirname, '../support/costs.json'), 'utf8'), 'costs.json');

describe('every workload runs at its declared minimum and at minimum + 1', () => {
  const each = [...workloads.values()].flatMap((workload) =>
    (Object.keys(workload.engines) as EngineId[]).flatMap((engine) =>
      [workload.nodes.min, workload.nodes.min + 1].map((nodes) => ({ id: workload.id, engine, nodes, workload })),
    ),
  );

  test.each(each)('$id on $engine with $nodes nodes, each fault kind at 0', ({ workload, engine, nodes }) => {
    for (const kind of workload.faultKinds) {
      const delay = kind === 'delay' ? { delay_ms: 100 } : {};
      const none = { kind, placement: 'worst' as const, ...delay, ...(workload.exactKinds.includes(kind) ? { ratio: 0 } : { count: 0 }) };
      const fault = kind === 'schedule' ? { kind, schedule: [{ kind: 'crash' as const, placement: 'worst' as const, count: 0 }] } : none;
      const cell = makeCell(workload, { nodes, fault, network: WAN, node: NODE_PROFILES.server, decisions: 5 });
      // What the fast engines leave to messages is not theirs to run.
      const modelled = engine === 'waves' ? kind === 'crash' || kind === 'silent-leader' : true;
      const found = simulate(workload, cell, { engine: modelled ? engine : 'auto' });
      if (modelled) expect(found.engine).toBe(engine);
      expect(makeRecord(cell, workload, found, costs, null)).toMatchObject({ state: 'done', decisions: 5, liveness: 'ok' });
      expect(found.outcome.latencies_us.every((us) => us >= 0)).toBe(true);
    }
  });

  test('a declared minimum is one node at least', () => {
    for (const { nodes } of workloads.values()) expect(nodes.min).toBeGreaterThanOrEqual(1);
  });
});

test('pbft with one node decides alone: a request and a reply, no message between nodes', () => {
  for (const engine of ['waves', 'messages'] as const) {
    const { outcome } = simulate(workloads.get('pbft')!, { nodes: 1 }, { engine });
    expect(outcome).toMatchObject({ state: 'done', counts: { messages: 0, bytes: 0, verifies: 0 } });
    expect(new Set(outcome.latencies_us)).toEqual(new Set([200_000]));
    // Agreement of one replica with itself says nothing.
    expect(outcome.safety).toBe('unknown');
  }
});
