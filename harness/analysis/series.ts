// The mechanisms of a run in their variants and loads, and what they are called. Pure and generic.
//
// A label names the workload, the parameters, network, batch size and risk in which variants of it differ, and the load where it is not
// the default one. What a suite sets to suit a network or a load (`.meta({ tuning: true })`, the load's rules) and how long it looks
// (`.meta({ effort: true })`, warm-up, window) it names only where nothing else tells two of them apart. Two series never share a label;
// what no label names is said once (unnamedText).
import { isDefaultLoad, loadName, loadSettings, type LoadSpec } from '../model/load.ts';
import { scheduleText } from '../model/fault.ts';
import { parametersOf } from '../suite/accepted.ts';
import { oneLine, plural } from '../words.ts';
import { workloads } from '../workloads.ts';
import { groupBy } from './group-by.ts';
import type { Summary } from './summarize.ts';

/** A mechanism in one variant: same parameters, network, batch size, risk and load. */
export interface Series {
  /** The variant, then the load where it is not the default; of no other series. */
  readonly label: string;
  /** The workload and what tells its variants apart. Those that differ in their load, and in what was tuned to suit it, share it. */
  readonly variant: string;
  readonly load: LoadSpec;
  readonly workload: string;
  readonly conditions: readonly Summary[];
}

/** Names and values, as labels have them. */
type Traits = ReadonlyMap<string, string>;

/** What tells conditions apart, beside nodes and faults. */
interface Identity {
  /** Parameters, network, batch size and risk: a variant. */
  readonly own: Traits;
  /** Parameters that a suite sets to suit a network or a load. */
  readonly tuning: Traits;
  /** Parameters of effort. */
  readonly effort: Traits;
  /** Kind and rate of the load; '' for the default one. */
  readonly load: string;
  /** Its rules that are not the defaults. */
  readonly rules: Traits;
  /** Its warm-up and window, where they are not the defaults. */
  readonly looks: Traits;
}

/** A network and a flag are their own names. */
const traitText = ([name, value]: readonly [string, string]): string => (name === 'network' || value === name ? value : `${name}=${value}`);
const textOf = (entry: Iterable<readonly [string, string]>): string => [...entry].map(traitText).join(' ');

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

const LOOKS: ReadonlySet<string> = new Set(['warmup_s', 'window_s']);

/** What ends one parameter of `k=v;k=v`: values may have semicolons of their own (phases, quorum sets), but none before a name and `=`. */
const BETWEEN = /;(?=[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*=)/;

/** Parameters as the record has them. */
function parametersIn({ keys }: Summary): Map<string, string> {
  const written = new Map<string, string>();
  for (const pair of keys.parameters.split(BETWEEN)) {
    const at = pair.indexOf('=');
    // The load has its own.
    if (at > 0 && !pair.startsWith('load.')) written.set(pair.slice(0, at), oneLine(pair.slice(at + 1)));
  }
  return written;
}

function identityOf(summary: Summary): Identity {
  const { keys, load, decisions } = summary;
  const own = new Map<string, string>();
  const tuning = new Map<string, string>();
  const effort = new Map<string, string>();
  const workload = workloads.get(keys.workload);
  const declared = new Map(workload === undefined ? [] : parametersOf(workload).map((parameter) => [parameter.name, parameter]));
  for (const [name, value] of parametersIn(summary)) {
    const marks = declared.get(name);
    (marks?.effort === true ? effort : marks?.tuning === true ? tuning : own).set(name, value);
  }
  own.set('network', oneLine(keys.network)).set('tx', String(keys.tx_per_decision)).set('risk', String(keys.risk));
  if (isDefaultLoad(load)) effort.set('decisions', String(decisions));
  const rules = new Map<string, string>();
  const looks = new Map<string, string>();
  for (const [name, value] of loadSettings(load))
    // The load's name has these.
    if (name !== 'p99_ms' && name !== 'queues') (LOOKS.has(name) ? looks : rules).set(name, String(value));
  return { own, tuning, effort, load: isDefaultLoad(load) ? '' : loadName(load), rules, looks };
}

/** Two conditions of one series at the same nodes and fault could not be told apart. */
function isAmbiguous(members: readonly Summary[]): boolean {
  const places = new Set(
    members.map(({ keys: { crypto, nodes, fault_kind, fault_ratio, fault_count }, fault }) =>
      JSON.stringify([crypto, nodes, fault_kind, fault_ratio, fault_count, scheduleText(fault)]),
    ),
  );
  return places.size < members.length;
}

/** Names in which some of these differ, in the order of their first appearance. */
function differing(all: readonly Traits[]): string[] {
  const names = new Set(all.flatMap((traits) => [...traits.keys()]));
  return [...names].filter((name) => all.some((traits) => traits.get(name) !== all[0].get(name)));
}

/** As few of these names as still tell all of them apart as the names together do; later names go first. */
function telling(all: readonly Traits[]): string[] {
  const kinds = (names: readonly string[]): number =>
    new Set(all.map((traits) => JSON.stringify(names.map((name) => traits.get(name) ?? null)))).size;
  let names = differing(all);
  const most = kinds(names);
  for (const name of [...names].reverse()) {
    const rest = names.filter((other) => other !== name);
    if (kinds(rest) === most) names = rest;
  }
  return names;
}

interface Group {
  readonly identity: Identity;
  readonly members: readonly Summary[];
}

const key = (...traits: Traits[]): string => JSON.stringify(traits.map((one) => [...one].sort()));

function groupsOf(conditions: readonly Summary[]): Group[] {
  const all = conditions.map((summary) => ({ summary, identity: identityOf(summary) }));
  const by = (looks: boolean): Group[] => {
    const groups = groupBy(all, ({ identity: { own, tuning, load, rules, ...rest } }) =>
      JSON.stringify([key(own, tuning, rules), load, looks ? key(rest.effort, rest.looks) : '']),
    );
    return [...groups.values()].map((group) => ({ identity: group[0].identity, members: group.map(({ summary }) => summary) }));
  };
  const coarse = by(false);
  return coarse.some(({ members }) => isAmbiguous(members)) ? by(true) : coarse;
}

/** Rates that are offered, by the suite or a search, are points of one curve. */
const CURVED = 'rates';

export function seriesOf(conditions: readonly Summary[]): Series[] {
  return [...groupBy(conditions, ({ keys }) => keys.workload)].flatMap(([workload, all]) => {
    const groups = groupsOf(all);
    const named = differing(groups.map(({ identity }) => identity.own));
    const variantOf = ({ identity: { own } }: Group): string => joined(workload, textOf([...own].filter(([name]) => named.includes(name))));
    // What was tuned belongs to the variant under each of its loads, where it tells it apart under one.
    const tunedOf = ({ identity: { own, tuning } }: Group): string => key(own, tuning);
    const tuned = new Map(groups.map((group) => [tunedOf(group), new Set<string>()]));
    const others = new Map(groups.map((group) => [group, new Set<string>()]));
    const tell = (like: (group: Group) => string, traits: (group: Group) => Traits): void => {
      for (const same of groupBy(groups, (group) => JSON.stringify([variantOf(group), like(group)])).values())
        for (const name of telling(same.map(traits)))
          for (const group of same) (group.identity.tuning.has(name) ? tuned.get(tunedOf(group))! : others.get(group)!).add(name);
    };
    tell(
      ({ members: [{ load }] }) => (load.kind === 'closed' ? loadName(load) : CURVED),
      ({ identity }) => identity.tuning,
    );
    tell(
      ({ identity }) => identity.load,
      ({ identity: { tuning, rules, looks, effort } }) => new Map([...tuning, ...rules, ...looks, ...effort]),
    );
    return groups.map((group): Series => {
      const { load, rules, looks, tuning, effort } = group.identity;
      const of = (traits: readonly (readonly [string, string])[], names: ReadonlySet<string>): string =>
        textOf(traits.filter(([name]) => names.has(name)));
      const variant = joined(variantOf(group), of([...tuning], tuned.get(tunedOf(group))!), of([...effort], others.get(group)!));
      const label = joined(variant, load, of([...rules, ...looks], others.get(group)!));
      return { label, variant, load: group.members[0].load, workload, conditions: group.members };
    });
  });
}

/** At most so many groups of settings are said. */
const MAX_SAID = 12;

/** What a series has that is no default, and that its label does not name. */
function unnamed({ label, conditions, workload }: Series): string {
  const words = new Set(label.split(' '));
  const preset = workloads.get(workload)?.parameters.safeParse({});
  const presets = new Map(Object.entries((preset?.data ?? {}) as Summary['parameters']).map(([name, value]) => [name, String(value)]));
  const values = new Map<string, Set<string>>();
  for (const condition of conditions) {
    const { own, tuning, effort, rules, looks } = identityOf(condition);
    for (const [name, value] of [...own, ...tuning, ...effort, ...rules, ...looks]) {
      if (words.has(traitText([name, value]))) continue;
      const seen = values.get(name) ?? new Set();
      values.set(name, seen.add(value));
    }
  }
  const said = [...values].flatMap(([name, seen]) => {
    const isUsual = seen.size === 1 && seen.has(presets.get(name) ?? '');
    const isSaidElsewhere = ['network', 'tx', 'risk', 'decisions'].includes(name);
    return isUsual || isSaidElsewhere ? [] : [`${name}=${[...seen].join(' or ')}`];
  });
  return said.join(' ');
}

/** What labels leave out, with its values; null: nothing but defaults. It stands once beneath the first table that has the labels. */
export function unnamedText(series: readonly Series[]): string | null {
  const all = series.map((one) => ({ one, settings: unnamed(one) })).filter(({ settings }) => settings !== '');
  const groups = [...groupBy(all, ({ one, settings }) => JSON.stringify([one.workload, settings])).values()];
  if (groups.length === 0) return null;
  const said = groups.slice(0, MAX_SAID).map((group) => {
    const [{ one, settings }] = group;
    const isWhole = group.length === series.filter(({ workload }) => workload === one.workload).length;
    return `${isWhole ? one.workload : group.map((member) => member.one.label).join(', ')}: ${settings}`;
  });
  const more = groups.length - said.length;
  return `Settings that are no defaults and that names leave out: ${said.join('; ')}${more > 0 ? `; and ${plural(more, 'more such group')}, in the column parameters of summary.csv` : ''}.`;
}
