/** The server as the parts of the page see it. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { Client } from './client';
import { Live } from './live';
import { IFlinklab } from './token';

export { Client, isAbort, lineOf } from './client';
export { ServerError } from './errors';
export type { Trouble } from './errors';
export { keyOf, Live } from './live';
export type { LivePart } from './live';
export { IFlinklab } from './token';
export * from './types';

const server: JupyterFrontEndPlugin<IFlinklab> = {
  id: 'flinklab:server',
  description: 'Requests to the server side of flinklab, and its events.',
  autoStart: true,
  provides: IFlinklab,
  activate: (app: JupyterFrontEnd): IFlinklab => {
    const client = new Client(app.serviceManager.serverSettings);
    return { client, live: new Live(client, { page: document }) };
  }
};

export const plugins: JupyterFrontEndPlugin<unknown>[] = [server];
