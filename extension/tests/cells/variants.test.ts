import { describe, expect, it } from 'vitest';

import {
  checked,
  explained,
  isFlink,
  jobOf,
  linesBefore,
  lostFlags,
  promoted
} from '../../src/cells/variants';

const SQL = "\nSELECT '--job x', 1;\n%%flinksql";

describe('a cell of Flink SQL', () => {
  it.each([
    ['%%flinksql\nSELECT 1', true],
    ['\n \n  %%flinksql --limit 5\nSELECT 1', true],
    ['%%flinksql', true],
    ['%%flinksqlx\nSELECT 1', false],
    ['# %%flinksql\nSELECT 1', false],
    ['x = 1\n%%flinksql\nSELECT 1', false],
    ['%flinksql SELECT 1', false],
    ['%%sql\nSELECT 1', false],
    ['', false]
  ])('%j: %s', (source, is) => {
    expect(isFlink(source)).toBe(is);
  });

  it('is the same cell below its first line, whatever is asked of it', () => {
    const source = `\n\n%%flinksql --env test${SQL}`;
    const wanted = { name: 'orders', cluster: '', start: false };
    for (const text of [checked(source), explained(source), promoted(source, wanted)]) {
      expect(text.endsWith(SQL)).toBe(true);
      expect(text.startsWith('\n\n%%flinksql ')).toBe(true);
      expect(text).toContain('--env test');
    }
    expect(linesBefore(source)).toBe(2);
  });

  it.each([
    ['%%flinksql --limit 5', '%%flinksql --check --limit 5'],
    ['%%flinksql --check', '%%flinksql --check'],
    ['%%flinksql --explain', '%%flinksql --check'],
    ['%%flinksql --catalog shared --tag a --note b', '%%flinksql --check'],
    ['%%flinksql --save s -p 4', '%%flinksql --check -p 4'],
    ['%%flinksql --job a --tag t --start', '%%flinksql --check --job a --tag t']
  ])('%s is checked by %s', (line, by) => {
    expect(checked(line + SQL)).toBe(by + SQL);
  });

  it.each([
    ['%%flinksql top << --limit 5', '%%flinksql --explain top << --limit 5'],
    ['%%flinksql --job a --pool p --state keep --start --ignore r', '%%flinksql --explain']
  ])('%s is explained by %s', (line, by) => {
    expect(explained(line + SQL)).toBe(by + SQL);
  });

  it('becomes a job with what a job can have', () => {
    const source = `%%flinksql --limit 5 -p 4 --check${SQL}`;
    expect(lostFlags(source)).toEqual(['--limit', '--check']);
    expect(promoted(source, { name: 'a b', cluster: 'etl', start: true })).toBe(
      `%%flinksql --job 'a b' --cluster etl --start -p 4${SQL}`
    );
  });

  it('keeps the place of the name that a job has, and follows what was asked of it', () => {
    const source = `%%flinksql --job old -c etl --start${SQL}`;
    expect(promoted(source, { name: 'new', cluster: 'etl', start: false })).toBe(
      `%%flinksql --job new --cluster etl${SQL}`
    );
    expect(jobOf(source)).toBe('old');
  });

  it('that is none stays as it is', () => {
    expect(checked('x = 1')).toBe('x = 1');
    expect(jobOf('x --job y')).toBe('');
  });
});
