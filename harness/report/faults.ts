// What faults do: finality and what became of the replicates, and table 3.
import { boundClaim, THRESHOLD_TITLES, thresholdTable, type ThresholdRow } from '../analysis/findings.ts';
import { plural } from '../analysis/format.ts';
import type { Model } from '../analysis/model.ts';
import type { Fate } from '../analysis/summarize.ts';
import type { Property } from '../analysis/verdict.ts';
import { SPREAD_NOTE, groupHtml, type Figure } from './figure.ts';
import { EMPTY, escape, name, table, words, type Cell } from './table.ts';

export const FATE_OF: Readonly<Record<Property, Fate>> = {
  safety: 'unsafe',
  durability: 'undurable',
  liveness: 'unlive',
  finality: 'unfinal',
};

const FAULTS_NOTE =
  'Above: time until a transaction may be relied on, at the same risk of reversal for every mechanism; a line ends where nothing becomes final. Below: what became of the replicates at each fault, one panel a mechanism and kind of fault. Liveness is violated where nothing under way could make progress, or users’ transactions stayed out of the chain. A violated liveness or safety past the claimed bound is what the paper predicts; before it, it contradicts the claim. Under attack, the attacks of all replicates together decide what became of them: against the accepted risk, at 95%.';

function thresholdCell({ property, text }: ThresholdRow['thresholds'][number]): Cell {
  return text === null ? { html: EMPTY, wraps: 'evidence' } : { html: escape(text), wraps: 'evidence', fate: FATE_OF[property] };
}

export function faultSection(model: Model, figures: readonly Figure[]): string {
  if (model.faultRows.length === 0) return '<p>The suite sweeps no faults.</p>';
  const beside =
    model.otherSizes === 0
      ? ''
      : ` One number of nodes is drawn in each panel (${plural(model.otherSizes, 'more sweep')} at others); table 3 has all.`;
  const { properties, rows } = thresholdTable(model, { brief: false });
  // Nothing broke, and nothing is undecided.
  const isQuiet = (index: number): boolean =>
    model.breakings[index].undecided === null && rows[index].thresholds.every(({ text }) => text === null);
  const quiet = rows.filter((_, index) => isQuiet(index));
  const told = rows.filter((_, index) => !isQuiet(index));
  const claims = [...new Set(model.faultRows.map(({ series }) => series.workload))].flatMap((workload) => {
    const claim = boundClaim(workload);
    return claim === null ? [] : [`<li><b>${escape(workload)}</b>: ${escape(claim)}</li>`];
  });
  return `${groupHtml(figures, 'faults', escape(`${FAULTS_NOTE} ${SPREAD_NOTE}${beside}`))}
${claims.length === 0 ? '' : `<h3>Claimed bounds</h3><ul>${claims.join('')}</ul>`}
${
  quiet.length === 0
    ? ''
    : `<p><b>Held throughout its sweep:</b> ${escape(quiet.map(({ label, kind, nodes, holds }) => `${label} under ${kind}, n = ${nodes}, up to ${holds ?? '0'}`).join('; '))}.</p>`
}
${
  told.length === 0
    ? ''
    : table({
        id: 'table-breaking',
        caption:
          'Table 3. Where each mechanism broke: the first fault ratio (or count) of the sweep at which it happened, with the number of faulty nodes, in how many replicates, and the exact 95% bound of how often it happens. Under attack, all replicates’ attacks together against the accepted risk; undecided where they are too few to tell.',
        head: [
          { title: 'mechanism' },
          { title: 'fault' },
          { title: 'n' },
          { title: 'holds up to' },
          ...properties.map((property) => ({ title: THRESHOLD_TITLES[property] })),
        ],
        rows: told.map(({ label, kind, nodes, holds, thresholds }) => [
          name(label),
          words(kind),
          words(nodes),
          { html: escape(holds ?? '–'), wraps: 'evidence' },
          ...thresholds.map(thresholdCell),
        ]),
      })
}`;
}
