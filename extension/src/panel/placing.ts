/** Where a text goes in a notebook: pure, so that it can be told without one. */

/** `name`: a name or another word; `query`: a statement; `cell`: a whole cell's text. */
export type Piece = 'name' | 'query' | 'cell';

/** `cursor`: at the cursor of the active cell; `fill`: the active cell, which is empty; `below`: a new cell. */
export type Place = 'cursor' | 'fill' | 'below';

export interface ICellText {
  type: string;
  source: string;
}

const MAGIC = '%%flinksql';
const FLINK = /^%%flinksql(?!\w)/;

/** `cell` is the active one, null when there is none. */
export function placeOf(piece: Piece, cell: ICellText | null): Place {
  if (!cell || cell.type !== 'code') {
    return 'below';
  }
  if (cell.source.trim() === '') {
    return 'fill';
  }
  if (piece === 'cell') {
    return 'below';
  }
  // A name is of use in any code, as in `session.sql("SELECT ...")`; a statement only among statements.
  return piece === 'name' || FLINK.test(cell.source) ? 'cursor' : 'below';
}

/** A text as a cell of its own: with the magic in front, unless there is one. */
export function asCell(text: string): string {
  return text.trimStart().startsWith('%%') ? text.trimStart() : `${MAGIC}\n${text}`;
}

/** What is put at the cursor: without the line of the magic, which the cell has already. */
export function atCursor(text: string): string {
  return text.replace(/^%%flinksql[^\n]*\n/, '');
}
