import { describe, expect, it } from 'vitest';

import { themed } from '../../src/pages/themed';
import type { IFigure } from '../../src/server/types';

const DARK = { text: '#eee', paper: '#111', border: '#555', font: 'sans' };
const FIGURE: IFigure = {
  data: [{ type: 'scatter', y: [1, 2] }],
  layout: {
    title: { text: 'my.orders (dev): metrics' },
    height: 400,
    margin: { l: 64, t: 48, b: 40 },
    font: { size: 12, color: '#797979' },
    paper_bgcolor: '#fff'
  },
  note: ''
};

describe('themed', () => {
  it('takes the colours of the theme and leaves the paper to the page', () => {
    const { layout } = themed(FIGURE, DARK, 'metrics 1h');
    expect(layout.font).toEqual({ size: 12, color: '#eee', family: 'sans' });
    expect(layout.paper_bgcolor).toBe('rgba(0,0,0,0)');
    expect(layout.hoverlabel).toMatchObject({ bgcolor: '#111', font: { color: '#eee' } });
  });

  it('gives the room of the title back, so that what is drawn keeps its size', () => {
    const { layout } = themed(FIGURE, DARK, '');
    const margin = layout.margin as Record<string, number>;
    expect(layout.title).toBeUndefined();
    expect((layout.height as number) - margin.t - margin.b).toBe(400 - 48 - 40);
    expect(margin.t).toBeLessThan(48);
  });

  it('keeps what a person zoomed into while the range is the same', () => {
    expect(themed(FIGURE, DARK, 'metrics 1h').layout.uirevision).toBe('metrics 1h');
  });

  it('leaves the figure as the server told it', () => {
    const before = structuredClone(FIGURE);
    themed(FIGURE, DARK, '');
    expect(FIGURE).toEqual(before);
  });
});
