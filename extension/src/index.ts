/**
 * The JupyterLab side of flinklab: the list of its plugins, one or more for each part.
 *
 * JupyterLab activates each plugin by itself, so that one that fails does not take others along.
 */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { plugins as cells } from './cells';
import { plugins as language } from './language';
import { plugins as pages } from './pages';
import { plugins as panel } from './panel';
import { plugins as server } from './server';
import { plugins as status } from './status';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  ...server,
  ...language,
  ...cells,
  ...panel,
  ...pages,
  ...status
];

export default plugins;
