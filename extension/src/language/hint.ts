/** A hint, such as OPTIONS with its keys and values: its marks, and SQL between them. */

import {
  Input,
  NodeType,
  parseMixed,
  Parser,
  ParseWrapper,
  PartialParse,
  TreeFragment
} from '@lezer/common';
import { styleTags, tags } from '@lezer/highlight';

import { IPart, ParseAtOnce, treeOf } from './parts';

const HINT = NodeType.define({ id: 0, name: 'Hint' });
const MARK = NodeType.define({
  id: 1,
  name: 'HintMark',
  props: [styleTags({ HintMark: tags.meta })]
});
const BODY = NodeType.define({ id: 2, name: 'HintBody' });

export class HintParser extends Parser {
  private readonly withBody: ParseWrapper;

  /** @param sql - reads what is between the marks */
  constructor(sql: Parser) {
    super();
    this.withBody = parseMixed(node => (node.type === BODY ? { parser: sql } : null));
  }

  override createParse(
    input: Input,
    fragments: readonly TreeFragment[],
    ranges: readonly { from: number; to: number }[]
  ): PartialParse {
    const from = ranges[0].from;
    const to = ranges[ranges.length - 1].to;
    const isClosed = to - from >= 5 && input.read(to - 2, to) === '*/';
    const end = isClosed ? to - 2 : to;
    const parts: IPart[] = [{ type: MARK, from, to: from + 3 }];
    if (end > from + 3) {
      parts.push({ type: BODY, from: from + 3, to: end });
    }
    if (isClosed) {
      parts.push({ type: MARK, from: end, to });
    }
    const frame = new ParseAtOnce(treeOf(HINT, parts, from, to), to);
    return this.withBody(frame, input, fragments, ranges);
  }
}
