// Predicted CPU time against the measured one: on the line both are the same.
import type { Comparison, Model } from '../analysis/model.ts';
import { prefixed } from '../analysis/format.ts';
import { deviation } from '../analysis/findings.ts';
import { groupBy } from '../analysis/group-by.ts';
import { beyondRemarks, logAxis, spreadOf, type Dot, type Line, type Panel } from './chart.ts';
import { MAX_IN_PANEL } from './cost-figures.ts';
import type { Plot } from './figure.ts';
import { lookOf } from './marks.ts';

const seconds = (value: number): string => prefixed(value, 's');

function dotOf({ label, summary, predicted, measured, ratio }: Comparison): Dot {
  const { nodes, fault_kind, fault_ratio } = summary.keys;
  const fault = fault_ratio === 0 ? '' : `, ${fault_kind} ${fault_ratio ?? ''}`.trimEnd();
  return {
    x: predicted.mean,
    y: measured.mean,
    keys: { nodes: String(nodes), fault: fault === '' ? 'none' : fault.slice(2) },
    xSpread: null,
    ySpread: spreadOf(measured),
    over: { count: measured.count, replicates: summary.replicates },
    text: `${label}, n = ${nodes}${fault}: predicted ${seconds(Number(predicted.mean.toPrecision(3)))}, measured ${seconds(Number(measured.mean.toPrecision(3)))}, ${deviation(ratio)}`,
  };
}

/** Null where nothing was measured. */
export function measuredFigure({ comparisons }: Model): Plot | null {
  const placed = comparisons.filter(({ predicted, measured }) => predicted.mean > 0 && measured.mean > 0);
  const byMechanism = [...groupBy(placed, ({ summary }) => summary.keys.workload)];
  const all = placed.map(dotOf);
  const x = logAxis(
    'predicted CPU time per decision',
    all.map((dot) => ({ mean: dot.x, spread: null })),
    seconds,
  );
  const y = logAxis(
    'measured CPU time per decision',
    all.map((dot) => ({ mean: dot.y, spread: dot.ySpread })),
    seconds,
  );
  if (x === null || y === null) return null;
  const groups = byMechanism.length <= MAX_IN_PANEL ? [byMechanism] : byMechanism.map((one) => [one]);
  const panels = groups.map((group): Panel => {
    const lines = group.map(([workload, members]): Line => ({
      name: workload,
      label: '',
      look: lookOf(workload),
      dots: members.map(dotOf),
      joined: false,
    }));
    return {
      title: groups.length === 1 ? '' : group[0][0],
      note: '',
      remarks: beyondRemarks(lines, 'y', y),
      description: `Measured against predicted CPU time per decision: ${group.map(([workload]) => workload).join(', ')}`,
      x,
      y,
      lines,
      rules: [{ kind: 'diagonal', slope: 1, label: 'as predicted' }],
      bars: [],
      range: [],
    };
  });
  const size = { width: 250, height: 220 };
  return {
    id: 'predicted-measured',
    group: 'measured',
    name: 'Predicted and measured',
    basis: 'measured',
    title: 'Measured against predicted CPU time per decision',
    caption: 'Measured against predicted CPU time of one decision, of all nodes together.',
    panels,
    size: { wide: panels.length > 1 ? size : { width: 480, height: 360 }, narrow: panels.length > 1 ? size : { width: 350, height: 300 } },
    columns: { x: 'predicted_cpu_s', y: 'measured_cpu_s' },
    byX: false,
  };
}
