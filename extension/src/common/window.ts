/** Which rows of a list of one height are in sight: plain arithmetic, the same for ten rows and for a million. */

export interface IWindow {
  /** The first row to be drawn, and the one behind the last. */
  from: number;
  to: number;
}

/**
 * The rows in sight of a box that shows `height` pixels from `top` on, and some more above and below, so that there is
 * something to see before the next drawing. The bounds are rounded, so that a small scroll draws nothing.
 */
export function windowOf(top: number, height: number, row: number, count: number): IWindow {
  const step = 4;
  const first = Math.floor(Math.max(0, top) / row / step) * step - step;
  const last = (Math.ceil((Math.max(0, top) + height) / row / step) + 1) * step;
  const to = Math.min(count, last);
  return { from: Math.max(0, Math.min(first, to)), to };
}

/** How far to scroll so that a row is in sight whole: `top` itself when it is. */
export function topFor(at: number, top: number, height: number, row: number): number {
  const begin = at * row;
  if (begin < top) {
    return begin;
  }
  return begin + row > top + height ? begin + row - height : top;
}

/** The numbers of the rows to be drawn, in order, with the active one among them wherever it is. */
export function drawn({ from, to }: IWindow, active: number, count: number): number[] {
  const numbers = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  if (active < 0 || active >= count || (active >= from && active < to)) {
    return numbers;
  }
  return active < from ? [active, ...numbers] : [...numbers, active];
}
