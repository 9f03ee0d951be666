/** A job's versions: the text of each, and what two of them have different. */

import { showErrorMessage } from '@jupyterlab/apputils';
import React, { useState } from 'react';

import { useStore } from '../common/store';
import { moment } from '../common/words';
import { lineOf } from '../server/client';
import { keyOf } from '../server/live';
import type { IJob, IVersion } from '../server/types';
import { useAnswer } from './answer';
import { Asked } from './asked';
import { Difference } from './difference';
import type { IVersionPage, JobDocuments } from './documents';
import { orderTo } from './job_words';
import { Sql } from './sql';
import { useInSight, useSurroundings } from './surroundings';
import { confirmedChange } from './version_dialog';

export function Versions(props: { job: IJob; documents: JobDocuments }): React.JSX.Element {
  const { job, documents } = props;
  const [picked, setPicked] = useState<number | null>(null);
  const [beside, setBeside] = useState<number | null>(null);
  const number = picked ?? job.version;
  return (
    <>
      <div className="flinklab-Page-buttons">
        <Choice
          label="Version"
          versions={job.versions}
          chosen={number}
          onChoose={value => setPicked(value)}
        />
        <Choice
          label="compared with"
          versions={job.versions}
          chosen={beside}
          none="no other"
          onChoose={setBeside}
        />
        <Take job={job} number={number} documents={documents} />
      </div>
      {beside === null ? (
        <One number={number} documents={documents} />
      ) : (
        <Difference
          documents={documents}
          a={Math.min(beside, number)}
          b={Math.max(beside, number)}
        />
      )}
    </>
  );
}

function Choice(props: {
  label: string;
  versions: readonly IVersion[];
  chosen: number | null;
  none?: string;
  onChoose: (number: number | null) => void;
}): React.JSX.Element {
  const { label, versions, chosen, none, onChoose } = props;
  return (
    <label>
      {label}{' '}
      <span className="jp-select-wrapper">
        <select
          className="jp-mod-styled"
          aria-label={label}
          value={chosen ?? ''}
          onChange={event => onChoose(event.target.value ? Number(event.target.value) : null)}
        >
          {none !== undefined && <option value="">{none}</option>}
          {versions.map(each => (
            <option key={each.number} value={each.number}>
              {[each.number, moment(each.made), each.by, each.note].filter(Boolean).join(' · ')}
            </option>
          ))}
        </select>
      </span>
    </label>
  );
}

function Take(props: {
  job: IJob;
  number: number;
  documents: JobDocuments;
}): React.JSX.Element | null {
  const { job, number, documents } = props;
  const { orders } = useSurroundings();
  const standing = useStore(orders.standings).get(keyOf(job));
  const kind = orderTo(job, number);
  if (kind === null) {
    return null;
  }
  const take = async () => {
    try {
      const order = await confirmedChange(job, await documents.change(number));
      if (order) {
        await orders.give(job, order);
      }
    } catch (error) {
      await showErrorMessage('The job was not asked to change', lineOf(error));
    }
  };
  return (
    <button
      type="button"
      className="jp-mod-styled"
      title="It stops with a savepoint and goes on with this version"
      disabled={standing?.phase === 'open'}
      onClick={() => void take()}
    >
      {kind === 'upgrade' ? `Upgrade to version ${number}…` : `Go back to version ${number}…`}
    </button>
  );
}

function One(props: { number: number; documents: JobDocuments }): React.JSX.Element {
  const { number, documents } = props;
  const answer = useAnswer(
    `version ${number}`,
    asked => documents.version(number, asked),
    0,
    useInSight()
  );
  return (
    <Asked answer={answer} waiting="Reading it…">
      {found => (
        <>
          <p className="flinklab-Page-soft">{originOf(found)}</p>
          {found.text ? (
            <Sql text={found.text} label={`SQL of version ${found.number}`} />
          ) : (
            <p className="flinklab-Page-empty">It has no text: the job was adopted as it ran.</p>
          )}
          <Facts version={found} />
        </>
      )}
    </Asked>
  );
}

/** Where a version comes from, in a line. */
export function originOf(version: IVersionPage): string {
  return [
    version.made === null ? '' : `made ${moment(version.made)}`,
    version.by ? `by ${version.by}` : '',
    version.notebook ? `from ${version.notebook}` : '',
    version.commit ? `commit ${version.commit.slice(0, 12)}` : '',
    version.flink_version ? `for Flink ${version.flink_version}` : '',
    version.note
  ]
    .filter(Boolean)
    .join(' · ');
}

function Facts({ version }: { version: IVersionPage }): React.JSX.Element {
  const facts: [string, string[]][] = [
    ['settings', Object.entries(version.config).map(([key, value]) => `${key} = ${value}`)],
    ['definitions', version.definitions],
    ['variables', version.variables]
  ];
  return (
    <>
      {facts
        .filter(([, lines]) => lines.length > 0)
        .map(([title, lines]) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <ul className="flinklab-Page-lines">
              {lines.map(line => (
                <li key={line}>
                  <code>{line}</code>
                </li>
              ))}
            </ul>
          </section>
        ))}
    </>
  );
}
