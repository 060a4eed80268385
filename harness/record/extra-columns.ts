// Columns that a run's plan and its workloads bring beside the fixed ones: swept parameters (p_…), and workloads' observations and
// counts by role (o_…). They are known before the first row, and follow the last fixed column, each kind sorted by name.
import type { Cell, ParameterValue } from '../model/cell.ts';
import type { CellRecord } from '../model/record.ts';
import type { Observation } from '../simulate/core/contract.ts';
import { observationsByName } from '../simulate/core/observations.ts';
import type { Column } from './column.ts';
import { meanColumns } from './summary-columns.ts';

export interface ExtraColumns {
  /** Names of parameters, sorted. */
  readonly parameters: readonly string[];
  /** Sorted by name; those of counts by role are among them. */
  readonly observations: readonly Observation[];
}
export const NO_EXTRAS: ExtraColumns = { parameters: [], observations: [] };

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
export function extraColumns(parameters: Iterable<string>, observations: Iterable<Observation>): ExtraColumns {
  const named = observationsByName(observations);
  return {
    parameters: [...new Set(parameters)].sort(byName),
    observations: [...named.values()].sort((a, b) => byName(a.name, b.name)),
  };
}

const parameterColumns = ({ parameters }: ExtraColumns): Column[] =>
  parameters.map((parameter) => ({
    name: `p_${parameter}`,
    unit: '',
    type: 'text',
    description: `The parameter ${parameter}, which the plan sweeps.`,
    empty: 'for workloads without it',
  }));

/** Of records.csv, after the fixed ones. */
export function recordExtraColumns(extras: ExtraColumns): Column[] {
  const observed = extras.observations.map(({ name, unit, description }): Column => ({
    name: `o_${name}`,
    unit,
    type: 'number',
    description,
    empty: 'unless state is done; for workloads that do not observe it',
  }));
  return [...parameterColumns(extras), ...observed];
}

/** Of summary.csv, after the fixed ones. */
export function summaryExtraColumns(extras: ExtraColumns): Column[] {
  return [...parameterColumns(extras), ...extras.observations.flatMap(({ name, unit, kind }) => meanColumns(`o_${name}`, unit, kind))];
}

/** The fields of swept parameters; null where the cell's workload does not have one. */
export function parameterFields({ parameters }: ExtraColumns, of: Cell['parameters']): Record<string, string | number | null> {
  const text = (value: ParameterValue): string | number => (typeof value === 'boolean' ? String(value) : value);
  return Object.fromEntries(parameters.map((name) => [`p_${name}`, of[name] === undefined ? null : text(of[name])]));
}

/** A record with the fields of its extra columns. */
export function withExtras(extras: ExtraColumns, record: CellRecord, cell: Cell): CellRecord {
  if (extras.parameters.length === 0 && extras.observations.length === 0) return record;
  const observed = record.state === 'done' ? record.observations : undefined;
  const fields = extras.observations.map(({ name }): [string, number | null] => [`o_${name}`, observed?.[name] ?? null]);
  return { ...record, ...parameterFields(extras, cell.parameters), ...Object.fromEntries(fields) };
}
