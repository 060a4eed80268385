// Networks with a name: regions of public clouds, one site, and the peers of a public chain, as somebody has measured and published them. A
// suite's preset becomes a matrix with this origin.

import { DEFAULTS, type Bandwidth } from '../model/cell.ts';

interface Preset {
  readonly what: string;
  /** Who measured, what, when, and where it was read. */
  readonly origin: string;
  readonly regions: readonly string[];
  /** Round trips in milliseconds as published, from a row's region to a column's; null: not published. */
  readonly rtt_ms: readonly (readonly (number | null)[])[];
  /** Links of a node in each region, where they were published: what it sends, and what it receives. */
  readonly links?: { readonly bandwidth_mbps: readonly number[]; readonly downlink_mbps: readonly number[] };
}

const SIMBLOCK =
  'SimBlock (Y. Aoki et al., Distributed Systems Group of Tokyo Tech, Apache-2.0): means between regions of Bitcoin nodes, and bandwidths of access links, as in github.com/dsg-titech/simblock, NetworkConfiguration.java';
const SIMBLOCK_REGIONS = ['north-america', 'europe', 'south-america', 'asia-pacific', 'japan', 'australia'] as const;
/** One way as published there, doubled: round trips like the others'. */
const twice = (one_way_ms: readonly (readonly number[])[]): number[][] => one_way_ms.map((row) => row.map((delay) => 2 * delay));

export const PRESETS = {
  'aws-2022': {
    what: '21 regions of Amazon Web Services, 2022',
    origin:
      'CloudPing.co (M. Adorjan, MIT licence): median TCP round trips between AWS regions over the year before 8 April 2022, as kept in github.com/bc-computing/gus-automation, generate_server_ping_latencies/all_latencies.json',
    regions: [
      'af-south-1',
      'ap-east-1',
      'ap-northeast-1',
      'ap-northeast-2',
      'ap-northeast-3',
      'ap-south-1',
      'ap-southeast-1',
      'ap-southeast-2',
      'ca-central-1',
      'eu-central-1',
      'eu-north-1',
      'eu-south-1',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
      'me-south-1',
      'sa-east-1',
      'us-east-1',
      'us-east-2',
      'us-west-1',
      'us-west-2',
    ],
    // prettier-ignore
    rtt_ms: [
      [8.21, 262.69, 359.64, 387.41, 366.11, 163.97, 213.67, 413.34, 229.86, 162.3, 179.89, 189.65, 158.01, 149.48, 157.73, 166.66, 337.29, 221.1, 231.59, 294.72, 277.39],
      [255.62, 2.21, 53.46, 38.64, 49.29, 99.39, 41.01, 135.81, 195.39, 198.61, 218.57, 189.91, 222.63, 212.44, 205.89, 125, 309.16, 195.7, 182.01, 156.09, 145.18],
      [360.15, 53.26, 3.55, 34.54, 10.72, 131.78, 74.18, 110.87, 144.55, 225.48, 245.03, 218.42, 202.18, 210.84, 216.46, 164.57, 257.76, 146.4, 132.39, 108.81, 99.33],
      [389.22, 38.18, 34.61, 2.3, 30.47, 130.82, 74.95, 146.78, 173.11, 231.5, 253.67, 224.58, 230.41, 239.01, 245.52, 161.06, 285.97, 174.8, 161.14, 137.04, 126.42],
      [366.09, 45.59, 10.33, 30.34, 2.39, 125.2, 72.25, 119.86, 150.27, 227.77, 246.6, 219.08, 208.04, 216.85, 222.21, 155.9, 263.23, 151.26, 138.1, 110.15, 99.68],
      [166.27, 97.59, 131.8, 131.57, 127.68, 2.41, 59.88, 149.47, 190.68, 122.28, 142.46, 114.98, 123.08, 113.95, 106.73, 39.09, 301.57, 187.41, 197.48, 233.26, 222.92],
      [214.97, 40.13, 74.48, 75.2, 72.11, 59.9, 2.12, 93.66, 211.15, 156.98, 176.8, 148.57, 180.58, 171.48, 164.59, 88.09, 324.34, 213.54, 199.1, 177.45, 168.38],
      [414.54, 132.91, 110.66, 146.27, 120.18, 148.79, 93.47, 3.29, 198.3, 267.15, 295.59, 240.11, 257.09, 265.66, 279.6, 179.14, 312.9, 198.82, 188.3, 138.93, 140.45],
      [229.16, 193.81, 144.1, 172.48, 150.03, 189.66, 210.25, 198.21, 3.22, 92.05, 109.41, 102.14, 70.6, 79.08, 85.31, 200.86, 126.68, 15.74, 25.93, 79.82, 65.57],
      [166.04, 196.66, 224.81, 231.08, 224.95, 120.88, 157.19, 269.08, 92.82, 3.16, 22.66, 11.52, 25.42, 16.29, 9.98, 117.8, 205.29, 90.42, 100.32, 150.76, 145.8],
      [181.23, 217.3, 244.05, 253.96, 246.38, 141.44, 177.61, 296.2, 109.48, 22.47, 3.61, 31.38, 42.29, 32.89, 29.77, 137.43, 218.52, 109.28, 119.34, 173.62, 162.6],
      [189.98, 188.68, 216.72, 222.1, 218.76, 113.24, 148.65, 240.06, 102.63, 12.12, 31.68, 2.55, 35.59, 26.25, 19.28, 109.86, 214.7, 99.71, 109.58, 160.27, 155.5],
      [161.52, 222.03, 201.76, 230.26, 208.94, 123.07, 180.59, 257.35, 70.99, 26.29, 43.19, 35.83, 2.06, 13.11, 18.85, 135.42, 178.67, 68.03, 78.02, 138.97, 124.49],
      [151, 209.97, 210.08, 238.55, 215.96, 113.41, 171.37, 265.55, 79.15, 16.92, 33.04, 26.39, 12.84, 2.42, 9.89, 125.42, 188.46, 76.81, 86.46, 146.29, 132.99],
      [157.64, 203.59, 216.49, 244.87, 222.31, 106.42, 164.69, 279.66, 85.81, 10.9, 30.1, 19.32, 18.78, 10.18, 1.95, 119.17, 198.2, 82.97, 93.05, 143.56, 139.04],
      [155.1, 131.1, 164.64, 164.64, 161.21, 38.06, 88.83, 183.85, 201.82, 117.27, 138.5, 111.59, 135.61, 126.67, 119.96, 2.01, 313.71, 180.77, 200.23, 260.47, 245.48],
      [337.5, 307.2, 257.85, 286.19, 264.48, 301.58, 324.26, 312.95, 127.16, 205.11, 218.32, 214.75, 179.02, 189.13, 197.93, 312.96, 3.84, 116.46, 126.43, 177.17, 180.49],
      [225.28, 195.72, 146.54, 174.84, 152.36, 187.7, 215.34, 199.18, 17.14, 90.81, 110.95, 100.09, 68.19, 77.2, 83.15, 199.52, 116.51, 4.98, 13.76, 62.9, 69.81],
      [236.41, 183.05, 132.96, 161.46, 139.31, 198.33, 200.24, 188.77, 28.11, 101.08, 122.84, 110.77, 78.44, 87.08, 94.08, 210.06, 126.91, 15.69, 5.06, 53.37, 53.11],
      [292.01, 154.43, 108.12, 136.52, 109.5, 232.66, 177.05, 138.79, 79.87, 150.85, 172.61, 160.18, 138.63, 146.07, 143.3, 260.39, 176.36, 62.48, 51.73, 2.38, 22.03],
      [280.84, 143.95, 99.07, 126.44, 99.35, 223.26, 168.38, 140.72, 65.75, 145.74, 162.62, 155.53, 124.45, 132.98, 139.03, 248.3, 180.09, 69.52, 50.69, 22.18, 2.64],
    ],
  },
  'azure-2025': {
    what: '13 regions of Microsoft Azure, 2025',
    origin:
      'Microsoft, Azure network round-trip latency statistics (CC BY 4.0): medians between Azure regions, 30 days to 29 June 2025, as in github.com/MicrosoftDocs/azure-docs, articles/networking/azure-network-latency.md',
    regions: [
      'eastus',
      'centralus',
      'westus2',
      'canadacentral',
      'brazilsouth',
      'northeurope',
      'westeurope',
      'southafricanorth',
      'uaenorth',
      'centralindia',
      'southeastasia',
      'japaneast',
      'australiaeast',
    ],
    // prettier-ignore
    rtt_ms: [
      [null, 29, 66, 20, 117, 71, 84, 217, 183, 239, 223, 163, 201],
      [29, null, 39, 27, 150, 101, 115, 248, 215, 245, 198, 136, 175],
      [70, 40, null, 60, 177, 138, 150, 278, 249, 219, 163, 100, 161],
      [21, 27, 59, null, 130, 86, 97, 233, 196, 248, 222, 159, 201],
      [119, 151, 178, 131, null, 172, 187, 319, 285, 339, 338, 271, 305],
      [74, 102, 137, 86, 172, null, 18, 176, 128, 138, 166, 233, 256],
      [86, 117, 151, 99, 188, 19, null, 167, 124, 147, 162, 236, 252],
      [219, 250, 278, 232, 319, 175, 164, null, 254, 275, 292, 355, 382],
      [185, 215, 249, 197, 285, 128, 122, 254, null, 45, 83, 153, 172],
      [241, 245, 221, 251, 340, 138, 150, 275, 45, null, 59, 127, 155],
      [223, 200, 163, 222, 335, 166, 161, 292, 82, 58, null, 73, 94],
      [165, 136, 100, 159, 271, 232, 235, 356, 152, 125, 72, null, 103],
      [201, 176, 162, 201, 305, 256, 250, 385, 173, 152, 94, 104, null],
    ],
  },
  'ibm-2024': {
    what: '10 regions of IBM Cloud, 2024',
    origin:
      'IBM Cloud VPC documentation, Network latency: means between regions, 27 July to 25 August 2024, as in github.com/ibm-cloud-docs/vpc, _include-segments/network-latency.md',
    regions: ['us-south', 'ca-tor', 'us-east', 'eu-de', 'eu-gb', 'eu-es', 'jp-osa', 'au-syd', 'jp-tok', 'br-sao'],
    // prettier-ignore
    rtt_ms: [
      [null, 34, 31, 123, 113, 119, 150, 186, 143, 146],
      [34, null, 19, 93, 82, 108, 168, 215, 162, 129],
      [31, 19, null, 91, 75, 87, 172, 214, 164, 118],
      [123, 93, 91, null, 13, 29, 232, 250, 233, 198],
      [113, 83, 75, 13, null, 27, 244, 261, 243, 188],
      [122, 106, 88, 29, 27, null, 257, 275, 258, 209],
      [150, 169, 172, 231, 243, 257, null, 122, 9, 293],
      [186, 214, 214, 249, 261, 275, 122, null, 115, 328],
      [143, 162, 166, 233, 244, 256, 9, 115, null, 284],
      [144, 128, 119, 196, 187, 208, 291, 328, 283, null],
    ],
  },
  lan: {
    what: 'one site',
    origin:
      'IBM Cloud VPC documentation, Network latency: a mean round trip of 0.1 ms within a zone (Toronto 1), 27 July to 25 August 2024, as in github.com/ibm-cloud-docs/vpc, _include-segments/network-latency.md',
    regions: ['site'],
    rtt_ms: [[0.1]],
  },
  'p2p-2015': {
    what: 'peers of Bitcoin in six regions, 2015',
    origin: `${SIMBLOCK}, of 2015`,
    regions: SIMBLOCK_REGIONS,
    rtt_ms: twice([
      [36, 119, 255, 310, 154, 208],
      [119, 12, 221, 242, 266, 350],
      [255, 221, 137, 347, 256, 269],
      [310, 242, 347, 99, 172, 278],
      [154, 266, 256, 172, 9, 163],
      [208, 350, 269, 278, 163, 22],
    ]),
    links: { bandwidth_mbps: [4.7, 8.1, 1.8, 5.3, 3.4, 5.2], downlink_mbps: [25, 24, 6.5, 10, 17.5, 14] },
  },
  'p2p-2019': {
    what: 'peers of Bitcoin in six regions, 2019',
    origin: `${SIMBLOCK}, of 2019`,
    regions: SIMBLOCK_REGIONS,
    rtt_ms: twice([
      [32, 124, 184, 198, 151, 189],
      [124, 11, 227, 237, 252, 294],
      [184, 227, 88, 325, 301, 322],
      [198, 237, 325, 85, 58, 198],
      [151, 252, 301, 58, 12, 126],
      [189, 294, 322, 198, 126, 16],
    ]),
    links: { bandwidth_mbps: [19.2, 20.7, 5.8, 15.7, 10.2, 11.3], downlink_mbps: [52, 40, 18, 22.8, 22.8, 29.9] },
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];

export const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);

/** What a node of each of these regions sends and receives, where that was published; by default all send at one rate. */
export function presetLinks(name: PresetName, regions: readonly string[]): { bandwidth_mbps: Bandwidth; downlink_mbps?: Bandwidth } {
  const { links, regions: known }: Preset = PRESETS[name];
  if (links === undefined) return { bandwidth_mbps: DEFAULTS.link.bandwidth_mbps };
  const of = (all_mbps: readonly number[]): Bandwidth => ({ regions: regions.map((region) => all_mbps[known.indexOf(region)]) });
  return { bandwidth_mbps: of(links.bandwidth_mbps), downlink_mbps: of(links.downlink_mbps) };
}

/**
 * One-way delays between some regions of a preset: a quarter of both directions' round trips together, in whole microseconds; inside a
 * region half its round trip, `intra_ms` where none was published.
 */
export function presetDelays_ms(name: PresetName, regions: readonly string[], intra_ms: number): number[][] {
  const preset: Preset = PRESETS[name];
  const places = regions.map((region) => preset.regions.indexOf(region));
  return places.map((from) =>
    places.map((to) => {
      const there = preset.rtt_ms[from][to];
      const back = preset.rtt_ms[to][from];
      return there === null || back === null ? intra_ms : Math.round((there + back) * 250) / 1000;
    }),
  );
}
