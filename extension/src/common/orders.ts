/** Orders to a job, given by a button and followed until they are over. They go on without the page. */

import type { Client } from '../server/client';
import { lineOf } from '../server/client';
import { keyOf } from '../server/live';
import type { Live, LivePart } from '../server/live';
import type { CommandKind, ICommand, IJobKey, IOrder } from '../server/types';
import { Store } from './store';

/** How an order stands, in a line. */
export interface IStanding {
  kind: CommandKind;
  words: string;
  phase: 'open' | 'done' | 'failed';
}

export type Standings = ReadonlyMap<string, IStanding>;

const SHOWN = 20_000; // ms for which what went well is told
const CHECK = 5000; // ms between two looks while nothing is heard
const LOOKS = 5; // failed looks at an order until it is no longer followed

/** Of the jobs that orders were given to from this page. */
export class Orders {
  constructor(
    private readonly client: Client,
    private readonly live: Live,
    private readonly pauses = { shown: SHOWN, check: CHECK }
  ) {}

  /** By the key of the job. */
  readonly standings = new Store<Standings>(new Map());

  /** Gives an order and follows it. The promise is fulfilled when the order is recorded or refused. */
  async give(job: IJobKey, order: IOrder): Promise<void> {
    const key = keyOf(job);
    this.stopFollowing(key);
    this.tell(key, { kind: order.kind, words: `${order.kind}: asking…`, phase: 'open' });
    try {
      const command = await this.client.order(job, order);
      this.take(job, order.kind, command);
    } catch (error) {
      this.tell(key, {
        kind: order.kind,
        words: `${order.kind}: ${lineOf(error)}`,
        phase: 'failed'
      });
    }
  }

  /** Takes the line of a job away. */
  forget(job: IJobKey): void {
    this.stopFollowing(keyOf(job));
    this.tell(keyOf(job), null);
  }

  dispose(): void {
    for (const key of [...this.following.keys()]) {
      this.stopFollowing(key);
    }
  }

  private take(job: IJobKey, kind: CommandKind, command: ICommand): void {
    const key = keyOf(job);
    this.stopFollowing(key);
    const phase = phaseOf(command);
    this.tell(key, { kind, words: `${kind}: ${command.words}`, phase });
    if (phase === 'open') {
      this.follow(job, kind, command.id);
    } else if (phase === 'done') {
      const timer = setTimeout(() => this.forget(job), this.pauses.shown);
      this.following.set(key, () => clearTimeout(timer));
    }
  }

  /** Looks again when the job's row changes, and now and then while the events are silent. */
  private follow(job: IJobKey, kind: CommandKind, id: string): void {
    const key = keyOf(job);
    let over = false;
    let looking = false;
    let failures = 0;
    let row = this.live.job(job);
    const look = async () => {
      if (looking) {
        return;
      }
      looking = true;
      try {
        const found = commandOf(await this.client.job(job), id);
        if (over) {
          return;
        }
        failures = 0;
        if (found) {
          this.take(job, kind, found);
        } else {
          this.forget(job);
        }
      } catch (error) {
        failures += 1;
        if (!over && failures >= LOOKS) {
          this.stopFollowing(key);
          this.tell(key, { kind, words: `${kind}: ${lineOf(error)}`, phase: 'failed' });
        }
      } finally {
        looking = false;
      }
    };
    const onChange = (_: Live, part: LivePart) => {
      const now = this.live.job(job);
      if (part === 'jobs' && now !== row) {
        row = now;
        void look();
      }
    };
    this.live.changed.connect(onChange);
    const timer = setInterval(() => void look(), this.pauses.check);
    this.following.set(key, () => {
      over = true;
      clearInterval(timer);
      this.live.changed.disconnect(onChange);
    });
  }

  private stopFollowing(key: string): void {
    this.following.get(key)?.();
    this.following.delete(key);
  }

  private tell(key: string, standing: IStanding | null): void {
    const next = new Map(this.standings.value);
    if (standing) {
      next.set(key, standing);
    } else {
      next.delete(key);
    }
    this.standings.set(next);
  }

  private readonly following = new Map<string, () => void>();
}

function phaseOf(command: ICommand): IStanding['phase'] {
  if (command.state === 'waiting' || command.state === 'running') {
    return 'open';
  }
  return command.state === 'done' ? 'done' : 'failed';
}

function commandOf(job: { open: ICommand | null; commands: ICommand[] }, id: string) {
  return job.open?.id === id ? job.open : job.commands.find(each => each.id === id);
}
