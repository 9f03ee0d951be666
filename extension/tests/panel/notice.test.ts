import { describe, expect, it } from 'vitest';

import { noticeOf } from '../../src/panel/notice';
import { troubled } from '../../src/server/errors';
import type { IStatus } from '../../src/server/types';

const FINE = { catalog: 'sqlite:///x.db', problem: '' } as IStatus;
const NEW = { status: null, error: null, stale: true, heard: null };

describe('what the panel says of itself', () => {
  it('is nothing while all is well, and before anything is known', () => {
    expect(noticeOf(NEW)).toBeNull();
    expect(noticeOf({ status: FINE, error: null, stale: false, heard: '12:00' })).toBeNull();
  });

  it('names a server without flinklab', () => {
    const notice = noticeOf({ ...NEW, error: troubled('missing', 404) });
    expect(notice).toMatchObject({ kind: 'none', offer: 'retry' });
    expect(notice?.text).toContain('has no flinklab');
  });

  it('offers to load the page again after a login that expired', () => {
    const error = troubled('login', 403);
    expect(noticeOf({ ...NEW, error })).toMatchObject({ kind: 'none', offer: 'reload' });
  });

  it('keeps what is known while the server is away, and says from when it is', () => {
    const notice = noticeOf({ status: FINE, error: troubled('away'), stale: true, heard: '12:00' });
    expect(notice?.kind).toBe('old');
    expect(notice?.text).toContain('12:00');
  });

  it('says what to do about the catalog', () => {
    const all = { error: null, stale: false, heard: '12:00' };
    expect(noticeOf({ ...all, status: { ...FINE, catalog: null } })?.text).toContain(
      'flinklab db init'
    );
    const problem = 'the catalog is newer than this flinklab: install 0.2';
    expect(noticeOf({ ...all, status: { ...FINE, problem } })?.text).toBe(problem);
  });
});
