/** A moment as its age, whole in its title. */

import React from 'react';

import { useNow } from '../common/clock';
import { age, moment } from '../common/words';
import { useInSight } from './surroundings';

const EVERY = 5000; // ms

export function Ago({
  at,
  after = ' ago'
}: {
  at: number | null;
  after?: string;
}): React.JSX.Element {
  const now = useNow(EVERY, useInSight());
  return at === null ? (
    <></>
  ) : (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {age(at, now)}
      {after}
    </time>
  );
}
