import { describe, expect, it } from 'vitest';

import type { ICheckpoint } from '../../src/pages/documents';
import {
  checkpointFigures,
  checkpointName,
  checkpointWords,
  flinkPath,
  logsPath,
  orderTo,
  parallelismOf,
  verbsOf,
  versionWords
} from '../../src/pages/job_words';

const CHECKPOINT: ICheckpoint = {
  id: 7,
  status: 'completed',
  savepoint: false,
  at: 0,
  duration: 2.5,
  size: 1024,
  full_size: 4096,
  failure: '',
  gap: 0,
  kept: true
};

describe('a version', () => {
  it('is said with the one that runs when that is another one', () => {
    expect(versionWords({ version: 4, running: 3 })).toBe('3 → 4');
    expect(versionWords({ version: 4, running: 4 })).toBe('4');
    expect(versionWords({ version: 4, running: null })).toBe('4');
  });

  it('is gone up or back to, as far as that is allowed', () => {
    const job = { version: 4, allowed: ['upgrade', 'rollback'] as const };
    expect(orderTo({ ...job, allowed: [...job.allowed] }, 5)).toBe('upgrade');
    expect(orderTo({ ...job, allowed: [...job.allowed] }, 3)).toBe('rollback');
    expect(orderTo({ ...job, allowed: [...job.allowed] }, 4)).toBeNull();
    expect(orderTo({ version: 4, allowed: ['upgrade'] }, 3)).toBeNull();
  });
});

describe('the buttons', () => {
  it('are those that the server allows, start first and cancel last', () => {
    const kinds = verbsOf({ allowed: ['cancel', 'move', 'stop', 'savepoint'] }).map(
      each => each.kind
    );
    expect(kinds).toEqual(['savepoint', 'stop', 'cancel']);
    expect(verbsOf({ allowed: [] })).toEqual([]);
  });
});

describe('a parallelism', () => {
  it.each([
    ['4', 4],
    [' 12 ', 12],
    ['0', null],
    ['-1', null],
    ['2.5', null],
    ['', null],
    ['1234567', null],
    ['four', null]
  ])('is read from %j', (text, value) => {
    expect(parallelismOf(text)).toBe(value);
  });
});

describe('a checkpoint', () => {
  it('that was completed tells what it took, the state and what it wrote', () => {
    expect(checkpointName(CHECKPOINT)).toBe('checkpoint 7');
    expect(checkpointFigures(CHECKPOINT)).toEqual(['2.5 s', '4 KiB', '1 KiB']);
    expect(checkpointWords(CHECKPOINT)).toBe('kept');
  });

  it('that failed tells why, and no size', () => {
    const failed: ICheckpoint = { ...CHECKPOINT, status: 'failed', failure: 'expired' };
    expect(checkpointFigures(failed)).toEqual(['2.5 s', '', '']);
    expect(checkpointWords(failed)).toBe('failed: expired');
  });

  it('that was not seen stands for all of the gap', () => {
    const gap: ICheckpoint = { ...CHECKPOINT, status: 'gap', gap: 4 };
    expect(checkpointName(gap)).toBe('checkpoints 7 to 10');
    expect(checkpointFigures(gap)).toEqual(['', '', '']);
  });
});

describe('the path to the Flink UI', () => {
  it('ends at the job where one is known, and at nothing else', () => {
    const id = '0123456789abcdef0123456789abcdef';
    expect(flinkPath('flinklab/ui/main', id)).toBe(`flinklab/ui/main/#/job/running/${id}/overview`);
    expect(flinkPath('flinklab/ui/main/', '')).toBe('flinklab/ui/main/');
    expect(flinkPath('flinklab/ui/main', '"><script>')).toBe('flinklab/ui/main/');
    expect(flinkPath('ui', id, 'exceptions')).toBe(`ui/#/job/running/${id}/exceptions`);
    expect(flinkPath('ui', id, 'exceptions', false)).toBe(`ui/#/job/completed/${id}/exceptions`);
    expect(logsPath('flinklab/ui/main/')).toBe('flinklab/ui/main/#/job-manager/logs');
  });
});
