// Phases whose votes make certificates, and phases by weight, against the message engine.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NODE_PROFILES } from '../../../harness/model/cell.ts';
import { OPERATIONS, operationSeconds } from '../../../harness/model/operations.ts';
import {
  aggregateShares_ns,
  certificate_bytes,
  checkCertificate_ns,
  type CertificateForm,
} from '../../../harness/simulate/core/certificates.ts';
import { OperationLog } from '../../../harness/simulate/core/operations.ts';
import { NeedsMessages, type Setup } from '../../../harness/simulate/core/contract.ts';
import { runMessages, type Message } from '../../../harness/simulate/messages/engine.ts';
import { PhaseEngine } from '../../../harness/simulate/waves/phase.ts';
import { LINK, SERVER, WAN, fixed } from '../../cells.ts';
import { costs } from '../../record/fixtures.ts';
import { enough, holds } from '../../support/property.ts';
import { setup } from '../messages/scripted.ts';

const MOST = 13;
const networks = fc.constantFrom(
  fixed(0),
  fixed(50),
  WAN,
  { ...WAN, loss: 0.05 },
  { ...WAN, bandwidth_mbps: 5 },
  { kind: 'normal' as const, mean_ms: 20, sd_ms: 8, ...LINK },
);
const drawn = fc.record({
  nodes: fc.integer({ min: 2, max: MOST }),
  network: networks,
  seed: fc.nat(),
  crashed: fc.nat(),
  weights: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: MOST, maxLength: MOST }),
  need: fc.integer({ min: 1, max: 20 }),
  form: fc.constantFrom<CertificateForm>('aggregate', 'list'),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;
const made = ({ nodes, network, seed, crashed }: Drawn): Setup =>
  setup({ nodes, network, seed, node: SERVER, fault: { kind: 'crash', count: crashed % Math.ceil(nodes / 2) } });

const LEADER = 0;
const ROUNDS = 4;
const HEADER_BYTES = 49;
const VOTE = { type: 2, view: 0, bytes: HEADER_BYTES + 64 };

/** How often each kind of work was done, and when each round ended. */
interface Work {
  signs: number;
  verifies: number;
  shares: number;
  aggregated: number;
  aggregate_verifies: number;
  aggregate_keys: number;
  rounds_us: number[];
}
const proposal_bytes = (form: CertificateForm, signers: number, nodes: number): number =>
  HEADER_BYTES + 64 + (signers === 0 ? 0 : certificate_bytes(form, signers, nodes));
const accept_ns = (form: CertificateForm, signers: number): number => SERVER.verify_ns + checkCertificate_ns(form, signers, SERVER);
const collect_ns = (form: CertificateForm, votes: number): number =>
  form === 'aggregate' ? aggregateShares_ns(votes, SERVER) : votes * SERVER.verify_batched_ns;

/** Each proposal carries the certificate that the leader has made of the votes on the one before. */
function asPhases(one: Setup, { weights, need, form }: Drawn): { engine: PhaseEngine; work: Work } {
  const engine = new PhaseEngine(one, { mac: false });
  const rounds_us: number[] = [];
  const ready_us = engine.column_us();
  ready_us[LEADER] = 0;
  let signers = 0;
  for (let sequence = 1; sequence <= ROUNDS && ready_us[LEADER] < Infinity; sequence++) {
    const proposed = engine.phase({
      type: 1,
      view: 0,
      sequence,
      bytes: proposal_bytes(form, signers, one.nodes),
      from: LEADER,
      to: 'all',
      ready_us,
      need: 1,
      check: 'single',
      certificate: { form, signers },
      processing_ns: () => accept_ns(form, signers),
    });
    const votes_us = proposed.reached_us.slice();
    votes_us[LEADER] = ready_us[LEADER];
    let votes = 0;
    const voted = engine.phase({
      ...VOTE,
      sequence,
      from: 'all',
      to: LEADER,
      ready_us: votes_us,
      need,
      weights,
      own: true,
      check: form === 'aggregate' ? 'aggregate' : 'batch',
      processing_ns: (checked) => collect_ns(form, (votes = checked)),
    });
    ready_us[LEADER] = voted.reached_us[LEADER];
    if (ready_us[LEADER] < Infinity) rounds_us.push(ready_us[LEADER]);
    signers = votes;
  }
  const counts = engine.log.counts(engine);
  const { shares = 0, aggregated = 0, aggregate_verifies = 0, aggregate_keys = 0, signs, verifies } = counts;
  return { engine, work: { signs, verifies, shares, aggregated, aggregate_verifies, aggregate_keys, rounds_us } };
}

/** null: the leader has enough weight before all that it or a voter sends has left its uplink, which phases refuse. */
function onWaves(one: Drawn): ReturnType<typeof asPhases> | null {
  try {
    return asPhases(made(one), one);
  } catch (error) {
    if (error instanceof NeedsMessages) return null;
    throw error;
  }
}

/** The same, each message by itself, each piece of work counted where it is done. */
function asMessages(one: Setup, { weights, need, form }: Drawn): { run: { messages: number; bytes: number }; work: Work } {
  const work: Work = { signs: 0, verifies: 0, shares: 0, aggregated: 0, aggregate_verifies: 0, aggregate_keys: 0, rounds_us: [] };
  const checkCertificate = (signers: number): void => {
    if (signers === 0) return;
    if (form === 'list') work.verifies += signers;
    else {
      work.aggregate_verifies += 1;
      work.aggregate_keys += signers;
    }
  };
  const leader = { sequence: 0, weight: 0, votes: 0, signers: 0, isOpen: false };
  const run = runMessages<{ id: number }, Message & { signers?: number }>(
    {
      nodes: one.nodes,
      participants: one.nodes,
      init: (id) => ({ id }),
      done: () => false,
      step: ({ id }, input, out) => {
        const isLeader = id === LEADER;
        const finish = (): void => {
          if (leader.weight < need || !leader.isOpen) return;
          leader.isOpen = false;
          if (form === 'list') work.verifies += leader.votes;
          else {
            leader.votes += 1;
            work.aggregated += leader.votes;
            checkCertificate(leader.votes);
          }
          out.work(collect_ns(form, leader.votes), null);
        };
        const propose = (): void => {
          if (leader.sequence === ROUNDS) return;
          const bytes = proposal_bytes(form, leader.signers, one.nodes);
          out.multicast({ type: 1, view: 0, sequence: ++leader.sequence, bytes, signers: leader.signers });
          work.signs += 1;
          // Its own vote.
          if (form === 'list') work.signs += 1;
          else work.shares += 1;
          leader.weight = weights[LEADER];
          leader.votes = 0;
          leader.isOpen = true;
          finish();
        };
        if (input.kind === 'start' && isLeader) propose();
        else if (input.kind === 'work' && isLeader) {
          work.rounds_us.push(input.now_us);
          leader.signers = leader.votes;
          propose();
        } else if (input.kind === 'message' && isLeader) {
          if (input.message.sequence !== leader.sequence || !leader.isOpen) return;
          leader.weight += weights[input.from];
          leader.votes += 1;
          finish();
        } else if (input.kind === 'message') {
          const { signers = 0, sequence } = input.message;
          work.verifies += 1;
          checkCertificate(signers);
          out.work(accept_ns(form, signers), sequence);
        } else if (input.kind === 'work') {
          if (form === 'list') work.signs += 1;
          else work.shares += 1;
          out.send(LEADER, { ...VOTE, sequence: input.token as number });
        }
      },
    },
    one,
  );
  return { run, work };
}

describe('certificates in phases equal the same message by message', () => {
  test('votes by weight, of which the leader makes a list or one aggregate signature that the next proposal carries', () => {
    let rounds = 0;
    holds(
      fc.property(drawn, (one) => {
        const phases = onWaves(one);
        if (phases === null) return;
        const messages = asMessages(made(one), one);
        expect(phases.work).toEqual(messages.work);
        expect([phases.engine.messages, phases.engine.bytes]).toEqual([messages.run.messages, messages.run.bytes]);
        rounds += phases.work.rounds_us.length;
      }),
      { numRuns: 200, seed: 20261150 },
    );
    expect(rounds).toBeGreaterThan(enough(300));
  });
});

describe('a phase by weight', () => {
  const ready = fc.array(fc.nat({ max: 90_000 }), { minLength: MOST, maxLength: MOST });
  const column = (values: readonly number[], nodes: number): Float64Array => Float64Array.from([...values.slice(0, nodes), NaN]);

  test('from all to all is complete when the weight of what came is enough, and as few others are checked as that takes', () => {
    let reached = 0;
    holds(
      fc.property(drawn, ready, ready, fc.nat(), (one, ready, gates, silent) => {
        const { nodes, weights, need } = one;
        const setup = made(one);
        const ready_us = column(ready, nodes);
        // Somebody who takes part sends nothing.
        ready_us[silent % nodes] = NaN;
        const phase = { type: 4, view: 1, sequence: 2, bytes: 900 };
        const engine = new PhaseEngine(setup, { mac: true });
        const gate_us = column(gates, nodes);
        const { complete_us } = engine.phase({
          ...phase,
          from: 'all',
          to: 'all',
          ready_us,
          need,
          weights,
          own: true,
          gate_us,
          check: 'batch',
        });
        const arrivals: { at_us: number; from: number }[][] = Array.from({ length: nodes }, () => []);
        const run = runMessages<{ id: number }, Message>(
          {
            nodes,
            participants: nodes,
            init: (id) => ({ id }),
            done: () => false,
            step: ({ id }, input, out) => {
              if (input.kind === 'start' && ready_us[id] > 0) out.setTimer('ready', ready_us[id]);
              else if (input.kind === 'timer' || (input.kind === 'start' && ready_us[id] === 0)) out.multicast(phase);
              else if (input.kind === 'message') arrivals[id].push({ at_us: input.now_us, from: input.from });
            },
          },
          setup,
        );
        let macs = 0;
        for (let node = 0; node < nodes; node++) {
          if (setup.faults.faulty[node] === 1) continue;
          const others = arrivals[node];
          if (!Number.isNaN(ready_us[node])) macs += nodes - 1;
          const ownAt = (at_us: number): number => (ready_us[node] <= at_us ? weights[node] : 0);
          const weightAt = (at_us: number): number =>
            others.reduce((sum, { at_us: came_us, from }) => sum + (came_us <= at_us ? weights[from] : 0), ownAt(at_us));
          const moments = [gate_us[node], ready_us[node], ...others.map(({ at_us }) => at_us)].filter((at_us) => at_us >= gate_us[node]);
          const enough = moments.sort((x, y) => x - y).find((at_us) => weightAt(at_us) >= need) ?? Infinity;
          expect(complete_us[node]).toBe(enough);
          if (enough === Infinity) continue;
          reached += 1;
          let weight = ownAt(enough);
          for (let i = 0; weight < need; i++, macs++) weight += weights[others[i].from];
        }
        expect(engine.log.macs).toBe(macs);
        expect([engine.messages, engine.bytes]).toEqual([run.messages, run.bytes]);
      }),
      { numRuns: 150, seed: 20261151 },
    );
    expect(reached).toBeGreaterThan(enough(300));
  });

  test('with weights of 1 is the phase by number', () => {
    holds(
      fc.property(drawn, ready, fc.boolean(), (one, ready, own) => {
        const ready_us = column(ready, one.nodes);
        const phase = { type: 4, view: 1, sequence: 2, bytes: 900, from: 'all', to: 'all', ready_us, own, check: 'batch' } as const;
        const need = Math.min(one.need, one.nodes);
        const byNumber = new PhaseEngine(made(one), { mac: false });
        const byWeight = new PhaseEngine(made(one), { mac: false });
        const weights = new Uint8Array(one.nodes).fill(1);
        expect(byWeight.phase({ ...phase, need, weights })).toEqual(byNumber.phase({ ...phase, need }));
        expect(byWeight.log.counts(byWeight)).toEqual(byNumber.log.counts(byNumber));
        const sent = [byWeight.send({ ...phase, need, weights, gate_us: column(ready, one.nodes) }), byNumber.send({ ...phase, need })];
        expect(byWeight.reach(sent[0], need)).toEqual(byNumber.reach(sent[1], need));
      }),
      { numRuns: 100, seed: 20261152 },
    );
  });
});

describe('what certificates take', () => {
  test('one signature and a bit for each node, or each signer with its signature', () => {
    expect([certificate_bytes('aggregate', 67, 100), certificate_bytes('list', 67, 100)]).toEqual([48 + 13, 67 * 68]);
    expect(certificate_bytes('aggregate', 3, 8) - certificate_bytes('aggregate', 3, 1)).toBe(0);
  });

  test('an aggregate signature takes one check and as many additions as it has signers', () => {
    const node = {
      ...NODE_PROFILES.free,
      decode_share_ns: 10,
      aggregate_ns: 3,
      verify_aggregate_ns: 1000,
      verify_ns: 50,
      verify_batched_ns: 20,
    };
    expect(checkCertificate_ns('aggregate', 7, node)).toBe(1021);
    expect(checkCertificate_ns('list', 7, node)).toBe(140);
    expect(checkCertificate_ns('list', 1, node)).toBe(50);
    expect(aggregateShares_ns(7, node)).toBe(70 + 1042);
  });

  test('without seconds for them in the cost table they have no price, rather than none to pay', () => {
    const log = new OperationLog(null);
    log.countAggregates({ shares: 4, aggregated: 3, aggregate_verifies: 2, aggregate_keys: 6 });
    const counts = log.counts({ messages: 0, bytes: 0 });
    expect(() => operationSeconds(counts, costs.seconds)).toThrow('the cost table has no price `bls_share`, and such work was counted');
    const prices = { ...costs.seconds, bls_share: 1, bls_add: 0.5, bls_verify: 8, bls_add_key: 0.25 };
    expect(operationSeconds(counts, prices, OPERATIONS)).toBe(4 + 1.5 + 16 + 1.5);
    expect(() => {
      new OperationLog(() => new Uint8Array(32)).countAggregates({ shares: 1 });
    }).toThrow('what is counted without its messages cannot be done for real');
  });
});
