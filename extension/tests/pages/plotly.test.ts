import { expect, it, vi } from 'vitest';

import { plotlyIn, plotlyOf, PLOTLY } from '../../src/pages/plotly';

const WHOLE = { react: vi.fn(), purge: vi.fn(), Plots: { resize: vi.fn() } };

/** As the registry of JupyterLab, as far as it is used. */
function registry(isThere: boolean, renders: () => Promise<void>) {
  const node = document.createElement('div');
  class Renderer {
    static Plotly: typeof WHOLE | null = null;
    readonly node = node;
    readonly dispose = dispose;
    async renderModel() {
      await renders();
      Renderer.Plotly = WHOLE;
    }
  }
  const dispose = vi.fn();
  const createRenderer = vi.fn(() => new Renderer());
  const rendermime = {
    preferredMimeType: () => (isThere ? PLOTLY : undefined),
    createRenderer,
    createModel: (options: unknown) => options
  };
  return { rendermime: rendermime as never, createRenderer, dispose, node };
}

it('is loaded once, and nothing of what loaded it stays', async () => {
  const { rendermime, createRenderer, dispose, node } = registry(true, () => Promise.resolve());
  expect(await Promise.all([plotlyIn(rendermime), plotlyIn(rendermime)])).toEqual([WHOLE, WHOLE]);
  expect(createRenderer).toHaveBeenCalledTimes(1);
  expect(WHOLE.purge).toHaveBeenCalledWith(node);
  expect(dispose).toHaveBeenCalledTimes(1);
});

it('is said to be missing where nothing renders its figures', async () => {
  expect(await plotlyIn(registry(false, () => Promise.resolve()).rendermime)).toBeNull();
});

it('is tried again after it could not be loaded', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  let isBroken = true;
  const { rendermime, dispose } = registry(true, () =>
    isBroken ? Promise.reject(new Error('offline')) : Promise.resolve()
  );
  expect(await plotlyIn(rendermime)).toBeNull();
  expect(dispose).toHaveBeenCalledTimes(1);
  isBroken = false;
  expect(await plotlyIn(rendermime)).toBe(WHOLE);
  expect(warn).toHaveBeenCalled();
  warn.mockRestore();
});

it('is only what has all that is used of it', () => {
  expect(plotlyOf({ Plotly: WHOLE })).toBe(WHOLE);
  expect(plotlyOf({ Plotly: { react: WHOLE.react } })).toBeNull();
  expect(plotlyOf({ Plotly: null })).toBeNull();
  expect(plotlyOf({})).toBeNull();
});
