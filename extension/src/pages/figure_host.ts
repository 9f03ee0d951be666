/** One figure of plotly in an element: drawn while it is in sight, anew for newer values, and as wide as there is room. */

import type { IPlotly } from './plotly';
import type { IDrawing } from './themed';
import { Turns } from './turns';

const SETTLE = 120; // ms without another size before a figure is drawn for it
const NEAR = '200px'; // so far below the edge it is drawn already

/** Of all pages: two figures at once would only hold up the page for longer. */
const turns = new Turns();

export class FigureHost {
  constructor(
    private readonly node: HTMLElement,
    private readonly plotly: IPlotly,
    private readonly onTrouble: (line: string) => void
  ) {
    this.sizes = new ResizeObserver(() => this.sizeLater());
    this.sizes.observe(node);
    this.sight = new IntersectionObserver(
      entries => this.seen(entries[entries.length - 1].isIntersecting),
      { rootMargin: NEAR }
    );
    this.sight.observe(node);
  }

  /** Draws it when it comes into sight, unless something newer came before. */
  show(drawing: IDrawing): void {
    this.waiting = drawing;
    // Room for it, so that what stands below is not in sight before it is there.
    if (typeof drawing.layout.height === 'number') {
      this.node.style.minHeight = `${drawing.layout.height}px`;
    }
    this.drawLater();
  }

  /** Gives back what plotly holds of it. */
  dispose(): void {
    this.isDisposed = true;
    this.sizes.disconnect();
    this.sight.disconnect();
    clearTimeout(this.timer);
    this.plotly.purge(this.node);
  }

  private drawLater(): void {
    if (this.isInSight && this.waiting && !this.isQueued) {
      this.isQueued = true;
      void turns.take(() => this.draw());
    }
  }

  private async draw(): Promise<void> {
    const { waiting } = this;
    this.isQueued = false;
    this.waiting = null;
    if (this.isDisposed || !waiting) {
      return;
    }
    this.width = this.node.offsetWidth;
    try {
      // plotly writes into what it is given
      const { data, layout, config } = structuredClone(waiting);
      await this.plotly.react(this.node, data, layout, config);
      this.onTrouble('');
    } catch (error) {
      this.onTrouble(`It cannot be drawn: ${String(error)}`);
    }
    if (this.isDisposed) {
      this.plotly.purge(this.node);
    }
  }

  private seen(isInSight: boolean): void {
    this.isInSight = isInSight;
    this.drawLater();
  }

  private sizeLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.size(), SETTLE);
  }

  /** Out of sight it has no size, and plotly would take that for one. */
  private size(): void {
    const width = this.node.offsetWidth;
    if (this.width !== 0 && width !== 0 && width !== this.width) {
      this.width = width;
      this.plotly.Plots.resize(this.node);
    }
  }

  private readonly sizes: ResizeObserver;
  private readonly sight: IntersectionObserver;
  private waiting: IDrawing | null = null;
  private isInSight = false;
  private isQueued = false;
  private isDisposed = false;
  /** For which it was drawn, 0 before. */
  private width = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
}
