/** The clusters, what runs on them, and the sessions of the team, as lines of a tree. */

import { toneOfCluster, toneOfJob } from '../common/states';
import { age, count, grouped } from '../common/words';
import type { ICluster, IClusterRow } from '../server/types';
import type { INode } from './tree';

/** By name, those that do not answer first. */
export function clusterNodes(clusters: readonly IClusterRow[], now: number): INode[] {
  return [...clusters]
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
    .map(cluster => ({
      path: [cluster.team, cluster.name],
      label: cluster.name,
      icon: 'cluster',
      detail: clusterWords(cluster, now),
      note: noteOf(cluster, now),
      opens: true,
      isThing: true,
      tone: toneOfCluster(cluster.state)
    }));
}

function rank(cluster: IClusterRow): number {
  return cluster.state === 'silent' ? 0 : 1;
}

/** `up · 12 jobs, 1 problem · 3 of 8 slots free`. */
export function clusterWords(cluster: IClusterRow, now: number): string {
  const { state, since, jobs, slots } = cluster;
  const told = state === 'silent' ? `silent for ${age(since, now) || 'some time'}` : state;
  const wrong = jobs.problems ? `, ${count(jobs.problems, 'problem')}` : '';
  const room = slots && `${grouped(slots.free)} of ${count(slots.total, 'slot')} free`;
  return [told, count(jobs.total, 'job') + wrong, room].filter(Boolean).join(' · ');
}

function noteOf(cluster: IClusterRow, now: number): string {
  const flink = cluster.flink_version && `Flink ${cluster.flink_version}`;
  return [
    clusterWords(cluster, now),
    [cluster.kind, flink, cluster.labels.join(' ')].filter(Boolean).join(' · '),
    cluster.description,
    cluster.remark
  ]
    .filter(Boolean)
    .join('\n');
}

/** Pages of others that are about a cluster: what they are called, and their paths below the base URL. */
export function ownPages(cluster: IClusterRow): { label: string; icon: string; path: string }[] {
  const pages = [
    { label: "Open Flink's own page", icon: '↗', path: cluster.ui },
    { label: "Open YARN's own page", icon: '▦', path: cluster.yarn_ui }
  ];
  return pages.flatMap(page => (page.path ? [{ ...page, path: page.path }] : []));
}

/** What is under a cluster: its remark, its jobs, the named sessions. */
export function childNodes(cluster: ICluster, now: number): INode[] {
  const base = [cluster.team, cluster.name];
  const remark: INode[] = cluster.remark
    ? [line([...base, 'remark'], cluster.remark, 'remark', '', cluster.remark)]
    : [];
  const jobs = cluster.rows.map(job => ({
    ...line([...base, 'job', job.environment, job.name], job.name, 'job', job.state, job.reason),
    tone: toneOfJob(job.state)
  }));
  const sessions = cluster.sessions.map(session =>
    line(
      [...base, 'session', session.name],
      session.name,
      'session',
      [count(session.statements, 'statement'), session.by, age(session.changed, now)]
        .filter(Boolean)
        .join(' · '),
      `Named session: %%flinksql --session ${session.name} goes on with it`
    )
  );
  return [...remark, ...jobs, ...sessions];
}

function line(path: string[], label: string, icon: string, detail: string, note: string): INode {
  return { path, label, icon, detail, note, opens: false };
}
