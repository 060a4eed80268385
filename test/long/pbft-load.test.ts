import { expect, test } from 'vitest';
import { closedOnLan, uplinkBound_tps } from '../workloads/pbft/lan.ts';

test("on a LAN the primary's uplink bounds PBFT at n = 100 too, within 3%", { timeout: 300_000 }, () => {
  const { load } = closedOnLan(100, 10);
  expect(Math.abs(load!.achieved_tps / uplinkBound_tps(100) - 1)).toBeLessThan(0.03);
  expect(load!.bottleneck).toBe('uplink');
});
