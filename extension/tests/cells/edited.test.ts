import { describe, expect, it } from 'vitest';

import { isEdited, scriptOf } from '../../src/cells/edited';
import scripts from './scripts.json';

describe('the script of a text', () => {
  // A test of the Python side holds the same file against what a promotion reads.
  it.each(scripts)('of $cell is what a promotion makes of it', ({ cell, script }) => {
    expect(scriptOf(cell)).toBe(script);
  });

  // What is never closed swallows what comes after it; Flink refuses it.
  it.each(scripts.filter(each => !each.cell.endsWith('/* open')))(
    'of $script is itself',
    ({ script }) => {
      expect(scriptOf(script)).toBe(script);
    }
  );
});

describe('a cell', () => {
  const promoted =
    "CREATE TEMPORARY TABLE t (a INT) WITH ('password' = '******');\nINSERT INTO a SELECT 1;\n";

  it.each([
    [
      "%%flinksql --job x\nCREATE TEMPORARY TABLE t (a INT) WITH ('password' = 'p');\nINSERT INTO a SELECT 1",
      false
    ],
    [
      "%%flinksql --job x\nCREATE TEMPORARY TABLE t (a INT) WITH ('password' = 'p');\n\n-- new\nINSERT INTO a SELECT 1;",
      false
    ],
    [
      "%%flinksql --job x\nCREATE TEMPORARY TABLE t (a STRING) WITH ('password' = 'p');\nINSERT INTO a SELECT 1",
      true
    ],
    [
      "%%flinksql --job x\nCREATE TEMPORARY TABLE t (a INT) WITH ('password' = 'p');\nINSERT INTO a SELECT 2",
      true
    ],
    ['%%flinksql --job x\nINSERT INTO a SELECT 1', true],
    ['%%flinksql --job x', true]
  ])('%j is edited: %s', (source, is) => {
    expect(isEdited(source, promoted)).toBe(is);
  });
});
