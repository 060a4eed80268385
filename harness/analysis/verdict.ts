// The one rule for what became of a condition. Tables, lists, figures, findings and summary.csv all take their verdict from
// here, so that none can contradict another.
import { exactLower, exactUpper } from './statistics.ts';

/** What can break, the gravest first. `finality`: no finite number of confirmations gives the asked risk. */
export const PROPERTIES = ['safety', 'durability', 'liveness', 'finality'] as const;
export type Property = (typeof PROPERTIES)[number];

/** Attempts of an adversary, pooled over the done replicates of a condition. */
export interface Attacks {
  readonly attacks: number;
  readonly reversals: number;
}

/** What a verdict rests on. */
export interface Evidence {
  readonly verdict: 'holds' | 'broken' | 'undecided';
  readonly counted: 'attacks' | 'replicates';
  /** Reversals among attacks, or replicates that violated the property. */
  readonly hits: number;
  /** Attacks, or replicates whose verdict is known. */
  readonly trials: number;
  /** Replicates whose verdict is not known. */
  readonly unknown: number;
  /** Exact one-sided 95% bounds of the rate hits / trials. */
  readonly atLeast: number;
  readonly atMost: number;
}

export interface ConditionVerdict extends Evidence {
  /** What is broken (the gravest) or undecided; null where all holds. */
  readonly property: Property | null;
  /** Those that apply to the mechanism. */
  readonly evidence: Readonly<Partial<Record<Property, Evidence>>>;
}

/** Replicates that violated a property among those whose verdict is known. */
export interface Tally {
  readonly violated: number;
  readonly known: number;
}

/** What is counted of a condition's replicates. */
export interface Tallies {
  readonly replicates: number;
  readonly risk: number;
  /** Reversals under attack are not among its violations: the risk allows some. */
  readonly safety: Tally;
  /** Null where it does not apply. */
  readonly durability: Tally | null;
  readonly liveness: Tally;
  /** Among done replicates, those without a finite number of confirmations. */
  readonly finality: Tally;
  /** Null where nobody attacks. */
  readonly attacks: Attacks | null;
}

/**
 * Attacks against the accepted risk: broken if the rate is above it, and holding if it is below it, each at 95% (exact,
 * Clopper and Pearson); else the attacks do not decide. 0 of 3000 hold at a risk of 0.001: 1 - 0.05^(1/3000) = 0.000998.
 */
export function attackEvidence({ attacks, reversals }: Attacks, risk: number): Evidence {
  const atLeast = exactLower(reversals, attacks);
  const atMost = exactUpper(reversals, attacks);
  const verdict = atLeast > risk ? 'broken' : atMost < risk ? 'holds' : 'undecided';
  return { verdict, counted: 'attacks', hits: reversals, trials: attacks, unknown: 0, atLeast, atMost };
}

/** Replicates: one violation breaks; a replicate whose verdict is not known leaves it undecided. */
export function replicateEvidence({ violated, known }: Tally, replicates: number): Evidence {
  const unknown = replicates - known;
  return {
    verdict: violated > 0 ? 'broken' : unknown > 0 || known === 0 ? 'undecided' : 'holds',
    counted: 'replicates',
    hits: violated,
    trials: known,
    unknown,
    atLeast: exactLower(violated, known),
    atMost: exactUpper(violated, known),
  };
}

/** Does a condition hold? By property, and as a whole: broken where one is, else undecided where one is. */
export function verdictOf(tallies: Tallies): ConditionVerdict {
  const { replicates, attacks, risk, durability, finality } = tallies;
  const safety = replicateEvidence(tallies.safety, replicates);
  const evidence: Partial<Record<Property, Evidence>> = {
    safety: attacks === null || safety.verdict === 'broken' ? safety : attackEvidence(attacks, risk),
    ...(durability === null ? {} : { durability: replicateEvidence(durability, replicates) }),
    liveness: replicateEvidence(tallies.liveness, replicates),
    // Whether a finite number exists is the parameters' doing: what is not done tells nothing of it.
    ...(finality.known === 0 ? {} : { finality: replicateEvidence(finality, finality.known) }),
  };
  for (const verdict of ['broken', 'undecided'] as const)
    for (const property of PROPERTIES) {
      const found = evidence[property];
      if (found?.verdict === verdict) return { ...found, property, evidence };
    }
  return { ...evidence.safety!, property: null, evidence };
}

/** The most times that attacks are asked for again: a rate nearer to the risk than that decides is left open. */
const MOST_TIMES_AS_MANY = 64;

/** How many times as many attacks would decide at the same rate, as a power of two; null where not even the most that are asked for would. */
export function timesAsManyAttacks({ attacks, reversals }: Attacks, risk: number): number | null {
  for (let times = 2; times <= MOST_TIMES_AS_MANY; times *= 2)
    if (attackEvidence({ attacks: attacks * times, reversals: reversals * times }, risk).verdict !== 'undecided') return times;
  return null;
}
