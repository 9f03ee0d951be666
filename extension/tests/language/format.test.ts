import { describe, expect, test } from 'vitest';

import { editBetween, formatCell, ISource } from '../../src/language/format';

/** The text of a cell, kept here. */
class Source implements ISource {
  edits = 0;

  constructor(public text: string) {}

  getSource(): string {
    return this.text;
  }

  updateSource(from: number, to: number, insert: string): void {
    this.edits++;
    this.text = this.text.slice(0, from) + insert + this.text.slice(to);
  }
}

describe('formatting a cell', () => {
  test('is one edit, of what differs', async () => {
    const source = new Source('%%flinksql\nselect  1 from t');
    const sql = '%%flinksql\nSELECT 1 FROM t';
    const outcome = await formatCell(source, () =>
      Promise.resolve({ sql, remarks: ['line 2: x'] })
    );
    expect(outcome).toEqual({ changed: true, remarks: ['line 2: x'] });
    expect(source.text).toBe(sql);
    expect(source.edits).toBe(1);
  });

  test('does nothing to a cell that is laid out', async () => {
    const source = new Source('%%flinksql\nSELECT 1');
    const outcome = await formatCell(source, sql => Promise.resolve({ sql }));
    expect(outcome).toEqual({ changed: false, remarks: [] });
    expect(source.edits).toBe(0);
  });

  test('keeps what was typed meanwhile', async () => {
    const source = new Source('%%flinksql\nselect 1');
    const outcome = await formatCell(source, sql => {
      source.text += '2';
      return Promise.resolve({ sql: sql.toUpperCase() });
    });
    expect(outcome.changed).toBe(false);
    expect(outcome.remarks).toHaveLength(1);
    expect(source.text).toBe('%%flinksql\nselect 12');
  });

  test('asks nobody about a cell of something else', async () => {
    const source = new Source('select = 1');
    const outcome = await formatCell(source, () => Promise.reject(new Error('asked')));
    expect(outcome.changed).toBe(false);
  });
});

test.each([
  ['a', 'a', null],
  ['', 'a', { from: 0, to: 0, insert: 'a' }],
  ['aa', 'a', { from: 1, to: 2, insert: '' }],
  ['abcd', 'aXd', { from: 1, to: 3, insert: 'X' }]
])('from %j to %j', (before, after, expected) => {
  expect(editBetween(before, after)).toEqual(expected);
});
