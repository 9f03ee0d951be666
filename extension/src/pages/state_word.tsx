/** A state as its shape and its word. */

import React from 'react';

import { Dot } from '../common/dot';
import type { Tone } from '../common/states';

export function StateWord({ tone, word }: { tone: Tone; word: string }): React.JSX.Element {
  return (
    <span className="flinklab-StateWord">
      <Dot tone={tone} />
      {word}
    </span>
  );
}
