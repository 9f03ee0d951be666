/** What the status bar says, as text. */

import { count } from '../common/words';
import type { IStatus } from '../server/types';

/** As the server names the Flink of one's own. */
const EMBEDDED = 'embedded';

export interface IStanding {
  /** In the bar. */
  text: string;
  /** In the tooltip, and for who hears the page. */
  title: string;
  /** Something wants a person's attention. */
  isBad: boolean;
}

/** `status`: null until the server told it; `trouble`: why the server is not heard, empty when it is. */
export function standingOf(status: IStatus | null, trouble: string): IStanding {
  if (trouble) {
    return { text: 'Flink: not connected', title: trouble, isBad: true };
  }
  if (status === null) {
    return { text: 'Flink', title: 'Nothing is known yet', isBad: false };
  }
  if (status.problem) {
    return { text: 'Flink: no catalog', title: status.problem, isBad: true };
  }
  const where = status.cluster || EMBEDDED;
  const jobs = status.problems > 0 ? count(status.problems, 'job') + ' with problems' : '';
  const lines = [
    `Statements go to ${where === EMBEDDED ? 'the embedded Flink' : where} where a cell names no other cluster`,
    `${status.team}, ${status.environment}`,
    jobs || 'No job has problems'
  ];
  return {
    text: ['Flink: ' + where, jobs].filter(Boolean).join(' · '),
    title: lines.join('\n'),
    isBad: status.problems > 0
  };
}

/** Why browser and server may not understand each other, in a line; empty when they have one version. */
export function skewOf(browser: string, server: string): string {
  if (!server || server === browser) {
    return '';
  }
  return (
    `This page has flinklab ${browser} and the Jupyter server has ${server}. ` +
    'Reload the page; if that does not help, install flinklab again and restart the server.'
  );
}
