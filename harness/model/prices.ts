// Prices, each with where it comes from.

/** A constant with where it comes from, as the report prints it. */
export interface Price {
  readonly value: number;
  /** Who published it, and for what. */
  readonly source: string;
  /** null where the user set it, or this machine was measured. */
  readonly year: number | null;
}
export interface Prices {
  readonly usd_per_kwh: Price;
  readonly usd_per_cpu_hour: Price;
  readonly usd_per_gb: Price;
  /** A provisioned core that does nothing. */
  readonly idle_watts_per_core: Price;
  /** Energy of a site ÷ energy of its machines; every joule is multiplied by it. */
  readonly pue: Price;
  /** Kilograms of CO2 equivalent. */
  readonly grid_kg_per_kwh: Price;
  /** Of mining hardware, a terahash a second. */
  readonly hardware_usd_per_ths: Price;
  /** Years over which that price is spread evenly. */
  readonly hardware_life_years: Price;
}

/** Each can be replaced by a suite's `prices` key. */
export const DEFAULT_PRICES: Prices = {
  usd_per_kwh: {
    value: 0.1,
    source:
      'a round figure between what US industry paid (0.081 USD/kWh in 2023: EIA, Electric Power Monthly) and the world average for businesses (0.148 USD/kWh in March 2024: GlobalPetrolPrices)',
    year: 2024,
  },
  usd_per_cpu_hour: {
    value: 0.04,
    source: 'about the on-demand price of one cloud vCPU (AWS c5.2xlarge, US East: 0.34 USD an hour for 8 vCPUs, 0.0425 each)',
    year: 2024,
  },
  usd_per_gb: {
    value: 0,
    source: 'traffic is not charged: peers on flat-rate links; set it to what a provider bills a gigabyte',
    year: 2024,
  },
  idle_watts_per_core: {
    value: 1.48,
    source:
      'two threads at 0.74 W each: the average of idle cloud servers, whole machines in SPECpower_ssj2008 (Cloud Carbon Footprint, methodology, appendix I: 0.74 W idle, 3.5 W busy a vCPU)',
    year: 2022,
  },
  pue: { value: 1, source: 'no site overhead is charged; set it to what the site has', year: 2024 },
  grid_kg_per_kwh: {
    value: 0.473,
    source: "the world's average electricity (Ember, Global Electricity Review 2025, for 2024)",
    year: 2024,
  },
  hardware_usd_per_ths: {
    value: 16.1,
    source: 'new mining hardware: CleanSpark bought 60 000 Antminer S21 for 193.2 million USD (8 January 2024)',
    year: 2024,
  },
  hardware_life_years: {
    value: 3,
    source: "a mining company's estimate of its miners' useful life (Stronghold Digital Mining, form 10-K for 2022)",
    year: 2022,
  },
};

/** Each price's name and unit, in the order of tables. */
export const PRICE_LABELS: { readonly [K in keyof Prices]: { readonly name: string; readonly unit: string } } = {
  usd_per_kwh: { name: 'electricity', unit: 'USD per kWh' },
  usd_per_cpu_hour: { name: 'rented CPU time', unit: 'USD per CPU-hour' },
  usd_per_gb: { name: 'traffic', unit: 'USD per GB' },
  idle_watts_per_core: { name: 'power of an idle core', unit: 'W' },
  pue: { name: 'site energy ÷ machine energy (PUE)', unit: '' },
  grid_kg_per_kwh: { name: 'emissions of the grid', unit: 'kg CO2 per kWh' },
  hardware_usd_per_ths: { name: 'mining hardware', unit: 'USD per TH/s' },
  hardware_life_years: { name: 'life of mining hardware', unit: 'years' },
};

/** `base` (a cost table's own prices, else the defaults) with a suite's `prices` key put over it. */
export function pricesOf(overrides: { readonly [K in keyof Prices]?: number | undefined }, base: Prices = DEFAULT_PRICES): Prices {
  const keys = Object.keys(DEFAULT_PRICES) as (keyof Prices)[];
  const entries = keys.map((key): [keyof Prices, Price] => {
    const value = overrides[key];
    return [key, value === undefined ? base[key] : { value, source: 'set by the suite', year: null }];
  });
  return Object.fromEntries(entries) as unknown as Prices;
}
