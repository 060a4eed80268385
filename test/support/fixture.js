// A workload for tests of the run machinery: copied into workloads/ of a temporary copy of dist/ (test/support/copy.ts), never into
// the project's own. It does to its worker what no real workload should.
import { existsSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const never = new Int32Array(new SharedArrayBuffer(4));
/**
 * Keeps the thread, and no core from others.
 * @param {number} ms
 */
function block(ms) {
  if (ms > 0) Atomics.wait(never, 0, 0, ms);
}

/** @type {import('../../harness/simulate/core/contract.ts').Workload} */
export default {
  id: 'fixture',
  mark: 60,
  revision: 1,
  title: 'A fixture of the tests',
  family: 'voting',
  settings: ['private'],
  reference: { authors: 'Nobody', title: 'Nothing', venue: 'Nowhere', year: 2000, section: '1' },
  parameters: z.strictObject({
    does: z.enum(['answer', 'stall', 'throw', 'hang', 'hang-once', 'die', 'die-once', 'throw-once']).default('answer'),
    takes_ms: z.number().min(0).default(0),
    /** hang-once, die-once, throw-once: a file that tells the second try from the first. */
    marker: z.string().default(''),
    x: z.int().default(0),
  }),
  faultKinds: ['crash'],
  nodes: { min: 1, max: 1000 },
  bound: { claim: 'none', faults: (nodes) => Math.floor((nodes - 1) / 3) },
  exactKinds: [],
  engines: {
    messages({ cell, parameters }) {
      block(parameters.takes_ms);
      switch (parameters.does) {
        case 'throw':
          throw new RangeError('the invariant is broken');
        case 'hang':
          for (;;);
        case 'hang-once':
          if (!existsSync(parameters.marker)) {
            writeFileSync(parameters.marker, '');
            block(Infinity);
          }
          break;
        case 'die':
          process.exit(7);
          break;
        case 'die-once':
          if (!existsSync(parameters.marker)) {
            writeFileSync(parameters.marker, '');
            process.exit(7);
          }
          break;
        case 'throw-once':
          if (!existsSync(parameters.marker)) {
            writeFileSync(parameters.marker, '');
            throw new RangeError('the first try fails');
          }
      }
      const stalled = parameters.does === 'stall';
      const latencies_us = Array.from({ length: cell.decisions }, (_, index) => 1000 + ((cell.seed + index) % 1000));
      return {
        state: stalled ? 'stalled' : 'done',
        reason: stalled ? 'the horizon came first' : '',
        decisions: stalled ? 1 : cell.decisions,
        divisor: cell.decisions,
        counts: { messages: cell.seed % 1000, bytes: 10 },
        latencies_us,
        finalities_us: latencies_us,
        elapsed_us: latencies_us.reduce((sum, value) => sum + value, 0),
        confirmations: 1,
        safety: 'ok',
        liveness: stalled ? 'violated' : 'ok',
        events: 1,
      };
    },
  },
  horizon_us: () => 1e9,
  horizon: 'a thousand seconds',
};
