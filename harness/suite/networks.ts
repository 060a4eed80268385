// Networks as a suite names them → networks as a cell carries them: defaults filled in, matrix files read.
import path from 'node:path';
import { UserError } from '../errors.ts';
import { given } from './omit.ts';
import { matrixFileSchema, type NetworkInput } from './schema.ts';
import { type NetworkSpec, DEFAULTS } from '../model/cell.ts';
import { parseWith, readSource, type Problem, type Source } from './source.ts';

/** A network's plain data, or what is wrong with it, at a path inside it. `folder`: what file names are relative to. */
export function resolveNetwork(input: NetworkInput, folder: string): NetworkSpec | Problem {
  if (typeof input === 'string') return { kind: input, ...DEFAULTS.link };
  if (input.kind === 'fixed') return input;
  const { downlink_mbps, ...linked } = input;
  // A downlink as wide as the uplink goes without saying.
  const down = given('downlink_mbps', downlink_mbps === input.bandwidth_mbps ? undefined : downlink_mbps);
  if (linked.kind !== 'matrix') return { ...linked, ...down };
  const { kind, file, name, origin, one_way_ms, jitter, ...rest } = linked;
  const link = { ...rest, ...down };
  if ((file === undefined) === (one_way_ms === undefined)) {
    return { path: [], received: Object.keys(input).join(', '), message: 'exactly one of file and one_way_ms', kind: 'value' };
  }
  if (file === undefined) {
    if (origin === undefined)
      return { path: ['origin'], received: origin, message: 'an origin beside one_way_ms: where the data comes from', kind: 'value' };
    return { kind, name: name ?? 'custom', origin, one_way_ms: one_way_ms!, jitter: jitter ?? DEFAULTS.matrixJitter, ...link };
  }
  const place = path.resolve(folder, file);
  let source: Source;
  try {
    source = readSource('matrix file', path.relative(process.cwd(), place) || place);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      path: ['file'],
      message: `${error.message}; accepted: a YAML or JSON file, relative to the folder of the suite`,
      kind: 'sentence',
    };
  }
  const data = parseWith(matrixFileSchema, source);
  return {
    kind,
    name: name ?? data.name ?? shortName(file),
    origin: origin ?? data.origin,
    one_way_ms: data.one_way_ms,
    jitter: jitter ?? data.jitter,
    ...link,
  };
}

/** A name for the `network` column from a file name. */
function shortName(file: string): string {
  const name = path.basename(file, path.extname(file)).replace(/[^A-Za-z0-9._-]+/g, '-');
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 40) : 'matrix';
}
