/** Colours that JupyterLab's theme has no rule for, within Flink SQL only. */

import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

import { flinkSql } from './sql';

/** Types and built-in functions as JupyterLab shows Python's. */
export function colours(): Extension {
  const style = HighlightStyle.define(
    [
      { tag: tags.typeName, color: 'var(--jp-mirror-editor-variable-3-color)' },
      { tag: tags.standard(tags.name), color: 'var(--jp-mirror-editor-builtin-color)' }
    ],
    { scope: flinkSql.language }
  );
  return syntaxHighlighting(style);
}
