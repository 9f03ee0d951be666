import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Orders } from '../../src/common/orders';
import { questionOf } from '../../src/common/questions';
import type { Client } from '../../src/server/client';
import { keyOf } from '../../src/server/live';
import type { Live, LivePart } from '../../src/server/live';
import type { ICommand, IJobKey } from '../../src/server/types';

const JOB: IJobKey = { team: 'dw', environment: 'prod', name: 'orders' };
const PAUSES = { shown: 20_000, check: 5000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function command(state: ICommand['state'], words: string): ICommand {
  return {
    id: 'c1',
    kind: 'stop',
    state,
    step: '',
    outcome: '',
    words,
    why: '',
    by: 'ana',
    asked: 0,
    ended: null
  };
}

/** The server and its events as far as orders look at them. */
class Played {
  now = command('waiting', 'waiting');
  row = {};
  looks = 0;
  refusal: Error | null = null;
  away = false;
  changed = new Signal<Live, LivePart>(this as unknown as Live);

  async order(): Promise<ICommand> {
    if (this.refusal) {
      throw this.refusal;
    }
    return this.now;
  }

  async job() {
    this.looks += 1;
    if (this.away) {
      throw new Error('away');
    }
    const isOpen = this.now.state === 'waiting' || this.now.state === 'running';
    return { open: isOpen ? this.now : null, commands: [this.now] };
  }

  async tell(now: ICommand): Promise<void> {
    this.now = now;
    this.row = {};
    this.changed.emit('jobs');
    await vi.advanceTimersByTimeAsync(0);
  }
}

function given(played: Played) {
  const live = { changed: played.changed, job: () => played.row } as unknown as Live;
  const orders = new Orders(played as unknown as Client, live, PAUSES);
  return { orders, standing: () => orders.standings.value.get(keyOf(JOB)) };
}

describe('an order to a job', () => {
  it('is followed until it is done, told for a while, and forgotten', async () => {
    const played = new Played();
    const { orders, standing } = given(played);
    await orders.give(JOB, { kind: 'stop' });
    expect(standing()).toEqual({ kind: 'stop', words: 'stop: waiting', phase: 'open' });
    await played.tell(command('running', 'stopping'));
    expect(standing()?.words).toBe('stop: stopping');
    await played.tell(command('done', 'done: savepoint s3://p/1'));
    expect(standing()).toMatchObject({ words: 'stop: done: savepoint s3://p/1', phase: 'done' });
    await vi.advanceTimersByTimeAsync(PAUSES.shown);
    expect(standing()).toBeUndefined();
    const looks = played.looks;
    await played.tell(command('done', 'x'));
    expect(played.looks).toBe(looks);
  });

  it('is looked at now and then while no event comes', async () => {
    const played = new Played();
    const { orders, standing } = given(played);
    await orders.give(JOB, { kind: 'stop' });
    played.now = command('failed', 'failed: no room for a savepoint');
    await vi.advanceTimersByTimeAsync(PAUSES.check);
    expect(standing()).toMatchObject({
      words: 'stop: failed: no room for a savepoint',
      phase: 'failed'
    });
    await vi.advanceTimersByTimeAsync(PAUSES.shown * 2);
    expect(standing()?.phase).toBe('failed');
    orders.forget(JOB);
    expect(standing()).toBeUndefined();
  });

  it('that is refused says so', async () => {
    const played = new Played();
    played.refusal = new Error('dw.orders is stopped already');
    const { orders, standing } = given(played);
    await orders.give(JOB, { kind: 'stop' });
    expect(standing()).toMatchObject({
      words: 'stop: dw.orders is stopped already',
      phase: 'failed'
    });
  });

  it('is not followed without end when the server is away', async () => {
    const played = new Played();
    const { orders, standing } = given(played);
    await orders.give(JOB, { kind: 'stop' });
    played.away = true;
    await vi.advanceTimersByTimeAsync(PAUSES.check * 20);
    expect(standing()).toMatchObject({ words: 'stop: away', phase: 'failed' });
    expect(played.looks).toBe(5);
  });

  it('leaves nothing that goes on when the page is done with it', async () => {
    const played = new Played();
    const { orders } = given(played);
    await orders.give(JOB, { kind: 'stop' });
    orders.dispose();
    await vi.advanceTimersByTimeAsync(PAUSES.check * 3);
    await played.tell(command('running', 'stopping'));
    expect(played.looks).toBe(0);
  });
});

describe('a question before an order', () => {
  it('is asked for what ends or interrupts a job', () => {
    expect(questionOf('stop', JOB)?.title).toBe('Stop dw.orders (prod)?');
    expect(questionOf('restart', JOB)).not.toBeNull();
    expect(questionOf('cancel', JOB)?.warns).toBe(true);
    expect(questionOf('start', JOB)).toBeNull();
    expect(questionOf('savepoint', JOB)).toBeNull();
  });
});
