/** The name that a cell's job is proposed to have. */

import { headOf } from '../language/head';
import { jobOf, magicLine } from './variants';
import { valueOf } from './magic_line';
import { statementsIn } from './statements';

const TARGET =
  /\bINSERT\s+(?:INTO|OVERWRITE)\s+(?:TABLE\s+)?((?:`(?:[^`]|``)+`|[\w$]+)(?:\s*\.\s*(?:`(?:[^`]|``)+`|[\w$]+))*)/i;
const PART = /`((?:[^`]|``)+)`|([\w$]+)/g;

/** The one that it has, the one that `--name` gives, or that of the table which its first INSERT writes. */
export function proposedName(source: string): string {
  const own = jobOf(source) || valueOf(magicLine(source), '--name');
  return own ? own : (targetOf(source) ?? '');
}

/** The table of the first INSERT, its last part alone; null without an INSERT. */
export function targetOf(source: string): string | null {
  const head = headOf(source);
  for (const statement of statementsIn(head === null ? source : source.slice(head.to))) {
    const path = TARGET.exec(statement.text)?.[1];
    if (path !== undefined) {
      const parts = [...path.matchAll(PART)];
      const [, quoted, plain] = parts[parts.length - 1];
      return quoted !== undefined ? quoted.replace(/``/g, '`') : plain;
    }
  }
  return null;
}
