// The findings of a run in sentences, each computed from its conditions. Used by report.html and summary.md alike.
import { MAX_CONDITIONS_PER_WORKLOAD, type RunDigest } from './digest.ts';
import type { Summary } from './summarize.ts';
import { PROPERTIES, type Property } from './verdict.ts';
import type { Metric } from '../record/columns.ts';
import { warningText } from '../measure/costs.ts';
import { workloads } from '../workloads.ts';
import { MILLISECONDS, NUMBER, RATE, PROPERTY_NAMES, estimateText, evidenceText, meanOf, propertyEvidence, type Form } from './estimate.ts';
import { askedRank, bottleneckText, headlineRank, unloadedRank, type LoadRank } from './load.ts';
import { isDefaultLoad } from '../model/load.ts';
import { listed, number, percentage, plural, prefixed, times } from './format.ts';
import {
  attacksOf,
  faultFree,
  headlines,
  faultPhrase,
  firstBroken,
  mean,
  nodesLabel,
  quietest,
  type Breaking,
  type Stretch,
  type FaultRow,
  type Faulty,
  type Model,
} from './model.ts';
import type { Series } from './series.ts';

interface Valued {
  readonly label: string;
  readonly value: number;
  /** With the interval. */
  readonly text: string;
}

/** At most this many names stand in a sentence: the cheapest and the dearest. */
const NAMED = 6;

/** `a under x, b under y and c under z`, ascending. */
function ranked(values: readonly Valued[]): string {
  const named = values.length <= NAMED ? values : [...values.slice(0, NAMED / 2), ...values.slice(-NAMED / 2)];
  const rest = values.length - named.length;
  return `${listed(named.map(({ label, text }) => `${text} under ${label}`))}${rest > 0 ? ` (${rest} more lie between)` : ''}`;
}

const inBrackets = (parts: readonly string[]): string => {
  const said = parts.filter((part) => part !== '');
  return said.length === 0 ? '' : ` (${said.join('; ')})`;
};

interface Said {
  /** Said after a value. */
  readonly note?: (summary: Summary) => string;
  /** Which of a variant's loads stands for it. */
  readonly rank?: LoadRank;
}

function valuesAt(model: Model, nodes: number, metric: Metric, form: Form, { note = () => '', rank = headlineRank }: Said = {}): Valued[] {
  return headlines(model, nodes, rank)
    .flatMap(({ series, summary }) => {
      const value = meanOf(summary, metric);
      if (value === null) return [];
      return [{ label: series.label, value: value.mean, text: `${estimateText(summary, metric, form)!}${note(summary)}` }];
    })
    .sort((a, b) => a.value - b.value);
}

function spreadOf(values: readonly Valued[]): string {
  const least = values[0].value;
  const ratio = values.at(-1)!.value / least;
  return values.length < 2 || least <= 0 ? '' : ratio < 1.05 ? ': about as much' : `: a spread of ${times(ratio)}`;
}

const JOULES: Form = { ...NUMBER, show: (value, digits) => prefixed(value, 'J', digits) };
const DOLLARS: Form = { ...NUMBER, show: (value, digits) => `${number(value, digits)} USD` };

/** The two bases of a cost, as a sentence names them. A ratio without its basis would be read as the other one. */
const BASES = [
  {
    suffix: '',
    name: 'marginal',
    meaning: 'active work alone: what one more transaction takes of cores that are there anyway',
  },
  {
    suffix: '_provisioned',
    name: 'provisioned',
    meaning:
      'all cores of all nodes, paid for as long as the decisions take, busy or not; with one decision in flight latency decides it, and more load would lower it',
  },
] as const;

/** Beside a provisioned cost of the default load, where another has none to be marked with. */
function latencyBound(model: Model): (summary: Summary) => string {
  const mixed = model.series.some(({ load }) => !isDefaultLoad(load));
  return ({ load }) => (mixed && isDefaultLoad(load) ? ' (latency-bound)' : '');
}

/** Rates, each kind in a sentence of its own: a capacity, a rate that was asked for, and one decision after another. */
function rateFindings(model: Model, nodes: number): string[] {
  const said = (rank: number, words: (ranked: string) => string): string[] => {
    const of: Model = { ...model, series: model.series.filter((series) => headlineRank(series) === rank) };
    const note = (summary: Summary): string => {
      const limit = bottleneckText(summary);
      const p99 = estimateText(summary, 'latency_ms_p99', MILLISECONDS);
      return inBrackets([limit === '' ? '' : `limited by ${limit}`, rank === 2 || p99 === null ? '' : `99th percentile ${p99}`]);
    };
    const values = valuesAt(of, nodes, 'throughput_tps', RATE, { note });
    return values.length === 0 ? [] : [words(ranked(values))];
  };
  return [
    ...said(0, (text) => `Capacity: with ${nodes} nodes and no faults, at the most ${text}.`),
    ...said(1, (text) => `Rate: of what the suite offers, with ${nodes} nodes and no faults, ${text}.`),
    ...said(
      2,
      (text) =>
        `Rate: one decision after another, with ${nodes} nodes and no faults, commits ${text}; that is bound by latency, and no capacity.`,
    ),
  ];
}

function costFindings(model: Model, nodes: number, rank: LoadRank): string[] {
  const note = latencyBound(model);
  return BASES.flatMap(({ suffix, name, meaning }) => {
    const options = suffix === '' ? { rank } : { note, rank };
    const energy = valuesAt(model, nodes, `joules_per_tx${suffix}`, JOULES, options);
    const money = valuesAt(model, nodes, `usd_per_1000_tx${suffix}`, DOLLARS, options);
    return [
      ...(energy.length === 0
        ? []
        : [
            `Energy, ${name}: with ${nodes} nodes and no faults, one committed transaction takes ${ranked(energy)}${spreadOf(energy)} on this basis (${meaning}).`,
          ]),
      ...(money.length === 0 ? [] : [`Money, ${name}: 1000 of them cost ${ranked(money)}${spreadOf(money)} on this basis.`]),
    ];
  });
}

/** `against an adversary of 10%`; '' where a record does not say. */
export function adversaryText({ adversary_share }: Summary): string {
  return adversary_share === null ? '' : `against an adversary of ${percentage(adversary_share, 2)}`;
}

function growth(series: Series, nodes: readonly number[]): string | null {
  const known = nodes.flatMap((n) => {
    const summary = faultFree(series, n);
    const messages = mean(summary, 'messages_per_decision');
    const text = estimateText(summary, 'messages_per_decision', NUMBER);
    return messages !== null && text !== null && messages > 0 ? [{ n, messages, text }] : [];
  });
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined || last.n < 2 * first.n) return null;
  const exponent = Math.log(last.messages / first.messages) / Math.log(last.n / first.n);
  return `${series.label} from ${first.text} at n = ${first.n} to ${last.text} at n = ${last.n} (as n to the power ${exponent.toFixed(1)})`;
}

/** Where the mechanism's paper puts its bound, in its own words. */
export function boundClaim(workload: string): string | null {
  return workloads.get(workload)?.bound.claim ?? null;
}

/** How far prediction and measurement lie apart, in words. */
export function deviation(ratio: number): string {
  const percent = Math.abs(ratio - 1) * 100;
  if (percent < 0.5) return 'as predicted';
  if (ratio >= 2) return `${times(ratio)} the prediction`;
  return `${percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)}% ${ratio > 1 ? 'above' : 'below'} the prediction`;
}

const SAYS: Readonly<Record<Property, string>> = {
  safety: 'safety is violated',
  durability: 'durability is violated',
  liveness: 'liveness is violated',
  finality: 'no finite number of confirmations gives the risk',
};

function faultSays(row: FaultRow): string[] {
  return PROPERTIES.flatMap((property) => {
    const broken = firstBroken(row, property);
    const evidence = broken?.verdict.evidence[property];
    if (broken === undefined || evidence === undefined) return [];
    if (evidence.counted === 'replicates') {
      const text = propertyEvidence(property, evidence);
      return [`${SAYS[property]} from ${faultPhrase(broken)}${text === '' ? '' : ` (${text} of replicates)`}`];
    }
    const { risk } = broken.keys;
    const below = row.conditions.slice(0, row.conditions.indexOf(broken));
    const calm = attacksOf(below);
    const decided = below.every(({ verdict }) => verdict.verdict !== 'undecided');
    return [
      `from ${faultPhrase(broken)} attacks reverse final payments more often than the risk of ${risk} allows (${evidenceText(evidence)})`,
      ...(calm === null
        ? []
        : [`below it ${calm.reversals} of ${plural(calm.attacks, 'attack')} did${decided ? '' : ', too few to decide at each ratio'}`]),
    ];
  });
}

/** What is said of a row in which nothing broke: whether it held, and how sure that is. */
function unbrokenSays({ series, kind, nodes, conditions }: FaultRow): { verdict: 'holds' | 'undecided'; text: string } {
  const undecided = conditions.filter(({ verdict }) => verdict.verdict === 'undecided');
  const most = [...(undecided.length > 0 ? undecided : conditions)].sort((a, b) => b.verdict.atMost - a.verdict.atMost)[0];
  const where = `${series.label} under ${kind} up to ${faultPhrase(conditions.at(-1)!)} (${nodes} nodes; ${evidenceText(most.verdict)}`;
  if (undecided.length === 0) return { verdict: 'holds', text: `${where})` };
  return { verdict: 'undecided', text: `${where}; undecided at ${listed(undecided.map((condition) => faultPhrase(condition)))})` };
}

/** `1 node of 4, 2 of 7`, `3 nodes of 10 to 21 of 64`; '' where a fault takes an exact share of power or stake. */
function faultyText(faulty: readonly Faulty[]): string {
  if (faulty.length === 0) return '';
  const [first, ...others] = faulty;
  const texts = [`${plural(first.faulty, 'node')} of ${first.nodes}`, ...others.map(({ faulty: count, nodes }) => `${count} of ${nodes}`)];
  return texts.length <= 3 ? texts.join(', ') : `${texts[0]} to ${texts.at(-1)!}`;
}

/** `1/4`, `3/10 ..`: for where there is little room. */
function briefFaulty([first, ...others]: readonly Faulty[]): string {
  return first === undefined ? '' : `${first.faulty}/${first.nodes}${others.length > 0 ? ' ..' : ''}`;
}

/** `0.5 (2 nodes of 4; 5 of 5, at least 55%)`; brief: `0.5 (5/5)`. */
export function thresholdText({ thresholds }: Breaking, property: Property, { brief }: { brief: boolean }): string | null {
  const threshold = thresholds[property];
  if (threshold === undefined) return null;
  const { fault, faulty, evidence } = threshold;
  if (brief) return property === 'finality' ? fault : `${fault} (${evidence.hits}/${evidence.trials})`;
  return `${fault}${inBrackets([faultyText(faulty), propertyEvidence(property, evidence)])}`;
}

function stretchText({ fault, faulty: all, evidence }: Stretch, brief: boolean): string {
  // Without faults there is nothing to count.
  const faulty = fault === '0' ? [] : all;
  if (brief) return `${fault}${inBrackets([briefFaulty(faulty)])}`;
  return `${fault}${inBrackets([faultyText(faulty), evidence === null ? '' : evidenceText(evidence)])}`;
}

/** `0.4 (1 node of 4; 5 of 5, at most 45% could fail)`, and up to where the run does not decide: `0; undecided to 0.4 (…)`; brief: `0.4 (1/4)`, `0; 0.4 undecided`. */
export function holdingText({ holds, undecided }: Breaking, { brief }: { brief: boolean }): string | null {
  const held = holds === null ? null : stretchText(holds, brief);
  if (undecided === null) return held;
  const doubted = stretchText(undecided, brief);
  return `${held === null ? '' : `${held}; `}${brief ? `${doubted} undecided` : `undecided to ${doubted}`}`;
}

/** Properties with a column in the table of thresholds: the two that every mechanism can lose, and what else broke. */
function brokenProperties({ breakings }: Model): Property[] {
  const order: readonly Property[] = ['liveness', 'safety', 'durability', 'finality'];
  return order.filter((property, index) => index < 2 || breakings.some(({ thresholds }) => thresholds[property] !== undefined));
}
export const THRESHOLD_TITLES: Readonly<Record<Property, string>> = {
  liveness: 'liveness violated from',
  safety: 'safety violated from',
  durability: 'durability violated from',
  finality: 'no finality from',
};

/** A row of the table of thresholds, as text; null where there is nothing to say. */
export interface ThresholdRow {
  readonly label: string;
  readonly kind: string;
  readonly nodes: string;
  readonly holds: string | null;
  readonly thresholds: readonly { readonly property: Property; readonly text: string | null }[];
}

/** Where each mechanism broke: one table for the report, summary.md and the terminal. */
export function thresholdTable(model: Model, { brief }: { brief: boolean }): { properties: readonly Property[]; rows: ThresholdRow[] } {
  const properties = brokenProperties(model);
  const rows = model.breakings.map((breaking) => ({
    label: breaking.series.label,
    kind: breaking.kind,
    nodes: sweptNodes(model, breaking.nodes),
    holds: holdingText(breaking, { brief }),
    thresholds: properties.map((property) => ({ property, text: thresholdText(breaking, property, { brief }) })),
  }));
  return { properties, rows };
}

/** At most this many warnings are printed where they concern a figure; costs.json has all. */
const NAMED_DOUBTS = 4;

/** What makes the measured costs doubtful, in one sentence: it stands beside every figure that they price. Null: nothing was seen. */
export function costDoubt({ run }: RunDigest): string | null {
  const { warnings } = run;
  if (warnings.length === 0) return null;
  const more = warnings.length - NAMED_DOUBTS;
  const named = warnings.slice(0, NAMED_DOUBTS).map(warningText);
  return `The measured costs are doubtful: ${named.join('; ')}${more > 0 ? `; and ${plural(more, 'more warning')} in costs.json` : ''}.`;
}

/** Cells that failed or timed out and were run again; null: none was. */
export function retriedText({ retried: { cells, tries, recovered } }: RunDigest): string | null {
  if (cells === 0) return null;
  return `${plural(cells, 'cell')} that failed or timed out ${cells === 1 ? 'was' : 'were'} tried again (${plural(tries, 'try', 'tries')} in all, the last counts): ${recovered} of ${cells} ${recovered === 1 ? 'has' : 'have'} a result now.`;
}

/** Conditions that neither tables nor figures nor findings hold; null: none. */
export function omittedText({ omitted }: RunDigest): string | null {
  return omitted === 0
    ? null
    : `${plural(omitted, 'condition')} beyond the first ${MAX_CONDITIONS_PER_WORKLOAD} of a mechanism: in summary.csv alone, and in no table, figure or finding here.`;
}

/** Cells that timed out or failed beyond those that are listed; null: none. */
export function unlistedText({ states, broken }: RunDigest): string | null {
  const more = states.timeout + states.failed - broken.length;
  return more === 0 ? null : `${plural(more, 'more cell')} timed out or failed: in records.csv, state timeout or failed.`;
}

/** Conditions without a fault that stopped short, broke or have no verdict: said before anything else. */
export function notices({ troubles }: Model): string[] {
  const said = troubles.slice(0, NAMED).map(({ label, summary }) => {
    const { verdict, keys, reason } = summary;
    const what = verdict.verdict === 'broken' ? PROPERTY_NAMES[verdict.property!] : 'has no verdict';
    const measured = keys.crypto === 'measured' ? ', measured' : '';
    const evidence = propertyEvidence(verdict.property!, verdict);
    const counted = verdict.trials === 0 ? evidence : `${evidence} of replicates`;
    return `Without faults: ${label} at n = ${keys.nodes}${measured}: ${what}${evidence === '' ? '' : ` (${counted})`}${reason === '' ? '' : `: ${reason.replaceAll('\n', ' ')}`}.`;
  });
  const more = troubles.length - said.length;
  return more > 0 ? [...said, `Without faults: ${plural(more, 'more condition')} like these, in summary.csv.`] : said;
}

export function findings(model: Model, digest: RunDigest): string[] {
  const found: string[] = [];
  const { referenceNodes } = model;
  if (referenceNodes !== null) {
    const asked = digest.run.suite.requirements?.throughput_tps;
    found.push(...costFindings(model, referenceNodes, askedRank(asked, headlineRank)));
    const doubt = costDoubt(digest);
    if (doubt !== null) found.push(`Doubt: ${doubt.charAt(0).toLowerCase()}${doubt.slice(1)}`);
    found.push(...rateFindings(model, referenceNodes));
    const finality = valuesAt(model, referenceNodes, 'finality_ms', MILLISECONDS, {
      note: (summary) => inBrackets([adversaryText(summary)]),
      // At its capacity a mechanism's transactions wait: what finality takes is said at the asked rate, or without a queue.
      rank: askedRank(asked, unloadedRank),
    });
    const risks = new Set(model.series.flatMap(({ conditions }) => conditions.map(({ keys }) => keys.risk)));
    if (finality.length > 0)
      found.push(`Finality: at a risk of reversal of ${listed([...risks].map(String))}, a transaction is final after ${ranked(finality)}.`);
  }
  const grown = quietest(model).flatMap((series) => growth(series, model.nodes) ?? []);
  if (grown.length > 0) {
    const more = grown.length - NAMED;
    const rest = more > 0 ? `; and ${plural(more, 'more variant')}, in the table of costs` : '';
    found.push(`Messages per decision grow: ${grown.slice(0, NAMED).join('; ')}${rest}.`);
  }

  const unbroken = { holds: [] as string[], undecided: [] as string[] };
  for (const row of model.faultRows) {
    const { series, kind, nodes } = row;
    const says = faultSays(row);
    if (says.length > 0) found.push(`Faults: ${series.label} under ${kind}, ${nodes} nodes: ${says.join('; ')}.`);
    else {
      const { verdict, text } = unbrokenSays(row);
      unbroken[verdict].push(text);
    }
  }
  if (unbroken.holds.length > 0) found.push(`Faults: nothing broke for ${listed(unbroken.holds)}.`);
  if (unbroken.undecided.length > 0) found.push(`Faults: nothing is known to break for ${listed(unbroken.undecided)}.`);
  if (model.otherSizes > 0)
    found.push(
      `Faults: these sentences are of one number of nodes for each mechanism and kind of fault; the table of where each broke has ${plural(model.otherSizes, 'more sweep')} at others.`,
    );

  const { comparisons } = model;
  if (comparisons.length > 0) {
    const ratios = comparisons.map(({ ratio }) => ratio);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    const range = least === most ? number(least) : `${number(least)} to ${number(most)}`;
    found.push(
      `Prediction: the work done for real took ${range} times the CPU time that the cost table predicts (${plural(comparisons.length, 'measured condition')}; of mining a part was done and its cost a hash applied to all hashes).`,
    );
  }
  const broken = digest.states.timeout + digest.states.failed;
  if (broken > 0)
    found.push(`${plural(broken, 'cell')} timed out or failed and ${broken === 1 ? 'has' : 'have'} no result; the reasons are below.`);
  return found;
}

/** `4 – 100` where the whole sweep is meant. */
export function sweptNodes(model: Model, nodes: readonly number[]): string {
  const swept = [...new Set(model.series.flatMap(({ conditions }) => conditions.map(({ keys }) => keys.nodes)))].sort((a, b) => a - b);
  return nodesLabel(nodes, swept);
}
