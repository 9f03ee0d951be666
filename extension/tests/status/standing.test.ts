import { describe, expect, it } from 'vitest';

import type { IStatus } from '../../src/server/types';
import { kernelStanding, skewOf, standingOf } from '../../src/status/standing';

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

  it('follows the kernel of the notebook in front', () => {
    const kernel = { cluster: 'etl-7', gateway: 'http://127.0.0.1:8083' };
    const { text, title } = standingOf({ ...STATUS, cluster: 'etl-1' }, '', kernel);
    expect(text).toBe('Flink: etl-7');
    expect(title).toContain('This notebook is connected: statements go to etl-7');
    const told = (gateway: string) => standingOf(STATUS, '', { cluster: '', gateway }).text;
    expect(told('http://gateway.example:8083/x')).toBe('Flink: gateway.example:8083');
    for (const gateway of [
      '',
      'http://127.0.0.1:8083',
      'http://localhost:1',
      'http://[::1]:8083'
    ]) {
      expect(told(gateway)).toBe('Flink: embedded');
    }
  });

  it('takes nothing but a standing from a kernel', () => {
    const answer = (json: unknown) => ({ status: 'ok', data: { 'application/json': json } });
    const standing = { cluster: '', gateway: 'http://g' };
    expect(kernelStanding(answer(standing))).toEqual(standing);
    const others = [null, undefined, {}, { status: 'error' }, answer(null), answer({ cluster: 1 })];
    expect(others.map(kernelStanding)).toEqual(others.map(() => null));
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
