// Mempools of mechanisms in which every node proposes what it knows: the lowest-numbered items, and sets that have one number whoever makes
// them (harness/simulate/messages/voting/pool.ts), against lists that are kept the plain way.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { Items, type Batch } from '../../../harness/simulate/core/load/items.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import { Pool } from '../../../harness/simulate/messages/voting/pool.ts';
import { VotingRun, type Seat } from '../../../harness/simulate/messages/voting/run.ts';
import ripple from '../../../workloads/ripple/index.ts';
import { rippleMechanism, type RippleState } from '../../../workloads/ripple/mechanism.ts';
import type { RippleMessage } from '../../../workloads/ripple/messages.ts';
import type { RippleParameters } from '../../../workloads/ripple/parameters.ts';
import { makeCell, simulationKernels } from '../../cells.ts';
import { holds } from '../../support/property.ts';

const MOST = 80;
const someItems = fc.uniqueArray(fc.integer({ min: 1, max: MOST }), { maxLength: 8 });

type Step =
  | { readonly kind: 'add' | 'executed'; readonly items: readonly number[] }
  | { readonly kind: 'take' | 'restart' | 'lowest'; readonly skips: readonly number[] };
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('add' as const, 'add' as const, 'executed' as const), items: someItems }),
    fc.record({ kind: fc.constantFrom('take' as const, 'restart' as const, 'lowest' as const, 'lowest' as const), skips: someItems }),
  ),
  { maxLength: 40 },
);

test('lowest: of what waits and is not skipped the lowest-numbered items, ascending, as many as a batch has; all of it goes on waiting', () => {
  holds(
    fc.property(steps, fc.integer({ min: 1, max: 6 }), (list: Step[], full) => {
      const items = new Items(1);
      for (let item = 1; item <= MOST; item++) items.add(0, 0);
      let made = 0;
      const make = (its: readonly number[]): Batch => {
        made += 1;
        for (const item of its) items.cut[item] = made;
        return { id: made, items: its, transactions: its.length, bytes: 0 };
      };
      const pool = new Pool({ items, rules: { items: full, timeout_us: 0, limit: 1000 }, make, changed: false, ofSet: make });
      let waiting: number[] = [];
      let underWay: Batch[] = [];
      const executed = new Set<number>();
      let sequence = 0;
      for (const step of list)
        switch (step.kind) {
          case 'add': {
            const isUnderWay = (item: number): boolean => underWay.some(({ id }) => id === items.cut[item]);
            const fresh = step.items.filter((item) => !waiting.includes(item) && !isUnderWay(item) && !executed.has(item));
            expect(pool.add(step.items, 0)).toBe(fresh.length > 0);
            waiting.push(...fresh);
            break;
          }
          case 'take': {
            const batch = pool.take(0);
            expect(batch?.items ?? []).toEqual(waiting.slice(0, full));
            waiting = waiting.slice(full);
            if (batch !== null) underWay.push(batch);
            break;
          }
          case 'executed': {
            const its = step.items.filter((item) => !executed.has(item));
            sequence += 1;
            for (const item of its) {
              executed.add(item);
              items.executedAt[item] = sequence;
            }
            pool.executed({ id: -1, items: its, transactions: its.length, bytes: 0 }, sequence);
            waiting = waiting.filter((item) => !executed.has(item));
            break;
          }
          case 'restart': {
            pool.restart(new Set(), 0);
            const again = underWay.flatMap((batch) => batch.items).filter((item) => !waiting.includes(item) && !executed.has(item));
            if (again.length > 0) waiting = [...again, ...waiting].sort((x, y) => x - y);
            underWay = [];
            break;
          }
          case 'lowest': {
            const left = waiting.filter((item) => !step.skips.includes(item)).sort((x, y) => x - y);
            expect(pool.lowest((item) => step.skips.includes(item))).toEqual(left.slice(0, full));
            expect(pool.waiting).toBe(waiting.length);
            break;
          }
        }
    }),
    { numRuns: 500, seed: 101 },
  );
});

test.each<LoadSpec>([
  { kind: 'closed', in_flight: 4, ...LOAD_RULES },
  { kind: 'open', rate_tps: 10, arrivals: 'constant', ...LOAD_RULES },
])('setOf under a $kind load: one batch of just these items for one set, whichever node makes it, and another for another set', (load) => {
  const sets = fc.array(
    someItems.filter((items) => items.length > 0).map((items) => items.sort((x, y) => x - y)),
    { maxLength: 30 },
  );
  holds(
    fc.property(sets, (list) => {
      const setup = setupOf(makeCell(ripple, { nodes: 4, load }), ripple, { kernels: simulationKernels }) as Setup<RippleParameters>;
      const schedule = { from_us: 0, until_us: Infinity, rate_tps: 10 };
      const run = new VotingRun<RippleState, RippleMessage>(setup as Setup, rippleMechanism(setup), schedule);
      const inner = run as unknown as { submit(client: number): number };
      for (let item = 1; item <= MOST; item++) inner.submit(0);
      const seats = [0, 1].map((node) => run.init(node) as Seat<RippleState, RippleMessage>);
      const known = new Map<string, Batch>();
      // 31 * 1 + 40 is 31 * 2 + 9: what is looked up by a sum like that is not one set for it.
      [[1, 40], [2, 9], ...list].forEach((items, at) => {
        const { pool } = seats[at % 2]!;
        const batch = pool.setOf(items);
        const key = items.join(',');
        expect(batch.items).toEqual(items);
        expect(known.get(key) ?? batch).toBe(batch);
        known.set(key, batch);
        expect(seats[0]!.batch(batch.id)).toBe(batch);
        if (load.kind === 'closed' && items.length === 1) expect(batch.id).toBe(items[0]);
        // It is not under way there: its items are as new to the pool as before.
        expect(pool.isEmpty).toBe(true);
      });
      expect(new Set([...known.values()].map(({ id }) => id)).size).toBe(known.size);
    }),
    { numRuns: 50, seed: 102 },
  );
});
