/** The side panel: clusters, catalog, jobs, history, variables, incidents. */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';

export const plugins: JupyterFrontEndPlugin<unknown>[] = [];
