/**
 * What the keys do in a tree of rows.
 * Source: the tree view pattern of the ARIA Authoring Practices Guide.
 */

import type { Row } from './tree';

/** Where to go, or what to do with the row that is active. */
export type Move =
  | { kind: 'go'; to: number }
  | { kind: 'toggle'; open: boolean }
  | { kind: 'act' }
  | { kind: 'leave' };

/** Null when the key is none of the tree's. `page`: how many rows are in sight. */
export function moved(rows: readonly Row[], at: number, key: string, page: number): Move | null {
  const go = (to: number): Move => ({ kind: 'go', to: clamp(to, rows.length) });
  const row = rows[at];
  switch (key) {
    case 'ArrowDown':
      return go(at + 1);
    case 'ArrowUp':
      return at <= 0 ? { kind: 'leave' } : go(at - 1);
    case 'Home':
      return go(0);
    case 'End':
      return go(rows.length - 1);
    case 'PageDown':
      return go(at + page);
    case 'PageUp':
      return go(at - page);
  }
  if (!row) {
    return null;
  }
  switch (key) {
    case 'ArrowRight':
      if (row.kind !== 'node' || !row.node.opens) {
        return null;
      }
      return row.open ? go(at + 1) : { kind: 'toggle', open: true };
    case 'ArrowLeft':
      return row.kind === 'node' && row.open ? { kind: 'toggle', open: false } : up(rows, at);
    case 'Enter':
      return { kind: 'act' };
    case ' ':
      return row.kind === 'node' && row.node.opens
        ? { kind: 'toggle', open: !row.open }
        : { kind: 'act' };
  }
  return Array.from(key).length === 1 ? typed(rows, at, key) : null;
}

function up(rows: readonly Row[], at: number): Move | null {
  const depth = rows[at].depth;
  for (let above = at - 1; above >= 0; above--) {
    if (rows[above].depth < depth) {
      return { kind: 'go', to: above };
    }
  }
  return null;
}

function typed(rows: readonly Row[], at: number, letter: string): Move | null {
  const wanted = letter.toLowerCase();
  for (let step = 1; step <= rows.length; step++) {
    const to = (at + step) % rows.length;
    const row = rows[to];
    if (row.kind === 'node' && row.node.label.toLowerCase().startsWith(wanted)) {
      return { kind: 'go', to };
    }
  }
  return null;
}

function clamp(to: number, length: number): number {
  return Math.max(0, Math.min(to, length - 1));
}
