/** What is seen at the edge: status bar, launcher, palette, version skew. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

/** Adds the commands that belong to no part in particular. */
const palette: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:palette',
  description: 'The commands of flinklab that belong to no part in particular.',
  autoStart: true,
  activate: (app: JupyterFrontEnd): void => {
    app.commands.addCommand('flinklab:show-help', {
      label: 'Flink: What flinklab Can Do',
      execute: () => undefined
    });
  }
};

export const plugins: JupyterFrontEndPlugin<unknown>[] = [palette];
