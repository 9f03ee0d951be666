import { describe, expect, it } from 'vitest';

import {
  details,
  emptiness,
  filtered,
  jobLine,
  problemsFirst,
  standing,
  verbs,
  version
} from '../../src/panel/job_rows';
import type { IJobRow, JobState } from '../../src/server/types';

const NOW = 10_000_000;

function job(name: string, state: JobState = 'running', more: Partial<IJobRow> = {}): IJobRow {
  return {
    team: 'dw',
    environment: 'prod',
    name,
    state,
    since: NOW - 3 * 3600_000,
    reason: '',
    version: 4,
    running: 4,
    wanted: true,
    cluster: 'etl-1',
    pool: '',
    tags: [],
    owner: 'ana',
    notebook: '',
    cell: '',
    problem: ['quarantined', 'failed', 'unreachable', 'restarting'].includes(state),
    command: '',
    checkpoint: null,
    ...more
  };
}

describe('the list of jobs', () => {
  it('has what is wrong first, then by name', () => {
    const jobs = [
      job('b'),
      job('a'),
      job('stopped', 'stopped'),
      job('late', 'stopped', { problem: true }),
      job('failed', 'failed'),
      job('spent', 'quarantined'),
      job('odd', 'suspended' as JobState)
    ];
    const order = ['spent', 'failed', 'late', 'odd', 'a', 'b', 'stopped'];
    expect(problemsFirst(jobs).map(each => each.name)).toEqual(order);
    expect(problemsFirst([...jobs].reverse()).map(each => each.name)).toEqual(order);
  });

  it('is filtered by all words, wherever they stand', () => {
    const jobs = [
      job('orders_by_hour', 'running', { tags: ['nightly'] }),
      job('orders_raw', 'failed', { environment: 'dev' }),
      job('clicks')
    ];
    const found = (text: string, problems = false) =>
      filtered(jobs, text, problems).map(each => each.name);
    expect(found('ORDERS prod')).toEqual(['orders_by_hour']);
    expect(found('nightly')).toEqual(['orders_by_hour']);
    expect(found('dw.clicks')).toEqual(['clicks']);
    expect(found('failed')).toEqual(['orders_raw']);
    expect(found('  ')).toHaveLength(3);
    expect(found('', true)).toEqual(['orders_raw']);
    expect(found('clicks', true)).toEqual([]);
  });

  it('says why it is empty', () => {
    expect(emptiness([], '', false)).toContain('%%flinksql --job NAME');
    expect(emptiness([job('a')], '', true)).toBe('No job has a problem.');
    expect(emptiness([job('a')], '<b>', false)).toBe('No job has "<b>" in it.');
  });
});

describe('a job in words', () => {
  it('tells its state with its age, and its version', () => {
    expect(standing(job('a'), NOW)).toBe('running for 3 h');
    expect(standing(job('a', 'draft', { since: null }), NOW)).toBe('draft');
    expect(version(job('a'))).toBe('v4');
    expect(version(job('a', 'stopped', { running: null }))).toBe('v4');
    expect(version(job('a', 'running', { running: 3 }))).toBe('v3 → v4');
  });

  it('tells why when something is wrong, else where it runs', () => {
    expect(details(job('a'))).toBe('prod · etl-1 · v4');
    expect(details(job('a', 'failed', { reason: 'no broker' }))).toBe('no broker');
  });

  it('has the buttons that mean something', () => {
    expect(verbs(job('a', 'stopped'))).toEqual(['start']);
    expect(verbs(job('a'))).toEqual(['stop', 'savepoint', 'restart', 'cancel']);
  });

  it('shows an order above all, then an open command', () => {
    const failed = job('a', 'failed', { reason: 'no broker' });
    expect(jobLine(failed, undefined, NOW)).toMatchObject({ below: 'no broker', mood: 'wrong' });
    const busy = { ...failed, command: 'start: starting' };
    expect(jobLine(busy, undefined, NOW)).toMatchObject({ below: 'start: starting', mood: 'open' });
    const refused = { kind: 'start', words: 'start: no room', phase: 'failed' } as const;
    expect(jobLine(busy, refused, NOW)).toMatchObject({ below: 'start: no room', mood: 'wrong' });
  });
});
