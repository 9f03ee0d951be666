/** A tree in the page: its rows in a virtual list, the keys and the mouse. */

import React, { useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';

import { VirtualList } from '../common/list';
import { Dot } from '../common/dot';
import { useStore } from '../common/store';
import { moved } from './keys';
import type { INode, INodeRow, IOtherRow, Row, Tree } from './tree';

/** A small button at the end of a row. */
export interface IAction {
  label: string;
  icon: string;
  run: (node: INode) => void;
}

export interface ITreeViewProps {
  tree: Tree;
  label: string;
  /** What Enter and a double click do with a node; without it they open it. */
  act?: (node: INode) => void;
  /** What can be done with a node by buttons in its row. */
  actions?: (node: INode) => readonly IAction[];
  /** Told which node is active, also before a menu opens on it. */
  onActive?: (node: INode | null) => void;
  /** The keys lead out of the tree, upwards. */
  onLeave?: () => void;
}

export const ROW = 24; // px
const INDENT = 14; // px for each level
const NONE: readonly IAction[] = [];

export function TreeView(props: ITreeViewProps): React.JSX.Element {
  const { tree, act, onActive } = props;
  const id = useId();
  const rows = useStore(tree.rows);
  const [active, setActive] = useState('');
  const at = useMemo(() => rows.findIndex(row => row.key === active), [rows, active]);

  const go = useCallback(
    (row: Row | undefined) => {
      setActive(row?.key ?? '');
      onActive?.(row?.kind === 'node' ? row.node : null);
    },
    [onActive]
  );
  const run = useCallback(
    (row: Row) => {
      if (row.kind !== 'node') {
        tree.more(row.path);
      } else if (act && isLeaf(row.node)) {
        act(row.node);
      } else {
        tree.toggle(row.node.path);
      }
    },
    [tree, act]
  );
  const onKeyDown = (event: React.KeyboardEvent, page: number) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const move = moved(rows, at, event.key, page);
    if (!move) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const row = rows[at];
    if (move.kind === 'go') {
      go(rows[move.to]);
    } else if (move.kind === 'leave') {
      props.onLeave?.();
    } else if (move.kind === 'toggle' && row.kind === 'node') {
      tree.toggle(row.node.path, move.open);
    } else {
      run(row);
    }
  };
  // A row that a press was on may be gone before the menu opens: the menu is about the row that it is on.
  const onContextMenu = (event: React.MouseEvent) => {
    const on = (event.target as HTMLElement).closest<HTMLElement>('[data-at]');
    if (on) {
      go(rows[Number(on.dataset.at)]);
    }
  };
  useEffect(() => tree.begin(), [tree]);

  return (
    <VirtualList
      id={id}
      role="tree"
      label={props.label}
      count={rows.length}
      height={ROW}
      active={at}
      onKeyDown={onKeyDown}
      onFocus={() => at < 0 && go(rows[0])}
      onContextMenu={onContextMenu}
      render={(each, place) => {
        const row = rows[each];
        const own = {
          at: each,
          id: `${id}-${each}`,
          isActive: each === at,
          place: { ...place, paddingInlineStart: 4 + INDENT * row.depth }
        };
        if (row.kind !== 'node') {
          return <Other key={row.key} {...own} row={row} run={() => run(row)} />;
        }
        return (
          <Item
            key={row.key}
            {...own}
            row={row}
            actions={props.actions?.(row.node) ?? NONE}
            press={isSign => {
              go(row);
              if (isSign || !isLeaf(row.node)) {
                tree.toggle(row.node.path);
              }
            }}
            twice={() => isLeaf(row.node) && run(row)}
          />
        );
      }}
    />
  );
}

/** Whether it is a thing (a table, a job) and no folder of things. */
function isLeaf(node: INode): boolean {
  return node.isThing ?? !node.opens;
}

interface IOwn {
  at: number;
  id: string;
  isActive: boolean;
  place: React.CSSProperties;
}

interface IItemProps extends IOwn {
  row: INodeRow;
  actions: readonly IAction[];
  press: (isSign: boolean) => void;
  twice: () => void;
}

function Item(props: IItemProps): React.JSX.Element {
  const { row, isActive } = props;
  const { node } = row;
  return (
    <div
      id={props.id}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-posinset={row.place}
      aria-setsize={row.siblings.count}
      aria-expanded={node.opens ? row.open : undefined}
      aria-selected={isActive}
      className="flinklab-Row"
      data-at={props.at}
      data-icon={node.icon}
      style={props.place}
      title={node.note || undefined}
      draggable={node.text !== undefined}
      onDragStart={event => {
        event.dataTransfer.setData('text/plain', node.text ?? '');
        event.dataTransfer.effectAllowed = 'copy';
      }}
      onClick={event =>
        props.press((event.target as HTMLElement).classList.contains('flinklab-Row-sign'))
      }
      onDoubleClick={props.twice}
    >
      <span className="flinklab-Row-sign" aria-hidden="true">
        {node.opens ? '›' : ''}
      </span>
      {node.tone ? <Dot tone={node.tone} /> : <span className="flinklab-Row-icon" aria-hidden />}
      <span className="flinklab-Row-label">{node.label}</span>
      <span className="flinklab-Row-detail">{node.detail}</span>
      <span className="flinklab-Row-actions">
        {props.actions.map(action => (
          <button
            key={action.label}
            type="button"
            tabIndex={isActive ? 0 : -1}
            title={action.label}
            aria-label={`${action.label}: ${node.label}`}
            onClick={event => {
              event.stopPropagation();
              action.run(node);
            }}
          >
            {action.icon}
          </button>
        ))}
      </span>
    </div>
  );
}

function Other(props: IOwn & { row: IOtherRow; run: () => void }): React.JSX.Element {
  const { row, run } = props;
  const isError = row.kind === 'error';
  const isMore = row.kind === 'more';
  // Whoever scrolls to the end of a page goes on with the next one.
  const next = useRef(run);
  useEffect(() => {
    next.current = run;
  });
  useEffect(() => {
    if (isMore) {
      next.current();
    }
  }, [isMore]);
  return (
    <div
      id={props.id}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={props.isActive}
      className="flinklab-Row flinklab-Row-other"
      data-at={props.at}
      data-kind={row.kind}
      style={props.place}
      title={isError ? `${row.text}: press to try again` : undefined}
      onClick={isError ? run : undefined}
    >
      <span className="flinklab-Row-sign" aria-hidden="true" />
      <span className="flinklab-Row-label">{row.text}</span>
    </div>
  );
}
