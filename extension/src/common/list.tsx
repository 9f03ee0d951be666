/** A list of rows of one height of which only those in sight are in the page, however many there are. */

import React, { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { drawn, topFor, windowOf } from './window';

export interface IVirtualListProps {
  /** Unique on the page: a row's own is `<id>-<number>`, which `aria-activedescendant` refers to. */
  id: string;
  role: 'tree' | 'grid';
  label: string;
  count: number;
  /** Of a row, in pixels. */
  height: number;
  /** The row that the keys act on, -1 for none. It stays in the page also out of sight. */
  active: number;
  render: (at: number, place: React.CSSProperties) => React.ReactNode;
  /** `page`: how many rows are in sight. */
  onKeyDown: (event: React.KeyboardEvent, page: number) => void;
  onFocus?: () => void;
  onContextMenu?: (event: React.MouseEvent) => void;
}

const NOWHERE = { from: 0, to: 0 };

export function VirtualList(props: IVirtualListProps): React.JSX.Element {
  const { id, count, height, active } = props;
  const box = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState(NOWHERE);
  const look = useCallback(() => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    const next = windowOf(scrollTop, clientHeight, height, count);
    setRange(known => (known.from === next.from && known.to === next.to ? known : next));
  }, [height, count]);
  useLayoutEffect(look, [look]);
  useEffect(() => {
    const observer = new ResizeObserver(look);
    if (box.current) {
      observer.observe(box.current);
    }
    return () => observer.disconnect();
  }, [look]);
  useEffect(() => {
    const node = box.current;
    if (node && active >= 0) {
      node.scrollTop = topFor(active, node.scrollTop, node.clientHeight, height);
    }
  }, [active, height]);
  return (
    <div
      ref={box}
      id={id}
      role={props.role}
      aria-label={props.label}
      aria-rowcount={props.role === 'grid' ? count : undefined}
      aria-activedescendant={active >= 0 && active < count ? `${id}-${active}` : undefined}
      tabIndex={0}
      className="flinklab-List"
      data-lm-suppress-shortcuts="true"
      onScroll={look}
      onKeyDown={event => {
        // Keys on a button in a row are the button's.
        if (event.target === event.currentTarget) {
          const page = Math.floor(event.currentTarget.clientHeight / height) - 1;
          props.onKeyDown(event, Math.max(1, page));
        }
      }}
      onFocus={event => event.target === event.currentTarget && props.onFocus?.()}
      onContextMenu={props.onContextMenu}
    >
      <div role="presentation" style={{ height: count * height, position: 'relative' }}>
        {drawn(range, active, count).map(at =>
          at < count
            ? props.render(at, {
                height,
                left: 0,
                position: 'absolute',
                right: 0,
                top: at * height
              })
            : null
        )}
      </div>
    </div>
  );
}
