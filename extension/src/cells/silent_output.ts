/** An output that says only where the cell is wrong takes no room below it. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

import { PROBLEM_MIME } from './problems';

/** Between HTML (50), which is drawn where an output has both, and plain text (120). */
const RANK = 100;

class SilentOutput extends Widget implements IRenderMime.IRenderer {
  constructor() {
    super();
    this.addClass('flinklab-SilentOutput');
  }

  async renderModel(): Promise<void> {
    return;
  }
}

export const silentRenderer: IRenderMime.IRendererFactory = {
  safe: true,
  mimeTypes: [PROBLEM_MIME],
  defaultRank: RANK,
  createRenderer: () => new SilentOutput()
};
