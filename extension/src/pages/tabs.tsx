/** Sections of a page behind tabs, by WAI-ARIA's pattern: arrows go from one to the next, Home and End to the ends. */

import React, { useId, useRef } from 'react';

import { Boundary } from './boundary';

export interface ITab {
  name: string;
  label: string;
  render: () => React.ReactNode;
}

export interface ITabsProps {
  label: string;
  tabs: readonly ITab[];
  chosen: string;
  onChoose: (name: string) => void;
  /** Stands beside the tabs. */
  beside?: React.ReactNode;
}

/** Where a key leads from the tab at `at` of `count`; null for a key that leads nowhere. */
export function ledTo(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
      return (at + 1) % count;
    case 'ArrowLeft':
      return (at - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/** Only the chosen section is in the page, so that only its figures are drawn. */
export function Tabs({ label, tabs, chosen, onChoose, beside }: ITabsProps): React.JSX.Element {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = Math.max(
    0,
    tabs.findIndex(each => each.name === chosen)
  );
  const onKeyDown = (event: React.KeyboardEvent) => {
    const next = ledTo(event.key, at, tabs.length);
    if (next !== null) {
      event.preventDefault();
      onChoose(tabs[next].name);
      list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[next].focus();
    }
  };
  return (
    <>
      <div className="flinklab-Tabs-bar">
        <div
          ref={list}
          role="tablist"
          aria-label={label}
          className="flinklab-Tabs"
          data-lm-suppress-shortcuts="true"
          onKeyDown={onKeyDown}
        >
          {tabs.map((tab, place) => (
            <button
              key={tab.name}
              type="button"
              role="tab"
              id={`${id}-${tab.name}`}
              aria-selected={place === at}
              aria-controls={place === at ? `${id}-panel` : undefined}
              tabIndex={place === at ? 0 : -1}
              onClick={() => onChoose(tab.name)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {beside}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${tabs[at].name}`}
        className="flinklab-Page-section"
      >
        <Boundary key={tabs[at].name}>{tabs[at].render()}</Boundary>
      </div>
    </>
  );
}
