/** How the parts of the page get at the server: `requires: [IFlinklab]` in a plugin. */

import { Token } from '@lumino/coreutils';

import type { Client } from './client';
import type { Live } from './live';

export interface IFlinklab {
  readonly client: Client;
  /** What the events told last; the one stream of the page. */
  readonly live: Live;
}

export const IFlinklab = new Token<IFlinklab>(
  'flinklab:IFlinklab',
  'Requests to the server side of flinklab, and what its events told last.'
);
