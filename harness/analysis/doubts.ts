// What makes a figure's numbers doubtful, in one short line that stands under its title. Pure.
import type { RunFolder } from '../folder/read.ts';
import { plural, share } from './format.ts';

/** What is known against a run's machine. */
export interface RunDoubts {
  /** Warnings of the cost table's measurement. */
  readonly noisy: number;
  /** Processors that its cells ran on. */
  readonly hosts: number;
  /** The cost table is of another processor than the run. */
  readonly borrowed: boolean;
}

/** Those that a run was made on: that of its environment, and of a run that was resumed elsewhere others. */
export function processorsOf(environment: RunFolder['environment']): readonly string[] {
  const { cpu_model, starts } = environment as {
    readonly cpu_model?: string;
    readonly starts?: readonly { readonly cpu_model?: string }[];
  };
  return [...new Set([cpu_model, ...(starts ?? []).map((start) => start.cpu_model)].filter((model) => model !== undefined))];
}

export function doubtsOf({ costs, warnings, environment }: Pick<RunFolder, 'costs' | 'warnings' | 'environment'>): RunDoubts {
  const { cpu_model } = environment;
  return {
    noisy: warnings.length,
    hosts: processorsOf(environment).length,
    borrowed: cpu_model !== undefined && cpu_model !== costs.machine,
  };
}

/** What numbers rest on: the model alone, counts of it at the cost table's prices, or a clock. */
export type Basis = 'simulated' | 'priced' | 'measured';

/** Of how many replicates a mean is, of how many it would be. */
export interface Replicates {
  readonly count: number;
  readonly replicates: number;
}

/** Below it there is no interval. */
const ENOUGH = 3;

const meansText = (some: number, all: number): string => (some === all ? 'every mean' : `${share(some, all)} means`);

/** The warnings of a set of means, as a sentence; '' where there are none. */
export function warningsOf(means: readonly Replicates[], basis: Basis, { noisy, hosts, borrowed }: RunDoubts): string {
  const few = means.filter(({ count }) => count < ENOUGH).length;
  const survivors = means.filter(({ count, replicates }) => count < replicates);
  const fewest = survivors.reduce<Replicates | null>(
    (least, one) => (least === null || one.count / one.replicates < least.count / least.replicates ? one : least),
    null,
  );
  const measured = basis === 'measured';
  const said = [
    basis !== 'simulated' && noisy > 0
      ? `${measured ? 'measured' : 'priced'} on a noisy machine (${plural(noisy, 'warning')}, in the section on kernels)`
      : '',
    measured && hosts > 1 ? `measured on ${hosts} different processors` : '',
    measured && borrowed ? 'predicted from the costs of another processor' : '',
    few > 0 ? `${meansText(few, means.length)} of fewer than ${ENOUGH} replicates` : '',
    fewest === null
      ? ''
      : `${meansText(survivors.length, means.length)} of survivors alone (${share(fewest.count, fewest.replicates)} at the least)`,
  ].filter((one) => one !== '');
  return said.length === 0 ? '' : `Caution: ${said.join('; ')}.`;
}
