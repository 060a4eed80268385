// Networks as a suite names them → networks as a cell carries them: defaults filled in, matrix files read.
import path from 'node:path';
import { UserError } from '../errors.ts';
import { given } from './omit.ts';
import { matrixFileSchema, type NetworkInput } from './schema.ts';
import { type Bandwidth, type NetworkSpec, DEFAULTS } from '../model/cell.ts';
import { resolveBandwidth } from './bandwidth.ts';
import { canonical } from './identity.ts';
import { TABLE_REGIONS } from '../model/network.ts';
import { DelaysError, INTRA_REGION_MS, csvDelays, delaysCsv, delaysOf, type RegionDelays } from './network-files.ts';
import { isPreset, PRESETS, presetDelays_ms, presetLinks, type PresetName } from './network-presets.ts';
import { parseWith, readSource, readText, type Problem } from './source.ts';

/** A network's plain data, or what is wrong with it, at a path inside it. `folder`: what file names are relative to. */
export function resolveNetwork(input: NetworkInput, folder: string): NetworkSpec | Problem {
  if (typeof input === 'string' || input.kind === 'fixed') return resolveDelays(input, folder);
  const network = resolveDelays(input, folder);
  if ('message' in network || network.kind === 'fixed') return network;
  const links: { bandwidth_mbps?: Bandwidth; downlink_mbps?: Bandwidth } = {};
  for (const key of ['bandwidth_mbps', 'downlink_mbps'] as const) {
    const said = input[key];
    const resolved = said === undefined ? undefined : resolveBandwidth(said, network, folder);
    if (resolved === undefined) continue;
    if (typeof resolved === 'object' && 'message' in resolved) return { ...resolved, path: [key, ...resolved.path] };
    links[key] = resolved;
  }
  // A downlink as wide as the uplink goes without saying.
  if (canonical(links.downlink_mbps) === canonical(links.bandwidth_mbps)) delete links.downlink_mbps;
  return { ...network, ...links };
}

/** The network with the usual bandwidth. */
function resolveDelays(input: NetworkInput, folder: string): NetworkSpec | Problem {
  if (typeof input === 'string')
    return isPreset(input)
      ? presetNetwork({ kind: input, intra_region_ms: INTRA_REGION_MS, loss: DEFAULTS.link.loss, rto_ms: DEFAULTS.link.rto_ms })
      : { kind: input, ...DEFAULTS.link };
  if (input.kind === 'fixed') return input;
  if (isPresetInput(input)) return presetNetwork(input);
  const link = { bandwidth_mbps: DEFAULTS.link.bandwidth_mbps, loss: input.loss, rto_ms: input.rto_ms };
  if (input.kind === 'wan-5-regions') return { kind: input.kind, ...link };
  if (input.kind === 'normal') return { kind: input.kind, mean_ms: input.mean_ms, sd_ms: input.sd_ms, ...link };
  const { kind, file, name, origin, one_way_ms, jitter, rtt = false, intra_region_ms: intra_ms, regions } = input;
  if ((file === undefined) === (one_way_ms === undefined)) {
    return { path: [], received: Object.keys(input).join(', '), message: 'exactly one of file and one_way_ms', kind: 'value' };
  }
  const resolved = (data: unknown): Omit<RegionDelays, 'regions'> & { regions?: readonly string[] } => {
    const delays = delaysOf(data, { rtt, intra_ms });
    const names = regions ?? delays.regions;
    if (names !== undefined && (names.length !== delays.one_way_ms.length || new Set(names).size !== names.length))
      throw new DelaysError(`regions: received ${names.length} names; accepted: ${delays.one_way_ms.length} different ones`);
    return { ...given('regions', names), one_way_ms: delays.one_way_ms };
  };
  if (file === undefined) {
    if (origin === undefined)
      return { path: ['origin'], received: origin, message: 'an origin beside one_way_ms: where the data comes from', kind: 'value' };
    try {
      return { kind, name: name ?? 'custom', origin, ...resolved(one_way_ms), jitter: jitter ?? DEFAULTS.matrixJitter, ...link };
    } catch (error) {
      if (!(error instanceof DelaysError)) throw error;
      return { path: ['one_way_ms'], message: error.message, kind: 'sentence' };
    }
  }
  const place = path.resolve(folder, file);
  const shownPlace = path.relative(process.cwd(), place) || place;
  try {
    const data = readDelays(shownPlace);
    return {
      kind,
      name: name ?? data.name ?? shortName(file),
      origin: origin ?? data.origin ?? path.basename(file),
      ...resolved(data.one_way_ms),
      jitter: jitter ?? data.jitter ?? DEFAULTS.matrixJitter,
      ...link,
    };
  } catch (error) {
    if (error instanceof DelaysError) return { path: ['file'], message: `${shownPlace}: ${error.message}`, kind: 'sentence' };
    if (!(error instanceof UserError) || error instanceof SchemaError) throw error;
    return {
      path: ['file'],
      message: `${error.message}; accepted: a YAML, JSON or CSV file, relative to the folder of the suite`,
      kind: 'sentence',
    };
  }
}

type PresetInput = Extract<NetworkInput, { kind: PresetName }>;
const isPresetInput = (input: Exclude<NetworkInput, string>): input is PresetInput => isPreset(input.kind);

/** A preset as the matrix that it is. */
function presetNetwork({ kind: name, regions, jitter, intra_region_ms, bandwidth_mbps, loss, rto_ms }: PresetInput): NetworkSpec | Problem {
  const known: readonly string[] = PRESETS[name].regions;
  const index = regions?.findIndex((region, i) => !known.includes(region) || regions.indexOf(region) !== i) ?? -1;
  if (regions?.length === 0 || index >= 0) {
    const message = `different regions of ${name}: ${known.join(', ')}`;
    return {
      path: index < 0 ? ['regions'] : ['regions', index],
      received: index < 0 ? regions : regions![index],
      message,
      kind: 'value',
      known,
    };
  }
  const chosen = regions ?? known;
  return {
    kind: 'matrix',
    name,
    origin: PRESETS[name].origin,
    regions: chosen,
    one_way_ms: presetDelays_ms(name, chosen, intra_region_ms),
    jitter: jitter ?? DEFAULTS.matrixJitter,
    // Published links are a pair: who sets what nodes send has set what they receive.
    ...(bandwidth_mbps === undefined ? presetLinks(name, chosen) : { bandwidth_mbps: DEFAULTS.link.bandwidth_mbps }),
    loss,
    rto_ms,
  };
}

/** A network as suite.yaml has it: a matrix of many regions as a text of CSV, since a million numbers are slow to write and to read as YAML. */
export function networkData(network: NetworkSpec): object {
  if (network.kind !== 'matrix' || network.one_way_ms.length <= TABLE_REGIONS) return network;
  return { ...network, one_way_ms: delaysCsv(network.one_way_ms) };
}

/** A file that says nothing but delays has neither a name nor an origin of its own. */
function readDelays(file: string): { name?: string | undefined; origin?: string; one_way_ms: unknown; jitter?: number } {
  if (path.extname(file).toLowerCase() === '.csv') return { one_way_ms: csvDelays(readText('matrix file', file)) };
  const source = readSource('matrix file', file);
  const { data } = source;
  const described =
    typeof data === 'object' && data !== null && ['one_way_ms', 'origin', 'name', 'jitter'].some((key) => Object.hasOwn(data, key));
  if (!described) return { one_way_ms: data };
  try {
    return parseWith(matrixFileSchema, source);
  } catch (error) {
    throw error instanceof UserError ? new SchemaError(error.message) : error;
  }
}

/** Names the file and its line already. */
class SchemaError extends UserError {}

/** A name for the `network` column from a file name. */
function shortName(file: string): string {
  const name = path.basename(file, path.extname(file)).replace(/[^A-Za-z0-9._-]+/g, '-');
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 40) : 'matrix';
}
