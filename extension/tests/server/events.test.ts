import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Client } from '../../src/server/client';
import { EventStream } from '../../src/server/events';
import { Live } from '../../src/server/live';
import type { IJobRow } from '../../src/server/types';
import { FakeServer, json, Stream } from './fake';

const OPTIONS = { shortest: 1000, longest: 8000, silence: 45_000, hidden: 10_000, random: () => 1 };

class Page extends EventTarget {
  hidden = false;

  show(shown: boolean): void {
    this.hidden = !shown;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

let server: FakeServer;
let streams: Stream[];

/** Let everything that is ready come to its end; no time passes. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await vi.advanceTimersByTimeAsync(0);
  }
}

function serve(): void {
  server.answer = request => {
    const stream = new Stream();
    request.signal.addEventListener('abort', () => stream.fail());
    streams.push(stream);
    return stream.response;
  };
}

function open(page?: Page): EventStream {
  return new EventStream(new Client(server.settings), {
    ...OPTIONS,
    page: page as unknown as Document
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  streams = [];
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the stream', () => {
  it('is live from the first sign on, and tells what comes', async () => {
    serve();
    const events = open();
    const told: string[] = [];
    events.message.connect((_, { event, data }) => told.push(`${event} ${data}`));
    events.start();
    await settle();
    expect(events.state).toBe('opening');
    streams[0].write(': \n\nevent: jobs\ndata: 1\n\n');
    await settle();
    expect(events.state).toBe('live');
    expect(told).toEqual(['jobs 1']);
    expect(server.asked[0].url).toContain('/flinklab/events');
    events.dispose();
  });

  it('comes again with growing pauses up to the longest', async () => {
    server.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const events = open();
    events.start();
    await settle();
    for (const pause of [1000, 2000, 4000, 8000, 8000]) {
      const before = server.asked.length;
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(server.asked.length).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      await settle();
      expect(server.asked.length).toBe(before + 1);
    }
    expect(events.state).toBe('waiting');
    expect(events.error?.trouble).toBe('away');
    events.dispose();
  });

  it('begins with the shortest pause again after it was live', async () => {
    server.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const events = open();
    events.start();
    await settle();
    await vi.advanceTimersByTimeAsync(1000 + 2000);
    serve();
    await vi.advanceTimersByTimeAsync(4000);
    await settle();
    streams[0].write(': \n\n');
    await settle();
    expect([events.state, events.error]).toEqual(['live', null]);
    streams[0].end();
    await settle();
    expect(events.state).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1000);
    await settle();
    expect(streams.length).toBe(2);
    events.dispose();
  });

  it('counts as broken when nothing is heard of it', async () => {
    serve();
    const events = open();
    events.start();
    await settle();
    streams[0].write(': \n\n');
    await settle();
    await vi.advanceTimersByTimeAsync(44_000);
    streams[0].write(': \n\n');
    await settle();
    await vi.advanceTimersByTimeAsync(44_000);
    expect(events.state).toBe('live');
    await vi.advanceTimersByTimeAsync(1000);
    await settle();
    expect(events.state).toBe('waiting');
    events.dispose();
  });

  it('rests while the page is hidden for long, and comes back with it', async () => {
    serve();
    const page = new Page();
    const events = open(page);
    events.start();
    await settle();
    streams[0].write(': \n\n');
    await settle();
    page.show(false);
    await vi.advanceTimersByTimeAsync(9000);
    page.show(true);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(events.state).toBe('live');
    streams[0].write(': \n\n');
    page.show(false);
    await vi.advanceTimersByTimeAsync(10_000);
    await settle();
    expect(events.state).toBe('resting');
    expect(streams[0].closed).toBe(true);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(streams.length).toBe(1);
    page.show(true);
    await settle();
    expect(streams.length).toBe(2);
    events.dispose();
  });

  it('is not opened by a pause that ends while the page is hidden', async () => {
    server.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const page = new Page();
    const events = open(page);
    events.start();
    await settle();
    page.show(false);
    const before = server.asked.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(server.asked.length).toBe(before);
    page.show(true);
    await settle();
    expect(server.asked.length).toBe(before + 1);
    events.dispose();
  });

  it('says that a login has expired', async () => {
    server.answer = () => json({ message: 'Forbidden', reason: null }, 403);
    const events = open();
    events.start();
    await settle();
    expect(events.error?.trouble).toBe('login');
    events.dispose();
  });

  it('asks nothing any more once it is disposed of', async () => {
    serve();
    const events = open();
    events.start();
    await settle();
    events.dispose();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(server.asked.length).toBe(1);
    expect(streams[0].closed).toBe(true);
  });
});

function row(name: string, state: IJobRow['state'] = 'running'): IJobRow {
  return { team: 'my', environment: 'dev', name, state } as IJobRow;
}

function event(name: string, value: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
}

describe('what is known live', () => {
  it('is asked for when the first one wants to know', async () => {
    serve();
    const live = new Live(new Client(server.settings), OPTIONS);
    await settle();
    expect(server.asked).toEqual([]);
    live.changed.connect(() => undefined);
    await settle();
    expect(server.asked.length).toBe(1);
    live.dispose();
  });

  it('takes changes and what is gone into what it knows', async () => {
    serve();
    const live = new Live(new Client(server.settings), OPTIONS);
    const told: string[] = [];
    live.changed.connect((_, part) => told.push(part));
    await settle();
    expect([live.hasJobs, live.stale]).toEqual([false, true]);
    streams[0].write(event('jobs', { all: true, rows: [row('a'), row('b')], gone: [] }));
    await settle();
    expect([live.hasJobs, live.stale]).toEqual([true, false]);
    const before = live.jobs;
    expect(live.jobs).toBe(before);
    const gone = [{ team: 'my', environment: 'dev', name: 'a' }];
    streams[0].write(event('jobs', { all: false, rows: [row('b', 'failed')], gone }));
    streams[0].write(event('clusters', [{ name: 'main' }]));
    await settle();
    expect(live.jobs).not.toBe(before);
    expect(live.jobs.map(each => [each.name, each.state])).toEqual([['b', 'failed']]);
    expect(live.job({ team: 'my', environment: 'dev', name: 'b' })?.state).toBe('failed');
    expect(live.clusters.map(each => each.name)).toEqual(['main']);
    expect(told).toContain('clusters');
    live.dispose();
  });

  it('stays, marked as old, when the server is away, and comes anew with it', async () => {
    serve();
    const live = new Live(new Client(server.settings), OPTIONS);
    live.changed.connect(() => undefined);
    await settle();
    streams[0].write(event('jobs', { all: true, rows: [row('a')], gone: [] }));
    await settle();
    streams[0].end();
    await settle();
    expect([live.stale, live.jobs.length]).toEqual([true, 1]);
    live.refresh();
    await settle();
    streams[1].write(event('jobs', { all: true, rows: [row('c')], gone: [] }));
    await settle();
    expect(live.stale).toBe(false);
    expect(live.jobs.map(each => each.name)).toEqual(['c']);
    live.dispose();
  });

  it('goes on after an event that cannot be read', async () => {
    serve();
    const live = new Live(new Client(server.settings), OPTIONS);
    live.changed.connect(() => undefined);
    await settle();
    streams[0].write('event: jobs\ndata: {\n\n');
    streams[0].write(event('clusters', [{ name: 'main' }]));
    await settle();
    expect(live.clusters.length).toBe(1);
    live.dispose();
  });
});
