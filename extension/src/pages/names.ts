/** The commands of the pages by their names, for those that open a page. */

/** `{ environment, name, team? }`: the page of a job. */
export const JOB = 'flinklab:open-job';
/** `{ name, team? }`: the page of a cluster. */
export const CLUSTER = 'flinklab:open-cluster';
/** Choose a job by a part of its name. */
export const CHOOSE_JOB = 'flinklab:choose-job';
/** Choose a cluster by a part of its name. */
export const CHOOSE_CLUSTER = 'flinklab:choose-cluster';
