/** The page of one managed job. */

import React, { useEffect, useMemo, useRef } from 'react';

import type { IAsked } from '../server/client';
import type { IJob, IJobKey } from '../server/types';
import { useAnswer } from './answer';
import { Asked } from './asked';
import { Checkpoints } from './checkpoints';
import { Doctor } from './doctor';
import { JobDocuments } from './documents';
import type { IOverview } from './documents';
import { Failures } from './failures';
import { History } from './history';
import { JobHead } from './job_head';
import { useClusterRow, useJobRow } from './live_hooks';
import type { IPageProps } from './page';
import { Plot } from './plot';
import { RangeChoice } from './range_choice';
import { rangeOf } from './ranges';
import type { IRange } from './ranges';
import { useInSight, useSurroundings } from './surroundings';
import { Tabs } from './tabs';
import { Versions } from './versions';
import { Vitals } from './vitals';

const EVERY = 30_000; // ms between two looks at what the events do not tell
const NUMBERS_EVERY = 10_000; // ms: a supervisor records about as often
const LAST = 8; // checkpoints of the overview
/** The sections that have plots of a time. */
const WITH_TIME: ReadonlySet<string> = new Set([
  'overview',
  'checkpoints',
  'backpressure',
  'timeline'
]);

export function JobPage(props: IPageProps & { jobKey: IJobKey }): React.JSX.Element {
  const { jobKey, state, onState } = props;
  const { client, live } = useSurroundings();
  const inSight = useInSight();
  const documents = useMemo(() => new JobDocuments(client, jobKey), [client, jobKey]);
  const answer = useAnswer('job', asked => client.job(jobKey, asked), EVERY, inSight);
  const row = useJobRow(live, jobKey);
  const { again } = answer;
  const told = useRef(row);
  useEffect(() => {
    if (row !== told.current) {
      told.current = row;
      again();
    }
  }, [row, again]);
  const ui = useClusterRow(live, jobKey.team, answer.value?.cluster ?? '')?.ui ?? null;
  const range = rangeOf(state.since);
  return (
    <Asked answer={answer} waiting={`Reading ${jobKey.name}…`}>
      {job => (
        <>
          <JobHead job={row ? { ...job, ...row } : job} ui={ui} />
          <Tabs
            label={`What is known of ${jobKey.name}`}
            beside={
              WITH_TIME.has(state.section) && (
                <RangeChoice
                  chosen={range}
                  onChoose={chosen => onState({ ...state, since: chosen.since })}
                />
              )
            }
            chosen={state.section}
            onChoose={section => onState({ ...state, section })}
            tabs={[
              {
                name: 'overview',
                label: 'Overview',
                render: () => <Overview documents={documents} range={range} />
              },
              {
                name: 'checkpoints',
                label: 'Checkpoints',
                render: () => <CheckpointSection documents={documents} range={range} />
              },
              {
                name: 'backpressure',
                label: 'Back-pressure',
                render: () => (
                  <>
                    <JobPlot
                      kind="backpressure"
                      title="Back-pressure"
                      of={documents}
                      range={range}
                    />
                    <JobPlot kind="skew" title="Skew" of={documents} range={range} />
                  </>
                )
              },
              {
                name: 'timeline',
                label: 'Timeline',
                render: () => (
                  <JobPlot kind="timeline" title="Timeline" of={documents} range={range} />
                )
              },
              {
                name: 'failures',
                label: 'Failures',
                render: () => <Failures documents={documents} />
              },
              {
                name: 'versions',
                label: 'Versions',
                render: () => <Versions job={job} documents={documents} />
              },
              { name: 'history', label: 'History', render: () => <History job={job} /> },
              {
                name: 'doctor',
                label: 'Doctor',
                render: () => <Doctor ask={asked => documents.doctor(asked)} />
              }
            ]}
          />
        </>
      )}
    </Asked>
  );
}

export const JOB_SECTIONS = [
  'overview',
  'checkpoints',
  'backpressure',
  'timeline',
  'failures',
  'versions',
  'history',
  'doctor'
] as const;

function JobPlot(props: {
  kind: string;
  title: string;
  of: JobDocuments;
  range: IRange;
}): React.JSX.Element {
  const { client, key } = props.of;
  const ask = (asked: IAsked) => client.jobPlot(key, props.kind, props.range.since, asked);
  return <Plot title={props.title} name={props.kind} range={props.range} ask={ask} />;
}

interface ISectionProps {
  documents: JobDocuments;
  range: IRange;
}

function useOverview(documents: JobDocuments) {
  return useAnswer('overview', asked => documents.overview(asked), NUMBERS_EVERY, useInSight());
}

function Remark({ found }: { found: IOverview }): React.JSX.Element | null {
  return found.remark ? <p className="flinklab-Page-trouble">{found.remark}</p> : null;
}

function Overview({ documents, range }: ISectionProps): React.JSX.Element {
  const answer = useOverview(documents);
  return (
    <>
      <Asked answer={answer} waiting="Reading its numbers…">
        {found => (
          <>
            <Remark found={found} />
            <Vitals vitals={found.vitals} />
          </>
        )}
      </Asked>
      <JobPlot kind="graph" title="Graph" of={documents} range={range} />
      <JobPlot kind="metrics" title="Rates" of={documents} range={range} />
      <JobPlot kind="lag" title="Lag" of={documents} range={range} />
      {answer.value && <Checkpoints rows={answer.value.checkpoints.slice(0, LAST)} />}
    </>
  );
}

function CheckpointSection({ documents, range }: ISectionProps): React.JSX.Element {
  const answer = useOverview(documents);
  return (
    <>
      <JobPlot kind="checkpoints" title="Checkpoints" of={documents} range={range} />
      <Asked answer={answer} waiting="Reading its checkpoints…">
        {found => <Checkpoints rows={found.checkpoints} />}
      </Asked>
    </>
  );
}

/** What the tab is called: the job's name, and its state once that is known. */
export function titleOf(key: IJobKey, job: Pick<IJob, 'state'> | undefined): string {
  return job ? `${key.name}: ${job.state}` : key.name;
}
