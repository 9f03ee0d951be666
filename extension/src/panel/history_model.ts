/** The statements that were run, a page at a time, the newest first. */

import { Store } from '../common/store';
import { age, count, moment, oneLine, span } from '../common/words';
import { lineOf } from '../server/client';
import type { IHistory, IHistoryEntry } from '../server/types';
import type { ILine } from './lines';

/** Asks for a page: `before` is the page's before. */
export type AskHistory = (text: string, before: string | null) => Promise<IHistory>;

export interface IHistoryMoment {
  entries: readonly IHistoryEntry[];
  /** Where the next page begins, null on the last one. */
  before: string | null;
  /** Something was answered. */
  isKnown: boolean;
  error: string;
}

const NOTHING: IHistoryMoment = { entries: [], before: null, isKnown: false, error: '' };

export class HistoryModel {
  constructor(private readonly ask: AskHistory) {}

  readonly moment = new Store<IHistoryMoment>(NOTHING);

  /** The first page of what has `text` in it. What was shown stays until the answer is there. */
  async search(text: string): Promise<void> {
    this.text = text;
    await this.fetch(null, []);
  }

  /** The next page. */
  async more(): Promise<void> {
    const { before, entries } = this.moment.value;
    if (before !== null && !this.busy) {
      await this.fetch(before, entries);
    }
  }

  private async fetch(before: string | null, known: readonly IHistoryEntry[]): Promise<void> {
    const mine = ++this.asked;
    this.busy = true;
    let next: IHistoryMoment;
    try {
      const page = await this.ask(this.text, before);
      const entries = [...known, ...page.entries];
      next = { entries, before: page.before, isKnown: true, error: '' };
    } catch (error) {
      next = { ...this.moment.value, before: null, error: lineOf(error) };
    }
    if (mine === this.asked) {
      this.busy = false;
      this.moment.set(next);
    }
  }

  private text = '';
  private asked = 0;
  private busy = false;
}

const WIDTH = 300; // characters of a statement

const TONES = {
  finished: 'quiet',
  failed: 'wrong',
  stopped: 'quiet',
  submitted: 'good',
  running: 'busy'
} as const;

/** A statement that ran, as two lines. */
export function historyLine(entry: IHistoryEntry, now: number): ILine {
  const { started, ended, rows, error } = entry;
  const took = started !== null && ended !== null ? span(ended - started) : '';
  const below = error
    ? oneLine(error, WIDTH)
    : [
        entry.outcome,
        took && `took ${took}`,
        rows === null ? '' : count(rows, 'row'),
        entry.person,
        entry.cluster
      ]
        .filter(Boolean)
        .join(' · ');
  return {
    tone: TONES[entry.outcome] ?? 'none',
    head: oneLine(entry.sql, WIDTH),
    isCode: true,
    side: started === null ? '' : `${age(started, now)} ago`,
    below,
    mood: error ? 'wrong' : '',
    title: [
      oneLine(entry.sql, WIDTH * 3),
      `${entry.outcome}, ${moment(started)}, ${entry.person}`,
      entry.notebook,
      oneLine(error, WIDTH)
    ]
      .filter(Boolean)
      .join('\n')
  };
}
