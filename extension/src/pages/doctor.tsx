/** What is wrong with a job or a cluster, where, and what to do: asked for by a button, as it takes a while. */

import React, { useEffect, useRef, useState } from 'react';

import { moment } from '../common/words';
import { isAbort, lineOf } from '../server/client';
import type { IAsked } from '../server/client';
import type { IDiagnosis, IFinding } from './documents';

export function Doctor({
  ask
}: {
  ask: (asked: IAsked) => Promise<IDiagnosis>;
}): React.JSX.Element {
  const [found, setFound] = useState<IDiagnosis | null>(null);
  const [error, setError] = useState('');
  const [looking, setLooking] = useState(false);
  const gone = useRef<AbortController | null>(null);
  useEffect(() => () => gone.current?.abort(), []);
  const look = async () => {
    const mine = new AbortController();
    gone.current = mine;
    setLooking(true);
    setError('');
    try {
      setFound(await ask({ signal: mine.signal }));
    } catch (trouble) {
      if (!isAbort(trouble)) {
        setError(lineOf(trouble));
      }
    } finally {
      setLooking(false);
    }
  };
  return (
    <>
      <div className="flinklab-Page-buttons">
        <button
          type="button"
          className="jp-mod-styled jp-mod-accept"
          disabled={looking}
          onClick={() => void look()}
        >
          {found ? 'Look again' : 'What is wrong?'}
        </button>
        <span role="status" className="flinklab-Page-soft">
          {looking
            ? 'Two looks at it, some 11 s apart…'
            : found
              ? `looked at ${found.looked_at.join(', ')}, ${moment(found.at)}`
              : 'Takes two looks at it, some 11 s apart, and judges what they show.'}
        </span>
      </div>
      {error && (
        <p className="flinklab-Page-trouble" role="alert">
          {error}
        </p>
      )}
      {found && (
        <>
          <h3>{found.headline}</h3>
          {found.findings.map((each, at) => (
            <Finding key={`${each.rule} ${at}`} finding={each} />
          ))}
          {found.missing.map(each => (
            <p key={each} className="flinklab-Page-soft">
              not looked at: {each}
            </p>
          ))}
        </>
      )}
    </>
  );
}

function Finding({ finding }: { finding: IFinding }): React.JSX.Element {
  const since = finding.since === null ? '' : ` · since ${moment(Date.parse(finding.since))}`;
  return (
    <section
      className="flinklab-Finding"
      data-severity={finding.severity}
      data-follows={finding.follows === null ? undefined : ''}
      aria-label={finding.title}
    >
      <h4>{finding.title}</h4>
      <p className="flinklab-Page-soft">
        {finding.severity} · {finding.rule}
        {finding.follows !== null && ` · follows from ${finding.follows}`}
        {since}
      </p>
      {finding.clause !== null && (
        <p>
          <code>{finding.clause}</code>
          {finding.line !== null && ` in line ${finding.line}`}
        </p>
      )}
      <ul>
        {finding.advice.map(each => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      <details>
        <summary>Figures</summary>
        <ul>
          {finding.evidence.map(each => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </details>
    </section>
  );
}
