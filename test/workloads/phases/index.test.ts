// A mechanism written in the suite: its fast path equals its messages, and common paths written so equal the mechanisms.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { suiteOf } from '../../../harness/suite/load.ts';
import { planCells } from '../../../harness/suite/plan.ts';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import pbft from '../../../workloads/pbft/index.ts';
import phases from '../../../workloads/phases/index.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { holds } from '../../support/property.ts';

const both = (options: CellOptions) => {
  const waves = simulate(phases, options, { engine: 'waves' }).outcome;
  const messages = simulate(phases, options, { engine: 'messages' }).outcome;
  expect({ ...waves, events: 0 }).toEqual({ ...messages, events: 0 });
  return waves;
};

const LOSSY = { ...WAN, loss: 0.02 } as NetworkSpec;
const DESIGNS = {
  pbft: { phases: 'leader>all batch; others>all quorum-1; all>all quorum' },
  tendermint: { phases: 'leader>all batch; all>all quorum; all>all quorum' },
  raft: { phases: 'leader>all batch; all>leader majority', replies_from: 'leader', replies: '1' },
  hotstuff: {
    phases:
      'all>leader quorum; leader>all batch carries:quorum; all>leader quorum; leader>all carries:quorum; all>leader quorum; leader>all carries:quorum; all>leader quorum; leader>all carries:quorum',
    leader: 'rotating',
  },
  aggregate: {
    phases: 'leader>all batch; all>leader quorum check:aggregate; leader>all carries:quorum',
    certificates: 'aggregate',
  },
} as const;

test('one decision of each design: what its figure says', () => {
  const run = (parameters: Record<string, unknown>) => both({ parameters, decisions: 10, network: fixed(100) });
  expect(run(DESIGNS.pbft)).toMatchObject({ counts: { messages: 240 } });
  expect(run(DESIGNS.raft).counts.messages).toBe(60);
  expect(run(DESIGNS.hotstuff).counts.messages).toBe(10 * 8 * 3);
});

test('waves and messages agree to the bit: 200 drawn cells', () => {
  const cells = fc.record({
    design: fc.constantFrom(...Object.values(DESIGNS)),
    nodes: fc.integer({ min: 4, max: 16 }),
    network: fc.constantFrom(fixed(100), WAN, { ...WAN, loss: 0.05 }, { kind: 'normal' as const, mean_ms: 80, sd_ms: 30, ...LINK }),
    node: fc.constantFrom(FREE, SERVER),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    crashed: fc.constantFrom(0, 1),
  });
  let ran = 0;
  holds(
    fc.property(cells, ({ design, crashed, ...cell }) => {
      const options = { ...cell, decisions: 6, parameters: design, fault: { kind: 'crash' as const, count: crashed } };
      const waves = () => simulate(phases, options, { engine: 'waves' });
      try {
        waves();
      } catch {
        return;
      }
      ran += 1;
      both(options);
    }),
    { numRuns: 200, seed: 7 },
  );
  expect(ran).toBeGreaterThan(120);
});

describe('common paths written as phases are those of the mechanisms', () => {
  test("PBFT's figure", () => {
    for (const [nodes, node, network] of [
      [4, FREE, fixed(100)],
      [7, SERVER, WAN],
      [16, SERVER, LOSSY],
    ] as [number, typeof FREE, NetworkSpec][]) {
      const { outcome: mechanism } = simulate(pbft, { nodes, node, network, decisions: 20 }, { engine: 'messages' });
      const written = simulate(phases, { nodes, node, network, decisions: 20 }, { engine: 'messages' }).outcome;
      for (const key of ['latencies_us', 'counts', 'replicaLatencies_us', 'safety', 'durability', 'elapsed_us'] as const)
        expect(written[key], key).toEqual(mechanism[key]);
    }
  });
});

describe('docs/phases.md', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../../docs/phases.md'), 'utf8');
  const written = page.match(/```yaml\n([^]*?)```/)![1]!;
  const cellsOf = (data: unknown) => [...planCells(suiteOf(data as never))];

  test('five designs compared in twenty lines: each decides, and the smaller figure sends less', () => {
    expect(written.trim().split('\n').length).toBeLessThanOrEqual(20);
    const cells = cellsOf(parse(written)).filter(({ nodes, replicate }) => nodes === 16 && replicate === 1);
    const messages = cells.map((cell) => {
      const { outcome, engine } = simulate(phases, cell as never);
      expect(engine).toBe('waves');
      expect(outcome).toMatchObject({ state: 'done', safety: 'ok' });
      return outcome.counts.messages / outcome.decisions;
    });
    // n = 16: 2n(n-1), (n-1)(2n+1), 3(n-1), 5(n-1), 2(n-1).
    expect(messages).toEqual([480, 495, 45, 75, 30]);
  });

  test('objects are the same design as the text, and lists of them a sweep', () => {
    const suite = (design: unknown) => ({
      name: 's',
      decisions: 3,
      replicates: 1,
      sweep: { nodes: [4] },
      workloads: { phases: { phases: design } },
    });
    const objects = [
      { from: 'leader', to: 'all', bytes: 'batch' },
      { from: 'all', to: 'all', need: 'quorum', bytes: 113, check: 'batch' },
    ];
    const outcome = (design: unknown) => cellsOf(suite(design)).map((cell) => simulate(phases, { ...cell, seed: 1 } as never).outcome);
    expect(outcome(objects)).toEqual(outcome('leader>all batch; all>all quorum'));
    expect(outcome([objects, objects.slice(0, 1)])).toHaveLength(2);
  });

  test.each([
    ['leader>all; all>all', 'one phase that carries the batch (received 0)'],
    ['leader>all batch; all>all wrong', 'each word once'],
    ['leader>all batch; leader>all carries:quorum', 'a phase of votes before the first one that carries a certificate'],
    ['leader>all batch; all>leader 2; leader>all carries:quorum', 'a certificate of at most the 2 votes that are waited for'],
    ['leader>all batch; all>all check:aggregate', 'no kernel makes aggregate signatures yet'],
    ['leader>all batch; all>all 9', 'needs that 4 nodes can meet'],
    ['nobody>all batch', 'from>to, each one of leader, others, all'],
  ])('%s is refused: %s', (design, says) => {
    const suite = { name: 's', sweep: { nodes: [4] }, workloads: { phases: { phases: design } } };
    expect(() => cellsOf(suite)).toThrow(says);
  });
});

test('past f equivocators two needs of 2f + 1 = 3 of 5 nodes fork, quorums of 4 do not', () => {
  const run = (need: string, seed: number) =>
    simulate(phases, {
      nodes: 5,
      seed,
      decisions: 5,
      network: WAN,
      fault: { kind: 'equivocate', count: 1 },
      parameters: { phases: `leader>all batch; others>all ${need}; all>all ${need}` },
    }).outcome.safety;
  const seeds = Array.from({ length: 10 }, (_, seed) => seed);
  expect(seeds.some((seed) => run('2', seed) === 'violated')).toBe(true);
  expect(seeds.every((seed) => run('quorum', seed) !== 'violated')).toBe(true);
});
