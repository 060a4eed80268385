import { expect } from 'vitest';
import { LOAD_RULES } from '../../../harness/model/load.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import { runVoting } from '../../../harness/simulate/messages/voting/voting.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { FREE, fixed, makeCell, simulationKernels } from '../../cells.ts';
import { oneServer } from './one-server.ts';

/** Runs of so many transactions at a share rho of the server's capacity: their mean wait against ρD/(2(1 - ρ)), |z| < 4 over run means. */
export function waitsAgree({
  rho,
  service_us,
  runs,
  transactions,
}: {
  rho: number;
  service_us: number;
  runs: number;
  transactions: number;
}): void {
  const rate_tps = (rho * 1e6) / service_us;
  const waits = Array.from({ length: runs }, (_, index) => {
    const cell = makeCell(pbft, {
      seed: index + 1,
      nodes: 1,
      network: fixed(0),
      transactions: { bytes: 1, per_decision: 1 },
      node: { ...FREE, cores: 1 },
      load: {
        ...LOAD_RULES,
        kind: 'open',
        rate_tps,
        arrivals: 'poisson',
        warmup_s: transactions / 10 / rate_tps,
        window_s: transactions / rate_tps,
      },
    });
    const { load } = runVoting(setupOf(cell, pbft, { kernels: simulationKernels }), () => oneServer(service_us));
    return load!.latency_us_mean! - service_us;
  });
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / runs;
  const deviation = Math.sqrt(waits.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / (runs - 1));
  const expected = (rho * service_us) / (2 * (1 - rho));
  const z = (mean - expected) / (deviation / Math.sqrt(runs));
  expect(Math.abs(z), `mean wait ${mean} us, expected ${expected}, z = ${z}`).toBeLessThan(4);
  expect((4 * deviation) / Math.sqrt(runs), 'the test could see a wrong wait').toBeLessThan(0.25 * expected);
}
