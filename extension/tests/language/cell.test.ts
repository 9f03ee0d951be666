import { pythonLanguage } from '@codemirror/lang-python';
import { Tree, TreeFragment } from '@lezer/common';
import { describe, expect, test } from 'vitest';

import { cell, coloured, nodes, parser } from './trees';

const ORDINARY = [
  '',
  'x = 1  # -- no SQL',
  'def f(a):\n    return "%%flinksql"',
  '# %%flinksql\nSELECT 1',
  'x = 1\n%%flinksql\nSELECT 1',
  '%%flinksqlx\nSELECT 1',
  '%%bash\nSELECT 1',
  '%flink jobs',
  '%flinksql SELECT 1',
  '"""\n%%flinksql\n"""',
  '(((',
  'class A:\n  def f(self'
];

describe('ordinary cells', () => {
  test.each(ORDINARY)('have the tree that Python gives: %j', text => {
    expect(nodes(parser.parse(text))).toEqual(nodes(pythonLanguage.parser.parse(text)));
  });

  test('are read by the parser itself, whatever they were before', () => {
    const was = parser.parse('%%flinksql\nSELECT a FROM b');
    const text = 'x = 1\nSELECT a FROM b';
    const tree = parser.parse(text, TreeFragment.addTree(was));
    expect(nodes(tree)).toEqual(nodes(pythonLanguage.parser.parse(text)));
  });
});

describe('a cell of Flink SQL', () => {
  test.each([
    ['select', 'keyword:SELECT', 'SELECT'],
    ['keywords in any case', 'keyword:Match_Recognize', 'Match_Recognize'],
    ["Flink's types", 'typeName:TIMESTAMP_LTZ', 'CAST(a AS TIMESTAMP_LTZ(3))'],
    ['back-ticks', 'string2:`a;--b`', 'SELECT `a;--b`'],
    ['strings', "string:'a;--b'", "SELECT 'a;--b'"],
    ['comments', 'comment:-- said', 'SELECT 1 -- said'],
    ['comments of Calcite', 'comment:// said', 'SELECT 1 // said'],
    ['block comments', 'comment:/* said */', 'SELECT /* said */ 1'],
    ['the keys of hints', "string:'k'", "FROM t /*+ OPTIONS('k' = 'v') */"],
    ['the marks of hints', 'meta:/*+', "FROM t /*+ OPTIONS('k' = 'v') */"],
    ['hints that are not closed', "string:'k'", "FROM t /*+ OPTIONS('k'"]
  ])('colours %s', (_, expected, sql) => {
    const found = coloured(`%%flinksql\n${sql}`);
    expect(found).toContain(expected);
  });

  test('knows functions, and takes no column for one', () => {
    const found = nodes(parser.parse('%%flinksql\nSELECT TO_DATE(sign), e.count'));
    expect(found.filter(each => each.startsWith('Builtin'))).toEqual(['Builtin 18-25']);
  });

  test.each(['Straße', 'größe', 'über', 'ßselect', '注文', 'Größe_from', 'éa'])(
    'reads a name with any letter as one: %s',
    name => {
      const text = `%%flinksql\nSELECT ${name} FROM b`;
      const found = nodes(parser.parse(text));
      expect(found).toContain(`Identifier 18-${18 + name.length}`);
      expect(found.join()).not.toContain('⚠');
      expect(coloured(text)).toEqual(coloured(text.replace(name, 'x'.repeat(name.length))));
    }
  );

  test('begins below empty lines and indentation, as IPython takes it', () => {
    expect(coloured('\n\n  %%flinksql\nSELECT 1')).toContain('keyword:SELECT');
  });

  test.each([
    '%%flinksql',
    '%%flinksql ',
    '%%flinksql\n',
    '%%flinksql\r\nSELECT',
    '%%flinksql\n\n\n'
  ])('covers its whole text: %j', text => {
    const tree = parser.parse(text);
    expect(tree.length).toBe(text.length);
    expect(tree.type.name).toBe('FlinkCell');
  });

  test('has a tree that does not depend on how it was typed', () => {
    const text = "%%flinksql top << --limit 5\nSELECT /*+ x */ a FROM (\n  SELECT 'b'\n) t; -- end";
    let tree = Tree.empty;
    for (let at = 1; at <= text.length; at++) {
      const change = { fromA: at - 1, toA: at - 1, fromB: at - 1, toB: at };
      const fragments = TreeFragment.applyChanges(TreeFragment.addTree(tree), [change]);
      tree = parser.parse(text.slice(0, at), fragments);
      expect(nodes(tree)).toEqual(nodes(parser.parse(text.slice(0, at))));
    }
  });

  test('knows its comments in its SQL, and none in its first line', () => {
    const state = cell('%%flinksql -l 5\nSELECT 1');
    const tokens = (at: number) => state.languageDataAt('commentTokens', at, 1);
    expect(tokens(20)[0]).toMatchObject({ line: '--' });
    expect(tokens(16)[0]).toMatchObject({ line: '--' });
    expect(tokens(0)).toEqual([]);
    const python = cell('x = 1');
    expect(python.languageDataAt('commentTokens', 2, 1)[0]).toMatchObject({ line: '#' });
  });

  test('is read in small steps, and only where it changed, however long it is', () => {
    const line = "INSERT INTO t SELECT a, b, 'c' FROM orders WHERE x = 1;\n";
    const text = '%%flinksql\n' + line.repeat(Math.ceil(200_000 / line.length));
    const whole = parser.parse(text);
    const change = { fromA: 100_000, toA: 100_000, fromB: 100_000, toB: 100_001 };
    const fragments = TreeFragment.applyChanges(TreeFragment.addTree(whole), [change]);
    const changed = text.slice(0, 100_000) + 'x' + text.slice(100_000);
    const steps = (parts: readonly TreeFragment[]) => {
      const parse = parser.startParse(changed, parts);
      let taken = 1;
      while (parse.advance() === null) {
        taken++;
      }
      return taken;
    };
    const fromNothing = steps([]);
    expect(fromNothing).toBeGreaterThan(5_000);
    expect(steps(fragments)).toBeLessThan(fromNothing / 10);
  }, 60_000);
});
