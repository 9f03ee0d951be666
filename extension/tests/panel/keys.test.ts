// @vitest-environment node

import { describe, expect, it } from 'vitest';

import { moved } from '../../src/panel/keys';
import type { Row } from '../../src/panel/tree';

function row(label: string, depth: number, opens = false, open = false): Row {
  const node = { path: [label], label, icon: 'table', detail: '', note: '', opens };
  return { kind: 'node', key: label, depth, node, open, place: 1, siblings: { count: -1 } };
}

const MORE: Row = { kind: 'more', key: 'more', depth: 1, path: ['dw'], text: 'more' };
const ROWS = [
  row('dw', 0, true, true),
  row('orders', 1, true),
  row('payments', 1),
  MORE,
  row('Other', 0)
];
const PAGE = 3;

describe('keys in a tree', () => {
  it.each([
    ['ArrowDown', 0, 1],
    ['ArrowDown', 4, 4],
    ['ArrowUp', 2, 1],
    ['Home', 3, 0],
    ['End', 0, 4],
    ['PageDown', 0, 3],
    ['PageDown', 3, 4],
    ['PageUp', 4, 1],
    ['ArrowRight', 0, 1],
    ['ArrowLeft', 2, 0],
    ['ArrowLeft', 3, 0],
    ['o', 0, 1],
    ['o', 1, 4],
    ['P', 0, 2]
  ])('%s leads from row %d to row %d', (key, from, to) => {
    expect(moved(ROWS, from, key, PAGE)).toEqual({ kind: 'go', to });
  });

  it('open and close', () => {
    expect(moved(ROWS, 1, 'ArrowRight', PAGE)).toEqual({ kind: 'toggle', open: true });
    expect(moved(ROWS, 0, 'ArrowLeft', PAGE)).toEqual({ kind: 'toggle', open: false });
    expect(moved(ROWS, 0, ' ', PAGE)).toEqual({ kind: 'toggle', open: false });
    expect(moved(ROWS, 2, ' ', PAGE)).toEqual({ kind: 'act' });
    expect(moved(ROWS, 1, 'Enter', PAGE)).toEqual({ kind: 'act' });
  });

  it('lead out of the tree at its top', () => {
    expect(moved(ROWS, 0, 'ArrowUp', PAGE)).toEqual({ kind: 'leave' });
  });

  it('do nothing where there is nothing to do', () => {
    expect(moved(ROWS, 2, 'ArrowRight', PAGE)).toBeNull();
    expect(moved(ROWS, 4, 'ArrowLeft', PAGE)).toBeNull();
    expect(moved(ROWS, 0, 'x', PAGE)).toBeNull();
    expect(moved(ROWS, 0, 'Tab', PAGE)).toBeNull();
    expect(moved([], -1, 'Enter', PAGE)).toBeNull();
  });
});
