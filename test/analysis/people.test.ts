import { expect, test } from 'vitest';
import { CARBON, MILLION_TX, YEARLY_ENERGY, energy, money } from '../../harness/analysis/people.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test.each([
  [0, '$0'],
  [4e-12, '0.00400 n$'],
  [1.64e-6, '1.64 µ$'],
  [0.00164, '$0.00164'],
  [0.000164, '164 µ$'],
  [0.012, '$0.0120'],
  [0.31, '$0.310'],
  [12_345.6, '$12 300'],
  [4_100_000, '$4.10 million'],
  [7.25e9, '$7.25 billion'],
  [3e13, '$30.0 trillion'],
])('issue 11: %d USD is %s, and no power of ten', (usd, text) => {
  expect(plain(money(usd, 3))).toBe(text);
});

test('money of 1000 transactions is shown for a million', () => {
  expect(plain(MILLION_TX.show(1.64e-6 * MILLION_TX.scale, 2))).toBe('$0.0016');
});

test.each([
  [0.0031, '3.10 mJ'],
  [3599, '3.60 kJ'],
  [3600, '3.60 kJ (0.00100 kWh)'],
  [1.2e9, '1.20 GJ (333 kWh)'],
])('%d J is %s: kilowatt-hours stand beside from a thousandth on', (joules, text) => {
  expect(plain(energy(joules, 3))).toBe(text);
});

test('a year’s energy and carbon have prefixes up to terawatt-hours and tonnes', () => {
  expect(plain(YEARLY_ENERGY.show(150 * YEARLY_ENERGY.scale, 3))).toBe('150 TWh');
  expect(plain(CARBON.show(0.0000054 * CARBON.scale, 2))).toBe('5.4 mg');
  expect(plain(CARBON.show(450 * CARBON.scale, 3))).toBe('450 kg');
  expect(plain(CARBON.show(2500 * CARBON.scale, 3))).toBe('2.50 t');
});
