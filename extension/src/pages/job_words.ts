/** What the page of a job says and offers, from what the server told. */

import { bytes, duration } from './amounts';
import type { ICheckpoint } from './documents';
import type { CommandKind, IJob, IJobRow } from '../server/types';

/** `3`, or `3 → 4` while another one runs than is wanted. */
export function versionWords(job: Pick<IJobRow, 'version' | 'running'>): string {
  return job.running !== null && job.running !== job.version
    ? `${job.running} → ${job.version}`
    : String(job.version);
}

/** `etl-1`, or `etl-1 (pool etl)` where it may be moved. */
export function clusterWords(job: Pick<IJobRow, 'cluster' | 'pool'>): string {
  return job.cluster + (job.pool ? ` (pool ${job.pool})` : '');
}

export interface IVerb {
  kind: CommandKind;
  label: string;
  title: string;
}

const VERBS: readonly IVerb[] = [
  { kind: 'start', label: 'Start', title: 'Start it from its newest checkpoint or savepoint' },
  { kind: 'savepoint', label: 'Savepoint', title: 'Take a savepoint while it goes on' },
  { kind: 'restart', label: 'Restart', title: 'Stop it with a savepoint, and start it from that' },
  { kind: 'scale', label: 'Scale…', title: 'Run it with another parallelism' },
  { kind: 'stop', label: 'Stop…', title: 'Stop it with a savepoint' },
  { kind: 'cancel', label: 'Cancel…', title: 'End it at once, without a savepoint' }
];

/** The buttons of a job as it is now. */
export function verbsOf(job: Pick<IJob, 'allowed'>): IVerb[] {
  return VERBS.filter(each => job.allowed.includes(each.kind));
}

/** Which order takes a job to this version; null where it is wanted already, or nothing can be asked now. */
export function orderTo(
  job: Pick<IJob, 'allowed' | 'version'>,
  version: number
): 'upgrade' | 'rollback' | null {
  if (version === job.version) {
    return null;
  }
  const kind = version > job.version ? 'upgrade' : 'rollback';
  return job.allowed.includes(kind) ? kind : null;
}

/** A whole number from a person's text, of at least one; null for anything else. */
export function parallelismOf(text: string): number | null {
  const found = /^\s*(\d{1,6})\s*$/.exec(text);
  const value = found ? Number(found[1]) : 0;
  return value >= 1 ? value : null;
}

/** `savepoint 12`, `checkpoint 7`, `checkpoints 8 to 11`. */
export function checkpointName(checkpoint: ICheckpoint): string {
  if (checkpoint.gap > 1) {
    return `checkpoints ${checkpoint.id} to ${checkpoint.id + checkpoint.gap - 1}`;
  }
  return `${checkpoint.savepoint ? 'savepoint' : 'checkpoint'} ${checkpoint.id}`;
}

/** How it ended, in a line. */
export function checkpointWords(checkpoint: ICheckpoint): string {
  switch (checkpoint.status) {
    case 'gap':
      return 'not seen by a supervisor';
    case 'failed':
      return checkpoint.failure ? `failed: ${checkpoint.failure}` : 'failed';
    default:
      return checkpoint.kept ? 'kept' : '';
  }
}

/** How long it took and what it wrote, as cells; empty for one of which that is not known. */
export function checkpointFigures(checkpoint: ICheckpoint): [string, string, string] {
  if (checkpoint.status === 'gap') {
    return ['', '', ''];
  }
  const took = duration(checkpoint.duration);
  return checkpoint.status === 'failed'
    ? [took, '', '']
    : [took, bytes(checkpoint.full_size), bytes(checkpoint.size)];
}

/** A page of a job in Flink's UI, below the path of the cluster's; its start without a Flink id. */
export function flinkPath(
  ui: string,
  flinkId: string,
  page: 'overview' | 'exceptions' = 'overview',
  runs = true
): string {
  const list = runs ? 'running' : 'completed';
  const isId = /^[0-9a-f]{32}$/.test(flinkId);
  return start(ui) + (isId ? `#/job/${list}/${flinkId}/${page}` : '');
}

/** The list of the JobManager's logs in Flink's UI. */
export function logsPath(ui: string): string {
  return `${start(ui)}#/job-manager/logs`;
}

function start(ui: string): string {
  return ui.replace(/\/*$/, '/');
}
