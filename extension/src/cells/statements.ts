/**
 * A text of Flink SQL as its statements, split as flinklab splits it: comments and room around one stay out.
 *
 * The rules are those of `flinklab/sql/pieces.py` and `split.py`; a test holds both against the same texts.
 */

const MARK = /['`;"]|--|\/\/+|\/\*\+?|\*\/|:\/\/+/g;
/** An `E` that is a word of its own, before a quote. */
const ESCAPES = /(?:^|[^\p{L}\p{N}_$])[eE]$/u;
const OPENS_SET = /^(?:EXECUTE|EXPLAIN|COMPILE)\b[\s\S]*?\bSTATEMENT\s+SET\s+BEGIN\s*$/i;

/** A statement, and its offsets in the text. */
export interface IStatement {
  text: string;
  from: number;
  to: number;
}

interface IPiece {
  kind: 'code' | 'quoted' | 'comment' | 'hint' | 'hint end' | 'semicolon';
  from: number;
  to: number;
}

/** The statements of a text, without their `;`. A statement set is one of them. */
export function statementsIn(text: string): IStatement[] {
  const found: IStatement[] = [];
  let from = -1;
  let to = -1;
  let inHint = false;
  let inSet: boolean | null = null;
  for (const piece of piecesOf(text)) {
    if (piece.kind === 'semicolon' && from >= 0 && !inHint) {
      inSet ??= opensSet(text, from, piece.from);
      if (!inSet) {
        found.push({ text: text.slice(from, to), from, to });
        from = -1;
        inSet = null;
        continue;
      }
      inSet = !/^END\b/i.test(withoutComments(text.slice(piece.to)));
    }
    if (piece.kind === 'comment' || (piece.kind === 'semicolon' && from < 0)) {
      continue;
    }
    const own = text.slice(piece.from, piece.to);
    const room = piece.kind === 'code' ? own.length - own.trimStart().length : 0;
    if (room === own.length) {
      continue;
    }
    from = from < 0 ? piece.from + room : from;
    to = piece.kind === 'code' ? piece.from + own.trimEnd().length : piece.to;
    inHint = piece.kind === 'hint' || (inHint && piece.kind !== 'hint end');
  }
  return from >= 0 ? [...found, { text: text.slice(from, to), from, to }] : found;
}

/** A set opens where its first statement stands behind BEGIN: the first `;` is one of its own. */
function opensSet(text: string, from: number, semicolon: number): boolean {
  const words = withoutComments(text.slice(from, semicolon));
  const begin = /\bSTATEMENT\s+SET\s+BEGIN\b/i.exec(words);
  if (begin === null) {
    return false;
  }
  const head = words.slice(0, begin.index + begin[0].length);
  return OPENS_SET.test(head) && !/^\s*END\b/i.test(words.slice(head.length));
}

/** The beginning of a text with room in place of its comments, from its first letter on. */
export function withoutComments(text: string): string {
  let rest = '';
  for (const piece of piecesOf(text)) {
    rest += piece.kind === 'comment' ? ' ' : text.slice(piece.from, piece.to);
    if (rest.length > 400 && rest.trim() !== '') {
      break;
    }
  }
  return rest.trimStart();
}

function* piecesOf(text: string): Generator<IPiece> {
  const mark = new RegExp(MARK);
  let done = 0;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    const piece = measured(text, found.index, found[0]);
    mark.lastIndex = piece.to;
    if (piece.kind === 'code') {
      continue;
    }
    if (done < piece.from) {
      yield { kind: 'code', from: done, to: piece.from };
    }
    yield piece;
    done = piece.to;
  }
  if (done < text.length) {
    yield { kind: 'code', from: done, to: text.length };
  }
}

function measured(text: string, from: number, mark: string): IPiece {
  const as = (kind: IPiece['kind'], to: number): IPiece => ({ kind, from, to });
  if (mark === ';') {
    return as('semicolon', from + 1);
  }
  if (mark === "'" || mark === '`') {
    const isEscaped = mark === "'" && ESCAPES.test(text.slice(Math.max(0, from - 2), from));
    return as(
      'quoted',
      isEscaped ? endOfEscaped(text, from + 1) : endOfQuoted(text, from + 1, mark)
    );
  }
  if (mark === '"') {
    return as('code', text.indexOf('"', from + 1) + 1 || from + 1);
  }
  if (mark === '--' || mark.startsWith('//')) {
    const end = text.slice(from).search(/[\r\n]/);
    return as('comment', end < 0 ? text.length : from + end);
  }
  if (mark === '/*') {
    const end = text.indexOf('*/', from + 2);
    return end < 0 ? as('quoted', text.length) : as('comment', end + 2);
  }
  if (mark === '/*+' || mark === '*/') {
    return as(mark === '*/' ? 'hint end' : 'hint', from + mark.length);
  }
  return as('code', from + mark.length);
}

function endOfQuoted(text: string, from: number, quote: string): number {
  let at = from;
  for (;;) {
    const end = text.indexOf(quote, at);
    if (end < 0) {
      return text.length;
    }
    if (text[end + 1] !== quote) {
      return end + 1;
    }
    at = end + 2;
  }
}

function endOfEscaped(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\' || (text[at] === "'" && text[at + 1] === "'")) {
      at += 1;
    } else if (text[at] === "'") {
      return at + 1;
    }
  }
  return text.length;
}
