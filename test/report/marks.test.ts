// A mechanism looks the same in every report ever made.
import { describe, expect, it, vi } from 'vitest';
import { DECLARED_MARKS, lookOf, markOf } from '../../harness/report/marks.ts';
import { workloads } from '../../harness/workloads.ts';

/** Never changed: a new mechanism is added at the end. */
const DECLARED = {
  pbft: 0,
  pow: 1,
  'pos-praos': 2,
  hotstuff: 3,
  tendermint: 4,
  raft: 5,
  zab: 6,
  'stellar-scp': 7,
  ripple: 8,
  'pos-algorand': 9,
  'pos-gasper': 10,
  'pos-coin-age': 11,
  'pos-nxt': 12,
  poet: 13,
  'proof-of-burn': 14,
  'proof-of-activity': 15,
  'federated-signing': 16,
  'pow-pool': 17,
  phases: 18,
  'generals-oral': 19,
  'generals-signed': 20,
} as const;

describe('marks', () => {
  it('are declared by every mechanism, once, and stay what they are', () => {
    expect(Object.fromEntries([...workloads.values()].map(({ id, mark }) => [id, mark]))).toEqual(DECLARED);
    expect(new Set(Object.values(DECLARED)).size).toBe(workloads.size);
    for (const { mark } of workloads.values()) expect(mark >= 0 && mark < DECLARED_MARKS).toBe(true);
  });

  it('of 32 mechanisms no two share two of colour, shape and dash', async () => {
    const known = vi.spyOn(workloads, 'get').mockImplementation((id) => ({ mark: Number(id) }) as never);
    const looks = Array.from({ length: 32 }, (_, mark) => lookOf(String(mark)));
    known.mockRestore();
    const distinct = (of: (look: (typeof looks)[number]) => unknown): number => new Set(looks.map((look) => JSON.stringify(of(look)))).size;
    expect(distinct(({ colour, shape }) => [colour, shape])).toBe(32);
    expect(distinct(({ colour, dash }) => [colour, dash])).toBe(32);
    expect(distinct(({ shape, dash }) => [shape, dash])).toBe(32);
  });

  it('of an id that the project does not know come from the id alone, and are never those of one it knows', () => {
    expect(markOf('another-mechanism')).toBe(108);
    const some = Array.from({ length: 2000 }, (_, index) => markOf(`another-${index}`));
    expect(Math.min(...some)).toBeGreaterThanOrEqual(DECLARED_MARKS);
    expect(new Set(some).size).toBeGreaterThan(DECLARED_MARKS * 6);
  });

  it('variants keep colour and shape and differ in dash, up to eight', () => {
    const looks = Array.from({ length: 8 }, (_, variant) => lookOf('pbft', variant));
    expect(new Set(looks.map(({ colour, shape }) => `${colour} ${shape}`)).size).toBe(1);
    expect(new Set(looks.map(({ dash }) => dash.join(' '))).size).toBe(8);
    expect(looks[1]?.hollow).toBe(true);
  });
});
