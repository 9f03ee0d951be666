/** How Flink SQL is coloured where JupyterLab's theme has no rule, and class names for style sheets. */

import { HighlightStyle, languageDataProp, syntaxHighlighting } from '@codemirror/language';
import { Extension } from '@codemirror/state';
import { NodeType } from '@lezer/common';
import { classHighlighter, tags } from '@lezer/highlight';

import { flinkSql } from './sql';

/** Types and built-in functions as JupyterLab shows Python's; `tok-keyword` and the like in Flink's cells only. */
export function colours(): Extension {
  const style = HighlightStyle.define(
    [
      { tag: tags.typeName, color: 'var(--jp-mirror-editor-variable-3-color)' },
      { tag: tags.standard(tags.name), color: 'var(--jp-mirror-editor-builtin-color)' }
    ],
    { scope: flinkSql.language }
  );
  return [
    syntaxHighlighting(style),
    syntaxHighlighting({ style: classHighlighter.style, scope: isFlink })
  ];
}

function isFlink(top: NodeType): boolean {
  return top.name.startsWith('Flink') || top.prop(languageDataProp) === flinkSql.language.data;
}
