/** Where a cell is wrong: read from its outputs, as `flinklab/notebook/problems.py` puts it there, and found in its text. */

import type { Text } from '@codemirror/state';

export const PROBLEM_MIME = 'application/vnd.flinklab.problem+json';

/** How much of a line goes with a problem, in characters; `LINE_LENGTH` in Python. */
const LINE_LENGTH = 400;
const MOST = 100;
const SEARCHED = 2000;

/** Lines and columns count from 1, the magic's line is the first, ends are inclusive. */
export interface IProblem {
  line: number;
  column: number;
  endLine: number | null;
  endColumn: number | null;
  severity: 'error' | 'warning';
  message: string;
  hint: string;
  /** The line as it ran. */
  text: string;
}

/** The problems in one output's data; none where there are none, or nothing that this version can read. */
export function problemsOf(data: unknown): IProblem[] {
  const problems = isObject(data) && data.version === 1 ? data.problems : null;
  if (!Array.isArray(problems)) {
    return [];
  }
  return problems.flatMap((each: unknown) => {
    if (!isObject(each) || !isCount(each.line) || !isCount(each.column)) {
      return [];
    }
    if (typeof each.message !== 'string' || typeof each.text !== 'string') {
      return [];
    }
    return [
      {
        line: each.line,
        column: each.column,
        endLine: isCount(each.end_line) ? each.end_line : null,
        endColumn: isCount(each.end_column) ? each.end_column : null,
        severity: each.severity === 'warning' ? ('warning' as const) : ('error' as const),
        message: each.message,
        hint: typeof each.hint === 'string' ? each.hint : '',
        text: each.text
      }
    ];
  });
}

/** The problems of all outputs of a cell, each once. */
export function problemsIn(outputs: Iterable<unknown>): IProblem[] {
  const found = new Map<string, IProblem>();
  for (const data of outputs) {
    for (const problem of problemsOf(data)) {
      found.set(JSON.stringify(problem), problem);
    }
  }
  return [...found.values()].slice(0, MOST);
}

/**
 * Where a problem is in a text, as offsets; null when its line is not there any more.
 *
 * `before` is the number of lines before the magic's. A line that moved is found where it is now.
 */
export function placeOf(
  problem: IProblem,
  text: Text,
  before: number
): { from: number; to: number } | null {
  const wanted = problem.line + before;
  const number = lineLike(problem.text, text, wanted);
  if (number === null) {
    return null;
  }
  const line = text.line(number);
  const from = Math.min(line.from + problem.column - 1, line.to);
  const last = Math.min(number + (problem.endLine ?? problem.line) - problem.line, text.lines);
  const end = text.line(Math.max(last, number));
  const to = problem.endColumn === null ? from + 1 : end.from + problem.endColumn;
  return { from, to: Math.max(from, Math.min(to, end.to)) };
}

function lineLike(wanted: string, text: Text, near: number): number | null {
  for (let away = 0; away <= Math.min(SEARCHED, text.lines); away++) {
    for (const number of [near - away, near + away]) {
      if (number >= 1 && number <= text.lines && isSame(wanted, text.line(number).text)) {
        return number;
      }
    }
    if (wanted.trim() === '') {
      return null;
    }
  }
  return null;
}

function isSame(wanted: string, line: string): boolean {
  return wanted === line || (wanted.length >= LINE_LENGTH && line.startsWith(wanted));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}
