import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunDigest } from '../../harness/analysis/digest.ts';
import { answerOf } from '../../harness/analysis/answer.ts';
import { CARBON, MILLION_TX, YEARLY_ENERGY, energy, money } from '../../harness/analysis/people.ts';
import { deviation, findings, holdingText, thresholdText } from '../../harness/analysis/findings.ts';
import { duration, number, percentage, prefixed, times } from '../../harness/analysis/format.ts';
import { reportHtml } from '../../harness/report/html.ts';
import { faultFree, hardwareOf, modelOf, nodesLabel } from '../../harness/analysis/model.ts';
import { spread } from '../../harness/report/drawing.ts';
import { DEFAULTS, NODE_PROFILES } from '../../harness/model/cell.ts';
import { DEFAULT_PRICES } from '../../harness/model/prices.ts';
import { REGIONS_5 } from '../../harness/simulate/core/network-data.ts';
import { METRICS } from '../../harness/record/columns.ts';
import { workloads } from '../../harness/workloads.ts';
import { syntheticDigest } from '../export/synthetic-digest.ts';

let digest: RunDigest;
let html: string;
beforeAll(async () => {
  digest = syntheticDigest({ nodes: [4, 7, 10, 31], replicates: 3 });
  html = await reportHtml(digest);
});

describe('report.html', () => {
  it('loads nothing and runs nothing', () => {
    expect([...html.matchAll(/<script|<link|<img|<iframe|@import|https?:|\son[a-z]+=/g)].map(([found]) => found)).toEqual([]);
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, target]) => target!).filter((target) => !target.startsWith('#'))).toEqual(
      [],
    );
    expect([...html.matchAll(/url\(([^)]*)\)/g)].map(([, target]) => target)).toEqual(['#hatch', '#hatch']);
    expect(html.includes(`content="default-src 'none'; style-src 'unsafe-inline'"`)).toBe(true);
  });

  it('has no id twice, and every link leads to one', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/(?:href="#|aria-labelledby="|for=")([^"]+)"/g)) expect(ids).toContain(target);
  });

  it('every figure has a name, and every mark in it a text on hovering', () => {
    const figures = [...html.matchAll(/<svg role="img" aria-label="([^"]+)"/g)];
    // The answer's, nine costs, energy, messages, bytes, latencies and the prediction in two sizes; a panel for each mechanism and kind of fault.
    expect(figures.length).toBe(2 * (1 + 9 + 1 + 2 + 1 + 1) + 6);
    expect([...html.matchAll(/<title>([^<]+)<\/title><\/(?:path|circle|rect)>/g)].length).toBeGreaterThan(100);
    const titles = [...html.matchAll(/<title>([^<]+)<\/title>/g)].map(([, title]) => title!.replaceAll('\u00a0', ' '));
    expect(titles.includes('pbft, n = 10: 1.37 × 10⁻⁵ CPU-s per transaction; 3 replicates')).toBe(true);
    expect(titles.includes('φ = 0.4: 3 of 3 liveness violated')).toBe(true);
  });

  it('every number in its tables is one of the records, the cost table or the counts', () => {
    const known = new Set<string>(['–']);
    const add = (value: number): void => {
      known.add(String(value));
      // As few digits as an interval carries.
      for (const digits of [undefined, 1, 2, 3]) {
        known
          .add(number(value, digits))
          .add(percentage(value, digits))
          .add(prefixed(value, 'W', digits))
          .add(prefixed(value, 's', digits))
          .add(prefixed(value, 'B', digits))
          .add(energy(value, digits))
          .add(MILLION_TX.show(value * MILLION_TX.scale, digits))
          .add(YEARLY_ENERGY.show(value * YEARLY_ENERGY.scale, digits))
          .add(CARBON.show(value * CARBON.scale, digits));
        for (const scale of [1, 1e-3]) known.add(duration(value * scale, digits));
      }
    };
    for (const { keys, metrics, faulty_nodes, adversary_share } of digest.conditions) {
      add(keys.nodes);
      if (faulty_nodes !== null) add(faulty_nodes);
      if (adversary_share !== null) add(adversary_share);
      for (const metric of METRICS) if (metrics[metric] !== null) add(metrics[metric].mean);
    }
    // What follows from them: a cost in a year, and how many times the least it is.
    for (const { usd_per_year_provisioned: usd } of digest.conditions)
      for (const digits of [undefined, 2, 3]) if (usd !== null) known.add(money(usd.mean, digits));
    const answer = answerOf(modelOf(digest), digest);
    for (const { cost } of answer.rows) known.add(times(cost!.usd_per_1000_tx.mean / answer.rows[0]!.cost!.usd_per_1000_tx.mean));
    const { costs } = digest.run;
    for (const kernel of costs.kernels) {
      add(kernel.rate_median);
      known.add(`${number(kernel.rate_ci95_low)} – ${number(kernel.rate_ci95_high)}`);
      if (kernel.ratio_to_node_crypto !== null) add(kernel.ratio_to_node_crypto);
      add(kernel.samples);
    }
    // What nodes and networks were taken to be; the constants that table 5 gives with their sources; what table 6 says of the hardware.
    for (const value of Object.values(NODE_PROFILES.server)) if (typeof value === 'number') add(value);
    for (const value of [...Object.values(DEFAULTS.link), DEFAULTS.matrixJitter]) add(value);
    for (const delay of REGIONS_5.oneWay_ms.flat()) known.add(String(Number(delay.toPrecision(4))));
    known.add('0.417 – 163.8');
    for (const { value } of Object.values(DEFAULT_PRICES)) add(value);
    for (const value of [costs.watts_per_core, 1 / costs.seconds.sha256d_nonce]) add(value);
    for (const condition of digest.conditions) {
      const hardware = hardwareOf(condition);
      if (hardware !== undefined) add(hardware.hash_rate_hs ?? 1);
    }
    const cells = [...html.matchAll(/<td>(.*?)<\/td>/g)].map(([, cell]) => cell!.replace(/ <small>.*/, '').replace(/<[^>]+>/g, ''));
    expect(cells.length).toBeGreaterThan(1000);
    expect(cells.filter((cell) => !known.has(cell))).toEqual([]);
  });

  it('has power, energy and carbon with their basis and the factor of the grid', () => {
    const from = html.indexOf('Table 7. Power');
    const power = html.slice(from, html.indexOf('</table>', from)).replaceAll('\u00a0', ' ');
    expect(power).toContain(
      `carbon at ${DEFAULT_PRICES.grid_kg_per_kwh.value} kg CO₂ equivalent a kWh: ${DEFAULT_PRICES.grid_kg_per_kwh.source}`,
    );
    expect(power).toContain('provisioned: what stands ready counts');
    expect([...power.matchAll(/<th scope="col"[^>]*>([^<]+)/g)].map(([, title]) => title)).toEqual([
      'mechanism',
      'n',
      'power',
      'TWh a year',
      'kWh per tx',
      'kg CO₂ per tx',
    ]);
    const asic = digest.conditions.find(({ keys }) => keys.nodes === 31 && keys.parameters.includes('asic') && keys.fault_ratio === 0)!;
    // 31 units of 200 TH/s at 17.5 J/TH.
    expect(asic.metrics.power_w!.mean).toBeGreaterThan(31 * 3500 * 0.9);
    expect(power).toContain('kW');
  });

  it('says how far measurement and prediction lie apart', () => {
    expect(html.includes('% above the prediction')).toBe(true);
    expect([1.001, 1.042, 0.8, 1.11, 2.5, 0.3].map(deviation)).toEqual([
      'as predicted',
      '4.2% above the prediction',
      '20% below the prediction',
      '11% above the prediction',
      '2.5 times the prediction',
      '70% below the prediction',
    ]);
  });

  it('names the limits: no saturation throughput, modelled and measured apart', () => {
    expect(html.includes('their rate is no saturation figure')).toBe(true);
    expect(html.includes('simulated: virtual time on a modelled network')).toBe(true);
  });

  it('the same run gives the same bytes', async () => {
    expect((await reportHtml(digest)) === html).toBe(true);
  });

  it('nothing in reports and exports knows a mechanism by name', () => {
    for (const folder of ['report', 'export', 'record'])
      for (const file of readdirSync(new URL(`../../harness/${folder}/`, import.meta.url))) {
        const source = readFileSync(new URL(`../../harness/${folder}/${file}`, import.meta.url), 'utf8');
        for (const id of workloads.keys()) expect(source.includes(`'${id}'`), `${file} mentions ${id}`).toBe(false);
      }
  });
});

describe('the model of a report', () => {
  it('a parameter of effort makes no variant, but where conditions differ in nothing else', () => {
    const looked = (attacks: string, kinds: readonly string[]) =>
      digest.conditions
        .filter(({ keys }) => keys.parameters.includes('miner=cpu') && kinds.includes(keys.fault_kind))
        .map((condition) => ({ ...condition, keys: { ...condition.keys, parameters: `attacks=${attacks};${condition.keys.parameters}` } }));
    const labels = (conditions: RunDigest['conditions']): string[] => modelOf({ ...digest, conditions }).series.map(({ label }) => label);
    expect(labels([...looked('auto', ['crash']), ...looked('600', ['double-spend'])])).toEqual(['pow']);
    expect(labels([...looked('auto', ['double-spend']), ...looked('600', ['double-spend'])])).toEqual([
      'pow attacks=auto',
      'pow attacks=600',
    ]);
  });
  it('tells variants of a mechanism apart by what differs, and compares where most can be compared', () => {
    const model = modelOf(digest);
    expect(model.series.map(({ label }) => label)).toEqual(['pow miner=cpu', 'pow miner=asic-s21', 'pos-praos', 'pbft']);
    expect(model.nodes).toEqual([4, 7, 10, 31]);
    expect(model.referenceNodes).toBe(31);
  });

  it('finds where each mechanism broke, joining numbers of nodes that broke alike', () => {
    const found = modelOf(digest).breakings.map((breaking) => [
      breaking.series.label,
      breaking.kind,
      breaking.nodes.join(),
      holdingText(breaking, { brief: false }),
      thresholdText(breaking, 'liveness', { brief: false }),
      thresholdText(breaking, 'safety', { brief: false }),
    ]);
    const three = '3 of 3, at most 63% could fail';
    expect(found).toEqual([
      ['pow miner=cpu', 'crash', '4,7,10,31', `0.5 (${three})`, null, null],
      [
        'pow miner=cpu',
        'double-spend',
        '4,7,10,31',
        '0; undecided to 0.2 (0 of 480 attacks, at most 0.622%)',
        null,
        '0.3 (43 of 480 attacks, at least 6.9%)',
      ],
      ['pos-praos', 'crash', '4,7,10,31', `0.5 (${three})`, null, null],
      [
        'pos-praos',
        'double-spend',
        '4,7,10,31',
        '0; undecided to 0.2 (0 of 480 attacks, at most 0.622%)',
        null,
        '0.3 (46 of 480 attacks, at least 7.5%)',
      ],
      ['pbft', 'crash', '4,7', `0.4 (1 node of 4, 2 of 7; ${three})`, '0.5 (2 nodes of 4, 3 of 7; 3 of 3, at least 37%)', null],
      ['pbft', 'crash', '10,31', `0.34 (3 nodes of 10, 10 of 31; ${three})`, '0.4 (4 nodes of 10, 12 of 31; 3 of 3, at least 37%)', null],
      [
        'pbft',
        'equivocate',
        '4,7,10,31',
        `f (1 node of 4 to 10 of 31; ${three})`,
        null,
        'f+1 (2 nodes of 4 to 11 of 31; 3 of 3, at least 37%)',
      ],
    ]);
  });

  it('takes the fault-free condition of the kind that every mechanism has', () => {
    const [pow] = modelOf(digest).series;
    expect(faultFree(pow!, 10)?.keys).toMatchObject({ fault_kind: 'crash', fault_ratio: 0 });
  });

  it('measured rows are compared, and not drawn beside their modelled twins', () => {
    const model = modelOf(digest);
    expect(model.comparisons.map(({ label, summary }) => `${label} ${summary.keys.nodes}`)).toContain('pbft 4');
    expect(model.series.flatMap(({ conditions }) => conditions).every(({ keys }) => keys.crypto === 'modelled')).toBe(true);
  });

  it('findings are sentences with a subject', () => {
    for (const finding of findings(modelOf(digest), digest)) expect(finding).toMatch(/^[A-Z][a-z ,]+: .*\.$/);
  });

  it('writes runs of swept numbers of nodes short', () => {
    expect(nodesLabel([4, 7, 10, 100], [4, 7, 10, 16, 100])).toBe('4 – 10, 100');
    expect(nodesLabel([4, 7], [4, 7, 10])).toBe('4, 7');
  });
});

describe('labels at the ends of lines', () => {
  it('are moved apart by their heights, stay inside and keep their order', () => {
    expect(spread([10, 12, 90], [15, 15, 15], 100)).toEqual([10, 25, 90]);
    expect(spread([95, 99, 98], [15, 15, 15], 100)).toEqual([62.5, 92.5, 77.5]);
    expect(spread([10, 10], [10, 30], 100)).toEqual([10, 30]);
    expect(spread([], [], 100)).toEqual([]);
  });
});
