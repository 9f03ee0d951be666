import { EditorState, Text } from '@codemirror/state';
import { describe, expect, it } from 'vitest';

import { diagnostics } from '../../src/cells/markers';
import { IProblem, placeOf, problemsIn, problemsOf } from '../../src/cells/problems';

const CELL = ['%%flinksql --limit 5', 'SELECT 1;', 'SELECT *', '  FROM nope'];

const wire = {
  line: 4,
  column: 8,
  end_line: 4,
  end_column: 11,
  severity: 'error',
  message: "Object 'nope' not found",
  hint: 'did you mean note?',
  text: '  FROM nope'
};
const [problem] = problemsOf({ version: 1, problems: [wire] });

function marked(lines: string[], what: IProblem, before = 0): string | null {
  const text = Text.of(lines);
  const place = placeOf(what, text, before);
  return place && text.sliceString(place.from, place.to);
}

describe('what the kernel says is wrong', () => {
  it('is read once, however often it is said', () => {
    const data = { version: 1, problems: [wire] };
    expect(problemsIn([undefined, data, data])).toEqual([problem]);
  });

  it.each([
    undefined,
    null,
    'text',
    [],
    { version: 2, problems: [wire] },
    { version: 1, problems: 'all' },
    { version: 1, problems: [null, 1, {}, { ...wire, line: 0 }, { ...wire, line: '4' }] },
    {
      version: 1,
      problems: [
        { ...wire, text: 1 },
        { ...wire, message: undefined }
      ]
    }
  ])('is nothing where it cannot be read: %j', data => {
    expect(problemsOf(data)).toEqual([]);
  });
});

describe('its place', () => {
  it('is what Flink means, the end included', () => {
    expect(marked(CELL, problem)).toBe('nope');
  });

  it('counts from the line of the magic', () => {
    expect(marked(['', ' ', ...CELL], problem, 2)).toBe('nope');
  });

  it('goes with its line', () => {
    expect(marked([CELL[0], 'SET a = b;', ...CELL.slice(1)], problem)).toBe('nope');
    expect(marked([CELL[0], ...CELL.slice(2)], problem)).toBe('nope');
  });

  it('is nowhere when its line is another one', () => {
    expect(marked([...CELL.slice(0, 3), '  FROM note'], problem)).toBeNull();
    expect(marked([''], problem)).toBeNull();
  });

  it.each([
    [{ ...problem, endLine: null, endColumn: null }, 'n'],
    [{ ...problem, column: 99, endColumn: 120 }, ''],
    [{ ...problem, line: 3, column: 8, text: 'SELECT *', endLine: 4, endColumn: 6 }, '*\n  FROM'],
    [{ ...problem, endLine: 99, endColumn: 99 }, 'nope'],
    [{ ...problem, endLine: 2, endColumn: 1 }, '']
  ])('stays within the text: %j', (what, text) => {
    expect(marked(CELL, what)).toBe(text);
  });

  it('is found in a line of which only the beginning went with it', () => {
    const long = 'x'.repeat(1000);
    const cut = { ...problem, column: 900, endColumn: 901, text: long.slice(0, 400) };
    expect(marked([...CELL.slice(0, 3), long], cut)).toBe('xx');
  });

  it('is only marked in a cell of Flink SQL', () => {
    const marks = (lines: string[]) =>
      diagnostics([problem], EditorState.create({ doc: Text.of(lines) }));
    expect(marks(CELL).map(each => each.message)).toEqual([
      "Object 'nope' not found\n→ did you mean note?"
    ]);
    expect(marks(['# no', ...CELL])).toEqual([]);
  });
});
