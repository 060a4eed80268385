// `bandwidth_mbps` and `downlink_mbps` of a suite: a number, a list, by region, from a file, or a distribution (docs/suites.md).
import { z } from 'zod';
import { DEFAULTS, MAX_NODES, type Bandwidth, type NetworkSpec } from '../model/cell.ts';
import { MAX_REGIONS } from '../model/network.ts';
import { LEAST_MBPS, MOST_MBPS } from '../simulate/core/bandwidth.ts';
import { decimal, object, text } from './leaves.ts';
import { isList, regionsOf } from './placement.ts';
import type { Problem } from './source.ts';
import { weightsOf } from './weights.ts';

const mbps = decimal(LEAST_MBPS, MOST_MBPS, ' (Mbit/s)');
const error =
  `a number from ${LEAST_MBPS} to ${MOST_MBPS} (Mbit/s), a list of them that nodes take in turn, { regions: … } in order or by name, ` +
  '{ file: links.csv }, or a distribution like { kind: lognormal, median_mbps: 100, sigma: 1 }, { kind: uniform, min_mbps: 10, max_mbps: 100 } or { kind: quantiles, mbps: [10, 50, 1000] }';
const list = (most: number) => z.array(mbps, { error }).min(1, { error }).max(most, { error });

const uniform = object({ kind: z.literal('uniform'), min_mbps: mbps, max_mbps: mbps }, error);
export const bandwidthSchema = z.union(
  [
    mbps,
    list(MAX_NODES),
    z.discriminatedUnion(
      'kind',
      [
        uniform.superRefine(({ min_mbps, max_mbps }, context) => {
          if (min_mbps <= max_mbps) return;
          context.addIssue({ code: 'custom', path: ['min_mbps'], message: `at most max_mbps, ${max_mbps}`, input: min_mbps });
        }),
        object({ kind: z.literal('lognormal'), median_mbps: mbps, sigma: decimal(0, 10) }, error),
        object(
          {
            kind: z.literal('quantiles'),
            mbps: list(1025).refine((values) => values.every((value, i) => i === 0 || value >= values[i - 1]), {
              error: 'ascending numbers: evenly spaced quantiles, from the least to the largest',
            }),
          },
          error,
        ),
      ],
      { error },
    ),
    object({ regions: z.union([list(MAX_REGIONS), z.record(z.string(), mbps, { error })], { error }) }, error),
    object({ file: text('a file name, relative to the suite file') }, error),
  ],
  { error },
);
type BandwidthInput = z.output<typeof bandwidthSchema>;

/** What a cell carries of it, or what is wrong, at a path inside it. What says the same of all nodes is one number. */
export function resolveBandwidth(input: BandwidthInput, network: NetworkSpec, folder: string): Bandwidth | Problem {
  if (typeof input === 'number') return input;
  if (isList(input)) return alike(input) ?? input;
  if ('file' in input) return fromFile(input.file, network, folder);
  if ('kind' in input) return input;
  return byRegion(input.regions, network, ['regions']);
}

function byRegion(
  regions: readonly number[] | Readonly<Record<string, number>>,
  network: NetworkSpec,
  path: readonly string[],
): Bandwidth | Problem {
  const names = regionsOf(network);
  if (!isList(regions)) {
    const unknown = Object.keys(regions).find((name) => name === '' || !names.includes(name));
    const known = names.filter((name) => name !== '');
    if (unknown !== undefined) {
      const message =
        known.length === 0 ? 'a list of numbers, one a region: the network names none' : `names of its regions: ${known.join(', ')}`;
      return { path: [...path, unknown], message, kind: 'unknown key', known };
    }
    return byRegion(
      names.map((name) => (Object.hasOwn(regions, name) ? regions[name] : DEFAULTS.link.bandwidth_mbps)),
      network,
      path,
    );
  }
  if (regions.length !== names.length) {
    const message = `${names.length} ${names.length === 1 ? 'number' : 'numbers'}, one for each region of the network`;
    return { path, received: regions, message, kind: 'value' };
  }
  return alike(regions) ?? { regions };
}

/** Numbers in order for nodes; with names of regions for those. */
function fromFile(file: string, network: NetworkSpec, folder: string): Bandwidth | Problem {
  const read = weightsOf(file, folder);
  const refuse = (message: string): Problem => ({ path: ['file'], message, kind: 'sentence' });
  if ('problem' in read) return refuse(read.problem);
  const { values, names } = read;
  const wrong = values.find((value) => !(value >= LEAST_MBPS && value <= MOST_MBPS));
  if (wrong !== undefined) return refuse(`received ${wrong} in ${file}; accepted: numbers from ${LEAST_MBPS} to ${MOST_MBPS} (Mbit/s)`);
  const known = regionsOf(network);
  if (names === undefined || !names.every((name) => known.includes(name))) return alike(values) ?? values;
  return byRegion(Object.fromEntries(names.map((name, index) => [name, values[index]])), network, ['file']);
}

function alike(values: readonly number[]): number | null {
  return values.every((value) => value === values[0]) ? values[0] : null;
}
