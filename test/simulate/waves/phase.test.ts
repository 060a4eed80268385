// Phases against the message engine: the same protocol once as phases and once message by message.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runMessages, type Message } from '../../../harness/simulate/messages/engine.ts';
import { PhaseEngine, type Phase } from '../../../harness/simulate/waves/phase.ts';
import { byzantineQuorum } from '../../../harness/simulate/core/quorum.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import type { Role } from '../../../harness/model/role.ts';
import { LINK, WAN, fixed, type CellOptions } from '../../cells.ts';
import { setup } from '../messages/scripted.ts';
import { enough, holds } from '../../support/property.ts';

const networks = fc.constantFrom(
  fixed(0),
  fixed(50),
  WAN,
  { ...WAN, loss: 0.05 },
  { ...WAN, bandwidth_mbps: 5 },
  { ...WAN, bandwidth_mbps: [5, 300, 20] },
  { kind: 'normal' as const, mean_ms: 20, sd_ms: 8, ...LINK },
);
/** Of one region: roles are spread over the regions each by itself. */
const normal = { kind: 'normal' as const, mean_ms: 20, sd_ms: 8, ...LINK };
const oneRegion = fc.constantFrom(
  fixed(50),
  normal,
  { ...normal, loss: 0.05 },
  { ...normal, bandwidth_mbps: 5 },
  { ...normal, bandwidth_mbps: [2, 40] },
);
const cells = fc.record({ nodes: fc.integer({ min: 2, max: 13 }), network: networks, seed: fc.nat(), crashed: fc.nat() });
const cellOf = ({ nodes, network, seed, crashed }: { nodes: number; network: CellOptions['network']; seed: number; crashed: number }) => ({
  nodes,
  network: network!,
  seed,
  fault: { kind: 'crash' as const, count: crashed % (Math.floor((nodes - 1) / 3) + 1) },
});

const PROPOSAL = { type: 1, view: 0, bytes: 5000 };
const VOTE = { type: 2, view: 0, bytes: 200 };
const ROUNDS = 4;
const LEADER = 0;
const checking_ns = (checked: number): number => 1500 + 700 * checked;

/** The arrows of a linear protocol such as HotStuff: four times a proposal to all and votes to the leader. */
function linearAsPhases(made: Setup): { engine: PhaseEngine; rounds_us: number[] } {
  const engine = new PhaseEngine(made, { mac: false });
  const need = byzantineQuorum(made.nodes);
  const rounds_us: number[] = [];
  const ready_us = engine.column_us();
  ready_us[LEADER] = 0;
  for (let sequence = 1; sequence <= ROUNDS; sequence++) {
    const common = { sequence, processing_ns: checking_ns };
    const proposed = engine.phase({ ...common, ...PROPOSAL, from: LEADER, to: 'all', ready_us, need: 1, check: 'single' });
    const votes_us = proposed.reached_us.slice();
    votes_us[LEADER] = ready_us[LEADER]!;
    const voted: Phase = { ...common, ...VOTE, from: 'all', to: LEADER, ready_us: votes_us, need, own: true, check: 'batch', isVote: true };
    ready_us[LEADER] = engine.phase(voted).reached_us[LEADER]!;
    rounds_us.push(ready_us[LEADER]);
  }
  return { engine, rounds_us };
}

function linearAsMessages(made: Setup): { messages: number; bytes: number; rounds_us: number[] } {
  const need = byzantineQuorum(made.nodes);
  const rounds_us: number[] = [];
  const run = runMessages<{ id: number; votes: number; sequence: number }, Message>(
    {
      nodes: made.nodes,
      participants: made.nodes,
      init: (id) => ({ id, votes: 1, sequence: 1 }),
      done: () => false,
      step: (state, input, out) => {
        const propose = (): void => {
          if (state.sequence > ROUNDS) return;
          out.multicast({ ...PROPOSAL, sequence: state.sequence });
          if (need === 1) out.work(checking_ns(0), null);
        };
        if (input.kind === 'start' && state.id === LEADER) propose();
        else if (input.kind === 'message' && state.id !== LEADER) out.work(checking_ns(1), input.message.sequence);
        else if (input.kind === 'work' && state.id !== LEADER) out.send(LEADER, { ...VOTE, sequence: input.token as number });
        else if (input.kind === 'message' && input.message.sequence === state.sequence && ++state.votes === need)
          out.work(checking_ns(need - 1), null);
        else if (input.kind === 'work') {
          rounds_us.push(input.now_us);
          state.sequence += 1;
          state.votes = 1;
          propose();
        }
      },
    },
    made,
  );
  return { messages: run.messages, bytes: run.bytes, rounds_us };
}

describe('phases equal the same arrows message by message', () => {
  test('from a leader to all and from all to it, four times over', () => {
    holds(
      fc.property(cells, (drawn) => {
        const made = setup(cellOf(drawn));
        const { engine, rounds_us } = linearAsPhases(made);
        const messages = linearAsMessages(made);
        expect(rounds_us).toEqual(messages.rounds_us);
        expect(rounds_us).toHaveLength(ROUNDS);
        expect([engine.messages, engine.bytes]).toEqual([messages.messages, messages.bytes]);
        const live = engine.live.length;
        const checked = byzantineQuorum(made.nodes) - 1;
        expect(engine.log.signs).toBe(ROUNDS * (1 + live));
        expect(engine.log.verifies).toBe(ROUNDS * (live - 1 + checked));
        expect(engine.log.votes).toBe(ROUNDS * (live - 1));
        expect([...engine.log.batches]).toEqual(checked > 1 ? [[checked, ROUNDS]] : []);
      }),
      { numRuns: 80, seed: 20261140 },
    );
  });

  test('from some to some, by weight; a set is sent to in the order of its members', () => {
    const weighted = fc.record({
      cell: cells,
      network: oneRegion,
      weights: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 13, maxLength: 13 }),
      need: fc.integer({ min: 1, max: 12 }),
      split: fc.nat(),
    });
    let reached = 0;
    holds(
      fc.property(weighted, ({ cell, network, weights, need, split }) => {
        const made = setup(cellOf({ ...cell, network }));
        const { nodes } = made;
        const senders = 1 + (split % (nodes - 1));
        const range = (first: number, end: number): Int32Array => Int32Array.from({ length: end - first }, (_, i) => first + i);
        const ready_us = new Float64Array(nodes + 1);
        const engine = new PhaseEngine(made, { mac: false });
        const phase: Phase = {
          type: 3,
          view: 2,
          sequence: 7,
          bytes: 900,
          from: range(0, senders),
          to: range(senders, nodes),
          ready_us,
          need,
          weights,
          check: 'batch',
        };
        const { complete_us } = engine.phase(phase);

        const expected_us = new Array<number>(nodes).fill(Infinity);
        const counted = new Array<number>(nodes).fill(0);
        const role = { counted: true, cores: 1, region: 'spread', faultable: true } as const;
        const roles: Role[] = [
          { ...role, id: 'sender', count: senders },
          { ...role, id: 'receiver', count: nodes - senders },
        ];
        const run = runMessages<{ id: number; weight: number }, Message>(
          {
            nodes,
            participants: nodes,
            roles,
            init: (id) => ({ id, weight: 0 }),
            done: () => false,
            step: (state, input, out) => {
              if (input.kind === 'start' && state.id < senders) out.multicast({ type: 3, view: 2, sequence: 7, bytes: 900 }, 'receiver');
              if (input.kind !== 'message' || state.weight >= need) return;
              counted[state.id]! += 1;
              state.weight += weights[input.from]!;
              if (state.weight >= need) expected_us[state.id] = input.now_us;
            },
          },
          made,
        );
        let checked = 0;
        for (let node = senders; node < nodes; node++) {
          if (made.faults.faulty[node] === 1) continue;
          expect(complete_us[node]).toBe(expected_us[node]);
          if (expected_us[node] === Infinity) continue;
          reached += 1;
          checked += counted[node]!;
        }
        expect(engine.log.verifies).toBe(checked);
        expect([engine.messages, engine.bytes]).toEqual([run.messages, run.bytes]);
      }),
      { numRuns: 80, seed: 20261141 },
    );
    expect(reached).toBeGreaterThan(enough(100));
  });
});

describe('one phase, evaluated in any way', () => {
  const all = fc.record({
    cell: cells,
    need: fc.integer({ min: 1, max: 13 }),
    own: fc.boolean(),
    ready: fc.array(fc.nat({ max: 90_000 }), { minLength: 14, maxLength: 14 }),
  });
  test('the kernel says what a need by receiver says message by message', () => {
    holds(
      fc.property(all, ({ cell, need, own, ready }) => {
        const made = setup(cellOf(cell));
        const ready_us = Float64Array.from(ready.slice(0, made.nodes + 1));
        const common: Omit<Phase, 'need'> = {
          type: 5,
          view: 1,
          sequence: 3,
          bytes: 400,
          from: 'all',
          to: 'all',
          ready_us,
          own,
          check: 'batch',
          isVote: true,
          processing_ns: checking_ns,
        };
        const kernel = new PhaseEngine(made, { mac: true });
        const single = new PhaseEngine(made, { mac: true });
        expect(kernel.phase({ ...common, need })).toEqual(single.phase({ ...common, need: () => need }));
        expect([kernel.messages, kernel.bytes, kernel.log.macs, kernel.log.votes]).toEqual([
          single.messages,
          single.bytes,
          single.log.macs,
          single.log.votes,
        ]);
      }),
      { numRuns: 100, seed: 20261142 },
    );
  });

  test('a gate holds a receiver back, and its work begins then', () => {
    const engine = new PhaseEngine(setup({ nodes: 4, network: fixed(10) }), { mac: false });
    const phase = {
      type: 1,
      view: 0,
      sequence: 1,
      bytes: 100,
      from: 0,
      to: 'all',
      ready_us: new Float64Array(5),
      need: 1,
      check: 'single',
    } as const;
    const gated = engine.phase({ ...phase, gate_us: Float64Array.of(0, 0, 25_000, 0, 0), processing_ns: () => 2500 });
    expect([...gated.complete_us]).toEqual([NaN, 10_000, 25_000, 10_000, NaN]);
    expect([...gated.reached_us]).toEqual([NaN, 10_003, 25_003, 10_003, NaN]);
  });

  test('more than all can send is never reached, and nothing is checked for it', () => {
    const engine = new PhaseEngine(setup({ nodes: 4, network: fixed(10), fault: { kind: 'crash', count: 1 } }), { mac: false });
    const phase = {
      type: 1,
      view: 0,
      sequence: 1,
      bytes: 100,
      from: 'all',
      ready_us: new Float64Array(5),
      own: true,
      check: 'batch',
    } as const;
    expect([...engine.phase({ ...phase, to: 'all', need: 4 }).reached_us]).toEqual([Infinity, Infinity, Infinity, NaN, NaN]);
    expect(engine.phase({ ...phase, to: 2, need: 4 }).reached_us[2]).toBe(Infinity);
    expect(engine.phase({ ...phase, to: Int32Array.of(1, 2), need: 4 }).reached_us[1]).toBe(Infinity);
    expect([engine.log.verifies, engine.messages]).toEqual([0, 9 + 2 + 4]);
  });
});
