// @vitest-environment node

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Pause } from '../../src/common/pause';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a pause', () => {
  it('lets only the last of what is asked for happen', () => {
    const done: number[] = [];
    const pause = new Pause(250);
    for (let at = 0; at < 5; at++) {
      pause.then(() => done.push(at));
      vi.advanceTimersByTime(200);
    }
    expect(done).toEqual([]);
    vi.advanceTimersByTime(50);
    expect(done).toEqual([4]);
  });

  it('is given up', () => {
    const done: number[] = [];
    const pause = new Pause(250);
    pause.then(() => done.push(1));
    pause.cancel();
    vi.runAllTimers();
    expect(done).toEqual([]);
  });
});
