// What a cell is: its id and its seed are hashes of what its suite says beside the defaults, so that an axis or a parameter
// that comes to the tool later, with a default, leaves every cell alone that does not speak of it.
import { DEFAULT_LOAD } from '../model/load.ts';
import * as nodeCrypto from 'node:crypto';
import type { Workload } from '../simulate/core/contract.ts';
import { scheduleText } from '../model/fault.ts';
import { DEFAULTS, besidesProfile, profileOf, type Cell, type NetworkSpec, type NodeProfile, type ParameterValue } from '../model/cell.ts';

/**
 * Raised when results change on purpose through what all workloads share: defaults, presets, node profiles, rules of the
 * engines. A part of every id and of no seed; what changes in one workload raises that workload's `revision` instead.
 */
export const HARNESS_REVISION = 1;

export type CellData = Omit<Cell, 'id' | 'seed'>;
type Identified = Pick<Workload, 'revision' | 'parameters'>;

/**
 * The id: 'c' and 12 hex digits of the SHA-256 of `[harness revision, workload revision, suite seed, said]`, where `said` holds
 * what the suite says beside the defaults (canonical JSON). The seed: 53 bits of the SHA-256 of `[suite seed, said]` without
 * crypto mode, decisions, risk and the horizon (waiting longer continues the same run). So cells that differ only in those draw
 * the same chances.
 */
export function identify(data: CellData, workload: Identified, suiteSeed: number): { id: string; seed: number } {
  const all: string[] = [];
  const chances: string[] = [];
  for (const key of KEYS) {
    const text = SAID[key](data, workload);
    if (text === null) continue;
    const member = `"${key}":${text}`;
    all.push(member);
    if (!NOT_IN_SEED.has(key)) chances.push(member);
  }
  const id = sha256(`[${HARNESS_REVISION},${workload.revision},${suiteSeed},{${all.join(',')}}]`);
  const seed = sha256(`[${suiteSeed},{${chances.join(',')}}]`);
  return {
    id: `c${id.toString('hex', 0, 6)}`,
    seed: (seed.readUInt32BE(0) & 0x1fffff) * 0x100000000 + seed.readUInt32BE(4),
  };
}

/** For each part of a cell: its text, or null where it says nothing beside the default. An axis that is new needs a line here. */
const SAID: { readonly [K in keyof Required<CellData>]: (data: CellData, workload: Identified) => string | null } = {
  workload: ({ workload }) => JSON.stringify(workload),
  nodes: ({ nodes }) => String(nodes),
  replicate: ({ replicate }) => String(replicate),
  decisions: ({ decisions }) => (decisions === DEFAULTS.decisions ? null : String(decisions)),
  risk: ({ risk }) => (risk === DEFAULTS.risk ? null : String(risk)),
  crypto: ({ crypto }) => (crypto === DEFAULTS.crypto ? null : JSON.stringify(crypto)),
  horizon_s: ({ horizon_s }) => (horizon_s === undefined ? null : String(horizon_s)),
  // A schedule by its text, which leaves out what its faults need not say.
  fault: ({ fault }) =>
    once(fault, () => (fault.schedule === undefined ? beside(fault, DEFAULTS.fault) : { schedule: scheduleText(fault) })),
  load: ({ load }) => once(load, () => beside(load, DEFAULT_LOAD)),
  placement: ({ placement }) => (placement === undefined ? null : canonical(placement)),
  names: () => null,
  transactions: ({ transactions }) => once(transactions, () => beside(transactions, DEFAULTS.transactions)),
  network: ({ network }) => once(network, () => networkBesides(network)),
  node: ({ node }) => once(node, () => nodeBesides(node)),
  parameters: ({ parameters }, { parameters: schema }) => onceFor(schema, parameters),
};
const KEYS = (Object.keys(SAID) as (keyof CellData)[]).sort();
const NOT_IN_SEED: ReadonlySet<keyof CellData> = new Set(['crypto', 'decisions', 'risk', 'horizon_s']);

/** The members that differ from the defaults; null: none. */
function beside(value: object, defaults: object): Record<string, unknown> | null {
  const usual = defaults as Readonly<Record<string, unknown>>;
  const said = Object.entries(value).filter(([key, item]) => item !== undefined && item !== usual[key]);
  return said.length === 0 ? null : Object.fromEntries(said);
}

/** A network by its kind and what differs from the usual link; a matrix by its content, whatever it is called. */
function networkBesides(network: NetworkSpec): Record<string, unknown> | null {
  const { kind, ...rest } = network;
  const said: Record<string, unknown> = beside(rest, DEFAULTS.link) ?? {};
  if (network.kind === 'matrix') {
    delete said['name'];
    delete said['origin'];
    delete said['regions'];
    if (network.jitter === DEFAULTS.matrixJitter) delete said['jitter'];
    // Its hash stands for it: a large matrix would else be hashed again for each cell.
    said['one_way_ms'] = sha256(canonical(network.one_way_ms)).toString('hex');
  }
  return kind === DEFAULTS.network && Object.keys(said).length === 0 ? null : { kind, ...said };
}

/** A node by its profile and what differs from that, whatever it is called. */
function nodeBesides(node: NodeProfile): Record<string, unknown> | null {
  const profile = profileOf(node);
  const said = besidesProfile(node);
  return said.length === 0 && profile === DEFAULTS.node ? null : { profile, ...Object.fromEntries(said) };
}

/** The default of each parameter that has one. */
function parameterDefaults(schema: Workload['parameters']): Readonly<Record<string, ParameterValue>> {
  let defaults = knownDefaults.get(schema);
  if (defaults === undefined) {
    const { shape = {} } = schema as { shape?: Readonly<Record<string, Workload['parameters']>> };
    const found = Object.entries(shape).flatMap(([name, field]): [string, ParameterValue][] => {
      const result = field.safeParse(undefined);
      return result.success && result.data !== undefined ? [[name, result.data as ParameterValue]] : [];
    });
    knownDefaults.set(schema, (defaults = Object.fromEntries(found)));
  }
  return defaults;
}
const knownDefaults = new WeakMap<Workload['parameters'], Readonly<Record<string, ParameterValue>>>();

// Parts that many cells share (parameters, a network, a node) are made into text once.
const made = new WeakMap<object, string | null>();

function once(part: object, besides: () => object | null): string | null {
  let text = made.get(part);
  if (text === undefined) {
    const said = besides();
    made.set(part, (text = said === null ? null : canonical(said)));
  }
  return text;
}

const madeFor = new WeakMap<object, { readonly schema: object; readonly text: string | null }>();
function onceFor(schema: Workload['parameters'], parameters: CellData['parameters']): string | null {
  const known = madeFor.get(parameters);
  if (known?.schema === schema) return known.text;
  const said = beside(parameters, parameterDefaults(schema));
  const text = said === null ? null : canonical(said);
  madeFor.set(parameters, { schema, text });
  return text;
}

/** JSON with sorted keys and no spaces; a number has one form, JavaScript's shortest. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

function sha256(text: string): Buffer {
  return nodeCrypto.hash('sha256', text, 'buffer');
}
