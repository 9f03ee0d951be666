/** Small pieces that the sections of the panel have in common. */

import React, { forwardRef } from 'react';

export interface ISearchProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  /** The arrow down key leads into the list below. */
  onDown?: () => void;
}

/** A field to search or filter with. Escape empties it. */
export const Search = forwardRef<HTMLInputElement, ISearchProps>(function Search(props, ref) {
  return (
    <input
      ref={ref}
      type="search"
      className="flinklab-Search"
      placeholder={props.label}
      aria-label={props.label}
      spellCheck={false}
      maxLength={200}
      value={props.value}
      onChange={event => props.onChange(event.target.value)}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          props.onChange('');
        } else if (event.key === 'ArrowDown' && props.onDown) {
          event.preventDefault();
          props.onDown();
        }
      }}
    />
  );
});

/** A line instead of a list, or above one. `isWrong`: something failed. */
export function Line(props: {
  text: string;
  isWrong?: boolean;
  again?: () => void;
}): React.JSX.Element {
  return (
    <div className="flinklab-Line" data-wrong={props.isWrong || undefined} role="status">
      <span>{props.text}</span>
      {props.again && (
        <button type="button" className="flinklab-Link" onClick={props.again}>
          Try again
        </button>
      )}
    </div>
  );
}
