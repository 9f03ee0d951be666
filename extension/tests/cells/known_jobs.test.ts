import { describe, expect, it } from 'vitest';

import { wordsOf } from '../../src/cells/badge';
import { badgeOf, IKnown } from '../../src/cells/known_jobs';
import type { ICellJob, IJobRow } from '../../src/server/types';

const INSERT = 'INSERT INTO a SELECT 1';

function row(more: Partial<IJobRow> = {}): IJobRow {
  return {
    team: 'dw',
    environment: 'dev',
    name: 'orders',
    state: 'running',
    since: null,
    reason: 'all is well',
    version: 2,
    running: 2,
    wanted: true,
    cluster: 'etl',
    pool: '',
    tags: [],
    owner: 'ann',
    notebook: 'a.ipynb',
    cell: 'c1',
    problem: false,
    command: '',
    checkpoint: null,
    ...more
  };
}

function cell(more: Partial<ICellJob> = {}): ICellJob {
  const { team, environment, name, state, version } = row();
  return {
    team,
    environment,
    name,
    state,
    version,
    cell: 'c1',
    text: `${INSERT};\n`,
    config: { x: '1' },
    ...more
  } as ICellJob;
}

function known(more: Partial<IKnown> = {}): IKnown {
  return {
    jobs: [row()],
    isComplete: true,
    environment: 'dev',
    team: 'dw',
    cells: [cell()],
    ...more
  };
}

const words = (source: string, id: string, what: IKnown) => {
  const badge = badgeOf(source, id, what);
  return badge && wordsOf(badge).join(' · ');
};

describe('the badge of a cell', () => {
  const own = `%%flinksql --job orders\n${INSERT}`;

  it('says name, state and version', () => {
    expect(words(own, '', known())).toBe('orders · running · version 2');
  });

  it('says that the text is another one', () => {
    expect(words(`${own} WHERE TRUE`, '', known())).toBe(
      'orders · running · version 2 · edited since promoted'
    );
  });

  it('says that a setting is another one', () => {
    const edited = 'orders · running · version 2 · edited since promoted';
    expect(words(`%%flinksql --job orders -D x=2\n${INSERT}`, '', known())).toBe(edited);
    expect(words(`%%flinksql --job orders\nSET 'x' = '1';\n${INSERT}`, '', known())).not.toBe(
      edited
    );
  });

  it('says that the job has not taken the newest version', () => {
    expect(words(own, '', known({ cells: [cell({ version: 3 })] }))).toBe(
      'orders · running · version 2, 3 promoted'
    );
  });

  it('is of the job that the line names, also in a copy of the cell', () => {
    const copy = own.replace('orders', 'others');
    const two = known({ jobs: [row(), row({ name: 'others', state: 'stopped' })] });
    expect(words(copy, 'c1', two)).toBe('others · stopped · version 2');
  });

  it('is of the cell where the line names no job and the id is lasting', () => {
    const plain = `%%flinksql\n${INSERT}`;
    expect(words(plain, 'c1', known())).toBe('orders · running · version 2');
    expect(words(plain, '', known())).toBeNull();
    expect(words(plain, 'c2', known())).toBeNull();
  });

  it('takes the environment of the line, else the one that holds, and the own team first', () => {
    const jobs = [
      row({ environment: 'test', state: 'failed' }),
      row({ team: 'ads', state: 'stopped' }),
      row()
    ];
    const state = (source: string, more: Partial<IKnown> = {}) =>
      badgeOf(source, '', known({ jobs, ...more }))?.state;
    expect(state('%%flinksql --job orders')).toBe('running');
    expect(state('%%flinksql --job orders --env test')).toBe('failed');
    expect(state('%%flinksql --job ads.orders')).toBe('stopped');
    expect(state('%%flinksql --job orders --env prod')).toBeNull();
    expect(state('%%flinksql --job orders', { team: 'ads' })).toBe('stopped');
  });

  it('tells a job that is nowhere from one of which nothing is heard', () => {
    expect(words(own, '', known({ jobs: [] }))).toBe('orders · not promoted');
    expect(words(own, '', known({ jobs: [], isComplete: false }))).toBe('orders · not known');
  });

  it('shows a name as text', () => {
    const badge = badgeOf("%%flinksql --job '<b>x</b>'", '', known());
    expect(badge?.name).toBe('<b>x</b>');
  });
});
