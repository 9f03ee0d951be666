/** A job's failures of the last days, by root cause. */

import React from 'react';

import { count } from '../common/words';
import { Ago } from './ago';
import { useAnswer } from './answer';
import type { IFailure, JobDocuments } from './documents';
import { useInSight } from './surroundings';
import { Asked } from './asked';

const SINCE = '7d';
const EVERY = 30_000; // ms

export function Failures({ documents }: { documents: JobDocuments }): React.JSX.Element {
  const answer = useAnswer(
    'failures',
    asked => documents.failures(SINCE, asked),
    EVERY,
    useInSight()
  );
  return (
    <Asked answer={answer} waiting="Looking for failures…">
      {found => (
        <>
          {found.notes.map(note => (
            <p key={note} className="flinklab-Page-soft">
              {note}
            </p>
          ))}
          {found.groups.length === 0 && (
            <p className="flinklab-Page-empty">Nothing failed within the last 7 days.</p>
          )}
          {found.groups.map((each, at) => (
            <Group key={`${each.cause} ${at}`} failure={each} />
          ))}
          {found.more > 0 && (
            <p className="flinklab-Page-soft">{count(found.more, 'more cause')} not shown</p>
          )}
        </>
      )}
    </Asked>
  );
}

function Group({ failure }: { failure: IFailure }): React.JSX.Element {
  const places = [
    failure.vertices.length ? `in ${failure.vertices.join(', ')}` : '',
    failure.taskmanagers.length ? `on ${failure.taskmanagers.join(', ')}` : '',
    failure.versions.length ? `version ${failure.versions.join(', ')}` : '',
    failure.attempts.length ? `attempt ${failure.attempts.join(', ')}` : ''
  ];
  return (
    <section className="flinklab-Failure" aria-label={failure.cause}>
      <h3>{failure.message || failure.cause}</h3>
      <p className="flinklab-Page-soft">
        {count(failure.count, 'time')}, last <Ago at={failure.last} />
        {failure.count > 1 && (
          <>
            , first <Ago at={failure.first} />
          </>
        )}
        {places.filter(Boolean).map(each => ` · ${each}`)}
      </p>
      {failure.stack && (
        <details>
          <summary>Stack trace</summary>
          <pre tabIndex={0}>{failure.stack}</pre>
        </details>
      )}
    </section>
  );
}
