// Gasper in both engines: finality by epochs, forks and faults, costs, and real work.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import type { ChainHistory } from '../../../harness/simulate/chain/spec.ts';
import { LOAD_RULES } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import gasper, { due_us, gasperSpec } from '../../../workloads/pos-gasper/index.ts';
import { Committees } from '../../../workloads/pos-gasper/committees.ts';
import { FREE, WAN, fixed } from '../../cells.ts';
import { chainSetup, type Wanted } from '../../simulate/chain-setup.ts';
import { both, cells, result } from '../../simulate/chain/drawn.ts';
import { enough, holds } from '../../support/property.ts';
import { transcriptOf } from '../../support/transcript.ts';

const SLOT_us = 12_000_000;
const MINUTE_us = 60_000_000;
/** Votes of few validators, so that a test is quick. */
const FEW = { validators: 256 };

const run = (wanted: Wanted): Outcome =>
  gasper.engines.chain!(chainSetup(gasper, { nodes: 8, ...wanted, parameters: { ...FEW, ...wanted.parameters } }));
function historyOf(wanted: Wanted): { history: ChainHistory; outcome: Outcome } {
  const setup = chainSetup(gasper, { nodes: 8, ...wanted, parameters: { ...FEW, ...wanted.parameters }, collect: true });
  let history: ChainHistory | undefined;
  const outcome = runChain(setup, { ...gasperSpec(setup), operations: (found) => ((history = found), []) });
  return { history: history!, outcome };
}

test('chain equals messages: all fields of the outcome and the history, over drawn cells', () => {
  const parameters = fc.record({
    relay: fc.constantFrom('announce', 'compact', 'direct'),
    peer_degree: fc.constantFrom(2, 3, 8, 'all'),
    slot_s: fc.constantFrom(1, 12),
    slots_per_epoch: fc.constantFrom(1, 2, 4),
    validators: fc.constantFrom(8, 50, 256),
    proposer_boost_percent: fc.constantFrom(0, 40, 100),
    attestation_due_bps: fc.constantFrom(1, 3333, 9000),
  });
  let forks = 0;
  let done = 0;
  holds(
    fc.property(cells, parameters, (cell, p) => {
      const fault =
        cell.fault.kind === 'double-spend'
          ? { kind: 'equivocate' as const, ratio: 0.4, until_s: 5 * p.slot_s }
          : cell.fault.kind === 'power-loss'
            ? { kind: 'equivocate' as const, ratio: 0.3 }
            : cell.fault;
      const wanted: Wanted = { ...cell, fault, nodes: Math.min(cell.nodes, 10), parameters: p, horizon_us: 40e6 * p.slot_s };
      const { chain, messages } = both(gasper, gasperSpec, wanted);
      expect(result(chain)).toEqual(result(messages));
      forks += chain.stale?.stale ?? 0;
      done += chain.state === 'done' ? 1 : 0;
    }),
    { seed: 3, numRuns: 30 },
  );
  expect(forks).toBeGreaterThan(enough(0));
  expect(done).toBeGreaterThan(enough(5));
});

describe('finality without faults', () => {
  test('a checkpoint is final two epochs, 12.8 minutes, after its slot; each block before it at the same time', () => {
    const { history, outcome } = historyOf({ network: fixed(100), decisions: 200 });
    let submitted_us = 0;
    history.main.slice(1, 201).forEach((number, i) => {
      const { found_us } = history.blocks[number]!;
      const checkpoint = Math.ceil(found_us / SLOT_us / 32);
      expect(submitted_us + outcome.finalities_us[i]!).toBe((checkpoint + 2) * 32 * SLOT_us);
      submitted_us += outcome.latencies_us[i]!;
    });
    expect(32 * SLOT_us * 2).toBe(12.8 * MINUTE_us);
  });
  test('12.8 to 19.2 minutes after a transaction, and 16.0 on average', () => {
    const load = { ...LOAD_RULES, kind: 'open', rate_tps: 0.25, arrivals: 'poisson', warmup_s: 120, window_s: 96_000 } as const;
    const { finalities_us, load: found, safety } = run({ network: fixed(10), node: FREE, load });
    expect(safety).toBe('ok');
    expect(found!.committed).toBe(found!.submitted);
    const minutes = finalities_us.map((us) => us / MINUTE_us);
    expect(Math.min(...minutes)).toBeGreaterThan(12.8);
    expect(Math.max(...minutes)).toBeLessThan(19.2 + 0.01);
    const mean = minutes.reduce((sum, one) => sum + one, 0) / minutes.length;
    // Uniform over an epoch of 6.4 minutes.
    const deviation = 6.4 / Math.sqrt(12 * minutes.length);
    expect(1.96 * deviation).toBeLessThan(0.05 * 16);
    expect(Math.abs(mean - 16) / deviation).toBeLessThan(4);
  });
  test('votes are due after 3333 of 10 000 parts of a slot, each validator votes once an epoch, and all votes of a slot are on its block', () => {
    const { history } = historyOf({ network: WAN, decisions: 100 });
    expect(due_us(gasper.parameters.parse({}))).toBe(3_999_600);
    const committees = new Committees(chainSetup(gasper, { nodes: 8, parameters: FEW }));
    const found = new Map(history.blocks.slice(1).map(({ number, found_us }) => [found_us / SLOT_us, number]));
    const weights = new Map<number, number>();
    for (const { round, block, voter, cast_us } of history.votes) {
      expect(cast_us).toBe(round * SLOT_us + 3_999_600);
      expect(block).toBe(found.get(round) ?? 0);
      const members = committees.members(round, voter);
      expect(members.every((validator) => committees.nodeOf(validator) === voter)).toBe(true);
      for (const validator of members)
        weights.set(validator + 1000 * Math.floor(round / 32), (weights.get(validator + 1000 * Math.floor(round / 32)) ?? 0) + 1);
    }
    const epochs = Math.floor(history.votes.at(-1)!.round / 32);
    for (let validator = 0; validator < 256; validator++)
      for (let epoch = 0; epoch < epochs; epoch++) expect(weights.get(validator + 1000 * epoch)).toBe(1);
  });
});

describe('faults', () => {
  test('with exactly two thirds of the votes there is finality, an epoch later; with fewer there is none', () => {
    const crashed = (nodes: number, count: number): Outcome =>
      run({
        nodes,
        network: fixed(100),
        decisions: 5,
        fault: { kind: 'crash', count },
        parameters: { validators: 192, slots_per_epoch: 4 },
      });
    const [all, exactly, fewer] = [0, 2, 3].map((count) => crashed(6, count));
    expect(all).toMatchObject({ state: 'done', safety: 'ok' });
    expect(exactly).toMatchObject({ state: 'done', safety: 'ok' });
    expect(fewer).toMatchObject({ state: 'stalled', decisions: 0, liveness: 'unknown' });
    // The votes of an epoch's last slot are carried in the next one: where all others are less than two thirds, checkpoints are justified an epoch later.
    expect(exactly!.finalities_us[0]! - all!.finalities_us[0]!).toBeGreaterThanOrEqual(4 * SLOT_us);
  });
  test('halves that do not hear of each other make nothing final, and come to one chain when they do', () => {
    const fault = { kind: 'partition', ratio: 0.5, from_s: 60, until_s: 1500 } as const;
    const setup = chainSetup(gasper, {
      nodes: 8,
      network: fixed(100),
      decisions: 150,
      fault,
      parameters: { ...FEW, slots_per_epoch: 8 },
      collect: true,
    });
    let history: ChainHistory | undefined;
    const outcome = runChain(setup, { ...gasperSpec(setup), operations: (found) => ((history = found), []) });
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok' });
    // Blocks of the side that lost are stale.
    expect(outcome.stale!.stale).toBeGreaterThan(20);
    const cut = history!.main.slice(1, 151).map((number) => history!.blocks[number]!.found_us);
    let submitted_us = 0;
    let early = 0;
    outcome.finalities_us.forEach((finality, i) => {
      const final_us = submitted_us + finality;
      // Of the epochs during the partition none is justified.
      if (cut[i]! > 240e6 && cut[i]! < 1400e6) expect(final_us).toBeGreaterThan(1500e6);
      if (cut[i]! <= 240e6) early += 1;
      submitted_us += outcome.latencies_us[i]!;
    });
    expect(early).toBeGreaterThan(0);
  });
  // Each half, with the faces that it sees, has (1 - phi)/2 + phi of the votes: two thirds where phi is a third.
  test.each([
    [6, 1, 'ok'],
    [6, 2, 'violated'],
    [9, 2, 'ok'],
    [9, 3, 'violated'],
    [12, 3, 'ok'],
    [12, 4, 'violated'],
  ])('of %i nodes %i equivocate before halves that are kept apart: safety %s', (nodes, count, safety) => {
    for (const until_s of [undefined, 900]) {
      const fault = { kind: 'equivocate' as const, count, ...(until_s === undefined ? {} : { until_s }) };
      const outcome = run({
        nodes,
        network: fixed(100),
        decisions: 40,
        fault,
        parameters: { validators: 12 * nodes, slots_per_epoch: 4 },
      });
      expect(outcome).toMatchObject({ state: 'done', liveness: 'ok', safety });
      expect(outcome.observations!['slashable_share']).toBeCloseTo(count / nodes, 12);
    }
  });
  test('accountable safety: where final blocks contradict each other, votes of a third of the validators or more are slashable; below a third of faulty ones those of correct ones are not', () => {
    let violated = 0;
    let held = 0;
    const drawn = fc.record({
      nodes: fc.integer({ min: 2, max: 12 }),
      ratio: fc.constantFrom(0.1, 0.25, 0.34, 0.5, 0.7),
      validators: fc.constantFrom(24, 100),
      slots_per_epoch: fc.constantFrom(2, 4),
      delay_ms: fc.constantFrom(100, 2000),
      from_s: fc.constantFrom(0, 100),
      until_s: fc.constantFrom(400, 1200),
      seed: fc.nat(1000),
    });
    holds(
      fc.property(drawn, ({ nodes, ratio, validators, slots_per_epoch, delay_ms, from_s, until_s, seed }) => {
        const fault = { kind: 'equivocate' as const, ratio, from_s, until_s };
        const { safety, observations, state } = run({
          nodes,
          seed,
          network: fixed(delay_ms),
          decisions: 40,
          fault,
          parameters: { validators, slots_per_epoch },
        });
        const faulty = Math.floor(ratio * nodes);
        if (faulty === 0 || state !== 'done') return;
        const { slashable_share } = observations!;
        // Below a third of the faulty nodes' validators alone: later correct ones, without slashing protection, surround their own votes when the halves meet.
        const most = faulty * Math.ceil(validators / nodes);
        if (3 * most < validators) expect(slashable_share).toBeLessThanOrEqual(most / validators);
        if (safety === 'violated') expect(slashable_share).toBeGreaterThanOrEqual(1 / 3);
        if (3 * most < validators) expect(safety).toBe('ok');
        violated += safety === 'violated' ? 1 : 0;
        held += safety === 'ok' ? 1 : 0;
      }),
      { seed: 5, numRuns: 40 },
    );
    expect(violated).toBeGreaterThan(enough(5));
    expect(held).toBeGreaterThan(enough(5));
  });
  test('equivocate is refused where it has no meaning, and says what is accepted', () => {
    const problems = (fault: object, more: object = {}): string[] =>
      gasper.problems!({
        ...chainSetup(gasper, { nodes: 4 }).cell,
        parameters: gasper.parameters.parse({}),
        fault: { kind: 'equivocate', ...fault },
        ...more,
      } as never).map(({ accepts }) => accepts);
    expect(problems({ count: 1 })).toEqual([]);
    expect(problems({ nodes: [0] })).toEqual(["equivocate without node 0, which is the client's"]);
    expect(problems({ count: 1, from_s: 5 })).toEqual(['equivocate from the start, or with an until_s']);
    expect(problems({ count: 1 }, { load: { kind: 'open' } })).toEqual(['equivocate under a closed load']);
    expect(problems({ count: 1 }, { crypto: 'measured' })).toEqual(['equivocate with crypto modelled']);
  });
  test('the second face of a node is called so in transcripts and trees, on both engines', () => {
    const wanted: Wanted = {
      nodes: 3,
      network: fixed(100),
      decisions: 2,
      fault: { kind: 'equivocate', count: 1 },
      parameters: { ...FEW, slots_per_epoch: 2 },
    };
    for (const engine of ['chain', 'messages'] as const) {
      const setup = chainSetup(gasper, wanted);
      const names = new Set<string>();
      let tree: readonly string[] = [];
      gasper.engines[engine]!({ ...setup, trace: ({ node }) => names.add(node), tree: ({ participants }) => (tree = participants) });
      expect(tree).toEqual(['node 0', 'node 1', 'node 2', 'node 2, second face']);
      expect(names).toContain('node 2, second face');
    }
  });
  test('it stands against one validator fewer than a third, which the record says', () => {
    expect(run({ network: fixed(100), decisions: 3 }).adversaryShare).toBe(85 / 256);
  });
  test('a proposer that is down leaves its slots empty: blocks come in the share of slots that is left', () => {
    const { history } = historyOf({ nodes: 10, network: fixed(100), decisions: 300, fault: { kind: 'crash', count: 2 } });
    const blocks = history.totals.found;
    const p = 0.8;
    const z = (blocks - history.totals.slots * p) / Math.sqrt(history.totals.slots * p * (1 - p));
    expect(Math.abs(z)).toBeLessThan(4);
    expect((1.96 * Math.sqrt((p * (1 - p)) / history.totals.slots)) / p).toBeLessThan(0.05);
  });
  test('blocks that come too late for the votes of their slot fork the chain without a boost, where the next proposer has not seen them either', () => {
    const stale = (delay_ms: number): number =>
      run({ network: fixed(delay_ms), decisions: 60, parameters: { relay: 'direct' } }).stale!.stale;
    expect(stale(3000)).toBe(0);
    expect(stale(13_000)).toBeGreaterThan(10);
  });
});

describe('counting', () => {
  test('each validator signs once an epoch; a block two signatures; each receiver checks both, and each aggregate once', () => {
    const { history, outcome } = historyOf({ network: fixed(100), decisions: 40, parameters: { relay: 'direct', validators: 4096 } });
    const { totals } = history;
    expect(totals.voteWeight).toBe(totals.votes * 16);
    // Block 40 is final with checkpoint 64, at the begin of slot 128.
    expect(totals.votes).toBe(8 * 128);
    expect(outcome.counts).toMatchObject({
      shares: 2 * totals.found + totals.voteWeight,
      aggregated: totals.voteWeight,
      aggregate_verifies: 2 * 7 * totals.found + totals.votes + 7 * totals.votes,
      votes: 7 * totals.votes,
      messages: 7 * (totals.found + totals.votes),
    });
  });
});

// Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
test('five epochs of two slots as a transcript', async () => {
  const wanted: Wanted = {
    nodes: 3,
    network: fixed(100),
    decisions: 3,
    parameters: { validators: 6, slots_per_epoch: 2, relay: 'direct' },
  };
  const transcript = transcriptOf((trace) => {
    const setup = chainSetup(gasper, { ...wanted, trace });
    return runChain(setup, gasperSpec(setup));
  });
  await expect(transcript).toMatchFileSnapshot('../../golden/pos-gasper.txt');
});
