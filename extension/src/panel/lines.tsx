/** A list of things that take two lines each, with buttons: jobs, statements that ran, incidents. */

import React, { useEffect, useId, useImperativeHandle, useMemo, useRef, useState } from 'react';

import { Dot } from '../common/dot';
import { VirtualList } from '../common/list';
import type { Tone } from '../common/states';

export interface ILine {
  tone: Tone | null;
  /** What it is, its state in words beside it, and what else there is to say. */
  head: string;
  side: string;
  below: string;
  /** `wrong`: it says why something failed; `open`: something is going on. */
  mood: '' | 'wrong' | 'open';
  title: string;
  /** The head is code. */
  isCode?: boolean;
}

export interface ILineAction {
  label: string;
  title: string;
  disabled?: boolean;
  run: () => void;
}

export interface ILinesProps {
  label: string;
  count: number;
  /** The line of a number: asked for when it comes into sight. */
  lineOf: (at: number) => ILine;
  /** Its key, which stays the same for a thing while others come and go. Another function when the lines change. */
  keyOf: (at: number) => string;
  /** What Enter and a double click do with the line of a number. */
  act: (at: number) => void;
  actions: (at: number) => readonly ILineAction[];
  /** The keys lead out of the list, upwards. */
  onLeave?: () => void;
  /** There are more after the last line: asked for when that comes into sight. */
  more?: () => void;
  /** For who leads the keys into the list. */
  handle?: React.Ref<{ focus: () => void }>;
}

export const LINE = 42; // px

export function Lines(props: ILinesProps): React.JSX.Element {
  const { count, keyOf, more } = props;
  const id = useId();
  const [active, setActive] = useState('');
  const at = useMemo(() => placeOf(active, count, keyOf), [active, count, keyOf]);
  useImperativeHandle(props.handle, () => ({ focus: () => document.getElementById(id)?.focus() }));
  const go = (to: number) => setActive(count ? keyOf(Math.max(0, Math.min(to, count - 1))) : '');
  const onKeyDown = (event: React.KeyboardEvent, page: number) => {
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => (at > 0 ? go(at - 1) : props.onLeave?.()),
      Home: () => go(0),
      End: () => go(count - 1),
      PageDown: () => go(at + page),
      PageUp: () => go(at - page),
      Enter: () => at >= 0 && props.act(at)
    };
    const move = moves[event.key];
    if (move && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      move();
    }
  };
  return (
    <VirtualList
      id={id}
      role="grid"
      label={props.label}
      count={count + (more ? 1 : 0)}
      height={LINE}
      active={at}
      onKeyDown={onKeyDown}
      onFocus={() => at < 0 && go(0)}
      render={(each, place) =>
        each < count ? (
          <TwoLines
            key={keyOf(each)}
            id={`${id}-${each}`}
            at={each}
            line={props.lineOf(each)}
            isActive={each === at}
            place={place}
            actions={props.actions(each)}
            press={() => go(each)}
            act={() => props.act(each)}
          />
        ) : (
          <More key={`more ${count}`} place={place} load={more} />
        )
      }
    />
  );
}

/** The number of the line with a key, -1 when there is none. */
function placeOf(key: string, count: number, keyOf: (at: number) => string): number {
  for (let at = 0; key && at < count; at++) {
    if (keyOf(at) === key) {
      return at;
    }
  }
  return -1;
}

interface ITwoLinesProps {
  id: string;
  at: number;
  line: ILine;
  isActive: boolean;
  place: React.CSSProperties;
  actions: readonly ILineAction[];
  press: () => void;
  act: () => void;
}

function TwoLines(props: ITwoLinesProps): React.JSX.Element {
  const { line, isActive } = props;
  return (
    <div
      id={props.id}
      role="row"
      aria-rowindex={props.at + 1}
      aria-selected={isActive}
      className="flinklab-Two"
      style={props.place}
      title={line.title}
      onClick={props.press}
      onDoubleClick={props.act}
    >
      <div role="gridcell" className="flinklab-Two-main">
        <div className="flinklab-Two-head">
          {line.tone && <Dot tone={line.tone} />}
          <span className="flinklab-Two-name" data-code={line.isCode || undefined}>
            {line.head}
          </span>
          <span className="flinklab-Two-side" data-tone={line.tone ?? undefined}>
            {line.side}
          </span>
        </div>
        <div className="flinklab-Two-below" data-mood={line.mood || undefined}>
          {line.below}
        </div>
      </div>
      <div role="gridcell" className="flinklab-Two-actions">
        {props.actions.map(action => (
          <button
            key={action.label}
            type="button"
            disabled={action.disabled}
            tabIndex={isActive ? 0 : -1}
            title={action.title}
            aria-label={`${action.label}: ${line.head}`}
            onClick={event => {
              event.stopPropagation();
              action.run();
            }}
            onDoubleClick={event => event.stopPropagation()}
          >
            {action.label}
          </button>
        ))}
      </div>
    </div>
  );
}

/** The place of what comes next, which is asked for when it comes into sight. */
function More(props: { place: React.CSSProperties; load?: () => void }): React.JSX.Element {
  const load = useRef(props.load);
  useEffect(() => load.current?.(), []);
  return (
    <div role="row" className="flinklab-Two flinklab-Row-other" style={props.place}>
      <div role="gridcell">loading…</div>
    </div>
  );
}
