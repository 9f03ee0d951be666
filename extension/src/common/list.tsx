/** A list of rows of one height of which only those in sight are in the page, however many there are. */

import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import type { Range } from '@tanstack/react-virtual';
import React, { useCallback, useEffect, useRef } from 'react';

export interface IVirtualListProps {
  /** Of a row, unique on the page: it is followed by the row's number. */
  id: string;
  role: 'tree' | 'grid' | 'listbox';
  label: string;
  count: number;
  /** Of a row, in pixels. */
  height: number;
  /** The row that the keys act on, -1 for none. It stays in the page also out of sight. */
  active: number;
  /** Stays the same for a row while others come and go. */
  keyOf: (at: number) => string;
  render: (at: number, place: React.CSSProperties) => React.ReactNode;
  onKeyDown: (event: React.KeyboardEvent, page: number) => void;
  onFocus?: () => void;
  onContextMenu?: (event: React.MouseEvent) => void;
}

const OVERSCAN = 8; // rows above and below what is in sight

/** The row ids are `<id>-<number>`, which `aria-activedescendant` refers to. */
export function VirtualList(props: IVirtualListProps): React.JSX.Element {
  const { id, count, height, active, keyOf } = props;
  const box = useRef<HTMLDivElement>(null);
  const rangeExtractor = useCallback(
    (range: Range) => withActive(defaultRangeExtractor(range), active, count),
    [active, count]
  );
  // Nothing here is compiled, so that nothing is kept of what it gives.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count,
    estimateSize: () => height,
    getItemKey: keyOf,
    getScrollElement: () => box.current,
    overscan: OVERSCAN,
    rangeExtractor
  });
  useEffect(() => {
    if (active >= 0) {
      virtual.scrollToIndex(active, { align: 'auto' });
    }
  }, [active, virtual]);
  const items = virtual.getVirtualItems();
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
      onKeyDown={event => {
        // Keys on a button in a row are the button's.
        if (event.target === event.currentTarget) {
          const page = Math.floor((box.current?.clientHeight ?? height) / height);
          props.onKeyDown(event, Math.max(1, page - 1));
        }
      }}
      onFocus={event => event.target === event.currentTarget && props.onFocus?.()}
      onContextMenu={props.onContextMenu}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map(({ index, start }) =>
          props.render(index, {
            height,
            left: 0,
            position: 'absolute',
            right: 0,
            top: 0,
            transform: `translateY(${start}px)`
          })
        )}
      </div>
    </div>
  );
}

/** The numbers of the rows to be drawn, in order, the active one among them. */
export function withActive(shown: number[], active: number, count: number): number[] {
  if (active < 0 || active >= count || shown.includes(active)) {
    return shown;
  }
  return active < (shown[0] ?? 0) ? [active, ...shown] : [...shown, active];
}
