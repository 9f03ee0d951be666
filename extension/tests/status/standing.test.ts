import { describe, expect, it } from 'vitest';

import type { IStatus } from '../../src/server/types';
import { skewOf, standingOf } from '../../src/status/standing';

const STATUS: IStatus = {
  version: '1.0.0',
  catalog: 'sqlite:////c.db',
  problem: '',
  person: 'ann',
  team: 'dw',
  teams: ['dw'],
  environment: 'dev',
  cluster: '',
  supervisors: [],
  child: null,
  problems: 0,
  capabilities: []
};

describe('the status bar', () => {
  it('names the embedded Flink where no cluster is the default', () => {
    for (const cluster of ['', 'embedded']) {
      const { text, title, isBad } = standingOf({ ...STATUS, cluster }, '');
      expect(text).toBe('Flink: embedded');
      expect(title).toContain('go to the embedded Flink where');
      expect(title).toContain('dw, dev');
      expect(isBad).toBe(false);
    }
  });

  it('counts jobs with problems', () => {
    const one = standingOf({ ...STATUS, cluster: 'etl-1', problems: 1 }, '');
    expect(one).toMatchObject({ text: 'Flink: etl-1 · 1 job with problems', isBad: true });
    expect(standingOf({ ...STATUS, problems: 2 }, '').text).toContain('2 jobs with problems');
  });

  it('says what is wrong before all else', () => {
    const broken = { ...STATUS, problem: 'the catalog does not answer', problems: 3 };
    expect(standingOf(broken, '')).toMatchObject({
      text: 'Flink: no catalog',
      title: 'the catalog does not answer',
      isBad: true
    });
    expect(standingOf(broken, 'log in again').title).toBe('log in again');
  });

  it('claims nothing before anything is known', () => {
    expect(standingOf(null, '')).toMatchObject({ text: 'Flink', isBad: false });
  });
});

describe('two versions', () => {
  it('are named, and what to do', () => {
    const line = skewOf('1.0.0', '1.1.0');
    expect(line).toContain('1.0.0');
    expect(line).toContain('1.1.0');
    expect(line).toContain('Reload');
  });

  it('are nothing to speak of when they are one, or not known', () => {
    expect(skewOf('1.0.0', '1.0.0')).toBe('');
    expect(skewOf('1.0.0', '')).toBe('');
  });
});
