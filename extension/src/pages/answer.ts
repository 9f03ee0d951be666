/** Something that the server is asked for again and again while it is in sight. */

import { useCallback, useEffect, useRef, useState } from 'react';

import { isAbort, lineOf } from '../server/client';
import type { IAsked } from '../server/client';

/** `value` stays when asking fails; `error` is a line, empty when all is well. */
export interface IAnswer<T> {
  value: T | null;
  error: string;
  /** It is being asked for. */
  asking: boolean;
  /** When `value` came, in milliseconds since 1970. */
  at: number | null;
}

const NOTHING = { value: null, error: '', asking: true, at: null };

/**
 * Asks at once and then every `every` milliseconds (never: 0) after the answer, while `visible`; never twice at the
 * same time. `what` names it: another name begins anew, and what was asked for before is given up.
 */
export function useAnswer<T>(
  what: string,
  ask: (asked: IAsked) => Promise<T>,
  every: number,
  visible: boolean
): IAnswer<T> & { again: () => void } {
  const [state, setState] = useState<{ what: string; answer: IAnswer<T> }>({
    what,
    answer: NOTHING
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  const due = useRef({ what: '', at: 0 });
  useEffect(() => {
    latest.current = ask;
  });
  useEffect(() => {
    if (!visible) {
      return;
    }
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const put = (answer: (before: IAnswer<T>) => IAnswer<T>) =>
      setState(before => ({
        what,
        answer: answer(before.what === what ? before.answer : NOTHING)
      }));
    const look = async () => {
      put(before => ({ ...before, asking: true }));
      try {
        const value = await latest.current({ signal: gone.signal });
        if (!gone.signal.aborted) {
          put(() => ({ value, error: '', asking: false, at: Date.now() }));
        }
      } catch (error) {
        if (gone.signal.aborted || isAbort(error)) {
          return;
        }
        put(before => ({ ...before, error: lineOf(error), asking: false }));
      }
      if (gone.signal.aborted) {
        return;
      }
      due.current = { what, at: every ? Date.now() + every : Infinity };
      if (every) {
        timer = setTimeout(() => void look(), every);
      }
    };
    // Back in sight before it is due: what is shown is new enough.
    const left = due.current.what === what ? due.current.at - Date.now() : 0;
    if (left === Infinity) {
      return;
    }
    timer = setTimeout(() => void look(), Math.max(0, left));
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [what, every, visible, turn]);
  const again = useCallback(() => {
    due.current = { what: '', at: 0 };
    setTurn(before => before + 1);
  }, []);
  return { ...(state.what === what ? state.answer : NOTHING), again };
}
