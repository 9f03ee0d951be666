/**
 * How far a line of SQL is indented: as the line before it, one step more behind an open bracket or a clause that
 * stands alone, and back again at the bracket's end and at the next clause.
 */

import { syntaxTree, TreeIndentContext } from '@codemirror/language';
import { SyntaxNode } from '@lezer/common';

const CLOSING = /^\s*[)\]}]/;
const CLAUSE_ALONE = /(?:^|[\s(])(?:SELECT|DISTINCT|FROM|WHERE|BY|HAVING|VALUES)\s*$/i;
const CLAUSE =
  /^\s*(?:SELECT|FROM|WHERE|GROUP|ORDER|HAVING|WINDOW|LIMIT|UNION|EXCEPT|INTERSECT)\b/i;
const BRACKETS = new Set(['Parens', 'Braces', 'Brackets']);
const ENDS = /^[;)\]}]$/;
const FARTHEST = 200; // lines that are looked at

/** What, once it is written, moves its line to where it belongs. */
export const ELECTRIC = /^\s*(?:[)\]}]|FROM|WHERE|GROUP BY|ORDER BY|HAVING|LIMIT|UNION)$/i;

/** The indentation of the line at `context.pos`, in columns. */
export function indentation(context: TreeIndentContext): number {
  const lines = linesBefore(context);
  const bracket = openBracket(context);
  if (CLOSING.test(context.textAfter) && bracket !== null) {
    return context.lineIndent(bracket.from);
  }
  if (lines.length === 0) {
    return 0;
  }
  const [last] = lines;
  if (bracket !== null && bracket.from >= last.from) {
    return context.lineIndent(bracket.from) + context.unit;
  }
  const indent = context.lineIndent(last.from);
  if (CLAUSE.test(context.textAfter)) {
    const floor = bracket === null ? 0 : bracket.from;
    const clause = lines.find(line => line.from >= floor && CLAUSE.test(line.text));
    return clause === undefined ? indent : Math.min(indent, context.lineIndent(clause.from));
  }
  if (CLAUSE_ALONE.test(last.text)) {
    return indent + context.unit;
  }
  return ended(context, last) ?? indent;
}

interface ILine {
  from: number;
  text: string;
}

/** The lines of SQL before the place, without empty ones, the nearest first; a line that is broken up to there. */
function linesBefore(context: TreeIndentContext): ILine[] {
  const found: ILine[] = [];
  const { doc } = context.state;
  const here = doc.lineAt(context.pos);
  const head =
    context.simulatedBreak === context.pos ? doc.sliceString(here.from, context.pos) : '';
  if (head.trim() !== '') {
    found.push({ from: here.from, text: head });
  }
  for (let number = here.number - 1; number > Math.max(0, here.number - FARTHEST); number--) {
    const line = doc.line(number);
    if (line.text.trim() !== '') {
      found.push(line);
    }
  }
  return found.filter(line => !line.text.trimStart().startsWith('%%'));
}

/** The innermost bracket that is open at the place. */
function openBracket(context: TreeIndentContext): SyntaxNode | null {
  for (let node: SyntaxNode | null = context.node; node !== null; node = node.parent) {
    const isOpen = node.from < context.pos && (node.to > context.pos || !isClosed(node));
    if (BRACKETS.has(node.name) && isOpen) {
      return node;
    }
  }
  return null;
}

function isClosed(node: SyntaxNode): boolean {
  const last = node.lastChild;
  return last !== null && /^[)\]}]$/.test(last.name);
}

/** Where what ends with `line` began, a statement or a bracket of several lines; null when nothing does. */
function ended(context: TreeIndentContext, line: ILine): number | null {
  const end = line.from + line.text.trimEnd().length;
  const last = syntaxTree(context.state).resolveInner(end, -1);
  const begun = ENDS.test(last.name) ? last.parent : null;
  return begun !== null && begun.from < line.from ? context.lineIndent(begun.from) : null;
}
