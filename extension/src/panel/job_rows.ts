/** The jobs as the panel lists them: what is wrong first, filtered, and each in words. */

import type { IStanding } from '../common/orders';
import { isLive, toneOfJob } from '../common/states';
import { age, moment } from '../common/words';
import { JOB_STATES } from '../server/types';
import type { CommandKind, IJobRow, JobState } from '../server/types';
import type { ILine } from './lines';

/** What the buttons say, and what they do. */
export const WORDS: Partial<Record<CommandKind, string>> = {
  start: 'Start',
  stop: 'Stop',
  savepoint: 'Savepoint',
  restart: 'Restart',
  cancel: 'Cancel'
};
export const TITLES: Partial<Record<CommandKind, string>> = {
  start: 'Start it from its newest restore point',
  stop: 'Stop it with a savepoint',
  savepoint: 'Take a savepoint while it runs on',
  restart: 'Stop it with a savepoint and start it from there',
  cancel: 'End it at once, without a savepoint'
};

const ORDER = new Map(JOB_STATES.map((state, at) => [state, at]));

/** A state that this browser does not know comes first: it is looked at rather than missed. */
function rank(state: JobState): number {
  return ORDER.get(state) ?? -1;
}

/** By state as `JOB_STATES` has them, those with problems before all others, then by name. */
export function problemsFirst(jobs: readonly IJobRow[]): IJobRow[] {
  return [...jobs].sort(
    (a, b) =>
      Number(b.problem) - Number(a.problem) ||
      rank(a.state) - rank(b.state) ||
      compare(a.name, b.name) ||
      compare(a.team, b.team) ||
      compare(a.environment, b.environment)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Those that have every word of `text` somewhere: in a name, the state, the cluster, a tag, the owner. */
export function filtered(jobs: readonly IJobRow[], text: string, problems: boolean): IJobRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const left = problems ? jobs.filter(job => job.problem) : [...jobs];
  return words.reduce((some, word) => some.filter(job => haystack(job).includes(word)), left);
}

function haystack(job: IJobRow): string {
  return [
    `${job.team}.${job.name}`,
    job.environment,
    job.state,
    job.cluster,
    job.pool,
    job.owner,
    ...job.tags
  ]
    .join('\n')
    .toLowerCase();
}

/** `v4`, or `v3 → v4` while another one runs than is wanted. */
export function version(job: IJobRow): string {
  const { running, version: wanted } = job;
  return running !== null && running !== wanted ? `v${running} → v${wanted}` : `v${wanted}`;
}

/** The state and how long it is in it: `running for 3 h`. */
export function standing(job: IJobRow, now: number): string {
  const since = age(job.since, now);
  return since ? `${job.state} for ${since}` : job.state;
}

/** What stands under a job's name: why it has a problem, else where and as what it runs. */
export function details(job: IJobRow): string {
  if (job.problem && job.reason) {
    return job.reason;
  }
  return [job.environment, job.cluster, version(job)].filter(Boolean).join(' · ');
}

/** Why nothing is in the list. */
export function emptiness(jobs: readonly IJobRow[], text: string, problems: boolean): string {
  if (!jobs.length) {
    return 'No managed jobs yet: %%flinksql --job NAME makes one of a cell.';
  }
  if (problems && !jobs.some(job => job.problem)) {
    return 'No job has a problem.';
  }
  return text ? `No job has ${JSON.stringify(text)} in it.` : 'No job.';
}

/** What can be asked of a job by a button. What it comes to is the server's to say. */
export function verbs(job: IJobRow): CommandKind[] {
  return isLive(job.state) ? ['stop', 'savepoint', 'restart', 'cancel'] : ['start'];
}

/** A job as two lines. `order`: what was asked of it from this page. */
export function jobLine(job: IJobRow, order: IStanding | undefined, now: number): ILine {
  const isOpen = order?.phase === 'open' || (!order && job.command !== '');
  const isWrong = order?.phase === 'failed' || (!order && !job.command && job.problem);
  const below = order?.words || job.command || details(job);
  return {
    tone: toneOfJob(job.state),
    head: job.name,
    side: standing(job, now),
    below,
    mood: isOpen ? 'open' : isWrong ? 'wrong' : '',
    title: titleOf(job, below)
  };
}

function titleOf(job: IJobRow, below: string): string {
  const facts = [
    `${job.team}.${job.name} (${job.environment}) on ${job.cluster}`,
    job.since === null ? job.state : `${job.state} since ${moment(job.since)}`,
    job.reason,
    job.owner && `owner ${job.owner}`,
    job.tags.join(' '),
    below === job.reason || below === details(job) ? '' : below
  ];
  return facts.filter(Boolean).join('\n');
}
