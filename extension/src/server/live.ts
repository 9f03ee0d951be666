/** What the events told last: jobs, clusters and status as all parts of the page share them. */

import { ISignal, Signal } from '@lumino/signaling';

import { Client } from './client';
import { ServerError } from './errors';
import { EventStream, IEventsOptions } from './events';
import type { IClusterRow, IJobKey, IJobRow, IJobsEvent, IStatus } from './types';

/** What of it is different now. */
export type LivePart = 'jobs' | 'clusters' | 'status' | 'connection';

/** One text per job, to keep it by in maps and as React's key. */
export function keyOf(job: IJobKey): string {
  return JSON.stringify([job.team, job.environment, job.name]);
}

/**
 * Starts when the first part connects to `changed`. When the server is away the last known stays, and `stale` says
 * so; when it is back everything comes anew.
 */
export class Live {
  private readonly stream: EventStream;
  private readonly different = new Signal<this, LivePart>(this);
  private readonly rows = new Map<string, IJobRow>();
  private sorted: readonly IJobRow[] | null = null;
  private known: readonly IClusterRow[] = [];
  private standing: IStatus | null = null;
  private isAll = false;

  constructor(client: Client, options: IEventsOptions = {}) {
    this.stream = new EventStream(client, options);
    this.stream.message.connect((_, { event, data }) => this.take(event, data));
    this.stream.changed.connect(() => this.different.emit('connection'));
  }

  /** Told after the change. */
  get changed(): ISignal<this, LivePart> {
    this.stream.start();
    return this.different;
  }

  /** In no order of meaning; the same array until something changes. */
  get jobs(): readonly IJobRow[] {
    this.sorted ??= [...this.rows.values()];
    return this.sorted;
  }

  job(key: IJobKey): IJobRow | undefined {
    return this.rows.get(keyOf(key));
  }

  get clusters(): readonly IClusterRow[] {
    return this.known;
  }

  /** Null until the server told it. */
  get status(): IStatus | null {
    return this.standing;
  }

  /** Whether the jobs were told once: without that an empty list means nothing. */
  get hasJobs(): boolean {
    return this.isAll;
  }

  /** What is shown may be old: nothing is heard from the server now. */
  get stale(): boolean {
    return this.stream.state !== 'live';
  }

  /** Why nothing is heard, null when all is well. */
  get error(): ServerError | null {
    return this.stream.error;
  }

  /** Try at once instead of after a pause; of a stream that is open, ask for everything anew. */
  refresh(): void {
    this.stream.restart();
  }

  dispose(): void {
    this.stream.dispose();
    Signal.clearData(this);
  }

  private take(event: string, data: string): void {
    if (event === 'jobs') {
      this.takeJobs(JSON.parse(data) as IJobsEvent);
    } else if (event === 'clusters') {
      this.known = JSON.parse(data) as IClusterRow[];
      this.different.emit('clusters');
    } else if (event === 'status') {
      this.standing = JSON.parse(data) as IStatus;
      this.different.emit('status');
    }
  }

  private takeJobs(told: IJobsEvent): void {
    if (told.all) {
      this.rows.clear();
      this.isAll = true;
    }
    for (const key of told.gone) {
      this.rows.delete(keyOf(key));
    }
    for (const row of told.rows) {
      this.rows.set(keyOf(row), row);
    }
    this.sorted = null;
    this.different.emit('jobs');
  }
}
