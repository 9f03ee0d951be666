/** Why a request came to nothing, told apart by what a person can do about it. */

/**
 * - `refused`: the server says why, and what to do.
 * - `login`: it does not know us any more; a person has to log in again.
 * - `missing`: this Jupyter server has no flinklab in it.
 * - `away`: nobody answers.
 * - `broken`: something else answered than flinklab's own handlers.
 */
export type Trouble = 'refused' | 'login' | 'missing' | 'away' | 'broken';

export class ServerError extends Error {
  /**
   * @param status - of the reply, 0 when there was none
   * @param message - one line that says what to do
   * @param hint - more of it; may be empty
   */
  constructor(
    readonly trouble: Trouble,
    readonly status: number,
    message: string,
    readonly hint = ''
  ) {
    super(message);
    this.name = 'ServerError';
  }

  /** The message with its hint, as a person reads them. */
  get text(): string {
    return this.hint ? `${this.message} (${this.hint})` : this.message;
  }
}

const MESSAGES: Record<Exclude<Trouble, 'refused'>, string> = {
  login:
    'Your login at the Jupyter server has expired: log in again in another tab, then this page goes on by itself, ' +
    'or load it again',
  missing:
    'This Jupyter server has no flinklab: install it where the server runs, then restart the server',
  away: 'The Jupyter server does not answer: it is tried again by itself',
  broken: 'The Jupyter server gave an answer that is none of flinklab'
};

/** The error of a kind that flinklab's handlers did not word themselves. */
export function troubled(trouble: Exclude<Trouble, 'refused'>, status = 0, hint = ''): ServerError {
  return new ServerError(trouble, status, MESSAGES[trouble], hint);
}

/**
 * What a reply without success means. Flinklab's handlers answer with `message` and `hint`; Jupyter's own answers
 * have no `hint`.
 */
export function errorOf(status: number, text: string): ServerError {
  const { message, hint } = parsed(text);
  if (typeof message === 'string' && typeof hint === 'string') {
    return new ServerError('refused', status, message, hint);
  }
  if (status === 401 || status === 403) {
    return troubled('login', status);
  }
  if (status === 404) {
    return troubled('missing', status);
  }
  if (status === 502 || status === 503 || status === 504) {
    return troubled('away', status);
  }
  return troubled('broken', status, typeof message === 'string' ? message : `status ${status}`);
}

function parsed(text: string): { message?: unknown; hint?: unknown } {
  try {
    const found: unknown = JSON.parse(text);
    return found !== null && typeof found === 'object' ? found : {};
  } catch {
    return {};
  }
}
