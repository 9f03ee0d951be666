import { describe, expect, test } from 'vitest';

import { spansOf } from '../../src/language/line';

/** The spans of a line as `kind:text`. */
function read(line: string): string[] {
  return spansOf(line).map(span => `${span.kind}:${line.slice(span.from, span.to)}`);
}

describe('the line of %%flinksql', () => {
  test.each([
    ['%%flinksql', []],
    ['%%flinksql --limit 100', ['flag:--limit', 'number:100']],
    ['%%flinksql --limit=100', ['flag:--limit', 'operator:=', 'number:100']],
    ['%%flinksql -l5 --wait', ['flag:-l', 'number:5', 'flag:--wait']],
    ['%%flinksql top <<', ['output:top', 'operator:<<']],
    ['%%flinksql top<< --wait', ['output:top', 'operator:<<', 'flag:--wait']],
    [
      '%%flinksql --wait top <<--batch',
      ['flag:--wait', 'output:top', 'operator:<<', 'flag:--batch']
    ],
    ["%%flinksql --note 'a --b'", ['flag:--note', "value:'a --b'"]],
    ['%%flinksql -D a.b=c=d', ['flag:-D', 'key:a.b', 'operator:=', 'value:c=d']],
    ['%%flinksql --limit --wait', ['flag:--limit', 'flag:--wait']],
    ['%%flinksql --lmit 5', ['unknown:--lmit', 'unknown:5']],
    ['%%flinksql -limit 5', ['unknown:-limit', 'unknown:5']],
    ['%%flinksql --wait=yes', ['flag:--wait', 'operator:=', 'value:yes']],
    ["%%flinksql --note 'open", ['flag:--note', "value:'open"]],
    ['%%flinksql SELECT 1', ['unknown:SELECT', 'unknown:1']],
    ['%flinksql -l 5 SELECT a << 1', ['flag:-l', 'number:5', 'sql:SELECT a << 1']]
  ])('%s', (line, expected) => {
    expect(read(line).slice(1)).toEqual(expected);
  });
});

describe('the line of %flink', () => {
  test.each([
    ['%flink', []],
    ['%flink jobs --live', ['subcommand:jobs', 'flag:--live']],
    ['%flink jobs orders', ['subcommand:jobs', 'word:orders']],
    ['%flink vars set a 5', ['subcommand:vars', 'subcommand:set', 'word:a', 'number:5']],
    ['%flink nonsense', ['unknown:nonsense']],
    ['%flink jobs --nope', ['subcommand:jobs', 'unknown:--nope']],
    ['%flink -h', ['flag:-h']]
  ])('%s', (line, expected) => {
    expect(read(line).slice(1)).toEqual(expected);
  });
});

test('spans are in order, without gaps of anything but room, for any line at all', () => {
  const pieces = [
    '%%flinksql ',
    '%flink ',
    '--limit',
    '-l',
    '=',
    ' ',
    "'",
    '"',
    '<<',
    'x',
    '5',
    '--',
    '\\',
    'jobs '
  ];
  let seed = 7;
  const next = (): number => (seed = (seed * 48271) % 2147483647);
  for (let round = 0; round < 2000; round++) {
    const parts = Array.from({ length: next() % 9 }, () => pieces[next() % pieces.length]);
    const line = pieces[next() % 2] + parts.join('');
    let end = 0;
    for (const span of spansOf(line)) {
      expect(span.from).toBeGreaterThanOrEqual(end);
      expect(line.slice(end, span.from).trim()).toBe('');
      expect(span.to).toBeGreaterThan(span.from);
      end = span.to;
    }
    expect(line.slice(end).trim()).toBe('');
  }
});
