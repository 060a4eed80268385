// What goes out of a block by each kind of relay, and when it comes.
import { describe, expect, test } from 'vitest';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import { suiteOf } from '../../../harness/suite/load.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec } from '../../../workloads/parts/proof-of-work.ts';
import { FREE, WAN, fixed } from '../../cells.ts';
import { chainSetup, type Wanted } from '../chain-setup.ts';

const N = 12;
const TRANSACTIONS = { bytes: 250, per_decision: 2000 };
/** Message header, block header, number of transactions. */
const FRAME_BYTES = 24 + 80 + 3;
const FULL_BYTES = FRAME_BYTES + 250 * 2000;
const COMPACT_BYTES = FRAME_BYTES + 8 + 1 + 6 * 2000;
const INVENTORY_BYTES = 61;

function outcomeOf(relay: string, wanted: Wanted = {}) {
  const parameters = { relay, block_interval_s: 600, peer_degree: 4, adversary_share: 0 };
  const setup = chainSetup(pow, {
    nodes: N,
    node: FREE,
    decisions: 40,
    network: fixed(100),
    transactions: TRANSACTIONS,
    ...wanted,
    parameters,
  });
  return runChain(setup, powSpec(setup));
}

describe('compact blocks (BIP 152)', () => {
  test('the same messages as of whole ones, with 6 bytes a transaction, a nonce of 8 and a count of 1', () => {
    const [whole, compact] = ['announce', 'compact'].map((relay) => outcomeOf(relay)) as [
      ReturnType<typeof outcomeOf>,
      ReturnType<typeof outcomeOf>,
    ];
    expect(compact.counts.messages).toBe(whole.counts.messages);
    const { blocks } = compact.stale!;
    const inventories = compact.counts.messages - blocks * (N - 1);
    expect(compact.counts.bytes).toBe(blocks * (N - 1) * COMPACT_BYTES + inventories * INVENTORY_BYTES);
    expect(whole.counts.bytes).toBe(blocks * (N - 1) * FULL_BYTES + inventories * INVENTORY_BYTES);
    // They are checked as whole ones are.
    expect(compact.counts.digest_bytes).toBe(whole.counts.digest_bytes);
  });
  test('where uplinks are slow blocks come sooner, and fewer are stale', () => {
    const network = { kind: 'normal', mean_ms: 50, sd_ms: 5, bandwidth_mbps: 8, loss: 0, rto_ms: 200 } as const;
    const rates = ['announce', 'compact'].map((relay) => {
      const { stale, propagation_us } = outcomeOf(relay, { network, decisions: 4000 });
      return { stale: stale!.stale / stale!.blocks, p50_s: propagation_us!.p50 / 1e6 };
    });
    // A hop of a whole block is 4 Mbit over a quarter of 8 Mbit/s, of a compact one 0.1 Mbit.
    expect(rates[0]!.p50_s).toBeGreaterThan(2);
    expect(rates[1]!.p50_s).toBeLessThan(0.6);
    expect(rates[0]!.stale).toBeGreaterThan(3 * rates[1]!.stale);
  });
});

describe('relay network', () => {
  test('on one region: to the relay and from it to everybody else, N messages a block and two delays', () => {
    const { counts, stale, propagation_us } = outcomeOf('relay-network');
    expect(counts.messages).toBe(N * stale!.blocks);
    expect(counts.bytes).toBe(counts.messages * COMPACT_BYTES);
    expect(propagation_us).toEqual({ p50: 200_000, p90: 200_000, p99: 200_000 });
  });
  test('on five regions: N + 4 messages a block; nobody waits for more than a hop between regions and one within each', () => {
    const { counts, stale, propagation_us } = outcomeOf('relay-network', { network: WAN });
    expect(counts.messages).toBe((N + 4) * stale!.blocks);
    // The largest link of the five regions is 164 ms before jitter.
    expect(propagation_us!.p99).toBeLessThan(250_000);
  });
  test('message by message: from the finder to the relay, and from that to the two others', () => {
    const setup = chainSetup(pow, {
      nodes: 3,
      node: FREE,
      decisions: 1,
      network: fixed(100),
      parameters: { relay: 'relay-network', adversary_share: 0 },
    });
    const { counts } = runChainMessages(setup, powSpec(setup));
    expect(counts.messages).toBe(3);
  });
  test.each(['partition', 'delay', 'eclipse'])('beside %s it is refused: nothing goes over the links between nodes', (kind) => {
    const fault = { kind, ratio: 0.5, ...(kind === 'delay' ? { delay_ms: 10 } : {}) };
    expect(() => suiteOf({ name: 's', sweep: { nodes: [4], fault }, workloads: { pow: { relay: 'relay-network' } } } as never)).toThrow(
      `announce, compact, direct beside the fault ${kind}`,
    );
  });
});
