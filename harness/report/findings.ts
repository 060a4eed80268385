// The findings of a run in sentences, each computed from its conditions. Used by report.html and summary.md alike.
import type { RunDigest } from '../export/digest.ts';
import type { Summary } from '../export/summarize.ts';
import { workloads } from '../workloads.ts';
import { duration, number, plural, prefixed, times } from './format.ts';
import {
  attacksOf,
  faultFree,
  firstStalled,
  firstUnsafe,
  faultPhrase,
  mean,
  nodesLabel,
  type FaultRow,
  type Model,
  type Series,
  type Threshold,
} from './model.ts';

interface Valued {
  readonly label: string;
  readonly value: number;
}

/** At most this many names stand in a sentence: the cheapest and the dearest. */
const NAMED = 6;

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)!}`;
}

/** `a under x, b under y and c under z`, ascending. */
function ranked(values: readonly Valued[], show: (value: number) => string): string {
  const named = values.length <= NAMED ? values : [...values.slice(0, NAMED / 2), ...values.slice(-NAMED / 2)];
  const rest = values.length - named.length;
  return `${listed(named.map(({ label, value }) => `${show(value)} under ${label}`))}${rest > 0 ? ` (${rest} more lie between)` : ''}`;
}

function valuesAt(model: Model, nodes: number, of: (summary: Summary) => number | null): Valued[] {
  return model.series
    .flatMap((series) => {
      const summary = faultFree(series, nodes);
      const value = summary === undefined ? null : of(summary);
      return value === null ? [] : [{ label: series.label, value }];
    })
    .sort((a, b) => a.value - b.value);
}

function spreadOf(values: readonly Valued[]): string {
  const least = values[0].value;
  return values.length < 2 || least <= 0 ? '' : `: a spread of ${times(values.at(-1)!.value / least)}`;
}

function growth(series: Series, nodes: readonly number[]): string | null {
  const known = nodes.flatMap((n) => {
    const summary = faultFree(series, n);
    const messages = summary === undefined ? null : mean(summary, 'messages_per_decision');
    return messages !== null && messages > 0 ? [{ n, messages }] : [];
  });
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined || last.n < 2 * first.n) return null;
  const exponent = Math.log(last.messages / first.messages) / Math.log(last.n / first.n);
  return `${series.label} from ${number(first.messages)} at n = ${first.n} to ${number(last.messages)} at n = ${last.n} (as n to the power ${exponent.toFixed(1)})`;
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

function faultSays(row: FaultRow): string[] {
  const unsafe = firstUnsafe(row);
  const stalled = firstStalled(row);
  return [
    ...(unsafe === undefined
      ? []
      : [`safety is violated from ${faultPhrase(unsafe)} (${of(unsafe.fates.unsafe, unsafe.replicates, 'replicate')})`]),
    ...(stalled === undefined
      ? []
      : [`it stalls from ${faultPhrase(stalled)} (${of(stalled.fates.stalled, stalled.replicates, 'replicate')})`]),
  ];
}

const of = (hit: number, total: number, noun: string): string => `${hit} of ${plural(total, noun)}`;

/** Null where nobody attacks. */
function attackSays(row: FaultRow): string[] | null {
  if (attacksOf(row.conditions) === null) return null;
  const { risk } = row.conditions[0].keys;
  const beyond = firstUnsafe(row);
  const calm = attacksOf(beyond === undefined ? row.conditions : row.conditions.slice(0, row.conditions.indexOf(beyond)));
  const said = calm === null ? [] : [`${of(calm.reversals, calm.attacks, 'attack')} reversed a final payment`];
  if (beyond === undefined) return [`${said.join('')}, which at a risk of ${risk} is no more than chance allows`];
  const tried = attacksOf([beyond])!;
  return [
    `from ${faultPhrase(beyond)} attacks reverse final payments more often than the risk of ${risk} allows (${of(tried.reversals, tried.attacks, 'attack')})`,
    ...said.map((text) => `below it ${text}`),
  ];
}

/** `0.34 (5 of 5)`; under attack the attempts that succeeded, since one of many is what the risk allows. */
export function thresholdText(threshold: Threshold | null, words: { attacks: string }): string | null {
  if (threshold === null) return null;
  const { fault, hit, replicates, attacks } = threshold;
  return attacks === null ? `${fault} (${hit} of ${replicates})` : `${fault} (${attacks.reversals} of ${attacks.attacks}${words.attacks})`;
}

export function findings(model: Model, digest: RunDigest): string[] {
  const found: string[] = [];
  const { referenceNodes } = model;
  if (referenceNodes !== null) {
    const energy = valuesAt(model, referenceNodes, (summary) => mean(summary, 'joules_per_tx'));
    if (energy.length > 0)
      found.push(
        `Energy: with ${referenceNodes} nodes and no faults, one committed transaction takes ${ranked(energy, (value) => prefixed(value, 'J'))}${spreadOf(energy)}.`,
      );
    const money = valuesAt(model, referenceNodes, (summary) => mean(summary, 'usd_per_1000_tx'));
    if (money.length > 0)
      found.push(`Money: 1000 of them cost ${ranked(money, (value) => `${number(value)} USD`)}, for energy, rented CPU time and traffic.`);
    const finality = valuesAt(model, referenceNodes, (summary) => mean(summary, 'finality_ms'));
    const risks = new Set(model.series.flatMap(({ conditions }) => conditions.map(({ keys }) => keys.risk)));
    if (finality.length > 0)
      found.push(
        `Finality: at a risk of reversal of ${listed([...risks].map(String))}, a transaction is final after ${ranked(finality, (value) => duration(value / 1000))}.`,
      );
  }
  const grown = model.series.flatMap((series) => growth(series, model.nodes) ?? []);
  if (grown.length > 0) found.push(`Messages per decision grow: ${grown.slice(0, NAMED).join('; ')}.`);

  const unbroken: string[] = [];
  for (const row of model.faultRows) {
    const { series, kind, nodes, conditions } = row;
    const says = attackSays(row) ?? faultSays(row);
    if (says.length > 0) found.push(`Faults: ${series.label} under ${kind}, ${nodes} nodes: ${says.join('; ')}.`);
    else if (conditions.every(({ fates, replicates }) => fates.ok === replicates))
      unbroken.push(`${series.label} under ${kind} up to ${faultPhrase(conditions.at(-1)!)} (${nodes} nodes)`);
  }
  if (unbroken.length > 0) found.push(`Faults: every replicate is ok for ${listed(unbroken)}.`);

  const { comparisons } = model;
  if (comparisons.length > 0) {
    const ratios = comparisons.map(({ ratio }) => ratio);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    const range = least === most ? number(least) : `${number(least)} to ${number(most)}`;
    found.push(
      `Prediction: the work done for real took ${range} times the CPU time that the cost table predicts (${plural(comparisons.length, 'measured condition')}).`,
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
