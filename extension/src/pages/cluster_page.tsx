/** The page of one cluster: its slots and memory, its jobs, and which of them use what. */

import React, { useMemo } from 'react';

import { toneOfCluster, toneOfJob } from '../common/states';
import { count } from '../common/words';
import type { IAsked } from '../server/client';
import type { ICluster, IClusterKey, IJobRow } from '../server/types';
import { Ago } from './ago';
import { amount } from './amounts';
import { useAnswer } from './answer';
import { Asked } from './asked';
import { growthWords, slotFigures, slotWords, usersOf } from './cluster_words';
import { Doctor } from './doctor';
import { ClusterDocuments } from './documents';
import type { IClusterOverview, IMemory, IProcess } from './documents';
import { clusterWords, versionWords } from './job_words';
import { useClusterRow } from './live_hooks';
import { JOB } from './names';
import type { IPageProps } from './page';
import { Plot } from './plot';
import { RangeChoice } from './range_choice';
import { rangeOf } from './ranges';
import type { IRange } from './ranges';
import { useInSight, useSurroundings } from './surroundings';
import { StateWord } from './state_word';
import { Table } from './table';
import { Tabs } from './tabs';
import { UiLink, UiLinks } from './ui_links';

const EVERY = 30_000; // ms between two looks at what the catalog knows
const LIVE_EVERY = 15_000; // ms between two looks at the cluster itself

export const CLUSTER_SECTIONS = ['overview', 'jobs', 'plots', 'doctor'] as const;

export function ClusterPage(props: IPageProps & { clusterKey: IClusterKey }): React.JSX.Element {
  const { clusterKey, state, onState } = props;
  const { client, live } = useSurroundings();
  const documents = useMemo(() => new ClusterDocuments(client, clusterKey), [client, clusterKey]);
  const answer = useAnswer(
    'cluster',
    asked => client.cluster(clusterKey, asked),
    EVERY,
    useInSight()
  );
  const row = useClusterRow(live, clusterKey.team, clusterKey.name);
  const range = rangeOf(state.since);
  return (
    <Asked answer={answer} waiting={`Reading ${clusterKey.name}…`}>
      {cluster => (
        <>
          <Head cluster={row ? { ...cluster, ...row } : cluster} />
          <Tabs
            label={`What is known of ${clusterKey.name}`}
            beside={
              state.section === 'plots' && (
                <RangeChoice
                  chosen={range}
                  onChoose={chosen => onState({ ...state, since: chosen.since })}
                />
              )
            }
            chosen={state.section}
            onChoose={section => onState({ ...state, section })}
            tabs={[
              { name: 'overview', label: 'Overview', render: () => <Overview of={documents} /> },
              {
                name: 'jobs',
                label: 'Managed jobs',
                render: () => <ManagedJobs rows={cluster.rows} />
              },
              {
                name: 'plots',
                label: 'Plots',
                render: () => (
                  <>
                    <ClusterPlot kind="metrics" title="Processes" of={documents} range={range} />
                    <ClusterPlot kind="lag" title="Lag of its jobs" of={documents} range={range} />
                  </>
                )
              },
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

function Head({ cluster }: { cluster: ICluster }): React.JSX.Element {
  return (
    <div className="flinklab-Page-head">
      <h2>
        {cluster.team}.{cluster.name} <span className="flinklab-Page-soft">({cluster.kind})</span>
      </h2>
      <div className="flinklab-Page-facts">
        <span>
          <StateWord tone={toneOfCluster(cluster.state)} word={cluster.state} />{' '}
          <Ago at={cluster.since} after="" />
        </span>
        {cluster.flink_version && <span>Flink {cluster.flink_version}</span>}
        <span>{slotWords(cluster.slots)}</span>
        <span>
          {count(cluster.jobs.total, 'managed job')}
          {cluster.jobs.problems > 0 && `, ${cluster.jobs.problems} with problems`}
        </span>
        {cluster.application && <span className="flinklab-Page-soft">{cluster.application}</span>}
        {cluster.labels.length > 0 && (
          <span className="flinklab-Page-soft">{cluster.labels.join(' ')}</span>
        )}
        {cluster.ui !== null && <UiLinks ui={cluster.ui} />}
        {cluster.yarn_ui !== null && <UiLink path={cluster.yarn_ui} label="YARN" />}
      </div>
      {cluster.description && <p className="flinklab-Page-soft">{cluster.description}</p>}
      {cluster.remark && (
        <p className={cluster.state === 'silent' ? 'flinklab-Page-trouble' : 'flinklab-Page-soft'}>
          {cluster.remark}
        </p>
      )}
      <p className="flinklab-Page-soft">
        {cluster.supervisor
          ? `looked after by ${cluster.supervisor}`
          : 'no supervisor looks after it now: `flinklab supervise` does'}
      </p>
    </div>
  );
}

function ClusterPlot(props: {
  kind: string;
  title: string;
  of: ClusterDocuments;
  range: IRange;
}): React.JSX.Element {
  const { client, key } = props.of;
  const ask = (asked: IAsked) => client.clusterPlot(key, props.kind, props.range.since, asked);
  return <Plot title={props.title} name={props.kind} range={props.range} ask={ask} />;
}

function Overview({ of }: { of: ClusterDocuments }): React.JSX.Element {
  const answer = useAnswer('overview', asked => of.overview(asked), LIVE_EVERY, useInSight());
  return (
    <Asked answer={answer} waiting="Asking the cluster…">
      {found => <Now found={found} />}
    </Asked>
  );
}

/** The cluster as it tells of itself. */
function Now({ found }: { found: IClusterOverview }): React.JSX.Element {
  const { commands } = useSurroundings();
  return (
    <>
      {found.trouble && (
        <p className="flinklab-Page-trouble" role="alert">
          {found.trouble}
        </p>
      )}
      {found.at !== null && (
        <>
          <p>
            {slotWords(found.slots)} of {count(found.taskmanagers, 'TaskManager')}
            {found.unasked > 0 &&
              `; the memory of ${count(found.unasked, 'more')} is not asked for`}
          </p>
          <Table
            title="Processes"
            rows={found.processes}
            more={found.more_processes}
            keyOf={row => row.id}
            empty="It tells of no process."
            columns={[
              { title: 'process', cell: row => <span title={row.id}>{row.host}</span> },
              { title: 'slots', number: true, cell: row => slotFigures(row.slots) },
              { title: 'used by', wide: true, cell: usersOf },
              ...['heap', 'metaspace', 'managed'].map(kind => ({
                title: kind,
                cell: (row: IProcess) => <Memory of={row.memory[kind]} kind={kind} />
              })),
              {
                title: 'metaspace grows',
                number: true,
                cell: row => (
                  <span className={row.leaks ? 'flinklab-Page-trouble' : ''}>
                    {growthWords(row)}
                  </span>
                )
              },
              { title: 'direct', number: true, cell: row => amount(row.direct, 'B') },
              { title: 'CPU', number: true, cell: row => amount(row.cpu, '%') },
              { title: 'GC', number: true, cell: row => amount(row.gc, '%') },
              { title: 'threads', number: true, cell: row => amount(row.threads, '') }
            ]}
          />
          <Table
            title="Flink jobs"
            rows={found.jobs}
            more={found.more_jobs}
            keyOf={row => row.flink_id}
            empty="Nothing runs there."
            columns={[
              {
                title: 'job',
                cell: row =>
                  row.key ? (
                    <button
                      type="button"
                      className="flinklab-Link"
                      onClick={() => void commands.execute(JOB, { ...row.key })}
                    >
                      {row.name}
                    </button>
                  ) : (
                    <span title={row.flink_id}>{row.name}</span>
                  )
              },
              {
                title: 'state',
                cell: row => (
                  <span
                    className={
                      ['failing', 'restarting'].includes(row.state) ? 'flinklab-Page-trouble' : ''
                    }
                  >
                    {row.state}
                  </span>
                )
              },
              { title: 'for', cell: row => <Ago at={row.since} after="" /> },
              { title: 'slots', number: true, cell: row => row.slots || '' },
              {
                title: 'whose',
                wide: true,
                cell: row =>
                  row.key
                    ? row.whose
                      ? `managed, of ${row.whose}`
                      : 'managed'
                    : row.whose || 'not known'
              }
            ]}
          />
          {found.ended > 0 && (
            <p className="flinklab-Page-soft">{count(found.ended, 'job')} ended</p>
          )}
        </>
      )}
    </>
  );
}

function Memory({ of, kind }: { of: IMemory | undefined; kind: string }): React.JSX.Element {
  if (!of) {
    return <>–</>;
  }
  if (of.most === null) {
    return <>{amount(of.used, 'B')}</>;
  }
  const words = `${amount(of.used, 'B')} of ${amount(of.most, 'B')}`;
  return (
    <span className="flinklab-Memory" title={`${kind}: ${words}`}>
      <meter min={0} max={of.most} high={of.most * 0.9} value={of.used} aria-label={kind} />
      {words}
    </span>
  );
}

function ManagedJobs({ rows }: { rows: readonly IJobRow[] }): React.JSX.Element {
  const { commands } = useSurroundings();
  return (
    <Table
      title="Managed jobs"
      rows={rows}
      keyOf={row => `${row.team} ${row.environment} ${row.name}`}
      empty="No managed job is meant to run there."
      columns={[
        {
          title: 'job',
          cell: row => (
            <button
              type="button"
              className="flinklab-Link"
              onClick={() => {
                const { team, environment, name } = row;
                void commands.execute(JOB, { team, environment, name });
              }}
            >
              {row.team}.{row.name}
            </button>
          )
        },
        { title: 'env', cell: row => row.environment },
        { title: 'state', cell: row => <StateWord tone={toneOfJob(row.state)} word={row.state} /> },
        { title: 'for', cell: row => <Ago at={row.since} after="" /> },
        { title: 'version', number: true, cell: versionWords },
        { title: 'on', cell: clusterWords },
        { title: 'owner', cell: row => row.owner },
        { title: 'why', wide: true, cell: row => row.reason }
      ]}
    />
  );
}
