/** The ways into Flink's own UI: its pages of the job or the cluster, and where it has logs. */

import { URLExt } from '@jupyterlab/coreutils';
import React from 'react';

import { flinkPath, logsPath } from './job_words';
import { useSurroundings } from './surroundings';

/** `job`: its Flink id, and whether it runs; without it, of the cluster. */
export function UiLinks(props: {
  ui: string;
  job?: { flinkId: string; runs: boolean };
}): React.JSX.Element {
  const { ui, job } = props;
  return (
    <>
      <UiLink path={flinkPath(ui, job?.runs ? job.flinkId : '')} label="Flink UI" />
      {job?.flinkId && (
        <UiLink path={flinkPath(ui, job.flinkId, 'exceptions', job.runs)} label="exceptions" />
      )}
      <UiLink path={logsPath(ui)} label="JobManager logs" />
    </>
  );
}

/** To a page of a UI that the Jupyter server passes on; `path`: below its base URL. */
export function UiLink({ path, label }: { path: string; label: string }): React.JSX.Element {
  const { baseUrl } = useSurroundings();
  return (
    <a href={URLExt.join(baseUrl, path)} target="_blank" rel="noopener noreferrer">
      {label}
    </a>
  );
}
