// report.html: one self-contained file. Nothing is loaded, no script runs; every number in it comes from the records, the
// cost table or the environment of the run.
import { answerOf, type Answer } from '../analysis/answer.ts';
import type { RunDigest } from '../analysis/digest.ts';
import { findings, notices, omittedText, retriedText } from '../analysis/findings.ts';
import { plural } from '../analysis/format.ts';
import { modelOf, type Model } from '../analysis/model.ts';
import { RECORD_COLUMNS } from '../record/columns.ts';
import { RECORD_STATES } from '../model/record.ts';
import { workloads } from '../workloads.ts';
import { ANSWER_STYLE, answerSection } from './answer.ts';
import { comparisonTableSection } from './comparison.ts';
import { comparisonSection, conditionTables } from './conditions.ts';
import { costSection } from './costs.ts';
import { diagramSection } from './diagrams.ts';
import { faultSection } from './faults.ts';
import { answerFigure } from './answer-plot.ts';
import { warned, type Figure } from './figure.ts';
import { reportFigures } from './figures.ts';
import { findingsList } from './findings.ts';
import { environmentSection, kernelSection, methodSection, reproduceSection } from './machine.ts';
import { observationSection } from './observations.ts';
import { page } from './page.ts';
import { rateSection } from './rates.ts';
import { escape } from './table.ts';
import { linkTerms, termsSection } from './terms.ts';

const LIMITS: readonly string[] = [
  'Latency, finality, throughput, messages and verdicts are simulated: virtual time on a modelled network. CPU time, energy and money are counts of operations priced with costs measured on one machine. A simulator’s own running time appears nowhere.',
  'Only a rate of a load “saturate” is a capacity. Without a load that is named, decisions run one after another (one in flight): their rate is no saturation figure, and pipelining would raise it.',
  'CPU time holds the cryptography, vote counting and hashing that the protocol needs. Execution of transactions, storage, serialisation and the operating system are not in it, for any mechanism, and neither are clients’ signatures unless the suite says transactions: { signed: true }.',
  'Costs stand on two bases. Marginal: active CPU time at the power of a busy core, and its rent. Provisioned: every node’s cores for as long as the decisions take, busy or not. Cooling, networks, staff and the return that stakers ask are in neither.',
  'Intervals show the spread over seeds of the model, and no error of the model itself.',
  'A fault ratio that held in every replicate held in these replicates. It is no proof: the bound beside each verdict says how often it could still fail, at 95%.',
];

/** Where the records' own columns explain themselves. */
const latencyColumn = RECORD_COLUMNS.find(({ name: column }) => column === 'finality_ms')!;

/** What a report draws. */
export interface Drawn {
  readonly model: Model;
  readonly answer: Answer;
  readonly figures: readonly Figure[];
}

export const drawnOf = (model: Model, digest: RunDigest): Drawn => ({
  model,
  answer: answerOf(model, digest),
  figures: reportFigures(model),
});

/** Those that have files: the answer's, which stands beside it without a number, and those of the report. */
export function figuresOf({ model, answer, figures }: Drawn): readonly Figure[] {
  const plot = answerFigure(answer);
  return plot === null ? figures : [warned(plot, model.doubts), ...figures];
}

export async function reportHtml(digest: RunDigest, { model, answer, figures }: Drawn = drawnOf(modelOf(digest), digest)): Promise<string> {
  const { run, states } = digest;
  const { suite } = run;
  const mechanisms = [...new Set(model.series.map(({ workload }) => workload))];
  const described = mechanisms.flatMap((id) => {
    const workload = workloads.get(id);
    if (workload === undefined) return [];
    const { authors, title, venue, year, section } = workload.reference;
    const place = /^\d/.test(section) ? `section ${section}` : section;
    return [`<li><b>${escape(id)}</b>: ${escape(workload.title)}. ${escape(`${authors}, ${title}, ${venue} ${year}, ${place}`)}</li>`];
  });
  const counted = RECORD_STATES.flatMap((state) => (states[state] > 0 ? [`${states[state]} ${state}`] : []));
  const unfinished = digest.planned - digest.finished;
  if (unfinished > 0) counted.push(`${unfinished} not finished`);
  const found = findings(model, digest);
  const retried = retriedText(digest);
  const observed = observationSection(model, digest);
  const diagrams = await diagramSection(digest);
  const sections: readonly { id: string; title: string; html: string }[] = [
    { id: 'comparison', title: 'Comparison', html: comparisonTableSection(model, digest) },
    { id: 'cost', title: 'What it costs', html: costSection(model, figures) },
    { id: 'rates', title: 'Rate and latency', html: rateSection(model, figures) },
    { id: 'measured', title: 'Predicted and measured', html: comparisonSection(model, digest, figures) },
    ...(diagrams === null ? [] : [{ id: 'diagrams', title: 'How they work', html: diagrams }]),
    { id: 'faults', title: 'What faults do', html: faultSection(model, figures) },
    {
      id: 'findings',
      title: 'Findings',
      html: found.length === 0 ? '<p>No cell finished.</p>' : findingsList(found),
    },
    ...(described.length === 0 ? [] : [{ id: 'mechanisms', title: 'Mechanisms', html: `<ul>${described.join('')}</ul>` }]),
    ...(observed === null ? [] : [{ id: 'observations', title: 'Observations', html: observed }]),
    { id: 'method', title: 'Method and assumptions', html: methodSection(model, digest) },
    { id: 'kernels', title: 'Kernels', html: kernelSection(digest) },
    { id: 'limits', title: 'Limits', html: `<ul>${LIMITS.map((limit) => `<li>${escape(limit)}</li>`).join('')}</ul>` },
    { id: 'run', title: 'Run it again', html: reproduceSection(digest) },
    { id: 'environment', title: 'Environment', html: environmentSection(digest) },
    { id: 'terms', title: 'Terms', html: termsSection() },
    {
      id: 'conditions',
      title: 'Appendix: all conditions',
      html: `<p>Means over done replicates; where not all are done, the number of those that are stands beside the mean, and where one stalled there is no mean: it would be of the
quick ones alone. <i>Finality</i>: ${escape(latencyColumn.description)} The CSV files have every column, every interval and every single cell.</p>
${conditionTables(model)}`,
    },
  ];
  return page({
    title: `${suite.name}: what consensus costs`,
    style: ANSWER_STYLE,
    body: `<header>
<h1>${escape(suite.name)}: what consensus costs</h1>
<p class="lead">${plural(digest.planned, 'cell')}: ${counted.join(', ')}. Suite seed ${suite.seed}. Costs of ${escape(run.costs.machine)}, Node ${escape(run.costs.node)}.${retried === null ? '' : ` ${escape(retried)}`}</p>
${[...digest.warnings, ...notices(model), omittedText(digest) ?? []]
  .flat()
  .map((warning) => `<p class="warning">${escape(warning)}</p>`)
  .join('')}
</header>
<main>
<section id="answer"><h2>${escape(answer.question)}</h2>
${answerSection(answer)}
</section>
<nav aria-label="Sections">${sections.map(({ id, title }) => `<a href="#${id}">${escape(title)}</a>`).join('')}</nav>
${linkTerms(sections.map(({ id, title, html }) => `<section id="${id}"><h2>${escape(title)}</h2>\n${html}\n</section>`).join('\n'))}
</main>
<footer>Made by consensus-bench from the records in this folder. Columns and statistics are explained in docs/columns.md and docs/method.md of the project.</footer>`,
  });
}
