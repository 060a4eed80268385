import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormRace } from '../../harness/kernels/form-race.ts';
import { hasSimd } from '../../harness/kernels/load.ts';
import { wasmSha } from '../../harness/kernels/wasm-sha.ts';
import { holds } from '../support/property.ts';

const FORMS = [{ name: 'first' }, { name: 'second' }, { name: 'third' }] as const;
type Form = (typeof FORMS)[number];

/** A race on a clock that the forms move: `took_ms` of a piece of 1000 units. */
function race(forms: readonly Form[], took_ms: (form: Form, piece: number) => number) {
  let now_ms = 0;
  const pieces = new Map<string, number>();
  const runner = new FormRace(forms, () => now_ms);
  const run = (cut = false): string =>
    runner.run(
      1000,
      (form) => {
        const piece = pieces.get(form.name) ?? 0;
        pieces.set(form.name, piece + 1);
        now_ms += took_ms(form, piece);
        return form.name;
      },
      () => cut,
    );
  return { runner, run, pieces, now_ms: () => now_ms };
}

describe('a race of forms', () => {
  it('gives pieces to all forms in turn, and to the fastest once each has shown its rate', () => {
    const speed = { first: 5, second: 4, third: 6 };
    const { runner, run } = race(FORMS, ({ name }) => speed[name]);
    const order = Array.from({ length: 200 }, () => run());
    expect(order.slice(0, 6)).toEqual(['first', 'second', 'third', 'first', 'second', 'third']);
    expect(runner.decided).toBe(true);
    expect(order.slice(-100)).toEqual(Array.from({ length: 100 }, () => 'second'));
    expect(runner.rates).toEqual({ first: 200_000, second: 250_000, third: 1000 / 0.006 });
  });

  it('waits for optimised code: a form that gets five times as fast in the midst of it is not judged by what it was', () => {
    const two = FORMS.slice(0, 2);
    // The second form is the faster one, and optimised later.
    const { runner, run } = race(two, ({ name }, piece) => (name === 'first' ? (piece < 5 ? 20 : 4) : piece < 30 ? 19 : 3.8));
    for (let i = 0; i < 300 && !runner.decided; i++) run();
    expect(runner.form.name).toBe('second');
    expect(runner.rates['second']).toBeCloseTo(1000 / 0.0038);
  });

  it('is held again when the fastest form slows down for good, but takes a tenth of the time at most', () => {
    let bad: string | undefined;
    const { runner, run, pieces } = race(FORMS, ({ name }) => ({ first: 5, second: 4, third: 6 })[name] * (name === bad ? 1.4 : 1));
    while (!runner.decided) run();
    for (let i = 0; i < 2000; i++) run();
    // A piece now and then that is slow changes nothing.
    const others = (): number => pieces.get('first')! + pieces.get('third')!;
    const before = others();
    for (let i = 0; i < 500; i++) {
      bad = i % 3 === 0 ? 'second' : undefined;
      run();
    }
    expect(others()).toBe(before);
    bad = 'second';
    for (let i = 0; i < 2000; i++) run();
    expect(runner.decided).toBe(true);
    expect(runner.form.name).toBe('first');
    // Whatever form is chosen slows down: there is race after race, in a tenth of the time.
    let [raced, races] = [0, 0];
    for (let i = 0; i < 20_000; i++) {
      const { decided } = runner;
      bad = decided ? runner.form.name : undefined;
      if (!decided) raced++;
      run();
      if (decided && !runner.decided) races++;
    }
    expect(races).toBeGreaterThan(5);
    expect(raced).toBeLessThan(2500);
  });

  it('ends even if one form stays far slower, or its rate never settles', () => {
    const { runner, run, now_ms } = race(FORMS.slice(0, 2), ({ name }, piece) => (name === 'first' ? 10 + (piece % 24) : 100));
    for (let i = 0; i < 1000 && !runner.decided; i++) run();
    expect(runner.decided).toBe(true);
    expect(runner.form.name).toBe('first');
    expect(now_ms()).toBeLessThan(15_000);
  });

  it('does not count a piece that was cut short, and does not pass the turn on', () => {
    const { runner, run } = race(FORMS, () => 1);
    expect([run(true), run(true), run(), run()]).toEqual(['first', 'first', 'first', 'second']);
    expect(runner.rates).toEqual({});
  });

  it('a form without rivals needs no clock', () => {
    const { runner, run, pieces } = race(FORMS.slice(0, 1), () => 1);
    expect(runner.decided).toBe(true);
    for (let i = 0; i < 10; i++) run();
    expect(pieces.get('first')).toBe(10);
    expect(runner.rates).toEqual({});
  });

  it('is not misled by pieces that lost the processor', () => {
    holds(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 30 }), (lost) => {
        const { runner, run } = race(FORMS, ({ name }, piece) => {
          const own = { first: 5, second: 4.5, third: 6 }[name];
          // At most one piece in four.
          return piece % 4 === 0 ? own + (lost[piece % Math.max(1, lost.length)] ?? 0) : own;
        });
        for (let i = 0; i < 3000 && !runner.decided; i++) run();
        expect(runner.form.name).toBe('second');
      }),
      { seed: 20261124 },
    );
  });
});

it.skipIf(!hasSimd())('the SIMD search says which form it chose, and finds the same before, during and after', () => {
  const sha = wasmSha({ simd: true, debug: false });
  const header = new Uint8Array(80);
  const search = { header, target: new Uint8Array(32), firstNonce: 0, count: 1 << 20, rounds: 2 } as const;
  const hit = { ...search, target: Uint8Array.from({ length: 32 }, (_, i) => (i < 30 ? 0xff : 0)) };
  const found = sha.nonceSearch(hit);
  expect(found.nonce).not.toBeNull();
  for (let i = 0; i < 20 && sha.forms().length === 0; i++) {
    expect(sha.nonceSearch(search)).toEqual({ nonce: null, tried: 1 << 20 });
    expect(sha.nonceSearch(hit)).toEqual(found);
  }
  const [choice] = sha.forms();
  expect(choice!.kernel).toBe('sha256d-nonce-search');
  expect(Object.keys(choice!.rates)).toEqual(['chain', 'tree', 'chain-deep', 'tree-deep']);
  expect(choice!.rates[choice!.form]).toBe(Math.max(...Object.values(choice!.rates)));
  expect(sha.nonceSearch(hit)).toEqual(found);
});
