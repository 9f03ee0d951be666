/** How `%%flinksql` cells are edited: colours, brackets, comments, indentation, formatting. */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';

export const plugins: JupyterFrontEndPlugin<unknown>[] = [];
