/** A job's last checkpoints as a table. */

import React from 'react';

import { Ago } from './ago';
import type { ICheckpoint } from './documents';
import { checkpointFigures, checkpointName, checkpointWords } from './job_words';
import { Table } from './table';

export function Checkpoints({ rows }: { rows: readonly ICheckpoint[] }): React.JSX.Element {
  return (
    <Table
      title="Last checkpoints"
      rows={rows}
      keyOf={(row, at) => `${row.id} ${row.at} ${at}`}
      empty="No checkpoint of it was recorded."
      columns={[
        { title: 'taken', cell: row => <Ago at={row.at} /> },
        { title: '', cell: checkpointName },
        { title: 'took', number: true, cell: row => checkpointFigures(row)[0] },
        { title: 'state', number: true, cell: row => checkpointFigures(row)[1] },
        { title: 'written', number: true, cell: row => checkpointFigures(row)[2] },
        {
          title: '',
          wide: true,
          cell: row => (
            <span
              className={row.status === 'failed' ? 'flinklab-Page-trouble' : 'flinklab-Page-soft'}
            >
              {checkpointWords(row)}
            </span>
          )
        }
      ]}
    />
  );
}
