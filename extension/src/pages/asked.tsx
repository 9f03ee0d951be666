/** What was asked for, or that it is on its way, or why it did not come. */

import React from 'react';

import type { IAnswer } from './answer';

export interface IAskedProps<T> {
  answer: IAnswer<T> & { again: () => void };
  /** What is said until it comes the first time. */
  waiting: string;
  children: (value: T) => React.ReactNode;
}

/** What came last stays below an error. */
export function Asked<T>({ answer, waiting, children }: IAskedProps<T>): React.JSX.Element {
  return (
    <>
      {answer.error && (
        <p className="flinklab-Page-trouble" role="alert">
          {answer.error}{' '}
          <button type="button" className="jp-mod-styled" onClick={answer.again}>
            Try again
          </button>
        </p>
      )}
      {answer.value !== null
        ? children(answer.value)
        : !answer.error && (
            <p className="flinklab-Page-soft" role="status">
              {waiting}
            </p>
          )}
    </>
  );
}
