import { insertNewlineAndIndent, toggleComment } from '@codemirror/commands';
import { indentOnInput, matchBrackets } from '@codemirror/language';
import { EditorState, Transaction } from '@codemirror/state';
import { describe, expect, test } from 'vitest';

import { toggleSqlComment } from '../../src/language/comments';
import { cell, parsed } from './trees';

/** An editor without a page: a state, and what commands make of it. */
class Editor {
  state: EditorState;

  constructor(doc: string, anchor = doc.length, head = anchor) {
    const { state } = cell(doc, indentOnInput()).update({ selection: { anchor, head } });
    this.state = state;
  }

  get text(): string {
    return this.state.doc.toString();
  }

  readonly dispatch = (change: Transaction): void => {
    this.state = parsed(change.state);
  };

  /** Type text as a person does, a letter at a time; a line's end is the Enter key. */
  type(text: string): void {
    for (const letter of text) {
      if (letter === '\n') {
        insertNewlineAndIndent(this);
        continue;
      }
      const { head } = this.state.selection.main;
      const changes = { from: head, insert: letter };
      const selection = { anchor: head + 1 };
      this.dispatch(this.state.update({ changes, selection, userEvent: 'input.type' }));
    }
  }
}

describe('Enter', () => {
  test.each([
    ['below the magic', '%%flinksql', '\na', '%%flinksql\na'],
    ['below a line', '%%flinksql\n  SELECT a', '\nb', '%%flinksql\n  SELECT a\n  b'],
    ['behind a clause', '%%flinksql\nSELECT', '\na', '%%flinksql\nSELECT\n    a'],
    [
      'before the next clause',
      '%%flinksql\nSELECT\n    a',
      '\nFROM t',
      '%%flinksql\nSELECT\n    a\nFROM t'
    ],
    [
      'in a bracket',
      '%%flinksql\nCREATE TABLE t (',
      '\na,\nb',
      '%%flinksql\nCREATE TABLE t (\n    a,\n    b'
    ],
    ['at its end', '%%flinksql\nf (\n    a', '\n)', '%%flinksql\nf (\n    a\n)'],
    [
      'in a subquery',
      '%%flinksql\nFROM (',
      '\nSELECT\na\nFROM t\n)',
      '%%flinksql\nFROM (\n    SELECT\n        a\n    FROM t\n)'
    ],
    ['after a statement', '%%flinksql\nSELECT\n    a;', '\nb', '%%flinksql\nSELECT\n    a;\nb'],
    ['in Python', 'if x:', '\ny', 'if x:\n    y']
  ])('%s', (_, text, typed, expected) => {
    const editor = new Editor(text);
    editor.type(typed);
    expect(editor.text).toBe(expected);
  });
});

describe('toggling comments', () => {
  const SQL = '%%flinksql -l 5\nSELECT\n  1';
  const OFF = '%%flinksql -l 5\n-- SELECT\n--   1';

  test.each([
    ['of a line', '%%flinksql\nSELECT 1', 12, 12, '%%flinksql\n-- SELECT 1'],
    ['back', '%%flinksql\n-- SELECT 1', 14, 14, '%%flinksql\nSELECT 1'],
    ['at the begin of a line', '%%flinksql\nSELECT 1', 11, 11, '%%flinksql\n-- SELECT 1'],
    ['of all below the magic', SQL, 0, SQL.length, OFF],
    ['of all below the magic, selected backwards', SQL, SQL.length, 3, OFF],
    ['back, from the magic on', OFF, 3, OFF.length, SQL],
    ['of nothing, in the magic', SQL, 4, 8, SQL],
    ['of nothing, up to where the next line begins', SQL, 0, 16, SQL],
    ['of nothing, where there is nothing below', '%%flinksql', 0, 10, '%%flinksql'],
    ['in Python', 'x = 1', 0, 0, '# x = 1']
  ])('%s', (_, text, from, to, expected) => {
    const editor = new Editor(text, from, to);
    toggleSqlComment(editor);
    expect(editor.text).toBe(expected);
  });

  test('keeps what is selected', () => {
    const editor = new Editor(SQL, 3, SQL.length);
    toggleSqlComment(editor);
    const { anchor, head } = editor.state.selection.main;
    expect([anchor, head]).toEqual([3, OFF.length]);
  });

  test("leaves the magic's line alone also where CodeMirror's own command does it", () => {
    const editor = new Editor(SQL, 0, SQL.length);
    toggleComment(editor);
    expect(editor.text).toBe(SQL);
  });
});

test('brackets find each other, past those in strings and comments', () => {
  const text = "%%flinksql\nSELECT f(')', `)` /* ) */, (b))";
  const state = cell(text);
  expect(matchBrackets(state, text.indexOf('('), 1)?.end?.from).toBe(text.length - 1);
  expect(state.languageDataAt('closeBrackets', text.length)[0]).toMatchObject({
    brackets: expect.arrayContaining(['(', "'", '`'])
  });
});
