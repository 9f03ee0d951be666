/**
 * The server's events, kept open: one stream for the whole page, closed while the page is hidden (a browser opens
 * six connections to a server, over all of its tabs) and opened again with growing pauses when it breaks.
 */

import { ISignal, Signal } from '@lumino/signaling';

import { Client, isAbort } from './client';
import { errorOf, ServerError, troubled } from './errors';
import { EventReader, IMessage } from './stream';

export interface IEventsOptions {
  /** Milliseconds until the first attempt after a break; each one doubles it, up to `longest`. */
  shortest?: number;
  longest?: number;
  /** Milliseconds without a sign, a heartbeat included, until the stream counts as broken. */
  silence?: number;
  /** Milliseconds that a hidden page keeps its stream. */
  hidden?: number;
  /** Where hiding and showing is told; without one the page counts as shown. */
  page?: Document;
  /** A number from 0 to 1, so that the pages of a restarted server do not come back all at once. */
  random?: () => number;
}

/** `live`: it is open. `waiting`: it is not, and is tried again; `resting`: the page is hidden. */
export type StreamState = 'idle' | 'opening' | 'live' | 'waiting' | 'resting';

const DEFAULTS = { shortest: 1000, longest: 60_000, silence: 45_000, hidden: 10_000 };

export class EventStream {
  private readonly options: IEventsOptions & typeof DEFAULTS;
  private readonly said = new Signal<this, IMessage>(this);
  private readonly moved = new Signal<this, StreamState>(this);
  private running: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private now: StreamState = 'idle';
  private trouble: ServerError | null = null;

  constructor(
    private readonly client: Client,
    options: IEventsOptions = {}
  ) {
    this.options = { ...DEFAULTS, ...options };
    this.options.page?.addEventListener('visibilitychange', this.onVisibility);
  }

  /** Each message of the server. */
  get message(): ISignal<this, IMessage> {
    return this.said;
  }

  get changed(): ISignal<this, StreamState> {
    return this.moved;
  }

  get state(): StreamState {
    return this.now;
  }

  /** Why it is not open, null when it is or was never tried. */
  get error(): ServerError | null {
    return this.trouble;
  }

  /** Open it now, also when it waits. Nothing happens when it is open, or hidden. */
  start(): void {
    if (this.running === null && this.now !== 'resting') {
      clearTimeout(this.timer);
      void this.run();
    }
  }

  /** Close and open it: everything comes anew. */
  restart(): void {
    this.failures = 0;
    this.stop('idle');
    this.start();
  }

  dispose(): void {
    this.options.page?.removeEventListener('visibilitychange', this.onVisibility);
    this.stop('idle');
    Signal.clearData(this);
  }

  private stop(state: StreamState): void {
    clearTimeout(this.timer);
    clearTimeout(this.watch);
    const running = this.running;
    this.running = null;
    running?.abort();
    this.move(state);
  }

  private async run(): Promise<void> {
    const mine = new AbortController();
    this.running = mine;
    this.move('opening');
    let trouble = troubled('away');
    try {
      await this.listen(mine);
    } catch (error) {
      if (!isAbort(error)) {
        trouble = error instanceof ServerError ? error : troubled('away', 0, String(error));
      }
    }
    clearTimeout(this.watch);
    if (this.running === mine) {
      this.running = null;
      mine.abort();
      this.trouble = trouble;
      this.again();
    }
  }

  /** Returns when the stream ended, which a server does to a page that cannot keep up. */
  private async listen(mine: AbortController): Promise<void> {
    this.expectSign(mine);
    const response = await this.client.send(
      'events',
      { signal: mine.signal },
      { Accept: 'text/event-stream' }
    );
    if (!response.ok) {
      throw errorOf(response.status, await response.text());
    }
    if (response.body === null || !isStream(response)) {
      throw troubled(response.redirected ? 'login' : 'broken', response.status);
    }
    const reader = response.body.getReader();
    const text = new TextDecoder();
    const events = new EventReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (this.running !== mine) {
        return;
      }
      this.expectSign(mine);
      this.trouble = null;
      this.failures = 0;
      this.move('live');
      for (const message of events.read(text.decode(piece.value, { stream: true }))) {
        this.said.emit(message);
      }
    }
  }

  private expectSign(mine: AbortController): void {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => mine.abort(), this.options.silence);
  }

  private again(): void {
    const { shortest, longest, random = Math.random } = this.options;
    const pause = Math.min(shortest * 2 ** this.failures, longest);
    this.failures += 1;
    // The state is told after the timer is set: who hears of it may start at once.
    this.timer = setTimeout(() => this.start(), pause * (0.5 + random() / 2));
    this.move('waiting');
  }

  private move(state: StreamState): void {
    if (state !== this.now) {
      this.now = state;
      this.moved.emit(state);
    }
  }

  private readonly onVisibility = (): void => {
    if (this.options.page?.hidden) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.stop('resting'), this.options.hidden);
    } else if (this.now === 'resting' || this.now === 'waiting') {
      this.failures = 0;
      this.stop('idle');
      this.start();
    } else {
      clearTimeout(this.timer);
    }
  };
}

function isStream(response: Response): boolean {
  return (response.headers.get('content-type') ?? '').startsWith('text/event-stream');
}
