/** A number's last half hour as a small line. */

import React from 'react';

export const WIDTH = 120;
export const HEIGHT = 24;

type Points = readonly (readonly [number, number | null])[];

/**
 * The path of an SVG; a gap where nothing was recorded. `top`: the value at the upper edge, at least the largest one.
 */
export function pathOf(points: Points, top?: number): string {
  const known = points.filter(([, value]) => value !== null) as [number, number][];
  if (known.length < 2) {
    return '';
  }
  const [first, last] = [known[0][0], known[known.length - 1][0]];
  const values = known.map(([, value]) => value);
  const high = Math.max(...values, top ?? -Infinity);
  const low = Math.min(0, ...values);
  const place = ([at, value]: [number, number]) => {
    const x = ((at - first) / (last - first || 1)) * WIDTH;
    const y = HEIGHT - 1 - ((value - low) / (high - low || 1)) * (HEIGHT - 2);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  let path = '';
  let pen = 'M';
  for (const [at, value] of points) {
    if (value === null) {
      pen = 'M';
    } else {
      path += pen + place([at, value]);
      pen = 'L';
    }
  }
  return path;
}

export function Sparkline({ points, top }: { points: Points; top?: number }): React.JSX.Element {
  return (
    <svg
      className="flinklab-Sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      aria-hidden="true"
    >
      <path d={pathOf(points, top)} />
    </svg>
  );
}
