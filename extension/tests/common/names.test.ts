// @vitest-environment node

import { describe, expect, it } from 'vitest';

import { dotted, quoted } from '../../src/common/names';

/** Reads a name back as Flink does. */
function read(text: string): string {
  return text.startsWith('`') ? text.slice(1, -1).split('``').join('`') : text;
}

describe('a name in SQL', () => {
  it.each(['orders', '_x', 'Orders2', 'by_hour'])('stays plain: %s', name => {
    expect(quoted(name)).toBe(name);
  });

  it.each([
    ['order', '`order`'],
    ['Value', '`Value`'],
    ['2024', '`2024`'],
    ['a b', '`a b`'],
    ['a`b', '`a``b`'],
    ['größe', '`größe`'],
    ['', '``'],
    ['a.b', '`a.b`'],
    ['<b>x</b>', '`<b>x</b>`']
  ])('is quoted where Flink needs it: %s', (name, expected) => {
    expect(quoted(name)).toBe(expected);
    expect(read(quoted(name))).toBe(name);
  });

  it('is quoted part by part', () => {
    expect(dotted(['dw', 'order', 'x y'])).toBe('dw.`order`.`x y`');
  });
});
