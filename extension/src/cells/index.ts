/** Flink cells: their toolbar, the dialog that promotes one, the job's badge, error markers. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { IFlinklab } from '../server';
import { addButtons } from './buttons';
import { addCommands, COMMANDS, paletteItems } from './commands';
import { markers } from './markers';
import { NotebookJobs } from './notebook_jobs';
import { silentRenderer } from './silent_output';

const OPEN_JOB = 'flinklab:open-job';

/** Its id is that of `schema/cells.json`, which puts the commands into the cells' toolbar and on keys. */
const cells: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:cells',
  description: 'Commands on cells of Flink SQL, and what is known of the jobs that they are.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [IFlinklab, ICommandPalette, IToolbarWidgetRegistry],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    server: IFlinklab | null,
    palette: ICommandPalette | null,
    toolbars: IToolbarWidgetRegistry | null
  ) => {
    const { commands } = app;
    addCommands(commands, tracker, server);
    if (toolbars !== null) {
      addButtons(toolbars, commands);
    }
    paletteItems().forEach(item => palette?.addItem(item));
    const notify = (): void => COMMANDS.forEach(id => commands.notifyCommandChanged(id));
    tracker.activeCellChanged.connect(notify);
    tracker.widgetAdded.connect((_, panel) => {
      const open = ({ key }: { key: object | null }): void => {
        if (key !== null && commands.hasCommand(OPEN_JOB)) {
          void commands.execute(OPEN_JOB, { ...key });
        }
      };
      new NotebookJobs(panel, server, open, notify);
    });
  }
};

const marks: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:markers',
  description: 'Marks in the editor what is wrong in a cell of Flink SQL.',
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  activate: (_: JupyterFrontEnd, extensions: IEditorExtensionRegistry) => {
    extensions.addExtension({
      name: 'flinklab:markers',
      factory: ({ inline, model }) =>
        inline ? EditorExtensionRegistry.createImmutableExtension(markers(model)) : null
    });
  }
};

const silence: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:silent-output',
  description: 'Takes no room for outputs that only editors read.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  activate: (_: JupyterFrontEnd, registry: IRenderMimeRegistry) => {
    registry.addFactory(silentRenderer);
  }
};

export const plugins: JupyterFrontEndPlugin<unknown>[] = [cells, marks, silence];
