/** Trees and states of cells, for the tests of the language. */

import { pythonLanguage } from '@codemirror/lang-python';
import { ensureSyntaxTree, indentUnit, LanguageSupport } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { Tree } from '@lezer/common';
import { classHighlighter, highlightTree } from '@lezer/highlight';

import { CellParser, withFlink } from '../../src/language/cell';

export const parser = new CellParser(pythonLanguage.parser);

/** The state of a code cell with this text. */
export function cell(doc: string): EditorState {
  const language = withFlink(new LanguageSupport(pythonLanguage));
  return EditorState.create({ doc, extensions: [language, indentUnit.of('    ')] });
}

/** The tree of a state, whole. */
export function treeOf(state: EditorState): Tree {
  const tree = ensureSyntaxTree(state, state.doc.length, 10_000);
  if (tree === null) {
    throw new Error('the text was not parsed in time');
  }
  return tree;
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
