/** Flink's SQL as the editor reads it: CodeMirror's SQL grammar with Flink's words, hints and indentation. */

import { SQLDialect } from '@codemirror/lang-sql';
import { indentNodeProp } from '@codemirror/language';
import { parseMixed, Parser } from '@lezer/common';

import { HintParser } from './hint';
import { indentation } from './indent';
import { LettersParser } from './letters';
import { FUNCTIONS, KEYWORDS, TYPES } from './words_of_flink';

const plain = SQLDialect.define({
  keywords: lower(KEYWORDS),
  types: lower(TYPES),
  builtin: lower(FUNCTIONS),
  identifierQuotes: '`',
  slashComments: true,
  caseInsensitiveIdentifiers: true,
  operatorChars: '*+-%<>!=&|~^/?',
  specialVar: ''
}).configureLanguage({
  props: [
    indentNodeProp.add({
      'Script Statement Parens Braces Brackets CompositeIdentifier': indentation
    })
  ]
});

const hint = new HintParser(plain.language.parser);

// SQL in which a comment that begins with `/*+` is a hint.
export const flinkSql = plain.configureLanguage({
  wrap: parseMixed((node, input) =>
    node.name === 'BlockComment' && input.read(node.from, node.from + 3) === '/*+'
      ? { parser: hint }
      : null
  )
});

/** The parser of a text of Flink SQL. */
export const sqlParser: Parser = new LettersParser(flinkSql.language.parser);

function lower(words: string): string {
  return words.trim().toLowerCase().replace(/\s+/g, ' ');
}
