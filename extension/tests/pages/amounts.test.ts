import { describe, expect, it } from 'vitest';

import { amount, bytes, duration } from '../../src/pages/amounts';

describe('amount', () => {
  it.each([
    [null, 'B', '–'],
    [Number.NaN, '%', '–'],
    [0.42, '%', '42 %'],
    [0.005, '%', '0.5 %'],
    [1.5 * 1024 ** 2, 'B', '1.5 MiB'],
    [12780.4, '/s', '12,780 /s'],
    [3.14159, '', '3.14'],
    [3.14159, 's', '3.1 s']
  ])('writes %s of %s as %s', (value, unit, words) => {
    expect(amount(value, unit)).toBe(words);
  });
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [-2048, '−2 KiB'],
    [5 * 1024 ** 5, '5 PiB'],
    [3000 * 1024 ** 5, '3000 PiB']
  ])('writes %s as %s', (value, words) => {
    expect(bytes(value)).toBe(words);
  });
});

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [0.0001, '1 ms'],
    [0.042, '42 ms'],
    [0.42, '0.42 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [11_520, '3 h 12 min'],
    [90_000, '1 d 1 h']
  ])('writes %s as %s', (value, words) => {
    expect(duration(value)).toBe(words);
  });

  it('never counts sixty of a smaller unit', () => {
    for (let seconds = 0; seconds < 200_000; seconds += 37.3) {
      expect(duration(seconds)).not.toMatch(/\b60 (s|min)\b|\b24 h\b/);
    }
  });
});
