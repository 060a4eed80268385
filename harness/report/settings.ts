// What a run's nodes and networks were taken to be: each constant with its unit and its source, as the place that defines it says them.
import type { Settings } from '../analysis/digest.ts';
import { number, plural } from '../analysis/format.ts';
import {
  DEFAULTS,
  LINK_LABELS,
  NODE_PROFILES,
  PROFILE_LABELS,
  profileOf,
  type Bandwidth,
  type LinkSpec,
  type NetworkSpec,
  type NodeProfile,
} from '../model/cell.ts';
import { bandwidthLabel, networkLabel } from '../record/make.ts';
import { JITTER, REGIONS_5 } from '../simulate/core/network-data.ts';
import { isPreset, presetLinks } from '../suite/network-presets.ts';
import { regionsOf } from '../suite/placement.ts';
import { escape, figure, name, prose, table, words, type Cell } from './table.ts';

/** Regions of which all delays are shown; of more the suite has them. */
const MOST_REGIONS = 32;
const BY_SUITE = 'set by the suite';

const HEAD = [{ title: 'constant' }, { title: 'value', numeric: true }, { title: 'unit' }, { title: 'source' }];

function nodeRows(node: NodeProfile): Cell[][] {
  const profile = NODE_PROFILES[profileOf(node)];
  return Object.entries(PROFILE_LABELS).flatMap(([key, label]) => {
    // A plan of an earlier version lacks what its profile did not have yet.
    const value = (node as Partial<NodeProfile>)[key as keyof typeof PROFILE_LABELS];
    if (value === undefined) return [];
    const isProfiles = value === profile[key as keyof typeof PROFILE_LABELS];
    const source = !isProfiles ? BY_SUITE : value === 0 ? `the profile ${profile.name}: work takes no time` : label.source;
    return [[name(label.name), figure(number(value)), words(label.unit), prose(source)]];
  });
}

/** Said once beneath the last table. */
const moreText = ({ more }: Settings): string =>
  more === 0 ? '' : `<p>${plural(more, 'more profile or network', 'more profiles or networks')} like these: suite.yaml has all.</p>`;

export function nodeTable({ nodes }: Settings): string {
  return nodes
    .map((node, index) =>
      table({
        id: `table-node-${index}`,
        caption: `Node profile ${node.name}: how long work takes in virtual time, and the cores that are paid for.`,
        head: HEAD,
        rows: nodeRows(node),
      }),
    )
    .join('\n');
}

/** Delays between regions, and who published them; null: all are alike. */
function delaysOf(network: NetworkSpec): { readonly one_way_ms: readonly (readonly number[])[]; readonly origin: string } | null {
  if (network.kind === 'wan-5-regions') return { one_way_ms: REGIONS_5.oneWay_ms, origin: REGIONS_5.origin };
  return network.kind === 'matrix' ? network : null;
}

const millisecondsOf = (value: number): string => String(Number(value.toPrecision(4)));

function delayRows(network: NetworkSpec): Cell[][] {
  if (network.kind === 'fixed') return [[name('one-way delay'), figure(String(network.delay_ms)), words('ms'), prose(BY_SUITE)]];
  if (network.kind === 'normal')
    return [[name('one-way delay, normal'), figure(`${network.mean_ms} ± ${network.sd_ms}`), words('ms'), prose(BY_SUITE)]];
  const { one_way_ms, origin } = delaysOf(network)!;
  const all = one_way_ms.flat();
  const [least, most] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const jitter = network.kind === 'matrix' ? network.jitter : DEFAULTS.matrixJitter;
  return [
    [
      name(`one-way delay, ${plural(one_way_ms.length, 'region')}`),
      figure(`${millisecondsOf(least)} – ${millisecondsOf(most)}`),
      words('ms'),
      prose(origin),
    ],
    [name('jitter'), figure(String(jitter)), words(`times a ${JITTER.what}`), prose(JITTER.origin)],
  ];
}

function bandwidthRow(label: string, bandwidth: Bandwidth, source: string): Cell[] {
  const text = bandwidthLabel(bandwidth);
  // A list of many nodes is broken between its members.
  const value: Cell = typeof bandwidth === 'number' ? figure(text) : { html: escape(text).replaceAll('|', '|<wbr>'), wraps: 'prose' };
  return [name(label), value, words(LINK_LABELS.bandwidth_mbps.unit), prose(source)];
}

/** The links that a preset publishes with its delays; null: none. */
function publishedLinks(network: NetworkSpec): Pick<LinkSpec, 'bandwidth_mbps' | 'downlink_mbps'> | null {
  return network.kind === 'matrix' && isPreset(network.name) ? presetLinks(network.name, network.regions ?? []) : null;
}

function linkRows(network: Exclude<NetworkSpec, { kind: 'fixed' }>): Cell[][] {
  const { bandwidth_mbps, downlink_mbps } = network;
  const published = publishedLinks(network);
  const sourceOf = (key: 'bandwidth_mbps' | 'downlink_mbps', value: Bandwidth): string => {
    if (value === DEFAULTS.link.bandwidth_mbps) return LINK_LABELS.bandwidth_mbps.source;
    const isPublished = JSON.stringify(value) === JSON.stringify(published?.[key]);
    return isPublished ? delaysOf(network)!.origin : BY_SUITE;
  };
  return [
    bandwidthRow(LINK_LABELS.bandwidth_mbps.name, bandwidth_mbps, sourceOf('bandwidth_mbps', bandwidth_mbps)),
    ...(downlink_mbps === undefined
      ? []
      : [bandwidthRow('a node receives, where links queue', downlink_mbps, sourceOf('downlink_mbps', downlink_mbps))]),
    ...(['loss', 'rto_ms'] as const).map((key) => [
      name(LINK_LABELS[key].name),
      figure(String(network[key])),
      words(LINK_LABELS[key].unit),
      prose(network[key] === DEFAULTS.link[key] ? LINK_LABELS[key].source : BY_SUITE),
    ]),
  ];
}

/** Every delay, of as many regions as can be read. */
function delayTable(network: NetworkSpec, index: number): string {
  const delays = delaysOf(network);
  if (delays === null) return '';
  const { one_way_ms } = delays;
  if (one_way_ms.length > MOST_REGIONS) return `<p>The delays between ${one_way_ms.length} regions are in suite.yaml.</p>`;
  const names = regionsOf(network).map((region, at) => (region === '' ? String(at) : region));
  return `<details><summary>One-way delays of ${escape(networkLabel(network))}</summary>${table({
    id: `table-delays-${index}`,
    caption: 'Milliseconds from the region of a row to that of a column, without jitter.',
    head: [{ title: 'from' }, ...names.map((title) => ({ title, numeric: true }))],
    rows: one_way_ms.map((row, from) => [name(names[from]), ...row.map((delay) => figure(millisecondsOf(delay)))]),
  })}</details>`;
}

export function networkTables(settings: Settings): string {
  const tables = settings.networks.map(
    (network, index) => `${table({
      id: `table-network-${index}`,
      caption: `Network ${networkLabel(network)}: ${network.kind === 'fixed' ? 'the same for every message, without loss or limit of bandwidth.' : 'delays and links.'}`,
      head: HEAD,
      rows: [...delayRows(network), ...(network.kind === 'fixed' ? [] : linkRows(network))],
    })}
${delayTable(network, index)}`,
  );
  return [...tables, moreText(settings)].join('\n');
}
