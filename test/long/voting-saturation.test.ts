// What limits each mechanism where that is known: at the default batch the leader's uplink; at one transaction of one byte a decision, with one core and
// 10 Gbit/s, everyone's CPU where all vote to all, the disk where a write comes before each answer, and the way there and back where nothing else is under way.
import { describe, expect, test } from 'vitest';
import { LOAD_RULES } from '../../harness/model/load.ts';
import type { NodeProfile } from '../../harness/model/cell.ts';
import { workloads } from '../../harness/workloads.ts';
import { SERVER, simulate, type CellOptions } from '../cells.ts';

const LAN = { kind: 'normal' as const, mean_ms: 0.25, sd_ms: 0.02, bandwidth_mbps: 1000, loss: 0, rto_ms: 200 };
const saturate = {
  ...LOAD_RULES,
  kind: 'saturate' as const,
  p99_ms: 'auto' as const,
  arrivals: 'poisson' as const,
  warmup_s: 0.2,
  window_s: 0.5,
};
const capacity = (id: string, options: CellOptions) =>
  simulate(workloads.get(id)!, { nodes: 4, network: LAN, load: saturate, ...options }).outcome.load!;

const transactions = { bytes: 1000, per_decision: 500 };

/** Timers that bear what waits in a queue: no leader is at fault. */
const PATIENT: Readonly<Record<string, Record<string, unknown>>> = {
  pbft: { log_window: 1024, client_timeout_ms: 20_000, view_change_timeout_ms: 20_000 },
  // One leader: where leaders take turns no uplink is busy all the time.
  hotstuff: { variant: 'chained', views_per_leader: 100_000 },
};

// Federated signing makes one block at a time: only where nothing is written and waited for has its uplink always something to send.
describe.each([
  ['pbft', SERVER],
  ['raft', SERVER],
  ['zab', SERVER],
  ['hotstuff', SERVER],
  ['federated-signing', { ...SERVER, persist_ns: 0 }],
] satisfies [string, NodeProfile][])('%s', (id, node) => {
  const parameters = PATIENT[id] ?? {};

  test("at the default batch the leader's uplink limits it: each transaction goes to every other node", () => {
    const load = capacity(id, { node, transactions, parameters });
    expect(load.bottleneck).toBe('uplink');
    // 1 Gbit/s over 3 copies of 1000 bytes, less headers and votes.
    expect(load.offered_tps).toBeGreaterThan(0.93 * (1e9 / (8 * 3 * 1000)));
    expect(load.offered_tps).toBeLessThan(1.02 * (1e9 / (8 * 3 * 1000)));
  });
});

// docs/federated-signing.md, "What it does": the generator hashes and writes a block before it sends it, each signer hashes it and writes that
// the height is used up, and the block is written with M = 3 signatures before the next one may follow.
test('federated-signing with a disk: a block takes the generator its own time, two uploads and there and back, and its uplink idles meanwhile', () => {
  const load = capacity('federated-signing', { node: SERVER, transactions });
  const bytes = transactions.bytes * transactions.per_decision;
  const { hash_ns_per_byte, sign_ns, verify_ns, verify_batched_ns, persist_ns } = SERVER;
  const upload_us = (bytes * 8) / LAN.bandwidth_mbps;
  const work_ns = 2 * (hash_ns_per_byte * bytes + sign_ns) + verify_ns + 2 * verify_batched_ns + 3 * persist_ns;
  // The third signature is not waited for: the generator's own is one of the three.
  const block_us = 2 * upload_us + 2 * LAN.mean_ms * 1000 + work_ns / 1000;
  const most_tps = (transactions.per_decision * 1e6) / block_us;
  // The search stops within 2% of it, and in half a second of window a rate a little above it leaves less than a block waiting.
  expect(load.offered_tps).toBeGreaterThan(0.97 * most_tps);
  expect(load.offered_tps).toBeLessThan(1.03 * most_tps);
  expect(load.uplink_utilisation).toBeLessThan(0.85);
});

// Arrivals at equal distances: those of a Poisson process queue before the disk is full, and the queue's chance growth from one half of the window
// to the other ends the search, at a rate at which nothing is busy (at 0.7 of the disk, with these four seconds).
test.each([
  ['pbft', 'cpu', SERVER],
  ['raft', 'disk', { ...SERVER, persist_ns: 1_000_000 }],
  ['zab', 'disk', { ...SERVER, persist_ns: 1_000_000 }],
  // A block waits for the votes for the one before: two delays, while every core is idle.
  ['hotstuff', 'latency', SERVER],
] satisfies [string, string, NodeProfile][])('%s at one transaction of one byte a decision: %s', (id, bottleneck, profile) => {
  const load = capacity(id, {
    node: { ...profile, cores: 1 },
    network: { ...LAN, bandwidth_mbps: 10_000 },
    transactions: { bytes: 1, per_decision: 1 },
    parameters: PATIENT[id] ?? {},
    // Far beyond a decision's time, so that the queue of the busiest resource says when it is full.
    load: { ...saturate, arrivals: 'constant', p99_ms: 200, warmup_s: 1, window_s: 4 },
  });
  expect(load.bottleneck).toBe(bottleneck);
  // One write of a millisecond a transaction.
  if (bottleneck === 'disk') expect(Math.abs(load.offered_tps! - 1000)).toBeLessThan(20);
});

// docs/hotstuff.md, "What limits it": a block waits for the votes for the one before, so the leader's work, two delays and a replica's work follow each other. With
// lists replicas check the same signatures again, and no core is busy for more than half the time. An aggregate certificate takes them one check, and the leader
// each share's decoding: with enough shares nothing else counts.
describe('hotstuff at one transaction of one byte a decision, one leader, one core', () => {
  const { sign_ns, decode_share_ns, aggregate_ns, verify_aggregate_ns, verify_batched_ns } = SERVER;
  const at = (nodes: number, variant: string, certificates: string) =>
    capacity('hotstuff', {
      nodes,
      node: { ...SERVER, cores: 1 },
      network: { ...LAN, bandwidth_mbps: 10_000 },
      transactions: { bytes: 1, per_decision: 1 },
      parameters: { variant, certificates, views_per_leader: 100_000 },
      load: { ...saturate, arrivals: 'constant', p99_ms: 2000, warmup_s: 0.5, window_s: 2 },
    });

  test.each([
    ['basic', 3],
    ['chained', 1],
  ] as const)("%s, aggregate certificates, n = 256: the leader's CPU", (variant, phases) => {
    const quorum = 171;
    const load = at(256, variant, 'aggregate');
    expect(load.bottleneck).toBe('cpu');
    const newViews_ns = variant === 'basic' ? (quorum - 1) * verify_batched_ns : 0;
    const phase_ns = quorum * (decode_share_ns + 2 * aggregate_ns) + verify_aggregate_ns;
    const leader_s = (newViews_ns + phases * phase_ns + sign_ns) / 1e9;
    expect(Math.abs(load.cpu_utilisation! / (load.offered_tps! * leader_s) - 1)).toBeLessThan(0.02);
  });

  test.each([
    [100, 'aggregate', 0.8],
    [64, 'list', 0.5],
  ] as const)('chained, n = %i, certificates as %s: latency, the busiest core at less than %f', (nodes, certificates, most) => {
    const load = at(nodes, 'chained', certificates);
    expect(load.bottleneck).toBe('latency');
    expect(load.cpu_utilisation).toBeLessThan(most);
    expect(load.cpu_utilisation).toBeGreaterThan(0.8 * most);
  });
});
