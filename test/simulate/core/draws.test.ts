// Draws and portable mathematics: known answers pinned, both languages bit-equal, tables equal to their distributions.
import { describe, expect, it, test } from 'vitest';
import { exp, ln, power } from '../../../assembly/portable/math.ts';
import { hasSimd, loadModule } from '../../../harness/kernels/load.ts';
import { instantiateQuorum } from '../../../harness/kernels/wasm-quorum.ts';
import {
  PURPOSE,
  draw32,
  drawKey,
  drawPrefix,
  drawUnit,
  prefixDraw32,
  receiversAtMost,
  threshold32,
  type DrawKey,
  type DrawName,
  type Purpose,
} from '../../../harness/simulate/core/draws.ts';
import { jitterQuantilesPpm, normalQuantiles } from '../../../harness/simulate/core/network-data.ts';

const view = new DataView(new ArrayBuffer(8));
/** The 64 bits of a double. */
function bits(x: number): string {
  view.setFloat64(0, x);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}
function ordinal(x: number): bigint {
  view.setFloat64(0, x);
  const pattern = view.getBigInt64(0);
  return pattern < 0n ? -(pattern & 0x7fffffffffffffffn) : pattern;
}
/** Distance in units in the last place. */
const ulps = (x: number, y: number): number => Math.abs(Number(ordinal(x) - ordinal(y)));

describe('draw32', () => {
  const pinned: [a: number, b: number, receiver: number, attempt: number, draw: number][] = [
    [0, 0, 0, 0, 0],
    [0, 0, 1, 0, 3294826546],
    [0, 0, 0, 1, 2410285375],
    [1, 2, 3, 4, 2463964942],
    [-1, -1, 19999, 7, 2742571392],
    [0x7fffffff, -0x80000000, 0x7fffffff, 1, 3768504214],
  ];
  it.each(pinned)('key (%i, %i), receiver %i, attempt %i', (a, b, receiver, attempt, draw) => {
    expect(draw32({ a, b }, receiver, attempt)).toBe(draw);
  });
  it('is its definition in integer arithmetic modulo 2^32', () => {
    const mask = 0xffffffffn;
    const definition = (a: number, b: number, receiver: number, attempt: number): number => {
      let x = (BigInt(a) + BigInt(receiver) * 0x9e3779b9n + BigInt(attempt) * 0x6a09e667n) & mask;
      x = ((x ^ (x >> 16n)) * 0x21f0aaadn) & mask;
      x = (x ^ (x >> 15n)) + (BigInt(b) & mask);
      x = (x * 0xd35a2d97n) & mask;
      return Number(x ^ (x >> 15n));
    };
    for (const [a, b, receiver, attempt, draw] of pinned) expect(definition(a, b, receiver, attempt)).toBe(draw);
  });
  it.each(hasSimd() ? [false, true] : [false])("AssemblyScript's draw equals TypeScript's (simd: %s)", (simd) => {
    const wasm = instantiateQuorum({ simd, debug: true });
    for (const [a, b, receiver, attempt, draw] of pinned) expect(wasm.draw32(a, b, receiver, attempt) >>> 0).toBe(draw);
    for (let i = 0; i < 50_000; i++) {
      const key = drawKey(i, { purpose: PURPOSE.delay, sender: i });
      const receiver = i % 977;
      const attempt = i % 5;
      if (wasm.draw32(key.a, key.b, receiver, attempt) >>> 0 !== draw32(key, receiver, attempt)) expect.fail(`draw ${i} differs`);
    }
  });
});

describe('drawKey', () => {
  it.each<[seed: number, name: DrawName, key: DrawKey]>([
    [0, { purpose: 1 }, { a: 1741789288, b: 853341352 }],
    [1, { purpose: 1, type: 2, view: 3, sequence: 4, sender: 5 }, { a: -2023263346, b: 2014162087 }],
    [1, { purpose: 2, type: 2, view: 3, sequence: 4, sender: 5 }, { a: -1306622487, b: -87783615 }],
    [0x100000000, { purpose: 1 }, { a: -109846244, b: -1813859847 }],
    [Number.MAX_SAFE_INTEGER, { purpose: 9 as number as Purpose, sender: 9999 }, { a: 236996353, b: -201613953 }],
  ])('seed %i, %o', (seed, name, key) => {
    expect(drawKey(seed, name)).toEqual(key);
  });
  it('depends on every field, and on both halves of the seed', () => {
    const name = { purpose: PURPOSE.delay, type: 1, view: 1, sequence: 1, sender: 1 };
    const seeds = [1, 2, 0x100000001, 0x200000001];
    const names = [
      name,
      { ...name, purpose: PURPOSE.loss },
      { ...name, type: 2 },
      { ...name, view: 2 },
      { ...name, sequence: 2 },
      { ...name, sender: 2 },
    ];
    const keys = new Set(
      [...seeds.map((seed) => drawKey(seed, name)), ...names.map((other) => drawKey(1, other))].map(({ a, b }) => `${a} ${b}`),
    );
    expect(keys.size).toBe(seeds.length + names.length - 1);
  });
  it('no purpose has the number of another', () => {
    expect(new Set(Object.values(PURPOSE)).size).toBe(Object.keys(PURPOSE).length);
  });
});

describe('draws are uniform and independent', () => {
  const key = (sender: number, sequence = 0): DrawKey => drawKey(11, { purpose: PURPOSE.delay, type: 1, sequence, sender });

  /** Each way in which consecutive draws differ in one field. */
  const walks: [string, (i: number) => number][] = [
    ['receiver', (i) => draw32(key(3), i)],
    ['attempt', (i) => draw32(key(3), 5, i)],
    ['sender', (i) => draw32(key(i), 5)],
    ['sequence', (i) => draw32(key(3, i), 5)],
  ];
  it.each(walks)('over the %s: 1 024 quantiles equally likely (chi-square), neighbours uncorrelated', (_field, draw) => {
    const n = 1 << 16;
    const bins = new Float64Array(1024);
    let products = 0;
    let previous = draw(n) / 0x100000000 - 0.5;
    for (let i = 0; i < n; i++) {
      const x = draw(i);
      bins[x >>> 22]! += 1;
      const centred = x / 0x100000000 - 0.5;
      products += centred * previous;
      previous = centred;
    }
    const expected = n / 1024;
    const chi2 = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 1 023 degrees of freedom: mean 1 023, variance 2 046.
    expect(Math.abs((chi2 - 1023) / Math.sqrt(2046))).toBeLessThan(4);
    // A product of two independent centred uniforms has variance 1/144.
    expect(Math.abs(products / Math.sqrt(n / 144))).toBeLessThan(4);
  });
  it('drawUnit lies in (0, 1) with the mean and variance of a uniform variable', () => {
    const n = 40_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const x = drawUnit(key(1), i);
      if (!(x > 0 && x < 1)) expect.fail(`drawUnit gave ${x}`);
      sum += x;
      squares += (x - 0.5) ** 2;
    }
    expect(Math.abs((sum - n / 2) / Math.sqrt(n / 12))).toBeLessThan(4);
    // Variance of (x - 1/2)^2: 1/80 - 1/144.
    expect(Math.abs((squares - n / 12) / Math.sqrt(n * (1 / 80 - 1 / 144)))).toBeLessThan(4);
    expect([drawUnit({ a: 1, b: 2 }, 3), drawUnit({ a: 1, b: 2 }, 3, 1)]).toEqual([0.34673789808868444, 0.28983858705651383]);
  });
  it('threshold32: draw32 < t has the asked probability', () => {
    expect([0, 0.5, 1, 2 ** -32].map(threshold32)).toEqual([0, 0x80000000, 0x100000000, 1]);
    const n = 100_000;
    const threshold = threshold32(0.3);
    let below = 0;
    for (let i = 0; i < n; i++) if (draw32(key(2), i) < threshold) below += 1;
    expect(Math.abs((below - 0.3 * n) / Math.sqrt(n * 0.21))).toBeLessThan(4);
  });
});

describe('portable mathematics', () => {
  const wasm = new WebAssembly.Instance(loadModule('math')).exports as unknown as {
    ln(x: number): number;
    exp(x: number): number;
    power(base: number, exponent: number): number;
  };
  it.each([
    [5e-324, 'c0874385446d71c3'],
    [1e-300, 'c085963447f87fb5'],
    [0.1, 'c0026bb1bbb55515'],
    [0.5, 'bfe62e42fefa39ef'],
    [0.999999, 'beb0c6f82d74d230'],
    [1, '0000000000000000'],
    [1.0000001, '3e7ad7f2847b6491'],
    [2, '3fe62e42fefa39ef'],
    [10, '40026bb1bbb55516'],
    [12345.678, '4022d79559791e31'],
    [1e300, '4085963447f87fb5'],
  ])('ln(%d)', (x, answer) => {
    expect(bits(ln(x))).toBe(answer);
    expect(bits(wasm.ln(x))).toBe(answer);
  });
  it.each([
    [-701, '0000000000000000'],
    [-700, '00d14f2b0fb9307f'],
    [-100.5, '36e01a0e5643644f'],
    [-1, '3fd78b56362cef38'],
    [-1e-9, '3fefffffff768fa1'],
    [0, '3ff0000000000000'],
    [0.5, '3ffa61298e1e069c'],
    [1, '4005bf0a8b14576a'],
    [10.25, '40db9ea2aed2a0f1'],
    [700, '7f0d945df4f8ec8e'],
    [701, '7ff0000000000000'],
  ])('exp(%d)', (x, answer) => {
    expect(bits(exp(x))).toBe(answer);
    expect(bits(wasm.exp(x))).toBe(answer);
  });
  it.each([
    [0, 0, '3ff0000000000000'],
    [0, 3, '0000000000000000'],
    [2, 0.5, '3ff6a09e667f3bcc'],
    [0.95, 0.01, '3feffbcc93d6028c'],
    [1e-3, 7, '3b92e3b40a0e9b58'],
    [10, -3.5, '3f34b96be9c2da2a'],
    [0.7, 1, '3fe6666666666666'],
  ])('power(%d, %d)', (base, exponent, answer) => {
    expect(bits(power(base, exponent))).toBe(answer);
    expect(bits(wasm.power(base, exponent))).toBe(answer);
  });

  const key: DrawKey = { a: 5, b: 7 };
  /** Arguments over the whole range: a uniform mantissa times a power of two. */
  const argument = (i: number): number => (1 + drawUnit(key, i)) * 2 ** ((draw32(key, i, 9) % 2000) - 1000);
  it('ln, exp and power give the same bits in both languages', () => {
    for (let i = 0; i < 100_000; i++) {
      const x = argument(i);
      const unit = drawUnit(key, i, 5);
      const y = (unit - 0.5) * 1400;
      for (const [here, there] of [
        [ln(x), wasm.ln(x)],
        [ln(unit), wasm.ln(unit)],
        [exp(y), wasm.exp(y)],
        [power(unit, y / 100), wasm.power(unit, y / 100)],
      ] as const)
        if (!Object.is(here, there)) expect.fail(`argument ${i}: ${here} and ${there}`);
    }
  });
  it('ln is within 2 ulp of the library function, exp within 5', () => {
    let worstLn = 0;
    let worstExp = 0;
    for (let i = 0; i < 100_000; i++) {
      const x = i % 2 === 0 ? argument(i) : drawUnit(key, i);
      const y = (drawUnit(key, i, 5) - 0.5) * 1400;
      worstLn = Math.max(worstLn, ulps(ln(x), Math.log(x)));
      worstExp = Math.max(worstExp, ulps(exp(y), Math.exp(y)));
    }
    expect(worstLn).toBeLessThanOrEqual(2);
    expect(worstExp).toBeLessThanOrEqual(5);
  });
  it('power is within 1e-13 of exact powers of three halves', () => {
    for (let i = 1; i <= 30; i++) expect(Math.abs((power(1.5, i) * 2 ** i) / Number(3n ** BigInt(i)) - 1)).toBeLessThan(1e-13);
  });
});

describe('quantile tables of the network data', () => {
  /** The standard normal distribution function by Simpson's rule from 0, error below 1e-12 for |x| < 4. */
  function normalCdf(x: number): number {
    const steps = 2000;
    const h = x / steps;
    const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
    let sum = density(0) + density(x);
    for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * density(i * h);
    return 0.5 + (sum * h) / 3;
  }
  it('normal: entry i times 10^-6 is the (i + 1/2)/1024 quantile, to half a unit', () => {
    expect(normalQuantiles).toHaveLength(1024);
    normalQuantiles.forEach((value, i) => {
      const p = (i + 0.5) / 1024;
      // The quantile lies between the entry minus and plus half a unit.
      expect(normalCdf((value - 0.51) / 1e6)).toBeLessThan(p);
      expect(normalCdf((value + 0.51) / 1e6)).toBeGreaterThan(p);
    });
  });
  it('jitter: log-normal with median 2% and shape 1, in parts per million', () => {
    expect(jitterQuantilesPpm).toHaveLength(1024);
    jitterQuantilesPpm.forEach((value, i) => {
      const p = (i + 0.5) / 1024;
      expect(normalCdf(Math.log((value - 0.51) / 20_000))).toBeLessThan(p);
      expect(normalCdf(Math.log((value + 0.51) / 20_000))).toBeGreaterThan(p);
    });
  });
  it('jitter: mean 3.3% and 99th percentile 20%, as its comment says', () => {
    const mean = jitterQuantilesPpm.reduce((sum, value) => sum + value, 0) / 1024;
    expect(mean / 10_000).toBeCloseTo(3.3, 1);
    expect(jitterQuantilesPpm[Math.floor(0.99 * 1024)]! / 10_000).toBeCloseTo(20, 0);
  });
  it('both ascend', () => {
    for (const table of [normalQuantiles, jitterQuantilesPpm])
      for (let i = 1; i < 1024; i++) expect(table[i]!).toBeGreaterThan(table[i - 1]!);
  });
});

test('a lottery among many finds those whose draw is at most a limit, limits of 0, 2^31 and 2^32 - 1 too', () => {
  const key = drawKey(5, { purpose: PURPOSE.eligibility, sequence: 1 });
  const draws = Array.from({ length: 3000 }, (_, node) => draw32(key, node));
  for (const most of [0, draws[17]!, draws[17]! - 1, 20e6, 0x7fffffff, 0x80000000, 0xffffffff]) {
    const found = new Int32Array(3000);
    const count = receiversAtMost(key, { receivers: 3000, most }, found);
    expect([...found.subarray(0, count)]).toEqual([...draws.keys()].filter((node) => draws[node]! <= most));
  }
});

test('a draw by the prefix of its phase is that of its whole name', () => {
  const name = { purpose: PURPOSE.delay, type: 3, sequence: 77 };
  for (const sender of [0, 1, 9999])
    expect(prefixDraw32(drawPrefix(8, name), sender, 12)).toBe(draw32(drawKey(8, { ...name, sender }), 12));
});
