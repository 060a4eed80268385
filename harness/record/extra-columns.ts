// Columns that a run's plan and its workloads bring beside the fixed ones: swept parameters (p_…), other settings that the plan sweeps
// (s_…), and workloads' observations and counts by role (o_…). They are known before the first row, and follow the last fixed column,
// each kind sorted by name.
import type { Cell, ParameterValue } from '../model/cell.ts';
import type { Observation } from '../simulate/core/contract.ts';
import { observationsByName } from '../simulate/core/observations.ts';
import type { Column } from './column.ts';
import { settingsOf } from './settings.ts';
import { meanColumns } from './summary-columns.ts';

/** What has more than one value within a mechanism of a plan. */
export interface Swept {
  readonly name: string;
  /** Every value of it is a number. */
  readonly isNumeric: boolean;
}

export interface ExtraColumns {
  /** Sorted by name. */
  readonly parameters: readonly Swept[];
  /** Settings that have no fixed column, by their dotted names, sorted. */
  readonly settings: readonly Swept[];
  /** Sorted by name; those of counts by role are among them. */
  readonly observations: readonly Observation[];
}
export const NO_EXTRAS: ExtraColumns = { parameters: [], settings: [], observations: [] };

const roleName = (role: string): string => role.replace(/\W/g, '_');

/** What a counted role sent to nodes, as observations: where a mechanism has more than one counted role. */
export function roleObservations(role: string): readonly [messages: Observation, bytes: Observation] {
  const of = (what: string): Observation => ({
    name: `${what}_${roleName(role)}_per_decision`,
    unit: what,
    description: `${what === 'messages' ? 'Messages' : 'Bytes'} that participants of the role ${role} sent to nodes; all of them together, divided by decisions.`,
    kind: 'positive',
  });
  return [of('messages'), of('bytes')];
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** @throws TypeError where observations of one name are not the same column */
export function extraColumns({
  parameters,
  settings,
  observations,
}: {
  parameters: readonly Swept[];
  settings: readonly Swept[];
  observations: Iterable<Observation>;
}): ExtraColumns {
  const sorted = <T extends { readonly name: string }>(all: Iterable<T>): T[] => [...all].sort((a, b) => byName(a.name, b.name));
  return { parameters: sorted(parameters), settings: sorted(settings), observations: sorted(observationsByName(observations).values()) };
}

/** `load.p99_ms` is `s_load_p99_ms`: names with dots have to be quoted in most languages. */
const settingName = (name: string): string => `s_${name.replaceAll('.', '_')}`;

const sweptColumns = ({ parameters, settings }: ExtraColumns): Column[] => [
  ...parameters.map(({ name, isNumeric }): Column => ({
    name: `p_${name}`,
    unit: '',
    type: isNumeric ? 'number' : 'text',
    description: `The parameter ${name}, which the plan sweeps.`,
    empty: 'for workloads without it',
  })),
  ...settings.map(({ name, isNumeric }): Column => ({
    name: settingName(name),
    unit: '',
    type: isNumeric ? 'number' : 'text',
    description: `The setting ${name}, which the plan sweeps.`,
    empty: 'where it is the default, and where there is no such setting',
  })),
];

/** Of records.csv, after the fixed ones. */
export function recordExtraColumns(extras: ExtraColumns): Column[] {
  const observed = extras.observations.map(({ name, unit, description }): Column => ({
    name: `o_${name}`,
    unit,
    type: 'number',
    description,
    empty: 'unless state is done; for workloads that do not observe it',
  }));
  return [...sweptColumns(extras), ...observed];
}

/** Of summary.csv, after the fixed ones. */
export function summaryExtraColumns(extras: ExtraColumns): Column[] {
  return [...sweptColumns(extras), ...extras.observations.flatMap(({ name, unit, kind }) => meanColumns(`o_${name}`, unit, kind))];
}

/** The fields of what the plan sweeps; null where a cell does not have it. */
export function sweptFields({ parameters, settings }: ExtraColumns, cell: Cell): Record<string, string | number | null> {
  const field = (value: ParameterValue | undefined): string | number | null =>
    value === undefined ? null : typeof value === 'boolean' ? String(value) : value;
  const own = settings.length === 0 ? {} : Object.fromEntries(settingsOf(cell));
  return Object.fromEntries([
    ...parameters.map(({ name }) => [`p_${name}`, field(cell.parameters[name])] as const),
    ...settings.map(({ name }) => [settingName(name), field(own[name])] as const),
  ]);
}
