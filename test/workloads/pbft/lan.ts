import { LOAD_RULES } from '../../../harness/model/load.ts';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { SERVER, simulate } from '../../cells.ts';

export const LAN: NetworkSpec = { kind: 'normal', mean_ms: 0.25, sd_ms: 0.02, bandwidth_mbps: 1000, loss: 0, rto_ms: 200 };

/** As many batches under way as it takes; the defaults of 500 transactions of 250 bytes. */
export function closedOnLan(nodes: number, window_s: number): Outcome {
  const load = { ...LOAD_RULES, kind: 'closed', in_flight: 8, warmup_s: 1, window_s } as const;
  // What waits in the queue is not late.
  const parameters = { log_window: 1024, client_timeout_ms: 60_000, view_change_timeout_ms: 60_000 };
  return simulate(pbft, { nodes, network: LAN, node: SERVER, parameters, load }).outcome;
}

/** The primary sends each other replica a PRE-PREPARE (header 49, signature 64, request header 13, the batch) and a COMMIT (49 + 64). */
export function uplinkBound_tps(nodes: number): number {
  const batch_bytes = 500 * 250;
  const sent_bytes = (nodes - 1) * (49 + 64 + 13 + batch_bytes + 49 + 64);
  return (500 * 1e9) / (8 * sent_bytes);
}
