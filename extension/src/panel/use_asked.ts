/** What a section asks the server for when it comes into sight, and again when a person wants that. */

import { useCallback, useEffect, useRef, useState } from 'react';

import { useStore } from '../common/store';
import { lineOf } from '../server/client';
import type { IContext } from './context';

export interface IAnswered<T> {
  /** The last answer; it stays when a later question fails. */
  answer: T | null;
  error: string;
  again: () => void;
}

const FRESH = 15_000; // ms for which an answer is not asked for again when the panel is opened

export function useAsked<T>(context: IContext, ask: () => Promise<T>): IAnswered<T> {
  const [answer, setAnswer] = useState<T | null>(null);
  const [error, setError] = useState('');
  const isShown = useStore(context.shown);
  const question = useRef(ask);
  const asked = useRef(0);
  const answered = useRef(0);
  useEffect(() => {
    question.current = ask;
  });
  const again = useCallback(async () => {
    const mine = ++asked.current;
    try {
      const found = await question.current();
      if (mine === asked.current) {
        answered.current = Date.now();
        setAnswer(found);
        setError('');
      }
    } catch (problem) {
      if (mine === asked.current) {
        setError(lineOf(problem));
      }
    }
  }, []);
  useEffect(() => {
    if (isShown && Date.now() - answered.current > FRESH) {
      void again();
    }
  }, [isShown, again]);
  useEffect(() => {
    const refresh = () => void again();
    context.refreshed.connect(refresh);
    return () => void context.refreshed.disconnect(refresh);
  }, [context.refreshed, again]);
  useEffect(() => () => void asked.current++, []);
  return { answer, error, again: () => void again() };
}
