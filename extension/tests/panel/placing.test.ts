// @vitest-environment node

import { describe, expect, it } from 'vitest';

import { asCell, atCursor, placeOf } from '../../src/panel/placing';

const FLINK = { type: 'code', source: '%%flinksql --limit 5\nSELECT ' };
const PYTHON = { type: 'code', source: 'session.sql("")' };
const EMPTY = { type: 'code', source: ' \n' };
const TEXT = { type: 'markdown', source: '# Orders' };

describe('where a text goes', () => {
  it.each([
    ['name', FLINK, 'cursor'],
    ['name', PYTHON, 'cursor'],
    ['name', EMPTY, 'fill'],
    ['name', TEXT, 'below'],
    ['name', null, 'below'],
    ['query', FLINK, 'cursor'],
    ['query', PYTHON, 'below'],
    ['query', { type: 'code', source: '%%flinksqlx\n' }, 'below'],
    ['query', { type: 'code', source: '# %%flinksql' }, 'below'],
    ['query', EMPTY, 'fill'],
    ['cell', FLINK, 'below'],
    ['cell', EMPTY, 'fill'],
    ['cell', TEXT, 'below']
  ] as const)('a %s, with %o active: %s', (piece, cell, place) => {
    expect(placeOf(piece, cell)).toBe(place);
  });
});

describe('a text as a cell', () => {
  it('has the magic once', () => {
    expect(asCell('SELECT 1')).toBe('%%flinksql\nSELECT 1');
    expect(asCell('%%flinksql --limit 5\nSELECT 1')).toBe('%%flinksql --limit 5\nSELECT 1');
    expect(asCell('\n%%flinksql\nSELECT 1')).toBe('%%flinksql\nSELECT 1');
  });

  it('goes without it into a cell that has one', () => {
    expect(atCursor('%%flinksql --limit 5\nSELECT 1')).toBe('SELECT 1');
    expect(atCursor('dw.orders')).toBe('dw.orders');
  });
});
