/**
 * What the pages ask for beyond the rest of the server's table, as `flinklab.api.job_page` and `cluster_page` give it.
 *
 * Moments are milliseconds since 1970, durations seconds, sizes bytes, shares from 0 to 1; `null`: not known.
 */

import type { Client, IAsked } from '../server/client';
import type { IClusterKey, IJobKey } from '../server/types';
import type { IVersionChange } from './version_change';

/** A number of the job over the last half hour. */
export interface IVital {
  name: string;
  label: string;
  unit: string;
  meaning: string;
  value: number;
  points: [number, number | null][];
}

export interface ICheckpoint {
  id: number;
  status: 'completed' | 'failed' | 'gap';
  savepoint: boolean;
  at: number | null;
  duration: number;
  size: number;
  full_size: number;
  failure: string;
  /** So many, from `id` on, were not seen. */
  gap: number;
  /** The job can be started from it. */
  kept: boolean;
}

export interface IOverview {
  vitals: IVital[];
  checkpoints: ICheckpoint[];
  remark: string;
}

/** Failures of one root cause. */
export interface IFailure {
  cause: string;
  message: string;
  count: number;
  first: number;
  last: number;
  vertices: string[];
  taskmanagers: string[];
  versions: number[];
  attempts: number[];
  stack: string;
}

export interface IFailures {
  groups: IFailure[];
  more: number;
  since: number;
  notes: string[];
}

export interface IVersionPage {
  number: number;
  made: number | null;
  by: string;
  note: string;
  notebook: string;
  cell: string;
  commit: string;
  flink_version: string;
  text: string;
  config: Record<string, string>;
  definitions: string[];
  variables: string[];
}

/** A line on the left, the one beside it on the right, and whether they differ; null: lines are left out. */
export type DifferenceRow = [string | null, string | null, boolean] | null;

export interface IDifferenceSection {
  title: string;
  note: string;
  changed: boolean;
  rows: DifferenceRow[];
  more: number;
}

export interface IDifference {
  a: number;
  b: number;
  left: string;
  right: string;
  sections: IDifferenceSection[];
}

export interface IFinding {
  rule: string;
  severity: 'notice' | 'warning' | 'critical';
  title: string;
  evidence: string[];
  advice: string[];
  clause: string | null;
  line: number | null;
  since: string | null;
  follows: string | null;
}

export interface IDiagnosis {
  headline: string;
  at: number;
  healthy: boolean;
  findings: IFinding[];
  looked_at: string[];
  missing: string[];
}

export interface IMemory {
  used: number;
  most: number | null;
}

export interface IProcess {
  id: string;
  host: string;
  slots: { total: number; free: number } | null;
  /** By kind: heap, metaspace, managed. */
  memory: Record<string, IMemory>;
  direct: number | null;
  cpu: number | null;
  gc: number | null;
  threads: number | null;
  /** Bytes an hour by which its metaspace grows. */
  growth: number | null;
  leaks: boolean;
  jobs: { name: string; slots: number }[];
}

export interface IClusterJob {
  flink_id: string;
  name: string;
  state: string;
  since: number;
  slots: number;
  whose: string;
  key: IJobKey | null;
}

export interface IClusterOverview {
  title: string;
  at: number | null;
  trouble: string;
  slots: { total: number; free: number };
  taskmanagers: number;
  jobs: IClusterJob[];
  more_jobs: number;
  ended: number;
  processes: IProcess[];
  more_processes: number;
  unasked: number;
}

/** What is asked for a job's page. */
export class JobDocuments {
  constructor(
    readonly client: Client,
    readonly key: IJobKey
  ) {}

  overview(asked: IAsked = {}): Promise<IOverview> {
    return this.get('overview', asked);
  }

  /** `since`: how long back, as `7d`. */
  failures(since: string, asked: IAsked = {}): Promise<IFailures> {
    return this.get('failures', asked, { since });
  }

  version(number: number, asked: IAsked = {}): Promise<IVersionPage> {
    return this.get(`versions/${number}`, asked);
  }

  /** What taking the version means for the job. */
  change(number: number, asked: IAsked = {}): Promise<IVersionChange> {
    return this.get(`versions/${number}/change`, asked);
  }

  difference(a: number, b: number, asked: IAsked = {}): Promise<IDifference> {
    return this.get('difference', asked, { a, b });
  }

  /** Takes some 12 s. */
  doctor(asked: IAsked = {}): Promise<IDiagnosis> {
    return this.get('doctor', asked);
  }

  private get<T>(
    what: string,
    asked: IAsked,
    query: Record<string, string | number> = {}
  ): Promise<T> {
    const { team, environment, name } = this.key;
    const path = `jobs/${encodeURIComponent(environment)}/${encodeURIComponent(name)}/${what}`;
    return this.client.request(path, { ...asked, query: { team, ...query } });
  }
}

/** What is asked for a cluster's page. */
export class ClusterDocuments {
  constructor(
    readonly client: Client,
    readonly key: IClusterKey
  ) {}

  overview(asked: IAsked = {}): Promise<IClusterOverview> {
    return this.get('overview', asked);
  }

  /** Takes some 12 s. */
  doctor(asked: IAsked = {}): Promise<IDiagnosis> {
    return this.get('doctor', asked);
  }

  private get<T>(what: string, asked: IAsked): Promise<T> {
    const path = `clusters/${encodeURIComponent(this.key.name)}/${what}`;
    return this.client.request(path, { ...asked, query: { team: this.key.team } });
  }
}
