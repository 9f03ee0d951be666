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

/** Where the kernel of the notebook in front sends statements; null: it has said nothing. */
export interface IKernelStanding {
  /** A registered cluster; empty: the gateway's own. */
  cluster: string;
  /** The gateway's address; empty: no session is open yet. */
  gateway: string;
}

/** What a kernel answered to `ASKED`; null for whatever else it said. */
export function kernelStanding(answer: unknown): IKernelStanding | null {
  const data = (answer as { data?: Record<string, unknown> } | null | undefined)?.data;
  const found = data?.['application/json'] as Partial<IKernelStanding> | null | undefined;
  return typeof found?.cluster === 'string' && typeof found.gateway === 'string'
    ? { cluster: found.cluster, gateway: found.gateway }
    : null;
}

/** Evaluated in a kernel, beside the cells: it opens nothing, and is nothing where flinklab is not loaded. */
export const ASKED =
  "__import__('flinklab.notebook.standing', fromlist=['standing']).standing(get_ipython())" +
  " if 'flinklab' in __import__('sys').modules else None";

/** `status`: null until the server told it; `trouble`: why the server is not heard, empty when it is. */
export function standingOf(
  status: IStatus | null,
  trouble: string,
  kernel: IKernelStanding | null = null
): IStanding {
  if (trouble) {
    return { text: 'Flink: not connected', title: trouble, isBad: true };
  }
  if (status === null) {
    return { text: 'Flink', title: 'Nothing is known yet', isBad: false };
  }
  if (status.problem) {
    return { text: 'Flink: no catalog', title: status.problem, isBad: true };
  }
  const where = kernel?.cluster || status.cluster || hostOf(kernel?.gateway ?? '') || EMBEDDED;
  const jobs = status.problems > 0 ? count(status.problems, 'job') + ' with problems' : '';
  const whose = kernel?.gateway ? 'This notebook is connected: statements' : 'Statements';
  const lines = [
    `${whose} go to ${where === EMBEDDED ? 'the embedded Flink' : where} where a cell names no other cluster`,
    `${status.team}, ${status.environment}`,
    jobs || 'No job has problems'
  ];
  return {
    text: ['Flink: ' + where, jobs].filter(Boolean).join(' · '),
    title: lines.join('\n'),
    isBad: status.problems > 0
  };
}

/** Of a gateway that is not on this machine, as the Flink of one's own is. */
function hostOf(gateway: string): string {
  const host = /^https?:\/\/([^/?#]*)/.exec(gateway)?.[1] ?? '';
  return /^(127\.|localhost\b|\[::1\])/.test(host) ? '' : host;
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
