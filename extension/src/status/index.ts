/** What is seen at the edge: status bar, launcher, version skew. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';

import manifest from '../../package.json';
import { flinkIcon } from '../common/icon';
import { lineOf } from '../server/client';
import { IFlinklab } from '../server/token';
import { StatusItem } from './item';
import { followKernel } from './kernel';
import { skewOf } from './standing';

const OPEN_PANEL = 'flinklab:open-panel';
const OPEN_TOUR = 'flinklab:open-tour';
const CATEGORY = 'Flink';

const item: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:status-item',
  description: 'Where statements go and whether jobs have problems, in the status bar.',
  autoStart: true,
  requires: [IFlinklab],
  // Notebook 7 has no status bar.
  optional: [IStatusBar, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    { live }: IFlinklab,
    bar: IStatusBar | null,
    tracker: INotebookTracker | null
  ): void => {
    if (bar === null) {
      return;
    }
    const item = new StatusItem(live, () => void app.commands.execute(OPEN_PANEL));
    bar.registerStatusItem('flinklab:status', { item, align: 'left', rank: 50 });
    if (tracker !== null) {
      followKernel(tracker, standing => (item.kernel = standing));
    }
  }
};

const tour: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:tour',
  description: 'The guided tour, from the launcher and the palette.',
  autoStart: true,
  requires: [IFlinklab],
  optional: [ILauncher, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    { client }: IFlinklab,
    launcher: ILauncher | null,
    palette: ICommandPalette | null
  ): void => {
    app.commands.addCommand(OPEN_TOUR, {
      label: args => (args['isPalette'] ? 'Open the Tour of Flink' : 'Tour of Flink'),
      caption: 'A notebook that starts a Flink of your own and shows what flinklab can do',
      icon: args => (args['isPalette'] ? undefined : flinkIcon),
      execute: async () => {
        try {
          // A copy in the server's folder, made when there is none.
          const { path } = await client.request<{ path: string }>('tour', {
            method: 'POST',
            body: {}
          });
          await app.commands.execute('docmanager:open', { path });
        } catch (error) {
          Notification.error(lineOf(error), { autoClose: 8000 });
        }
      }
    });
    launcher?.add({ command: OPEN_TOUR, category: CATEGORY, rank: 0 });
    palette?.addItem({ command: OPEN_TOUR, category: CATEGORY, args: { isPalette: true } });
  }
};

const skew: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:version-skew',
  description: 'Says once when the page and the server have different versions of flinklab.',
  autoStart: true,
  requires: [IFlinklab],
  activate: (app: JupyterFrontEnd, { live }: IFlinklab): void => {
    const check = () => {
      if (live.status === null) {
        return;
      }
      live.changed.disconnect(check);
      const line = skewOf(manifest.version, live.status.version);
      if (line) {
        Notification.warning(line, { autoClose: false });
      }
    };
    // What is notified before JupyterLab is drawn is shown to nobody.
    void app.restored.then(() => {
      live.changed.connect(check);
      check();
    });
  }
};

export const plugins: JupyterFrontEndPlugin<unknown>[] = [item, tour, skew];
