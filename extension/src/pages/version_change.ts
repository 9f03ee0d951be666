/** What is asked before a job takes another version: words only. */

import type { IJobKey, IOrder } from '../server/types';

/** As `flinklab.api.version_change` tells it. */
export interface IVersionChange {
  kind: 'upgrade' | 'rollback';
  /** The version that runs, else the one that is wanted. */
  from: number;
  to: number;
  runs: boolean;
  /** Whether the job is wanted to run. */
  starts: boolean;
  /** The parts of the versions that are different. */
  changed: string[];
  /** What can be chosen, the best first. `state`: what the order takes, empty for nothing. */
  states: { state: string; words: string }[];
  /** Why it cannot be asked for; empty: it can. */
  refused: string;
}

export interface IChangeQuestion {
  title: string;
  lines: string[];
  button: string;
}

export function changeQuestion(job: IJobKey, change: IVersionChange): IChangeQuestion {
  const name = `${job.team}.${job.name} (${job.environment})`;
  const { from, to } = change;
  const isUpgrade = change.kind === 'upgrade';
  return {
    title: isUpgrade
      ? `Upgrade ${name} to version ${to}?`
      : `Go back with ${name} to version ${to}?`,
    lines: [
      change.runs
        ? `Version ${from} runs now, and stops; then version ${to} runs.`
        : change.starts
          ? `It has version ${from} and does not run now; it starts with version ${to}.`
          : `It has version ${from} and is not to run; version ${to} holds from its next start on.`,
      change.changed.length
        ? `Different: ${change.changed.join(', ')}.`
        : 'Nothing is different in what the two run.',
      ...(change.runs ? ['A version that does not become healthy goes back by itself.'] : [])
    ],
    button: isUpgrade ? `Upgrade to version ${to}` : `Go back to version ${to}`
  };
}

/** `state`: one of those that were offered. */
export function changeOrder(change: IVersionChange, state: string, why: string): IOrder {
  return {
    kind: change.kind,
    arguments: { number: change.to, ...(state ? { state } : {}) },
    why
  };
}
