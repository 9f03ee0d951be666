/** The magic in the first line of a cell: whether a cell is one of Flink SQL, and where its SQL begins. */

// IPython lets go of empty lines and of indentation before it looks at the first line.
const CELL_MAGIC = /^(?:[ \t]*\r?\n)*[ \t]*(%%flinksql)(?=\s|$)[^\r\n]*/;
const LINE_MAGIC = /^[ \t]*(?:[\w, ]+=[ \t]*)?(%(?:flinksql|flink))(?=\s|$)/;

/** How much of a cell has to be read to know its head. */
export const HEAD_LENGTH = 4096;

/** Offsets in the cell: `from` is where the magic begins, `to` the end of its line. */
export interface IHead {
  from: number;
  to: number;
}

/** The head of a cell of Flink SQL; null for every other cell. `text` may be only its first `HEAD_LENGTH`. */
export function headOf(text: string): IHead | null {
  const found = CELL_MAGIC.exec(text);
  return found === null ? null : { from: found[0].indexOf('%%'), to: found[0].length };
}

/** Where a line's `%flink` or `%flinksql` begins; -1 when it has none. */
export function lineMagicAt(line: string): number {
  const found = LINE_MAGIC.exec(line);
  return found === null ? -1 : found[0].lastIndexOf('%');
}
