/** The pages of a job and of a cluster, as tabs of the main area. */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';

export const plugins: JupyterFrontEndPlugin<unknown>[] = [];
