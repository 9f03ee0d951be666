// @vitest-environment node

import { describe, expect, it } from 'vitest';

import { isLive, toneOfCluster, toneOfJob } from '../../src/common/states';
import { JOB_STATES } from '../../src/server/types';
import type { JobState } from '../../src/server/types';

describe('states', () => {
  it('have a tone each, and what needs a person looks like nothing else', () => {
    const wrong = JOB_STATES.filter(state => ['wrong', 'worry'].includes(toneOfJob(state)));
    expect(wrong).toEqual(['quarantined', 'failed', 'unreachable', 'restarting']);
  });

  it('that are not known yet look like none', () => {
    expect(toneOfJob('suspended' as JobState)).toBe('none');
    expect(toneOfCluster('silent')).toBe('worry');
  });

  it('tell what can be stopped', () => {
    expect(JOB_STATES.filter(isLive)).toEqual([
      'unreachable',
      'restarting',
      'starting',
      'stopping',
      'running'
    ]);
  });
});
