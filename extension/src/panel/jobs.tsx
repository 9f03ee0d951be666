/** The section of the managed jobs: those with problems first, each with its buttons. */

import React, { useCallback, useMemo, useRef, useState } from 'react';

import { useNow } from '../common/clock';
import { confirmed } from '../common/confirm';
import { useStore } from '../common/store';
import { count } from '../common/words';
import { keyOf } from '../server/live';
import type { Live } from '../server/live';
import type { CommandKind, IJobRow } from '../server/types';
import { open, OPEN_JOB } from './context';
import type { IContext } from './context';
import { emptiness, filtered, jobLine, problemsFirst, TITLES, verbs, WORDS } from './job_rows';
import { Lines } from './lines';
import type { ILineAction } from './lines';
import { useLive } from './live_store';
import { Line, Search } from './parts';

const TICK = 5000; // ms between two looks at the clock

const jobsOf = (live: Live) => live.jobs;

export function Jobs({ context }: { context: IContext }): React.JSX.Element {
  const { live, orders, shown } = context;
  const jobs = useLive(live, 'jobs', jobsOf);
  const standings = useStore(orders.standings);
  const now = useNow(TICK, useStore(shown));
  const [text, setText] = useState('');
  const [onlyProblems, setOnlyProblems] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<{ focus: () => void }>(null);

  const sorted = useMemo(() => problemsFirst(jobs), [jobs]);
  const rows = useMemo(() => filtered(sorted, text, onlyProblems), [sorted, text, onlyProblems]);
  const problems = useMemo(() => jobs.filter(job => job.problem).length, [jobs]);
  const keyAt = useCallback((at: number) => keyOf(rows[at]), [rows]);
  const ask = async (kind: CommandKind, job: IJobRow) => {
    const order = await confirmed(kind, job);
    if (order) {
      await orders.give(job, order);
    }
  };
  const actions = (at: number): ILineAction[] => {
    const job = rows[at];
    const order = standings.get(keyOf(job));
    const disabled = order?.phase === 'open' || job.command !== '';
    const found: ILineAction[] = verbs(job).map(kind => ({
      label: WORDS[kind] ?? kind,
      title: TITLES[kind] ?? kind,
      disabled,
      run: () => void ask(kind, job)
    }));
    if (order?.phase === 'failed') {
      const title = 'Take the message away';
      found.unshift({ label: 'OK', title, run: () => orders.forget(job) });
    }
    return found;
  };

  return (
    <>
      <div className="flinklab-Bar">
        <Search
          ref={field}
          label="Filter by name, state, cluster, tag"
          value={text}
          onChange={setText}
          onDown={() => list.current?.focus()}
        />
        <button
          type="button"
          className="flinklab-Chip"
          aria-pressed={onlyProblems}
          title="Show only jobs with problems"
          onClick={() => setOnlyProblems(!onlyProblems)}
        >
          {count(problems, 'problem')}
        </button>
      </div>
      {rows.length ? (
        <Lines
          handle={list}
          label={`Jobs, ${count(rows.length, 'row')}`}
          count={rows.length}
          keyOf={keyAt}
          lineOf={at => jobLine(rows[at], standings.get(keyOf(rows[at])), now)}
          act={at => {
            const { team, environment, name } = rows[at];
            open(context, OPEN_JOB, { team, environment, name });
          }}
          actions={actions}
          onLeave={() => field.current?.focus()}
        />
      ) : (
        <Line text={live.hasJobs ? emptiness(jobs, text, onlyProblems) : 'loading…'} />
      )}
    </>
  );
}
