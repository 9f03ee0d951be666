/** How `%%flinksql` cells are edited: colours, brackets, comments, indentation, formatting. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IEditorLanguage, IEditorLanguageRegistry } from '@jupyterlab/codemirror';

import { withFlink } from './cell';
import { comments } from './comment_plugin';
import { formatting } from './format_plugin';

const NOTEBOOK_LANGUAGE = 'ipython';

const language: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:language',
  description: 'Flink SQL in the cells of a notebook, as it is coloured and typed.',
  autoStart: true,
  requires: [IEditorLanguageRegistry],
  activate: (_app: JupyterFrontEnd, registry: IEditorLanguageRegistry) => {
    teach(registry);
  }
};

/** Let the language of code cells be what it was, and Flink SQL below `%%flinksql`. */
export function teach(registry: IEditorLanguageRegistry): void {
  const spec = registry.findByName(NOTEBOOK_LANGUAGE);
  if (spec === null) {
    console.warn(
      'flinklab: this JupyterLab has no language ipython; cells are not coloured as SQL'
    );
    return;
  }
  const before = { load: spec.load?.bind(spec), support: spec.support };
  const taught: Partial<IEditorLanguage> = {
    load: async () => {
      const support = before.load === undefined ? before.support : await before.load();
      if (support === undefined) {
        throw new Error('The language ipython has no parser');
      }
      return withFlink(support);
    },
    support: undefined // what was loaded before would be used
  };
  Object.assign(spec, taught);
}

export const plugins: JupyterFrontEndPlugin<unknown>[] = [language, comments, formatting];
