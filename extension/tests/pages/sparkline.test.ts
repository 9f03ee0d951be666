import { describe, expect, it } from 'vitest';

import { HEIGHT, pathOf, WIDTH } from '../../src/pages/sparkline';

function places(path: string): [number, number][] {
  return [...path.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)].map(each => [
    Number(each[1]),
    Number(each[2])
  ]);
}

describe('pathOf', () => {
  it('goes from the left edge to the right one, high values up', () => {
    const drawn = places(pathOf([[0, 1], [10, 3], [20, 2]])); // prettier-ignore
    expect(drawn[0][0]).toBe(0);
    expect(drawn[2][0]).toBe(WIDTH);
    expect(drawn[1][1]).toBeLessThan(drawn[2][1]);
    expect(drawn[2][1]).toBeLessThan(drawn[0][1]);
  });

  it('leaves a gap where nothing was recorded', () => {
    const path = pathOf([[0, 1], [1, 1], [2, null], [3, 1], [4, 1]]); // prettier-ignore
    expect(path.match(/M/g)).toHaveLength(2);
  });

  it('draws nothing of less than two values', () => {
    expect(pathOf([])).toBe('');
    expect(pathOf([[0, 5]])).toBe('');
    expect(pathOf([[0, null], [1, 5]])).toBe(''); // prettier-ignore
  });

  it('stays inside, whatever the values', () => {
    for (const values of [
      [0, 0, 0],
      [-5, 5, 1e12],
      [1, 1, 1],
      [-3, -2, -1]
    ]) {
      // prettier-ignore
      const points = values.map((value, at): [number, number] => [at, value]);
      for (const [x, y] of places(pathOf(points, 1))) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(WIDTH);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(HEIGHT);
      }
    }
  });
});
