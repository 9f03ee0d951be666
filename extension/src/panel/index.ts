/** The side panel as a plugin of JupyterLab. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';

import { Orders } from '../common/orders';
import { Store } from '../common/store';
import { IFlinklab } from '../server/token';
import { addCommands, MENU } from './commands';
import type { IContext } from './context';
import { Memory } from './memory';
import { FlinkPanel, PANEL } from './panel';
import type { INode } from './tree';

export const OPEN_PANEL = 'flinklab:open-panel';
export const REFRESH_PANEL = 'flinklab:refresh-panel';

const panel: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:panel',
  description: 'The side panel: clusters, catalog, jobs, history, variables, incidents.',
  autoStart: true,
  requires: [IFlinklab],
  optional: [INotebookTracker, ILayoutRestorer, IStateDB, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    flinklab: IFlinklab,
    tracker: INotebookTracker | null,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null,
    palette: ICommandPalette | null
  ): void => {
    const { client, live } = flinklab;
    const chosen: IContext['chosen'] = new Store<INode | null>(null);
    const orders = new Orders(client, live);
    const context = { client, live, orders, commands: app.commands, tracker, chosen };
    const widget = new FlinkPanel(context, new Memory(state));
    app.shell.add(widget, 'left', { rank: 350, type: 'Flink' });
    restorer?.add(widget, PANEL);

    addCommands(app.commands, context);
    app.commands.addCommand(OPEN_PANEL, {
      label: 'Show the Flink Panel',
      execute: () => app.shell.activateById(PANEL)
    });
    app.commands.addCommand(REFRESH_PANEL, {
      label: 'Refresh the Flink Panel',
      execute: () => widget.refresh()
    });
    for (const command of [OPEN_PANEL, REFRESH_PANEL]) {
      palette?.addItem({ command, category: 'Flink' });
    }
    MENU.forEach((command, rank) =>
      app.contextMenu.addItem({ command, selector: '.flinklab-Panel [role="tree"]', rank })
    );
  }
};

export const plugins: JupyterFrontEndPlugin<unknown>[] = [panel];
