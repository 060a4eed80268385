// What workloads observe of their own, by condition: a table that knows no workload.
import type { RunDigest } from './digest.ts';
import { NUMBER, SHARE, estimateOf, type Estimate } from './estimate.ts';
import { faultLabel, type Model } from './model.ts';
import type { Observation } from '../simulate/core/contract.ts';

export interface ObservationRow {
  readonly observation: Observation;
  readonly label: string;
  readonly nodes: number;
  readonly fault: string;
  readonly value: Estimate;
}

/** Of every observation the conditions that have it, in their order. */
export function observationRows(model: Model, digest: RunDigest): ObservationRow[] {
  return digest.extras.observations.flatMap((observation) =>
    model.series.flatMap(({ label, conditions }) =>
      conditions.flatMap((summary): ObservationRow[] => {
        const mean = summary.observations[observation.name];
        if (mean == null) return [];
        const value = estimateOf(mean, summary.replicates, observation.kind === 'share' ? SHARE : NUMBER);
        const fault = `${summary.keys.fault_kind} ${faultLabel(summary)}`;
        return [{ observation, label, nodes: summary.keys.nodes, fault, value }];
      }),
    ),
  );
}
