import { describe, expect, it } from 'vitest';

import { HistoryModel, historyLine } from '../../src/panel/history_model';
import type { IHistory, IHistoryEntry } from '../../src/server/types';

function entry(id: string, more: Partial<IHistoryEntry> = {}): IHistoryEntry {
  return {
    id,
    team: 'dw',
    person: 'ana',
    started: 0,
    ended: 3100,
    sql: 'SELECT 1\nFROM  t',
    source: '',
    kind: 'select',
    outcome: 'finished',
    rows: 12,
    error: '',
    notebook: '',
    cell: '',
    cluster: 'etl-1',
    environment: '',
    job_id: '',
    ...more
  };
}

describe('the history', () => {
  it('is read a page at a time, each once', async () => {
    const asked: [string, string | null][] = [];
    const model = new HistoryModel(async (text, before) => {
      asked.push([text, before]);
      return before === null
        ? { entries: [entry('3'), entry('2')], before: '2' }
        : { entries: [entry('1')], before: null };
    });
    await model.search('t');
    await Promise.all([model.more(), model.more()]);
    await model.more();
    expect(asked).toEqual([
      ['t', null],
      ['t', '2']
    ]);
    expect(model.moment.value.entries.map(each => each.id)).toEqual(['3', '2', '1']);
  });

  it('takes no answer to an earlier search', async () => {
    const waiting: ((found: IHistory) => void)[] = [];
    const model = new HistoryModel(() => new Promise(resolve => waiting.push(resolve)));
    const searches = [model.search('a'), model.search('b')];
    waiting[1]({ entries: [entry('b')], before: null });
    waiting[0]({ entries: [entry('a')], before: null });
    await Promise.all(searches);
    expect(model.moment.value.entries.map(each => each.id)).toEqual(['b']);
  });

  it('keeps what it has when the next page fails', async () => {
    const model = new HistoryModel(async (_, before) => {
      if (before !== null) {
        throw new Error('the catalog does not answer');
      }
      return { entries: [entry('2')], before: '2' };
    });
    await model.search('');
    await model.more();
    expect(model.moment.value).toMatchObject({
      error: 'the catalog does not answer',
      before: null
    });
    expect(model.moment.value.entries).toHaveLength(1);
  });
});

describe('a statement that ran', () => {
  it('is two lines', () => {
    expect(historyLine(entry('1'), 120_000)).toMatchObject({
      head: 'SELECT 1 FROM t',
      side: '2 min ago',
      below: 'finished · took 3 s · 12 rows · ana · etl-1',
      mood: ''
    });
  });

  it('says why it failed', () => {
    const failed = entry('1', { outcome: 'failed', error: 'no table\n`t`', rows: null });
    expect(historyLine(failed, 0)).toMatchObject({ below: 'no table `t`', mood: 'wrong' });
  });
});
