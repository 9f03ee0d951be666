/**
 * What a promotion makes a version of: the first statement of a text that runs as a job, what sets it up before, and
 * what is SET before.
 *
 * The rules are those of `flinklab/jobs/script.py`; a test holds both against the same texts.
 */

import { IStatement, statementsIn, withoutComments } from './statements';

const JOB = /^(?:INSERT|UPSERT|EXECUTE\s+STATEMENT|EXECUTE\s+INSERT)\b/i;
const SETUP = /^(?:USE|LOAD|UNLOAD|ADD\s+JAR)\b/i;
const TEMPORARY = /^(?:CREATE|REPLACE|DROP)\s+(?:\w+\s+){0,2}TEMPORARY\b/i;
const BEGIN_SET = /^BEGIN\s+STATEMENT\s+SET$/i;
const END_SET = /^END$/i;
const EXECUTE = /^EXECUTE\s+(?=INSERT\b)/i;
const SET = /^SET\s+(?:'([^']+)'|([^\s'=]+))\s*=\s*(?:'((?:[^']|'')*)'|([^';]*))\s*$/i;
const RESET = /^RESET(?:\s+(?:'([^']+)'|([^\s']+)))?\s*$/i;

/** `statement` is empty where nothing runs as a job; `settings`: each SET and RESET as it stands there. */
export interface IScript {
  setup: string[];
  settings: string[];
  statement: string;
}

export function readScript(text: string): IScript {
  const script: IScript = { setup: [], settings: [], statement: '' };
  for (const statement of gathered(text)) {
    const words = withoutComments(statement);
    if (JOB.test(words)) {
      return { ...script, statement: statement.replace(EXECUTE, '') };
    }
    if (SETUP.test(words) || TEMPORARY.test(words)) {
      script.setup.push(statement);
    } else if (SET.test(statement) || RESET.test(statement)) {
      script.settings.push(statement);
    }
  }
  return script;
}

/** Flink configuration that a text sets, and takes back: a RESET without a key takes back all of it. */
export interface ISettings {
  config: Map<string, string>;
  reset: Set<string>;
  isAllReset: boolean;
}

/** What is SET and not RESET again; what is RESET and not SET again. */
export function settingsOf(settings: readonly string[]): ISettings {
  const found: ISettings = { config: new Map(), reset: new Set(), isAllReset: false };
  for (const text of settings) {
    const given = SET.exec(text);
    if (given !== null) {
      const key = given[1] ?? given[2];
      found.config.set(key, given[3]?.replace(/''/g, "'") ?? given[4].trim());
      found.reset.delete(key);
      continue;
    }
    const taken = RESET.exec(text);
    const key = taken?.[1] ?? taken?.[2];
    if (key === undefined) {
      found.config.clear();
      found.isAllReset = true;
    } else {
      found.config.delete(key);
      found.reset.add(key);
    }
  }
  return found;
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
