/** The parts of `Live` as values that React components show. */

import { useCallback, useSyncExternalStore } from 'react';

import type { Live, LivePart } from '../server/live';

/** What `read` gives of `live`, drawn again when `part` changes. `read` gives the same object until then. */
export function useLive<T>(live: Live, part: LivePart, read: (live: Live) => T): T {
  const subscribe = useCallback(
    (listener: () => void) => {
      const onChange = (_: Live, changed: LivePart) => {
        if (changed === part) {
          listener();
        }
      };
      live.changed.connect(onChange);
      return () => void live.changed.disconnect(onChange);
    },
    [live, part]
  );
  return useSyncExternalStore(subscribe, () => read(live));
}
