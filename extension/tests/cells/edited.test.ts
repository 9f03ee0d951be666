import { describe, expect, it } from 'vitest';

import { flagConfig, isEdited, scriptOf } from '../../src/cells/edited';
import { readScript, settingsOf } from '../../src/cells/script';
import lines from './lines.json';
import scripts from './scripts.json';

const SQL = 'INSERT INTO a SELECT 1';

describe('the script of a text', () => {
  // A test of the Python side holds the same file against what a promotion reads.
  it.each(scripts)('of $cell is what a promotion makes of it', ({ cell, script }) => {
    expect(scriptOf(cell)).toBe(script);
  });

  it.each(scripts)('of $cell has the settings of a promotion', ({ cell, config }) => {
    expect(Object.fromEntries(settingsOf(readScript(cell).settings).config)).toEqual(config ?? {});
  });

  it.each(lines)('$line has the settings of a promotion', ({ line, config }) => {
    expect(Object.fromEntries(flagConfig(line))).toEqual(config);
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
    expect(isEdited(source, { text: promoted, config: {} })).toBe(is);
  });

  const config = { x: '1', 'a.password': '******', y: '${rate}', 'pipeline.max-parallelism': '8' };

  it.each([
    ['', '', false],
    ['', "SET 'x' = '1'; SET 'y' = ' ${rate} ';", false],
    ['', "SET 'x' = '2';", true],
    ['', "SET 'z' = '2';", true],
    ['', "SET 'a.password' = 'anything';", false],
    ['', "SET 'z' = '2'; RESET 'z';", false],
    ['', "SET 'x' = '1'; RESET x;", true],
    ['', "RESET 'x'; SET x = 1;", false],
    ['', 'RESET;', true],
    ['', "RESET 'z';", false],
    [' -D x=1 --max-parallelism 8', "SET 'x' = '7';", false],
    [' -D x=1', 'RESET x;', false],
    [' -D x=2', '', true],
    [' --max-parallelism 16', '', true],
    [' --batch', '', true],
    [' -p 4', '', false]
  ])('with the flags%s and %s is edited: %s', (flags, set, is) => {
    const source = `%%flinksql --job x${flags}\n${set}\n${SQL}`;
    expect(isEdited(source, { text: `${SQL};\n`, config })).toBe(is);
  });
});
