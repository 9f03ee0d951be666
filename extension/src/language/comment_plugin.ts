/** The keys that toggle comments, in cells of Flink SQL: JupyterLab's own command does nothing from the magic on. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';

import { toggleSqlComment } from './comments';

const COMMAND = 'flinklab:toggle-comment';

/** `schema/plugin.json` puts the command on the keys. */
export const comments: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:comments',
  description: 'Toggles comments in cells of Flink SQL.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (app: JupyterFrontEnd, notebooks: INotebookTracker) => {
    app.commands.addCommand(COMMAND, {
      label: 'Toggle Comment in SQL',
      describedBy: { args: null },
      isEnabled: () => notebooks.activeCell?.editor instanceof CodeMirrorEditor,
      execute: () => {
        const editor = notebooks.activeCell?.editor;
        if (editor instanceof CodeMirrorEditor) {
          toggleSqlComment(editor.editor);
        }
      }
    });
  }
};
