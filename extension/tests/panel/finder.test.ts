import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Finder } from '../../src/panel/finder';
import type { INodes } from '../../src/server/types';

const PAUSE = 250;
const MOST = 2;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function hits(...names: string[]): INodes {
  const nodes = names.map(name => ({
    path: ['dw', 'table', name],
    label: name,
    icon: 'table' as const,
    detail: '',
    note: '',
    opens: true
  }));
  return { nodes, after: null };
}

/** A finder whose questions are answered by the test. */
function finder() {
  const asked: { text: string; signal: AbortSignal; answer: (found: INodes | Error) => void }[] =
    [];
  const made = new Finder(
    async () => ({ nodes: [], after: null }),
    (text, signal) =>
      new Promise((resolve, reject) => {
        const answer = (found: INodes | Error) =>
          found instanceof Error ? reject(found) : resolve(found);
        asked.push({ text, signal, answer });
      }),
    MOST,
    PAUSE
  );
  const labels = () =>
    made.tree.rows.value.map(row => (row.kind === 'node' ? row.node.label : row.text));
  return { made, asked, labels };
}

describe('a search while one types', () => {
  it('asks once, after a pause', async () => {
    const { made, asked, labels } = finder();
    for (const text of ['o', 'or', 'ord']) {
      made.search(text);
      await vi.advanceTimersByTimeAsync(PAUSE - 1);
    }
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.map(each => each.text)).toEqual(['ord']);
    asked[0].answer(hits('orders'));
    await vi.runAllTimersAsync();
    expect(labels()).toEqual(['orders']);
    expect(made.said.value).toEqual({ text: '1 hit', isWrong: false });
  });

  it('gives up what is no longer wanted, and takes no late answer', async () => {
    const { made, asked, labels } = finder();
    made.search('ord');
    await vi.advanceTimersByTimeAsync(PAUSE);
    made.search('pay');
    expect(asked[0].signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(PAUSE);
    asked[1].answer(hits('payments'));
    await vi.runAllTimersAsync();
    asked[0].answer(hits('orders'));
    await vi.runAllTimersAsync();
    expect(labels()).toEqual(['payments']);
  });

  it('says that there may be more, that there is nothing, and why it failed', async () => {
    const { made, asked, labels } = finder();
    const found = async (text: string, answer: INodes | Error) => {
      made.search(text);
      await vi.advanceTimersByTimeAsync(PAUSE);
      asked[asked.length - 1].answer(answer);
      await vi.runAllTimersAsync();
      return made.said.value;
    };
    expect(await found('a', hits('a', 'b'))).toEqual({ text: 'the best 2', isWrong: false });
    expect(await found('b', new Error('too slow'))).toEqual({ text: 'too slow', isWrong: true });
    expect(labels()).toEqual(['a', 'b']);
    expect(await found('c', hits())).toEqual({ text: 'nothing found', isWrong: false });
    expect(labels()).toEqual([]);
  });

  it('is over with an empty text', async () => {
    const { made, asked, labels } = finder();
    made.search('ord');
    made.search('');
    await vi.runAllTimersAsync();
    expect(asked).toEqual([]);
    expect(labels()).toEqual([]);
  });
});
