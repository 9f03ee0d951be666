/** The head of a job's page: how it is, and what can be asked of it. */

import { Dialog, InputDialog } from '@jupyterlab/apputils';
import React from 'react';

import { confirmed } from '../common/confirm';

import { toneOfJob } from '../common/states';
import { useStore } from '../common/store';
import { keyOf } from '../server/live';
import type { IJob, IJobKey, IOrder } from '../server/types';
import { Ago } from './ago';
import { clusterWords, parallelismOf, verbsOf, versionWords } from './job_words';
import type { IVerb } from './job_words';
import { CLUSTER } from './names';
import { StateWord } from './state_word';
import { useSurroundings } from './surroundings';
import { UiLinks } from './ui_links';

export function JobHead({ job, ui }: { job: IJob; ui: string | null }): React.JSX.Element {
  const { commands } = useSurroundings();
  const flinkId = job.attempts[0]?.flink_id ?? '';
  return (
    <div className="flinklab-Page-head">
      <h2>
        {job.team}.{job.name} <span className="flinklab-Page-soft">({job.environment})</span>
      </h2>
      <div className="flinklab-Page-facts">
        <span>
          <StateWord tone={toneOfJob(job.state)} word={job.state} /> <Ago at={job.since} after="" />
        </span>
        <span>version {versionWords(job)}</span>
        <span>
          on{' '}
          <button
            type="button"
            className="flinklab-Link"
            onClick={() => void commands.execute(CLUSTER, { team: job.team, name: job.cluster })}
          >
            {clusterWords(job)}
          </button>
        </span>
        {job.parallelism !== null && <span>parallelism {job.parallelism}</span>}
        {job.owner && <span>of {job.owner}</span>}
        {job.tags.length > 0 && <span className="flinklab-Page-soft">{job.tags.join(' ')}</span>}
        {ui !== null && <UiLinks ui={ui} job={{ flinkId, runs: job.running !== null }} />}
        <span className="flinklab-Page-soft" title="In a cell of a notebook">
          logs: <code>%flink logs {job.name}</code>
        </span>
      </div>
      {job.description && <p className="flinklab-Page-soft">{job.description}</p>}
      {job.reason && (
        <p className={job.problem ? 'flinklab-Page-trouble' : 'flinklab-Page-soft'}>{job.reason}</p>
      )}
      <Buttons job={job} />
    </div>
  );
}

function Buttons({ job }: { job: IJob }): React.JSX.Element {
  const { orders } = useSurroundings();
  const standing = useStore(orders.standings).get(keyOf(job));
  const isOpen = standing?.phase === 'open';
  return (
    <div className="flinklab-Page-buttons" role="group" aria-label="Orders">
      {verbsOf(job).map(verb => (
        <button
          key={verb.kind}
          type="button"
          className="jp-mod-styled"
          title={verb.title}
          disabled={isOpen}
          onClick={() => void ask(job, verb).then(order => order && orders.give(job, order))}
        >
          {verb.label}
        </button>
      ))}
      <span
        role="status"
        className={standing?.phase === 'failed' ? 'flinklab-Page-trouble' : 'flinklab-Page-soft'}
      >
        {standing?.words ?? job.command}
      </span>
    </div>
  );
}

async function ask(job: IJob, verb: IVerb): Promise<IOrder | null> {
  return verb.kind === 'scale' ? askParallelism(job) : confirmed(verb.kind, job);
}

async function askParallelism(job: IJobKey & Pick<IJob, 'parallelism'>): Promise<IOrder | null> {
  const answer = await InputDialog.getText({
    title: `Scale ${job.team}.${job.name} (${job.environment})`,
    label:
      'Parallelism, a whole number. Where its cluster cannot change it while it runs, it restarts from a savepoint.',
    text: job.parallelism === null ? '' : String(job.parallelism),
    pattern: '\\s*[1-9][0-9]{0,5}\\s*',
    required: true,
    okLabel: 'Scale',
    cancelLabel: Dialog.cancelButton().label
  });
  const parallelism = answer.button.accept ? parallelismOf(answer.value ?? '') : null;
  return parallelism === null ? null : { kind: 'scale', arguments: { parallelism } };
}
