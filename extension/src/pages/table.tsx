/** A plain table with a heading; long texts are cut by the style and whole in their title. */

import React from 'react';

export interface ITableColumn<T> {
  title: string;
  /** Right-aligned, with digits of one width. */
  number?: boolean;
  /** May take more than one line. */
  wide?: boolean;
  cell: (row: T) => React.ReactNode;
}

export interface ITableProps<T> {
  title: string;
  columns: readonly ITableColumn<T>[];
  rows: readonly T[];
  keyOf: (row: T, at: number) => string | number;
  /** What stands in the place of a table without rows. */
  empty: string;
  /** How many rows are not in `rows`. */
  more?: number;
}

const MOST = 200; // rows in the page

export function Table<T>(props: ITableProps<T>): React.JSX.Element {
  const { title, columns, rows, keyOf, empty } = props;
  const more = (props.more ?? 0) + Math.max(0, rows.length - MOST);
  return (
    <section className="flinklab-Page-table" aria-label={title}>
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p className="flinklab-Page-soft">{empty}</p>
      ) : (
        <div className="flinklab-Page-scroll" role="group" aria-label={title} tabIndex={0}>
          <table>
            <thead>
              <tr>
                {columns.map((column, at) => (
                  <th key={at} scope="col" className={column.number ? 'flinklab-mod-number' : ''}>
                    {column.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, MOST).map((row, at) => (
                <tr key={keyOf(row, at)}>
                  {columns.map((column, place) => (
                    <td key={place} className={classOf(column)}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more > 0 && <p className="flinklab-Page-soft">{more} more are not shown</p>}
    </section>
  );
}

function classOf<T>(column: ITableColumn<T>): string {
  return column.number ? 'flinklab-mod-number' : column.wide ? 'flinklab-mod-wide' : '';
}
