// Finality against faults, up to the claimed bound and past it, with the share of replicates that broke: a panel a variant and kind of fault.
import { evidenceText } from '../analysis/estimate.ts';
import { claimedFaults, faultLabel, faultPhrase, type FaultRow, type Model } from '../analysis/model.ts';
import type { Summary } from '../analysis/summarize.ts';
import { FINALITY, dotOf } from './cost-figures.ts';
import { bandAxis, beyondText, logAxis, type Bar, type Panel, type Rule } from './chart.ts';
import { FATE_NAMES, STACKED } from './colours.ts';
import type { Plot } from './figure.ts';
import { lookOf } from './marks.ts';
import { NOWHERE } from './rate-figure.ts';

/** What a condition's attacks together show, where somebody attacks. */
function attackText({ verdict }: Summary): string {
  const { safety } = verdict.evidence;
  return safety?.counted !== 'attacks' ? '' : ` (${evidenceText(safety)})`;
}

/** The panel's title and note say the rest. */
function barOf(summary: Summary, x: number): Bar {
  const { fates } = summary;
  const text = `${faultPhrase(summary)}${attackText(summary)}`;
  const total = STACKED.reduce((sum, fate) => sum + fates[fate], 0);
  let from = 0;
  const parts = STACKED.flatMap((fate) => {
    if (fates[fate] === 0) return [];
    const part = { fate, from, to: from + fates[fate] / total, text: `${text}: ${fates[fate]} of ${total} ${FATE_NAMES[fate]}` };
    from = part.to;
    return [part];
  });
  return { x, parts };
}

function panelOf(row: FaultRow): Panel {
  const { series, kind, nodes, conditions } = row;
  const claimed = claimedFaults(conditions[0]);
  const byCount = conditions.every(({ keys }) => keys.fault_ratio === null);
  const exact = conditions.every(({ keys }) => keys.fault_count === null);
  const title = byCount ? 'faulty nodes' : exact ? 'φ: share of power or stake' : 'φ: share of the nodes';
  const x = bandAxis(
    title,
    conditions.map((summary) => (byCount ? faultLabel(summary).replace(/ = \d+$/, '') : faultLabel(summary))),
  );
  const dots = conditions.flatMap((summary, at) => dotOf(summary, FINALITY, {}, { along: 'y', at, name: faultPhrase(summary) }) ?? []);
  const y = logAxis(
    FINALITY.title,
    dots.map((dot) => ({ mean: dot.y, spread: dot.ySpread })),
    FINALITY.writing,
  );
  const firstPast = claimed === null ? -1 : conditions.findIndex(({ faulty_nodes }) => (faulty_nodes ?? 0) > claimed);
  const bound: Rule[] = firstPast === -1 ? [] : [{ kind: 'x', value: firstPast - 0.5 }];
  return {
    title: `${series.label}, ${kind}`,
    note: `n = ${nodes}${claimed === null ? '' : `; claimed to bear f = ${claimed}`}`,
    description: `Time to finality, and what became of the replicates, under ${kind}: ${series.label}, ${nodes} nodes`,
    remarks: [y === null ? 'Nothing became final.' : beyondText(dots, 'y', y)].filter((one) => one !== ''),
    x,
    y: y ?? NOWHERE,
    lines: [{ name: series.label, label: '', look: lookOf(series.workload), dots, joined: true }],
    rules: bound,
    bars: conditions.map((summary, at) => barOf(summary, at)),
    range: [],
  };
}

/** Null where the suite sweeps no faults. */
export function faultFigure({ faultRows }: Model): Plot | null {
  if (faultRows.length === 0) return null;
  const size = { width: 290, height: 200 };
  return {
    id: 'finality-faults',
    group: 'faults',
    name: 'Finality and faults',
    basis: 'simulated',
    title: 'Time to finality and what became of the replicates, by fault',
    caption:
      'Time to finality against faults, up to the claimed bound and past it; the bars are the shares of replicates by what became of them.',
    panels: faultRows.map(panelOf),
    size: { wide: faultRows.length > 1 ? size : { width: 480, height: 260 }, narrow: { width: 350, height: 220 } },
    columns: { x: 'fault', y: 'finality_s' },
    byX: false,
  };
}
