/** A figure of the server in the colours of JupyterLab's theme. */

import type { IFigure } from '../server/types';

/** Colours as CSS has them. */
export interface IThemeColours {
  text: string;
  paper: string;
  border: string;
  font: string;
}

/** What plotly is given: the figure itself stays as it was told. */
export interface IDrawing {
  data: unknown[];
  layout: Record<string, unknown>;
  config: Record<string, unknown>;
}

const HEAD = 24; // px above the first panel, where the names of panels stand

const CONFIG = {
  displaylogo: false,
  displayModeBar: 'hover',
  modeBarButtonsToRemove: ['lasso2d', 'select2d', 'autoScale2d'],
  scrollZoom: false
};

/**
 * Backgrounds stay transparent, and texts take the theme's colour. `revision`: while it is the same, what a person
 * zoomed into or hid stays so when newer values are drawn.
 */
export function themed(figure: IFigure, colours: IThemeColours, revision: string): IDrawing {
  const { layout } = figure;
  const font = { ...record(layout.font), color: colours.text, family: colours.font };
  const hoverlabel = {
    ...record(layout.hoverlabel),
    bgcolor: colours.paper,
    bordercolor: colours.border,
    font: { color: colours.text, family: colours.font }
  };
  // The page has a heading of its own above each figure.
  const rest: Record<string, unknown> = { ...layout };
  delete rest.title;
  const margin: Record<string, unknown> = { ...record(layout.margin) };
  if (typeof margin.t === 'number' && typeof rest.height === 'number') {
    const spared = Math.max(0, margin.t - HEAD);
    margin.t -= spared;
    rest.height -= spared;
  }
  return {
    data: figure.data,
    layout: {
      ...rest,
      font,
      hoverlabel,
      margin,
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      uirevision: revision
    },
    config: CONFIG
  };
}

/** The colours of the theme, as the page has them at an element. */
export function coloursAt(element: Element): IThemeColours {
  const style = getComputedStyle(element);
  const read = (name: string, otherwise: string) =>
    style.getPropertyValue(name).trim() || otherwise;
  return {
    text: read('--jp-ui-font-color1', '#797979'),
    paper: read('--jp-layout-color1', '#ffffff'),
    border: read('--jp-border-color1', '#808080'),
    font: read('--jp-ui-font-family', 'system-ui, sans-serif')
  };
}

function record(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}
