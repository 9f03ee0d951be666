import { describe, expect, it } from 'vitest';

import { clusterLabel, jobLabel, meant } from '../../src/pages/meant';

describe('the chooser', () => {
  const jobs = ['orders', 'orders_dwd', 'late'].map(name => ({
    team: 'my',
    environment: 'dev',
    name
  }));

  it('takes a part of a name when only one has it', () => {
    expect(meant(jobs, jobLabel, 'LATE')).toBe(jobs[2]);
    expect(meant(jobs, jobLabel, 'dwd')).toBe(jobs[1]);
    expect(meant(jobs, jobLabel, 'orders')).toBeUndefined();
    expect(meant(jobs, jobLabel, ' ')).toBeUndefined();
    expect(meant(jobs, jobLabel, 'nothing')).toBeUndefined();
  });

  it('takes a whole name also when others have it as a part of theirs', () => {
    expect(meant(jobs, jobLabel, 'my.orders (dev)')).toBe(jobs[0]);
    const clusters = [
      { team: 'my', name: 'main' },
      { team: 'my', name: 'main-2' }
    ];
    expect(meant(clusters, clusterLabel, 'my.main')).toBe(clusters[0]);
  });
});
