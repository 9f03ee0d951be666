// @vitest-environment node

import { describe, expect, it } from 'vitest';

import { age, count, moment, oneLine, span } from '../../src/common/words';

describe('amounts', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [3_600_000, '1 h'],
    [86_399_999, '23 h'],
    [86_400_000, '1 d'],
    [86_400_000 * 1234, '1,234 d']
  ])('a span of %d ms is %s', (milliseconds, expected) => {
    expect(span(milliseconds)).toBe(expected);
  });

  it('an age that is not known is nothing, and a clock that is ahead gives none', () => {
    expect(age(null, 1000)).toBe('');
    expect(age(5000, 1000)).toBe('0 s');
    expect(age(1000, 62_000)).toBe('1 min');
  });

  it('counts have their nouns', () => {
    expect(count(1, 'job')).toBe('1 job');
    expect(count(50_000, 'job')).toBe('50,000 jobs');
    expect(count(2, 'entry', 'entries')).toBe('2 entries');
  });

  it('a moment is written whole by the clock of the browser', () => {
    expect(moment(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe('2026-01-02 03:04:05');
    expect(moment(null)).toBe('');
  });
});

describe('one line', () => {
  it('has no line ends, and is cut with a sign', () => {
    expect(oneLine('  a\n\tb  c ', 10)).toBe('a b c');
    expect(oneLine('abcdef', 4)).toBe('abc…');
    expect(oneLine('abcd', 4)).toBe('abcd');
  });

  it('does not cut a letter in two', () => {
    expect(oneLine('😀😀😀😀', 3)).toBe('😀😀…');
  });

  it('keeps within its width whatever comes', () => {
    for (const text of ['x'.repeat(1e6), ' '.repeat(1e6) + 'x', 'ab '.repeat(1000)]) {
      expect(Array.from(oneLine(text, 50)).length).toBeLessThanOrEqual(50);
    }
  });
});
