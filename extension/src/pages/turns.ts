/** Work of the page that takes long, one piece at a time, with room between for what a person does. */

const LATEST = 300; // ms after which a piece has its turn although the page is busy

/** Pieces run in the order in which they came. */
export class Turns {
  /** `idle`: fulfilled when the page has time. */
  constructor(private readonly idle: () => Promise<void> = whenIdle) {}

  /** Fulfilled when the work is done; rejects with what it throws, which does not stop what comes after. */
  take(work: () => Promise<void>): Promise<void> {
    const mine = this.last.then(this.idle).then(work);
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private last: Promise<void> = Promise.resolve();
}

function whenIdle(): Promise<void> {
  return new Promise(resolve => {
    if (typeof requestIdleCallback === 'function') {
      requestIdleCallback(() => resolve(), { timeout: LATEST });
    } else {
      setTimeout(resolve, 0);
    }
  });
}
