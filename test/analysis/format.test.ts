import { describe, expect, it } from 'vitest';
import { duration, number, plainNumber, prefixed, times } from '../../harness/analysis/format.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('numbers for people', () => {
  it.each([
    [0, '0', '0'],
    [24, '24', '24'],
    [1860, '1860', '1860'],
    [19800, '19 800', '19800'],
    [0.8123456, '0.812', '0.812'],
    [0.00123456, '0.00123', '0.00123'],
    [0.000999, '9.99 × 10⁻⁴', '9.99e-4'],
    [0.9996, '1.00', '1'],
    [1234.56, '1230', '1230'],
    [754123.4, '754 000', '754000'],
    [999999.9, '1.00 × 10⁶', '1e6'],
    [2.5e12, '2.50 × 10¹²', '2.5e12'],
    [3.14159e-7, '3.14 × 10⁻⁷', '3.14e-7'],
    [-0.25, '-0.250', '-0.25'],
  ])('%d is %s, and %s in a terminal', (value, pretty, terminal) => {
    expect(plain(number(value))).toBe(pretty);
    expect(plainNumber(value)).toBe(terminal);
  });

  it.each([
    [0, '0 s'],
    [3.2e-10, '0.32 ns'],
    [0.000412, '412 µs'],
    [0.4123, '412 ms'],
    [0.9997, '1 s'],
    [59.96, '1 min'],
    [59.9, '59.9 s'],
    [90, '1.5 min'],
    [3600, '1 h'],
    [200_000, '2.31 days'],
  ])('%d s is %s', (seconds, text) => {
    expect(plain(duration(seconds))).toBe(text);
  });

  it('prefixes units, down to nano and up to tera', () => {
    expect(plain(prefixed(0.00000312, 'J'))).toBe('3.12 µJ');
    expect(plain(prefixed(123_456, 'J'))).toBe('123 kJ');
    expect(plain(prefixed(0, 'J'))).toBe('0 J');
  });

  it('says how many times', () => {
    expect([1.1, 3.21, 47.2, 1234, 39e6, 4.2e9].map(times).map(plain)).toEqual([
      '1.1 times',
      '3.2 times',
      '47 times',
      '1200 times',
      '39 million times',
      '4.2 billion times',
    ]);
  });
});
