/**
 * What the server's handlers answer with. Moments are milliseconds since 1970, durations seconds, sizes bytes;
 * `null` stands for "not known". Secrets are masked on the server.
 */

/** A job is known by these three: the same name in two environments is two jobs. */
export interface IJobKey {
  team: string;
  environment: string;
  name: string;
}

/** The states of a managed job, those that need a person first. */
export const JOB_STATES = [
  'quarantined',
  'failed',
  'unreachable',
  'restarting',
  'starting',
  'stopping',
  'running',
  'stopped',
  'finished',
  'draft'
] as const;

export type JobState = (typeof JOB_STATES)[number];

export interface IJobRow extends IJobKey {
  state: JobState;
  since: number | null;
  /** Why it is in this state, in a line; may be empty. */
  reason: string;
  /** The version that is wanted. */
  version: number;
  /** The version that runs, when one does. */
  running: number | null;
  /** Whether people want it to run. */
  wanted: boolean;
  cluster: string;
  pool: string;
  tags: string[];
  owner: string;
  /** Where the wanted version's text comes from; empty when it comes from no notebook. */
  notebook: string;
  cell: string;
  /** A person may have to do something. */
  problem: boolean;
  /** The open command and how far it is (`stop: stopping`), empty without one. */
  command: string;
  /** When the newest point was taken that it can be started from. */
  checkpoint: number | null;
}

export const COMMAND_KINDS = [
  'start',
  'stop',
  'cancel',
  'savepoint',
  'restart',
  'scale',
  'upgrade',
  'rollback',
  'switch-backend',
  'move',
  'configure',
  'delete'
] as const;

export type CommandKind = (typeof COMMAND_KINDS)[number];
export type CommandState = 'waiting' | 'running' | 'done' | 'failed' | 'withdrawn';

export interface ICommand {
  id: string;
  kind: CommandKind | 'adopt';
  state: CommandState;
  /** How far it is: `new`, `saving`, `stopping`, `starting`, `proving`, `going back`, `back`. */
  step: string;
  /** How it came out, in a line. */
  outcome: string;
  /** State, step and outcome as people say them. */
  words: string;
  why: string;
  by: string;
  asked: number | null;
  ended: number | null;
}

/**
 * What is asked of a job. `arguments` by kind: start `from_`, `empty`, `state`; stop `drain`; savepoint `canonical`;
 * scale `parallelism`; upgrade `number`, `state`; rollback `to`, `state`; switch-backend `backend`; move `cluster`,
 * `pool`, `lost`; configure `policies`, `config`, `tags`, ...; delete `points` (`keep` or `delete`).
 */
export interface IOrder {
  kind: CommandKind;
  arguments?: Record<string, unknown>;
  why?: string;
}

export interface IAttempt {
  number: number;
  state: string;
  version: number;
  flink_id: string;
  cluster: string;
  /** The path of the state that it began with; empty: without state. */
  restored_from: string;
  planned: number | null;
  running: number | null;
  ended: number | null;
  /** Why it ended badly, in a line; empty when it did not. */
  cause: string;
  /** The failing vertex and where it ran. */
  place: string;
}

/** Something that a job can be started from. */
export interface IPoint {
  at: number | null;
  savepoint: boolean;
  /** `CANONICAL`, `NATIVE`; empty for a checkpoint. */
  format: string;
  duration: number;
  size: number;
  full_size: number;
  trigger: string;
  path: string;
}

export interface IEvent {
  at: number | null;
  kind: string;
  text: string;
  by: string;
}

export interface IVersion {
  number: number;
  made: number | null;
  by: string;
  note: string;
  notebook: string;
  cell: string;
  statement: string;
}

export interface IJob extends IJobRow {
  description: string;
  priority: number;
  parallelism: number | null;
  /** The state backend; empty: the cluster's. */
  backend: string;
  config: Record<string, string>;
  /** When it is started again at the earliest. */
  not_before: number | null;
  /** What can be asked of it as it is now. */
  allowed: CommandKind[];
  open: ICommand | null;
  commands: ICommand[];
  attempts: IAttempt[];
  points: IPoint[];
  events: IEvent[];
  versions: IVersion[];
}

export interface IClusterKey {
  team: string;
  name: string;
}

/** `unknown`: no supervisor has seen it yet. `silent`: nobody answers there since `since`. */
export type ClusterState = 'up' | 'silent' | 'unknown';

export interface IClusterRow extends IClusterKey {
  kind: string;
  description: string;
  labels: string[];
  state: ClusterState;
  since: number | null;
  /** What its supervisor has to say of it, in a line. */
  remark: string;
  flink_version: string;
  /** `running`: of those that shall run; `problems`: those that need a person. */
  jobs: { total: number; running: number; problems: number };
  /** As they were recorded last. */
  slots: { total: number; free: number } | null;
  /** The path of its Flink UI below the base URL, null when there is none. */
  ui: string | null;
  /** The same of its application's page in YARN, null for a cluster that is on none. */
  yarn_ui: string | null;
}

export interface INamedSession {
  team: string;
  name: string;
  statements: number;
  by: string;
  changed: number | null;
}

export interface ICluster extends IClusterRow {
  gateway: string;
  storage: string;
  yarn: string;
  application: string;
  defaults: Record<string, string>;
  rows: IJobRow[];
  /** The supervisor that looks after it, empty when none does. */
  supervisor: string;
  sessions: INamedSession[];
}

export interface ISupervisor {
  name: string;
  host: string;
  pid: number;
  alive: boolean;
  clusters: IClusterKey[];
}

export interface IStatus {
  /** Of the server's side; the browser's own is in package.json. */
  version: string;
  /** The catalog's URL without its password, null when there is no catalog. */
  catalog: string | null;
  /** Why the catalog cannot be used, in a line that says what to do; empty when it can. */
  problem: string;
  person: string;
  team: string;
  teams: string[];
  environment: string;
  /** The cluster that statements go to without a name: the settings' gateway; empty: the embedded one. */
  cluster: string;
  supervisors: ISupervisor[];
  /** The supervisor that this server started, null when it starts none. */
  child: { pid: number | null; state: string } | null;
  /** How many jobs have problems. */
  problems: number;
  /** What this server can do beyond the rest: `format`, `ui`, `supervise`, ... */
  capabilities: string[];
}

export type DefinitionKind = 'table' | 'view' | 'function' | 'model' | 'catalog';

/** A line of the catalog tree. `path` is team, kind, name, column; `detail` stands behind the label. */
export interface INode {
  path: string[];
  label: string;
  icon: 'team' | DefinitionKind | 'column';
  detail: string;
  /** A comment, or why a search found it. */
  note: string;
  opens: boolean;
}

/** `after`: what the next page comes after, null on the last one. */
export interface INodes {
  nodes: INode[];
  after: string | null;
}

export interface IColumn {
  name: string;
  type: string;
  comment: string;
  /** The expression of a computed column. */
  computed: string;
  /** The key of a metadata column. */
  metadata: string;
  /** Part of the primary key. */
  key: boolean;
}

export interface IDefinition {
  team: string;
  name: string;
  kind: DefinitionKind;
  comment: string;
  connector: string;
  owner: string;
  tags: string[];
  version: number;
  by: string;
  changed: number | null;
  columns: IColumn[];
  partitioned_by: string[];
  watermark: string;
  versions: {
    version: number;
    by: string;
    changed: number | null;
    note: string;
    dropped: boolean;
  }[];
  /** What uses it: definitions, notebooks, jobs. */
  uses: { kind: string; name: string; how: string; seen: number | null; by: string }[];
  ddl: string;
  /** Its name as SQL has it, quoted where Flink needs that. */
  insert: string;
  /** A SELECT with its columns; empty for what cannot be read from. */
  select: string;
}

export interface IHistoryEntry {
  id: string;
  team: string;
  person: string;
  started: number | null;
  ended: number | null;
  /** As it ran, secrets masked. */
  sql: string;
  /** As it stood in the cell. */
  source: string;
  kind: string;
  outcome: 'finished' | 'failed' | 'stopped' | 'submitted' | 'running';
  rows: number | null;
  error: string;
  notebook: string;
  cell: string;
  cluster: string;
  environment: string;
  job_id: string;
}

/** `before`: the id that the next page goes on after, null on the last one. */
export interface IHistory {
  entries: IHistoryEntry[];
  before: string | null;
}

export interface IVariable {
  team: string;
  name: string;
  type: string;
  secret: boolean;
  description: string;
  /** By environment; `*` holds where an environment has none of its own. Secrets are masked. */
  values: Record<string, string>;
}

export interface IVariables {
  environments: string[];
  variables: IVariable[];
}

/** Something that went wrong: of a job, or of a cluster when `name` is empty. */
export interface IIncident {
  at: number | null;
  kind: 'job' | 'failure' | 'cluster';
  /** It is so now. */
  open: boolean;
  team: string;
  environment: string;
  name: string;
  cluster: string;
  text: string;
}

/** A cell that is a managed job, with its text as it was promoted. */
export interface ICellJob extends IJobKey {
  /** Of the newest version: its notebook as the kernel named it, and the id of the cell. */
  notebook: string;
  cell: string;
  state: JobState;
  /** The newest that was promoted, whatever runs. */
  version: number;
  setup: string[];
  statement: string;
  /** `setup` and `statement` as they were written, each with its semicolon. */
  text: string;
  /** What was SET or given with flags; secrets are masked. */
  config: Record<string, string>;
}

/** A figure as plotly takes it. */
export interface IFigure {
  data: unknown[];
  layout: Record<string, unknown>;
  /** What a person has to know about the picture, in a line. */
  note: string;
}

/** What a `jobs` event brings: all rows when `all`, else only changed ones. */
export interface IJobsEvent {
  all: boolean;
  rows: IJobRow[];
  gone: IJobKey[];
}
