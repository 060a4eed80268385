// Federated signing against the sentences of the Chain Protocol's papers and specifications, and the numbers that follow from them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { QUANTILES } from '../../../harness/model/network.ts';
import { LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import type { FaultSpec } from '../../../harness/model/fault.ts';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import federated from '../../../workloads/federated-signing/index.ts';
import { defaultQuorum, downBorne, equivocatorsBorne, faultsBorne } from '../../../workloads/federated-signing/parameters.ts';
import type { FederatedParameters } from '../../../workloads/federated-signing/parameters.ts';
import phases from '../../../workloads/phases/index.ts';
import { FREE, LINK, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { enough, holds } from '../../support/property.ts';
import { transcriptOf } from '../../support/transcript.ts';

type Engine = 'auto' | 'waves' | 'messages';
const run = (options: CellOptions, engine: Engine = 'messages') => simulate(federated, options, { engine }).outcome;
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
/** 10 of 15. */
const CONSORTIUM: CellOptions = { nodes: 15, network: WAN, node: SERVER, decisions: 5 };

/** P(at least k of n up), each with probability p. */
function atLeast(k: number, n: number, p: number): number {
  let sum = 0;
  for (let up = k; up <= n; up++) {
    let term = p ** up * (1 - p) ** (n - up);
    for (let i = 1; i <= up; i++) term *= (n - up + i) / i;
    sum += term;
  }
  return sum;
}
const harmonic = (n: number): number => range(1, n).reduce((sum, k) => sum + 1 / k, 0);

describe('arithmetic of M of N', () => {
  test('(M: safety, liveness) of 15: (8:0,7)(9:2,6)(10:4,5)(11:6,4)(12:8,3)(13:10,2)(14:12,1)(15:14,0)', () => {
    const table = range(8, 15).map((quorum) => [quorum, equivocatorsBorne(15, quorum), downBorne(15, quorum)]);
    const expected = [[8, 0, 7], [9, 2, 6], [10, 4, 5], [11, 6, 4], [12, 8, 3], [13, 10, 2], [14, 12, 1], [15, 14, 0]]; // prettier-ignore
    expect(table).toEqual(expected);
  });
  test('M is ceil(2N / 3) by default, and f = min(2M - N - 1, N - M) is floor((N - 1) / 3) then', () => {
    expect([4, 5, 6, 7, 15].map(defaultQuorum)).toEqual([3, 4, 4, 5, 10]);
    for (const nodes of range(1, 300)) expect(faultsBorne(nodes)).toBe(Math.floor((nodes - 1) / 3));
  });
  test('N2: P(at least 10 of 15 up) is .1509, .9389, .99775, .999947 at p = .5, .8, .9, .95; 15 of 15 at .99 is .860', () => {
    expect([0.5, 0.8, 0.9].map((p) => Number(atLeast(10, 15, p).toPrecision(4)))).toEqual([0.1509, 0.9389, 0.9978]);
    expect(atLeast(10, 15, 0.9)).toBeCloseTo(0.99775, 5);
    expect(atLeast(10, 15, 0.95)).toBeCloseTo(0.999947, 6);
    expect(atLeast(15, 15, 0.99)).toBeCloseTo(0.86, 3);
  });
  test('a quorum larger than the federation is refused', () => {
    const parameters = federated.parameters.parse({ quorum: 8 });
    expect(federated.problems!({ parameters, nodes: 7 } as never)).toMatchObject([{ parameter: 'quorum' }]);
    expect(federated.problems!({ parameters, nodes: 8 } as never)).toEqual([]);
  });
});

describe('counts and delays', () => {
  test.each([1, 2, 4, 7, 15])('N = %i: N-1 requests, N-1 signatures, N-1 published blocks, in four delays with the client', (nodes) => {
    for (const engine of ['waves', 'messages'] as const) {
      const { counts, latencies_us, replicaLatencies_us } = run({ nodes, decisions: 3 }, engine);
      const quorum = defaultQuorum(nodes);
      expect(counts.messages / 3).toBe(3 * (nodes - 1));
      expect(new Set(latencies_us)).toEqual(new Set([nodes === 1 ? 200_000 : 400_000]));
      expect(new Set(replicaLatencies_us)).toEqual(new Set([nodes === 1 ? 0 : 300_000]));
      // The generator signs the request and the reply, each signer the block.
      expect(counts.signs! / 3).toBe(nodes + 2);
      // Each signer checks the generator's signature and the M of the block; the generator the M - 1 of others, and no one the generator's on the block.
      expect(counts.verifies! / 3).toBe((nodes - 1) * (1 + quorum) + quorum - 1);
      expect(counts.votes! / 3).toBe(nodes - 1);
      // Pending, signed and published at the generator, signed at each other.
      expect(counts.persists! / 3).toBe(nodes + 2);
    }
  });

  test('with a generator of its own (n = N + 1, M + 1): 15 requests, 15 answers of which 10 are needed, 15 blocks', () => {
    const { counts } = run({ nodes: 16, decisions: 4, parameters: { quorum: 11 } });
    expect(counts.messages / 4).toBe(15 + 15 + 15);
  });

  test('bytes: 10 signatures are 640 B of a published block; whole blocks once more where a suite says so', () => {
    const bytes = (parameters: object) => run({ nodes: 15, decisions: 1, parameters: { ...parameters } }).counts.bytes / 14;
    const batch = 13 + 500 * 250;
    expect(bytes({})).toBe(49 + 44 + 64 + batch + (49 + 64) + (49 + 44 + 10 * (4 + 64)));
    expect(bytes({ publishes: 'block' }) - bytes({})).toBe(batch);
  });

  test('a block at each multiple of the period, none empty', () => {
    const { latencies_us } = run({ nodes: 4, decisions: 4, parameters: { block_period_ms: 1000 } });
    // Asked at 0.1 s it is made at 1 s and there at 1.3 s; the next request comes at 1.4 s, and waits for 2 s.
    expect(latencies_us).toEqual([1_300_000, 1_000_000, 1_000_000, 1_000_000]);
  });
});

describe('the M-th of N answers', () => {
  test.each([
    [16, 11],
    [15, 10],
  ])('n = %i, M = %i, answers exponential, no other delay: E = (H_N - H_(N-k)) / rate for the k-th of N others', (nodes, quorum) => {
    const expected = harmonic(nodes - 1) - harmonic(nodes - quorum);
    // 10 of 15 others: a generator of its own.
    if (nodes === 16) expect(expected).toBeCloseTo(1.0349, 4);
    const cell = makeCell(federated, { nodes, decisions: 2000, network: fixed(0), parameters: { quorum, retry_timeout_ms: 60_000 } });
    const setup = setupOf(cell, federated, { kernels: simulationKernels }) as Setup<FederatedParameters>;
    // The generator alone in region 0; only from region 1 to it a delay, of mean 1 s.
    const quantiles_us = new Int32Array(4 * QUANTILES);
    for (let k = 0; k < QUANTILES; k++) quantiles_us[2 * QUANTILES + k] = Math.round(-1e6 * Math.log(1 - (k + 0.5) / QUANTILES));
    const placement = Int32Array.from(range(0, nodes - 1), (node) => Math.min(node, 1));
    const network = { ...setup.network, regions: 2, quantiles_us, placement };
    const { latencies_us } = federated.engines.messages!({ ...setup, network });
    expect(latencies_us).toHaveLength(2000);
    const mean = latencies_us.reduce((sum, us) => sum + us / 1e6, 0) / 2000;
    const sd = Math.sqrt(latencies_us.reduce((sum, us) => sum + (us / 1e6 - mean) ** 2, 0) / 1999);
    const error = sd / Math.sqrt(2000);
    expect(2 * error).toBeLessThan(0.05 * expected);
    expect(Math.abs(mean - expected) / error).toBeLessThan(4);
  });
  test('the generator waits for the 9th of the 14 other signatures, each a way there and back', () => {
    const arrivals: number[] = [];
    const cell: CellOptions = { ...CONSORTIUM, network: { ...WAN, bandwidth_mbps: 0 } as NetworkSpec, node: FREE, decisions: 1 };
    const lines: { at_us: number; text: string; node: string }[] = [];
    simulate(federated, cell, { engine: 'messages', trace: (line) => lines.push(line) });
    for (const { at_us, text } of lines) if (text.includes('SIGNATURE')) arrivals.push(at_us);
    const first = lines.find(({ text }) => text.includes('BLOCK'))!;
    const ninth = arrivals.sort((a, b) => a - b)[8]!;
    expect(arrivals).toHaveLength(14);
    expect(first.at_us).toBeGreaterThan(ninth);
    const fewer = run({ ...cell, parameters: { quorum: 2 } }).latencies_us[0]!;
    const all = run({ ...cell, parameters: { quorum: 15 } }).latencies_us[0]!;
    const ten = run(cell).latencies_us[0]!;
    const at = (k: number): number => arrivals[k - 1]!;
    expect([ten - fewer, all - ten]).toEqual([at(9) - at(1), at(14) - at(9)]);
  });
});

describe('N1: 10 of 15', () => {
  const safety = (nodes: readonly number[], seed: number) => run({ ...CONSORTIUM, seed, fault: { kind: 'equivocate', nodes } }).safety;
  test('an equivocating generator forks the chain with 5 double signers and never with 4', () => {
    for (const seed of range(1, 20)) {
      expect(safety([0, ...range(12, 14)], seed)).toBe('ok');
      expect(safety([0, ...range(11, 14)], seed)).toBe('violated');
    }
  });
  test('with a correct generator 9 colluding signers make no second block, 10 do: nobody looks for the generator’s signature', () => {
    for (const seed of range(1, 10)) {
      expect(run({ ...CONSORTIUM, seed, fault: { kind: 'equivocate', nodes: range(6, 14) } })).toMatchObject({
        safety: 'ok',
        state: 'done',
      });
      expect(safety(range(5, 14), seed)).toBe('violated');
    }
  });
  test('5 down are borne, 6 halt', () => {
    for (const engine of ['waves', 'messages'] as const) {
      expect(run({ ...CONSORTIUM, fault: { count: 5 } }, engine)).toMatchObject({ state: 'done', liveness: 'ok' });
      const { state, liveness, reason } = run({ ...CONSORTIUM, fault: { count: 6 } }, engine);
      expect({ state, liveness }).toEqual({ state: 'stalled', liveness: 'violated' });
      expect(reason).toContain('9 of 15 signers are left for good, fewer than the 10');
    }
  });
  test('A to 8 and B to 7: neither has 10, the height is used up, and the halt is for good, not a fork', () => {
    const asked = new Map<string, Set<string>>();
    const trace = ({ node, text }: { node: string; text: string }): void => {
      const block = /SIGN-REQUEST +height 1 +block (\d+)/.exec(text)?.[1];
      if (block === undefined || [...asked.values()].some((nodes) => nodes.has(node))) return;
      asked.set(block, (asked.get(block) ?? new Set()).add(node));
    };
    const { outcome } = simulate(federated, { ...CONSORTIUM, fault: { kind: 'equivocate', count: 1 } }, { engine: 'messages', trace });
    // 7 others and itself, and 7.
    expect([...asked.values()].map((nodes) => nodes.size)).toEqual([7, 7]);
    expect(outcome).toMatchObject({ state: 'stalled', safety: 'ok', liveness: 'violated', decisions: 0 });
    expect(outcome.reason).toContain('their height is used up');
  });
  test('a majority (8 of 15) instead of 10: the generator forks it with two', () => {
    const options: CellOptions = { ...CONSORTIUM, parameters: { quorum: 8 } };
    expect(run({ ...options, fault: { kind: 'equivocate', count: 1 } }).safety).toBe('violated');
  });
  test('the generator down for good halts it, and no other takes its place; while it is down it waits', () => {
    expect(run({ ...CONSORTIUM, fault: { kind: 'silent-leader', count: 1 } })).toMatchObject({ state: 'stalled', liveness: 'violated' });
    const back = run({ ...CONSORTIUM, fault: { kind: 'silent-leader', count: 1, from_s: 0.3, until_s: 4 } });
    expect(back).toMatchObject({ state: 'done', safety: 'ok', durability: 'ok', decisions: 5 });
  });
});

test('N2: the share of runs in which blocks go on is P(at least 10 of 15 up), the generator being up', () => {
  for (const [p, samples] of [
    [0.5, 8000],
    [0.8, 2000],
    [0.9, 2000],
  ] as const) {
    let state = 12345;
    const uniform = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const memo = new Map<number, boolean>();
    let live = 0;
    for (let i = 0; i < samples; i++) {
      const nodes = range(1, 15).filter(() => uniform() >= p);
      const key = nodes.length;
      // Who is down makes no difference to whether blocks go on (the next test); each number of them is run once.
      if (!memo.has(key)) memo.set(key, run({ nodes: 16, decisions: 1, parameters: { quorum: 11 }, fault: { nodes } }).state === 'done');
      if (memo.get(key)!) live += 1;
    }
    const expected = atLeast(10, 15, p);
    const error = Math.sqrt((expected * (1 - expected)) / samples);
    expect(Math.abs(live / samples - expected) / error).toBeLessThan(4);
    expect(2 * error).toBeLessThan(0.06 * expected);
  }
});

test('any set of N - M signers may be down, and no set of more', () => {
  const cells = fc.record({
    order: fc.shuffledSubarray(range(1, 14), { minLength: 14 }),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
  });
  holds(
    fc.property(cells, ({ order, seed }) => {
      expect(run({ ...CONSORTIUM, seed, fault: { nodes: order.slice(0, 5) } }).state).toBe('done');
      expect(run({ ...CONSORTIUM, seed, fault: { nodes: order.slice(0, 6) } }).liveness).toBe('violated');
    }),
    { numRuns: 20, seed: 11 },
  );
});

describe('the two programs', () => {
  test('waves are messages to the bit: 150 drawn cells', () => {
    const cells = fc.record({
      nodes: fc.integer({ min: 1, max: 16 }),
      network: fc.constantFrom<NetworkSpec>(fixed(100), WAN, { ...WAN, loss: 0.05 } as NetworkSpec, {
        kind: 'normal',
        mean_ms: 80,
        sd_ms: 30,
        ...LINK,
      }),
      node: fc.constantFrom(FREE, SERVER),
      seed: fc.integer({ min: 0, max: 2 ** 52 }),
      crashed: fc.integer({ min: 0, max: 3 }),
      block_period_ms: fc.constantFrom(0, 0, 150, 1000),
      publishes: fc.constantFrom('certificate', 'block'),
    });
    let ran = 0;
    holds(
      fc.property(cells, ({ crashed, block_period_ms, publishes, ...cell }) => {
        const count = Math.min(crashed, downBorne(cell.nodes, defaultQuorum(cell.nodes)));
        const options: CellOptions = { ...cell, decisions: 6, parameters: { block_period_ms, publishes }, fault: { count } };
        const found = simulate(federated, options);
        if (found.engine !== 'waves') return;
        ran += 1;
        expect({ ...found.outcome, events: 0 }).toEqual({ ...run(options), events: 0 });
      }),
      { numRuns: 150, seed: 21 },
    );
    expect(ran).toBeGreaterThan(enough(100));
  });

  test('phases written so give the same rows', () => {
    for (const [nodes, network, node] of [
      [4, fixed(100), FREE],
      [7, WAN, SERVER],
      [15, { ...WAN, loss: 0.02 } as NetworkSpec, SERVER],
    ] as [number, NetworkSpec, typeof FREE][]) {
      const quorum = defaultQuorum(nodes);
      const written =
        'leader>others batch bytes:157 persists as:SIGN-REQUEST; ' +
        `all>leader ${quorum} persists as:SIGNATURE; leader>others carries:${quorum} signed:false bytes:93 persists as:BLOCK`;
      const parameters = { phases: written, replies_from: 'leader', replies: 1, log_window: 1 };
      const own = run({ nodes, network, node, decisions: 10 }, 'auto');
      for (const engine of ['waves', 'messages'] as const) {
        const { outcome } = simulate(phases, { nodes, network, node, decisions: 10, parameters }, { engine });
        for (const key of ['latencies_us', 'counts', 'replicaLatencies_us', 'safety', 'durability', 'elapsed_us'] as const)
          expect(outcome[key], key).toEqual(own[key]);
      }
    }
  });

  test('10 000 signers run on waves', () => {
    expect(simulate(federated, { nodes: 10_000, network: WAN, node: SERVER, decisions: 2 })).toMatchObject({
      engine: 'waves',
      outcome: { state: 'done' },
    });
  });
});

describe('faults within the bound', () => {
  const kinds = ['crash', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition'] as const;
  test.each(kinds)('%s of f, whoever they are: safe; live with a correct generator, or after it has healed', (kind) => {
    const cells = fc.record({
      nodes: fc.integer({ min: 4, max: 13 }),
      seed: fc.integer({ min: 0, max: 2 ** 52 }),
      network: fc.constantFrom(WAN, fixed(50)),
      withGenerator: fc.boolean(),
      order: fc.shuffledSubarray(range(1, 12), { minLength: 12 }),
    });
    holds(
      fc.property(cells, ({ withGenerator, order, ...cell }) => {
        const others = order.filter((node) => node < cell.nodes);
        const nodes = (withGenerator ? [0, ...others] : others).slice(0, faultsBorne(cell.nodes));
        const more = { delay: { delay_ms: 700 }, loss: { loss: 0.7 } }[kind as string] ?? {};
        const lies = ['equivocate', 'wrong-vote', 'bad-signature', 'replay'].includes(kind);
        const window = lies ? {} : { from_s: 0.2, until_s: 3 };
        const outcome = run({ ...cell, node: SERVER, decisions: 8, fault: { kind, nodes, ...more, ...window } as Partial<FaultSpec> });
        expect(outcome.safety).not.toBe('violated');
        expect(outcome.durability).not.toBe('violated');
        if (!lies || !withGenerator) expect(outcome).toMatchObject({ state: 'done', decisions: 8 });
      }),
      { numRuns: 15, seed: 31 },
    );
  });

  test('whoever crashes and comes back, several times: nothing signed is forgotten', () => {
    const windows = fc.array(
      fc.record({
        nodes: fc.subarray(range(0, 6), { minLength: 1 }),
        up_ms: fc.integer({ min: 1, max: 900 }),
        down_ms: fc.integer({ min: 1, max: 2000 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    holds(
      fc.property(windows, fc.integer({ min: 0, max: 2 ** 52 }), (list, seed) => {
        let at_ms = 0;
        const schedule = list.map(({ nodes, up_ms, down_ms }) => {
          const from_s = (at_ms += up_ms) / 1000;
          return { kind: 'crash' as const, placement: 'worst' as const, nodes, from_s, until_s: (at_ms += down_ms) / 1000 };
        });
        const outcome = run({ nodes: 7, network: WAN, node: SERVER, seed, decisions: 15, fault: { kind: 'schedule', schedule } });
        expect(outcome).toMatchObject({ state: 'done', safety: 'ok', durability: 'ok', liveness: 'ok' });
      }),
      { numRuns: 40, seed: 41 },
    );
  });
});

test.each<LoadSpec>([
  { kind: 'closed', in_flight: 8, ...LOAD_RULES, warmup_s: 1, window_s: 5 },
  { kind: 'open', rate_tps: 500, arrivals: 'poisson', ...LOAD_RULES, warmup_s: 1, window_s: 5 },
  { kind: 'saturate', p99_ms: 1000, arrivals: 'poisson', ...LOAD_RULES, warmup_s: 0.5, window_s: 2 },
])('load $kind: transactions add up', (load) => {
  const { load: found, safety } = run({ nodes: 7, network: fixed(5), node: SERVER, load });
  expect(safety).toBe('ok');
  expect(found!.submitted).toBe(found!.committed + found!.rejected + found!.waiting);
  expect(found!.committed).toBeGreaterThan(0);
});

describe('transcripts', () => {
  const transcript = (options: CellOptions): string =>
    transcriptOf((trace) => simulate(federated, { nodes: 4, decisions: 1, ...options }, { engine: 'messages', trace }), { name_chars: 9 });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('one block', async () => {
    await expect(transcript({})).toMatchFileSnapshot('../../golden/federated-signing-normal-case.txt');
  });
  test('the generator crashes between request and quorum, and asks again for the same block', async () => {
    const fault = { kind: 'crash' as const, nodes: [0], from_s: 0.25, until_s: 1 };
    await expect(transcript({ fault })).toMatchFileSnapshot('../../golden/federated-signing-leader-failure.txt');
  });
});
