/**
 * What is marked beside the grammar, in the lines that are seen: `${name}` and `{{ name }}` in a cell of Flink SQL,
 * flags that no magic knows, and the lines of other cells that begin with `%flink`.
 */

import { syntaxTree } from '@codemirror/language';
import { EditorState, Extension, Range } from '@codemirror/state';
import { Decoration, DecorationSet, EditorView, ViewPlugin, ViewUpdate } from '@codemirror/view';

import { HEAD_LENGTH, headOf, lineMagicAt } from './head';
import { ISpan, spansOf } from './line';

// `$${name}` is the text `${name}` itself.
const VARIABLE = /\$?\$\{[^\W\d](?:[\w.]|-(?!-))*\}|\{\{[^{}\n]*\}\}/g;
const LONGEST_LINE = 2000;

const variable = Decoration.mark({ class: 'flinklab-Variable' });
const unknown = Decoration.mark({
  class: 'flinklab-Unknown',
  attributes: { title: 'no flag of this magic: -h lists them' }
});
const kinds = Object.fromEntries(
  ['magic', 'output', 'operator', 'flag', 'key', 'number', 'value', 'subcommand'].map(kind => [
    kind,
    Decoration.mark({ class: `flinklab-Line-${kind}` })
  ])
);

/** A stretch of a document that is to be marked. */
export interface IStretch {
  from: number;
  to: number;
}

/** The marks of an editor, kept up with what is seen. */
export function marks(): Extension {
  return ViewPlugin.fromClass(Marks, { decorations: plugin => plugin.decorations });
}

class Marks {
  decorations: DecorationSet;

  constructor(view: EditorView) {
    this.decorations = decorationsOf(view.state, view.visibleRanges);
  }

  update(update: ViewUpdate): void {
    const isParsed = syntaxTree(update.state) !== syntaxTree(update.startState);
    if (update.docChanged || update.viewportChanged || isParsed) {
      this.decorations = decorationsOf(update.state, update.view.visibleRanges);
    }
  }
}

/** The marks in `seen` parts of a document. */
export function decorationsOf(state: EditorState, seen: readonly IStretch[]): DecorationSet {
  const first = state.sliceDoc(0, HEAD_LENGTH);
  const head = headOf(first);
  const found: Range<Decoration>[] = [];
  if (head !== null) {
    for (const span of spansOf(first.slice(head.from, head.to))) {
      if (span.kind === 'unknown') {
        found.push(unknown.range(head.from + span.from, head.from + span.to));
      }
    }
    for (const { from, to } of variablesIn(state, seen, head.to)) {
      found.push(variable.range(from, to));
    }
  } else if (!first.startsWith('%%')) {
    found.push(...lineMagicsIn(state, seen));
  }
  return Decoration.set(found, true);
}

/** Each `${name}` and `{{ name }}` from the offset `begin` on, outside of comments. */
function* variablesIn(
  state: EditorState,
  seen: readonly IStretch[],
  begin: number
): Generator<IStretch> {
  const tree = syntaxTree(state);
  for (const { from, to } of seen) {
    const start = Math.max(from, begin);
    for (const found of state.sliceDoc(start, Math.max(start, to)).matchAll(VARIABLE)) {
      const at = start + found.index;
      const isEscape = found[0].startsWith('$$');
      if (!isEscape && !tree.resolveInner(at, 1).name.endsWith('Comment')) {
        yield { from: at, to: at + found[0].length };
      }
    }
  }
}

function* lineMagicsIn(
  state: EditorState,
  seen: readonly IStretch[]
): Generator<Range<Decoration>> {
  const tree = syntaxTree(state);
  for (const { from, to } of seen) {
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at);
      const begin = line.length <= LONGEST_LINE ? lineMagicAt(line.text) : -1;
      if (begin >= 0 && !tree.resolveInner(line.from, 1).name.endsWith('String')) {
        yield* decorated(spansOf(line.text.slice(begin)), line.from + begin);
      }
      at = line.to + 1;
    }
  }
}

function* decorated(spans: readonly ISpan[], begin: number): Generator<Range<Decoration>> {
  for (const span of spans) {
    const mark = span.kind === 'unknown' ? unknown : kinds[span.kind];
    if (mark !== undefined) {
      yield mark.range(begin + span.from, begin + span.to);
    }
  }
}
