/** The pictures of the commands on a cell, in the theme's own colour. */

import { LabIcon } from '@jupyterlab/ui-components';

export const runIcon = drawn('run', '<path d="M4 2.5v11l9.5-5.5z"/>');

export const checkIcon = drawn(
  'check',
  '<path d="M6.2 12.6 1.8 8.2l1.5-1.5 2.9 2.9 6.5-6.5 1.5 1.5z"/>'
);

/** A plan: one operator that two others feed. */
export const explainIcon = drawn(
  'explain',
  '<path d="M6 1h4v4H8.75v2.25H13V10h1.5v4h-4v-4h1V8.75h-7V10h1v4h-4v-4H3V7.25h4.25V5H6z"/>'
);

/** From the cell up to where jobs are kept. */
export const promoteIcon = drawn(
  'promote',
  '<path d="M2 1.5h12V3H2zM8 4.2l4.5 4.6H9.4v3.4H6.6V8.8H3.5zM6.6 13.2h2.8v1.5H6.6z"/>'
);

export const stopIcon = drawn('stop', '<path d="M3.5 3.5h9v9h-9z"/>');

function drawn(name: string, path: string): LabIcon {
  const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16"><g class="jp-icon3" fill="#616161">${path}</g></svg>`;
  return new LabIcon({ name: `flinklab:${name}`, svgstr });
}
