// `--filter`: a suite cut down to the conditions that match. A condition is a point of a grid of axes, and each term speaks of one axis,
// so the conditions that match all terms are a grid again: the axes are cut, and no cell changes its id.
import { UserError } from '../errors.ts';
import type { NetworkSpec } from '../model/cell.ts';
import { didYouMean } from './near.ts';
import { numbersOf } from './ranges.ts';
import type { Entry, FaultAxis, Suite } from './types.ts';

/** What a term can speak of, beside the parameters of the workloads. */
const AXES = ['workload', 'nodes', 'fault', 'ratio', 'count', 'network', 'load', 'crypto'] as const;
type Axis = (typeof AXES)[number];
const isAxis = (key: string): key is Axis => (AXES as readonly string[]).includes(key);

interface Term {
  /** As it was written. */
  readonly text: string;
  readonly key: string;
  readonly matches: (value: string | number | boolean) => boolean;
  /** Values of its axis that the suite has: what an error names. */
  readonly seen: Set<string>;
  hit: boolean;
}

/** `key=value`, `key=value,value`, or a workload alone. Numbers of nodes may be ranges. */
function termOf(text: string): Term {
  const at = text.indexOf('=');
  const key = at === -1 ? 'workload' : text.slice(0, at).trim();
  const wanted = (at === -1 ? text : text.slice(at + 1)).trim();
  if (key === '' || wanted === '')
    throw new UserError(`--filter: received ${JSON.stringify(text)}; accepted: KEY=VALUE or KEY=VALUE,VALUE, or a workload`);
  // A value may have commas of its own, as weights have.
  const values = new Set([wanted, ...wanted.split(',').map((value) => value.trim())]);
  if (key === 'nodes') for (const value of [...values]) for (const n of numbersOf(value) ?? []) values.add(String(n));
  return { text, key, matches: (value) => values.has(String(value)), seen: new Set(), hit: false };
}

/** The values of an axis that every term of that axis takes. */
function kept<T>(
  values: readonly T[],
  key: string,
  terms: readonly Term[],
  textsOf: (value: T) => readonly (string | number | boolean)[],
): T[] {
  const own = terms.filter((term) => term.key === key);
  return values.filter((value) =>
    own
      .map((term) => {
        const texts = textsOf(value);
        term.seen.add(String(texts[0]));
        const matches = texts.some(term.matches);
        term.hit ||= matches;
        return matches;
      })
      .every(Boolean),
  );
}

const itself = (value: string | number | boolean): readonly (string | number | boolean)[] => [value];
const networkTexts = (network: NetworkSpec): string[] => (network.kind === 'matrix' ? [network.name, network.kind] : [network.kind]);

/** The faults that match; an axis without ratios has none that a ratio could match, and so for counts. */
function faults(axes: readonly FaultAxis[], terms: readonly Term[]): FaultAxis[] {
  return kept(axes, 'fault', terms, ({ kind }) => [kind]).flatMap((axis): FaultAxis[] => {
    let cut = axis;
    for (const key of ['ratio', 'count'] as const) {
      if (!terms.some((term) => term.key === key)) continue;
      const values = kept<number | string>(axis[key] ?? [], key, terms, itself);
      if (values.length === 0) return [];
      cut = { ...cut, [key]: values };
    }
    return [cut];
  });
}

/** An entry cut down; null: nothing of it matches. */
function entryOf(entry: Entry, suite: Suite, terms: readonly Term[]): Entry | null {
  const all = { ...suite, nodes: suite.sweep.nodes, fault: suite.sweep.fault, ...entry };
  const nodes = kept(all.nodes, 'nodes', terms, itself);
  const fault = faults(all.fault, terms);
  const network = kept(all.network, 'network', terms, networkTexts);
  const load = kept(all.load, 'load', terms, ({ kind }) => [kind]);
  const crypto = kept(all.crypto, 'crypto', terms, itself);
  const parameters: Record<string, Entry['parameters'][string]> = {};
  for (const [name, values] of Object.entries(entry.parameters)) parameters[name] = kept(values, name, terms, itself);
  const unknown = terms.some(({ key }) => !isAxis(key) && !(key in entry.parameters));
  if (unknown || [nodes, fault, network, load, crypto, ...Object.values(parameters)].some(({ length }) => length === 0)) return null;
  const cut = (key: string): boolean => terms.some((term) => term.key === key);
  const faulty = ['fault', 'ratio', 'count'].some(cut);
  return {
    ...entry,
    ...(cut('nodes') ? { nodes } : {}),
    ...(faulty ? { fault } : {}),
    ...(cut('network') ? { network } : {}),
    ...(cut('load') ? { load } : {}),
    ...(cut('crypto') ? { crypto } : {}),
    parameters,
  };
}

/**
 * The part of a suite (with its workloads' parameters written out) that matches all of some terms; each cell of it is a cell of the whole
 * suite, with the same id.
 * @throws UserError for a term that is none, speaks of what the suite has not, or leaves nothing
 */
export function filterSuite(suite: Suite, texts: readonly string[]): Suite {
  const terms = texts.map(termOf);
  const parameters = new Set(
    Object.values(suite.workloads).flatMap((entries) => entries.flatMap((entry) => Object.keys(entry.parameters))),
  );
  for (const { key, text } of terms)
    if (!isAxis(key) && !parameters.has(key))
      throw new UserError(
        `--filter: received ${text}${didYouMean(key, [...AXES, ...parameters])}; accepted: ${AXES.join(', ')}, or a parameter of a workload of ${suite.name}`,
      );
  const workloads: Record<string, readonly Entry[]> = {};
  for (const [id, entries] of Object.entries(suite.workloads)) {
    if (kept([id], 'workload', terms, itself).length === 0) continue;
    const left = entries.flatMap((entry) => entryOf(entry, suite, terms) ?? []);
    if (left.length > 0) workloads[id] = left;
  }
  const idle = terms.find(({ hit }) => !hit);
  if (idle !== undefined && idle.seen.size > 0)
    throw new UserError(
      `--filter: received ${idle.text}${idle.key === 'nodes' ? '' : didYouMean(idle.text.slice(idle.text.indexOf('=') + 1), idle.seen)}; accepted: ${idle.key}=… of ${suite.name}: ${[...idle.seen].join(', ')}`,
    );
  if (Object.keys(workloads).length === 0)
    throw new UserError(
      `--filter: no cell of ${suite.name} matches ${texts.join(' and ')}; accepted: terms that some cell matches together`,
    );
  return { ...suite, workloads };
}
