/**
 * The plotly.js of plotly's own JupyterLab extension, so that no second one (5 MB) is loaded.
 *
 * The extension registers a renderer, which loads plotly.js with its first figure and keeps it at its class. That
 * renderer also makes a picture of each figure for the notebook's file, which takes as long as the figure itself, and
 * draws a figure only once: pages draw with plotly.js.
 */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';

export const PLOTLY = 'application/vnd.plotly.v1+json';

export const NO_PLOTLY =
  "This JupyterLab cannot draw figures: plotly's own extension is missing or switched off, or another one than " +
  'this flinklab knows. It comes with the package plotly, which has to be installed where JupyterLab runs.';

/** What is used of plotly.js. */
export interface IPlotly {
  react(node: HTMLElement, data: unknown[], layout: unknown, config: unknown): Promise<unknown>;
  purge(node: HTMLElement): void;
  Plots: { resize(node: HTMLElement): unknown };
}

const loaded = new WeakMap<IRenderMimeRegistry, Promise<IPlotly | null>>();

/** Loaded once; null where there is none. */
export function plotlyIn(rendermime: IRenderMimeRegistry): Promise<IPlotly | null> {
  let found = loaded.get(rendermime);
  if (!found) {
    found = load(rendermime).catch((error: unknown) => {
      console.warn('flinklab: plotly cannot be loaded', error);
      loaded.delete(rendermime);
      return null;
    });
    loaded.set(rendermime, found);
  }
  return found;
}

/** By an empty figure outside of the page, of which no picture is made. */
async function load(rendermime: IRenderMimeRegistry): Promise<IPlotly | null> {
  if (rendermime.preferredMimeType({ [PLOTLY]: {} }, 'ensure') !== PLOTLY) {
    return null;
  }
  const renderer = rendermime.createRenderer(PLOTLY);
  const empty = { data: [], layout: { width: 10, height: 10 }, config: {} };
  try {
    await renderer.renderModel(
      rendermime.createModel({ data: { [PLOTLY]: empty as never }, trusted: true })
    );
    const plotly = plotlyOf(renderer.constructor);
    plotly?.purge(renderer.node);
    return plotly;
  } finally {
    renderer.dispose();
  }
}

/** What a renderer's class has loaded, as far as it is what pages need. */
export function plotlyOf(renderer: unknown): IPlotly | null {
  const { Plotly } = renderer as { Plotly?: Partial<IPlotly> | null };
  return typeof Plotly?.react === 'function' &&
    typeof Plotly.purge === 'function' &&
    typeof Plotly.Plots?.resize === 'function'
    ? (Plotly as IPlotly)
    : null;
}
