/** Cells of Flink SQL laid out by the server, changed only where they differ and only when nobody typed meanwhile. */

import { headOf } from './head';

/** The text of a cell, as JupyterLab shares it. */
export interface ISource {
  getSource(): string;
  updateSource(from: number, to: number, insert: string): void;
}

/** Gives a text laid out, and a line for each statement that stayed as it was. */
export type Formatter = (text: string) => Promise<IFormatted>;

export interface IFormatted {
  sql: string;
  remarks?: string[];
}

/** What became of a cell. `remarks` are lines for a person. */
export interface IOutcome {
  changed: boolean;
  remarks: string[];
}

/** Format a cell in place, as one step to undo. Rejects as `formatter` does. */
export async function formatCell(text: ISource, formatter: Formatter): Promise<IOutcome> {
  const before = text.getSource();
  if (headOf(before) === null) {
    return { changed: false, remarks: ['This cell has no %%flinksql in its first line'] };
  }
  const { sql, remarks = [] } = await formatter(before);
  if (text.getSource() !== before) {
    return { changed: false, remarks: ['The cell was changed meanwhile: format it again'] };
  }
  const edit = editBetween(before, sql);
  if (edit !== null) {
    text.updateSource(edit.from, edit.to, edit.insert);
  }
  return { changed: edit !== null, remarks };
}

/** The one stretch in which two texts differ; null when they are the same. */
export function editBetween(
  before: string,
  after: string
): { from: number; to: number; insert: string } | null {
  if (before === after) {
    return null;
  }
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) {
    from++;
  }
  let end = 0;
  while (end < most - from && before[before.length - 1 - end] === after[after.length - 1 - end]) {
    end++;
  }
  return { from, to: before.length - end, insert: after.slice(from, after.length - end) };
}
