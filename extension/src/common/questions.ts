/** The questions before orders that end or interrupt a job: words only. */

import type { CommandKind, IJobKey } from '../server/types';

export interface IQuestion {
  title: string;
  text: string;
  button: string;
  warns: boolean;
}

/** What is asked before an order is given; null for those that interrupt nothing. */
export function questionOf(kind: CommandKind, job: IJobKey): IQuestion | null {
  const name = `${job.team}.${job.name} (${job.environment})`;
  switch (kind) {
    case 'stop':
      return {
        title: `Stop ${name}?`,
        text: 'It takes a savepoint first and can be started from it.',
        button: 'Stop with savepoint',
        warns: false
      };
    case 'cancel':
      return {
        title: `Cancel ${name}?`,
        text: 'It ends at once, without a savepoint: what came after its last checkpoint is done again.',
        button: 'Cancel the job',
        warns: true
      };
    case 'restart':
      return {
        title: `Restart ${name}?`,
        text: 'It stops with a savepoint and starts again from it.',
        button: 'Restart',
        warns: false
      };
    default:
      return null;
  }
}
