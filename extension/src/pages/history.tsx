/** What was asked of a job, how often it was begun, and what happened to it. */

import React from 'react';

import type { IJob } from '../server/types';
import { Ago } from './ago';
import { Table } from './table';

export function History({ job }: { job: IJob }): React.JSX.Element {
  return (
    <>
      <Table
        title="Orders"
        rows={job.commands}
        keyOf={row => row.id}
        empty="Nothing was asked of it."
        columns={[
          { title: 'asked', cell: row => <Ago at={row.asked} /> },
          { title: 'order', cell: row => row.kind },
          {
            title: 'how it stands',
            wide: true,
            cell: row => (
              <span className={row.state === 'failed' ? 'flinklab-Page-trouble' : ''}>
                {row.words}
              </span>
            )
          },
          { title: 'by', cell: row => row.by },
          { title: 'why', wide: true, cell: row => row.why }
        ]}
      />
      <Table
        title="Attempts"
        rows={job.attempts}
        keyOf={row => row.number}
        empty="It was never started."
        columns={[
          { title: '', number: true, cell: row => row.number },
          { title: 'state', cell: row => row.state },
          { title: 'version', number: true, cell: row => row.version },
          { title: 'begun', cell: row => <Ago at={row.running ?? row.planned} /> },
          { title: 'ended', cell: row => <Ago at={row.ended} /> },
          { title: 'on', cell: row => row.cluster },
          {
            title: 'Flink job',
            cell: row => <code title={row.flink_id}>{row.flink_id.slice(0, 8)}</code>
          },
          { title: 'from', wide: true, cell: row => row.restored_from || 'without state' },
          {
            title: 'why it ended',
            wide: true,
            cell: row =>
              row.cause && (
                <span className="flinklab-Page-trouble">
                  {[row.cause, row.place].filter(Boolean).join(' · ')}
                </span>
              )
          }
        ]}
      />
      <Table
        title="Events"
        rows={job.events}
        keyOf={(_, at) => at}
        empty="Nothing happened to it yet."
        columns={[
          { title: 'at', cell: row => <Ago at={row.at} /> },
          { title: '', cell: row => row.kind },
          { title: 'what', wide: true, cell: row => row.text },
          { title: 'by', cell: row => row.by }
        ]}
      />
    </>
  );
}
