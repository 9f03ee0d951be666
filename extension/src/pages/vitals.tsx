/** The numbers of a job that a person looks at first, each with its last half hour. */

import React from 'react';

import { amount } from './amounts';
import type { IVital } from './documents';
import { Sparkline } from './sparkline';

const PRESSED = 0.5; // share of back-pressure from which on it is marked

export function Vitals({ vitals }: { vitals: readonly IVital[] }): React.JSX.Element {
  return (
    <dl className="flinklab-Vitals" aria-label="Last half hour">
      {vitals.map(vital => (
        <div key={vital.name} title={vital.meaning}>
          <dt>{vital.label}</dt>
          <dd
            className={
              vital.name === 'backpressured' && vital.value >= PRESSED
                ? 'flinklab-Page-trouble'
                : ''
            }
          >
            {amount(vital.value, vital.unit)}
          </dd>
          <Sparkline points={vital.points} top={vital.unit === '%' ? 1 : undefined} />
        </div>
      ))}
    </dl>
  );
}
