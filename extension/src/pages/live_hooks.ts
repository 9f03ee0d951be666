/** What the events told last, as the pages need it. */

import { useCallback, useSyncExternalStore } from 'react';

import type { Live, LivePart } from '../server/live';
import type { IClusterRow, IJobKey, IJobRow } from '../server/types';

/** Drawn again when one of `parts` is different. `read` gives the same object until it is. */
function useLive<T>(live: Live, parts: readonly LivePart[], read: () => T): T {
  const names = parts.join(' ');
  const subscribe = useCallback(
    (listener: () => void) => {
      const hear = (_: Live, part: LivePart) => {
        if (names.includes(part)) {
          listener();
        }
      };
      live.changed.connect(hear);
      return () => void live.changed.disconnect(hear);
    },
    [live, names]
  );
  return useSyncExternalStore(subscribe, read);
}

/** The job's row, undefined as long as none was told. */
export function useJobRow(live: Live, key: IJobKey): IJobRow | undefined {
  return useLive(live, ['jobs'], () => live.job(key));
}

/** The cluster's row, undefined as long as none was told. */
export function useClusterRow(live: Live, team: string, name: string): IClusterRow | undefined {
  return useLive(live, ['clusters'], () =>
    live.clusters.find(each => each.team === team && each.name === name)
  );
}
