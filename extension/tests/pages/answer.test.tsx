import { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { useAnswer } from '../../src/pages/answer';
import type { IAnswer } from '../../src/pages/answer';
import type { IAsked } from '../../src/server/client';

const EVERY = 10_000;

interface IProps {
  what: string;
  visible: boolean;
  every?: number;
}

/** What was asked for and is not answered yet. */
interface IOpen {
  what: string;
  signal?: AbortSignal;
  answer: (value: string) => Promise<void>;
  fail: (message: string) => Promise<void>;
}

let root: Root;
let asked: IOpen[];
let shown: IAnswer<string> & { again: () => void };

function Asker({ what, visible, every = EVERY }: IProps): null {
  const ask = ({ signal }: IAsked) =>
    new Promise<string>((resolve, reject) => {
      asked.push({
        what,
        signal,
        answer: async value => act(async () => resolve(value)),
        fail: async message => act(async () => reject(new Error(message)))
      });
    });
  const answer = useAnswer(what, ask, every, visible);
  // The test reads what the hook gives, as a component would.
  Object.assign(shown, answer);
  return null;
}

const draw = (props: IProps) => act(async () => root.render(<Asker {...props} />));
const pass = (time: number) => act(async () => vi.advanceTimersByTimeAsync(time));

beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  vi.useFakeTimers();
  asked = [];
  shown = {} as typeof shown;
  root = createRoot(document.createElement('div'));
});

afterEach(async () => {
  await act(async () => root.unmount());
  vi.useRealTimers();
});

describe('useAnswer', () => {
  it('asks again only some time after the answer came', async () => {
    await draw({ what: 'a', visible: true });
    await pass(5 * EVERY);
    expect(asked).toHaveLength(1);
    await asked[0].answer('first');
    expect(shown.value).toBe('first');
    await pass(EVERY - 1);
    expect(asked).toHaveLength(1);
    await pass(1);
    expect(asked).toHaveLength(2);
  });

  it('asks for nothing out of sight, and back in sight not before it is due', async () => {
    await draw({ what: 'a', visible: false });
    await pass(EVERY);
    expect(asked).toHaveLength(0);
    await draw({ what: 'a', visible: true });
    await pass(0);
    await asked[0].answer('first');
    await draw({ what: 'a', visible: false });
    await pass(EVERY / 2);
    await draw({ what: 'a', visible: true });
    await pass(EVERY / 2 - 1);
    expect(asked).toHaveLength(1);
    await pass(1);
    expect(asked).toHaveLength(2);
  });

  it('keeps what came last when asking fails, and says why', async () => {
    await draw({ what: 'a', visible: true });
    await pass(0);
    await asked[0].answer('first');
    await pass(EVERY);
    await asked[1].fail('the cluster is down');
    expect(shown).toMatchObject({ value: 'first', error: 'the cluster is down', asking: false });
    await pass(EVERY);
    await asked[2].answer('second');
    expect(shown).toMatchObject({ value: 'second', error: '' });
  });

  it('gives up what it asked for when it is about something else', async () => {
    await draw({ what: 'a', visible: true });
    await pass(0);
    await draw({ what: 'b', visible: true });
    await pass(0);
    expect(asked.map(each => each.what)).toEqual(['a', 'b']);
    expect(asked[0].signal?.aborted).toBe(true);
    await asked[0].answer('late');
    expect(shown.value).toBeNull();
    await asked[1].answer('new');
    expect(shown.value).toBe('new');
  });

  it('asks once for what does not change, and again by hand', async () => {
    await draw({ what: 'a', visible: true, every: 0 });
    await pass(0);
    await asked[0].answer('first');
    await draw({ what: 'a', visible: false, every: 0 });
    await draw({ what: 'a', visible: true, every: 0 });
    await pass(EVERY);
    expect(asked).toHaveLength(1);
    await act(async () => shown.again());
    await pass(0);
    expect(asked).toHaveLength(2);
  });

  it('gives up with its page', async () => {
    await draw({ what: 'a', visible: true });
    await pass(0);
    await act(async () => root.render(null));
    expect(asked[0].signal?.aborted).toBe(true);
  });
});
