/** The section of the incidents: what went wrong lately, of jobs and of clusters. */

import React, { useEffect, useCallback } from 'react';

import { useNow } from '../common/clock';
import { Pause } from '../common/pause';
import { useStore } from '../common/store';
import { age, count, moment, oneLine } from '../common/words';
import type { Live } from '../server/live';
import type { IIncident } from '../server/types';
import { open, OPEN_CLUSTER, OPEN_JOB } from './context';
import type { IContext } from './context';
import { Lines } from './lines';
import type { ILine, ILineAction } from './lines';
import { useLive } from './live_store';
import { Line } from './parts';
import { useAsked } from './use_asked';

const TICK = 10_000; // ms
const SOON = 2000; // ms after a change in the problems
const SINCE = '24h';
const WIDTH = 300; // characters of a text

const NONE: readonly IIncident[] = [];

const problemsOf = (live: Live) =>
  live.jobs.filter(job => job.problem).length +
  live.clusters.filter(cluster => cluster.state === 'silent').length;

export function Incidents({ context }: { context: IContext }): React.JSX.Element {
  const { client, live, shown } = context;
  const isShown = useStore(shown);
  const now = useNow(TICK, isShown);
  const { answer, error, again } = useAsked(context, () => client.incidents(SINCE));
  const jobProblems = useLive(live, 'jobs', problemsOf);
  const clusterProblems = useLive(live, 'clusters', problemsOf);
  useEffect(() => {
    if (!isShown) {
      return;
    }
    const pause = new Pause(SOON);
    pause.then(again);
    return () => pause.cancel();
    // `again` is another function each time and does the same.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [jobProblems, clusterProblems, isShown]);

  const incidents = answer ?? NONE;
  const keyAt = useCallback((at: number) => keyOf(incidents[at], at), [incidents]);
  const show = (at: number) => {
    const { team, environment, name, cluster } = incidents[at];
    if (name) {
      open(context, OPEN_JOB, { team, environment, name });
    } else {
      open(context, OPEN_CLUSTER, { team, name: cluster });
    }
  };
  const actions = (at: number): ILineAction[] =>
    context.commands.hasCommand(incidents[at].name ? OPEN_JOB : OPEN_CLUSTER)
      ? [{ label: 'Open', title: 'Open its page', run: () => show(at) }]
      : [];
  return (
    <>
      {error && <Line text={error} isWrong again={again} />}
      {!answer && !error && <Line text="loading…" />}
      {answer && !incidents.length && <Line text="Nothing went wrong in the last 24 h." />}
      {incidents.length > 0 && (
        <Lines
          label={`Incidents, ${count(incidents.length, 'row')}`}
          count={incidents.length}
          keyOf={keyAt}
          lineOf={at => incidentLine(incidents[at], now)}
          act={show}
          actions={actions}
        />
      )}
    </>
  );
}

/** Nothing tells two incidents of one job at one moment apart but their places. */
function keyOf({ kind, team, environment, name, cluster, at }: IIncident, place: number): string {
  return JSON.stringify([kind, team, environment, name, cluster, at, place]);
}

/** Something that went wrong, as two lines: one that goes on says so. */
export function incidentLine(incident: IIncident, now: number): ILine {
  const { kind, open: isOpen, environment, cluster, text } = incident;
  const what = incident.name || cluster;
  const where = incident.name ? [environment, cluster] : ['cluster'];
  const ago = incident.at === null ? '' : `${age(incident.at, now)} ago`;
  return {
    tone: isOpen ? (kind === 'cluster' ? 'worry' : 'wrong') : 'quiet',
    head: what,
    side: [isOpen ? 'still so' : 'over', ago].filter(Boolean).join(' · '),
    below: oneLine(text, WIDTH),
    mood: isOpen ? 'wrong' : '',
    title: [`${what} (${where.filter(Boolean).join(', ')})`, moment(incident.at), text]
      .filter(Boolean)
      .join('\n')
  };
}
