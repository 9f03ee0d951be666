/**
 * One figure of plotly in an element, drawn by the renderer that plotly's own JupyterLab extension registers.
 *
 * That renderer draws a figure once. Newer values go to the plotly that it has loaded, which changes only what is
 * different and keeps what a person zoomed into; where it shows none, they are drawn by a new renderer that takes the
 * place of the old one when it is ready.
 */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { IDrawing } from './themed';

export const PLOTLY = 'application/vnd.plotly.v1+json';

export const NO_PLOTLY =
  "This JupyterLab cannot draw figures: plotly's own extension is missing or switched off. It comes with the " +
  'package plotly, which has to be installed where JupyterLab runs.';

/** What is used of plotly.js. */
interface IPlotly {
  react(node: HTMLElement, data: unknown[], layout: unknown, config: unknown): Promise<unknown>;
  purge(node: HTMLElement): void;
  Plots: { resize(node: HTMLElement): unknown };
}

const SETTLE = 120; // ms without another size before a figure is drawn for it

export class FigureHost {
  constructor(
    private readonly node: HTMLElement,
    private readonly rendermime: IRenderMimeRegistry
  ) {
    this.sizes = new ResizeObserver(() => this.sizeLater());
    this.sizes.observe(node);
  }

  /** Fulfilled when it is drawn, or when something newer is to be drawn instead. Rejects with what plotly says. */
  async show(drawing: IDrawing): Promise<void> {
    this.waiting = drawing;
    if (this.isDrawing) {
      return;
    }
    this.isDrawing = true;
    try {
      while (this.waiting !== null && !this.isDisposed) {
        const next: IDrawing = this.waiting;
        this.waiting = null;
        await this.draw(next);
      }
    } finally {
      this.isDrawing = false;
    }
  }

  /** Gives back what plotly holds of it. */
  dispose(): void {
    this.isDisposed = true;
    this.sizes.disconnect();
    clearTimeout(this.timer);
    if (this.shown) {
      this.end(this.shown);
    }
    this.shown = null;
  }

  private async draw(drawing: IDrawing): Promise<void> {
    const before = this.shown;
    const plotly = before ? plotlyOf(before) : null;
    // plotly writes into what it is given
    const { data, layout, config } = structuredClone(drawing);
    if (before && plotly) {
      await plotly.react(before.node, data, layout, config);
      return;
    }
    const renderer = this.rendermime.createRenderer(PLOTLY);
    renderer.addClass('flinklab-Figure-plot');
    renderer.addClass('flinklab-mod-drawing');
    Widget.attach(renderer, this.node);
    const model = this.rendermime.createModel({
      data: { [PLOTLY]: { data, layout, config } as never },
      trusted: true
    });
    try {
      await renderer.renderModel(model);
    } catch (error) {
      this.end(renderer);
      throw error;
    }
    if (this.isDisposed) {
      this.end(renderer);
      return;
    }
    renderer.removeClass('flinklab-mod-drawing');
    if (before) {
      this.end(before);
    }
    this.shown = renderer;
  }

  private end(renderer: IRenderMime.IRenderer): void {
    plotlyOf(renderer)?.purge(renderer.node);
    renderer.dispose();
  }

  private sizeLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.size(), SETTLE);
  }

  /** Out of sight it has no size, and plotly would take that for one. */
  private size(): void {
    const { shown } = this;
    if (!shown || this.node.offsetWidth === 0 || this.node.offsetWidth === this.width) {
      return;
    }
    this.width = this.node.offsetWidth;
    const plotly = plotlyOf(shown);
    if (plotly) {
      plotly.Plots.resize(shown.node);
    } else {
      MessageLoop.sendMessage(shown, Widget.ResizeMessage.UnknownSize);
    }
  }

  private readonly sizes: ResizeObserver;
  private shown: IRenderMime.IRenderer | null = null;
  private waiting: IDrawing | null = null;
  private isDrawing = false;
  private isDisposed = false;
  private width = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
}

/** The plotly.js that a renderer has loaded, null where it does not show one. */
function plotlyOf(renderer: IRenderMime.IRenderer): IPlotly | null {
  const { Plotly } = renderer.constructor as { Plotly?: Partial<IPlotly> | null };
  return typeof Plotly?.react === 'function' && typeof Plotly.purge === 'function' && Plotly.Plots
    ? (Plotly as IPlotly)
    : null;
}
