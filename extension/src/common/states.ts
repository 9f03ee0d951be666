/** What the states of jobs and clusters look like: a shape and a colour beside the word, never alone. */

import type { ClusterState, JobState } from '../server/types';

/** `good` is full, `busy` a ring, `wrong` and `worry` are square, `quiet` is grey, `none` an empty ring. */
export type Tone = 'good' | 'busy' | 'worry' | 'wrong' | 'quiet' | 'none';

const JOBS: Record<JobState, Tone> = {
  quarantined: 'wrong',
  failed: 'wrong',
  unreachable: 'worry',
  restarting: 'worry',
  starting: 'busy',
  stopping: 'busy',
  running: 'good',
  stopped: 'quiet',
  finished: 'quiet',
  draft: 'none'
};

const CLUSTERS: Record<ClusterState, Tone> = { up: 'good', silent: 'worry', unknown: 'none' };

/** A state that a newer server knows and this browser does not is `none`. */
export function toneOfJob(state: JobState): Tone {
  return JOBS[state] ?? 'none';
}

export function toneOfCluster(state: ClusterState): Tone {
  return CLUSTERS[state] ?? 'none';
}

const LIVE: ReadonlySet<JobState> = new Set([
  'starting',
  'running',
  'restarting',
  'stopping',
  'unreachable'
]);

/** Whether something of it may run, so that it can be stopped. */
export function isLive(state: JobState): boolean {
  return LIVE.has(state);
}
