/**
 * The language of a code cell: Flink SQL below a line that begins with `%%flinksql`, and in every other cell exactly
 * what it was before.
 */

import {
  defineLanguageFacet,
  indentNodeProp,
  Language,
  languageDataProp,
  LanguageSupport
} from '@codemirror/language';
import { Extension } from '@codemirror/state';
import {
  Input,
  NodeType,
  parseMixed,
  Parser,
  ParseWrapper,
  PartialParse,
  Tree,
  TreeFragment
} from '@lezer/common';
import { styleTags, Tag, tags } from '@lezer/highlight';

import { colours } from './colours';
import { HEAD_LENGTH, headOf, IHead } from './head';
import { ELECTRIC, indentation } from './indent';
import { SpanKind, spansOf } from './line';
import { marks } from './marks';
import { IPart, ParseAtOnce, treeOf } from './parts';
import { flinkSql, sqlParser } from './sql';

const STYLES: Record<SpanKind, Tag> = {
  magic: tags.meta,
  output: tags.definition(tags.variableName),
  operator: tags.operator,
  flag: tags.attributeName,
  key: tags.propertyName,
  number: tags.number,
  value: tags.string,
  subcommand: tags.keyword,
  word: tags.name,
  unknown: tags.invalid,
  sql: tags.name
};

// The data of a language tell how a comment is written: SQL's in the cell, none in its first line.
const CELL = NodeType.define({
  id: 0,
  name: 'FlinkCell',
  top: true,
  props: [
    [languageDataProp, flinkSql.language.data],
    [indentNodeProp, indentation]
  ]
});
const HEAD = NodeType.define({
  id: 1,
  name: 'FlinkHead',
  top: true,
  props: [[languageDataProp, defineLanguageFacet()]]
});
const BODY = NodeType.define({ id: 2, name: 'FlinkBody' });
const SPANS = Object.fromEntries(
  Object.entries(STYLES).map(([kind, tag], index) => {
    const name = `Flink${kind[0].toUpperCase()}${kind.slice(1)}`;
    return [kind, NodeType.define({ id: 3 + index, name, props: [styleTags({ [name]: tag })] })];
  })
) as Record<SpanKind, NodeType>;

/** Reads a cell of Flink SQL by itself, and leaves every other one to the parser that it had. */
export class CellParser extends Parser {
  private readonly withBody: ParseWrapper = parseMixed(node =>
    node.type === BODY ? { parser: sqlParser } : null
  );

  constructor(private readonly otherwise: Parser) {
    super();
  }

  override createParse(
    input: Input,
    fragments: readonly TreeFragment[],
    ranges: readonly { from: number; to: number }[]
  ): PartialParse {
    const isWhole = ranges.length === 1 && ranges[0].from === 0;
    const first = isWhole ? input.read(0, Math.min(input.length, HEAD_LENGTH)) : '';
    const head = headOf(first);
    if (head === null) {
      return this.otherwise.createParse(input, fragments, ranges);
    }
    return this.withBody(frameOf(first, head, ranges[0].to), input, fragments, ranges);
  }
}

/** The language `of` a code cell, with Flink SQL in the cells that have it. */
export function withFlink(of: LanguageSupport): LanguageSupport {
  const language = new Language(
    of.language.data,
    new CellParser(of.language.parser),
    [],
    'ipython'
  );
  return new LanguageSupport(language, [of.support, marks(), colours(), typing()]);
}

/** What moves a line of SQL to its place once it is typed. */
function typing(): Extension {
  return flinkSql.language.data.of({ indentOnInput: ELECTRIC });
}

/** The first line taken apart, and all below it as one part, the line's end included. */
function frameOf(first: string, head: IHead, to: number): PartialParse {
  const end = Math.min(head.to, to);
  const spans: IPart[] = spansOf(first.slice(head.from, end)).map(span => ({
    type: SPANS[span.kind],
    from: head.from + span.from,
    to: head.from + span.to
  }));
  const line = treeOf(HEAD, spans, 0, end);
  const body = end < to ? [new Tree(BODY, [], [], to - end)] : [];
  const frame = new Tree(CELL, [line, ...body], [0, end].slice(0, 1 + body.length), to);
  return new ParseAtOnce(frame, to);
}
