// The modules export their layouts; numbers that the interface itself names must be theirs.
import { describe, expect, test } from 'vitest';
import { COEFFICIENT_BYTES } from '../../harness/kernels/ed25519-border.ts';
import { instantiate } from '../../harness/kernels/load.ts';
import { MOST_VERSIONS } from '../../harness/kernels/sha-border.ts';
import { BATCH_CAPACITY, NEVER_US } from '../../harness/model/kernels.ts';
import { QUANTILES } from '../../harness/model/network.ts';

type Exported = Readonly<Record<string, WebAssembly.Global<'i32'>>>;
const builds = (name: string): [string, { debug: boolean }][] =>
  [name, `${name}-simd`].flatMap((module): [string, { debug: boolean }][] => [
    [module, { debug: false }],
    [module, { debug: true }],
  ]);
const numbers = (module: string, options: { debug: boolean }, ...names: string[]): number[] =>
  names.map((name) => instantiate<Exported>(module, options)[name]!.value);

describe('capacities that the interface promises are those of the modules', () => {
  test.each(builds('ed25519'))('%s %o', (module, options) =>
    expect(numbers(module, options, 'CAPACITY', 'COEFFICIENT')).toEqual([BATCH_CAPACITY, COEFFICIENT_BYTES]),
  );
  test.each(builds('nonce-search'))('%s %o', (module, options) =>
    expect(numbers(module, options, 'VERSIONS_CAPACITY')).toEqual([MOST_VERSIONS]),
  );
  test.each(builds('quorum'))('%s %o', (module, options) =>
    expect(numbers(module, options, 'QUANTILES', 'NEVER')).toEqual([QUANTILES, NEVER_US]),
  );
});

test.each(builds('ed25519'))('the parts of an item of %s %o follow each other and fill it', (module, options) => {
  const [item, signature, message, length, key, signed] = numbers(
    module,
    options,
    'ITEM',
    'SIGNATURE',
    'MESSAGE',
    'LENGTH',
    'KEY',
    'SIGNED',
  );
  expect([signature, message, length, key]).toEqual([32, signature! + 64, message! + 4, length! + 4]);
  // Whole 16-byte words, and what sign writes lies behind what it reads.
  expect([item! % 16, item! >= key! + 4, signed! >= item!]).toEqual([0, true, true]);
});
