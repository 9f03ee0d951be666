/**
 * The line of `%%flinksql` as its flags, and the same line with some of them put in or taken out.
 *
 * What is not touched stays letter for letter. Words and quotes are read as flinklab's own parser reads them.
 */

import { cellFlags } from '../language/flags';

/** A flag where it stands in the line. `name` is its long form, `value` null for a flag without one. */
export interface IFlag {
  name: string;
  value: string | null;
  from: number;
  to: number;
}

const MAGIC = /^[ \t]*%%flinksql(?=\s|$)/;
const WORD = /(?:[^\s'"]+|'[^']*'|"(?:[^"\\]|\\.)*")+/g;
const PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|[^\s'"]+/g;
const PLAIN = /^[\w.,:/@%+=-]+$/;

const LONG: Readonly<Record<string, string>> = {
  '-o': '--output',
  '-l': '--limit',
  '-p': '--parallelism',
  '-c': '--cluster',
  '-A': '--session',
  '-w': '--with',
  '-S': '--save',
  '-h': '--help'
};

/** The flags of a line, in their order. What is no flag is passed over. */
export function flagsIn(line: string): IFlag[] {
  const flags: IFlag[] = [];
  const words = [...line.slice(bodyAt(line)).matchAll(WORD)].map(found => ({
    text: found[0],
    from: bodyAt(line) + found.index
  }));
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word.text === '--') {
      break;
    }
    const read = recognised(unquoted(word.text));
    if (read === null) {
      continue;
    }
    let to = word.from + word.text.length;
    let value = read.value;
    const next = words[index + 1];
    if (value === null && read.takes && next !== undefined && isValue(next.text)) {
      index += 1;
      value = unquoted(next.text);
      to = next.from + next.text.length;
    }
    flags.push({ name: LONG[read.name] ?? read.name, value, from: word.from, to });
  }
  return flags;
}

/** The value of a flag, or null without it or without one. */
export function valueOf(line: string, name: string): string | null {
  return flagsIn(line).find(flag => flag.name === name)?.value ?? null;
}

export function hasFlag(line: string, name: string): boolean {
  return flagsIn(line).some(flag => flag.name === name);
}

/** The line without the flags of these names. */
export function withoutFlags(line: string, names: readonly string[]): string {
  let text = line;
  for (const flag of flagsIn(line).reverse()) {
    if (names.includes(flag.name)) {
      const before = text.slice(0, flag.from);
      const after = text.slice(flag.to);
      text =
        after.trim() === '' ? before.trimEnd() + after.trimStart() : before + after.trimStart();
    }
  }
  return text;
}

/** The line with the flag: in its place when the line has it, else right behind the magic. */
export function withFlag(line: string, name: string, value: string | null = null): string {
  const word = value === null ? name : `${name} ${quoted(value)}`;
  const found = flagsIn(line).find(flag => flag.name === name);
  if (found !== undefined) {
    return line.slice(0, found.from) + word + line.slice(found.to);
  }
  const at = bodyAt(line);
  return `${line.slice(0, at)} ${word}${line.slice(at)}`;
}

/** A value as one word of the line. */
export function quoted(value: string): string {
  if (PLAIN.test(value)) {
    return value;
  }
  return value.includes("'") ? `"${value.replace(/["\\]/g, '\\$&')}"` : `'${value}'`;
}

function bodyAt(line: string): number {
  return MAGIC.exec(line)?.[0].length ?? 0;
}

function unquoted(word: string): string {
  return word.replace(PART, (whole: string, single?: string, double?: string) =>
    single !== undefined
      ? single
      : double !== undefined
        ? double.replace(/\\(["\\])/g, '$1')
        : whole
  );
}

interface IRecognised {
  name: string;
  takes: boolean;
  value: string | null;
}

function recognised(word: string): IRecognised | null {
  const takes = cellFlags.get(word);
  if (takes !== undefined) {
    return { name: word, takes, value: null };
  }
  const [name, ...rest] = word.split('=');
  if (rest.length > 0 && cellFlags.has(name) && name.startsWith('--')) {
    return { name, takes: true, value: rest.join('=') };
  }
  const short = word.slice(0, 2);
  if (!word.startsWith('--') && cellFlags.get(short) === true) {
    return { name: short, takes: true, value: word.slice(2).replace(/^=/, '') };
  }
  return null;
}

function isValue(word: string): boolean {
  return !word.startsWith('--') && !cellFlags.has(word);
}
