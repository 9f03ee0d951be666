/** What the server's handlers can be asked, typed. Every method rejects with a `ServerError`. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { errorOf, ServerError, troubled } from './errors';
import type {
  ICellJob,
  ICluster,
  IClusterKey,
  IClusterRow,
  ICommand,
  IDefinition,
  IFigure,
  IHistory,
  IIncident,
  IJob,
  IJobKey,
  IJobRow,
  INodes,
  IOrder,
  IStatus,
  IVariables
} from './types';

type Query = Record<string, string | number | readonly string[] | undefined>;

export interface IRequest {
  method?: 'GET' | 'POST';
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
}

/** Of a page that is asked for again and again: `signal` gives up the request. */
export interface IAsked {
  signal?: AbortSignal;
}

export class Client {
  constructor(readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  status(asked: IAsked = {}): Promise<IStatus> {
    return this.request('status', asked);
  }

  clusters(asked: IAsked = {}): Promise<IClusterRow[]> {
    return this.request('clusters', asked);
  }

  cluster(key: IClusterKey, asked: IAsked = {}): Promise<ICluster> {
    return this.request(below('clusters', key.name), { ...asked, query: { team: key.team } });
  }

  jobs(asked: IAsked = {}): Promise<IJobRow[]> {
    return this.request('jobs', asked);
  }

  job(key: IJobKey, asked: IAsked = {}): Promise<IJob> {
    return this.request(jobPath(key), { ...asked, query: { team: key.team } });
  }

  /** Record an order to a job. Any live supervisor carries it out; `command` and the events tell how far it is. */
  order(key: IJobKey, order: IOrder): Promise<ICommand> {
    return this.request(`${jobPath(key)}/commands`, {
      method: 'POST',
      body: order,
      query: { team: key.team }
    });
  }

  /** `kind`: checkpoints, backpressure, metrics, timeline, graph, lag, skew; `since`: how long back, as `6h`. */
  jobPlot(key: IJobKey, kind: string, since?: string, asked: IAsked = {}): Promise<IFigure> {
    return this.request(`${jobPath(key)}/plots/${encodeURIComponent(kind)}`, {
      ...asked,
      query: { team: key.team, since }
    });
  }

  /** `kind`: metrics or lag. */
  clusterPlot(
    key: IClusterKey,
    kind: string,
    since?: string,
    asked: IAsked = {}
  ): Promise<IFigure> {
    return this.request(`${below('clusters', key.name)}/plots/${encodeURIComponent(kind)}`, {
      ...asked,
      query: { team: key.team, since }
    });
  }

  /** What the catalog tree has under a node, a page at a time: `after` is the page's before. */
  children(path: readonly string[], after = '', limit = 200, asked: IAsked = {}): Promise<INodes> {
    return this.request('catalog/children', { ...asked, query: { path, after, limit } });
  }

  search(text: string, limit = 200, asked: IAsked = {}): Promise<INodes> {
    return this.request('catalog/search', { ...asked, query: { q: text, limit } });
  }

  definition(team: string, name: string, asked: IAsked = {}): Promise<IDefinition> {
    return this.request(below('catalog/definitions', name), { ...asked, query: { team } });
  }

  /** Statements that were run, the newest first; `before` is the page's before. */
  history(
    text = '',
    before: string | null = null,
    limit = 100,
    asked: IAsked = {}
  ): Promise<IHistory> {
    return this.request('history', {
      ...asked,
      query: { q: text, before: before ?? undefined, limit }
    });
  }

  variables(asked: IAsked = {}): Promise<IVariables> {
    return this.request('variables', asked);
  }

  /** What went wrong, the newest first; `since`: how long back, as `24h`. */
  incidents(since = '24h', asked: IAsked = {}): Promise<IIncident[]> {
    return this.request('incidents', { ...asked, query: { since } });
  }

  /**
   * The cells of a notebook (its path as Jupyter has it) that are managed jobs, and the jobs that are called
   * `names`: so a job is found also after its notebook was renamed.
   */
  cells(notebook: string, names: readonly string[] = [], asked: IAsked = {}): Promise<ICellJob[]> {
    return this.request('cells', { ...asked, query: { notebook, name: names } });
  }

  /** A statement or a cell's text, formatted. Refused with status 501 where the server has no formatter. */
  async format(sql: string, asked: IAsked = {}): Promise<string> {
    const answer = await this.request<{ sql: string }>('format', {
      ...asked,
      method: 'POST',
      body: { sql }
    });
    return answer.sql;
  }

  /** Ask for what lies at `path` below `<base_url>flinklab/`; its parts are encoded already. */
  async request<T>(path: string, asked: IRequest = {}): Promise<T> {
    const response = await this.send(path, asked);
    const text = await response.text().catch(() => {
      throw troubled('away');
    });
    if (!response.ok) {
      throw errorOf(response.status, text);
    }
    try {
      return JSON.parse(text) as T;
    } catch {
      // A page instead of an answer: a proxy in front sends who is not logged in to its login.
      throw troubled(response.redirected ? 'login' : 'broken', response.status);
    }
  }

  /** The reply itself, whatever its status. Aborting rejects with the `AbortError`, as fetch does. */
  async send(path: string, asked: IRequest = {}, headers?: HeadersInit): Promise<Response> {
    const url = URLExt.join(this.settings.baseUrl, 'flinklab', path) + search(asked.query ?? {});
    const init: RequestInit = { method: asked.method ?? 'GET', signal: asked.signal };
    if (headers !== undefined) {
      init.headers = headers;
    }
    if (asked.body !== undefined) {
      init.body = JSON.stringify(asked.body);
    }
    try {
      return await ServerConnection.makeRequest(url, init, this.settings);
    } catch (error) {
      if (asked.signal?.aborted) {
        throw new DOMException('The request was given up', 'AbortError');
      }
      throw troubled('away', 0, error instanceof Error ? error.message : '');
    }
  }
}

/** One line of whatever was thrown, for people. */
export function lineOf(error: unknown): string {
  if (error instanceof ServerError) {
    return error.text;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Whether it was thrown because the request was given up. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function jobPath(key: IJobKey): string {
  return `${below('jobs', key.environment)}/${encodeURIComponent(key.name)}`;
}

/** A name as one part of a path: also one with a slash in it. */
function below(path: string, name: string): string {
  return `${path}/${encodeURIComponent(name)}`;
}

function search(query: Query): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      if (each !== undefined) {
        pairs.append(name, String(each));
      }
    }
  }
  const text = pairs.toString();
  return text ? `?${text}` : '';
}
