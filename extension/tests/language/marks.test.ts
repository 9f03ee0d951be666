import { describe, expect, test } from 'vitest';

import { decorationsOf } from '../../src/language/marks';
import { cell } from './trees';

/** What is marked in a text, as `class:text`. */
function marked(text: string, from = 0, to = text.length): string[] {
  const state = cell(text);
  const found: string[] = [];
  decorationsOf(state, [{ from, to }]).between(0, text.length, (begin, end, mark) => {
    found.push(`${mark.spec.class.replace('flinklab-', '')}:${text.slice(begin, end)}`);
  });
  return found;
}

describe('in a cell of Flink SQL', () => {
  test('variables are marked, in strings and names too, and not in comments', () => {
    const sql =
      "SELECT '${a}', `${b.c}` FROM ${d}_t -- ${no}\n/* ${no} */ WHERE $${no} = {{ e }} AND ${1}";
    expect(marked(`%%flinksql\n${sql}`)).toEqual([
      'Variable:${a}',
      'Variable:${b.c}',
      'Variable:${d}',
      'Variable:{{ e }}'
    ]);
  });

  test('flags that are none are marked', () => {
    expect(marked('%%flinksql --lmit 5 --wait')).toEqual([
      'Unknown:--lmit',
      'Unknown:5',
      'Unknown:--wait'
    ]);
  });

  test('nothing is marked that is not seen', () => {
    expect(marked('%%flinksql\n${a}\n${b}', 11, 15)).toEqual(['Variable:${a}']);
  });
});

describe('in other cells', () => {
  test.each([
    ['x = %flink jobs --live', ['Line-magic:%flink', 'Line-subcommand:jobs', 'Line-flag:--live']],
    ['"""\n%flink jobs\n"""', []],
    ['y = 5 %flink', []],
    ['%%bash\n%flink jobs', []],
    ['f"${a} {{ b }}"', []]
  ])('%j', (text, expected) => {
    expect(marked(text)).toEqual(expected);
  });
});
