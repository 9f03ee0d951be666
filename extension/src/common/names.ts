/** Names as Flink SQL writes them: in back-ticks where it needs them, and only there. */

import { RESERVED } from './reserved';

const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** One part of a name: `orders`, `` `order` ``, `` `von ``wegen` ``. */
export function quoted(part: string): string {
  if (PLAIN.test(part) && !RESERVED.has(part.toUpperCase())) {
    return part;
  }
  return '`' + part.split('`').join('``') + '`';
}

/** A name of several parts: `dw.orders`. */
export function dotted(parts: readonly string[]): string {
  return parts.map(quoted).join('.');
}
