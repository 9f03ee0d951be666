// @vitest-environment node

import { describe, expect, it } from 'vitest';

import { drawn, topFor, windowOf } from '../../src/common/window';

const ROW = 24;
const HEIGHT = 480;

describe('the window of a list', () => {
  it.each([0, 1, 19, 20, 21, 400, 50_000])('covers what is in sight, of %d rows', count => {
    const most = Math.max(0, count * ROW - HEIGHT);
    for (let step = 0; step <= 40; step++) {
      const top = (most * step) / 40;
      const { from, to } = windowOf(top, HEIGHT, ROW, count);
      expect(from).toBeLessThanOrEqual(Math.floor(top / ROW));
      expect(to).toBeGreaterThanOrEqual(Math.min(count, Math.ceil((top + HEIGHT) / ROW)));
      expect(to).toBeLessThanOrEqual(count);
      expect(to - from).toBeLessThan(HEIGHT / ROW + 40);
    }
  });

  it('stays the same for a small scroll', () => {
    expect(windowOf(8 * ROW + 1, HEIGHT, ROW, 1000)).toEqual(
      windowOf(8 * ROW + 9, HEIGHT, ROW, 1000)
    );
  });

  it('is right for a box that is pulled beyond its ends', () => {
    expect(windowOf(-100, HEIGHT, ROW, 1000).from).toBe(0);
    expect(drawn(windowOf(1e9, HEIGHT, ROW, 10), -1, 10)).toEqual([]);
  });
});

describe('the rows that are drawn', () => {
  it('have the active one among them, once and in order', () => {
    expect(drawn({ from: 5, to: 8 }, 2, 100)).toEqual([2, 5, 6, 7]);
    expect(drawn({ from: 5, to: 8 }, 6, 100)).toEqual([5, 6, 7]);
    expect(drawn({ from: 5, to: 8 }, 50, 100)).toEqual([5, 6, 7, 50]);
  });

  it('have none that is not there', () => {
    expect(drawn({ from: 5, to: 8 }, -1, 100)).toEqual([5, 6, 7]);
    expect(drawn({ from: 0, to: 3 }, 3, 3)).toEqual([0, 1, 2]);
  });
});

describe('scrolling to a row', () => {
  it('moves only as far as it must', () => {
    expect(topFor(5, 0, HEIGHT, ROW)).toBe(0);
    expect(topFor(20, 0, HEIGHT, ROW)).toBe(ROW);
    expect(topFor(2, 240, HEIGHT, ROW)).toBe(48);
  });
});
