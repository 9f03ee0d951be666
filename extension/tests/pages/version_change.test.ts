import { describe, expect, it } from 'vitest';

import { changeOrder, changeQuestion } from '../../src/pages/version_change';
import type { IVersionChange } from '../../src/pages/version_change';

const JOB = { team: 'dw', name: 'orders', environment: 'prod' };
const CHANGE: IVersionChange = {
  kind: 'upgrade',
  from: 2,
  to: 3,
  runs: true,
  starts: true,
  changed: ['text', 'settings'],
  states: [
    { state: '', words: 'with its state' },
    { state: 'drop', words: 'without state' }
  ],
  refused: ''
};

describe('before a job takes another version', () => {
  it('is said which one runs, which one will, and what is different', () => {
    expect(changeQuestion(JOB, CHANGE)).toEqual({
      title: 'Upgrade dw.orders (prod) to version 3?',
      lines: [
        'Version 2 runs now, and stops; then version 3 runs.',
        'Different: text, settings.',
        'A version that does not become healthy goes back by itself.'
      ],
      button: 'Upgrade to version 3'
    });
  });

  it('is said when the version holds of a job that does not run', () => {
    const back = { ...CHANGE, kind: 'rollback', to: 1, runs: false, changed: [] } as const;
    const [first, second, ...more] = changeQuestion(JOB, { ...back, changed: [] }).lines;
    expect(first).toBe('It has version 2 and does not run now; it starts with version 1.');
    expect(second).toBe('Nothing is different in what the two run.');
    expect(more).toEqual([]);
    const resting = changeQuestion(JOB, { ...back, changed: [], starts: false });
    expect(resting.lines[0]).toContain('version 1 holds from its next start on');
    expect([resting.title, resting.button]).toEqual([
      'Go back with dw.orders (prod) to version 1?',
      'Go back to version 1'
    ]);
  });

  it('is ordered what was chosen', () => {
    expect(changeOrder(CHANGE, '', '')).toEqual({
      kind: 'upgrade',
      arguments: { number: 3 },
      why: ''
    });
    expect(changeOrder({ ...CHANGE, kind: 'rollback', to: 1 }, 'drop', 'wrong sums')).toEqual({
      kind: 'rollback',
      arguments: { number: 1, state: 'drop' },
      why: 'wrong sums'
    });
  });
});
