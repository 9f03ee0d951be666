/** Which job or cluster a person means by a part of its name. */

import type { IClusterKey, IJobKey } from '../server/types';

/** `team.name (environment)`. */
export function jobLabel(key: IJobKey): string {
  return `${key.team}.${key.name} (${key.environment})`;
}

/** `team.name`. */
export function clusterLabel(key: IClusterKey): string {
  return `${key.team}.${key.name}`;
}

/**
 * Which one a text means: the one of this label, else the only one that has the text in its label. Undefined where
 * there is none, or more than one.
 */
export function meant<T>(
  all: readonly T[],
  label: (each: T) => string,
  text: string
): T | undefined {
  const wanted = text.trim().toLowerCase();
  const exact = all.find(each => label(each).toLowerCase() === wanted);
  if (exact || wanted === '') {
    return exact;
  }
  const found = all.filter(each => label(each).toLowerCase().includes(wanted));
  return found.length === 1 ? found[0] : undefined;
}
