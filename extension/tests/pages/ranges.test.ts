import { describe, expect, it } from 'vitest';

import { rangeOf, RANGES } from '../../src/pages/ranges';

describe('the ranges', () => {
  it('are drawn anew every 10 to 30 s', () => {
    for (const { every } of RANGES) {
      expect(every).toBeGreaterThanOrEqual(10_000);
      expect(every).toBeLessThanOrEqual(30_000);
    }
  });

  it('are found by what the server takes, and else are the shortest', () => {
    expect(rangeOf('24h').label).toBe('24 h');
    expect(rangeOf('30d')).toBe(RANGES[0]);
    expect(rangeOf(undefined)).toBe(RANGES[0]);
  });
});
