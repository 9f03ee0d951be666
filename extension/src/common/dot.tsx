/** The coloured shape of a state. Its word stands beside it: never the colour alone. */

import React from 'react';

import type { Tone } from './states';

export function Dot({ tone }: { tone: Tone }): React.JSX.Element {
  return <span className="flinklab-Dot" data-tone={tone} aria-hidden="true" />;
}
