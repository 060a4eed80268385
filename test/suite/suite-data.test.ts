import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import { suiteOf } from '../../harness/suite/load.ts';
import type { suiteSchema } from '../../harness/suite/schema.ts';
import type { SuiteData } from '../../harness/suite/types.ts';

type Input = z.input<typeof suiteSchema>;
/** Lists in data may be read-only. */
type Mutable<T> = T extends readonly (infer U)[] ? Mutable<U>[] : T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
type Settings = Mutable<Omit<SuiteData, 'workloads'>>;

test('issue 17: suiteOf takes a typed argument; its types are those of the schema', () => {
  expectTypeOf<keyof SuiteData>().toEqualTypeOf<keyof Input>();
  expectTypeOf<Settings>().toExtend<Omit<Input, 'workloads'>>();
  expectTypeOf<Omit<Input, 'workloads'>>().toExtend<Settings>();
  expectTypeOf(suiteOf).parameter(0).toEqualTypeOf<SuiteData>();
});

test('a suite written in TypeScript; what is wrong in it is an error of the types too', () => {
  const suite = suiteOf({
    name: 'typed',
    network: [{ kind: 'fixed', delay_ms: 5 }, 'wan-5-regions'],
    node: { profile: 'free', cores: 8 },
    sweep: { nodes: [4, 7], fault: { kind: 'crash', count: ['f', 1] } },
    workloads: {
      pbft: [{ checkpoint_interval: [64, 128], authentication: 'mac', fault: { kind: 'delay', ratio: 0.1, delay_ms: 5 } }],
      pow: { fault: { kind: 'crash', ratio: [0, 0.1] } },
    },
  });
  expect(suite.node).toMatchObject({ name: 'custom', profile: 'free', sign_ns: 0, cores: 8 });
  // @ts-expect-error no such fault kind
  expect(() => suiteOf({ name: 'x', sweep: { nodes: 4, fault: { kind: 'crsh', ratio: 0 } }, workloads: { pbft: {} } })).toThrow(
    'did you mean crash?',
  );
  // @ts-expect-error sweep.nodes is missing
  expect(() => suiteOf({ name: 'x', sweep: {}, workloads: { pbft: {} } })).toThrow('sweep.nodes: received nothing');
});
