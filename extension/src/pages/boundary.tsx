/** Keeps a page when one of its parts fails. */

import React from 'react';

interface IState {
  error: unknown;
}

/** Shows what failed in the place of its children, until it is another section (its `key`). */
export class Boundary extends React.Component<React.PropsWithChildren, IState> {
  override state: IState = { error: null };

  static getDerivedStateFromError(error: unknown): IState {
    return { error };
  }

  override componentDidCatch(error: unknown): void {
    console.error('flinklab: a part of a page failed', error);
  }

  override render(): React.ReactNode {
    if (this.state.error === null) {
      return this.props.children;
    }
    return (
      <p className="flinklab-Page-trouble" role="alert">
        This part of the page failed: {String(this.state.error)}. Please report it; the console of
        the browser says more.
      </p>
    );
  }
}
