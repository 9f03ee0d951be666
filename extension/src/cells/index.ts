/** Flink cells: their toolbar, the dialog that promotes one, the job's badge, error markers. */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';

export const plugins: JupyterFrontEndPlugin<unknown>[] = [];
