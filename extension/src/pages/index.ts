/** The pages of a job and of a cluster, as tabs of the main area. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IThemeManager } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { Orders } from '../common/orders';
import { IFlinklab } from '../server/token';
import { Opener } from './opening';
import { followTheme } from './surroundings';

const pages: JupyterFrontEndPlugin<void> = {
  id: 'flinklab:pages',
  description: 'A page for each managed job and each cluster, with their plots.',
  autoStart: true,
  requires: [IFlinklab, IRenderMimeRegistry],
  optional: [ICommandPalette, ILayoutRestorer, IThemeManager, IEditorLanguageRegistry],
  activate: (
    app: JupyterFrontEnd,
    { client, live }: IFlinklab,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    themes: IThemeManager | null,
    languages: IEditorLanguageRegistry | null
  ): void => {
    const opener = new Opener(app, {
      client,
      live,
      orders: new Orders(client, live),
      commands: app.commands,
      rendermime,
      languages,
      theme: followTheme(themes),
      baseUrl: client.settings.baseUrl
    });
    opener.register(palette, restorer);
  }
};

export const plugins: JupyterFrontEndPlugin<unknown>[] = [pages];
