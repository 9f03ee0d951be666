/** Does something once a person has paused: a search while they type. */

export class Pause {
  constructor(private readonly milliseconds: number) {}

  /** Runs `action` after the pause, unless something else is asked for before. */
  then(action: () => void): void {
    this.cancel();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      action();
    }, this.milliseconds);
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private timer: ReturnType<typeof setTimeout> | undefined;
}
