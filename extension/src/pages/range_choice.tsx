/** Buttons for how long back the plots go. */

import React from 'react';

import { RANGES } from './ranges';
import type { IRange } from './ranges';

export function RangeChoice(props: {
  chosen: IRange;
  onChoose: (range: IRange) => void;
}): React.JSX.Element {
  return (
    <div className="flinklab-Ranges" role="group" aria-label="How long back the plots go">
      {RANGES.map(each => (
        <button
          key={each.since}
          type="button"
          aria-pressed={each === props.chosen}
          onClick={() => props.onChoose(each)}
        >
          {each.label}
        </button>
      ))}
    </div>
  );
}
