/** A value that parts of the page show, and that tells them when it is another one. */

import { useSyncExternalStore } from 'react';

export class Store<T> {
  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    if (Object.is(value, this.current)) {
      return;
    }
    this.current = value;
    for (const listener of [...this.listeners]) {
      listener();
    }
  }

  /** Bound, as React's hooks call it without its object. Returns what ends the listening. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  private readonly listeners = new Set<() => void>();
}

/** The value of a store in a React component, which is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, () => store.value);
}
