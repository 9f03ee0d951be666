/** How long back the plots of a page go, and how often they are drawn anew. */

export interface IRange {
  /** As the server takes it. */
  since: string;
  label: string;
  /** Milliseconds between two drawings while the page is in sight: a point of a week is minutes wide. */
  every: number;
}

export const RANGES: readonly IRange[] = [
  { since: '1h', label: '1 h', every: 15_000 },
  { since: '6h', label: '6 h', every: 20_000 },
  { since: '24h', label: '24 h', every: 30_000 },
  { since: '7d', label: '7 d', every: 30_000 }
];

/** The range of this `since`, else the shortest one. */
export function rangeOf(since: unknown): IRange {
  return RANGES.find(each => each.since === since) ?? RANGES[0];
}
