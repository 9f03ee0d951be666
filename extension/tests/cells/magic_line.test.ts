import { describe, expect, it } from 'vitest';

import { flagsIn, quoted, valueOf, withFlag, withoutFlags } from '../../src/cells/magic_line';

const FLAGS = [
  '--limit 10',
  '--job orders',
  '-p4',
  '-D a.b=c',
  '--env=test',
  "--note 'a b'",
  '--check',
  '-l 5'
];

/** Lines of up to three flags, with room and a result's name in different places. */
function lines(): string[] {
  const found: string[] = [];
  for (const one of FLAGS) {
    for (const two of [...FLAGS, '']) {
      found.push(
        `%%flinksql ${one} ${two}`.trimEnd(),
        `%%flinksql top << ${one}  ${two}`,
        `%%flinksql ${two}\ttop <<  ${one} `
      );
    }
  }
  return found;
}

describe('the line of the magic', () => {
  it('is taken apart as the magic does it', () => {
    const line = `%%flinksql top << -l5 --env=test -D "a=b c" --job 'my job' --check`;
    expect(flagsIn(line).map(({ name, value }) => [name, value])).toEqual([
      ['--limit', '5'],
      ['--env', 'test'],
      ['-D', 'a=b c'],
      ['--job', 'my job'],
      ['--check', null]
    ]);
  });

  it.each([
    ['%%flinksql --job --start', '--job', null],
    ['%%flinksql --job=', '--job', ''],
    ['%%flinksql -c etl-1', '--cluster', 'etl-1'],
    ['%%flinksql -cetl-1', '--cluster', 'etl-1'],
    [`%%flinksql --job "a \\"b\\""`, '--job', 'a "b"'],
    [`%%flinksql --note '--job x'`, '--job', null],
    ['%%flinksql -- --job x', '--job', null],
    ['%%flinksql', '--job', null]
  ])('%s: %s', (line, name, value) => {
    expect(valueOf(line, name)).toBe(value);
  });

  it('keeps every other flag when one is put in or taken out', () => {
    for (const line of lines()) {
      const others = flagsIn(line).filter(flag => flag.name !== '--job');
      const put = withFlag(line, '--job', 'new name');
      expect(valueOf(put, '--job')).toBe('new name');
      for (const changed of [put, withoutFlags(line, ['--job'])]) {
        const left = flagsIn(changed).filter(flag => flag.name !== '--job');
        expect(left.map(({ name, value }) => [name, value])).toEqual(
          others.map(({ name, value }) => [name, value])
        );
        expect(changed.includes('top <<')).toBe(line.includes('top <<'));
      }
      expect(withFlag(put, '--job', 'new name')).toBe(put);
      expect(flagsIn(withoutFlags(put, ['--job'])).some(flag => flag.name === '--job')).toBe(false);
    }
  });

  it('takes a flag out as if it had never been there', () => {
    expect(withoutFlags('%%flinksql --job x --limit 5', ['--job'])).toBe('%%flinksql --limit 5');
    expect(withoutFlags('%%flinksql --limit 5 --job x', ['--job'])).toBe('%%flinksql --limit 5');
    expect(withoutFlags('%%flinksql --job x', ['--job'])).toBe('%%flinksql');
  });

  it('quotes a value so that the same value is read', () => {
    for (const value of [
      'orders',
      'dw.orders',
      'a b',
      "it's",
      'say "x"',
      '',
      `'"\\`,
      'ä',
      '数据'
    ]) {
      expect(valueOf(`%%flinksql --job ${quoted(value)}`, '--job')).toBe(value);
    }
  });
});
