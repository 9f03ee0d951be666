/** Which managed job a cell is, and what is known of it. */

import type { ICellJob, IJobKey, IJobRow, JobState } from '../server';
import { isEdited } from './edited';
import { environmentOf, jobOf } from './variants';

/** What the badge of a cell says. `key` is null for a job that the catalog does not have. */
export interface IBadge {
  name: string;
  key: IJobKey | null;
  /** Null where nothing is known of it. */
  state: JobState | null;
  /** The one that is wanted. */
  version: number;
  /** The one that was promoted last; the job may not have taken it yet. */
  newest: number;
  edited: boolean;
  /** The catalog has no such job. */
  isMissing: boolean;
  /** A sentence more, for whoever points at it. */
  remark: string;
}

/** What the page knows of jobs. */
export interface IKnown {
  jobs: readonly IJobRow[];
  /** Whether `jobs` are all there are: without it, one that is not among them may still be there. */
  isComplete: boolean;
  /** The environment that holds where a cell names none; empty: not known. */
  environment: string;
  team: string;
  /** The newest version of each job that cells of the notebook are, or may be. */
  cells: readonly ICellJob[];
}

/** The badge of a cell; null for one that is no managed job. `id` is the cell's, empty where it has no lasting one. */
export function badgeOf(source: string, id: string, known: IKnown): IBadge | null {
  const name = jobOf(source);
  const row = name ? named(name, environmentOf(source), known) : ofCell(id, known);
  if (row === null) {
    return name ? unknownJob(name, known) : null;
  }
  const promoted = known.cells.find(each => isSameJob(each, row));
  return {
    name: row.name,
    key: { team: row.team, environment: row.environment, name: row.name },
    state: row.state,
    version: row.version,
    newest: promoted?.version ?? row.version,
    edited: promoted !== undefined && isEdited(source, promoted),
    isMissing: false,
    remark: row.reason
  };
}

export function isSameJob(one: IJobKey, other: IJobKey): boolean {
  return (
    one.team === other.team && one.environment === other.environment && one.name === other.name
  );
}

/** The job that a name in a cell means: of one's own team and environment first, as the magic takes it. */
function named(name: string, environment: string, known: IKnown): IJobRow | null {
  const wanted = environment || known.environment;
  const rows = known.jobs.filter(
    row =>
      (row.name === name || `${row.team}.${row.name}` === name) &&
      (wanted === '' || row.environment === wanted)
  );
  return rows.find(row => row.team === known.team) ?? rows[0] ?? null;
}

/** The job that was promoted from the cell with another command than its own line. */
function ofCell(id: string, known: IKnown): IJobRow | null {
  const cell = id ? known.cells.find(each => each.cell === id) : undefined;
  return (cell && known.jobs.find(row => isSameJob(row, cell))) ?? null;
}

function unknownJob(name: string, known: IKnown): IBadge {
  const isMissing = known.isComplete;
  const remark = isMissing
    ? 'The catalog has no such job: Promote makes it'
    : 'Nothing is known of the job: the server does not tell';
  return { name, key: null, state: null, version: 0, newest: 0, edited: false, isMissing, remark };
}
