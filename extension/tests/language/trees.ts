/** Trees and states of cells, for the tests of the language. */

import { pythonLanguage } from '@codemirror/lang-python';
import { ensureSyntaxTree, indentUnit, LanguageSupport } from '@codemirror/language';
import { EditorState, Extension } from '@codemirror/state';
import { Tree } from '@lezer/common';
import { classHighlighter, highlightTree } from '@lezer/highlight';

import { CellParser, withFlink } from '../../src/language/cell';

export const parser = new CellParser(pythonLanguage.parser);

/** The state of a code cell with this text, parsed. */
export function cell(doc: string, ...extensions: Extension[]): EditorState {
  const language = withFlink(new LanguageSupport(pythonLanguage));
  const config = [language, indentUnit.of('    '), extensions];
  return parsed(EditorState.create({ doc, extensions: config }));
}

/** The state once its whole text is parsed, however slow the machine is. */
export function parsed(state: EditorState): EditorState {
  if (ensureSyntaxTree(state, state.doc.length, 60_000) === null) {
    throw new Error('the text was not parsed in time');
  }
  return state.update({}).state;
}

/** The words of a text that have a colour, as `class:word`. */
export function coloured(text: string, tree = parser.parse(text)): string[] {
  const found: string[] = [];
  highlightTree(tree, classHighlighter, (from, to, classes) => {
    const names = classes.replaceAll('tok-', '').replaceAll(' ', '.');
    found.push(`${names}:${text.slice(from, to)}`);
  });
  return found;
}

/** All nodes of a tree, mounted ones included, as `name from-to`. */
export function nodes(tree: Tree): string[] {
  const found: string[] = [];
  tree.iterate({
    enter: node => {
      found.push(`${node.name} ${node.from}-${node.to}`);
    }
  });
  return found;
}
