/** Names with letters that are not of ASCII, for a grammar that takes only those of ASCII for letters. */

import { Input, Parser, PartialParse, TreeFragment } from '@lezer/common';

// Source: LETTER in the grammar of Calcite's parser.
const WORD =
  /[\w\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u3040-\u318f\u3300-\u337f\u3400-\u3d2d\u4e00-\u9fff\uf900-\ufaff]+/g;
const PLAIN = /^\w*$/;

/** Reads a text as `parser` does, each name as one word. */
export class LettersParser extends Parser {
  constructor(private readonly parser: Parser) {
    super();
  }

  override createParse(
    input: Input,
    fragments: readonly TreeFragment[],
    ranges: readonly { from: number; to: number }[]
  ): PartialParse {
    return this.parser.createParse(new PlainInput(input), fragments, ranges);
  }
}

/** A text in which a name that is not of ASCII is another of its length, which is no word of SQL. */
class PlainInput implements Input {
  constructor(private readonly input: Input) {}

  get length(): number {
    return this.input.length;
  }

  get lineChunks(): boolean {
    return this.input.lineChunks;
  }

  chunk(from: number): string {
    return plain(this.input.chunk(from));
  }

  read(from: number, to: number): string {
    return plain(this.input.read(from, to));
  }
}

function plain(text: string): string {
  return text.replace(WORD, word => (PLAIN.test(word) ? word : 'q' + '7'.repeat(word.length - 1)));
}
