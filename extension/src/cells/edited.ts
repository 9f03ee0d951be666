/**
 * Whether a cell still says what its job was promoted with.
 *
 * A promotion makes a version of the first statement that runs as a job and of what sets it up before. Comments around
 * statements, settings and rows that are shown do not stand in a version's text, so they are no edit of it.
 */

import { headOf } from '../language/head';
import { IStatement, statementsIn, withoutComments } from './statements';

const JOB = /^(?:INSERT|UPSERT|EXECUTE\s+STATEMENT|EXECUTE\s+INSERT)\b/i;
const SETUP = /^(?:USE|LOAD|UNLOAD|ADD\s+JAR)\b/i;
const TEMPORARY = /^(?:CREATE|REPLACE|DROP)\s+(?:\w+\s+){0,2}TEMPORARY\b/i;
const BEGIN_SET = /^BEGIN\s+STATEMENT\s+SET$/i;
const END_SET = /^END$/i;
const EXECUTE = /^EXECUTE\s+(?=INSERT\b)/i;

/** What stands for a secret: `MASK` of `flinklab.domain.variables`. */
const MASK = '******';

/** `source`: the cell's text now; `promoted`: what its job's version runs, as the server tells it. */
export function isEdited(source: string, promoted: string): boolean {
  const head = headOf(source);
  return !isLike(
    scriptOf(head === null ? source : source.slice(head.to)),
    scriptOf(promoted).split(MASK)
  );
}

/** Whether the text is these parts with anything between them: where the server masks a secret. */
function isLike(text: string, [first, ...others]: string[]): boolean {
  if (others.length === 0) {
    return text === first;
  }
  const last = others.pop() ?? '';
  let at = first.length;
  if (!text.startsWith(first)) {
    return false;
  }
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) {
      return false;
    }
    at = found + part.length;
  }
  return text.endsWith(last) && text.length - last.length >= at;
}

/** What a version of a text runs: its setup and the first job, as `flinklab.jobs.sources.text_of` joins them. */
export function scriptOf(text: string): string {
  const setup: string[] = [];
  for (const statement of gathered(text)) {
    const words = withoutComments(statement);
    if (JOB.test(words)) {
      return [...setup, statement.replace(EXECUTE, '')].join('\n;\n');
    }
    if (SETUP.test(words) || TEMPORARY.test(words)) {
      setup.push(statement);
    }
  }
  return [...setup, ''].join('\n;\n');
}

/** The statements, each whole `BEGIN STATEMENT SET; ...; END` as the one that it means. */
function gathered(text: string): string[] {
  const found: string[] = [];
  let set: IStatement[] | null = null;
  for (const statement of statementsIn(text)) {
    if (set === null && !BEGIN_SET.test(statement.text)) {
      found.push(statement.text);
    } else if (set === null) {
      set = [];
    } else {
      set.push(statement);
      if (END_SET.test(statement.text)) {
        found.push(asOne(text, set));
        set = null;
      }
    }
  }
  return [...found, ...(set ?? []).map(each => each.text)];
}

/** Room before it keeps the columns of its first line, as flinklab does it. */
function asOne(text: string, set: IStatement[]): string {
  const { from } = set[0];
  const before = text.slice(0, from);
  const column = from - Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) - 1;
  return `EXECUTE STATEMENT SET BEGIN\n${' '.repeat(column)}${text.slice(from, set[set.length - 1].to)}`;
}
