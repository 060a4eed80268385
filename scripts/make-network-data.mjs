// Writes harness/simulate/core/network-data.ts: the quantile tables are computed once, here, and committed, because a
// library logarithm may differ between engines. `npm test` checks the committed tables against the distributions.
import { writeFileSync } from 'node:fs';

const QUANTILES = 1024;

/** Standard normal quantile: bisection on the complementary error function's continued fraction / series. */
function normalCdf(x) {
  if (x < 0) return 1 - normalCdf(-x);
  if (x < 3) {
    let term = x;
    let sum = x;
    for (let k = 1; k < 200; k++) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  }
  let f = 0;
  for (let k = 200; k >= 1; k--) f = k / (x + f);
  return 1 - Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) / (x + f);
}
function normalQuantile(p) {
  let low = -10;
  let high = 10;
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
const z = Array.from({ length: QUANTILES }, (_, i) => normalQuantile((i + 0.5) / QUANTILES));
const normal = z.map((x) => Math.round(x * 1e6));
const jitter = z.map((x) => Math.round(1e6 * 0.02 * Math.exp(x)));
const rows = (values) => {
  const lines = [];
  for (let i = 0; i < values.length; i += 16) lines.push(`  ${values.slice(i, i + 16).join(', ')},`);
  return lines.join('\n');
};
writeFileSync(
  new URL('../harness/simulate/core/network-data.ts', import.meta.url),
  `// Written by scripts/make-network-data.mjs. Latency data and jitter tables of the network model.

/**
 * Five regions, in this order: Washington DC, Frankfurt, Tokyo, Sao Paulo, Sydney.
 * One-way delay = half the mean round trip between the regions (both directions averaged); inside a region half the mean
 * round trip between its availability zones.
 * Origin: IBM Cloud VPC documentation, "Network latency" (repository ibm-cloud-docs/vpc, file
 * _include-segments/network-latency.md at 009bede), averages of 3 Feb to 3 Mar 2024.
 */
export const REGIONS_5 = {
  what: 'five regions of IBM Cloud, 2024',
  origin: 'IBM Cloud VPC documentation, Network latency: means of 3 February to 3 March 2024, as in github.com/ibm-cloud-docs/vpc',
  names: ['us-east', 'eu-de', 'jp-tok', 'br-sao', 'au-syd'],
  oneWay_ms: [
    [0.425, 49, 83.5, 59.75, 107.25],
    [49, 0.417, 118.5, 98, 130],
    [83.5, 118.5, 0.877, 142.75, 58.5],
    [59.75, 98, 142.75, 1.155, 163.75],
    [107.25, 130, 58.5, 163.75, 0.873],
  ],
} as const;

/** What the jitter is, as the report prints it. */
export const JITTER = {
  what: 'log-normal share of the delay: median 2%, mean 3.3%, 99th percentile 20%',
  origin: 'an assumption of this project: sources of delays publish means or medians',
} as const;

/** Jitter as parts per million of the base delay, at probabilities (i + 1/2)/${QUANTILES}: log-normal with median 2% and shape 1. */
// prettier-ignore
export const jitterQuantilesPpm: readonly number[] = [
${rows(jitter)}
];

/** Standard normal quantiles times 10^6, at probabilities (i + 1/2)/${QUANTILES}. */
// prettier-ignore
export const normalQuantiles: readonly number[] = [
${rows(normal)}
];
`,
);
