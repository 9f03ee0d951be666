/** Two versions of a job side by side. */

import React from 'react';

import { grouped } from '../common/words';
import { useAnswer } from './answer';
import { Asked } from './asked';
import type { DifferenceRow, IDifference, IDifferenceSection, JobDocuments } from './documents';
import { useInSight } from './surroundings';

export function Difference(props: {
  documents: JobDocuments;
  a: number;
  b: number;
}): React.JSX.Element {
  const { documents, a, b } = props;
  const answer = useAnswer(
    `difference ${a} ${b}`,
    asked => documents.difference(a, b, asked),
    0,
    useInSight()
  );
  return (
    <Asked answer={answer} waiting="Comparing…">
      {found => <Sides found={found} />}
    </Asked>
  );
}

function Sides({ found }: { found: IDifference }): React.JSX.Element {
  const changed = found.sections.filter(each => each.changed);
  const same = found.sections.filter(each => !each.changed && !each.note).map(each => each.title);
  return (
    <>
      {changed.map(each => (
        <Side key={each.title} section={each} left={found.left} right={found.right} />
      ))}
      {same.length > 0 && (
        <p className="flinklab-Page-soft">
          the same in {found.left} and {found.right}: {same.join(', ')}
        </p>
      )}
      {found.sections
        .filter(each => each.note)
        .map(each => (
          <p key={each.title} className="flinklab-Page-soft">
            {each.title}: {each.note}
          </p>
        ))}
    </>
  );
}

function Side(props: {
  section: IDifferenceSection;
  left: string;
  right: string;
}): React.JSX.Element {
  const { section, left, right } = props;
  return (
    <>
      <div className="flinklab-Page-scroll" role="group" aria-label="Comparison" tabIndex={0}>
        <table className="flinklab-Sides">
          <thead>
            <tr>
              <th scope="col">
                {section.title}, {left}
              </th>
              <th scope="col">
                {section.title}, {right}
              </th>
            </tr>
          </thead>
          <tbody>
            {section.rows.map((row, at) => (
              <Line key={at} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {section.more > 0 && (
        <p className="flinklab-Page-soft">{grouped(section.more)} more lines are not shown</p>
      )}
    </>
  );
}

function Line({ row }: { row: DifferenceRow }): React.JSX.Element {
  if (row === null) {
    return (
      <tr className="flinklab-Page-soft">
        <td colSpan={2}>…</td>
      </tr>
    );
  }
  const [left, right, changed] = row;
  return (
    <tr>
      <td className={changed && left !== null ? 'flinklab-mod-gone' : ''}>{left}</td>
      <td className={changed && right !== null ? 'flinklab-mod-came' : ''}>{right}</td>
    </tr>
  );
}
