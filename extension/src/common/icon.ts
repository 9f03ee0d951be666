/** The icon of the panel: streams that run together. */

import { LabIcon } from '@jupyterlab/ui-components';

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 22 22">
  <g class="jp-icon3" fill="none" stroke="#616161" stroke-width="2" stroke-linecap="round">
    <path class="jp-icon-none" d="M3 5h3c4 0 4 6 8 6h1"/>
    <path class="jp-icon-none" d="M3 11h12"/>
    <path class="jp-icon-none" d="M3 17h3c4 0 4-6 8-6"/>
  </g>
  <circle class="jp-icon3" cx="17" cy="11" r="3" fill="#616161"/>
</svg>`;

export const flinkIcon = new LabIcon({ name: 'flinklab:flink', svgstr: SVG });
