// Closed forms of proof of activity: how many headers a block takes, and what an attacker needs. N stakeholders, a share x of the honest
// stake online, a share y of all stake an attacker's.

export function integerPower(base: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent; i++) product *= base;
  return product;
}

/** Headers that are mined for one whole block: all N drawn are online with chance x^N. */
export function headersPerBlock(online: number, stakeholders: number): number {
  return 1 / integerPower(online, stakeholders);
}

/**
 * How many times the hash power of everybody else an attacker needs whose headers are whole only where all drawn are its own, while it
 * signs none of theirs: (x (1 - y) / y)^N.
 */
export function attackRatio({ online, stake, stakeholders }: { online: number; stake: number; stakeholders: number }): number {
  return integerPower((online * (1 - stake)) / stake, stakeholders);
}

export interface ActivityRace {
  /** Hash power, as shares of all there was. */
  readonly hash: { readonly adversary: number; readonly honest: number };
  /** Stake that signs. */
  readonly stake: { readonly adversary: number; readonly honest: number };
}

/** The adversary's share of all whole blocks: what it holds in a race of proof of work. */
export function effectiveShare({ hash, stake }: ActivityRace, stakeholders: number): number {
  const own = hash.adversary * integerPower(stake.adversary, stakeholders);
  const others = hash.honest * integerPower(stake.honest, stakeholders);
  return own === 0 ? 0 : own / (own + others);
}
