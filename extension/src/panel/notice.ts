/** What the panel has to say of itself: why it shows nothing, or that what it shows is old. */

import type { ServerError } from '../server/errors';
import type { IStatus } from '../server/types';

export interface INotice {
  text: string;
  /** `old`: what is shown stays and may be out of date; `none`: there is nothing to show. */
  kind: 'old' | 'none';
  /** What a button offers. */
  offer: 'reload' | 'retry' | null;
}

/** What is known of the connection, as `Live` has it. */
export interface IConnection {
  status: IStatus | null;
  error: ServerError | null;
  stale: boolean;
  /** When something was heard last, null for never. */
  heard: string | null;
}

const NO_CATALOG =
  'There is no shared catalog: `flinklab db init` in a terminal makes one, then restart the server.';

/** Null when all is well, or when nothing can be said yet. */
export function noticeOf({ status, error, stale, heard }: IConnection): INotice | null {
  if (error && stale) {
    const offer = error.trouble === 'login' ? 'reload' : 'retry';
    if (!heard) {
      return { text: error.text, kind: 'none', offer };
    }
    return { text: `${error.text}. Shown is what was known at ${heard}.`, kind: 'old', offer };
  }
  if (status?.problem) {
    return { text: status.problem, kind: 'none', offer: 'retry' };
  }
  return status && status.catalog === null
    ? { text: NO_CATALOG, kind: 'none', offer: 'retry' }
    : null;
}
