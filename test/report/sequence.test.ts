// The drawing of a message sequence: an arrow for each message of the transcript, from its sender's lane down to its receiver's.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TraceLine } from '../../harness/model/outcome.ts';
import { drawCell } from '../../harness/report/drawn-cell.ts';
import { SequenceLines, sequenceSvg } from '../../harness/report/sequence.ts';
import pbft from '../../workloads/pbft/index.ts';
import { makeCell, simulate, simulationKernels, type CellOptions } from '../cells.ts';
import { holds } from '../support/property.ts';

const KIND = { title: 'a vote', kind: 'sequence', nodes: 4, accepted_us: [] } as const;

const drawn = (options: CellOptions): string =>
  drawCell(makeCell(pbft, { decisions: 1, ...options }), pbft, { kernels: simulationKernels, engine: 'auto' }).svg;

interface DrawnArrow {
  readonly story: string;
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
}
const arrowsOf = (svg: string): DrawnArrow[] =>
  [...svg.matchAll(/<g><title>([^<]*)<\/title><path class="arrow \w+" d="M([\d.-]+) ([\d.-]+)L([\d.-]+) ([\d.-]+)"\/>/g)].map(
    ([, story, x1, y1, x2, y2]) => ({
      story: story!.replaceAll('\u00a0', ' '),
      from: [Number(x1), Number(y1)],
      to: [Number(x2), Number(y2)],
    }),
  );
const lanesOf = (svg: string): [name: string, x: number][] =>
  [...svg.matchAll(/<text class="head" x="([\d.]+)" y="[\d.]+" text-anchor="middle">([^<]*)</g)].map(([, x, name]) => [name!, Number(x)]);
/** Who went on, with how many votes, saying what. */
const quorumsOf = (svg: string): string[] =>
  [...svg.matchAll(/<g><title>(with [^<]*)<\/title><circle class="quorum" cx="([\d.]+)"[\s\S]*?<\/g><text [^>]*>([^<]*)</g)].map(
    ([, had, x, says]) => `${lanesOf(svg).find(([, at]) => at === Number(x))![0]} ${had}: ${says}`,
  );

test('OSDI 1999, figure 1: one operation of four replicas, every message of the transcript an arrow, downwards in time', () => {
  const lines: TraceLine[] = [];
  simulate(pbft, { decisions: 1 }, { trace: (line) => lines.push(line) });
  const svg = drawn({});
  expect(lanesOf(svg).map(([name]) => name)).toEqual(['client', 'replica 0', 'replica 1', 'replica 2', 'replica 3']);
  const arrows = arrowsOf(svg);
  expect(arrows).toHaveLength(lines.length);
  expect(arrows).toHaveLength(1 + 3 + 9 + 12 + 4);
  for (const { from, to } of arrows) expect(to[1]).toBeGreaterThan(from[1]);
  const lane = new Map(lanesOf(svg));
  const [request] = arrows;
  expect(request!.story).toBe('client: REQUEST      view 0  sequence 1; sent at 0 s, received at 100 ms');
  expect(request!.from[0]).toBe(lane.get('client'));
  // The tip of the arrow is at the lane; its shaft ends a little before.
  expect(lane.get('replica 0')! - request!.to[0]).toBeLessThan(10);
});

test('OSDI 1999, section 4.2: a replica is prepared with 2f PREPAREs, committed with 2f + 1 COMMITs, its own among them', () => {
  expect(quorumsOf(drawn({})).sort()).toEqual([
    'replica 0 with 2 COMMIT of others: REPLY',
    'replica 0 with 2 PREPARE of others: COMMIT',
    ...['1', '2', '3'].flatMap((one) => [
      `replica ${one} with 1 PREPARE of others: COMMIT`,
      `replica ${one} with 2 COMMIT of others: REPLY`,
    ]),
  ]);
  // Nothing is processed in no time and everything takes 100 ms: f + 1 replies are there after five delays.
  expect(drawn({})).toContain('>accepts<');
});

test('a silent leader: what comes to it is lost, timers expire, and the wait is cut', () => {
  const svg = drawn({ fault: { kind: 'silent-leader', count: 1 } });
  const arrows = arrowsOf(svg);
  const lost = arrows.filter(({ story }) => story.includes('lost on one that is down'));
  expect(lost[0]!.story).toBe('client: REQUEST      view 0  sequence 1; sent at 0 s, lost on one that is down at 100 ms');
  expect([...svg.matchAll(/<path class="arrow lost /g)].length).toBe(lost.length + 1);
  expect([...svg.matchAll(/>view change<\/text>/g)]).toHaveLength(3);
  expect(svg.replaceAll('\u00a0', ' ')).toContain('>1.9 s later<');
  expect(quorumsOf(svg)[0]).toBe('replica 1 with 2 VIEW-CHANGE of others: NEW-VIEW');
});

test('nothing is drawn without a message, and of very many the first ones, with a word', () => {
  expect(sequenceSvg({ lines: [], left: 0 }, KIND)).toBe('');
  const kept = new SequenceLines();
  simulate(pbft, { decisions: 20 }, { trace: (line) => kept.add(line) });
  const svg = sequenceSvg(kept, KIND);
  expect(arrowsOf(svg)).toHaveLength(240);
  expect(kept.left).toBeGreaterThan(100);
  expect(svg).toContain(`>${kept.left} later messages are not drawn.<`);
});

test('names and texts are inert', () => {
  const evil = '<script>"&';
  const svg = drawCell(makeCell(pbft, { decisions: 1, names: ['a', evil, 'c', 'd'] }), pbft, {
    kernels: simulationKernels,
    engine: 'auto',
  }).svg;
  expect(svg).not.toContain('<script');
  expect(svg).toContain('&lt;script&gt;&quot;&amp;');
});

const line = fc.record({
  from: fc.nat(5),
  to: fc.nat(5),
  name: fc.constantFrom('A', 'B', 'C'),
  sent_us: fc.nat(1e7),
  delay_us: fc.integer({ min: 1, max: 1e7 }),
  isLost: fc.boolean(),
});

test('whatever the transcript: each arrow goes down from lane to lane, and no coordinate is not a number', () => {
  holds(
    fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (drawnLines) => {
      const lines = drawnLines
        .filter(({ from, to }) => from !== to)
        .map(({ from, to, name, sent_us, delay_us, isLost }, index): TraceLine => ({
          at_us: sent_us + delay_us,
          node: `p${to}`,
          text: `<- p${from}  ${name}`,
          message: { from, to, sender: `p${from}`, name, view: 0, sequence: 0, sent_us, cause: index, isLost },
        }))
        .sort((one, other) => one.at_us - other.at_us);
      const svg = sequenceSvg({ lines, left: 0 }, KIND);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      const lanes = new Map(lanesOf(svg));
      const arrows = arrowsOf(svg);
      expect(arrows).toHaveLength(lines.length);
      for (const [index, { from, to }] of arrows.entries()) {
        expect(from[0]).toBe(lanes.get(lines[index]!.message!.sender));
        expect(to[1]).toBeGreaterThanOrEqual(from[1]);
        expect(Math.abs(to[0] - lanes.get(lines[index]!.node)!)).toBeLessThanOrEqual(8);
      }
    }),
    { seed: 11, numRuns: 60 },
  );
});
