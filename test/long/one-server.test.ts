import { test } from 'vitest';
import { waitsAgree } from '../simulate/load/md1.ts';

test.each([0.3, 0.5, 0.8])(
  'at %s of its capacity the mean wait of one server is ρD/(2(1 - ρ)), over 20 runs of 100 000',
  { timeout: 300_000 },
  (rho) => {
    waitsAgree({ rho, service_us: 100, runs: 20, transactions: 100_000 });
  },
);
