/** The command that formats a cell, and formatting when a notebook is saved, for those who want it. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { CommandRegistry } from '@lumino/commands';

import { activeFlinkCell, isPython } from '../cells/where';
import { IFlinklab, lineOf } from '../server';
import { formatCell, Formatter, IFormatted, ISource } from './format';
import { headOf } from './head';

const COMMAND = 'flinklab:format-sql';
const SAVES = ['docmanager:save', 'docmanager:save-all'];
const SHOWN = 8000; // milliseconds

export const formatting: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:formatting',
  description: 'Formats the Flink SQL of cells.',
  autoStart: true,
  requires: [INotebookTracker, IFlinklab],
  optional: [ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    { client }: IFlinklab,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null
  ) => {
    const formatter: Formatter = text =>
      client.request<IFormatted>('format', { method: 'POST', body: { sql: text } });
    app.commands.addCommand(COMMAND, {
      label: 'Format SQL',
      caption: 'Lay the SQL of this cell out over lines',
      describedBy: { args: null },
      isEnabled: () => activeFlinkCell(notebooks) !== null,
      execute: () => formatActive(notebooks, formatter)
    });
    palette?.addItem({ command: COMMAND, category: 'Flink' });
    if (settings !== null) {
      void formatOnSave(app.commands, notebooks, settings, formatter);
    }
  }
};

async function formatActive(notebooks: INotebookTracker, formatter: Formatter): Promise<void> {
  const place = activeFlinkCell(notebooks);
  if (place === null) {
    return;
  }
  try {
    const { remarks } = await formatCell(place.cell.model.sharedModel, formatter);
    if (remarks.length > 0) {
      Notification.info(remarks.join('\n'), { autoClose: SHOWN });
    }
  } catch (error) {
    Notification.error(lineOf(error), { autoClose: SHOWN });
  }
}

/** After a save that a person asked for: an automatic one would move the text under their hands. */
async function formatOnSave(
  commands: CommandRegistry,
  notebooks: INotebookTracker,
  settings: ISettingRegistry,
  formatter: Formatter
): Promise<void> {
  const mine = await settings.load('flinklab:plugin');
  commands.commandExecuted.connect((_, executed) => {
    const panel = notebooks.currentWidget;
    if (
      SAVES.includes(executed.id) &&
      panel !== null &&
      mine.get('formatOnSave').composite === true
    ) {
      void executed.result.then(() => formatNotebook(panel, formatter)).catch(ignoreRefused);
    }
  });
}

async function formatNotebook(panel: NotebookPanel, formatter: Formatter): Promise<void> {
  let changed = false;
  try {
    for (const cell of flinkCells(panel)) {
      changed = (await formatCell(cell, formatter)).changed || changed;
    }
  } finally {
    if (changed && !panel.isDisposed) {
      await panel.context.save();
    }
  }
}

function flinkCells(panel: NotebookPanel): ISource[] {
  const cells = isPython(panel) ? [...(panel.content.model?.cells ?? [])] : [];
  return cells
    .filter(cell => cell.type === 'code' && headOf(cell.sharedModel.getSource()) !== null)
    .map(cell => cell.sharedModel);
}

// A save says nothing of a formatter that is not there: the command does.
function ignoreRefused(error: unknown): void {
  console.warn(`flinklab: not formatted on save: ${lineOf(error)}`);
}
