/** The section of the history: statements that were run, to be found and inserted again. */

import React, { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { useNow } from '../common/clock';
import { Pause } from '../common/pause';
import { useStore } from '../common/store';
import { count } from '../common/words';
import type { IContext } from './context';
import { HistoryModel, historyLine } from './history_model';
import { copy, insert } from './inserting';
import { Lines } from './lines';
import { Line, Search } from './parts';

const PAUSE = 250; // ms of no typing before a search
const PAGE = 100;
const TICK = 10_000; // ms

export function History({ context }: { context: IContext }): React.JSX.Element {
  const { client, tracker, refreshed } = context;
  const isShown = useStore(context.shown);
  const now = useNow(TICK, isShown);
  const [text, setText] = useState('');
  const model = useMemo(
    () => new HistoryModel((sought, before) => client.history(sought, before, PAGE)),
    [client]
  );
  const { entries, before, isKnown, error } = useStore(model.moment);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<{ focus: () => void }>(null);

  const sought = text.trim();
  useEffect(() => {
    if (!isShown) {
      return;
    }
    const pause = new Pause(PAUSE);
    pause.then(() => void model.search(sought));
    return () => pause.cancel();
  }, [model, sought, isShown]);
  useEffect(() => {
    const refresh = () => void model.search(sought);
    refreshed.connect(refresh);
    return () => void refreshed.disconnect(refresh);
  }, [model, sought, refreshed]);

  const keyAt = useCallback((at: number) => entries[at].id, [entries]);
  const textOf = (at: number) => entries[at].source || entries[at].sql;
  const again = (at: number) => insert(tracker, textOf(at), 'cell');
  return (
    <>
      <div className="flinklab-Bar">
        <Search
          ref={field}
          label="Search statements"
          value={text}
          onChange={setText}
          onDown={() => list.current?.focus()}
        />
      </div>
      {error && <Line text={error} isWrong again={() => void model.search(sought)} />}
      {!isKnown && !error && <Line text="loading…" />}
      {isKnown && !entries.length && (
        <Line text={sought ? 'No statement has that in it.' : 'Nothing was run yet.'} />
      )}
      {entries.length > 0 && (
        <Lines
          handle={list}
          label={`Statements, ${count(entries.length, 'row')}`}
          count={entries.length}
          keyOf={keyAt}
          lineOf={at => historyLine(entries[at], now)}
          act={again}
          actions={at => [
            { label: 'Insert', title: 'Insert it as a new cell', run: () => again(at) },
            { label: 'Copy', title: 'Copy its text', run: () => copy(textOf(at)) }
          ]}
          onLeave={() => field.current?.focus()}
          more={before === null ? undefined : () => void model.more()}
        />
      )}
    </>
  );
}
