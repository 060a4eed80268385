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
import { enough, holds } from '../../support/property.ts';

const both = (options: CellOptions) => {
  const waves = simulate(phases, options, { engine: 'waves' }).outcome;
  const messages = simulate(phases, options, { engine: 'messages' }).outcome;
  expect({ ...waves, events: 0 }).toEqual({ ...messages, events: 0 });
  return waves;
};

const LOSSY = { ...WAN, loss: 0.02 } as NetworkSpec;
const HOTSTUFF = {
  phases:
    'all>leader quorum; leader>all batch carries:quorum; all>leader quorum; leader>all carries:quorum; all>leader quorum; leader>all carries:quorum; all>leader quorum; leader>all carries:quorum',
  leader: 'rotating',
} as const;
const RAFT = 'leader>all batch bytes:53; all>leader majority persists';
const RAFT_RULES = { replies_from: 'leader', replies: '1', authentication: 'none' } as const;
const DESIGNS = {
  pbft: { phases: 'leader>all batch; others>all quorum-1; all>all quorum' },
  tendermint: { phases: 'leader>all batch; all>all quorum; all>all quorum', leader: 'rotating' },
  raft: { phases: 'leader>all batch; all>leader majority', replies_from: 'leader', replies: '1' },
  hotstuff: HOTSTUFF,
  hotstuffAggregate: { ...HOTSTUFF, certificates: 'aggregate' },
  tendermintAggregate: { phases: 'leader>all batch; all>all quorum check:aggregate; all>all quorum check:aggregate' },
  aggregate: { phases: 'leader>all batch; all>leader 3; leader>all carries:3', certificates: 'aggregate' },
  raftOnDisk: { phases: RAFT, ...RAFT_RULES },
  raftOnDiskSigned: { phases: RAFT, ...RAFT_RULES, authentication: 'signature' },
  commitsOnDisk: { phases: 'leader>all batch persists; others>all quorum-1; all>all quorum persists' },
  sharesOnDisk: { phases: 'leader>all batch; all>leader 3 persists; leader>all carries:3 persists', certificates: 'aggregate' },
  everybodyProves: { phases: 'leader>all batch; all>all quorum; all>all quorum carries:quorum', certificates: 'aggregate' },
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
    requests_to: fc.constantFrom('leader', 'all'),
    log_window: fc.constantFrom(1, 256),
  });
  let ran = 0;
  holds(
    fc.property(cells, ({ design, crashed, requests_to, log_window, ...cell }) => {
      const parameters = { ...design, requests_to, log_window };
      const options = { ...cell, decisions: 6, parameters, fault: { kind: 'crash' as const, count: crashed } };
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
  expect(ran).toBeGreaterThan(enough(120));
});

test('who takes part when the votes of others are there does not wait for its own write, even if that takes no time', () => {
  const cell = {
    nodes: 4,
    network: { ...WAN, loss: 0.05 },
    node: FREE,
    seed: 858233986843931,
    decisions: 6,
    parameters: { ...DESIGNS.commitsOnDisk, requests_to: 'leader', log_window: 1 },
  } as const;
  expect(() => simulate(phases, cell, { engine: 'waves' })).toThrow('a write ends when the last vote comes');
  // One COMMIT in thirty is checked with two others and without its own.
  expect(Object.fromEntries(simulate(phases, cell, { engine: 'auto' }).outcome.counts.batches!)).toEqual({ 2: 29, 3: 1 });
});

test('a phase that persists sends what is on the disk, and its sender counts when its own write has ended', () => {
  const persist_ns = 7_000_000;
  const slow = { ...FREE, persist_ns };
  const run = (design: string, parameters: object = {}) =>
    both({ parameters: { phases: design, replies: '1', ...parameters }, decisions: 10, network: fixed(100), node: slow });
  // Request, batch, 7 ms, vote, reply. The leader writes while the batch is on its way.
  const { latencies_us, counts } = run('leader>all batch; all>leader majority persists', { replies_from: 'leader' });
  expect(new Set(latencies_us)).toEqual(new Set([407_000]));
  expect(counts.persists).toBe(40);
  expect(new Set(run('leader>all batch persists; all>leader majority persists', { replies_from: 'leader' }).latencies_us)).toEqual(
    new Set([414_000]),
  );
  expect(run('leader>all batch; all>leader majority').counts).not.toHaveProperty('persists');
  // Of the leader alone there is nothing to wait for but its disk.
  expect(new Set(run('leader>all batch; all>leader 1 persists', { replies_from: 'leader' }).latencies_us)).toEqual(new Set([207_000]));
});

test('without authentication nothing is signed, checked or hashed, and messages are headers', () => {
  const { counts } = both({ parameters: DESIGNS.raftOnDisk, decisions: 10 });
  expect(counts).toEqual({ messages: 60, bytes: 30 * (53 + 13 + 125_000 + 49), votes: 30, persists: 40 });
});

describe('common paths written as phases are those of the mechanisms', () => {
  test("PBFT's figure", () => {
    for (const [nodes, node, network] of [
      [4, FREE, fixed(100)],
      [7, SERVER, WAN],
      [16, SERVER, LOSSY],
    ] as [number, typeof FREE, NetworkSpec][]) {
      for (const engine of ['waves', 'messages'] as const) {
        const { outcome: mechanism } = simulate(pbft, { nodes, node, network, decisions: 20 }, { engine });
        const { outcome: written } = simulate(phases, { nodes, node, network, decisions: 20 }, { engine });
        for (const key of ['latencies_us', 'counts', 'replicaLatencies_us', 'safety', 'durability', 'elapsed_us'] as const)
          expect(written[key], key).toEqual(mechanism[key]);
      }
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
    ['leader>all batch check:aggregate; all>all', 'check:aggregate for votes, which are not from the leader alone'],
    ['leader>all batch; all>all persists:no', 'each word once'],
    ['leader>all batch; all>all 9', 'needs that 4 nodes can meet'],
    ['nobody>all batch', 'from>to, each one of leader, others, all'],
    ['leader>all batch; all>all signed:false check:batch', 'signed:false (with check:none)'],
    ['leader>all batch; all>all signed:no', 'signed:false (with check:none)'],
    ['leader>all batch; all>leader signed:false; leader>all carries:quorum', 'signed:true for votes that a certificate is made of'],
  ])('%s is refused: %s', (design, says) => {
    const suite = { name: 's', sweep: { nodes: [4] }, workloads: { phases: { phases: design } } };
    expect(() => cellsOf(suite)).toThrow(says);
  });
});

test('a message whose certificate says all needs no signature of its own: one less is made, and none of it is checked', () => {
  const run = (last: string) =>
    both({ nodes: 7, node: SERVER, network: WAN, parameters: { phases: `leader>all batch; all>leader quorum; ${last}`, log_window: 1 } });
  const signed = run('leader>all carries:quorum');
  const plain = run('leader>all carries:quorum signed:false');
  expect(signed.counts.signs! - plain.counts.signs!).toBe(10);
  expect(signed.counts.verifies! - plain.counts.verifies!).toBe(10 * 6);
  expect(signed.counts.bytes - plain.counts.bytes).toBe(10 * 6 * 64);
  expect(plain.latencies_us[0]).toBeLessThan(signed.latencies_us[0]!);
});

test.each([
  [
    { phases: 'leader>all batch; all>all check:batch', authentication: 'none' },
    {},
    'signature, where a phase checks or carries signatures',
  ],
  [{ authentication: 'none' }, { fault: { kind: 'equivocate', count: 1 } }, 'signature beside the fault kind equivocate'],
])('%j is refused beside %j', (parameters, sweep, says) => {
  const suite = { name: 's', sweep: { nodes: [4], ...sweep }, workloads: { phases: parameters } };
  expect(() => [...planCells(suiteOf(suite as never))]).toThrow(says);
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
